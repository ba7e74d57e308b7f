//! The text of a page that no parser should read, in one linear pass.
//!
//! Used when a cap of [`source`](super::source) was reached. Tags end lines
//! where the element is a block; entities that stand for ordinary characters
//! are resolved. Nothing is judged: the whole page is taken.

use memchr::memchr2;

use super::kinds::{Kind, kind};

/// Longest entity that is looked for, without `&` and `;`.
const MAX_ENTITY: usize = 10;

/// The text between the tags of `source`, which
/// [`prepare`](super::source::prepare) has freed of scripts and comments.
pub(super) fn strip(source: &str) -> String {
    let mut out = Text::default();
    let mut rest = source;
    while let Some(at) = memchr2(b'<', b'&', rest.as_bytes()) {
        out.push(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('&') {
            let (text, length) = entity(after);
            out.push(text.encode_utf8(&mut [0; 4]));
            rest = &after[length..];
            continue;
        }
        let begins_tag = rest[1..].starts_with(|first: char| {
            first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?')
        });
        if !begins_tag {
            out.push("<");
            rest = &rest[1..];
            continue;
        }
        // A `>` inside quotes ends the tag early here: that leaves a little
        // debris and stays linear.
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        out.tag(&rest[..end]);
        rest = &rest[end..];
    }
    out.push(rest);
    out.finish()
}

/// Text with white space collapsed.
#[derive(Default)]
struct Text {
    out: String,
    space: bool,
    lines: usize,
}

impl Text {
    fn push(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_ascii_whitespace() {
                self.space = true;
                continue;
            }
            if self.lines > 0 && !self.out.is_empty() {
                self.out.push('\n');
            } else if self.space && !self.out.is_empty() {
                self.out.push(' ');
            }
            self.space = false;
            self.lines = 0;
            self.out.push(character);
        }
    }

    fn tag(&mut self, tag: &str) {
        let name = tag
            .trim_start_matches(['<', '/'])
            .split(|character: char| !character.is_ascii_alphanumeric() && character != '-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match kind(&name) {
            Kind::Inline | Kind::Marked | Kind::Link | Kind::Skip => {}
            Kind::Cell => self.space = true,
            _ => self.lines = 1,
        }
    }

    fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}

/// The character that the entity at the start of `text` stands for, and its
/// length; a lone `&` is itself.
fn entity(text: &str) -> (char, usize) {
    let window = text.len().min(MAX_ENTITY + 1);
    let Some(end) = text.as_bytes()[..window]
        .iter()
        .position(|&byte| byte == b';')
    else {
        return ('&', 0);
    };
    let name = &text[..end];
    let character = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "copy" => Some('©'),
        "mdash" => Some('—'),
        "ndash" => Some('–'),
        "hellip" => Some('…'),
        "lsquo" => Some('‘'),
        "rsquo" => Some('’'),
        "ldquo" => Some('“'),
        "rdquo" => Some('”'),
        _ => numeric(name),
    };
    // NUL and other control characters stay as they were written.
    match character.filter(|character| !character.is_control()) {
        Some(character) => (character, end + 1),
        None => ('&', 0),
    }
}

fn numeric(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines_and_inline_tags_vanish() {
        assert_eq!(
            strip("<p>One <b>t</b>wo\n three</p><div>four<br>five</div>"),
            "One two three\nfour\nfive\n"
        );
    }

    #[test]
    fn entities_are_resolved_and_lone_signs_stay() {
        assert_eq!(
            strip("a &amp; b & c &lt; d < e &#233;&#xe9; &zzz;"),
            "a & b & c < d < e éé &zzz;\n"
        );
    }

    #[test]
    fn unfinished_tag_ends_the_text() {
        assert_eq!(strip("text <a href="), "text\n");
    }
}
