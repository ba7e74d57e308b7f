//! What speaks for and against a find, by example.

use super::*;
use crate::Format;

const PACK: &str = r#"
schema = 1
[pack]
name = "evidence"

[[rule]]
code = "LAB001"
id = "labels"
summary = "Labels of buttons"
kind = "line"
safety = "unsafe"
tags = ["navigation"]
phrases = ["share", "print", "log in", "privacy policy", "forgot your password?", "you must log in to see the list"]
guard = { company = { near = 1 }, safe-row = 3 }

[[rule]]
code = "RUN001"
id = "words"
summary = "Words of menus"
kind = "run"
safety = "unsafe"
tags = ["navigation"]
phrases = ["home", "news", "sport", "contact", "about us", "weather"]
guard = { min-run = 3, company = { near = 1 }, safe-row = 3 }

[[rule]]
code = "MENU001"
id = "menu"
summary = "A menu"
kind = "menu"
guard = { menu = { tags = ["navigation"], finds = 4, share = 0.5, gap = 2, told = 1 } }

[[rule]]
code = "TAIL001"
id = "related"
summary = "Other articles"
kind = "tail"
safety = "unsafe"
phrases = ["related articles"]
guard = { max-sentences-after = 0.3, safe-row = 2 }

[[rule]]
code = "ADDR001"
id = "address"
summary = "The end of an address"
kind = "line"
phrases = ["&w=3840&q=100)"]
"#;

/// Tells that a document was scraped.
const FOUND: &str = "&w=3840&q=100)\n";
/// So many lines that what is found before them is no company.
const FAR: &str = "The harbour has two piers and a light, and each of them is older than the town that has its name from them.\n\
    The first was built of oak from the hills, the second of stone from the old walls, when those were no longer needed.\n\
    The light came last, when the herring boats had long been sailing out at night and too many of them had not come back.\n\
    Its keeper wrote down every ship, and his books are in the museum by the church, where nobody has read them to the end.\n";

const STORY: &str = "The ferry will not sail on Monday because of the storm, the harbour office said. \
    It will sail again when the wind has turned, and the tickets stay valid until then.\n";

fn left(text: &str, level: Level) -> String {
    let rules = RuleSet::parse("evidence.toml", PACK).unwrap();
    let options = CleanOptions {
        level,
        structure: false,
        floor: Floor::NONE,
        ..CleanOptions::default()
    };
    clean(&Document::new(Format::Text, text), &rules, &options).text
}

/// What is left of a text that comes after a sign of scraping.
fn left_of_scraped(text: &str, level: Level) -> String {
    let left = left(&format!("{FOUND}{FAR}{text}"), level);
    left.strip_prefix(FAR).unwrap().to_owned()
}

fn stays(text: &str) {
    for level in [Level::Safe, Level::Full] {
        assert_eq!(left(text, level), text, "at {level:?}");
        assert_eq!(left_of_scraped(text, level), text, "at {level:?}");
    }
}

fn stays_at_safe(text: &str) {
    assert_eq!(left(text, Level::Safe), text);
    assert_eq!(left_of_scraped(text, Level::Safe), text);
}

#[test]
fn a_label_needs_another_find_near_it() {
    stays(&format!("{STORY}Share\n"));
    let text = format!("{STORY}Share\nPrint\n");
    assert_eq!(left_of_scraped(&text, Level::Full), STORY);
}

#[test]
fn a_label_that_the_text_speaks_of_needs_two() {
    let text = "Press share to send the page to a friend, and print to have it on paper.\n";
    stays(&format!("{text}Share\nPrint\n"));
    let row = format!("{text}Share\nPrint\nLog in\n");
    assert_eq!(left_of_scraped(&row, Level::Full), text);
}

#[test]
fn a_question_with_its_answer_stays() {
    stays("Forgot your password?\nThe desk gives you a new password at once, on any day.\n");
    let text = format!("Forgot your password?\n{STORY}");
    assert_eq!(left_of_scraped(&text, Level::Full), STORY);
}

