//! Which rules a line can concern, found without asking every rule.
//!
//! Exact phrases are found by hash. Patterns on whole lines are found by how
//! the line begins, or are asked only of lines that contain one of the strings
//! that they cannot match without, as all other patterns are. Lines that are
//! too long for most rules (paragraphs) are asked about fewer of them. A
//! pattern that several rules have is asked once for all.

use std::collections::HashMap;

use xxhash_rust::xxh3::{Xxh3Builder, xxh3_64};

use super::{
    asking::RuleId,
    gate::Gate,
    grams::Grams,
    heads::{self, Head},
    keyed::Keyed,
    pattern::Pattern,
    rule::Rule,
    schema::Kind,
};

/// Lines with more characters are paragraphs, which most rules do not take.
/// Labels, prompts and notices are shorter; the longest guards of the built-in
/// packs on lines that are neither are 240.
pub(super) const PARAGRAPH_CHARS: usize = 256;

/// Bytes of the strings that patterns need, over all rules. Patterns beyond it
/// are asked of every line that is long enough: slow, but they match. The
/// built-in packs have less than a sixteenth of it, which a test holds.
const MOST_NEEDED: usize = 16 << 20;
/// Bytes that one head takes of that.
const HEAD_BYTES: usize = 16;
/// Heads as long as this tell a pattern's lines from others; of lines that
/// begin with shorter ones, only those with a string that it needs are asked.
const TELLING_HEAD: u8 = 4;

/// What finds the rules of a line.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Rules and the places of phrases in them, by the phrases' hashes.
    phrases: Keyed<(RuleId, u32)>,
    pub(super) longest_phrase: usize,
    pub(super) short: Gates,
    pub(super) long: Gates,
    /// All patterns of the rules, each once.
    pub(super) patterns: Vec<Users>,
}

/// What looks at lines of one length.
#[derive(Debug, Default)]
pub(super) struct Gates {
    pub(super) strings: Grams,
    /// What to ask when a string is found, by string.
    pub(super) targets: Vec<Vec<Target>>,
    /// Patterns to ask by how a line begins. Those that need a string too are
    /// only marked.
    heads: Keyed<HeadTarget>,
    /// What needs neither string nor head.
    pub(super) always: Vec<Target>,
    /// Rules with a shape and no other matcher.
    pub(super) shapes: Vec<RuleId>,
}

/// A pattern by its place among all.
pub(super) type PatternId = u32;

/// A pattern that a head leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeadTarget {
    pub(super) pattern: PatternId,
    /// How many bytes of the head are compared.
    length: u8,
    /// Whether to ask it now, or when a string is found.
    pub(super) ask: bool,
}

/// Something to ask of a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Starts(RuleId),
    Ends(RuleId),
    Contains(RuleId),
    /// A phrase with placeholders, by its place in the rule.
    Phrase(RuleId, u32),
    /// A pattern on whole lines; whether only lines with its head are asked.
    Any(PatternId, bool),
    /// A pattern inside lines.
    Span(PatternId),
    /// One of several terms.
    Term(PatternId),
}

/// The rules that have a pattern, and its place in each.
#[derive(Debug, Default)]
pub(super) struct Users(pub(super) Vec<(RuleId, u32)>);

/// What a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Use {
    Any,
    Span,
    Term,
}

#[derive(Default)]
struct Builder {
    strings: HashMap<Box<str>, u32, Xxh3Builder>,
    texts: Vec<Box<str>>,
    heads: Vec<(u64, HeadTarget)>,
    /// Bytes of what patterns need.
    needed: usize,
    gates: Gates,
}

impl Builder {
    fn add(&mut self, text: &str, target: Target) {
        let at = if let Some(&at) = self.strings.get(text) {
            at as usize
        } else {
            let at = self.texts.len();
            let number = u32::try_from(at).expect("rule files are bounded");
            self.strings.insert(text.into(), number);
            self.texts.push(text.into());
            self.gates.targets.push(Vec::new());
            at
        };
        self.gates.targets[at].push(target);
    }

    /// Adds a pattern on whole lines.
    fn add_whole(&mut self, gate: &Gate, pattern: PatternId) {
        let room = self.needed < MOST_NEEDED;
        let Some(heads) = gate.heads.as_ref().filter(|_| room) else {
            self.add_inner(gate, Target::Any(pattern, false));
            return;
        };
        self.needed += heads.len() * HEAD_BYTES;
        let mut needs_string = false;
        for &(key, length) in heads {
            let target = HeadTarget {
                pattern,
                length,
                ask: length >= TELLING_HEAD || gate.strings.is_none(),
            };
            self.heads.push((key, target));
            needs_string |= !target.ask;
        }
        if needs_string {
            self.add_inner(gate, Target::Any(pattern, true));
        }
    }

    fn add_inner(&mut self, gate: &Gate, target: Target) {
        match &gate.strings {
            Some(strings) if self.needed < MOST_NEEDED => {
                for text in strings {
                    self.needed += text.len();
                    self.add(text, target);
                }
            }
            _ => self.gates.always.push(target),
        }
    }

    fn build(mut self) -> Gates {
        self.gates.strings = Grams::new(self.texts);
        self.gates.heads = Keyed::new(self.heads);
        self.gates
    }
}

impl Gates {
    /// The patterns that a line with this head may match.
    pub(super) fn by_head(&self, head: u64) -> impl Iterator<Item = HeadTarget> + '_ {
        heads::LENGTHS.into_iter().flat_map(move |length| {
            let (key, _): Head = heads::cut(head, length);
            let found = self.heads.get(key).iter().copied();
            found.filter(move |target| target.length == length)
        })
    }
}

