//! A cheap form of a pattern, asked first.
//!
//! Three things make patterns slow to compile and to run. `(?i)` makes a class
//! of each letter. `.{0,120}` is 120 copies of an automaton for UTF-8, and a
//! Unicode word boundary takes the engine off its fast path on any line that
//! is not ASCII. The *relaxed* form has none of them: it is asked of the line
//! in lower case, and matches wherever the pattern does, and elsewhere. It
//! tells only whether there is a match, so one automaton does, which is built
//! state by state as lines ask for them.

use std::{fmt, panic::RefUnwindSafe, panic::UnwindSafe};

use regex_automata::{
    Anchored, Input,
    hybrid::dfa::{Cache, DFA},
    nfa::thompson::{Compiler, Config, WhichCaptures},
    util::pool::Pool,
};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

use super::{
    fold::lower,
    pattern::PATTERN_MEMORY,
    tree::{count, parse_folded, unicode_class},
};

/// Repetitions with a higher bound lose it.
const MOST_COPIES: u32 = 8;
/// Characters of a class that are put in lower case one by one.
const MOST_CHARS: u32 = 2000;

type MakeCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// A cheap form of a pattern.
pub(super) struct Relaxed {
    automaton: DFA,
    caches: Pool<Cache, MakeCache>,
    anchored: Anchored,
}

impl fmt::Debug for Relaxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relaxed")
    }
}

impl Relaxed {
    /// The relaxed form of a pattern; `whole` if it matches whole lines only.
    /// `None` if it would be too large.
    pub(super) fn of(pattern: &str, whole: bool) -> Option<Self> {
        let hir = parse_folded(pattern)?;
        let config = Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(PATTERN_MEMORY));
        let nfa = Compiler::new()
            .configure(config)
            .build_from_hir(&relax(&hir))
            .ok()?;
        let automaton = DFA::builder()
            .configure(DFA::config().skip_cache_capacity_check(true))
            .build_from_nfa(nfa)
            .ok()?;
        let cached = automaton.clone();
        Some(Self {
            automaton,
            caches: Pool::new(Box::new(move || cached.create_cache())),
            anchored: if whole { Anchored::Yes } else { Anchored::No },
        })
    }

    /// Whether the pattern may match a text of which this is the
    /// [lower case](lower_case).
    pub(super) fn may_match(&self, text: &str) -> bool {
        let input = Input::new(text).anchored(self.anchored).earliest(true);
        let mut cache = self.caches.get();
        // An automaton that gives up has not said no.
        !matches!(self.automaton.try_search_fwd(&mut cache, &input), Ok(None))
    }
}

/// `text` with each character in lower case, as one character.
pub(super) fn lower_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(lower_char).collect()
}

fn lower_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut first = None;
    lower(c, |c| {
        first.get_or_insert(c);
    });
    first.unwrap_or(c)
}

fn relax(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(look) if !matches!(look, Look::Start | Look::End) => Hir::empty(),
        HirKind::Repetition(repetition) => {
            let many = repetition.min.max(repetition.max.unwrap_or(0)) > MOST_COPIES;
            let (min, max) = if many {
                (repetition.min.min(1), None)
            } else {
                (repetition.min, repetition.max)
            };
            let sub = Box::new(relax(&repetition.sub));
            Hir::repetition(Repetition {
                min,
                max,
                greedy: repetition.greedy,
                sub,
            })
        }
        // Groups only say what belongs together, which the tree does anyway.
        HirKind::Capture(capture) => relax(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(relax).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(relax).collect()),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => Hir::literal(lower_case(text).into_bytes()),
            Err(_) => hir.clone(),
        },
        HirKind::Class(class) => match unicode_class(class) {
            Some(class) => Hir::class(Class::Unicode(lower_class(class))),
            None => hir.clone(),
        },
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

/// A class that has the lower case of all characters of `class`, at least.
fn lower_class(mut class: ClassUnicode) -> ClassUnicode {
    if count(&class) <= MOST_CHARS {
        let chars = class.iter().flat_map(|range| range.start()..=range.end());
        return ClassUnicode::new(chars.map(|c| {
            let c = lower_char(c);
            ClassUnicodeRange::new(c, c)
        }));
    }
    // Large classes are nearly all `.`, `\w` or `[^…]`, with all letters in
    // them. Of others all cases are added, which has the lower one in it.
    let letters = |c: char| {
        class
            .iter()
            .any(|range| range.start() <= c && c <= range.end())
    };
    let has_all_letters = is_superset(&class);
    let mut extra: Vec<char> = Vec::new();
    if "‘’‚‛′".chars().any(letters) {
        extra.push('\'');
    }
    if "“”„‟″".chars().any(letters) {
        extra.push('"');
    }
    if letters('İ') {
        extra.push('i');
    }
    if !has_all_letters {
        class.case_fold_simple();
    }
    for c in extra {
        class.push(ClassUnicodeRange::new(c, c));
    }
    class
}

/// Whether a class has all letters and digits.
fn is_superset(class: &ClassUnicode) -> bool {
    let Ok(word) = regex_syntax::parse(r"\w") else {
        return false;
    };
    let HirKind::Class(Class::Unicode(word)) = word.kind() else {
        return false;
    };
    let mut missing = word.clone();
    missing.difference(class);
    missing.ranges().is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    fn may_match(pattern: &str, line: &str) -> bool {
        Relaxed::of(pattern, false)
            .unwrap()
            .may_match(&lower_case(line))
    }

    #[test]
    fn a_relaxed_pattern_has_no_copies_no_word_boundaries_and_no_case() {
        let pattern = r"\A(?:\bshare\b.{0,10})\z";
        assert!(may_match(pattern, "SHARED with more than ten characters"));
        assert!(!may_match(pattern, "a share"));
    }

    #[test]
    fn a_class_has_the_lower_case_of_what_it_has() {
        for (class, line) in [
            ("[A-Z]", "q"),
            (r"\p{Lu}{3}", "ÀBЖ"),
            (r"[^a-z]\z", "A"),
            ("(?i)[^A-Z]", "é"),
            ("[’]", "’"),
            (r"[^x\x27]", "’"),
            ("İ", "İ"),
            (r"(?i)[\w--b]", "A"),
        ] {
            assert!(may_match(class, line), "{class} {line}");
        }
    }

    proptest! {
        #[test]
        fn what_matches_exactly_matches_relaxed(line in "[a-c éÀAK“’İſςß文K.]{0,14}") {
            for source in [
                r"\ba.{2,9}b\b", r"(?:a|é\b)+c{0,20}", r"\Ba{0,12}\s?[bc]{9}", r"^a.{0,30}文$",
                r"(?i)k[^a-c]{1,12}", r"[^a-z]{2}", r"\p{Lu}\w", r"(?i)[sσß]+[’']", r"(?i)[^k’]b",
            ] {
                let exact = Regex::new(source).unwrap();
                prop_assert!(!exact.is_match(&line) || may_match(source, &line), "{source}");
            }
        }
    }
}
