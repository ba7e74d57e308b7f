//! `--index`, `--against` and `dehusk index`: what runs remember.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::{self, Write},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use common::{Dir, edited, long_story as story, prose, records};
use serde_json::{Value, json};

#[test]
fn what_an_earlier_run_has_seen_is_not_written_again() {
    let dir = Dir::new();
    dir.write("monday/a.txt", story(1));
    dir.write("tuesday/b.txt", edited(1));
    dir.write("tuesday/c.txt", story(2));
    dir.dehusk(&["clean", "monday", "-o", "out1", "--index", "seen"])
        .ok();
    dir.dehusk(&["clean", "tuesday", "-o", "out2", "--index", "seen"])
        .ok();
    assert!(!dir.exists("out2/b.txt") && dir.exists("out2/c.txt"));
    let entry = &dir.manifest("out2/dehusk-manifest.jsonl")[0];
    let kept = entry["duplicate_of"].as_str().unwrap();
    assert!(kept.ends_with("monday/a.txt"), "{kept}");

    // The same again is the same again.
    let before = dir.read("seen/index.json");
    dir.dehusk(&["clean", "tuesday", "-o", "out2", "--index", "seen"])
        .ok();
    assert!(!dir.exists("out2/b.txt") && dir.exists("out2/c.txt"));
    assert_eq!(dir.read("seen/index.json"), before);
}

#[test]
fn an_index_among_the_documents_is_none_of_them() {
    let dir = Dir::new();
    dir.write("in/a.txt", story(1));
    dir.write("in/b.txt", story(2));
    let clean = ["clean", "in", "-o", "out", "--index", "in/seen"];
    dir.dehusk(&clean).ok();
    let against = ["clean", "in", "-o", "out", "--against", "in/seen"];
    for command in [clean, against] {
        dir.dehusk(&command).ok();
        let entries = dir.manifest("out/dehusk-manifest.jsonl");
        let paths: Vec<&str> = entries.iter().filter_map(|e| e["path"].as_str()).collect();
        assert_eq!(paths, ["in/a.txt", "in/b.txt"], "{command:?}");
    }
    for access in ["--index", "--against"] {
        let seen = [access, "in/seen", "--clusters", "-"];
        let dedup = [&["dedup", "in", "--level", "full"][..], &seen].concat();
        let told = dir.dehusk(&dedup).ok().stderr;
        assert!(told.contains("2 documents"), "{access}: {told}");
    }
}

#[test]
fn a_copy_whose_original_has_become_another_text_is_written() {
    let dir = Dir::new();
    dir.write("in/a.txt", story(1));
    dir.write("in/b.txt", edited(1));
    dir.write("in/0.txt", edited(1).replace('e', "i"));
    let clean = ["clean", "in", "-o", "out", "--index", "seen"];
    dir.dehusk(&clean).ok();
    assert!(!dir.exists("out/b.txt"));
    // `0.txt` comes first and `b.txt` last; `a.txt` between them changes.
    dir.write("in/0.txt", edited(1));
    dir.write("in/a.txt", story(9));
    dir.dehusk(&clean).ok();
    let texts: BTreeSet<String> = ["0.txt", "a.txt", "b.txt"]
        .iter()
        .filter(|name| dir.exists(&format!("out/{name}")))
        .map(|name| dir.read(&format!("out/{name}")))
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains(edited(1).split_once(". ").unwrap().0)),
        "{texts:?}"
    );
    assert!(
        texts
            .iter()
            .any(|text| text.contains(story(9).split_once(". ").unwrap().0))
    );
}

