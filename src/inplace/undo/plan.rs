//! What has to be changed to take a run back.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    super::{
        Original, Project,
        change::{Again, Planned},
        journal::{Change, Run},
        merge::{Conflict, merge},
        store::Store,
    },
    OnChange, UndoError, Undone,
};
use crate::read::file::ReadError;

/// What has to be changed, and what has not, to take a run back.
pub(super) struct Plan {
    pub(super) planned: Vec<Planned>,
    /// Files that are as they were before it already, from the root on.
    pub(super) already: Vec<PathBuf>,
    /// Files that are left although the run is in force for them, from the root
    /// on.
    pub(super) left: Vec<PathBuf>,
}

/// What is to be done about one file.
enum Deed {
    /// It is as it was already.
    Nothing,
    /// It is changed; whether what somebody else has written goes by that.
    Change(Planned, bool),
    /// It was changed since, so that the run is not taken back.
    Changed,
    /// What was changed since cannot be joined with what the run took.
    Conflict(Conflict),
    /// What it held is not kept any more.
    Lost(io::Error),
    /// It is left, for this reason.
    Left(String),
}

/// Plans to take back what `run` did to these files, step by step.
pub(super) fn plan(
    project: &Project,
    run: &Run,
    steps: BTreeMap<&Path, Vec<&Change>>,
    on_change: OnChange,
    undone: &mut Undone,
) -> Result<Plan, UndoError> {
    let store = Store::new(&project.state());
    let (mut planned, mut already, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let (mut changed, mut conflicts) = (Vec::new(), Vec::new());
    let (mut lost, mut errors) = (Vec::new(), Vec::new());
    for (path, steps) in steps {
        let full = project.root().join(path);
        match deed(&full, &steps, on_change, &store)? {
            Deed::Nothing => already.push(path.to_path_buf()),
            Deed::Change(change, overwrites) => {
                if overwrites {
                    undone.overwritten.push(project.shown(&full));
                }
                planned.push(change);
            }
            Deed::Changed => changed.push(path.to_path_buf()),
            Deed::Conflict(Conflict { line, reason }) => {
                conflicts.push((path.to_path_buf(), line, reason));
            }
            Deed::Lost(error) => {
                lost.push(path.to_path_buf());
                errors.push(error);
            }
            Deed::Left(reason) => {
                left.push(path.to_path_buf());
                undone.failed.push((project.shown(&full), reason));
            }
        }
    }
    undone.already += already.len();
    let run = run.number;
    if !conflicts.is_empty() {
        return Err(UndoError::Conflict { conflicts });
    }
    if !changed.is_empty() {
        let paths = changed;
        return Err(UndoError::Changed { run, paths });
    }
    match errors.into_iter().next() {
        Some(error) => Err(UndoError::Lost {
            run,
            paths: lost,
            others: planned.len(),
            store: store.folder().to_path_buf(),
            error,
        }),
        None => Ok(Plan {
            planned,
            already,
            left,
        }),
    }
}

/// What is to be done about the file at `path`, to which a run did `steps`.
fn deed(
    path: &Path,
    steps: &[&Change],
    on_change: OnChange,
    store: &Store,
) -> Result<Deed, UndoError> {
    let Some(first) = steps.first() else {
        return Ok(Deed::Nothing);
    };
    let current = match current(path)? {
        Current::Gone => None,
        Current::File(original) => Some(original),
        Current::Other(reason) => {
            return Ok(match on_change {
                OnChange::Refuse => Deed::Changed,
                OnChange::Merge => Deed::Conflict(Conflict { line: None, reason }),
                OnChange::Overwrite => Deed::Left(format!("{reason}, and is left")),
            });
        }
    };
    let digest = current.as_ref().map(|original| original.digest);
    if digest == first.before {
        return Ok(Deed::Nothing);
    }
    let as_left = steps.iter().any(|step| step.after == digest);
    let mut again = Again::Kept;
    let after = match on_change {
        OnChange::Refuse if !as_left => return Ok(Deed::Changed),
        OnChange::Merge if !as_left => {
            again = Again::Keep;
            match merged(whole(steps).as_ref(), store, current.as_ref()) {
                Ok(bytes) => Some(bytes),
                Err(conflict) => return Ok(Deed::Conflict(conflict)),
            }
        }
        OnChange::Refuse | OnChange::Merge | OnChange::Overwrite => match before(first, store) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Deed::Lost(error)),
        },
    };
    let overwrites = on_change == OnChange::Overwrite && current.is_some() && !as_left;
    let planned = Planned {
        path: path.to_path_buf(),
        before: current,
        after,
        mode: first.mode,
        again,
    };
    Ok(Deed::Change(planned, overwrites))
}

fn merged(
    change: Option<&Change>,
    store: &Store,
    current: Option<&Original>,
) -> Result<Vec<u8>, Conflict> {
    let refuse = |reason| Err(Conflict { line: None, reason });
    match (change, current) {
        (Some(change), Some(current)) => merge(change, store, &current.bytes),
        (None, Some(_)) => refuse("was removed by the run and made anew since"),
        (_, None) => refuse("was removed since"),
    }
}

/// What a file held before the run; `None` if it was not there.
fn before(change: &Change, store: &Store) -> io::Result<Option<Vec<u8>>> {
    change.before.map(|digest| store.get(digest)).transpose()
}

/// What a run did to each file, step by step: a file may have been cleaned and
/// then dropped, and a crash may have come between the two.
pub(super) fn steps(run: &Run) -> BTreeMap<&Path, Vec<&Change>> {
    let mut steps: BTreeMap<&Path, Vec<&Change>> = BTreeMap::new();
    for change in &run.changes {
        steps.entry(&change.path).or_default().push(change);
    }
    steps
}

/// The whole of what a run did to a file, up to the last step that left one:
/// what a merge goes by. Only the first step's cuts are of what the file held
/// before the run.
fn whole(steps: &[&Change]) -> Option<Change> {
    let (first, _) = steps.split_first()?;
    let last = steps.iter().rposition(|step| step.after.is_some())?;
    let mut whole = (*first).clone();
    whole.after = steps[last].after;
    if last > 0 {
        whole.cuts.clear();
    }
    Some(whole)
}

/// What is at the place of a file.
enum Current {
    Gone,
    File(Original),
    /// Something else, which a run has never left there; why, as a phrase.
    Other(&'static str),
}

fn current(path: &Path) -> Result<Current, UndoError> {
    let at = |error: ReadError| UndoError::Read {
        path: path.to_path_buf(),
        error,
    };
    let data = match fs::symlink_metadata(path) {
        Err(error) if is_gone(&error) => return Ok(Current::Gone),
        data => data.map_err(|error| at(error.into()))?,
    };
    if data.is_symlink() {
        return Ok(Current::Other("is a link now"));
    }
    if data.is_dir() {
        return Ok(Current::Other("is a folder now"));
    }
    if !data.is_file() {
        return Ok(Current::Other("is no file any more"));
    }
    Original::read(path, u64::MAX)
        .map(Current::File)
        .map_err(at)
}

/// Whether there is nothing at a place, or no folder that it could be in.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}
