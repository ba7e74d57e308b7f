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
    /// The bytes that a match can begin with, if neither of the two is known.
    pub(super) first: Bytes,
    /// The shortest and longest match in bytes, if neither is known.
    pub(super) length: (usize, usize),
}

impl Gate {
    /// A gate that lets everything through.
    pub(super) const OPEN: Self = Self {
        strings: None,
        heads: None,
        first: Bytes::ALL,
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
        if gate.strings.is_some() || gate.heads.is_some() {
            return gate;
        }
        let Ok(hir) = regex_syntax::parse(pattern) else {
            return gate;
        };
        let mut first = Bytes::NONE;
        if !first_bytes(&hir, &mut first) {
            gate.first = first;
        }
        let properties = hir.properties();
        gate.length = (
            properties.minimum_len().unwrap_or(0),
            properties.maximum_len().unwrap_or(usize::MAX),
        );
        gate
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

/// Marks the bytes that a match can begin with; whether it can be empty.
fn first_bytes(hir: &Hir, first: &mut Bytes) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match literal.0.first() {
            Some(&byte) => {
                first.add(byte);
                false
            }
            None => true,
        },
        HirKind::Class(Class::Unicode(class)) => {
            for range in class.iter() {
                // Lead bytes grow with the character, so the ends bound them.
                let lead = |c: char| c.encode_utf8(&mut [0; 4]).as_bytes()[0];
                (lead(range.start())..=lead(range.end())).for_each(|byte| first.add(byte));
            }
            false
        }
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.iter() {
                (range.start()..=range.end()).for_each(|byte| first.add(byte));
            }
            false
        }
        HirKind::Capture(capture) => first_bytes(&capture.sub, first),
        HirKind::Repetition(repetition) => {
            first_bytes(&repetition.sub, first) || repetition.min == 0
        }
        HirKind::Concat(parts) => parts.iter().all(|part| first_bytes(part, first)),
        HirKind::Alternation(parts) => {
            let mut empty = false;
            for part in parts {
                empty |= first_bytes(part, first);
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
    fn a_pattern_that_does_not_parse_lets_everything_through() {
        assert_eq!(Gate::of("(", true), Gate::OPEN);
    }
}
