//! Rows of lines that rules take: runs, menus, copies of earlier lines.

use std::ops::Range;

use super::{
    super::{
        guard::{self},
        memory::Question,
        menu::Menus,
        nature,
    },
    Hit, Round,
};
use crate::rules::{Action, Kind, Nearby, Rule, RuleId};

impl Round<'_, '_> {
    /// The hits of a run rule that its cheap guards leave a chance, before its
    /// `unless` is asked of each line, which costs most. A run is a piece of
    /// consecutive hits: where they are too few, too far from the document's
    /// ends, or without the right neighbours, so is every piece.
    pub(super) fn hopeful(&self, id: RuleId, rule: &Rule, hits: &[Hit]) -> Vec<Hit> {
        let guard = &rule.guard;
        let view = &self.view;
        // A guard on count or share counts runs wherever they stand.
        let placed = guard.max_hits.is_none() && guard.max_share.is_none();
        let mut hopeful = Vec::with_capacity(hits.len());
        let found: Vec<(usize, Hit)> = hits
            .iter()
            .filter_map(|hit| Some((view.position(hit.line)?, *hit)))
            .collect();
        for row in found.chunk_by(|a, b| a.0 + 1 == b.0) {
            let (start, end) = (row[0].0, row[0].0 + row.len());
            let near = |nearby: Option<&Nearby>, question, before: usize, after: usize| {
                nearby.is_none_or(|nearby| {
                    let from = start.saturating_sub(before * nearby.within);
                    let to = view.len().min(end + after * nearby.within);
                    view.count(nearby, (id, question), from..to) >= nearby.min
                })
            };
            if guard::run(guard, row.len()).is_none()
                && (!placed || guard::place(guard, view, &(start..end)).is_none())
                && near(guard.preceded_by.as_ref(), Question::Precedes, 1, 0)
                && near(guard.followed_by.as_ref(), Question::Follows, 0, 1)
            {
                hopeful.extend(row.iter().map(|(_, hit)| *hit));
            }
        }
        hopeful
    }

    /// Consecutive lines, enough of them, with the right lines around.
    pub(super) fn runs(
        &mut self,
        id: RuleId,
        rule: &Rule,
        positions: &[usize],
    ) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let (kept, free): (Vec<usize>, Vec<usize>) = positions
            .iter()
            .partition(|&&at| self.kept.line(&self.view, at));
        for at in kept {
            self.decline_kept(rule, at);
        }
        for run in free.chunk_by(|a, b| a + 1 == *b) {
            let place = run[0]..run[0] + run.len();
            let declines = guard::run(&rule.guard, run.len())
                .or_else(|| guard::surroundings(id, &rule.guard, &self.view, &place))
                .or_else(|| {
                    let company = self.company.as_ref()?;
                    company.of_run(id, rule, &place).or_else(|| {
                        let standing = self.standing.as_ref()?;
                        standing.of_run(rule, &place, || company.row(place.start))
                    })
                });
            match declines {
                None => runs.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        runs
    }

    /// Rows of short lines among finds of the rules that a menu rule names.
    pub(super) fn menus(&mut self, id: RuleId, rule: &Rule, hits: &[Hit]) -> Vec<Range<usize>> {
        let Some(menu) = &rule.guard.menu else {
            return Vec::new();
        };
        let mut known = vec![false; self.view.len()];
        let mut found = vec![false; self.view.len()];
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            let other = self.run.rules.rule(hits[0].rule);
            if other.action != Action::Remove {
                continue;
            }
            for at in hits.iter().filter_map(|hit| self.view.position(hit.line)) {
                found[at] = true;
            }
            let counts = matches!(other.kind, Kind::Line | Kind::Run)
                && other.tags.iter().any(|tag| menu.tags.contains(tag));
            if !counts {
                continue;
            }
            for at in hits.iter().filter_map(|hit| self.view.position(hit.line)) {
                known[at] |=
                    guard::line((hits[0].rule, other), self.run.about, &self.view, at).is_none();
            }
        }
        if known.iter().filter(|known| **known).count() < menu.finds {
            return Vec::new();
        }
        let indent_counts = nature::indent_means_code(&self.view);
        let stays = |at: usize| {
            self.kept.line(&self.view, at)
                || nature::in_table(&self.view, at)
                || known[at]
                    && (nature::in_told_list(&self.view, at, &known)
                        || nature::in_code(&self.view, at, indent_counts))
        };
        let menus = Menus::new(
            &self.view,
            &known,
            &found,
            &stays,
            self.run.rules.menu_words(),
        )
        .find(menu);
        let mut accepted = Vec::with_capacity(menus.len());
        for mut place in menus {
            if rule.guard.safe_has.is_some() && self.is_strict_below_text(place.start) {
                place.start = first_pair(&known, &place);
                if place.is_empty() {
                    continue;
                }
            }
            let about = self.run.about.declines(rule, &self.view);
            let declines =
                about.or_else(|| guard::surroundings(id, &rule.guard, &self.view, &place));
            match declines {
                None => accepted.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        accepted
    }

    /// Whether a line can be a headline that was printed again: it has words and
    /// is no row of a table. Underlines and rules of tables equal each other.
    fn is_headline_text(&self, at: usize) -> bool {
        self.view.seen(at).plain_words() > 0 && !self.view.content(at).starts_with('|')
    }

    /// Lines that equal an earlier one.
    pub(super) fn copies(&mut self, id: RuleId, rule: &Rule) -> Vec<Range<usize>> {
        let guard = &rule.guard;
        let within = guard.within.unwrap_or(1);
        let reach = match (guard.first_lines, guard.last_lines) {
            (Some(first), None) => first,
            _ => self.view.len(),
        };
        let keys = self.view.keys(reach);
        let mut copies = Vec::new();
        for at in 1..keys.len() {
            let from = at.saturating_sub(within);
            let to = guard.of_first_lines.map_or(at, |first| first.min(at));
            if from >= to || !keys[from..to].contains(&keys[at]) || !self.is_headline_text(at) {
                continue;
            }
            if self.kept.line(&self.view, at) {
                self.decline_kept(rule, at);
                continue;
            }
            let place = at..at + 1;
            let declines = guard::line((id, rule), self.run.about, &self.view, at)
                .or_else(|| guard::surroundings(id, guard, &self.view, &place));
            match declines {
                None => copies.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        copies
    }
}

/// Where in a menu two known entries follow each other first, else its end.
/// "Events" over the text's own list of events is known as well, and an entry
/// that is alone among others may be the text's last heading.
fn first_pair(known: &[bool], place: &Range<usize>) -> usize {
    place
        .clone()
        .find(|&at| known[at] && at + 1 < place.end && known[at + 1])
        .unwrap_or(place.end)
}
