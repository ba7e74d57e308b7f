//! `dehusk.toml`: found upward, checked, and in force.

mod common;

use common::{Dir, Ran, prose};

fn story(seed: usize) -> String {
    format!("{}\n", prose(seed * 1000, 12))
}

fn dirty(seed: usize) -> String {
    format!("&w=3840&q=100)\n{}", story(seed))
}

fn concise(dir: &Dir, args: &[&str]) -> Ran {
    let mut all = vec!["check", "--output-format", "concise", "--quiet"];
    all.extend(args);
    dir.dehusk(&all)
}

#[test]
fn a_file_upward_is_found_but_not_beyond_the_repository() {
    let dir = Dir::new();
    dir.write("dehusk.toml", "rules.ignore = [\"IMG\"]\n");
    dir.write("a/b/c.txt", dirty(1));
    let inside = |dir: &Dir| {
        let mut command = dir.command(&["check", "--quiet"]);
        command
            .current_dir(dir.path("a/b"))
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!(inside(&dir), Some(0));
    dir.write("a/.git/HEAD", "");
    assert_eq!(inside(&dir), Some(1));
    dir.write(
        "a/pyproject.toml",
        "[tool.dehusk.rules]\nignore = [\"IMG\"]\n",
    );
    assert_eq!(inside(&dir), Some(0));
    assert_eq!(concise(&dir, &["--no-config"]).code, Some(1));
}

#[test]
fn excluded_files_are_left_unless_named_and_then_with_force() {
    let dir = Dir::new();
    dir.write("dehusk.toml", "exclude = [\"drafts/\", \"*.bak.txt\"]\n");
    for name in ["a.txt", "b.bak.txt", "in/drafts/c.txt", "in/d.txt"] {
        dir.write(name, dirty(1));
    }
    let files = |args: &[&str]| {
        let mut all = vec!["check", "--show-files"];
        all.extend(args);
        dir.dehusk(&all).ok().stdout
    };
    assert_eq!(files(&[]), "a.txt\nin/d.txt\n");
    assert_eq!(
        files(&["b.bak.txt", "in/drafts/c.txt"]),
        "b.bak.txt\nin/drafts/c.txt\n"
    );
    assert_eq!(
        files(&["--force-exclude", "b.bak.txt", "in/drafts/c.txt", "a.txt"]),
        "a.txt\n"
    );
    dir.dehusk(&["fix", "--force-exclude", "b.bak.txt"]).ok();
    assert_eq!(dir.read("b.bak.txt"), dirty(1));
}

#[test]
fn rules_of_the_project_hold_for_every_command() {
    let dir = Dir::new();
    dir.write("mine/rules/own.toml", OWN_RULE);
    dir.write(
        "mine/dehusk.toml",
        "[rules]\npacks = [\"rules\"]\nextend-safe = [\"GAZ001\"]\n",
    );
    dir.write(
        "mine/in/a.txt",
        format!("{}The gazette that the village reads\n", story(1)),
    );
    let config = ["--config", "mine/dehusk.toml"];
    let found = concise(&dir, &[&config[..], &["mine/in"]].concat());
    assert!(
        found.stdout.contains("GAZ001"),
        "{}{}",
        found.stdout,
        found.stderr
    );
    dir.dehusk(&[&["clean", "mine/in", "-o", "out"], &config[..]].concat())
        .ok();
    assert_eq!(dir.read("out/a.txt"), story(1));
    let explained = dir
        .dehusk(&[&["explain", "GAZ001"], &config[..]].concat())
        .ok();
    assert!(
        explained.stdout.contains("village gazette"),
        "{}",
        explained.stdout
    );
}

const OWN_RULE: &str = r#"
schema = 1
[pack]
name        = "gazette"
version     = "1.0.0"
license     = "CC0-1.0"
description = "The village gazette."
[[rule]]
code    = "GAZ001"
id      = "village-gazette"
summary = "The slogan of the village gazette"
why     = "It stands under every article."
kind    = "line"
safety  = "unsafe"
phrases = ["the gazette that the village reads"]
[[rule.test]]
name = "slogan"
in   = """
The well is dry.
The gazette that the village reads
"""
out  = "The well is dry."
[[rule.test]]
name = "about the slogan"
keep = "The gazette that the village reads was sold on Monday."
"#;

#[test]
fn some_paths_have_other_rules_and_the_last_entry_decides() {
    let dir = Dir::new();
    dir.write(
        "dehusk.toml",
        "[[per-path]]\npaths = [\"raw/\"]\nignore = [\"IMG\"]\n\
         [[per-path]]\npaths = [\"raw/checked/\"]\n",
    );
    for name in ["a.txt", "raw/b.txt", "raw/checked/c.txt"] {
        dir.write(name, dirty(name.len()));
    }
    let found = concise(&dir, &["--no-dedup"]).stdout;
    let names: Vec<&str> = found
        .lines()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(names, ["a.txt", "raw/checked/c.txt"]);
}

#[test]
fn limits_and_the_choice_of_the_kept_are_taken_from_the_file() {
    let dir = Dir::new();
    dir.write("short.txt", story(1));
    dir.write(
        "zlong.txt",
        format!("{} {}\n", story(1).trim_end(), prose(77, 1)),
    );
    assert!(
        concise(&dir, &[])
            .stdout
            .starts_with("zlong.txt:1:1 DUP001")
    );
    dir.write("dehusk.toml", "dedup.keep = \"longest\"\n");
    assert!(
        concise(&dir, &[])
            .stdout
            .starts_with("short.txt:1:1 DUP001")
    );
    dir.write(
        "dehusk.toml",
        "limits = { min-keep-words = 100000, min-keep-share = 1.0 }\n",
    );
    dir.write("short.txt", dirty(1));
    assert!(concise(&dir, &["short.txt"]).stdout.contains("REV001"));
}

#[test]
fn mistakes_are_told_with_their_place_before_anything_is_read() {
    let dir = Dir::new();
    for (text, message) in [
        (
            "[rules]\nselct = [\"IMG\"]\n",
            "dehusk.toml:2:1: unknown key `selct`; did you mean `select`?",
        ),
        (
            "exclude = 3\n",
            "dehusk.toml:1:11: invalid type: integer `3`, expected a sequence",
        ),
        (
            "[dedup]\nsimilarity = 35\n",
            "dehusk.toml: `dedup.similarity` is a share, from 0.0 to 1.0",
        ),
        (
            "[[per-path]]\nignore = [\"IMG\"]\n",
            "dehusk.toml: an entry of `per-path` names no `paths`",
        ),
        ("rules.ignore = [\"NOPE\"]\n", "NOPE"),
        ("rules = \n", "dehusk.toml:1:"),
    ] {
        dir.write("dehusk.toml", text);
        let ran = dir.dehusk(&["check"]);
        assert_eq!(ran.code, Some(2), "{text}");
        assert!(ran.stderr.contains(message), "{text}: {}", ran.stderr);
    }
    assert_eq!(
        dir.dehusk(&["check", "--config", "none.toml"]).code,
        Some(2)
    );
}

#[test]
fn the_configuration_in_force_can_be_seen() {
    let dir = Dir::new();
    let none = dir.dehusk(&["check", "--show-config"]).ok().stdout;
    assert!(none.starts_with("# no configuration file"), "{none}");
    dir.write("dehusk.toml", "[rules]\nunsafe = true\n");
    let some = dir.dehusk(&["fix", "--show-config"]).ok().stdout;
    assert!(
        some.contains("dehusk.toml") && some.contains("unsafe = true"),
        "{some}"
    );
}
