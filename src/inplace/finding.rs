//! What a check has to say, one value for every way of printing it.

use std::{ops::Range, path::Path};

use memchr::memchr2_iter;

use super::{Examined, Outcome, Text, shown, step};
use crate::{Code, RuleSet, clean::structure, dedup::Match, rules::prefix, write::path_text};

/// The codes of findings that no rule makes, and what they say.
pub const STEPS: &[(&str, &str)] = &[
    (
        "DUP001",
        "a document that says the same as another one of the run",
    ),
    (
        "ENC001",
        "a file that is not sound UTF-8, so a fix leaves it as it is",
    ),
    (
        "REV001",
        "a document that is debris for the most part: cleaning would leave next to nothing, so it is left for a person",
    ),
    (
        "EXC001",
        "an entry of the keep list that protects nothing: the document has no such line, or nothing would take it",
    ),
];

pub(super) const EXCEPTION: &str = "EXC001";
pub(super) const DUPLICATE: &str = "DUP001";
pub(super) const ENCODING: &str = "ENC001";
pub(super) const REVIEW: &str = "REV001";

/// The most bytes of a document that a finding carries along, of its line and
/// of what goes. Enough for a screen of text, little for a report of many.
const MOST_SHOWN: usize = 400;

/// Something in a file that its owner should know.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The file, as it was given or found, with `/`.
    pub path: String,
    /// The rule or step.
    pub code: Code,
    /// What was found, in one line.
    pub message: String,
    /// Where it begins and ends; blank lines that go with it, before and
    /// after, do not count.
    pub place: Place,
    /// The same with those lines: what a fix cuts.
    pub whole: Place,
    /// Bytes of the decoded text, half-open, with those lines.
    pub span: Range<usize>,
    /// The beginning of the line where it begins, or the part around it.
    pub line: String,
    /// The beginning of the last line that goes, if several do.
    pub last_line: String,
    /// The beginning of what goes, if something does.
    pub taken: String,
    /// What sort of finding it is.
    pub kind: FindingKind,
}

/// What sort of finding it is.
#[derive(Clone, Debug, PartialEq)]
pub enum FindingKind {
    /// Debris, which a fix takes out.
    Debris {
        /// Why a fix leaves it all the same, as a phrase.
        held: Option<String>,
    },
    /// A document that a person has to look at.
    Review,
    /// A file in another encoding than UTF-8, or with bytes that are no text.
    Encoding,
    /// A document that says the same as another.
    Duplicate {
        /// The path of the other.
        of: String,
        /// The share of the smaller text that the larger one has, 0 to 1.
        similarity: f64,
    },
}

/// Lines and columns, from 1. Columns count characters; the end is the place
/// after the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line where it begins.
    pub line: usize,
    /// The column where it begins.
    pub column: usize,
    /// The line where it ends.
    pub end_line: usize,
    /// The column where it ends.
    pub end_column: usize,
}

impl Place {
    /// The beginning of a text.
    const FIRST: Self = Self {
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
    };

    /// The last line that has a part of it. A line that goes whole ends where
    /// the next one begins, and that one is not touched.
    pub fn last_line(&self) -> usize {
        self.end_line - usize::from(self.ends_with_line())
    }

    /// Whether it ends with the end of a line.
    pub fn ends_with_line(&self) -> bool {
        self.end_column == 1 && self.end_line > self.line
    }
}

/// What there is to say about an examined file, in the order of the text.
pub fn findings(examined: &Examined, rules: &RuleSet) -> Vec<Finding> {
    let Outcome::Text(text) = &examined.outcome else {
        return Vec::new();
    };
    let path = path_text(shown(&examined.path));
    let mut found: Vec<Finding> = encoding(&path, text).into_iter().collect();
    found.extend(text.unused_keep.iter().map(|kept| unused(&path, kept)));
    let mut places = Places::new(&text.text);
    if text.needs_review() {
        let rules: Vec<&str> = text.withheld.iter().map(|one| one.code.as_str()).collect();
        found.push(Finding {
            path,
            code: step(REVIEW),
            message: format!(
                "cleaning would leave next to nothing ({}); left for a person",
                listed(&rules)
            ),
            place: Place::FIRST,
            whole: Place::FIRST,
            line: text.first_line(),
            last_line: String::new(),
            taken: String::new(),
            span: 0..0,
            kind: FindingKind::Review,
        });
        return found;
    }
    let held = held(text);
    let debris = text
        .removals
        .iter()
        .filter_map(|removal| Some((&removal.code, removal.span()?.clone())))
        .map(|(code, span)| {
            let whole = places.of(&span);
            let shown = without_blank_lines(&text.text, &span);
            let place = places.of(&shown);
            let taken = &text.text[shown.clone()];
            let last = taken.trim_end().rsplit('\n').next().unwrap_or_default();
            let several = place.last_line() > place.line;
            Finding {
                path: path.clone(),
                code: code.clone(),
                message: about(code, rules),
                whole,
                place,
                line: places.line_at(&shown),
                last_line: prefix(if several { last } else { "" }, MOST_SHOWN).to_owned(),
                taken: prefix(taken, MOST_SHOWN).to_owned(),
                span,
                kind: FindingKind::Debris { held: held.clone() },
            }
        });
    found.extend(debris);
    found
}

