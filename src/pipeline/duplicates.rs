//! Which documents of a run are written: decided in input order as they come,
//! or, where the longest copy is kept, when all have been seen.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use crate::{
    Fingerprint, Verdict,
    dedup::{DedupOptions, Deduper, Keep, Match, cluster},
    write::{Entry, Status},
};

/// Decides about one document after the other.
pub(super) struct Duplicates {
    how: How,
    /// What the documents are called by, by their ordinal, for naming the kept
    /// one: the id, or, where another document has that id, the path.
    names: Vec<Box<str>>,
    /// Hashes of the ids so far.
    seen: HashSet<u64>,
}

enum How {
    /// Every document is written.
    Off,
    /// The first of a cluster is kept, so a document is decided when it comes.
    Streaming(Box<Deduper>),
    /// All have to be seen first.
    Gathering(Vec<Fingerprint>, Keep, DedupOptions),
}

/// What is to be done with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Write,
    Drop,
    /// Known only at the end; the number is the document's ordinal.
    Later(usize),
}

impl Duplicates {
    pub(super) fn new(options: Option<DedupOptions>, keep: Keep) -> Self {
        let how = match (options, keep) {
            (None, _) => How::Off,
            (Some(options), Keep::First) => How::Streaming(Box::new(Deduper::new(options))),
            (Some(options), keep) => How::Gathering(Vec::new(), keep, options),
        };
        Self {
            how,
            names: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Decides about the next document with text, and says so in its `entry`.
    pub(super) fn next(&mut self, fingerprint: Fingerprint, entry: &mut Entry) -> Decision {
        if !matches!(self.how, How::Off) {
            let first = self.seen.insert(xxh3_64(entry.id.as_bytes()));
            let name = if first { &entry.id } else { &entry.path };
            self.names.push(name.as_str().into());
        }
        match &mut self.how {
            How::Off => Decision::Write,
            How::Streaming(deduper) => match deduper.insert(fingerprint) {
                Verdict::Unique => Decision::Write,
                Verdict::Duplicate(found) => {
                    self.enter(&found, entry);
                    Decision::Drop
                }
            },
            How::Gathering(fingerprints, ..) => {
                fingerprints.push(fingerprint);
                Decision::Later(fingerprints.len() - 1)
            }
        }
    }

    /// Whether a document's fate is open until all have been seen.
    pub(super) fn waits(&self) -> bool {
        matches!(self.how, How::Gathering(..))
    }

    /// The verdicts that had to wait, by ordinal; empty where none had to.
    pub(super) fn finish(&mut self) -> Vec<Verdict> {
        match &mut self.how {
            How::Gathering(fingerprints, keep, options) => {
                cluster(std::mem::take(fingerprints), *keep, options.clone())
            }
            How::Off | How::Streaming(_) => Vec::new(),
        }
    }

    /// Names the kept document in the account of its duplicate.
    pub(super) fn enter(&self, found: &Match, entry: &mut Entry) {
        entry.status = Status::Duplicate;
        entry.duplicate_of = self.names.get(found.kept as usize).map(ToString::to_string);
        entry.similarity = Some(rounded(found.similarity));
        entry.evidence = Some(found.evidence);
    }
}

/// Four places: more would only show the rounding of the last bit.
fn rounded(similarity: f64) -> f64 {
    (similarity * 1e4).round() / 1e4
}
