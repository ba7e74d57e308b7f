//! `dehusk fix`: what is changed in place, what is left, and the exit code.

mod common;

use std::fs;

use common::{Dir, dirty, story};

#[test]
fn debris_goes_and_the_run_is_named() {
    let dir = Dir::new();
    dir.write("seeds/a.txt", dirty(1));
    dir.write("seeds/b.txt", story(2));
    let ran = dir.dehusk(&["fix", "seeds"]).ok();
    assert_eq!(dir.read("seeds/a.txt"), story(1));
    assert_eq!(dir.read("seeds/b.txt"), story(2));
    assert_eq!(
        ran.stdout,
        "seeds/a.txt: 1 place, 15 bytes (IMG001)\n\
         changed 1 file of 2 texts; `dehusk undo 1` takes it back\n"
    );
    dir.dehusk(&["check", "seeds"]).ok();
}

#[test]
fn a_second_fix_finds_nothing() {
    let dir = Dir::new();
    for seed in 0..5 {
        let tail = "\n\nHashtags\n\nTry Our AI Features\nExplore what Newsdeck AI can do for you:\nComments\nNo comments yet...\nRelated Articles\n\n\nCoast Ledger\n18 minutes ago\n";
        dir.write(&format!("{seed}.txt"), format!("{}{tail}", dirty(seed)));
    }
    dir.dehusk(&["fix", "--unsafe"]).ok();
    let once = dir.tree(".");
    let ran = dir
        .dehusk(&["fix", "--unsafe", "--exit-non-zero-on-fix"])
        .ok();
    assert_eq!(ran.stdout, "5 texts: nothing to do\n");
    assert_eq!(dir.tree("."), once);
    assert!(dir.read("0.txt").ends_with(".\n"));
}

#[test]
fn nothing_but_debris_changes() {
    let dir = Dir::new();
    let story = story(1).replace(". ", ".  \r\n");
    for (name, text) in [
        ("crlf.txt", format!("&w=3840&q=100)\r\n{story}\r\n\r\n\r\n")),
        (
            "bom.txt",
            format!("\u{feff}{story}&w=3840&q=100)\r\nThe last line has no end"),
        ),
        ("md.md", format!("&w=3840&q=100)\n\n{story}* a  \n")),
    ] {
        dir.write(name, &text);
        dir.dehusk(&["fix", name]).ok();
        let left: String = text
            .split_inclusive('\n')
            .filter(|line| !line.contains("&w=3840"))
            .collect();
        assert_eq!(dir.read(name), left.trim_start_matches('\n'), "{name}");
    }
}

#[test]
fn the_normal_form_is_for_those_who_ask() {
    let dir = Dir::new();
    dir.write("a.txt", story(1).replace(". ", ".  \r\n"));
    dir.dehusk(&["fix"]).ok();
    assert!(dir.read("a.txt").contains("  \r\n"));
    dir.dehusk(&["fix", "--normalize"]).ok();
    assert!(!dir.read("a.txt").contains('\r') && !dir.read("a.txt").contains(" \n"));
    dir.dehusk(&["undo"]).ok();
    assert!(dir.read("a.txt").contains("  \r\n"));
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    let ran = dir.dehusk(&["fix", "--dry-run"]).ok();
    assert_eq!(
        ran.stdout,
        "a.txt: 1 place, 15 bytes (IMG001)\nwould change 1 file of 1 text\n"
    );
    assert_eq!(dir.read("a.txt"), dirty(1));
    assert!(!dir.exists(".dehusk"));
}

#[test]
fn exit_codes_are_for_hooks() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    assert_eq!(dir.dehusk(&["fix", "--exit-non-zero-on-fix"]).code, Some(1));
    assert_eq!(dir.dehusk(&["fix", "--exit-non-zero-on-fix"]).code, Some(0));
    dir.write("husk.txt", "&w=3840&q=100)\n");
    let ran = dir.dehusk(&["fix"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("husk.txt: cleaning would leave next to nothing"),
        "{}",
        ran.stderr
    );
    assert_eq!(dir.read("husk.txt"), "&w=3840&q=100)\n");
    assert_eq!(dir.dehusk(&["fix", "nowhere.txt"]).code, Some(2));
}

