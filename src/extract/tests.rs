//! What extraction promises, on whole pages.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const PROSE: [&str; 4] = [
    "The bridge opened on Monday, after nine years of work, and the town was glad of it.",
    "It spans the river at its widest point, where a ferry used to run twice an hour.",
    "Nobody could say what it had cost, but everybody agreed that it was beautiful.",
    "The ferry will go on running until the summer, said its owner, who has no heirs.",
];

/// Compiled once: that takes longer than any page.
static RULES: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::builtin().expect("built-in rules compile"));

fn text(html: &str) -> String {
    extracted(html).document.text
}

fn extracted(html: &str) -> Extracted {
    extract(html, &RULES, &ExtractOptions::default())
}

fn paragraphs() -> String {
    PROSE.map(|words| format!("<p>{words}</p>")).concat()
}

fn article() -> String {
    format!(
        "<!doctype html><html lang=en><head><title>A bridge</title></head><body>\
         <nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav>\
         <main><article><h1>A bridge opens</h1>{}</article></main>\
         <aside class=sidebar><h3>Most read</h3><ul><li><a href=/1>A cat in a tree</a>\
         <li><a href=/2>A tree in a cat</a></ul></aside>\
         <footer>Copyright, all rights reserved, and so on</footer></body></html>",
        paragraphs()
    )
}

#[test]
fn article_is_kept_and_what_is_around_it_is_not() {
    let text = text(&article());
    assert!(PROSE.iter().all(|words| text.contains(words)), "{text}");
    assert!(
        !text.contains("Home") && !text.contains("Most read"),
        "{text}"
    );
    assert!(!text.contains("Copyright"), "{text}");
}

#[test]
fn everything_that_is_left_out_is_accounted_for() {
    let extracted = extracted(&article());
    let named: Vec<(String, String)> = extracted
        .removals
        .iter()
        .map(|removal| match &removal.location {
            crate::Location::Node(node) => (removal.code.to_string(), node.text.clone()),
            crate::Location::Text(_) => unreachable!("a tree has no spans"),
        })
        .collect();
    for (code, words) in [
        ("EXT002", "Home"),
        ("EXT005", "Most read"),
        ("EXT004", "Copyright"),
    ] {
        assert!(
            named
                .iter()
                .any(|(by, text)| by == code && text.starts_with(words)),
            "{code}: {named:?}"
        );
    }
}

#[test]
fn every_word_is_kept_or_removed() {
    let extra = "<main><p hidden>never shown</p><script>var x</script>";
    let page = article().replace("<main>", extra);
    let extracted = extracted(&page);
    let kept = extracted.document.text.split_whitespace().count();
    let removed: usize = extracted
        .removals
        .iter()
        .map(|removal| match &removal.location {
            crate::Location::Node(node) => node.text.split_whitespace().count(),
            crate::Location::Text(_) => 0,
        })
        .sum();
    let tree = Html::parse_document(&page.replace("<script>var x</script>", ""));
    let in_body = tree
        .root_element()
        .children()
        .filter_map(scraper::ElementRef::wrap)
        .filter(|part| part.value().name() == "body")
        .flat_map(|body| body.text().collect::<Vec<_>>())
        .map(|piece| piece.split_whitespace().count())
        .sum::<usize>();
    assert_eq!(kept + removed, in_body);
}

#[test]
fn posts_of_a_discussion_are_all_kept() {
    let posts = PROSE.map(|words| {
        format!("<div class=post><div class=author>ann</div><div class=message>{words}</div></div>")
    });
    let posts = posts.concat();
    let text = text(&format!(
        "<body><div class=thread><h1>Who saw the bridge?</h1>{posts}</div>"
    ));
    assert!(PROSE.iter().all(|words| text.contains(words)), "{text}");
}

#[test]
fn content_for_readers_without_scripts_is_found() {
    let text = text(&format!(
        "<body><div id=app></div><noscript><div>{}</div></noscript>",
        paragraphs()
    ));
    assert!(PROSE.iter().all(|words| text.contains(words)), "{text}");
}

#[test]
fn content_in_structured_data_is_found() {
    let text = text(&format!(
        "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"articleBody\":\"{}\"}}</script><div id=app></div>",
        PROSE.join("\\n\\n")
    ));
    assert!(PROSE.iter().all(|words| text.contains(words)), "{text}");
}

#[test]
fn page_that_only_scripts_show_is_read_all_the_same() {
    let text = text(&format!(
        "<body><div style='display: none'>{}</div>",
        paragraphs()
    ));
    assert!(PROSE.iter().all(|words| text.contains(words)), "{text}");
}

#[test]
fn text_alone_is_a_page_too() {
    assert_eq!(text("Nothing but words."), "Nothing but words.\n");
    assert_eq!(text(""), "");
}

#[test]
fn title_author_and_language_are_told() {
    let page = article().replace("<title>", "<meta name=author content='Ann Smith'><title>");
    let metadata = extracted(&page).document.metadata;
    assert_eq!(metadata.title.as_deref(), Some("A bridge opens"));
    assert_eq!(metadata.author.as_deref(), Some("Ann Smith"));
    assert_eq!(metadata.lang.as_deref(), Some("en"));
}

fn tag_soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<p>".to_owned()),
        Just("</p>".to_owned()),
        Just("<div class='post x'>".to_owned()),
        Just("</div>".to_owned()),
        Just("<b>".to_owned()),
        Just("</b>".to_owned()),
        Just("<table><tr><td>".to_owned()),
        Just("</table>".to_owned()),
        Just("<ul><li>".to_owned()),
        Just("<pre>".to_owned()),
        Just("</pre>".to_owned()),
        Just("<a href=x>".to_owned()),
        Just("<script>".to_owned()),
        Just("</script>".to_owned()),
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just("<svg>".to_owned()),
        Just("<noscript>".to_owned()),
        Just("<select><option>".to_owned()),
        Just("<br>".to_owned()),
        Just("&amp;&#0;&".to_owned()),
        Just("<template>".to_owned()),
        Just("<h2 hidden>".to_owned()),
        Just("\u{3000}漢字。".to_owned()),
        any::<String>(),
        "[a-z ,.]{1,80}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(page in any::<String>()) {
        extracted(&page);
    }

    #[test]
    fn no_tag_soup_makes_it_panic_and_the_answer_is_always_the_same(page in tag_soup()) {
        for to in [Format::Text, Format::Markdown] {
            let options = ExtractOptions { to, ..ExtractOptions::default() };
            let first = extract(&page, &RULES, &options);
            let second = extract(&page, &RULES, &options);
            prop_assert_eq!(first.document.text, second.document.text);
            prop_assert_eq!(first.removals, second.removals);
        }
    }

    #[test]
    fn guard_leaves_no_tag_twice_and_no_text_out(words in "[a-z]{1,10}( [a-z]{1,10}){0,20}") {
        let page = format!("<div><p>{words}</p></div>");
        prop_assert_eq!(source::prepare(&page).html, page);
    }
}
