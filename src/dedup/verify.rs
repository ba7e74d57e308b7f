//! Whether two documents are copies of one text.
//!
//! The measure is weighted containment: the share of the smaller text's
//! shingles that the larger text has, too, where a shingle found in many kept
//! stories weighs less. Four things that containment mistakes for copies are
//! told apart by their shape:
//!
//! - *a frame around another story*: two pages of one site share a head and a
//!   tail, and what differs is one run in the middle of both. Copies on two
//!   sites differ at the ends, and edits differ in many places;
//! - *a template with other facts*: the words are shared and the numbers
//!   between them are not (see `facts`);
//! - *one passage in two texts*: a paragraph, and either has more to say (see
//!   `passage`);
//! - *a quotation*: a small part of a much larger text.

use std::cell::OnceCell;

use super::{
    facts::Agreement,
    fingerprint::Fingerprint,
    index::IndexError,
    own,
    passage::{Rest, are_a_passage, in_text_order},
    sketch::Sketch,
};

/// Fewer shared keys than this decide nothing. On the development sets, of the
/// pairs below it that would pass otherwise nine in ten were strangers.
const MIN_SHARED: usize = 10;

/// Shared keys must weigh this much together, so that phrases which many texts
/// have do not add up to a copy. One shared key of a text's own weighs 1.
const MIN_WEIGHT: f64 = 3.0;

/// A text is a quotation, not a copy, if it is smaller than this share of the
/// other. Truncated copies of .35 of a text are usual, and frames and teasers
/// then halve the share; below .15 strangers outnumber copies.
const MIN_SIZE: f64 = 0.15;

/// A shingle that so many other kept stories have weighs one half.
///
/// The weight `1 / (1 + (n / 4)²)` leaves phrases of two or three stories
/// alone and all but drops the frame of a site with twenty pages. A weight that
/// falls at once (`1 / √n`) lets a story fade away of which a few versions were
/// kept; with 2 or 8 instead of 4 the development sets lose up to .02 of F1.
const HALF_WEIGHT: f64 = 4.0;

/// How many standard errors of the estimated similarity are added to the
/// threshold, so that few keys must agree more than many. With 1, which was
/// needed before passages were told apart, the development sets lose .001 of
/// F1; without any, two more texts.
const CAUTION: f64 = 0.5;

/// Numbers in the same surroundings that differ before they mean other facts.
/// Copies on two sites have up to two (the year of the copyright, the time of
/// day), templates six or more.
const MIN_OTHER_FACTS: u32 = 3;

/// Facts are other facts if `others * 3 >= same + 4`: all of three, five of
/// eleven, a quarter of many. A revised text has a few new numbers among old.
const OTHER_FACTS_WEIGH: u32 = 3;
const SAME_FACTS_START: u32 = 4;

/// When a frame explains what two texts share: what differs is one run inside
/// both texts, a head and a tail around it are shared.
#[derive(Clone, Copy, Debug)]
struct FrameTest {
    /// Similarity up to which the test is made.
    up_to: f64,
    /// Share of the keys of either text about which the model "all outside the
    /// run is shared, nothing inside is" must be right.
    fit: f64,
    /// Share of either text that the run must take up.
    run: f64,
}

/// Any of these will do. The first: of 2,500 pairs of strangers below .65 that
/// share a frame nearly all fit by .98 and more, of copies, edited in several
/// places, one in 200. The second: above .65 one changed paragraph looks like a
/// frame, too, so the run must be longer; with .1 for .2 one in 50 revised
/// texts would be taken for another text, now one in 200. The third: in the
/// frames of real pages something changes, too (a date, a list of the latest);
/// where the run is long, that is no objection. Over the raw text of 1,640
/// pages, with two or three of a site, it took 26 of 94 false copies away, and
/// it meets three of 4,900 pairs of true ones. With .8 for .9 it takes ten more
/// away, but large clusters of short stories fall apart (big: F1 .947 for .982).
const FRAME_TESTS: [FrameTest; 3] = [
    FrameTest {
        up_to: 0.65,
        fit: 0.95,
        run: 0.1,
    },
    FrameTest {
        up_to: 1.0,
        fit: 0.98,
        run: 0.2,
    },
    FrameTest {
        up_to: 1.0,
        fit: 0.9,
        run: 0.3,
    },
];

