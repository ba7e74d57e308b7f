//! Deciding, document by document, which one is a copy of an earlier one.

use std::{cmp::Reverse, collections::HashMap};

use super::{
    Candidates, DedupOptions, Evidence, Match, Verdict,
    blocks::BlockTables,
    fingerprint::{ContentHash, Fingerprint},
    frequency::Frequency,
    holders::{Holders, MOST_HOLDERS},
    keys::KeyHasher,
    verify::{Comparison, Similarity, Subject},
};

/// Candidates that are compared with a document, those that share the most
/// keys with it. The kept document of its own story shares dozens, strangers
/// one or two; 24 leaves room for a frame that many kept documents share.
const MOST_COMPARED: usize = 24;

/// Of candidates that share a single key, only so many are compared, and only
/// if fewer share several: among a million documents most of them are chance.
const MOST_COMPARED_BY_ONE: usize = 4;

/// Copies of a kept document that are remembered as its witnesses. Two copies
/// of a short story in two large frames have little in common; either has much
/// in common with a copy that has no frame. So the shortest copies are taken.
const MOST_WITNESSES: usize = 8;

/// How similar a document must be to a witness. Stricter than the threshold
/// for kept documents, since it is the second of two tests: whatever a witness
/// says, the document must share something with the kept document itself.
const WITNESS_SIMILARITY: f64 = 0.4;

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
    options: DedupOptions,
    /// How many documents were inserted.
    inserted: u32,
    kept: Vec<Kept>,
    /// The matches of duplicates, for further documents with their content.
    duplicates: Vec<Match>,
    contents: HashMap<ContentHash, Content, KeyHasher>,
    simhashes: BlockTables,
    holders: Holders,
    frequency: Frequency,
}

#[derive(Debug)]
struct Kept {
    ordinal: u32,
    print: Fingerprint,
    /// Copies of it, shortest first.
    witnesses: Vec<Fingerprint>,
}

impl Kept {
    /// Takes a copy as a witness if it is among the shortest.
    fn witness(&mut self, copy: Fingerprint) {
        let place = self
            .witnesses
            .partition_point(|other| other.words <= copy.words);
        if place < MOST_WITNESSES {
            self.witnesses.truncate(MOST_WITNESSES - 1);
            self.witnesses.insert(place, copy);
        }
    }
}

/// A content that was seen before: a position in `kept` or in `duplicates`.
#[derive(Clone, Copy, Debug)]
enum Content {
    Kept(u32),
    Duplicate(u32),
}

/// A kept document that may be the original of another.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    kept: u32,
    /// The distance of the simhashes, if that is how it was found.
    distance: Option<u32>,
}

/// How likely a kept document is the original of another, the likeliest least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Whether they share more than one key.
    several: Reverse<bool>,
    /// How clearly the shared keys point to it.
    clarity: Reverse<usize>,
    kept: u32,
}

/// What was found about a document that is no exact copy.
#[derive(Debug, Default)]
struct Near {
    best: Option<(Candidate, Similarity)>,
    /// Kept documents that share something with it.
    related: Vec<u32>,
}

impl Deduper {
    /// One that has seen no document yet.
    pub fn new(options: DedupOptions) -> Self {
        Self {
            inserted: 0,
            kept: Vec::new(),
            duplicates: Vec::new(),
            contents: HashMap::default(),
            simhashes: BlockTables::new(options.radius),
            holders: Holders::default(),
            frequency: Frequency::default(),
            options,
        }
    }

    /// Decides about the next document, and remembers it if it is kept.
    ///
    /// Documents are numbered in the order of their insertion, from 0; a
    /// [`Match`] names its kept document by that number. A text without words
    /// is like no other and always [`Verdict::Unique`].
    pub fn insert(&mut self, print: Fingerprint) -> Verdict {
        let ordinal = self.inserted;
        self.inserted += 1;
        if print.words == 0 {
            return Verdict::Unique;
        }
        match self.contents.get(&print.content) {
            Some(&Content::Kept(kept)) => {
                return Verdict::Duplicate(Match {
                    kept: self.kept[kept as usize].ordinal,
                    similarity: 1.0,
                    evidence: Evidence::Exact,
                });
            }
            Some(&Content::Duplicate(duplicate)) => {
                return Verdict::Duplicate(self.duplicates[duplicate as usize].clone());
            }
            None => {}
        }
        let near = self.near(&print);
        let Some((candidate, similarity)) = near.best else {
            self.keep(
                Kept {
                    ordinal,
                    print,
                    witnesses: Vec::new(),
                },
                &near.related,
            );
            return Verdict::Unique;
        };
        let found = self.found(candidate, similarity);
        let position = position(self.duplicates.len());
        self.contents
            .insert(print.content, Content::Duplicate(position));
        self.duplicates.push(found.clone());
        self.kept[candidate.kept as usize].witness(print);
        Verdict::Duplicate(found)
    }

