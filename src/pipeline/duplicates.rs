//! Which documents of a run are written: decided in input order as they come,
//! or, where the longest copy is kept, when all have been seen.

use crate::{
    Fingerprint, Verdict,
    dedup::{DedupOptions, Deduper, Keep, Match, cluster},
    write::{Entry, Status},
};

/// Decides about one document after the other.
pub(super) struct Duplicates {
    how: How,
    /// The ids of the documents by their ordinal, for naming the kept one.
    ids: Vec<Box<str>>,
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
            ids: Vec::new(),
        }
    }

    /// Decides about the next document with text, and says so in its `entry`.
    pub(super) fn next(&mut self, fingerprint: Fingerprint, entry: &mut Entry) -> Decision {
        match &mut self.how {
            How::Off => Decision::Write,
            How::Streaming(deduper) => {
                self.ids.push(entry.id.as_str().into());
                match deduper.insert(fingerprint) {
                    Verdict::Unique => Decision::Write,
                    Verdict::Duplicate(found) => {
                        self.enter(&found, entry);
                        Decision::Drop
                    }
                }
            }
            How::Gathering(fingerprints, ..) => {
                self.ids.push(entry.id.as_str().into());
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
        entry.duplicate_of = self.ids.get(found.kept as usize).map(|id| id.to_string());
        entry.similarity = Some(rounded(found.similarity));
        entry.evidence = Some(found.evidence);
    }
}

/// Four places: more would only show the rounding of the last bit.
fn rounded(similarity: f64) -> f64 {
    (similarity * 1e4).round() / 1e4
}
