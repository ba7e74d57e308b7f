//! `dehusk clean`: files and folders into a folder.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

mod common;

use common::{Dir, article, fixture, prose};

#[test]
fn the_sample_seeds_come_out_as_expected() {
    let dir = Dir::new();
    let seeds = fixture("seeds");
    dir.dehusk(&["clean", seeds.to_str().unwrap(), "-o", "out"])
        .ok();
    let mut files = dir.tree("out");
    files.remove("dehusk-manifest.jsonl").expect("a manifest");
    let mut expected = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(fixture("expected")).unwrap() {
        let path = entry.unwrap().path();
        expected.insert(
            path.file_name().unwrap().to_string_lossy().into_owned(),
            std::fs::read(&path).unwrap(),
        );
    }
    for (name, content) in &expected {
        let got = files
            .get(name)
            .unwrap_or_else(|| panic!("{name} was not written"));
        assert_eq!(
            String::from_utf8_lossy(got),
            String::from_utf8_lossy(content),
            "{name}"
        );
    }
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
}

#[test]
fn the_manifest_names_every_cut_and_every_duplicate() {
    let dir = Dir::new();
    let seeds = fixture("seeds");
    dir.dehusk(&["clean", seeds.to_str().unwrap(), "-o", "out"])
        .ok();
    let entries = dir.manifest("out/dehusk-manifest.jsonl");
    assert!(entries.is_sorted_by_key(|entry| entry["id"].as_str().unwrap().to_owned()));
    for entry in &entries {
        let path = seeds.join(entry["id"].as_str().unwrap());
        let input = std::fs::read_to_string(&path).unwrap();
        if entry["status"] == "written" && path.extension().unwrap() != "html" {
            let mut kept = String::new();
            let mut from = 0;
            for removal in entry["removed"].as_array().unwrap() {
                let at = |key: &str| usize::try_from(removal[key].as_u64().unwrap()).unwrap();
                kept.push_str(&input[from..at("start")]);
                from = at("end");
            }
            kept.push_str(&input[from..]);
            let kept = format!("{}\n", kept.trim_end());
            assert_eq!(
                kept,
                dir.read(&format!("out/{}", entry["output"].as_str().unwrap())),
                "{entry}"
            );
        }
    }
    let copy = entries
        .iter()
        .find(|entry| entry["status"] == "duplicate")
        .expect("a duplicate");
    assert_eq!(copy["id"], "002_lithium_recycling_copy.txt");
    assert_eq!(copy["duplicate_of"], "001_lithium_recycling.txt");
    assert!(
        copy["similarity"].as_f64().unwrap() > 0.8 && copy["evidence"].is_object(),
        "{copy}"
    );
}

#[test]
fn the_same_bytes_come_out_for_any_number_of_jobs() {
    let dir = Dir::new();
    for seed in 0..60 {
        let text = format!(
            "&w=3840&q=100)\n{}\nNo comments yet...\n",
            article(seed % 45)
        );
        dir.write(&format!("in/{:02}/{seed}.txt", seed % 7), text);
    }
    for keep in ["first", "longest"] {
        for jobs in ["1", "2", "8"] {
            let out = format!("{keep}-{jobs}");
            dir.dehusk(&["clean", "in", "-o", &out, "--jobs", jobs, "--keep", keep])
                .ok();
            assert_eq!(
                dir.tree(&out),
                dir.tree(&format!("{keep}-1")),
                "{keep}, {jobs} jobs"
            );
        }
    }
    let manifest = dir.manifest("first-1/dehusk-manifest.jsonl");
    assert_nothing_is_lost(&manifest);
    assert_nothing_is_lost(&dir.manifest("longest-1/dehusk-manifest.jsonl"));
    assert_eq!(
        manifest
            .iter()
            .filter(|entry| entry["status"] == "duplicate")
            .count(),
        15
    );
}

