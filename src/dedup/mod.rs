//! Finding documents that say the same thing.
//!
//! ```text
//! text → normal form → Fingerprint → candidates → comparison → Verdict
//! ```
//!
//! A [`Fingerprint`] is made from a text alone, so fingerprints are made in
//! parallel; a [`Deduper`] takes them one by one, in input order. It finds kept
//! documents that may be the original (same content, a simhash within a few
//! bits, or shared shingles), compares the document with each, and says
//! [`Verdict::Unique`] or names the kept document, how much of the smaller text
//! is found in the larger, and by what that was found.
//!
//! ```
//! use dehusk::dedup::{DedupOptions, Deduper, Evidence, Fingerprint, Verdict};
//!
//! let mut deduper = Deduper::new(DedupOptions::default());
//! assert_eq!(deduper.insert(Fingerprint::of("The bridge opened on Monday.")), Verdict::Unique);
//! let Verdict::Duplicate(found) = deduper.insert(Fingerprint::of("THE BRIDGE opened on Monday"))
//! else { panic!("the words are the same") };
//! assert_eq!((found.kept, found.evidence), (0, Evidence::Exact));
//! ```

mod blocks;
mod deduper;
mod document;
mod engine;
mod explain;
mod facts;
mod fingerprint;
mod frequency;
mod holders;
pub mod index;
mod keys;
mod memory;
mod normal;
mod own;
mod paragraphs;
mod passage;
mod simhash;
mod sketch;
mod stored;
#[cfg(test)]
mod tests;
mod verify;

use std::{cmp::Reverse, time::SystemTime};

pub use deduper::Deduper;
pub use explain::{Change, ChangeKind, WordDiff, word_diff};
pub use fingerprint::{Fingerprint, Fingerprinter};
pub use index::{Index, IndexError};
pub(crate) use keys::KeyHasher;
pub(crate) use paragraphs::{KnownParagraphs, Outline, step};
pub use paragraphs::{Paragraphs, STEPS};
use rayon::prelude::*;
use serde::Serialize;

/// How duplicates are found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DedupOptions {
    /// Share of the smaller text, in `0.0..=1.0`, that must be found in the
    /// larger for the two to be copies. Shingles that many kept documents have
    /// count less, and a margin is added for texts of which few shingles are
    /// compared.
    ///
    /// The default is 0.4. A word changed in six breaks two of five shingles,
    /// and two copies that were edited apart, on two sites, are down to .4;
    /// strangers that pass the other guards end near .3. From .3 to .5 the
    /// pairwise F1 of most development sets changes by .005, and the number of
    /// texts that are lost falls to a third; .4 is where large clusters of
    /// short stories begin to fall apart.
    pub similarity: f64,
    /// Bits in which the simhashes of nearly identical texts may differ; at
    /// most 63. The default is 3, the customary radius for 64 bits: each more
    /// bit costs a table, and finds little that shingles do not.
    pub radius: u32,
    /// By what candidates are found.
    pub candidates: Candidates,
    /// Which documents are compared with each other.
    pub within: Within,
    /// Whether a document that is much like a kept one is kept, too, if it says
    /// something that the other does not: some 25 words in a row (of a short
    /// text a fifth), half as many words again, a sentence added to all that the
    /// other has, or in a notice of a few lines words in several places. For
    /// those who remove copies; who asks which documents belong together wants
    /// it `false`, which is the default.
    pub keep_overlaps: bool,
}

impl Default for DedupOptions {
    fn default() -> Self {
        Self {
            similarity: 0.4,
            radius: 3,
            candidates: Candidates::Both,
            within: Within::All,
            keep_overlaps: false,
        }
    }
}

/// By what candidates are found, besides equal content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Candidates {
    /// Simhashes and shared shingles.
    #[default]
    Both,
    /// Simhashes alone: nearly identical texts.
    Simhash,
    /// Shared shingles alone.
    Shingles,
}

impl Candidates {
    /// All with their names.
    const NAMES: [(Self, &'static str); 3] = [
        (Self::Both, "both"),
        (Self::Simhash, "simhash"),
        (Self::Shingles, "shingles"),
    ];

    /// The name, as in an index.
    pub fn name(self) -> &'static str {
        let mut names = Self::NAMES.iter();
        names
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The one with a name.
    pub fn named(name: &str) -> Option<Self> {
        let mut names = Self::NAMES.iter();
        names.find(|(_, own)| *own == name).map(|(kind, _)| *kind)
    }
}

/// Which documents are compared with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Within {
    /// All documents.
    #[default]
    All,
    /// Documents of one site: of one host if they have a URL, else of one
    /// folder.
    Site,
    /// None of a run, only each with an index.
    None,
}

/// Whether a document is a copy of an earlier one.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// No kept document says the same; this one is kept.
    Unique,
    /// A kept document says the same.
    Duplicate(Match),
}

