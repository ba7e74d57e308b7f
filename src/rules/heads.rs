//! How a line must begin for a pattern to match all of it.
//!
//! Most patterns on whole lines are lists of words behind an optional list
//! mark. So heads are compared behind what lines are decorated and numbered
//! with, which goes on both sides: eight bytes tell nearly all lines from all
//! patterns, at the price of four look-ups in a table.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::{
    fold::{fold, is_decoration},
    tree::{count, folded_chars, unicode_class},
};

/// The bytes of a head. Longer ones would tell little more: four Cyrillic
/// letters, or two Chinese ones and a part.
const LONGEST: usize = 8;
/// Characters of a class that are told apart by all their bytes.
const MOST_CHARS: u32 = 40;
/// Characters of a class that are told apart by their first byte: the digits
/// of all scripts are 680.
const MOST_LEADS: u32 = 1000;
/// Heads of one pattern. The largest list of the built-in packs has 700; more
/// lose their second half first, and then tell too little.
const MOST_HEADS: usize = 4096;

/// How a line begins, in one number: its first bytes, the first one lowest,
/// and how many of them are compared.
pub(super) type Head = (u64, u8);

/// The lengths that heads come in, in bytes.
pub(super) const LENGTHS: [u8; 4] = [8, 4, 2, 1];

/// The first bytes of a folded line, behind decoration and numbers; zero where
/// it has ended. Blanks at its end do not count.
pub(super) fn head(folded: &str) -> u64 {
    let begin = folded.trim_start_matches(is_passed).as_bytes();
    let mut bytes = [0; LONGEST];
    let length = begin.len().min(LONGEST);
    bytes[..length].copy_from_slice(&begin[..length]);
    if begin.len() <= LONGEST {
        for byte in bytes[..length].iter_mut().rev() {
            if *byte != b' ' {
                break;
            }
            *byte = 0;
        }
    }
    u64::from_le_bytes(bytes)
}

/// The part of a line's head that is compared with a head of `length` bytes.
pub(super) fn cut(head: u64, length: u8) -> Head {
    let unused = 64 - 8 * u32::from(length);
    (head << unused >> unused, length)
}

fn is_passed(c: char) -> bool {
    is_decoration(c) || c.is_numeric()
}

/// A beginning of folded lines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Prefix {
    bytes: [u8; LONGEST],
    length: u8,
    /// Whether anything may follow.
    open: bool,
}

impl Prefix {
    const EMPTY: Self = Self {
        bytes: [0; LONGEST],
        length: 0,
        open: false,
    };

    fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// This with `text` behind it, as far as it is needed, and with blanks as
    /// folding has them.
    fn then(mut self, text: &str) -> Self {
        let text = match self.text().last() {
            None => text.trim_start_matches(is_passed),
            Some(b' ') => text.trim_start_matches(' '),
            Some(_) => text,
        };
        for &byte in text.as_bytes().iter().take(LONGEST - self.text().len()) {
            self.bytes[usize::from(self.length)] = byte;
            self.length += 1;
        }
        self
    }

    fn cut(mut self, most: usize) -> Self {
        if self.text().len() > most {
            self.bytes[most..].fill(0);
            self.length = u8::try_from(most).expect("at most eight");
            self.open = true;
        }
        self
    }

    /// Whether nothing that comes behind it matters.
    fn is_done(&self) -> bool {
        self.open || self.text().len() == LONGEST
    }

    /// The heads of the lines that begin so.
    fn heads(self) -> impl Iterator<Item = Head> {
        let length = match (self.open, self.length) {
            (false, _) | (true, 8) => 8,
            (true, 4..) => 4,
            (true, 2..) => 2,
            (true, _) => 1,
        };
        let bytes = u64::from_le_bytes(self.bytes);
        // A line that ends with blanks has none there.
        let trimmed = (self.text().last() == Some(&b' ')).then(|| {
            let mut bytes = self.bytes;
            bytes[usize::from(self.length) - 1] = 0;
            (u64::from_le_bytes(bytes), 8)
        });
        std::iter::once(cut(bytes, length)).chain(trimmed)
    }
}

/// The heads of lines that all of a pattern matches, in order; `None` if they
/// could be any. `hir` may tell upper from lower case or not.
pub(super) fn heads(hir: &Hir) -> Option<Vec<Head>> {
    let mut done = BTreeSet::new();
    let live = extend(hir, BTreeSet::from([Prefix::EMPTY]), &mut done)?;
    let heads: BTreeSet<Head> = done
        .into_iter()
        .chain(live)
        .flat_map(Prefix::heads)
        .collect();
    Some(heads.into_iter().collect())
}

