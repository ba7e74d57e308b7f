//! Finding documents that say the same thing.

mod blocks;
mod deduper;
mod fingerprint;
mod keys;
mod normal;
mod sketch;

pub use deduper::Deduper;
pub use fingerprint::Fingerprint;

/// Where candidates come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Both.
    Both,
    /// Simhash only.
    Simhash,
    /// Shingles only.
    Shingles,
}

/// Options.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct DedupOptions {
    pub radius: u32,
    pub candidates: Candidates,
    pub similarity: f64,
    pub free: u32,
    pub power: f64,
    pub min_shared: usize,
    pub min_weight: f64,
    pub min_numbers: usize,
    pub numbers: f64,
    pub z: f64,
    pub related: f64,
    pub pure: f64, pub middle: f64, pub framed_below: f64,
}

impl Default for DedupOptions {
    fn default() -> Self {
        Self { radius: 3, candidates: Candidates::Both, similarity: 0.45, free: 1, power: 1.0, min_shared: 3, min_weight: 3.0, min_numbers: 3, numbers: 3.0, z: 0.0, related: 2.0, pure: 2.0, middle: 0.2, framed_below: 0.75 }
    }
}

/// Whether a document is a copy of an earlier one.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// No earlier document says the same.
    Unique,
    /// A kept document says the same.
    Duplicate(Match),
}

/// The kept document.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Match {
    pub kept: u32,
    pub similarity: f64,
    pub evidence: Evidence,
}

/// Why.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Evidence {
    Exact,
    Simhash { distance: u32 },
    Shingles { shared: usize, of: usize },
}
