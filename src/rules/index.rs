//! Which rules a line can concern, found without asking every rule.
//!
//! Exact phrases are found by hash. Everything else is asked only of lines
//! that contain one of the strings that it cannot match without, and one
//! automaton finds those of all rules in one pass over the folded line. Lines
//! that are too long for most rules (paragraphs) go through a smaller one.

use std::{collections::HashMap, ops::Range};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use xxhash_rust::xxh3::Xxh3Builder;

use super::{
    fold::{self, is_boundary},
    heads::{Head, head},
    literals::Needs,
    rule::Rule,
    schema::Kind,
    shape::{Facts, fits},
};

/// A rule by its place in the set.
pub(crate) type RuleId = u32;

/// Lines with more characters are paragraphs, which most rules do not take.
/// Labels, prompts and notices are shorter; the longest guards of the built-in
/// packs on lines that are neither are 240.
const PARAGRAPH_CHARS: usize = 256;

/// Bytes of the strings that patterns need, over all rules. Patterns beyond it
/// are asked of every line that is long enough: slow, but they match. The
/// built-in packs have less than a sixteenth of it, which a test holds.
const MOST_NEEDED: usize = 16 << 20;

/// What finds the rules of a line.
#[derive(Debug, Default)]
pub(super) struct Index {
    phrases: HashMap<Box<str>, Vec<RuleId>, Xxh3Builder>,
    longest_phrase: usize,
    short: Gates,
    long: Gates,
    /// How many patterns there are, over all rules.
    patterns: u32,
}

/// What looks at lines of one length.
#[derive(Debug, Default)]
struct Gates {
    strings: Option<AhoCorasick>,
    /// What to ask when a string is found, by string.
    targets: Vec<Vec<Target>>,
    /// What needs no string.
    always: Vec<(Target, Entry)>,
    /// Rules with a shape and no other matcher.
    shapes: Vec<RuleId>,
}

/// Something to ask of a line.
#[derive(Clone, Copy, Debug)]
struct Target {
    rule: RuleId,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Starts,
    Ends,
    Contains,
    /// A phrase with placeholders, by its place in the rule.
    Phrase(u32),
    /// A pattern on whole lines: its place in the rule, and among all.
    Any(u32, u32),
    /// A pattern inside lines: its place in the rule, and among all.
    Span(u32, u32),
    /// A term: its place in the rule, and among all patterns.
    Term(u32, u32),
}

/// What a line must begin with (or, for a span, have) and how long it must be.
#[derive(Debug)]
struct Entry {
    first: Box<[bool; 256]>,
    length: (usize, usize),
}

/// Buffers that are used again for each line.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    folded: String,
    folded_plain: String,
    /// The line in which a pattern was last asked, by pattern.
    asked: Vec<u32>,
    line: u32,
    spans: Vec<(RuleId, u32)>,
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

#[derive(Default)]
struct Builder {
    strings: HashMap<String, usize, Xxh3Builder>,
    texts: Vec<String>,
    /// Bytes of the strings that patterns need.
    needed: usize,
    gates: Gates,
}

impl Builder {
    fn add(&mut self, text: &str, target: Target) {
        let at = *self.strings.entry(text.to_owned()).or_insert_with(|| {
            self.texts.push(text.to_owned());
            self.gates.targets.push(Vec::new());
            self.texts.len() - 1
        });
        self.gates.targets[at].push(target);
    }

    fn add_needs(&mut self, needs: &Needs, target: Target) {
        match &needs.one_of {
            Some(strings) if self.needed < MOST_NEEDED => {
                for text in strings {
                    self.needed += text.len();
                    self.add(text, target);
                }
            }
            _ => self.gates.always.push((
                target,
                Entry {
                    first: needs.first.clone(),
                    length: needs.length,
                },
            )),
        }
    }

