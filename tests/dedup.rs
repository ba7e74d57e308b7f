//! `dehusk dedup`: clusters without writing documents.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

mod common;

use common::{Dir, edited, long_story as story};
use serde_json::json;

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
fn records_are_compared_by_their_text() {
    let dir = Dir::new();
    let records: String = [("x", story(5)), ("y", story(6)), ("z", edited(5))]
        .iter()
        .map(|(id, text)| format!("{}\n", json!({"id": id, "text": text})))
        .collect();
    dir.write("in.jsonl", records);
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
