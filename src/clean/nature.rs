//! What kind of text lines are: code or data, a table, a list that belongs to
//! the text around it. Where a line is one of these, the words of a menu in it
//! are content: `- Home` in a configuration, `| Share | |` in a table.
//!
//! No language is asked for by name. What counts is signs that prose does not
//! have: brackets and semicolons at line ends, keys before colons, delimiters
//! without blanks, time stamps.

use std::{collections::BTreeSet, ops::Range};

use super::{
    memory::{Seen, Trait},
    view::View,
};
use crate::rules::{
    folded, plain,
    words::{ends_sentence, words},
};

/// The share of a document's lines that must be code for the document to be
/// code or data: half of a script is blank of signs (names, words in quotes).
const CODE_DOCUMENT_SHARE: (usize, usize) = (1, 2);
/// Fewer lines of code than this are an example in a text.
const CODE_DOCUMENT_LINES: usize = 3;
/// How many lines before and after are asked whether a line stands in code.
const CODE_WINDOW: usize = 3;
/// So many of these must be code.
const CODE_NEIGHBOURS: usize = 3;
/// Blanks before a line of an indented code block (`CommonMark`).
const CODE_INDENT: usize = 4;
/// Where more than one sentence in four is indented, indentation is the layout
/// of the page as a text browser drew it, and says nothing.
const INDENTED_SHARE: (usize, usize) = (1, 4);
/// How far a list is followed.
const LIST_REACH: usize = 200;
/// Fewer items, or a smaller share of them found, make no menu: sites have
/// words in their menus that no rule knows, lists of a text have few that one does.
const MENU_ITEMS: usize = 5;
const MENU_SHARE: (usize, usize) = (3, 4);
/// Words of a list item that says something about what it names.
const TELLING_ITEM_WORDS: usize = 5;
/// Words of a sentence that introduces a list.
const INTRODUCTION_WORDS: usize = 3;

/// Whether a document is code or data, not prose.
pub(super) fn is_code_document(view: &View<'_, '_>) -> bool {
    let all = view.len();
    let (part, whole) = CODE_DOCUMENT_SHARE;
    let mut code = 0;
    let mut bytes = (0, 0);
    let mut before = false;
    for at in 0..all {
        let seen = view.seen(at);
        let line = seen.text();
        // The items below a key are the key's value.
        before = reads_as_code(seen) || before && is_bare_item(seen);
        code += usize::from(before);
        bytes.0 += if before { line.len() } else { 0 };
        bytes.1 += line.len();
        // What is left cannot turn the share any more.
        if (code + all - at - 1) * whole < all * part {
            return false;
        }
    }
    code >= CODE_DOCUMENT_LINES && code * whole >= all * part && bytes.0 * whole >= bytes.1 * part
}

/// Whether few sentences of the document are indented, so that indentation
/// means code.
pub(super) fn indent_means_code(view: &View<'_, '_>) -> bool {
    view.indent_means_code(|| {
        let mut all = 0;
        let mut indented = 0;
        for at in (0..view.len()).filter(|&at| ends_a_sentence(view.seen(at))) {
            all += 1;
            indented += usize::from(view.indent(at) >= CODE_INDENT);
        }
        let (part, whole) = INDENTED_SHARE;
        all > 0 && indented * whole <= all * part
    })
}

/// Whether the line at a position stands among lines of code, or is one.
pub(super) fn in_code(view: &View<'_, '_>, at: usize, indent_counts: bool) -> bool {
    if indent_counts && is_indented_code(view, at) {
        return true;
    }
    let window = at.saturating_sub(CODE_WINDOW)..view.len().min(at + CODE_WINDOW + 1);
    let code = window
        .filter(|&near| near != at && reads_as_code(view.seen(near)))
        .count();
    code >= CODE_NEIGHBOURS
}

/// Whether the line at a position is indented as code is, and no item of a list.
pub(super) fn is_indented_code(view: &View<'_, '_>, at: usize) -> bool {
    view.indent(at) >= CODE_INDENT && item(view.content(at)).is_none()
}

/// The number that a line begins with as an item of a numbered list.
pub(super) fn item_number(line: &str) -> Option<u32> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let number = line[..digits].parse().ok()?;
    (digits <= 3 && line[digits..].starts_with(['.', ')']) && item(line).is_some())
        .then_some(number)
}

/// Whether the line at a position is a row of a table written with bars.
pub(super) fn in_table(view: &View<'_, '_>, at: usize) -> bool {
    let bars = |at: usize| {
        let seen = view.seen(at);
        let is_row = |line: &str| line.len() > 2 && line.starts_with('|') && line.ends_with('|');
        seen.has(Trait::Row, |seen| is_row(seen.text()))
            .then(|| seen.text().matches('|').count())
            .filter(|&bars| bars >= 3)
    };
    let Some(own) = bars(at) else { return false };
    let same = |near: usize| near < view.len() && bars(near) == Some(own);
    same(at + 1) || (at > 0 && same(at - 1))
}

