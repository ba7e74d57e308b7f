//! What a file holds, told by its name or else by its first bytes.

use std::path::Path;

use crate::Format;

/// Suffixes of documents, in lower case.
const DOCUMENTS: &[(&str, Format)] = &[
    ("htm", Format::Html),
    ("html", Format::Html),
    ("markdown", Format::Markdown),
    ("md", Format::Markdown),
    ("text", Format::Text),
    ("txt", Format::Text),
    ("xhtml", Format::Html),
];

/// Suffixes that servers give to pages, of which the content has to be seen.
/// Any other suffix names something that is not a document.
const SERVED: &[&str] = &[
    "asp", "aspx", "cfm", "cgi", "do", "jsp", "jspx", "php", "php3", "php5", "pl", "shtm", "shtml",
    "xht",
];

/// A suffix longer than this, or with anything but letters and digits, is a
/// part of the name: `Release 2.0 is out`, `index.html?page=3`.
const MAX_SUFFIX: usize = 8;

/// How much of a file is looked at, in bytes.
pub(super) const SNIFF_WINDOW: usize = 4096;

/// What the name of a file says about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A document of this format.
    Document(Format),
    /// The name says nothing: look at the content. A page is told by its
    /// markup; `plain` says whether other text counts as a document, too.
    Unsaid {
        /// Whether text without markup is a document here.
        plain: bool,
    },
    /// Something else, such as a picture or a style sheet.
    Other,
}

/// What the name of a file says about its content.
pub fn kind_of_name(path: &Path) -> Kind {
    let Some(suffix) = path.extension() else {
        return Kind::Unsaid { plain: true };
    };
    let suffix = suffix.to_string_lossy().to_lowercase();
    if suffix.is_empty()
        || suffix.len() > MAX_SUFFIX
        || !suffix.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Kind::Unsaid { plain: true };
    }
    if let Ok(at) = DOCUMENTS.binary_search_by_key(&suffix.as_str(), |(name, _)| name) {
        return Kind::Document(DOCUMENTS[at].1);
    }
    // A suffix of digits only is a number in a name (`chapter.12`).
    if SERVED.contains(&suffix.as_str()) || suffix.bytes().all(|b| b.is_ascii_digit()) {
        return Kind::Unsaid { plain: false };
    }
    Kind::Other
}

/// What the first bytes of a file say about its content, if it is text.
///
/// `plain` says whether text without markup is a document, too.
pub fn kind_of_content(bytes: &[u8], plain: bool) -> Kind {
    let window = &bytes[..bytes.len().min(SNIFF_WINDOW)];
    if is_binary(window) {
        Kind::Other
    } else if looks_like_html(window) {
        Kind::Document(Format::Html)
    } else if plain {
        Kind::Document(Format::Text)
    } else {
        Kind::Other
    }
}

/// First bytes of formats that no text begins with.
const MAGIC: &[&[u8]] = &[
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf",
    b"\x7fELF",
    b"\0\0\x01\0",
];

/// First bytes that a text may have, too; such a file is binary only if there
/// is a control character near.
const READABLE_MAGIC: &[&[u8]] = &[
    b"%PDF-",
    b"GIF8",
    b"BZh",
    b"Rar!",
    b"MZ",
    b"OggS",
    b"RIFF",
    b"ID3",
    b"SQLite format 3",
    b"PAR1",
    b"wOF",
];

/// Whether bytes are no text in any charset: a known signature, or more than
/// one control character in ten. UTF-16 is text; a stray NUL does no harm.
pub fn is_binary(bytes: &[u8]) -> bool {
    let window = &bytes[..bytes.len().min(SNIFF_WINDOW)];
    if MAGIC.iter().any(|magic| window.starts_with(magic)) {
        return true;
    }
    if window.starts_with(&[0xff, 0xfe]) || window.starts_with(&[0xfe, 0xff]) {
        return false;
    }
    let control =
        |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b) || *b == 0x7f;
    let odd = window
        .iter()
        .skip(1)
        .step_by(2)
        .filter(|b| control(b))
        .count();
    let even = window.iter().step_by(2).filter(|b| control(b)).count();
    if READABLE_MAGIC.iter().any(|magic| window.starts_with(magic)) {
        // PDF has bytes beyond ASCII in its second line; text has UTF-8.
        return odd + even > 0
            || str::from_utf8(&window[..window.len().min(64)])
                .is_err_and(|e| e.error_len().is_some());
    }
    // UTF-16 has its NULs on one side only; count the quieter side for it.
    let one_sided = odd.min(even) == 0 && window.contains(&0);
    !one_sided && (odd + even) * 10 > window.len()
}

