//! What is promised of every page: nothing is lost between the tree and what
//! is written, in either format, and Markdown says to its readers what the
//! text says.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use scraper::{Html, Node};

use super::{
    blocks::{Hidden, How, Page},
    extract, markdown, render, source,
    table::{Part, parts},
    tests::RULES,
    tree_rules::TreeRules,
};
use crate::{ExtractOptions, Format, Location, Removal};

/// Elements whose text is never text of the page.
const UNSEEN: [&str; 6] = ["script", "style", "title", "template", "noscript", "head"];

/// Pieces of pages, good and broken. `#` stands for a new word.
const PIECES: [&str; 85] = [
    "<p>",
    "</p>",
    "<div class='post x'>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<code>",
    "</code>",
    "<del>",
    "</del>",
    "<a href=/x(1)>",
    "<a href=\"/y z|'\">",
    "</a>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "<th>",
    "<td colspan=2>",
    "<td rowspan=2>",
    "<thead>",
    "<tbody>",
    "<caption>",
    "<ul>",
    "</ul>",
    "<ol>",
    "<ol start=7>",
    "</ol>",
    "<li>",
    "<li value=3>",
    "<dl>",
    "<dt>",
    "<dd>",
    "</dl>",
    "<pre>",
    "</pre>",
    "<blockquote>",
    "</blockquote>",
    "<br>",
    "<h2>",
    "</h2>",
    "<svg>",
    "</svg>",
    "<svg><path d='M0 0>'>",
    "<foreignObject>",
    "<sup>",
    "</sup>",
    "<sub>",
    "</sub>",
    "<p hidden>",
    "<span hidden>",
    "</span>",
    "<button>",
    "</button>",
    "<nav>",
    "</nav>",
    "<!--",
    "-->",
    "<article>",
    "<map>",
    "</map>",
    "<object>",
    "</object>",
    "<video>",
    "</video>",
    "<ruby>",
    "<rt>",
    "</ruby>",
    "<dialog>",
    "<dialog open>",
    "</dialog>",
    "<details>",
    "<summary>",
    "</summary>",
    "</details>",
    "<math>",
    "<msup><mi>",
    "</math>",
    "<meter>",
    "</meter>",
    "<button aria-expanded=false>",
    "<h3>",
];

/// Text that readers of Markdown take for signs.
const SIGNS: [&str; 40] = [
    "*",
    "**",
    "_",
    "__",
    "`",
    "``",
    "~",
    "~~",
    "[",
    "]",
    "](y)",
    "[x](y)",
    "[x]: y",
    "![",
    "!",
    "&lt;b>",
    "&lt;script>",
    "&lt;!-- ",
    "&amp;amp;",
    "&amp;lt;",
    "&amp;",
    "\\",
    "\\\\",
    "|",
    "\\|",
    "# ",
    "#",
    "&gt; ",
    "1. ",
    "- ",
    "+ ",
    "---",
    "===",
    "| --- |",
    "```",
    "~~~",
    "漢字。",
    "\u{a0}",
    "“",
    "é",
];

fn soup(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(pieces),
        1 => prop::sample::select(&SIGNS[..]),
        3 => Just(" # "),
        1 => Just("#"),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| {
        let mut page = String::new();
        for (number, piece) in pieces.iter().enumerate() {
            if piece.trim() == "#" {
                page.push_str(&piece.replace('#', &format!("w{number}q")));
            } else {
                page.push_str(piece);
            }
        }
        page
    })
}

/// Words that the soup put into a text.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('w') {
        rest = &rest[at..];
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && rest[1 + digits..].starts_with('q') {
            words.push(rest[..digits + 2].to_owned());
            rest = &rest[digits + 2..];
        } else {
            rest = &rest[1..];
        }
    }
    words
}

/// The words of the text that a browser's tree of `page` has.
fn words_of_tree(page: &str) -> Vec<String> {
    let tree = Html::parse_document(page);
    let seen = tree.tree.nodes().filter_map(|node| {
        let Node::Text(text) = node.value() else {
            return None;
        };
        let unseen = node.ancestors().any(|around| {
            let element = around.value().as_element();
            element.is_some_and(|element| UNSEEN.contains(&element.name()))
        });
        (!unseen).then(|| text.to_string())
    });
    let mut words = words(&seen.collect::<Vec<_>>().join(" "));
    words.sort_unstable();
    words
}

/// What removals say of the text that they took.
struct Quoted {
    /// The words in what they quote.
    words: Vec<String>,
    /// Bytes beyond what they quote, of those that quote only a beginning.
    cut: usize,
}

impl Quoted {
    fn of(removals: &[Removal]) -> Self {
        let mut quoted = Self {
            words: Vec::new(),
            cut: 0,
        };
        for removal in removals {
            let Location::Node(node) = &removal.location else {
                continue;
            };
            quoted.words.extend(words(&node.text));
            if let Some(beginning) = node.text.strip_suffix('…') {
                // The last word may be cut itself; blanks are not counted in all.
                let whole = beginning.rsplit_once(' ').map_or("", |(whole, _)| whole);
                let letters: usize = whole.split(' ').map(str::len).sum();
                quoted.cut += node.bytes.saturating_sub(letters);
            }
        }
        quoted
    }
}

