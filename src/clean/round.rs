//! One round: what the rules take from the lines as they stand now.
//!
//! A round decides on a state and changes nothing, so the order in which rules
//! are looked at does not matter; where two claim the same line, the earlier
//! rule is named.

mod kept;
mod spans;

use std::ops::Range;

pub(super) use self::kept::{By, Kept};
use super::{
    Accepted, Declined, Found, Level, Reported,
    company::Company,
    guard::{self, Decline},
    lines::Lines,
    menu::Menus,
    nature,
    settle::{Ledger, Run},
    view::View,
};
use crate::{
    Flags,
    rules::{Action, Kind, Nearby, Rule, RuleId, Safety},
};

/// A whole line and a rule whose matchers accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) rule: RuleId,
    pub(super) line: u32,
}

/// A piece of a line's content that a rule finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpanHit {
    pub(super) rule: RuleId,
    pub(super) line: u32,
    pub(super) span: Range<u32>,
}

/// What a round comes to.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Lines to take, in order, each once.
    pub(super) lines: Vec<(u32, RuleId)>,
    /// Pieces of lines to take.
    pub(super) spans: Vec<SpanHit>,
    /// Places and characters that rules take.
    pub(super) spending: Vec<(RuleId, usize, usize)>,
    /// Rules that would take more in all rounds than they may.
    pub(super) overdrawn: Vec<RuleId>,
    pub(super) declined: Vec<Declined>,
    pub(super) accepted: Vec<Accepted>,
    pub(super) reported: Vec<Reported>,
    pub(super) flags: Flags,
    /// Lines that keep rules speak for, wholly or in part, in order.
    pub(super) kept: Vec<u32>,
}

/// The tag of rules for the code of pages, which stands among code.
const TAG_OF_CODE_RULES: &str = "script";
/// The tag of rules for entries of menus.
const TAG_OF_MENU_RULES: &str = "navigation";

/// The share of sentences in a tail that level `safe` takes: a teaser or two
/// may end with a question mark.
const SAFE_TAIL_SENTENCES: f64 = 0.05;
/// And so many lines it has at least: a manual ends with a handful of links to
/// its own chapters, a paper with a column of headlines.
const SAFE_TAIL_LINES: usize = 8;

/// A rule and the positions that its matchers and the line itself allow.
struct Group<'r> {
    id: RuleId,
    rule: &'r Rule,
    positions: Vec<usize>,
}

/// A round in progress.
pub(super) struct Round<'r, 't> {
    pub(super) run: Run<'r>,
    pub(super) ledger: &'r Ledger,
    pub(super) view: View<'r, 't>,
    pub(super) kept: Kept,
    company: Option<Company<'r, 't>>,
    /// A rule that is beyond doubt finds a line, so the document was scraped.
    scraped: bool,
    /// A rule finds a line that is no entry of a menu. Words of menus alone may
    /// be a list of the text: subjects of a school, fields of a form.
    littered: bool,
    pub(super) done: Done,
}

impl<'r, 't> Round<'r, 't> {
    pub(super) fn new(run: Run<'r>, ledger: &'r Ledger, lines: &'r Lines<'t>) -> Self {
        Self {
            run,
            ledger,
            view: View::new(lines),
            kept: Kept::default(),
            company: None,
            scraped: false,
            littered: false,
            done: Done::default(),
        }
    }

