//! A pass of rules: rounds until a round takes nothing.
//!
//! A rule's guards look at what is there, and what is there changes with every
//! round. So that a rule cannot eat its way through a document a few lines at a
//! time, the guards on count and share see what the rule has taken in earlier
//! rounds of the pass too; a rule that would overdraw in the end is set aside
//! and the pass starts again without it. The next [pass](super::passes) does
//! not know which rules were set aside, nor how long the text once was.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Accepted, CleanOptions, Declined, Reported,
    about::About,
    finds::Finds,
    lines::Lines,
    memory::Memory,
    round::{Round, SpanHit},
    view::View,
};
use crate::{Document, Flags, RuleSet, rules::RuleId};

/// Rounds before the rules of the last one are set aside. Ordinary documents
/// settle in two or three; a round costs only what it finds.
const MOST_ROUNDS: usize = 64;
/// Rules that are set aside before a document counts as one that does not
/// settle. Each costs a start.
const MOST_ASIDE: usize = 32;

/// How a pass ended. Spans are of the text that it read.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Whether a round came that took nothing.
    pub(super) settled: bool,
    /// Whether a pass over the text that is left would find and take the same,
    /// which is nothing: no rule was set aside, and no guard went by what
    /// earlier rounds have taken.
    pub(super) steady: bool,
    pub(super) reported: Vec<Reported>,
    pub(super) declined: Vec<Declined>,
    pub(super) accepted: Vec<Accepted>,
    pub(super) flags: Flags,
    /// Lines that keep rules speak for, in order.
    pub(super) kept: Vec<u32>,
}

/// What the rules of a run share and none of them changes.
#[derive(Clone, Copy)]
pub(super) struct Run<'r> {
    pub(super) rules: &'r RuleSet,
    pub(super) options: &'r CleanOptions,
    pub(super) document: &'r Document,
    pub(super) about: &'r About<'r>,
    /// The one rule to apply, if not all.
    pub(super) only: Option<RuleId>,
}

/// What the rules have taken in the rounds so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By rule: places, and characters.
    spent: BTreeMap<RuleId, (usize, usize)>,
    /// Characters taken by all.
    pub(super) chars: usize,
    /// Rules that are set aside.
    aside: Vec<RuleId>,
}

impl Ledger {
    /// The places and characters that a rule has taken.
    pub(super) fn spent(&self, rule: RuleId) -> (usize, usize) {
        self.spent.get(&rule).copied().unwrap_or_default()
    }

    pub(super) fn is_aside(&self, rule: RuleId) -> bool {
        self.aside.contains(&rule)
    }

    fn spend(&mut self, rule: RuleId, places: usize, chars: usize) {
        let spent = self.spent.entry(rule).or_default();
        spent.0 += places;
        spent.1 += chars;
        self.chars += chars;
    }
}

/// Runs rounds over `lines`, of which nothing has been taken; from the start
/// again whenever a rule has to be set aside. `finds` are those of `lines`, before and after.
/// Also gives why rules were set aside.
pub(super) fn start_over(
    run: &Run<'_>,
    lines: &mut Lines<'_>,
    finds: &mut Finds,
    memory: &mut Memory,
) -> (Outcome, Vec<Declined>) {
    let mut ledger = Ledger::default();
    let mut aside = Vec::new();
    loop {
        let mut last_takers = Vec::new();
        let mut flags = Flags::new();
        let mut accepted = Vec::new();
        for _ in 0..MOST_ROUNDS {
            finds.sort();
            let view = View::new(lines, &finds.ids, memory);
            let done = Round::new(*run, &ledger, view).decide(&finds.hits, &finds.spans);
            if !done.overdrawn.is_empty() {
                last_takers = done.overdrawn;
                aside.extend(done.declined.into_iter().filter(|declined| {
                    last_takers
                        .iter()
                        .any(|&rule| run.rules.rule(rule).code == declined.code)
                }));
                break;
            }
            flags.extend(done.flags);
            accepted.extend(done.accepted);
            if done.lines.is_empty() && done.spans.is_empty() {
                let outcome = Outcome {
                    settled: true,
                    steady: ledger.aside.is_empty() && !done.by_ledger,
                    reported: done.reported,
                    declined: done.declined,
                    accepted,
                    flags,
                    kept: done.kept,
                };
                return (outcome, aside);
            }
            last_takers = done
                .lines
                .iter()
                .map(|(_, rule)| *rule)
                .chain(done.spans.iter().map(|hit| hit.rule))
                .collect();
            for (rule, places, chars) in done.spending {
                ledger.spend(rule, places, chars);
            }
            for (line, rule) in done.lines {
                lines.remove(line, rule);
            }
            let edited = apply_spans(lines, done.spans);
            finds.forget(lines, &edited);
            for line in edited {
                if lines.is_alive(line) {
                    finds.look(lines, line, memory, run.rules);
                }
            }
        }
        if ledger.aside.len() >= MOST_ASIDE {
            return (Outcome::default(), aside);
        }
        let mut set_aside = std::mem::take(&mut ledger.aside);
        set_aside.extend(last_takers);
        set_aside.sort_unstable();
        set_aside.dedup();
        ledger = Ledger {
            aside: set_aside,
            ..Ledger::default()
        };
        if let Some(start) = Lines::new(lines.text()) {
            *lines = start;
        }
        *finds = Finds::of(lines, memory, run.rules, run.only);
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
