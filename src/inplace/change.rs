//! Changing files so that each is either as it was or as it was meant to be,
//! and can be brought back.
//!
//! The order is what makes a crash harmless: what goes is kept and on disk,
//! then the journal, then the new files beside the old ones, and only then is
//! anything renamed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use xxhash_rust::xxh3::xxh3_128;

use super::{
    Original, Project,
    journal::{self, Action, Change, Journal},
    project::State,
    store::{Put, Store, private},
};
use crate::write::{
    Access, SYNC_ALL_FROM, WriteError, WriteErrorKind, sync_file_system, sync_folder,
};

/// A change that is wanted.
#[derive(Debug)]
pub(super) struct Planned {
    /// The file, with all links resolved.
    pub(super) path: PathBuf,
    /// The file as it is; `None` if it is not there.
    pub(super) before: Option<Original>,
    /// What it is to hold; `None` if it is to go.
    pub(super) after: Option<Vec<u8>>,
    /// Its permission bits, if it has to be made.
    pub(super) mode: u32,
    /// How `after` is had again when the file has changed.
    pub(super) again: Again,
}

/// How the new content of a file is had again: an undo that merges needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It is the old one without these half-open ranges of bytes.
    Cuts(Vec<(usize, usize)>),
    /// It is kept already, or there is none.
    Kept,
    /// It has to be kept.
    Keep,
}

/// What came of a change that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// It was made.
    Changed,
    /// The file was so already: another run had the same in mind, and was
    /// first.
    Already,
}

/// What kept a change from being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Somebody else has written or removed the file meanwhile.
    Changed,
    /// The file cannot be written, for this reason.
    Failed(String),
}

impl Refused {
    fn of(error: &io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => out.write_str("was changed by somebody else meanwhile, and is left"),
            Self::Failed(reason) => write!(out, "cannot be written: {reason}"),
        }
    }
}

/// A run that changes files, in several batches.
#[derive(Debug)]
pub(super) struct Transaction {
    state: State,
    store: Store,
    journal: Journal,
    /// What went wrong after files had their new content.
    trouble: Option<WriteError>,
}

/// A file under way, beside its place. Dropped before it has its name, it is
/// removed.
#[derive(Debug)]
struct Temp {
    path: PathBuf,
    named: bool,
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.named {
            // The next run removes it if this cannot.
            fs::remove_file(&self.path).ok();
        }
    }
}

impl Transaction {
    /// Begins a run, and removes what an interrupted one left under way.
    pub(super) fn begin(state: State, action: Action) -> Result<Self, WriteError> {
        let folder = state.project.state();
        let at = |error: io::Error| WriteErrorKind::from(error).at(&folder);
        sweep(&state.project);
        let journal = Journal::create(&folder, action).map_err(at)?;
        Ok(Self {
            store: Store::new(&folder),
            state,
            journal,
            trouble: None,
        })
    }

    /// Makes the changes. What keeps a file from being changed is said at its
    /// place in the answer.
    ///
    /// # Errors
    ///
    /// What goes cannot be kept, or the journal cannot be written: then no
    /// file of this batch was changed, and nothing of it is kept or journalled.
    pub(super) fn apply(
        &mut self,
        planned: &[Planned],
    ) -> Result<Vec<Result<Applied, Refused>>, WriteError> {
        let folder = self.state.project.state();
        let at = |error: io::Error| WriteErrorKind::from(error).at(&folder);
        let first = self.journal.changes;
        let mark = self.journal.mark().map_err(at)?;
        let mut kept = Vec::new();
        let prepared = self.prepare(planned, first, &mut kept);
        let mut temps = match prepared {
            Ok(temps) => temps,
            Err(error) => {
                // A disk that is full should not stay so on our account.
                let new = kept.iter().filter(|put| put.is_new);
                new.for_each(|put| drop(fs::remove_file(&put.path)));
                self.journal.back_to(mark).map_err(at)?;
                return Err(at(error));
            }
        };
        let done: Vec<Result<Applied, Refused>> = planned
            .iter()
            .zip(&mut temps)
            .map(|(one, temp)| match temp {
                Ok(temp) => commit(one, temp.as_mut()),
                Err(reason) => Err(reason.clone()),
            })
            .collect();
        let folders: BTreeSet<&Path> = planned.iter().filter_map(|one| one.path.parent()).collect();
        let mut folders = folders.into_iter();
        let synced = folders.try_for_each(|parent| sync_folder(Some(parent)));
        let skipped: Vec<usize> = (first..)
            .zip(&done)
            .filter(|(_, done)| **done != Ok(Applied::Changed))
            .map(|(number, _)| number)
            .collect();
        let told = synced.and_then(|()| self.journal.skipped(&skipped));
        // The files have their new content, whatever this says.
        self.trouble = self.trouble.take().or(told.map_err(at).err());
        Ok(done)
    }

