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

/// The same question asked of every matcher of every rule.
fn ask_all(rules: &RuleSet, line: &str) -> Vec<RuleId> {
    let line = line.trim();
    let plain = plain(line);
    let folded = fold::fold(&plain);
    let core = &folded[fold::core(&folded)];
    let contains = |part: &String| {
        core.match_indices(part.as_str()).any(|(at, _)| {
            is_boundary(core[..at].chars().next_back(), part.chars().next())
                && is_boundary(
                    part.chars().next_back(),
                    core[at + part.len()..].chars().next(),
                )
        })
    };
    let is_match =
        |pattern: &pattern::Pattern, line: &str| pattern.is_match(&pattern::Subject::new(line));
    let accepts = |rule: &Rule| {
        let found = &rule.matchers;
        let fits = |most: usize| plain.chars().count() <= most;
        rule.longest_line().is_none_or(fits)
            && (found.phrases.iter().any(|phrase| phrase == core)
                || found
                    .phrase_patterns
                    .iter()
                    .any(|pattern| pattern.matches(core))
                || found
                    .starts
                    .iter()
                    .any(|start| rule::starts_with_words(core, start))
                || found
                    .ends
                    .iter()
                    .any(|end| core.ends_with(end.as_str()) && contains(end))
                || found.contains.iter().any(contains)
                || found
                    .any
                    .iter()
                    .any(|pattern| is_match(pattern, line) || is_match(pattern, &plain))
                || !found.terms.is_empty()
                    && found
                        .terms
                        .iter()
                        .filter(|term| is_match(term, line))
                        .count()
                        >= found.min_terms)
    };
    (0..)
        .zip(rules.rules())
        .filter(|(_, rule)| {
            matches!(rule.kind, Kind::Line | Kind::Run | Kind::Tail)
                && rule.shape.is_none()
                && accepts(rule)
        })
        .map(|(id, _)| id)
        .collect()
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
