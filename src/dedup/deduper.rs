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
        let (verdict, related) = self.near(&fingerprint);
        match &verdict {
            Verdict::Unique => self.keep(ordinal, fingerprint, &related),
            Verdict::Duplicate(_) => {
                self.exact.insert(fingerprint.content, verdict.clone());
            }
        }
        verdict
    }

    fn keep(&mut self, ordinal: u32, fingerprint: Fingerprint, related: &[u32]) {
        self.exact.insert(fingerprint.content, Verdict::Duplicate(Match { kept: ordinal, similarity: 1.0, evidence: Evidence::Exact }));
        let index = u32::try_from(self.kept.len()).expect("fewer than 2^32 documents");
        if let Some(simhash) = fingerprint.simhash {
            self.simhashes.insert(simhash, index);
        }
        for &key in candidate_keys(&fingerprint) {
            let holders = self.holders.entry(key).or_default();
            if holders.0.len() <= MAX_HOLDERS { holders.0.push(index); }
        }
        let known: std::collections::HashSet<u64> = related.iter().flat_map(|&i| self.kept[i as usize].fingerprint.shingles.keys().iter().copied()).collect();
        for &key in fingerprint.shingles.keys() {
            if known.contains(&key) { continue; }
            *self.frequency.entry(key).or_default() += 1;
        }
        self.kept.push(Kept { ordinal, fingerprint });
    }

    fn near(&mut self, new: &Fingerprint) -> (Verdict, Vec<u32>) {
        let mut related = Vec::new();
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
            if let Some(m) = self.verify(new, index, distance, &mut related)
                && best.as_ref().is_none_or(|b| m.similarity > b.similarity) {
                    best = Some(m);
            }
        }
        (best.map_or(Verdict::Unique, Verdict::Duplicate), related)
    }

    fn verify(&self, new: &Fingerprint, index: u32, distance: u32, related: &mut Vec<u32>) -> Option<Match> {
        let old = &self.kept[index as usize];
        let o = &self.options;
        let mut weight = 0.0;
        let overlap = new.shingles.overlap(&old.fingerprint.shingles, |key| weight += self.weight(key));
        if overlap.shared < o.min_shared { return None; }
        let (agree, conflict) = compare_facts(&new.facts, &old.fingerprint.facts);
        let conflicting = conflict >= o.min_numbers && conflict as f64 * o.numbers >= (agree + 4) as f64;
        let wa: f64 = new.shingles.comparable(&old.fingerprint.shingles).iter().map(|&k| self.weight(k)).sum();
        let wb: f64 = old.fingerprint.shingles.comparable(&new.shingles).iter().map(|&k| self.weight(k)).sum();
        let similarity = weight / wa.min(wb).max(1e-9);
        if weight < o.min_weight { return None; }
        let (pa, ma) = frame(&new, &old.fingerprint);
        let (pb, mb) = frame(&old.fingerprint, &new);
        let framed = pa.min(pb) >= o.pure && ma.min(mb) >= o.middle && similarity < o.framed_below;
        if std::env::var("DDDBG").is_ok() && similarity > 0.2 && !conflicting {
            eprintln!("{}\t{}\t{similarity:.3}\t{:.3}\t{weight:.1}\t{agree}\t{conflict}\t{pa:.2}\t{pb:.2}\t{ma:.2}\t{mb:.2}\t{}\t{}", old.ordinal, self.inserted-1, overlap.shared as f64/overlap.first.min(overlap.second) as f64, new.words.min(old.fingerprint.words), new.words.max(old.fingerprint.words));
        }
        if framed { return None; }
        let n = overlap.first.min(overlap.second) as f64;
        let c = similarity.min(1.0);
        let slack = o.z * (c * (1.0 - c) / n).sqrt();
        if !conflicting && similarity >= o.related { related.push(index); }
        if similarity < o.similarity + slack { return None; }
        if conflicting { return None; }
        Some(Match {
            kept: old.ordinal,
            similarity: similarity.min(1.0),
            evidence: if distance == u32::MAX { Evidence::Shingles { shared: overlap.shared, of: overlap.first.min(overlap.second) } } else { Evidence::Simhash { distance } },
        })
    }
}

fn compare_facts(a: &[u64], b: &[u64]) -> (usize, usize) {
    let (mut i, mut j, mut agree, mut conflict) = (0, 0, [0, 0], [0, 0]);
    while i < a.len() && j < b.len() {
        let (ca, cb) = (a[i] >> 32, b[j] >> 32);
        if ca < cb { i += 1; } else if cb < ca { j += 1; } else {
            let (mut ie, mut je) = (i, j);
            while ie < a.len() && a[ie] >> 32 == ca { ie += 1; }
            while je < b.len() && b[je] >> 32 == ca { je += 1; }
            if a[i..ie].iter().any(|x| b[j..je].contains(x)) { agree[(ca & 1) as usize] += 1; } else { conflict[(ca & 1) as usize] += 1; }
            i = ie; j = je;
        }
    }
    (agree[0].max(agree[1]), conflict[0].max(conflict[1]))
}

fn frame(a: &Fingerprint, b: &Fingerprint) -> (f64, f64) {
    let n = a.shingles.comparable(&b.shingles).len();
    let mut v: Vec<(u32, bool)> = (0..n).map(|i| (a.pos[i], b.shingles.keys().binary_search(&a.shingles.keys()[i]).is_ok())).collect();
    v.sort_unstable();
    // best contiguous run of unshared: maximise (+1 unshared, -1 shared)
    let (mut best, mut bl, mut cur, mut start, mut bs) = (0i32, 0usize, 0i32, 0usize, 0usize);
    for (i, &(_, s)) in v.iter().enumerate() {
        if cur <= 0 { cur = 0; start = i; }
        cur += if s { -1 } else { 1 };
        if cur > best { best = cur; bs = start; bl = i + 1 - start; }
    }
    let shared = v.iter().filter(|x| x.1).count();
    let _ = bs;
    // correct = unshared inside + shared outside = shared + best
    ((shared as f64 + f64::from(best)) / n.max(1) as f64, bl as f64 / n.max(1) as f64)
}
