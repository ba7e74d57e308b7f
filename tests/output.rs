//! `dehusk clean -o`: where the clean files go, what is in the way there, and what
//! a run that is cut short leaves.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Dir, article};

#[test]
fn a_mistake_gets_one_line_and_nothing_is_written() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.write("in.jsonl", "{}");
    dir.write("file", "x");
    for (args, message) in [
        (
            &["clean", "in"][..],
            "where to? Give an output folder with -o",
        ),
        (
            &["clean", "nowhere", "-o", "out"],
            "nowhere: no such file or folder",
        ),
        (
            &["clean", "in", "-o", "in"],
            "in: the output is or holds the input in",
        ),
        (
            &["clean", "in", "-o", "."],
            ".: the output is or holds the input in",
        ),
        (&["clean", "in", "-o", "file"], "file: cannot be written"),
        (
            &["clean", "in", "in.jsonl", "-o", "out"],
            "one JSONL file at a time",
        ),
        (
            &["clean", "-", "-o", "out"],
            "standard input goes to standard output",
        ),
        (
            &["clean", "in", "-o", "out", "--rules", "no.toml"],
            "no.toml",
        ),
    ] {
        let ran = dir.dehusk(args);
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains(message) && ran.stderr.lines().count() == 1,
            "{args:?}: {}",
            ran.stderr
        );
        assert!(!dir.exists("out") && !dir.exists("in/.dehusk"), "{args:?}");
    }
    assert_eq!(
        dir.dehusk(&["clean", "in", "-o", "out", "--levle", "full"])
            .code,
        Some(2)
    );
}

#[test]
fn a_broken_rule_file_stops_the_run_before_the_first_document() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.write("mine.toml", "schema = 1\n[pack]\nname = \"mine\"\n\n[[rule]]\ncode = \"MINE001\"\nid = \"mine\"\nsummary = \"s\"\nwhy = \"w\"\nkind = \"line\"\nany = ['(unclosed']\n");
    let ran = dir.dehusk(&["clean", "in", "-o", "out", "--rules", "mine.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.starts_with("dehusk: mine.toml:") && ran.stderr.contains("MINE001"),
        "{}",
        ran.stderr
    );
    assert!(!dir.exists("out"));
}

#[test]
fn output_below_the_input_is_not_read_again() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.dehusk(&["clean", "in", "-o", "in/clean"]).ok();
    dir.dehusk(&["clean", "in", "-o", "in/clean"]).ok();
    let files: Vec<String> = dir.tree("in").into_keys().collect();
    assert_eq!(
        files,
        ["a.txt", "clean/a.txt", "clean/dehusk-manifest.jsonl"]
    );
}

#[test]
fn a_file_of_someone_else_is_not_overwritten() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.write("out/a.txt", "mine");
    let ran = dir.dehusk(&["clean", "in", "-o", "out"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("out/a.txt: is in the way"),
        "{}",
        ran.stderr
    );
    assert_eq!(dir.read("out/a.txt"), "mine");
    dir.dehusk(&["clean", "in", "-o", "out", "--force"]).ok();
    assert_eq!(dir.read("out/a.txt"), article(1));
}

#[test]
fn what_earlier_runs_wrote_stays_known_until_it_is_pruned() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.write("in/b.txt", article(1));
    dir.dehusk(&["clean", "in", "-o", "out", "--no-dedup"]).ok();
    for _ in 0..3 {
        let ran = dir.dehusk(&["clean", "in", "-o", "out"]).ok();
        assert!(
            ran.stderr.contains("1 file of an earlier run"),
            "{}",
            ran.stderr
        );
        assert!(dir.exists("out/b.txt"));
    }
    dir.dehusk(&["clean", "in", "-o", "out", "--prune"]).ok();
    assert!(dir.exists("out/a.txt") && !dir.exists("out/b.txt"));
}

#[test]
fn nothing_is_pruned_when_a_document_failed() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.write("in/b.txt", article(2));
    dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    dir.write("in/b.txt", [0u8; 200]);
    assert_eq!(
        dir.dehusk(&["clean", "in", "-o", "out", "--prune"]).code,
        Some(2)
    );
    assert_eq!(dir.read("out/b.txt"), article(2));
}

#[test]
fn an_output_that_was_edited_is_not_overwritten() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    dir.write("out/a.txt", "edited");
    let ran = dir.dehusk(&["clean", "in", "-o", "out"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("was changed since dehusk wrote it"),
        "{}",
        ran.stderr
    );
    assert_eq!(dir.read("out/a.txt"), "edited");
}

