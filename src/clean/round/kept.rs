//! What no rule may take: what keep rules and the owner speak for, and what
//! stands in code, tables and lists of the text.

use std::{cell::OnceCell, rc::Rc};

use super::{
    super::{
        Level,
        company::Company,
        guard,
        memory::{LineId, Seen},
        nature,
        standing::Standing,
        view::View,
    },
    Group, Hit, Round, SpanHit, TAG_OF_CODE_RULES, TAG_OF_POLICIES, is_of_menus,
};
use crate::{
    Format,
    rules::{Action, Kind, Rule, RuleId, Safety},
};

/// So many different finds that are no items of lists tell that the items of
/// lists are a menu's.
const FINDS_BESIDE_LISTS: usize = 2;

/// What no rule may take.
#[derive(Debug, Default)]
pub(in super::super) struct Kept {
    /// Who speaks for whole lines, by position; empty if nobody does.
    pub(in super::super) lines: Vec<Option<By>>,
    /// Lines of fenced code, and lines that are found and stand in code,
    /// tables or lists of the text, by position; empty if there are none.
    pub(super) code: Vec<bool>,
    /// Pieces of paragraphs of which not all is found, by position; empty if
    /// there are none. Looked for when a find or a menu is.
    pieces: OnceCell<Vec<bool>>,
    /// What is found, by position; empty if nothing is.
    found: Vec<bool>,
    /// The document is code or data: all of it stays.
    pub(super) all: bool,
    /// Pieces of lines, sorted by line.
    pub(super) spans: Vec<SpanHit>,
}

/// Who speaks for a line.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum By {
    /// A keep rule.
    Rule(RuleId),
    /// The document's owner.
    Owner,
}

impl Kept {
    /// Whether a line must stay whole.
    pub(super) fn line(&self, view: &View<'_, '_>, at: usize) -> bool {
        self.all
            || self.by_name(view, at)
            || is_marked(&self.code, at)
            || is_marked(self.pieces.get_or_init(|| pieces(view, &self.found)), at)
    }

    /// Whether a keep rule or the owner speaks for a line.
    pub(super) fn by_name(&self, view: &View<'_, '_>, at: usize) -> bool {
        self.whole(at) || !self.spans_of(view.line(at)).is_empty()
    }

    pub(super) fn whole(&self, at: usize) -> bool {
        self.lines.get(at).is_some_and(Option::is_some)
    }

    fn speak_for(&mut self, at: usize, by: By, lines: usize) {
        self.lines.resize(lines, None);
        self.lines[at] = self.lines[at].or(Some(by));
    }

    pub(in super::super) fn spans_of(&self, line: u32) -> &[SpanHit] {
        if self.spans.is_empty() {
            return &[];
        }
        let from = self.spans.partition_point(|kept| kept.line < line);
        let to = self.spans.partition_point(|kept| kept.line <= line);
        &self.spans[from..to]
    }

    /// Whether a piece of a line may not go.
    pub(super) fn span(&self, view: &View<'_, '_>, rule: &Rule, hit: &SpanHit) -> bool {
        let Some(at) = view.position(hit.line) else {
            return false;
        };
        let line = self.whole(at);
        let code = self.all || is_marked(&self.code, at);
        let code = code && !rule.acts_in_code();
        let meets =
            |kept: &SpanHit| kept.span.start < hit.span.end && hit.span.start < kept.span.end;
        line || code || self.spans_of(hit.line).iter().any(meets)
    }
}

fn is_marked(lines: &[bool], at: usize) -> bool {
    lines.get(at).copied().unwrap_or(false)
}