#[test]
fn other_encodings_are_left_unless_asked() {
    let dir = Dir::new();
    let mut bytes =
        b"&w=3840&q=100)\nDas Caf\xe9 und die Br\xfccke sind f\xfcr alle ge\xf6ffnet.\n".to_vec();
    bytes.extend(story(1).into_bytes());
    dir.write("a.txt", &bytes);
    let ran = dir.dehusk(&["fix"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("a.txt: is in windows-1252"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read(dir.path("a.txt")).unwrap(), bytes);
    dir.dehusk(&["fix", "--to-utf8"]).ok();
    assert!(dir.read("a.txt").starts_with("Das Café und die Brücke"));
    dir.dehusk(&["undo"]).ok();
    assert_eq!(fs::read(dir.path("a.txt")).unwrap(), bytes);
}

#[test]
fn duplicates_stay_unless_asked_and_come_back() {
    let dir = Dir::new();
    dir.write("a.txt", story(1));
    dir.write(
        "b.txt",
        format!("&w=3840&q=100)\n{}Nobody was hurt.\n", story(1)),
    );
    dir.write("c.txt", story(3));
    let before = dir.tree(".");
    let ran = dir.dehusk(&["fix", "--drop-duplicates"]).ok();
    assert!(
        ran.stdout
            .contains("b.txt: removed, says the same as a.txt"),
        "{}",
        ran.stdout
    );
    assert_eq!(dir.tree(".").keys().collect::<Vec<_>>(), ["a.txt", "c.txt"]);
    // A file that was cleaned and then removed is one file.
    assert_eq!(
        ran.stdout,
        "b.txt: removed, says the same as a.txt\n\
         removed 1 file of 3 texts; `dehusk undo 1` takes it back\n"
    );
    dir.dehusk(&["undo"]).ok();
    assert_eq!(dir.tree("."), before);
    let dry = dir.dehusk(&["fix", "--drop-duplicates", "--dry-run"]).ok();
    assert!(
        dry.stdout.ends_with("\nwould remove 1 file of 3 texts\n"),
        "{}",
        dry.stdout
    );
    assert_eq!(dir.dehusk(&["fix"]).code, Some(1));
    assert!(dir.exists("b.txt"));
    dir.dehusk(&["undo"]).ok();
    dir.write("c.txt", dirty(3));
    let ran = dir.dehusk(&["fix", "--drop-duplicates"]).ok();
    assert!(
        ran.stdout.ends_with(
            "\nchanged 1 file and removed 1 file of 3 texts; `dehusk undo 5` takes it back\n"
        ),
        "{}",
        ran.stdout
    );
}

/// The codes of what a check finds, each with a number.
fn found(dir: &Dir, flags: &[&str]) -> std::collections::BTreeMap<String, usize> {
    let mut args = vec!["check", "--output-format", "jsonl"];
    args.extend(flags);
    let mut codes = std::collections::BTreeMap::new();
    for line in dir.dehusk(&args).stdout.lines() {
        let finding: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let code = finding["code"].as_str().expect("a code").to_owned();
        *codes.entry(code).or_default() += 1;
    }
    codes
}

#[test]
fn a_fix_ends_with_what_a_check_still_finds() {
    let dir = Dir::new();
    let latin = |text: &str| {
        text.replace("The ", "Caf\u{e9} ")
            .chars()
            .map(|c| c as u8)
            .collect::<Vec<u8>>()
    };
    dir.write("a.txt", dirty(1));
    dir.write("b.txt", format!("{}Nobody was hurt.\n", dirty(1)));
    dir.write("c.txt", story(1));
    dir.write("husk.txt", "&w=3840&q=100)\n");
    dir.write("latin.txt", latin(&story(2)));
    dir.write("latin-dirty.txt", latin(&dirty(3)));
    dir.write("keep.txt", story(4));
    dir.write("dehusk.toml", "[keep]\n\"keep.txt\" = [\"Not in it\"]\n");
    let before = dir.tree(".");
    for (flags, told) in [
        (
            &[][..],
            "7 findings are left that fix does not touch (2 DUP001, 2 ENC001, 1 EXC001, 1 IMG001, \
             1 REV001): `dehusk check` shows them",
        ),
        (
            &["--to-utf8"],
            "4 findings are left that fix does not touch (2 DUP001, 1 EXC001, 1 REV001): \
             `dehusk check` shows them",
        ),
        (
            &["--drop-duplicates", "--to-utf8", "--ignore", "EXC001"],
            "1 finding is left that fix does not touch (1 REV001): `dehusk check` shows it",
        ),
    ] {
        let dry = dir.dehusk(&[&["fix", "--dry-run"][..], flags].concat());
        assert!(dry.stderr.ends_with(&format!("{told}\n")), "{dry:?}");
        let ran = dir.dehusk(&[&["fix"][..], flags].concat());
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.stderr.ends_with(&format!("dehusk: {told}\n")),
            "{ran:?}"
        );
        // It is what a check says.
        let ignored = if flags.contains(&"EXC001") {
            &["--ignore", "EXC001"][..]
        } else {
            &[]
        };
        let found = found(&dir, ignored);
        let codes: Vec<String> = found
            .iter()
            .map(|(code, n)| format!("{n} {code}"))
            .collect();
        assert!(
            told.contains(&format!("({})", codes.join(", "))),
            "{codes:?}"
        );
        dir.dehusk(&["undo"]).ok();
        assert_eq!(dir.tree("."), before);
    }
    // Nobody wants to hear of them: nothing is left.
    let none = ["--ignore", "DUP001,ENC001,EXC001,REV001,IMG"];
    let ran = dir.dehusk(&[&["fix"][..], &none].concat()).ok();
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("7 texts: nothing to do\n", "")
    );
    let alone = dir.dehusk(&["fix", "c.txt"]).ok();
    assert_eq!(alone.stdout, "1 text: nothing to do\n");
}

