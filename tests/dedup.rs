//! `dehusk dedup`: clusters without writing documents.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

mod common;

use common::{Dir, edited, long_story as story, prose, records};
use serde_json::{Value, json};

#[test]
fn every_document_gets_the_cluster_of_its_kept_one() {
    let dir = Dir::new();
    dir.write("in/a.txt", story(1));
    dir.write("in/b.txt", edited(1));
    dir.write("in/c.txt", story(2));
    dir.write("in/sub/d.txt", story(1));
    let ran = dir.dehusk(&["dedup", "in", "--clusters", "out.tsv"]).ok();
    assert_eq!(
        dir.read("out.tsv"),
        "a.txt\ta.txt\nb.txt\ta.txt\nc.txt\tc.txt\nsub/d.txt\ta.txt\n"
    );
    assert!(
        ran.stderr.contains("4 documents") && ran.stderr.contains("2 duplicates"),
        "{}",
        ran.stderr
    );
}

#[test]
fn copies_are_listed_if_no_report_is_asked_for() {
    let dir = Dir::new();
    dir.write("in/a.txt", story(1));
    dir.write("in/b\u{1b}.txt", story(1));
    dir.write("in/c.txt", story(2));
    let ran = dir.dehusk(&["dedup", "in"]).ok();
    assert_eq!(
        ran.stdout,
        "b\\u{1b}.txt: says the same as a.txt (similarity 1.00)\n"
    );
    assert!(
        ran.stderr.starts_with("3 documents in ") && ran.stderr.ends_with(": 1 duplicate\n"),
        "{}",
        ran.stderr
    );
    let quiet = dir.dehusk(&["dedup", "in", "--quiet"]).ok();
    assert_eq!((quiet.stdout, quiet.stderr.as_str()), (ran.stdout, ""));
    // A report that is asked for is all that is written.
    let report = dir.dehusk(&["dedup", "in", "--report", "r.jsonl"]).ok();
    assert_eq!(report.stdout, "");
}

#[test]
fn records_are_compared_by_their_text() {
    let dir = Dir::new();
    dir.write(
        "in.jsonl",
        records(&[("x", story(5)), ("y", story(6)), ("z", edited(5))]),
    );
    for args in [
        &["dedup", "in.jsonl", "--clusters", "-"][..],
        &["dedup", "in.jsonl", "--clusters", "-", "--raw"],
    ] {
        assert_eq!(dir.dehusk(args).ok().stdout, "x\tx\ny\ty\nz\tx\n");
    }
}

#[test]
fn boilerplate_makes_no_duplicates() {
    let dir = Dir::new();
    let tail = "Hashtags\n\nTry Our AI Features\nExplore what Newsdeck AI can do for you:\nComments\nNo comments yet...\nRelated Articles\n";
    for seed in 0..4 {
        dir.write(
            &format!("in/{seed}.txt"),
            format!(
                "{}\n{tail}\nCoast Ledger\n{}\n",
                story(seed * 50),
                story(4000)
            ),
        );
    }
    dir.dehusk(&["dedup", "in", "--clusters", "out.tsv"]).ok();
    for line in dir.read("out.tsv").lines() {
        let (id, cluster) = line.split_once('\t').unwrap();
        assert_eq!(id, cluster);
    }
}

