//! `dehusk clean -` and `dehusk clean IN.jsonl`: dehusk as a step of a pipeline.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

mod common;

use common::{Dir, prose};
use serde_json::{Value, json};

#[test]
fn standard_input_comes_out_clean() {
    let dir = Dir::new();
    let text = format!("{}\n", prose(1, 12));
    let ran = dir
        .pipe(
            &["clean", "-"],
            format!("&w=3840&q=100)\n{text}").as_bytes(),
        )
        .ok();
    assert_eq!((ran.stdout, ran.stderr), (text, String::new()));
}

#[test]
fn a_page_on_standard_input_is_told_by_its_content() {
    let dir = Dir::new();
    let text = prose(1, 12);
    let page =
        format!("<!DOCTYPE html><nav><a href=/>Home</a></nav><article><p>{text}</p></article>");
    assert_eq!(
        dir.pipe(&["clean", "-"], page.as_bytes())
            .ok()
            .stdout
            .trim(),
        text
    );
}

#[test]
fn binary_input_is_refused() {
    let ran = Dir::new().pipe(&["clean", "-"], &[0; 1000]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "dehusk: standard input is binary, not a document\n"
    );
}

fn records() -> String {
    let text = |seed| prose(seed, 14);
    [
        json!({"id": "a", "text": format!("&w=3840&q=100)\n{}", text(1)), "score": 1.50, "url": "https://example.org/a"}),
        json!({"id": 7, "html": format!("<article><p>{}</p></article>", text(40)), "tags": ["x", {"y": null}]}),
        json!({"id": "copy", "text": text(1)}),
        json!({"text": format!("{}\n", text(80))}),
    ]
    .iter()
    .map(|record| format!("{record}\n"))
    .collect()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn records_stay_in_order_and_keep_their_other_fields() {
    let dir = Dir::new();
    dir.write("in.jsonl", records());
    dir.dehusk(&["clean", "in.jsonl", "-o", "out.jsonl"]).ok();
    let out = lines(&dir.read("out.jsonl"));
    assert_eq!(out.len(), 3);
    assert_eq!(
        out[0],
        json!({"id": "a", "text": prose(1, 14), "score": 1.5, "url": "https://example.org/a"})
    );
    assert_eq!(
        out[1],
        json!({"id": 7, "text": prose(40, 14), "tags": ["x", {"y": null}]})
    );
    assert_eq!(out[2], json!({"text": format!("{}\n", prose(80, 14))}));
    let account = dir.manifest("out.dehusk-manifest.jsonl");
    let ids: Vec<&str> = account
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["a", "7", "copy", "line-4"]);
    assert_eq!(
        (&account[2]["status"], &account[2]["duplicate_of"]),
        (&json!("duplicate"), &json!("a"))
    );
}

#[test]
fn records_are_the_same_for_any_number_of_jobs_and_for_a_second_run() {
    let dir = Dir::new();
    let many: String = (0..3000)
        .map(|seed| format!("{}\n", json!({"id": seed, "text": prose(seed % 2500, 12)})))
        .collect();
    dir.write("in.jsonl", many);
    for keep in ["first", "longest"] {
        for jobs in ["1", "2", "8"] {
            let out = format!("{keep}-{jobs}.jsonl");
            dir.dehusk(&[
                "clean", "in.jsonl", "-o", &out, "--jobs", jobs, "--keep", keep,
            ])
            .ok();
            assert_eq!(
                dir.read(&out),
                dir.read(&format!("{keep}-1.jsonl")),
                "{keep}, {jobs} jobs"
            );
        }
    }
    dir.dehusk(&["clean", "first-1.jsonl", "-o", "again.jsonl"])
        .ok();
    assert_eq!(dir.read("again.jsonl"), dir.read("first-1.jsonl"));
}

