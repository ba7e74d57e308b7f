//! Debris that no phrase names: menus, lists of tags, teasers, other articles.
//!
//! A small model judges each line by its shape, its neighbours and its place,
//! in any language; what its judgements come to is decided for the document as
//! a whole, so that a document without clear debris is left as it is.
//!
//! The step sees only the lines that are left, so a second cleaning judges as
//! the last look of the first one did. Rules and this step take turns until
//! neither takes anything, which is why cleaning a cleaned text changes nothing.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "features are counts of what a line or a document has; beyond 2^23 no one asks for the last digit"
)]

mod context;
mod decide;
mod facts;
mod features;
mod model;
mod sums;
mod words;

use std::{fmt, ops::Range};

pub(super) use self::facts::Facts;
use self::{
    context::Context,
    decide::{PERHAPS, SURELY},
    features::Features,
};
use super::{
    CleanOptions, Memory, finds::Finds, lines::Lines, menu::links_inside, nature, passes,
    view::View,
};
use crate::{
    Code, Document, RuleSet,
    rules::{RuleId, plain},
};

/// The codes of this step, each with what it took.
pub const STEPS: &[(&str, &str)] = &[
    ("STR001", "debris before the text, such as a menu"),
    (
        "STR002",
        "debris after the text, such as teasers or a footer",
    ),
    ("STR003", "debris inside the text, such as a list of links"),
];

/// What [`Lines`] knows the first of [`STEPS`] by; the others follow. Rules are
/// counted from 0, and no one writes four thousand million.
const FIRST_ID: RuleId = u32::MAX - 8;

/// Lines of a text that is judged. The longest of the labelled documents has
/// 1,700; beyond this a text is a log or a table, of which the model has seen
/// none, and the sums over its lines, 32-bit floats as in training, no longer
/// count single characters (beyond 2^24 of them, 840 a line here).
const MOST_LINES: usize = 20_000;

/// Different rules that must have taken something of a document for it to count
/// as scraped beyond doubt. In 30 of 1,640 main texts two have, in 38 of 97
/// scraped texts, which hold 97 % of what this step finds in the 97.
const SCRAPED_BY: usize = 2;

/// For each so many lines of a document one rule more has to tell: in a manual
/// of thousands a few lines are like what scrapers leave by chance. Of 97
/// scraped texts the longest has 427.
const LINES_OF_TELLER: usize = 500;

/// What rules tell of where a document comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scraped {
    /// One rule has taken something, which may be chance.
    Perhaps,
    /// Several have.
    Surely,
}

impl Scraped {
    /// Of a document of so many lines of which so many rules have taken what
    /// scrapers leave.
    /// `None` if none has: it is what its author wrote, and its short lines are
    /// a change log, a poem, a price list or code. This step would take 165 KB
    /// of 454 Markdown files that came with programs, and finds next to nothing
    /// in scraped documents of this kind.
    pub(super) fn by(tellers: usize, lines: usize) -> Option<Self> {
        match tellers.saturating_sub(lines / LINES_OF_TELLER) {
            0 => None,
            SCRAPED_BY.. => Some(Self::Surely),
            _ => Some(Self::Perhaps),
        }
    }
}

/// Reasons that are given for a line.
const MOST_REASONS: usize = 4;

/// The code behind an id that [`Lines`] names, if it is of this step.
pub(super) fn code(id: RuleId) -> Option<Code> {
    let (code, _) = STEPS.get(id.checked_sub(FIRST_ID)? as usize)?;
    Some(Code::from(*code))
}

/// Why a line was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Which of [`STEPS`].
    pub code: Code,
    /// Bytes of the document's text, half-open.
    pub span: Range<usize>,
    /// How likely the line is debris, in log odds.
    pub log_odds: f32,
    /// What speaks most for that, strongest first.
    pub reasons: Vec<Reason>,
}