#[test]
fn cleaning_its_own_output_changes_nothing() {
    let dir = Dir::new();
    let seeds = fixture("seeds");
    dir.dehusk(&["clean", seeds.to_str().unwrap(), "-o", "one"])
        .ok();
    dir.dehusk(&["clean", "one", "-o", "two"]).ok();
    let (mut one, mut two) = (dir.tree("one"), dir.tree("two"));
    one.remove("dehusk-manifest.jsonl");
    two.remove("dehusk-manifest.jsonl");
    assert_eq!(one, two);
    for entry in dir.manifest("two/dehusk-manifest.jsonl") {
        assert_eq!(
            (&entry["status"], entry["removed"].as_array().unwrap().len()),
            (&"written".into(), 0),
            "{entry}"
        );
    }
}

#[test]
fn a_duplicate_is_written_only_on_request() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.write("in/b.txt", article(1));
    dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    assert!(dir.exists("out/a.txt") && !dir.exists("out/b.txt"));
    dir.dehusk(&["clean", "in", "-o", "all", "--no-dedup"]).ok();
    assert!(dir.exists("all/a.txt") && dir.exists("all/b.txt"));
}

#[test]
fn a_much_longer_document_is_never_left_out_for_a_short_one() {
    let dir = Dir::new();
    let (short, more) = (prose(70_000, 12), prose(80_000, 24));
    dir.write("in/a.txt", &short);
    dir.write("in/b.txt", format!("{short}\n\n{more}\n"));
    dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    assert!(dir.read("out/b.txt").contains(&more));
    assert_eq!(
        dir.manifest("out/dehusk-manifest.jsonl")[1]["flags"],
        serde_json::json!(["overlap"])
    );
}

#[test]
fn copies_of_a_longer_document_go_even_if_it_stays_beside_a_short_one() {
    let dir = Dir::new();
    let short = prose(71_000, 12);
    let long = format!("{short}\n\n{}\n", prose(81_000, 8));
    dir.write("in/a.txt", &short);
    for name in ["b", "c", "d"] {
        dir.write(&format!("in/{name}.txt"), &long);
    }
    for index in [&[][..], &["--index", "seen"], &["--index", "seen"]] {
        dir.dehusk(&[&["clean", "in", "-o", "out", "--prune"], index].concat())
            .ok();
        let written = ["a", "b", "c", "d"].map(|name| dir.exists(&format!("out/{name}.txt")));
        assert_eq!(written, [true, true, false, false], "{index:?}");
    }
    let checked = dir.dehusk(&["check", "in", "--output-format", "concise", "--no-cache"]);
    let copies = checked.stdout.matches("DUP001").count();
    assert_eq!(copies, 2, "{}", checked.stdout);
}

#[test]
fn the_longest_copy_is_kept_on_request() {
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    dir.write("in/b.txt", format!("{}\n{}\n", article(1), prose(900, 3)));
    dir.dehusk(&["clean", "in", "-o", "out", "--keep", "longest"])
        .ok();
    assert!(!dir.exists("out/a.txt") && dir.exists("out/b.txt"));
    assert_eq!(
        dir.manifest("out/dehusk-manifest.jsonl")[0]["duplicate_of"],
        "b.txt"
    );
}

