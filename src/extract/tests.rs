//! What extraction promises, on whole pages.

mod headed;
mod kept;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::linear::assert_linear;

const PROSE: [&str; 4] = [
    "The bridge opened on Monday, after nine years of work, and the town was glad of it.",
    "It spans the river at its widest point, where a ferry used to run twice an hour.",
    "Nobody could say what it had cost, but everybody agreed that it was beautiful.",
    "The ferry will go on running until the summer, said its owner, who has no heirs.",
];

/// Compiled once: that takes longer than any page.
pub(super) static RULES: LazyLock<RuleSet> =
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
        ("HTML003", "Copyright"),
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
fn short_page_keeps_headline_terms_captions_and_announced_links() {
    let glossary = text(
        "<body><nav><a href=/>Home</a></nav><main><h1>Words of the mill</h1><dl><dt>Hopper\
         <dd>The box from which grain falls between the stones, a little at a time, as they turn.\
         <dt>Tun<dd>The case around the two stones.</dl></main>",
    );
    for words in ["Words of the mill", "Hopper", "Tun", "between the stones"] {
        assert!(glossary.contains(words), "{words}: {glossary}");
    }
    let visit = text(
        "<body><nav><a href=/>Home</a></nav><article><h1>A visit to the mill</h1>\
         <p>We went on Sunday and saw the wheel turn.<figure><img src=a.jpg>\
         <figcaption>The wheel after its repair</figcaption></figure>\
         <p>The guide told us how flour is made, and we bought a bag of it.<p>See also:\
         <ul><li><a href=/t>The tour of all mills</a><li><a href=/u>How to grind</a></ul></article>",
    );
    for words in [
        "A visit to the mill",
        "after its repair",
        "See also:\n\n- The tour of all mills\n- How to grind",
    ] {
        assert!(visit.contains(words), "{words}: {visit}");
    }
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
fn description_of_a_product_in_structured_data_is_found() {
    let text = text(&format!(
        "<script type='application/ld+json'>{{\"@type\":\"Product\",\"description\":\"{}\"}}</script><div id=app></div>",
        PROSE.join("\\n")
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

/// Codes and first words of what was taken.
fn taken(extracted: &Extracted) -> Vec<(String, String)> {
    extracted
        .removals
        .iter()
        .map(|removal| match &removal.location {
            crate::Location::Node(node) => (removal.code.to_string(), node.text.clone()),
            crate::Location::Text(_) => unreachable!("a tree has no spans"),
        })
        .collect()
}

#[test]
fn attribute_without_its_closing_quote_is_read_to_the_end() {
    for rest in ["é", "", "漢", "a", "{\"topic_1\":\"é"] {
        for quote in ['"', '\''] {
            extracted(&format!("<p>Words.<div data-preloaded={quote}{rest}"));
        }
    }
}

#[test]
fn what_a_page_taken_whole_leaves_out_is_accounted_for() {
    let hidden = "<p hidden>Never shown</p><noscript>Turn scripts on</noscript>";
    let small = extracted(&format!("<body><nav>A b c</nav>{hidden}"));
    let large = extracted(&format!(
        "{hidden}<noscript>!</noscript>{}",
        "<p>a".repeat(200_001)
    ));
    assert!(large.flags.contains(&Flag::Fallback));
    let notice = ("EXT009".to_owned(), "Turn scripts on".to_owned());
    assert!(taken(&small).contains(&notice), "{:?}", taken(&small));
    assert_eq!(taken(&large), [notice]);
    assert_eq!(large.removals[0].bytes(), "Turn scripts on!".len());
}

#[test]
fn class_of_the_whole_page_neither_drops_nor_keeps_it() {
    let plain = text(&article());
    for (tag, named) in [
        (
            "<html lang=en>",
            "<html lang=en class='cookie-notice no-comments'>",
        ),
        ("<body>", "<body class='cookie-notice no-comments'>"),
        ("<main>", "<main class='cookie-notice no-comments'>"),
    ] {
        let found = extracted(&article().replace(tag, named));
        assert_eq!(found.document.text, plain, "{named}");
        assert!(found.flags.is_empty(), "{named}");
    }
}

/// What is left of a page by rules of its own.
fn by_rules(rules: &[(&str, &str)], html: &str) -> String {
    let head = "schema = 1\n[pack]\nname = \"mine\"\ndescription = \"Mine.\"\n";
    let rules = (1..).zip(rules).map(|(number, (action, selector))| {
        format!(
            "[[rule]]\ncode = \"MIN{number:03}\"\nid = \"mine\"\nsummary = \"Mine\"\nkind = \"html\"\n\
             action = \"{action}\"\nselect = ['{selector}']\n"
        )
    });
    let pack = std::iter::once(head.to_owned())
        .chain(rules)
        .collect::<String>();
    let rules = RuleSet::parse("mine.toml", &pack).unwrap();
    extract(html, &rules, &ExtractOptions::default())
        .document
        .text
}

#[test]
fn keep_rule_for_elements_beats_scores_hiding_and_remove_rules() {
    let page = article();
    let kept = by_rules(&[("keep", ".sidebar")], &page);
    assert!(
        kept.contains(PROSE[0]) && kept.contains("A cat in a tree"),
        "{kept}"
    );
    assert!(!kept.contains("Copyright"), "{kept}");
    let both = [
        ("remove", "main"),
        ("remove", "aside, h1, footer"),
        ("keep", "aside"),
    ];
    let kept = by_rules(&both, &page);
    assert!(
        kept.contains("A cat in a tree") && !kept.contains("A bridge opens"),
        "{kept}"
    );
    // What is around a kept element stays to be judged.
    let inside = [
        ("remove", "aside, article"),
        ("keep", "aside li:first-child, p:nth-of-type(2)"),
    ];
    let kept = by_rules(&inside, &page);
    assert!(
        kept.contains("A cat in a tree") && kept.contains(PROSE[1]),
        "{kept}"
    );
    // Inline, hidden, or a control.
    let odd = "<footer>Seen on <span class=k>page nine</span></footer><p hidden class=k>A secret</p>\
               <dialog><p class=k>An aside</p></dialog><dialog>Not this</dialog></body>";
    let kept = by_rules(&[("keep", ".k")], &page.replace("</body>", odd));
    for words in ["page nine", "A secret", "An aside", PROSE[2]] {
        assert!(kept.contains(words), "{words}: {kept}");
    }
    assert!(
        !kept.contains("Not this") && !kept.contains("Copyright"),
        "{kept}"
    );
}

#[test]
fn text_that_is_hidden_until_it_is_looked_for_is_kept_in_blocks_and_in_lines() {
    for (attribute, shown) in [
        ("hidden=until-found", true),
        ("hidden='UNTIL-FOUND'", true),
        ("style='visibility:hidden; visibility:visible'", true),
        ("hidden", false),
        ("style='display:block; visibility:hidden'", false),
        ("style='DISPLAY:NONE'", false),
    ] {
        for name in ["p", "span"] {
            let part = format!("<{name} {attribute}>The tolls are told here.</{name}>");
            let page = format!("<article>{}<p>More: {part}</p></article>", paragraphs());
            assert_eq!(text(&page).contains("The tolls"), shown, "{part}");
        }
    }
}

#[test]
fn page_over_a_cap_is_explained_in_one_line() {
    let page = "<p>a".repeat(200_001);
    let options = ExtractOptions::default();
    for told in [
        explain(&page, &RULES, &options),
        features(&page, &RULES, &options),
    ] {
        assert!(told.starts_with("too large to be parsed"), "{}", told.len());
    }
}

#[test]
fn flood_of_tags_below_open_formatting_is_scanned_in_linear_time() {
    // With every tag counting what is open, the time grew with both.
    assert_linear(
        "tags below open formatting",
        128,
        |size| "<b>".repeat(size) + &"<p>".repeat(size * 1000),
        |page| source::prepare(page),
    );
    for comment in ["<!--x-->", "<!--x--!>", "<!-->", "<!--x--!"] {
        assert_linear(
            comment,
            20_000,
            |size| comment.repeat(size),
            |page| source::prepare(page),
        );
    }
    // What is no text is left out of such a page all the same.
    let scripted = "<p>a".repeat(200_001) + "<script>var x</script><!-- y -->end";
    assert!(text(&scripted).ends_with("a\nend\n") || text(&scripted).ends_with("aend\n"));
    assert!(!text(&scripted).contains("var x"));
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
        Just("<div data-preloaded=\"é".to_owned()),
        Just("<div data-preloaded='{\"topic_1\":\"é\"}'>".to_owned()),
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

#[test]
fn text_is_never_said_to_be_a_page() {
    let options = ExtractOptions {
        to: Format::Html,
        ..ExtractOptions::default()
    };
    let document = extract(&article(), &RULES, &options).document;
    assert_eq!(document.format, Format::Text);
}

#[test]
fn what_is_hidden_is_hidden_in_blocks_links_and_lines_alike() {
    for (attributes, shown) in [
        ("class=note", true),
        ("style='display:none'", false),
        ("class=sr-only", false),
        ("hidden", false),
        ("hidden=until-found", true),
        ("class=accordion-content style='display:none'", true),
        ("class=toggle-content hidden", true),
        ("class=spoiler hidden", true),
        ("role=tabpanel hidden", true),
        ("id=S:1 hidden", true),
        ("id=S: hidden", false),
    ] {
        for name in ["p", "span", "b", "my-panel", "a href=/x"] {
            let end = name.split(' ').next().unwrap_or_default();
            let tree = Html::parse_document(&format!(
                "<p>Told: <{name} {attributes}>a secret of the mill</{end}>."
            ));
            let page = Page::read(tree.root_element(), How::TEXT, &TreeRules::default());
            assert_eq!(page.text.contains("a secret"), shown, "{name} {attributes}");
        }
    }
}

#[test]
fn text_in_frames_shadow_trees_and_drawings_is_found() {
    let words = paragraphs();
    for page in [
        format!("<frameset><frame src=a><noframes><body>{words}</body></noframes></frameset>"),
        format!("<body><my-card><template shadowrootmode=open>{words}</template></my-card>"),
        format!("<body><svg><path d='M0'>{words}<svg><path></svg><p>End.</p>"),
        format!("<body><div><svg><path d='M0'></div>{words}<svg></svg>"),
        format!("<body><svg><foreignObject><div>{words}</div></foreignObject></svg>"),
    ] {
        let found = text(&page);
        assert!(
            PROSE.iter().all(|words| found.contains(words)),
            "{page}: {found}"
        );
    }
    let drawn = extracted(&format!(
        "<article>{words}<svg><title>Chart</title><text x=1>Tolls in 1790</text></svg>\
         <svg><!-- <p> --><path></svg></article>"
    ));
    let labels = ("EXT010".to_owned(), "Tolls in 1790".to_owned());
    let account = taken(&drawn);
    assert_eq!(account.len(), 1, "{account:?}");
    assert!(
        account[0].0 == labels.0 && account[0].1.ends_with(&labels.1),
        "{account:?}"
    );
}

#[test]
fn numbers_of_lines_beside_code_are_left_out_and_accounted_for() {
    let page = format!(
        "<article>{}<pre><code><table><tr><td><pre>1\n2\n3\n</pre><td><pre>if rye:\n    grind()\n\
         stop()\n</pre></table></code></pre></article>",
        paragraphs()
    );
    let found = extracted(&page);
    assert!(
        found
            .document
            .text
            .ends_with("\n\nif rye:\n    grind()\nstop()\n"),
        "{}",
        found.document.text
    );
    assert_eq!(taken(&found), [("EXT001".to_owned(), "1 2 3".to_owned())]);
}

#[test]
fn superscripts_around_blocks_leave_their_text_alone() {
    let found = text("<p>\u{a0}<sup></p>aé and more of it</sup><p>10<sup><p>6</sup>");
    assert!(found.contains("aé and more of it"), "{found}");
}