/// Why a fix that is not asked for more leaves the debris of a text.
fn held(text: &Text) -> Option<String> {
    let rewritten = text.fixed(super::Form::default());
    let locked = || text.original.seen?.held(false);
    rewritten.err().or_else(locked)
}

/// What a rule or step finds, as a phrase.
pub(crate) fn about(code: &Code, rules: &RuleSet) -> String {
    if let Some(rule) = rules.get(code.as_str()) {
        return rule.summary.clone();
    }
    let mut steps = STEPS.iter().chain(structure::STEPS);
    let step = steps.find(|(step, _)| *step == code.as_str());
    step.map_or_else(String::new, |(_, what)| {
        let mut letters = what.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    })
}

/// The finding that an entry of the keep list protects nothing.
fn unused(path: &str, kept: &str) -> Finding {
    Finding {
        path: path.to_owned(),
        code: step(EXCEPTION),
        message: format!("the keep list names a line that nothing would take: {kept:?}"),
        place: Place::FIRST,
        whole: Place::FIRST,
        line: String::new(),
        last_line: String::new(),
        taken: String::new(),
        span: 0..0,
        kind: FindingKind::Review,
    }
}

/// The finding that a file is not sound UTF-8.
fn encoding(path: &str, text: &Text) -> Option<Finding> {
    if text.is_utf8() {
        return None;
    }
    let replaced = text.text.find('\u{fffd}').filter(|_| text.lossy);
    let span = replaced.map_or(0..0, |at| at..at + '\u{fffd}'.len_utf8());
    let message = if text.lossy {
        format!("has bytes that are no text in {}", text.encoding)
    } else {
        format!(
            "is in {}; `dehusk fix --to-utf8` rewrites it as UTF-8",
            text.encoding
        )
    };
    let mut places = Places::new(&text.text);
    let place = places.of(&span);
    Some(Finding {
        path: path.to_owned(),
        code: step(ENCODING),
        message,
        place,
        whole: place,
        line: places.line_at(&span),
        last_line: String::new(),
        taken: String::new(),
        span,
        kind: FindingKind::Encoding,
    })
}

impl Finding {
    /// The finding that the file at `path`, which begins with `line`, says the
    /// same as the file at `of`.
    pub fn duplicate(path: &Path, line: String, of: &Path, found: &Match) -> Self {
        let of = path_text(shown(of));
        Self {
            path: path_text(shown(path)),
            code: step(DUPLICATE),
            message: format!("says the same as {of} (similarity {:.2})", found.similarity),
            place: Place::FIRST,
            whole: Place::FIRST,
            line,
            last_line: String::new(),
            taken: String::new(),
            span: 0..0,
            kind: FindingKind::Duplicate {
                of,
                similarity: (found.similarity * 1e4).round() / 1e4,
            },
        }
    }

    /// Whether a fix takes it out.
    pub fn is_fixable(&self) -> bool {
        matches!(self.kind, FindingKind::Debris { held: None })
    }
}

impl Text {
    /// The beginning of the first line.
    pub fn first_line(&self) -> String {
        let mut places = Places::new(&self.text);
        places.of(&(0..0));
        places.line_at(&(0..0))
    }
}

/// The first few of some codes, each once.
fn listed(codes: &[&str]) -> String {
    const SHOWN: usize = 4;
    let mut once: Vec<&str> = codes.to_vec();
    once.sort_unstable();
    once.dedup();
    let more = once.len().saturating_sub(SHOWN);
    once.truncate(SHOWN);
    let list = once.join(", ");
    if more > 0 {
        format!("{list} and {more} more")
    } else {
        list
    }
}

