//! `dehusk undo` and `dehusk runs`: taking a fix back.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use dehusk::{
    inplace::{Action, OnChange, Run, TakenBack, UndoOptions, Undone, history, undo},
    report::{plural, printable},
    write::path_text,
};

use crate::{
    Exit,
    inplace::{Remark, project},
};

/// Take a fix back: every file as it was, byte for byte
///
/// Without a number, the last fix that was not taken back. Refuses if a file
/// was changed since. An undo is a run itself, so it can be taken back, too.
/// Runs are kept in `.dehusk` at the project's root: the nearest folder upward
/// with dehusk.toml, [tool.dehusk] in pyproject.toml or .git, or if there is
/// none, the folder that `fix` was called in.
///
///   dehusk undo
///   dehusk undo 3                       run 3, as `dehusk runs` lists it
///   dehusk undo --only seeds/story.txt  one file of the last run that changed it
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The number of the run, as `dehusk fix` and `dehusk runs` tell it
    run: Option<u32>,

    /// Take back only what was done to this file, or to the files in this
    /// folder; can be given several times
    #[arg(long, value_name = "PATH")]
    only: Vec<PathBuf>,

    /// Put what was taken back into files that were changed since, and keep
    /// the changes; refuses if both are about the same lines
    #[arg(long)]
    merge: bool,

    /// Also bring back files that were changed since; what they hold is kept
    #[arg(long, conflicts_with = "merge")]
    force: bool,

    /// Say nothing but what went wrong
    #[arg(short, long)]
    quiet: bool,
}

/// List the fixes of this project that can be taken back
#[derive(Debug, clap::Args)]
pub(crate) struct RunsArgs {
    /// Also list the files that each changed
    #[arg(long)]
    files: bool,
}

pub(crate) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let on_change = match (args.merge, args.force) {
        (true, _) => OnChange::Merge,
        (_, true) => OnChange::Overwrite,
        _ => OnChange::Refuse,
    };
    let options = UndoOptions {
        run: args.run,
        only: args.only.clone(),
        on_change,
    };
    let undone = undo(&project()?, &options)?;
    for (path, reason) in &undone.failed {
        Remark::new(path, reason, true).tell();
    }
    if !args.quiet {
        tell(&undone, out)?;
    }
    Ok(Exit::Done.or_failed(!undone.failed.is_empty()))
}

fn tell(undone: &Undone, out: &mut dyn Write) -> anyhow::Result<()> {
    for path in &undone.restored {
        let kept = if undone.overwritten.contains(path) {
            "; what was changed since is kept"
        } else {
            ""
        };
        writeln!(out, "{}: as it was{kept}", printable(&path_text(path)))?;
    }
    for path in &undone.merged {
        let path = printable(&path_text(path));
        writeln!(
            out,
            "{path}: has back what was taken, beside what was changed"
        )?;
    }
    let changed = !undone.restored.is_empty() || !undone.merged.is_empty();
    if undone.run.is_none() && !undone.failed.is_empty() {
        let (of, left) = (undone.of, undone.failed.len());
        let are = if left == 1 { "is" } else { "are" };
        let left = plural(left, "file");
        writeln!(out, "nothing of run {of} was taken back: {left} {are} left")?;
        return Ok(());
    }
    write!(
        out,
        "took back run {}: {} restored",
        undone.of,
        plural(undone.restored.len(), "file")
    )?;
    if !undone.merged.is_empty() {
        write!(out, ", {} merged", undone.merged.len())?;
    }
    if undone.already > 0 {
        write!(out, ", {} so already", undone.already)?;
    }
    if !undone.failed.is_empty() {
        write!(out, ", {} not", undone.failed.len())?;
    }
    match undone.run {
        Some(run) if !undone.overwritten.is_empty() => writeln!(
            out,
            "; `dehusk undo {run}` brings back what was changed since"
        )?,
        Some(run) if changed => writeln!(out, "; `dehusk undo {run}` takes that back")?,
        _ => writeln!(out)?,
    }
    Ok(())
}

pub(crate) fn list(args: &RunsArgs, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let project = project()?;
    let history = history(&project)?;
    if history.runs().is_empty() {
        let shown = |folder: &Path| printable(&path_text(folder));
        let elsewhere = project.elsewhere();
        let elsewhere = elsewhere.map_or_else(String::new, |folder| {
            format!("; {} has some, so call it there", shown(&folder))
        });
        writeln!(out, "no runs in {}{elsewhere}", shown(project.root()))?;
    }
    for run in history.runs().iter().rev() {
        writeln!(
            out,
            "{:>4}  {}  {}  {}{}",
            run.number,
            utc(run.started),
            action(run),
            plural(run.files(), "file"),
            match history.taken_back(run) {
                TakenBack::All => ", taken back".to_owned(),
                TakenBack::Files(files) => format!(", {files} taken back"),
                TakenBack::Nothing if run.done => String::new(),
                TakenBack::Nothing => ", cut short".to_owned(),
            }
        )?;
        if args.files {
            for path in run.paths() {
                writeln!(out, "        {}", printable(&path_text(path)))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// What a run did, in a word.
fn action(run: &Run) -> String {
    match run.action {
        Action::Fix => "fix".to_owned(),
        Action::Undo { of, part: false } => format!("undo {of}"),
        Action::Undo { of, part: true } => format!("undo {of} in part"),
    }
}

/// Seconds since 1970 as a date and a time of day, in UTC.
fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Days since 1970 as year, month and day. The algorithm is Howard Hinnant's
/// `civil_from_days`, for days that are not before 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn seconds_become_a_date() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_400 + 3661), "2000-02-29 01:01:01 UTC");
        assert_eq!(utc(1_767_225_599), "2025-12-31 23:59:59 UTC");
    }
}
