//! What cleaning promises of any text.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{Format, Location, cut};

/// Rules that work against each other as much as rules can.
const RULES: &str = r#"
schema = 1
[pack]
name = "hostile"
description = "Rules that get in each other's way."

[[rule]]
code = "CHR001"
id = "characters"
summary = "Characters nobody sees"
kind = "span"
tags = ["characters"]
any = ['[\x{200B}\x00\x0C]+']

[[rule]]
code = "SPN001"
id = "marked-words"
summary = "A word in braces, glued to others"
kind = "span"
any = ['\{\w*\}', '^cut\s', '\s*the end$']
guard = { max-hits = 6 }

[[rule]]
code = "SPN002"
id = "overlapping"
summary = "Overlaps SPN001"
kind = "span"
safety = "unsafe"
any = ['\w\{\w*', 'bar.*foot']
guard = { max-share = 0.5 }

[[rule]]
code = "LIN001"
id = "footers"
summary = "Lines at the end"
kind = "line"
phrases = ["footer {n}", "all rights"]
guard = { last-lines = 2, max-hits = 5 }

[[rule]]
code = "LIN002"
id = "after-share"
summary = "Eats a line after each marker that stays"
kind = "line"
any = ['[a-z ]{1,20}']
guard = { preceded-by = { within = 1, phrases = ["share"] }, max-hits = 3 }

[[rule]]
code = "LIN003"
id = "before-stop"
summary = "No limit but the share"
kind = "line"
starts = ["menu"]
guard = { followed-by = { within = 2, phrases = ["stop"] }, max-share = 0.3 }

[[rule]]
code = "RUN001"
id = "short-lines-at-the-edge"
summary = "A menu"
kind = "run"
shape = { max-words = 2, no-sentence-end = true }
guard = { min-run = 3, edge = "either", max-hits = 2 }

[[rule]]
code = "TAI001"
id = "tail"
summary = "A tail"
kind = "tail"
phrases = ["related", "more"]
guard = { min-words-before = 3, max-line-words-after = 12, max-share = 0.6 }

[[rule]]
code = "REP001"
id = "repeated"
summary = "A line again"
kind = "repeat"
guard = { within = 4, min-chars = 3, max-hits = 3 }

[[rule]]
code = "KEE001"
id = "keep"
summary = "A line that stays"
kind = "line"
action = "keep"
phrases = ["keep me", "menu keep"]

[[rule]]
code = "KEE002"
id = "keep-span"
summary = "A word that stays"
kind = "span"
action = "keep"
any = ['\{holy\}']
"#;

fn hostile() -> &'static RuleSet {
    static HOSTILE: LazyLock<RuleSet> =
        LazyLock::new(|| RuleSet::parse("hostile.toml", RULES).unwrap());
    &HOSTILE
}

fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "footer 1",
        "Footer 22",
        "all rights",
        "share",
        "share",
        "menu one",
        "menu two three",
        "stop",
        "## Related",
        "more",
        "keep me",
        "menu keep",
        "a {holy} word",
        "a {b}{c} foot",
        "cut cut cut it",
        "x{y}",
        "{a}",
        "the end",
        "go the end",
        "bar and {foot} the end",
        "Home",
        "About us",
        "Contact",
        "one two three four five six",
        "This is a sentence that says something and is long enough to be one.",
        "&w=3840&q=100)",
        "Hashtags",
        "Try Our AI Features",
        "Comments",
        "No comments yet...",
        "Related Articles",
        "27 minutes ago",
        "- Mint",
        "Advertisement",
        "Facebook",
        "Twitter",
        "[Home](/) | [About](/a)",
        "```",
        "~~~",
        "``` x",
        "\u{200b}",
        "\0",
        "\u{200b}```",
        "foot\u{200b}er 1",
        "\u{c}",
        "\u{a0}",
        "  ",
        "\t",
        "",
        "© 2024 Example. All rights reserved.",
        "Sign up for our newsletter",
        "Read more: a thing",
        "今天天气很好。",
        "相关阅读",
        "اقرأ أيضا",
    ])
    .prop_map(str::to_owned);
    prop_oneof![12 => fixed, 1 => "\\PC{0,12}", 1 => "[a-c{} \0\u{200b}]{0,12}"]
}

