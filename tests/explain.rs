//! `dehusk explain`: of a rule, and of the lines of a file.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Dir, dirty, prose};
use serde_json::Value;

/// A text with debris at its ends, a line that a rule finds and leaves, and
/// one that a keep rule protects.
fn story() -> String {
    format!(
        "&w=3840&q=100)\n{}\n\n- [ ] Log in\nSubscribe to our newsletter\n© 2026 Example Media. All rights reserved.\n",
        prose(1, 12)
    )
}

fn notes(dir: &Dir, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["explain", "--format", "json"];
    all.extend(args);
    let told: Value = serde_json::from_str(&dir.dehusk(&all).ok().stdout).unwrap();
    told["notes"].as_array().unwrap().clone()
}

#[test]
fn explain_shows_a_rule_whole() {
    let dir = Dir::new();
    let ran = dir.dehusk(&["explain", "img001"]).ok();
    assert!(ran.stdout.starts_with("IMG001 "), "{}", ran.stdout);
    assert!(ran.stdout.contains("becomes:"), "{}", ran.stdout);
    let by_name = dir.dehusk(&["explain", "image-url-leftover-line"]).ok();
    assert_eq!(by_name.stdout, ran.stdout);
    let json = dir.dehusk(&["explain", "IMG001", "--format", "json"]).ok();
    let rule: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(rule["code"], "IMG001");
    assert!(
        rule["examples"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["kept"] == true)
    );
}

#[test]
fn a_code_that_does_not_exist_is_told_with_its_neighbours() {
    let ran = Dir::new().dehusk(&["explain", "IMG999"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("no such rule or step") && ran.stderr.contains("IMG001"),
        "{}",
        ran.stderr
    );
    let ran = Dir::new().dehusk(&["explain", "none.txt"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("none.txt: no such file"),
        "{}",
        ran.stderr
    );
}

#[test]
fn each_line_that_goes_names_its_rule_and_how_its_guards_held() {
    let dir = Dir::new();
    dir.write("a.txt", story());
    let notes = notes(&dir, &["a.txt"]);
    let first = &notes[0];
    assert_eq!(
        (&first["line"], &first["code"], &first["goes"]),
        (&1.into(), &"IMG001".into(), &true.into())
    );
    assert_eq!(first["guards"]["max-chars"]["found"], 14);
    assert!(first["found_by"]["what"].as_str().unwrap().len() > 3);
    assert!(!first["rule"]["why"].as_str().unwrap().is_empty());
    let shown = dir.dehusk(&["explain", "a.txt"]).ok().stdout;
    assert!(shown.contains("a.txt: text, language "), "{shown}");
    assert!(
        shown.contains("1 IMG001 image-url-leftover-line: goes"),
        "{shown}"
    );
    assert!(
        shown.contains("guards held: max-chars 14 (limit 400)"),
        "{shown}"
    );
}

#[test]
fn a_line_that_a_rule_found_and_left_names_the_guard() {
    let dir = Dir::new();
    dir.write("own.toml", OWN);
    dir.write("a.txt", format!("Vote now\n{}\n", prose(1, 12)));
    let notes = notes(&dir, &["a.txt", "--rules", "own.toml"]);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0]["declined"]["guard"], "last-lines");
    assert_eq!(notes[0]["declined"]["found"]["limit"], 1);
    let shown = dir
        .dehusk(&["explain", "a.txt:1", "--rules", "own.toml"])
        .ok();
    assert!(
        shown
            .stdout
            .contains("OWN001 vote: stays: last-lines: 2 (limit 1)"),
        "{}",
        shown.stdout
    );
}

const OWN: &str = r#"
schema = 1
[pack]
name = "own"
[[rule]]
code = "OWN001"
id = "vote"
summary = "A prompt to vote"
why = "It is under every article."
kind = "line"
phrases = ["vote now"]
guard = { last-lines = 1 }
"#;

#[test]
fn a_line_that_a_keep_rule_protects_says_so() {
    let dir = Dir::new();
    dir.write("a.md", story());
    let notes = notes(&dir, &["a.md"]);
    let kept: Vec<&Value> = notes
        .iter()
        .filter(|note| note["declined"]["guard"] == "keep")
        .collect();
    assert!(
        kept.iter()
            .all(|note| note["line"] == 4 && note["declined"]["found"]["kept_by"] == "KEEP001"),
        "{notes:?}"
    );
}