#[test]
fn an_index_begins_with_what_is_added_to_it_and_is_asked_by_a_plain_run() {
    let dir = Dir::new();
    dir.write("old/a.txt", story(1));
    dir.write("new/b.txt", edited(1));
    dir.write("new/c.txt", story(2));
    dir.dehusk(&["index", "add", "seen", "old"]).ok();
    let ran = dir.dehusk(&["dedup", "new", "--against", "seen"]).ok();
    assert!(ran.stderr.contains("2 documents"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 duplicate"), "{}", ran.stderr);
    let old = dir.path("old/a.txt").canonicalize().unwrap();
    assert!(
        ran.stdout
            .starts_with(&format!("b.txt: says the same as {} (", old.display()))
            && ran.stdout.lines().count() == 1,
        "{}",
        ran.stdout
    );
}

#[test]
fn an_index_is_made_at_the_level_of_the_runs_that_ask_it() {
    let dir = Dir::new();
    dir.write("old/a.txt", story(1));
    dir.write("new/b.txt", edited(1));
    let clean = ["clean", "new", "-o", "out", "--against"];
    dir.dehusk(&["index", "add", "safe", "old"]).ok();
    let ran = dir.dehusk(&[&clean[..], &["safe"]].concat());
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "dehusk: safe: was made with texts cleaned at level safe, and this run has texts cleaned \
         at level full; use `--level safe`, or an index made by `dehusk index add OTHER PATH... \
         --level full`: texts are compared as they are cleaned\n"
    );
    // What it says to do works, both ways.
    let other = ["index", "add", "full", "old", "--level", "full"];
    dir.dehusk(&other).ok();
    for args in [&["full"][..], &["safe", "--level", "safe"]] {
        let ran = dir.dehusk(&[&clean[..], args].concat()).ok();
        assert!(ran.stderr.contains("0 written, 1 duplicate"), "{ran:?}");
    }
    dir.dehusk(&["index", "add", "full", "new"]).ok();
    let ran = dir.dehusk(&["index", "add", "safe", "new", "--level", "full"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            Some(2),
            "dehusk: safe: was made with texts cleaned at level safe; leave out `--level full`, or \
             make another index\n"
        )
    );
    let ran = dir.dehusk(&["dedup", "new", "--against", "safe", "--similarity", "0.5"]);
    assert!(
        ran.stderr
            .ends_with("; use `--similarity 0.4`, or another index\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_folder_that_is_no_index_is_told_with_how_one_is_made() {
    let dir = Dir::new();
    dir.write("in/a.txt", story(1));
    fs::create_dir(dir.path("empty")).unwrap();
    for index in ["nowhere", "empty"] {
        for args in [
            &["dedup", "in", "--against", index][..],
            &["index", "info", index],
            &["index", "query", index, "in"],
        ] {
            let ran = dir.dehusk(args);
            assert_eq!(ran.code, Some(2), "{args:?}");
            assert!(
                ran.stderr.contains(&format!(
                    "{index}: is not an index; `dehusk index add {index} PATH...` makes one"
                )),
                "{args:?}: {}",
                ran.stderr
            );
        }
        dir.dehusk(&["index", "add", index, "in"]).ok();
        dir.dehusk(&["index", "info", index]).ok();
    }
}

#[test]
fn records_are_compared_against_an_index_that_stays_as_it_is() {
    let dir = Dir::new();
    dir.write("old.jsonl", records(&[("a", story(1)), ("b", story(2))]));
    dir.write(
        "new.jsonl",
        records(&[("x", edited(2)), ("y", story(3)), ("z", story(3))]),
    );
    dir.dehusk(&["dedup", "old.jsonl", "--index", "seen"]).ok();
    let before = dir.read("seen/index.json");
    let ran = dir
        .dehusk(&["dedup", "new.jsonl", "--against", "seen", "--clusters", "-"])
        .ok();
    assert_eq!(ran.stdout, "x\tb\ny\ty\nz\ty\n");
    let ran = dir
        .dehusk(&[
            "dedup",
            "new.jsonl",
            "--against",
            "seen",
            "--within",
            "none",
            "--clusters",
            "-",
        ])
        .ok();
    assert_eq!(ran.stdout, "x\tb\ny\ty\nz\tz\n");
    let ran = dir.dehusk(&["index", "query", "seen", "new.jsonl"]).ok();
    assert_eq!(ran.stdout.lines().count(), 1);
    assert!(
        ran.stdout
            .starts_with(r#"{"id":"x","path":"new.jsonl:1","duplicate_of":"b","similarity":0."#),
        "{}",
        ran.stdout
    );
    assert_eq!(dir.read("seen/index.json"), before);
}

#[test]
fn an_index_tells_what_it_has_and_forgets_on_request() {
    let dir = Dir::new();
    dir.write(
        "in.jsonl",
        records(&[("a", story(1)), ("b", edited(1)), ("c", story(2))]),
    );
    dir.dehusk(&["dedup", "in.jsonl", "--index", "seen", "--raw"])
        .ok();
    let info = dir.dehusk(&["index", "info", "seen"]).ok().stdout;
    assert!(
        info.contains("3 documents") && info.contains("texts: raw"),
        "{info}"
    );
    let ran = dir.dehusk(&["index", "remove", "seen", "a"]).ok();
    assert_eq!(ran.stdout, "removed a\nnow kept: b\n");
    // One document was removed, and its copy has another record now.
    let info = dir.dehusk(&["index", "info", "seen"]).ok().stdout;
    assert!(
        info.starts_with(
            "2 documents; 2 records of what was removed or replaced still take room\n"
        ),
        "{info}"
    );
    let ran = dir.dehusk(&["index", "remove", "seen", "c", "none"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("no such document"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "", "nothing was removed");
    dir.dehusk(&["index", "compact", "seen"]).ok();
    assert_eq!(
        dir.dehusk(&["index", "verify", "seen"]).ok().stdout,
        "2 documents, all sound\n"
    );
    dir.write("more.jsonl", records(&[("d", story(3)), ("e", story(1))]));
    dir.dehusk(&["index", "add", "seen", "more.jsonl"]).ok();
    let info = dir.dehusk(&["index", "info", "seen", "--json"]).ok().stdout;
    assert!(info.contains(r#""documents":4"#), "{info}");
}

#[test]
fn an_index_of_other_texts_and_a_folder_of_something_else_are_refused() {
    let dir = Dir::new();
    dir.write("in.jsonl", records(&[("a", story(1))]));
    dir.dehusk(&["dedup", "in.jsonl", "--index", "seen", "--raw"])
        .ok();
    let ran = dir.dehusk(&["dedup", "in.jsonl", "--index", "seen"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains(
            "was made with texts as they are, and this run has texts cleaned at level safe"
        ),
        "{}",
        ran.stderr
    );
    dir.write("notes/mine.txt", "keep");
    let ran = dir.dehusk(&["dedup", "in.jsonl", "--index", "notes"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("no index"),
        "{}",
        ran.stderr
    );
    let ran = dir.dehusk(&["index", "info", "nowhere"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("is not an index"),
        "{}",
        ran.stderr
    );
}

#[test]
fn sites_are_told_apart_on_request() {
    let dir = Dir::new();
    let lines = [
        ("a", "https://one.example/x"),
        ("b", "https://two.example/y"),
        ("c", "https://www.one.example/z"),
    ];
    let lines: String = lines
        .iter()
        .map(|(id, url)| format!("{}\n", json!({"id": id, "url": url, "text": story(1)})))
        .collect();
    dir.write("in.jsonl", lines);
    let ran = dir
        .dehusk(&["dedup", "in.jsonl", "--within", "site", "--clusters", "-"])
        .ok();
    assert_eq!(ran.stdout, "a\ta\nb\tb\nc\ta\n");
}

#[test]
fn a_query_asks_the_index_alone_also_within_sites() {
    let dir = Dir::new();
    let of = |id: &str, site: &str, text: String| {
        let url = format!("https://{site}.example/{id}");
        format!("{}\n", json!({"id": id, "url": url, "text": text}))
    };
    dir.write("old.jsonl", of("a", "one", story(1)));
    let lines = [
        of("x", "one", edited(1)),
        of("y", "two", edited(1)),
        of("z", "two", story(1)),
        of("w", "one", story(2)),
        of("v", "one", story(2)),
    ];
    dir.write("new.jsonl", lines.concat());
    let scoped = ["--within", "site", "--index", "seen"];
    dir.dehusk(&[&["dedup", "old.jsonl"], &scoped[..]].concat())
        .ok();
    let ran = dir.dehusk(&["index", "query", "seen", "new.jsonl"]).ok();
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    assert!(ran.stdout.starts_with(r#"{"id":"x""#), "{}", ran.stdout);
}

#[test]
fn a_kept_file_that_is_deleted_gives_its_place_to_a_copy() {
    let dir = Dir::new();
    dir.write("in/a.txt", story(1));
    dir.write("in/b.txt", edited(1));
    dir.write("in/c.txt", story(1));
    dir.write("elsewhere/d.txt", story(2));
    dir.write("in/e.txt", edited(2));
    let args = ["--index", "seen", "--clusters", "-"];
    dir.dehusk(&[&["dedup", "elsewhere"], &args[..]].concat())
        .ok();
    let again = [&["dedup", "in"], &args[..]].concat();
    let told = dir.dehusk(&again).ok().stdout;
    assert!(told.starts_with("a.txt\ta.txt\nb.txt\ta.txt\nc.txt\ta.txt\ne.txt\t"));
    assert!(told.ends_with("elsewhere/d.txt\n"), "{told}");

    fs::remove_file(dir.path("in/a.txt")).unwrap();
    // Not of a folder that is read: its text may be in use elsewhere.
    fs::remove_file(dir.path("elsewhere/d.txt")).unwrap();
    let told = dir.dehusk(&again).ok().stdout;
    assert!(
        told.starts_with("b.txt\tb.txt\nc.txt\tb.txt\ne.txt\t"),
        "{told}"
    );
    assert!(told.ends_with("elsewhere/d.txt\n"), "{told}");
    assert_eq!(dir.dehusk(&again).ok().stdout, told);
    dir.dehusk(&["index", "verify", "seen"]).ok();
}

#[test]
fn the_newest_and_the_best_are_kept_on_request() {
    let dir = Dir::new();
    let lines = [
        ("a", "2024-05-01"),
        ("b", "2025-01-31T10:00:00Z"),
        ("c", "2025-01-31"),
    ];
    let lines: String = lines
        .iter()
        .map(|(id, date)| format!("{}\n", json!({"id": id, "date": date, "text": story(1)})))
        .collect();
    dir.write("in.jsonl", lines);
    let ran = dir
        .dehusk(&["dedup", "in.jsonl", "--keep", "newest", "--clusters", "-"])
        .ok();
    assert_eq!(ran.stdout, "a\tb\nb\tb\nc\tb\n");
    dir.write(
        "best.jsonl",
        records(&[
            ("short", edited(2)),
            ("long", format!("{}\n\n{}", edited(2), prose(5, 4))),
        ]),
    );
    let ran = dir
        .dehusk(&["dedup", "best.jsonl", "--keep", "best", "--clusters", "-"])
        .ok();
    assert_eq!(ran.stdout, "short\tlong\nlong\tlong\n");
}

#[test]
fn similarity_is_the_share_of_the_smaller_text_in_the_larger() {
    let dir = Dir::new();
    dir.write(
        "in.jsonl",
        records(&[("a", story(1)), ("b", edited(1)), ("c", story(1))]),
    );
    let ran = dir
        .dehusk(&[
            "dedup",
            "in.jsonl",
            "--similarity",
            "0.999",
            "--clusters",
            "-",
        ])
        .ok();
    assert_eq!(ran.stdout, "a\ta\nb\tb\nc\ta\n");
    assert_eq!(
        dir.dehusk(&["dedup", "in.jsonl", "--similarity", "2", "--clusters", "-"])
            .code,
        Some(2)
    );
}

/// Rounds in which a run is killed; `KILLS=200` for the whole of it.
fn rounds() -> usize {
    env::var("KILLS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(12)
}

fn add(dir: &Dir, file: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_dehusk"))
        .args([
            "dedup", file, "--raw", "--index", "seen", "-q", "--memory", "8K",
        ])
        .current_dir(dir.path(""))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Segments in the folder of the index that its list does not name: those of a
/// run that was killed while it wrote.
fn unfinished(dir: &Dir) -> usize {
    let list = if dir.exists("seen/index.json") {
        dir.read("seen/index.json")
    } else {
        String::new()
    };
    let files = fs::read_dir(dir.path("seen")).into_iter().flatten();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("segment-") && !list.contains(name))
        .count()
}

#[test]
fn an_index_survives_being_killed_at_any_moment() {
    const BATCH: usize = 60;
    /// One run in so many is left alone, so that there is something to lose.
    const WHOLE: usize = 4;
    let dir = Dir::new();
    // The text of each document that the index must know. A run that was
    // killed may have come as far as to replace it, so then either will do.
    let mut acknowledged: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut killed, mut amid) = (0, 0);
    // How long a run takes on this machine, of those that were left alone.
    let mut whole_run = Duration::from_millis(30);
    for round in 0..rounds() {
        let batch: Vec<(String, String)> = (0..BATCH)
            .map(|at| {
                // Every other document replaces an earlier one.
                let id = if at % 2 == 0 {
                    round * BATCH + at
                } else {
                    round * BATCH / 2 + at
                };
                (format!("d{id}"), prose(round * BATCH + at, 6))
            })
            .collect();
        let lines: Vec<(&str, String)> = batch
            .iter()
            .map(|(id, text)| (id.as_str(), text.clone()))
            .collect();
        dir.write("in.jsonl", records(&lines));
        let started = Instant::now();
        let mut child = add(&dir, "in.jsonl");
        if round % WHOLE == 0 {
            assert!(child.wait().unwrap().success());
            whole_run = started.elapsed();
        } else {
            // Moments spread over the whole of a run.
            let part = u32::try_from(round * 379 % 1000).unwrap();
            thread::sleep(whole_run * part / 1000);
            child.kill().ok();
        }
        let whole = child.wait().unwrap().success();
        killed += usize::from(!whole);
        amid += usize::from(!whole && unfinished(&dir) > 0);
        for (id, text) in batch {
            if whole {
                acknowledged.insert(id, vec![text]);
            } else if let Some(either) = acknowledged.get_mut(&id) {
                either.push(text);
            }
        }
        if dir.exists("seen/index.json") {
            dir.dehusk(&["index", "verify", "seen"]).ok();
        }
    }
    // The next run clears away what the killed ones have left.
    dir.write("in.jsonl", records(&[("last", story(5))]));
    assert!(add(&dir, "in.jsonl").wait().unwrap().success());
    dir.dehusk(&["index", "verify", "seen"]).ok();
    let asked: Vec<(&str, String)> = acknowledged
        .iter()
        .flat_map(|(id, texts)| texts.iter().map(|text| (id.as_str(), text.clone())))
        .collect();
    dir.write("ask.jsonl", records(&asked));
    let ran = dir.dehusk(&["index", "query", "seen", "ask.jsonl"]).ok();
    let known: BTreeSet<String> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["evidence"]["by"] == "exact")
        .map(|line| line["path"].as_str().unwrap().to_owned())
        .collect();
    let mut line = 0;
    for (id, texts) in &acknowledged {
        let lines = line + 1..=line + texts.len();
        line += texts.len();
        let mut lines = lines.map(|line| format!("ask.jsonl:{line}"));
        assert!(lines.any(|line| known.contains(&line)), "{id} is lost");
    }
    let files = fs::read_dir(dir.path("seen")).unwrap().count();
    assert!(files < 20, "{files} files");
    let (rounds, documents) = (rounds(), acknowledged.len());
    writeln!(
        io::stderr(),
        "{killed} of {rounds} runs were killed, {amid} of them while they wrote, {documents} documents acknowledged"
    )
    .unwrap();
    // A test that kills nothing, or that has nothing to lose, tests nothing.
    assert!(killed >= rounds / 3, "{killed} of {rounds} were killed");
    assert!(
        amid >= rounds / 40,
        "{amid} of {rounds} were killed while they wrote"
    );
    assert!(
        documents >= rounds / WHOLE * BATCH / 2,
        "{documents} documents"
    );
}

#[test]
fn a_second_run_waits_its_turn_by_being_told() {
    let dir = Dir::new();
    dir.write("in.jsonl", records(&[("a", story(1))]));
    dir.dehusk(&["dedup", "in.jsonl", "--index", "seen", "--raw"])
        .ok();
    let lock = fs::File::options()
        .write(true)
        .open(dir.path("seen/lock"))
        .unwrap();
    lock.lock().unwrap();
    let ran = dir.dehusk(&["dedup", "in.jsonl", "--index", "seen", "--raw"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("in use by another run"),
        "{}",
        ran.stderr
    );
    dir.dehusk(&["index", "query", "seen", "in.jsonl"]).ok();
}
