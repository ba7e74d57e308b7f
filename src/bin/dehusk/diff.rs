//! `dehusk diff`: what a fix would do.

use std::io::{self, IsTerminal, Write};

use dehusk::{
    inplace::{Form, shown},
    report::{DiffStyle, diff_stat, write_diff, write_stats},
    write::path_text,
};

use crate::{
    Exit,
    inplace::{self, ColorArg, Remark},
};

/// Show what `dehusk fix` would do, as a unified diff
///
/// Exits with 0 if nothing would change, 1 if something would, and 2 if
/// something could not be read. What goes to a file or a pipe can be given to
/// `git apply` or `patch -p1`; on a terminal control characters of the texts are spelled out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inplace: inplace::InPlaceArgs,

    /// Only how many lines go in each file
    #[arg(long)]
    stat: bool,

    /// When output is coloured
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: ColorArg,

    #[command(flatten)]
    form: FormArgs,
}

/// How files are written again.
#[derive(Debug, clap::Args)]
pub(crate) struct FormArgs {
    /// Also end lines with LF, without blanks before it, and the file with one
    #[arg(long)]
    normalize: bool,

    /// Also rewrite files that are not UTF-8, as UTF-8
    #[arg(long)]
    to_utf8: bool,

    /// Also rewrite files that have several names (hard links); the other
    /// names keep what they have
    #[arg(long)]
    pub(crate) break_links: bool,
}

impl FormArgs {
    pub(crate) fn form(&self) -> Form {
        Form {
            normalize: self.normalize,
            to_utf8: self.to_utf8,
        }
    }
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let Some(mut work) = args.inplace.work(false, None, out)? else {
        return Ok(Exit::Done);
    };
    let style = DiffStyle {
        paint: args.color.paint(),
        escape: io::stdout().is_terminal(),
    };
    let mut stats = Vec::new();
    let mut exit = work.tell_problems();
    work.examine(args.inplace.run.jobs(), &mut |examined| {
        let (path, text) = match work.text(examined) {
            Ok(text) => text,
            Err(remark) => {
                remark.tell();
                exit = exit.or_failed(remark.failed);
                return Ok(());
            }
        };
        let fixed = match text.fixed(args.form.form()) {
            Ok(Some(fixed)) => fixed,
            Ok(None) => return Ok(()),
            Err(reason) => {
                Remark::new(&path, &reason, false).tell();
                exit = exit.or_found();
                return Ok(());
            }
        };
        exit = exit.or_found();
        let seen = text.original.seen;
        if let Some(reason) = seen.and_then(|seen| seen.held(args.form.break_links)) {
            let reason = format!("{reason}; `dehusk fix` leaves it");
            Remark::new(&path, &reason, false).tell();
        }
        // Where the encoding changes, the texts are compared.
        let old = String::from_utf8(text.original.bytes).unwrap_or(text.text);
        let new = String::from_utf8(fixed)?;
        if args.stat {
            stats.push((path_text(shown(&path)), diff_stat(&old, &new)));
        } else {
            write_diff(shown(&path), &old, &new, style, out)?;
        }
        Ok(())
    })?;
    if args.stat && !stats.is_empty() {
        write_stats(&stats, style.paint, out)?;
    }
    work.save();
    Ok(exit)
}
