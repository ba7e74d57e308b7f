//! `dehusk rules`: what rules there are, and whether their examples hold.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Subcommand, ValueEnum};
use dehusk::{
    Flag, RuleSet, clean, dedup, extract, inplace,
    report::{plural, printable},
    rules::{
        RuleOptions,
        json_schema::json_schema,
        reference,
        test::{self, TestKind, TestOutcome},
    },
};

use crate::{Exit, explain::rule_json, flags::RuleArgs, new};

/// List the rules, run their examples, or write a new one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the rules: code, safety, kind, pack and what each finds
    List {
        /// A table, a JSON array, or a page of documentation
        #[arg(long, value_enum, default_value = "human")]
        format: ListArg,
        #[command(flatten)]
        rules: RuleArgs,
    },
    New(new::Args),
    /// Print the JSON schema of rule files
    ///
    /// An editor with a TOML language server checks and completes by it, if the
    /// file's first line says `#:schema ./rules.schema.json`.
    Schema,
    /// Run the examples in the rules
    ///
    /// Without a file, those of the built-in rules. With one, its own, and its
    /// `keep` examples against the built-in rules, too.
    Test {
        /// A rule file, or a folder of them
        file: Option<PathBuf>,
    },
}

/// How rules are listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ListArg {
    /// A table
    Human,
    /// A JSON array
    Json,
    /// A page of documentation
    Markdown,
}

pub(crate) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List { format, rules } => {
            let rules = rules.load(&rules.settings()?)?;
            match format {
                ListArg::Human => return list(&rules, out),
                ListArg::Json => {
                    let all: Vec<_> = rules.rules().iter().map(rule_json).collect();
                    writeln!(out, "{:#}", serde_json::Value::from(all))?;
                }
                ListArg::Markdown => {
                    out.write_all(reference(&rules).as_bytes())?;
                    write_steps_and_flags(out)?;
                }
            }
            Ok(Exit::Done)
        }
        Command::New(args) => new::run(args, out),
        Command::Schema => {
            writeln!(out, "{:#}", json_schema())?;
            Ok(Exit::Done)
        }
        Command::Test { file } => check(file.as_deref(), out),
    }
}

/// What a manifest names beside rules: codes of steps, and flags.
fn write_steps_and_flags(out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## Codes that no rule has\n")?;
    let steps = [
        extract::STEPS,
        clean::structure::STEPS,
        dedup::STEPS,
        inplace::STEPS,
    ];
    for (code, what) in steps.into_iter().flatten() {
        writeln!(out, "- `{code}`: {what}")?;
    }
    writeln!(
        out,
        "\n## Flags of documents\n\nIn `flags` of a manifest; `--keep best` counts them.\n"
    )?;
    for (_, name, what) in Flag::ALL {
        writeln!(out, "- `{name}`: {what}")?;
    }
    Ok(())
}

fn list(rules: &RuleSet, out: &mut dyn Write) -> anyhow::Result<Exit> {
    for rule in rules.rules() {
        writeln!(
            out,
            "{:<10} {:<7} {:<7} {:<14} {}",
            rule.code,
            rule.safety.name(),
            rule.kind.name(),
            printable(&rule.pack),
            printable(&rule.summary)
        )?;
    }
    writeln!(
        out,
        "{}; `dehusk explain CODE` shows one whole",
        plural(rules.rules().len(), "rule")
    )?;
    Ok(Exit::Done)
}

fn check(file: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let all = RuleSet::load(&RuleOptions {
        packs: file.map(Path::to_path_buf).into_iter().collect(),
        ..RuleOptions::default()
    })?;
    let outcomes = match file {
        Some(file) => test::run(&RuleSet::only(file)?, &all),
        None => test::run(&all, &all),
    };
    let failed: Vec<&TestOutcome> = outcomes
        .iter()
        .filter(|outcome| outcome.kind != TestKind::Passed)
        .collect();
    for outcome in &failed {
        show(outcome, out)?;
    }
    writeln!(
        out,
        "{}: {} passed, {} failed",
        plural(outcomes.len(), "example"),
        outcomes.len() - failed.len(),
        failed.len()
    )?;
    Ok(if failed.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    })
}

fn show(outcome: &TestOutcome, out: &mut dyn Write) -> std::io::Result<()> {
    let what = match outcome.kind {
        TestKind::Passed => return Ok(()),
        TestKind::Missed => "missed: the rule took nothing from its example",
        TestKind::Wrong => "wrong: the rule took something else than it should",
        TestKind::Noisy => "noisy: an example that must stay did not",
    };
    writeln!(
        out,
        "{}: rule {}, example `{}`: {what}",
        printable(&outcome.file),
        outcome.rule,
        printable(&outcome.test)
    )?;
    if !outcome.by.is_empty() {
        writeln!(out, "  taken by {}", outcome.by.join(", "))?;
    }
    for (name, text) in [("expected", &outcome.expected), ("got", &outcome.got)] {
        writeln!(out, "  {name}:")?;
        for line in text.lines() {
            writeln!(out, "    | {}", printable(line))?;
        }
    }
    Ok(())
}
