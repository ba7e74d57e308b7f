//! A line without its Markdown: what a reader of the rendered page would see.

use std::borrow::Cow;

/// `line` without links' addresses, heading marks, list marks and emphasis
/// around it. `line` has no white space at its ends.
///
/// Scraped plain text is full of Markdown, so this does not ask for a format;
/// it is a second form to match against, never what is written out.
pub(crate) fn plain(line: &str) -> Cow<'_, str> {
    let inner = unmarked(line);
    let Some(mut text) = unlinked(inner) else {
        return Cow::Borrowed(inner);
    };
    for _ in 1..MOST_NESTED {
        match unlinked(&text) {
            Some(outer) => text = outer,
            None => break,
        }
    }
    Cow::Owned(unmarked(text.trim()).to_owned())
}

/// A picture in a link is one deep; nobody writes more.
const MOST_NESTED: usize = 3;

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

/// `line` with each `[text](address)` as its text; pictures go. `None` if
/// there is no link.
fn unlinked(line: &str) -> Option<String> {
    let bytes = line.as_bytes();
    memchr::memmem::find(bytes, b"](")?;
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    let mut any = false;
    while let Some(middle) = rest.find("](") {
        let address = &rest[middle + 2..];
        let (Some(open), Some(close)) = (opening(&rest[..middle]), closing(address)) else {
            text.push_str(&rest[..middle + 2]);
            rest = address;
            continue;
        };
        any = true;
        let before = &rest[..open];
        match before.strip_suffix('!') {
            Some(before) => text.push_str(before),
            None => {
                text.push_str(before);
                text.push_str(&rest[open + 1..middle]);
            }
        }
        rest = &address[close + 1..];
    }
    text.push_str(rest);
    any.then_some(text)
}

/// The `[` that a `]` at the end of `text` closes.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b']' => depth += 1,
            b'[' if depth == 0 => return Some(at),
            b'[' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The `)` that closes an address that begins `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_and_addresses_go_and_words_stay() {
        assert_eq!(plain("## **Related** Articles ##"), "**Related** Articles");
        assert_eq!(plain("### *Hashtags*"), "Hashtags");
        assert_eq!(plain("* [Home](https://example.org/a_(b))"), "Home");
        assert_eq!(plain("[Log in](/in) to [comment](/c)"), "Log in to comment");
        assert_eq!(plain("[![logo](l.png)](/)"), "");
        assert_eq!(plain("a [b] (c) d"), "a [b] (c) d");
    }
}