/// Turns byte offsets, asked for in rising order, into lines and columns.
struct Places<'a> {
    text: &'a str,
    /// A line's number and the offset of its first byte.
    line: usize,
    start: usize,
    /// An offset in that line, and how many characters stand before it there.
    reached: (usize, usize),
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            line: 1,
            start: 0,
            reached: (0, 0),
        }
    }

    fn of(&mut self, span: &Range<usize>) -> Place {
        let (line, start) = self.ahead(span.start);
        let before = self.characters(start, span.start);
        (self.line, self.start) = (line, start);
        self.reached = (span.start, before);
        let (end_line, end_start) = self.ahead(span.end);
        Place {
            line,
            column: 1 + before,
            end_line,
            end_column: 1 + self.characters(end_start, span.end),
        }
    }

    /// How many characters stand between the start of a line and `at`. From
    /// where it was counted last: a line may have as many places as letters.
    fn characters(&self, start: usize, at: usize) -> usize {
        let (from, before) = if start == self.start && self.reached.0 <= at {
            self.reached
        } else {
            (start, 0)
        };
        before + self.text[from..at].chars().count()
    }

    /// The number and the start of the line that has the byte `at`, which is
    /// not before the place that was reached. Lines end as they do for rules:
    /// with LF, CR LF or CR.
    fn ahead(&self, at: usize) -> (usize, usize) {
        let bytes = self.text.as_bytes();
        let from = self.reached.0.max(self.start).min(at);
        let mut reached = (self.line, self.start);
        for end in memchr2_iter(b'\n', b'\r', &bytes[from..at]) {
            let end = from + end;
            if bytes[end] == b'\n' || bytes.get(end + 1) != Some(&b'\n') {
                reached = (reached.0 + 1, end + 1);
            }
        }
        reached
    }

    /// The line where `span` begins, after [`Places::of`] was asked for it. Of
    /// a long line the part that begins a little before the place.
    fn line_at(&self, span: &Range<usize>) -> String {
        const BEFORE: usize = 60;
        // A long line may have as many places as letters, so that its end is
        // not looked for.
        let rest = &self.text[self.start..];
        let first = prefix(rest, MOST_SHOWN + 1);
        if let Some(end) = first.find(['\n', '\r']) {
            return first[..end].to_owned();
        }
        if first.len() == rest.len() && rest.len() <= MOST_SHOWN {
            return rest.to_owned();
        }
        let mut from = (span.start - self.start).saturating_sub(BEFORE);
        while !rest.is_char_boundary(from) {
            from -= 1;
        }
        let shown = prefix(&rest[from..], MOST_SHOWN);
        let shown = &shown[..shown.find(['\n', '\r']).unwrap_or(shown.len())];
        let mark = if from > 0 { "…" } else { "" };
        format!("{mark}{shown}")
    }
}

/// `span` without the blank lines at its ends: nobody looks for debris there.
fn without_blank_lines(text: &str, span: &Range<usize>) -> Range<usize> {
    let taken = &text[span.clone()];
    if taken.trim().is_empty() {
        return span.clone();
    }
    let blank = taken.len() - taken.trim_start().len();
    let from = taken[..blank].rfind('\n').map_or(0, |end| end + 1);
    let words = taken.trim_end().len();
    let to = taken[words..]
        .find('\n')
        .map_or(taken.len(), |end| words + end + 1);
    span.start + from..span.start + to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let mut places = Places::new("äb\ncöd\n");
        let place = places.of(&(7..8));
        assert_eq!(
            (place.line, place.column, place.end_line, place.end_column),
            (2, 3, 2, 4)
        );
        assert_eq!(places.line_at(&(7..8)), "cöd");
        let place = places.of(&(8..9));
        assert_eq!((place.line, place.end_line, place.end_column), (2, 3, 1));
    }

    #[test]
    fn lines_end_with_a_carriage_return_too() {
        let mut places = Places::new("a\rb\r\nc d\n");
        let place = |places: &mut Places<'_>, span| {
            let place = places.of(&span);
            (place.line, place.column, place.end_line, place.end_column)
        };
        assert_eq!(place(&mut places, 2..3), (2, 1, 2, 2));
        assert_eq!(places.line_at(&(2..3)), "b");
        assert_eq!(place(&mut places, 5..6), (3, 1, 3, 2));
        assert_eq!(place(&mut places, 7..9), (3, 3, 4, 1));
    }

    #[test]
    fn many_places_in_one_line_take_as_long_as_the_line() {
        // As many as would take minutes if each was counted from the line's
        // start.
        const PLACES: usize = 400_000;
        let text = "aé".repeat(PLACES);
        let mut places = Places::new(&text);
        for at in 0..PLACES {
            let place = places.of(&(3 * at..3 * at + 1));
            assert_eq!((place.line, place.column), (1, 1 + 2 * at));
            let line = places.line_at(&(3 * at..3 * at + 1));
            assert!((MOST_SHOWN / 2..=MOST_SHOWN + 3).contains(&line.len()) || at > PLACES - 200);
        }
    }

    #[test]
    fn the_place_of_a_cut_is_its_lines_with_words() {
        let text = "a\n\n \n  husk\n";
        assert_eq!(without_blank_lines(text, &(2..text.len())), 5..12);
        assert_eq!(without_blank_lines(text, &(7..9)), 7..9);
        assert_eq!(without_blank_lines(text, &(1..4)), 1..4);
        let text = "husk\n \n\nb\n";
        assert_eq!(without_blank_lines(text, &(0..8)), 0..5);
        assert_eq!(without_blank_lines("a husk  b", &(1..8)), 1..8);
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = format!("{}here{}", "é".repeat(500), "x".repeat(500));
        let mut places = Places::new(&text);
        places.of(&(1000..1004));
        let line = places.line_at(&(1000..1004));
        assert!(line.starts_with('…') && line.contains("here"), "{line}");
        assert!(line.len() < MOST_SHOWN + 8);
    }

    #[test]
    fn codes_are_listed_once_and_not_all() {
        assert_eq!(listed(&["B1", "A1", "B1"]), "A1, B1");
        assert_eq!(listed(&["A", "B", "C", "D", "E"]), "A, B, C, D and 1 more");
    }
}
