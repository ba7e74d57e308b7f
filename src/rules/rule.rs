//! A rule as run: checked, folded, its patterns compiled on first use.

use std::collections::HashSet;

use scraper::Selector;

use super::{
    fold,
    heads::head,
    matching::starts_with_words,
    pattern::{Pattern, Subject},
    phrase::Pattern as PhrasePattern,
    schema::{Action, Company, Kind, Menu, Safety, Shape, Test},
    scope::Scope,
};
use crate::{Code, Flags};

/// A line of at most so many words has at most so many times their number of
/// characters; longer "words" are addresses.
const LONGEST_WORD: usize = 40;

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
    /// The sites, files and kinds of documents it is for.
    pub scope: Scope,
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
    /// At most this share of the lines after the marker are sentences.
    pub max_sentences_after: Option<f64>,
    /// So many different lines after the marker are found by other rules.
    pub finds_after: Option<usize>,
    /// At most so many lines before the marker could be markers themselves.
    pub max_finds_before: Option<usize>,
    /// Lines that must follow.
    pub followed_by: Option<Nearby>,
    /// Lines that must precede.
    pub preceded_by: Option<Nearby>,
    /// The least number of lines in a run.
    pub min_run: Option<usize>,
    /// What makes a row of short lines a menu.
    pub menu: Option<Menu>,
    /// At level `safe` too, where the place is in a row of so many finds.
    pub safe_row: Option<usize>,
    /// Of the first lines of a row or menu below text, what it must have at level
    /// `safe`.
    pub safe_has: Option<Nearby>,
    /// Other finds that must stand near.
    pub company: Option<Company>,
    /// How many lines back a repeated line is looked for.
    pub within: Option<usize>,
    /// The earlier copy is among the first lines.
    pub of_first_lines: Option<usize>,
    /// Headlines stay: headings of level 1, and lines whose words the first
    /// line of the document has too.
    pub spare_headline: bool,
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
    pub(super) unless_phrases: LineTest,
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

impl Guard {
    /// The guards that are given, as keys and values of a rule file.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let nearby = |nearby: &Nearby| format!("{} of the {} lines", nearby.min, nearby.within);
        let menu = |menu: &Menu| {
            let Menu {
                finds, share, gap, ..
            } = menu;
            format!("{finds} known entries, {share} of all, {gap} unknown in a row")
        };
        let company = |company: &Company| match company.anywhere {
            Some(anywhere) => format!("{} near or {anywhere} anywhere", company.near),
            None => format!("{} near", company.near),
        };
        let facts = [
            ("min-chars", self.min_chars.map(|n| n.to_string())),
            ("max-chars", self.max_chars.map(|n| n.to_string())),
            ("max-hits", self.max_hits.map(|n| n.to_string())),
            ("max-share", self.max_share.map(|share| share.to_string())),
            ("first-lines", self.first_lines.map(|n| n.to_string())),
            ("last-lines", self.last_lines.map(|n| n.to_string())),
            (
                "min-words-before",
                self.min_words_before.map(|n| n.to_string()),
            ),
            (
                "max-line-words-after",
                self.max_line_words_after.map(|n| n.to_string()),
            ),
            (
                "max-sentences-after",
                self.max_sentences_after.map(|share| share.to_string()),
            ),
            ("finds-after", self.finds_after.map(|n| n.to_string())),
            (
                "max-finds-before",
                self.max_finds_before.map(|n| n.to_string()),
            ),
            ("followed-by", self.followed_by.as_ref().map(nearby)),
            ("preceded-by", self.preceded_by.as_ref().map(nearby)),
            ("min-run", self.min_run.map(|n| n.to_string())),
            ("menu", self.menu.as_ref().map(menu)),
            ("safe-row", self.safe_row.map(|n| n.to_string())),
            ("safe-has", self.safe_has.as_ref().map(nearby)),
            ("company", self.company.as_ref().map(company)),
            ("within", self.within.map(|n| n.to_string())),
            ("of-first-lines", self.of_first_lines.map(|n| n.to_string())),
            (
                "spare-headline",
                self.spare_headline.then(|| "true".to_owned()),
            ),
        ];
        facts
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }
}

impl LineTest {
    /// Whether no line can pass.
    pub(super) fn is_empty(&self) -> bool {
        self.phrases.is_empty()
            && self.phrase_patterns.is_empty()
            && self.starts.is_empty()
            && self.any.is_empty()
    }

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
        if self.any.is_empty() {
            return false;
        }
        let whole = Form::new(line);
        let bare = (plain != line).then(|| Form::new(plain));
        self.any.iter().any(|pattern| {
            whole.is_match(pattern) || bare.as_ref().is_some_and(|bare| bare.is_match(pattern))
        })
    }
}

/// A form of a line, for patterns on whole lines.
struct Form<'l> {
    subject: Subject<'l>,
    head: u64,
}

impl<'l> Form<'l> {
    fn new(line: &'l str) -> Self {
        Self {
            subject: Subject::new(line),
            head: head(&fold::fold(line)),
        }
    }

    fn is_match(&self, pattern: &Pattern) -> bool {
        pattern.gate().fits(self.subject.text)
            && pattern.may_begin(self.head)
            && pattern.is_match(&self.subject)
    }
}
