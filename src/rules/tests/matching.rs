//! The index against asking every matcher of every rule.

use proptest::prelude::*;

use crate::rules::{asking::LineFinds, *};

/// The rules that the index finds for a line.
pub(super) fn look(rules: &RuleSet, line: &str) -> Vec<RuleId> {
    let mut found = LineFinds::default();
    rules.look(
        line,
        &plain(line.trim()),
        &mut Scratch::default(),
        &mut found,
    );
    found.rules
}

/// The same question asked of every rule by itself.
fn ask_all(rules: &RuleSet, line: &str) -> Vec<RuleId> {
    let line = line.trim();
    let plain = plain(line);
    (0..)
        .zip(rules.rules())
        .filter(|(_, rule)| {
            matches!(rule.kind, Kind::Line | Kind::Run | Kind::Tail)
                && rule.shape.is_none()
                && rule.accepting(line, &plain).is_some()
        })
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn evidence_is_what_the_rule_went_by() {
    let keys = "kind = \"line\"\nends = [\"ad\", \"read\"]\nstarts = [\"sponsor\"]\n\
                contains = [\"ads\"]\nterms = ['(?i)cookie', '(?i)consent', '(?i)vendor']\n\
                min-terms = 2\nguard = { max-chars = 40 }";
    let rules = RuleSet::parse("mine.toml", &super::rule(keys)).unwrap();
    let evidence = |line: &str| rules.rules()[0].evidence(line);
    let of = |key, what: &str| Some((key, what.to_owned()));
    assert_eq!(evidence("Article we have **read**"), of("ends", "read"));
    assert_eq!(evidence("Sponsored by none"), None);
    assert_eq!(evidence("See the ads below"), of("contains", "ads"));
    assert_eq!(evidence("Loads of them"), None);
    assert_eq!(evidence("Cookie, cookie"), None);
    assert_eq!(
        evidence("Consent to a cookie"),
        of("terms", "(?i)cookie, (?i)consent")
    );
    assert_eq!(evidence(&format!("{} read", "word ".repeat(9))), None);
}

fn line() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "share",
        "Share",
        "read more",
        "Related",
        "articles",
        "Hashtags",
        "comments",
        "12",
        "1.2K",
        "3万",
        "© 2024",
        "All rights reserved",
        "We use cookies",
        "cookie policy",
        "to improve your experience",
        "Accept all cookies",
        "newsletter",
        "Subscribe",
        "to our",
        "minutes ago",
        "min read",
        "Werbung",
        "lire aussi",
        "相关阅读",
        "广告",
        "評論",
        "подписаться",
        "?w=640&q=75)",
        "[",
        "](",
        ")",
        "https://example.org/a",
        "**",
        "#",
        "* ",
        "»",
        "…",
        ":",
        ".",
        "\u{a0}",
        "the",
        "said",
        "on Monday",
        "ä",
        "ß",
        "İ",
        "ſ",
        "ς",
        "K",
        "{",
        "}",
        "<br>",
        "&nbsp;",
        "menu",
    ]);
    let blank = prop::sample::select(vec!["", " ", " ", " ", "  ", "\t"]);
    prop::collection::vec((words, blank), 1..9).prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(word, blank)| [word, blank])
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_every_rule_that_accepts_a_line(line in line()) {
        static BUILTIN: std::sync::LazyLock<RuleSet> = std::sync::LazyLock::new(|| RuleSet::builtin().unwrap());
        let line = line.trim_matches([' ', '\t']);
        let mut found = look(&BUILTIN, line);
        found.retain(|&id| BUILTIN.rule(id).shape.is_none());
        // Length is a guard too; the index may leave it to the guard.
        let plain = plain(line.trim());
        found.retain(|&id| BUILTIN.rule(id).longest_line().is_none_or(|most| plain.chars().count() <= most));
        prop_assert_eq!(found, ask_all(&BUILTIN, line));
    }
}
