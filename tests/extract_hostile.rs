//! Pages made to hurt a parser: each must be extracted in bounded time.
//!
//! The sizes are such that a parser without guard takes many seconds or
//! gigabytes; the bound is far above what a guarded one takes, so that a slow
//! machine does not fail. All run on a thread with a 2 MiB stack, as rayon's
//! workers have.

#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::{
    thread,
    time::{Duration, Instant},
};

use dehusk::{ExtractOptions, Flag, Format, RuleSet, extract};

/// Bound for one page. The slowest takes 0.4 s unoptimised dependencies aside.
const BOUND: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 5 });

/// Sentence that is at the end of the pages and must not be lost.
const WORDS: &str = "The bridge opened on Monday, after nine years of work, and the town was glad.";

/// Extracts `html` as text and as Markdown on a small stack, in time; returns
/// the text and whether the page was too large to be parsed.
fn bounded(name: &str, html: String) -> (String, bool) {
    let worker = thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let rules = RuleSet::builtin().unwrap();
        let markdown = ExtractOptions {
            to: Format::Markdown,
            ..ExtractOptions::default()
        };
        let start = Instant::now();
        let extracted = extract(&html, &rules, &ExtractOptions::default());
        let text_time = start.elapsed();
        let start = Instant::now();
        extract(&html, &rules, &markdown);
        (
            extracted.document.text,
            extracted.flags.contains(&Flag::Fallback),
            text_time,
            start.elapsed(),
        )
    });
    let (text, fallback, text_time, markdown_time) = worker.unwrap().join().unwrap();
    assert!(text_time < BOUND, "{name}: {text_time:?}");
    assert!(
        markdown_time < BOUND,
        "{name} as Markdown: {markdown_time:?}"
    );
    (text, fallback)
}

fn numbered(count: usize, tag: impl Fn(usize) -> String) -> String {
    (0..count).map(tag).collect::<Vec<_>>().concat()
}

#[test]
fn deep_nesting_ends_in_time_and_keeps_the_text() {
    for (name, tag) in [
        ("div", "<div>"),
        ("lists", "<ul><li>"),
        ("quotes", "<blockquote>"),
        ("spans", "<span>"),
        ("tables", "<table><tr><td>"),
        ("unknown", "<x>"),
        ("definitions", "<dl><dt>"),
        ("forms", "<form><p>"),
        ("sections", "<section><h2>"),
        ("buttons", "<button><p>"),
        ("objects", "<object><b>"),
        ("drawings", "<svg><foreignObject><div>"),
        ("endless drawings", "<svg>"),
    ] {
        let html = tag.repeat(300_000 / tag.len()) + "<p>" + WORDS;
        let (text, _) = bounded(name, html);
        if !matches!(name, "buttons" | "objects") {
            assert!(text.contains("bridge opened"), "{name}: {text:.80}");
        }
    }
}

#[test]
fn formatting_that_is_never_closed_ends_in_time() {
    for (name, html) in [
        ("fonts", numbered(20_000, |i| format!("<font color=i{i}>"))),
        ("same fonts", "<font color=i>".repeat(20_000)),
        ("amplified", "<b id=i><p>".repeat(30_000)),
        (
            "amplified, numbered",
            numbered(20_000, |i| format!("<b id=i{i}><p>x")),
        ),
        (
            "amplified once",
            numbered(60, |i| format!("<b id=i{i}>")) + &"<p>x".repeat(60_000),
        ),
        (
            "amplified links",
            numbered(20_000, |i| format!("<a id=i{i}><p>x")),
        ),
        ("adopted", "<b><div></b>".repeat(30_000)),
        ("adopted, crossed", "<a><p></a><b></p>".repeat(20_000)),
        (
            "foster parents",
            "<table>".to_owned() + &"x<b>".repeat(60_000),
        ),
    ] {
        bounded(name, html + "</table><p>" + WORDS);
    }
}

/// The size of a page as Markdown.
fn size_as_markdown(html: &str) -> usize {
    let rules = RuleSet::builtin().unwrap();
    let options = ExtractOptions {
        to: Format::Markdown,
        ..ExtractOptions::default()
    };
    extract(html, &rules, &options).document.text.len()
}

