//! Phrases with placeholders: `{n}` for a number, `{w}` for one to four words.

use std::fmt;

use super::{
    fold::{core, fold, is_boundary},
    gate::Gate,
};

/// A phrase as compared: folded, without decoration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    /// A phrase without placeholders: found by its hash.
    Exact(String),
    /// A phrase with placeholders.
    Pattern(Pattern),
}

/// A folded phrase with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Number,
    Words,
}

/// The words a `{w}` may stand for, and their characters: a publisher's or a
/// product's name, not a clause.
const MOST_WORDS: usize = 4;
const MOST_WORD_CHARS: usize = 40;
/// The most placeholders of a phrase. Each `{w}` may try four ends for every
/// end of those before it, so this bounds what a line costs; no built-in phrase
/// has more than two.
pub(super) const MOST_PLACEHOLDERS: usize = 4;
/// The longest phrase as written, in bytes. What is longer is a paragraph, and
/// a line of it is found by its first words.
pub(super) const LONGEST_PHRASE: usize = 400;

/// Why a phrase cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// Folding leaves nothing, or nothing but placeholders.
    NothingOwn,
    /// It has more than [`MOST_PLACEHOLDERS`].
    Placeholders,
    /// It is longer than [`LONGEST_PHRASE`].
    Long,
}

impl Phrase {
    /// Folds a phrase as written.
    pub(super) fn parse(written: &str) -> Result<Self, Unusable> {
        if written.len() > LONGEST_PHRASE {
            return Err(Unusable::Long);
        }
        let mut pieces = Vec::new();
        let mut rest = written;
        while let Some((at, piece)) = placeholder(rest) {
            push_literal(&mut pieces, &rest[..at]);
            pieces.push(piece);
            rest = &rest[at + 3..];
        }
        push_literal(&mut pieces, rest);
        trim(&mut pieces);
        if let [Piece::Literal(text)] = pieces.as_mut_slice() {
            return Ok(Self::Exact(std::mem::take(text)));
        }
        let pattern = Pattern { pieces };
        let placeholders = pattern
            .pieces
            .iter()
            .filter(|p| !matches!(p, Piece::Literal(_)))
            .count();
        let words = pattern.pieces.contains(&Piece::Words);
        // A lone number says what it is; words without an anchor do not.
        let anchored = pattern.anchor().is_some() || (!words && placeholders == 1);
        if !anchored {
            Err(Unusable::NothingOwn)
        } else if placeholders > MOST_PLACEHOLDERS {
            Err(Unusable::Placeholders)
        } else {
            Ok(Self::Pattern(pattern))
        }
    }
}

/// The first placeholder; any other brace is a brace.
fn placeholder(text: &str) -> Option<(usize, Piece)> {
    text.match_indices('{')
        .find_map(|(at, _)| match text.get(at..at + 3) {
            Some("{n}") => Some((at, Piece::Number)),
            Some("{w}") => Some((at, Piece::Words)),
            _ => None,
        })
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) {
    let folded = fold(text);
    if !folded.is_empty() {
        pieces.push(Piece::Literal(folded));
    }
}

/// Takes decoration off the ends, as it is taken off the line.
fn trim(pieces: &mut Vec<Piece>) {
    if let [Piece::Literal(only)] = pieces.as_mut_slice() {
        *only = only[core(only)].to_owned();
    } else {
        if let Some(Piece::Literal(first)) = pieces.first_mut() {
            *first = first
                .trim_start_matches(super::fold::is_decoration)
                .to_owned();
        }
        if let Some(Piece::Literal(last)) = pieces.last_mut() {
            *last = last.trim_end_matches(super::fold::is_decoration).to_owned();
        }
    }
    pieces.retain(|piece| !matches!(piece, Piece::Literal(text) if text.is_empty()));
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => f.write_str(text),
            Piece::Number => f.write_str("{n}"),
            Piece::Words => f.write_str("{w}"),
        })
    }
}

impl Pattern {
    /// The longest piece that every match contains, if one has a letter or digit.
    pub(super) fn anchor(&self) -> Option<&str> {
        self.pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Literal(text) if text.chars().any(char::is_alphanumeric) => {
                    Some(text.as_str())
                }
                _ => None,
            })
            .max_by_key(|text| text.len())
    }

    /// What a line must have to be worth comparing.
    pub(super) fn gate(&self) -> Gate {
        Gate {
            strings: self.anchor().map(|anchor| vec![anchor.to_owned()]),
            ..Gate::OPEN
        }
    }

    /// Whether `line`, folded and without decoration, is this phrase.
    pub(super) fn matches(&self, line: &str) -> bool {
        matches(&self.pieces, line, None)
    }
}

