//! The segments of an index, as one.

use std::{collections::HashSet, path::Path};

use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::{document::Document, fingerprint::ContentHash, keys::KeyHasher},
    error::{IndexError, IndexErrorKind},
    segment::{Find, Segment, short},
};

/// What is remembered on disk. Without segments, nothing.
#[derive(Debug, Default)]
pub(crate) struct Base {
    /// By ascending numbers of their documents.
    pub(super) segments: Vec<Segment>,
    /// How many of the segments were there at the beginning: the counts of
    /// the others are in memory.
    pub(super) settled: usize,
}

impl Base {
    pub(super) fn of(segments: Vec<Segment>) -> Self {
        Self {
            settled: segments.len(),
            segments,
        }
    }

    /// The number of the next document.
    pub(crate) fn next(&self) -> u32 {
        self.segments.last().map_or(0, |segment| segment.next)
    }

    /// Documents that were removed and are still there.
    pub(crate) fn dead(&self) -> HashSet<u32, KeyHasher> {
        let lists = self.segments.iter().map(|segment| &segment.dead);
        lists.flatten().copied().collect()
    }

    fn path(&self) -> &Path {
        self.segments.last().map_or(Path::new(""), Segment::path)
    }

    /// Takes the counts of all segments from now on.
    pub(crate) fn settle(&mut self) {
        self.settled = self.segments.len();
    }

    /// The numbers of all documents.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.segments.iter().flat_map(Segment::numbers)
    }

    /// That its parts say different things.
    pub(crate) fn unsound(&self) -> IndexError {
        IndexErrorKind::Damaged("its parts say different things").at(self.path())
    }

    /// That there is no number left.
    pub(crate) fn full(&self) -> IndexError {
        IndexErrorKind::Full.at(self.path())
    }

    pub(crate) fn document(&self, number: u32) -> Result<Document, IndexError> {
        let at = self
            .segments
            .partition_point(|segment| segment.next <= number);
        let found = match self.segments.get(at) {
            Some(segment) => segment.document(number)?,
            None => None,
        };
        let missing = || IndexErrorKind::Damaged("a document is missing").at(self.path());
        found.ok_or_else(missing)
    }

    /// The document with a name.
    pub(crate) fn named(
        &self,
        name: &str,
        dead: &HashSet<u32, KeyHasher>,
    ) -> Result<Option<u32>, IndexError> {
        let key = short(xxh3_64(name.as_bytes()));
        self.first(Find::Names, key, dead, |document| *document.name == *name)
    }

    /// The first document with a content.
    pub(crate) fn content(
        &self,
        content: ContentHash,
        site: u32,
        dead: &HashSet<u32, KeyHasher>,
    ) -> Result<Option<u32>, IndexError> {
        let key = short(content.within(site).low());
        self.first(Find::Contents, key, dead, |document| {
            document.print.content == content && document.site == site
        })
    }

    fn first(
        &self,
        find: Find,
        key: u64,
        dead: &HashSet<u32, KeyHasher>,
        is: impl Fn(&Document) -> bool,
    ) -> Result<Option<u32>, IndexError> {
        let mut numbers = Vec::new();
        for segment in &self.segments {
            numbers.clear();
            let table = segment.table(find);
            table.find(key, |number| numbers.push(number))?;
            for &number in &numbers {
                if !dead.contains(&number) && is(&self.document(number)?) {
                    return Ok(Some(number));
                }
            }
        }
        Ok(None)
    }

    /// Appends the kept documents that hold a key.
    pub(crate) fn holders(&self, key: u32, holders: &mut Vec<u32>) -> Result<(), IndexError> {
        for segment in &self.segments {
            segment.holders(key, |number| holders.push(number))?;
        }
        Ok(())
    }

    /// How often a key was counted, and how often that was taken back.
    pub(crate) fn counts(&self, key: u32) -> Result<(u32, u32), IndexError> {
        let (mut added, mut taken) = (0, 0);
        for segment in &self.segments[..self.settled] {
            let key = u64::from(key);
            segment.table(Find::Counted).find(key, |_| added += 1)?;
            let uncounted = segment.table(Find::Uncounted);
            uncounted.find(key, |_| taken += 1)?;
        }
        Ok((added, taken))
    }

    /// Appends the copies of a kept document.
    pub(crate) fn copies(&self, kept: u32, copies: &mut Vec<u32>) -> Result<(), IndexError> {
        for segment in &self.segments {
            let table = segment.table(Find::Copies);
            table.find(u64::from(kept), |number| copies.push(number))?;
        }
        Ok(())
    }

    /// The witnesses of a kept document, up to the limit from each segment.
    pub(crate) fn witnesses(&self, kept: u32) -> Result<Vec<u32>, IndexError> {
        let mut witnesses = Vec::new();
        for segment in &self.segments {
            let table = segment.table(Find::Witnesses);
            table.find(u64::from(kept), |number| witnesses.push(number))?;
        }
        Ok(witnesses)
    }

    /// Calls `found` with the simhashes of kept documents.
    pub(crate) fn simhashes(&self, mut found: impl FnMut(u32, u64)) -> Result<(), IndexError> {
        for segment in &self.segments {
            segment.simhashes(&mut found)?;
        }
        Ok(())
    }
}
