//! A line without its Markdown: what a reader of the rendered page would see.

use std::borrow::Cow;

/// `line` without links' addresses, heading marks, list marks and emphasis
/// around it. `line` has no white space at its ends.
///
/// Scraped plain text is full of Markdown, so this does not ask for a format;
/// it is a second form to match against, never what is written out.
pub(crate) fn plain(line: &str) -> Cow<'_, str> {
    let inner = unmarked(line);
    match unlinked(inner) {
        Some(text) => Cow::Owned(unmarked(text.trim()).to_owned()),
        None => Cow::Borrowed(inner),
    }
}

fn unmarked(line: &str) -> &str {
    let mut line = line;
    loop {
        let before = line;
        let headless = line.trim_start_matches('#');
        if headless.len() < line.len() && headless.starts_with(' ') {
            line = headless.trim_matches([' ', '#']);
        }
        for mark in ["* ", "- ", "+ ", "> ", "• ", "· "] {
            line = line.strip_prefix(mark).map_or(line, str::trim_start);
        }
        for mark in ["**", "__", "*", "_"] {
            if let Some(inner) = line
                .strip_prefix(mark)
                .and_then(|rest| rest.strip_suffix(mark))
                && !inner.is_empty()
            {
                line = inner;
            }
        }
        if line == before {
            return line;
        }
    }
}

/// Brackets that are open at once. A picture in a link is two deep; each
/// level costs a move of the text in it.
const MOST_OPEN: usize = 8;

/// `line` with each `[text](address)` as its text; pictures go. `None` if
/// there is no link. Linear in the line, whatever brackets it is made of.
fn unlinked(line: &str) -> Option<String> {
    memchr::memmem::find(line.as_bytes(), b"](")?;
    let mut text = String::with_capacity(line.len());
    // Where in `text` brackets opened.
    let mut open: Vec<usize> = Vec::new();
    let mut closing = Closing::new(line);
    let mut from = 0;
    let mut any = false;
    while let Some(at) = memchr::memchr2(b'[', b']', &line.as_bytes()[from..]) {
        let at = from + at;
        text.push_str(&line[from..at]);
        from = at + 1;
        if line.as_bytes()[at] == b'[' {
            if open.len() == MOST_OPEN {
                open.remove(0);
            }
            open.push(text.len());
            text.push('[');
            continue;
        }
        let opened = open.pop();
        let address = line[from..].starts_with('(') && opened.is_some();
        let close = if address {
            closing.of_address(from + 1)
        } else {
            None
        };
        match (opened, close) {
            (Some(start), Some(close)) => {
                any = true;
                if text[..start].ends_with('!') {
                    text.truncate(start - 1);
                } else {
                    text.remove(start);
                }
                from = close + 1;
            }
            _ => text.push(']'),
        }
    }
    text.push_str(&line[from..]);
    any.then_some(text)
}

/// Finds closing brackets, each stretch of the line searched once.
struct Closing<'l> {
    line: &'l str,
    next: Option<usize>,
}

impl<'l> Closing<'l> {
    fn new(line: &'l str) -> Self {
        Self {
            line,
            next: memchr::memchr(b')', line.as_bytes()),
        }
    }

    fn after(&mut self, from: usize) -> Option<usize> {
        if self.next.is_some_and(|next| next < from) {
            self.next = memchr::memchr(b')', &self.line.as_bytes()[from..]).map(|at| from + at);
        }
        self.next
    }

    /// The `)` that closes an address that begins at `start`: the first, or a
    /// later one if the address has brackets of its own.
    fn of_address(&mut self, start: usize) -> Option<usize> {
        let first = self.after(start)?;
        let mut close = first;
        for _ in 0..self.line[start..first].matches('(').count().min(2) {
            match self.after(close + 1) {
                Some(next) => close = next,
                None => return Some(first),
            }
        }
        Some(close)
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_line_of_brackets_takes_linear_time() {
        let start = std::time::Instant::now();
        for line in [
            "](".repeat(1 << 19),
            "[".repeat(1 << 20) + &"](".repeat(1 << 19),
            "[](".repeat(1 << 19),
        ] {
            plain(&line);
        }
        // Quadratic time would be hours.
        assert!(start.elapsed().as_secs() < 10);
    }

    #[test]
    fn marks_and_addresses_go_and_words_stay() {
        assert_eq!(plain("## **Related** Articles ##"), "**Related** Articles");
        assert_eq!(plain("### *Hashtags*"), "Hashtags");
        assert_eq!(plain("* [Home](https://example.org/a_(b))"), "Home");
        assert_eq!(plain("[Log in](/in) to [comment](/c)"), "Log in to comment");
        assert_eq!(plain("[![logo](l.png)](/)"), "");
        assert_eq!(plain("a [b] (c) d"), "a [b] (c) d");
        assert_eq!(plain("[a [b] c](/x) [d"), "a [b] c [d");
        assert_eq!(plain("x](y) [a](b"), "x](y) [a](b");
    }
}