#[test]
fn the_newest_the_longest_or_the_best_of_several_stays_if_asked() {
    use std::time::{Duration, SystemTime};
    let dir = Dir::new();
    let ages = [("a.txt", 9), ("b.txt", 1), ("c.txt", 5)];
    let write = || {
        dir.write("a.txt", story(1));
        dir.write("b.txt", story(1));
        dir.write("c.txt", format!("{}Nobody was hurt.\n", story(1)));
        for (name, days) in ages {
            let file = fs::File::options()
                .write(true)
                .open(dir.path(name))
                .unwrap();
            let age = Duration::from_secs(days * 86_400);
            file.set_modified(SystemTime::now() - age).unwrap();
        }
    };
    for (keep, kept) in [
        ("first", "a.txt"),
        ("newest", "b.txt"),
        ("longest", "c.txt"),
        ("best", "c.txt"),
    ] {
        write();
        fs::remove_file(dir.path("dehusk.toml")).ok();
        let checked = dir.dehusk(&["check", "--keep", keep]).stdout;
        assert!(
            checked.contains(&format!("says the same as {kept}"))
                && !checked.contains(&format!("{kept}:1:1 DUP001")),
            "{keep}: {checked}"
        );
        assert!(
            checked.ends_with(
                "2 say the same as another text; `dehusk fix --drop-duplicates` removes copies\n"
            ),
            "{keep}: {checked}"
        );
        dir.write("dehusk.toml", format!("[dedup]\nkeep = \"{keep}\"\n"));
        dir.dehusk(&["fix", "--drop-duplicates"]).ok();
        let left: Vec<bool> = ages.iter().map(|(name, _)| dir.exists(name)).collect();
        let wanted: Vec<bool> = ages.iter().map(|(name, _)| *name == kept).collect();
        assert_eq!(left, wanted, "{keep}");
    }
}

#[test]
fn a_text_goes_through_a_pipe() {
    let dir = Dir::new();
    let ran = dir
        .pipe(
            &["fix", "-", "--stdin-filename", "x/new.md"],
            dirty(1).as_bytes(),
        )
        .ok();
    assert_eq!(ran.stdout, story(1));
    for flag in ["--dry-run", "--drop-duplicates", "--break-links"] {
        let ran = dir.pipe(&["fix", "-", flag], dirty(1).as_bytes());
        assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(2)), "{flag}");
        assert!(ran.stderr.contains(flag), "{}", ran.stderr);
    }
    let husk = dir.pipe(&["fix", "-"], b"&w=3840&q=100)\n");
    assert_eq!(
        (husk.stdout.as_str(), husk.code),
        ("&w=3840&q=100)\n", Some(1))
    );
}

