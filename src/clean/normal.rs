//! The normal form of a written text.

use std::{borrow::Cow, ops::Range};

use crate::Format;

/// Bytes that are looked at before anything is concluded.
const PIECE: usize = 512;

/// `text` with LF line ends, no blanks (space, tab) at line ends, and one line
/// end at its end unless nothing but white space is in it.
///
/// In Markdown two blanks at a line's end are a line break, so blanks stay.
/// Everything else stays byte for byte.
pub fn normal_form(text: &str, format: Format) -> Cow<'_, str> {
    if is_normal(text, format) {
        return Cow::Borrowed(text);
    }
    let mut normal = String::with_capacity(text.len() + 1);
    for (content, _) in normal_lines(text, format) {
        normal.push_str(&text[content]);
        normal.push('\n');
    }
    Cow::Owned(normal)
}

/// The lines of the normal form of `text`: the bytes of each, and the last
/// byte of its line end, or the length of the text if it has none.
pub(super) fn normal_lines(text: &str, format: Format) -> Vec<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    // Blank lines at the end go; blanks behind the last words may be a break.
    let mut past_last = 0;
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr2(b'\n', b'\r', &bytes[start..])
            .map_or(bytes.len(), |length| start + length);
        let words = text[start..end].trim_end_matches([' ', '\t']).len();
        let line_end = end + usize::from(bytes[end..].starts_with(b"\r\n"));
        let length = if format == Format::Markdown {
            end - start
        } else {
            words
        };
        lines.push((start..start + length, line_end));
        if words > 0 {
            past_last = lines.len();
        }
        start = line_end + 1;
    }
    lines.truncate(past_last);
    lines
}

/// Whether a text is its own normal form.
pub(super) fn is_normal(text: &str, format: Format) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return true;
    }
    let last = bytes.strip_suffix(b"\n");
    let ends_well = last.is_some_and(|body| {
        let line = body.rsplit(|&byte| byte == b'\n').next().unwrap_or(body);
        line.iter().any(|byte| !matches!(byte, b' ' | b'\t'))
    });
    if !ends_well {
        return false;
    }
    // Without a branch for each byte, many are looked at at once.
    let parts = u8::from(format != Format::Markdown);
    let is_off = |byte: u8, next: u8| {
        let blank = u8::from(byte == b' ') | u8::from(byte == b'\t');
        u8::from(byte == b'\r') | (blank & parts & u8::from(next == b'\n'))
    };
    let pairs = |piece: &[u8], next: &[u8]| {
        let pairs = piece.iter().zip(next);
        pairs.fold(0, |off, (&byte, &next)| off | is_off(byte, next)) != 0
    };
    // The last byte is a line end.
    let (all, next) = (&bytes[..bytes.len() - 1], &bytes[1..]);
    !all.chunks(PIECE)
        .zip(next.chunks(PIECE))
        .any(|(piece, next)| pairs(piece, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_lf_and_the_text_ends_with_one() {
        assert_eq!(normal_form("a \r\nb\rc\t\n\n\n", Format::Text), "a\nb\nc\n");
        assert_eq!(normal_form("a", Format::Text), "a\n");
        assert_eq!(normal_form("\n \n", Format::Text), "");
        assert_eq!(normal_form("", Format::Text), "");
        assert_eq!(
            normal_form("\n\n a\n\n\n b\n", Format::Text),
            "\n\n a\n\n\n b\n"
        );
    }

    #[test]
    fn a_line_break_of_markdown_stays() {
        assert_eq!(
            normal_form("a  \nb  \n  \n", Format::Markdown),
            "a  \nb  \n"
        );
    }

    #[test]
    fn a_text_in_normal_form_is_not_copied() {
        assert!(matches!(
            normal_form("a\n\nb\n", Format::Text),
            Cow::Borrowed(_)
        ));
    }
}
