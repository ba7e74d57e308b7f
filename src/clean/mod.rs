//! Taking boilerplate out of a document's text.
//!
//! Rules mark and only then is anything cut, so a dry run, a report and a diff
//! read the same [`Removal`]s. Cleaning goes in passes: what one rule takes
//! changes what stands at the document's end, or how often something occurs,
//! and so what other rules see. It ends when a pass over the text as it would
//! be written takes nothing, which is why cleaning a cleaned text changes
//! nothing.

mod finds;
mod guard;
mod lang;
mod lines;
mod normal;
mod passes;
mod round;
mod settle;
pub mod structure;
mod view;
mod written;

use std::ops::Range;

use self::passes::settle;
pub use self::{
    normal::normal_form,
    structure::{Judged, Reason},
};
use crate::{
    Code, Document, Flag, Flags, Removal, RuleSet,
    rules::{RuleId, words},
};

/// Which rules are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Rules that are beyond doubt.
    Safe,
    /// Rules marked unsafe too.
    #[default]
    Full,
}

/// How much is taken.
#[derive(Clone, Debug)]
pub struct CleanOptions {
    /// Which rules are applied.
    pub level: Level,
    /// What must be left of a document.
    pub floor: Floor,
    /// Whether to tell why rules declined.
    pub explain: bool,
    /// Whether the [structure] step judges lines that no rule names, at
    /// [`Level::Full`].
    pub structure: bool,
}

impl Default for CleanOptions {
    fn default() -> Self {
        Self {
            level: Level::Full,
            floor: Floor::default(),
            explain: false,
            structure: true,
        }
    }
}

/// What must be left of a document, so that a husk is never written for it.
///
/// One of the two is enough. A short note may thus lose a line of debris, and
/// a page that is mostly debris may lose that.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// So many words are left: the length of a short news item.
    pub min_keep_words: usize,
    /// So great a share of the letters and digits is left. Sample documents
    /// lose 63 % rightly, so a share alone cannot be near a half.
    pub min_keep_share: f64,
}

impl Default for Floor {
    fn default() -> Self {
        Self {
            min_keep_words: 40,
            min_keep_share: 0.10,
        }
    }
}

impl Floor {
    /// No floor, for trying a rule on a few lines.
    pub const NONE: Self = Self {
        min_keep_words: 0,
        min_keep_share: 0.0,
    };
}

/// A document after cleaning.
#[derive(Clone, Debug)]
pub struct Cleaned {
    /// What is left, in the [normal form](normal_form).
    pub text: String,
    /// What was taken, in order, never overlapping. Byte ranges of the
    /// document's text.
    pub removals: Vec<Removal>,
    /// What would have been taken if the floor had not held it. Then
    /// `removals` is empty and the flags say [`Flag::Review`].
    pub withheld: Vec<Removal>,
    /// What rules found that this level does not apply.
    pub reported: Vec<Reported>,
    /// What rules found in the text that is left and did not take. Only with
    /// [`CleanOptions::explain`].
    pub declined: Vec<Declined>,
    /// Why the structure step took lines. Only with [`CleanOptions::explain`].
    pub judged: Vec<Judged>,
    /// What the document's reader should know.
    pub flags: Flags,
}

/// Something that a rule found and this level does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The rule.
    pub code: Code,
    /// Bytes of the document's text, half-open.
    pub span: Range<usize>,
}

/// Something that a rule's matchers accept and a guard does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Declined {
    /// The rule.
    pub code: Code,
    /// Bytes of the document's text, half-open.
    pub span: Range<usize>,
    /// The guard, as it is called in a rule file.
    pub guard: &'static str,
    /// What it found.
    pub found: Found,
}

/// What made a guard decline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// A number on the wrong side of its limit.
    Count {
        /// What was counted.
        found: usize,
        /// What the rule asks for.
        limit: usize,
    },
    /// A share above its limit.
    Share {
        /// The share that was found.
        found: f64,
        /// The most that the rule takes.
        limit: f64,
    },
    /// The document is in a language that the rule is not for.
    Language(&'static str),
    /// A pattern of `unless` speaks for the line.
    Spared,
}

/// Takes boilerplate out of `document`.
pub fn clean(document: &Document, rules: &RuleSet, options: &CleanOptions) -> Cleaned {
    clean_by(document, rules, options, None)
}

/// As [`clean`], by all rules or by one alone, which is then applied at any
/// level.
pub(crate) fn clean_by(
    document: &Document,
    rules: &RuleSet,
    options: &CleanOptions,
    only: Option<RuleId>,
) -> Cleaned {
    let text = document.text.as_str();
    let Some(rest) = settle(document, rules, options, only) else {
        return untouched(document, Vec::new(), Flags::new());
    };
    let removals: Vec<Removal> = rest
        .written
        .removals()
        .into_iter()
        .map(|(span, id)| {
            let code = structure::code(id).unwrap_or_else(|| rules.rule(id).code.clone());
            Removal::text(code, span)
        })
        .collect();
    let kept = rest.written.text;
    let sound = removals.is_empty() || rest.settled && holds(&options.floor, text, &kept);
    if !sound {
        return untouched(document, removals, rest.flags);
    }
    Cleaned {
        text: kept.into_owned(),
        removals,
        withheld: Vec::new(),
        reported: rest.reported,
        declined: rest.declined,
        judged: rest.judged,
        flags: rest.flags,
    }
}

/// The document as it was, for a person to look at.
fn untouched(document: &Document, withheld: Vec<Removal>, mut flags: Flags) -> Cleaned {
    flags.insert(Flag::Review);
    Cleaned {
        text: normal_form(&document.text, document.format).into_owned(),
        removals: Vec::new(),
        withheld,
        reported: Vec::new(),
        declined: Vec::new(),
        judged: Vec::new(),
        flags,
    }
}

fn holds(floor: &Floor, before: &str, after: &str) -> bool {
    let all = words::letters(before);
    let kept = words::letters(after);
    // Letters first: they are cheap to count, and a text that keeps the share
    // needs no count of words. A text without letters cannot lose any.
    let kept_share = if all == 0 {
        1.0
    } else {
        words::share(kept, all)
    };
    kept_share >= floor.min_keep_share || words::words(after) >= floor.min_keep_words
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
