//! Deciding, document by document, which one is a copy of an earlier one.
//!
//! Earlier documents are in memory or in the segments of an index, and it
//! makes no difference which: everything that is known about them adds up over
//! memory and segments. So the verdicts depend on the documents and their
//! order alone, not on what was written when.

mod candidates;

use std::{borrow::Cow, cell::OnceCell, cmp::Reverse, collections::HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::{
    Candidates, DedupOptions, Evidence, Match, Verdict, Within,
    blocks::BlockTables,
    document::{Document, Fate, Share},
    fingerprint::{ContentHash, Fingerprint},
    index::{Base, IndexError},
    keys::KeyHasher,
    memory::{Counts, MOST_WITNESSES, Memory},
    verify::{Comparison, Occurrences, Similarity, Subject},
};

/// How similar a document must be to a witness. Stricter than the threshold
/// for kept documents, since it is the second of two tests: whatever a witness
/// says, the document must share something with the kept document itself.
const WITNESS_SIMILARITY: f64 = 0.4;

/// Decides about documents, and remembers them.
#[derive(Debug)]
pub(crate) struct Engine {
    options: DedupOptions,
    /// Whether documents have names and are remembered beyond the run: then
    /// every one of them is, also copies.
    durable: bool,
    base: Base,
    memory: Memory,
    /// Of the documents in memory, and of those written since the beginning.
    counts: Counts,
    /// Documents that were removed.
    dead: HashSet<u32, KeyHasher>,
    /// Of kept documents; made when first needed.
    simhashes: OnceCell<BlockTables>,
}

/// A document that is to be decided upon.
#[derive(Clone, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) name: &'a str,
    pub(crate) site: u32,
    pub(crate) print: Fingerprint,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The number of the document, if it is remembered.
    pub(crate) number: Option<u32>,
    /// Names the kept document by its number.
    pub(crate) verdict: Verdict,
    /// Whether it is kept although it is much like another, because it says
    /// something that the other does not.
    pub(crate) overlaps: bool,
    /// Copies of a document that is gone, which are kept now.
    pub(crate) promoted: Vec<u32>,
}

impl Outcome {
    /// Of a document that nothing was decided about anew.
    pub(crate) fn told(number: Option<u32>, found: Option<Match>) -> Self {
        Self {
            number,
            verdict: found.map_or(Verdict::Unique, Verdict::Duplicate),
            overlaps: false,
            promoted: Vec::new(),
        }
    }
}

/// What was found about a document that is no exact copy.
#[derive(Debug, Default)]
struct Near {
    best: Option<(u32, Similarity)>,
    /// Kept documents that share something with it.
    related: Vec<u32>,
    /// Whether it says something that one of them lacks, and is no copy of it
    /// for that reason alone.
    overlaps: bool,
}

impl Engine {
    /// With what `base` remembers, from which `dead` documents were removed.
    pub(crate) fn new(options: DedupOptions, durable: bool, base: Base) -> Self {
        Self {
            options,
            durable,
            memory: Memory::from(base.next()),
            dead: base.dead(),
            base,
            counts: Counts::default(),
            simhashes: OnceCell::new(),
        }
    }

