//! How a line must begin for a pattern to match all of it: told from the first
//! two bytes, before the pattern is compiled.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::fold::{fold, lower};

/// The first two bytes of a folded text; zero where it has ended.
pub(super) type Head = [u8; 2];

/// The head of a folded text.
pub(super) fn head(folded: &str) -> Head {
    let bytes = folded.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    [byte(0), byte(1)]
}

/// The heads that a match can have: by first byte, a bit for the low six bits
/// of the second, which tells letters of one script apart.
#[derive(Debug)]
pub(super) struct Heads(Box<[u64; 256]>);

/// Characters of a class that are told apart by both bytes.
const MOST_CHARS: u32 = 40;
/// Characters of a class that are told apart by their first byte: the digits
/// of all scripts are 680.
const MOST_LEADS: u32 = 1000;

/// A beginning of at most two folded bytes, and whether anything may follow.
type Prefix = (Vec<u8>, bool);

impl Heads {
    /// The heads of lines that all of a pattern matches; `None` if they could
    /// be any. `hir` may tell upper from lower case or not.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        let mut heads = Self(Box::new([0; 256]));
        for (prefix, open) in prefixes(hir)? {
            match *prefix {
                [] if open => return None,
                [] => heads.0[0] |= 1,
                [first] => heads.0[usize::from(first)] = u64::MAX,
                [first, second, ..] => heads.0[usize::from(first)] |= 1 << (second & 63),
            }
        }
        Some(heads)
    }

    pub(super) fn has(&self, head: Head) -> bool {
        self.0[usize::from(head[0])] >> (head[1] & 63) & 1 == 1
    }
}

/// `text` behind `before`, as far as it is needed. What follows a blank is not
/// known, for a run of blanks folds to one.
fn joined(before: &[u8], text: &[u8], open: bool) -> Prefix {
    let mut bytes = before.to_vec();
    bytes.extend_from_slice(text);
    bytes.truncate(2);
    let blank = bytes == b" ";
    (bytes, open || blank)
}

fn prefixes(hir: &Hir) -> Option<BTreeSet<Prefix>> {
    let empty = || BTreeSet::from([(Vec::new(), false)]);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(empty()),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            Some(BTreeSet::from([joined(&[], fold(text).as_bytes(), false)]))
        }
        HirKind::Class(class) => class_prefixes(class),
        HirKind::Capture(capture) => prefixes(&capture.sub),
        HirKind::Repetition(repetition) => {
            let mut found = prefixes(&repetition.sub)?;
            if repetition.max != Some(1) {
                found = found.into_iter().map(|(bytes, _)| (bytes, true)).collect();
            }
            if repetition.min == 0 {
                found.append(&mut empty());
            }
            Some(found)
        }
        HirKind::Concat(parts) => {
            let mut found = empty();
            for part in parts {
                let ends = |(bytes, open): &Prefix| *open || bytes.len() == 2;
                if found.iter().all(ends) {
                    break;
                }
                let next = prefixes(part)?;
                let mut longer = BTreeSet::new();
                for prefix in found {
                    if ends(&prefix) {
                        longer.insert(prefix);
                    } else {
                        longer.extend(
                            next.iter()
                                .map(|(text, open)| joined(&prefix.0, text, *open)),
                        );
                    }
                }
                found = longer;
            }
            Some(found)
        }
        HirKind::Alternation(parts) => {
            let mut found = BTreeSet::new();
            for part in parts {
                found.append(&mut prefixes(part)?);
            }
            Some(found)
        }
    }
}

fn class_prefixes(class: &Class) -> Option<BTreeSet<Prefix>> {
    let class = match class {
        Class::Unicode(class) => class.clone(),
        Class::Bytes(class) => class.to_unicode_class()?,
    };
    let count: u32 = class
        .iter()
        .map(|range| u32::from(range.end()) - u32::from(range.start()) + 1)
        .sum();
    if count > MOST_LEADS {
        return Some(BTreeSet::from([(Vec::new(), true)]));
    }
    let chars = class.iter().flat_map(|range| range.start()..=range.end());
    let folded = chars.map(|c| {
        let mut text = String::new();
        if c.is_whitespace() {
            text.push(' ');
        } else {
            lower(c, |c| text.push(c));
        }
        text
    });
    if count <= MOST_CHARS {
        return Some(
            folded
                .map(|text| joined(&[], text.as_bytes(), false))
                .collect(),
        );
    }
    Some(
        folded
            .map(|text| joined(&[], &text.as_bytes()[..1], true))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::{super::literals::parse_folded, *};

    fn may_begin(pattern: &str, line: &str) -> bool {
        let heads = Heads::of(&parse_folded(pattern).unwrap());
        heads.is_none_or(|heads| heads.has(head(&fold(line))))
    }

    #[test]
    fn a_line_that_begins_otherwise_is_not_asked() {
        let pattern = r"\A(?:(?i)(?:[*•-]\s+|\d{1,2}\.\s+)?\[?(?:share|tweet|x|поделиться)\b.*)\z";
        for line in [
            "Share this",
            "X",
            "x y",
            "* tweet",
            "1. Share",
            "٣. Share",
            "[TWEET",
            "ПОДЕЛИТЬСЯ",
        ] {
            assert!(may_begin(pattern, line), "{line}");
        }
        for line in ["Sport", "The", "a", ""] {
            assert!(!may_begin(pattern, line), "{line}");
        }
        assert!(may_begin(r"\A(?:.*share)\z", "anything"));
        assert!(may_begin(r"\A(?:a?)\z", "") && !may_begin(r"\A(?:a?)\z", "b"));
    }
}
