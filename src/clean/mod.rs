//! Taking boilerplate out of a document's text.
//!
//! Rules mark and only then is anything cut, so a dry run, a report and a diff
//! read the same [`Removal`]s. Cleaning goes in passes: what one rule takes
//! changes what stands at the document's end, or how often something occurs,
//! and so what other rules see. It ends when a pass over the text as it would
//! be written takes nothing, which is why cleaning a cleaned text changes
//! nothing.

mod about;
mod company;
mod finds;
mod guard;
mod kind;
mod lang;
mod lines;
mod memory;
mod menu;
mod nature;
mod normal;
mod paragraph;
mod passes;
mod round;
mod settle;
mod spoken;
mod standing;
pub mod structure;
mod told;
mod view;
mod written;

use std::{collections::HashSet, fmt, ops::Range};

pub(crate) use self::memory::Memory;
use self::{lines::Lines, passes::settle};
pub use self::{
    normal::normal_form,
    structure::{Judged, Reason},
};
use crate::{
    Code, Document, DocumentKind, Flag, Flags, Origin, Removal, RuleSet,
    rules::{RuleId, prefix, words},
};

/// Bytes of a text that have the words of the [floor](Floor) if it is not short:
/// a quarter of it is enough for prose in letters of one byte, half in others.
const FIRST_PART: usize = 1024;

/// Which rules are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Rules that are beyond doubt.
    Safe,
    /// Rules marked unsafe too.
    #[default]
    Full,
}

impl Level {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Full => "full",
        }
    }
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
    /// What rules took, and how their guards held: all that claimed something,
    /// also where another was named. In order. Only with
    /// [`CleanOptions::explain`].
    pub accepted: Vec<Accepted>,
    /// Lines of [`Origin::keep`](crate::Origin) that protect nothing, by their
    /// place there: there is no such line, or nothing would take it.
    pub unused_keep: Vec<usize>,
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

/// Something that a rule claimed, because each of its guards held.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The rule.
    pub code: Code,
    /// Bytes of the document's text, half-open.
    pub span: Range<usize>,
    /// Its guards, as they are called in a rule file, with what they found.
    pub guards: Vec<(&'static str, Found)>,
}

/// What a guard found.
#[derive(Clone, Debug, PartialEq)]
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
    /// The document's language.
    Language(String),
    /// The document's site, if it is known.
    Site(Option<String>),
    /// The document's path, if it is known.
    Path(Option<String>),
    /// The document's kind, if it is known.
    Kind(Option<DocumentKind>),
    /// The line, or what stands around it, speaks for it.
    Spared,
    /// The line is a headline of the document.
    Headline,
    /// A keep rule speaks for the line.
    Kept(Code),
    /// The document's owner has written down that the line stays.
    Noted,
    /// The line is in code, or in a table or list that is a part of the text.
    Fenced,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |f: &mut fmt::Formatter<'_>, what, found: Option<&str>| match found {
            Some(found) => write!(f, "the document's {what} is {found}"),
            None => write!(f, "the document's {what} is not known"),
        };
        match self {
            Self::Count { found, limit } => write!(f, "{found} (limit {limit})"),
            Self::Share { found, limit } => {
                write!(f, "{:.1} % (limit {:.1} %)", found * 100.0, limit * 100.0)
            }
            Self::Language(language) => known(f, "language", Some(language)),
            Self::Site(site) => known(f, "site", site.as_deref()),
            Self::Path(path) => known(f, "path", path.as_deref()),
            Self::Kind(kind) => known(f, "kind", kind.map(DocumentKind::name)),
            Self::Spared => f.write_str("what is written speaks for the line"),
            Self::Headline => f.write_str("it is a headline of the document"),
            Self::Kept(code) => write!(f, "{code} keeps the line"),
            Self::Noted => f.write_str("an entry of the keep list names the line"),
            Self::Fenced => f.write_str("it is in code, or in a table or list of the text"),
        }
    }
}

/// What rules for some documents only go by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The language, an ISO 639-1 code.
    pub language: Option<String>,
    /// The host.
    pub site: Option<String>,
    /// What kind of document it is.
    pub kind: Option<DocumentKind>,
}

/// What is known about `document` before anything is taken out of it.
pub fn known(document: &Document) -> Known {
    let Some(lines) = Lines::new(&document.text) else {
        return Known::default();
    };
    let mut memory = Memory::default();
    let ids = memory.lines(&lines);
    let view = view::View::new(&lines, &ids, &memory);
    let about = about::About::new(document, &document.text);
    Known {
        language: about.language(&view).map(str::to_owned),
        site: about.site().map(str::to_owned),
        kind: about.kind(&view),
    }
}