    pub(crate) fn options(&self) -> &DedupOptions {
        &self.options
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn base(&self) -> &Base {
        &self.base
    }

    pub(crate) fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    pub(crate) fn dead(&self) -> &HashSet<u32, KeyHasher> {
        &self.dead
    }

    /// All that was counted is now on disk.
    pub(crate) fn settle(&mut self) {
        self.counts = Counts::default();
        self.base.settle();
    }

    /// The hash of a site, where documents are compared within their sites;
    /// 0 where the site does not matter.
    pub(crate) fn site(&self, site: &str) -> u32 {
        if self.options.within != Within::Site {
            return 0;
        }
        // 0 is for "does not matter".
        (xxh3_64(site.as_bytes()) >> 32).max(1) as u32
    }

    /// Whether every document can be found, and every copy has its original.
    pub(crate) fn check(&self) -> Result<(), IndexError> {
        for number in self.base.numbers() {
            if self.dead.contains(&number) {
                continue;
            }
            let document = self.document(number)?;
            let content = self.content(document.print.content, document.site)?;
            let named = self.named(&document.name)?;
            let sound = match &document.fate {
                Fate::Kept { .. } => content == Some(number),
                &Fate::Copy { of, .. } => {
                    let kept = !self.dead.contains(&of)
                        && matches!(self.document(of)?.fate, Fate::Kept { .. });
                    kept && content.is_some()
                }
            };
            if !sound || named != Some(number) {
                return Err(self.base.unsound());
            }
        }
        Ok(())
    }

    /// What is in memory, which is from now on remembered by the base.
    pub(crate) fn clear_memory(&mut self) {
        let next = self.memory.next().unwrap_or(u32::MAX);
        self.memory = Memory::from(next);
    }

    /// The document with a number, which must be one that was given.
    pub(crate) fn document(&self, number: u32) -> Result<Cow<'_, Document>, IndexError> {
        match self.memory.document(number) {
            Some(document) => Ok(Cow::Borrowed(document)),
            None => self.base.document(number).map(Cow::Owned),
        }
    }

    /// The number of the document with a name.
    pub(crate) fn named(&self, name: &str) -> Result<Option<u32>, IndexError> {
        let in_memory = self.memory.named(name);
        match in_memory.filter(|number| !self.dead.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => self.base.named(name, &self.dead),
        }
    }

    /// Decides about a document, and remembers it.
    ///
    /// A document whose name is known takes the place of the earlier one; if it
    /// has the same content, nothing changes. A text without words is like no
    /// other, and not remembered.
    pub(crate) fn insert(&mut self, arrival: Arrival<'_>) -> Result<Outcome, IndexError> {
        let known = if self.durable {
            self.named(arrival.name)?
        } else {
            None
        };
        let Some(number) = known else {
            return self.add(arrival);
        };
        let document = self.document(number)?;
        let print = &document.print;
        if print.content == arrival.print.content && document.site == arrival.site {
            return Ok(Outcome::told(Some(number), document.fate.found()));
        }
        // The new version first: what was a copy of the old one is more likely
        // one of the new one than the other way round.
        let gone = self.kill(number)?;
        let mut outcome = self.add(arrival)?;
        outcome.promoted = self.decide_again(number, &gone)?;
        Ok(outcome)
    }

    /// Removes a document; copies that are kept in its place are returned.
    pub(crate) fn remove(&mut self, number: u32) -> Result<Vec<u32>, IndexError> {
        let gone = self.kill(number)?;
        self.decide_again(number, &gone)
    }

    /// What a document is a copy of, without remembering it.
    pub(crate) fn find(&self, arrival: &Arrival<'_>) -> Result<Outcome, IndexError> {
        let print = &arrival.print;
        if print.words == 0 {
            return Ok(Outcome::told(None, None));
        }
        if let Some(twin) = self.content(print.content, arrival.site)? {
            return Ok(Outcome::told(None, self.as_twin(twin)?.found()));
        }
        let near = self.near(print, arrival.site)?;
        let found = match near.best {
            Some((kept, similarity)) => self.as_copy(print, kept, similarity)?.found(),
            None => None,
        };
        Ok(Outcome {
            overlaps: found.is_none() && near.overlaps,
            ..Outcome::told(None, found)
        })
    }

    fn add(&mut self, arrival: Arrival<'_>) -> Result<Outcome, IndexError> {
        let Arrival { name, site, print } = arrival;
        let mut outcome = Outcome::told(None, None);
        if print.words == 0 {
            return Ok(outcome);
        }
        let number = self.memory.next().ok_or_else(|| self.base.full())?;
        let twin = self.content(print.content, site)?;
        let (fate, print) = if let Some(twin) = twin {
            (self.as_twin(twin)?, print.without_sample())
        } else {
            let near = self.near(&print, site)?;
            let fate = if let Some((kept, similarity)) = near.best {
                self.as_copy(&print, kept, similarity)?
            } else {
                outcome.overlaps = near.overlaps;
                self.keep(number, &print, &near.related)?
            };
            (fate, print)
        };
        let found = fate.found();
        outcome.verdict = found.clone().map_or(Verdict::Unique, Verdict::Duplicate);
        if twin.is_some() && !self.durable {
            return Ok(outcome);
        }
        outcome.number = Some(number);
        let document = Document {
            name: name.into(),
            site,
            print,
            twin: twin.is_some(),
            fate,
        };
        self.memory.push(number, document);
        if let (Some(found), None) = (found, twin) {
            let evicted = self.memory.witness(found.kept, number);
            if let Some(evicted) = evicted.filter(|_| !self.durable) {
                self.memory.forget_print(evicted);
            }
        }
        Ok(outcome)
    }

