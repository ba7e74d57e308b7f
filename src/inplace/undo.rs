//! Taking a run back.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Original, Project,
    change::{Again, Applied, Planned, Transaction},
    history::{History, TakenBack, names},
    journal::{self, Action, Change, Run},
    merge::{Conflict, merge},
    store::Store,
};
use crate::{
    read::file::ReadError,
    write::{WriteError, path_text},
};

/// Why a run was not taken back. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// There is none.
    #[error(
        "there is no fix to take back in {}{}{}",
        path_text(root), or_undo(*.undo), or_elsewhere(.elsewhere.as_deref())
    )]
    NoRun {
        /// The project's root.
        root: PathBuf,
        /// The last undo that is in force, which can be taken back.
        undo: Option<u32>,
        /// A folder near by that has runs of its own.
        elsewhere: Option<PathBuf>,
    },
    /// None changed this file or a file in this folder, or all that did were
    /// taken back.
    #[error("{}: no fix that is in force changed that", path_text(.0))]
    NoRunOf(PathBuf),
    /// The run did not change this file or a file in this folder.
    #[error("{}: run {run} did not change that", path_text(path))]
    NotInRun {
        /// The run.
        run: u32,
        /// The file or folder, as it was named.
        path: PathBuf,
    },
    /// There is none with this number.
    #[error("there is no run {0}")]
    NoSuchRun(u32),
    /// Files hold neither what the run left nor what was there before.
    #[error(
        "{} changed since run {run}, such as {}",
        files(.paths.len()), path_text(&.paths[0])
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
    /// What files held before is not kept any more.
    #[error(
        "what {} held before run {run} (such as {}) {}, so nothing was brought back",
        files(.paths.len()), path_text(&.paths[0]), lost(.store, .error)
    )]
    Lost {
        /// The run.
        run: u32,
        /// The files.
        paths: Vec<PathBuf>,
        /// How many files of the run can be brought back.
        others: usize,
        /// Where it was kept.
        store: PathBuf,
        /// Why the first cannot be read.
        #[source]
        error: io::Error,
    },
    /// A file cannot be read.
    #[error("{}: {error}", path_text(path))]
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

/// That there is an undo to be taken back, if there is one.
fn or_undo(undo: Option<u32>) -> String {
    undo.map_or_else(String::new, |run| {
        format!("; the last run is an undo, which `dehusk undo {run}` takes back")
    })
}

/// That another folder has runs, if one has.
fn or_elsewhere(folder: Option<&Path>) -> String {
    folder.map_or_else(String::new, |folder| {
        format!("; {} has runs, so call it there", path_text(folder))
    })
}

/// What became of what a store had.
fn lost(store: &Path, error: &io::Error) -> String {
    let store = path_text(store);
    if error.kind() == io::ErrorKind::NotFound {
        format!("is not in {store} any more")
    } else {
        format!("is in {store}, but cannot be read")
    }
}

fn files(count: usize) -> String {
    crate::report::plural(count, "file")
}

/// The first few conflicts, with their places.
fn listed(conflicts: &[(PathBuf, Option<usize>, &'static str)]) -> String {
    const SHOWN: usize = 4;
    let places = conflicts.iter().take(SHOWN).map(|(path, line, reason)| {
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line} {reason}", path_text(path))
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
    let Plan { planned, already } = plan(project, run, &only, options.on_change, &mut undone)?;
    let is_known = if part {
        let mut in_force = history.in_force(run);
        !in_force.any(|path| names(&only, path))
    } else {
        history.taken_back(run) == TakenBack::All
    };
    if planned.is_empty() && is_known {
        // It is known already that nothing of it is left.
        return Ok(undone);
    }
    let of = run.number;
    let mut transaction = Transaction::begin(state, Action::Undo { of, part })?;
    transaction.already(already)?;
    let done = transaction.apply(&planned)?;
    for (planned, done) in planned.into_iter().zip(done) {
        let path = project.shown(&planned.path);
        match done {
            Ok(Applied::Already) => undone.already += 1,
            Ok(Applied::Changed) if planned.again == Again::Keep => undone.merged.push(path),
            Ok(Applied::Changed) => undone.restored.push(path),
            Err(reason) => undone.failed.push((path, reason)),
        }
    }
    let restored = &undone.restored;
    undone.overwritten.retain(|path| restored.contains(path));
    undone.run = transaction.finish()?;
    Ok(undone)
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

/// What has to be changed, and what has not, to take a run back.
struct Plan {
    planned: Vec<Planned>,
    /// Files that are as they were before it already, from the root on.
    already: Vec<PathBuf>,
}

/// What has to be changed to take `run` back.
fn plan(
    project: &Project,
    run: &Run,
    only: &[PathBuf],
    on_change: OnChange,
    undone: &mut Undone,
) -> Result<Plan, UndoError> {
    let store = Store::new(&project.state());
    let (mut planned, mut already) = (Vec::new(), Vec::new());
    let (mut changed, mut conflicts, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    let wanted = |path: &Path| only.is_empty() || names(only, path);
    for (path, steps) in steps(run) {
        let Some(first) = steps.first().filter(|_| wanted(path)) else {
            continue;
        };
        let full = project.root().join(path);
        let current = match current(&full)? {
            Current::Gone => None,
            Current::File(original) => Some(original),
            Current::Other(reason) => {
                match on_change {
                    OnChange::Refuse => changed.push(path.to_path_buf()),
                    OnChange::Merge => conflicts.push((path.to_path_buf(), None, reason)),
                    OnChange::Overwrite => {
                        let reason = format!("{reason}, and is left");
                        undone.failed.push((project.shown(&full), reason));
                    }
                }
                continue;
            }
        };
        let digest = current.as_ref().map(|original| original.digest);
        if digest == first.before {
            undone.already += 1;
            already.push(path.to_path_buf());
            continue;
        }
        let as_left = steps.iter().any(|step| step.after == digest);
        let mut again = Again::Kept;
        let after = match (on_change, &current) {
            (OnChange::Refuse, _) if !as_left => {
                changed.push(path.to_path_buf());
                continue;
            }
            (OnChange::Merge, current) if !as_left => {
                again = Again::Keep;
                match merged(whole(&steps).as_ref(), &store, current.as_ref()) {
                    Ok(bytes) => Some(bytes),
                    Err(Conflict { line, reason }) => {
                        conflicts.push((path.to_path_buf(), line, reason));
                        continue;
                    }
                }
            }
            (on_change, current) => {
                if on_change == OnChange::Overwrite && current.is_some() && !as_left {
                    undone.overwritten.push(project.shown(&full));
                }
                match before(first, &store) {
                    Ok(bytes) => bytes,
                    Err(error) => {
                        lost.push((path.to_path_buf(), error));
                        continue;
                    }
                }
            }
        };
        planned.push(Planned {
            path: full,
            before: current,
            after,
            mode: first.mode,
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
    let (paths, mut errors): (Vec<_>, Vec<_>) = lost.into_iter().unzip();
    if !errors.is_empty() {
        return Err(UndoError::Lost {
            run: run.number,
            paths,
            others: planned.len(),
            store: store.folder().to_path_buf(),
            error: errors.swap_remove(0),
        });
    }
    Ok(Plan { planned, already })
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
fn steps(run: &Run) -> BTreeMap<&Path, Vec<&Change>> {
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
