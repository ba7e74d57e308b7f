//! Why a run is not taken back.

use std::{
    io,
    path::{Path, PathBuf},
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
