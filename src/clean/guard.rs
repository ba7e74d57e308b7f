//! Guards: what makes a rule decline.

use std::ops::Range;

use super::{Found, view::View};
use crate::rules::{Guard, Rule, plain, words};

/// The guard that declines and what it found.
pub(super) type Decline = (&'static str, Found);

/// `max-share` is asked only of documents with so many characters: in a
/// shorter one every share is large, and `max-hits` and the document floor
/// have to do.
const SHARE_FROM_CHARS: usize = 600;

/// Words of a sentence. "Vote now!" and "Who won?" are labels and headlines.
const SENTENCE_WORDS: usize = 6;

/// What in a line, or in the document's language, speaks against a rule.
pub(super) fn line(rule: &Rule, view: &View<'_, '_>, at: usize) -> Option<Decline> {
    let line = view.content(at);
    if rule.guard.min_chars.or(rule.guard.max_chars).is_some() {
        let found = chars(&rule.guard, plain(line).chars().count());
        if found.is_some() {
            return found;
        }
    }
    spared(rule, line).or_else(|| language(rule, view))
}

/// Whether there are too many or too few characters.
pub(super) fn chars(guard: &Guard, found: usize) -> Option<Decline> {
    at_most("max-chars", found, guard.max_chars)
        .or_else(|| at_least("min-chars", found, guard.min_chars))
}

/// Whether a pattern in `unless` speaks for the line.
pub(super) fn spared(rule: &Rule, line: &str) -> Option<Decline> {
    rule.spared(line).then_some(("unless", Found::Spared))
}

/// Whether the document's language is known and the rule is not for it.
pub(super) fn language(rule: &Rule, view: &View<'_, '_>) -> Option<Decline> {
    if rule.langs.is_empty() {
        return None;
    }
    let language = view.language()?;
    let other = !rule.langs.iter().any(|own| own == language);
    other.then_some(("langs", Found::Language(language)))
}

/// What stands around some positions and speaks against the rule.
pub(super) fn surroundings(
    guard: &Guard,
    view: &View<'_, '_>,
    place: &Range<usize>,
) -> Option<Decline> {
    if let Some(limit) = guard.min_words_before {
        let declines = at_least(
            "min-words-before",
            view.words_before(place.start),
            Some(limit),
        );
        if declines.is_some() {
            return declines;
        }
    }
    if let Some(nearby) = &guard.followed_by {
        let after = place.end..view.len().min(place.end + nearby.within);
        let declines = at_least("followed-by", view.count(nearby, after), Some(nearby.min));
        if declines.is_some() {
            return declines;
        }
    }
    if let Some(nearby) = &guard.preceded_by {
        let before = place.start.saturating_sub(nearby.within)..place.start;
        let declines = at_least("preceded-by", view.count(nearby, before), Some(nearby.min));
        if declines.is_some() {
            return declines;
        }
    }
    guard.max_line_words_after?;
    at_most(
        "max-line-words-after",
        view.longest_from(place.end),
        guard.max_line_words_after,
    )
}

/// Whether the place is away from the ends of the document that the rule is
/// for. With both ends given, either will do.
pub(super) fn place(guard: &Guard, view: &View<'_, '_>, place: &Range<usize>) -> Option<Decline> {
    let at_start = at_most("first-lines", place.start + 1, guard.first_lines);
    let at_end = at_most("last-lines", view.len() - (place.end - 1), guard.last_lines);
    match (guard.first_lines, guard.last_lines) {
        (Some(_), Some(_)) => at_start.and(at_end),
        _ => at_start.or(at_end),
    }
}

/// Whether the rule finds more places than it may.
pub(super) fn hits(guard: &Guard, found: usize) -> Option<Decline> {
    at_most("max-hits", found, guard.max_hits)
}

/// Whether `chars` of a document of `all` are more than the rule may find.
pub(super) fn share(guard: &Guard, chars: usize, all: usize) -> Option<Decline> {
    let limit = guard.max_share?;
    let found = words::share(chars, all);
    (all >= SHARE_FROM_CHARS && found > limit)
        .then_some(("max-share", Found::Share { found, limit }))
}

/// Whether there are too few lines for a run.
pub(super) fn run(guard: &Guard, found: usize) -> Option<Decline> {
    at_least("min-run", found, guard.min_run)
}

/// Whether what would go with a tail is too much, or reads like a text.
/// `before` is how many places the rule finds before it.
pub(super) fn tail(
    guard: &Guard,
    view: &View<'_, '_>,
    at: usize,
    before: usize,
) -> Option<Decline> {
    at_most("last-lines", view.len() - at, guard.last_lines)
        .or_else(|| at_most("max-finds-before", before, guard.max_finds_before))
        .or_else(|| {
            let limit = guard.max_sentences_after?;
            let after = at + 1..view.len();
            let all = after.len();
            let sentences = after.filter(|&at| is_sentence(view.content(at))).count();
            let found = words::share(sentences, all);
            (found > limit).then_some(("max-sentences-after", Found::Share { found, limit }))
        })
}

/// A line that reads like a sentence rather than a headline or a label.
fn is_sentence(line: &str) -> bool {
    words::ends_sentence(line) && words::words(line) >= SENTENCE_WORDS
}

fn at_most(guard: &'static str, found: usize, limit: Option<usize>) -> Option<Decline> {
    let limit = limit.filter(|&limit| found > limit)?;
    Some((guard, Found::Count { found, limit }))
}

fn at_least(guard: &'static str, found: usize, limit: Option<usize>) -> Option<Decline> {
    let limit = limit.filter(|&limit| found < limit)?;
    Some((guard, Found::Count { found, limit }))
}
