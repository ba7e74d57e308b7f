//! One round: what the rules take from the lines as they stand now.
//!
//! A round decides on a state and changes nothing, so the order in which rules
//! are looked at does not matter; where two claim the same line, the earlier
//! rule is named.

mod kept;
mod runs;
mod spans;
mod tails;

use std::{ops::Range, rc::Rc};

pub(super) use self::kept::{By, Kept};
use super::{
    Accepted, Declined, Level, Reported,
    company::Company,
    guard::{self, Decline},
    settle::{Ledger, Run},
    standing::Standing,
    view::View,
};
use crate::{
    Flags,
    rules::{Action, Kind, Rule, RuleId, Safety},
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
    /// A guard held, or did not, for what earlier rounds have taken.
    pub(super) by_ledger: bool,
    pub(super) declined: Vec<Declined>,
    pub(super) accepted: Vec<Accepted>,
    pub(super) reported: Vec<Reported>,
    pub(super) flags: Flags,
    /// Lines that keep rules speak for, wholly or in part, in order.
    pub(super) kept: Vec<u32>,
}

/// The tag of rules for the code of pages, which stands among code.
const TAG_OF_CODE_RULES: &str = "script";
/// The tag of rules for names of a site's terms and policies.
const TAG_OF_POLICIES: &str = "legal";
/// The tag of rules for entries of menus.
const TAG_OF_MENU_RULES: &str = "navigation";

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
    pub(super) view: Rc<View<'r, 't>>,
    pub(super) kept: Kept,
    company: Option<Company<'r, 't>>,
    /// Not asked where one rule is tried alone, on a few lines.
    standing: Option<Standing<'r, 't>>,
    /// A rule that is beyond doubt finds a line, so the document was scraped.
    scraped: bool,
    /// A rule finds a line that is no entry of a menu. Words of menus alone may
    /// be a list of the text: subjects of a school, fields of a form.
    littered: bool,
    pub(super) done: Done,
}

impl<'r, 't> Round<'r, 't> {
    pub(super) fn new(run: Run<'r>, ledger: &'r Ledger, view: View<'r, 't>) -> Self {
        Self {
            run,
            ledger,
            view: Rc::new(view),
            kept: Kept::default(),
            company: None,
            standing: None,
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
            if self.acts(id)
                && (self.run.only.is_some()
                    || self.scraped && !self.is_scant() && !self.is_one_list())
            {
                let menus = self.menus(id, rule, hits);
                self.take(id, rule, menus);
            }
        }
        for (id, rule) in self.run.rules.of_kind(Kind::Repeat) {
            if self.acts(id) {
                let copies = self.copies(id, rule);
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
                let hits = self.hopeful(id, rule, hits);
                self.positions(id, rule, &hits)
            } else {
                self.positions(id, rule, hits)
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
            Safety::Unsafe if is_of_menus(rule) && self.is_one_list() => false,
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

    /// Whether the document was written line by line and has few finds.
    fn is_scant(&self) -> bool {
        self.standing.as_ref().is_some_and(Standing::is_scant)
    }

    /// Whether all finds are one list between two sentences.
    fn is_one_list(&self) -> bool {
        self.standing.as_ref().is_some_and(Standing::is_one_list)
    }

    /// The positions of hits that the line itself does not speak against.
    pub(super) fn positions(&mut self, id: RuleId, rule: &Rule, hits: &[Hit]) -> Vec<usize> {
        let mut positions = Vec::with_capacity(hits.len());
        let view = Rc::clone(&self.view);
        for at in hits.iter().filter_map(|hit| view.position(hit.line)) {
            match guard::line((id, rule), self.run.about, &self.view, at) {
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
            let declines = guard::surroundings(id, &rule.guard, &self.view, &place).or_else(|| {
                let company = self.company.as_ref()?;
                company.of_line(id, rule, at).or_else(|| {
                    let standing = self.standing.as_ref()?;
                    standing.of_line(rule, at, || company.row(at))
                })
            });
            match declines {
                None => lines.push(place),
                Some(decline) => self.decline(rule, &place, decline),
            }
        }
        lines
    }

    /// The guard on the count of places, over all rounds.
    fn hits(&mut self, id: RuleId, rule: &Rule, found: usize) -> Option<Decline> {
        let spent = self.ledger.spent(id).0;
        let declines = guard::hits(&rule.guard, found + spent);
        self.done.by_ledger |=
            spent > 0 && declines.is_some() != guard::hits(&rule.guard, found).is_some();
        declines
    }

    /// The share guard, over all rounds. Characters are counted if it is given.
    fn share(&mut self, id: RuleId, rule: &Rule, chars: impl FnOnce() -> usize) -> Option<Decline> {
        rule.guard.max_share?;
        let (own, all) = (chars(), self.view.chars(&(0..self.view.len())));
        let (spent, taken) = (self.ledger.spent(id).1, self.ledger.chars);
        let declines = guard::share(&rule.guard, own + spent, all + taken);
        self.done.by_ledger |=
            taken > 0 && declines.is_some() != guard::share(&rule.guard, own, all).is_some();
        declines
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
        let view = Rc::clone(&self.view);
        let chars = || found.iter().map(|place| view.chars(place)).sum();
        let declines = self
            .hits(id, rule, found.len())
            .or_else(|| self.share(id, rule, chars));
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
            } else if self.applies(rule, Some(place.start)) && self.is_proved(id, rule, &place) {
                self.accept((id, rule), &place, &of_all);
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
}

/// Whether a rule finds entries of menus.
fn is_of_menus(rule: &Rule) -> bool {
    rule.tags.iter().any(|tag| tag == TAG_OF_MENU_RULES)
}
