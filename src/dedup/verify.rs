//! Whether two documents are copies of one text.
//!
//! The measure is weighted containment: the share of the smaller text's
//! shingles that the larger text has, too, where a shingle found in many kept
//! stories weighs less. Three things that containment mistakes for copies are
//! told apart by their shape:
//!
//! - *a frame around another story*: two pages of one site share a head and a
//!   tail, and what differs is one run in the middle of both. Copies on two
//!   sites differ at the ends, and edits differ in many places;
//! - *a template with other facts*: the words are shared and the numbers
//!   between them are not (see `facts`);
//! - *a quotation*: a small part of a much larger text.

use super::{facts::Agreement, fingerprint::Fingerprint, frequency::Frequency, sketch::Sketch};

/// Fewer shared keys than this decide nothing. On the development sets, of the
/// pairs below it that would pass otherwise three in four were strangers.
const MIN_SHARED: usize = 10;

/// Shared keys must weigh this much together, so that phrases which many texts
/// have do not add up to a copy. One shared key of a text's own weighs 1.
const MIN_WEIGHT: f64 = 3.0;

/// A text is a quotation, not a copy, if it is smaller than this share of the
/// other. Truncated copies of .35 of a text are usual, and frames and teasers
/// then halve the share; below .15 strangers outnumber copies.
const MIN_SIZE: f64 = 0.15;

/// How many standard errors of the estimated similarity are added to the
/// threshold, so that few keys must agree more than many.
const CAUTION: f64 = 1.0;

/// Numbers in the same surroundings that differ before they mean other facts.
/// Copies on two sites have up to two (the year of the copyright, the time of
/// day), templates six or more.
const MIN_OTHER_FACTS: u32 = 3;

/// Facts are other facts if `others * 3 >= same + 4`: all of three, five of
/// eleven, a quarter of many. A revised text has a few new numbers among old.
const OTHER_FACTS_WEIGH: u32 = 3;
const SAME_FACTS_START: u32 = 4;

/// A frame explains a pair if the model "what differs is one run" is right
/// about this share of the keys of either text; of 2,500 pairs of strangers
/// under the threshold nearly all had .98 or more, of copies nearly none.
const FRAME_FIT: f64 = 0.95;

/// The run inside the frame is this share of either text, or more. Less is a
/// changed paragraph.
const FRAME_RUN: f64 = 0.1;

/// Above this similarity a single different run is an edit, not a story.
const FRAME_BELOW: f64 = 0.65;

/// What is as similar as this without being a copy may still be the same
/// story: its shingles are not counted as those of another story.
const RELATED: f64 = 0.2;

/// What comparing two documents gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Comparison {
    /// They have nothing to do with each other.
    Strangers,
    /// They share something, but not enough to be copies.
    Related,
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

/// A document that is compared with others, with what they all need.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    print: &'a Fingerprint,
    /// Weights of the keys of its shingles.
    weights: Vec<f64>,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(print: &'a Fingerprint, frequency: &Frequency) -> Self {
        let weights = print.shingles.keys().iter();
        Self {
            print,
            weights: weights.map(|&key| weight(frequency.of(key))).collect(),
        }
    }

    /// Compares with a kept document. `threshold` is the similarity from which
    /// two texts are copies.
    pub(crate) fn compare(
        &self,
        kept: &Fingerprint,
        frequency: &Frequency,
        threshold: f64,
    ) -> Comparison {
        let (mine, theirs) = (&self.print.shingles, &kept.shingles);
        let shared = Shared::of(mine, theirs);
        if shared.keys.len() < MIN_SHARED || is_quotation(self.print.words, kept.words) {
            return Comparison::Strangers;
        }
        let together: f64 = shared.keys.iter().map(|&(own, _)| self.weights[own]).sum();
        if together < MIN_WEIGHT || are_other_facts(self.print.facts.compare(&kept.facts)) {
            return Comparison::Strangers;
        }
        let (own, other) = mine.comparable(theirs);
        let own_weight: f64 = self.weights[..own].iter().sum();
        let other_weight: f64 = theirs.keys()[..other]
            .iter()
            .map(|&key| weight(frequency.of(key)))
            .sum();
        let share = (together / own_weight.min(other_weight)).min(1.0);
        if share < RELATED || (share < FRAME_BELOW && shared.are_a_frame(mine, theirs)) {
            return Comparison::Strangers;
        }
        let of = own.min(other);
        let error = (share * (1.0 - share) / to_f64(of)).sqrt();
        if share < threshold + CAUTION * error {
            return Comparison::Related;
        }
        Comparison::Copies(Similarity {
            share,
            shared: to_u32(shared.keys.len()),
            of: to_u32(of),
        })
    }
}

/// What a shingle is worth that occurs in so many kept stories.
///
/// The square root is between counting a phrase of ten stories fully, which
/// takes frames for copies (web: F1 .955), and as a tenth, which lets a story
/// of which a few versions were kept fade away (big: F1 .934).
fn weight(stories: u32) -> f64 {
    1.0 / f64::from(stories.max(1)).sqrt()
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
struct Shared {
    keys: Vec<(usize, usize)>,
}

impl Shared {
    fn of(first: &Sketch, second: &Sketch) -> Self {
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

    /// Whether what differs is one run inside both texts.
    fn are_a_frame(&self, first: &Sketch, second: &Sketch) -> bool {
        let (own, other) = first.comparable(second);
        let in_first = self.keys.iter().map(|&(own, _)| own);
        let in_second = self.keys.iter().map(|&(_, other)| other);
        is_frame(&first.places()[..own], in_first) && is_frame(&second.places()[..other], in_second)
    }
}

/// Whether the keys that are not shared form one run inside a text: a head
/// and a tail are shared, and what is between is not.
fn is_frame(places: &[u8], shared: impl Iterator<Item = usize>) -> bool {
    let mut is_shared = vec![false; places.len()];
    let mut count = 0;
    for position in shared {
        is_shared[position] = true;
        count += 1;
    }
    let mut text: Vec<(u8, bool)> = places.iter().copied().zip(is_shared).collect();
    text.sort_unstable();
    let run = differing_run(&text);
    let inside = run.start > 0 && run.end < text.len();
    // The model is right about shared keys outside the run and others inside.
    let right = count + run.excess;
    inside
        && to_f64(right) >= FRAME_FIT * to_f64(text.len())
        && to_f64(run.end - run.start) >= FRAME_RUN * to_f64(text.len())
}

/// The run of a text that differs most, as positions of keys in text order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    start: usize,
    end: usize,
    /// Keys inside that are not shared, less those that are.
    excess: usize,
}

/// Finds the run with the greatest excess (Kadane's algorithm).
fn differing_run(text: &[(u8, bool)]) -> Run {
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

fn to_f64(count: usize) -> f64 {
    f64::from(to_u32(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pattern: &str) -> Vec<(u8, bool)> {
        (0..)
            .zip(pattern.chars())
            .map(|(place, char)| (place, char == 's'))
            .collect()
    }

    fn frame(pattern: &str) -> bool {
        let text = text(pattern);
        let places: Vec<u8> = text.iter().map(|&(place, _)| place).collect();
        is_frame(
            &places,
            text.iter()
                .filter(|key| key.1)
                .map(|key| usize::from(key.0)),
        )
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
