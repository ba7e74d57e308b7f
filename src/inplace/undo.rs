//! Taking a run back.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_128;

use super::{
    Original, Project,
    change::{Planned, Transaction},
    journal::{self, Action, Run},
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
        "{} changed since run {run}, such as {}; --force overwrites what was changed (and keeps it for another undo)",
        files(.paths.len()), .paths[0].display()
    )]
    Changed {
        /// The run.
        run: u32,
        /// The files.
        paths: Vec<PathBuf>,
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
    /// How many files were so already.
    pub already: usize,
    /// The files that are not, and why.
    pub failed: Vec<(PathBuf, String)>,
}

/// What a run did to a file, whatever number of steps it took.
struct Span {
    before: Option<u128>,
    after: Option<u128>,
    mode: u32,
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
/// that whoever watches the files notices. With `force`, files that were
/// changed since are brought back, too; what they held is kept.
///
/// # Errors
///
/// [`UndoError`]; nothing was changed.
pub fn undo(project: &Project, number: Option<u32>, force: bool) -> Result<Undone, UndoError> {
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
        already: 0,
        failed: Vec::new(),
    };
    let planned = plan(project, run, force, &mut undone)?;
    let mut transaction = Transaction::begin(state, Action::Undo { of: run.number })?;
    let done = transaction.apply(&planned)?;
    for (planned, done) in planned.into_iter().zip(done) {
        let path = project.shown(&planned.path);
        match done {
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
    force: bool,
    undone: &mut Undone,
) -> Result<Vec<Planned>, UndoError> {
    let store = Store::new(&project.state());
    let mut planned = Vec::new();
    let mut changed = Vec::new();
    for (path, span) in spans(run) {
        let full = project.root().join(path);
        let current = current(&full)?;
        let digest = current.as_ref().map(|original| original.digest);
        if digest == span.before {
            undone.already += 1;
            continue;
        }
        if digest != span.after && !force {
            changed.push(path.to_path_buf());
            continue;
        }
        let after = match span.before {
            None => None,
            Some(digest) => {
                let bytes = store.get(digest).map_err(|error| UndoError::Lost {
                    path: path.to_path_buf(),
                    error,
                })?;
                debug_assert_eq!(xxh3_128(&bytes), digest);
                Some(bytes)
            }
        };
        planned.push(Planned {
            path: full,
            before: current,
            after,
            mode: span.mode,
        });
    }
    if changed.is_empty() {
        Ok(planned)
    } else {
        Err(UndoError::Changed {
            run: run.number,
            paths: changed,
        })
    }
}

/// The first state and the last one of each file of a run: a file may have
/// been cleaned and then dropped.
fn spans(run: &Run) -> BTreeMap<&Path, Span> {
    let mut spans: BTreeMap<&Path, Span> = BTreeMap::new();
    for change in &run.changes {
        spans
            .entry(&change.path)
            .and_modify(|span| span.after = change.after)
            .or_insert(Span {
                before: change.before,
                after: change.after,
                mode: change.mode,
            });
    }
    spans
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
