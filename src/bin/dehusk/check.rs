//! `dehusk check`: what a fix would take out, and what says the same.

use std::io::Write;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use dehusk::{
    inplace::{Finding, FindingKind},
    pipeline::{self, Checked},
    report::{FindingFormat, Paint, plural, printable, write_findings},
};

use crate::{
    Exit,
    flags::KeepArg,
    inplace::{self, ColorArg, Input, Remark},
};

/// Check texts where they are, and report what is not content
///
/// Looks at .txt and .md files and changes nothing. Exits with 0 if all is
/// clean, 1 if something was found, and 2 if something could not be read.
///
///   dehusk check seeds/
///   dehusk check --output-format github
///   dehusk check - --stdin-filename seeds/new.md < draft.md
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(flatten)]
    inplace: inplace::InPlaceArgs,

    /// How findings are printed
    #[arg(
        long,
        visible_alias = "format",
        value_parser = formats(),
        default_value = "full",
        value_name = "FORMAT"
    )]
    output_format: FindingFormat,

    /// When output is coloured
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: ColorArg,

    /// Report nothing but documents that say the same as another one
    #[arg(long, conflicts_with = "no_dedup")]
    duplicates_only: bool,

    /// Which of several that say the same counts as the original [default:
    /// first]
    #[arg(long, value_enum, conflicts_with = "no_dedup")]
    keep: Option<KeepArg>,
}

/// The formats by their names, each with what it is for.
fn formats() -> impl TypedValueParser<Value = FindingFormat> {
    let values = FindingFormat::ALL.map(|(_, name, about)| PossibleValue::new(name).help(about));
    PossibleValuesParser::new(values).map(|name| {
        let mut all = FindingFormat::ALL.into_iter();
        let found = all.find(|(_, other, _)| *other == name);
        found.expect("the parser takes no other name").0
    })
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let mut work = match args.inplace.work(true, args.keep, out)? {
        Ok(work) => work,
        Err(exit) => return Ok(exit),
    };
    let mut checked = work.with_look(|look| match &work.input {
        Input::Stdin(name, bytes) => Ok(pipeline::check_text(look, name.clone(), bytes.clone())),
        Input::Files(sources, _) => pipeline::with_jobs(args.inplace.run.jobs(), || {
            pipeline::check_files(look, sources)
        }),
    })?;
    let is_wanted = |finding: &Finding| !work.is_ignored(finding.code.as_str());
    checked.findings.retain(is_wanted);
    if args.duplicates_only {
        checked
            .findings
            .retain(|finding| matches!(finding.kind, FindingKind::Duplicate { .. }));
        checked.hidden = 0;
    }
    let format = args.output_format;
    let paint = if format.is_for_people() {
        args.color.paint()
    } else {
        Paint::Plain
    };
    write_findings(&checked.findings, work.rules(), format, paint, out)?;
    if format.is_for_people() && !args.inplace.run.quiet {
        close(&checked, &work.input, out)?;
    }
    out.flush()?;
    let mut exit = if checked.findings.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    };
    let skipped = checked.skipped.iter();
    let remarks = skipped
        .map(|(path, reason)| work.skipped(path, reason))
        .chain(
            checked
                .failed
                .iter()
                .map(|(path, reason)| Remark::new(path, reason, true)),
        );
    for remark in remarks {
        remark.tell();
        exit = exit.or_failed(remark.failed);
    }
    exit = exit.or_failed(work.tell_problems() == Exit::Failed);
    work.save();
    Ok(exit)
}

/// What a fix leaves although it is debris, and why: file by file.
fn tell_held(findings: &[Finding], out: &mut dyn Write) -> anyhow::Result<()> {
    const FILES_SHOWN: usize = 4;
    let held: Vec<(&str, &str)> = findings
        .iter()
        .filter_map(|finding| match &finding.kind {
            FindingKind::Debris { held: Some(reason) } => {
                Some((finding.path.as_str(), reason.as_str()))
            }
            _ => None,
        })
        .collect();
    if held.is_empty() {
        return Ok(());
    }
    let mut files = held.clone();
    files.dedup();
    let shown = files.iter().take(FILES_SHOWN);
    let mut list: Vec<String> = shown
        .map(|(path, reason)| format!("{} {}", printable(path), printable(reason)))
        .collect();
    if files.len() > FILES_SHOWN {
        list.push(format!(
            "{} more",
            plural(files.len() - FILES_SHOWN, "file")
        ));
    }
    writeln!(
        out,
        "`dehusk fix` leaves {}: {}",
        held.len(),
        list.join("; ")
    )?;
    Ok(())
}

/// The last lines for a person: how much there is, and what to do about it.
fn close(checked: &Checked, input: &Input, out: &mut dyn Write) -> anyhow::Result<()> {
    if let (0, Input::Files(_, passed)) = (checked.texts, input) {
        if !checked.skipped.is_empty() || !checked.failed.is_empty() {
            return Ok(());
        }
        passed.tell_nothing_to_do();
        return Ok(());
    }
    let findings = &checked.findings;
    if findings.is_empty() {
        writeln!(out, "{}: all clean", plural(checked.texts, "text"))?;
    } else {
        let mut paths: Vec<&str> = findings
            .iter()
            .map(|finding| finding.path.as_str())
            .collect();
        paths.dedup();
        let fixable = findings
            .iter()
            .filter(|finding| finding.is_fixable())
            .count();
        writeln!(
            out,
            "{} in {} of {}",
            plural(findings.len(), "finding"),
            paths.len(),
            plural(checked.texts, "text"),
        )?;
        if fixable > 0 {
            writeln!(
                out,
                "`dehusk fix` takes out {fixable}; `dehusk diff` shows what would go; \
                 `dehusk explain CODE` says why"
            )?;
        }
        tell_held(findings, out)?;
        let is_copy = |finding: &&Finding| matches!(finding.kind, FindingKind::Duplicate { .. });
        let copies = findings.iter().filter(is_copy).count();
        if copies > 0 {
            writeln!(
                out,
                "{} the same as another text; `dehusk fix --drop-duplicates` removes copies",
                if copies == 1 {
                    "1 says".to_owned()
                } else {
                    format!("{copies} say")
                }
            )?;
        }
    }
    if checked.hidden > 0 {
        writeln!(
            out,
            "{} more that a person should look at: --unsafe shows them",
            plural(checked.hidden, "place")
        )?;
    }
    Ok(())
}
