//! A folder of clean documents with its account.

mod account;

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

pub use account::Account;
use account::listed;

use super::{MANIFEST_NAME, WriteError, WriteErrorKind, atomic::sync_folder};

/// Where a run keeps what it needs to know. Ignores itself in git.
const STATE: &str = ".dehusk";

/// The account under way. Still there at the start of a run, it tells that the
/// last one was cut short.
const UNDER_WAY: &str = "manifest.tmp";

/// What stands in the folder by dehusk's doing, of this and of earlier runs:
/// path and digest, one JSON object a line.
const OUTPUTS: &str = "outputs.jsonl";

/// The same while a run is under way.
const OUTPUTS_UNDER_WAY: &str = "outputs.tmp";

/// What a run under way may write: on disk before its first file has its name,
/// so that after an interruption its files can be told from others.
const PLANNED: &str = "planned.jsonl";

/// Begins the name of a file under way; the counter and `.tmp` follow.
const TEMP_PREFIX: &str = ".dehusk-";
const TEMP_SUFFIX: &str = ".tmp";

/// From so many files on, one sync of the whole file system is cheaper than
/// one of each file (measured on ext4: 0.3 ms a file against 40 ms in all).
pub(crate) const SYNC_ALL_FROM: usize = 128;

/// An output folder that this run alone may write to. Files are staged and
/// committed through a shared reference, so that documents can be written
/// while an earlier batch is on its way to disk.
#[derive(Debug)]
pub struct OutputFolder {
    root: PathBuf,
    /// Held until the run ends.
    _lock: File,
    next_temp: AtomicU64,
    committed: AtomicUsize,
    /// Folders in which files got their names.
    touched: Mutex<BTreeSet<PathBuf>>,
    /// Whether the last run was cut short.
    interrupted: bool,
}

/// A file that is written, but does not have its name yet. Dropped before
/// it is committed, it is removed.
#[derive(Debug)]
pub struct Staged {
    temp: PathBuf,
    target: PathBuf,
    named: bool,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.named {
            // A leftover harms nobody and the next run removes it.
            fs::remove_file(&self.temp).ok();
        }
    }
}

impl OutputFolder {
    /// Opens `root`, making it if need be, and takes its lock.
    ///
    /// What an interrupted run left under way is removed.
    pub fn open(root: &Path) -> Result<(Self, Account), WriteError> {
        let at = |error: io::Error| WriteErrorKind::from(error).at(root);
        let state = root.join(STATE);
        fs::create_dir_all(&state).map_err(at)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(state.join("lock"))
            .map_err(at)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(WriteErrorKind::Busy.at(root)),
            Err(fs::TryLockError::Error(error)) => return Err(at(error)),
        }
        fs::write(state.join(".gitignore"), "*\n").map_err(at)?;
        let under_way = state.join(UNDER_WAY);
        let interrupted = under_way.exists();
        let mut before = match listed(&state.join(OUTPUTS)) {
            Some(before) => before,
            None => listed(&root.join(MANIFEST_NAME)).unwrap_or_default(),
        };
        if interrupted {
            before.extend(listed(&state.join(PLANNED)).unwrap_or_default());
            remove_leftovers(root).map_err(at)?;
        }
        let create = |name: &str| {
            File::create(state.join(name)).map(|file| BufWriter::with_capacity(1 << 16, file))
        };
        let account = Account {
            root: root.to_path_buf(),
            manifest: create(UNDER_WAY).map_err(at)?,
            outputs: create(OUTPUTS_UNDER_WAY).map_err(at)?,
            before,
        };
        let folder = Self {
            root: root.to_path_buf(),
            _lock: lock,
            next_temp: AtomicU64::new(0),
            committed: AtomicUsize::new(0),
            touched: Mutex::default(),
            interrupted,
        };
        Ok((folder, account))
    }

    /// Whether the file system takes `A` and `a` for one name.
    pub fn folds_case(&self) -> bool {
        self.root.join(STATE).join("LOCK").exists()
    }

    /// Writes a file beside its place. It has no name and may not be on disk
    /// before [`commit`](Self::commit).
    pub fn stage(&self, relative: &Path, bytes: &[u8]) -> Result<Staged, WriteError> {
        let target = self.root.join(relative);
        let number = self.next_temp.fetch_add(1, Ordering::Relaxed);
        let temp = target.with_file_name(format!("{TEMP_PREFIX}{number}{TEMP_SUFFIX}"));
        let staged = Staged {
            temp,
            target,
            named: false,
        };
        staged
            .write(bytes)
            .map_err(|error| WriteErrorKind::from(error).at(&staged.target))?;
        Ok(staged)
    }

    /// Brings `staged` files to disk and gives them their names.
    ///
    /// A file that cannot have its name is returned with the reason, by its
    /// place in `staged`.
    pub fn commit(&self, staged: Vec<Staged>) -> Result<Vec<(usize, WriteError)>, WriteError> {
        sync_files(&self.root, &staged)
            .map_err(|error| WriteErrorKind::from(error).at(&self.root))?;
        let mut failed = Vec::new();
        self.committed.fetch_add(staged.len(), Ordering::Relaxed);
        for (at, mut file) in staged.into_iter().enumerate() {
            match fs::rename(&file.temp, &file.target) {
                Ok(()) => {
                    file.named = true;
                    self.touch(file.target.parent());
                }
                Err(error) => failed.push((at, WriteErrorKind::from(error).at(&file.target))),
            }
        }
        Ok(failed)
    }

    /// Notes that a folder, and those that lead to it, have new names in them.
    fn touch(&self, folder: Option<&Path>) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        let mut folder = folder;
        while let Some(path) =
            folder.filter(|path| path.starts_with(&self.root) && !touched.contains(*path))
        {
            touched.insert(path.to_path_buf());
            folder = path.parent();
        }
    }

    /// Brings the names of files and folders to disk.
    fn sync_names(&self) -> io::Result<()> {
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if cfg!(target_os = "linux") && touched.len() >= SYNC_ALL_FROM {
            return sync_file_system(&self.root);
        }
        touched
            .iter()
            .try_for_each(|folder| sync_folder(Some(folder)))
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // A run that changed nothing leaves no trace of an interruption; after
        // a whole run there is nothing to remove.
        if !self.interrupted && self.committed.load(Ordering::Relaxed) == 0 {
            fs::remove_file(self.root.join(STATE).join(UNDER_WAY)).ok();
        }
    }
}

