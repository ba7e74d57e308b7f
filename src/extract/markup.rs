//! Inline markup of blocks, for output in Markdown.
//!
//! Written beside the text while the tree is walked: only the marks that
//! Markdown knows, every one closed in the block it was opened in, as the signs
//! that Markdown has for them. The rest is text escaped for HTML, because the
//! blocks are put into HTML for html2text, which knows such marks too but moves
//! them over the blanks around them.

use std::{borrow::Cow, ops::Range};

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
    /// Where the text of the open code begins.
    code: usize,
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
            if self.marks[index] == Mark::Code {
                self.code = self.out.len();
            }
        }
    }

    /// Ends code: its fences are longer than any run of backticks inside, and
    /// stand off one at either end of it.
    fn write_end_of_code(&mut self) {
        let code = &self.out[self.code..];
        let longest = longest_run(code, '`');
        let blank = if code.starts_with('`') || code.ends_with('`') {
            " "
        } else {
            ""
        };
        // One is written already.
        let more = "`".repeat(longest);
        self.out.insert_str(self.code, &format!("{more}{blank}"));
        self.out.push_str(blank);
        self.out.push_str(&more);
        self.out.push('`');
    }

    fn write_end(&mut self, index: usize) {
        if !self.is_written(index) {
            return;
        }
        if self.marks[index] == Mark::Code {
            self.write_end_of_code();
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

/// The length of the longest run of a sign in `text`.
pub(super) fn longest_run(text: &str, sign: char) -> usize {
    let runs = text.split(|character| character != sign).map(str::len);
    runs.max().unwrap_or(0)
}

/// The markup of a block of flowing text, with a backslash where a line of it
/// begins with what Markdown would take for the mark of a heading, list,
/// quotation, rule or fence: "1. FC Köln won" is a sentence.
pub(super) fn guarded(markup: &str) -> Cow<'_, str> {
    const LINE_END: &str = "<br>";
    if markup
        .split(LINE_END)
        .all(|line| block_mark(line).is_none())
    {
        return Cow::Borrowed(markup);
    }
    let lines = markup.split(LINE_END).map(|line| match block_mark(line) {
        Some(at) => format!("{}\\{}", &line[..at], &line[at..]),
        None => line.to_owned(),
    });
    Cow::Owned(lines.collect::<Vec<_>>().join(LINE_END))
}

/// Where the sign stands that makes a line, escaped for HTML, the beginning of
/// a block (`CommonMark` 0.31, sections 4 and 5).
fn block_mark(line: &str) -> Option<usize> {
    let text = line.trim_start_matches(' ');
    let start = line.len() - text.len();
    let is_apart = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    let sign = text.chars().next()?;
    let run = text.len() - text.trim_start_matches(sign).len();
    let after = text.get(run..).unwrap_or_default();
    let only = |least: usize| {
        let signs = text.matches(sign).count();
        signs >= least && text.chars().all(|c| c == sign || c == ' ')
    };
    let begins = match sign {
        '#' => run <= 6 && is_apart(after),
        '&' => text.starts_with("&gt;"),
        '+' => is_apart(&text[1..]),
        '-' => is_apart(&text[1..]) || only(1),
        '*' => is_apart(&text[1..]) || only(3),
        '_' => only(3),
        '=' => only(1),
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
    fn code_with_backticks_has_longer_fences() {
        for (code, written) in [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("a``b`c", "```a``b`c```"),
            ("`a", "`` `a ``"),
            ("`", "`` ` ``"),
        ] {
            let mut markup = Markup::default();
            markup.text("x ");
            markup.open(Mark::Code);
            for character in code.chars() {
                markup.text(character.encode_utf8(&mut [0; 4]));
            }
            markup.close();
            markup.text(" y");
            let block = markup.finish();
            assert_eq!(&markup.out[block], format!("x {written} y"));
        }
    }

    #[test]
    fn lines_that_look_like_marks_of_blocks_are_escaped_and_others_are_not() {
        for (line, escaped) in [
            ("1. FC Köln won", "1\\. FC Köln won"),
            ("1990) a year", "1990\\) a year"),
            ("# 1 of the charts", "\\# 1 of the charts"),
            ("- so she said", "\\- so she said"),
            ("* without tax", "\\* without tax"),
            ("+ two points", "\\+ two points"),
            ("&gt; 20 degrees", "\\&gt; 20 degrees"),
            ("---", "\\---"),
            ("===", "\\==="),
            ("* * *", "\\* * *"),
            ("```", "\\```"),
            ("~~~", "\\~~~"),
            ("a<br> 2. b<br>c", "a<br> 2\\. b<br>c"),
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
            "&amp; so on",
            "_",
            "é",
            "",
        ] {
            assert_eq!(guarded(line), line);
        }
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
