//! Inline markup of blocks, for output in Markdown.
//!
//! Written beside the text while the tree is walked: only the marks that
//! Markdown knows, every one closed in the block it was opened in, as the signs
//! that Markdown has for them. The rest is text escaped for HTML, because the
//! blocks are put into HTML for html2text, which knows such marks too but moves
//! them over the blanks around them.

use std::ops::Range;

/// An inline element that Markdown knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `em`, `i`.
    Emphasis,
    /// `strong`, `b`.
    Strong,
    /// `code`, `kbd`, `samp`, `tt`.
    Code,
    /// `s`, `del`, `strike`.
    Struck,
    /// `a` with an address.
    Link(String),
    /// Anything else: keeps the count of open elements right.
    Plain,
}

impl Mark {
    /// The mark that the inline element `name` stands for.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "em" | "i" => Self::Emphasis,
            "strong" | "b" => Self::Strong,
            "code" | "kbd" | "samp" | "tt" => Self::Code,
            "s" | "del" | "strike" => Self::Struck,
            _ => Self::Plain,
        }
    }

    /// The sign that begins it.
    fn sign(&self) -> &'static str {
        match self {
            Self::Emphasis => "*",
            Self::Strong => "**",
            Self::Code => "`",
            Self::Struck => "~~",
            Self::Link(_) => "[",
            Self::Plain => "",
        }
    }
}

/// Longest address that is written; longer ones are data, not places.
const MAX_ADDRESS: usize = 2_000;

/// Marks open at once in one block; deeper ones are not written.
const MAX_MARKS: usize = 8;

/// The markup of all blocks, in one buffer.
#[derive(Debug, Default)]
pub(super) struct Markup {
    /// The buffer; blocks hold ranges of it.
    pub out: String,
    marks: Vec<Mark>,
    /// How many of `marks` are opened in the current block.
    opened: usize,
    start: usize,
}

impl Markup {
    pub(super) fn open(&mut self, mark: Mark) {
        self.marks.push(match mark {
            Mark::Link(address) if address.len() > MAX_ADDRESS => Mark::Plain,
            mark => mark,
        });
    }

    pub(super) fn close(&mut self) {
        if self.opened == self.marks.len() && self.opened > 0 {
            self.write_end(self.opened - 1);
            self.opened -= 1;
        }
        self.marks.pop();
    }

    /// Writes text, opening first what is open around it.
    pub(super) fn text(&mut self, text: &str) {
        while self.opened < self.marks.len() {
            self.write_start(self.opened);
            self.opened += 1;
        }
        escape(&mut self.out, text);
    }

    /// Writes a blank. It stands before the marks that are not written yet:
    /// Markdown wants none between a sign and its word.
    pub(super) fn blank(&mut self) {
        self.out.push(' ');
    }

    pub(super) fn line_break(&mut self) {
        self.out.push_str("<br>");
    }

    /// Ends the block and returns where its markup stands.
    pub(super) fn finish(&mut self) -> Range<usize> {
        while self.opened > 0 {
            self.opened -= 1;
            self.write_end(self.opened);
        }
        let range = self.start..self.out.len();
        self.start = range.end;
        range
    }

    /// Whether a mark is written; the same question for start and end. Nothing
    /// is marked inside code, and nothing twice.
    fn is_written(&self, index: usize) -> bool {
        let mark = &self.marks[index];
        index < MAX_MARKS
            && *mark != Mark::Plain
            && !self.marks[..index]
                .iter()
                .any(|around| *around == Mark::Code || around.sign() == mark.sign())
    }

    fn write_start(&mut self, index: usize) {
        if self.is_written(index) {
            self.out.push_str(self.marks[index].sign());
        }
    }

    fn write_end(&mut self, index: usize) {
        if !self.is_written(index) {
            return;
        }
        let Mark::Link(address) = &self.marks[index] else {
            self.out.push_str(self.marks[index].sign());
            return;
        };
        self.out.push_str("](");
        for character in address.chars() {
            match character {
                // Blanks and brackets would end the address early.
                '(' => self.out.push_str("%28"),
                ')' => self.out.push_str("%29"),
                _ if character.is_whitespace() => self.out.push_str("%20"),
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("%3C"),
                '>' => self.out.push_str("%3E"),
                _ => self.out.push(character),
            }
        }
        self.out.push(')');
    }
}

/// Appends `text` so that it stands for itself in HTML.
pub(super) fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_closed_at_the_end_of_a_block_and_opened_again() {
        let mut markup = Markup::default();
        markup.open(Mark::Link("/a?b&c".to_owned()));
        markup.open(Mark::Emphasis);
        markup.text("one");
        let first = markup.finish();
        markup.text("two");
        markup.close();
        markup.close();
        let second = markup.finish();
        assert_eq!(&markup.out[first], "[*one*](/a?b&amp;c)");
        assert_eq!(&markup.out[second], "[*two*](/a?b&amp;c)");
    }

    #[test]
    fn mark_without_text_is_not_written() {
        let mut markup = Markup::default();
        markup.open(Mark::Strong);
        markup.close();
        markup.text("a < b");
        let block = markup.finish();
        assert_eq!(&markup.out[block], "a &lt; b");
    }
}
