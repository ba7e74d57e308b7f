//! Asking the rules of a line what they find in it.

use std::ops::Range;

use super::{
    fold::{self, is_boundary},
    heads::head,
    index::{Gates, HeadTarget, Index, PARAGRAPH_CHARS, PatternId, Target},
    pattern::{Pattern, Subject},
    rule::{Matchers, Rule},
    shape::{Facts, fits},
};

/// A rule by its place in the set.
pub(crate) type RuleId = u32;

/// Buffers that are used again for each line.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    folded: String,
    folded_plain: String,
    /// The line in which a pattern was last asked, by pattern.
    asked: Vec<u32>,
    /// The line in which a pattern's head was last seen, by pattern.
    begun: Vec<u32>,
    line: u32,
    /// Patterns inside lines to ask.
    spans: Vec<PatternId>,
    /// Terms to ask, by rule and place.
    terms: Vec<(RuleId, u32)>,
}

/// What the rules find in a line.
#[derive(Debug, Default)]
pub(crate) struct LineFinds {
    /// Rules on whole lines whose matchers accept it, in order, each once.
    pub(crate) rules: Vec<RuleId>,
    /// Pieces that span rules find, as bytes of the line.
    pub(crate) spans: Vec<(RuleId, Range<usize>)>,
}

impl Scratch {
    fn begin(&mut self, patterns: usize) {
        self.asked.resize(patterns, 0);
        self.begun.resize(patterns, 0);
        self.line = self.line.checked_add(1).unwrap_or_else(|| {
            self.asked.fill(0);
            self.begun.fill(0);
            1
        });
        self.spans.clear();
        self.terms.clear();
    }

    /// Whether a pattern is asked for the first time in this line.
    fn first_time(&mut self, pattern: PatternId) -> bool {
        let asked = &mut self.asked[pattern as usize];
        let first = *asked != self.line;
        *asked = self.line;
        first
    }
}

impl Index {
    /// What the rules find in `content`, a line without blanks at its ends.
    /// `plain` is the line without its Markdown.
    pub(super) fn look(
        &self,
        rules: &[Rule],
        content: &str,
        plain: &str,
        scratch: &mut Scratch,
        found: &mut LineFinds,
    ) {
        found.rules.clear();
        found.spans.clear();
        scratch.begin(self.patterns.len());
        let line = content.trim();
        let long = plain.len() > PARAGRAPH_CHARS
            && (plain.len() > 4 * PARAGRAPH_CHARS || plain.chars().count() > PARAGRAPH_CHARS);
        let gates = if long { &self.long } else { &self.short };
        let mut folded = std::mem::take(&mut scratch.folded);
        folded.clear();
        fold::fold_into(content, &mut folded);
        let mut asking = Asking {
            index: self,
            rules,
            line: Subject::new(line),
            plain: Subject::new(plain),
            facts: Facts::default(),
            found,
            scratch,
        };
        asking.begin(gates, &folded);
        if plain.len() == line.len() {
            asking.scan(gates, &folded, Scan::Both);
            asking.look_up(&folded);
        } else {
            let mut folded_plain = std::mem::take(&mut asking.scratch.folded_plain);
            folded_plain.clear();
            fold::fold_into(plain, &mut folded_plain);
            asking.begin(gates, &folded_plain);
            asking.scan(gates, &folded, Scan::Raw);
            asking.scan(gates, &folded_plain, Scan::Plain);
            asking.look_up(&folded_plain);
            asking.scratch.folded_plain = folded_plain;
        }
        for &target in &gates.always {
            asking.ask_unprompted(target, content);
        }
        if !line.is_empty() {
            for &id in &gates.shapes {
                asking.accept(id);
            }
        }
        asking.search_terms();
        asking.search_spans(content);
        scratch.folded = folded;
        found.rules.sort_unstable();
        found.rules.dedup();
    }
}

/// Which form of the line a folded text is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scan {
    /// The line as it is; rules on plain text do not look at it.
    Raw,
    /// The line without its Markdown; span rules do not look at it.
    Plain,
    /// A line that has no Markdown.
    Both,
}

/// A line that is being looked at.
struct Asking<'l> {
    index: &'l Index,
    rules: &'l [Rule],
    line: Subject<'l>,
    plain: Subject<'l>,
    facts: Facts,
    found: &'l mut LineFinds,
    scratch: &'l mut Scratch,
}

