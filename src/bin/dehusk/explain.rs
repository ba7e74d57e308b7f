//! `dehusk explain CODE`: a rule in words.

use std::io::Write;

use anyhow::{Context, bail};
use dehusk::{RuleSet, clean::structure, extract::STEPS, report::printable};

use crate::{Exit, config::RuleArgs};

/// Explain a rule or a step: what it takes, why, and what holds it back
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The code as reports and manifests name it, such as IMG001
    code: String,

    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let code = args.code.to_uppercase();
    let rules = args.rules.load(&args.rules.settings()?)?;
    if let Some((_, what)) = STEPS.iter().find(|(step, _)| *step == code) {
        writeln!(
            out,
            "{code}: a step of extraction, which took what is {what}"
        )?;
        return Ok(Exit::Done);
    }
    if let Some((_, what)) = structure::STEPS.iter().find(|(step, _)| *step == code) {
        writeln!(
            out,
            "{code}: the structure step, which took {what}.\n\nA small model judges lines by \
             shape, place and neighbours; see `training/structure/README.md`. Only at level full."
        )?;
        return Ok(Exit::Done);
    }
    if let Some((_, what)) = dehusk::inplace::STEPS
        .iter()
        .find(|(step, _)| *step == code)
    {
        writeln!(out, "{code}: a step of `dehusk check`, which found {what}")?;
        return Ok(Exit::Done);
    }
    let Some(rule) = rules.get(&code) else {
        bail!(
            "{}: no such rule or step; `dehusk rules list` names them{}",
            args.code,
            nearest(&rules, &code)
        );
    };
    writeln!(
        out,
        "{} {}: {}",
        rule.code,
        rule.id,
        printable(&rule.summary)
    )?;
    writeln!(
        out,
        "{} · {} · {}:{}",
        rule.safety.name(),
        rule.kind.name(),
        printable(&rule.file),
        rule.line
    )?;
    if !rule.why.is_empty() {
        writeln!(out, "\n{}", printable(&rule.why))?;
    }
    let conditions = rule.conditions();
    if !conditions.is_empty() {
        writeln!(out, "\nIt acts only if:")?;
        for condition in conditions {
            writeln!(out, "  {}", printable(&condition))?;
        }
    }
    for example in rule.examples() {
        let what = if example.kept { "stays" } else { "is cleaned" };
        writeln!(out, "\n{} ({what}):", printable(example.name))?;
        for line in example.input.lines() {
            writeln!(out, "  | {}", printable(line))?;
        }
    }
    for address in &rule.refs {
        writeln!(out, "\nsee {}", printable(address))?;
    }
    out.flush().context("standard output")?;
    Ok(Exit::Done)
}

/// Other rules of the same letters, for a hint.
fn nearest(rules: &RuleSet, code: &str) -> String {
    let letters = code.trim_end_matches(|c: char| c.is_ascii_digit());
    let alike: Vec<&str> = rules
        .rules()
        .iter()
        .map(|rule| rule.code.as_str())
        .filter(|other| other.starts_with(letters))
        .take(8)
        .collect();
    if alike.is_empty() || letters.is_empty() {
        String::new()
    } else {
        format!(" (there is {})", alike.join(", "))
    }
}
