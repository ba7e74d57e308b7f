//! What speaks for a find being debris: other finds near it, and that its words
//! are not what the document is about.
//!
//! "Share", "Log in" or "Advertisement" alone on a line is a button on one
//! page and a heading, a screen's name or a line of verse on another. Buttons
//! come in company, and the text beside them does not speak of them.

mod labels;

use std::{cell::OnceCell, collections::BTreeMap, ops::Range, rc::Rc};

pub(super) use self::labels::told;
use super::{
    Found,
    guard::Decline,
    memory::{Seen, Trait, WordSet, spread},
    view::View,
};
use crate::rules::{Company as Asked, Edge, Rule, RuleId, words::ends_sentence};

/// "Near" is so many lines away: a row of buttons with their counters.
const NEAR: usize = 3;
/// And so many with the signs between them.
const REACH: usize = 9;
/// A find of more words is a sentence to the visitor and says enough itself.
const LABEL_WORDS: usize = 2;
/// Words of a line that is prose if it also ends as a sentence does, and of one
/// that is prose however it ends.
const SENTENCE_WORDS: usize = 4;
const PARAGRAPH_WORDS: usize = 12;
/// Shorter lines do not tell what a document is about, in bytes.
const TELLING_LINE: usize = 24;
/// Letters of a word that is told from its neighbours: shorter ones are
/// articles and prepositions.
const TELLING_WORD: usize = 4;
/// Letters of a single word that menus have and verse does not end on:
/// "Entertainment", "Impressum". Two words are as good.
const LONG_WORD: usize = 9;
/// Words of a line with a colon that introduces a list.
const INTRODUCTION_WORDS: usize = 3;
/// So many finds near a line make a button of it, whatever the next line says.
const OWNED_NEAR: usize = 4;
/// A list that a line with a colon introduces is no longer than this.
const LONGEST_LIST: usize = 12;
/// Words of a headline of a section.
const HEADLINE_WORDS: usize = 8;
/// So many headlines over sentences make a document in sections.
const SECTIONS: usize = 2;
/// So many of finds and others do: a page with that many buttons over
/// sentences has none that is not one.
const MIXED_SECTIONS: usize = 4;
/// The most labels that are looked for in a document's sentences.
const MOST_LABELS: usize = 512;

/// All that the rules find, by position.
pub(super) struct Company<'r, 't> {
    view: Rc<View<'r, 't>>,
    found: Vec<bool>,
    /// The rule that finds a line, if only one does.
    only: Vec<Option<RuleId>>,
    all: usize,
    /// How many lines only this rule finds.
    own: BTreeMap<RuleId, usize>,
    /// The first and the last line that no rule finds.
    unknown: Option<(usize, usize)>,
    /// Labels that are found more than once, and those that the document speaks
    /// of, by their keys, sorted.
    repeated: OnceCell<Vec<u64>>,
    told: OnceCell<Vec<u64>>,
    prose: OnceCell<bool>,
    sections: OnceCell<bool>,
    confirmed: OnceCell<Vec<usize>>,
    /// For each position how many different finds there are behind it.
    after: OnceCell<Vec<usize>>,
    /// What level `safe` asks for beyond level `full`.
    more: usize,
}

impl<'r, 't> Company<'r, 't> {
    /// Of what rules find, as positions of `view`. `more` is what the level asks
    /// for beyond what a rule says.
    pub(super) fn new(view: Rc<View<'r, 't>>, finds: &[(RuleId, usize)], more: usize) -> Self {
        let mut found = vec![false; view.len()];
        let mut only = vec![None; view.len()];
        for &(rule, at) in finds {
            only[at] = (!found[at] || only[at] == Some(rule)).then_some(rule);
            found[at] = true;
        }
        let all = found.iter().filter(|found| **found).count();
        let mut own = BTreeMap::new();
        for id in only.iter().copied().flatten() {
            *own.entry(id).or_insert(0) += 1;
        }
        let first = found.iter().position(|found| !*found);
        let last = found.iter().rposition(|found| !*found);
        Self {
            unknown: first.zip(last),
            repeated: OnceCell::new(),
            own,
            view,
            found,
            only,
            all,
            told: OnceCell::new(),
            prose: OnceCell::new(),
            sections: OnceCell::new(),
            confirmed: OnceCell::new(),
            after: OnceCell::new(),
            more,
        }
    }

