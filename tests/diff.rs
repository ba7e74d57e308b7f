//! `dehusk diff`: what a fix would do, for eyes and for `patch`.

mod common;

use common::{Dir, dirty, prose, story};

#[test]
fn a_clean_folder_has_no_diff() {
    let dir = Dir::new();
    dir.write("a.txt", format!("{}\r\n \r\n", prose(1, 12)));
    let ran = dir.dehusk(&["diff"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn a_diff_shows_what_goes_and_nothing_else() {
    let dir = Dir::new();
    let story = prose(1, 12);
    dir.write("seeds/a.txt", format!("&w=3840&q=100)\r\n{story}  \r\n"));
    let ran = dir.dehusk(&["diff", "seeds"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        format!(
            "--- a/seeds/a.txt\n+++ b/seeds/a.txt\n@@ -1,2 +1 @@\n-&w=3840&q=100)\r\n {story}  \r\n"
        )
    );
}

#[test]
fn a_diff_can_be_given_to_patch() {
    let dir = Dir::new();
    for seed in 0..4 {
        dir.write(
            &format!("{seed}.txt"),
            format!(
                "&w=3840&q=100)\n{}\n\nHashtags\n\nComments\nNo comments yet...\n",
                prose(seed, 12)
            ),
        );
    }
    let diff = dir.dehusk(&["diff", "--unsafe"]).stdout;
    let Ok(mut patch) = std::process::Command::new("patch")
        .args(["-p1", "--quiet"])
        .current_dir(dir.path("."))
        .stdin(std::process::Stdio::piped())
        .spawn()
    else {
        common::skipped("`patch` is not installed");
        return;
    };
    std::io::Write::write_all(&mut patch.stdin.take().unwrap(), diff.as_bytes()).unwrap();
    assert!(patch.wait().unwrap().success());
    assert_eq!(dir.dehusk(&["diff", "--unsafe"]).ok().stdout, "");
}

/// Runs a program that takes a diff on standard input; `None` if it is not
/// installed.
fn apply(program: &str, args: &[&str], folder: &std::path::Path, diff: &str) -> Option<bool> {
    let spawned = std::process::Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn();
    let Ok(mut child) = spawned else {
        common::skipped(&format!("`{program}` is not installed"));
        return None;
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut stdin, diff.as_bytes()).expect("it reads");
    drop(stdin);
    Some(child.wait().expect("it ends").success())
}

#[test]
fn a_diff_of_another_folder_can_be_applied_where_it_says() {
    let dir = Dir::new();
    dir.write("here/keep.txt", story(9));
    for name in ["there/a.txt", "there/deep/b.txt", "other/c.txt"] {
        dir.write(name, dirty(1));
    }
    let root = dir.path(".").canonicalize().unwrap();
    let there = root.join("there").display().to_string();
    let file = format!("{there}/deep/b.txt");
    for (paths, folder) in [
        (&["../there"][..], "there"),
        (&[there.as_str()], "there"),
        (&[file.as_str()], "there/deep"),
        (&["../there", "../other/c.txt", "."], "."),
        (&["../there/a.txt", "../there/deep/b.txt"], "there"),
    ] {
        let folder = root.join(folder).canonicalize().unwrap();
        let mut command = dir.command(&["diff"]);
        let ran = command
            .args(paths)
            .current_dir(root.join("here"))
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(1), "{ran:?}");
        let diff = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(
            diff.lines().next().unwrap(),
            format!(
                "In {}: `git apply -p1` or `patch -p1` takes this",
                folder.display()
            )
        );
        for (program, args) in [
            ("git", &["apply", "-p1", "--check"][..]),
            ("patch", &["-p1", "--dry-run"]),
        ] {
            let done = apply(program, args, &folder, &diff);
            assert_ne!(done, Some(false), "{program} {paths:?}: {diff}");
        }
        if apply("patch", &["-p1", "--quiet"], &folder, &diff).is_some() {
            let left: Vec<bool> = ["there/a.txt", "there/deep/b.txt", "other/c.txt"]
                .iter()
                .map(|name| dir.read(name).starts_with('&'))
                .collect();
            let gone = diff.matches("+++ b/").count();
            assert_eq!(
                left.iter().filter(|left| !**left).count(),
                gone,
                "{paths:?}"
            );
            for name in ["there/a.txt", "there/deep/b.txt", "other/c.txt"] {
                dir.write(name, dirty(1));
            }
        }
    }
    // A path from the root that leads to this folder is one of this folder.
    let diff = dir.dehusk(&["diff", &there]).stdout;
    assert!(diff.starts_with("--- a/there/a.txt\n"), "{diff}");
}

#[test]
fn a_diff_within_a_repository_can_be_applied_from_its_root_and_from_a_folder_in_it() {
    let dir = Dir::new();
    dir.write("repo/seeds/a.txt", dirty(1));
    dir.write("repo/tools/note.txt", story(2));
    let repo = dir.path("repo");
    if apply("git", &["init", "--quiet"], &repo, "").is_none() {
        return;
    }
    let diff = |folder: &str, path: &str| {
        let mut command = dir.command(&["diff", path]);
        let ran = command.current_dir(repo.join(folder)).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    for (folder, path, at) in [
        (".", "seeds", "."),
        ("seeds", ".", "seeds"),
        ("tools", "../seeds", "seeds"),
    ] {
        let diff = diff(folder, path);
        let args = ["apply", "-p1"];
        assert_eq!(
            apply("git", &args, &repo.join(at), &diff),
            Some(true),
            "{diff}"
        );
        assert_eq!(dir.read("repo/seeds/a.txt"), story(1), "{folder} {path}");
        dir.write("repo/seeds/a.txt", dirty(1));
    }
}

/// Names that a diff cannot have as they are, and some that it can.
#[cfg(unix)]
const ODD_NAMES: [&[u8]; 12] = [
    b"a b.txt",
    b"c\"d'.txt",
    b"e\nf.txt",
    b"g\th.txt",
    b"i\xff\xfe.txt",
    b"-j.txt",
    b"k\\101.txt",
    b"\xe4\xb8\xad\xe6\x96\x87.txt",
    b" l .txt",
    b"m\x1b[31m.txt",
    b"n\r.txt",
    b"o 2020-01-01 00:00:00.000000000 +0000",
];

#[cfg(unix)]
#[test]
fn git_applies_a_diff_whatever_the_names_are() {
    use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, process::Command};
    let dir = Dir::new();
    if Command::new("git").arg("--version").output().is_err() {
        common::skipped("`git` is not installed");
        return;
    }
    fs::create_dir(dir.path("odd")).unwrap();
    let path = |name: &[u8]| dir.path("odd").join(OsStr::from_bytes(name));
    for (at, name) in ODD_NAMES.into_iter().enumerate() {
        // A carriage return alone ends no line, and the last line has no end.
        let text = dirty(at).replacen(". ", ".\r", 1);
        fs::write(path(name), text.trim_end()).unwrap();
    }
    let named: Vec<_> = ODD_NAMES.into_iter().map(path).collect();
    let mut diff = dir.command(&["diff", "--"]);
    let diff = diff
        .args(
            named
                .iter()
                .map(|path| path.strip_prefix(dir.path(".")).unwrap_or(path)),
        )
        .output()
        .unwrap();
    assert_eq!(diff.status.code(), Some(1));
    fs::write(dir.path("all.diff"), diff.stdout).unwrap();
    let git = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "all.diff"])
        .current_dir(dir.path("."))
        .env("GIT_CEILING_DIRECTORIES", dir.path("."))
        .output()
        .unwrap();
    assert!(
        git.status.success(),
        "{}{}",
        String::from_utf8_lossy(&git.stderr),
        dir.read("all.diff")
    );
    for (at, name) in ODD_NAMES.into_iter().enumerate() {
        let left = story(at).replacen(". ", ".\r", 1);
        assert_eq!(fs::read_to_string(path(name)).unwrap(), left.trim_end());
    }
}

#[test]
fn a_file_that_a_fix_leaves_is_shown_and_said_to_be_left() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    let file = dir.path("a.txt");
    let mut permissions = std::fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&file, permissions).unwrap();
    let ran = dir.dehusk(&["diff"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("-&w=3840"), "{}", ran.stdout);
    assert_eq!(
        ran.stderr,
        "dehusk: a.txt: is read-only; `dehusk fix` leaves it\n"
    );
}

