//! Tails: lines from which a rule takes everything to the end.

use std::{ops::Range, rc::Rc};

use super::{
    super::{Found, guard, memory::Question},
    Done, Round,
};
use crate::{
    Level,
    rules::{Kind, Rule, RuleId},
};

/// The share of sentences in a tail that level `safe` takes: a teaser or two
/// may end with a question mark.
const SAFE_TAIL_SENTENCES: f64 = 0.05;
/// And so many lines it has at least: a manual ends with a handful of links to
/// its own chapters, a paper with a column of headlines.
const SAFE_TAIL_LINES: usize = 8;

impl Round<'_, '_> {
    /// Whether so many finds stand in a row that level `safe` takes them too.
    pub(super) fn is_confirmed(&self, rule: &Rule, at: usize) -> bool {
        rule.guard.safe_row.is_some_and(|least| {
            self.company
                .as_ref()
                .is_some_and(|company| match rule.kind {
                    Kind::Tail => {
                        company.after(at) >= least
                            && self.view.len() - at > SAFE_TAIL_LINES
                            && guard::sentences_after(&self.view, at) <= SAFE_TAIL_SENTENCES
                    }
                    _ => company.row(at) >= least,
                })
        })
    }

    /// Whether only what is beyond doubt goes, and text stands above.
    pub(super) fn is_strict_below_text(&self, at: usize) -> bool {
        let standing = self.standing.as_ref();
        self.run.options.level == Level::Safe && standing.is_some_and(|it| it.is_below_text(at))
    }

    /// Whether a row or menu below text has the entries that only sites have, or
    /// stands on the page twice, if the level asks for that.
    pub(super) fn is_proved(&self, id: RuleId, rule: &Rule, place: &Range<usize>) -> bool {
        let (Some(has), Some(standing)) = (&rule.guard.safe_has, &self.standing) else {
            return true;
        };
        if !self.is_strict_below_text(place.start) {
            return true;
        }
        let first = place.start..place.end.min(place.start + has.within);
        self.view.count(has, (id, Question::Proves), first) >= has.min
            || standing.is_printed_twice(place)
    }

    /// The first position from which a rule takes everything.
    pub(super) fn marker(&mut self, id: RuleId, rule: &Rule, positions: &[usize]) -> Option<usize> {
        for (before, &at) in positions.iter().enumerate() {
            if self.kept.line(&self.view, at) {
                self.decline_kept(rule, at);
                continue;
            }
            let place = at..at + 1;
            let rest = at..self.view.len();
            let view = Rc::clone(&self.view);
            let declines = guard::surroundings(id, &rule.guard, &view, &place)
                .or_else(|| guard::tail(&rule.guard, &view, at, before))
                .or_else(|| self.standing.as_ref()?.of_tail(rule, at))
                .or_else(|| {
                    let limit = rule.guard.finds_after?;
                    let found = self.company.as_ref().map_or(0, |all| all.after(at));
                    (found < limit).then_some(("finds-after", Found::Count { found, limit }))
                })
                .or_else(|| self.share(id, rule, || view.chars(&rest)));
            match declines {
                Some(decline) => self.decline_whole(id, rule, &place, decline),
                None if self.applies(rule, Some(at)) => {
                    let of_all = self.of_all(id, rule, 1, || self.view.chars(&rest));
                    self.accept((id, rule), &place, &of_all);
                    return Some(at);
                }
                None => {
                    self.report(rule, &rest);
                    return None;
                }
            }
        }
        None
    }

    pub(super) fn finish(mut self, tail: Option<(usize, RuleId)>) -> Done {
        if self.kept.all || !(self.kept.lines.is_empty() && self.kept.spans.is_empty()) {
            self.done.kept = (0..self.view.len())
                .filter(|&at| self.kept.all || self.kept.by_name(&self.view, at))
                .map(|at| self.view.line(at))
                .collect();
        }
        let Some((from, id)) = tail else {
            self.done.lines.sort_unstable();
            self.done.lines.dedup_by_key(|(line, _)| *line);
            return self.done;
        };
        // A tail is the larger claim: in it the tail rule is named.
        let first = self.view.line(from);
        self.done.lines.retain(|&(line, _)| line < first);
        self.done.lines.sort_unstable();
        self.done.lines.dedup_by_key(|(line, _)| *line);
        for at in from..self.view.len() {
            if !self.kept.by_name(&self.view, at) {
                self.done.lines.push((self.view.line(at), id));
            }
        }
        self.done
            .flags
            .extend(self.run.rules.rule(id).flags.iter().copied());
        self.done
            .spending
            .push((id, 1, self.view.chars(&(from..self.view.len()))));
        self.done
    }
}