#[test]
fn nothing_is_written_many_times() {
    let words = format!("<p>{WORDS}</p>").repeat(5);
    let address = format!("<a href='http://x/{}'>", "(&".repeat(900));
    for (name, html) in [
        (
            "a link around paragraphs",
            address + &"<p>word, and".repeat(20_000),
        ),
        (
            "marks around paragraphs",
            "<kbd>".repeat(200) + &"<p>word, and".repeat(20_000),
        ),
        (
            "cells behind wide cells",
            "<table>".to_owned() + &"<tr><td colspan=1000><td>word".repeat(20_000),
        ),
        (
            "cells behind high cells",
            "<table><tr>".to_owned()
                + &"<td rowspan=60000>word".repeat(1_000)
                + &"<tr><td>word".repeat(20_000),
        ),
        (
            "one wide row",
            "<table><tr>".to_owned() + &"<td>a".repeat(20_000) + &"<tr><td>b".repeat(20_000),
        ),
    ] {
        let html = format!("<article>{words}{html}");
        let size = size_as_markdown(&html);
        // An ampersand or a bracket of an address takes five bytes at most;
        // an empty cell takes two, and 64 of them can stand before a word.
        assert!(size < html.len() * 12, "{name}: {size} of {}", html.len());
    }
}

#[test]
fn floods_of_single_characters_end_in_time() {
    for (name, flood) in [
        ("ampersands", "&"),
        ("no-break spaces", "\u{a0}"),
        ("copyright signs", "©"),
        ("less-than signs", "<"),
        ("returns", "\r"),
        ("NUL", "\0"),
    ] {
        let html = format!("<p>{}</p><p>{WORDS}</p>", flood.repeat(1_000_000));
        let (text, _) = bounded(name, html);
        assert!(!text.contains('\0'), "{name}");
    }
}

#[test]
fn floods_of_comments_end_in_time() {
    for (name, comment) in [
        ("comments", "<!--x-->"),
        ("comments ended by a bang", "<!--x--!>"),
        ("comments that end at once", "<!-->"),
        ("one comment without an end", "<!--x--!"),
    ] {
        let html = format!("<p>{WORDS}</p>{}", comment.repeat(200_000));
        let (text, _) = bounded(name, html);
        assert_eq!(text.trim(), WORDS, "{name}");
    }
}

#[test]
fn forty_thousand_attributes_on_one_tag_end_in_time() {
    let attributes = numbered(40_000, |i| format!(" a{i}=1"));
    let (text, _) = bounded("attributes", format!("<p{attributes}>{WORDS}</p>"));
    assert_eq!(text.trim(), WORDS);
}

#[test]
fn page_of_too_many_tags_is_taken_whole_and_says_so() {
    let table = format!("<table>{}", "<tr><td>a<td>b".repeat(100_000));
    let links = "<a href=x>y</a>".repeat(150_000);
    for (name, html) in [("rows", table), ("links", links)] {
        let (text, fallback) = bounded(name, html + "</table><p>" + WORDS);
        assert!(fallback, "{name}");
        assert!(text.ends_with(&format!("{WORDS}\n")), "{name}");
    }
}

#[test]
fn tables_and_links_below_the_cap_end_in_time() {
    let table = format!(
        "<p>{WORDS}</p><table>{}</table>",
        "<tr><td>a, b. c<td>1".repeat(20_000)
    );
    let links = format!(
        "<p>{WORDS}</p><p>{}</p>",
        "<a href=x>y</a>, and. ".repeat(20_000)
    );
    for (name, html) in [("rows", table), ("links", links)] {
        let (_, fallback) = bounded(name, html);
        assert!(!fallback, "{name}");
    }
}

#[test]
fn lists_in_lists_are_rendered() {
    let html = format!(
        "<article>{}{WORDS}",
        "<ul><li>One more level, and then another. ".repeat(200)
    );
    let (text, _) = bounded("lists in lists", html);
    assert!(text.contains("bridge opened"));
}
