//! What a check has to say, one value for every way of printing it.

use std::{ops::Range, path::Path};

use memchr::memchr_iter;

use super::{Examined, Outcome, Text, shown, step};
use crate::{Code, RuleSet, dedup::Match, write::path_text};

/// The codes of findings that no rule makes, and what they say.
pub const STEPS: &[(&str, &str)] = &[
    (
        "DUP001",
        "a document that says the same as another one of the run",
    ),
    (
        "REV001",
        "a document that is debris for the most part: cleaning would leave next to nothing, so it is left for a person",
    ),
];

const DUPLICATE: &str = "DUP001";
const REVIEW: &str = "REV001";

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
    /// Where it begins and ends.
    pub place: Place,
    /// Bytes of the decoded text, half-open.
    pub span: Range<usize>,
    /// The beginning of the line where it begins, or the part around it.
    pub line: String,
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

/// What there is to say about an examined file, in the order of the text.
pub fn findings(examined: &Examined, rules: &RuleSet) -> Vec<Finding> {
    let Outcome::Text(text) = &examined.outcome else {
        return Vec::new();
    };
    let mut places = Places::new(&text.text);
    let path = path_text(shown(&examined.path));
    if text.needs_review() {
        let span = 0..0;
        let rules: Vec<&str> = text.withheld.iter().map(|one| one.code.as_str()).collect();
        return vec![Finding {
            path,
            code: step(REVIEW),
            message: format!(
                "cleaning would leave next to nothing ({}); left for a person",
                listed(&rules)
            ),
            place: places.of(&span),
            line: places.line_at(&span),
            taken: String::new(),
            span,
            kind: FindingKind::Review,
        }];
    }
    let held = text.fixed(super::Form::default()).err();
    text.removals
        .iter()
        .filter_map(|removal| Some((&removal.code, removal.span()?.clone())))
        .map(|(code, span)| Finding {
            path: path.clone(),
            code: code.clone(),
            message: rules
                .get(code.as_str())
                .map_or_else(String::new, |rule| rule.summary.clone()),
            place: places.of(&span),
            line: places.line_at(&span),
            taken: shortened(&text.text[span.clone()], MOST_SHOWN).to_owned(),
            span,
            kind: FindingKind::Debris { held: held.clone() },
        })
        .collect()
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
            place: Place {
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 1,
            },
            line,
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
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            line: 1,
            start: 0,
        }
    }

    fn of(&mut self, span: &Range<usize>) -> Place {
        let (line, start) = self.ahead(span.start);
        (self.line, self.start) = (line, start);
        let column = 1 + self.text[start..span.start].chars().count();
        let (end_line, end_start) = self.ahead(span.end);
        Place {
            line,
            column,
            end_line,
            end_column: 1 + self.text[end_start..span.end].chars().count(),
        }
    }

    /// The number and the start of the line that has the byte `at`, which is
    /// not before the line that was reached.
    fn ahead(&self, at: usize) -> (usize, usize) {
        let mut reached = (self.line, self.start);
        for end in memchr_iter(b'\n', &self.text.as_bytes()[self.start..at]) {
            reached = (reached.0 + 1, self.start + end + 1);
        }
        reached
    }

    /// The line where `span` begins, after [`Places::of`] was asked for it. Of
    /// a long line the part that begins a little before the place.
    fn line_at(&self, span: &Range<usize>) -> String {
        const BEFORE: usize = 60;
        let rest = &self.text[self.start..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let line = line.trim_end_matches('\r');
        let at = (span.start - self.start).min(line.len());
        if line.len() <= MOST_SHOWN {
            return line.to_owned();
        }
        let mut from = at.saturating_sub(BEFORE);
        while !line.is_char_boundary(from) {
            from -= 1;
        }
        let mark = if from > 0 { "…" } else { "" };
        format!("{mark}{}", shortened(&line[from..], MOST_SHOWN))
    }
}

/// The beginning of `text`, at most `most` bytes and whole characters.
fn shortened(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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