impl Cleaned {
    /// The lines of the document's keep list that protect nothing.
    pub fn unused_keep(&self, document: &Document) -> Vec<String> {
        let keep = &document.origin.keep;
        let unused = self.unused_keep.iter();
        unused.filter_map(|&at| keep.get(at).cloned()).collect()
    }
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
    rules.with_memory(|memory| {
        memory.begin();
        clean_with(document, rules, options, only, memory)
    })
}

fn clean_with(
    document: &Document,
    rules: &RuleSet,
    options: &CleanOptions,
    only: Option<RuleId>,
    memory: &mut Memory,
) -> Cleaned {
    let mut cleaned = clean_once(document, rules, options, only, memory);
    if !document.origin.keep.is_empty() {
        cleaned.unused_keep = unused_keep(document, rules, options, only, memory);
    }
    cleaned
}

/// The exceptions of a document without which nothing of it would go: it is
/// cleaned without any, and what an exception names is looked for in that.
fn unused_keep(
    document: &Document,
    rules: &RuleSet,
    options: &CleanOptions,
    only: Option<RuleId>,
    memory: &mut Memory,
) -> Vec<usize> {
    let without = Document {
        origin: Origin {
            keep: Vec::new(),
            ..document.origin.clone()
        },
        ..document.clone()
    };
    let cleaned = clean_once(&without, rules, options, only, memory);
    let taken: Vec<&str> = [&cleaned.removals, &cleaned.withheld]
        .into_iter()
        .flat_map(|removals| lines_of(&document.text, removals))
        .collect();
    // Looked up by their words, as they are compared: both lists may be long.
    let taken: HashSet<Vec<&str>> = taken.into_iter().map(words_of).collect();
    let used = |kept: &String| taken.contains(&words_of(kept));
    let keep = document.origin.keep.iter().enumerate();
    keep.filter(|(_, kept)| !used(kept))
        .map(|(at, _)| at)
        .collect()
}

fn words_of(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// The lines of `text` that `removals`, in the order of their places, begin or
/// end in and those between: each once, however much of it is taken.
fn lines_of<'t>(text: &'t str, removals: &[Removal]) -> Vec<&'t str> {
    const LINE_ENDS: [char; 2] = ['\n', '\r'];
    let mut lines = Vec::new();
    let mut done = 0;
    for span in removals.iter().filter_map(Removal::span) {
        let from = span.start.max(done);
        if span.end <= from {
            continue;
        }
        let start = text[done..from]
            .rfind(LINE_ENDS)
            .map_or(done, |at| done + at + 1);
        let end = if text[..span.end].ends_with(LINE_ENDS) {
            span.end
        } else {
            text[span.end..]
                .find(LINE_ENDS)
                .map_or(text.len(), |at| span.end + at)
        };
        lines.extend(text[start..end].lines());
        done = end;
    }
    lines
}

fn clean_once(
    document: &Document,
    rules: &RuleSet,
    options: &CleanOptions,
    only: Option<RuleId>,
    memory: &mut Memory,
) -> Cleaned {
    let text = document.text.as_str();
    let Some(rest) = settle(document, rules, options, only, memory) else {
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
        return Cleaned {
            declined: rest.declined,
            accepted: rest.accepted,
            judged: rest.judged,
            ..untouched(document, removals, rest.flags)
        };
    }
    Cleaned {
        text: kept.into_owned(),
        removals,
        withheld: Vec::new(),
        reported: rest.reported,
        declined: rest.declined,
        accepted: rest.accepted,
        unused_keep: Vec::new(),
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
        accepted: Vec::new(),
        unused_keep: Vec::new(),
        judged: Vec::new(),
        flags,
    }
}

fn holds(floor: &Floor, before: &str, after: &str) -> bool {
    // Most texts have so many words in their first part. Then letters: they are
    // cheap to count, and a text that keeps the share needs no count of words.
    // There are no more letters than bytes, so most texts show in their first
    // part that they keep it. A text without letters cannot lose any.
    if words::has_words(prefix(after, FIRST_PART), floor.min_keep_words) {
        return true;
    }
    if words::reaches(after, floor.min_keep_share, before.len()) {
        return true;
    }
    let kept = words::letters(after);
    let all = words::letters(before);
    let kept_share = if all == 0 {
        1.0
    } else {
        words::share(kept, all)
    };
    kept_share >= floor.min_keep_share || words::words(after) >= floor.min_keep_words
}

#[cfg(test)]
mod evidence;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