impl<'r, 't> Round<'r, 't> {
    /// What keep rules, the owner and fences protect.
    pub(super) fn keep(&mut self, hits: &[Hit], spans: &[SpanHit]) {
        let rules = self.run.rules;
        if self.run.about.has_exceptions() {
            for at in 0..self.view.len() {
                if self.run.about.must_stay(self.view.content(at)) {
                    self.kept.speak_for(at, By::Owner, self.view.len());
                }
            }
        }
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            let rule = rules.rule(hits[0].rule);
            if rule.action == Action::Keep {
                for at in self.positions(hits[0].rule, rule, hits) {
                    let by = By::Rule(hits[0].rule);
                    self.kept.speak_for(at, by, self.view.len());
                }
            }
        }
        for hits in spans.chunk_by(|a, b| a.rule == b.rule) {
            let rule = rules.rule(hits[0].rule);
            if rule.action == Action::Keep {
                let mut kept = self.accepted_spans(hits[0].rule, rule, hits);
                self.kept.spans.append(&mut kept);
            }
        }
        self.kept
            .spans
            .sort_unstable_by_key(|kept| (kept.line, kept.span.start, kept.rule));
        if self.run.document.format == Format::Markdown && !(hits.is_empty() && spans.is_empty()) {
            self.kept.code = self.view.code();
        }
        let front_matter = self.view.front_matter();
        if front_matter > 0 {
            self.kept.code.resize(self.view.len(), false);
            self.kept.code[..front_matter].fill(true);
        }
        self.kept.all =
            !(hits.is_empty() && spans.is_empty()) && nature::is_code_document(&self.view);
    }

    /// Looks at what the found lines stand among: those in code, tables and
    /// lists of the text stay, the others are each other's company.
    pub(super) fn shield(&mut self, groups: &[Group<'_>], hits: &[Hit]) {
        let view = &self.view;
        let mut found = vec![false; view.len()];
        let mut script = vec![true; view.len()];
        let lines = groups
            .iter()
            .filter(|group| matches!(group.rule.kind, Kind::Line | Kind::Run));
        for group in lines.clone() {
            let of_script = group.rule.tags.iter().any(|tag| tag == TAG_OF_CODE_RULES);
            for &at in &group.positions {
                found[at] = true;
                script[at] &= of_script;
            }
        }
        self.kept.found.clone_from(&found);
        let all: Vec<usize> = (0..found.len()).filter(|&at| found[at]).collect();
        if all.is_empty() {
            return;
        }
        let indent_counts = nature::indent_means_code(view);
        // A list is no evidence for itself.
        let outside = all.iter().map(|&at| view.seen(at));
        let mut outside: Vec<LineId> = outside
            .filter(|line| !nature::is_bare_item(*line))
            .map(Seen::same)
            .collect();
        outside.sort_unstable();
        outside.dedup();
        let listed_only = self.run.only.is_none() && outside.len() < FINDS_BESIDE_LISTS;
        let contents = nature::contents(view);
        // A title may be what a menu says as well.
        let is_markdown = self.run.document.format == Format::Markdown;
        let title = is_markdown.then(|| view.title()).flatten();
        let shielded: Vec<usize> = all
            .into_iter()
            .filter(|&at| {
                nature::in_table(view, at)
                    || contents.binary_search(&at).is_ok()
                    || Some(at) == title
                    || listed_only && nature::is_bare_item(view.seen(at))
                    || nature::in_told_list(view, at, &found)
                    || !script[at] && nature::in_code(view, at, indent_counts)
            })
            .collect();
        if !shielded.is_empty() {
            self.kept.code.resize(view.len(), false);
        }
        for at in shielded {
            self.kept.code[at] = true;
        }
        let mut free = Vec::with_capacity(found.len());
        for group in lines {
            let before = free.len();
            self.add_company_of(group, &mut free);
            if free.len() > before {
                self.scraped |= group.rule.safety == Safety::Safe && group.rule.tells_scraped();
                self.littered |= !is_of_menus(group.rule);
            }
        }
        let asked = groups.iter().any(|group| {
            let guard = &group.rule.guard;
            guard.company.is_some() || guard.safe_row.is_some() || guard.finds_after.is_some()
        });
        if asked {
            if self.run.only.is_some() {
                free.extend(self.strangers(hits));
            }
            let more = usize::from(self.run.options.level == Level::Safe);
            if self.run.only.is_none() {
                self.standing = Some(self.standing_of(&free));
            }
            self.company = Some(Company::new(Rc::clone(&self.view), &free, more));
        }
    }

    /// Where finds stand in the text.
    fn standing_of(&self, finds: &[(RuleId, usize)]) -> Standing<'r, 't> {
        let mut found = vec![false; self.view.len()];
        let mut policy = false;
        for &(id, at) in finds {
            found[at] = true;
            let tags = || self.run.rules.rule(id).tags.iter();
            policy |= at == 0 && tags().any(|tag| tag == TAG_OF_POLICIES);
        }
        let strict = self.run.options.level == Level::Safe;
        Standing::new(Rc::clone(&self.view), found, policy, strict)
    }

    /// What the rules that do not act find, when one is tried alone.
    fn strangers(&self, hits: &[Hit]) -> Vec<(RuleId, usize)> {
        hits.chunk_by(|a, b| a.rule == b.rule)
            .map(|hits| (hits[0].rule, hits))
            .filter(|(id, _)| !self.acts(*id))
            .map(|(id, hits)| (id, self.run.rules.rule(id), hits))
            .filter(|(_, rule, _)| rule.action == Action::Remove && rule.kind == Kind::Line)
            .flat_map(|(id, rule, hits)| {
                let found = hits.iter().filter_map(|hit| self.view.position(hit.line));
                let allowed = move |at: &usize| {
                    guard::line((id, rule), self.run.about, &self.view, *at).is_none()
                };
                found.filter(allowed).map(move |at| (id, at))
            })
            .collect()
    }

    /// Adds the positions of a group that count as company: of a run rule those in
    /// rows that are long enough.
    fn add_company_of(&self, group: &Group<'_>, company: &mut Vec<(RuleId, usize)>) {
        let positions = group.positions.iter().copied();
        let free = positions.filter(|&at| !self.kept.line(&self.view, at));
        if group.rule.kind != Kind::Run {
            company.extend(free.map(|at| (group.id, at)));
            return;
        }
        let free: Vec<usize> = free.collect();
        for run in free.chunk_by(|a, b| a + 1 == *b) {
            if guard::run(&group.rule.guard, run.len()).is_none() {
                company.extend(run.iter().map(|&at| (group.id, at)));
            }
        }
    }
}

/// Which lines are pieces of paragraphs of which not all is found: a rule that
/// took one would take words out of a sentence.
fn pieces(view: &View<'_, '_>, found: &[bool]) -> Vec<bool> {
    if found.is_empty() || !view.paragraphs().any() {
        return Vec::new();
    }
    let paragraphs = view.paragraphs();
    (0..view.len())
        .map(|at| {
            let whole = paragraphs.around(at);
            whole.len() > 1 && !found[whole].iter().all(|found| *found)
        })
        .collect()
}
