//! Why a rule file could not be used, said so that its author can mend it.

use std::{error::Error, fmt, path::PathBuf};

/// Why a rule file could not be used.
///
/// The place is in the struct rather than in each kind, so that no kind can
/// forget to name what its reader has to open.
#[derive(Debug)]
pub struct RuleError {
    /// The rule file, or the folder that was searched for some.
    pub file: PathBuf,
    /// The line in that file, from 1, if it can be told.
    pub line: Option<usize>,
    /// The rule, if the error is of one rule.
    pub rule: Option<String>,
    /// What is wrong.
    pub kind: RuleErrorKind,
}

/// What is wrong with a rule file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleErrorKind {
    /// The file cannot be read.
    #[error("cannot be read (check the path)")]
    Read(#[source] std::io::Error),
    /// The folder holds no rule file.
    #[error("holds no rule file (name a file, or a folder with *.toml files)")]
    NoPack,
    /// The file is not TOML, or has a key that rules do not have.
    #[error("{0} (see docs/rules.md for the keys of a rule file)")]
    Syntax(String),
    /// The file is of a later or unknown schema.
    #[error("schema {0} is not known (this dehusk reads schema 1)")]
    Schema(u32),
    /// A code is not capital letters and three digits.
    #[error("the code {0:?} is not of the form ABC123 (capital letters, then three digits)")]
    Code(String),
    /// An id is not kebab-case.
    #[error("the id {0:?} is not kebab-case (lower-case words joined by `-`)")]
    Id(String),
    /// The same code stands twice in one pack.
    #[error("the code stands twice, first in line {first} (give one of them another)")]
    Duplicate {
        /// The line of the first rule with this code.
        first: usize,
    },
    /// A rule has nothing that could match.
    #[error("a {kind} rule needs {needs} (add one)")]
    NoMatcher {
        /// The kind of the rule.
        kind: &'static str,
        /// What would do.
        needs: &'static str,
    },
    /// A key that this kind of rule does not read.
    #[error("`{key}` means nothing in a {kind} rule (remove it, or change the kind)")]
    Misplaced {
        /// The key.
        key: &'static str,
        /// The kind of the rule.
        kind: &'static str,
    },
    /// A key whose value is out of range.
    #[error("`{key}` {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A phrase that cannot be used.
    #[error("the phrase {phrase:?} {problem}")]
    Phrase {
        /// The phrase, cut to a readable length.
        phrase: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A placeholder where none is read.
    #[error(
        "the phrase {0:?} has a placeholder, which only `phrases` may have \
         (move it there, or write words)"
    )]
    Placeholder(String),
    /// A pattern that is not a regular expression or is too large.
    #[error("the pattern does not compile: {problem}: {pattern} (fix the pattern, or remove it)")]
    Pattern {
        /// The pattern, cut to a readable length.
        pattern: String,
        /// What the compiler says, in one line.
        problem: String,
    },
    /// A CSS selector that cannot be used.
    #[error("the selector {selector:?} {problem}")]
    Selector {
        /// The selector, cut to a readable length.
        selector: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A test that says neither what goes in and out nor what must stay.
    #[error("the test {0:?} needs either `in` and `out`, or `keep`")]
    Test(String),
    /// A `select`, `ignore` or `extend-safe` entry that names no rule.
    #[error("{name:?} names no rule{} (see `dehusk rules list`)", meant(nearest.as_ref()))]
    Unknown {
        /// The name.
        name: String,
        /// The name that was meant.
        nearest: Option<String>,
    },
    /// A key of `[rules.override.CODE]` that cannot be used.
    #[error("in the override, {0}")]
    Override(String),
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(rule) = &self.rule {
            write!(f, ": rule {rule}")?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl Error for RuleError {
    /// The cause of what is wrong, which itself is part of the message.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

fn meant(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// `text` in one line of at most 80 characters, to be quoted in a message.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut short: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