#[test]
fn an_unsafe_rule_acts_at_level_safe_in_a_row_of_different_finds() {
    let two = format!("{STORY}Share\nPrint\n");
    assert_eq!(left_of_scraped(&two, Level::Safe), two);
    let three = format!("{STORY}Share\nPrint\nLog in\n");
    assert_eq!(left_of_scraped(&three, Level::Safe), STORY);
    let same = format!("{STORY}Share\nShare\nShare\n");
    assert_eq!(left_of_scraped(&same, Level::Safe), same);
}

#[test]
fn a_run_with_a_colon_before_it_is_a_list() {
    let list = "Home\nNews\nSport\nContact\nAbout us\nWeather\n";
    stays(&format!("{STORY}The site has six pages:\n{list}"));
    let text = format!("{STORY}{list}");
    assert_eq!(left_of_scraped(&text, Level::Full), STORY);
}

#[test]
fn a_menu_takes_its_own_entries_and_no_headline() {
    let menu = "Home\nAllotments\nNews\nRowing club\nSport\nContact\n";
    let text = format!("{menu}{STORY}");
    assert_eq!(left_of_scraped(&text, Level::Safe), STORY);
    let text = format!("{menu}Ferry waits for wind\n{STORY}Privacy policy\nLog in\n");
    assert_eq!(
        left_of_scraped(&text, Level::Safe),
        format!("Ferry waits for wind\n{STORY}Privacy policy\nLog in\n")
    );
}

#[test]
fn lists_tables_and_code_of_the_text_stay() {
    stays(&format!(
        "{STORY}The bar has these buttons:\n- Share\n- Print\n- Log in\n"
    ));
    stays(&format!("{STORY}| Share | |\n| Print | |\n| Log in | |\n"));
    stays("menu:\n  - Share\n  - Print\n  - Log in\nfoot: none\nname: harbour\n");
    stays(&format!(
        "{STORY}fn bar() {{\n    add(1);\n    Share\n    Print\n    Log in\n}}\ncall();\nend();\n{STORY}"
    ));
}

#[test]
fn a_tail_that_reads_like_a_text_stays() {
    stays(&format!(
        "{STORY}Related articles\nThe captains have a paper of their own.\nIt appears twice a year in the harbour.\n"
    ));
    let few = "Related articles\nHarbour opens\nShare\nBridge closes\nPrivacy policy\n";
    assert_eq!(
        left_of_scraped(&format!("{STORY}{few}"), Level::Full),
        STORY
    );
    stays_at_safe(&format!("{STORY}{few}"));
    let more = "School to close\nWhat the mayor knew\nWhy is the river low?\nFoxes in the hall\n";
    let many = few.replace("Bridge closes\n", &format!("Bridge closes\n{more}"));
    assert_eq!(
        left_of_scraped(&format!("{STORY}{many}"), Level::Safe),
        STORY
    );
}

#[test]
fn words_of_menus_alone_are_a_list_of_the_text() {
    let list = "Home\nNews\nSport\nContact\nAbout us\nWeather\n";
    let text = format!("{STORY}{list}");
    for level in [Level::Safe, Level::Full] {
        assert_eq!(left(&text, level), text);
        assert_eq!(left_of_scraped(&text, level), STORY);
    }
}

#[test]
fn a_label_over_a_sentence_and_under_a_blank_line_is_a_heading() {
    stays(&format!(
        "{STORY}\nPrint\nThe desk has paper in two sizes for it.\n\n\
         Share\nThe desk lends an envelope to whoever asks.\n{STORY}"
    ));
}

#[test]
fn a_sentence_between_sentences_is_one_of_them_where_little_else_is_found() {
    stays(&format!("{STORY}You must log in to see the list.\n{STORY}"));
}

#[test]
fn a_document_of_short_lines_with_few_finds_was_written_so() {
    let text = "Rules of the hut\nSweep the floor in the evening.\nLog in\n\
        Write your name in the book.\nShare\nThe bread is for all.\nPrint\nTurn off the lamp.\n";
    for level in [Level::Safe, Level::Full] {
        assert_eq!(left(text, level), text);
    }
    let body = "Rules of the hut\nSweep the floor in the evening.\nClose the door behind you.\n";
    let foot = format!("{FOUND}{body}\nShare\nPrint\nLog in\n");
    assert_eq!(left(&foot, Level::Full), body);
}
