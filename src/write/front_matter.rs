//! What is known about a page, as YAML before its text.

use std::fmt::Write as _;

use crate::Metadata;

/// The fields of `metadata` that are known, between two lines of three
/// hyphens and with a blank line behind them; nothing if none is known.
///
/// Values are double-quoted: YAML would read a bare `no` as false, `2024-01-05`
/// as a date, and a colon as the end of a key. In double quotes only the quote,
/// the backslash and characters that are not printed need an escape (YAML 1.2,
/// 7.3.1 and 5.1), and JSON's escapes are YAML's.
pub fn front_matter(metadata: &Metadata) -> String {
    let fields = [
        ("title", &metadata.title),
        ("author", &metadata.author),
        ("date", &metadata.date),
        ("site", &metadata.site),
        ("url", &metadata.url),
        ("lang", &metadata.lang),
    ];
    let mut lines = String::new();
    for (name, value) in fields {
        if let Some(value) = value {
            lines.push_str(name);
            lines.push_str(": \"");
            for character in value.chars() {
                quoted(&mut lines, character);
            }
            lines.push_str("\"\n");
        }
    }
    if lines.is_empty() {
        return lines;
    }
    format!("---\n{lines}---\n\n")
}

/// Appends a character as it stands inside double quotes.
fn quoted(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        // Control characters, line separators, byte order mark, and marks that
        // turn the direction of what is shown after them.
        _ if character.is_control()
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') =>
        {
            // Writing to a string does not fail.
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        }
        _ => out.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_fields_are_written() {
        assert_eq!(front_matter(&Metadata::default()), "");
        let metadata = Metadata {
            title: Some("A bridge".into()),
            lang: Some("no".into()),
            ..Metadata::default()
        };
        assert_eq!(
            front_matter(&metadata),
            "---\ntitle: \"A bridge\"\nlang: \"no\"\n---\n\n"
        );
    }

    #[test]
    fn value_cannot_end_its_quotes_or_its_line() {
        let metadata = Metadata {
            title: Some("\"Flour\": 10 \\ 2\n---\nevil: yes\u{2028}\u{1b}[31m é 漢".into()),
            ..Metadata::default()
        };
        assert_eq!(
            front_matter(&metadata),
            "---\ntitle: \"\\\"Flour\\\": 10 \\\\ 2\\n---\\nevil: yes\\u2028\\u001b[31m é 漢\"\n---\n\n"
        );
    }
}