impl<'l> Asking<'l> {
    fn matchers(&self, rule: RuleId) -> &'l Matchers {
        &self.rules[rule as usize].matchers
    }

    /// The rules that have a pattern, and its place in each.
    fn users(&self, pattern: PatternId) -> &'l [(RuleId, u32)] {
        &self.index.patterns[pattern as usize].0
    }

    /// Asks the patterns that a line which begins like this may match, and
    /// marks those that need a string as well. A line may have two beginnings.
    fn begin(&mut self, gates: &Gates, folded: &str) {
        for HeadTarget { pattern, ask, .. } in gates.by_head(head(folded)) {
            if ask {
                self.ask(pattern);
            } else {
                self.scratch.begun[pattern as usize] = self.scratch.line;
            }
        }
    }

    /// Asks what needs one of the strings that `folded` has.
    fn scan(&mut self, gates: &Gates, folded: &str, scan: Scan) {
        let core = std::cell::OnceCell::new();
        let core = || core.get_or_init(|| fold::core(folded)).clone();
        gates.strings.find(folded, |string, start, end| {
            let before = || folded[..start].chars().next_back();
            let after = || folded[end..].chars().next();
            let own = || folded[start..].chars().next();
            let last = || folded[..end].chars().next_back();
            for &target in &gates.targets[string as usize] {
                match target {
                    Target::Span(pattern) => {
                        if scan != Scan::Plain && self.scratch.first_time(pattern) {
                            self.scratch.spans.push(pattern);
                        }
                    }
                    Target::Term(pattern) => self.note_term(pattern),
                    Target::Any(pattern, by_head) => {
                        if !by_head || self.scratch.begun[pattern as usize] == self.scratch.line {
                            self.ask(pattern);
                        }
                    }
                    _ if scan == Scan::Raw => {}
                    Target::Starts(rule) => {
                        if start == core().start && is_boundary(last(), after()) {
                            self.accept(rule);
                        }
                    }
                    Target::Ends(rule) => {
                        if end == core().end && is_boundary(before(), own()) {
                            self.accept(rule);
                        }
                    }
                    Target::Contains(rule) => {
                        if is_boundary(before(), own()) && is_boundary(last(), after()) {
                            self.accept(rule);
                        }
                    }
                    Target::Phrase(rule, at) => {
                        let phrase = &self.matchers(rule).phrase_patterns[at as usize];
                        if phrase.matches(&folded[core()]) {
                            self.accept(rule);
                        }
                    }
                }
            }
        });
    }

    fn look_up(&mut self, folded: &str) {
        // Decoration is rarely longer than the words it decorates.
        if folded.len() > 2 * self.index.longest_phrase + 64 {
            return;
        }
        for id in self
            .index
            .by_phrase(self.rules, &folded[fold::core(folded)])
        {
            self.accept(id);
        }
    }

    /// Asks what has neither strings nor heads.
    fn ask_unprompted(&mut self, target: Target, content: &str) {
        match target {
            Target::Span(pattern) => {
                let (rule, at) = self.users(pattern)[0];
                let gate = self.matchers(rule).any[at as usize].gate();
                if gate.fits_part(content) && self.scratch.first_time(pattern) {
                    self.scratch.spans.push(pattern);
                }
            }
            Target::Term(pattern) => self.note_term(pattern),
            Target::Any(pattern, _) => self.ask(pattern),
            Target::Phrase(rule, at) => {
                let folded = fold::fold(self.plain.text);
                let phrase = &self.matchers(rule).phrase_patterns[at as usize];
                if phrase.matches(&folded[fold::core(&folded)]) {
                    self.accept(rule);
                }
            }
            // They are strings themselves.
            Target::Starts(_) | Target::Ends(_) | Target::Contains(_) => {}
        }
    }

    /// Asks a pattern on whole lines, once in a line, for all rules that have it.
    fn ask(&mut self, pattern: PatternId) {
        if !self.scratch.first_time(pattern) || self.line.text.is_empty() {
            return;
        }
        let mut answer = None;
        for &(rule, at) in self.users(pattern) {
            if self.too_long(rule) {
                continue;
            }
            let pattern = &self.matchers(rule).any[at as usize];
            if *answer.get_or_insert_with(|| self.is_match(pattern)) {
                self.accept(rule);
            }
        }
    }

    fn is_match(&self, pattern: &Pattern) -> bool {
        let gate = pattern.gate();
        let is_match = |form: &Subject<'_>| gate.fits(form.text) && pattern.is_match(form);
        is_match(&self.line)
            || self.plain.text.len() != self.line.text.len() && is_match(&self.plain)
    }

    fn too_long(&mut self, rule: RuleId) -> bool {
        let most = self.rules[rule as usize].longest_line();
        most.is_some_and(|most| self.facts.chars(self.plain.text) > most)
    }

    fn note_term(&mut self, pattern: PatternId) {
        if self.scratch.first_time(pattern) {
            let users = self.users(pattern);
            self.scratch.terms.extend_from_slice(users);
        }
    }

    /// Asks the terms whose strings the line has, if they are enough.
    fn search_terms(&mut self) {
        let mut terms = std::mem::take(&mut self.scratch.terms);
        terms.sort_unstable();
        for candidates in terms.chunk_by(|a, b| a.0 == b.0) {
            let id = candidates[0].0;
            let matchers = self.matchers(id);
            if candidates.len() < matchers.min_terms
                || self.line.text.is_empty()
                || self.too_long(id)
            {
                continue;
            }
            let found = candidates
                .iter()
                .filter(|(_, at)| matchers.terms[*at as usize].is_match(&self.line));
            if found.take(matchers.min_terms).count() >= matchers.min_terms {
                self.accept(id);
            }
        }
        self.scratch.terms = terms;
    }

    /// Takes a rule whose matcher accepts the line, if the line has its shape.
    fn accept(&mut self, id: RuleId) {
        let rule = &self.rules[id as usize];
        let (line, plain) = (self.line.text, self.plain.text);
        if rule
            .shape
            .as_ref()
            .is_none_or(|shape| fits(shape, line, plain, &mut self.facts))
        {
            self.found.rules.push(id);
        }
    }

    fn search_spans(&mut self, content: &str) {
        if self.scratch.spans.is_empty() {
            return;
        }
        let subject = Subject::new(content);
        for &pattern in &self.scratch.spans {
            let users = &self.index.patterns[pattern as usize].0;
            let Some(&(rule, at)) = users.first() else {
                continue;
            };
            let spans = &mut self.found.spans;
            let pattern = &self.rules[rule as usize].matchers.any[at as usize];
            pattern.find_each(&subject, |span| {
                spans.extend(users.iter().map(|&(rule, _)| (rule, span.clone())));
            });
        }
    }
}
