//! Which labels the sentences of a document speak of.
//!
//! A label stands in a line if it is there in any case of ASCII, or with a
//! capital, and not as a part of longer words. The words of lines are known as
//! hashes, which tell nearly all labels from what the lines say. Labels without
//! such words (signs, and scripts without blanks) are searched.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use memchr::memmem;

use super::super::memory::{ByWord, Seen};
use crate::rules::{is_boundary, joins_words};

/// The labels that stand in lines.
pub(in super::super) fn told<'l>(
    lines: &[Seen<'_>],
    mut labels: Vec<Seen<'l>>,
) -> BTreeSet<&'l str> {
    labels.sort_unstable_by_key(|label| label.key());
    labels.dedup_by_key(|label| label.key());
    let mut begins = Bits::none();
    for line in lines {
        line.with_runs(joins_words, |words| {
            for &word in words {
                begins.add(word);
            }
        });
    }
    let mut forms = Vec::new();
    let mut add = |label: &'l str, is_capital: bool, words: &[u64]| {
        // A form can only stand where its first word does.
        if words.first().is_none_or(|&first| begins.may_have(first)) {
            let text = if is_capital {
                Cow::Owned(capitalised(label))
            } else {
                Cow::Borrowed(label)
            };
            let words = words.to_vec();
            forms.push(Form {
                text,
                label,
                words,
                found: false,
            });
        }
    };
    for seen in labels {
        let label = seen.label();
        // The search knows no case but that of ASCII.
        if !label.is_ascii() {
            seen.with_capital_runs(joins_words, capitalised, |words| add(label, true, words));
        }
        seen.with_label_runs(joins_words, |words| add(label, false, words));
    }
    let mut told = BTreeSet::new();
    search_words(lines, &mut forms, &mut told);
    forms.retain(|form| form.words.is_empty());
    search_signs(lines, &forms, &mut told);
    told
}

/// A label with a capital.
fn capitalised(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Which words may be among some: a bit for each of some thousand kinds.
struct Bits([u64; 256]);

impl Bits {
    fn none() -> Self {
        Self([0; 256])
    }

    fn add(&mut self, word: u64) {
        let (slot, bit) = Self::place(word);
        self.0[slot] |= bit;
    }

    fn place(word: u64) -> (usize, u64) {
        ((word >> 56) as usize, 1 << (word >> 50 & 63))
    }

    fn may_have(&self, word: u64) -> bool {
        let (slot, bit) = Self::place(word);
        self.0[slot] & bit != 0
    }
}

/// A way in which a label is written.
struct Form<'l> {
    text: Cow<'l, str>,
    label: &'l str,
    /// Hashes of its words, those of scripts without blanks left out.
    words: Vec<u64>,
    found: bool,
}

/// Adds to `told` the labels of forms that have words and stand in lines: one
/// can only stand where its first word does, and its others behind it, for a form
/// is no part of longer words. There it is looked for.
fn search_words<'l>(lines: &[Seen<'_>], forms: &mut [Form<'l>], told: &mut BTreeSet<&'l str>) {
    let mut by_first: ByWord<Vec<usize>> = ByWord::default();
    let mut begins = Bits::none();
    for (number, form) in forms.iter().enumerate() {
        if let Some(&first) = form.words.first() {
            begins.add(first);
            by_first.entry(first).or_default().push(number);
        }
    }
    if by_first.is_empty() {
        return;
    }
    for line in lines {
        line.with_runs(joins_words, |words| {
            for (at, &word) in words.iter().enumerate() {
                if !begins.may_have(word) {
                    continue;
                }
                for &number in by_first.get(&word).into_iter().flatten() {
                    let form = &mut forms[number];
                    if !form.found
                        && words[at..].starts_with(&form.words)
                        && stands_in(&form.text, line.text())
                    {
                        form.found = true;
                        told.insert(form.label);
                    }
                }
            }
        });
    }
}

/// Adds to `told` the labels of forms without words that stand in lines. They
/// have no letters of ASCII and are never a part of longer words.
fn search_signs<'l>(lines: &[Seen<'_>], forms: &[Form<'l>], told: &mut BTreeSet<&'l str>) {
    if forms.is_empty() {
        return;
    }
    // One after the other; no label has the line end that parts them.
    let mut all = String::new();
    for line in lines {
        all.push_str(line.text());
        all.push('\n');
    }
    for form in forms {
        if memmem::find(all.as_bytes(), form.text.as_bytes()).is_some() {
            told.insert(form.label);
        }
    }
}

/// Whether a line has a form, in any case of ASCII, that is not part of longer
/// words.
fn stands_in(form: &str, line: &str) -> bool {
    let (form, bytes) = (form.as_bytes(), line.as_bytes());
    let Some(first) = form.first() else {
        return false;
    };
    memchr::memchr2_iter(
        first.to_ascii_lowercase(),
        first.to_ascii_uppercase(),
        bytes,
    )
    .any(|at| {
        let end = at + form.len();
        bytes.get(at..end).is_some_and(|piece| {
            // Equal bytes are equal characters, so these are whole ones.
            piece.eq_ignore_ascii_case(form) && stands_alone(line, at..end)
        })
    })
}

/// Whether a piece of a line is not part of longer words.
fn stands_alone(line: &str, piece: Range<usize>) -> bool {
    let text = &line[piece.clone()];
    is_boundary(line[..piece.start].chars().next_back(), text.chars().next())
        && is_boundary(text.chars().next_back(), line[piece.end..].chars().next())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clean::memory::Memory;

    fn stand_in(lines: &[String], labels: &[String]) -> Vec<String> {
        let mut memory = Memory::default();
        let ids: Vec<_> = lines.iter().map(|line| memory.line(line)).collect();
        let labels: Vec<_> = labels.iter().map(|label| memory.line(label)).collect();
        let lines: Vec<_> = ids.into_iter().map(|id| memory.seen(id)).collect();
        let labels = labels.into_iter().map(|id| memory.seen(id)).collect();
        told(&lines, labels)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_label_stands_in_a_line_in_any_case_but_not_in_a_word() {
        let lines = ["Press SHARE, then log in. Österreich wählt.".to_owned()];
        let labels = [
            "share",
            "log in",
            "in",
            "österreich",
            "are",
            "log",
            "press then",
            "?",
        ];
        let labels = labels.map(str::to_owned);
        assert_eq!(
            stand_in(&lines, &labels),
            ["in", "log", "log in", "share", "österreich"]
        );
    }

    proptest! {
        #[test]
        fn words_leave_out_no_label_that_a_search_finds(
            lines in prop::collection::vec("[abABé文 .-]{0,24}", 1..4),
            labels in prop::collection::vec("[abé文?]{1,2}([ -][abé文]{1,2})?", 1..14),
        ) {
            let mut expected: Vec<String> = labels
                .iter()
                .filter(|label| {
                    let mut letters = label.chars();
                    let first = letters.next().unwrap();
                    let capital: String = first.to_uppercase().chain(letters).collect();
                    let ascii = label.is_ascii();
                    lines.iter().map(|line| line.trim()).any(|line| {
                        stands_in(label, line) || !ascii && stands_in(&capital, line)
                    })
                })
                .cloned()
                .collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(stand_in(&lines, &labels), expected);
        }
    }
}