/// A property of a line that speaks for its being debris.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// The property in words.
    pub what: &'static str,
    /// Its value for the line.
    pub value: f32,
    /// What it adds to the log odds.
    pub adds: f32,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = (self.value * 100.0).round() / 100.0;
        write!(f, "{}: {value} (+{:.1})", self.what, self.adds)
    }
}

/// Takes what is debris by this look at the lines, of which rules take nothing
/// and `kept` are to stay. The more rules tell that the document was scraped,
/// the less proof is needed.
///
/// Gives why each line was taken, if the options ask for it.
pub(super) fn take(
    lines: &mut Lines<'_>,
    finds: &Finds,
    memory: &Memory,
    kept: &[u32],
    scraped: Scraped,
    (options, rules): (&CleanOptions, &RuleSet),
) -> Vec<Judged> {
    let mut judged = Vec::new();
    let seen = Seen::new(&View::new(lines, &finds.ids, memory));
    if !(2..=MOST_LINES).contains(&seen.order.len()) {
        return judged;
    }
    let features = seen.features();
    let log_odds = model::log_odds(&features);
    let seen_lines = decide::Lines {
        facts: &seen.facts,
        features: &features,
        vocabulary: &seen.vocabulary,
        log_odds: &log_odds,
        spared: &seen.spared(kept),
    };
    let mut debris = match scraped {
        Scraped::Surely => seen_lines.debris(SURELY, options.floor),
        Scraped::Perhaps => Vec::new(),
    };
    if !debris.contains(&true) {
        debris = seen_lines.debris(PERHAPS, options.floor);
    }
    let Some(first) = debris.iter().position(|debris| !debris) else {
        return judged;
    };
    let last = debris.iter().rposition(|debris| !debris).unwrap_or(first);
    seen.keep_lists_whole(lines, &mut debris);
    for at in (0..debris.len()).filter(|&at| debris[at]) {
        let step = if at < first {
            0
        } else if at > last {
            1
        } else {
            2
        };
        if !rules.has_step(STEPS[step].0) {
            continue;
        }
        if options.explain {
            judged.push(Judged {
                code: Code::from(STEPS[step].0),
                span: span(lines, seen.group(at)),
                log_odds: log_odds[at],
                reasons: model::reasons(&features[at], MOST_REASONS)
                    .into_iter()
                    .map(|(what, value, adds)| Reason { what, value, adds })
                    .collect(),
            });
        }
        for &line in seen.group(at) {
            lines.remove(line, FIRST_ID + step as RuleId);
        }
    }
    judged
}

/// The original bytes from the first to the last of some lines.
fn span(lines: &Lines<'_>, of: &[u32]) -> Range<usize> {
    let span = lines.span(of[0]);
    span.start..lines.span(of[of.len() - 1]).end
}

/// The lines that are left, as features see them: a paragraph that its author
/// wrapped is one.
#[derive(Default)]
struct Seen {
    facts: Vec<Facts>,
    /// Hashes of the words of all lines.
    vocabulary: Vec<u64>,
    /// Whether blank lines stand before a line.
    parted: Vec<bool>,
    /// The numbers of the lines, and which of these are of each paragraph.
    lines: Vec<u32>,
    order: Vec<Range<usize>>,
    /// Lines of code, fences, front matter, the document's own title and table of
    /// contents, and links to places in it and files beside it.
    spared: Vec<bool>,
}

impl Seen {
    fn new(view: &View<'_, '_>) -> Self {
        let mut code = view.code();
        for at in nature::contents(view) {
            code[at] = true;
        }
        let front_matter = view.front_matter();
        let indent_counts = nature::indent_means_code(view);
        let title = view.title();
        let mut seen = Self::default();
        let mut first = Vec::with_capacity(view.len());
        let mut start = 0;
        while start < view.len() {
            let whole = view.paragraphs().around(start);
            let facts = if whole.len() == 1 {
                view.seen(start).facts(&mut seen.vocabulary)
            } else {
                let lines: Vec<&str> = whole.clone().map(|at| view.content(at)).collect();
                let text = lines.join(" ");
                Facts::new(&text, &plain(&text), &mut seen.vocabulary)
            };
            seen.facts.push(facts);
            let indented = indent_counts && nature::is_indented_code(view, start);
            let stays = code[start] || start < front_matter || indented || Some(start) == title;
            seen.spared.push(stays || links_inside(view.seen(start)));
            first.push(view.line(start));
            let before = seen.lines.len();
            seen.lines.extend(whole.clone().map(|at| view.line(at)));
            seen.order.push(before..seen.lines.len());
            start = whole.end;
        }
        seen.parted = view.lines().parted(&first);
        seen
    }

