//! Deduplication of one collection, in memory.

use super::{
    DedupOptions, Verdict,
    engine::{Arrival, Engine},
    fingerprint::Fingerprint,
    index::Base,
};

/// Decides which documents are copies of earlier ones.
///
/// A duplicate is always compared with the kept document itself, so a cluster
/// is a star around it and similarity is never inherited along a chain.
///
/// What is known about shingles comes from the kept documents alone, and what
/// is known about duplicates can only add to what is found to be a copy. So a
/// second run over the kept documents, in the same order, decides about each
/// from the same facts or fewer: all of them are kept again.
#[derive(Debug)]
pub struct Deduper {
    engine: Engine,
    /// How many documents were inserted.
    inserted: u32,
    /// The ordinals of the documents that the engine numbered.
    ordinals: Vec<u32>,
}

impl Deduper {
    /// One that has seen no document yet.
    pub fn new(options: DedupOptions) -> Self {
        Self {
            engine: Engine::new(options, false, Base::default()),
            inserted: 0,
            ordinals: Vec::new(),
        }
    }

    /// Decides about the next document, and remembers it if it is kept.
    ///
    /// Documents are numbered in the order of their insertion, from 0; a
    /// [`Match`](super::Match) names its kept document by that number. A text
    /// without words is like no other and always [`Verdict::Unique`].
    ///
    /// # Panics
    ///
    /// After 2^31 documents that are not equal.
    pub fn insert(&mut self, print: Fingerprint) -> Verdict {
        let ordinal = self.inserted;
        self.inserted += 1;
        let arrival = Arrival {
            name: "",
            site: 0,
            print,
        };
        let mut outcome = self
            .engine
            .insert(arrival)
            .expect("nothing is read from a disk, and there are fewer than 2^31 documents");
        if outcome.number.is_some() {
            self.ordinals.push(ordinal);
        }
        if let Verdict::Duplicate(found) = &mut outcome.verdict {
            found.kept = self.ordinals[found.kept as usize];
        }
        outcome.verdict
    }
}
