//! Running the examples in rules as the tests that they are.

use scraper::Html;

use super::{
    RuleId, RuleSet,
    schema::{Action, Kind, TestFormat},
};
use crate::{
    CleanOptions, Document, Format,
    clean::{Floor, Level, clean_by, normal_form},
};

/// What became of one example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The pack of the rule.
    pub pack: String,
    /// The file of the rule.
    pub file: String,
    /// The code of the rule.
    pub rule: String,
    /// The name of the example.
    pub test: String,
    /// Passed, or how not.
    pub kind: TestKind,
    /// What should have come out.
    pub expected: String,
    /// What came out.
    pub got: String,
    /// The rules that took something from an example that must stay.
    pub by: Vec<String>,
}

/// How an example came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestKind {
    /// As it should.
    Passed,
    /// The rule left what it should have taken.
    Missed,
    /// The rule took something other than it should.
    Wrong,
    /// Something was taken from an example that must stay.
    Noisy,
}

/// Runs the examples of every rule of `rules`. An `in` goes through its rule
/// alone, a `keep` through its rule alone and through all of `everything`,
/// both at level full, without a document floor.
pub fn run(rules: &RuleSet, everything: &RuleSet) -> Vec<TestOutcome> {
    let mut outcomes = Vec::new();
    for (at, rule) in rules.rules().iter().enumerate() {
        for test in &rule.tests {
            let format = match test.format {
                TestFormat::Text => Format::Text,
                TestFormat::Markdown => Format::Markdown,
            };
            let outcome = |kind, expected: &str, got: String, by| TestOutcome {
                pack: rule.pack.clone(),
                file: rule.file.clone(),
                rule: rule.code.to_string(),
                test: test.name.clone(),
                kind,
                expected: expected.to_owned(),
                got,
                by,
            };
            if let (Some(input), Some(output)) = (&test.input, &test.output) {
                let (got, _) = apply(rules, Some(at), input, format);
                let (input, output) = if rule.kind == Kind::Html {
                    (html_text(input), html_text(output))
                } else {
                    (
                        normal_form(input, format).into_owned(),
                        normal_form(output, format).into_owned(),
                    )
                };
                let kind = match got {
                    _ if got == output => TestKind::Passed,
                    _ if got == input => TestKind::Missed,
                    _ => TestKind::Wrong,
                };
                outcomes.push(outcome(kind, &output, got, Vec::new()));
            }
            if let Some(keep) = &test.keep {
                let expected = if rule.kind == Kind::Html {
                    html_text(keep)
                } else {
                    normal_form(keep, format).into_owned()
                };
                let (mut got, mut by) = apply(rules, Some(at), keep, format);
                if got == expected && rule.kind != Kind::Html {
                    (got, by) = apply(everything, None, keep, format);
                }
                let kind = if got == expected {
                    TestKind::Passed
                } else {
                    TestKind::Noisy
                };
                outcomes.push(outcome(kind, &expected, got, by));
            }
        }
    }
    outcomes
}

/// The text that is left by one rule of a set, or by all, and what took any.
fn apply(
    rules: &RuleSet,
    only: Option<usize>,
    text: &str,
    format: Format,
) -> (String, Vec<String>) {
    if let Some(rule) = only.map(|at| &rules.rules()[at])
        && rule.kind == Kind::Html
    {
        let mut page = Html::parse_fragment(text);
        if rule.action == Action::Keep {
            return (visible(&page), Vec::new());
        }
        let taken: Vec<_> = rule
            .selectors
            .iter()
            .flat_map(|selector| page.select(selector))
            .map(|element| element.id())
            .collect();
        for id in taken {
            if let Some(mut node) = page.tree.get_mut(id) {
                node.detach();
            }
        }
        return (visible(&page), vec![rule.code.to_string()]);
    }
    let options = CleanOptions {
        level: Level::Full,
        floor: Floor::NONE,
        ..CleanOptions::default()
    };
    let only = only.and_then(|at| RuleId::try_from(at).ok());
    let cleaned = clean_by(&Document::new(format, text), rules, &options, only);
    let mut by: Vec<_> = cleaned
        .removals
        .iter()
        .map(|removal| removal.code.to_string())
        .collect();
    by.dedup();
    (cleaned.text, by)
}

fn html_text(html: &str) -> String {
    visible(&Html::parse_fragment(html))
}

fn visible(page: &Html) -> String {
    let text: Vec<_> = page
        .root_element()
        .text()
        .flat_map(str::split_whitespace)
        .collect();
    text.join(" ")
}
