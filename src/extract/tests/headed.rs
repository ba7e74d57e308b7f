//! What heads kept text stays with it, and what opens beside the text goes.

use super::{PROSE, extracted, paragraphs, taken, text};

#[test]
fn question_on_a_button_stays_above_its_answer() {
    let page = extracted(&format!(
        "<body><header><button aria-expanded=false>Menu</button></header><main><h1>The ferry</h1>{}\
         <ul class=answers><li><button aria-expanded=false aria-controls=a>When does it leave?</button>\
         <div id=a hidden role=region aria-labelledby=b><p>{}</p></div></li>\
         <li><button data-bs-toggle=collapse>Who steers it?</button><div><p>{}</p></div></li></ul>\
         <button aria-expanded=false aria-haspopup=menu>Share</button></main></body>",
        paragraphs(),
        "It leaves at six in the morning, and again when the bell of the town hall has rung.",
        "The owner steers it alone, as his mother did, with an oar of ash and a long rope."
    ));
    let found = &page.document.text;
    assert!(
        found.contains("When does it leave?\nIt leaves at six"),
        "{found}"
    );
    assert!(
        found.contains("Who steers it?\nThe owner steers"),
        "{found}"
    );
    for (code, words) in [("EXT003", "Menu"), ("EXT008", "Share")] {
        assert!(!found.contains(words), "{found}");
        let entry = (code.to_owned(), words.to_owned());
        assert!(taken(&page).contains(&entry), "{:?}", taken(&page));
    }
}

#[test]
fn button_in_a_paragraph_does_not_cut_it() {
    let page = text(&format!(
        "<article>{}<p>The chain <span><button aria-expanded=false>note</button></span> was \
         mended in the spring.</p></article>",
        paragraphs()
    ));
    assert!(
        page.contains("The chain was mended in the spring."),
        "{page}"
    );
}

#[test]
fn hidden_part_with_a_heading_of_its_own_is_read_and_a_dialog_is_not() {
    let part = |attributes: &str| {
        text(&format!(
            "<article>{}<div style='display:none' {attributes}><p>{}</p></div></article>",
            paragraphs(),
            "In the winter the ferry is drawn up on the bank, and the children slide under it."
        ))
    };
    assert!(part("aria-labelledby=h3 role=region").contains("slide under it"));
    assert!(part("aria-labelledby=h3").contains("slide under it"));
    assert!(!part("aria-labelledby=h3 role=dialog").contains("slide under it"));
    assert!(!part("aria-labelledby=h3 class=modal").contains("slide under it"));
}

#[test]
fn heading_of_a_section_stays_with_its_text() {
    let section = |name: &str| format!("<section><h3>{name}</h3>{}</section>", paragraphs());
    let page = text(&format!(
        "<body><nav><a href=/>Home</a> <a href=/map>Map</a></nav><main><h1>The town and its \
         ferry</h1>{}{}{}</main></body>",
        section("Oak"),
        section("5.2"),
        section("Rope"),
    ));
    for name in ["Oak", "5.2", "Rope"] {
        let headed = format!("{name}\n\n{}", PROSE[0]);
        assert!(page.contains(&headed), "{name}: {page}");
    }
}

#[test]
fn terms_that_open_over_a_page_are_not_the_page_however_long_they_are() {
    let clause = "<p>The customer agrees that the mill may change these terms at any time, and \
                  that the laws of the county apply to all that is ordered, paid and sent.</p>";
    let page = text(&format!(
        "<body><main><h1>Rye flour, coarse</h1>{}</main><footer><a href=/terms>Terms</a>\
         <div id=terms-modal role=dialog>{}</div></footer></body>",
        paragraphs(),
        clause.repeat(30)
    ));
    assert!(page.contains(PROSE[1]), "{page}");
    assert!(!page.contains("The customer agrees"), "{page}");
}

#[test]
fn page_that_is_drawn_twice_is_told_once_and_what_its_author_repeats_stays() {
    let told = format!(
        "{}<p>A child of the town held the scissors, and the ribbon was blue and very long.</p>",
        paragraphs()
    );
    let part = |name: &str| format!("<section><div class={name}>{told}</div></section>");
    let page = extracted(&format!(
        "<body><main><h1>The ferry of the town</h1>{}<p>Both views</p>{}</main></body>",
        part("wide"),
        part("narrow")
    ));
    let found = &page.document.text;
    for words in PROSE {
        assert_eq!(found.matches(words).count(), 1, "{found}");
    }
    let copies: Vec<String> = taken(&page).into_iter().map(|(code, _)| code).collect();
    assert_eq!(copies, ["EXT012"]);
    // A refrain stands in one container, a quotation says who said it.
    let sung = text(&format!(
        "<article>{told}<p>And the rope was sung over, in a low voice.</p>{told}</article>"
    ));
    let quoted = text(&format!(
        "<article>{told}<blockquote><div>{told}</div></blockquote></article>"
    ));
    // The same steps for another boiler, under its own name or lead.
    let named = text(&format!(
        "<article><h2>The first rope</h2><ol>{told}</ol><h2>The second</h2><ol>{told}</ol></article>"
    ));
    let led = text(&format!(
        "<article><div><p>This is how they sang it in spring.</p><div>{told}</div></div>\
         <div><p>In autumn they sang it again.</p><div>{told}</div></div></article>"
    ));
    for twice in [sung, quoted, named, led] {
        assert_eq!(twice.matches(PROSE[0]).count(), 2, "{twice}");
    }
}

#[test]
fn story_of_another_page_is_neither_its_text_nor_its_title() {
    let data = |headline: &str| {
        format!(
            "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"{headline}\",\
             \"articleBody\":\"{}\"}}</script>",
            PROSE.join(" ")
        )
    };
    let page = |headline: &str, shown: &str| {
        extracted(&format!(
            "<head><title>Notices</title>{}</head><body><main>{shown}</main></body>",
            data(headline)
        ))
    };
    let notice = "<h1>The library is closed</h1><p>It stays closed on Friday, for the cellar is \
                  under water.</p>";
    let other = page("Nine years of work", notice);
    assert!(
        !other.document.text.contains(PROSE[1]),
        "{}",
        other.document.text
    );
    assert_eq!(
        other.document.metadata.title.as_deref(),
        Some("The library is closed")
    );
    // The same story by its heading, and one that a script is yet to show.
    for own in [
        page("Why the library closed", notice),
        page("Nine years of work", "<p>Loading</p>"),
    ] {
        assert!(
            own.document.text.contains(PROSE[1]),
            "{}",
            own.document.text
        );
    }
}
