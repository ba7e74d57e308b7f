//! `dehusk.toml`: found upward, checked, and in force.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Dir, Ran, dirty, own_rule, story};

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
    dir.write("mine/rules/own.toml", own_rule("safety = \"unsafe\""));
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
    dir.write("zlong.txt", story(1).replacen(". ", " indeed. ", 2));
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
fn the_configuration_in_force_can_be_seen() {
    let dir = Dir::new();
    let none = dir.dehusk(&["check", "--show-config"]).ok().stdout;
    assert_eq!(
        none,
        "# no configuration file\nexclude = []\n\n\
         [rules]\npacks = []\nselect = [\"ALL\"]  # default\nignore = []\nextend-safe = []\n\
         unsafe = false\n\n\
         [limits]\nmin-keep-words = 40  # default\nmin-keep-share = 0.1  # default\n\n\
         [dedup]\nkeep = \"first\"  # default\nsimilarity = 0.4  # default\n"
    );
    dir.write(
        "dehusk.toml",
        "[rules]\nunsafe = true\nignore = [\"PAY\"]\n[limits]\nmin-keep-words = 9\n",
    );
    let some = dir.dehusk(&["fix", "--show-config"]).ok().stdout;
    assert!(
        some.contains("dehusk.toml")
            && some.contains("unsafe = true\n")
            && some.contains("min-keep-words = 9\n")
            && some.contains("min-keep-share = 0.1  # default\n"),
        "{some}"
    );
    // What is typed comes before what is written.
    let flags = ["--select", "IMG,PAY", "--ignore", "IMG001", "--level=safe"];
    let typed = dir
        .dehusk(&[&["check", "--show-config", "--keep", "best"][..], &flags].concat())
        .ok()
        .stdout;
    for line in [
        "unsafe = false\n",
        "keep = \"best\"\n",
        "\"IMG001\"",
        "\"PAY\"",
    ] {
        assert!(typed.contains(line), "{line}: {typed}");
    }
    assert!(!typed.contains("\"ALL\""), "{typed}");
}