/// Backtracks only inside `{w}`, over at most four word ends.
fn matches(pieces: &[Piece], line: &str, before: Option<char>) -> bool {
    let Some((piece, pieces)) = pieces.split_first() else {
        return line.is_empty();
    };
    match piece {
        Piece::Literal(text) => line
            .strip_prefix(text.as_str())
            .is_some_and(|rest| matches(pieces, rest, text.chars().next_back())),
        Piece::Number => number(line)
            .is_some_and(|end| matches(pieces, &line[end..], line[..end].chars().next_back())),
        Piece::Words => {
            is_boundary(before, line.chars().next())
                && word_ends(line).any(|end| {
                    let taken = &line[..end];
                    is_boundary(taken.chars().next_back(), line[end..].chars().next())
                        && matches(pieces, &line[end..], taken.chars().next_back())
                })
        }
    }
}

/// The ends of the first one to four words of `line`, within the character cap.
fn word_ends(line: &str) -> impl Iterator<Item = usize> + '_ {
    let unspaced_or_last = move |at: usize| {
        let before = line[..at].chars().next_back();
        let after = line[at..].chars().next();
        before.is_some_and(|c| c != ' ') && is_boundary(before, after)
    };
    let mut words = 1;
    line.char_indices()
        .map(|(at, c)| (at + c.len_utf8(), c))
        .take(MOST_WORD_CHARS)
        .take_while(move |&(_, c)| {
            words += usize::from(c == ' ');
            words <= MOST_WORDS
        })
        .map(|(end, _)| end)
        .filter(move |&end| unspaced_or_last(end))
}

/// The end of the number at the start of `line`: digits with `,` `.` `'` or
/// a narrow blank between them, and a suffix such as k, m or 万.
fn number(line: &str) -> Option<usize> {
    let mut end = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let between = matches!(c, ',' | '.' | '\'' | '٬' | '٫')
            && end > 0
            && chars.peek().is_some_and(|&(_, next)| next.is_numeric());
        if c.is_numeric() {
            end = at + c.len_utf8();
        } else if !between {
            break;
        }
    }
    if end == 0 {
        return None;
    }
    let rest = &line[end..];
    let suffix = rest.chars().next().filter(|&c| {
        let after = rest[c.len_utf8()..].chars().next();
        match c {
            'k' | 'm' | 'b' => is_boundary(Some(c), after),
            '万' | '萬' | '亿' | '億' | '千' | '만' | '천' | '+' => true,
            _ => false,
        }
    });
    Some(end + suffix.map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(phrase: &str, line: &str) -> bool {
        let folded = fold(line);
        let line = &folded[core(&folded)];
        match Phrase::parse(phrase).unwrap() {
            Phrase::Exact(text) => text == line,
            Phrase::Pattern(pattern) => pattern.matches(line),
        }
    }

    #[test]
    fn a_number_placeholder_is_one_number() {
        assert!(is("{n} comments", "1,234 Comments"));
        assert!(is("{n} comments", "1.2K comments…"));
        assert!(is("Comments ({n})", "comments (3)"));
        assert!(is("{n}条评论", "3万条评论"));
        assert!(is("page {n} of {n}", "Page 2 of 10"));
        assert!(!is("{n} comments", "no comments"));
        assert!(!is("{n} comments", "1 2 comments"));
        assert!(is("{n}", "1.2k"));
    }

    #[test]
    fn a_word_placeholder_is_one_to_four_words() {
        assert!(is("more from {w}", "More from The Daily Example"));
        assert!(is("read {w} on {w}", "Read stories on Example"));
        assert!(!is("more from {w}", "more from"));
        assert!(!is("more from {w}", "more from a b c d e"));
        assert!(is("关注{w}公众号", "关注示例公众号"));
        assert!(!is(
            "more from {w}",
            "more from aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        ));
    }

    #[test]
    fn a_phrase_has_bounds() {
        let most = "{n} of ".repeat(MOST_PLACEHOLDERS) + "them";
        assert!(is(&most, "1 of 2 of 3 of 4 of them"));
        let more = "{n} of ".to_owned() + &most;
        assert_eq!(Phrase::parse(&more), Err(Unusable::Placeholders));
        assert!(Phrase::parse(&"a".repeat(LONGEST_PHRASE)).is_ok());
        let long = "a".repeat(LONGEST_PHRASE + 1);
        assert_eq!(Phrase::parse(&long), Err(Unusable::Long));
    }

    #[test]
    fn a_phrase_needs_something_of_its_own() {
        for phrase in ["* * *", "{w}", "{w} {n}", "{w} {w} {w} {w} {w}", ""] {
            assert_eq!(Phrase::parse(phrase), Err(Unusable::NothingOwn), "{phrase}");
        }
        assert!(is(
            "manage {vendor_count} vendors",
            "Manage {vendor_count} vendors"
        ));
    }
}
