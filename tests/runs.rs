//! Which run an undo takes back: of several at once, of some files only, and of
//! those that changed nothing.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    process::Child,
};

use common::{Dir, dirty, story};

/// Starts a fix that waits for the lock that the test holds, and returns once
/// it says so: then it has read all texts.
fn start_fix(dir: &Dir, args: &[&str]) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child = dir.command(args).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(
        line.contains("another run changes files of this project; waiting for it"),
        "{line}"
    );
    (child, stderr)
}

fn hold(dir: &Dir) -> File {
    fs::create_dir_all(dir.path(".dehusk")).unwrap();
    let lock = File::create(dir.path(".dehusk/fix.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

#[test]
fn of_two_fixes_at_once_one_is_logged_and_a_plain_undo_takes_it_back() {
    let dir = Dir::new();
    for seed in 0..3 {
        dir.write(&format!("{seed}.txt"), dirty(seed));
    }
    let before = dir.tree(".");
    let lock = hold(&dir);
    let under_way = [start_fix(&dir, &["fix"]), start_fix(&dir, &["fix"])];
    drop(lock);
    let mut said = Vec::new();
    for (mut child, mut stderr) in under_way {
        let mut out = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        stderr.read_to_string(&mut out).unwrap();
        assert!(child.wait().unwrap().success(), "{out}");
        said.push(out.lines().last().unwrap().to_owned());
    }
    said.sort();
    assert_eq!(
        said,
        [
            "3 texts: nothing left to do; another run did the same meanwhile",
            "changed 3 files of 3 texts; `dehusk undo 1` takes it back"
        ]
    );
    assert_eq!(dir.read("1.txt"), story(1));
    assert_eq!(dir.dehusk(&["runs"]).ok().stdout.lines().count(), 1);
    dir.dehusk(&["undo"]).ok();
    assert_eq!(dir.tree("."), before);
}

#[test]
fn a_fix_that_finds_its_files_changed_is_not_logged_and_says_so() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    dir.write("b.txt", dirty(2));
    let lock = hold(&dir);
    let (child, mut stderr) = start_fix(&dir, &["fix"]);
    dir.write("b.txt", "edited meanwhile\n");
    drop(lock);
    let ran = child.wait_with_output().unwrap();
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        said.contains("b.txt: was changed by somebody else meanwhile, and is left"),
        "{said}"
    );
    assert_eq!(dir.read("b.txt"), "edited meanwhile\n");
    // The undo takes the run before, which changed something.
    dir.dehusk(&["undo"]).ok();
    assert_eq!(dir.read("a.txt"), dirty(1));
}

#[test]
fn single_files_of_a_run_come_back() {
    let dir = Dir::new();
    for name in ["a.txt", "sub/b.txt", "sub/c.txt", "d.txt"] {
        dir.write(name, dirty(name.len() + usize::from(name.as_bytes()[4])));
    }
    dir.write("dehusk.toml", "");
    let before = dir.tree(".");
    dir.dehusk(&["fix", "--no-dedup"]).ok();
    let fixed = dir.tree(".");
    let ran = dir.dehusk(&["undo", "--only", "sub/b.txt"]).ok();
    assert_eq!(
        ran.stdout,
        "sub/b.txt: as it was\ntook back run 1: 1 file restored; `dehusk undo 2` takes that back\n"
    );
    let mut mixed = fixed.clone();
    mixed.insert("sub/b.txt".to_owned(), before["sub/b.txt"].clone());
    assert_eq!(dir.tree("."), mixed);
    let list = dir.dehusk(&["runs", "--files"]).ok().stdout;
    assert!(
        list.contains("undo 1 in part  1 file\n        sub/b.txt\n")
            && list.contains("fix  4 files, 1 taken back\n        a.txt\n"),
        "{list}"
    );
    // A folder, from within another one, and a run by its number.
    let mut command = dir.command(&["undo", "1", "--only", ".", "--only", "../a.txt"]);
    let ran = command.current_dir(dir.path("sub")).output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(
        said.ends_with(
            "took back run 1: 2 files restored, 1 so already; `dehusk undo 3` takes that back\n"
        ),
        "{said}"
    );
    // A plain undo takes what is left of the run.
    dir.dehusk(&["undo"]).ok();
    assert_eq!(dir.tree("."), before);
    assert_eq!(dir.dehusk(&["undo"]).code, Some(2));
}

#[test]
fn the_last_run_that_changed_a_file_is_found_by_its_name() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    dir.write("b.txt", dirty(2));
    dir.dehusk(&["fix"]).ok();
    dir.dehusk(&["undo", "--only", "a.txt"]).ok();
    assert_eq!((dir.read("a.txt"), dir.read("b.txt")), (dirty(1), story(2)));
    // A file that is gone is named by the place where it was.
    fs::remove_file(dir.path("b.txt")).unwrap();
    dir.dehusk(&["undo", "--only", "b.txt", "--force"]).ok();
    assert_eq!(dir.read("b.txt"), dirty(2));
}