/// The kept document that a duplicate is a copy of.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Ordinal of the kept document, counted from 0 in input order.
    pub kept: u32,
    /// Share of the smaller text that was found in the larger, in
    /// `0.0..=1.0`; shingles that many documents have count less.
    pub similarity: f64,
    /// By what the kept document was found.
    pub evidence: Evidence,
}

/// By what a kept document was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// The words of both are the same.
    Exact,
    /// The simhashes are near each other.
    Simhash {
        /// Bits in which they differ.
        distance: u32,
    },
    /// They share shingles.
    Shingles {
        /// Sampled shingles found in both.
        shared: u32,
        /// Sampled shingles of the smaller.
        of: u32,
    },
}

/// Which document of a cluster is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keep {
    /// The first in input order.
    #[default]
    First,
    /// The one with the most words; the first of equals.
    Longest,
    /// The one with the latest date.
    Newest,
    /// The one with the fewest flags; of equals the longest.
    Best,
}

/// What speaks for keeping a document that its fingerprint does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merits {
    /// Its date; a document without one is the oldest.
    pub date: Option<SystemTime>,
    /// How many flags it has.
    pub flags: usize,
}

impl Keep {
    /// The order in which documents are decided upon, as ordinals: an earlier
    /// document is kept rather than a later one.
    fn order(self, prints: &[Fingerprint], merits: &[Merits]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..).zip(prints).map(|(ordinal, _)| ordinal).collect();
        let words = |ordinal: u32| Reverse(prints[ordinal as usize].words());
        let merits = |ordinal: u32| merits.get(ordinal as usize).copied().unwrap_or_default();
        match self {
            Self::First => {}
            Self::Longest => order.sort_by_key(|&ordinal| words(ordinal)),
            Self::Newest => order.sort_by_key(|&ordinal| Reverse(merits(ordinal).date)),
            Self::Best => order.sort_by_key(|&ordinal| (merits(ordinal).flags, words(ordinal))),
        }
        order
    }
}

/// Decides about a whole collection; one verdict a document, in input order.
///
/// With [`Keep::First`] the verdicts are those of a [`Deduper`] to which the
/// fingerprints are given one by one. A fingerprint has neither date nor flags:
/// to it, [`Keep::Newest`] is as [`Keep::First`], and [`Keep::Best`] as
/// [`Keep::Longest`].
pub fn cluster(prints: Vec<Fingerprint>, keep: Keep, options: DedupOptions) -> Vec<Verdict> {
    cluster_by(prints, &[], keep, options)
}

/// As [`cluster`], of texts. While some are decided upon, fingerprints of the
/// next are made, on all threads of the present pool of rayon.
pub fn cluster_texts<T: AsRef<str> + Sync>(
    texts: &[T],
    keep: Keep,
    options: DedupOptions,
) -> Vec<Verdict> {
    /// Texts of which fingerprints are in memory before they are decided upon.
    const CHUNK: usize = 1024;
    let prints = |texts: &[T]| -> Vec<Fingerprint> {
        texts
            .par_iter()
            .map_init(Fingerprinter::default, |prints, text| {
                prints.fingerprint(text.as_ref())
            })
            .collect()
    };
    // The longest may be the last.
    if matches!(keep, Keep::Longest | Keep::Best) {
        return cluster(prints(texts), keep, options);
    }
    let mut deduper = Deduper::new(options);
    let mut verdicts = Vec::with_capacity(texts.len());
    let mut waiting = Vec::new();
    let mut decide = |prints: Vec<Fingerprint>| {
        verdicts.extend(prints.into_iter().map(|print| deduper.insert(print)));
    };
    for chunk in texts.chunks(CHUNK) {
        let decided = std::mem::take(&mut waiting);
        waiting = rayon::join(|| decide(decided), || prints(chunk)).1;
    }
    decide(waiting);
    verdicts
}

/// As [`cluster_by`], for those who remove copies: with
/// [`keep_overlaps`](DedupOptions::keep_overlaps), whatever the options say.
pub fn copies_by(
    prints: Vec<Fingerprint>,
    merits: &[Merits],
    keep: Keep,
    mut options: DedupOptions,
) -> Vec<Verdict> {
    options.keep_overlaps = true;
    cluster_by(prints, merits, keep, options)
}

/// As [`cluster`], with the merits of each document; without those of one, it has
/// no date and no flags.
pub fn cluster_by(
    prints: Vec<Fingerprint>,
    merits: &[Merits],
    keep: Keep,
    options: DedupOptions,
) -> Vec<Verdict> {
    let order = keep.order(&prints, merits);
    let mut deduper = Deduper::new(options);
    let mut prints: Vec<Option<Fingerprint>> = prints.into_iter().map(Some).collect();
    let mut verdicts = vec![Verdict::Unique; prints.len()];
    for &ordinal in &order {
        let Some(print) = prints[ordinal as usize].take() else {
            continue;
        };
        let mut verdict = deduper.insert(print);
        if let Verdict::Duplicate(found) = &mut verdict {
            found.kept = order[found.kept as usize];
        }
        verdicts[ordinal as usize] = verdict;
    }
    verdicts
}
