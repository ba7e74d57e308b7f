//! `dehusk rules` and `dehusk explain`.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

mod common;

use common::Dir;

const MINE: &str = r#"
schema = 1
[pack]
name = "mine"

[[rule]]
code = "MINE001"
id = "village-gazette"
summary = "The slogan of the village gazette"
why = "It stands under every article."
kind = "line"
phrases = ["the gazette that the village reads"]
[[rule.test]]
name = "slogan"
in = """
The well is dry.
The gazette that the village reads
"""
out = "The well is dry."
[[rule.test]]
name = "about the slogan"
keep = "The gazette that the village reads was sold on Monday."
"#;

#[test]
fn the_examples_of_all_built_in_rules_hold() {
    let ran = Dir::new().dehusk(&["rules", "test"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with(" passed, 0 failed\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn every_built_in_rule_has_a_reason_and_both_kinds_of_example() {
    let rules = dehusk::RuleSet::builtin().unwrap();
    assert!(rules.rules().len() >= 16);
    for rule in rules.rules() {
        assert!(
            !rule.why.is_empty() && !rule.summary.is_empty(),
            "{}: no reason",
            rule.code
        );
        let (kept, cleaned): (Vec<_>, Vec<_>) = rule.examples().partition(|example| example.kept);
        assert!(!kept.is_empty(), "{}: no `keep` example", rule.code);
        assert!(
            !cleaned.is_empty() || rule.action == dehusk::rules::Action::Keep,
            "{}: no `in` example",
            rule.code
        );
    }
}

#[test]
fn the_list_names_every_rule() {
    let ran = Dir::new().dehusk(&["rules", "list"]).ok();
    for code in ["IMG001", "REL001", "REP001"] {
        assert!(
            ran.stdout.lines().any(|line| line.starts_with(code)),
            "{code}"
        );
    }
}

#[test]
fn an_own_rule_file_is_tested_and_used() {
    let dir = Dir::new();
    dir.write("mine.toml", MINE);
    assert_eq!(
        dir.dehusk(&["rules", "test", "mine.toml"]).ok().stdout,
        "2 examples: 2 passed, 0 failed\n"
    );
    let text = format!("{}\n", common::prose(3, 12));
    let input = format!("{text}The gazette that the village reads\n");
    let ran = dir
        .pipe(&["clean", "-", "--rules", "mine.toml"], input.as_bytes())
        .ok();
    assert_eq!(ran.stdout, text);
    let ran = dir
        .pipe(
            &["clean", "-", "--rules", "mine.toml", "--ignore", "MINE"],
            input.as_bytes(),
        )
        .ok();
    assert_eq!(ran.stdout, input);
}

#[test]
fn an_example_that_does_not_hold_is_shown_with_its_place() {
    let dir = Dir::new();
    dir.write(
        "mine.toml",
        MINE.replace("out = \"The well is dry.\"", "out = \"Something else.\""),
    );
    let ran = dir.dehusk(&["rules", "test", "mine.toml"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout
            .contains("mine.toml: rule MINE001, example `slogan`: wrong"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("| Something else.") && ran.stdout.contains("| The well is dry."),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_broken_rule_file_says_where_and_what_to_do() {
    let dir = Dir::new();
    for (from, to, message) in [
        ("why = ", "wyh = ", "wyh"),
        ("kind = \"line\"", "kind = \"lime\"", "lime"),
        ("code = \"MINE001\"", "code = \"mine-1\"", "mine-1"),
        (
            "phrases = [\"the gazette that the village reads\"]",
            "any = ['(never closed']",
            "MINE001",
        ),
        (
            "phrases = [\"the gazette that the village reads\"]",
            "",
            "MINE001",
        ),
        (
            "phrases = [\"the gazette that the village reads\"]",
            "phrases = [\"...\"]",
            "MINE001",
        ),
        ("schema = 1", "schema = 99", "99"),
        ("[pack]", "[pack", "mine.toml"),
    ] {
        dir.write("mine.toml", MINE.replace(from, to));
        let ran = dir.dehusk(&["rules", "test", "mine.toml"]);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.stderr);
        assert!(
            ran.stderr.starts_with("dehusk: mine.toml:"),
            "{to}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains(message) && ran.stderr.lines().count() == 1,
            "{to}: {}",
            ran.stderr
        );
    }
}
