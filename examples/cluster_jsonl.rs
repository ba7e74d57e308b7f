//! Clusters a JSONL file: `cluster_jsonl IN.jsonl OUT.tsv [option=value ...]`.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]
use std::{fmt::Write as _, fs, time::Instant};

use dehusk::dedup::*;
use rayon::prelude::*;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut options = DedupOptions::default();
    for arg in &args[3..] {
        let (name, value) = arg.split_once('=').unwrap();
        match name {
            "cand" => options.candidates = match value { "sim" => Candidates::Simhash, "shi" => Candidates::Shingles, _ => Candidates::Both },
            "radius" => options.radius = value.parse().unwrap(),
            "sim" => options.similarity = value.parse().unwrap(),
            "free" => options.free = value.parse().unwrap(),
            "power" => options.power = value.parse().unwrap(),
            "shared" => options.min_shared = value.parse().unwrap(),
            "weight" => options.min_weight = value.parse().unwrap(),
            "minnum" => options.min_numbers = value.parse().unwrap(),
            "num" => options.numbers = value.parse().unwrap(),
            "z" => options.z = value.parse().unwrap(),
            "related" => options.related = value.parse().unwrap(),
            "pure" => options.pure = value.parse().unwrap(),
            "middle" => options.middle = value.parse().unwrap(),
            "fb" => options.framed_below = value.parse().unwrap(),
            _ => panic!("{name}"),
        }
    }
    let input = fs::read_to_string(&args[1]).unwrap();
    let docs: Vec<(String, String)> = input
        .par_lines()
        .map(|line| {
            let v: serde_json::Value = serde_json::from_str(line).unwrap();
            (v["id"].as_str().unwrap().into(), v["text"].as_str().unwrap().into())
        })
        .collect();
    let bytes: usize = docs.iter().map(|d| d.1.len()).sum();
    let start = Instant::now();
    let prints: Vec<_> = docs.par_iter().map(|(_, text)| Fingerprint::of(text)).collect();
    let printed = start.elapsed().as_secs_f64();
    let mut deduper = Deduper::new(options);
    let mut out = String::new();
    for ((id, _), print) in docs.iter().zip(prints) {
        let own = id.clone();
        let cluster = match deduper.insert(print) {
            Verdict::Unique => own,
            Verdict::Duplicate(found) => docs[found.kept as usize].0.clone(),
        };
        writeln!(out, "{id}\t{cluster}").unwrap();
    }
    let all = start.elapsed().as_secs_f64();
    fs::write(&args[2], out).unwrap();
    println!(
        "{} docs, fingerprints {:.0} docs/s {:.1} MB/s, all {:.0} docs/s",
        docs.len(), docs.len() as f64 / printed, bytes as f64 / printed / 1e6, docs.len() as f64 / all
    );
}