    fn build(mut self) -> Gates {
        if !self.texts.is_empty() {
            let built = AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(&self.texts);
            // Folding makes text three times as long at most. With what
            // patterns need, the 64 MiB of a run's rule files come to 208 MiB,
            // of which a byte takes five words or so.
            self.gates.strings = Some(built.expect("under 2^31 words for the automaton"));
        }
        self.gates
    }
}

impl Index {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        let mut short = Builder::default();
        let mut long = Builder::default();
        for (id, rule) in (0..).zip(rules) {
            if matches!(rule.kind, Kind::Repeat | Kind::Menu | Kind::Html) {
                continue;
            }
            for phrase in &rule.matchers.phrases {
                index.longest_phrase = index.longest_phrase.max(phrase.len());
                index
                    .phrases
                    .entry(phrase.as_str().into())
                    .or_default()
                    .push(id);
            }
            let paragraphs = rule
                .longest_line()
                .is_none_or(|most| most > PARAGRAPH_CHARS);
            let mut add = |text: &str, target: Target| {
                short.add(text, target);
                if paragraphs {
                    long.add(text, target);
                }
            };
            let matchers = &rule.matchers;
            let named = [
                (&matchers.starts, What::Starts),
                (&matchers.ends, What::Ends),
                (&matchers.contains, What::Contains),
            ];
            for (texts, what) in named {
                for text in texts {
                    add(text, Target { rule: id, what });
                }
            }
            let mut add_needs = |needs: &Needs, target: Target| {
                short.add_needs(needs, target);
                if paragraphs {
                    long.add_needs(needs, target);
                }
            };
            for (at, pattern) in (0..).zip(&matchers.phrase_patterns) {
                add_needs(
                    &pattern.needs(),
                    Target {
                        rule: id,
                        what: What::Phrase(at),
                    },
                );
            }
            for (at, pattern) in (0..).zip(&matchers.any) {
                let number = index.next_pattern();
                let what = if rule.kind == Kind::Span {
                    What::Span(at, number)
                } else {
                    What::Any(at, number)
                };
                add_needs(&pattern.needs(), Target { rule: id, what });
            }
            for (at, term) in (0..).zip(&matchers.terms) {
                let number = index.next_pattern();
                add_needs(
                    &term.needs(),
                    Target {
                        rule: id,
                        what: What::Term(at, number),
                    },
                );
            }
            if rule.only_shape() {
                short.gates.shapes.push(id);
                if paragraphs {
                    long.gates.shapes.push(id);
                }
            }
        }
        index.short = short.build();
        index.long = long.build();
        index
    }

    fn next_pattern(&mut self) -> u32 {
        self.patterns += 1;
        self.patterns - 1
    }

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
        scratch.begin(self.patterns);
        let line = content.trim();
        let long = plain.len() > PARAGRAPH_CHARS
            && (plain.len() > 4 * PARAGRAPH_CHARS || plain.chars().count() > PARAGRAPH_CHARS);
        let gates = if long { &self.long } else { &self.short };
        let mut folded = std::mem::take(&mut scratch.folded);
        folded.clear();
        fold::fold_into(content, &mut folded);
        let mut asking = Asking {
            rules,
            line,
            plain,
            heads: [head(folded.trim_start()); 2],
            facts: Facts::default(),
            found,
            scratch,
        };
        if plain.len() == line.len() {
            asking.scan(gates, &folded, Scan::Both);
            self.look_up(&folded, &mut asking);
        } else {
            let mut folded_plain = std::mem::take(&mut asking.scratch.folded_plain);
            folded_plain.clear();
            fold::fold_into(plain, &mut folded_plain);
            asking.heads[1] = head(&folded_plain);
            asking.scan(gates, &folded, Scan::Raw);
            asking.scan(gates, &folded_plain, Scan::Plain);
            self.look_up(&folded_plain, &mut asking);
            asking.scratch.folded_plain = folded_plain;
        }
        for (target, entry) in &gates.always {
            asking.ask_unprompted(*target, entry, content);
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

    fn look_up(&self, folded: &str, asking: &mut Asking<'_>) {
        // Decoration is rarely longer than the words it decorates.
        if folded.len() > 2 * self.longest_phrase + 64 {
            return;
        }
        if let Some(ids) = self.phrases.get(&folded[fold::core(folded)]) {
            for &id in ids {
                asking.accept(id);
            }
        }
    }
}

