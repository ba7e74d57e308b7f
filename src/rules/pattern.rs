//! A regular expression of a rule: compiled when a line first asks for it,
//! and asked in a [cheap form](super::relaxed) first.

use std::{borrow::Cow, cell::OnceCell, ops::Range, sync::OnceLock};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::{
    automaton::Automaton,
    gate::{Gate, as_run},
    heads::{self, LENGTHS},
    relaxed::{lower_case, relaxed},
};

/// Memory that one compiled pattern may take: the `regex` crate's own default.
/// A negated class repeated 2,000 times fits; a million alternatives stop at
/// the longest pattern that `compile` lets through.
pub(super) const PATTERN_MEMORY: usize = 10 << 20;
/// Nesting of groups and repetitions in a pattern; people write below 20.
const PATTERN_NESTING: u32 = 64;
/// Lines longer than this are not given to patterns without a longest match:
/// a search that fails scans to the line's end from each place it starts at.
const LONGEST_SEARCHED: usize = 1 << 20;
/// Matches of one such pattern in one line; more, and the pattern declines.
const MOST_MATCHES: usize = 256;
/// The longest match, in bytes, of a pattern that counts as short and is
/// searched everywhere, however often it matches.
const SHORT_MATCH: usize = 4096;

/// A regular expression, compiled when a line first asks for it.
#[derive(Debug)]
pub(super) struct Pattern {
    source: String,
    /// Whether the whole line must match, or any part of it.
    whole: bool,
    gate: OnceLock<Gate>,
    relaxed: OnceLock<Option<Automaton>>,
    exact: OnceLock<Option<Automaton>>,
    finder: OnceLock<Option<Finder>>,
}

/// What tells where matches are.
#[derive(Debug)]
struct Finder {
    regex: Regex,
    /// Whether a search takes no longer than its matches.
    short: bool,
}

/// A text that patterns are asked of, with what they share.
pub(super) struct Subject<'t> {
    pub(super) text: &'t str,
    lower: OnceCell<Cow<'t, str>>,
}

impl<'t> Subject<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            lower: OnceCell::new(),
        }
    }

    /// The text in lower case, character by character.
    fn lower(&self) -> &str {
        self.lower.get_or_init(|| {
            let is_lower = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
            if self.text.as_bytes().iter().all(is_lower) {
                Cow::Borrowed(self.text)
            } else {
                Cow::Owned(lower_case(self.text))
            }
        })
    }
}

impl Pattern {
    pub(super) fn new(source: &str, whole: bool) -> Self {
        Self {
            source: source.to_owned(),
            whole,
            gate: OnceLock::new(),
            relaxed: OnceLock::new(),
            exact: OnceLock::new(),
            finder: OnceLock::new(),
        }
    }

    /// The pattern as written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The pattern as run: wrapped if the whole line must match.
    fn text(&self) -> String {
        as_run(&self.source, self.whole)
    }

    /// What a line must have to be worth asking.
    pub(super) fn gate(&self) -> &Gate {
        self.gate.get_or_init(|| {
            super::builtin::gate(&self.source, self.whole)
                .unwrap_or_else(|| Gate::of(&self.text(), self.whole))
        })
    }

    /// Whether a line with this [head](heads::head) can match as a whole.
    pub(super) fn may_begin(&self, head: u64) -> bool {
        self.gate().heads.as_ref().is_none_or(|heads| {
            LENGTHS
                .iter()
                .any(|&length| heads.binary_search(&heads::cut(head, length)).is_ok())
        })
    }

