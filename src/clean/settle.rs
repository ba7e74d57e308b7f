//! Rounds until nothing is left to take.
//!
//! A rule's guards look at what is there, and what is there changes with every
//! round. So that a rule cannot eat its way through a document a few lines at a
//! time, the guards on count and share see what the rule has taken in earlier
//! rounds too; a rule that would overdraw in the end is set aside and cleaning
//! starts again without it.
//!
//! Cleaning the result must change nothing, and a second run does not know
//! which rules were set aside, nor how long the text once was. Hence a result
//! is cleaned again, with all rules, until that changes nothing.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Accepted, CleanOptions, Declined, Reported,
    about::About,
    lines::Lines,
    round::{Hit, Round, SpanHit},
};
use crate::{
    Document, Flags, RuleSet,
    rules::{Kind, LineFinds, RuleId, Scratch, plain},
};

/// Rounds before the rules of the last one are set aside. Ordinary documents
/// settle in two or three; a round costs only what it finds.
const MOST_ROUNDS: usize = 64;
/// Rules that are set aside before a document counts as one that does not
/// settle. Each costs a start.
const MOST_ASIDE: usize = 32;
/// Starts before a document counts as one that does not settle.
const MOST_STARTS: usize = 16;

/// How cleaning ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Whether it came to a text that cleaning leaves as it is.
    pub(super) settled: bool,
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

/// Takes from `lines` what the rules take, until they take nothing.
pub(super) fn settle<'t>(
    mut lines: Lines<'t>,
    document: &'t Document,
    rules: &RuleSet,
    options: &CleanOptions,
    only: Option<RuleId>,
) -> (Lines<'t>, Outcome) {
    let about = About::new(document);
    let run = Run {
        rules,
        options,
        document,
        about: &about,
        only,
    };
    let mut flags = Flags::new();
    let mut overdrawn = Vec::new();
    let mut accepted = Vec::new();
    for _ in 0..MOST_STARTS {
        let before = lines.count_left();
        let Settled { mut outcome, aside } = start_over(&run, &mut lines);
        flags.append(&mut outcome.flags);
        overdrawn.extend(aside);
        accepted.append(&mut outcome.accepted);
        // Shares are of the document as a start finds it, so only a start that
        // takes nothing tells what a second cleaning would find.
        if outcome.settled && lines.count_left() == before {
            outcome.flags = flags;
            outcome.declined.append(&mut overdrawn);
            outcome.accepted = accepted;
            return (lines, outcome);
        }
    }
    let outcome = Outcome {
        flags,
        ..Outcome::default()
    };
    (lines, outcome)
}

/// One start, and how it went.
struct Settled {
    outcome: Outcome,
    /// Why rules were set aside.
    aside: Vec<Declined>,
}

/// Runs rounds over `lines`; from their state at the call again whenever a
/// rule has to be set aside.
fn start_over(run: &Run<'_>, lines: &mut Lines<'_>) -> Settled {
    let mut ledger = Ledger::default();
    let mut aside = Vec::new();
    let mut finds = Finds {
        only: run.only,
        ..Finds::default()
    };
    finds.look_at_all(lines, run.rules);
    // Kept once something is taken.
    let mut start: Option<Lines<'_>> = None;
    loop {
        let mut last_takers = Vec::new();
        let mut flags = Flags::new();
        let mut accepted = Vec::new();
        for number in 0..MOST_ROUNDS {
            finds.sort();
            let done = Round::new(*run, &ledger, lines).decide(&finds.hits, &finds.spans);
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
                    reported: done.reported,
                    declined: done.declined,
                    accepted,
                    flags,
                    kept: done.kept,
                };
                return Settled { outcome, aside };
            }
            if number == 0 && start.is_none() {
                start = Some(lines.clone());
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
                    finds.look(lines, line, run.rules);
                }
            }
        }
        if ledger.aside.len() >= MOST_ASIDE {
            return Settled {
                outcome: Outcome::default(),
                aside,
            };
        }
        let mut set_aside = std::mem::take(&mut ledger.aside);
        set_aside.extend(last_takers);
        set_aside.sort_unstable();
        set_aside.dedup();
        ledger = Ledger {
            aside: set_aside,
            ..Ledger::default()
        };
        if let Some(start) = &start {
            lines.clone_from(start);
        }
        finds.clear();
        finds.look_at_all(lines, run.rules);
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
    found: LineFinds,
}

impl Finds {
    fn look_at_all(&mut self, lines: &Lines<'_>, rules: &RuleSet) {
        for line in 0..lines.len() {
            if lines.is_alive(line) {
                self.look(lines, line, rules);
            }
        }
    }

    fn look(&mut self, lines: &Lines<'_>, at: u32, rules: &RuleSet) {
        let content = lines.content(at);
        rules.look(
            content,
            &plain(content.trim()),
            &mut self.scratch,
            &mut self.found,
        );
        // A menu rule is asked about what the others find.
        let wanted = |rule: RuleId| {
            self.only
                .is_none_or(|only| rule == only || rules.rule(only).kind == Kind::Menu)
        };
        for &rule in self.found.rules.iter().filter(|rule| wanted(**rule)) {
            self.hits.push(Hit { rule, line: at });
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "`Lines` holds texts below 4 GiB"
        )]
        for (rule, span) in self.found.spans.drain(..).filter(|(rule, _)| wanted(*rule)) {
            self.spans.push(SpanHit {
                rule,
                line: at,
                span: span.start as u32..span.end as u32,
            });
        }
    }

    /// Drops what was found in lines that have gone or changed.
    fn forget(&mut self, lines: &Lines<'_>, edited: &[u32]) {
        let stale = |line: u32| !lines.is_alive(line) || edited.binary_search(&line).is_ok();
        self.hits.retain(|hit| !stale(hit.line));
        self.spans.retain(|hit| !stale(hit.line));
    }

    fn clear(&mut self) {
        self.hits.clear();
        self.spans.clear();
    }

    fn sort(&mut self) {
        self.hits.sort_unstable();
        self.spans
            .sort_unstable_by_key(|hit| (hit.rule, hit.line, hit.span.start, hit.span.end));
    }
}
