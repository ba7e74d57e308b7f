//! What cleaning does, by example.

use super::*;
use crate::{Format, linear::assert_linear};

const PACK: &str = r#"
schema = 1
[pack]
name = "examples"
description = "One rule of each kind."

[[rule]]
code = "NEWS001"
id = "prompt"
summary = "A prompt"
kind = "line"
phrases = ["subscribe to our newsletter", "{n} comments"]

[[rule]]
code = "GATE001"
id = "paywall"
summary = "A paywall"
kind = "line"
tags = ["flag:truncated"]
phrases = ["subscribe to continue reading"]

[[rule]]
code = "TAIL001"
id = "related"
summary = "A tail"
kind = "tail"
safety = "unsafe"
phrases = ["related articles"]
guard = { min-words-before = 8, max-line-words-after = 12 }

[[rule]]
code = "DATE001"
id = "time"
summary = "A time"
kind = "line"
safety = "report"
any = ['\d\d:\d\d']

[[rule]]
code = "CHAR001"
id = "zero-width"
summary = "Characters nobody sees"
kind = "span"
tags = ["characters"]
any = ['\x{200B}+']

[[rule]]
code = "KEEP001"
id = "our-newsletter"
summary = "The newsletter's own page"
kind = "line"
action = "keep"
any = ['Subscribe to our newsletter!!']

[[rule]]
code = "LANG001"
id = "german-only"
summary = "For German documents"
kind = "line"
langs = ["de"]
phrases = ["anzeige"]
"#;

const STORY: &str = "The ferry to the northern island will run every hour from Monday, the harbour office said on Friday. \
    It carries forty cars and two hundred passengers, and the crossing takes half an hour in calm weather.";

fn cleaned(format: Format, text: &str, level: Level) -> Cleaned {
    let rules = RuleSet::parse("examples.toml", PACK).unwrap();
    let options = CleanOptions {
        level,
        explain: true,
        ..CleanOptions::default()
    };
    clean(&Document::new(format, text), &rules, &options)
}

fn codes(cleaned: &Cleaned) -> Vec<&str> {
    cleaned
        .removals
        .iter()
        .map(|removal| removal.code.as_str())
        .collect()
}

#[test]
fn each_cut_names_its_rule_and_its_bytes() {
    let text = format!("{STORY}\r\n\r\n>> Subscribe to our Newsletter!\r\n\r\nThe end\u{200b}.");
    let cleaned = cleaned(Format::Text, &text, Level::Full);
    assert_eq!(cleaned.text, format!("{STORY}\n\nThe end.\n"));
    assert_eq!(codes(&cleaned), ["NEWS001", "CHAR001"]);
    let first = cleaned.removals[0].span().unwrap().clone();
    assert_eq!(&text[first], ">> Subscribe to our Newsletter!\r\n\r\n");
}

#[test]
fn an_unsafe_rule_is_reported_at_level_safe_and_applied_at_level_full() {
    let text = format!("{STORY}\nRelated articles\nHarbour opens\nBridge closes\n");
    let full = cleaned(Format::Text, &text, Level::Full);
    assert_eq!(full.text, format!("{STORY}\n"));
    let safe = cleaned(Format::Text, &text, Level::Safe);
    assert_eq!(safe.text, text);
    assert_eq!(
        safe.reported,
        [Reported {
            code: "TAIL001".into(),
            span: STORY.len() + 1..text.len() - 1
        }]
    );
}

#[test]
fn a_report_rule_takes_nothing_at_any_level() {
    let cleaned = cleaned(Format::Text, &format!("{STORY}\n12:30\n"), Level::Full);
    assert!(cleaned.removals.is_empty());
    assert_eq!(cleaned.reported[0].code.as_str(), "DATE001");
}

#[test]
fn keep_beats_remove() {
    let text = format!(
        "{STORY}\nSubscribe to our newsletter!!\n\nRelated articles\nSubscribe to our newsletter!!\nMore\n"
    );
    let cleaned = cleaned(Format::Text, &text, Level::Full);
    let line = "Subscribe to our newsletter!!\n";
    assert_eq!(cleaned.text, format!("{STORY}\n{line}\n{line}"));
}

