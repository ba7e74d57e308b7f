//! A rule file as written. Nothing here is checked beyond its TOML types;
//! [`compile`](super::compile) makes sound rules of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A whole rule file. Built-in ones are read from a form that has no places.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File<R = Spanned<Rule>> {
    pub(super) schema: u32,
    pub(super) pack: Pack,
    /// Words that rules refer to as `@name`.
    #[serde(default)]
    pub(super) lists: BTreeMap<String, Vec<String>>,
    #[serde(default = "Vec::new", rename = "rule")]
    pub(super) rules: Vec<R>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "version and licence are for the file's reader")]
pub(super) struct Pack {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) license: Option<String>,
    pub(super) description: Option<String>,
}

/// What a rule does with the text it matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The text is taken out.
    #[default]
    Remove,
    /// The text is protected from every rule.
    Keep,
}

/// How far a rule can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// Beyond doubt: applied at every level.
    #[default]
    Safe,
    /// Applied at level `full` only.
    Unsafe,
    /// Never applied, only reported.
    Report,
}

/// What a rule takes, and how its matchers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A piece of a line.
    Span,
    /// Whole lines.
    Line,
    /// Consecutive matching lines, blank lines allowed between.
    Run,
    /// Everything from the first accepted marker line to the end.
    Tail,
    /// A line that equals an earlier one.
    Repeat,
    /// Rows of short lines among finds of other rules.
    Menu,
    /// Elements of an HTML page. Acts in extraction, not on text.
    Html,
}

/// One rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Rule {
    pub(super) code: String,
    pub(super) id: String,
    pub(super) summary: String,
    #[serde(default)]
    pub(super) why: String,
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) action: Action,
    #[serde(default)]
    pub(super) safety: Safety,
    #[serde(default)]
    pub(super) langs: Vec<String>,
    #[serde(default)]
    pub(super) sites: Vec<String>,
    #[serde(default)]
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) refs: Vec<String>,
    #[serde(default)]
    pub(super) phrases: Vec<String>,
    #[serde(default)]
    pub(super) starts: Vec<String>,
    #[serde(default)]
    pub(super) ends: Vec<String>,
    #[serde(default)]
    pub(super) contains: Vec<String>,
    #[serde(default)]
    pub(super) any: Vec<String>,
    #[serde(default)]
    pub(super) unless: Vec<String>,
    #[serde(default)]
    pub(super) unless_phrases: Vec<String>,
    #[serde(default)]
    pub(super) terms: Vec<String>,
    pub(super) min_terms: Option<usize>,
    pub(super) shape: Option<Shape>,
    #[serde(default)]
    pub(super) select: Vec<String>,
    #[serde(default)]
    pub(super) guard: Guard,
    #[serde(default, rename = "test")]
    pub(super) tests: Vec<Test>,
}

/// What a line looks like, whatever it says. Every given key must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shape {
    /// At least this many words.
    pub min_words: Option<usize>,
    /// At most this many words.
    pub max_words: Option<usize>,
    /// At least this many characters.
    pub min_chars: Option<usize>,
    /// At most this many characters.
    pub max_chars: Option<usize>,
    /// The line does not end as a sentence does.
    #[serde(default)]
    pub no_sentence_end: bool,
    /// The line is nothing but links.
    #[serde(default)]
    pub link_only: bool,
    /// At least this share of the line's non-blank characters are digits.
    pub digit_share_min: Option<f64>,
    /// At most this share of the line's non-blank characters are digits.
    pub digit_share_max: Option<f64>,
}

/// Conditions that make a rule decline. Every given key must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Guard {
    pub(super) min_chars: Option<usize>,
    pub(super) max_chars: Option<usize>,
    pub(super) max_hits: Option<usize>,
    pub(super) max_share: Option<f64>,
    pub(super) first_lines: Option<usize>,
    pub(super) last_lines: Option<usize>,
    pub(super) edge: Option<Edge>,
    pub(super) min_words_before: Option<usize>,
    pub(super) max_line_words_after: Option<usize>,
    pub(super) max_sentences_after: Option<f64>,
    pub(super) finds_after: Option<usize>,
    pub(super) max_finds_before: Option<usize>,
    pub(super) followed_by: Option<Nearby>,
    pub(super) preceded_by: Option<Nearby>,
    pub(super) min_run: Option<usize>,
    pub(super) menu: Option<Menu>,
    pub(super) safe_row: Option<usize>,
    pub(super) safe_has: Option<Nearby>,
    pub(super) company: Option<Company>,
    pub(super) within: Option<usize>,
    pub(super) of_first_lines: Option<usize>,
    #[serde(default)]
    pub(super) spare_headline: bool,
}

/// An end of the document, with nothing left between it and the match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// The first lines.
    Start,
    /// The last lines.
    End,
    /// Either.
    Either,
}

/// Lines that must stand near a match.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Nearby {
    pub(super) within: usize,
    pub(super) min: Option<usize>,
    #[serde(default)]
    pub(super) phrases: Vec<String>,
    #[serde(default)]
    pub(super) starts: Vec<String>,
    #[serde(default)]
    pub(super) any: Vec<String>,
}

/// Other finds that must stand near a match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// So many finds of any rule within three lines.
    #[serde(default = "one")]
    pub near: usize,
    /// Or so many in the document.
    pub anywhere: Option<usize>,
    /// Finds of the rule itself do not count.
    #[serde(default)]
    pub others: bool,
    /// Finds of more than two words need it too.
    #[serde(default)]
    pub sentences: bool,
    /// This end of the document is company: nothing but finds stands between.
    pub edge: Option<Edge>,
}

/// What makes a row of short lines a menu.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// Rules with one of these tags know its entries.
    pub tags: Vec<String>,
    /// So many different entries are known.
    pub finds: usize,
    /// At least this share of them.
    pub share: f64,
    /// At most so many unknown entries stand in a row.
    pub gap: usize,
    /// A line that shares so many words with the text is none of them.
    pub told: usize,
}

fn one() -> usize {
    1
}

/// An example that is a test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Test {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) input: Option<String>,
    #[serde(rename = "out")]
    pub(super) output: Option<String>,
    pub(super) keep: Option<String>,
    #[serde(default)]
    pub(super) format: TestFormat,
}

/// What the text of a test is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TestFormat {
    #[default]
    Text,
    Markdown,
}
