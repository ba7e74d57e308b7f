//! What a document says that another does not.
//!
//! Similarity is the share of the *smaller* text that is in the larger, and
//! frames and edits are allowed for. So two documents that are copies of one
//! story may each say something that the other does not: a second half, a
//! paragraph that was added later, what stands between the pieces of a form.
//! Who removes copies has to look at that.

use super::{
    fingerprint::Fingerprint,
    passage::in_text_order,
    verify::{Shared, differing_run, to_f64},
};

/// A document so many times as long as the kept one says more, wherever that
/// stands. Edited copies of the development sets are within a third.
const LONGER: f64 = 1.5;

/// So many words in a row that the kept document does not have are something
/// that only this one says. Two short sentences; a sentence that was written
/// anew where another stood is shorter.
const OWN_WORDS: f64 = 25.0;

/// Fewer keys than this in a row are no run. One key in four shingles is
/// sampled, so a run of 25 words has six or seven; where a text is longer than
/// samples can be, a single changed word would pass for dozens.
const OWN_KEYS: usize = 5;

/// Whether a document says something that the kept one lacks. Words are
/// counted by the sampled keys, of these `weights`, so short runs may pass.
pub(super) fn says_more(own: &Fingerprint, kept: &Fingerprint, weights: &[f64]) -> bool {
    if f64::from(own.words) > LONGER * f64::from(kept.words) {
        return true;
    }
    let (mine, theirs) = (&own.shingles, &kept.shingles);
    let (count, _) = mine.comparable(theirs);
    let shared = Shared::of(mine, theirs);
    let text = in_text_order(mine, &weights[..count], shared.in_first());
    let run = differing_run(&text).excess;
    let words = to_f64(run) * f64::from(own.words) / to_f64(count.max(1));
    run >= OWN_KEYS && words >= OWN_WORDS
}
