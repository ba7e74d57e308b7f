//! All rules as a page of documentation.

use std::fmt::Write as _;

use super::{RuleSet, rule::Rule, schema::Action, show::Example};

/// Lines of an example that are shown.
const SHOWN_LINES: usize = 12;

/// All rules as Markdown, pack by pack, with what each takes, why, what holds
/// it back, and an example of either kind.
pub fn reference(rules: &RuleSet) -> String {
    let mut page = format!(
        "# Rules\n\nMade by `dehusk rules list --format markdown`. {} rules; what the words mean is in [rules.md](rules.md).\n",
        rules.rules().len()
    );
    for pack in rules.rules().chunk_by(|a, b| a.file == b.file) {
        // Writing to a string cannot fail.
        writeln!(page, "\n## {}\n\nIn `{}`.", pack[0].pack, pack[0].file).ok();
        for rule in pack {
            describe(rule, &mut page).ok();
        }
    }
    page
}

fn describe(rule: &Rule, page: &mut String) -> std::fmt::Result {
    writeln!(page, "\n### {} {}\n", rule.code, rule.id)?;
    writeln!(page, "{}.", rule.summary.trim_end_matches('.'))?;
    if !rule.why.is_empty() {
        writeln!(page, "\n{}", rule.why)?;
    }
    let action = match rule.action {
        Action::Remove => rule.safety.name(),
        Action::Keep => "keep",
    };
    let mut facts = vec![rule.kind.name().to_owned(), action.to_owned()];
    facts.extend(rule.tags.iter().map(|tag| format!("`tag:{tag}`")));
    writeln!(page, "\n{}", facts.join(" · "))?;
    let conditions = rule.conditions();
    if !conditions.is_empty() {
        writeln!(page, "\nOnly if:\n")?;
        for condition in conditions {
            writeln!(page, "- {condition}")?;
        }
    }
    let (kept, cleaned): (Vec<Example<'_>>, Vec<Example<'_>>) =
        rule.examples().partition(|example| example.kept);
    if let Some(example) = cleaned.first() {
        writeln!(page, "\nCleaned ({}):", example.name)?;
        block(example.input, page)?;
        writeln!(page, "\nbecomes")?;
        block(example.output, page)?;
    }
    if let Some(example) = kept.first() {
        writeln!(page, "\nStays ({}):", example.name)?;
        block(example.input, page)?;
    }
    for address in &rule.refs {
        writeln!(page, "\nSee <{address}>.")?;
    }
    Ok(())
}

/// A text as it is, in a fence that it cannot end.
fn block(text: &str, page: &mut String) -> std::fmt::Result {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    writeln!(page, "\n{fence}text")?;
    let text = text.trim_matches('\n');
    for line in text.lines().take(SHOWN_LINES) {
        // What cannot be seen is spelled out.
        let seen: String = line
            .chars()
            .map(|c| match c {
                '\t' => "\t".to_owned(),
                c if c.is_control() || is_unseen(c) => format!("<U+{:04X}>", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        writeln!(page, "{}", seen.trim_end())?;
    }
    if text.lines().nth(SHOWN_LINES).is_some() {
        writeln!(page, "…")?;
    }
    writeln!(page, "{fence}")
}

/// Characters of no width, and those that turn the direction of a line.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
