//! What belongs to the content whatever its own words look like.

use super::{PROSE, extracted, paragraphs, taken, text};

#[test]
fn panels_that_open_and_streamed_parts_are_read() {
    let page = text(&format!(
        "<body><main><h1>Which stones?</h1><p>{}</p><div class=faq__answer style='display:none'>\
         <p>{}</p></div><div class=note hidden><p>Seen by nobody, on any day.</p></div></main>\
         <div hidden id=S:1a><p>{}</p></div></body>",
        PROSE[0], PROSE[1], PROSE[2]
    ));
    for words in [PROSE[0], PROSE[1], PROSE[2]] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Seen by nobody"), "{page}");
}

#[test]
fn notice_of_a_few_words_stays_whatever_else_the_page_holds() {
    const NOTICE: &str = "The ferry does not cross on Friday, for the chain is being mended.";
    let advice = "Scripts are switched off in this browser, and the map of the river needs them. \
                  Switch them on in the settings of the browser, under the heading of privacy, \
                  and load the page again; the keeper of the site will gladly help with that by \
                  letter, and asks for a little patience in the weeks of the summer.";
    let page = |rest: &str| format!("<body><main><p>{NOTICE}</p></main>{rest}</body>");
    let other = text(&page(&format!("<noscript><p>{advice}</p></noscript>")));
    assert!(other.contains(NOTICE), "{other}");
    // A reading that says the same takes its place: nothing is told twice.
    let whole = format!("<noscript><p>{NOTICE}</p><p>{advice}</p></noscript>");
    let other = text(&page(&whole));
    assert_eq!(other.matches(NOTICE).count(), 1, "{other}");
    assert!(other.contains("little patience"), "{other}");
}

#[test]
fn table_and_code_among_prose_stay_however_short_their_cells_are() {
    let cells = "<tr><td>&check;</td><td>no</td><td>4</td></tr>".repeat(6);
    let table = format!("<table><tr><th>Pile</th><th>Oak</th><th>Age</th></tr>{cells}</table>");
    let code = "<div class=example><pre>go 4</pre></div><p>It rang, says the log.</p><figure>\
                <span>log/4</span><pre>go 5</pre><figcaption><a href=/4>Log 4</a></figcaption></figure>";
    let prose = paragraphs();
    let long = format!("<section><h2>More</h2>{prose}</section>").repeat(60);
    let page = text(&format!(
        "<body><nav><a href=/>Home</a> <a href=/map>Map</a></nav><main><section><h1>Piles of the \
         pier</h1>{prose}{table}{prose}{code}{prose}</section>{long}</main></body>"
    ));
    assert_eq!(page.matches("no | 4").count(), 6, "{}", &page[..2000]);
    assert!(page.contains("Pile | Oak | Age"), "{}", &page[..2000]);
    assert!(page.contains("go 4"), "{}", &page[..2000]);
    assert!(page.contains("log/4\n\ngo 5\n\nLog 4"), "{}", &page[..2000]);
}

#[test]
fn button_inside_a_sentence_is_a_word_of_it() {
    let page = text(&format!(
        "<article>{}<p>The guard pressed <button>Start</button> and the ferry left, with a \
         whistle.</p><p>{} <button>Copy</button></p></article>",
        paragraphs(),
        PROSE[1]
    ));
    assert!(
        page.contains("The guard pressed Start and the ferry left"),
        "{page}"
    );
    assert!(!page.contains("Copy"), "{page}");
}

#[test]
fn names_of_the_whole_page_tell_nothing_of_its_parts() {
    let page = extracted(&format!(
        "<html class=sidebar-visible><body><main>{}<ul><li><a href=/1>One</a><li><a \
         href=/2>Two</a></ul></main></body></html>",
        paragraphs()
    ));
    let codes: Vec<&str> = page
        .removals
        .iter()
        .map(|removal| removal.code.as_str())
        .collect();
    assert_eq!(codes, ["EXT001"]);
}

