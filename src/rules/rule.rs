//! A rule as run: checked, folded, its patterns compiled on first use.

use std::{collections::HashSet, ops::Range, sync::OnceLock};

use regex::{Regex, RegexBuilder};
use scraper::Selector;

use super::{
    fold::{self, is_boundary},
    literals::Needs,
    phrase::Pattern as PhrasePattern,
    schema::{Action, Kind, Safety, Shape, Test},
};
use crate::{Code, Flags};

/// Memory that one compiled pattern may take: the `regex` crate's own default.
/// A negated class repeated 2,000 times fits; a million alternatives, which
/// the default lets through as a literal search, stop at `LONGEST_PATTERN`.
const PATTERN_MEMORY: usize = 10 << 20;
/// Nesting of groups and repetitions in a pattern; people write below 20.
const PATTERN_NESTING: u32 = 64;
/// A line of at most so many words has at most so many times their number of
/// characters; longer "words" are addresses.
const LONGEST_WORD: usize = 40;
/// Lines longer than this are not given to patterns without a longest match:
/// a search that fails scans to the line's end from each place it starts at.
const LONGEST_SEARCHED: usize = 1 << 20;
/// Matches of one such pattern in one line; more, and the pattern declines.
const MOST_MATCHES: usize = 256;
/// The longest match, in bytes, of a pattern that counts as short and is
/// searched everywhere, however often it matches.
const SHORT_MATCH: usize = 4096;

/// A rule, sound and ready to run.
#[derive(Debug)]
pub struct Rule {
    /// The code that reports name, such as `IMG001`.
    pub code: Code,
    /// The name that people say, in kebab-case.
    pub id: String,
    /// The pack that the rule is in.
    pub pack: String,
    /// The file that the rule is in.
    pub file: String,
    /// The line of that file, from 1.
    pub line: usize,
    /// What the rule finds, in one line.
    pub summary: String,
    /// Why that is not content.
    pub why: String,
    /// What is taken.
    pub kind: Kind,
    /// Whether the matched text goes or is protected.
    pub action: Action,
    /// How far the rule can be trusted.
    pub safety: Safety,
    /// The languages (ISO 639-1) of the documents it is for; empty for all.
    pub langs: Vec<String>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// Where to read more.
    pub refs: Vec<String>,
    /// What a match says about the document.
    pub flags: Flags,
    /// The conditions on which it declines.
    pub guard: Guard,
    /// What a line must look like.
    pub shape: Option<Shape>,
    pub(super) matchers: Matchers,
    pub(super) selectors: Vec<Selector>,
    pub(super) tests: Vec<Test>,
}

/// Conditions on which a rule declines. All that are given must hold.
#[derive(Debug, Default)]
pub struct Guard {
    /// The line (of a span rule: the span) has at least this many characters.
    pub min_chars: Option<usize>,
    /// The line (of a span rule: the span) has at most this many characters.
    pub max_chars: Option<usize>,
    /// The rule finds at most this many places in the document.
    pub max_hits: Option<usize>,
    /// It finds at most this share of the document's characters; asked only
    /// of documents with 600 characters or more.
    pub max_share: Option<f64>,
    /// The place is among the first lines (or the last, if `last_lines` is
    /// given too). Blank lines do not count.
    pub first_lines: Option<usize>,
    /// The place is among the last lines.
    pub last_lines: Option<usize>,
    /// So many words stand before the marker.
    pub min_words_before: Option<usize>,
    /// No line after the marker has more words.
    pub max_line_words_after: Option<usize>,
    /// Lines that must follow.
    pub followed_by: Option<Nearby>,
    /// Lines that must precede.
    pub preceded_by: Option<Nearby>,
    /// The least number of lines in a run.
    pub min_run: Option<usize>,
    /// How many lines back a repeated line is looked for.
    pub within: Option<usize>,
    /// The earlier copy is among the first lines.
    pub of_first_lines: Option<usize>,
}

/// Lines that must stand near a match.
#[derive(Debug)]
pub struct Nearby {
    /// Among how many lines, blank ones not counted.
    pub within: usize,
    /// How many of them must match.
    pub min: usize,
    pub(super) test: LineTest,
}

/// A test of one line that stands by itself, for lines near a match.
#[derive(Debug, Default)]
pub(super) struct LineTest {
    pub(super) phrases: HashSet<String>,
    pub(super) phrase_patterns: Vec<PhrasePattern>,
    pub(super) starts: Vec<String>,
    pub(super) any: Vec<Pattern>,
}

/// What a rule is recognised by.
#[derive(Debug, Default)]
pub(super) struct Matchers {
    pub(super) phrases: Vec<String>,
    pub(super) phrase_patterns: Vec<PhrasePattern>,
    pub(super) starts: Vec<String>,
    pub(super) ends: Vec<String>,
    pub(super) contains: Vec<String>,
    pub(super) any: Vec<Pattern>,
    pub(super) unless: Vec<Pattern>,
    pub(super) terms: Vec<Pattern>,
    pub(super) min_terms: usize,
}

