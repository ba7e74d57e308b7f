//! Documents that are in memory, and what finds them.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::{
    document::{Document, Fate},
    facts::Facts,
    fingerprint::ContentHash,
    frequency::Frequency,
    holders::Holders,
    keys::KeyHasher,
    sketch::Sketch,
};

/// Copies of a kept document that are remembered as its witnesses. Two copies
/// of a short story in two large frames have little in common; either has much
/// in common with a copy that has no frame. So the shortest copies are taken.
pub(crate) const MOST_WITNESSES: usize = 8;

/// What a document takes besides its lists: itself, its places in the tables
/// of contents and names.
const DOCUMENT_BYTES: usize = 256;

/// What a key of a kept document takes in the table of holders, half empty as
/// it may be.
const HOLDER_BYTES: usize = 20;

/// The documents that came since the last segment was written.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The number of the first.
    pub(crate) first: u32,
    pub(crate) documents: Vec<Document>,
    /// Which document had a content first.
    contents: HashMap<ContentHash, u32, KeyHasher>,
    /// By the hashes of names.
    names: HashMap<u64, u32, KeyHasher>,
    pub(crate) holders: Holders,
    /// The copies of kept documents, wherever those are.
    pub(crate) copies: HashMap<u32, Vec<u32>, KeyHasher>,
    /// The shortest of them, shortest first.
    witnesses: HashMap<u32, Vec<u32>, KeyHasher>,
    /// Documents of any time that were removed.
    pub(crate) dead: Vec<u32>,
    /// Keys of kept documents that were removed.
    pub(crate) uncounted: Vec<u32>,
    bytes: usize,
}

impl Memory {
    /// Without documents; the next has the number `first`.
    pub(crate) fn from(first: u32) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    /// The number of the next document.
    pub(crate) fn next(&self) -> Option<u32> {
        let count = u32::try_from(self.documents.len()).ok()?;
        // The highest bit is a mark in `Holders`.
        self.first.checked_add(count).filter(|next| next >> 31 == 0)
    }

    /// About how much memory is taken, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn document(&self, number: u32) -> Option<&Document> {
        let position = number.checked_sub(self.first)?;
        self.documents.get(position as usize)
    }

    pub(crate) fn content(&self, content: ContentHash) -> Option<u32> {
        self.contents.get(&content).copied()
    }

    pub(crate) fn named(&self, name: &str) -> Option<u32> {
        self.names.get(&xxh3_64(name.as_bytes())).copied()
    }

    pub(crate) fn witnesses(&self, kept: u32) -> &[u32] {
        self.witnesses.get(&kept).map_or(&[], Vec::as_slice)
    }

    /// Takes the next document.
    pub(crate) fn push(&mut self, number: u32, document: Document) {
        let print = &document.print;
        let keys = print.shingles.keys().len();
        self.bytes += DOCUMENT_BYTES + 6 * keys + document.name.len();
        self.bytes += 4 * print.facts.as_slice().len();
        if !document.name.is_empty() {
            let name = xxh3_64(document.name.as_bytes());
            self.names.insert(name, number);
        }
        if !document.twin {
            let content = print.content.within(document.site);
            self.contents.insert(content, number);
        }
        match &document.fate {
            Fate::Kept { .. } => {
                let keys = print.shingles.candidate_keys();
                self.bytes += HOLDER_BYTES * keys.len();
                self.holders.insert(keys, number);
            }
            &Fate::Copy { of, .. } => {
                if !document.name.is_empty() {
                    self.copies.entry(of).or_default().push(number);
                }
            }
        }
        self.documents.push(document);
    }

    /// Takes a copy as a witness if it is among the shortest; returns the
    /// document that is no witness of this kept one (any more).
    pub(crate) fn witness(&mut self, kept: u32, copy: u32) -> Option<u32> {
        let words = |number: u32| {
            let document = self.documents.get((number - self.first) as usize);
            document.map_or(0, |document| document.print.words)
        };
        let len = words(copy);
        let witnesses = self.witnesses.entry(kept).or_default();
        let place = witnesses.partition_point(|&other| words(other) <= len);
        if place >= MOST_WITNESSES {
            return Some(copy);
        }
        witnesses.insert(place, copy);
        (witnesses.len() > MOST_WITNESSES)
            .then(|| witnesses.pop())
            .flatten()
    }

    /// Forgets by what a document is compared.
    pub(crate) fn forget_print(&mut self, number: u32) {
        if let Some(position) = number.checked_sub(self.first)
            && let Some(document) = self.documents.get_mut(position as usize)
        {
            document.print.shingles = Sketch::default();
            document.print.facts = Facts::default();
        }
    }

    /// The keys of a document that count in the frequency of shingles.
    pub(crate) fn counted(document: &Document) -> impl Iterator<Item = u32> + '_ {
        let (keys, uncounted) = match &document.fate {
            Fate::Kept { uncounted } => (document.print.shingles.keys(), &**uncounted),
            Fate::Copy { .. } => (&[][..], &[][..]),
        };
        let mut uncounted = uncounted.iter().map(|&at| usize::from(at)).peekable();
        keys.iter()
            .enumerate()
            .filter(move |&(at, _)| uncounted.next_if_eq(&at).is_none())
            .map(|(_, &key)| key)
    }

    /// Pairs of kept documents and their witnesses, ascending.
    pub(crate) fn all_witnesses(&self) -> Vec<(u32, u32)> {
        sorted(&self.witnesses)
    }

    /// Pairs of kept documents and their copies, ascending.
    pub(crate) fn all_copies(&self) -> Vec<(u32, u32)> {
        sorted(&self.copies)
    }
}

#[expect(clippy::iter_over_hash_type, reason = "sorted at once")]
fn sorted(lists: &HashMap<u32, Vec<u32>, KeyHasher>) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for (&kept, list) in lists {
        pairs.extend(list.iter().map(|&copy| (kept, copy)));
    }
    pairs.sort_unstable();
    pairs
}

/// Counts of keys in memory: those of all documents since an index was opened,
/// also of those that were written to it since.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    added: Frequency,
    taken: Frequency,
}

impl Counts {
    pub(crate) fn add_all(&mut self, keys: &[u32]) {
        self.added.add_all(keys);
    }

    pub(crate) fn take(&mut self, key: u32) {
        self.taken.add(key);
    }

    /// How often keys were added, less how often they were taken: calls `each`
    /// with both numbers, in the order of the keys.
    pub(crate) fn each<E>(
        &self,
        keys: &[u32],
        mut each: impl FnMut(u32, u32) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut taken = Vec::with_capacity(keys.len());
        self.taken.each(keys, |count| {
            taken.push(count);
            Ok(())
        })?;
        let mut taken = taken.into_iter();
        self.added
            .each(keys, |added| each(added, taken.next().unwrap_or(0)))
    }
}