    /// Does all that comes before the first file is changed. What was put into
    /// the store is in `kept`, also after an error.
    fn prepare(
        &mut self,
        planned: &[Planned],
        first: usize,
        kept: &mut Vec<Put>,
    ) -> io::Result<Vec<Result<Option<Temp>, Refused>>> {
        self.keep(planned, kept)?;
        let changes = planned.iter().map(|one| self.change(one)).collect();
        self.journal.enter(changes)?;
        let temps: Vec<Result<Option<Temp>, Refused>> = planned
            .iter()
            .enumerate()
            .map(|(at, one)| {
                self.stage(one, first + at)
                    .map_err(|error| Refused::of(&error))
            })
            .collect();
        let staged: Vec<PathBuf> = temps
            .iter()
            .filter_map(|temp| Some(temp.as_ref().ok()?.as_ref()?.path.clone()))
            .collect();
        sync_files(&staged)?;
        Ok(temps)
    }

    /// Its number.
    pub(super) fn run(&self) -> u32 {
        self.journal.run
    }

    /// Enters that these files, from the project's root on, were asked for and
    /// are so already.
    pub(super) fn already(&mut self, paths: Vec<PathBuf>) -> Result<(), WriteError> {
        let folder = self.state.project.state();
        let entered = self.journal.already(paths);
        entered.map_err(|error| WriteErrorKind::from(error).at(&folder))
    }

    /// Enters that these files, from the project's root on, were asked for and
    /// are left as they are.
    pub(super) fn left(&mut self, paths: Vec<PathBuf>) -> Result<(), WriteError> {
        let folder = self.state.project.state();
        let entered = self.journal.left(paths);
        entered.map_err(|error| WriteErrorKind::from(error).at(&folder))
    }

    /// Ends the run, and tells its number; `None` if it was a fix that changed
    /// nothing, which nobody will want to take back.
    ///
    /// # Errors
    ///
    /// The journal cannot be ended, or not all that was changed is on disk for
    /// certain. Then the run counts as cut short.
    pub(super) fn finish(self) -> Result<Option<u32>, WriteError> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        let folder = self.state.project.state();
        self.journal
            .finish()
            .map_err(|error| WriteErrorKind::from(error).at(folder))
    }

    /// Keeps what goes, and brings it to disk.
    fn keep(&self, planned: &[Planned], kept: &mut Vec<Put>) -> io::Result<()> {
        for original in planned.iter().filter_map(|one| one.before.as_ref()) {
            kept.push(self.store.put(original.digest, &original.bytes)?);
        }
        for planned in planned.iter().filter(|one| one.again == Again::Keep) {
            if let Some(bytes) = &planned.after {
                kept.push(self.store.put(xxh3_128(bytes), bytes)?);
            }
        }
        let written: Vec<PathBuf> = kept.iter().map(|put| put.path.clone()).collect();
        if sync_files(&written)? == Synced::Systems {
            return Ok(());
        }
        let folders: BTreeSet<&Path> = written
            .iter()
            .flat_map(|path| path.ancestors().skip(1).take(3))
            .collect();
        folders
            .into_iter()
            .try_for_each(|folder| sync_folder(Some(folder)))
    }

    fn change(&self, planned: &Planned) -> Change {
        let root = self.state.project.root();
        let before = planned.before.as_ref();
        let modified = before.and_then(|original| original.seen?.modified);
        Change {
            path: planned
                .path
                .strip_prefix(root)
                .unwrap_or(&planned.path)
                .to_path_buf(),
            before: before.map(|original| original.digest),
            after: planned.after.as_deref().map(xxh3_128),
            mode: planned.access().mode,
            mtime: modified
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
                .and_then(|since| u64::try_from(since.as_nanos()).ok()),
            cuts: match &planned.again {
                Again::Cuts(cuts) => cuts.clone(),
                Again::Kept | Again::Keep => Vec::new(),
            },
        }
    }

    /// Writes the new content beside the file, if there is to be one.
    fn stage(&self, planned: &Planned, number: usize) -> io::Result<Option<Temp>> {
        let Some(bytes) = &planned.after else {
            return Ok(None);
        };
        if let (None, Some(folder)) = (&planned.before, planned.path.parent()) {
            fs::create_dir_all(folder)?;
        }
        let path = temp_path(&planned.path, self.journal.run, &self.journal.tag, number);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let mut file = private(&mut options).open(&path)?;
        let temp = Temp { path, named: false };
        file.write_all(bytes)?;
        planned.access().give(&file)?;
        Ok(Some(temp))
    }
}

