//! What of a rule accepts a line, asked one after the other.
//!
//! The [index](super::index) finds all rules of a line at once; this says of
//! one of them what it goes by, for explanations, and is what tests hold the
//! index to.

use super::{
    error::quoted,
    fold::{self, is_boundary},
    pattern::{Pattern, Subject},
    plain,
    rule::{Matchers, Rule},
};

impl Rule {
    /// What of the rule accepts the line, as it is called in the rule file:
    /// the key, and the phrase (folded) or the patterns. `None` for a rule that
    /// goes by a shape or by other lines alone.
    pub fn evidence(&self, line: &str) -> Option<(&'static str, String)> {
        let (key, what) = self.accepting(line.trim(), &plain(line.trim()))?;
        let what: Vec<String> = what.iter().map(|one| quoted(one)).collect();
        Some((key, what.join(", ")))
    }

    /// What of the rule accepts a line, which has no blanks at its ends;
    /// `plain` is the line without its Markdown.
    pub(super) fn accepting(&self, line: &str, plain: &str) -> Option<(&'static str, Vec<String>)> {
        let fits = |most| plain.chars().count() <= most;
        self.longest_line()
            .is_none_or(fits)
            .then(|| self.matchers.accepting(line, plain))?
    }
}

impl Matchers {
    fn accepting(&self, line: &str, plain: &str) -> Option<(&'static str, Vec<String>)> {
        let folded = fold::fold(plain);
        let core = &folded[fold::core(&folded)];
        let one = |phrases: &[String], is: fn(&str, &str) -> bool| {
            let found = phrases.iter().find(|phrase| is(core, phrase));
            found.map(|phrase| vec![phrase.clone()])
        };
        let (line, plain) = (Subject::new(line), Subject::new(plain));
        let of_patterns = || {
            let mut patterns = self.phrase_patterns.iter();
            let found = patterns.find(|pattern| pattern.matches(core));
            found.map(|pattern| vec![pattern.to_string()])
        };
        let any = || {
            let is_match = |pattern: &&Pattern| pattern.is_match(&line) || pattern.is_match(&plain);
            let found = self.any.iter().find(is_match);
            found.map(|pattern| vec![pattern.source().to_owned()])
        };
        let terms = || {
            let found = self.terms.iter().filter(|term| term.is_match(&line));
            let found: Vec<String> = found
                .take(self.min_terms)
                .map(|term| term.source().to_owned())
                .collect();
            (!found.is_empty() && found.len() >= self.min_terms).then_some(found)
        };
        None.or_else(|| {
            Some((
                "phrases",
                one(&self.phrases, |line, phrase| line == phrase)?,
            ))
        })
        .or_else(|| Some(("phrases", of_patterns()?)))
        .or_else(|| Some(("any", any()?)))
        .or_else(|| Some(("starts", one(&self.starts, starts_with_words)?)))
        .or_else(|| Some(("ends", one(&self.ends, ends_with_words)?)))
        .or_else(|| Some(("contains", one(&self.contains, has_words)?)))
        .or_else(|| Some(("terms", terms()?)))
    }
}

/// Whether a line, folded and without decoration, begins with these words.
pub(super) fn starts_with_words(line: &str, start: &str) -> bool {
    line.starts_with(start) && is_whole(line, 0, start)
}

fn ends_with_words(line: &str, end: &str) -> bool {
    line.ends_with(end) && is_whole(line, line.len() - end.len(), end)
}

fn has_words(line: &str, part: &str) -> bool {
    let mut places = line.match_indices(part);
    places.any(|(at, _)| is_whole(line, at, part))
}

/// Whether the `part` at `at` of a line begins and ends with its words.
fn is_whole(line: &str, at: usize, part: &str) -> bool {
    let (before, after) = (&line[..at], &line[at + part.len()..]);
    is_boundary(before.chars().next_back(), part.chars().next())
        && is_boundary(part.chars().next_back(), after.chars().next())
}
