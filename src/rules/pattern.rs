//! A regular expression of a rule: compiled when a line first asks for it,
//! and asked in a cheap form first.
//!
//! Two things make patterns slow to compile and to run. `.{0,120}` is 120
//! copies of an automaton for UTF-8, and a Unicode word boundary takes the
//! engine off its fast path on any line that is not ASCII. The *relaxed* form
//! has neither: it matches more, so the exact form is asked only where it
//! matches, which is seldom.

use std::{ops::Range, sync::OnceLock};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind, Look, Repetition, print::Printer};

use super::{
    heads::{Head, Heads},
    literals::{Needs, parse_folded},
};

/// Memory that one compiled pattern may take: the `regex` crate's own default.
/// A negated class repeated 2,000 times fits; a million alternatives stop at
/// the longest pattern that `compile` lets through.
const PATTERN_MEMORY: usize = 10 << 20;
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
/// Repetitions with a higher bound lose it in the relaxed form.
const MOST_COPIES: u32 = 8;

/// A regular expression, compiled when a line first asks for it.
#[derive(Debug)]
pub(super) struct Pattern {
    source: String,
    /// Whether the whole line must match, or any part of it.
    whole: bool,
    heads: OnceLock<Option<Heads>>,
    relaxed: OnceLock<Option<Regex>>,
    exact: OnceLock<Option<Exact>>,
}

#[derive(Debug)]
struct Exact {
    regex: Regex,
    /// Whether a search takes no longer than its matches.
    short: bool,
}

impl Pattern {
    pub(super) fn new(source: &str, whole: bool) -> Self {
        Self {
            source: source.to_owned(),
            whole,
            heads: OnceLock::new(),
            relaxed: OnceLock::new(),
            exact: OnceLock::new(),
        }
    }

    /// The pattern as written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The pattern as run: wrapped if the whole line must match.
    fn text(&self) -> String {
        if self.whole {
            format!(r"\A(?:{})\z", self.source)
        } else {
            self.source.clone()
        }
    }

    /// What a line must have to be worth asking.
    pub(super) fn needs(&self) -> Needs {
        Needs::of(&self.text())
    }

    /// Whether a line that begins so can match as a whole. Far cheaper than the
    /// pattern, and told before it is compiled.
    pub(super) fn may_begin(&self, head: Head) -> bool {
        !self.whole
            || self
                .heads
                .get_or_init(|| parse_folded(&self.text()).and_then(|hir| Heads::of(&hir)))
                .as_ref()
                .is_none_or(|heads| heads.has(head))
    }

    /// Compiles the pattern now; an error says why it cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        // The wrapping must not make sense of a pattern that has none.
        regex_syntax::parse(&self.source).map_err(|error| one_line(&error.to_string()))?;
        let exact = compile(&self.text()).map_err(|error| one_line(&error.to_string()))?;
        self.exact.get_or_init(|| Some(exact));
        Ok(())
    }

    /// Patterns of user packs are compiled when they are read and those of
    /// built-in packs by the tests, so a pattern that fails here does not occur.
    fn exact(&self) -> Option<&Exact> {
        self.exact
            .get_or_init(|| compile(&self.text()).ok())
            .as_ref()
    }

    /// Whether the exact form is worth asking.
    fn may_match(&self, line: &str) -> bool {
        line.len() <= LONGEST_SEARCHED
            && self
                .relaxed
                .get_or_init(|| relaxed(&self.text()))
                .as_ref()
                .is_none_or(|regex| regex.is_match(line))
    }

    pub(super) fn is_match(&self, line: &str) -> bool {
        self.may_match(line) && self.exact().is_some_and(|exact| exact.regex.is_match(line))
    }

    /// Calls `found` with each match in `line`; `false` if the line is too
    /// long or has too many matches for a pattern without a longest match.
    pub(super) fn find_each(&self, line: &str, mut found: impl FnMut(Range<usize>)) -> bool {
        if line.len() <= LONGEST_SEARCHED && !self.may_match(line) {
            return true;
        }
        let Some(Exact { regex, short }) = self.exact() else {
            return true;
        };
        let matches = regex.find_iter(line).filter(|found| !found.is_empty());
        if *short {
            matches.for_each(|m| found(m.range()));
            return true;
        }
        if line.len() > LONGEST_SEARCHED {
            return false;
        }
        let spans: Vec<_> = matches.take(MOST_MATCHES + 1).map(|m| m.range()).collect();
        if spans.len() > MOST_MATCHES {
            return false;
        }
        spans.into_iter().for_each(found);
        true
    }
}

fn compile(source: &str) -> Result<Exact, regex::Error> {
    let regex = builder(source).build()?;
    // A class repeated, such as `[\0]+`, never scans past what it takes.
    let short = regex_syntax::parse(source).is_ok_and(|hir| {
        hir.properties()
            .maximum_len()
            .is_some_and(|longest| longest <= SHORT_MATCH)
            || is_repeated_class(&hir)
    });
    Ok(Exact { regex, short })
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

/// The relaxed form of a pattern, if it differs: it matches wherever the
/// pattern does, and elsewhere.
fn relaxed(source: &str) -> Option<Regex> {
    let hir = regex_syntax::parse(source).ok()?;
    let relaxed = relax(&hir);
    if relaxed == hir {
        return None;
    }
    let mut text = String::new();
    Printer::new().print(&relaxed, &mut text).ok()?;
    builder(&text).build().ok()
}

fn relax(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(look) if !matches!(look, Look::Start | Look::End) => Hir::empty(),
        HirKind::Repetition(repetition) => {
            let many = repetition.min.max(repetition.max.unwrap_or(0)) > MOST_COPIES;
            let (min, max) = if many {
                (repetition.min.min(1), None)
            } else {
                (repetition.min, repetition.max)
            };
            let sub = Box::new(relax(&repetition.sub));
            Hir::repetition(Repetition {
                min,
                max,
                greedy: repetition.greedy,
                sub,
            })
        }
        // Groups only say what belongs together, which the tree does anyway.
        HirKind::Capture(capture) => relax(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(relax).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(relax).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_relaxed_pattern_has_no_copies_and_no_word_boundaries() {
        let relaxed = relaxed(r"\A(?:(?i)\bshare\b.{0,80})\z").unwrap();
        assert!(relaxed.is_match("shared"));
        assert!(super::relaxed("share.*").is_none());
    }

    #[test]
    fn a_long_line_is_searched_in_bounded_time() {
        let hostile = Pattern::new(r".*[^A-Z]|[A-Z]", false);
        assert!(!hostile.find_each(&"A".repeat(40_000), |_| {}));
        let classes = Pattern::new(r"[\x00\x{200B}]+", false);
        let mut matches = 0;
        assert!(classes.find_each(&"a\0".repeat(1 << 20), |_| matches += 1));
        assert_eq!(matches, 1 << 20);
    }

    proptest! {
        #[test]
        fn what_matches_exactly_matches_relaxed(line in "[a-c é文]{0,14}") {
            for source in [r"\ba.{2,9}b\b", r"(?:a|é\b)+c{0,20}", r"\Ba{0,12}\s?[bc]{9}", r"^a.{0,30}文$"] {
                let exact = Regex::new(source).unwrap();
                let relaxed = relaxed(source).unwrap();
                prop_assert!(!exact.is_match(&line) || relaxed.is_match(&line), "{source}");
            }
        }
    }
}
