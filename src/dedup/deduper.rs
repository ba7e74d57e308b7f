//! Deciding, document by document, which one is a copy of an earlier one.
//!
//! What is remembered depends on the kept documents alone, so a second run
//! over the kept documents decides as the first did: all are kept again.

use std::collections::HashMap;

use super::{
    DedupOptions, Evidence, Match, Verdict, Candidates,
    blocks::BlockTables,
    fingerprint::Fingerprint,
    keys::KeyHasher,
};

/// Decides which documents are copies of earlier ones, and remembers what it
/// has kept.
#[derive(Debug)]
pub struct Deduper {
    options: DedupOptions,
    /// How many documents were inserted.
    inserted: u32,
    kept: Vec<Kept>,
    exact: HashMap<u128, Verdict, KeyHasher>,
    simhashes: BlockTables,
    holders: HashMap<u64, Holders, KeyHasher>,
    frequency: HashMap<u64, u32, KeyHasher>,
    tally: HashMap<u32, u32, KeyHasher>,
}

#[derive(Debug)]
struct Kept {
    ordinal: u32,
    fingerprint: Fingerprint,
}

#[derive(Debug, Default)]
struct Holders(Vec<u32>);

const MAX_HOLDERS: usize = 64;
const CANDIDATE_LIMIT: u64 = u64::MAX / 16;
const CANDIDATE_LEAST: usize = 16;
const VERIFY_MOST: usize = 24;

fn candidate_keys(f: &Fingerprint) -> &[u64] {
    let keys = f.shingles.keys();
    let n = keys.partition_point(|&k| k <= CANDIDATE_LIMIT).max(CANDIDATE_LEAST).min(keys.len());
    &keys[..n]
}

impl Deduper {
    /// An empty one.
    pub fn new(options: DedupOptions) -> Self {
        Self {
            inserted: 0,
            kept: Vec::new(),
            exact: HashMap::default(),
            simhashes: BlockTables::new(options.radius),
            holders: HashMap::default(),
            frequency: HashMap::default(),
            tally: HashMap::default(),
            options,
        }
    }

    fn weight(&self, key: u64) -> f64 {
        let df = self.frequency.get(&key).copied().unwrap_or(0);
        if df <= self.options.free { 1.0 } else { (f64::from(self.options.free) / f64::from(df)).powf(self.options.power) }
    }

    /// Decides about the next document.
    pub fn insert(&mut self, fingerprint: Fingerprint) -> Verdict {
        let ordinal = self.inserted;
        self.inserted += 1;
        if fingerprint.words == 0 {
            return Verdict::Unique;
        }
        if let Some(found) = self.exact.get(&fingerprint.content) {
            return found.clone();
        }
        let verdict = self.near(&fingerprint);
        match &verdict {
            Verdict::Unique => self.keep(ordinal, fingerprint),
            Verdict::Duplicate(_) => {
                self.exact.insert(fingerprint.content, verdict.clone());
            }
        }
        verdict
    }

    fn keep(&mut self, ordinal: u32, fingerprint: Fingerprint) {
        self.exact.insert(fingerprint.content, Verdict::Duplicate(Match { kept: ordinal, similarity: 1.0, evidence: Evidence::Exact }));
        let index = u32::try_from(self.kept.len()).expect("fewer than 2^32 documents");
        if let Some(simhash) = fingerprint.simhash {
            self.simhashes.insert(simhash, index);
        }
        for &key in candidate_keys(&fingerprint) {
            let holders = self.holders.entry(key).or_default();
            if holders.0.len() <= MAX_HOLDERS { holders.0.push(index); }
        }
        for &key in fingerprint.shingles.keys() {
            *self.frequency.entry(key).or_default() += 1;
        }
        self.kept.push(Kept { ordinal, fingerprint });
    }

    fn near(&mut self, new: &Fingerprint) -> Verdict {
        let mut candidates: Vec<(u32, u32)> = Vec::new(); // (index, simhash distance or MAX)
        let o = &self.options;
        let mut best: Option<Match> = None;
        if o.candidates != Candidates::Shingles
            && let Some(simhash) = new.simhash
        {
            self.simhashes.neighbours(simhash, |index, distance| candidates.push((index, distance)));
        }
        candidates.sort_unstable();
        let by_simhash = candidates.len();
        if o.candidates != Candidates::Simhash {
            self.tally.clear();
            for key in candidate_keys(new) {
                if let Some(h) = self.holders.get(key) && h.0.len() <= MAX_HOLDERS {
                    for &d in &h.0 { *self.tally.entry(d).or_default() += 1; }
                }
            }
            #[expect(clippy::iter_over_hash_type)]
            let mut t: Vec<(u32,u32)> = self.tally.iter().map(|(&d,&n)| (n,d)).collect();
            t.sort_unstable_by(|a,b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            for &(_, d) in t.iter().take(VERIFY_MOST) {
                if !candidates[..by_simhash].iter().any(|c| c.0 == d) { candidates.push((d, u32::MAX)); }
            }
        }
        for (index, distance) in candidates {
            if let Some(m) = self.verify(new, index, distance)
                && best.as_ref().is_none_or(|b| m.similarity > b.similarity) {
                    best = Some(m);
            }
        }
        best.map_or(Verdict::Unique, Verdict::Duplicate)
    }

    fn verify(&self, new: &Fingerprint, index: u32, distance: u32) -> Option<Match> {
        let old = &self.kept[index as usize];
        let o = &self.options;
        let mut weight = 0.0;
        let overlap = new.shingles.overlap(&old.fingerprint.shingles, |key| weight += self.weight(key));
        if overlap.shared < o.min_shared { return None; }
        let wa: f64 = new.shingles.comparable(&old.fingerprint.shingles).iter().map(|&k| self.weight(k)).sum();
        let wb: f64 = old.fingerprint.shingles.comparable(&new.shingles).iter().map(|&k| self.weight(k)).sum();
        let similarity = weight / wa.min(wb).max(1e-9);
        if weight < o.min_weight { return None; }
        if similarity < o.similarity { return None; }
        let n = new.numbers.overlap(&old.fingerprint.numbers, |_| ());
        let least = n.first.min(n.second);
        if least >= o.min_numbers && (n.shared as f64) < o.numbers * least as f64 { return None; }
        Some(Match {
            kept: old.ordinal,
            similarity: similarity.min(1.0),
            evidence: if distance == u32::MAX { Evidence::Shingles { shared: overlap.shared, of: overlap.first.min(overlap.second) } } else { Evidence::Simhash { distance } },
        })
    }
}
