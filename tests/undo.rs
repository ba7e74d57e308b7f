//! `dehusk undo` and `dehusk runs`: everything comes back, also after a crash.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use common::{Dir, dirty, prose, story};
use proptest::prelude::*;

#[test]
fn an_undo_brings_back_the_last_fix() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    let ran = dir.dehusk(&["undo"]).ok();
    assert_eq!(
        ran.stdout,
        "a.txt: as it was\ntook back run 1: 1 file restored; `dehusk undo 2` takes that back\n"
    );
    assert_eq!(dir.read("a.txt"), dirty(1));
    let none = dir.dehusk(&["undo"]);
    assert_eq!(none.code, Some(2));
    assert!(
        none.stderr.contains("there is no fix to take back")
            && none.stderr.contains("`dehusk undo 2` takes back"),
        "{}",
        none.stderr
    );
}

#[test]
fn an_undo_can_be_undone() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    dir.dehusk(&["undo"]).ok();
    dir.dehusk(&["undo", "2"]).ok();
    assert_eq!(dir.read("a.txt"), story(1));
    // The fix is in force again, so it is what is taken back next.
    let ran = dir.dehusk(&["undo"]).ok();
    assert!(
        ran.stdout.contains("took back run 1: 1 file"),
        "{}",
        ran.stdout
    );
    assert_eq!(dir.read("a.txt"), dirty(1));
}