/// Every document that is not written has one in its place that is.
fn assert_nothing_is_lost(manifest: &[serde_json::Value]) {
    let written: Vec<&str> = manifest
        .iter()
        .filter(|entry| entry["output"].is_string())
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    for entry in manifest
        .iter()
        .filter(|entry| entry["status"] == "duplicate")
    {
        assert!(
            written.contains(&entry["duplicate_of"].as_str().unwrap()),
            "{entry}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_duplicate_of_a_document_that_could_not_be_written_is_no_duplicate() {
    let dir = Dir::new();
    dir.write("in/a/x.txt", article(1));
    dir.write("in/b.txt", article(1));
    dir.write("out/a", "a file where a folder should be");
    let ran = dir.dehusk(&["clean", "in", "-o", "out", "--force"]);
    assert_eq!(ran.code, Some(2));
    let manifest = dir.manifest("out/dehusk-manifest.jsonl");
    let status: Vec<&str> = manifest
        .iter()
        .map(|entry| entry["status"].as_str().unwrap())
        .collect();
    assert_eq!(status, ["failed", "failed"], "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("it says the same as a/x.txt, which could not be written"),
        "{}",
        ran.stderr
    );
}

#[test]
fn names_say_what_a_file_is_or_else_its_content() {
    let dir = Dir::new();
    let page = |seed| {
        format!(
            "<!doctype html><title>t</title><body><p>{}</p></body>",
            prose(seed, 9)
        )
    };
    dir.write("in/a.htm", page(1));
    dir.write("in/b.php", page(50));
    dir.write("in/c", article(3));
    dir.write("in/d.md", article(4));
    dir.write("in/e.png", b"\x89PNG");
    dir.write("in/f.css", "p { color: red }");
    dir.write("in/g.php", "<?php echo 1; ?>");
    let ran = dir
        .dehusk(&["clean", "in", "-o", "out", "--format", "json"])
        .ok();
    let files: Vec<String> = dir.tree("out").into_keys().collect();
    assert_eq!(
        files,
        [
            "a.txt",
            "b.php.txt",
            "c.txt",
            "d.md",
            "dehusk-manifest.jsonl"
        ]
    );
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&report["not_documents"], &report["status"]["skipped"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn bad_files_are_reported_and_the_run_goes_on() {
    let dir = Dir::new();
    dir.write("in/binary.txt", [0u8; 500]);
    dir.write("in/blank.txt", "\n \n");
    dir.write("in/empty.html", "");
    dir.write("in/good.txt", article(1));
    dir.write("in/large.txt", article(2).repeat(20));
    let ran = dir.dehusk(&["clean", "in", "-o", "out", "--max-bytes", "10000"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let status: Vec<String> = dir
        .manifest("out/dehusk-manifest.jsonl")
        .iter()
        .map(|entry| {
            format!(
                "{} {}",
                entry["id"].as_str().unwrap(),
                entry["status"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        status,
        [
            "binary.txt failed",
            "blank.txt empty",
            "empty.html empty",
            "good.txt written",
            "large.txt failed"
        ]
    );
    assert!(
        ran.stderr.contains("in/binary.txt: failed: binary content"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--max-bytes"), "{}", ran.stderr);
    assert_eq!(dir.read("out/good.txt"), article(1));
}

#[cfg(unix)]
#[test]
fn odd_names_and_special_files_do_no_harm() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let dir = Dir::new();
    dir.write("in/a.txt", article(1));
    std::fs::write(
        dir.path("in").join(OsStr::from_bytes(b"bad\xff.txt")),
        article(2),
    )
    .unwrap();
    std::fs::write(dir.path("in/new\nline \x1b[31m.txt"), [0u8; 100]).unwrap();
    std::os::unix::fs::symlink("..", dir.path("in/loop")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path("in/pipe.txt"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let ran = dir.dehusk(&["clean", "in", "-o", "out"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        !ran.stderr.contains('\x1b') && ran.stderr.contains("\\n"),
        "{:?}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("2 links, pipes or devices"),
        "{}",
        ran.stderr
    );
    assert!(
        dir.path("out")
            .join(OsStr::from_bytes(b"bad\xff.txt"))
            .exists()
    );
    assert_eq!(
        dir.manifest("out/dehusk-manifest.jsonl")[1]["id"],
        "bad\\xff.txt"
    );
}

#[test]
fn other_charsets_become_utf8_and_line_ends_lf() {
    let dir = Dir::new();
    let text = "Die Brücke über den Fluß wurde am Montag für alle geöffnet.\r\nViele Bürger kamen früh.\r\n";
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    dir.write("in/a.txt", latin);
    dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    assert_eq!(dir.read("out/a.txt"), text.replace("\r\n", "\n"));
}
