//! Where two texts differ, for a person who wants to see why one was taken for
//! a copy of the other.
//!
//! A word diff costs fifty times what a comparison of fingerprints costs, so it
//! explains and never decides.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};

/// Words of either text that are compared; what comes after is left out. Some
/// 300 KB of text, and more than a person reads in a diff.
const MOST_WORDS: usize = 50_000;

/// Where two texts differ, word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordDiff {
    /// What is the same and what is not, in the order of both texts.
    pub changes: Vec<Change>,
    /// Whether both texts were compared to their ends. A long text is compared
    /// in its first 50,000 words.
    pub whole: bool,
}

impl WordDiff {
    /// How many bytes of the first text were found in the second, by the
    /// words in equal stretches with the blanks between them.
    pub fn equal_bytes(&self) -> usize {
        let equal = self
            .changes
            .iter()
            .filter(|change| change.kind == ChangeKind::Equal);
        equal.map(|change| change.old.len()).sum()
    }
}

/// A stretch of two texts. The ranges are byte ranges, half-open, from the
/// first byte of the first word to the last byte of the last; for an insertion
/// or a deletion, one of them is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened to the stretch.
    pub kind: ChangeKind,
    /// Where it stands in the first text.
    pub old: Range<usize>,
    /// Where it stands in the second text.
    pub new: Range<usize>,
}

/// What happened to a stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The words are the same; the blanks between them may differ.
    Equal,
    /// The words are in the first text only.
    Deleted,
    /// The words are in the second text only.
    Inserted,
    /// Other words stand in the second text.
    Replaced,
}

/// Compares two texts word by word, words being what stands between blanks.
///
/// After `patience`, what is still to be compared is reported as replaced.
pub fn word_diff(old: &str, new: &str, patience: Duration) -> WordDiff {
    let (old_words, old_whole) = words(old);
    let (new_words, new_whole) = words(new);
    let deadline = Instant::now().checked_add(patience);
    let ops = capture_diff_slices_deadline(
        Algorithm::Myers,
        &texts(old, &old_words),
        &texts(new, &new_words),
        deadline,
    );
    let changes = ops
        .iter()
        .map(|op| {
            let (tag, in_old, in_new) = op.as_tag_tuple();
            Change {
                kind: match tag {
                    DiffTag::Equal => ChangeKind::Equal,
                    DiffTag::Delete => ChangeKind::Deleted,
                    DiffTag::Insert => ChangeKind::Inserted,
                    DiffTag::Replace => ChangeKind::Replaced,
                },
                old: span(&old_words, in_old),
                new: span(&new_words, in_new),
            }
        })
        .collect();
    WordDiff {
        changes,
        whole: old_whole && new_whole,
    }
}

/// Where the words of a text are, and whether these are all.
fn words(text: &str) -> (Vec<Range<usize>>, bool) {
    let mut at = 0;
    let mut words = std::iter::from_fn(|| {
        let rest = &text[at..];
        let start = at + rest.find(|char: char| !char.is_whitespace())?;
        let word = &text[start..];
        at = start + word.find(char::is_whitespace).unwrap_or(word.len());
        Some(start..at)
    });
    let first = words.by_ref().take(MOST_WORDS).collect();
    (first, words.next().is_none())
}

fn texts<'a>(text: &'a str, words: &[Range<usize>]) -> Vec<&'a str> {
    words.iter().map(|word| &text[word.clone()]).collect()
}

/// The bytes from the first of some words to the last. Of no words, the place
/// where they would be: before the next word, or after the last.
fn span(words: &[Range<usize>], of: Range<usize>) -> Range<usize> {
    if of.is_empty() {
        let next = words.get(of.start).map(|word| word.start);
        let at = next.or(words.last().map(|word| word.end)).unwrap_or(0);
        return at..at;
    }
    words[of.start].start..words[of.end - 1].end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn a_changed_word_is_named_in_both_texts() {
        let (old, new) = (
            "The bridge opened  on Monday.",
            "The bridge opened\non Friday. Later",
        );
        let diff = word_diff(old, new, PATIENCE);
        let kinds: Vec<_> = diff.changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::Equal, ChangeKind::Replaced]);
        assert_eq!(&old[diff.changes[1].old.clone()], "Monday.");
        assert_eq!(&new[diff.changes[1].new.clone()], "Friday. Later");
        assert_eq!(diff.equal_bytes(), "The bridge opened  on".len());
        assert!(diff.whole);
    }

    #[test]
    fn a_long_text_is_compared_in_its_first_part() {
        let long = "word ".repeat(MOST_WORDS + 1);
        let diff = word_diff(&long, &long, PATIENCE);
        assert!(!diff.whole);
        assert_eq!(diff.changes.len(), 1);
    }

    #[test]
    fn without_patience_the_rest_is_replaced() {
        let numbers = |step: u32| -> Vec<String> {
            (0..20_000)
                .map(|number| (number * step % 20_011).to_string())
                .collect()
        };
        let (old, new) = (numbers(1).join(" "), numbers(7).join(" "));
        let started = Instant::now();
        let diff = word_diff(&old, &new, Duration::ZERO);
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(
            diff.changes.last().map(|change| change.new.end),
            Some(new.len())
        );
    }

    proptest! {
        #[test]
        fn every_word_of_both_texts_is_in_one_change(old in "[ab \n]{0,40}", new in "[ab \n]{0,40}") {
            let diff = word_diff(&old, &new, PATIENCE);
            let all = |text: &str, range: fn(&Change) -> &Range<usize>| -> Vec<String> {
                let stretches = diff.changes.iter().map(|change| text[range(change).clone()].to_owned());
                stretches.flat_map(|stretch| stretch.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
            };
            prop_assert_eq!(all(&old, |change| &change.old), old.split_whitespace().collect::<Vec<_>>());
            prop_assert_eq!(all(&new, |change| &change.new), new.split_whitespace().collect::<Vec<_>>());
        }
    }
}