/// What a reader of Markdown sees, without blanks.
fn seen(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut out = String::new();
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => {
                out.push_str("HTML:");
                out.push_str(&html);
            }
            _ => {}
        }
    }
    out.retain(|character| !character.is_whitespace());
    out
}

/// The cells of the tables in Markdown, rows apart.
fn cells(markdown: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut inside = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                inside = true;
                rows.last_mut().unwrap().push(String::new());
            }
            Event::End(TagEnd::TableCell) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                rows.last_mut().unwrap().last_mut().unwrap().push_str(&text);
            }
            _ => {}
        }
    }
    rows
}

/// All of a page as text and as Markdown, and its text without blanks.
fn whole(html: &str) -> (String, String, String) {
    let tree = Html::parse_document(&source::prepare(html).html);
    let how = How {
        hidden: Hidden::Omitted,
        markup: true,
    };
    let page = Page::read(tree.root_element(), how, &TreeRules::default());
    let keep = vec![true; page.blocks.len()];
    let mut text = String::new();
    for part in parts(&page, &keep) {
        let blocks = match part {
            Part::Block(block) => vec![block],
            Part::Table(table) => table.rows.concat().concat(),
        };
        for block in blocks {
            text.push_str(page.text_of(&page.blocks[block]));
        }
    }
    text.retain(|character| !character.is_whitespace());
    (
        render::text(&page, &keep),
        markdown::markdown(&page, &keep),
        text,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_word_is_written_or_in_a_removal(page in soup(&PIECES)) {
        let there = words_of_tree(&page);
        for to in [Format::Text, Format::Markdown] {
            let options = ExtractOptions { to, ..ExtractOptions::default() };
            let extracted = extract(&page, &RULES, &options);
            let written = words(&extracted.document.text);
            let quoted = Quoted::of(&extracted.removals);
            let unnamed: Vec<&String> = there
                .iter()
                .filter(|word| !written.contains(word) && !quoted.words.contains(word))
                .collect();
            let letters: usize = unnamed.iter().map(|word| word.len()).sum();
            prop_assert!(
                letters <= quoted.cut,
                "{to:?} lost {unnamed:?}:\n{page}\n{}\n{:?}",
                extracted.document.text,
                extracted.removals
            );
            let mut sorted = written.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), written.len(), "a word is written twice: {}", page);
        }
    }

    #[test]
    fn markdown_says_to_its_readers_what_the_page_says(page in soup(&PIECES)) {
        let (text, markdown, wanted) = whole(&page);
        prop_assert_eq!(seen(&markdown), wanted, "{}\n---\n{}", page, markdown);
        let (mut in_text, mut in_markdown) = (words(&text), words(&markdown));
        in_text.sort_unstable();
        in_markdown.sort_unstable();
        prop_assert_eq!(in_text, in_markdown);
    }

    #[test]
    fn text_of_signs_stays_text(
        pieces in prop::collection::vec(prop::sample::select(&SIGNS[..]), 1..12),
        marks in prop::collection::vec(prop::sample::select(&["", "<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "<a href=/x>", "</a>", "<br>", "w", " "][..]), 12),
        around in prop::sample::select(&["p", "h2", "li", "td", "blockquote", "dt"][..]),
    ) {
        let inside: Vec<&str> = marks.iter().zip(&pieces).flat_map(|(mark, piece)| [*mark, *piece]).collect();
        let inside = inside.concat();
        let page = if around == "td" {
            format!("<table><tr><th>a<th>b<tr><td>w<td>{inside}</table>")
        } else {
            format!("<{around}>{inside}</{around}>")
        };
        let (_, markdown, wanted) = whole(&page);
        prop_assert_eq!(seen(&markdown), wanted, "{}\n---\n{}", page, markdown);
    }

    #[test]
    fn cells_stand_under_their_headings(
        rows in prop::collection::vec(prop::collection::vec(prop_oneof![Just(""), Just("x"), Just("a | b"), Just("1\\|")], 4), 1..6),
        sections in any::<bool>(),
    ) {
        let cell = |name: &str, cells: &[&str]| -> String {
            let cells = cells.iter().map(|cell| format!("<{name}>{cell}</{name}>"));
            cells.collect::<Vec<_>>().concat()
        };
        let (head, body) = if sections { ("<thead>", "<tbody>") } else { ("", "") };
        let body_rows = rows.iter().map(|row| format!("<tr>{}", cell("td", row)));
        let body_rows = body_rows.collect::<Vec<_>>().concat();
        let page = format!("<table>{head}<tr>{}{body}{body_rows}</table>", cell("th", &["A", "B", "C", "D"]));
        let (text, markdown, _) = whole(&page);
        let kept = rows.iter().filter(|row| row.concat() != "");
        let mut wanted = vec![vec!["A", "B", "C", "D"]];
        wanted.extend(kept.cloned());
        prop_assert_eq!(cells(&markdown), wanted.clone(), "{}", markdown);
        // In the text a sign parts cells; what a cell has of them is its own.
        let lines: Vec<String> = text.lines().map(|line| line.replace(' ', "")).collect();
        let wanted: Vec<String> = wanted.iter().map(|row| {
            row.join("|").replace(' ', "").trim_end_matches('|').to_owned()
        }).collect();
        let lines: Vec<String> = lines.iter().map(|line| line.trim_end_matches('|').to_owned()).collect();
        prop_assert_eq!(lines, wanted);
    }
}