#[test]
fn a_named_folder_that_the_configuration_excludes_does_not_pass_for_a_clean_one() {
    let dir = Dir::new();
    dir.write("dehusk.toml", "exclude = [\"notes/\", \"drafts/\"]\n");
    for name in ["drafts/a.txt", "drafts/b.txt", "seeds/c.txt"] {
        dir.write(name, story(1));
    }
    for command in ["check", "diff", "fix"] {
        let ran = dir.dehusk(&[command, "drafts"]).ok();
        assert!(
            ran.stderr.starts_with("dehusk: drafts: not looked at")
                && ran
                    .stderr
                    .contains("dehusk.toml:1:22: `exclude` has \"drafts/\")")
                && ran.stderr.lines().count() == 1,
            "{command}: {}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "", "{command}");
    }
    // Also beside one that is looked at, and not for a file that is named.
    let both = dir.dehusk(&["check", "drafts/", "seeds"]).ok();
    assert!(both.stderr.contains("drafts/: not looked at"), "{both:?}");
    assert_eq!(both.stdout, "1 text: all clean\n");
    let named = dir.dehusk(&["check", "drafts/a.txt"]).ok();
    assert_eq!(
        (named.stdout.as_str(), named.stderr.as_str()),
        ("1 text: all clean\n", "")
    );
    let hook = dir.dehusk(&["check", "--force-exclude", "drafts/a.txt"]);
    assert!(
        hook.ok()
            .stderr
            .contains("no text or Markdown found (1 text excluded by the configuration)")
    );
}

#[test]
fn exceptions_hold_for_every_command_and_one_without_use_is_reported() {
    let dir = Dir::new();
    dir.write("in/a.txt", dirty(1));
    dir.write("in/b.txt", dirty(2));
    dir.write(
        "dehusk.toml",
        "[keep]\n\"in/a.txt\" = [\"&w=3840&q=100)\"]\n\"in/b.txt\" = [\"Not in it\"]\n",
    );
    let found = concise(&dir, &["in"]).stdout;
    assert_eq!(
        found,
        "in/b.txt:1:1 EXC001 the keep list names a line that nothing would take: \"Not in it\"\n\
         in/b.txt:1:1 IMG001 A line that is only the query-string end of an image URL\n"
    );
    let diff = dir.dehusk(&["diff", "in/a.txt"]);
    assert_eq!((diff.code, diff.stdout.as_str()), (Some(0), ""));
    let cleaned = dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    assert_eq!(dir.read("out/a.txt"), dirty(1));
    assert_eq!(dir.read("out/b.txt"), story(2));
    assert!(
        cleaned
            .stderr
            .contains("in/b.txt: written: the keep list names a line"),
        "{}",
        cleaned.stderr
    );
    assert_eq!(dir.dehusk(&["fix", "in"]).code, Some(1));
    assert_eq!(dir.read("in/a.txt"), dirty(1));
    assert_eq!(dir.read("in/b.txt"), story(2));
}

#[test]
fn exceptions_may_stand_in_a_file_of_their_own() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write("dehusk.toml", "");
    dir.write(
        "dehusk.keep",
        "\"*.txt\" = [\"&w=3840&q=100)\"]\n\"gone.txt\" = [\"x\"]\n",
    );
    let ran = concise(&dir, &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    let root = std::fs::canonicalize(dir.path(".")).unwrap();
    assert_eq!(
        ran.stderr,
        format!(
            "dehusk: the keep list names `gone.txt`, which is not in {}\n",
            root.display()
        )
    );
    dir.write("dehusk.keep", "\"a.txt\" = \"x\"\n");
    let ran = concise(&dir, &[]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("dehusk.keep:1:11: invalid type"),
        "{}",
        ran.stderr
    );
}

#[test]
fn files_of_an_entry_may_be_of_a_site_that_rules_ask_for() {
    let dir = Dir::new();
    dir.write("own.toml", own_rule("sites = [\"gazette.example\"]"));
    let text = format!("{}The gazette that the village reads\n", story(1));
    dir.write("gazette/a.txt", &text);
    dir.write("other/a.txt", text);
    dir.write(
        "dehusk.toml",
        "rules.packs = [\"own.toml\"]\n\
         [[per-path]]\npaths = [\"gazette/\"]\nsite = \"gazette.example\"\n",
    );
    let found = concise(&dir, &["--no-dedup"]).stdout;
    assert!(
        found.starts_with("gazette/a.txt") && found.lines().count() == 1,
        "{found}"
    );
    dir.dehusk(&["clean", "gazette", "-o", "out"]).ok();
    assert_eq!(dir.read("out/a.txt"), story(1));
    let explained = dir.dehusk(&["explain", "other/a.txt:2"]).ok().stdout;
    assert!(
        explained.contains("stays: sites: the document's site is not known"),
        "{explained}"
    );
}

#[test]
fn records_are_from_the_site_of_their_address() {
    let dir = Dir::new();
    dir.write("own.toml", own_rule("sites = [\"gazette.example\"]"));
    let text = format!("{}The gazette that the village reads", story(1));
    let record = |id: u8, url: &str| {
        format!(
            "{}\n",
            serde_json::json!({ "id": id, "url": url, "text": text })
        )
    };
    dir.write(
        "in.jsonl",
        record(1, "https://www.gazette.example/a") + &record(2, "https://other.example/a"),
    );
    dir.dehusk(&[
        "clean",
        "in.jsonl",
        "-o",
        "out.jsonl",
        "--no-dedup",
        "--rules",
        "own.toml",
    ])
    .ok();
    let lines: Vec<bool> = dir
        .read("out.jsonl")
        .lines()
        .map(|line| line.contains("The gazette that the village reads"))
        .collect();
    assert_eq!(lines, [false, true]);
}

#[test]
fn an_entry_may_have_a_selection_of_its_own() {
    let dir = Dir::new();
    dir.write("own.toml", own_rule(""));
    for name in ["a.txt", "raw/b.txt", "log/c.txt"] {
        dir.write(
            name,
            format!("{}The gazette that the village reads\n", dirty(name.len())),
        );
    }
    dir.write(
        "dehusk.toml",
        "rules.select = [\"GAZ\"]\nrules.packs = [\"own.toml\"]\n\
         [[per-path]]\npaths = [\"raw/\"]\nextend-select = [\"IMG\"]\n\
         [[per-path]]\npaths = [\"log/\"]\nselect = [\"IMG\"]\n",
    );
    let found = concise(&dir, &["--no-dedup"]).stdout;
    let found: Vec<(&str, &str)> = found
        .lines()
        .map(|line| {
            (
                line.split(':').next().unwrap(),
                line.split(' ').nth(1).unwrap(),
            )
        })
        .map(|(path, code)| (path, code.trim_end_matches(char::is_numeric)))
        .collect();
    assert_eq!(
        found,
        [
            ("a.txt", "GAZ"),
            ("log/c.txt", "IMG"),
            ("raw/b.txt", "IMG"),
            ("raw/b.txt", "GAZ")
        ]
    );
}

#[test]
fn a_rule_may_be_overridden() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write(
        "dehusk.toml",
        "rules.select = [\"IMG001\"]\n[rules.override.IMG001]\nsafety = \"report\"\n",
    );
    assert_eq!(concise(&dir, &[]).code, Some(0));
    let shown = dir.dehusk(&["explain", "IMG001"]).ok().stdout;
    assert!(shown.contains("\nreport · line"), "{shown}");
    dir.write(
        "dehusk.toml",
        "rules.select = [\"IMG001\"]\n[rules.override.IMG001]\nguard.max-chars = 5\n",
    );
    assert_eq!(concise(&dir, &[]).code, Some(0));
    let config = dir.dehusk(&["check", "--show-config"]).ok().stdout;
    assert!(
        config.contains("[rules.override.IMG001.guard]\nmax-chars = 5"),
        "{config}"
    );
}

