//! Paragraphs that their author broke into lines.
//!
//! Rules and guards look at lines, and most lines of scraped text are whole
//! paragraphs, headings or labels. Text that is wrapped at a column is another
//! matter: there a line is a piece of a sentence, has few words and ends
//! anywhere. Here lines of one paragraph are told from lines that happen to
//! follow each other: a sentence goes on in the next line, in small letters, or
//! the next word would not have fitted.

use std::ops::Range;

use super::view::View;
use crate::rules::words::{ends_sentence, words};

/// A line that a sentence goes on from has so many words, or it is an entry of
/// a list in small letters.
const GOING_WORDS: usize = 4;
/// And so many characters: narrower columns are verse, tables and menus.
const GOING_CHARS: usize = 30;
/// Columns at which authors wrap.
const COLUMNS: Range<usize> = 30..121;
/// So many sentences that go on in the next line make a wrapped document, as
/// does every other line of a short one. There the width of the next word tells
/// as well.
const GOING_PAIRS: usize = 3;
/// The share of the document's longest lines that may stand out of the column:
/// addresses and tables do.
const OUTSIDE: usize = 20;

/// The paragraphs of a document, as ranges of positions: a line that is none's
/// piece is a paragraph of its own.
#[derive(Clone, Debug)]
pub(super) struct Paragraphs {
    /// For each position the first of its paragraph, and the one past the last.
    ends: Vec<(u32, u32)>,
    any: bool,
}

impl Paragraphs {
    /// Of the lines that are left, wrapped or not.
    pub(super) fn of(view: &View<'_, '_>) -> Self {
        let joins = joins(view);
        let any = joins.contains(&true);
        let mut ends = Vec::with_capacity(view.len());
        let mut start = 0;
        // The first line of a document goes on none.
        for lines in joins.chunk_by(|_, goes_on| *goes_on) {
            let end = start + lines.len();
            ends.extend(lines.iter().map(|_| (position(start), position(end))));
            start = end;
        }
        Self { ends, any }
    }

    /// Whether some paragraph has more than one line.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    /// The positions of the paragraph that one belongs to, half-open.
    pub(super) fn around(&self, at: usize) -> Range<usize> {
        let (start, end) = self.ends[at];
        start as usize..end as usize
    }
}

#[expect(clippy::cast_possible_truncation, reason = "lines are numbered by u32")]
fn position(at: usize) -> u32 {
    at as u32
}

/// For each position whether its line goes on the one before.
fn joins(view: &View<'_, '_>) -> Vec<bool> {
    // What each line says if it can go on the one before, with that one.
    let can_go_on = |at: usize| {
        let before = at.checked_sub(1)?;
        let (line, next) = (view.content(before), view.content(at));
        let adjacent = view.line(at) == view.line(before) + 1;
        (adjacent && !is_block(line) && !begins_block(next)).then_some((line, next))
    };
    let mut joins = vec![false; view.len()];
    let (mut going, mut long) = (0, 0);
    for (at, joins) in joins.iter_mut().enumerate() {
        if let Some((line, next)) = can_go_on(at) {
            *joins = goes_on(line, next);
            going += usize::from(*joins);
            long += usize::from(line.len() >= GOING_CHARS);
        }
    }
    let column = (going > 0).then(|| column(view, &joins)).flatten();
    let Some(column) = column.filter(|_| going >= GOING_PAIRS || 2 * going >= long) else {
        joins.fill(false);
        return joins;
    };
    for (at, joins) in joins.iter_mut().enumerate() {
        if let Some((line, next)) = can_go_on(at) {
            *joins |= is_full(line, view.indent(at - 1), next, column);
        }
    }
    joins
}

/// A line that stands for itself in Markdown and its like.
fn is_block(line: &str) -> bool {
    line.starts_with(['#', '|', '`', '~']) || !line.chars().any(char::is_alphanumeric)
}