#[test]
fn a_rule_that_declines_says_which_guard_and_what_it_found() {
    let long = "Related articles are what the librarian of the island puts beside each book that she lends, she says.";
    let cleaned = cleaned(
        Format::Text,
        &format!("{STORY}\nRelated articles\n{long}\n"),
        Level::Full,
    );
    assert!(cleaned.removals.is_empty());
    let declined = &cleaned.declined[0];
    assert_eq!(
        (declined.code.as_str(), declined.guard),
        ("TAIL001", "max-line-words-after")
    );
    assert_eq!(
        declined.found,
        Found::Count {
            found: 18,
            limit: 12
        }
    );
}

#[test]
fn a_notice_sets_the_flag_of_the_document() {
    let cleaned = cleaned(
        Format::Text,
        &format!("{STORY}\nSubscribe to continue reading\n"),
        Level::Safe,
    );
    assert_eq!(cleaned.flags, Flags::from([Flag::Truncated]));
}

#[test]
fn fenced_code_of_markdown_is_left_alone() {
    let text = format!("{STORY}\n\n```\n12 comments\nbr\u{200b}eak\n```\n\n12 comments\n");
    let markdown = cleaned(Format::Markdown, &text, Level::Full);
    assert_eq!(
        markdown.text,
        format!("{STORY}\n\n```\n12 comments\nbreak\n```\n")
    );
    let plain = cleaned(Format::Text, &text, Level::Full);
    assert_eq!(plain.text, format!("{STORY}\n\n```\nbreak\n```\n"));
}

#[test]
fn a_rule_for_a_language_is_for_documents_in_it_and_in_none_that_can_be_told() {
    let english = cleaned(Format::Text, &format!("{STORY}\nAnzeige\n"), Level::Full);
    assert!(english.removals.is_empty());
    assert_eq!(english.declined[0].found, Found::Language("en".into()));
    let german = "Die Fähre zur nördlichen Insel fährt ab Montag jede Stunde, teilte das Hafenamt am Freitag mit. \
        Sie nimmt vierzig Autos und zweihundert Fahrgäste auf, und die Überfahrt dauert bei ruhigem Wetter eine halbe Stunde.";
    let german = cleaned(Format::Text, &format!("{german}\nAnzeige\n"), Level::Full);
    assert_eq!(codes(&german), ["LANG001"]);
    let unknown = cleaned(Format::Text, "Kurze Notiz.\nAnzeige\n", Level::Full);
    assert_eq!(codes(&unknown), ["LANG001"]);
}

#[test]
fn a_short_note_may_lose_a_line() {
    let cleaned = cleaned(Format::Text, "Closed on Monday.\n3 comments\n", Level::Full);
    assert_eq!(cleaned.text, "Closed on Monday.\n");
}

#[test]
fn a_husk_is_not_written_but_left_for_review() {
    let text = "Closed\n3 comments\nSubscribe to our newsletter\nSubscribe to continue reading\r\n12 comments\n";
    let cleaned = cleaned(Format::Text, text, Level::Full);
    assert_eq!(cleaned.text, text.replace('\r', ""));
    assert!(cleaned.removals.is_empty());
    assert_eq!(cleaned.withheld.len(), 3);
    assert!(cleaned.flags.contains(&Flag::Review));
}