#[test]
fn what_is_kept_of_an_earlier_run_does_not_outlive_the_settings() {
    let dir = Dir::new();
    dir.write("own.toml", own_rule("sites = [\"gazette.example\"]"));
    dir.write(
        "a.txt",
        format!("{}The gazette that the village reads\n", story(1)),
    );
    let packs = "rules.packs = [\"own.toml\"]\n";
    let place = "[[per-path]]\npaths = [\"*.txt\"]\nsite = \"gazette.example\"\n";
    let keep = "[keep]\n\"a.txt\" = [\"The gazette that the village reads\"]\n";
    for (settings, found) in [
        (packs.to_owned(), 0),
        (format!("{packs}{place}"), 1),
        (format!("{packs}{place}{keep}"), 0),
        (format!("{packs}{place}"), 1),
        (
            format!("{packs}rules.override.GAZ001.safety = \"report\"\n{place}"),
            0,
        ),
        (packs.to_owned(), 0),
    ] {
        dir.write("dehusk.toml", &settings);
        assert_eq!(concise(&dir, &[]).code, Some(found), "{settings}");
    }
}

#[test]
fn a_pattern_that_cannot_be_read_is_an_error_with_its_place() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    for (config, message) in [
        (
            "exclude = [\"b/\", \"[\"]\n",
            "dehusk.toml:1:18: `exclude`: the pattern `[`",
        ),
        (
            "[[per-path]]\npaths = [\"x[\"]\nignore = [\"IMG\"]\n",
            "dehusk.toml:2:10: `per-path`: the pattern `x[`",
        ),
        (
            "[keep]\n\"a[\" = [\"b\"]\n",
            "dehusk.toml:2:1: `keep`: the pattern `a[`",
        ),
        (
            "[rules]\nselect = []\n",
            "dehusk.toml:2:10: an empty `select` selects no rule; leave it out for all rules",
        ),
    ] {
        dir.write("dehusk.toml", config);
        for command in ["check", "fix", "diff"] {
            let ran = dir.dehusk(&[command]);
            assert_eq!(ran.code, Some(2), "{command} {config}: {}", ran.stdout);
            assert!(ran.stderr.contains(message), "{command}: {}", ran.stderr);
        }
    }
    assert_eq!(dir.read("a.txt"), dirty(1));
}

#[test]
fn check_diff_and_fix_take_the_same_flags() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write("b.txt", dirty(1));
    let flags = ["--no-dedup", "--unsafe", "--no-cache", "--jobs", "1"];
    for (command, code) in [("check", 1), ("diff", 1), ("fix", 0)] {
        let ran = dir.dehusk(&[&[command][..], &flags].concat());
        assert_eq!(ran.code, Some(code), "{command}: {}", ran.stderr);
        assert!(!ran.stdout.contains("DUP001"), "{}", ran.stdout);
    }
    // A hook says the first, and its configuration the second.
    dir.dehusk(&["fix", "--no-dedup", "--drop-duplicates"]).ok();
    assert!(!dir.exists("b.txt"));
}