/// What is as similar as this without being a copy may still be the same
/// story: its shingles are not counted as those of another story, and a
/// witness may show it to be a copy.
const RELATED: f64 = 0.15;

/// What comparing two documents gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Comparison {
    /// They have nothing to do with each other.
    Strangers,
    /// They share something, but not enough to be copies by this alone.
    Related(Similarity),
    /// They are copies of one text.
    Copies(Similarity),
}

/// How much of the smaller of two texts is found in the larger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Similarity {
    /// The weighted share, in `0..=1`.
    pub(crate) share: f64,
    /// Sampled shingles in both.
    pub(crate) shared: u32,
    /// Sampled shingles of the smaller text.
    pub(crate) of: u32,
}

/// How many kept stories have a shingle.
pub(crate) trait Occurrences {
    /// Of each of some keys, in their order.
    fn of(&self, keys: &[u32]) -> Result<Vec<u32>, IndexError>;
}

/// A document that is compared with others, with what they all need.
#[derive(Debug)]
pub(crate) struct Subject<'a, O> {
    print: &'a Fingerprint,
    occurrences: &'a O,
    /// Weights of the keys of its shingles, once one was needed: of most
    /// candidates it turns out before that they are strangers.
    weights: OnceCell<Vec<f64>>,
}

impl<'a, O: Occurrences> Subject<'a, O> {
    pub(crate) fn new(print: &'a Fingerprint, occurrences: &'a O) -> Self {
        Self {
            print,
            occurrences,
            weights: OnceCell::new(),
        }
    }

    /// The weights of some keys.
    fn weights_of(&self, keys: &[u32]) -> Result<Vec<f64>, IndexError> {
        let counts = self.occurrences.of(keys)?;
        Ok(counts.into_iter().map(weight).collect())
    }

    fn weights(&self) -> Result<&[f64], IndexError> {
        if let Some(weights) = self.weights.get() {
            return Ok(weights);
        }
        let weights = self.weights_of(self.print.shingles.keys())?;
        Ok(self.weights.get_or_init(|| weights))
    }

    /// Compares with a kept document. `threshold` is the similarity from which
    /// two texts are copies.
    pub(crate) fn compare(
        &self,
        kept: &Fingerprint,
        threshold: f64,
    ) -> Result<Comparison, IndexError> {
        let (mine, theirs) = (&self.print.shingles, &kept.shingles);
        // Nearly all candidates end here.
        if Shared::count(mine, theirs) < MIN_SHARED
            || is_quotation(self.print.words, kept.words)
            || are_other_facts(self.print.facts.compare(&kept.facts))
        {
            return Ok(Comparison::Strangers);
        }
        let shared = Shared::of(mine, theirs);
        let weights = self.weights()?;
        let together: f64 = shared.keys.iter().map(|&(own, _)| weights[own]).sum();
        if together < MIN_WEIGHT {
            return Ok(Comparison::Strangers);
        }
        let (own, other) = mine.comparable(theirs);
        let own_weight: f64 = weights[..own].iter().sum();
        let others = shared.not_in_second(theirs, other);
        let mut others = self.weights_of(&others)?.into_iter();
        let mut shared_keys = shared.keys.iter().peekable();
        let other_weights: Vec<f64> = (0..other)
            .map(
                |position| match shared_keys.next_if(|pair| pair.1 == position) {
                    Some(&(own, _)) => weights[own],
                    None => others.next().unwrap_or(1.0),
                },
            )
            .collect();
        let other_weight: f64 = other_weights.iter().sum();
        let share = (together / own_weight.min(other_weight)).min(1.0);
        if share < RELATED || shared.are_a_frame(mine, theirs, share) {
            return Ok(Comparison::Strangers);
        }
        let of = own.min(other);
        let error = (share * (1.0 - share) / to_f64(of)).sqrt();
        let similarity = Similarity {
            share,
            shared: to_u32(shared.keys.len()),
            of: to_u32(of),
        };
        if share < threshold + CAUTION * error {
            return Ok(Comparison::Related(similarity));
        }
        let own_keys = in_text_order(mine, &weights[..own], shared.in_first());
        let other_keys = in_text_order(theirs, &other_weights, shared.in_second());
        if are_a_passage(&Rest::of(&own_keys), &Rest::of(&other_keys)) {
            return Ok(Comparison::Related(similarity));
        }
        Ok(Comparison::Copies(similarity))
    }

