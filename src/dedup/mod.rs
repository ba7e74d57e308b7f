//! Finding documents that say the same thing.

/// What a document is compared by.
#[derive(Clone, Debug)]
pub struct Fingerprint;

/// Whether a document is a copy of an earlier one.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// No earlier document says the same.
    Unique,
}

/// Remembers what it has seen.
#[derive(Debug, Default)]
pub struct Deduper;
