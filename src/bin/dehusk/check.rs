//! `dehusk check`: what a fix would take out, and what says the same.

use std::io::Write;

use clap::ValueEnum;
use dehusk::{
    inplace::FindingKind,
    pipeline::{self, Checked},
    report::{FindingFormat, Paint, plural, write_findings},
};

use crate::{
    Exit,
    config::KeepArg,
    inplace::{self, ColorArg, Input, Remark, complain},
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
    #[arg(long, value_enum, default_value = "full", value_name = "FORMAT")]
    output_format: OutputArg,

    /// When output is coloured
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: ColorArg,

    /// Do not look for documents that say the same
    #[arg(long)]
    no_dedup: bool,

    /// Report nothing but documents that say the same as another one
    #[arg(long, conflicts_with = "no_dedup")]
    duplicates_only: bool,

    /// Which of several that say the same counts as the original [default:
    /// first]
    #[arg(long, value_enum, conflicts_with = "no_dedup")]
    keep: Option<KeepArg>,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OutputArg {
    /// Place, code, summary, the line, and what goes
    Full,
    /// One line a finding
    Concise,
    /// A JSON array
    Json,
    /// A JSON object a line
    Jsonl,
    /// A SARIF 2.1.0 log, for code scanning
    Sarif,
    /// Annotations in GitHub Actions
    Github,
    /// A Code Quality report for GitLab
    Gitlab,
    /// Failed tests, in the XML of `JUnit`
    Junit,
}

impl From<OutputArg> for FindingFormat {
    fn from(format: OutputArg) -> Self {
        match format {
            OutputArg::Full => Self::Full,
            OutputArg::Concise => Self::Concise,
            OutputArg::Json => Self::Json,
            OutputArg::Jsonl => Self::Jsonl,
            OutputArg::Sarif => Self::Sarif,
            OutputArg::Github => Self::Github,
            OutputArg::Gitlab => Self::Gitlab,
            OutputArg::Junit => Self::Junit,
        }
    }
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let Some(mut work) = args.inplace.work(!args.no_dedup, args.keep, out)? else {
        return Ok(Exit::Done);
    };
    let mut checked = work.with_look(|look| match &work.input {
        Input::Stdin(name, bytes) => Ok(pipeline::check_text(look, name.clone(), bytes.clone())),
        Input::Files(sources, _) => pipeline::with_jobs(args.inplace.run.jobs(), || {
            pipeline::check_files(look, sources)
        }),
    })?;
    checked.findings.retain(|finding| {
        !work
            .ignored
            .iter()
            .any(|code| code == finding.code.as_str())
    });
    if args.duplicates_only {
        checked
            .findings
            .retain(|finding| matches!(finding.kind, FindingKind::Duplicate { .. }));
        checked.hidden = 0;
    }
    let format = FindingFormat::from(args.output_format);
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
    work.save();
    Ok(exit)
}

/// The last lines for a person: how much there is, and what to do about it.
fn close(checked: &Checked, input: &Input, out: &mut dyn Write) -> anyhow::Result<()> {
    if let (0, Input::Files(_, passed)) = (checked.texts, input) {
        if !checked.skipped.is_empty() || !checked.failed.is_empty() {
            return Ok(());
        }
        complain(&inplace::nothing_to_do(*passed));
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
