//! What a run did, counted. Every view of it is made from the one [`Report`].

mod diff;
mod explanation;
mod findings;
mod human;
mod json;
mod paint;

pub use diff::{DiffStat, DiffStyle, diff_stat, write_diff, write_stats};
pub use explanation::{KeepPlace, Shown, write_explanation, write_explanation_json};
pub use findings::{FindingFormat, write_findings};
pub use human::{Summary, grouped, plural, printable};
pub use json::to_json;
pub use paint::Paint;

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    Code,
    write::{Entry, Status},
};

/// What one rule or step took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How often.
    pub hits: usize,
    /// How many bytes of text.
    pub bytes: usize,
}

/// A document that needs its owner's eye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The path of the document.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// Why.
    pub reason: String,
}

/// The most remarks that are kept. A summary names a few, its JSON these.
const MAX_REMARKS: usize = 1000;

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many documents ended in each status.
    pub by_status: BTreeMap<Status, usize>,
    /// What each rule or step took.
    pub by_code: BTreeMap<Code, Taken>,
    /// Documents that failed, were skipped or are up for review: the first
    /// of them.
    pub remarks: Vec<Remark>,
    /// How many remarks there were.
    pub remarked: usize,
    /// Whether a manifest has an account of every document.
    pub has_manifest: bool,
    /// Bytes of decoded input.
    pub bytes_in: usize,
    /// Bytes written.
    pub bytes_out: usize,
    /// Files whose name says that they are no documents.
    pub not_documents: usize,
    /// Links, pipes, sockets and devices, which are not opened.
    pub special_files: usize,
    /// Files of an earlier run that this one did not write again.
    pub stale: Vec<PathBuf>,
}

impl Report {
    /// Counts a document.
    pub fn add(&mut self, entry: &Entry) {
        *self.by_status.entry(entry.status).or_default() += 1;
        self.bytes_in += entry.bytes_in;
        self.bytes_out += entry.bytes_out;
        for removal in &entry.removed {
            let taken = self.by_code.entry(removal.code.clone()).or_default();
            taken.hits += 1;
            taken.bytes += removal.bytes();
        }
        for kept in &entry.unused_keep {
            self.remark(
                entry,
                format!("the keep list names a line that nothing would take: {kept:?}"),
            );
        }
        let reason = match (&entry.reason, entry.status) {
            (Some(reason), _) => reason.clone(),
            (None, Status::Review) => {
                "cleaning would have left next to nothing, so it was left as it was".to_owned()
            }
            _ => return,
        };
        self.remark(entry, reason);
    }

    fn remark(&mut self, entry: &Entry, reason: String) {
        self.remarked += 1;
        if self.remarks.len() < MAX_REMARKS {
            self.remarks.push(Remark {
                path: entry.path.clone(),
                status: entry.status,
                reason,
            });
        }
    }

    /// How many documents ended in `status`.
    pub fn count(&self, status: Status) -> usize {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    /// How many documents there were.
    pub fn documents(&self) -> usize {
        self.by_status.values().sum()
    }

    /// The rules and steps by the bytes they took, most first.
    pub fn ranking(&self) -> Vec<(&Code, Taken)> {
        let mut ranking: Vec<_> = self
            .by_code
            .iter()
            .map(|(code, taken)| (code, *taken))
            .collect();
        ranking.sort_by(|a, b| b.1.bytes.cmp(&a.1.bytes).then_with(|| a.0.cmp(b.0)));
        ranking
    }
}