/// Whether the line at a position is an item of a list that belongs to the
/// text: a sentence or a colon introduces it, or another item tells something.
/// Items that are links make a menu, whatever stands before them.
/// `found` says which positions rules find.
pub(super) fn in_told_list(view: &View<'_, '_>, at: usize, found: &[bool]) -> bool {
    if item(view.content(at)).is_none_or(is_linked) {
        return false;
    }
    let list = list_around(view, at);
    let all = list.len();
    if all < 2 {
        return false;
    }
    let finds = list.clone().filter(|&at| found[at]).count();
    let (part, whole) = MENU_SHARE;
    if all < MENU_ITEMS || finds * whole < all * part {
        return true;
    }
    let mut items = list
        .clone()
        .filter(|&at| !found[at])
        .filter_map(|at| item(view.content(at)));
    if items.any(tells) {
        return true;
    }
    let before = list.start.checked_sub(1).filter(|&before| !found[before]);
    before.is_some_and(|before| introduces(view.content(before)))
}

fn list_around(view: &View<'_, '_>, at: usize) -> Range<usize> {
    let is_item = |at: &usize| is_item(view.seen(*at));
    let before = (0..at).rev().take(LIST_REACH).take_while(is_item).count();
    let after = (at + 1..view.len())
        .take(LIST_REACH)
        .take_while(is_item)
        .count();
    at - before..at + 1 + after
}

/// The positions that are entries of the document's own table of contents:
/// nothing but a link to a place in it that a heading names.
pub(super) fn contents(view: &View<'_, '_>) -> Vec<usize> {
    let entries: Vec<(usize, String)> = (0..view.len())
        .filter(|&at| {
            view.seen(at)
                .has(Trait::Anchored, |line| anchored(line.text()).is_some())
        })
        .filter_map(|at| Some((at, anchored(view.content(at))?)))
        .collect();
    if entries.is_empty() {
        return Vec::new();
    }
    let headings: BTreeSet<String> = view
        .contents()
        .map(str::trim)
        .filter(|line| line.starts_with('#'))
        .map(|line| folded(&plain(line)))
        .collect();
    let own = entries
        .into_iter()
        .filter(|(_, text)| headings.contains(text));
    own.map(|(at, _)| at).collect()
}

/// The text of a line that is nothing but a link to a place in its document.
fn anchored(line: &str) -> Option<String> {
    let entry = item(line).unwrap_or(line);
    let (_, target) = entry.strip_prefix('[')?.rsplit_once("](#")?;
    (target.find(')') == Some(target.len() - 1)).then(|| folded(&plain(entry)))
}