#[test]
fn an_interrupted_run_leaves_whole_files_and_the_next_one_repairs() {
    let dir = Dir::new();
    for seed in 0..1500 {
        dir.write(&format!("in/{seed}.txt"), article(seed));
    }
    for wait in [5, 20, 60, 120] {
        let mut child = dir
            .command(&["clean", "in", "-o", "out", "--no-dedup", "--quiet"])
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        if !dir.exists("out") {
            continue;
        }
        for (name, content) in dir.tree("out") {
            if let Some(seed) = name.strip_suffix(".txt") {
                assert!(
                    content == article(seed.parse().unwrap()).into_bytes(),
                    "{name} is not whole"
                );
            }
        }
    }
    dir.dehusk(&["clean", "in", "-o", "out", "--no-dedup"]).ok();
    assert_eq!(dir.tree("out").len(), 1501);
    let leftovers = std::fs::read_dir(dir.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        leftovers
            .filter(|name| name.to_string_lossy().starts_with(".dehusk-"))
            .count(),
        0
    );
}

#[test]
fn an_output_within_the_input_is_said_not_to_be_read() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    let ran = dir.dehusk(&["clean", "in", "-o", "in/clean"]).ok();
    assert!(
        ran.stderr
            .contains("in/clean: lies in the input in, and is not read"),
        "{}",
        ran.stderr
    );
    let ran = dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    assert!(!ran.stderr.contains("is not read"), "{}", ran.stderr);
}

#[test]
fn one_document_can_go_into_one_file() {
    let dir = Dir::new();
    dir.write("a.txt", format!("&w=3840&q=100)\n{}", article(1)));
    let ran = dir.dehusk(&["clean", "a.txt", "-o", "clean.txt"]).ok();
    assert_eq!(dir.read("clean.txt"), article(1));
    assert!(ran.stderr.contains("clean.txt: written"), "{}", ran.stderr);
    assert_eq!(dir.tree(".").len(), 2, "nothing else is written");
    // What is there is not overwritten, nor is the input.
    let again = dir.dehusk(&["clean", "a.txt", "-o", "clean.txt"]);
    assert!(
        again.code == Some(2) && again.stderr.contains("clean.txt: is in the way"),
        "{}",
        again.stderr
    );
    dir.dehusk(&["clean", "a.txt", "-o", "clean.txt", "--force"])
        .ok();
    let same = dir.dehusk(&["clean", "a.txt", "-o", "./a.txt", "--force"]);
    assert!(
        same.code == Some(2) && same.stderr.contains("the output is the input"),
        "{}",
        same.stderr
    );
    dir.write(
        "page.html",
        format!("<nav><a href=/>Home</a></nav><p>{}</p>", article(2)),
    );
    dir.dehusk(&["clean", "page.html", "-o", "page.md", "--to", "markdown"])
        .ok();
    assert!(!dir.read("page.md").contains("Home"));
}

#[test]
fn several_documents_go_into_a_folder_whatever_its_name() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    let ran = dir.dehusk(&["clean", "in", "-o", "out.txt"]);
    assert!(
        ran.code == Some(2)
            && ran
                .stderr
                .contains("out.txt: has the name of a text, and several files go into a folder"),
        "{}",
        ran.stderr
    );
    assert!(!dir.exists("out.txt"));
    std::fs::create_dir(dir.path("out.txt")).unwrap();
    dir.dehusk(&["clean", "in", "-o", "out.txt"]).ok();
    assert!(dir.exists("out.txt/a.txt"));
}

#[test]
fn an_exception_for_a_file_holds_when_it_goes_to_standard_output() {
    let dir = Dir::new();
    let text = format!("&w=3840&q=100)\n{}", article(1));
    dir.write("a.txt", &text);
    dir.write("dehusk.toml", "[keep]\n\"/a.txt\" = [\"&w=3840&q=100)\"]\n");
    let ran = dir.dehusk(&["clean", "a.txt", "-o", "-"]).ok();
    assert_eq!(ran.stdout, text);
}

#[test]
fn flags_that_say_nothing_of_one_document_are_refused() {
    let dir = Dir::new();
    dir.write("a.txt", article(1));
    for args in [
        &["clean", "-", "--index", "seen"][..],
        &["clean", "-", "--keep", "longest"],
        &["clean", "a.txt", "-o", "-", "--against", "seen"],
        &["clean", "a.txt", "-o", "b.txt", "--similarity", "0.5"],
        &["clean", "a.txt", "-o", "b.txt", "--format", "json"],
    ] {
        let ran = dir.dehusk(args);
        assert_eq!(ran.code, Some(2), "{args:?}");
        assert!(
            ran.stderr.contains("go with folders and records")
                || ran.stderr.contains("goes with folders and records"),
            "{args:?}: {}",
            ran.stderr
        );
    }
    assert!(!dir.exists("seen") && !dir.exists("b.txt"));
}

#[test]
fn a_document_of_which_nothing_is_left_takes_no_files_place() {
    let dir = Dir::new();
    dir.write("blank.txt", " \n\n");
    dir.write("story.txt", "An old story.\n");
    let ran = dir
        .dehusk(&["clean", "blank.txt", "-o", "story.txt", "--force"])
        .ok();
    assert!(
        ran.stderr.contains("story.txt is not written"),
        "{}",
        ran.stderr
    );
    assert_eq!(dir.read("story.txt"), "An old story.\n");
}
