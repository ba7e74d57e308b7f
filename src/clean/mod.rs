//! Taking boilerplate out of a document's text.
//!
//! Rules mark and only then is anything cut, so a dry run, a report and a diff
//! read the same [`Removal`]s. Cleaning goes in rounds: what one rule takes
//! changes what stands at the document's end, or how often something occurs,
//! and so what other rules see. It ends when a round takes nothing, which is
//! also why cleaning a cleaned text changes nothing.

mod lang;
mod lines;
mod normal;
mod round;
mod shape;
mod words;

use std::ops::Range;

pub use self::normal::normal_form;
use self::{
    lines::Lines,
    round::{Hit, Round, SpanHit},
};
use crate::{
    Code, Document, Flag, Flags, Format, Removal, RuleSet, cut,
    rules::{RuleId, Scratch, plain},
};

/// Rounds before a document counts as one that does not settle. Ordinary
/// documents settle in two or three; each round costs only what it finds.
const MOST_ROUNDS: usize = 64;

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
}

impl Default for CleanOptions {
    fn default() -> Self {
        Self {
            level: Level::Full,
            floor: Floor::default(),
            explain: false,
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
    let Some(mut lines) = Lines::new(text) else {
        return untouched(document, Vec::new());
    };
    let outcome = settle(&mut lines, document.format, rules, options, only);
    let removals: Vec<Removal> = lines
        .removals()
        .into_iter()
        .map(|(span, rule)| Removal::text(rules.rule(rule).code.clone(), span))
        .collect();
    let kept = cut(text, &removals);
    if !removals.is_empty() && !(outcome.settled && holds(&options.floor, text, &kept)) {
        return untouched(document, removals);
    }
    Cleaned {
        text: into_normal(kept, document.format),
        removals,
        withheld: Vec::new(),
        reported: outcome.reported,
        declined: outcome.declined,
        flags: outcome.flags,
    }
}

fn into_normal(text: String, format: Format) -> String {
    match normal_form(&text, format) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(normal) => normal,
    }
}

/// The document as it was, for a person to look at.
fn untouched(document: &Document, withheld: Vec<Removal>) -> Cleaned {
    Cleaned {
        text: normal_form(&document.text, document.format).into_owned(),
        removals: Vec::new(),
        withheld,
        reported: Vec::new(),
        declined: Vec::new(),
        flags: Flags::from([Flag::Review]),
    }
}

fn holds(floor: &Floor, before: &str, after: &str) -> bool {
    let all = words::letters(before);
    let kept = words::letters(after);
    // Letters stand in for words first: they are cheaper to count, and a text
    // that keeps the share needs no count of words.
    kept as f64 >= floor.min_keep_share * all as f64
        && (kept > 0 || all == 0 || floor.min_keep_share == 0.0)
        || words::words(after) >= floor.min_keep_words
}

struct Outcome {
    settled: bool,
    reported: Vec<Reported>,
    declined: Vec<Declined>,
    flags: Flags,
}

/// Rounds until nothing is left to take.
fn settle(
    lines: &mut Lines<'_>,
    format: Format,
    rules: &RuleSet,
    options: &CleanOptions,
    only: Option<RuleId>,
) -> Outcome {
    let mut finds = Finds {
        only,
        ..Finds::default()
    };
    for at in 0..lines.len() as u32 {
        finds.look(lines, at, rules);
    }
    let mut flags = Flags::new();
    for _ in 0..MOST_ROUNDS {
        finds.sort();
        let mut round = Round::new(rules, options, only, format, lines);
        round.run(&finds.hits, &finds.spans);
        let (taken, reported, declined) = (round.taken, round.reported, round.declined);
        flags.extend(round.flags);
        if taken.lines.is_empty() && taken.spans.is_empty() {
            return Outcome {
                settled: true,
                reported,
                declined,
                flags,
            };
        }
        for (line, rule) in taken.lines {
            lines.remove(line, rule);
        }
        let edited = apply_spans(lines, taken.spans);
        finds.forget(lines, &edited);
        for line in edited {
            if lines.is_alive(line) {
                finds.look(lines, line, rules);
            }
        }
    }
    Outcome {
        settled: false,
        reported: Vec::new(),
        declined: Vec::new(),
        flags,
    }
}

/// Cuts spans out of lines that are still there; gives the edited lines.
fn apply_spans(lines: &mut Lines<'_>, mut spans: Vec<SpanHit>) -> Vec<u32> {
    spans.retain(|hit| lines.is_alive(hit.line));
    spans.sort_unstable_by_key(|hit| (hit.line, hit.span.start, hit.rule));
    let mut edited = Vec::new();
    for hits in spans.chunk_by(|a, b| a.line == b.line) {
        // Every byte of two spans that overlap is claimed by a rule.
        let mut cuts: Vec<(Range<usize>, RuleId)> = Vec::with_capacity(hits.len());
        for hit in hits {
            let from = cuts
                .last()
                .map_or(0, |(span, _)| span.end)
                .max(hit.span.start as usize);
            let to = hit.span.end as usize;
            if from < to {
                cuts.push((from..to, hit.rule));
            }
        }
        lines.edit(hits[0].line, &cuts);
        edited.push(hits[0].line);
    }
    edited
}

/// What the matchers of the rules find, line by line. Depends on a line's
/// content alone, so it is looked for again only when that changes.
#[derive(Default)]
struct Finds {
    only: Option<RuleId>,
    hits: Vec<Hit>,
    spans: Vec<SpanHit>,
    scratch: Scratch,
    found: Vec<RuleId>,
}

impl Finds {
    fn look(&mut self, lines: &Lines<'_>, at: u32, rules: &RuleSet) {
        let content = lines.content(at);
        let line = content.trim();
        if !line.is_empty() {
            self.found.clear();
            rules.whole(line, &plain(line), &mut self.scratch, &mut self.found);
            let wanted = |rule: &RuleId| self.only.is_none_or(|only| *rule == only);
            self.hits.extend(
                self.found
                    .iter()
                    .copied()
                    .filter(wanted)
                    .map(|rule| Hit { rule, line: at }),
            );
        }
        let (spans, only) = (&mut self.spans, self.only);
        rules.spans(content, |rule, span| {
            if let Some(span) = span
                && only.is_none_or(|only| rule == only)
            {
                spans.push(SpanHit {
                    rule,
                    line: at,
                    span: span.start as u32..span.end as u32,
                });
            }
        });
    }

    /// Drops what was found in lines that have gone or changed.
    fn forget(&mut self, lines: &Lines<'_>, edited: &[u32]) {
        let stale = |line: u32| !lines.is_alive(line) || edited.binary_search(&line).is_ok();
        self.hits.retain(|hit| !stale(hit.line));
        self.spans.retain(|hit| !stale(hit.line));
    }

    fn sort(&mut self) {
        self.hits.sort_unstable();
        self.spans
            .sort_unstable_by_key(|hit| (hit.rule, hit.line, hit.span.start, hit.span.end));
    }
}
