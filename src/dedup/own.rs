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

/// In a short text a part of it will do: a fifth of one of 90 words is a sentence.
const OWN_SHARE: f64 = 0.2;

/// Fewer keys than this in a row are no run. One key in four shingles is
/// sampled, so a run of 25 words has six or seven; where a text is longer than
/// samples can be, a single changed word would pass for dozens.
const OWN_KEYS: usize = 5;

/// About how many words in a row of a text of `words` words another lacks: the
/// longest run. `keys` are as [`in_text_order`] has them, of `sampled` ones; the
/// estimate is 0 where they are too few.
fn longest_run(words: u32, sampled: usize, keys: &[(u16, bool)]) -> f64 {
    let run = differing_run(keys).excess;
    if run < OWN_KEYS {
        return 0.0;
    }
    to_f64(run) * f64::from(words) / to_f64(sampled.max(1))
}

/// Whether a document says something that the kept one lacks. Words are
/// counted by the sampled keys, of these `weights`, so short runs may pass.
pub(super) fn says_more(own: &Fingerprint, kept: &Fingerprint, weights: &[f64]) -> bool {
    if f64::from(own.words) > LONGER * f64::from(kept.words) {
        return true;
    }
    let (mine, theirs) = (&own.shingles, &kept.shingles);
    let (sampled, _) = mine.comparable(theirs);
    let shared = Shared::of(mine, theirs);
    let keys = in_text_order(mine, &weights[..sampled], shared.in_first());
    let enough = OWN_WORDS.min(OWN_SHARE * f64::from(own.words));
    let run = longest_run(own.words, sampled, &keys);
    run > 0.0 && run >= enough
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `s` is a shared key, `d` one that differs.
    fn run(words: u32, pattern: &str) -> f64 {
        let keys: Vec<(u16, bool)> = (0..)
            .zip(pattern.chars())
            .map(|(place, char)| (place, char == 's'))
            .collect();
        longest_run(words, keys.len(), &keys)
    }

    #[test]
    fn the_longest_run_is_told_in_words() {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(run(40, "ssddddddss"), 24.0));
        // One shared key is chance, or a common phrase.
        assert!(near(run(40, "dddsddddss"), 24.0));
        assert!(near(run(400, "ddddssssdd"), 0.0), "too few keys");
        assert!(near(run(40, "dsdsdsdsds"), 0.0), "edits here and there");
    }
}