#[test]
fn the_order_of_packs_changes_the_names_and_not_the_text() {
    let rule = |code: &str, phrase: &str| {
        format!(
            "schema = 1\n[pack]\nname = \"p\"\ndescription = \"d\"\n[[rule]]\ncode = \"{code}\"\nid = \"r\"\nsummary = \"s\"\nkind = \"line\"\nphrases = [\"share\", \"{phrase}\"]\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("1.toml"), folder.path().join("2.toml"));
    std::fs::write(&one, rule("ONE001", "tweet")).unwrap();
    std::fs::write(&two, rule("TWO001", "pin")).unwrap();
    let clean_with = |packs: [&std::path::Path; 2]| {
        let options = crate::RuleOptions {
            packs: packs.map(Into::into).to_vec(),
            ..Default::default()
        };
        let rules = RuleSet::load(&options).unwrap();
        clean(
            &Document::new(Format::Text, format!("{STORY}\nshare\npin\ntweet\n")),
            &rules,
            &CleanOptions::default(),
        )
    };
    let (there, back) = (clean_with([&one, &two]), clean_with([&two, &one]));
    assert_eq!(there.text, back.text);
    assert_eq!(there.text, format!("{STORY}\n"));
}

#[test]
fn hostile_texts_come_to_an_end() {
    let rules = RuleSet::builtin().unwrap();
    let texts = [
        "\0".repeat(2_000_000),
        "a\u{200b}".repeat(200_000),
        "[](".repeat(300_000),
        "Advertisement\n".repeat(100_000),
        "Hashtags\nRelated articles\n".repeat(50_000),
        "\r".repeat(1_000_000),
        "lorem ipsum dolor ".repeat(100_000),
    ];
    let start = std::time::Instant::now();
    for text in texts {
        clean(
            &Document::new(Format::Text, text),
            &rules,
            &CleanOptions::default(),
        );
    }
    // Some seconds at most on any machine. How time grows: tests/linear.rs.
    assert!(start.elapsed().as_secs() < 60);
}

/// What one rule, for some documents only, takes from a document.
fn taken_by(keys: &str, document: &Document) -> Cleaned {
    let pack = format!(
        "schema = 1\n[pack]\nname = \"p\"\n[[rule]]\ncode = \"OWN001\"\nid = \"own\"\n\
         summary = \"Own\"\nkind = \"line\"\nphrases = [\"vote now\"]\n{keys}\n"
    );
    let rules = RuleSet::parse("own.toml", &pack).unwrap();
    let options = CleanOptions {
        explain: true,
        ..CleanOptions::default()
    };
    clean(document, &rules, &options)
}

fn prompt(origin: Origin) -> Document {
    Document {
        origin,
        ..Document::new(Format::Text, format!("{STORY}\nVote now\n"))
    }
}

#[test]
fn a_rule_for_a_site_is_for_documents_known_to_be_from_it() {
    let from = |site: &str| {
        prompt(Origin {
            site: Some(site.to_owned()),
            ..Origin::default()
        })
    };
    let keys = "sites = [\"example.org\"]";
    assert_eq!(
        codes(&taken_by(keys, &from("news.example.org"))),
        ["OWN001"]
    );
    let other = taken_by(keys, &from("example.com"));
    assert!(other.removals.is_empty());
    assert_eq!(other.declined[0].guard, "sites");
    assert_eq!(
        other.declined[0].found,
        Found::Site(Some("example.com".into()))
    );
    let unknown = taken_by(keys, &prompt(Origin::default()));
    assert_eq!(unknown.declined[0].found, Found::Site(None));
    let but = "sites = [\"!example.org\"]";
    assert!(codes(&taken_by(but, &from("example.org"))).is_empty());
    assert_eq!(
        codes(&taken_by(but, &prompt(Origin::default()))),
        ["OWN001"]
    );
}

#[test]
fn the_site_is_read_from_metadata_and_front_matter() {
    let keys = "sites = [\"example.org\"]";
    let mut page = prompt(Origin::default());
    page.metadata.url = Some("https://www.example.org/a".to_owned());
    assert_eq!(codes(&taken_by(keys, &page)), ["OWN001"]);
    let text = format!("---\nurl: https://example.org/a\n---\n{STORY}\nVote now\n");
    let noted = Document::new(Format::Markdown, text);
    assert_eq!(codes(&taken_by(keys, &noted)), ["OWN001"]);
}

#[test]
fn a_rule_for_paths_is_for_documents_at_them() {
    let at = |path: &str| {
        prompt(Origin {
            path: Some(path.to_owned()),
            ..Origin::default()
        })
    };
    let keys = "paths = [\"raw/**\"]";
    assert_eq!(codes(&taken_by(keys, &at("raw/a.txt"))), ["OWN001"]);
    assert_eq!(taken_by(keys, &at("own/a.txt")).declined[0].guard, "paths");
    assert_eq!(
        taken_by(keys, &prompt(Origin::default())).declined[0].found,
        Found::Path(None)
    );
}

#[test]
fn a_rule_for_a_kind_is_for_documents_known_to_be_of_it() {
    let of = |kind| {
        prompt(Origin {
            kind: Some(kind),
            ..Origin::default()
        })
    };
    let keys = "kinds = [\"forum\"]";
    assert_eq!(codes(&taken_by(keys, &of(DocumentKind::Forum))), ["OWN001"]);
    let docs = taken_by(keys, &of(DocumentKind::Docs));
    assert_eq!(
        docs.declined[0].found,
        Found::Kind(Some(DocumentKind::Docs))
    );
    assert!(codes(&taken_by(keys, &prompt(Origin::default()))).is_empty());
    let but = "kinds = [\"!docs\"]";
    assert_eq!(
        codes(&taken_by(but, &prompt(Origin::default()))),
        ["OWN001"]
    );
    let thread = format!("#1\n{STORY}\n#2\nVote now\n#3\nSo it is.\n");
    let thread = Document::new(Format::Text, thread);
    assert_eq!(codes(&taken_by(keys, &thread)), ["OWN001"]);
}

#[test]
fn what_the_owner_says_of_the_language_comes_before_what_is_detected() {
    let german = prompt(Origin {
        lang: Some("de".to_owned()),
        ..Origin::default()
    });
    assert_eq!(codes(&taken_by("langs = [\"de\"]", &german)), ["OWN001"]);
    assert!(codes(&taken_by("langs = [\"en\"]", &german)).is_empty());
}

#[test]
fn a_line_that_the_owner_keeps_stays_and_an_exception_without_use_is_told() {
    let document = prompt(Origin {
        keep: vec!["Vote  now".to_owned(), "Never there".to_owned()],
        ..Origin::default()
    });
    let kept = taken_by("", &document);
    assert!(kept.removals.is_empty());
    assert_eq!(kept.declined[0].found, Found::Noted);
    assert_eq!(kept.unused_keep(&document), ["Never there"]);
    let idle = taken_by("safety = \"report\"", &document);
    assert_eq!(idle.unused_keep.len(), 2);
}

#[test]
fn an_exception_is_of_use_wherever_its_line_is_touched() {
    let line = "\u{200b}The ferry\u{200b}  left\u{200b}";
    let text = format!("{STORY}\n{line}\r\nVote now\u{200b}\n");
    let document = Document {
        origin: Origin {
            keep: vec![
                "\u{200b}The ferry\u{200b} left\u{200b}".to_owned(),
                "The ferry left".to_owned(),
                "Vote now\u{200b}".to_owned(),
                STORY.lines().next().unwrap().to_owned(),
            ],
            ..Origin::default()
        },
        ..Document::new(Format::Text, text)
    };
    let cleaned = clean(
        &document,
        &RuleSet::builtin().unwrap(),
        &CleanOptions::default(),
    );
    assert_eq!(cleaned.unused_keep, [1, 3]);
}

#[test]
fn exceptions_take_linear_time() {
    let rules = RuleSet::builtin().unwrap();
    for piece in ["a\u{200b}", "a\u{200b}\n", "Advertisement\n"] {
        assert_linear(
            piece,
            4_000,
            |size| Document {
                origin: Origin {
                    keep: vec!["Never there".to_owned(); 100],
                    ..Origin::default()
                },
                ..Document::new(Format::Text, piece.repeat(size))
            },
            |document| clean(document, &rules, &CleanOptions::default()),
        );
    }
}

#[test]
fn phrases_may_speak_for_a_line() {
    let document = prompt(Origin::default());
    let spared = taken_by("unless-phrases = [\"vote {w}\"]", &document);
    assert_eq!(spared.declined[0].guard, "unless-phrases");
}

#[test]
fn headlines_are_spared_where_a_rule_says_so() {
    let pack = |guard: &str| {
        format!(
            "schema = 1\n[pack]\nname = \"p\"\n[[rule]]\ncode = \"OWN001\"\nid = \"own\"\nsummary = \"Own\"\n\
             kind = \"line\"\nshape = {{ max-words = 4, no-sentence-end = true }}\nguard = {{ {guard} }}\n"
        )
    };
    let text = format!(
        "Late ferries - The Gazette of the Northern Harbours\nMenu\nLate ferries\n{STORY}\n# Harbour\nShare\n"
    );
    let cleaned = |guard: &str| {
        let rules = RuleSet::parse("own.toml", &pack(guard)).unwrap();
        let document = Document::new(Format::Markdown, text.clone());
        clean(&document, &rules, &CleanOptions::default()).text
    };
    assert_eq!(
        cleaned("spare-headline = true"),
        format!(
            "Late ferries - The Gazette of the Northern Harbours\nLate ferries\n{STORY}\n# Harbour\n"
        )
    );
    assert!(!cleaned("").contains("Late ferries\n"));
}
