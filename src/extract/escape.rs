//! Text that stands for itself in Markdown.

use std::borrow::Cow;

/// Where a piece of text stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Around {
    /// Whether it is the text of a link.
    pub in_link: bool,
    /// Whether a link begins behind it.
    pub before_link: bool,
}

/// Text that stands for itself: whatever a reader would take for a sign gets a
/// backslash (`CommonMark` 2.4), and nothing else, so that text stays easy to
/// read: `snake_case`, `[1]`, `3 * 4` and `a < b` are as they were.
pub(super) fn plain(text: &str, around: Around) -> Cow<'_, str> {
    const SIGNS: [char; 9] = ['\\', '`', '*', '_', '[', ']', '<', '&', '~'];
    if !text.contains(SIGNS) && !text.ends_with('!') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|&(_, next)| next);
        let apart = |side: Option<char>| side.is_some_and(char::is_whitespace);
        let is_sign = match character {
            // Blanks are cut off at the end of a line, where it would break it.
            '\\' => after.is_none_or(|next| next.is_whitespace() || next.is_ascii_punctuation()),
            '`' => true,
            '*' => !(apart(before) && apart(after)),
            '_' => {
                let word = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
                !(word(before) && word(after))
            }
            '[' => around.in_link,
            ']' => around.in_link || after.is_none_or(|next| matches!(next, '(' | '[' | ':')),
            '<' => after
                .is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')),
            '&' => is_entity(&text[at + 1..]),
            '~' => before != Some(' ') || after == Some('~') || after.is_none(),
            '!' => after.is_none() && around.before_link,
            _ => false,
        };
        if is_sign {
            out.push('\\');
        }
        out.push(character);
        before = Some(character);
    }
    Cow::Owned(out)
}

/// Whether what follows an ampersand makes it an entity.
fn is_entity(rest: &str) -> bool {
    let name = rest.trim_start_matches('#');
    let end = name.find(|character: char| !character.is_ascii_alphanumeric());
    end.is_some_and(|end| end > 0 && name[end..].starts_with(';'))
}

/// Markdown with a backslash where a line of it begins with what would be
/// taken for the mark of a heading, list, quotation, rule or fence: "1. FC
/// Köln won" is a sentence.
pub(super) fn guarded(markdown: &str) -> Cow<'_, str> {
    if markdown.split('\n').all(|line| block_mark(line).is_none()) {
        return Cow::Borrowed(markdown);
    }
    let lines = markdown.split('\n').map(|line| match block_mark(line) {
        Some(at) => format!("{}\\{}", &line[..at], &line[at..]),
        None => line.to_owned(),
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// Where the sign stands that makes a line the beginning of a block, or the
/// line before it a heading (`CommonMark` 0.31, sections 4 and 5; tables of
/// GFM).
fn block_mark(line: &str) -> Option<usize> {
    let text = line.trim_start_matches([' ', '\t']);
    let start = line.len() - text.len();
    // Blanks at the end of a line are not written.
    let text = text.trim_end();
    let is_apart = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    let sign = text.chars().next()?;
    let run = text.len() - text.trim_start_matches(sign).len();
    let after = text.get(run..).unwrap_or_default();
    let only = |least: usize| {
        let signs = text.matches(sign).count();
        signs >= least && text.chars().all(|c| c == sign || c == ' ')
    };
    let rules_table = || text.chars().all(|c| "|-: ".contains(c)) && text.contains('-');
    let begins = match sign {
        '#' => run <= 6 && is_apart(after),
        '>' => true,
        '+' => is_apart(&text[1..]),
        '-' => is_apart(&text[1..]) || rules_table(),
        '*' => is_apart(&text[1..]) || only(3),
        '=' => only(1),
        '|' | ':' => rules_table(),
        // What goes on with backticks is code in the line.
        '`' => run >= 3 && !after.contains('`'),
        '~' => run >= 3,
        '0'..='9' => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let rest = text[digits..].strip_prefix(['.', ')']);
            let is_number = digits <= 9 && rest.is_some_and(is_apart);
            return is_number.then_some(start + digits);
        }
        _ => false,
    };
    begins.then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_look_like_marks_of_blocks_are_escaped_and_others_are_not() {
        for (line, escaped) in [
            ("1. FC Köln won", "1\\. FC Köln won"),
            ("1990) a year", "1990\\) a year"),
            ("# 1 of the charts", "\\# 1 of the charts"),
            ("- so she said", "\\- so she said"),
            ("* without tax", "\\* without tax"),
            ("+ two points", "\\+ two points"),
            ("> 20 degrees", "\\> 20 degrees"),
            ("---", "\\---"),
            ("===", "\\==="),
            ("* * *", "\\* * *"),
            ("```", "\\```"),
            ("~~~", "\\~~~"),
            ("| --- | --- |", "\\| --- | --- |"),
            ("a\n 2. b\nc", "a\n 2\\. b\nc"),
        ] {
            assert_eq!(guarded(line), escaped);
        }
        for line in [
            "1.5 tons",
            "1234567890. is no number of a list",
            "#hashtag",
            "-5 degrees",
            "*emphasis* of a word",
            "**strong** words",
            "~~struck~~ words",
            "``` a `` b ```",
            "& so on",
            "| a | b |",
            "_",
            "é",
            "",
        ] {
            assert_eq!(guarded(line), line);
        }
    }
}
