//! The cache of `check`, `diff` and `fix`: what it may never change, and what
//! it lives through.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{fs, process::Stdio};

use common::{Dir, story};

/// A folder with all that a check can say something about.
fn corpus() -> Dir {
    let dir = Dir::new();
    for seed in 0..30 {
        let debris = [
            "",
            "&w=3840&q=100)\n",
            "Share on Facebook\nShare on X\nCopy link\n",
        ];
        let text = format!("{}{}", debris[seed % 3], story(seed));
        dir.write(&format!("in/{seed:02}.{}", ["txt", "md"][seed % 2]), text);
    }
    dir.write("in/copy.txt", format!("{}Nobody was hurt.\n", story(1)));
    dir.write("in/husk.txt", "&w=3840&q=100)\n");
    dir.write("in/blank.txt", " \n\n");
    let mut latin = b"&w=3840&q=100)\nDas Caf\xe9 und die Br\xfccke, gr\xf6\xdfer.\n".to_vec();
    latin.extend(story(40).into_bytes());
    dir.write("in/latin.txt", latin);
    dir
}

/// What all three commands say.
fn answers(dir: &Dir, flags: &[&str]) -> Vec<String> {
    let commands: [&[&str]; 4] = [
        &["check", "in", "--output-format", "json"],
        &["check", "in", "--no-dedup", "--unsafe"],
        &["diff", "in"],
        &["fix", "in", "--dry-run", "--drop-duplicates"],
    ];
    commands
        .iter()
        .map(|command| {
            let ran = dir.dehusk(&[command, flags].concat());
            format!("{:?}\n{}{}", ran.code, ran.stdout, ran.stderr)
        })
        .collect()
}

fn shards(dir: &Dir) -> Vec<std::path::PathBuf> {
    let folder = fs::read_dir(dir.path(".dehusk_cache")).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|suffix| suffix == "bin"));
    paths.sort();
    paths
}

#[test]
fn a_warm_run_says_what_a_cold_one_says() {
    let dir = corpus();
    let without = answers(&dir, &["--no-cache"]);
    assert!(!dir.exists(".dehusk_cache"));
    assert!(without.iter().all(|answer| answer.contains("txt")));
    for round in 0..3 {
        assert_eq!(answers(&dir, &[]), without, "round {round}");
        assert_eq!(answers(&dir, &["--jobs", "1"]), without, "round {round}");
    }
    assert!(!shards(&dir).is_empty());
}

#[test]
fn a_changed_text_is_looked_at_anew() {
    let dir = corpus();
    dir.dehusk(&["check", "in"]);
    dir.write("in/00.txt", format!("&w=3840&q=100)\n{}", story(0)));
    let ran = dir.dehusk(&["check", "in", "--output-format", "concise"]);
    assert!(
        ran.stdout.contains("in/00.txt:1:1 IMG001"),
        "{}",
        ran.stdout
    );
    // And back: the old answer is still known, and still right.
    dir.write("in/00.txt", story(0));
    let ran = dir.dehusk(&["check", "in", "--output-format", "concise"]);
    assert!(!ran.stdout.contains("in/00.txt"), "{}", ran.stdout);
}

#[test]
fn a_changed_rule_is_applied_at_once() {
    let dir = Dir::new();
    dir.write("a.txt", format!("{}The gazette of the mill.\n", story(1)));
    let rule = |phrase: &str| {
        format!(
            "schema = 1\n[pack]\nname = \"mine\"\n[[rule]]\ncode = \"GAZ001\"\nid = \"gazette\"\n\
             summary = \"Slogan\"\nwhy = \"It is under every article.\"\nkind = \"line\"\n\
             phrases = [\"{phrase}\"]\n"
        )
    };
    let check = || dir.dehusk(&["check", "--rules", "mine.toml"]).code;
    dir.write("mine.toml", rule("the gazette of the forge"));
    assert_eq!([check(), check()], [Some(0); 2]);
    dir.write("mine.toml", rule("the gazette of the mill"));
    let flags = ["check", "--rules", "mine.toml", "--unsafe"];
    assert_eq!(dir.dehusk(&flags).code, Some(1));
    dir.write("mine.toml", rule("the gazette of the forge"));
    assert_eq!(dir.dehusk(&flags).code, Some(0));
}

#[test]
fn a_damaged_cache_is_passed_over_and_mended() {
    let dir = corpus();
    let good = answers(&dir, &[]);
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.clear(),
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
        |bytes| *bytes = b"something else\n".repeat(100),
    ];
    for damage in damages {
        for path in shards(&dir) {
            let mut bytes = fs::read(&path).unwrap();
            damage(&mut bytes);
            fs::write(path, bytes).unwrap();
        }
        assert_eq!(answers(&dir, &[]), good);
        assert_eq!(answers(&dir, &[]), good);
    }
}

#[test]
fn runs_side_by_side_do_not_disturb_each_other() {
    let dir = corpus();
    let expected = dir.dehusk(&["check", "in", "--no-cache"]).stdout;
    for _ in 0..3 {
        let children: Vec<_> = (0..6)
            .map(|_| {
                let mut command = dir.command(&["check", "in"]);
                command.stdin(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        }
    }
    let left = fs::read_dir(dir.path(".dehusk_cache")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    let is_temp = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".tmp");
    assert!(!left.iter().any(is_temp), "{left:?}");
}

#[test]
fn the_cache_is_at_the_root_of_the_project_and_git_does_not_see_it() {
    let dir = Dir::new();
    dir.write("project/.git/HEAD", "");
    dir.write("project/deep/a.txt", story(1));
    let run = |args: &[&str]| {
        let mut command = dir.command(args);
        let folder = dir.path("project/deep");
        assert!(command.current_dir(folder).status().unwrap().success());
    };
    run(&["check"]);
    assert_eq!(dir.read("project/.dehusk_cache/.gitignore"), "*\n");
    assert!(
        dir.read("project/.dehusk_cache/CACHEDIR.TAG")
            .starts_with("Signature: 8a477f5")
    );
    assert!(!dir.exists("project/deep/.dehusk_cache"));
    run(&["check", "--cache-dir", "../../elsewhere"]);
    assert!(dir.exists("elsewhere/CACHEDIR.TAG"));
    // Not even a walk that asks for hidden files looks into it.
    let clean = dir.dehusk(&["clean", "project", "-o", "out", "--hidden", "--no-ignore"]);
    assert!(clean.stderr.contains("1 written"), "{}", clean.stderr);
}

#[test]
fn a_cache_that_cannot_be_written_does_no_harm() {
    let dir = corpus();
    let expected = dir.dehusk(&["check", "in", "--no-cache"]);
    dir.write("file", "");
    let ran = dir.dehusk(&["check", "in", "--cache-dir", "file/cache"]);
    assert_eq!(
        (ran.code, ran.stdout, ran.stderr),
        (expected.code, expected.stdout, expected.stderr)
    );
}