#[test]
fn one_line_can_be_asked_for_and_one_that_nobody_finds_says_so() {
    let dir = Dir::new();
    dir.write("a.txt", story());
    let shown = dir.dehusk(&["explain", "a.txt:2"]).ok().stdout;
    assert!(shown.contains("2 stays: no rule finds it"), "{shown}");
    let shown = dir.dehusk(&["explain", "a.txt:3"]).ok().stdout;
    assert!(shown.contains("3 is blank"), "{shown}");
    let shown = dir.dehusk(&["explain", "a.txt:1"]).ok().stdout;
    assert!(
        shown.contains("under [keep]: \"/a.txt\" = [\"&w=3840&q=100)\"]"),
        "{shown}"
    );
    let ran = dir.dehusk(&["explain", "a.txt:99"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stderr, "dehusk: a.txt: has no line 99; its last is 6\n");
}

#[test]
fn the_hint_to_keep_a_line_holds_for_that_file_wherever_it_was_asked_for() {
    let dir = Dir::new();
    dir.write("dehusk.toml", "");
    for name in ["a.txt", "sub/a.txt", "sub/{b} [c].txt"] {
        dir.write(name, dirty(1));
    }
    for (folder, name) in [(".", "a.txt"), ("sub", "a.txt"), ("sub", "{b} [c].txt")] {
        let mut command = dir.command(&["explain", &format!("{name}:1")]);
        let ran = command.current_dir(dir.path(folder)).output().unwrap();
        let shown = String::from_utf8(ran.stdout).unwrap();
        let hint = shown.lines().find(|line| line.contains("[keep]")).unwrap();
        let (place, entry) = hint.split_once(" under [keep]: ").unwrap();
        let config = std::fs::canonicalize(dir.path("dehusk.toml")).unwrap();
        assert!(place.ends_with(config.to_str().unwrap()), "{place}");
        dir.write("dehusk.toml", format!("[keep]\n{entry}\n"));
        let ran = dir.dehusk(&["fix", "--dry-run", "--no-dedup"]).ok();
        assert_eq!(ran.stderr, "");
        let own = std::path::Path::new(folder).join(name);
        let own = format!("{}:", own.strip_prefix(".").unwrap_or(&own).display());
        assert!(
            ran.stdout.contains("would change 2 files of 3 texts")
                && !ran.stdout.lines().any(|line| line.starts_with(&own)),
            "{entry}: {}",
            ran.stdout
        );
        dir.write("dehusk.toml", "");
    }
}

#[test]
fn an_entry_of_the_keep_list_without_a_folder_holds_in_every_folder() {
    let dir = Dir::new();
    dir.write("dehusk.toml", "[keep]\n\"a.txt\" = [\"&w=3840&q=100)\"]\n");
    dir.write("x/a.txt", dirty(1));
    dir.write("y/a.txt", dirty(1));
    dir.write("y/b.txt", dirty(1));
    let ran = dir.dehusk(&["fix", "--dry-run", "--no-dedup"]).ok();
    assert_eq!(ran.stderr, "");
    assert_eq!(
        ran.stdout,
        "y/b.txt: 1 place, 15 bytes (IMG001)\nwould change 1 file of 3 texts\n"
    );
    dir.write("dehusk.toml", "[keep]\n\"x/c.txt\" = [\"a\"]\n");
    let ran = dir.dehusk(&["fix", "--dry-run", "--no-dedup"]).ok();
    assert!(
        ran.stderr
            .contains("the keep list names `x/c.txt`, which is not in /"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_code_comes_before_a_file_of_that_name_which_is_reached_by_its_path() {
    let dir = Dir::new();
    dir.write("IMG001", story());
    assert!(
        dir.dehusk(&["explain", "IMG001"])
            .ok()
            .stdout
            .starts_with("IMG001 image")
    );
    assert!(
        dir.dehusk(&["explain", "./IMG001"])
            .ok()
            .stdout
            .starts_with("./IMG001: text")
    );
    dir.write("XYZ123", story());
    assert!(
        dir.dehusk(&["explain", "XYZ123"])
            .ok()
            .stdout
            .starts_with("XYZ123: text")
    );
}

#[test]
fn a_page_lists_its_blocks_with_their_scores() {
    let dir = Dir::new();
    dir.write(
        "a.html",
        format!(
            "<nav><a href=/>Home</a></nav><article><p>{}</p></article>",
            prose(1, 12)
        ),
    );
    let shown = dir.dehusk(&["explain", "a.html"]).ok().stdout;
    assert!(shown.contains("blocks: + stays, - goes"), "{shown}");
    assert!(shown.contains("article>p | "), "{shown}");
    let json = dir
        .dehusk(&["explain", "a.html", "--format", "json"])
        .ok()
        .stdout;
    let told: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["blocks"].as_array().unwrap().len(), 2);
    let ran = dir.dehusk(&["explain", "a.html:1"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

#[test]
fn a_document_that_would_be_a_husk_shows_what_would_have_gone() {
    let dir = Dir::new();
    dir.write("a.txt", "&w=3840&q=100)\n&w=1080&q=75)\n&w=640&q=75)\n");
    let shown = dir.dehusk(&["explain", "a.txt"]).ok().stdout;
    assert!(
        shown.contains("cleaning would leave next to nothing"),
        "{shown}"
    );
    assert!(shown.contains("2 IMG001"), "{shown}");
}

#[test]
fn escapes_of_a_document_do_not_reach_the_terminal() {
    let dir = Dir::new();
    dir.write(
        "a.txt",
        format!("{}\nAdvertisement \u{1b}[31m\n", prose(1, 12)),
    );
    for format in ["human", "json"] {
        let shown = dir
            .dehusk(&["explain", "a.txt:2", "--format", format])
            .ok()
            .stdout;
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}

#[test]
fn an_explanation_names_its_level_and_what_level_safe_makes_of_unsafe_finds() {
    let dir = Dir::new();
    let menu = "Home\nAbout us\nAllotments\nNews\nEvents\nRowing club\nContact us\nJobs\n\
                Privacy policy\nTerms of use\nCookie policy\n";
    let text = format!("{}\n{menu}", prose(1, 12));
    dir.write("scraped.txt", format!("&w=3840&q=100)\n{text}"));
    let shown = dir.dehusk(&["explain", "scraped.txt"]).ok().stdout;
    assert!(
        shown.contains("at level full, as `dehusk clean` has it; --level safe tells"),
        "{shown}"
    );
    assert!(
        shown.contains("NAV006 menu-with-own-entries: goes"),
        "{shown}"
    );
    assert!(
        shown.contains(
            "unsafe, and taken at level safe, too: IMG001 on line 1 is beyond doubt, so the \
             document was scraped"
        ),
        "{shown}"
    );
    assert!(shown.contains("; at level safe 12\n"), "{shown}");
    // What it says is what a fix does.
    let safe = dir
        .dehusk(&["explain", "scraped.txt", "--level", "safe"])
        .ok()
        .stdout;
    assert!(
        safe.contains("at level safe, as `dehusk check` and `fix` have it"),
        "{safe}"
    );
    dir.dehusk(&["fix", "scraped.txt"]).ok();
    assert_eq!(dir.read("scraped.txt"), format!("{}\n", prose(1, 12)));
    // Where the configuration gives the commands in place another level.
    dir.write(
        "dehusk.toml",
        "rules.unsafe = true\n[[per-path]]\npaths = [\"seeds/\"]\nunsafe = false\n",
    );
    dir.write("seeds/a.txt", prose(1, 12));
    for (args, told) in [
        (
            &["scraped.txt"][..],
            "at level full, as `dehusk clean` has it, and `check` and `fix` by",
        ),
        (
            &["scraped.txt", "--level", "safe"],
            "at level safe; --level full tells",
        ),
        (
            &["seeds/a.txt"],
            "at level full, as `dehusk clean` has it; --level safe tells",
        ),
    ] {
        let shown = dir.dehusk(&[&["explain"][..], args].concat()).ok().stdout;
        assert!(shown.contains(told), "{args:?}: {shown}");
    }

    std::fs::remove_file(dir.path("dehusk.toml")).unwrap();
    let share = "Share on Facebook\n";
    let text = format!("{}\n{share}{}\n{share}", prose(1, 12), prose(2, 12));
    dir.write("plain.txt", text);
    // Without the rules beyond doubt nothing tells that it was scraped.
    let ran = dir.dehusk(&[
        "explain",
        "plain.txt",
        "--select",
        "NEWS003",
        "--format",
        "json",
    ]);
    let told: Value = serde_json::from_str(&ran.ok().stdout).unwrap();
    assert_eq!(
        (&told["level"], &told["evidence"]),
        (&"full".into(), &Value::Null)
    );
    let notes = told["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "{told}");
    for note in notes {
        assert_eq!(
            (&note["goes"], &note["at_safe"]),
            (&true.into(), &false.into()),
            "{note}"
        );
    }
    let safe = dir
        .dehusk(&["fix", "plain.txt", "--select", "NEWS003"])
        .ok();
    assert_eq!(safe.stdout, "1 text: nothing to do\n");
}