impl Planned {
    /// What the new file is to have: what the one that it replaces has.
    fn access(&self) -> Access {
        let seen = self.before.as_ref().and_then(|original| original.seen);
        Access {
            owner: seen.and_then(|seen| seen.owner),
            mode: seen.map_or(self.mode, |seen| seen.mode),
        }
    }
}

/// Where the new content of `target` waits. Hidden, so that no walk takes it
/// for a document.
fn temp_path(target: &Path, run: u32, tag: &str, number: usize) -> PathBuf {
    target.with_file_name(format!(".dehusk-{run}-{tag}-{number}.tmp"))
}

/// Removes the files under way of a last run that was cut short. One that
/// cannot be removed is hidden and in nobody's way; that its folder has become
/// something else must not keep later runs from theirs.
fn sweep(project: &Project) {
    let last = journal::last(&project.state());
    let Some(last) = last.ok().flatten().filter(|last| !last.done) else {
        return;
    };
    for (number, change) in last.planned.iter().enumerate() {
        let target = project.root().join(&change.path);
        fs::remove_file(temp_path(&target, last.number, &last.tag, number)).ok();
    }
}

/// Puts the new content in the file's place, unless somebody else has written
/// it meanwhile.
fn commit(planned: &Planned, temp: Option<&mut Temp>) -> Result<Applied, Refused> {
    match &planned.before {
        Some(original) => match original.is_current() {
            Ok(true) => {}
            Ok(false) | Err(_) if is_already(planned) => return Ok(Applied::Already),
            Ok(false) => return Err(Refused::Changed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Refused::Changed),
            Err(error) => return Err(Refused::of(&error)),
        },
        None if fs::symlink_metadata(&planned.path).is_ok() => return Err(Refused::Changed),
        None => {}
    }
    let done = match temp {
        Some(temp) => fs::rename(&temp.path, &planned.path).map(|()| temp.named = true),
        None => fs::remove_file(&planned.path),
    };
    done.map_err(|error| Refused::of(&error))
        .map(|()| Applied::Changed)
}

/// Whether a file that was changed meanwhile is what it is to become.
fn is_already(planned: &Planned) -> bool {
    match &planned.after {
        Some(wanted) => fs::read(&planned.path).is_ok_and(|bytes| bytes == *wanted),
        None => fs::symlink_metadata(&planned.path)
            .is_err_and(|error| error.kind() == io::ErrorKind::NotFound),
    }
}

/// What was brought to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Synced {
    /// The files, not their names.
    Files,
    /// The file systems they are on, with names and all.
    Systems,
}

/// Brings files to disk: each by itself, or, if there are many, the file
/// systems they are on.
fn sync_files(paths: &[PathBuf]) -> io::Result<Synced> {
    if paths.len() < SYNC_ALL_FROM || !cfg!(target_os = "linux") {
        for path in paths {
            fs::File::open(path)?.sync_all()?;
        }
        return Ok(Synced::Files);
    }
    let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    let mut systems: BTreeMap<u64, &Path> = BTreeMap::new();
    for folder in folders {
        systems.insert(device(folder)?, folder);
    }
    for folder in systems.values() {
        sync_file_system(folder)?;
    }
    Ok(Synced::Systems)
}

#[cfg(unix)]
fn device(folder: &Path) -> io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::dev(&fs::metadata(folder)?))
}

#[cfg(not(unix))]
fn device(_: &Path) -> io::Result<u64> {
    Ok(0)
}
