//! A linear look at the source before the parser sees it.
//!
//! An HTML parser follows the specification even where that costs quadratic
//! time or memory: open elements are searched on every end tag, and open
//! formatting elements are copied into every paragraph. [`prepare`] walks the
//! bytes once, knows tags well enough to count what is open, and writes a
//! source that says the same to a reader and cannot hurt the parser: start
//! tags beyond a cap are left out together with their end tags, their text
//! stays. A page that is too large even so is not parsed at all.
//!
//! The walk also leaves out what never holds text for a reader (scripts,
//! styles, comments, drawings), which is often half of the bytes, and
//! remembers where structured data stands.

mod drawing;

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::{
    kinds::is_blank,
    tags::{RawText, Role, fold_name, raw_text, role},
};

/// Elements open at once. Browsers stop at 512; the deepest page of the
/// development data has 46 blocks inside each other.
const MAX_DEPTH: usize = 256;

/// Formatting elements (`b`, `i`, `font`, …) open at once; well-formed pages
/// have fewer than 10.
const MAX_FORMATTING: usize = 40;

/// Formatting elements that the parser may copy into later blocks before all
/// formatting is left out of the source. A node takes about 200 bytes, so this
/// is 20 MB.
const MAX_COPIES: usize = 100_000;

/// Attributes of one tag; the parser compares each with all before it.
const MAX_ATTRIBUTES: usize = 100;

/// Tags of one page, opening and closing. At the cap, tree, blocks and features
/// take about 200 MB; the largest page of the development data opens 10,236.
const MAX_TAGS: usize = 200_000;

/// Bytes of one page without scripts, styles and comments.
const MAX_BYTES: usize = 16 << 20;

/// How far down the stack an end tag looks for its start tag, so that a flood
/// of unmatched end tags stays linear.
const MAX_SEARCH: usize = MAX_DEPTH;

/// What the parser may read, and what was set aside.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The source without scripts, styles, comments and drawings.
    pub html: String,
    /// Contents of the `application/ld+json` scripts, as ranges of the page.
    pub json_ld: Vec<Range<usize>>,
    /// Contents of `noscript` and `noframes` elements, as ranges of the page.
    pub noscript: Vec<Range<usize>>,
    /// The labels of the drawings that were left out and have any.
    pub drawings: Vec<String>,
    /// Value of a `data-preloaded` attribute, as a range of the page.
    pub preloaded: Option<Range<usize>>,
    /// Whether a cap was reached that leaves only [`super::strip`].
    pub too_large: bool,
}

/// Walks the page once and returns a source that is safe to parse.
pub(super) fn prepare(page: &str) -> Source {
    let first = Scan::new(page, Formatting::Kept).run();
    if first.copies <= MAX_COPIES || first.tags > MAX_TAGS {
        return first.source;
    }
    Scan::new(page, Formatting::Dropped).run().source
}

/// Whether formatting elements stay in the source.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Formatting {
    Kept,
    Dropped,
}

/// An element that was opened and not closed yet.
struct Open {
    name: u64,
    /// Whether its start tag was left out, so that its end tag must be too.
    dropped: bool,
}

/// The state of the walk.
struct Scan<'a> {
    page: &'a str,
    bytes: &'a [u8],
    source: Source,
    /// Bytes of the page up to here are copied or left out.
    copied: usize,
    open: Vec<Open>,
    /// Names of the open formatting elements.
    active: Vec<Open>,
    /// How many of `active` were not left out: counted as they come and go,
    /// because every block asks.
    live: usize,
    formatting: Formatting,
    tags: usize,
    copies: usize,
    /// Drawings that begin before this byte are left to the parser: they are
    /// known not to end, or to hold text of the page.
    parsed_drawings: usize,
}

/// A tag as written.
struct Tag {
    /// First bytes of the folded name, enough to tell the known ones apart.
    name: u64,
    role: Role,
    raw: RawText,
    /// Where the tag begins and ends in the page, half-open.
    span: Range<usize>,
    /// Where the attributes beyond the cap begin, if there are any.
    excess: Option<usize>,
    /// `type` names structured data.
    json_ld: bool,
}

impl<'a> Scan<'a> {
    fn new(page: &'a str, formatting: Formatting) -> Self {
        Self {
            page,
            bytes: page.as_bytes(),
            source: Source {
                html: String::with_capacity(page.len()),
                ..Source::default()
            },
            copied: 0,
            open: Vec::new(),
            active: Vec::new(),
            live: 0,
            formatting,
            tags: 0,
            copies: 0,
            parsed_drawings: 0,
        }
    }

    fn run(mut self) -> Self {
        let mut at = 0;
        while let Some(found) = memchr(b'<', &self.bytes[at..]) {
            let start = at + found;
            at = match self.bytes.get(start + 1) {
                Some(b'!') => self.declaration(start),
                Some(b'/') if self.letter(start + 2) => self.end_tag(start),
                // Not a tag, but read as a comment.
                Some(b'?' | b'/') => self.skip(start, self.after(start, b'>')),
                Some(byte) if byte.is_ascii_alphabetic() => self.start_tag(start),
                Some(_) => start + 1,
                None => break,
            };
        }
        let end = self.bytes.len();
        self.copy_to(end);
        self.source.too_large = self.tags > MAX_TAGS || self.source.html.len() > MAX_BYTES;
        self
    }