    /// Whether the document says something that a kept one, which is much like
    /// it, does not say.
    pub(crate) fn says_more(&self, kept: &Fingerprint) -> Result<bool, IndexError> {
        Ok(own::says_more(self.print, kept, self.weights()?))
    }
}

/// What a shingle is worth that occurs in so many kept stories.
fn weight(stories: u32) -> f64 {
    let others = f64::from(stories.saturating_sub(1)) / HALF_WEIGHT;
    1.0 / (1.0 + others * others)
}

fn is_quotation(words: u32, others: u32) -> bool {
    f64::from(words.min(others)) < MIN_SIZE * f64::from(words.max(others))
}

fn are_other_facts(facts: Agreement) -> bool {
    facts.other >= MIN_OTHER_FACTS
        && facts.other.saturating_mul(OTHER_FACTS_WEIGH) >= facts.same + SAME_FACTS_START
}

/// The keys that two sketches share, as positions in either.
#[derive(Debug)]
pub(super) struct Shared {
    keys: Vec<(usize, usize)>,
}

impl Shared {
    /// How many keys there are in both.
    fn count(first: &Sketch, second: &Sketch) -> usize {
        let (own, other) = (first.keys(), second.keys());
        let (mut i, mut j, mut count) = (0, 0, 0);
        while i < own.len() && j < other.len() {
            let (a, b) = (own[i], other[j]);
            count += usize::from(a == b);
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        count
    }

    pub(super) fn of(first: &Sketch, second: &Sketch) -> Self {
        let (own, other) = (first.keys(), second.keys());
        let (mut i, mut j) = (0, 0);
        let mut keys = Vec::new();
        while i < own.len() && j < other.len() {
            let (a, b) = (own[i], other[j]);
            if a == b {
                keys.push((i, j));
            }
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        Self { keys }
    }

    /// The positions in the first sketch.
    pub(super) fn in_first(&self) -> impl Iterator<Item = usize> + '_ {
        self.keys.iter().map(|&(own, _)| own)
    }

    /// The positions in the second sketch.
    fn in_second(&self) -> impl Iterator<Item = usize> + '_ {
        self.keys.iter().map(|&(_, other)| other)
    }

    /// Those of the first `count` keys of the second sketch that are not shared.
    fn not_in_second(&self, second: &Sketch, count: usize) -> Vec<u32> {
        let mut shared = self.in_second().peekable();
        let keys = second.keys()[..count].iter().enumerate();
        keys.filter(|(position, _)| shared.next_if_eq(position).is_none())
            .map(|(_, &key)| key)
            .collect()
    }

    /// Whether what differs is one run inside both texts.
    fn are_a_frame(&self, first: &Sketch, second: &Sketch, share: f64) -> bool {
        let (own, other) = first.comparable(second);
        let Some(one) = FrameFit::of(&first.ranks()[..own], self.in_first()) else {
            return false;
        };
        let Some(two) = FrameFit::of(&second.ranks()[..other], self.in_second()) else {
            return false;
        };
        let (fit, run) = (one.fit.min(two.fit), one.run.min(two.run));
        let mut tests = FRAME_TESTS.iter();
        tests.any(|test| share <= test.up_to && fit >= test.fit && run >= test.run)
    }
}

