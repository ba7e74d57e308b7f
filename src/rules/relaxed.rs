//! A cheap form of a pattern, asked first.
//!
//! Four things make patterns slow to compile and to run. `(?i)` makes a class
//! of each letter. `.{0,120}` is 120 copies of an automaton for UTF-8. The
//! letters of all scripts are 770 ranges. And a Unicode word boundary takes the
//! engine off its fast path on any line that is not ASCII. The *relaxed* form
//! has none of them: it is asked of the line in lower case, and matches
//! wherever the pattern does, and elsewhere.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

use super::{
    fold::lower,
    tree::{count, parse_folded, unicode_class},
};

/// Repetitions with a higher bound lose it.
const MOST_COPIES: u32 = 8;
/// Characters of a class that are put in lower case one by one.
const MOST_CHARS: u32 = 2000;
/// Ranges of a class that is kept as it is. White space is 10, a class that
/// people write below 40; digits are 70.
const MOST_RANGES: usize = 60;

/// The relaxed form of a pattern, for texts in [lower case](lower_case).
pub(super) fn relaxed(pattern: &str) -> Option<Hir> {
    parse_folded(pattern).map(|hir| relax(&hir))
}

/// `text` with each character in lower case, as one character.
pub(super) fn lower_case(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii());
        let (plain, other) = rest.split_at(ascii.unwrap_or(rest.len()));
        let from = lower.len();
        lower.push_str(plain);
        lower[from..].make_ascii_lowercase();
        let end = other.bytes().position(|byte| byte.is_ascii());
        let (other, after) = other.split_at(end.unwrap_or(other.len()));
        lower.extend(other.chars().map(lower_char));
        rest = after;
    }
    lower
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
    if class.ranges().len() > MOST_RANGES {
        return lower_ranges(&class);
    }
    if count(&class) <= MOST_CHARS {
        let chars = class.iter().flat_map(|range| range.start()..=range.end());
        return ClassUnicode::new(chars.map(lower_char).map(one));
    }
    // `.` and `[^…]`: what they leave out may be the lower case of what they have.
    let mut missing = class.clone();
    missing.negate();
    if count(&missing) > MOST_CHARS {
        class.case_fold_simple();
        return with_plain_forms(class);
    }
    let chars = missing.iter().flat_map(|range| range.start()..=range.end());
    let is_lower = |c: &char| matches!(c, '\'' | '"') || !c.to_uppercase().eq([*c]);
    for c in chars.filter(is_lower) {
        class.push(one(c));
    }
    class
}

/// A class that has the ASCII of `class` in lower case, and all else.
fn lower_ranges(class: &ClassUnicode) -> ClassUnicode {
    let mut all = ClassUnicode::new([ClassUnicodeRange::new('\u{80}', char::MAX)]);
    let ascii = class.iter().filter(|range| range.start().is_ascii());
    for range in ascii {
        for c in range.start()..=range.end().min('\x7F') {
            all.push(one(lower_char(c)));
        }
    }
    with_plain_forms(all)
}

/// The class and the ASCII that some characters beyond it become.
fn with_plain_forms(mut class: ClassUnicode) -> ClassUnicode {
    for c in ['\'', '"', 'i', 'k', 's'] {
        class.push(one(c));
    }
    class
}

fn one(c: char) -> ClassUnicodeRange {
    ClassUnicodeRange::new(c, c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::{super::automaton::Automaton, *};

    fn may_match(pattern: &str, line: &str) -> bool {
        let automaton = Automaton::of(&relaxed(pattern).unwrap(), false).unwrap();
        automaton.is_match(&lower_case(line)).unwrap()
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
            (r"\A[\w]{2}\z", "ÄK"),
            (r"\A\d{2}\z", "٣3"),
            (r"[\x{1}-\x{60}\x{100}-\x{FFFF}]", "Z"),
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