    /// Why the company of a line is not enough for a rule.
    pub(super) fn of_line(&self, id: RuleId, rule: &Rule, at: usize) -> Option<Decline> {
        let asked = rule.guard.company.as_ref()?;
        if !self.prose() {
            return Some(("company", Found::Spared));
        }
        let near = self.near(asked, id, &(at..at + 1));
        let label = self.label(at);
        if self.heads_section(at) && !self.is_repeated(at) && self.free(at) < 2 {
            return Some(("company", Found::Spared));
        }
        if self.is_introduced(at) || near < OWNED_NEAR && self.owns_next(label, at) {
            return Some(("company", Found::Spared));
        }
        let size = self.view.seen(at).label_size();
        if size > LABEL_WORDS && !asked.sentences {
            return None;
        }
        let enough = if size <= LABEL_WORDS && self.is_told(at) {
            // The document speaks of it: then it has to stand in a row.
            near >= 2 * (asked.near + self.more) && near >= 2
        } else {
            near >= asked.near + self.more
                || self.is_at_edge(asked, at)
                || asked
                    .anywhere
                    .is_some_and(|least| self.others(asked, id, 1) >= least + self.more)
        };
        let limit = asked.near + self.more;
        (!enough).then_some(("company", Found::Count { found: near, limit }))
    }

    /// Why the company of a run is not enough for a rule.
    pub(super) fn of_run(&self, id: RuleId, rule: &Rule, run: &Range<usize>) -> Option<Decline> {
        let asked = rule.guard.company.as_ref()?;
        if !self.prose() {
            return Some(("company", Found::Spared));
        }
        if self.is_introduced(run.start) {
            return Some(("company", Found::Spared));
        }
        let least = rule.guard.min_run.unwrap_or(1) + self.more;
        let untold = run.clone().filter(|&at| !self.is_told(at));
        let mut labels: Vec<(u64, usize)> =
            untold.map(|at| (self.view.seen(at).key(), at)).collect();
        labels.sort_unstable();
        labels.dedup_by_key(|(label, _)| *label);
        let is_strong = |at: usize| is_strong(self.view.seen(at));
        let strong = labels.iter().filter(|(_, at)| is_strong(*at)).count();
        let enough = labels.len() >= least
            && (labels.len() >= 2 * least
                || strong >= 2 + self.more
                || self.near(asked, id, run) >= asked.near + self.more);
        let found = labels.len();
        (!enough).then_some((
            "company",
            Found::Count {
                found,
                limit: least,
            },
        ))
    }

    /// How many finds stand in the row that a position is in: finds that only
    /// lines without letters part, or one short line.
    pub(super) fn row(&self, at: usize) -> usize {
        self.confirmed.get_or_init(|| self.rows())[at]
    }

    /// How many different lines after a position are found.
    pub(super) fn after(&self, at: usize) -> usize {
        let after = self.after.get_or_init(|| {
            let mut labels = WordSet::default();
            let mut after = vec![0; self.found.len()];
            for (at, after) in after.iter_mut().enumerate().rev() {
                *after = labels.len();
                if self.found[at] {
                    labels.insert(self.view.seen(at).key());
                }
            }
            after
        });
        after[at]
    }

    fn rows(&self) -> Vec<usize> {
        let mut rows = vec![0; self.found.len()];
        if !self.prose() {
            return rows;
        }
        let mut at = 0;
        while at < self.found.len() {
            if !self.found[at] {
                at += 1;
                continue;
            }
            let start = at;
            let mut end = at + 1;
            let mut row = vec![at];
            // Lines that are no finds since the last one.
            let mut strange = 0;
            at += 1;
            while at < self.found.len() && strange <= 1 {
                if self.found[at] {
                    row.push(at);
                    strange = 0;
                    end = at + 1;
                } else if has_letters(self.view.seen(at)) {
                    strange += if is_short(self.view.seen(at)) { 1 } else { 2 };
                }
                at += 1;
            }
            at = end;
            row.retain(|&at| !self.is_told(at));
            let mut names: Vec<u64> = row.into_iter().map(|at| self.name(at)).collect();
            names.sort_unstable();
            names.dedup();
            for row in &mut rows[start..end] {
                *row = names.len();
            }
        }
        rows
    }

