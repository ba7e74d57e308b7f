//! What the structure step promises.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{Format, Level, clean::clean};

/// No rule finds anything: what goes, this step took.
static NO_RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let pack = "schema = 1\n[pack]\nname = \"none\"\ndescription = \"Finds nothing.\"\n";
    RuleSet::parse("none.toml", pack).unwrap()
});

/// Finds what tells that a document was scraped, and no menus.
static TWO_RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let pack = r#"
schema = 1
[pack]
name = "two"
[[rule]]
code = "TWO001"
id = "address"
summary = "The end of an address"
kind = "line"
phrases = ["&w=3840&q=100)"]
[[rule]]
code = "TWO002"
id = "offer"
summary = "An offer"
kind = "line"
phrases = ["try our ai features"]
"#;
    RuleSet::parse("two.toml", pack).unwrap()
});
const FOUND: &str = "&w=3840&q=100)\nTry Our AI Features\n";

const MENU: &str = "Harbour Post\nStart\nTown\nRegion\nCulture\nFootball\nWeather\nPhotos\nJobs\nFlats\nCars\nEvents\n\
                    Horoscope\nPuzzles\nArchive\nSign in\n";
const TEXT: &str = "Ferry to the island stays in port until May\n\
    The ferry to the island will stay in port until the beginning of May, because a crack was found in its hull.\n\
    Divers came upon the damage on Thursday, when the vessel was inspected, as it is every year before the season.\n\
    “We do not take any chances with that,” said the harbour master, who has run the line for twenty years.\n\
    Until then a smaller boat takes passengers across three times a day, but cars and lorries have to wait.\n\
    On the island people have begun to fill their larders, and the baker is said to have ordered flour for two months.\n";
const FOOTER: &str = "More from the region\nMarket moves to the old station\nSchool gets a new roof\n\
    Bakers win a prize\nRoad closed for a week\nMost read\nStart\nTown\nRegion\nCulture\nContact\nImprint\nPrivacy\nTerms\nHelp\n";

fn cleaned(text: &str, format: Format, level: Level) -> crate::Cleaned {
    cleaned_by(&NO_RULES, text, format, level)
}

fn cleaned_by(rules: &RuleSet, text: &str, format: Format, level: Level) -> crate::Cleaned {
    let options = CleanOptions {
        level,
        explain: true,
        ..CleanOptions::default()
    };
    clean(&Document::new(format, text), rules, &options)
}

#[test]
fn menu_and_footer_go_and_the_text_stays() {
    let page = format!("{FOUND}{MENU}\n{TEXT}\n{FOOTER}");
    let cleaned = cleaned_by(&TWO_RULES, &page, Format::Text, Level::Full);
    assert!(cleaned.text.contains(TEXT), "{}", cleaned.text);
    for debris in ["Horoscope", "Football", "Imprint", "Privacy"] {
        assert!(!cleaned.text.contains(debris), "{}", cleaned.text);
    }
    let codes: Vec<&str> = cleaned
        .removals
        .iter()
        .map(|removal| removal.code.as_str())
        .collect();
    assert_eq!(codes, ["TWO001", "TWO002", "STR001", "STR002"]);
    assert!(
        cleaned
            .judged
            .iter()
            .all(|judged| !judged.reasons.is_empty())
    );
}

#[test]
fn nothing_goes_at_level_safe() {
    let page = format!("{MENU}\n{TEXT}\n{FOOTER}");
    assert_eq!(
        cleaned(&page, Format::Text, Level::Safe).removals,
        Vec::new()
    );
}

#[test]
fn a_text_without_debris_stays_whole() {
    assert_eq!(cleaned(TEXT, Format::Text, Level::Full).text, TEXT);
}

#[test]
fn fenced_code_and_tables_stay() {
    let kept = "```\nmake\nmake test\nmake install\n```\n\n| Part | Weight |\n| --- | --- |\n| Hull | 40 t |\n| Mast | 1 t |\n";
    let page = format!("{MENU}\n{TEXT}\n{kept}\n{TEXT}\n{FOOTER}");
    let cleaned = cleaned(&page, Format::Markdown, Level::Full);
    assert!(cleaned.text.contains(kept), "{}", cleaned.text);
}

#[test]
fn a_page_that_is_a_menu_and_no_more_is_not_emptied() {
    let cleaned = cleaned(MENU, Format::Text, Level::Full);
    assert!(!cleaned.text.trim().is_empty());
}

/// Poems, recipes, lists, code, a chat: short lines that are the content.
#[test]
fn documents_of_short_lines_stay_whole() {
    let rules = RuleSet::builtin().unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/whole");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let format = if path.extension().is_some_and(|suffix| suffix == "md") {
            Format::Markdown
        } else {
            Format::Text
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let cleaned = clean(
            &Document::new(format, &*text),
            &rules,
            &CleanOptions::default(),
        );
        assert_eq!(cleaned.text, text, "{}", path.display());
        seen += 1;
    }
    assert!(seen > 10, "only {seen} documents were found");
}

/// A few lines that a rule takes do not put the rest of a poem in doubt.
#[test]
fn a_poem_with_a_share_bar_loses_the_share_bar_alone() {
    let rules = RuleSet::builtin().unwrap();
    let poem = include_str!("../../../fixtures/whole/poem-en.txt");
    let scraped = format!("&w=3840&q=100)\n{poem}");
    let cleaned = clean(
        &Document::new(Format::Text, scraped),
        &rules,
        &CleanOptions::default(),
    );
    assert_eq!(cleaned.text, poem);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_cleaning_finds_nothing(
        parts in proptest::collection::vec(
            (prop_oneof![Just(MENU), Just(TEXT), Just(FOOTER)], 0_usize..6, 1_usize..16, any::<bool>()),
            1..8,
        ),
        format in prop_oneof![Just(Format::Text), Just(Format::Markdown)],
    ) {
        let mut text = String::new();
        for (part, skip, take, gap) in parts {
            for line in part.lines().skip(skip).take(take) {
                text.push_str(line);
                text.push('\n');
            }
            if gap {
                text.push('\n');
            }
        }
        let first = cleaned(&text, format, Level::Full);
        let second = cleaned(&first.text, format, Level::Full);
        prop_assert_eq!(second.removals, Vec::new());
        prop_assert_eq!(second.text, first.text);
    }
}