/// Makes an index.
#[derive(Default)]
struct Making<'r> {
    short: Builder,
    long: Builder,
    phrases: Vec<(u64, (RuleId, u32))>,
    longest_phrase: usize,
    patterns: Vec<Users>,
    /// Patterns that have been seen, and whether for paragraphs too.
    known: HashMap<(Use, &'r str), (PatternId, bool), Xxh3Builder>,
}

impl<'r> Making<'r> {
    fn add_rule(&mut self, id: RuleId, rule: &'r Rule) {
        let matchers = &rule.matchers;
        for (at, phrase) in (0..).zip(&matchers.phrases) {
            self.longest_phrase = self.longest_phrase.max(phrase.len());
            self.phrases.push((xxh3_64(phrase.as_bytes()), (id, at)));
        }
        let paragraphs = rule
            .longest_line()
            .is_none_or(|most| most > PARAGRAPH_CHARS);
        let named = [
            (&matchers.starts, Target::Starts(id)),
            (&matchers.ends, Target::Ends(id)),
            (&matchers.contains, Target::Contains(id)),
        ];
        for (texts, target) in named {
            for text in texts {
                self.short.add(text, target);
                if paragraphs {
                    self.long.add(text, target);
                }
            }
        }
        for (at, pattern) in (0..).zip(&matchers.phrase_patterns) {
            let (gate, target) = (pattern.gate(), Target::Phrase(id, at));
            self.short.add_inner(&gate, target);
            if paragraphs {
                self.long.add_inner(&gate, target);
            }
        }
        let use_of_any = if rule.kind == Kind::Span {
            Use::Span
        } else {
            Use::Any
        };
        for (at, pattern) in (0..).zip(&matchers.any) {
            self.add_pattern((id, at), pattern, use_of_any, paragraphs);
        }
        for (at, term) in (0..).zip(&matchers.terms) {
            self.add_pattern((id, at), term, Use::Term, paragraphs);
        }
        if rule.only_shape() {
            self.short.gates.shapes.push(id);
            if paragraphs {
                self.long.gates.shapes.push(id);
            }
        }
    }

    fn add_pattern(
        &mut self,
        place: (RuleId, u32),
        pattern: &'r Pattern,
        used: Use,
        paragraphs: bool,
    ) {
        let key = (used, pattern.source());
        let known = self.known.get(&key).copied();
        let number = known.map_or_else(
            || u32::try_from(self.patterns.len()).expect("rule files are bounded"),
            |(number, _)| number,
        );
        let in_long = known.is_some_and(|(_, in_long)| in_long);
        self.known.insert(key, (number, in_long || paragraphs));
        if known.is_some() {
            self.patterns[number as usize].0.push(place);
        } else {
            self.patterns.push(Users(vec![place]));
        }
        if known.is_some() && (in_long || !paragraphs) {
            return;
        }
        let gate = pattern.gate();
        let add = |builder: &mut Builder| match used {
            Use::Any => builder.add_whole(gate, number),
            Use::Span => builder.add_inner(gate, Target::Span(number)),
            Use::Term => builder.add_inner(gate, Target::Term(number)),
        };
        if known.is_none() {
            add(&mut self.short);
        }
        if paragraphs {
            add(&mut self.long);
        }
    }
}

impl Index {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut making = Making::default();
        for (id, rule) in (0..).zip(rules) {
            if !matches!(rule.kind, Kind::Repeat | Kind::Menu | Kind::Html) {
                making.add_rule(id, rule);
            }
        }
        Self {
            phrases: Keyed::new(making.phrases),
            longest_phrase: making.longest_phrase,
            short: making.short.build(),
            long: making.long.build(),
            patterns: making.patterns,
        }
    }

    /// The rules with a phrase that is `core`, a folded line without its
    /// decoration.
    pub(super) fn by_phrase<'i>(
        &'i self,
        rules: &'i [Rule],
        core: &'i str,
    ) -> impl Iterator<Item = RuleId> + 'i {
        let found = self.phrases.get(xxh3_64(core.as_bytes())).iter();
        found.filter_map(move |&(id, at)| {
            let phrase = &rules[id as usize].matchers.phrases[at as usize];
            (phrase == core).then_some(id)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleSet;

    #[test]
    fn patterns_beyond_the_cap_on_strings_are_asked_unprompted() {
        let needs = |text: &str| Gate {
            strings: Some(vec![text.to_owned()]),
            ..Gate::OPEN
        };
        let mut builder = Builder::default();
        builder.add_whole(&needs("mill"), 0);
        assert_eq!(builder.needed, 4);
        builder.needed = MOST_NEEDED;
        builder.add_whole(&needs("wheel"), 1);
        let heads = Gate {
            heads: Some(vec![(1, 1)]),
            ..Gate::OPEN
        };
        builder.add_whole(&heads, 2);
        let gates = builder.build();
        assert_eq!((gates.targets.len(), gates.always.len()), (1, 2));
    }

    #[test]
    fn built_in_patterns_are_far_from_the_cap_on_strings() {
        let rules = RuleSet::builtin().unwrap();
        let mut making = Making::default();
        for (id, rule) in (0..).zip(rules.rules()) {
            making.add_rule(id, rule);
        }
        let needed = making.short.needed;
        assert!(needed > 0 && needed < MOST_NEEDED / 16, "{needed}");
    }
}