#[test]
fn runs_are_listed_with_the_newest_first() {
    let dir = Dir::new();
    assert!(dir.dehusk(&["runs"]).ok().stdout.starts_with("no runs in "));
    dir.write("a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    dir.write("b.txt", dirty(2));
    dir.dehusk(&["fix"]).ok();
    dir.dehusk(&["undo", "1"]).ok();
    let list = dir.dehusk(&["runs"]).ok().stdout;
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert!(
        lines[0].starts_with("   3  20") && lines[0].ends_with("  undo 1  1 file"),
        "{list}"
    );
    assert!(lines[2].ends_with("  fix  1 file, taken back"), "{list}");
    assert_eq!((dir.read("a.txt"), dir.read("b.txt")), (dirty(1), story(2)));
    assert_eq!(dir.dehusk(&["undo", "9"]).code, Some(2));
}

#[test]
fn what_was_changed_since_is_not_overwritten_unless_forced() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write("b.txt", dirty(2));
    dir.dehusk(&["fix"]).ok();
    dir.write("a.txt", "edited\n");
    let ran = dir.dehusk(&["undo"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("1 file changed since run 1, such as a.txt"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        (dir.read("a.txt"), dir.read("b.txt")),
        ("edited\n".to_owned(), story(2))
    );
    let forced = dir.dehusk(&["undo", "--force"]).ok();
    assert_eq!(
        forced.stdout,
        "a.txt: as it was; what was changed since is kept\nb.txt: as it was\n\
         took back run 1: 2 files restored; `dehusk undo 2` brings back what was changed since\n"
    );
    assert_eq!((dir.read("a.txt"), dir.read("b.txt")), (dirty(1), dirty(2)));
    // Whoever does not remember the number is told it again.
    let plain = dir.dehusk(&["undo"]);
    assert_eq!(plain.code, Some(2));
    assert!(
        plain
            .stderr
            .contains("the last run is an undo, which `dehusk undo 2` takes back"),
        "{}",
        plain.stderr
    );
    dir.dehusk(&["undo", "2"]).ok();
    assert_eq!(dir.read("a.txt"), "edited\n");
}

/// Puts a link or a folder in the place of a file, which is kept elsewhere.
#[cfg(unix)]
fn block(dir: &Dir, name: &str, with_link: bool) {
    fs::rename(dir.path(name), dir.path("kept")).unwrap();
    if with_link {
        std::os::unix::fs::symlink(dir.path("kept"), dir.path(name)).unwrap();
    } else {
        fs::create_dir(dir.path(name)).unwrap();
    }
}

#[cfg(unix)]
fn unblock(dir: &Dir, name: &str) {
    if dir.path(name).is_symlink() {
        fs::remove_file(dir.path(name)).unwrap();
    } else {
        fs::remove_dir(dir.path(name)).unwrap();
    }
    fs::rename(dir.path("kept"), dir.path(name)).unwrap();
}

#[cfg(unix)]
#[test]
fn what_a_forced_undo_leaves_can_be_taken_back_later() {
    for (with_link, reason) in [(true, "is a link now"), (false, "is a folder now")] {
        let dir = Dir::new();
        dir.write("a.txt", dirty(1));
        dir.dehusk(&["fix"]).ok();
        block(&dir, "a.txt", with_link);
        let forced = dir.dehusk(&["undo", "--force"]);
        assert_eq!(forced.code, Some(2));
        assert!(
            forced
                .stderr
                .contains(&format!("a.txt: {reason}, and is left")),
            "{}",
            forced.stderr
        );
        assert_eq!(
            forced.stdout,
            "nothing of run 1 was taken back: 1 file is left\n"
        );
        // A link that is named stands for what it leads to.
        if !with_link {
            let only = dir.dehusk(&["undo", "--force", "--only", "a.txt"]);
            assert_eq!((only.code, &only.stdout), (Some(2), &forced.stdout));
        }
        let runs = dir.dehusk(&["runs"]).ok().stdout;
        assert!(runs.ends_with("  fix  1 file\n"), "{runs}");
        assert_eq!(runs.lines().count(), 1, "no run did anything: {runs}");
        unblock(&dir, "a.txt");
        dir.dehusk(&["undo"]).ok();
        assert_eq!(dir.read("a.txt"), dirty(1));
    }
}

#[cfg(unix)]
#[test]
fn what_a_forced_undo_leaves_of_several_files_is_told_and_stays_in_force() {
    for with_link in [true, false] {
        let dir = Dir::new();
        dir.write("a.txt", dirty(1));
        dir.write("b.txt", dirty(2));
        dir.dehusk(&["fix"]).ok();
        block(&dir, "a.txt", with_link);
        let forced = dir.dehusk(&["undo", "--force"]);
        assert_eq!(forced.code, Some(2));
        assert_eq!(
            forced.stdout,
            "b.txt: as it was\n\
             took back run 1: 1 file restored, 1 not; `dehusk undo 2` takes that back\n"
        );
        let runs = dir.dehusk(&["runs"]).ok().stdout;
        assert!(runs.ends_with("  fix  2 files, 1 taken back\n"), "{runs}");
        // Again there is nothing that it could do, so it is no run.
        assert_eq!(dir.dehusk(&["undo", "--force"]).code, Some(2));
        let again = dir.dehusk(&["runs"]).ok().stdout;
        assert_eq!(again, runs);
        unblock(&dir, "a.txt");
        dir.dehusk(&["undo"]).ok();
        assert_eq!((dir.read("a.txt"), dir.read("b.txt")), (dirty(1), dirty(2)));
        let runs = dir.dehusk(&["runs"]).ok().stdout;
        assert!(runs.ends_with("  fix  2 files, taken back\n"), "{runs}");
    }
}

#[test]
fn what_is_not_kept_any_more_is_said_to_be_so() {
    let dir = Dir::new();
    for (seed, name) in ["a.txt", "b.txt", "c.txt"].into_iter().enumerate() {
        dir.write(name, dirty(seed));
    }
    dir.dehusk(&["fix"]).ok();
    let fixed = dir.tree(".");
    let store = dir.path(".dehusk/store").canonicalize().unwrap();
    let of = |name: &str| {
        let hash = format!(
            "{:032x}",
            xxhash_rust::xxh3::xxh3_128(dirty(name.len()).as_bytes())
        );
        store.join(&hash[..2]).join(&hash[2..])
    };
    // Of the second file, whose seed is 1.
    fs::remove_file(of("b")).unwrap();
    let ran = dir.dehusk(&["undo"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        format!(
            "dehusk: what 1 file held before run 1 (such as b.txt) is not in {} any more, so \
             nothing was brought back: No such file or directory (os error 2); take them from \
             git, or from a backup; --only PATH brings back the other 2 files\n",
            store.display()
        )
    );
    assert_eq!(dir.tree("."), fixed);
    dir.dehusk(&["undo", "--only", "a.txt"]).ok();
    assert_eq!(dir.read("a.txt"), dirty(0));
    fs::write(of("b"), "something else").unwrap();
    let damaged = dir.dehusk(&["undo"]).stderr;
    assert!(
        damaged
            .contains("but cannot be read, so nothing was brought back: the kept copy is damaged"),
        "{damaged}"
    );
    fs::remove_dir_all(&store).unwrap();
    let all = dir.dehusk(&["undo"]).stderr;
    assert!(
        all.contains("what 2 files held before run 1") && !all.contains("--only"),
        "{all}"
    );
}

#[test]
fn whoever_looks_for_runs_in_another_folder_is_told_where_some_are() {
    let dir = Dir::new();
    dir.write("work/sub/a.txt", dirty(1));
    let run = |args: &[&str], folder: &str| {
        let mut command = dir.command(args);
        let output = command.current_dir(dir.path(folder)).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    run(&["fix", "."], "work");
    let work = dir.path("work").canonicalize().unwrap();
    let at = |path: &Path| format!("{} has", path.display());
    for folder in ["work/sub", "."] {
        for args in [&["undo"][..], &["undo", "--only", "a.txt"], &["runs"]] {
            let told = run(args, folder);
            let is_hinted = told.contains(&at(&work)) && told.contains("call it there");
            assert!(is_hinted, "{folder} {args:?}: {told}");
        }
    }
    assert!(run(&["undo"], "work").contains("took back run 1"));
}

#[test]
fn a_file_that_was_removed_since_counts_as_changed() {
    let dir = Dir::new();
    dir.write("sub/a.txt", dirty(1));
    dir.dehusk(&["fix"]).ok();
    fs::remove_dir_all(dir.path("sub")).unwrap();
    assert_eq!(dir.dehusk(&["undo"]).code, Some(2));
    dir.dehusk(&["undo", "--force"]).ok();
    assert_eq!(dir.read("sub/a.txt"), dirty(1));
}

/// Pieces of a random text: prose, debris, blank lines, odd line ends.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        (0usize..500, 1usize..8).prop_map(|(seed, sentences)| prose(seed, sentences)),
        Just("&w=3840&q=100)".to_owned()),
        Just("Hashtags".to_owned()),
        Just("Comments\nNo comments yet...\nRelated Articles".to_owned()),
        Just("Share on Facebook\r\nShare on X\r\nShare by e-mail".to_owned()),
        Just("  \t".to_owned()),
        Just(String::new()),
        "[a-z\u{e9}\u{4e00}\u{200b}\u{1b} ]{0,30}",
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n")];
    let lines = prop::collection::vec((piece(), end), 1..14);
    let mark = prop_oneof![4 => Just(&b""[..]), 1 => Just(&b"\xef\xbb\xbf"[..])];
    (
        lines,
        any::<bool>(),
        mark,
        prop::option::weighted(0.1, any::<u8>()),
    )
        .prop_map(|(lines, ends, mark, byte)| {
            let mut text: String = lines.into_iter().map(|(line, end)| line + end).collect();
            if !ends {
                text.truncate(text.trim_end().len());
            }
            let mut bytes = [mark, text.as_bytes()].concat();
            bytes.extend(byte);
            bytes
        })
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn mode(_: &Path) -> u32 {
    0
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

fn modes(dir: &Dir) -> BTreeMap<String, u32> {
    dir.tree(".")
        .into_keys()
        .map(|name| {
            let mode = mode(&dir.path(&name));
            (name, mode)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_byte_and_every_permission_comes_back(
        texts in prop::collection::vec((text(), prop_oneof![Just(0o644u32), Just(0o600), Just(0o664), Just(0o755)]), 1..6),
        flags in prop::sample::subsequence(vec!["--unsafe", "--normalize", "--to-utf8", "--drop-duplicates"], 0..=4),
    ) {
        let dir = Dir::new();
        for (at, (text, mode)) in texts.iter().enumerate() {
            let name = format!("{at}.{}", if at % 2 == 0 { "txt" } else { "md" });
            dir.write(&name, text);
            set_mode(&dir.path(&name), *mode);
        }
        let (before, modes_before) = (dir.tree("."), modes(&dir));
        let mut args = vec!["fix"];
        args.extend(flags);
        let fixed = dir.dehusk(&args);
        prop_assert!(fixed.code != Some(2), "{}", fixed.stderr);
        for (name, mode) in modes(&dir) {
            prop_assert_eq!(mode, modes_before[&name]);
        }
        if dir.tree(".") == before {
            prop_assert!(!dir.exists(".dehusk"));
        } else {
            dir.dehusk(&["undo"]).ok();
        }
        prop_assert_eq!(dir.tree("."), before);
        prop_assert_eq!(modes(&dir), modes_before);
    }
}

/// How often the program is killed, unless `DEHUSK_KILL_ROUNDS` says another
/// number. Each round fixes a folder, is killed at a moment that moves through
/// the run, and looks at what is there.
const ROUNDS: u32 = 24;

/// From so many rounds on, some have to end in the middle.
#[cfg(unix)]
const MANY_ROUNDS: u32 = 100;

#[cfg(unix)]
fn rounds() -> u32 {
    let said = std::env::var("DEHUSK_KILL_ROUNDS").ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(ROUNDS)
}

/// The text of a file before a fix. One in ten is a copy of the one before it,
/// with a sentence more.
#[cfg(unix)]
fn before_fix(at: usize) -> String {
    if is_copy(at) {
        format!("{}Nobody was hurt.\n", dirty(at - 1))
    } else {
        dirty(at)
    }
}

#[cfg(unix)]
fn is_copy(at: usize) -> bool {
    at % 10 == 9
}

/// Kills a fix with `flags` at moments that move through it. Every time each
/// file is as it was or as it is to become, and an undo brings all back.
#[cfg(unix)]
fn kill_again_and_again(flags: &[&str], rounds: u32) {
    const FILES: usize = 150;
    let drops = flags.contains(&"--drop-duplicates");
    let args = [&["fix", "in", "--quiet", "--no-dedup"], flags].concat();
    let dir = Dir::new();
    let name = |at: usize| format!("{at:03}.txt");
    let write_all =
        || (0..FILES).for_each(|at| dir.write(&format!("in/{}", name(at)), before_fix(at)));
    write_all();
    let before = dir.tree("in");
    let began = Instant::now();
    dir.dehusk(&args).ok();
    let whole = began.elapsed() + Duration::from_millis(20);
    let mut cut_short = 0;
    for round in 0..rounds {
        write_all();
        let runs_before = dir.dehusk(&["runs"]).ok().stdout.lines().count();
        let mut child = dir
            .command(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(whole * round / rounds);
        child.kill().unwrap();
        child.wait().unwrap();
        let tree = dir.tree("in");
        let mut new = 0;
        for at in 0..FILES {
            let old = before_fix(at);
            let fixed = old.replace("&w=3840&q=100)\n", "");
            match tree.get(&name(at)) {
                Some(content) if *content == old.into_bytes() => {}
                Some(content) if *content == fixed.into_bytes() => new += 1,
                None if drops && is_copy(at) => new += 1,
                other => panic!("{at}: neither old nor new: {other:?}"),
            }
        }
        cut_short += u32::from(0 < new && new < FILES);
        let began = dir.dehusk(&["runs"]).ok().stdout.lines().count() > runs_before;
        assert!(began || new == 0);
        if began {
            dir.dehusk(&["undo"]).ok();
        }
        assert_eq!(dir.tree("in"), before);
        let leftovers = fs::read_dir(dir.path("in")).unwrap().count();
        assert!(
            leftovers == FILES || !began,
            "{leftovers} files after round {round}"
        );
    }
    dir.dehusk(&["fix", "in", "--quiet", "--no-dedup"]).ok();
    assert_eq!(fs::read_dir(dir.path("in")).unwrap().count(), FILES);
    let mut told = io::stderr();
    writeln!(
        told,
        "{cut_short} of {rounds} rounds ended between the first file and the last"
    )
    .unwrap();
    // On a slow machine a few rounds may all miss; many do not.
    assert!(rounds < MANY_ROUNDS || cut_short > 0);
}

#[cfg(unix)]
#[test]
fn after_a_kill_each_file_is_old_or_new_and_an_undo_works() {
    kill_again_and_again(&[], rounds());
}

#[cfg(unix)]
#[test]
fn after_a_kill_dropped_duplicates_come_back_too() {
    kill_again_and_again(&["--drop-duplicates"], rounds());
}

#[test]
fn a_merge_brings_back_what_was_taken_and_keeps_what_was_changed() {
    let dir = Dir::new();
    let share = "Share on Facebook\nShare on X\nCopy link\n";
    let text = |word: &str| {
        format!(
            "\u{feff}&w=3840&q=100)\n{}\n\n{share}\n{word}\n\n{}\n",
            prose(1, 8),
            prose(2, 8)
        )
    };
    dir.write("a.txt", text("Then came the fair."));
    dir.write("b.txt", dirty(2));
    dir.dehusk(&["fix"]).ok();
    let fixed = dir.read("a.txt");
    assert!(!fixed.contains("Share on X"));
    dir.write(
        "a.txt",
        fixed.replace("Then came the fair.", "Then came the frost."),
    );
    let refused = dir.dehusk(&["undo"]);
    assert!(
        refused.stderr.contains("--merge keeps the changes"),
        "{}",
        refused.stderr
    );
    let ran = dir.dehusk(&["undo", "--merge"]).ok();
    assert_eq!(
        ran.stdout,
        "b.txt: as it was\na.txt: has back what was taken, beside what was changed\n\
         took back run 1: 1 file restored, 1 merged; `dehusk undo 2` takes that back\n"
    );
    assert_eq!(dir.read("a.txt"), text("Then came the frost."));
    // The merge is a run, too.
    dir.dehusk(&["undo", "2"]).ok();
    assert!(dir.read("a.txt").contains("frost") && !dir.read("a.txt").contains("Share on X"));
}

#[test]
fn a_merge_of_the_same_lines_is_refused_with_their_place() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write("b.txt", dirty(2));
    dir.dehusk(&["fix"]).ok();
    let edited = format!("A new first line.\n{}", story(1));
    dir.write("a.txt", &edited);
    let ran = dir.dehusk(&["undo", "--merge"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains(
            "1 file cannot be merged, and nothing was brought back: \
             a.txt:1 was changed where the run took something out"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!((dir.read("a.txt"), dir.read("b.txt")), (edited, story(2)));
    fs::remove_file(dir.path("a.txt")).unwrap();
    let ran = dir.dehusk(&["undo", "--merge"]);
    assert!(
        ran.stderr.contains("a.txt was removed since"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_that_was_put_in_the_normal_form_can_be_merged_but_not_one_that_changed_its_encoding() {
    let dir = Dir::new();
    let lines = |end: &str| {
        let lines: Vec<String> = (0..12).map(|n| prose(n * 1000, 1) + end).collect();
        lines.concat()
    };
    dir.write(
        "a.txt",
        format!("&w=3840&q=100)\n{}", lines("\n").replacen('\n', "  \n", 1)),
    );
    dir.dehusk(&["fix", "--normalize"]).ok();
    let fixed = dir.read("a.txt");
    dir.write("a.txt", format!("{fixed}Nobody was hurt.\n"));
    dir.dehusk(&["undo", "--merge"]).ok();
    let back = dir.read("a.txt");
    assert!(
        back.starts_with("&w=3840") && back.contains("  \n") && back.ends_with("hurt.\n"),
        "{back}"
    );

    let mut latin =
        b"&w=3840&q=100)\nDas Caf\xe9 und die Br\xfccke sind f\xfcr alle ge\xf6ffnet.\n".to_vec();
    latin.extend(story(1).into_bytes());
    dir.write("b.txt", latin);
    dir.dehusk(&["fix", "b.txt", "--to-utf8"]).ok();
    dir.write("b.txt", format!("{}Nobody was hurt.\n", dir.read("b.txt")));
    let ran = dir.dehusk(&["undo", "--merge"]);
    assert!(ran.stderr.contains("b.txt is not UTF-8"), "{}", ran.stderr);
}

#[test]
fn what_is_changed_is_new_and_what_is_not_keeps_its_time() {
    use std::time::SystemTime;
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    dir.write("b.txt", story(2));
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for name in ["a.txt", "b.txt"] {
        let file = fs::File::options()
            .write(true)
            .open(dir.path(name))
            .unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let time = |name: &str| fs::metadata(dir.path(name)).unwrap().modified().unwrap();
    dir.dehusk(&["check"]);
    assert_eq!((time("a.txt"), time("b.txt")), (long_ago, long_ago));
    for command in ["fix", "undo"] {
        // Clocks of file systems lag behind by a tick.
        let began = SystemTime::now() - Duration::from_secs(1);
        dir.dehusk(&[command]).ok();
        assert!(time("a.txt") >= began, "{command}");
        assert_eq!(time("b.txt"), long_ago, "{command}");
    }
}
