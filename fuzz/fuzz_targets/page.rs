//! Any bytes as a page: no panic, no hang, no unbounded memory.
#![no_main]

use std::sync::LazyLock;

use dehusk::{
    Format, RuleSet,
    decode::decode,
    pipeline::{Input, Name, Options, process},
};
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().expect("sound rules"));

fuzz_target!(|bytes: &[u8]| {
    let decoded = decode(bytes.to_vec(), None, Format::Html);
    process(Input { text: decoded.text, format: Format::Html, name: Name::None }, &RULES, &Options::default()).expect("no panic");
});
