//! `dehusk fix`: takes debris out of files where they are.

use std::io::Write;

use anyhow::Context;
use dehusk::{
    inplace::{FixOptions, Fixed, Fixer, What, shown},
    report::{plural, printable},
    write::path_text,
};

use crate::{
    Exit,
    config::KeepArg,
    diff::FormArgs,
    inplace::{self, Input, Remark, complain, project},
};

/// Take out of texts, where they are, what is not content
///
/// Rewrites .txt and .md files; what goes is kept, and `dehusk undo` brings it
/// back. Exits with 0 if nothing is left to do, 1 if a file needs a person's
/// eye, and 2 if something could not be read or written.
///
///   dehusk fix seeds/
///   dehusk fix --dry-run
///   dehusk fix - --stdin-filename seeds/new.md < draft.md > seeds/new.md
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(flatten)]
    inplace: inplace::InPlaceArgs,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Exit with 1 if a file was changed
    #[arg(long)]
    exit_non_zero_on_fix: bool,

    /// Also remove documents that say the same as another one of the run
    #[arg(long, conflicts_with = "no_dedup")]
    drop_duplicates: bool,

    /// Which of several that say the same stays [default: first]
    #[arg(long, value_enum, requires = "drop_duplicates")]
    keep: Option<KeepArg>,

    #[command(flatten)]
    form: FormArgs,
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let dedup = args.drop_duplicates;
    let Some(mut work) = args.inplace.work(dedup, args.keep, out)? else {
        return Ok(Exit::Done);
    };
    if let Input::Stdin(..) = work.input {
        return filter(args, &work, out);
    }
    // How many files were passed over, if there is nothing else to say.
    let mut passed = match &work.input {
        Input::Files(_, passed) => Some(*passed),
        Input::Stdin(..) => None,
    };
    let project = project()?;
    let options = FixOptions {
        form: args.form.form(),
        dry_run: args.dry_run,
        break_links: args.form.break_links,
        drop_duplicates: work
            .options
            .dedup
            .clone()
            .map(|options| (options, work.options.keep)),
    };
    let mut fixer = Fixer::new(&project, options);
    let mut exit = work.tell_problems();
    let done = work.examine(args.inplace.run.jobs(), &mut |examined| {
        match work.text(examined) {
            Ok((path, text)) => fixer.add(path, *text)?,
            Err(remark) => {
                remark.tell();
                passed = None;
                exit = exit.or_failed(remark.failed);
            }
        }
        Ok(())
    });
    // Even after an error what was changed so far has to be accounted for; but
    // nothing more is changed then.
    let account = match &done {
        Ok(()) => fixer.finish(),
        Err(_) => fixer.abort(),
    };
    let account = account.context("the fix did not come to its end; `dehusk runs` lists it")?;
    tell(args, &account, passed, out)?;
    done?;
    work.save();
    if !account.left.is_empty() || (args.exit_non_zero_on_fix && !account.changed.is_empty()) {
        exit = exit.or_found();
    }
    Ok(exit)
}

/// One text from standard input to standard output.
fn filter(args: &Args, work: &inplace::Work, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    work.examine(None, &mut |examined| {
        let (path, text) = match work.text(examined) {
            Ok(text) => text,
            Err(remark) => {
                remark.tell();
                exit = Exit::Failed;
                return Ok(());
            }
        };
        let changed = match text.fixed(args.form.form()) {
            Ok(Some(fixed)) => {
                out.write_all(&fixed)?;
                true
            }
            held => {
                if let Err(reason) = held {
                    Remark::new(&path, &reason, false).tell();
                    exit = Exit::Found;
                }
                out.write_all(&text.original.bytes)?;
                false
            }
        };
        if text.needs_review() {
            Remark::new(
                &path,
                "cleaning would leave next to nothing; left as it is",
                false,
            )
            .tell();
            exit = Exit::Found;
        }
        if changed && args.exit_non_zero_on_fix {
            exit = Exit::Found;
        }
        Ok(())
    })?;
    Ok(exit)
}

fn tell(
    args: &Args,
    fixed: &Fixed,
    passed: Option<usize>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if !args.inplace.run.quiet {
        for changed in &fixed.changed {
            let path = printable(&path_text(shown(&changed.path)));
            match &changed.what {
                What::Cleaned { places: 0, .. } => writeln!(out, "{path}: put in the normal form")?,
                What::Cleaned {
                    places,
                    bytes,
                    codes,
                } => {
                    let codes: Vec<&str> = codes.iter().map(dehusk::Code::as_str).collect();
                    writeln!(
                        out,
                        "{path}: {}, {} ({})",
                        plural(*places, "place"),
                        plural(*bytes, "byte"),
                        codes.join(", ")
                    )?;
                }
                What::Dropped { of } => {
                    let of = printable(&path_text(shown(of)));
                    writeln!(out, "{path}: removed, says the same as {of}")?;
                }
            }
        }
        let texts = plural(fixed.texts, "text");
        let changed = plural(fixed.changed.len(), "file");
        match fixed.run {
            _ if fixed.texts == 0 => {
                if let Some(passed) = passed {
                    complain(&inplace::nothing_to_do(passed));
                }
            }
            Some(run) => writeln!(
                out,
                "changed {changed} of {texts}; `dehusk undo {run}` takes it back"
            )?,
            None if args.dry_run && !fixed.changed.is_empty() => {
                writeln!(out, "would change {changed} of {texts}")?;
            }
            None if fixed.already > 0 && fixed.left.is_empty() => writeln!(
                out,
                "{texts}: nothing left to do; another run did the same meanwhile"
            )?,
            None if fixed.left.is_empty() => writeln!(out, "{texts}: nothing to do")?,
            None => writeln!(out, "{texts}: nothing changed")?,
        }
        out.flush()?;
    }
    for (path, reason) in &fixed.left {
        Remark::new(path, reason, false).tell();
    }
    Ok(())
}