    /// Finds near some positions, those of the rule left out if it wants others.
    fn near(&self, asked: &Asked, id: RuleId, place: &Range<usize>) -> usize {
        let counts = |at: &usize| self.found[*at] && !(asked.others && self.only[*at] == Some(id));
        // Signs between entries are no lines of their own.
        let has_letters = |at: &usize| has_letters(self.view.seen(*at));
        let before = (0..place.start).rev().take(REACH).filter(has_letters);
        let after = (place.end..self.found.len())
            .take(REACH)
            .filter(has_letters);
        before.take(NEAR).filter(counts).count() + after.take(NEAR).filter(counts).count()
    }

    /// Finds anywhere else.
    fn others(&self, asked: &Asked, id: RuleId, own: usize) -> usize {
        if asked.others {
            self.all - self.own.get(&id).copied().unwrap_or(0)
        } else {
            self.all - own
        }
    }

    fn label(&self, at: usize) -> &'r str {
        self.view.seen(at).label()
    }

    /// What a line is told from others by: a picture has no label.
    fn name(&self, at: usize) -> u64 {
        let seen = self.view.seen(at);
        if seen.label().is_empty() {
            u64::from(seen.same())
        } else {
            seen.key()
        }
    }

    /// Whether anything in the document is prose: a list of words is not for
    /// these rules to judge.
    fn prose(&self) -> bool {
        *self.prose.get_or_init(|| {
            (0..self.found.len()).any(|at| !self.found[at] && is_prose(self.view.seen(at)))
        })
    }

    /// Whether lines that no rule finds speak of the label of one.
    fn is_told(&self, at: usize) -> bool {
        let told = self.told.get_or_init(|| self.told_labels());
        !told.is_empty() && told.binary_search(&self.view.seen(at).key()).is_ok()
    }

    fn told_labels(&self) -> Vec<u64> {
        let labels: Vec<Seen<'_>> = (0..self.found.len())
            .filter(|&at| self.found[at])
            .map(|at| self.view.seen(at))
            .filter(|line| !line.label().is_empty() && line.label_size() <= LABEL_WORDS)
            .take(MOST_LABELS)
            .collect();
        if labels.is_empty() {
            return Vec::new();
        }
        let lines: Vec<Seen<'_>> = (0..self.found.len())
            .filter(|&at| !self.found[at])
            .map(|at| self.view.seen(at))
            .filter(|line| line.text().len() >= TELLING_LINE && is_prose(*line))
            .collect();
        self.view.spoken().borrow_mut().told(&lines, &labels)
    }

    /// Whether the row of finds that a position is in begins under a line with
    /// a colon: "The menu has four entries:".
    fn is_introduced(&self, at: usize) -> bool {
        let before = (0..at)
            .rev()
            .take(LONGEST_LIST)
            .find(|&before| !self.found[before]);
        before.is_some_and(|before| {
            let seen = self.view.seen(before);
            seen.text().ends_with([':', '：']) && seen.words() >= INTRODUCTION_WORDS
        })
    }

    /// Whether nothing but finds stands between a position and an end of the
    /// document that counts as company.
    fn is_at_edge(&self, asked: &Asked, at: usize) -> bool {
        let start = self.unknown.is_none_or(|(first, _)| at < first);
        let end = self.unknown.is_none_or(|(_, last)| at > last);
        match asked.edge {
            None => false,
            Some(Edge::Start) => start,
            Some(Edge::End) => end,
            Some(Edge::Either) => start || end,
        }
    }

    /// Whether a line looks like the other headings of a document in sections
    /// (or stands under one): a glossary, questions and answers, a policy.
    fn heads_section(&self, at: usize) -> bool {
        let is_text = |at: usize| at < self.found.len() && is_prose(self.view.seen(at));
        let seen = self.view.seen(at);
        let heads = is_headline(seen) && is_text(at + 1);
        let stands_under = || is_prose(seen) && at > 0 && is_headline(self.view.seen(at - 1));
        (heads || stands_under()) && self.is_in_sections()
    }

    /// Finds near a position that are not like headings themselves.
    fn free(&self, at: usize) -> usize {
        let near = at.saturating_sub(NEAR)..self.found.len().min(at + NEAR + 1);
        near.filter(|&near| near != at && self.found[near] && !self.heads_section(near))
            .count()
    }

    /// Whether headlines stand over sentences: two that are no finds, or one
    /// among others that are.
    fn is_in_sections(&self) -> bool {
        *self.sections.get_or_init(|| {
            let heads: Vec<usize> = (1..self.found.len())
                .filter(|&at| is_prose(self.view.seen(at)) && is_headline(self.view.seen(at - 1)))
                .map(|at| at - 1)
                .collect();
            let own = heads
                .iter()
                .filter(|&&at| !self.found[at] && !self.found[at + 1])
                .count();
            own >= SECTIONS || own > 0 && heads.len() >= MIXED_SECTIONS
        })
    }

    /// Whether an equal line is found elsewhere: a heading stands once.
    fn is_repeated(&self, at: usize) -> bool {
        let repeated = self.repeated.get_or_init(|| {
            let found = (0..self.found.len()).filter(|&at| self.found[at]);
            let labels = found.map(|at| self.view.seen(at).key()).collect();
            repeated(labels)
        });
        repeated.binary_search(&self.view.seen(at).key()).is_ok()
    }

    /// Whether the next line is a sentence that takes up words of a label, as
    /// text under a heading does.
    fn owns_next(&self, label: &str, at: usize) -> bool {
        let next = at + 1;
        if next >= self.found.len() || self.found[next] {
            return false;
        }
        let seen = self.view.seen(next);
        is_prose(seen) && {
            let line = seen.label();
            label
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| word.chars().count() >= TELLING_WORD)
                .any(|word| line.contains(word))
        }
    }
}