    fn letter(&self, at: usize) -> bool {
        self.bytes.get(at).is_some_and(u8::is_ascii_alphabetic)
    }

    /// The position behind the next `byte`, or the end of the page.
    fn after(&self, from: usize, byte: u8) -> usize {
        memchr(byte, &self.bytes[from..]).map_or(self.bytes.len(), |found| from + found + 1)
    }

    /// Copies the page up to `to`; NUL bytes, which cost the parser dearly and
    /// mean nothing, stay behind.
    fn copy_to(&mut self, to: usize) {
        let from = self.copied.min(to);
        let piece = &self.page[from..to];
        if memchr(0, piece.as_bytes()).is_some() {
            self.source.html.extend(piece.split('\0'));
        } else {
            self.source.html.push_str(piece);
        }
        self.copied = self.copied.max(to);
    }

    /// Leaves out `start..end` and goes on behind it.
    fn skip(&mut self, start: usize, end: usize) -> usize {
        self.copy_to(start);
        self.copied = end;
        end
    }

    /// A comment, doctype or CDATA section.
    fn declaration(&mut self, start: usize) -> usize {
        let rest = &self.bytes[start..];
        if rest.starts_with(b"<!--") {
            let end = comment_end(rest).map_or(self.bytes.len(), |length| start + length);
            return self.skip(start, end);
        }
        self.after(start, b'>')
    }

    fn start_tag(&mut self, start: usize) -> usize {
        let tag = self.read_tag(start);
        let end = tag.span.end;
        self.tags += 1;
        match tag.raw {
            RawText::No => self.open_element(&tag),
            RawText::Keep => {
                // Title and text areas: text, but no tags inside.
                return self.raw_end(&tag).0;
            }
            RawText::Drawing => {
                if start >= self.parsed_drawings
                    && !self.bytes[..end].ends_with(b"/>")
                    && let Some(drawing) = self.drawing(start, end)
                {
                    return drawing;
                }
                self.open_element(&tag);
            }
            RawText::Drop => {
                let (content_end, tag_end) = self.raw_end(&tag);
                if tag.json_ld {
                    self.source.json_ld.push(end..content_end);
                }
                return self.skip(start, tag_end);
            }
            RawText::Noscript => {
                let (content_end, tag_end) = self.raw_end(&tag);
                self.source.noscript.push(end..content_end);
                return self.skip(start, tag_end);
            }
        }
        end
    }

