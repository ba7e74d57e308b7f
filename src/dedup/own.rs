//! What a document says that another does not.
//!
//! Similarity is the share of the *smaller* text that is in the larger, and
//! frames and edits are allowed for. So two documents that are copies of one
//! story may each say something that the other does not: a second half, a
//! paragraph that was added later, what stands between the pieces of a form.
//! Who removes copies has to look at that.

use super::{
    fingerprint::{Fingerprint, SHINGLE_WORDS},
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

/// So many words more than the kept document has, and they are a sentence.
/// Bylines and dates are shorter.
const SENTENCE: u32 = 8;

/// Keys of the kept document that an added sentence breaks: those of the
/// shingles across the place where it stands.
const BROKEN: usize = 2;

/// So many keys at least should be sampled of words that are new; where none
/// is, they are a repetition. One that shows a key where it begins or ends
/// counts as new.
const SEEN: f64 = 3.0;

/// A text of fewer words is a notice: all of its shingles are sampled, and a
/// word or two are what it is about.
const NOTICE: u32 = 40;

/// In how many places a notice has words of its own before it is another one.
const PLACES: usize = 2;

/// How a document compares with the kept one, by the keys of its sample.
#[derive(Debug)]
struct Comparison {
    /// Its keys that belong to no frame, in text order, each with whether the
    /// kept one has it, too.
    keys: Vec<(u16, bool)>,
    /// Keys that take part in the comparison.
    sampled: usize,
    /// Of those, how many the kept one has not.
    differing: usize,
    /// How many keys of the kept one it has not.
    lacking: usize,
    /// Words of it and of the kept one.
    words: (u32, u32),
}

impl Comparison {
    fn of(own: &Fingerprint, kept: &Fingerprint, weights: &[f64]) -> Self {
        let (mine, theirs) = (&own.shingles, &kept.shingles);
        let (sampled, of_kept) = mine.comparable(theirs);
        let shared = Shared::of(mine, theirs);
        let both = shared.in_first().count();
        Self {
            keys: in_text_order(mine, &weights[..sampled], shared.in_first()),
            sampled,
            differing: sampled - both,
            lacking: of_kept - both,
            words: (own.words, kept.words),
        }
    }

    /// Whether it has many words in a row that the kept one lacks.
    fn has_a_run(&self) -> bool {
        let enough = OWN_WORDS.min(OWN_SHARE * f64::from(self.words.0));
        let run = longest_run(self.words.0, self.sampled, &self.keys);
        run > 0.0 && run >= enough
    }

    /// Whether all of the kept one is in it, and a sentence more. A sentence has
    /// few keys, so the words are counted; the keys tell only that they are new.
    fn adds_a_sentence(&self) -> bool {
        let (own, kept) = self.words;
        let added = own.saturating_sub(kept);
        if added < SENTENCE || self.lacking > BROKEN {
            return false;
        }
        if self.differing > 0 {
            return self.keys.iter().any(|key| !key.1);
        }
        f64::from(added) * to_f64(self.sampled) < SEEN * f64::from(own)
    }

    /// Whether it is a short text with words of its own in several places.
    fn is_another_notice(&self) -> bool {
        self.words.0 < NOTICE && places(&self.keys) >= PLACES
    }
}

/// In how many places a text has words that stand in no shingle which another
/// has, too. A word that was left out breaks shingles and leaves no such word.
/// Of a text that is compared with a long one not all shingles are among the
/// `keys`, and fewer places are found.
fn places(keys: &[(u16, bool)]) -> usize {
    let mut places = 0;
    let mut at = 0;
    for run in keys.chunk_by(|a, b| a.1 == b.1) {
        let is_inside = at > 0 && at + run.len() < keys.len();
        let of_others = if is_inside { SHINGLE_WORDS - 1 } else { 0 };
        places += usize::from(!run[0].1 && run.len() > of_others);
        at += run.len();
    }
    places
}

/// Whether a document says something that the kept one lacks. Words are
/// counted by the sampled keys, of these `weights`, so short runs may pass.
pub(super) fn says_more(own: &Fingerprint, kept: &Fingerprint, weights: &[f64]) -> bool {
    if f64::from(own.words) > LONGER * f64::from(kept.words) {
        return true;
    }
    let compared = Comparison::of(own, kept, weights);
    compared.has_a_run() || compared.adds_a_sentence() || compared.is_another_notice()
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

    #[test]
    fn words_of_its_own_are_told_from_words_left_out() {
        let of = |pattern: &str| {
            let keys: Vec<(u16, bool)> = (0..)
                .zip(pattern.chars())
                .map(|(place, char)| (place, char == 's'))
                .collect();
            places(&keys)
        };
        assert_eq!(of("ssssssss"), 0);
        assert_eq!(of("ssddssddss"), 0, "left out");
        assert_eq!(of("sssdddssss"), 1, "another word");
        assert_eq!(of("ddssddddss"), 2, "at the beginning, too");
        assert_eq!(of("dssssddsss"), 1);
        assert_eq!(of("sssdddsssd"), 2, "at the end");
    }

    fn more(own: &str, kept: &str) -> bool {
        let own = Fingerprint::of(own);
        let weights = vec![1.0; own.shingles.keys().len()];
        says_more(&own, &Fingerprint::of(kept), &weights)
    }

    /// So many words, each of them once.
    fn words(from: usize, count: usize) -> String {
        let words: Vec<String> = (from..from + count).map(|n| format!("w{n:x}")).collect();
        words.join(" ")
    }

    #[test]
    fn an_added_sentence_is_more_wherever_it_stands_and_however_long_the_text() {
        for count in [30, 74, 100, 200, 400, 1_500, 60_000] {
            let kept = words(0, count);
            for at in [0, count / 3, count / 2, count] {
                let (head, tail) = (words(0, at), words(at, count - at));
                let own = format!("{head} {} {tail}", words(90_000, 15));
                assert!(more(&own, &kept), "{count} words, at {at}");
                // Which may go: the other has all of it.
                assert!(!more(&kept, &own), "{count} words, at {at}");
            }
        }
    }

    #[test]
    fn a_byline_is_no_more() {
        let kept = words(0, 200);
        assert!(!more(&format!("{} {kept}", words(900, 4)), &kept));
    }

    #[test]
    fn a_notice_about_something_else_is_more() {
        let mill = "The mill stands by the river and grinds for three villages, as it has for two hundred years.";
        let well = "The well stands by the river and serves three villages, as it has for two hundred years.";
        assert!(more(mill, well) && more(well, mill));
        let cut =
            "The mill stands by the river and grinds for villages, as it has for hundred years.";
        assert!(!more(cut, mill), "two words are left out");
    }
}