#[test]
fn a_name_that_a_run_does_not_have_is_an_error_and_nothing_is_done() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write("b.txt", story(2));
    dir.dehusk(&["fix"]).ok();
    for (args, message) in [
        (
            &["undo", "--only", "b.txt"][..],
            "b.txt: no fix that is in force changed that",
        ),
        (
            &["undo", "1", "--only", "a.txt", "--only", "nowhere"],
            "nowhere: run 1 did not change that",
        ),
    ] {
        let ran = dir.dehusk(args);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        assert_eq!(dir.read("a.txt"), story(1));
    }
}

#[test]
fn a_fix_that_was_cut_short_between_cleaning_and_dropping_can_be_undone() {
    for and_edited in [false, true] {
        let dir = Dir::new();
        dir.write("a.txt", story(1));
        dir.write("b.txt", dirty(1));
        dir.write("c.txt", dirty(2));
        let before = dir.tree(".");
        dir.dehusk(&["fix", "--drop-duplicates"]).ok();
        assert!(!dir.exists("b.txt"));
        // The journal as it was right before the file was removed.
        let journal = dir.read(".dehusk/runs/000001/journal.jsonl");
        let lines: Vec<&str> = journal.lines().collect();
        let (done, rest) = lines.split_last().unwrap();
        assert_eq!(*done, "\"done\"");
        dir.write(
            ".dehusk/runs/000001/journal.jsonl",
            format!("{}\n", rest.join("\n")),
        );
        dir.write("b.txt", story(1));
        if and_edited {
            dir.write("b.txt", format!("{}Nobody was hurt.\n", story(1)));
            assert_eq!(dir.dehusk(&["undo"]).code, Some(2));
            dir.dehusk(&["undo", "--merge"]).ok();
            assert_eq!(dir.read("b.txt"), format!("{}Nobody was hurt.\n", dirty(1)));
            assert_eq!(dir.read("c.txt"), dirty(2));
        } else {
            dir.dehusk(&["undo"]).ok();
            assert_eq!(dir.tree("."), before);
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_kept_of_a_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    fs::set_permissions(dir.path("a.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    dir.dehusk(&["fix"]).ok();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path(".dehusk")), 0o700);
    let mut folders = vec![dir.path(".dehusk/store")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                files += 1;
            }
        }
    }
    assert_eq!(files, 1);
    assert_eq!(mode(&dir.path("a.txt")), 0o600);
}

#[test]
fn an_undo_that_has_nothing_left_to_do_says_so_and_is_not_logged_twice() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    // Taken back by hand: that is noted once, so that the run before is next.
    dir.write("a.txt", dirty(1));
    for _ in 0..2 {
        let ran = dir.dehusk(&["undo", "1"]).ok();
        assert_eq!(
            ran.stdout,
            "took back run 1: 0 files restored, 1 so already\n"
        );
        assert_eq!(dir.dehusk(&["runs"]).ok().stdout.lines().count(), 2);
    }
}

#[test]
fn a_file_that_came_back_and_went_again_is_what_a_plain_undo_takes_back() {
    let dir = Dir::new();
    dir.write("old.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    dir.write("a.txt", dirty(2));
    dir.write("b.txt", dirty(3));
    dir.dehusk(&["fix"]).ok();
    dir.dehusk(&["undo", "2", "--only", "a.txt"]).ok();
    dir.dehusk(&["undo", "2"]).ok();
    dir.dehusk(&["undo", "3"]).ok();
    assert_eq!((dir.read("a.txt"), dir.read("b.txt")), (story(2), dirty(3)));
    let runs = dir.dehusk(&["runs"]).ok().stdout;
    assert!(runs.contains("fix  2 files, 1 taken back"), "{runs}");
    dir.dehusk(&["undo"]).ok();
    assert_eq!(
        (dir.read("old.txt"), dir.read("a.txt"), dir.read("b.txt")),
        (story(1), dirty(2), dirty(3))
    );
}

/// Makes the last run one that was killed before its end.
fn cut_short(dir: &Dir, run: u32) {
    let journal = format!(".dehusk/runs/{run:06}/journal.jsonl");
    let text = dir.read(&journal);
    dir.write(&journal, text.strip_suffix("\"done\"\n").unwrap());
}

#[test]
fn a_folder_that_became_a_file_keeps_no_later_run_from_its_work() {
    let dir = Dir::new();
    dir.write("sub/a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    cut_short(&dir, 1);
    fs::remove_dir_all(dir.path("sub")).unwrap();
    dir.write("sub", "no folder any more");
    dir.write("b.txt", dirty(2));
    dir.dehusk(&["fix", "b.txt"]).ok();
    assert_eq!(dir.read("b.txt"), story(2));
    let forced = dir.dehusk(&["undo", "1", "--force"]);
    assert_eq!(forced.code, Some(2));
    assert!(
        forced.stderr.contains("sub/a.txt: cannot be written"),
        "{}",
        forced.stderr
    );
    assert_eq!(dir.read("sub"), "no folder any more");
    dir.dehusk(&["undo"]).ok();
    assert_eq!(dir.read("b.txt"), dirty(2));
}

#[test]
fn a_leftover_of_runs_that_are_forgotten_is_in_nobodys_way() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    for number in 0..3 {
        dir.write(&format!(".dehusk-1-{number}.tmp"), "left over");
    }
    dir.dehusk(&["fix"]).ok();
    assert_eq!(dir.read("a.txt"), story(1));
    let journal = dir.read(".dehusk/runs/000001/journal.jsonl");
    assert!(
        journal.lines().next().unwrap().contains("\"tag\":\""),
        "{journal}"
    );
}

#[test]
fn an_undo_of_a_file_that_is_so_already_is_done_once() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write("b.txt", dirty(2));
    dir.dehusk(&["fix"]).ok();
    dir.write("a.txt", dirty(1));
    let ran = dir.dehusk(&["undo", "--only", "a.txt"]).ok();
    assert!(ran.stdout.contains("1 so already"), "{}", ran.stdout);
    let again = dir.dehusk(&["undo", "--only", "a.txt"]);
    assert_eq!(again.code, Some(2));
    assert!(
        again
            .stderr
            .contains("a.txt: no fix that is in force changed that"),
        "{}",
        again.stderr
    );
    dir.dehusk(&["undo", "1", "--only", "a.txt"]).ok();
    let runs = dir.dehusk(&["runs"]).ok().stdout;
    assert_eq!(runs.lines().count(), 2, "{runs}");
    assert!(runs.contains("fix  2 files, 1 taken back"), "{runs}");
}

#[cfg(unix)]
#[test]
fn a_link_or_a_folder_in_the_place_of_a_file_is_not_replaced() {
    let dir = Dir::new();
    for name in ["a.txt", "b.txt", "c.txt"] {
        dir.write(name, dirty(1));
    }
    dir.dehusk(&["fix", "--no-dedup"]).ok();
    fs::create_dir(dir.path("shared")).unwrap();
    fs::rename(dir.path("a.txt"), dir.path("shared/a.txt")).unwrap();
    std::os::unix::fs::symlink("shared/a.txt", dir.path("a.txt")).unwrap();
    fs::remove_file(dir.path("b.txt")).unwrap();
    fs::create_dir(dir.path("b.txt")).unwrap();
    let ran = dir.dehusk(&["undo"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("2 files changed since run 1"),
        "{}",
        ran.stderr
    );
    let merged = dir.dehusk(&["undo", "--merge"]);
    assert!(
        merged
            .stderr
            .contains("a.txt is a link now; b.txt is a folder now"),
        "{}",
        merged.stderr
    );
    assert_eq!(dir.read("c.txt"), story(1));
    let forced = dir.dehusk(&["undo", "--force"]);
    assert_eq!(forced.code, Some(2));
    for told in [
        "a.txt: is a link now, and is left",
        "b.txt: is a folder now, and is left",
    ] {
        assert!(forced.stderr.contains(told), "{}", forced.stderr);
    }
    assert!(
        fs::symlink_metadata(dir.path("a.txt"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        (dir.read("shared/a.txt"), dir.read("c.txt")),
        (story(1), dirty(1))
    );
}

#[cfg(unix)]
#[test]
fn a_fix_that_finds_the_disk_full_leaves_it_as_it_was() {
    let dir = Dir::new();
    for seed in 0..4 {
        dir.write(&format!("{seed}.txt"), dirty(seed));
    }
    let large = format!("&w=3840&q=100)\n{}\n", common::prose(9, 900));
    dir.write("9.txt", &large);
    let before = dir.tree(".");
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{}' fix --no-dedup --no-cache",
        env!("CARGO_BIN_EXE_dehusk")
    );
    let ran = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(dir.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot be written: File too large"), "{said}");
    assert_eq!(ran.stdout, b"");
    assert_eq!(dir.tree("."), before);
    // Neither a run nor a copy is left of it.
    assert!(dir.dehusk(&["runs"]).ok().stdout.starts_with("no runs in "));
    for folder in fs::read_dir(dir.path(".dehusk/store")).unwrap() {
        assert_eq!(fs::read_dir(folder.unwrap().path()).unwrap().count(), 0);
    }
    dir.dehusk(&["fix", "--no-dedup"]).ok();
    dir.dehusk(&["undo"]).ok();
    assert_eq!(dir.tree("."), before);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    // As an earlier version made it.
    fs::create_dir(dir.path(".dehusk")).unwrap();
    fs::set_permissions(dir.path(".dehusk"), fs::Permissions::from_mode(0o755)).unwrap();
    dir.dehusk(&["fix"]).ok();
    let mode = |name: &str| fs::metadata(dir.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (
            mode(".dehusk"),
            mode(".dehusk/runs"),
            mode(".dehusk/runs/000001/journal.jsonl")
        ),
        (0o700, 0o700, 0o600)
    );
}