    /// Decides what goes. `hits` and `spans` are of lines that are left,
    /// sorted by rule and then by place.
    pub(super) fn decide(mut self, hits: &[Hit], spans: &[SpanHit]) -> Done {
        self.keep(hits, spans);
        if self.kept.all {
            if self.run.options.explain {
                self.decline_all(hits);
            }
            return self.finish(None);
        }
        let groups = self.groups(hits);
        self.shield(&groups, hits);
        let mut tail: Option<(usize, RuleId)> = None;
        for Group {
            id,
            rule,
            positions,
        } in groups
        {
            match rule.kind {
                Kind::Tail => {
                    let marker = self.marker(id, rule, &positions);
                    tail = match (tail, marker) {
                        (Some(first), Some(at)) if first.0 <= at => Some(first),
                        (_, Some(at)) => Some((at, id)),
                        (first, None) => first,
                    };
                }
                Kind::Run => {
                    let runs = self.runs(id, rule, &positions);
                    self.take(id, rule, runs);
                }
                _ => {
                    let lines = self.singles(id, rule, positions);
                    self.take(id, rule, lines);
                }
            }
        }
        for (id, rule) in self.run.rules.of_kind(Kind::Menu) {
            if self.acts(id) && (self.scraped || self.run.only.is_some()) {
                let menus = self.menus(rule, hits);
                self.take(id, rule, menus);
            }
        }
        for (id, rule) in self.run.rules.of_kind(Kind::Repeat) {
            if self.acts(id) {
                let copies = self.copies(rule);
                self.take(id, rule, copies);
            }
        }
        for (id, rule, spans) in self.by_rule(spans, |hit| hit.rule) {
            self.take_spans(id, rule, spans);
        }
        self.finish(tail)
    }

