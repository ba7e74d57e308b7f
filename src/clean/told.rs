//! What a round says for an explanation: why rules declined, and how the guards
//! of those that did not held.

use std::ops::Range;

use super::{
    Accepted, Declined, Found,
    guard::{self, Decline},
    round::{By, Hit, Round},
};
use crate::rules::{Rule, RuleId, words};

impl Round<'_, '_> {
    pub(super) fn decline(&mut self, rule: &Rule, place: &Range<usize>, (guard, found): Decline) {
        // A line of white space has no position; nobody asks about it.
        if self.run.options.explain && place.end <= self.view.len() {
            let span = self.view.span(place);
            self.done.declined.push(Declined {
                code: rule.code.clone(),
                span,
                guard,
                found,
            });
        }
    }

    /// Says that a line is protected from a rule, and by what.
    pub(super) fn decline_kept(&mut self, rule: &Rule, at: usize) {
        if !self.run.options.explain {
            return;
        }
        let by = self.kept.lines.get(at).copied().flatten();
        let span = self.kept.spans_of(self.view.line(at)).first();
        let by = by.or_else(|| span.map(|hit| By::Rule(hit.rule)));
        let decline = match by {
            Some(By::Rule(id)) => ("keep", Found::Kept(self.run.rules.rule(id).code.clone())),
            Some(By::Owner) => ("keep", Found::Noted),
            None => ("code", Found::Fenced),
        };
        self.decline(rule, &(at..at + 1), decline);
    }

    /// Says that every find of a rule that removes is protected.
    pub(super) fn decline_all(&mut self, hits: &[Hit]) {
        for (id, rule, hits) in self.by_rule(hits, |hit| hit.rule) {
            for at in self.positions(id, rule, hits) {
                self.decline_kept(rule, at);
            }
        }
    }

    /// Says that a rule claims a place, and how its guards held.
    pub(super) fn accept(
        &mut self,
        (id, rule): (RuleId, &Rule),
        place: &Range<usize>,
        of_all: &[(&'static str, Found)],
    ) {
        if self.run.options.explain && place.end <= self.view.len() {
            let mut guards = guard::measured(id, &rule.guard, &self.view, place);
            guards.extend_from_slice(of_all);
            let span = self.view.span(place);
            self.done.accepted.push(Accepted {
                code: rule.code.clone(),
                span,
                guards,
            });
        }
    }

    /// What the guards on count and share found, for an explanation.
    pub(super) fn of_all(
        &self,
        id: RuleId,
        rule: &Rule,
        places: usize,
        chars: impl FnOnce() -> usize,
    ) -> Vec<(&'static str, Found)> {
        let mut found = Vec::new();
        if !self.run.options.explain {
            return found;
        }
        let spent = self.ledger.spent(id);
        if let Some(limit) = rule.guard.max_hits {
            let count = places + spent.0;
            found.push((
                "max-hits",
                Found::Count {
                    found: count,
                    limit,
                },
            ));
        }
        if let Some(limit) = rule.guard.max_share {
            let all = self.view.chars(&(0..self.view.len())) + self.ledger.chars;
            let share = words::share(chars() + spent.1, all);
            found.push((
                "max-share",
                Found::Share {
                    found: share,
                    limit,
                },
            ));
        }
        found
    }
}
