//! What a line must have for a pattern to be worth asking. Told from the
//! pattern's syntax tree, which takes longer than a small run, so for built-in
//! patterns it is told when dehusk is built.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::{
    heads::{self, Head},
    literals,
    tree::parse_folded,
};

/// A pattern as it is run: wrapped if the whole line must match.
pub(super) fn as_run(source: &str, whole: bool) -> String {
    if whole {
        format!(r"\A(?:{source})\z")
    } else {
        source.to_owned()
    }
}

/// What a line must have. All that is known must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gate {
    /// One of these strings, in the folded line.
    pub(super) strings: Option<Vec<String>>,
    /// For a pattern on whole lines, one of these beginnings, in order.
    pub(super) heads: Option<Vec<Head>>,
    /// The bytes that a match can begin with.
    pub(super) first: Bytes,
    /// The bytes that a match can end with.
    pub(super) last: Bytes,
    /// The shortest and longest match in bytes.
    pub(super) length: (usize, usize),
}

impl Gate {
    /// A gate that lets everything through.
    pub(super) const OPEN: Self = Self {
        strings: None,
        heads: None,
        first: Bytes::ALL,
        last: Bytes::ALL,
        length: (0, usize::MAX),
    };

    /// The gate of a pattern as run. `whole` if it matches whole lines. A
    /// pattern that does not parse is found out when it is compiled.
    pub(super) fn of(pattern: &str, whole: bool) -> Self {
        let mut gate = Self::OPEN;
        if let Some(hir) = parse_folded(pattern) {
            gate.strings = literals::strings(&hir);
            gate.heads = whole.then(|| heads::heads(&hir)).flatten();
        }
        let Ok(hir) = regex_syntax::parse(pattern) else {
            return gate;
        };
        for (end, bytes) in [(End::First, &mut gate.first), (End::Last, &mut gate.last)] {
            let mut found = Bytes::NONE;
            if !end_bytes(&hir, end, &mut found) {
                *bytes = found;
            }
        }
        let properties = hir.properties();
        gate.length = (
            properties.minimum_len().unwrap_or(0),
            properties.maximum_len().unwrap_or(usize::MAX),
        );
        gate
    }

    /// Whether all of `line`, which is not folded, can be a match as far as
    /// its length and its ends tell.
    pub(super) fn fits(&self, line: &str) -> bool {
        let (shortest, longest) = self.length;
        let is_in = |bytes: Bytes, byte: Option<&u8>| byte.is_none_or(|&byte| bytes.has(byte));
        let line = line.as_bytes();
        line.len() >= shortest
            && line.len() <= longest
            && is_in(self.first, line.first())
            && is_in(self.last, line.last())
    }

    /// Whether a part of `line`, which is not folded, can be a match as far as
    /// its length and the bytes it has tell.
    pub(super) fn fits_part(&self, line: &str) -> bool {
        line.len() >= self.length.0
            && (self.first == Bytes::ALL || line.bytes().any(|byte| self.first.has(byte)))
    }
}

/// A set of bytes, a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) [u64; 4]);

impl Bytes {
    pub(super) const ALL: Self = Self([u64::MAX; 4]);
    pub(super) const NONE: Self = Self([0; 4]);

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
}

/// An end of a match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// Marks the bytes that a match can have at an end; whether it can be empty.
fn end_bytes(hir: &Hir, end: End, found: &mut Bytes) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            let byte = match end {
                End::First => literal.0.first(),
                End::Last => literal.0.last(),
            };
            byte.inspect(|&&byte| found.add(byte)).is_none()
        }
        HirKind::Class(Class::Unicode(class)) => {
            for range in class.iter() {
                match end {
                    // Lead bytes grow with the character, so the ends bound them.
                    End::First => {
                        let lead = |c: char| c.encode_utf8(&mut [0; 4]).as_bytes()[0];
                        (lead(range.start())..=lead(range.end())).for_each(|b| found.add(b));
                    }
                    // Of those beyond ASCII any byte may be the last.
                    End::Last => {
                        let ascii = u8::try_from(range.end()).unwrap_or(0x7F).min(0x7F);
                        if let Ok(start) = u8::try_from(range.start()) {
                            (start..=ascii).for_each(|byte| found.add(byte));
                        }
                        if !range.end().is_ascii() {
                            (0x80..=0xBF).for_each(|byte| found.add(byte));
                        }
                    }
                }
            }
            false
        }
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.iter() {
                (range.start()..=range.end()).for_each(|byte| found.add(byte));
            }
            false
        }
        HirKind::Capture(capture) => end_bytes(&capture.sub, end, found),
        HirKind::Repetition(repetition) => {
            end_bytes(&repetition.sub, end, found) || repetition.min == 0
        }
        HirKind::Concat(parts) => match end {
            End::First => parts.iter().all(|part| end_bytes(part, end, found)),
            End::Last => parts.iter().rev().all(|part| end_bytes(part, end, found)),
        },
        HirKind::Alternation(parts) => {
            let mut empty = false;
            for part in parts {
                empty |= end_bytes(part, end, found);
            }
            empty
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_bound_where_a_match_begins() {
        let gate = Gate::of(r"[\x00-\x30\u{AD}]+", false);
        assert!(gate.first.has(0) && gate.first.has(0xC2) && !gate.first.has(b'a'));
        assert!(Gate::of("a*", false).first.has(b'z'));
    }

    #[test]
    fn the_ends_and_the_length_of_a_line_tell_most_patterns_from_it() {
        let gate = Gate::of(r#"\A(?:["'][^"']{1,80}["'»]\s*[;,é]?)\z"#, true);
        for line in [r#""a";"#, "'a'", "'a»", "'a'é", "'a' "] {
            assert!(gate.fits(line), "{line}");
        }
        for line in ["a'", "'a", "''", ""] {
            assert!(!gate.fits(line), "{line}");
        }
        assert!(!Gate::of(r"\A(?:ab?)\z", true).fits("abb"));
    }

    #[test]
    fn a_pattern_that_does_not_parse_lets_everything_through() {
        assert_eq!(Gate::of("(", true), Gate::OPEN);
    }
}
