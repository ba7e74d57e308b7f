//! Content that looks like debris: each file of `fixtures/keep` comes out as it
//! is, whatever rules are allowed.

use std::{fs, path::Path};

use dehusk::{CleanOptions, Document, Format, Level, RuleSet};

#[test]
fn rules_take_nothing_from_documents_that_are_all_content() {
    let rules = RuleSet::builtin().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keep");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() > 60, "only {} documents", files.len());
    let mut damaged = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let format = match file.extension() {
            Some(md) if md == "md" => Format::Markdown,
            _ => Format::Text,
        };
        let document = Document::new(format, &text);
        for level in [Level::Safe, Level::Full] {
            // The structure step is not a matter of rules.
            let options = CleanOptions {
                level,
                structure: false,
                ..CleanOptions::default()
            };
            let cleaned = dehusk::clean(&document, &rules, &options);
            let name = file.file_name().unwrap().to_string_lossy();
            for removal in cleaned.removals.iter().chain(&cleaned.withheld) {
                damaged.push(format!("{name} at {level:?}: {removal:?}"));
            }
            if damaged.is_empty() {
                assert_eq!(cleaned.text, text, "{name}");
            }
        }
    }
    assert!(damaged.is_empty(), "{}", damaged.join("\n"));
}