/// A line that begins something of its own.
fn begins_block(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    is_block(line)
        || ["- ", "* ", "+ ", "• ", "– ", "> "]
            .iter()
            .any(|mark| line.starts_with(mark))
        || (1..=3).contains(&digits)
            && line[digits..].starts_with([')', '.'])
            && line[digits + 1..].starts_with(' ')
}

/// Whether a sentence goes on in the next line: the one does not end, the other
/// does not begin.
fn goes_on(line: &str, next: &str) -> bool {
    let begins = next
        .trim_start_matches(['(', '[', '"', '\'', '*', '_', '“', '„', '«', '`'])
        .chars()
        .next();
    begins.is_some_and(char::is_lowercase)
        && !ends_sentence(line)
        && !line.ends_with([':', '：', '…'])
        && !line.ends_with("...")
        && line.chars().count() >= GOING_CHARS
        && words(line) >= GOING_WORDS
        && !next.starts_with("http")
}

/// The column at which a document is wrapped: nearly all lines that go on end
/// before it.
fn column(view: &View<'_, '_>, joins: &[bool]) -> Option<usize> {
    let mut widths: Vec<usize> = (1..view.len())
        .filter(|&at| joins[at])
        .map(|at| view.indent(at - 1) + view.content(at - 1).chars().count())
        .collect();
    widths.sort_unstable();
    let column = widths[widths.len() - 1 - widths.len() / OUTSIDE];
    COLUMNS.contains(&column).then_some(column)
}

/// Whether the next line's first word would not have fitted into the line.
fn is_full(line: &str, indent: usize, next: &str, column: usize) -> bool {
    indent + line.chars().count() + 1 + first_word(next).chars().count() > column
}

/// What a line cannot be broken in: its first word, or a link with its address.
fn first_word(line: &str) -> &str {
    let mut from = 0;
    if line.starts_with('[')
        && let Some(address) = line.find("](")
        && let Some(length) = line[address..].find(')')
    {
        from = address + length;
    }
    let end = line[from..]
        .find(char::is_whitespace)
        .map_or(line.len(), |at| from + at);
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{Memory, lines::Lines};

    /// The paragraphs of a text, as numbers of lines.
    fn sizes(text: &str) -> Vec<usize> {
        let lines = Lines::new(text).expect("short");
        let mut memory = Memory::default();
        let ids = memory.lines(&lines);
        let view = View::new(&lines, &ids, &memory);
        let paragraphs = Paragraphs::of(&view);
        let mut at = 0;
        let mut sizes = Vec::new();
        while at < view.len() {
            sizes.push(paragraphs.around(at).len());
            at = paragraphs.around(at).end;
        }
        sizes
    }

    #[test]
    fn a_sentence_that_goes_on_in_small_letters_is_one_paragraph() {
        let text =
            "The harbour of the old town has been\nclosed since the storm of March.\nIt rained.\n";
        assert_eq!(sizes(text), [2, 1]);
    }

    #[test]
    fn menus_headlines_and_lists_are_not_paragraphs() {
        for text in [
            "Home\nAbout us\ncontact\nprivacy policy\n",
            "Ferry strike enters its second week of talks\nCouncil approves the new bridge at last\n",
            "- a first thing that is long enough to go on\n- another thing\n",
            "Bring these things to the harbour on Monday:\nrope\nwater\n",
        ] {
            assert!(sizes(text).iter().all(|&size| size == 1), "{text}");
        }
    }

    #[test]
    fn in_a_wrapped_document_the_width_tells_as_well() {
        let text = "\
The harbour of the old town has been closed since the storm, and\n\
nobody knows when the boats will come back, since the keeper of\n\
the light has left for the mainland with the only key of it. The\n\
Harbour Board meets on Monday. Its chair, who has been away for\n\
Easter, would not say more.\n\
\n\
Short line\n\
Another one\n";
        assert_eq!(sizes(text), [5, 1, 1]);
    }
}