impl Scratch {
    fn begin(&mut self, patterns: u32) {
        self.asked.resize(patterns as usize, 0);
        self.line = self.line.checked_add(1).unwrap_or_else(|| {
            self.asked.fill(0);
            1
        });
        self.spans.clear();
        self.terms.clear();
    }

    /// Whether a pattern is asked for the first time in this line.
    fn first_time(&mut self, pattern: u32) -> bool {
        let asked = &mut self.asked[pattern as usize];
        let first = *asked != self.line;
        *asked = self.line;
        first
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
    rules: &'l [Rule],
    line: &'l str,
    plain: &'l str,
    /// How the line and its plain form begin, folded.
    heads: [Head; 2],
    facts: Facts,
    found: &'l mut LineFinds,
    scratch: &'l mut Scratch,
}

impl Asking<'_> {
    fn scan(&mut self, gates: &Gates, folded: &str, scan: Scan) {
        let Some(strings) = &gates.strings else {
            return;
        };
        let core = std::cell::OnceCell::new();
        let core = || core.get_or_init(|| fold::core(folded)).clone();
        for found in strings.find_overlapping_iter(folded) {
            for &target in &gates.targets[found.pattern().as_usize()] {
                let edges = || {
                    (
                        folded[..found.start()].chars().next_back(),
                        folded[found.end()..].chars().next(),
                    )
                };
                let own = |at: usize| folded[at..].chars().next();
                let last = || folded[..found.end()].chars().next_back();
                match target.what {
                    What::Span(at, number) => {
                        if scan != Scan::Plain && self.scratch.first_time(number) {
                            self.scratch.spans.push((target.rule, at));
                        }
                    }
                    What::Term(at, number) => {
                        if self.scratch.first_time(number) {
                            self.scratch.terms.push((target.rule, at));
                        }
                    }
                    What::Any(..) => self.ask(target),
                    _ if scan == Scan::Raw => {}
                    What::Starts => {
                        if found.start() == core().start && is_boundary(last(), edges().1) {
                            self.accept(target.rule);
                        }
                    }
                    What::Ends => {
                        if found.end() == core().end && is_boundary(edges().0, own(found.start())) {
                            self.accept(target.rule);
                        }
                    }
                    What::Contains => {
                        let (before, after) = edges();
                        if is_boundary(before, own(found.start())) && is_boundary(last(), after) {
                            self.accept(target.rule);
                        }
                    }
                    What::Phrase(at) => {
                        let rule = &self.rules[target.rule as usize];
                        if rule.matchers.phrase_patterns[at as usize].matches(&folded[core()]) {
                            self.accept(target.rule);
                        }
                    }
                }
            }
        }
    }

    /// Asks a pattern that has no strings, unless the line's first byte or
    /// length says that it cannot match.
    fn ask_unprompted(&mut self, target: Target, entry: &Entry, content: &str) {
        let (shortest, longest) = entry.length;
        match target.what {
            What::Span(at, number) => {
                if content.len() >= shortest
                    && content.bytes().any(|byte| entry.first[byte as usize])
                    && self.scratch.first_time(number)
                {
                    self.scratch.spans.push((target.rule, at));
                }
            }
            What::Term(at, number) => {
                if self.scratch.first_time(number) {
                    self.scratch.terms.push((target.rule, at));
                }
            }
            _ => {
                let can = |form: &str| {
                    form.len() >= shortest
                        && form.len() <= longest
                        && form
                            .bytes()
                            .next()
                            .is_none_or(|byte| entry.first[byte as usize])
                };
                if !can(self.line) && !can(self.plain) {
                    return;
                }
                if let What::Phrase(at) = target.what {
                    let folded = fold::fold(self.plain);
                    let rule = &self.rules[target.rule as usize];
                    if rule.matchers.phrase_patterns[at as usize]
                        .matches(&folded[fold::core(&folded)])
                    {
                        self.accept(target.rule);
                    }
                } else {
                    self.ask(target);
                }
            }
        }
    }