#[test]
fn the_runs_of_a_project_are_kept_at_its_root_and_git_does_not_see_them() {
    let dir = Dir::new();
    dir.write("project/.git/HEAD", "");
    dir.write("project/deep/seeds/a.txt", dirty(1));
    let mut command = dir.command(&["fix", "."]);
    let ran = command
        .current_dir(dir.path("project/deep/seeds"))
        .output()
        .unwrap();
    assert!(ran.status.success());
    assert_eq!(dir.read("project/.dehusk/.gitignore"), "*\n");
    assert!(!dir.exists("project/deep/seeds/.dehusk"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn permissions_stay() {
        let dir = Dir::new();
        for mode in [0o600, 0o640, 0o755] {
            dir.write("a.txt", dirty(1));
            fs::set_permissions(dir.path("a.txt"), fs::Permissions::from_mode(mode)).unwrap();
            dir.dehusk(&["fix"]).ok();
            assert_eq!(dir.read("a.txt"), story(1));
            let data = fs::metadata(dir.path("a.txt")).unwrap();
            assert_eq!(data.mode() & 0o7777, mode);
        }
    }

    #[test]
    fn a_read_only_file_is_left() {
        let dir = Dir::new();
        dir.write("a.txt", dirty(1));
        fs::set_permissions(dir.path("a.txt"), fs::Permissions::from_mode(0o444)).unwrap();
        let ran = dir.dehusk(&["fix"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("a.txt: is read-only"), "{}", ran.stderr);
        assert_eq!(dir.read("a.txt"), dirty(1));
    }

    #[test]
    fn a_file_with_several_names_is_left_unless_asked() {
        let dir = Dir::new();
        dir.write("in/a.txt", dirty(1));
        fs::hard_link(dir.path("in/a.txt"), dir.path("other.txt")).unwrap();
        let ran = dir.dehusk(&["fix", "in"]);
        assert_eq!(ran.code, Some(1));
        assert!(
            ran.stderr.contains("has 2 names (hard links)"),
            "{}",
            ran.stderr
        );
        assert_eq!(dir.read("in/a.txt"), dirty(1));
        dir.dehusk(&["fix", "in", "--break-links"]).ok();
        assert_eq!(
            (dir.read("in/a.txt"), dir.read("other.txt")),
            (story(1), dirty(1))
        );
    }

    #[test]
    fn links_are_followed_only_if_named_and_stay_links() {
        let dir = Dir::new();
        dir.write("away/a.txt", dirty(1));
        dir.write("in/b.txt", story(2));
        symlink(dir.path("away/a.txt"), dir.path("in/a.txt")).unwrap();
        dir.dehusk(&["fix", "in"]).ok();
        assert_eq!(dir.read("away/a.txt"), dirty(1));
        dir.dehusk(&["fix", "in/a.txt"]).ok();
        assert_eq!(dir.read("away/a.txt"), story(1));
        assert!(
            fs::symlink_metadata(dir.path("in/a.txt"))
                .unwrap()
                .is_symlink()
        );
        dir.dehusk(&["undo"]).ok();
        assert_eq!(dir.read("away/a.txt"), dirty(1));
    }

    #[test]
    fn odd_names_are_fixed_and_undone() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let dir = Dir::new();
        let names = [
            &b"a b.txt"[..],
            b"c\"d'.txt",
            b"e\nf.txt",
            b"g\xff.txt",
            b"-h.txt",
        ];
        for (at, name) in names.iter().enumerate() {
            fs::write(dir.path(".").join(OsStr::from_bytes(name)), dirty(at)).unwrap();
        }
        let before = dir.tree(".");
        dir.dehusk(&["fix"]).ok();
        dir.dehusk(&["check"]).ok();
        dir.dehusk(&["undo"]).ok();
        assert_eq!(dir.tree("."), before);
    }

    #[test]
    fn a_folder_that_may_not_be_written_to_fails_alone() {
        let dir = Dir::new();
        dir.write("locked/a.txt", dirty(1));
        dir.write("open/b.txt", dirty(2));
        fs::set_permissions(dir.path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
        let probe = fs::write(dir.path("locked/probe"), "");
        let ran = dir.dehusk(&["fix"]);
        fs::set_permissions(dir.path("locked"), fs::Permissions::from_mode(0o755)).unwrap();
        if probe.is_ok() {
            common::skipped("this user may write anywhere");
            return;
        }
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("locked/a.txt: cannot be written"),
            "{}",
            ran.stderr
        );
        assert_eq!(dir.read("open/b.txt"), story(2));
    }

    /// A folder whose path is so long that a file in it can be read, but none
    /// of a longer name can be made there, whoever asks.
    #[cfg(target_os = "linux")]
    fn folder_without_room(dir: &Dir) -> String {
        const LONGEST_PATH: usize = 4095;
        let above = fs::canonicalize(dir.path(".")).map_or(0, |path| path.as_os_str().len());
        let room = LONGEST_PATH - above - "//a.txt".len();
        let mut path = "z".repeat(room);
        for at in (200..room - 1).step_by(200) {
            path.replace_range(at..=at, "/");
        }
        path
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_could_not_be_written_is_counted_and_told_by_the_exit_code() {
        let dir = Dir::new();
        let folder = folder_without_room(&dir);
        let name = format!("{folder}/a.txt");
        dir.write(&name, dirty(1));
        dir.write("open/b.txt", dirty(2));
        let ran = dir.dehusk(&["fix"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("a.txt: cannot be written"), "{ran:?}");
        assert!(
            ran.stderr.ends_with(
                "1 finding is left because 1 file could not be written (1 IMG001): \
                 `dehusk check` shows it\n"
            ),
            "{ran:?}"
        );
        assert_eq!(
            (dir.read(&name), dir.read("open/b.txt")),
            (dirty(1), story(2))
        );
        dir.write("husk.txt", "&w=3840&q=100)\n");
        let ran = dir.dehusk(&["fix"]);
        assert_eq!(ran.code, Some(2), "worse than what is left: {ran:?}");
        assert!(
            ran.stderr.ends_with(
                "2 findings are left, 1 of them because 1 file could not be written \
                 (1 IMG001, 1 REV001): `dehusk check` shows them\n"
            ),
            "{ran:?}"
        );
        let codes = found(&dir, &[]);
        assert_eq!(
            codes,
            [("IMG001".to_owned(), 1), ("REV001".to_owned(), 1)].into()
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_copy_that_could_not_be_written_but_removed_leaves_nothing() {
        let dir = Dir::new();
        let name = format!("{}/a.txt", folder_without_room(&dir));
        dir.write("a.txt", story(1));
        dir.write(&name, dirty(1));
        let ran = dir.dehusk(&["fix", "--drop-duplicates"]).ok();
        assert_eq!(ran.stderr, "");
        assert!(!dir.exists(&name));
    }

    #[test]
    fn what_a_fix_leaves_is_counted_apart() {
        let dir = Dir::new();
        for (seed, name) in ["a.txt", "b.txt", "c.txt"].into_iter().enumerate() {
            dir.write(name, dirty(seed));
        }
        fs::set_permissions(dir.path("a.txt"), fs::Permissions::from_mode(0o444)).unwrap();
        fs::create_dir(dir.path("away")).unwrap();
        fs::hard_link(dir.path("b.txt"), dir.path("away/b.doc")).unwrap();
        let ran = dir.dehusk(&["check", "--output-format", "concise"]);
        assert_eq!(ran.code, Some(1));
        assert!(
            ran.stdout.ends_with(
                "3 findings in 3 of 3 texts\n\
                 `dehusk fix` takes out 1; `dehusk diff` shows what would go; \
                 `dehusk explain CODE` says why\n\
                 `dehusk fix` leaves 2: a.txt is read-only; b.txt has 2 names (hard links); \
                 --break-links gives this one a file of its own\n"
            ),
            "{}",
            ran.stdout
        );
        let json = dir.dehusk(&["check", "--output-format", "jsonl"]).stdout;
        let fixable: Vec<bool> = json
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|finding| finding["fixable"].as_bool().unwrap())
            .collect();
        assert_eq!(fixable, [false, false, true]);
        // What was promised is what is done.
        let fixed = dir.dehusk(&["fix"]);
        assert!(
            fixed.stdout.contains("changed 1 file of 3 texts"),
            "{}",
            fixed.stdout
        );
    }
}

#[test]
fn an_article_that_holds_a_short_text_is_no_copy_of_it() {
    let dir = Dir::new();
    let teaser = common::prose(1, 4);
    dir.write("in/a.txt", format!("{teaser}\n"));
    for (at, name) in ["b", "c"].into_iter().enumerate() {
        let own = common::prose(5000 * (at + 1), 8);
        dir.write(&format!("in/{name}.txt"), format!("{own}\n\n{teaser}\n"));
    }
    let before = dir.tree("in");
    dir.dehusk(&["fix", "in", "--drop-duplicates", "--quiet"])
        .ok();
    assert_eq!(dir.tree("in"), before);
}
