//! Paragraphs that their author broke into lines.
//!
//! Rules and guards look at lines, and most lines of scraped text are whole
//! paragraphs, headings or labels. Text that is wrapped at a column is another
//! matter: there a line is a piece of a sentence, has few words and ends
//! anywhere. Here lines of one paragraph are told from lines that happen to
//! follow each other: a sentence goes on in the next line, in small letters, or
//! the next word would not have fitted.

use std::ops::Range;

use super::{
    memory::{Seen, Trait},
    nature::ends_a_sentence,
    view::View,
};
use crate::rules::is_unspaced;

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
/// So many of ten lines that others follow are filled to the column in a wrapped
/// document of a script without small letters. Headlines differ in width.
const FILLED: usize = 8;
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
    let parted = view.parted();
    // What each line says if it can go on the one before, with that one.
    let can_go_on = |at: usize| {
        let before = at.checked_sub(1)?;
        let (line, next) = (view.seen(before), view.seen(at));
        let is_block = |line: Seen<'_>| line.has(Trait::Block, |line| is_block(line.text()));
        (!parted[at]
            && !is_block(line)
            && !next.has(Trait::BeginsBlock, |line| begins_block(line.text())))
        .then_some((line, next))
    };
    let mut joins = vec![false; view.len()];
    let (mut going, mut long, mut caseless) = (0, 0, 0);
    for (at, joins) in joins.iter_mut().enumerate() {
        if let Some((line, next)) = can_go_on(at) {
            *joins =
                next.has(Trait::BeginsSmall, begins_small) && line.has(Trait::MayGoOn, may_go_on);
            going += usize::from(*joins);
            long += usize::from(line.chars() >= GOING_CHARS);
            caseless += usize::from(next.has(Trait::Caseless, begins_caseless));
        }
    }
    let full = |at: usize, column: usize| {
        can_go_on(at).is_some_and(|(line, next)| is_full(line, view.indent(at - 1), next, column))
    };
    let mut found = None;
    if going >= GOING_PAIRS || going > 0 && 2 * going >= long {
        found = column(view, &joins);
    } else if caseless >= GOING_PAIRS && 2 * caseless >= long {
        // Nothing but the width tells, so it must tell nearly everywhere.
        let pairs: Vec<bool> = (0..view.len()).map(|at| can_go_on(at).is_some()).collect();
        found = column(view, &pairs).filter(|&column| {
            let filled = (0..pairs.len()).filter(|&at| full(at, column)).count();
            let all = pairs.iter().filter(|pair| **pair).count();
            filled * 10 >= all * FILLED
        });
    }
    let Some(column) = found else {
        joins.fill(false);
        return joins;
    };
    for (at, joins) in joins.iter_mut().enumerate() {
        *joins |= full(at, column);
    }
    joins
}

/// A line that stands for itself in Markdown and its like.
fn is_block(line: &str) -> bool {
    let heading = line.trim_start_matches('#');
    heading.len() < line.len() && (heading.is_empty() || heading.starts_with(' '))
        || line.starts_with('|') && line.len() > 1 && line.ends_with('|')
        || line.starts_with("```")
        || line.starts_with("~~~")
        || !line.chars().any(char::is_alphanumeric)
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

/// Whether a sentence can go on in the next line: it does not end in this one.
fn may_go_on(seen: Seen<'_>) -> bool {
    let line = seen.text();
    !ends_a_sentence(seen)
        && !line.ends_with([':', '：', '…'])
        && !line.ends_with("...")
        && seen.chars() >= GOING_CHARS
        && seen.words() >= GOING_WORDS
}

/// Whether a line goes on a sentence of the one before: none begins in it.
fn begins_small(seen: Seen<'_>) -> bool {
    let line = seen.text();
    let begins = line
        .trim_start_matches(['(', '[', '"', '\'', '*', '_', '“', '„', '«', '`'])
        .chars()
        .next();
    begins.is_some_and(char::is_lowercase) && !line.starts_with("http")
}

/// Whether a line begins with a letter of a script that has blanks between words
/// and no small letters.
fn begins_caseless(line: Seen<'_>) -> bool {
    line.text().chars().next().is_some_and(|c| {
        c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase() && !is_unspaced(c)
    })
}

/// The column at which a document is wrapped: nearly all lines that go on end
/// before it.
fn column(view: &View<'_, '_>, joins: &[bool]) -> Option<usize> {
    let mut widths: Vec<usize> = (1..view.len())
        .filter(|&at| joins[at])
        .map(|at| view.indent(at - 1) + view.seen(at - 1).chars())
        .collect();
    widths.sort_unstable();
    let column = widths[widths.len() - 1 - widths.len() / OUTSIDE];
    COLUMNS.contains(&column).then_some(column)
}

/// Whether the next line's first word would not have fitted into the line, which
/// is none that nobody broke: of that more than a word stands out of the column.
fn is_full(line: Seen<'_>, indent: usize, next: Seen<'_>, column: usize) -> bool {
    let width = indent + line.chars();
    let last_word = || {
        line.text()
            .rsplit(' ')
            .next()
            .map_or(0, |word| word.chars().count())
    };
    width + 1 + first_word(next.text()).chars().count() > column
        && (width <= column || width - last_word() <= column)
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
        let text = "The harbour of the old town has been\nclosed since the storm of March.\nIt rained.\n\nnobody came to the harbour of the town\n";
        assert_eq!(sizes(text), [2, 1, 1]);
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
    fn without_small_letters_the_width_tells_if_it_tells_nearly_everywhere() {
        let wrapped = "\
كان المرفأ القديم هادئا في الصباح ولم يأت أحد من الصيادين إلى\n\
الرصيف قبل أن تشرق الشمس على البيوت البيضاء فوق التلال التي\n\
تحيط بالمدينة من كل جانب وكانت القوارب راسية في مكانها منذ\n\
العاصفة.\n";
        assert_eq!(sizes(wrapped), [4]);
        let headlines = "\
إضراب العبارات يدخل أسبوعه الثاني\n\
المجلس يوافق على الجسر الجديد بعد نقاش طويل استمر حتى الليل\n\
أسعار الوقود ترتفع\n\
المدارس تفتح أبوابها غدا\n";
        assert_eq!(sizes(headlines), [1, 1, 1, 1]);
    }

    #[test]
    fn a_bar_or_code_in_a_sentence_begins_no_block_and_a_whole_paragraph_is_not_wrapped() {
        let text = "\
See also the commands of the editor |:tabdo|, |:argdo|, too, and\n\
`:cfdo` and those that the light keeper wrote for the harbour, which\n\
are in the manual of the boats and in the books of the men on the\n\
mole.\n\
\n\
The harbour of the old town has been closed since the storm of March, and nobody knows when the boats will come back to it.\n\
Share\n";
        assert_eq!(sizes(text), [4, 1, 1]);
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
