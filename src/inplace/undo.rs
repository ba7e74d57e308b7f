//! Taking a run back.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Original, Project,
    change::{Again, Planned, Transaction},
    journal::{self, Action, Change, Run},
    merge::{Conflict, merge},
    store::Store,
};
use crate::{read::file::ReadError, write::WriteError};

/// Why a run was not taken back. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// There is none.
    #[error("there is no run to take back in {}", .0.display())]
    NoRun(PathBuf),
    /// There is none with this number.
    #[error("there is no run {0}; `dehusk runs` lists them")]
    NoSuchRun(u32),
    /// Files hold neither what the run left nor what was there before.
    #[error(
        "{} changed since run {run}, such as {}; --merge keeps the changes and brings back what \
         was taken, --force overwrites them (and keeps them for another undo)",
        files(.paths.len()), .paths[0].display()
    )]
    Changed {
        /// The run.
        run: u32,
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// Files were changed where the run took something out, or cannot be merged
    /// for another reason.
    #[error(
        "{} cannot be merged, and nothing was brought back: {}",
        files(.conflicts.len()), listed(.conflicts)
    )]
    Conflict {
        /// The files, with the line if it is about one, and why.
        conflicts: Vec<(PathBuf, Option<usize>, &'static str)>,
    },
    /// What a file held before is not kept any more.
    #[error("{}: what it held cannot be read: {error}", path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: ReadError,
    },
    /// A journal cannot be read.
    #[error("the journals cannot be read: {0}")]
    Journal(io::Error),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn files(count: usize) -> String {
    crate::report::plural(count, "file")
}

/// The first few conflicts, with their places.
fn listed(conflicts: &[(PathBuf, Option<usize>, &'static str)]) -> String {
    const SHOWN: usize = 4;
    let places = conflicts.iter().take(SHOWN).map(|(path, line, reason)| {
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line} {reason}", path.display())
    });
    let mut list = places.collect::<Vec<_>>().join("; ");
    if conflicts.len() > SHOWN {
        list.push_str("; …");
    }
    list
}

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
    /// The run that took it back, by which that is taken back; `None` if there
    /// was nothing to do.
    pub run: Option<u32>,
    /// The files that are as they were, in the order of their paths.
    pub restored: Vec<PathBuf>,
    /// The files that have back what the run took, beside what was changed in
    /// them since.
    pub merged: Vec<PathBuf>,
    /// How many files were so already.
    pub already: usize,
    /// The files that are not, and why.
    pub failed: Vec<(PathBuf, String)>,
}

/// The kept runs of `project`, oldest first.
///
/// # Errors
///
/// A journal cannot be read.
pub fn runs(project: &Project) -> io::Result<Vec<Run>> {
    journal::runs(&project.state())
}

/// Whether `run` was taken back by a later one.
pub fn is_undone(run: &Run, runs: &[Run]) -> bool {
    runs.iter()
        .any(|later| later.done && later.action == Action::Undo { of: run.number })
}

/// Brings the files that `run` changed back to what they held before; without
/// a number, those of the last fix that was not taken back.
///
/// Content and permissions come back; the time of the last change is now, so
/// that whoever watches the files notices.
///
/// # Errors
///
/// [`UndoError`]; nothing was changed.
pub fn undo(
    project: &Project,
    number: Option<u32>,
    changed: OnChange,
) -> Result<Undone, UndoError> {
    if !project.state().exists() {
        return Err(UndoError::NoRun(project.root().to_path_buf()));
    }
    // Held from here on: a run under way is not one that was cut short.
    let state = project.open()?;
    let runs = runs(project).map_err(UndoError::Journal)?;
    let run = match number {
        Some(number) => runs
            .iter()
            .find(|run| run.number == number)
            .ok_or(UndoError::NoSuchRun(number))?,
        None => runs
            .iter()
            .rev()
            .find(|run| run.action == Action::Fix && !is_undone(run, &runs))
            .ok_or_else(|| UndoError::NoRun(project.root().to_path_buf()))?,
    };
    let mut undone = Undone {
        of: run.number,
        run: None,
        restored: Vec::new(),
        merged: Vec::new(),
        already: 0,
        failed: Vec::new(),
    };
    let planned = plan(project, run, changed, &mut undone)?;
    let mut transaction = Transaction::begin(state, Action::Undo { of: run.number })?;
    let done = transaction.apply(&planned)?;
    for (planned, done) in planned.into_iter().zip(done) {
        let path = project.shown(&planned.path);
        match done {
            Ok(()) if planned.again == Again::Keep => undone.merged.push(path),
            Ok(()) => undone.restored.push(path),
            Err(reason) => undone.failed.push((path, reason)),
        }
    }
    undone.run = Some(transaction.finish()?);
    Ok(undone)
}