#[test]
fn a_line_that_is_no_record_is_reported_with_its_number() {
    let dir = Dir::new();
    dir.write(
        "in.jsonl",
        format!(
            "{{\"id\": \"ok\", \"text\": \"{}\"}}\n\nnot json\n{{\"id\": 3}}\n",
            prose(1, 12)
        ),
    );
    let ran = dir.dehusk(&["clean", "in.jsonl", "-o", "out.jsonl"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("in.jsonl:3: failed: not a JSON object"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("in.jsonl:4: failed: has no field `text` or `html`"),
        "{}",
        ran.stderr
    );
    assert_eq!(lines(&dir.read("out.jsonl")).len(), 1);
}

#[test]
fn records_stream_through_standard_input() {
    let ran = Dir::new()
        .pipe(
            &["clean", "-", "--stdin", "jsonl", "--quiet"],
            records().as_bytes(),
        )
        .ok();
    assert_eq!(lines(&ran.stdout).len(), 3);
}

#[test]
fn ids_are_never_used_as_paths() {
    let dir = Dir::new();
    dir.write(
        "in.jsonl",
        format!(
            "{}\n",
            json!({"id": "../../evil\u{0}", "text": prose(1, 12)})
        ),
    );
    dir.write("out/sub/x", "");
    dir.dehusk(&["clean", "in.jsonl", "-o", "out/sub/out.jsonl"])
        .ok();
    assert_eq!(
        lines(&dir.read("out/sub/out.jsonl"))[0]["id"],
        "../../evil\u{0}"
    );
    let names: Vec<_> = dir.tree("").into_keys().collect();
    assert_eq!(
        names,
        [
            "in.jsonl",
            "out/sub/out.dehusk-manifest.jsonl",
            "out/sub/out.jsonl",
            "out/sub/x"
        ]
    );
}

#[test]
fn a_file_of_someone_else_is_not_overwritten() {
    let dir = Dir::new();
    dir.write("in.jsonl", records());
    dir.write("thesis.txt", "mine");
    let ran = dir.dehusk(&["clean", "in.jsonl", "-o", "thesis.txt"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("is in the way"),
        "{}",
        ran.stderr
    );
    assert_eq!(dir.read("thesis.txt"), "mine");
    dir.dehusk(&["clean", "in.jsonl", "-o", "thesis.txt", "--force"])
        .ok();
}

#[test]
fn records_of_the_same_id_are_told_apart() {
    let dir = Dir::new();
    let record = |text: String| format!("{}\n", json!({"id": "same", "text": text}));
    dir.write(
        "in.jsonl",
        record(prose(1, 14)) + &record(prose(90, 14)) + &record(prose(90, 14)),
    );
    dir.dehusk(&["clean", "in.jsonl", "-o", "out.jsonl"]).ok();
    assert_eq!(
        dir.manifest("out.dehusk-manifest.jsonl")[2]["duplicate_of"],
        "in.jsonl:2"
    );
}

#[test]
fn the_output_is_never_the_input() {
    let dir = Dir::new();
    dir.write("in.jsonl", records());
    let ran = dir.dehusk(&["clean", "in.jsonl", "-o", "./in.jsonl"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(dir.read("in.jsonl"), records());
}

#[test]
fn a_dash_as_output_is_standard_output_and_never_a_folder() {
    let dir = Dir::new();
    let story = prose(1, 12);
    dir.write("a.txt", format!("&w=3840&q=100)\n{story}\n"));
    dir.write(
        "b.jsonl",
        format!("{{\"id\":\"b\",\"text\":\"{story}\"}}\n"),
    );
    assert_eq!(
        dir.dehusk(&["clean", "a.txt", "-o", "-"]).ok().stdout,
        format!("{story}\n")
    );
    assert_eq!(
        dir.dehusk(&["clean", "b.jsonl", "-o", "-", "--quiet"])
            .ok()
            .stdout,
        dir.read("b.jsonl")
    );
    for paths in [&["."][..], &["a.txt", "b.txt"]] {
        let args = [&["clean"], paths, &["-o", "-"]].concat();
        let ran = dir.dehusk(&args);
        assert_eq!(ran.code, Some(2), "{args:?}");
        assert!(
            ran.stderr.contains("standard output takes one document"),
            "{}",
            ran.stderr
        );
    }
    assert!(!dir.exists("-"));
}

#[test]
fn half_a_surrogate_pair_is_not_called_a_missing_text() {
    let dir = Dir::new();
    dir.write(
        "a.jsonl",
        "{\"id\":\"a\",\"text\":\"The ferry \\ud800 left.\"}\n",
    );
    let ran = dir.dehusk(&["clean", "a.jsonl", "-o", "out.jsonl"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("its field `text` is a string that cannot be read"),
        "{}",
        ran.stderr
    );
}