impl Staged {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let create = || {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&self.temp)
        };
        let mut file = match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(folder) = self.target.parent() {
                    fs::create_dir_all(folder)?;
                }
                create()?
            }
            other => other?,
        };
        file.write_all(bytes)
    }
}

fn remove_leftovers(root: &Path) -> io::Result<()> {
    let walk = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .build();
    for entry in walk.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy();
        let ours = name.starts_with(TEMP_PREFIX) && name.ends_with(TEMP_SUFFIX);
        if ours && entry.file_type().is_some_and(|kind| kind.is_file()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn sync_files(root: &Path, staged: &[Staged]) -> io::Result<()> {
    if staged.len() >= SYNC_ALL_FROM && cfg!(target_os = "linux") {
        return sync_file_system(root);
    }
    staged
        .iter()
        .try_for_each(|file| File::open(&file.temp)?.sync_all())
}

/// Brings all files of the file system of `root` to disk, where the system can.
#[cfg(target_os = "linux")]
pub(crate) fn sync_file_system(root: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(root)?)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn sync_file_system(root: &Path) -> io::Result<()> {
    sync_folder(Some(root))
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;
    use crate::write::{Entry, Status, path_text};

    fn entry(output: &str, bytes: &[u8]) -> Entry {
        let mut entry = Entry::new(output.into(), output.into());
        entry.output = Some(output.into());
        entry.status = Status::Written;
        entry.digest = Some(xxh3_64(bytes));
        entry
    }

    #[test]
    fn a_run_that_was_refused_is_not_taken_for_an_interrupted_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mine.txt"), "mine").unwrap();
        for _ in 0..2 {
            let (_out, mut account) = OutputFolder::open(dir.path()).unwrap();
            assert!(account.plan(&["mine.txt".into()], false).is_err());
        }
    }

    fn write_one(root: &Path, name: impl AsRef<Path>, bytes: &[u8], prune: bool) -> Vec<PathBuf> {
        let name = name.as_ref();
        let (out, mut account) = OutputFolder::open(root).unwrap();
        account.plan(&[name.into()], false).unwrap();
        let staged = out.stage(name, bytes).unwrap();
        assert!(out.commit(vec![staged]).unwrap().is_empty());
        account.enter(&entry(&path_text(name), bytes)).unwrap();
        account.publish(&out, prune).unwrap()
    }

    #[test]
    fn a_staged_file_has_its_name_after_the_commit_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let (out, account) = OutputFolder::open(dir.path()).unwrap();
        let staged = out.stage(Path::new("a/b.txt"), b"text").unwrap();
        assert!(!dir.path().join("a/b.txt").exists());
        out.commit(vec![staged]).unwrap();
        assert_eq!(fs::read(dir.path().join("a/b.txt")).unwrap(), b"text");
        assert!(!dir.path().join(MANIFEST_NAME).exists());
        account.publish(&out, false).unwrap();
        assert!(dir.path().join(MANIFEST_NAME).exists());
    }

    #[test]
    fn a_second_run_at_the_same_time_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _first = OutputFolder::open(dir.path()).unwrap();
        assert!(matches!(
            OutputFolder::open(dir.path()).unwrap_err().kind,
            WriteErrorKind::Busy
        ));
    }

    #[test]
    fn what_an_interrupted_run_left_is_removed_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let (out, _account) = OutputFolder::open(dir.path()).unwrap();
        std::mem::forget(out.stage(Path::new("sub/x.txt"), b"half").unwrap());
        // As a killed run would: nothing of it is dropped.
        fs::copy(
            dir.path().join(STATE).join(UNDER_WAY),
            dir.path().join("kept"),
        )
        .unwrap();
        drop(out);
        fs::rename(
            dir.path().join("kept"),
            dir.path().join(STATE).join(UNDER_WAY),
        )
        .unwrap();
        write_one(dir.path(), "sub/y.txt", b"whole", false);
        let names: Vec<_> = fs::read_dir(dir.path().join("sub"))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["y.txt"]);
    }

    #[test]
    fn a_file_that_dehusk_did_not_write_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mine.txt"), "mine").unwrap();
        let (_out, mut account) = OutputFolder::open(dir.path()).unwrap();
        let error = account.plan(&["mine.txt".into()], false).unwrap_err();
        assert!(matches!(error.kind, WriteErrorKind::InTheWay));
    }

    #[test]
    fn files_of_earlier_runs_stay_known_until_they_are_pruned() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("old.txt");
        write_one(dir.path(), "old.txt", b"old", false);
        for _ in 0..3 {
            assert_eq!(
                write_one(dir.path(), "new.txt", b"new", false),
                std::slice::from_ref(&old)
            );
        }
        write_one(dir.path(), "old.txt", b"old", false);
        assert_eq!(
            write_one(dir.path(), "new.txt", b"new", true),
            Vec::<PathBuf>::new()
        );
        assert!(!old.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_any_name_stays_known_until_it_is_pruned() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        for name in [b"a\\b.txt".as_slice(), b"bad\xff.txt", b"\\xff.txt"] {
            let dir = tempfile::tempdir().unwrap();
            let name = Path::new(OsStr::from_bytes(name));
            let old = dir.path().join(name);
            write_one(dir.path(), name, b"old", false);
            let stale = write_one(dir.path(), "new.txt", b"new", false);
            assert_eq!(stale, std::slice::from_ref(&old));
            write_one(dir.path(), name, b"old", false);
            write_one(dir.path(), "new.txt", b"new", true);
            assert!(!old.exists());
        }
    }

    #[test]
    fn an_edited_file_is_neither_pruned_nor_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        write_one(dir.path(), "old.txt", b"old", false);
        fs::write(dir.path().join("old.txt"), "edited").unwrap();
        assert_eq!(
            write_one(dir.path(), "new.txt", b"new", true),
            [dir.path().join("old.txt")]
        );
        let (_out, mut account) = OutputFolder::open(dir.path()).unwrap();
        let error = account.plan(&["old.txt".into()], false).unwrap_err();
        assert!(matches!(error.kind, WriteErrorKind::Changed));
        account.plan(&["old.txt".into()], true).unwrap();
    }

    #[test]
    fn after_an_interruption_only_what_was_planned_may_be_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let (out, mut account) = OutputFolder::open(dir.path()).unwrap();
        account.plan(&["a.txt".into()], false).unwrap();
        out.commit(vec![out.stage(Path::new("a.txt"), b"a").unwrap()])
            .unwrap();
        drop((out, account));
        fs::write(dir.path().join("mine.txt"), "mine").unwrap();
        for _ in 0..2 {
            let (_out, mut account) = OutputFolder::open(dir.path()).unwrap();
            assert!(
                account
                    .plan(&["a.txt".into(), "mine.txt".into()], false)
                    .is_err()
            );
        }
        let (_out, mut account) = OutputFolder::open(dir.path()).unwrap();
        account.plan(&["a.txt".into()], false).unwrap();
    }
}
