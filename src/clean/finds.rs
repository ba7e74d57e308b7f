//! What the matchers of rules find in lines.

use super::{
    lines::{Lines, contents},
    memory::{LineId, Memory},
    round::{Hit, SpanHit},
    written::Written,
};
use crate::{
    RuleSet,
    rules::{Kind, Rule, RuleId},
};

/// Whether a rule cannot be tried without what other rules find.
fn goes_by_others(rule: &Rule) -> bool {
    let company = rule.guard.company.as_ref();
    rule.kind == Kind::Menu || company.is_some_and(|company| company.others)
}

/// What the matchers of the rules find, line by line. Depends on a line's
/// content alone, so it is looked for again only when that changes.
#[derive(Clone, Default)]
pub(super) struct Finds {
    /// The one rule to look for, if not all.
    only: Option<RuleId>,
    /// What each line says.
    pub(super) ids: Vec<LineId>,
    /// Sorted by rule and then by place after [`Finds::sort`].
    pub(super) hits: Vec<Hit>,
    pub(super) spans: Vec<SpanHit>,
}

impl Finds {
    /// What is found in the lines that are left.
    pub(super) fn of(
        lines: &Lines<'_>,
        memory: &mut Memory,
        rules: &RuleSet,
        only: Option<RuleId>,
    ) -> Self {
        let mut finds = Self {
            only,
            ids: Vec::with_capacity(lines.len() as usize),
            // Scraped lines are debris one time in two, and by one rule mostly.
            hits: Vec::with_capacity(lines.len() as usize),
            ..Self::default()
        };
        for line in 0..lines.len() {
            finds.ids.push(memory.line(lines.content(line)));
            if lines.is_alive(line) {
                finds.note(line, memory, rules);
            }
        }
        finds
    }

    /// Looks at a line that has changed.
    pub(super) fn look(
        &mut self,
        lines: &Lines<'_>,
        at: u32,
        memory: &mut Memory,
        rules: &RuleSet,
    ) {
        self.ids[at as usize] = memory.line(lines.content(at));
        self.note(at, memory, rules);
    }

    fn note(&mut self, line: u32, memory: &mut Memory, rules: &RuleSet) {
        let (found, spans) = memory.finds(self.ids[line as usize], rules);
        if found.is_empty() && spans.is_empty() {
            return;
        }
        // Some rules go by what the others find.
        let only = self.only;
        let wanted =
            |rule: RuleId| only.is_none_or(|only| rule == only || goes_by_others(rules.rule(only)));
        let found = found.iter().filter(|rule| wanted(**rule));
        self.hits.extend(found.map(|&rule| Hit { rule, line }));
        let spans = spans.iter().filter(|(rule, _)| wanted(*rule));
        self.spans.extend(spans.map(|(rule, span)| SpanHit {
            rule: *rule,
            line,
            span: span.clone(),
        }));
    }

    /// Drops what was found in lines that have gone or changed.
    pub(super) fn forget(&mut self, lines: &Lines<'_>, edited: &[u32]) {
        let stale = |line: u32| !lines.is_alive(line) || edited.binary_search(&line).is_ok();
        self.hits.retain(|hit| !stale(hit.line));
        self.spans.retain(|hit| !stale(hit.line));
    }

    /// From the lines that are left to those of the text that is written of
    /// them, which have other numbers. Should a line have become another by
    /// being written, all are looked at again; otherwise gives the new number of
    /// each old one.
    pub(super) fn carry(
        &mut self,
        lines: &Lines<'_>,
        written: &Written<'_>,
        memory: &mut Memory,
        rules: &RuleSet,
    ) -> Option<Vec<Option<u32>>> {
        let mut next = contents(&written.text).peekable();
        let mut numbers: Vec<Option<u32>> = vec![None; lines.len() as usize];
        let mut ids = Vec::with_capacity(self.ids.len());
        let mut at = 0;
        for line in (0..lines.len()).filter(|&line| lines.is_alive(line)) {
            if next.next_if_eq(&lines.content(line)).is_some() {
                numbers[line as usize] = Some(at);
                ids.push(self.ids[line as usize]);
                at += 1;
            }
        }
        if next.peek().is_some() {
            if let Some(next) = Lines::new(&written.text) {
                *self = Self::of(&next, memory, rules, self.only);
            }
            return None;
        }
        self.ids = ids;
        self.hits.retain_mut(|hit| {
            let number = numbers[hit.line as usize];
            hit.line = number.unwrap_or(hit.line);
            number.is_some()
        });
        self.spans.retain_mut(|hit| {
            let number = numbers[hit.line as usize];
            hit.line = number.unwrap_or(hit.line);
            number.is_some()
        });
        Some(numbers)
    }

    pub(super) fn sort(&mut self) {
        // As one number, which is compared faster than two.
        self.hits
            .sort_unstable_by_key(|hit| u64::from(hit.rule) << 32 | u64::from(hit.line));
        self.spans
            .sort_unstable_by_key(|hit| (hit.rule, hit.line, hit.span.start, hit.span.end));
    }
}