    /// The numbers of the lines of a paragraph.
    fn group(&self, at: usize) -> &[u32] {
        &self.lines[self.order[at].clone()]
    }

    fn features(&self) -> Vec<Features> {
        let context = Context::new(&self.facts, &self.vocabulary, &self.parted);
        (0..self.order.len())
            .map(|at| context.features(at))
            .collect()
    }

    /// Of numbered items that follow each other all stay if one does.
    fn keep_lists_whole(&self, lines: &Lines<'_>, debris: &mut [bool]) {
        let numbers: Vec<Option<u32>> = self
            .order
            .iter()
            .map(|of| nature::item_number(lines.content(self.lines[of.start])))
            .collect();
        let mut start = 0;
        for at in 1..=numbers.len() {
            let goes_on = numbers.get(at).is_some_and(|number| {
                number.is_some() && *number == numbers[at - 1].map(|before| before + 1)
            });
            if goes_on {
                continue;
            }
            if debris[start..at].contains(&false) {
                debris[start..at].fill(false);
            }
            start = at;
        }
    }

    /// Lines that stay whatever the model says.
    fn spared(&self, kept: &[u32]) -> Vec<bool> {
        self.order
            .iter()
            .zip(&self.spared)
            .map(|(of, &spared)| {
                let mut lines = self.lines[of.clone()].iter();
                spared || lines.any(|line| kept.binary_search(line).is_ok())
            })
            .collect()
    }
}

/// What training needs of a document.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Export {
    /// Whether rules have taken enough to tell that it was scraped.
    pub scraped: bool,
    /// For each line or wrapped paragraph that the rules leave its bytes,
    /// half-open, and its features, as [`export_names`] names them, so that
    /// training sees what use sees.
    pub rows: Vec<(Range<usize>, Vec<f32>)>,
}

/// For training: the names of the features.
#[doc(hidden)]
pub fn export_names() -> &'static [&'static str] {
    Features::NAMES
}

/// For training: the features of the lines of a document. Lines for which
/// `without` holds (by their first byte) are taken first.
#[doc(hidden)]
pub fn export(document: &Document, rules: &RuleSet, without: impl Fn(usize) -> bool) -> Export {
    let options = CleanOptions {
        structure: false,
        ..CleanOptions::default()
    };
    let Some(rest) = passes::settle(document, rules, &options, None, &mut Memory::default()) else {
        return Export::default();
    };
    let mut written = rest.written;
    let scraped = Scraped::by(written.tellers(rules), written.lines()) == Some(Scraped::Surely);
    let gone = Lines::new(&written.text).map(|mut lines| {
        for line in lines.alive().collect::<Vec<_>>() {
            if without(written.place(&lines.span(line)).start) {
                lines.remove(line, FIRST_ID);
            }
        }
        lines.removals()
    });
    written = written.without(gone.unwrap_or_default());
    let Some(lines) = Lines::new(&written.text) else {
        return Export::default();
    };
    let mut memory = Memory::default();
    let ids = memory.lines(&lines);
    let seen = Seen::new(&View::new(&lines, &ids, &memory));
    let rows = seen
        .features()
        .iter()
        .zip(&seen.order)
        .map(|(features, group)| {
            let place = written.place(&span(&lines, &seen.lines[group.clone()]));
            (place, features.values().to_vec())
        })
        .collect();
    Export { scraped, rows }
}

#[cfg(test)]
mod tests;
