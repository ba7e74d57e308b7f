//! Any text: what is kept and what is removed are the input, and a second
//! cleaning finds nothing.
#![no_main]

use std::sync::LazyLock;

use dehusk::{CleanOptions, Document, Format, RuleSet, clean, clean::normal_form, cut};
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().expect("sound rules"));

fuzz_target!(|text: &str| {
    let options = CleanOptions::default();
    let cleaned = clean(&Document::new(Format::Text, text), &RULES, &options);
    assert_eq!(normal_form(&cut(text, &cleaned.removals), Format::Text), cleaned.text);
    let again = clean(&Document::new(Format::Text, &*cleaned.text), &RULES, &options);
    assert!(again.removals.is_empty());
});
