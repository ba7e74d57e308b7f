//! `dehusk rules` and `dehusk explain`.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

mod common;

use common::{Dir, assert_checked_in, own_rule, prose};
use serde_json::Value;

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
    dir.write("mine.toml", own_rule(""));
    assert_eq!(
        dir.dehusk(&["rules", "test", "mine.toml"]).ok().stdout,
        "2 examples: 2 passed, 0 failed\n"
    );
    let text = format!("{}\n", prose(3, 12));
    let input = format!("{text}The gazette that the village reads\n");
    let ran = dir
        .pipe(&["clean", "-", "--rules", "mine.toml"], input.as_bytes())
        .ok();
    assert_eq!(ran.stdout, text);
    let ran = dir
        .pipe(
            &["clean", "-", "--rules", "mine.toml", "--ignore", "GAZ"],
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
        own_rule("").replace("out  = \"The well is dry.\"", "out  = \"Something else.\""),
    );
    let ran = dir.dehusk(&["rules", "test", "mine.toml"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout
            .contains("mine.toml: rule GAZ001, example `slogan`: wrong"),
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
fn a_rule_for_some_documents_is_tested_in_one_of_them() {
    let dir = Dir::new();
    let keys = "sites = [\"gazette.example\"]\npaths = [\"raw/**\"]\nkinds = [\"article\"]\nlangs = [\"en\"]";
    dir.write("mine.toml", own_rule(keys));
    let ran = dir.dehusk(&["rules", "test", "mine.toml"]).ok();
    assert_eq!(ran.stdout, "2 examples: 2 passed, 0 failed\n");
}

#[test]
fn the_reference_of_all_rules_is_current() {
    let ran = Dir::new()
        .dehusk(&["rules", "list", "--format", "markdown"])
        .ok();
    assert_checked_in("docs/reference.md", &ran.stdout);
}

#[test]
fn rules_are_listed_for_programs_too() {
    let ran = Dir::new()
        .dehusk(&["rules", "list", "--format", "json"])
        .ok();
    let rules: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rules = rules.as_array().unwrap();
    assert!(rules.len() > 60);
    assert!(
        rules
            .iter()
            .all(|rule| rule["why"].is_string() && rule["examples"].is_array())
    );
}

const WHY: [&str; 2] = ["--why", "It is under every article."];

fn new_rule(dir: &Dir, args: &[&str], pasted: &str) -> common::Ran {
    let all = [&["rules", "new"][..], &WHY, args].concat();
    dir.pipe(&all, pasted.as_bytes())
}

#[test]
fn a_new_rule_is_made_of_pasted_lines_and_works() {
    let dir = Dir::new();
    let ran = new_rule(
        &dir,
        &["--rules", "mine.toml"],
        "Vote for the Kettle of the year\n12 kettles boil now\n",
    )
    .ok();
    assert!(
        ran.stdout
            .starts_with("MINE001 is at the end of mine.toml; "),
        "{}",
        ran.stdout
    );
    let written = dir.read("mine.toml");
    assert!(
        written.contains("id      = \"vote-for-the-kettle\"")
            && written.contains("\"{n} kettles boil now\""),
        "{written}"
    );
    assert_eq!(
        dir.dehusk(&["rules", "test", "mine.toml"]).ok().stdout,
        "2 examples: 2 passed, 0 failed\n"
    );
    let text = format!("{}\n", prose(3, 12));
    let input = format!("{text}Vote for the kettle of the year!\n7 kettles boil now\n");
    let cleaned = dir
        .pipe(&["clean", "-", "--rules", "mine.toml"], input.as_bytes())
        .ok();
    assert_eq!(cleaned.stdout, text);
    // The next one goes behind it, with the next code.
    let ran = new_rule(
        &dir,
        &[
            "--rules",
            "mine.toml",
            "--kind",
            "run",
            "Kettles\nSpouts\nLids of all",
        ],
        "",
    )
    .ok();
    assert!(ran.stdout.starts_with("MINE002 "), "{}", ran.stdout);
    assert!(dir.read("mine.toml").starts_with(&written));
}

#[test]
fn a_new_rule_goes_to_the_file_that_the_configuration_names() {
    let dir = Dir::new();
    dir.write("dehusk.toml", "rules.packs = [\"own/gazette.toml\"]\n");
    dir.write("own/gazette.toml", own_rule(""));
    let ran = new_rule(
        &dir,
        &[
            "The gazette's kettle column",
            "--level",
            "safe",
            "--code",
            "KET",
        ],
        "",
    )
    .ok();
    assert!(ran.stdout.starts_with("KET001 "), "{}", ran.stdout);
    let shown = dir.dehusk(&["explain", "KET001"]).ok().stdout;
    assert!(
        shown.contains("\nsafe · line · ") && shown.contains("It is under every article."),
        "{shown}"
    );
}

#[test]
fn a_rule_that_would_take_what_an_example_keeps_is_refused() {
    let dir = Dir::new();
    dir.write("mine.toml", own_rule(""));
    let ran = new_rule(
        &dir,
        &[
            "--rules",
            "mine.toml",
            "The gazette that the village reads was sold on Monday.",
        ],
        "",
    );
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains(
            "refused: it would take from the example `about the slogan` that GAZ001 keeps"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(dir.read("mine.toml"), own_rule(""));
    // An example of a built-in pack.
    let rules = dehusk::RuleSet::builtin().unwrap();
    let kept = rules
        .rules()
        .iter()
        .filter(|rule| rule.kind == dehusk::rules::Kind::Line)
        .flat_map(dehusk::rules::Rule::examples)
        .find(|example| example.kept && example.input.lines().count() == 1)
        .unwrap();
    let ran = new_rule(
        &dir,
        &["--rules", "mine.toml", "--exact", kept.input.trim()],
        "",
    );
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("refused: "), "{}", ran.stderr);
}

#[test]
fn one_word_is_enough_for_a_rule_of_one_site_and_for_a_counter() {
    let dir = Dir::new();
    for args in [
        &["--site", "kettles.example", "Kettles"][..],
        &["12 kettles"],
        &["--kind", "run", "Kettles\nLids"],
    ] {
        let args = [&["--rules", "mine.toml", "--dry-run"][..], args].concat();
        new_rule(&dir, &args, "").ok();
    }
}

#[test]
fn a_rule_without_lines_words_or_a_place_is_not_written() {
    let dir = Dir::new();
    for (args, pasted, message) in [
        (&["--rules", "mine.toml"][..], "", "no lines"),
        (
            &["--rules", "mine.toml"],
            "* * *\n",
            "\"* * *\" has no words",
        ),
        (
            &["--rules", "mine.toml", "The"],
            "",
            "\"The\" is one word, which may stand alone",
        ),
        (
            &["--rules", "mine.toml"],
            "Vote for kettles\n- **Kettles**\n",
            "\"- **Kettles**\" is one word",
        ),
        (&["Vote for kettles"], "", "where to?"),
        (
            &[
                "--rules",
                "mine.toml",
                "--code",
                "IMG001",
                "Vote for kettles",
            ],
            "",
            "IMG001: is the code of",
        ),
    ] {
        let ran = new_rule(&dir, args, pasted);
        assert_eq!(ran.code, Some(2), "{message}");
        assert!(ran.stderr.contains(message), "{message}: {}", ran.stderr);
        assert!(!dir.exists("mine.toml"));
    }
    for why in ["", "  ", "-"] {
        let args = ["rules", "new", "--rules", "mine.toml", "--why", why];
        let ran = dir.dehusk(&[&args[..], &["Vote for kettles"]].concat());
        assert_eq!(ran.code, Some(2), "{why:?}");
        assert!(ran.stderr.contains("with --why"), "{}", ran.stderr);
        assert!(!dir.exists("mine.toml"));
    }
    let ran = new_rule(
        &dir,
        &["--rules", "mine.toml", "--dry-run", "Vote for kettles"],
        "",
    )
    .ok();
    assert!(
        ran.stdout.starts_with("[[rule]]\n") && !dir.exists("mine.toml"),
        "{}",
        ran.stdout
    );
}