#[test]
fn the_normal_form_is_shown_on_request() {
    let dir = Dir::new();
    dir.write("a.txt", "The bridge opened.  \r\n\r\n");
    let ran = dir.dehusk(&["diff", "--normalize"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout.contains("+The bridge opened.\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_stat_counts_lines() {
    let dir = Dir::new();
    dir.write("a.txt", format!("&w=3840&q=100)\n{}\n", prose(1, 12)));
    dir.write("b.txt", format!("{}\n", prose(2, 12)));
    let ran = dir.dehusk(&["diff", "--stat"]);
    assert_eq!(
        ran.stdout,
        " a.txt | +0 -1\n 1 file, 0 lines added, 1 removed\n"
    );
    assert_eq!(ran.code, Some(1));
}

#[test]
fn colour_is_for_those_who_ask() {
    let dir = Dir::new();
    dir.write("a.txt", format!("&w=3840&q=100)\n{}\n", prose(1, 12)));
    assert!(!dir.dehusk(&["diff"]).stdout.contains('\x1b'));
    assert!(
        dir.dehusk(&["diff", "--color", "always"])
            .stdout
            .contains("\x1b[31m-&w=3840")
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let dir = Dir::new();
    let ran = dir.dehusk(&["diff", "nowhere"]);
    assert_eq!(ran.code, Some(2));
}
