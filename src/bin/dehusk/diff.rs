//! `dehusk diff`: what a fix would do.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use dehusk::{
    inplace::{Form, shown},
    read::globs::below,
    report::{DiffStyle, diff_stat, printable, write_diff, write_stats},
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
/// `git apply -p1` or `patch -p1`, in the current folder, or in the one that
/// the first line names if texts outside of it are shown; on a terminal
/// control characters of the texts are spelled out.
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

/// The folder that the names in a diff begin in, so that it can be applied
/// there: the current one, or if something outside of it was named, the
/// nearest that holds all.
struct Base {
    folder: PathBuf,
    is_here: bool,
}

impl Base {
    fn of(named: &[PathBuf]) -> anyhow::Result<Self> {
        let here = fs::canonicalize(".").context("the current folder")?;
        let mut folder: Option<PathBuf> = None;
        let mut is_here = true;
        for path in named {
            // A file that is not there is one that standard input stands for.
            let Ok(real) = real_folder(path) else {
                continue;
            };
            is_here &= real.starts_with(&here);
            folder = Some(match folder {
                None => real,
                Some(folder) => common(&folder, &real),
            });
        }
        let folder = folder.filter(|_| !is_here).unwrap_or(here);
        Ok(Self { folder, is_here })
    }

    /// Says where to apply what follows, if that is not here. Before the first
    /// file, where `git apply` and `patch` pass it over.
    fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.is_here {
            return Ok(());
        }
        writeln!(
            out,
            "In {}: `git apply -p1` or `patch -p1` takes this",
            printable(&path_text(&self.folder))
        )
    }

    /// The name of a file in the diff.
    fn name(&self, path: &Path) -> PathBuf {
        below(&self.folder, path).unwrap_or_else(|| shown(path).to_path_buf())
    }
}

/// The folder that `path` is, or that it is in, with all links resolved.
fn real_folder(path: &Path) -> io::Result<PathBuf> {
    if path.is_dir() {
        return fs::canonicalize(path);
    }
    let parent = path.parent().filter(|path| !path.as_os_str().is_empty());
    fs::canonicalize(parent.unwrap_or(Path::new(".")))
}

/// The nearest folder that holds both.
fn common(a: &Path, b: &Path) -> PathBuf {
    let pairs = a.components().zip(b.components());
    let same = pairs.take_while(|(a, b)| a == b);
    same.map(|(part, _)| part).collect()
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
    let mut work = match args.inplace.work(false, None, out)? {
        Ok(work) => work,
        Err(exit) => return Ok(exit),
    };
    let style = DiffStyle {
        paint: args.color.paint(),
        escape: io::stdout().is_terminal(),
    };
    let base = Base::of(args.inplace.paths())?;
    let (mut stats, mut is_begun) = (Vec::new(), false);
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
            if !is_begun {
                base.begin(out)?;
                is_begun = true;
            }
            write_diff(&base.name(&path), &old, &new, style, out)?;
        }
        Ok(())
    })?;
    if args.stat && !stats.is_empty() {
        write_stats(&stats, style.paint, out)?;
    }
    work.save();
    Ok(exit)
}