impl Rule {
    /// Whether the rule acts inside fenced code too: only rules on characters
    /// that nobody sees may.
    pub(crate) fn acts_in_code(&self) -> bool {
        self.kind == Kind::Span && self.tags.iter().any(|tag| tag == "characters")
    }

    /// The most characters a line may have to be worth a look, if there is a limit.
    pub(super) fn longest_line(&self) -> Option<usize> {
        if matches!(self.kind, Kind::Span) {
            return None;
        }
        let shape = self.shape.as_ref().and_then(|shape| {
            shape.max_chars.or(shape
                .max_words
                .map(|words| words.saturating_mul(LONGEST_WORD)))
        });
        match (self.guard.max_chars, shape) {
            (Some(guard), Some(shape)) => Some(guard.min(shape)),
            (guard, shape) => guard.or(shape),
        }
    }

    /// Whether a shape is all that the rule goes by.
    pub(super) fn only_shape(&self) -> bool {
        let found = &self.matchers;
        self.shape.is_some()
            && found.phrases.is_empty()
            && found.phrase_patterns.is_empty()
            && found.starts.is_empty()
            && found.ends.is_empty()
            && found.contains.is_empty()
            && found.any.is_empty()
            && found.terms.is_empty()
    }
}

impl LineTest {
    /// Whether the line with these forms passes.
    pub(super) fn passes(&self, line: &str, plain: &str) -> bool {
        if !(self.phrases.is_empty() && self.phrase_patterns.is_empty() && self.starts.is_empty()) {
            let folded = fold::fold(plain);
            let core = &folded[fold::core(&folded)];
            if self.phrases.contains(core)
                || self
                    .phrase_patterns
                    .iter()
                    .any(|pattern| pattern.matches(core))
                || self
                    .starts
                    .iter()
                    .any(|start| starts_with_words(core, start))
            {
                return true;
            }
        }
        self.any
            .iter()
            .any(|pattern| pattern.is_match(line) || (plain != line && pattern.is_match(plain)))
    }
}

pub(super) fn starts_with_words(line: &str, start: &str) -> bool {
    line.strip_prefix(start)
        .is_some_and(|rest| is_boundary(start.chars().next_back(), rest.chars().next()))
}

/// A regular expression, compiled when a line first asks for it.
#[derive(Debug)]
pub(super) struct Pattern {
    source: String,
    /// Whether the whole line must match, or any part of it.
    whole: bool,
    compiled: OnceLock<Option<Compiled>>,
}

#[derive(Debug)]
struct Compiled {
    regex: Regex,
    short: bool,
}

impl Pattern {
    pub(super) fn new(source: &str, whole: bool) -> Self {
        Self {
            source: source.to_owned(),
            whole,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as run: wrapped if the whole line must match.
    pub(super) fn text(&self) -> String {
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

    /// Compiles the pattern now; an error says why it cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        // The wrapping must not make sense of a pattern that has none.
        regex_syntax::parse(&self.source).map_err(|error| one_line(&error.to_string()))?;
        match compile(&self.text()) {
            Ok(compiled) => {
                self.compiled.get_or_init(|| Some(compiled));
                Ok(())
            }
            Err(error) => Err(one_line(&error.to_string())),
        }
    }

    /// Patterns of user packs are compiled when they are read and those of
    /// built-in packs by the tests, so a pattern that fails here does not occur.
    fn get(&self) -> Option<&Compiled> {
        self.compiled
            .get_or_init(|| compile(&self.text()).ok())
            .as_ref()
    }

    pub(super) fn is_match(&self, line: &str) -> bool {
        line.len() <= LONGEST_SEARCHED && self.get().is_some_and(|c| c.regex.is_match(line))
    }

    /// Calls `found` with each match in `line`; `false` if the line is too
    /// long or has too many matches for a pattern without a longest match.
    pub(super) fn find_each(&self, line: &str, mut found: impl FnMut(Range<usize>)) -> bool {
        let Some(Compiled { regex, short }) = self.get() else {
            return true;
        };
        let matches = regex.find_iter(line).filter(|m| !m.is_empty());
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

fn compile(source: &str) -> Result<Compiled, regex::Error> {
    let regex = RegexBuilder::new(source)
        .size_limit(PATTERN_MEMORY)
        .dfa_size_limit(PATTERN_MEMORY)
        .nest_limit(PATTERN_NESTING)
        .build()?;
    // A class repeated, such as `[\0]+`, never scans past what it takes.
    let short = regex_syntax::parse(source).is_ok_and(|hir| {
        hir.properties()
            .maximum_len()
            .is_some_and(|longest| longest <= SHORT_MATCH)
            || is_repeated_class(&hir)
    });
    Ok(Compiled { regex, short })
}

fn is_repeated_class(hir: &regex_syntax::hir::Hir) -> bool {
    use regex_syntax::hir::HirKind;
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
    message.trim().trim_start_matches("error: ").to_owned()
}