    fn found(&self, candidate: Candidate, similarity: Similarity) -> Match {
        Match {
            kept: self.kept[candidate.kept as usize].ordinal,
            similarity: similarity.share,
            evidence: match candidate.distance {
                Some(distance) => Evidence::Simhash { distance },
                None => Evidence::Shingles {
                    shared: similarity.shared,
                    of: similarity.of,
                },
            },
        }
    }

    fn near(&self, print: &Fingerprint) -> Near {
        let candidates = self.candidates(print);
        let mut near = Near::default();
        if candidates.is_empty() {
            return near;
        }
        let subject = Subject::new(print, &self.frequency);
        for candidate in candidates {
            let kept = &self.kept[candidate.kept as usize].print;
            let similarity = match subject.compare(kept, &self.frequency, self.options.similarity) {
                Comparison::Copies(similarity) => similarity,
                Comparison::Related(similarity) if self.has_witness(candidate.kept, &subject) => {
                    similarity
                }
                Comparison::Related(_) => {
                    near.related.push(candidate.kept);
                    continue;
                }
                Comparison::Strangers => continue,
            };
            // The earlier of equals, so the order of search does not show.
            let better = near.best.is_none_or(|(best, so_far)| {
                (similarity.share, Reverse(candidate.kept)) > (so_far.share, Reverse(best.kept))
            });
            if better {
                near.best = Some((candidate, similarity));
            }
        }
        near
    }

    /// Whether a copy of the kept document is a copy of this one, too.
    fn has_witness(&self, kept: u32, subject: &Subject<'_>) -> bool {
        self.kept[kept as usize].witnesses.iter().any(|witness| {
            let comparison = subject.compare(witness, &self.frequency, WITNESS_SIMILARITY);
            matches!(comparison, Comparison::Copies(_))
        })
    }

    /// Kept documents that may be the original of a document.
    fn candidates(&self, print: &Fingerprint) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        if let Some(simhash) = print.simhash
            && self.options.candidates != Candidates::Shingles
        {
            self.simhashes.neighbours(simhash, |kept, distance| {
                candidates.push(Candidate {
                    kept,
                    distance: Some(distance),
                });
            });
            candidates.sort_unstable_by_key(|candidate| (candidate.distance, candidate.kept));
            candidates.truncate(MOST_COMPARED);
        }
        if self.options.candidates != Candidates::Simhash {
            let by_simhash = candidates.len();
            for kept in self.sharers(print) {
                if !candidates[..by_simhash]
                    .iter()
                    .any(|candidate| candidate.kept == kept)
                {
                    candidates.push(Candidate {
                        kept,
                        distance: None,
                    });
                }
            }
        }
        candidates
    }

    /// The kept documents that a document's candidate keys point to, the
    /// likeliest first. A key points the more clearly the fewer hold it.
    fn sharers(&self, print: &Fingerprint) -> impl Iterator<Item = u32> + use<> {
        let mut pointers: Vec<(u32, usize)> = Vec::new();
        for &key in print.shingles.candidate_keys() {
            let holders = self.holders.of(key);
            pointers.extend(
                holders
                    .iter()
                    .map(|&kept| (kept, MOST_HOLDERS / holders.len())),
            );
        }
        pointers.sort_unstable();
        let mut ranked: Vec<Rank> = pointers
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| Rank {
                several: Reverse(same.len() > 1),
                clarity: Reverse(same.iter().map(|pointer| pointer.1).sum()),
                kept: same[0].0,
            })
            .collect();
        if ranked.len() > MOST_COMPARED {
            ranked.select_nth_unstable(MOST_COMPARED);
            ranked.truncate(MOST_COMPARED);
        }
        ranked.sort_unstable();
        let several = ranked.partition_point(|rank| rank.several.0);
        ranked.truncate(several.max(MOST_COMPARED_BY_ONE));
        ranked.into_iter().map(|rank| rank.kept)
    }

    fn keep(&mut self, kept: Kept, related: &[u32]) {
        let Kept { print, .. } = &kept;
        let position = position(self.kept.len());
        self.contents.insert(print.content, Content::Kept(position));
        if let Some(simhash) = print.simhash {
            self.simhashes.insert(simhash, position);
        }
        self.holders
            .insert(print.shingles.candidate_keys(), position);
        // Shingles that a relative has were counted with it. Otherwise a story
        // of which a few versions are kept would pass for a common phrase.
        for &key in print.shingles.keys() {
            let counted = related.iter().any(|&relative| {
                let keys = self.kept[relative as usize].print.shingles.keys();
                keys.binary_search(&key).is_ok()
            });
            if !counted {
                self.frequency.add(key);
            }
        }
        self.kept.push(kept);
    }
}

/// A position in a list of documents.
fn position(length: usize) -> u32 {
    // The highest bit is a mark in `Holders`.
    u32::try_from(length)
        .ok()
        .filter(|&position| position < 1 << 31)
        .expect("fewer than 2^31 documents")
}
