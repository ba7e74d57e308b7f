//! The normal form of a written text.

use std::borrow::Cow;

use crate::Format;

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
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let line = &rest[..end];
        normal.push_str(if format == Format::Markdown {
            line
        } else {
            line.trim_end_matches([' ', '\t'])
        });
        normal.push('\n');
        let terminator = if rest[end..].starts_with("\r\n") {
            2
        } else {
            1
        };
        rest = rest.get(end + terminator..).unwrap_or_default();
    }
    // Blank lines at the end go; blanks behind the last words may be a break.
    let mut end = normal.len();
    while let Some(line_end) = normal[..end].strip_suffix('\n') {
        let start = line_end.rfind('\n').map_or(0, |at| at + 1);
        if !line_end[start..].trim_matches([' ', '\t']).is_empty() {
            break;
        }
        end = start;
    }
    normal.truncate(end);
    Cow::Owned(normal)
}

fn is_normal(text: &str, format: Format) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return true;
    }
    let last = bytes.strip_suffix(b"\n");
    let ends_well = last.is_some_and(|body| {
        let line = body.rsplit(|&byte| byte == b'\n').next().unwrap_or(body);
        line.iter().any(|byte| !matches!(byte, b' ' | b'\t'))
    });
    if !ends_well || memchr::memchr(b'\r', bytes).is_some() {
        return false;
    }
    format == Format::Markdown
        || memchr::memchr_iter(b'\n', bytes)
            .all(|at| at == 0 || !matches!(bytes[at - 1], b' ' | b'\t'))
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