    /// What the rules that remove lines find, as far as the lines themselves
    /// allow.
    fn groups(&mut self, hits: &[Hit]) -> Vec<Group<'r>> {
        let mut groups = Vec::new();
        for (id, rule, hits) in self.by_rule(hits, |hit| hit.rule) {
            let positions = if rule.kind == Kind::Run && !self.run.options.explain {
                let hits = self.hopeful(rule, hits);
                self.positions(rule, &hits)
            } else {
                self.positions(rule, hits)
            };
            groups.push(Group {
                id,
                rule,
                positions,
            });
        }
        groups
    }

    /// The rules that remove something, each with its finds.
    pub(super) fn by_rule<'h, H>(
        &self,
        finds: &'h [H],
        rule_of: impl Fn(&H) -> RuleId + Copy,
    ) -> Vec<(RuleId, &'r Rule, &'h [H])> {
        finds
            .chunk_by(|a, b| rule_of(a) == rule_of(b))
            .map(|finds| (rule_of(&finds[0]), finds))
            .filter(|(id, _)| self.acts(*id))
            .map(|(id, finds)| (id, self.run.rules.rule(id), finds))
            .filter(|(_, rule, _)| rule.action == Action::Remove)
            .collect()
    }

    fn acts(&self, id: RuleId) -> bool {
        self.run.only.is_none_or(|only| only == id) && !self.ledger.is_aside(id)
    }

    /// Whether what a rule finds at a position is taken at this level, or only
    /// reported.
    fn applies(&self, rule: &Rule, at: Option<usize>) -> bool {
        match rule.safety {
            _ if self.run.only.is_some() => true,
            Safety::Safe => true,
            Safety::Unsafe => {
                self.run.options.level == Level::Full
                    && (self.scraped || self.littered || !is_of_menus(rule))
                    || self.scraped
                        && (rule.kind == Kind::Menu
                            || at.is_some_and(|at| self.is_confirmed(rule, at)))
            }
            Safety::Report => false,
        }
    }

    /// Whether so many finds stand in a row that level `safe` takes them too.
    fn is_confirmed(&self, rule: &Rule, at: usize) -> bool {
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

    /// The positions of hits that the line itself does not speak against.
    pub(super) fn positions(&mut self, rule: &Rule, hits: &[Hit]) -> Vec<usize> {
        let mut positions = Vec::with_capacity(hits.len());
        for at in hits
            .iter()
            .filter_map(|hit| self.view.position(hit.line))
            .collect::<Vec<_>>()
        {
            match guard::line(rule, self.run.about, &self.view, at) {
                None => positions.push(at),
                Some(decline) => self.decline(rule, &(at..at + 1), decline),
            }
        }
        positions
    }

    /// Single lines that nothing around them speaks against.
    fn singles(&mut self, id: RuleId, rule: &Rule, positions: Vec<usize>) -> Vec<Range<usize>> {
        let mut lines = Vec::with_capacity(positions.len());
        for at in positions {
            let place = at..at + 1;
            if self.kept.line(&self.view, at) {
                self.decline_kept(rule, at);
                continue;
            }
            let declines = guard::surroundings(&rule.guard, &self.view, &place).or_else(|| {
                let company = self.company.as_ref()?;
                company.of_line(id, rule, at)
            });
            match declines {
                None => lines.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        lines
    }

    /// The hits of a run rule that its cheap guards leave a chance, before its
    /// `unless` is asked of each line, which costs most. A run is a piece of
    /// consecutive hits: where they are too few, too far from the document's
    /// ends, or without the right neighbours, so is every piece.
    fn hopeful(&self, rule: &Rule, hits: &[Hit]) -> Vec<Hit> {
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
            let near = |nearby: Option<&Nearby>, before: usize, after: usize| {
                nearby.is_none_or(|nearby| {
                    let from = start.saturating_sub(before * nearby.within);
                    let to = view.len().min(end + after * nearby.within);
                    view.count(nearby, from..to) >= nearby.min
                })
            };
            if guard::run(guard, row.len()).is_none()
                && (!placed || guard::place(guard, view, &(start..end)).is_none())
                && near(guard.preceded_by.as_ref(), 1, 0)
                && near(guard.followed_by.as_ref(), 0, 1)
            {
                hopeful.extend(row.iter().map(|(_, hit)| *hit));
            }
        }
        hopeful
    }

    /// Consecutive lines, enough of them, with the right lines around.
    fn runs(&mut self, id: RuleId, rule: &Rule, positions: &[usize]) -> Vec<Range<usize>> {
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
                .or_else(|| guard::surroundings(&rule.guard, &self.view, &place))
                .or_else(|| {
                    let company = self.company.as_ref()?;
                    company.of_run(id, rule, &place)
                });
            match declines {
                None => runs.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        runs
    }

    /// The first position from which a rule takes everything.
    fn marker(&mut self, id: RuleId, rule: &Rule, positions: &[usize]) -> Option<usize> {
        for (before, &at) in positions.iter().enumerate() {
            if self.kept.line(&self.view, at) {
                self.decline_kept(rule, at);
                continue;
            }
            let place = at..at + 1;
            let rest = at..self.view.len();
            let declines = guard::surroundings(&rule.guard, &self.view, &place)
                .or_else(|| guard::tail(&rule.guard, &self.view, at, before))
                .or_else(|| {
                    let limit = rule.guard.finds_after?;
                    let found = self.company.as_ref().map_or(0, |all| all.after(at));
                    (found < limit).then_some(("finds-after", Found::Count { found, limit }))
                })
                .or_else(|| self.share(id, rule, || self.view.chars(&rest)));
            match declines {
                Some(decline) => self.decline_whole(id, rule, &place, decline),
                None if self.applies(rule, Some(at)) => {
                    let of_all = self.of_all(id, rule, 1, || self.view.chars(&rest));
                    self.accept(rule, &place, &of_all);
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

    /// Rows of short lines among finds of the rules that a menu rule names.
    fn menus(&mut self, rule: &Rule, hits: &[Hit]) -> Vec<Range<usize>> {
        let Some(menu) = &rule.guard.menu else {
            return Vec::new();
        };
        let mut known = vec![false; self.view.len()];
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            let other = self.run.rules.rule(hits[0].rule);
            let counts = other.action == Action::Remove
                && matches!(other.kind, Kind::Line | Kind::Run)
                && other.tags.iter().any(|tag| menu.tags.contains(tag));
            if !counts {
                continue;
            }
            for at in hits.iter().filter_map(|hit| self.view.position(hit.line)) {
                known[at] |= guard::line(other, self.run.about, &self.view, at).is_none();
            }
        }
        if known.iter().filter(|known| **known).count() < menu.finds {
            return Vec::new();
        }
        let indent_counts = nature::indent_means_code(&self.view);
        let kept: Vec<bool> = (0..self.view.len())
            .map(|at| {
                self.kept.line(&self.view, at)
                    || known[at]
                        && (nature::in_table(&self.view, at)
                            || nature::in_told_list(&self.view, at, &known)
                            || nature::in_code(&self.view, at, indent_counts))
            })
            .collect();
        let menus = Menus::new(&self.view, &known, &kept, self.run.rules.menu_words()).find(menu);
        let mut accepted = Vec::with_capacity(menus.len());
        for place in menus {
            let about = self.run.about.declines(rule, &self.view);
            let declines = about.or_else(|| guard::surroundings(&rule.guard, &self.view, &place));
            match declines {
                None => accepted.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        accepted
    }

    /// Lines that equal an earlier one.
    fn copies(&mut self, rule: &Rule) -> Vec<Range<usize>> {
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
            if from >= to || !keys[from..to].contains(&keys[at]) {
                continue;
            }
            if self.kept.line(&self.view, at) {
                self.decline_kept(rule, at);
                continue;
            }
            let place = at..at + 1;
            let declines = guard::line(rule, self.run.about, &self.view, at)
                .or_else(|| guard::surroundings(guard, &self.view, &place));
            match declines {
                None => copies.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        copies
    }

    /// The share guard, over all rounds. Characters are counted if it is given.
    fn share(&self, id: RuleId, rule: &Rule, chars: impl FnOnce() -> usize) -> Option<Decline> {
        rule.guard.max_share?;
        let all = self.view.chars(&(0..self.view.len())) + self.ledger.chars;
        guard::share(&rule.guard, chars() + self.ledger.spent(id).1, all)
    }

    /// A guard that counts all that a rule finds has declined.
    fn decline_whole(&mut self, id: RuleId, rule: &Rule, place: &Range<usize>, decline: Decline) {
        if matches!(decline.0, "max-hits" | "max-share") && self.ledger.spent(id) != (0, 0) {
            self.done.overdrawn.push(id);
        }
        self.decline(rule, place, decline);
    }

    fn report(&mut self, rule: &Rule, place: &Range<usize>) {
        let span = self.view.span(place);
        self.done.reported.push(Reported {
            code: rule.code.clone(),
            span,
        });
        self.done.flags.extend(rule.flags.iter().copied());
    }

    /// The guards on count and share, which count every place that the rule
    /// finds wherever it stands, and then the guard on the place. In this order
    /// the count of one round bounds what later rounds can take.
    fn take(&mut self, id: RuleId, rule: &Rule, found: Vec<Range<usize>>) {
        let Some((first, last)) = found.first().zip(found.last()) else {
            return;
        };
        let declines =
            guard::hits(&rule.guard, found.len() + self.ledger.spent(id).0).or_else(|| {
                self.share(id, rule, || {
                    found.iter().map(|place| self.view.chars(place)).sum()
                })
            });
        if let Some(decline) = declines {
            self.decline_whole(id, rule, &(first.start..last.end), decline);
            return;
        }
        let of_all = self.of_all(id, rule, found.len(), || {
            found.iter().map(|place| self.view.chars(place)).sum()
        });
        for place in found {
            if let Some(decline) = guard::place(&rule.guard, &self.view, &place) {
                self.decline(rule, &place, decline);
            } else if self.applies(rule, Some(place.start)) {
                self.accept(rule, &place, &of_all);
                self.done.flags.extend(rule.flags.iter().copied());
                self.done.spending.push((id, 1, self.view.chars(&place)));
                self.done
                    .lines
                    .extend(place.map(|at| (self.view.line(at), id)));
            } else {
                self.report(rule, &place);
            }
        }
    }

    fn finish(mut self, tail: Option<(usize, RuleId)>) -> Done {
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

/// Whether a rule finds entries of menus.
fn is_of_menus(rule: &Rule) -> bool {
    rule.tags.iter().any(|tag| tag == TAG_OF_MENU_RULES)
}
