//! Deduplication of one collection, in memory.

use super::{
    DedupOptions, Verdict, Within,
    engine::{Arrival, Engine},
    fingerprint::Fingerprint,
    index::{Base, IndexError, Spill},
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
    spill: Option<Spill>,
    within: Within,
    /// How many documents were inserted.
    inserted: u32,
    /// The ordinals of the documents that the engine numbered.
    ordinals: Vec<u32>,
}

impl Deduper {
    /// One that has seen no document yet.
    pub fn new(options: DedupOptions) -> Self {
        Self {
            spill: None,
            within: options.within,
            engine: Engine::new(options, false, Base::default()),
            inserted: 0,
            ordinals: Vec::new(),
        }
    }

    /// One that writes documents to the folder for temporary files where they
    /// take more than about so many bytes of memory. The verdicts are the same.
    /// What is known about the frequency of shingles stays in memory, up to a
    /// gigabyte for ten million documents.
    pub fn with_memory(options: DedupOptions, bytes: usize) -> Self {
        Self {
            spill: Some(Spill::new(None, bytes)),
            ..Self::new(options)
        }
    }

    /// Which documents are compared with each other.
    pub fn within(&self) -> Within {
        self.within
    }

    /// Decides about the next document, and remembers it if it is kept.
    ///
    /// Documents are numbered in the order of their insertion, from 0; a
    /// [`Match`](super::Match) names its kept document by that number. A text
    /// without words is like no other and always [`Verdict::Unique`].
    ///
    /// # Panics
    ///
    /// After 2^31 documents that are not equal, and where one that was made by
    /// [`with_memory`](Self::with_memory) has no disk space left; use
    /// [`insert_of`](Self::insert_of) with that.
    pub fn insert(&mut self, print: Fingerprint) -> Verdict {
        self.insert_of("", print)
            .expect("nothing is read from a disk, and there are fewer than 2^31 documents")
    }

    /// Decides about the next document, which is of a `site`. That counts only
    /// where documents are compared [within their sites](Within::Site).
    ///
    /// # Errors
    ///
    /// Documents that memory has no room for cannot be written or read.
    pub fn insert_of(&mut self, site: &str, print: Fingerprint) -> Result<Verdict, IndexError> {
        self.place(site, print).map(|(verdict, _)| verdict)
    }

    /// The same; says, too, whether the document is kept for what it
    /// [says more](DedupOptions::keep_overlaps) than another alone.
    pub(crate) fn place(
        &mut self,
        site: &str,
        print: Fingerprint,
    ) -> Result<(Verdict, bool), IndexError> {
        let ordinal = self.inserted;
        self.inserted += 1;
        let arrival = Arrival {
            name: "",
            site: self.engine.site(site),
            print,
        };
        let mut outcome = self.engine.insert(arrival)?;
        if outcome.number.is_some() {
            self.ordinals.push(ordinal);
        }
        if let Verdict::Duplicate(found) = &mut outcome.verdict {
            found.kept = self.ordinals[found.kept as usize];
        }
        if let Some(spill) = &mut self.spill {
            spill.make_room(&mut self.engine)?;
        }
        Ok((outcome.verdict, outcome.overlaps))
    }
}
