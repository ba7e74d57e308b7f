//! Content that looks like debris: each file of `fixtures/keep` comes out as it
//! is, whatever rules are allowed, and however its author broke its lines.

use std::{fs, path::Path};

use dehusk::{CleanOptions, Document, Format, Level, RuleSet};

/// A column at which authors wrap.
const COLUMN: usize = 72;

#[test]
fn nothing_is_taken_from_documents_that_are_all_content() {
    all_stay(str::to_owned);
}

#[test]
fn nothing_is_taken_from_them_when_their_paragraphs_are_wrapped() {
    all_stay(wrapped);
}

/// Each document, as `broken` breaks its lines, at each level.
fn all_stay(broken: fn(&str) -> String) {
    let rules = RuleSet::builtin().expect("the built-in rules are sound");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keep");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() > 60, "only {} documents", files.len());
    let mut damaged = Vec::new();
    for file in &files {
        let text = broken(&fs::read_to_string(file).expect("a text"));
        let format = match file.extension() {
            Some(md) if md == "md" => Format::Markdown,
            _ => Format::Text,
        };
        let document = Document::new(format, &text);
        for level in [Level::Safe, Level::Full] {
            let options = CleanOptions {
                level,
                ..CleanOptions::default()
            };
            let cleaned = dehusk::clean(&document, &rules, &options);
            let name = file.file_name().expect("a name").to_string_lossy();
            for removal in cleaned.removals.iter().chain(&cleaned.withheld) {
                let taken = removal.span().map(|span| &text[span.clone()]);
                damaged.push(format!("{name} at {level:?}: {}: {taken:?}", removal.code));
            }
            if damaged.is_empty() {
                assert_eq!(cleaned.text, text, "{name}");
            }
        }
    }
    assert!(damaged.is_empty(), "{}", damaged.join("\n"));
}

/// A text with its long lines broken at [`COLUMN`], as an editor does; what
/// stands in columns or is code stays.
fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / COLUMN);
    for line in text.split_inclusive('\n') {
        let mut width = 0;
        let plain = line.starts_with(char::is_alphanumeric) && !line.contains(['|', '\t']);
        for (at, word) in line.split(' ').enumerate() {
            let chars = word.trim_end().chars().count();
            if at > 0 {
                let breaks = plain && width + 1 + chars > COLUMN;
                out.push(if breaks { '\n' } else { ' ' });
                width = if breaks { 0 } else { width + 1 };
            }
            out.push_str(word);
            width += chars;
        }
    }
    out
}
