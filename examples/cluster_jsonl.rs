//! Clusters a JSONL file: `cluster_jsonl IN.jsonl OUT.tsv [option=value ...]`.
#![allow(
    clippy::pedantic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]
use std::{fmt::Write as _, fs, time::Instant};

use dehusk::dedup::*;
use rayon::prelude::*;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut options = DedupOptions::default();
    let mut keep = Keep::First;
    for arg in &args[3..] {
        let (name, value) = arg.split_once('=').unwrap();
        match name {
            "cand" => {
                options.candidates = match value {
                    "sim" => Candidates::Simhash,
                    "shi" => Candidates::Shingles,
                    _ => Candidates::Both,
                }
            }
            "radius" => options.radius = value.parse().unwrap(),
            "sim" => options.similarity = value.parse().unwrap(),
            "keep" => {
                keep = if value == "longest" {
                    Keep::Longest
                } else {
                    Keep::First
                }
            }
            _ => panic!("{name}"),
        }
    }
    let input = fs::read_to_string(&args[1]).unwrap();
    let docs: Vec<(String, String)> = input
        .par_lines()
        .map(|line| {
            let v: serde_json::Value = serde_json::from_str(line).unwrap();
            (
                v["id"].as_str().unwrap().into(),
                v["text"].as_str().unwrap().into(),
            )
        })
        .collect();
    let bytes: usize = docs.iter().map(|d| d.1.len()).sum();
    let start = Instant::now();
    let prints: Vec<_> = docs
        .par_iter()
        .map(|(_, text)| Fingerprint::of(text))
        .collect();
    let printed = start.elapsed().as_secs_f64();
    let mut out = String::new();
    let verdicts = cluster(prints, keep, options);
    let all = start.elapsed().as_secs_f64();
    for ((id, _), verdict) in docs.iter().zip(verdicts) {
        let cluster = match verdict {
            Verdict::Unique => id.clone(),
            Verdict::Duplicate(found) => docs[found.kept as usize].0.clone(),
        };
        writeln!(out, "{id}\t{cluster}").unwrap();
    }
    fs::write(&args[2], out).unwrap();
    let n = docs.len() as f64;
    println!(
        "{} docs, fingerprints {:.0} docs/s {:.1} MB/s, clustering {:.0} docs/s, all {:.0} docs/s",
        docs.len(),
        n / printed,
        bytes as f64 / printed / 1e6,
        n / (all - printed),
        n / all
    );
}