    /// Asks a pattern on whole lines, once in a line.
    fn ask(&mut self, target: Target) {
        let What::Any(at, number) = target.what else {
            return;
        };
        if !self.scratch.first_time(number) || self.line.is_empty() || self.too_long(target.rule) {
            return;
        }
        let pattern = &self.rules[target.rule as usize].matchers.any[at as usize];
        let (line, plain) = (self.line, self.plain);
        if !self.heads.iter().any(|&head| pattern.may_begin(head)) {
            return;
        }
        if pattern.is_match(line) || (plain.len() != line.len() && pattern.is_match(plain)) {
            self.accept(target.rule);
        }
    }

    fn too_long(&mut self, rule: RuleId) -> bool {
        let most = self.rules[rule as usize].longest_line();
        most.is_some_and(|most| self.facts.chars(self.plain) > most)
    }

    /// Asks the terms whose strings the line has, if they are enough.
    fn search_terms(&mut self) {
        let mut terms = std::mem::take(&mut self.scratch.terms);
        terms.sort_unstable();
        for candidates in terms.chunk_by(|a, b| a.0 == b.0) {
            let id = candidates[0].0;
            let matchers = &self.rules[id as usize].matchers;
            if candidates.len() < matchers.min_terms || self.line.is_empty() || self.too_long(id) {
                continue;
            }
            let found = candidates
                .iter()
                .filter(|(_, at)| matchers.terms[*at as usize].is_match(self.line));
            if found.take(matchers.min_terms).count() >= matchers.min_terms {
                self.accept(id);
            }
        }
        self.scratch.terms = terms;
    }

    /// Takes a rule whose matcher accepts the line, if the line has its shape.
    fn accept(&mut self, id: RuleId) {
        let rule = &self.rules[id as usize];
        if rule
            .shape
            .as_ref()
            .is_none_or(|shape| fits(shape, self.line, self.plain, &mut self.facts))
        {
            self.found.rules.push(id);
        }
    }

    fn search_spans(&mut self, content: &str) {
        for &(id, at) in &self.scratch.spans {
            let pattern = &self.rules[id as usize].matchers.any[at as usize];
            let spans = &mut self.found.spans;
            pattern.find_each(content, |span| spans.push((id, span)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleSet;

    #[test]
    fn patterns_beyond_the_cap_on_strings_are_asked_unprompted() {
        let needs = |text: &str| Needs {
            one_of: Some(vec![text.to_owned()]),
            first: Box::new([true; 256]),
            length: (0, usize::MAX),
        };
        let target = |at| Target {
            rule: 0,
            what: What::Any(at, at),
        };
        let mut builder = Builder::default();
        builder.add_needs(&needs("mill"), target(0));
        assert_eq!(builder.needed, 4);
        builder.needed = MOST_NEEDED;
        builder.add_needs(&needs("wheel"), target(1));
        let gates = builder.build();
        assert_eq!((gates.targets.len(), gates.always.len()), (1, 1));
    }

    #[test]
    fn built_in_patterns_are_far_from_the_cap_on_strings() {
        let rules = RuleSet::builtin().unwrap();
        let mut builder = Builder::default();
        for rule in rules.rules() {
            let what = What::Any(0, 0);
            let found = &rule.matchers;
            for pattern in found.any.iter().chain(&found.terms) {
                builder.add_needs(&pattern.needs(), Target { rule: 0, what });
            }
        }
        assert!(builder.needed > 0);
        assert!(builder.needed < MOST_NEEDED / 16, "{}", builder.needed);
    }
}
