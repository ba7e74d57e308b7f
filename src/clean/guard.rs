//! Guards: what makes a rule decline.

use std::ops::Range;

use super::{
    Found,
    about::About,
    memory::{Question, Seen, Trait},
    view::View,
};
use crate::rules::{Guard, Nearby, Rule, RuleId, words};

/// The guard that declines and what it found.
pub(super) type Decline = (&'static str, Found);

/// `max-share` is asked only of documents with so many characters: in a
/// shorter one every share is large, and `max-hits` and the document floor
/// have to do.
const SHARE_FROM_CHARS: usize = 600;

/// Words of a sentence. "Vote now!" and "Who won?" are labels and headlines.
const SENTENCE_WORDS: usize = 6;

/// What in a line, or about the document, speaks against a rule.
pub(super) fn line(
    (id, rule): (RuleId, &Rule),
    about: &About<'_>,
    view: &View<'_, '_>,
    at: usize,
) -> Option<Decline> {
    let seen = view.seen(at);
    if rule.guard.min_chars.or(rule.guard.max_chars).is_some() {
        let found = chars(&rule.guard, seen.plain_chars());
        if found.is_some() {
            return found;
        }
    }
    if rule.guard.spare_headline && view.is_headline(at) {
        return Some(("spare-headline", Found::Headline));
    }
    spared_line((id, rule), seen).or_else(|| about.declines(rule, view))
}

/// Whether there are too many or too few characters.
pub(super) fn chars(guard: &Guard, found: usize) -> Option<Decline> {
    at_most("max-chars", found, guard.max_chars)
        .or_else(|| at_least("min-chars", found, guard.min_chars))
}

/// As [`spared`], remembered with the line.
fn spared_line((id, rule): (RuleId, &Rule), seen: Seen<'_>) -> Option<Decline> {
    let asks = rule.spares_some();
    let is_spared = || spared(rule, seen.text()).is_some();
    if asks && seen.answer((id, Question::Spared), is_spared) {
        spared(rule, seen.text())
    } else {
        None
    }
}

/// Whether `unless` or `unless-phrases` speaks for the line.
pub(super) fn spared(rule: &Rule, line: &str) -> Option<Decline> {
    if rule.spared(line) {
        Some(("unless", Found::Spared))
    } else if rule.spared_by_phrase(line) {
        Some(("unless-phrases", Found::Spared))
    } else {
        None
    }
}

/// What stands around some positions and speaks against the rule.
pub(super) fn surroundings(
    id: RuleId,
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
        let found = view.count(nearby, (id, Question::Follows), after);
        let declines = at_least("followed-by", found, Some(nearby.min));
        if declines.is_some() {
            return declines;
        }
    }
    if let Some(nearby) = &guard.preceded_by {
        let before = place.start.saturating_sub(nearby.within)..place.start;
        let found = view.count(nearby, (id, Question::Precedes), before);
        let declines = at_least("preceded-by", found, Some(nearby.min));
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
            let found = sentences_after(view, at);
            (found > limit).then_some(("max-sentences-after", Found::Share { found, limit }))
        })
}

/// The share of the paragraphs after a position that read like sentences.
pub(super) fn sentences_after(view: &View<'_, '_>, at: usize) -> f64 {
    let (paragraphs, sentences) = view.sentences_after(at + 1, is_sentence);
    words::share(sentences, paragraphs)
}

/// A paragraph that reads like a sentence rather than a headline or a label, which
/// may ask and shout but have no full stop.
fn is_sentence(last: Seen<'_>, words: usize) -> bool {
    words >= SENTENCE_WORDS
        && last.has(Trait::Sentence, |last| {
            let line = last.text();
            !line.ends_with(['?', '!', '？', '！', '؟']) && words::ends_sentence(line)
        })
}

/// A guard on a count: its name, its limit, and how its count is taken.
type Counted<'c> = (&'static str, Option<usize>, &'c dyn Fn() -> usize);

/// The values of the guards that held for some positions. Those on count and
/// share, which are of the whole document, are not among them.
pub(super) fn measured(
    id: RuleId,
    guard: &Guard,
    view: &View<'_, '_>,
    place: &Range<usize>,
) -> Vec<(&'static str, Found)> {
    let chars = || view.chars(place);
    let near = |nearby: &Nearby, question, range: Range<usize>| Found::Count {
        found: view.count(nearby, (id, question), range),
        limit: nearby.min,
    };
    let counted: [Counted<'_>; 7] = [
        ("min-chars", guard.min_chars, &chars),
        ("max-chars", guard.max_chars, &chars),
        ("first-lines", guard.first_lines, &|| place.start + 1),
        ("last-lines", guard.last_lines, &|| {
            view.len() - (place.end - 1)
        }),
        ("min-words-before", guard.min_words_before, &|| {
            view.words_before(place.start)
        }),
        ("max-line-words-after", guard.max_line_words_after, &|| {
            view.longest_from(place.end)
        }),
        ("min-run", guard.min_run, &|| place.len()),
    ];
    let mut found: Vec<(&'static str, Found)> = counted
        .into_iter()
        .filter_map(|(name, limit, found)| {
            let limit = limit?;
            let found = found();
            Some((name, Found::Count { found, limit }))
        })
        .collect();
    if let Some(nearby) = &guard.followed_by {
        let after = place.end..view.len().min(place.end + nearby.within);
        found.push(("followed-by", near(nearby, Question::Follows, after)));
    }
    if let Some(nearby) = &guard.preceded_by {
        let before = place.start.saturating_sub(nearby.within)..place.start;
        found.push(("preceded-by", near(nearby, Question::Precedes, before)));
    }
    found
}

fn at_most(guard: &'static str, found: usize, limit: Option<usize>) -> Option<Decline> {
    let limit = limit.filter(|&limit| found > limit)?;
    Some((guard, Found::Count { found, limit }))
}

fn at_least(guard: &'static str, found: usize, limit: Option<usize>) -> Option<Decline> {
    let limit = limit.filter(|&limit| found < limit)?;
    Some((guard, Found::Count { found, limit }))
}
