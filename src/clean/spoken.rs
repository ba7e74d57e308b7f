//! What the sentences of a document speak of, kept from one look at them to the
//! next.
//!
//! Rules ask in each round whether the text speaks of what they find, and from
//! round to round the sentences are mostly the same. What is kept here is of
//! certain lines and nothing else: where the lines are others, it is found out
//! anew.

use std::sync::Arc;

use super::{
    company::told,
    memory::{ByWord, LineId, Seen, WordSet},
};

/// What was found out about the lines that were looked at last.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Lines, and for labels by their keys whether they stand in one of them.
    told_in: Vec<LineId>,
    told: ByWord<bool>,
    /// Lines, and their words of some length.
    words_of: Vec<LineId>,
    words: Arc<WordSet>,
}

impl Spoken {
    /// The keys of those of `labels` that stand in `lines`, sorted.
    pub(super) fn told(&mut self, lines: &[Seen<'_>], labels: &[Seen<'_>]) -> Vec<u64> {
        let ids = || lines.iter().map(|line| line.id());
        if !ids().eq(self.told_in.iter().copied()) {
            // What stands in none of some lines stands in none of fewer.
            if is_part(ids(), &self.told_in) {
                self.told.retain(|_, told| !*told);
            } else {
                self.told.clear();
            }
            self.told_in = ids().collect();
        }
        let is_new = |label: &&Seen<'_>| !self.told.contains_key(&label.key());
        let new: Vec<Seen<'_>> = labels.iter().filter(is_new).copied().collect();
        if !new.is_empty() {
            let told = told(lines, new.clone());
            for label in new {
                self.told.insert(label.key(), told.contains(label.label()));
            }
        }
        let is_told = |key: &u64| self.told.get(key).copied().unwrap_or(false);
        let mut keys: Vec<u64> = labels.iter().map(|label| label.key()).collect();
        keys.retain(is_told);
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The hashes of the words of `lines` that have `least` letters, which must
    /// always be the same.
    pub(super) fn words(&mut self, lines: &[Seen<'_>], least: usize) -> Arc<WordSet> {
        let ids = || lines.iter().map(|line| line.id());
        if !ids().eq(self.words_of.iter().copied()) {
            let mut words = WordSet::default();
            for line in lines {
                line.with_words(least, |found| words.extend(found));
            }
            self.words = Arc::new(words);
            self.words_of = ids().collect();
        }
        Arc::clone(&self.words)
    }
}

/// Whether all of `some` are among `all`, in their order.
fn is_part(some: impl Iterator<Item = LineId>, all: &[LineId]) -> bool {
    let mut all = all.iter();
    let mut some = some;
    some.all(|one| all.any(|&other| other == one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::Memory;

    /// Which of `labels` are told in `lines`, as keys are found again.
    fn told_of(spoken: &mut Spoken, memory: &mut Memory, lines: &[&str]) -> Vec<&'static str> {
        const LABELS: [&str; 4] = ["Harbour", "Share", "Wind", "Log in"];
        let ids: Vec<_> = lines.iter().map(|line| memory.line(line)).collect();
        let labels: Vec<_> = LABELS.iter().map(|label| memory.line(label)).collect();
        let seen: Vec<_> = ids.into_iter().map(|id| memory.seen(id)).collect();
        let labels: Vec<_> = labels.into_iter().map(|id| memory.seen(id)).collect();
        let told = spoken.told(&seen, &labels);
        let is_told = |at: &usize| told.contains(&labels[*at].key());
        (0..labels.len())
            .filter(is_told)
            .map(|at| LABELS[at])
            .collect()
    }

    #[test]
    fn what_is_kept_is_what_would_be_found_out_anew() {
        let (mut spoken, mut memory) = (Spoken::default(), Memory::default());
        let all = [
            "The harbour was closed by the wind.",
            "Nobody would share a boat.",
            "Later they did log in.",
        ];
        for lines in [&all[..], &all[..1], &all[1..], &all[..2], &all[..2], &[]] {
            let kept = told_of(&mut spoken, &mut memory, lines);
            let anew = told_of(&mut Spoken::default(), &mut memory, lines);
            assert_eq!(kept, anew, "{lines:?}");
        }
    }

    #[test]
    fn words_are_of_the_lines_that_are_asked_for() {
        let (mut spoken, mut memory) = (Spoken::default(), Memory::default());
        let ids = ["The harbour was closed.", "Nobody would share a boat."];
        let ids = ids.map(|line| memory.line(line));
        let lines = ids.map(|id| memory.seen(id));
        let counts: Vec<usize> = [&lines[..], &lines[..1], &lines[..1], &lines[1..]]
            .iter()
            .map(|lines| spoken.words(lines, 4).len())
            .collect();
        assert_eq!(counts, [6, 2, 2, 4]);
    }
}