fn document() -> impl Strategy<Value = Document> {
    let end = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "  \n",
        " \n\n\n",
        "\n\u{a0}\n",
    ]);
    let format = prop::sample::select(vec![Format::Text, Format::Markdown]);
    (
        prop::collection::vec((piece(), end), 0..24),
        format,
        any::<bool>(),
    )
        .prop_map(|(lines, format, ended)| {
            let mut text = String::new();
            for (line, end) in &lines {
                text.push_str(line);
                text.push_str(end);
            }
            if !ended {
                text.truncate(text.trim_end_matches(['\n', '\r']).len());
            }
            Document::new(format, text)
        })
}

fn anything() -> impl Strategy<Value = Document> {
    let format = prop::sample::select(vec![Format::Text, Format::Markdown]);
    (any::<String>(), format).prop_map(|(text, format)| Document::new(format, text))
}

fn options(level: Level, floor: Floor) -> CleanOptions {
    CleanOptions {
        structure: false,
        level,
        floor,
        explain: true,
    }
}

/// The promises, for one text.
fn holds_for(
    document: &Document,
    rules: &RuleSet,
    options: &CleanOptions,
) -> Result<(), TestCaseError> {
    let cleaned = clean(document, rules, options);
    let cut = cut(&document.text, &cleaned.removals);
    prop_assert_eq!(
        &*normal_form(&cut, document.format),
        cleaned.text.as_str(),
        "text is not what removals leave"
    );
    let mut end = 0;
    for (at, removal) in cleaned.removals.iter().enumerate() {
        let Location::Text(span) = &removal.location else {
            panic!("a node in a text")
        };
        prop_assert!(span.start >= end && span.start < span.end && span.end <= document.text.len());
        let touching = at > 0 && span.start == end && cleaned.removals[at - 1].code == removal.code;
        prop_assert!(!touching, "touching removals of one rule are not joined");
        end = span.end;
    }
    for span in cleaned
        .reported
        .iter()
        .map(|r| &r.span)
        .chain(cleaned.declined.iter().map(|d| &d.span))
    {
        prop_assert!(document.text.get(span.clone()).is_some());
    }
    let again = clean(
        &Document::new(document.format, cleaned.text.clone()),
        rules,
        options,
    );
    prop_assert_eq!(
        again.text.as_str(),
        cleaned.text.as_str(),
        "a second run changes the text"
    );
    prop_assert!(again.removals.is_empty());
    let review = |cleaned: &Cleaned| !cleaned.withheld.is_empty();
    prop_assert_eq!(
        review(&cleaned),
        review(&again),
        "a second run judges otherwise"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_document_comes_out_the_same_whatever_was_cleaned_before(
        first in document(),
        second in document(),
    ) {
        let fresh = RuleSet::parse("hostile.toml", RULES).unwrap();
        let options = options(Level::Full, Floor::NONE);
        let cleaned = |document, rules| {
            let cleaned = clean(document, rules, &options);
            (cleaned.text, cleaned.removals, cleaned.declined, cleaned.accepted)
        };
        let alone = cleaned(&second, &fresh);
        // Its lines are known now, and then those of the other are too.
        prop_assert_eq!(&cleaned(&second, &fresh), &alone);
        cleaned(&first, &fresh);
        prop_assert_eq!(&cleaned(&second, &fresh), &alone);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn rules_that_fight_settle(document in document()) {
        let rules = hostile();
        holds_for(&document, rules, &options(Level::Full, Floor::NONE))?;
        holds_for(&document, rules, &options(Level::Safe, Floor::default()))?;
    }

    #[test]
    fn built_in_rules_settle(document in document()) {
        static BUILTIN: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());
        let rules = &*BUILTIN;
        holds_for(&document, rules, &options(Level::Full, Floor::NONE))?;
        holds_for(&document, rules, &options(Level::Full, Floor::default()))?;
    }

    #[test]
    fn any_text_is_cleaned_without_panic(document in anything()) {
        holds_for(&document, hostile(), &options(Level::Full, Floor::NONE))?;
    }

    #[test]
    fn the_normal_form_of_a_normal_form_is_itself(document in document()) {
        let once = normal_form(&document.text, document.format).into_owned();
        prop_assert_eq!(&*normal_form(&once, document.format), once.as_str());
    }

    #[test]
    fn line_ends_do_not_matter(document in document()) {
        let normal = Document::new(document.format, normal_form(&document.text, document.format));
        let options = options(Level::Full, Floor::default());
        let rules = hostile();
        let lines = |document| {
            let text = clean(document, rules, &options).text;
            // A CR and an LF that a cut brings together are one line end.
            text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        prop_assert_eq!(lines(&document), lines(&normal));
    }
}