    /// Compiles the pattern now; an error says why it cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        // The wrapping must not make sense of a pattern that has none.
        regex_syntax::parse(&self.source).map_err(|error| one_line(&error.to_string()))?;
        let finder = compile(&self.text()).map_err(|error| one_line(&error.to_string()))?;
        self.finder.get_or_init(|| Some(finder));
        Ok(())
    }

    /// Patterns of user packs are compiled when they are read and those of
    /// built-in packs by the tests, so a pattern that fails here does not occur.
    fn finder(&self) -> Option<&Finder> {
        self.finder
            .get_or_init(|| compile(&self.text()).ok())
            .as_ref()
    }

    /// Whether the exact form is worth asking.
    fn may_match(&self, subject: &Subject<'_>) -> bool {
        subject.text.len() <= LONGEST_SEARCHED
            && self
                .relaxed
                .get_or_init(|| Automaton::of(&relaxed(&self.text())?, self.whole))
                .as_ref()
                .and_then(|relaxed| relaxed.is_match(subject.lower()))
                .unwrap_or(true)
    }

    pub(super) fn is_match(&self, subject: &Subject<'_>) -> bool {
        if !self.may_match(subject) {
            return false;
        }
        self.exact
            .get_or_init(|| {
                let hir = regex_syntax::parse(&self.text()).ok()?;
                Automaton::of(&hir, self.whole)
            })
            .as_ref()
            .and_then(|exact| exact.is_match(subject.text))
            .unwrap_or_else(|| {
                self.finder()
                    .is_some_and(|finder| finder.regex.is_match(subject.text))
            })
    }

    /// Calls `found` with each match in a line. A pattern without a longest
    /// match finds nothing in a line that is too long, and nothing in one of
    /// which it finds too many pieces (docs/rules.md says so to its author).
    pub(super) fn find_each(&self, subject: &Subject<'_>, mut found: impl FnMut(Range<usize>)) {
        let line = subject.text;
        if line.len() <= LONGEST_SEARCHED && !self.may_match(subject) {
            return;
        }
        let Some(Finder { regex, short }) = self.finder() else {
            return;
        };
        let matches = regex.find_iter(line).filter(|found| !found.is_empty());
        if *short {
            matches.for_each(|m| found(m.range()));
        } else if line.len() <= LONGEST_SEARCHED {
            let spans: Vec<_> = matches.take(MOST_MATCHES + 1).map(|m| m.range()).collect();
            if spans.len() <= MOST_MATCHES {
                spans.into_iter().for_each(found);
            }
        }
    }
}

fn compile(source: &str) -> Result<Finder, regex::Error> {
    let regex = builder(source).build()?;
    // A class repeated, such as `[\0]+`, never scans past what it takes.
    let short = regex_syntax::parse(source).is_ok_and(|hir| {
        hir.properties()
            .maximum_len()
            .is_some_and(|longest| longest <= SHORT_MATCH)
            || is_repeated_class(&hir)
    });
    Ok(Finder { regex, short })
}

fn builder(source: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(source);
    builder
        .size_limit(PATTERN_MEMORY)
        .nest_limit(PATTERN_NESTING);
    builder
}

fn is_repeated_class(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            repetition.min <= 1
                && matches!(
                    repetition.sub.kind(),
                    HirKind::Class(_) | HirKind::Literal(_)
                )
        }
        HirKind::Class(_) => true,
        _ => false,
    }
}

/// The last line of a regex error is its message; those before draw the place.
fn one_line(error: &str) -> String {
    let message = error
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or(error);
    message
        .trim()
        .trim_start_matches("error: ")
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_searched_in_bounded_time() {
        let hostile = Pattern::new(r".*[^A-Z]|[A-Z]", false);
        let found = |pattern: &Pattern, line: &str| {
            let mut matches = 0;
            pattern.find_each(&Subject::new(line), |_| matches += 1);
            matches
        };
        assert_eq!(found(&hostile, &"A".repeat(MOST_MATCHES)), MOST_MATCHES);
        assert_eq!(found(&hostile, &"A".repeat(40_000)), 0);
        assert_eq!(found(&hostile, &("a ".repeat(LONGEST_SEARCHED) + "b")), 0);
        let classes = Pattern::new(r"[\x00\x{200B}]+", false);
        assert_eq!(found(&classes, &"a\0".repeat(1 << 20)), 1 << 20);
    }

    #[test]
    fn a_pattern_matches_as_its_expression_does() {
        let lines = [
            "Café",
            "cafés",
            "CAFÉ 2",
            "a café",
            "caf",
            "12 caf\u{e9}s",
            "",
        ];
        for source in [
            r"(?i)\bcafé\b",
            r"(?i)\d+ caf\w{1,20}",
            r"[A-Z].*",
            r"(?i)[^x]{0,9}",
        ] {
            for whole in [false, true] {
                let pattern = Pattern::new(source, whole);
                let regex = Regex::new(&pattern.text()).unwrap();
                for line in lines {
                    let is_match = pattern.is_match(&Subject::new(line));
                    assert_eq!(is_match, regex.is_match(line), "{source} {line}");
                }
            }
        }
    }
}