/// What has to be changed to take `run` back.
fn plan(
    project: &Project,
    run: &Run,
    on_change: OnChange,
    undone: &mut Undone,
) -> Result<Vec<Planned>, UndoError> {
    let store = Store::new(&project.state());
    let mut planned = Vec::new();
    let (mut changed, mut conflicts) = (Vec::new(), Vec::new());
    for change in whole_changes(run).into_values() {
        let full = project.root().join(&change.path);
        let current = current(&full)?;
        let digest = current.as_ref().map(|original| original.digest);
        if digest == change.before {
            undone.already += 1;
            continue;
        }
        let mut again = Again::Kept;
        let after = match (on_change, &current) {
            (OnChange::Refuse, _) if digest != change.after => {
                changed.push(change.path);
                continue;
            }
            (OnChange::Merge, current) if digest != change.after => {
                again = Again::Keep;
                match merged(&change, &store, current.as_ref()) {
                    Ok(bytes) => Some(bytes),
                    Err(Conflict { line, reason }) => {
                        conflicts.push((change.path, line, reason));
                        continue;
                    }
                }
            }
            _ => before(&change, &store)?,
        };
        planned.push(Planned {
            path: full,
            before: current,
            after,
            mode: change.mode,
            again,
        });
    }
    if !conflicts.is_empty() {
        return Err(UndoError::Conflict { conflicts });
    }
    if !changed.is_empty() {
        return Err(UndoError::Changed {
            run: run.number,
            paths: changed,
        });
    }
    Ok(planned)
}

fn merged(change: &Change, store: &Store, current: Option<&Original>) -> Result<Vec<u8>, Conflict> {
    match current {
        Some(current) => merge(change, store, &current.bytes),
        None => Err(Conflict {
            line: None,
            reason: "was removed since",
        }),
    }
}

/// What a file held before the run; `None` if it was not there.
fn before(change: &Change, store: &Store) -> Result<Option<Vec<u8>>, UndoError> {
    let Some(digest) = change.before else {
        return Ok(None);
    };
    store
        .get(digest)
        .map(Some)
        .map_err(|error| UndoError::Lost {
            path: change.path.clone(),
            error,
        })
}

/// What a run did to each file, whatever number of steps it took: a file may
/// have been cleaned and then dropped.
fn whole_changes(run: &Run) -> BTreeMap<&Path, Change> {
    let mut whole: BTreeMap<&Path, Change> = BTreeMap::new();
    for change in &run.changes {
        whole
            .entry(&change.path)
            .and_modify(|first| {
                first.after = change.after;
                // They led to the first step's end.
                first.cuts.clear();
            })
            .or_insert_with(|| change.clone());
    }
    whole
}

fn current(path: &Path) -> Result<Option<Original>, UndoError> {
    if let Err(error) = fs::symlink_metadata(path)
        && error.kind() == io::ErrorKind::NotFound
    {
        return Ok(None);
    }
    Original::read(path, u64::MAX)
        .map(Some)
        .map_err(|error| UndoError::Read {
            path: path.to_path_buf(),
            error,
        })
}