/// How well "a head and a tail are shared, and what is between is not"
/// describes a text; see [`FrameTest`].
#[derive(Clone, Copy, Debug, PartialEq)]
struct FrameFit {
    fit: f64,
    run: f64,
}

impl FrameFit {
    /// Of a text with the keys at these ranks, of which those at the positions
    /// `shared` are shared. `None` if the run that differs is not inside.
    fn of(ranks: &[u16], shared: impl Iterator<Item = usize>) -> Option<Self> {
        let mut is_shared = vec![false; ranks.len()];
        let mut count = 0;
        for position in shared {
            is_shared[position] = true;
            count += 1;
        }
        let mut in_order: Vec<(u16, bool)> = ranks.iter().copied().zip(is_shared).collect();
        in_order.sort_unstable();
        let run = differing_run(&in_order);
        let keys = to_f64(in_order.len());
        // Right about shared keys outside the run and others inside.
        (run.start > 0 && run.end < in_order.len()).then(|| Self {
            fit: to_f64(count + run.excess) / keys,
            run: to_f64(run.end - run.start) / keys,
        })
    }
}

/// The run of a text that differs most, as positions of keys in text order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    start: usize,
    end: usize,
    /// Keys inside that are not shared, less those that are.
    pub(super) excess: usize,
}

/// Finds the run with the greatest excess (Kadane's algorithm).
pub(super) fn differing_run(text: &[(u16, bool)]) -> Run {
    let mut best = Run::default();
    let mut here = Run::default();
    for (position, &(_, shared)) in text.iter().enumerate() {
        if here.excess == 0 {
            here.start = position;
        }
        here.excess = if shared {
            here.excess.saturating_sub(1)
        } else {
            here.excess + 1
        };
        here.end = position + 1;
        if here.excess > best.excess {
            best = here;
        }
    }
    best
}

/// Sketches have a few thousand keys at most.
fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(super) fn to_f64(count: usize) -> f64 {
    f64::from(to_u32(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pattern: &str) -> Vec<(u16, bool)> {
        (0..)
            .zip(pattern.chars())
            .map(|(place, char)| (place, char == 's'))
            .collect()
    }

    fn frame(pattern: &str) -> bool {
        let text = text(pattern);
        let places: Vec<u16> = text.iter().map(|&(place, _)| place).collect();
        let shared = text
            .iter()
            .filter(|key| key.1)
            .map(|key| usize::from(key.0));
        let fit = FrameFit::of(&places, shared);
        fit.is_some_and(|fit| fit.fit >= 0.9 && fit.run >= 0.3)
    }

    #[test]
    fn the_differing_run_is_found() {
        let run = differing_run(&text("ssddsdddss"));
        assert_eq!(
            run,
            Run {
                start: 2,
                end: 8,
                excess: 4
            }
        );
        assert_eq!(differing_run(&text("ssss")), Run::default());
    }

    #[test]
    fn a_shared_head_and_tail_around_another_story_is_a_frame() {
        assert!(frame("ssssssddddddddddssss"));
        // Scattered edits, other ends, a cut-off end, and nothing different.
        assert!(!frame("ssddssssddssdsssddss"));
        assert!(!frame("dddddssssssssssddddd"));
        assert!(!frame("ssssssssssdddddddddd"));
        assert!(!frame("ssssssssssssssssssss"));
    }

    #[test]
    fn other_facts_are_many_or_most() {
        let facts = |same, other| are_other_facts(Agreement { same, other });
        assert!(facts(0, 3) && facts(8, 4) && facts(20, 8));
        assert!(!facts(0, 2) && !facts(6, 3) && !facts(40, 8));
    }

    #[test]
    fn a_small_part_of_a_large_text_is_a_quotation() {
        assert!(is_quotation(100, 1000));
        assert!(!is_quotation(1000, 200));
    }
}