#[test]
fn rows_of_a_table_stand_together_whatever_their_first_cell_is() {
    let row = |number: usize| {
        let name = format!("Span {number}");
        let name = if number.is_multiple_of(2) {
            format!("<a href=/span/{number}>{name}</a>")
        } else {
            name
        };
        format!("<tr><td>{name}</td><td>{number}0 m, built of timber and iron</td></tr>")
    };
    let rows: String = (1..40).map(row).collect();
    let page = text(&format!(
        "<body><nav><a href=/>Home</a> <a href=/map>Map</a></nav><article><h1>The spans</h1>\
         <p>{}</p><p>{}</p><table><tr><th>Name</th><th>Length</th></tr>{rows}</table></article></body>",
        PROSE[0], PROSE[1]
    ));
    assert!(page.contains("Length"), "{page}");
    for number in 1..40 {
        assert!(page.contains(&format!("Span {number}")), "{number}: {page}");
    }
}

#[test]
fn what_gives_way_to_content_from_elsewhere_is_accounted_for() {
    let data = PROSE.join("\\n\\n");
    let shown = "<body><div id=app>Loading the reader</div>";
    let silent = "<noscript>Turn scripts on</noscript>";
    let structured = format!(
        "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"articleBody\":\"{data}\"}}</script>"
    );
    let found = extracted(&format!("{structured}{shown}{silent}"));
    assert!(found.document.text.contains(PROSE[3]));
    let account = taken(&found);
    for (code, words) in [
        ("EXT001", "Loading the reader"),
        ("EXT009", "Turn scripts on"),
    ] {
        let entry = (code.to_owned(), words.to_owned());
        assert!(account.contains(&entry), "{account:?}");
    }
    let found = extracted(&format!("{shown}<noscript>{}</noscript>", paragraphs()));
    assert!(found.document.text.contains(PROSE[3]));
    let account = taken(&found);
    assert_eq!(account.len(), 1, "{account:?}");
    assert_eq!(account[0].1, "Loading the reader");
}

#[test]
fn dialog_that_stands_open_is_read_and_a_closed_one_is_not() {
    let dialog = |open: &str| {
        let part = format!(
            "<dialog {open}><p>The ferry master answers: {}</p></dialog>",
            PROSE[3]
        );
        extracted(&format!(
            "<article>{}{part}{}</article>",
            paragraphs(),
            paragraphs()
        ))
    };
    let open = dialog("open");
    assert!(open.document.text.contains("The ferry master answers"));
    assert!(open.removals.is_empty(), "{:?}", open.removals);
    let closed = dialog("");
    assert!(!closed.document.text.contains("The ferry master answers"));
    assert_eq!(closed.removals.len(), 1, "{:?}", closed.removals);
    assert_eq!(closed.removals[0].code.to_string(), "EXT008");
}

#[test]
fn fallbacks_and_readings_are_accounted_for() {
    for (part, code, words) in [
        (
            "<object><p>The chart fell</object>",
            "EXT007",
            "The chart fell",
        ),
        ("<video><track>Said he</video>", "EXT007", "Said he"),
        ("<audio>A bell</audio>", "EXT007", "A bell"),
        ("<canvas>A clock</canvas>", "EXT007", "A clock"),
        ("<meter>6 of 10</meter>", "EXT007", "6 of 10"),
        ("<progress>half</progress>", "EXT007", "half"),
        (
            "<ruby>\u{6f22}<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
            "EXT011",
            "kan",
        ),
    ] {
        let page = format!(
            "<article>{}<div>{part}</div>{}</article>",
            paragraphs(),
            paragraphs()
        );
        let extracted = extracted(&page);
        assert!(!extracted.document.text.contains(words), "{part}");
        let wanted = (code.to_owned(), words.to_owned());
        assert_eq!(taken(&extracted), [wanted], "{part}");
    }
}

#[test]
fn text_in_a_map_of_a_picture_is_read() {
    let map = format!("<map name=m><area href=/a><p>{}</p></map>", PROSE[3]);
    let page = format!(
        "<article><p>{}</p>{map}<p>{}</p></article>",
        PROSE[0], PROSE[1]
    );
    assert!(text(&page).contains(PROSE[3]));
}

#[test]
fn what_is_kept_whole_as_a_table_is_written_as_one() {
    let table = "<table><tr><th>Town<th>Mills<tr><td>Oldmouth<td>12</table>";
    let page = format!("<article>{}{table}{}</article>", paragraphs(), paragraphs());
    assert!(
        text(&page).contains("Town | Mills\nOldmouth | 12\n"),
        "{}",
        text(&page)
    );
}
