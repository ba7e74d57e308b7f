//! Running the examples in rules as the tests that they are.

use scraper::Html;

use super::{
    Rule, RuleId, RuleSet,
    schema::{Action, Kind, Test, TestFormat},
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
    let all = 0..rules.rules().len();
    all.flat_map(|at| run_at(rules, at, everything)).collect()
}

/// Runs the examples of the rule `code` of `rules` in the same way.
pub fn run_of(rules: &RuleSet, code: &str, everything: &RuleSet) -> Vec<TestOutcome> {
    let at = rules
        .rules()
        .iter()
        .position(|rule| rule.code.as_str() == code);
    at.map_or_else(Vec::new, |at| run_at(rules, at, everything))
}

/// Runs the `keep` examples of all rules through all of them.
pub fn keeps(everything: &RuleSet) -> Vec<TestOutcome> {
    let mut outcomes = Vec::new();
    for rule in everything.rules() {
        if rule.kind == Kind::Html {
            continue;
        }
        for test in &rule.tests {
            if let Some(keep) = &test.keep {
                let format = format_of(test);
                let expected = normal_form(keep, format).into_owned();
                let (got, by) = apply(everything, None, keep, format);
                let kind = kept_kind(&got, &expected);
                outcomes.push(outcome(rule, test, kind, expected, got, by));
            }
        }
    }
    outcomes
}

fn run_at(rules: &RuleSet, at: usize, everything: &RuleSet) -> Vec<TestOutcome> {
    let rule = &rules.rules()[at];
    let is_html = rule.kind == Kind::Html;
    let mut outcomes = Vec::new();
    for test in &rule.tests {
        let format = format_of(test);
        let normal = |text: &str| {
            if is_html {
                html_text(text)
            } else {
                normal_form(text, format).into_owned()
            }
        };
        if let (Some(input), Some(output)) = (&test.input, &test.output) {
            let (got, _) = apply(rules, Some(at), input, format);
            let (input, output) = (normal(input), normal(output));
            let kind = match got {
                _ if got == output => TestKind::Passed,
                _ if got == input => TestKind::Missed,
                _ => TestKind::Wrong,
            };
            outcomes.push(outcome(rule, test, kind, output, got, Vec::new()));
        }
        if let Some(keep) = &test.keep {
            let expected = normal(keep);
            let (mut got, mut by) = apply(rules, Some(at), keep, format);
            if got == expected && !is_html {
                (got, by) = apply(everything, None, keep, format);
            }
            let kind = kept_kind(&got, &expected);
            outcomes.push(outcome(rule, test, kind, expected, got, by));
        }
    }
    outcomes
}

fn kept_kind(got: &str, expected: &str) -> TestKind {
    if got == expected {
        TestKind::Passed
    } else {
        TestKind::Noisy
    }
}

fn format_of(test: &Test) -> Format {
    match test.format {
        TestFormat::Text => Format::Text,
        TestFormat::Markdown => Format::Markdown,
    }
}

fn outcome(
    rule: &Rule,
    test: &Test,
    kind: TestKind,
    expected: String,
    got: String,
    by: Vec<String>,
) -> TestOutcome {
    TestOutcome {
        pack: rule.pack.clone(),
        file: rule.file.clone(),
        rule: rule.code.to_string(),
        test: test.name.clone(),
        kind,
        expected,
        got,
        by,
    }
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
    let mut document = Document::new(format, text);
    if let Some(at) = only {
        document.origin = rules.rules()[at].scope.example();
    }
    let only = only.and_then(|at| RuleId::try_from(at).ok());
    let cleaned = clean_by(&document, rules, &options, only);
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