    /// The fate of a document with the content of an earlier one.
    fn as_twin(&self, twin: u32) -> Result<Fate, IndexError> {
        Ok(match &self.document(twin)?.fate {
            Fate::Kept { .. } => Fate::Copy {
                of: twin,
                share: Share::WHOLE,
                evidence: Evidence::Exact,
            },
            copy @ Fate::Copy { .. } => copy.clone(),
        })
    }

    /// The fate of a copy of a kept document.
    fn as_copy(
        &self,
        print: &Fingerprint,
        kept: u32,
        similarity: Similarity,
    ) -> Result<Fate, IndexError> {
        let near = match (print.simhash, self.document(kept)?.print.simhash) {
            (Some(own), Some(other)) if self.options.candidates != Candidates::Shingles => {
                Some((own ^ other).count_ones()).filter(|&distance| distance <= self.options.radius)
            }
            _ => None,
        };
        Ok(Fate::Copy {
            of: kept,
            share: Share::of(similarity.share),
            evidence: match near {
                Some(distance) => Evidence::Simhash { distance },
                None => Evidence::Shingles {
                    shared: similarity.shared,
                    of: similarity.of,
                },
            },
        })
    }

    /// The first document with a content.
    fn content(&self, content: ContentHash, site: u32) -> Result<Option<u32>, IndexError> {
        let in_memory = self.memory.content(content.within(site));
        match in_memory.filter(|number| !self.dead.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => self.base.content(content, site, &self.dead),
        }
    }

    fn near(&self, print: &Fingerprint, site: u32) -> Result<Near, IndexError> {
        let mut near = Near::default();
        let subject = Subject::new(print, self);
        let mut compared = Vec::new();
        let mut few = true;
        if self.options.candidates != Candidates::Simhash {
            (compared, few) = self.sharers(print)?;
            for &kept in &compared {
                self.compare(&subject, kept, site, &mut near)?;
            }
        }
        if near.best.is_none() && few && self.options.candidates != Candidates::Shingles {
            for kept in self.neighbours(print)? {
                if !compared.contains(&kept) {
                    self.compare(&subject, kept, site, &mut near)?;
                }
            }
        }
        Ok(near)
    }

    /// Compares with a kept document.
    fn compare(
        &self,
        subject: &Subject<'_, Self>,
        kept: u32,
        site: u32,
        near: &mut Near,
    ) -> Result<(), IndexError> {
        let document = self.document(kept)?;
        if document.site != site {
            return Ok(());
        }
        let similarity = match subject.compare(&document.print, self.options.similarity)? {
            Comparison::Copies(similarity) => similarity,
            Comparison::Related(similarity) if self.has_witness(kept, subject)? => similarity,
            Comparison::Related(_) => {
                near.related.push(kept);
                return Ok(());
            }
            Comparison::Strangers => return Ok(()),
        };
        if self.options.keep_overlaps && subject.says_more(&document.print)? {
            near.related.push(kept);
            near.overlaps = true;
            return Ok(());
        }
        // The earlier of equals, so the order of search does not show.
        let better = near.best.is_none_or(|(best, so_far)| {
            (similarity.share, Reverse(kept)) > (so_far.share, Reverse(best))
        });
        if better {
            near.best = Some((kept, similarity));
        }
        Ok(())
    }