/// What the beginnings in `live` become behind `hir`; those to which nothing
/// need be added go to `done`. `None` if too little is known.
fn extend(
    hir: &Hir,
    live: BTreeSet<Prefix>,
    done: &mut BTreeSet<Prefix>,
) -> Option<BTreeSet<Prefix>> {
    let next: BTreeSet<Prefix> = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => live,
        HirKind::Literal(literal) => {
            let text = fold(std::str::from_utf8(&literal.0).ok()?);
            live.into_iter().map(|prefix| prefix.then(&text)).collect()
        }
        HirKind::Class(class) => extend_by_class(class, &live)?,
        HirKind::Capture(capture) => extend(&capture.sub, live, done)?,
        HirKind::Repetition(repetition) => {
            let mut next = extend(&repetition.sub, live.clone(), done)?;
            if repetition.max != Some(1) && !is_stable(&repetition.sub, &live, &next)? {
                // What is passed over can be passed over again; behind
                // anything else comes more of the same.
                next = next
                    .into_iter()
                    .map(|prefix| Prefix {
                        open: !live.contains(&prefix),
                        ..prefix
                    })
                    .collect();
            }
            if repetition.min == 0 {
                next.extend(live);
            }
            next
        }
        HirKind::Concat(parts) => {
            let mut next = live;
            for part in parts {
                if next.is_empty() {
                    break;
                }
                next = extend(part, next, done)?;
            }
            next
        }
        HirKind::Alternation(parts) => {
            let mut next = BTreeSet::new();
            for part in parts {
                next.append(&mut extend(part, live.clone(), done)?);
            }
            next
        }
    };
    let (full, mut live): (BTreeSet<_>, BTreeSet<_>) = next.into_iter().partition(Prefix::is_done);
    done.extend(full);
    if done.iter().any(|prefix| prefix.text().is_empty()) {
        return None;
    }
    if done.len() + live.len() > MOST_HEADS {
        live.append(done);
        (*done, live) = live
            .into_iter()
            .map(|prefix| prefix.cut(LONGEST / 2))
            .partition(Prefix::is_done);
    }
    (done.len() + live.len() <= MOST_HEADS).then_some(live)
}

/// Whether repeating what has made `once` of `live` makes nothing else: a blank
/// behind a blank changes nothing.
fn is_stable(hir: &Hir, live: &BTreeSet<Prefix>, once: &BTreeSet<Prefix>) -> Option<bool> {
    let mut more = BTreeSet::new();
    let twice = extend(hir, once.clone(), &mut more)?;
    let known = |prefix: &Prefix| once.contains(prefix) || live.contains(prefix);
    Some(more.is_empty() && twice.iter().all(known))
}

fn extend_by_class(class: &Class, live: &BTreeSet<Prefix>) -> Option<BTreeSet<Prefix>> {
    let class = unicode_class(class)?;
    let count = count(&class);
    if count > MOST_LEADS {
        let open = |prefix: &Prefix| Prefix {
            open: true,
            ..*prefix
        };
        return Some(live.iter().map(open).collect());
    }
    let chars: BTreeSet<String> = folded_chars(&class).collect();
    let mut next = BTreeSet::new();
    for prefix in live {
        for text in &chars {
            let longer = prefix.then(text);
            next.insert(if count <= MOST_CHARS || longer == *prefix {
                longer
            } else {
                Prefix {
                    open: true,
                    ..longer.cut(prefix.text().len() + 1)
                }
            });
        }
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::{super::tree::parse_folded, *};

    fn may_begin(pattern: &str, line: &str) -> bool {
        let head = head(&fold(line));
        heads(&parse_folded(pattern).unwrap()).is_none_or(|heads| {
            LENGTHS
                .iter()
                .any(|&length| heads.contains(&cut(head, length)))
        })
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
        for line in ["Sport", "The", "a", "", "поднос"] {
            assert!(!may_begin(pattern, line), "{line}");
        }
        assert!(may_begin(r"\A(?:.*share)\z", "anything"));
        assert!(may_begin(r"\A(?:a?)\z", "") && !may_begin(r"\A(?:a?)\z", "b"));
    }

    #[test]
    fn where_a_line_ends_counts_and_blanks_do_not() {
        let pattern = r"\A(?:log\s+in|sign\s?up\s?)\z";
        for line in ["Log  in", "log in ", "Sign up", "signup", "sign up  "] {
            assert!(may_begin(pattern, line), "{line}");
        }
        for line in ["log off", "sign upper", "login"] {
            assert!(!may_begin(pattern, line), "{line}");
        }
    }

    #[test]
    fn numbers_and_decoration_are_passed_over() {
        let pattern = r"\A(?:[\[(*_>\s]*\d[\d.,]*\s*(?:views|likes))\z";
        assert!(may_begin(pattern, "** 1,200 Views"));
        assert!(!may_begin(pattern, "1,200 dollars"));
        assert!(may_begin(r"\A(?:\d[\d.]*)\z", "12") && !may_begin(r"\A(?:\d[\d.]*)\z", "12 a"));
    }
}
