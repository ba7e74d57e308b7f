//! Clusters the texts of a JSONL file in memory, with dehusk or with a peer, or
//! scores clusters.
//!
//! ```text
//! dehusk-peers dehusk DOCS.jsonl OUT.tsv
//! dehusk-peers simhash DOCS.jsonl OUT.tsv     candidates by simhash alone
//! dehusk-peers shingles DOCS.jsonl OUT.tsv    candidates by shingles alone
//! dehusk-peers gaoya DOCS.jsonl OUT.tsv
//! dehusk-peers gaoya-42x3 DOCS.jsonl OUT.tsv  with the bands of its README
//! dehusk-peers score GOLD.tsv OUT.tsv
//! ```
//!
//! Time counts from the texts in memory to the clusters. Pairs that gaoya finds
//! are joined transitively, as its guide does.

use std::{
    collections::HashMap,
    env,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    time::Instant,
};

use anyhow::{Context, bail};
use dehusk::dedup::{Candidates, DedupOptions, Keep, Verdict, cluster_texts};
use gaoya::minhash::{MinHashIndex, MinHasher, MinHasher32};
use rayon::prelude::*;
use serde_json::Value;

/// Words in a shingle, the usual number for near-duplicates.
const SHINGLE: usize = 5;

/// How gaoya is set up. The number of hashes is bands times rows.
struct Bands {
    bands: usize,
    rows: usize,
    jaccard: f64,
}

/// Usual settings: a Jaccard similarity of .7 by 14 bands of 8 of 112 hashes.
const USUAL: Bands = Bands {
    bands: 14,
    rows: 8,
    jaccard: 0.7,
};

/// Those of its README: .5 by 42 bands of 3 of 126 hashes.
const README: Bands = Bands {
    bands: 42,
    rows: 3,
    jaccard: 0.5,
};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, from, to] = &args[..] else {
        bail!("give a method or `score`, and two files");
    };
    if what == "score" {
        return score(from, to);
    }
    let (ids, texts) = read(from)?;
    let bytes: usize = texts.iter().map(String::len).sum();
    let start = Instant::now();
    let clusters = match what.as_str() {
        "dehusk" => with_dehusk(&texts, Candidates::Both),
        "simhash" => with_dehusk(&texts, Candidates::Simhash),
        "shingles" => with_dehusk(&texts, Candidates::Shingles),
        "gaoya" => with_gaoya(&texts, &USUAL),
        "gaoya-42x3" => with_gaoya(&texts, &README),
        _ => bail!("{what}: unknown; the head of this file says what there is"),
    };
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
    let (each, megabytes) = (ids.len() as f64 / seconds, bytes as f64 / 1e6 / seconds);
    println!(
        "{what:<20} {} documents in {seconds:.2} s: {each:.0}/s, {megabytes:.0} MB/s, from memory",
        ids.len()
    );
    let mut out = BufWriter::new(File::create(to).context(to.clone())?);
    for (id, cluster) in ids.iter().zip(clusters) {
        writeln!(out, "{id}\t{}", ids[cluster])?;
    }
    Ok(out.flush()?)
}

fn read(path: &str) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for line in BufReader::new(File::open(path).context(path.to_owned())?).lines() {
        let record: Value = serde_json::from_str(&line?)?;
        let field = |name: &str| record[name].as_str().map(str::to_owned);
        ids.push(field("id").context("a record without id")?);
        texts.push(field("text").context("a record without text")?);
    }
    Ok((ids, texts))
}

/// The ordinal of the kept document, for each.
fn with_dehusk(texts: &[String], candidates: Candidates) -> Vec<usize> {
    let mut options = DedupOptions::default();
    options.candidates = candidates;
    let verdicts = cluster_texts(texts, Keep::First, options);
    verdicts
        .iter()
        .enumerate()
        .map(|(own, verdict)| match verdict {
            Verdict::Unique => own,
            Verdict::Duplicate(found) => found.kept as usize,
        })
        .collect()
}

/// The lowest ordinal of the cluster, for each.
fn with_gaoya(texts: &[String], by: &Bands) -> Vec<usize> {
    let hasher = MinHasher32::new(by.bands * by.rows);
    let signatures: Vec<Vec<u32>> = texts
        .par_iter()
        .map(|text| {
            let text = text.to_lowercase();
            let words: Vec<&str> = text.split_whitespace().collect();
            if words.len() < SHINGLE {
                return hasher.create_signature(std::iter::once(&words[..]));
            }
            hasher.create_signature(words.windows(SHINGLE))
        })
        .collect();
    let mut index: MinHashIndex<u32, usize> = MinHashIndex::new(by.bands, by.rows, by.jaccard);
    index.par_bulk_insert((0..texts.len()).collect(), signatures.clone());
    let mut parents: Vec<usize> = (0..texts.len()).collect();
    for (own, found) in index.par_bulk_query(&signatures).iter().enumerate() {
        for &other in found {
            let (a, b) = (root(&mut parents, own), root(&mut parents, other));
            parents[a.max(b)] = a.min(b);
        }
    }
    (0..texts.len())
        .map(|own| root(&mut parents, own))
        .collect()
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

/// Precision, recall and F1 over pairs of documents.
fn score(gold: &str, found: &str) -> anyhow::Result<()> {
    let clusters = |path: &str| -> anyhow::Result<HashMap<String, String>> {
        let lines = BufReader::new(File::open(path).context(path.to_owned())?).lines();
        let pairs = lines.map(|line| {
            let line = line?;
            let (id, cluster) = line.split_once('\t').context("a line without a tab")?;
            Ok((id.to_owned(), cluster.to_owned()))
        });
        pairs.collect()
    };
    let (gold, found) = (clusters(gold)?, clusters(found)?);
    let (mut in_gold, mut in_found) = (HashMap::new(), HashMap::new());
    let mut in_both = HashMap::new();
    for (id, cluster) in &gold {
        let other = found.get(id).unwrap_or(id);
        *in_gold.entry(cluster).or_insert(0u64) += 1;
        *in_found.entry(other).or_insert(0u64) += 1;
        *in_both.entry((cluster, other)).or_insert(0u64) += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
    let pairs = |count: u64| (count * count.saturating_sub(1) / 2) as f64;
    let both: f64 = in_both.values().map(|&count| pairs(count)).sum();
    let precision = both / in_found.values().map(|&count| pairs(count)).sum::<f64>();
    let recall = both / in_gold.values().map(|&count| pairs(count)).sum::<f64>();
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!(
        "{:<20} precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}",
        ""
    );
    Ok(())
}