fn is_strong(line: Seen<'_>) -> bool {
    line.label_size() >= 2 || line.label().chars().count() >= LONG_WORD
}

/// Those of some numbers that are there more than once, sorted.
pub(super) fn repeated(mut numbers: Vec<u64>) -> Vec<u64> {
    // Mostly none is, which a bit for each of some thousand kinds of numbers
    // tells.
    let mut seen = [0_u64; 128];
    let again = numbers.iter().any(|&number| {
        let mixed = spread(number);
        let (at, bit) = ((mixed >> 57) as usize, 1 << (mixed >> 51 & 63));
        let again = seen[at] & bit != 0;
        seen[at] |= bit;
        again
    });
    if !again {
        return Vec::new();
    }
    numbers.sort_unstable();
    let runs = numbers.chunk_by(|a, b| a == b);
    runs.filter(|run| run.len() > 1).map(|run| run[0]).collect()
}

/// Whether a line is a sentence or a paragraph.
pub(super) fn is_prose(line: Seen<'_>) -> bool {
    line.has(Trait::Prose, |line| {
        reads_as_prose(line.words(), || ends_sentence(line.text()))
    })
}

/// Whether a line of so many words is a sentence or a paragraph.
pub(super) fn reads_as_prose(words: usize, ends_sentence: impl FnOnce() -> bool) -> bool {
    words >= PARAGRAPH_WORDS || words >= SENTENCE_WORDS && ends_sentence()
}

/// A line that may head a section: a few words that end no statement.
fn is_headline(line: Seen<'_>) -> bool {
    line.has(Trait::Headline, |line| {
        let bare = line.plain();
        line.text().len() <= 160
            && (1..=HEADLINE_WORDS).contains(&line.plain_words())
            && (!ends_sentence(bare) || bare.ends_with(['?', '？', '؟']))
            && bare.chars().any(char::is_alphabetic)
    })
}

pub(super) fn has_letters(line: Seen<'_>) -> bool {
    line.has(Trait::Letters, |line| {
        line.text().chars().any(char::is_alphabetic)
    })
}

/// A line that may stand in a menu: a few words, no sentence.
fn is_short(line: Seen<'_>) -> bool {
    line.has(Trait::Short, |line| {
        line.text().len() <= 120 && line.plain_words() <= 4 && !ends_sentence(line.text())
    })
}
