//! Whole pages, from HTML to clean text: each folder in `fixtures/pages` holds
//! a page of its own kind and what should come out of it.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers, too")]

mod common;

use std::fs;

use common::{Dir, fixture};
use dehusk::{
    Format, RuleSet,
    pipeline::{Input, Name, Options, process},
};

#[test]
fn every_page_gives_its_expected_text() {
    let dir = Dir::new();
    let mut seen = 0;
    for entry in fs::read_dir(fixture("pages")).unwrap() {
        let folder = entry.unwrap().path();
        let page = fs::read(folder.join("source.html")).unwrap();
        let expected = fs::read_to_string(folder.join("expected.txt")).unwrap();
        let ran = dir.pipe(&["clean", "-"], &page).ok();
        assert_eq!(ran.stdout, expected, "{}", folder.display());
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} pages");
}

#[test]
fn markdown_keeps_headings_code_and_tables() {
    let dir = Dir::new();
    let page = fs::read(fixture("pages/docs-page/source.html")).unwrap();
    let text = dir
        .pipe(&["clean", "-", "--to", "markdown"], &page)
        .ok()
        .stdout;
    assert!(
        text.contains("# Retrying a request\n") && text.contains("## Example\n"),
        "{text}"
    );
    assert!(
        text.contains("```") && text.contains("\n    try:\n        client.send("),
        "{text}"
    );
    assert!(text.contains("503") && text.contains('|'), "{text}");
}

#[test]
fn front_matter_says_what_is_known_in_both_formats() {
    let dir = Dir::new();
    let page = b"<html lang=en><head><title>Flour | The Old Mill</title>\
        <meta property=og:site_name content='The Old Mill'>\
        <meta name=author content='Ann \"A.\" Miller'>\
        <link rel=canonical href=https://mill.example/flour></head><body><article>\
        <p>All our flour is ground between stones, in small lots, and sent on the same day.</p>\
        <p>The stones are from the quarry above the river, as they were two centuries ago.</p>\
        </article></body></html>";
    let known = "---\ntitle: \"Flour\"\nauthor: \"Ann \\\"A.\\\" Miller\"\nsite: \"The Old Mill\"\n\
                 url: \"https://mill.example/flour\"\nlang: \"en\"\n---\n\n";
    for to in ["text", "markdown"] {
        let plain = dir.pipe(&["clean", "-", "--to", to], page).ok().stdout;
        let with = dir
            .pipe(&["clean", "-", "--to", to, "--front-matter"], page)
            .ok()
            .stdout;
        assert_eq!(with, format!("{known}{plain}"));
    }
    // Of a text nothing is known.
    let text = b"The mill stands by the river, and it has been there since 1790.\n";
    let with = dir
        .pipe(&["clean", "-", "--front-matter"], text)
        .ok()
        .stdout;
    assert_eq!(with.as_bytes(), text);
}

/// `SplitMix64` (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// The page with a few pieces cut, doubled, moved or overwritten.
fn mutated(page: &str, random: &mut Random) -> String {
    const SCRAPS: &[&str] = &[
        "<",
        ">",
        "</",
        "\"",
        "'",
        "&#0;",
        "<table>",
        "</p>",
        "<!--",
        "\u{0}",
        "<b id=i>",
        "<template>",
    ];
    let mut bytes = page.as_bytes().to_vec();
    for _ in 0..=random.below(6) {
        let (from, length) = (random.below(bytes.len().max(1)), random.below(120));
        let to = (from + length).min(bytes.len());
        match random.below(4) {
            0 => {
                bytes.drain(from.min(to)..to);
            }
            1 => {
                let piece = bytes[from.min(to)..to].to_vec();
                let at = random.below(bytes.len().max(1));
                bytes.splice(at..at, piece);
            }
            2 => {
                let scrap = SCRAPS[random.below(SCRAPS.len())].as_bytes();
                bytes.splice(
                    from.min(bytes.len())..from.min(bytes.len()),
                    scrap.iter().copied(),
                );
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = u8::try_from(random.below(128)).unwrap();
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `DEHUSK_MUTATIONS=100000 cargo test --release --test pages` for a long run.
#[test]
fn no_mutated_page_makes_any_stage_panic() {
    let count: usize =
        std::env::var("DEHUSK_MUTATIONS").map_or(600, |count| count.parse().unwrap());
    let mut pages: Vec<_> = fs::read_dir(fixture("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    let pages: Vec<String> = pages
        .iter()
        .map(|folder| fs::read_to_string(folder.join("source.html")).unwrap())
        .collect();
    let rules = RuleSet::builtin().unwrap();
    let mut random = Random(1);
    for round in 0..count {
        let page = mutated(&pages[round % pages.len()], &mut random);
        let result = process(
            Input {
                text: page.clone(),
                format: Format::Html,
                name: Name::None,
            },
            &rules,
            &Options::default(),
        );
        assert!(result.is_ok(), "round {round}: {result:?}\n{page}");
    }
}