#[test]
fn a_pair_is_explained_with_what_differs() {
    let dir = Dir::new();
    dir.write("a.txt", story(1));
    dir.write("b.txt", edited(1));
    let ran = dir.dehusk(&["dedup", "--explain", "a.txt", "b.txt"]).ok();
    assert!(ran.stdout.contains("duplicate"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("[-") && ran.stdout.contains("{+"),
        "{}",
        ran.stdout
    );
}

/// What the pages of a society end with.
const SOCIETY: &str = "The museum by the lake is run by a society of friends, who welcome gifts of any size. It is open on every day of the year but two.";

#[test]
fn a_paragraph_that_pages_of_a_site_share_is_kept_once_on_request() {
    let dir = Dir::new();
    for (name, seed) in [("one/a", 1), ("one/b", 2), ("two/c", 3)] {
        let text = format!("{}\n\n{SOCIETY}\n\n{}\n", story(seed), prose(seed, 3));
        dir.write(&format!("in/{name}.txt"), text);
    }
    let all = ["clean", "in", "-o", "out"];
    dir.dehusk(&all).ok();
    let whole = dir.read("out/one/b.txt");
    assert!(whole.contains(SOCIETY));

    dir.dehusk(&[&all[..], &["--paragraphs", "report"]].concat())
        .ok();
    assert_eq!(dir.read("out/one/b.txt"), whole);
    let entries = dir.manifest("out/dehusk-manifest.jsonl");
    let repeat = &entries[1]["repeats"][0];
    assert_eq!(repeat["first"], "one/a.txt");
    assert_eq!(entries[1]["reported"][0]["code"], "PAR001");
    assert!(entries[0]["repeats"].is_null() && entries[2]["repeats"].is_null());

    dir.dehusk(&[&all[..], &["--paragraphs", "remove"]].concat())
        .ok();
    assert!(dir.read("out/one/a.txt").contains(SOCIETY));
    assert!(dir.read("out/two/c.txt").contains(SOCIETY));
    let left = whole.replace(&format!("{SOCIETY}\n\n"), "");
    assert_eq!(dir.read("out/one/b.txt"), left);
    let entry = &dir.manifest("out/dehusk-manifest.jsonl")[1];
    let at = |name: &str| usize::try_from(entry["removed"][0][name].as_u64().unwrap()).unwrap();
    assert_eq!(
        dir.read("in/one/b.txt")[at("start")..at("end")].trim(),
        SOCIETY
    );
    assert_eq!(entry["bytes_out"], left.len());
}

#[test]
fn records_lose_repeated_paragraphs_but_never_half_of_their_words() {
    let dir = Dir::new();
    let lines = [
        ("a", format!("{}\n\n{SOCIETY}", story(1))),
        ("b", format!("{}\n\n{SOCIETY}", story(2))),
        ("c", format!("It opened again on Monday.\n\n{SOCIETY}")),
    ];
    let lines: String = lines
        .iter()
        .map(|(id, text)| {
            let url = format!("https://www.museum.example/{id}");
            format!("{}\n", json!({"id": id, "url": url, "text": text}))
        })
        .collect();
    dir.write("in.jsonl", &lines);
    let args = [
        "clean",
        "in.jsonl",
        "-o",
        "out.jsonl",
        "--paragraphs",
        "remove",
    ];
    dir.dehusk(&args).ok();
    let out = dir.manifest("out.jsonl");
    assert_eq!(out[1]["text"], story(2));
    assert!(out[2]["text"].as_str().unwrap().contains(SOCIETY));
    let entries = dir.manifest("out.dehusk-manifest.jsonl");
    assert_eq!(entries[2]["withheld"][0]["code"], "PAR001");

    let ran = dir.dehusk(&["dedup", "in.jsonl", "--paragraphs", "-"]).ok();
    let told: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 2, "{}", ran.stdout);
    assert!(told.iter().all(|line| line["first"] == "a"));
}

#[test]
fn paragraphs_are_not_compared_where_it_is_open_which_documents_are_written() {
    let dir = Dir::new();
    dir.write("in/a.txt", story(1));
    for more in [["--keep", "longest"], ["--index", "seen"]] {
        let args = ["clean", "in", "-o", "out", "--paragraphs", "remove"];
        let ran = dir.dehusk(&[&args[..], &more].concat());
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("--keep first"), "{}", ran.stderr);
    }
}

/// A text of about 75 words, and one of about 200.
const TEASER: &str = "The course has four workshops, and each begins with a small crate that is not finished. You read what it should do, write the macro, and run the tests until they pass. None of them needs more than an evening. The last one is about what a compiler says of code that a macro wrote, which is where most people give up. Bring a machine, a cup of tea, and some time.\n";

/// `more` as a second document beside `kept`: `clean` writes it and says why,
/// `check` does not name it, and `fix` leaves it.
fn assert_both_stay(kept: &str, more: &str) {
    let dir = Dir::new();
    dir.write("in/a.txt", kept);
    dir.write("in/b.txt", more);
    let clusters = dir.dehusk(&["dedup", "in", "--clusters", "-"]).ok();
    assert!(
        clusters.stdout.contains("b.txt\ta.txt"),
        "they are alike: {}",
        clusters.stdout
    );
    dir.dehusk(&["clean", "in", "-o", "out"]).ok();
    assert_eq!(dir.read("out/b.txt"), more);
    assert_eq!(
        dir.manifest("out/dehusk-manifest.jsonl")[1]["flags"],
        json!(["overlap"])
    );
    let checked = dir.dehusk(&["check", "in", "--no-cache"]);
    assert!(!checked.stdout.contains("DUP001"), "{}", checked.stdout);
    dir.dehusk(&["fix", "in", "--drop-duplicates"]).ok();
    assert_eq!(
        (dir.read("in/a.txt"), dir.read("in/b.txt")),
        (kept.into(), more.into())
    );
}

#[test]
fn a_sentence_that_only_the_second_has_is_not_lost() {
    let sentence = "The workshop contains relevant links into the Syn documentation as you work through each project.";
    assert_both_stay(TEASER, &format!("{}\n\n{sentence}\n", TEASER.trim_end()));
    for seed in [7_000, 7_100, 7_200] {
        let (head, tail) = (prose(seed, 7), prose(seed + 50, 7));
        let kept = format!("{head}\n\n{tail}\n");
        assert_both_stay(&kept, &format!("{head} {sentence}\n\n{tail}\n"));
    }
}

#[test]
fn notices_about_two_things_both_stay() {
    let mill = "The mill stands by the river and grinds for three villages, as it has for two hundred years.\n";
    let well = "The well stands by the river and serves three villages, as it has for two hundred years.\n";
    assert_both_stay(mill, well);
    assert_both_stay(well, mill);
}