    /// Whether a copy of the kept document is a copy of this one, too.
    fn has_witness(&self, kept: u32, subject: &Subject<'_, Self>) -> Result<bool, IndexError> {
        let mut numbers = self.base.witnesses(kept)?;
        numbers.extend(self.memory.witnesses(kept));
        numbers.retain(|number| !self.dead.contains(number));
        let mut witnesses = Vec::with_capacity(numbers.len());
        for number in numbers {
            witnesses.push((number, self.document(number)?));
        }
        // Each part of what is remembered has its shortest ones.
        witnesses.sort_by_key(|(number, document)| (document.print.words, *number));
        for (_, witness) in witnesses.iter().take(MOST_WITNESSES) {
            let comparison = subject.compare(&witness.print, WITNESS_SIMILARITY)?;
            if matches!(comparison, Comparison::Copies(_)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts the shingles of a document that is kept.
    fn keep(
        &mut self,
        number: u32,
        print: &Fingerprint,
        related: &[u32],
    ) -> Result<Fate, IndexError> {
        if let (Some(simhash), Some(tables)) = (print.simhash, self.simhashes.get_mut()) {
            tables.insert(simhash, number);
        }
        // Shingles that a relative has were counted with it. Otherwise a story
        // of which a few versions are kept would pass for a common phrase.
        let mut relatives = Vec::with_capacity(related.len());
        for &number in related {
            relatives.push(self.document(number)?.into_owned());
        }
        if relatives.is_empty() {
            self.counts.add_all(print.shingles.keys());
            return Ok(Fate::Kept {
                uncounted: Box::default(),
            });
        }
        let (mut counted, mut uncounted) = (Vec::new(), Vec::new());
        for (position, &key) in (0..).zip(print.shingles.keys()) {
            let is_theirs = relatives
                .iter()
                .any(|relative| relative.print.shingles.keys().binary_search(&key).is_ok());
            if is_theirs {
                uncounted.push(position);
            } else {
                counted.push(key);
            }
        }
        self.counts.add_all(&counted);
        Ok(Fate::Kept {
            uncounted: uncounted.into(),
        })
    }

    /// Takes a document out of all that is known.
    fn kill(&mut self, number: u32) -> Result<Document, IndexError> {
        let document = self.document(number)?.into_owned();
        self.dead.insert(number);
        self.memory.dead.push(number);
        for key in Memory::counted(&document) {
            self.counts.take(key);
            self.memory.uncounted.push(key);
        }
        Ok(document)
    }

    /// Decides anew about all that depended on a document that is gone; those
    /// that are kept now are returned.
    fn decide_again(&mut self, number: u32, gone: &Document) -> Result<Vec<u32>, IndexError> {
        let (kept, all) = match &gone.fate {
            Fate::Kept { .. } => (number, true),
            Fate::Copy { of, .. } => (*of, false),
        };
        let mut copies = Vec::new();
        if !gone.twin {
            self.base.copies(kept, &mut copies)?;
            copies.extend(self.memory.copies.get(&kept).into_iter().flatten());
        }
        let mut promoted = Vec::new();
        for number in copies {
            if self.dead.contains(&number) {
                continue;
            }
            let copy = self.document(number)?;
            let twin = copy.twin && copy.print.content == gone.print.content;
            if !twin && !all {
                continue;
            }
            let copy = self.kill(number)?;
            let arrival = Arrival {
                name: &copy.name,
                site: copy.site,
                print: if twin { gone.print.clone() } else { copy.print },
            };
            let outcome = self.add(arrival)?;
            if let (Verdict::Unique, Some(number)) = (outcome.verdict, outcome.number) {
                promoted.push(number);
            }
        }
        Ok(promoted)
    }
}

impl Occurrences for Engine {
    fn of(&self, keys: &[u32]) -> Result<Vec<u32>, IndexError> {
        let mut counts = Vec::with_capacity(keys.len());
        let mut left = keys.iter();
        self.counts.each(keys, |added, taken| {
            let (before, less) = match left.next() {
                Some(&key) => self.base.counts(key)?,
                None => (0, 0),
            };
            counts.push((before + added).saturating_sub(less + taken));
            Ok(())
        })?;
        Ok(counts)
    }
}
