//! Taking a run back.

mod error;
mod plan;

pub use error::UndoError;

use std::{
    collections::{BTreeSet, HashSet},
    io,
    path::{Path, PathBuf},
};

use self::plan::{Plan, plan, steps};
use super::{
    Project,
    change::{Again, Applied, Planned, Refused, Transaction},
    history::{History, TakenBack, names},
    journal::{self, Action, Run},
};

/// What happens to files that were changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnChange {
    /// Nothing, and to no other file of the run either.
    #[default]
    Refuse,
    /// What the run took is put back into them, by a three-way merge; if that
    /// is not possible in one of them, nothing is done.
    Merge,
    /// They are overwritten. What they held is kept.
    Overwrite,
}

/// What taking a run back did.
#[derive(Debug)]
pub struct Undone {
    /// The run that was taken back.
    pub of: u32,
    /// The run that took it back, by which that is taken back; `None` if it was
    /// taken back before.
    pub run: Option<u32>,
    /// The files that are as they were, in the order of their paths.
    pub restored: Vec<PathBuf>,
    /// Those among them that were changed since the run. What they held is
    /// kept, and comes back when this undo is taken back.
    pub overwritten: Vec<PathBuf>,
    /// The files that have back what the run took, beside what was changed in
    /// them since.
    pub merged: Vec<PathBuf>,
    /// How many files were so already.
    pub already: usize,
    /// The files that are not, and why.
    pub failed: Vec<(PathBuf, String)>,
}

/// What is taken back, and how.
#[derive(Clone, Debug, Default)]
pub struct UndoOptions {
    /// The number of the run; without one, the last fix that is in force (of
    /// the files in `only`, if there are some).
    pub run: Option<u32>,
    /// Files, and folders with all that is in them; empty stands for all files
    /// of the run.
    pub only: Vec<PathBuf>,
    /// What happens to files that were changed since.
    pub on_change: OnChange,
}

/// The kept runs of `project`.
///
/// # Errors
///
/// A journal cannot be read.
pub fn history(project: &Project) -> io::Result<History> {
    Ok(History::new(journal::runs(&project.state())?))
}

/// Brings the files that a run changed back to what they held before.
///
/// Content and permissions come back; the time of the last change is now, so
/// that whoever watches the files notices.
///
/// # Errors
///
/// [`UndoError`]; nothing was changed.
pub fn undo(project: &Project, options: &UndoOptions) -> Result<Undone, UndoError> {
    if !project.state().exists() {
        return Err(no_run(project, None));
    }
    // Held from here on: a run under way is not one that was cut short.
    let state = project.open()?;
    let history = history(project).map_err(UndoError::Journal)?;
    let only = options.only.iter().map(|path| {
        project.entry(path).map_err(|error| UndoError::Read {
            path: path.clone(),
            error: error.into(),
        })
    });
    let only: Vec<PathBuf> = only.collect::<Result<_, _>>()?;
    let run = chosen(project, &history, options, &only)?;
    let part = !only.is_empty();
    let mut undone = Undone {
        of: run.number,
        run: None,
        restored: Vec::new(),
        overwritten: Vec::new(),
        merged: Vec::new(),
        already: 0,
        failed: Vec::new(),
    };
    let in_force: BTreeSet<&Path> = history.in_force(run).collect();
    // A run of which nothing is in force for a file has no say in it any more,
    // though a later one may have left the same; --force goes by the file alone.
    let forced = options.on_change == OnChange::Overwrite;
    let wanted = |path: &Path| only.is_empty() || names(&only, path);
    let mut steps = steps(run);
    steps.retain(|path, _| wanted(path));
    let all = steps.len();
    steps.retain(|path, _| forced || in_force.contains(path));
    undone.already = all - steps.len();
    let Plan {
        planned,
        already,
        left,
    } = plan(project, run, steps, options.on_change, &mut undone)?;
    let in_force = in_force.into_iter().filter(|path| wanted(path));
    if planned.is_empty() && is_known(&history, run, in_force, &left, part) {
        return Ok(undone);
    }
    let of = run.number;
    let mut transaction = Transaction::begin(state, Action::Undo { of, part })?;
    transaction.already(already)?;
    transaction.left(left)?;
    let done = transaction.apply(&planned)?;
    account(project, planned, done, &mut undone);
    undone.run = transaction.finish()?;
    Ok(undone)
}

/// Whether a journal of an undo that changes nothing would say nothing new.
/// What is in force of the files that were asked for is in `in_force`, and what
/// is left as it is stays in force.
fn is_known<'p>(
    history: &History,
    run: &Run,
    mut in_force: impl Iterator<Item = &'p Path>,
    left: &[PathBuf],
    part: bool,
) -> bool {
    if !part && left.is_empty() {
        return history.taken_back(run) == TakenBack::All;
    }
    let left: HashSet<&Path> = left.iter().map(PathBuf::as_path).collect();
    in_force.all(|path| left.contains(path))
}

/// Enters what came of each change.
fn account(
    project: &Project,
    planned: Vec<Planned>,
    done: Vec<Result<Applied, Refused>>,
    undone: &mut Undone,
) {
    for (planned, done) in planned.into_iter().zip(done) {
        let path = project.shown(&planned.path);
        match done {
            Ok(Applied::Already) => undone.already += 1,
            Ok(Applied::Changed) if planned.again == Again::Keep => undone.merged.push(path),
            Ok(Applied::Changed) => undone.restored.push(path),
            Err(refused) => undone.failed.push((path, refused.to_string())),
        }
    }
    let restored: HashSet<&PathBuf> = undone.restored.iter().collect();
    undone.overwritten.retain(|path| restored.contains(path));
}

fn no_run(project: &Project, undo: Option<u32>) -> UndoError {
    UndoError::NoRun {
        root: project.root().to_path_buf(),
        undo,
        elsewhere: project.elsewhere().filter(|_| undo.is_none()),
    }
}

/// The run that is asked for.
fn chosen<'h>(
    project: &Project,
    history: &'h History,
    options: &UndoOptions,
    only: &[PathBuf],
) -> Result<&'h Run, UndoError> {
    let run = match options.run {
        Some(number) => history.get(number).ok_or(UndoError::NoSuchRun(number))?,
        None if only.is_empty() => history
            .last_fix()
            .ok_or_else(|| no_run(project, history.last_undo()))?,
        None => history
            .last_fix_of(|path| names(only, path))
            .ok_or_else(|| UndoError::NoRunOf(options.only[0].clone()))?,
    };
    let paths = run.paths();
    for (name, written) in only.iter().zip(&options.only) {
        if !paths.iter().any(|path| path.starts_with(name)) {
            return Err(UndoError::NotInRun {
                run: run.number,
                path: written.clone(),
            });
        }
    }
    Ok(run)
}