/// Whether the first bytes are markup: the tags that the WHATWG MIME sniffing
/// standard (section 7.1) looks for, after blanks and comments.
fn looks_like_html(bytes: &[u8]) -> bool {
    const TAGS: &[&str] = &[
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<iframe",
        "<h1",
        "<div",
        "<font",
        "<table",
        "<a",
        "<style",
        "<title",
        "<b",
        "<br",
        "<p",
        "<article",
        "<main",
        "<section",
        "<meta",
        "<link",
    ];
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        if let Some(comment) = rest.strip_prefix("<!--") {
            let Some(end) = comment.find("-->") else {
                return false;
            };
            rest = comment[end + 3..].trim_start();
        } else if rest.starts_with("<?xml") {
            let Some(end) = rest.find("?>") else {
                return false;
            };
            rest = rest[end + 2..].trim_start();
        } else {
            break;
        }
    }
    let start: String = rest.chars().take(32).flat_map(char::to_lowercase).collect();
    TAGS.iter().any(|tag| {
        start
            .strip_prefix(tag)
            .is_some_and(|after| after.starts_with([' ', '>', '\n', '\r', '\t', '/']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_sorted_for_the_search() {
        assert!(DOCUMENTS.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn names_tell_documents_from_other_files() {
        for (name, kind) in [
            ("a.txt", Kind::Document(Format::Text)),
            ("a.MD", Kind::Document(Format::Markdown)),
            ("a.xhtml", Kind::Document(Format::Html)),
            ("a.png", Kind::Other),
            ("a.json", Kind::Other),
            ("a.php", Kind::Unsaid { plain: false }),
            ("README", Kind::Unsaid { plain: true }),
            ("index.html?page=3", Kind::Unsaid { plain: true }),
            ("Release 2.0 is out", Kind::Unsaid { plain: true }),
        ] {
            assert_eq!(kind_of_name(Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn content_tells_pages_text_and_binaries_apart() {
        let html = Kind::Document(Format::Html);
        assert_eq!(
            kind_of_content(b"\n<!-- saved -->\n<!DOCTYPE html>\n<p>", false),
            html
        );
        assert_eq!(
            kind_of_content(b"<?xml version='1.0'?><html xmlns='x'>", false),
            html
        );
        assert_eq!(
            kind_of_content(b"<aside note> is not a tag here", true),
            Kind::Document(Format::Text)
        );
        assert_eq!(
            kind_of_content(b"Just text.", true),
            Kind::Document(Format::Text)
        );
        assert_eq!(kind_of_content(b"Just text.", false), Kind::Other);
        assert_eq!(
            kind_of_content(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", true),
            Kind::Other
        );
        assert_eq!(kind_of_content(&[0; 100], true), Kind::Other);
    }

    #[test]
    fn a_text_about_a_format_is_a_text() {
        for text in [
            "ID3 tags explained",
            "RIFF, the file format",
            "GIF89a is from 1989",
            "MZ was a programmer",
        ] {
            assert!(!is_binary(text.as_bytes()), "{text}");
        }
        assert!(is_binary(b"GIF89a\x01\x00\x01\x00"));
    }

    #[test]
    fn utf16_and_a_stray_nul_are_text() {
        let utf16: Vec<u8> = "Plain words"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(!is_binary(&utf16));
        assert!(!is_binary(
            b"One stray \0 in a long line of text does no harm at all."
        ));
    }
}