/// An item's text without its mark.
fn item(line: &str) -> Option<&str> {
    for mark in ["- ", "* ", "+ ", "• ", "– "] {
        if let Some(rest) = line.strip_prefix(mark) {
            return Some(rest.trim_start());
        }
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    (1..=3)
        .contains(&digits)
        .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .flatten()
}

/// Whether a line is an item of a list and no link.
pub(super) fn is_bare_item(line: Seen<'_>) -> bool {
    line.has(Trait::BareItem, |line| {
        item(line.text()).is_some_and(|item| !is_linked(item))
    })
}

fn is_linked(text: &str) -> bool {
    text.contains("](") || text.contains("://")
}

/// Whether an item is more than a name: a sentence, or a name and what it is.
fn tells(item: &str) -> bool {
    let parted = || {
        [": ", " – ", " — ", " - ", "：", "——"]
            .iter()
            .any(|mark| item.contains(mark))
    };
    !is_linked(item) && (ends_sentence(item) || parted()) && words(item) >= TELLING_ITEM_WORDS
}

fn introduces(line: &str) -> bool {
    !is_linked(line)
        && (line.ends_with([':', '：']) || ends_sentence(line))
        && words(line) >= INTRODUCTION_WORDS
}

fn is_item(seen: Seen<'_>) -> bool {
    seen.has(Trait::Item, |seen| item(seen.text()).is_some())
}

/// Whether a line ends as a sentence does.
pub(super) fn ends_a_sentence(seen: Seen<'_>) -> bool {
    seen.has(Trait::EndsSentence, |seen| ends_sentence(seen.text()))
}

fn reads_as_code(seen: Seen<'_>) -> bool {
    seen.has(Trait::Code, |seen| is_code(seen.text()))
}

/// Whether a line, without blanks at its ends, has the signs of code or data.
/// Most lines of prose are known by their first and last bytes.
pub(super) fn is_code(line: &str) -> bool {
    let bytes = line.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    match last {
        b'{' | b'}' => return true,
        b';' | b',' | b'(' | b'[' | b')' | b']' if has_operator(line) => return true,
        b'>' if *first == b'<' => return true,
        _ => {}
    }
    match first {
        b'"' | b'\'' if is_literal(line) => return true,
        b'/' if line.starts_with("//") || line.starts_with("/*") => return true,
        b'#' if line.starts_with("#!") || line.starts_with("#include") => return true,
        b'<' if line.starts_with("<?") || line.starts_with("<!") => return true,
        b'$' | b'>' if line.starts_with("$ ") || line.starts_with(">>> ") => return true,
        b'{' | b'}' if bytes.len() <= 3 => return true,
        b'[' | b']' if bytes.len() <= 2 || is_section(line) => return true,
        b'@' if bytes[1..].first().is_some_and(u8::is_ascii_lowercase) && !line.contains(' ') => {
            return true;
        }
        _ => {}
    }
    is_keyed(line) || is_stamped(line) || is_row(line)
}

/// `call(…)`, `a = b`, `a.b = c`, `=>`, `->`, `::`, `==`: what prose has not,
/// in a line that ends like code.
fn has_operator(line: &str) -> bool {
    let bytes = line.as_bytes();
    let call = memchr::memchr_iter(b'(', bytes)
        .any(|at| at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_'));
    let plural = || line.contains("(s)") || line.contains("(es)");
    (call && !plural() && !matches!(bytes.last(), Some(b',' | b')')))
        || [
            " = ", "=>", "->", "::", "==", "!=", " := ", "\": ", "='", "=\"",
        ]
        .iter()
        .any(|operator| line.contains(operator))
        || (call && words(line) <= 3 && !plural())
}

/// `"word",` or `"key": …`.
fn is_literal(line: &str) -> bool {
    let quote = &line[..1];
    let Some(close) = line[1..].find(quote) else {
        return false;
    };
    let after = line[close + 2..].trim_start();
    after.is_empty() || after.starts_with(',') && after.len() == 1 || after.starts_with(':')
}

/// `[section]` or `[[table]]`.
fn is_section(line: &str) -> bool {
    let inner = line.trim_matches(['[', ']']);
    line.ends_with(']')
        && !inner.is_empty()
        && inner
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_' | b'-'))
}

/// `key: value` with a key that is no word of a sentence's start (a small
/// letter, no blank), `- key: value`, `key = value`, `KEY=value`.
fn is_keyed(line: &str) -> bool {
    let line = line.strip_prefix("- ").unwrap_or(line);
    let bytes = line.as_bytes();
    let key = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        .count();
    if key == 0 {
        return false;
    }
    let small = bytes[0].is_ascii_lowercase() || bytes[0] == b'_';
    let capitals = bytes[..key].iter().all(|byte| !byte.is_ascii_lowercase());
    let rest = &bytes[key..];
    match rest {
        [b':'] | [b':', b' ', ..] => small,
        [b'=', next, ..] => *next != b' ' && (small || capitals),
        [b' ', b'=', b' ', ..] => true,
        _ => false,
    }
}

/// Logs and recorded talk: `2024-05-01 10:00:00`, `[10:31]`, `10:31:07`.
fn is_stamped(line: &str) -> bool {
    let bytes = line.as_bytes();
    let pattern = |pattern: &[u8]| {
        bytes.len() > pattern.len()
            && pattern.iter().zip(bytes).all(|(want, byte)| match want {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b' '),
                other => byte == other,
            })
    };
    match bytes.first() {
        Some(b'[') => pattern(b"[00:00") || pattern(b"[0000-00-00") || pattern(b"[0:00"),
        Some(byte) if byte.is_ascii_digit() => pattern(b"0000-00-00T00:00") || pattern(b"00:00:00"),
        _ => false,
    }
}

/// A row of values: two or more delimiters, none of them followed by a blank.
fn is_row(line: &str) -> bool {
    let bytes = line.as_bytes();
    let row = |delimiter: u8| {
        let mut count = 0;
        for at in memchr::memchr_iter(delimiter, bytes) {
            let number = at > 0
                && bytes[at - 1].is_ascii_digit()
                && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            if bytes.get(at + 1) == Some(&b' ') {
                return false;
            }
            count += usize::from(!number);
        }
        count >= 2
    };
    row(b',') || row(b';') || memchr::memchr_iter(b'\t', bytes).nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_programs_and_data_are_known_by_their_signs() {
        for line in [
            "function share(button) {",
            "window.open(url, 'share');",
            "}",
            "\"Log in\",",
            "\"share\": \"Share on Facebook\",",
            "- name: Home",
            "menu:",
            "title = \"Newsletter\"",
            "DEBUG=1",
            "[menu.main]",
            "id,label,url",
            "1\tHome\t/",
            "2024-05-01 10:00:00 INFO started",
            "[10:31] Anna: Back to top, please",
            "<li>Home</li>",
            "// Share on Facebook",
        ] {
            assert!(is_code(line), "{line}");
        }
    }

    #[test]
    fn prose_and_page_furniture_are_not_code() {
        for line in [
            "The harbour was quiet; nobody had come.",
            "He wrote, he said, he left,",
            "Home",
            "Posts: 118",
            "Joined: 2023",
            "Read more: The bridge is open",
            "[Read more](/a)",
            "Tags: ferries, islands, wind",
            "10:31 Council approves the bridge",
            "Prices rose to 1,200,000 crowns.",
            "the member(s) of the board,",
            "\"I know,\" she said.",
            "今天天气很好，我们去公园。",
        ] {
            assert!(!is_code(line), "{line}");
        }
    }
}