    /// Ends of the content and of the end tag of an element that holds no
    /// tags. Without an end tag it runs to the end of the page, as in browsers.
    fn raw_end(&self, tag: &Tag) -> (usize, usize) {
        let mut from = tag.span.end;
        let name_length = self.bytes[tag.span.start + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let name = &self.bytes[tag.span.start + 1..tag.span.start + 1 + name_length];
        while let Some(found) = memchr(b'<', &self.bytes[from..]) {
            let at = from + found;
            let rest = &self.bytes[at + 1..];
            if rest.first() == Some(&b'/')
                && rest.len() > name_length
                && rest[1..=name_length].eq_ignore_ascii_case(name)
                && rest
                    .get(name_length + 1)
                    .is_none_or(|byte| !byte.is_ascii_alphanumeric())
            {
                return (at, self.after(at, b'>'));
            }
            from = at + 1;
        }
        (self.bytes.len(), self.bytes.len())
    }

    /// Notes an opened element, and leaves its tag out if too many are open.
    fn open_element(&mut self, tag: &Tag) {
        if self.tags > MAX_TAGS {
            // Nobody will parse this page: all that is left to do is to leave
            // out what is no text.
            return;
        }
        let mut dropped = false;
        match tag.role {
            Role::Void | Role::Implied => self.copies += self.live,
            Role::Formatting => {
                dropped =
                    self.formatting == Formatting::Dropped || self.active.len() >= MAX_FORMATTING;
                if self.active.len() < MAX_DEPTH * 4 {
                    self.live += usize::from(!dropped);
                    self.active.push(Open {
                        name: tag.name,
                        dropped,
                    });
                } else {
                    // Deeper than any end tag will look: drop for good.
                    dropped = true;
                }
            }
            Role::Nesting => {
                dropped = self.open.len() >= MAX_DEPTH;
                self.copies += self.live;
                self.open.push(Open {
                    name: tag.name,
                    dropped,
                });
            }
        }
        if dropped {
            self.skip(tag.span.start, tag.span.end);
        } else if let Some(excess) = tag.excess {
            self.copy_to(excess);
            self.source.html.push('>');
            self.copied = tag.span.end;
        }
    }

    fn end_tag(&mut self, start: usize) -> usize {
        let (name, role, _) = self.read_name(start + 2);
        let end = self.tag_end(start + 2).0;
        self.tags += 1;
        if self.tags > MAX_TAGS {
            return end;
        }
        let list = match role {
            Role::Formatting => &mut self.active,
            Role::Nesting => &mut self.open,
            Role::Void | Role::Implied => return end,
        };
        let found = list
            .iter()
            .rev()
            .take(MAX_SEARCH)
            .position(|open| open.name == name);
        let Some(found) = found else {
            // The start tag of an unmatched end tag may have been left out.
            if self.formatting == Formatting::Dropped && role == Role::Formatting {
                return self.skip(start, end);
            }
            return end;
        };
        let index = list.len() - 1 - found;
        let dropped = list[index].dropped;
        match role {
            // Formatting elements overlap: only the named one is closed.
            Role::Formatting => {
                list.remove(index);
                self.live -= usize::from(!dropped);
            }
            // Everything inside a block ends with it.
            _ => list.truncate(index),
        }
        if dropped { self.skip(start, end) } else { end }
    }

    fn read_name(&self, from: usize) -> (u64, Role, RawText) {
        let length = self.bytes[from..]
            .iter()
            .take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'>'))
            .count();
        let name = &self.bytes[from..from + length];
        (fold_name(name), role(name), raw_text(name))
    }

    fn read_tag(&mut self, start: usize) -> Tag {
        let (name, role, raw) = self.read_name(start + 1);
        let (end, excess) = self.tag_end(start + 1);
        let json_ld = raw == RawText::Drop
            && memchr::memmem::find(&self.bytes[start..end], b"ld+json").is_some();
        Tag {
            name,
            role,
            raw,
            span: start..end,
            excess,
            json_ld,
        }
    }

    /// Where the tag whose name begins at `from` ends, and where its
    /// attributes beyond the cap begin. Quotes hide a `>`.
    fn tag_end(&mut self, from: usize) -> (usize, Option<usize>) {
        let bytes = self.bytes;
        let mut at = from;
        let mut attributes = 0_usize;
        let mut excess = None;
        // The name, up to the first blank.
        while at < bytes.len() && !matches!(bytes[at], b'>' | b'/') && !is_blank(bytes[at]) {
            at += 1;
        }
        loop {
            while at < bytes.len() && (is_blank(bytes[at]) || bytes[at] == b'/') {
                at += 1;
            }
            if at >= bytes.len() {
                return (bytes.len(), excess);
            }
            if bytes[at] == b'>' {
                return (at + 1, excess);
            }
            attributes += 1;
            if attributes == MAX_ATTRIBUTES + 1 {
                excess = Some(at);
            }
            let name = at;
            // A leading `=` belongs to the name.
            at += 1;
            while at < bytes.len()
                && !matches!(bytes[at], b'=' | b'>' | b'/')
                && !is_blank(bytes[at])
            {
                at += 1;
            }
            let name_end = at;
            while at < bytes.len() && is_blank(bytes[at]) {
                at += 1;
            }
            if bytes.get(at) != Some(&b'=') {
                continue;
            }
            at += 1;
            while at < bytes.len() && is_blank(bytes[at]) {
                at += 1;
            }
            let value = at;
            match bytes.get(at) {
                Some(&quote @ (b'"' | b'\'')) => {
                    at = self.after(at + 1, quote);
                    if bytes[name..name_end].eq_ignore_ascii_case(b"data-preloaded") {
                        // Without a closing quote the value runs to the end.
                        let closed = at > value + 1 && bytes[at - 1] == quote;
                        let end = if closed { at - 1 } else { at };
                        self.source.preloaded = Some(value + 1..end);
                    }
                }
                _ => {
                    while at < bytes.len() && bytes[at] != b'>' && !is_blank(bytes[at]) {
                        at += 1;
                    }
                }
            }
        }
    }
}

/// The length of the comment that `text` begins with, if it ends: at a `>`
/// behind `--` or `--!`. One look at each `>`, because a search for each of the
/// two ends would run to the end of the page where only the other one occurs.
fn comment_end(text: &[u8]) -> Option<usize> {
    const START: usize = "<!--".len();
    let body = &text[START..];
    // The two comments that end before they begin.
    for short in [">", "->"] {
        if body.starts_with(short.as_bytes()) {
            return Some(START + short.len());
        }
    }
    memchr_iter(b'>', body)
        .find(|&at| body[..at].ends_with(b"--") || body[..at].ends_with(b"--!"))
        .map(|at| START + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_end_where_the_html_standard_ends_them() {
        for (text, comment) in [
            ("<!-->a-->", "<!-->"),
            ("<!--->a-->", "<!--->"),
            ("<!---->a-->", "<!---->"),
            ("<!----->a", "<!----->"),
            ("<!--a-->b-->", "<!--a-->"),
            ("<!--a--!>b-->", "<!--a--!>"),
            ("<!----!>b-->", "<!----!>"),
            ("<!--!>b-->", "<!--!>b-->"),
            ("<!--a-> --b > c--->d", "<!--a-> --b > c--->"),
        ] {
            assert_eq!(comment_end(text.as_bytes()), Some(comment.len()), "{text}");
        }
        for text in ["<!--", "<!--a", "<!--a--", "<!--a--!", "<!--a- ->"] {
            assert_eq!(comment_end(text.as_bytes()), None, "{text}");
        }
    }
}
