//! A folder of clean documents with its account.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use super::{Entry, MANIFEST_NAME, WriteError, WriteErrorKind, atomic::sync_folder, path_text};

/// Where a run keeps its lock and its account under way. Ignores itself in git.
const STATE: &str = ".dehusk";

/// The account under way. Still there at the start of a run, it tells that the
/// last one was cut short.
const UNDER_WAY: &str = "manifest.tmp";

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
}

/// The account of a run on an [`OutputFolder`], under way until it is
/// [published](Self::publish).
#[derive(Debug)]
pub struct Account {
    root: PathBuf,
    manifest: BufWriter<File>,
    /// What the last whole run wrote: path and digest.
    before: BTreeMap<String, Option<String>>,
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

#[derive(Deserialize)]
struct Earlier {
    output: Option<String>,
    digest: Option<String>,
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
        let under_way = under_way(root);
        let interrupted = under_way.exists();
        if interrupted {
            remove_leftovers(root).map_err(at)?;
        }
        let manifest = File::create(&under_way).map_err(at)?;
        let account = Account {
            root: root.to_path_buf(),
            manifest: BufWriter::with_capacity(1 << 16, manifest),
            before: earlier_outputs(&root.join(MANIFEST_NAME)),
            interrupted,
        };
        let folder = Self {
            root: root.to_path_buf(),
            _lock: lock,
            next_temp: AtomicU64::new(0),
            committed: AtomicUsize::new(0),
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
                Ok(()) => file.named = true,
                Err(error) => failed.push((at, WriteErrorKind::from(error).at(&file.target))),
            }
        }
        Ok(failed)
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // A run that changed nothing leaves no trace of an interruption; after
        // a whole run there is nothing to remove.
        if self.committed.load(Ordering::Relaxed) == 0 {
            fs::remove_file(under_way(&self.root)).ok();
        }
    }
}

impl Account {
    /// Refuses to go on where a file is in the way that no run wrote.
    ///
    /// After an interrupted run nobody can tell its files from others, so
    /// that is taken on trust.
    pub fn check_free(&self, outputs: &[PathBuf]) -> Result<(), WriteError> {
        if self.interrupted {
            return Ok(());
        }
        for output in outputs {
            let path = self.root.join(output);
            if !self.before.contains_key(&path_text(output)) && fs::symlink_metadata(&path).is_ok()
            {
                return Err(WriteErrorKind::InTheWay.at(path));
            }
        }
        Ok(())
    }

    /// Enters a document; its file has been committed.
    pub fn enter(&mut self, entry: &Entry) -> Result<(), WriteError> {
        if let Some(output) = &entry.output {
            self.before.remove(output);
        }
        let written = serde_json::to_writer(&mut self.manifest, entry).map_err(io::Error::from);
        written
            .and_then(|()| self.manifest.write_all(b"\n"))
            .map_err(|error| WriteErrorKind::from(error).at(self.root.join(MANIFEST_NAME)))
    }

    /// Ends the run on `folder`: the account gets its name.
    ///
    /// Returns the files of the last run that this one did not write again.
    /// With `prune` they are removed, except where they were changed since.
    pub fn publish(
        mut self,
        folder: &OutputFolder,
        prune: bool,
    ) -> Result<Vec<PathBuf>, WriteError> {
        let manifest = self.root.join(MANIFEST_NAME);
        self.name(folder, &manifest)
            .map_err(|error| WriteErrorKind::from(error).at(&manifest))?;
        let mut stale = Vec::new();
        for (output, digest) in &self.before {
            let path = self.root.join(output);
            let Ok(bytes) = fs::read(&path) else { continue };
            let unchanged = *digest == Some(format!("{:016x}", xxh3_64(&bytes)));
            if prune && unchanged {
                fs::remove_file(&path).map_err(|error| WriteErrorKind::from(error).at(&path))?;
            } else {
                stale.push(path);
            }
        }
        Ok(stale)
    }

    fn name(&mut self, folder: &OutputFolder, manifest: &Path) -> io::Result<()> {
        self.manifest.flush()?;
        self.manifest.get_ref().sync_all()?;
        // The names come to disk before the account that speaks of them.
        if folder.committed.load(Ordering::Relaxed) >= SYNC_ALL_FROM {
            sync_file_system(&self.root)?;
        }
        fs::rename(under_way(&self.root), manifest)?;
        sync_folder(Some(&self.root))
    }
}

/// The account until the run is over.
fn under_way(root: &Path) -> PathBuf {
    root.join(STATE).join(UNDER_WAY)
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

/// What the manifest of the last run says it wrote. One that cannot be read
/// says nothing.
fn earlier_outputs(manifest: &Path) -> BTreeMap<String, Option<String>> {
    let Ok(file) = File::open(manifest) else {
        return BTreeMap::new();
    };
    BufReader::new(file)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Earlier>(&line).ok())
        .filter_map(|entry| Some((entry.output?, entry.digest)))
        .collect()
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
    use super::*;
    use crate::write::Status;

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
            let (_out, account) = OutputFolder::open(dir.path()).unwrap();
            assert!(account.check_free(&["mine.txt".into()]).is_err());
        }
    }

    fn write_one(root: &Path, name: &str, bytes: &[u8], prune: bool) -> Vec<PathBuf> {
        let (out, mut account) = OutputFolder::open(root).unwrap();
        account.check_free(&[name.into()]).unwrap();
        let staged = out.stage(Path::new(name), bytes).unwrap();
        assert!(out.commit(vec![staged]).unwrap().is_empty());
        account.enter(&entry(name, bytes)).unwrap();
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
        fs::copy(under_way(dir.path()), dir.path().join("kept")).unwrap();
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
        let (_out, account) = OutputFolder::open(dir.path()).unwrap();
        let error = account.check_free(&["mine.txt".into()]).unwrap_err();
        assert!(matches!(error.kind, WriteErrorKind::InTheWay));
    }

    #[test]
    fn files_of_the_last_run_are_named_and_pruned_only_on_request() {
        let dir = tempfile::tempdir().unwrap();
        write_one(dir.path(), "old.txt", b"old", false);
        assert_eq!(
            write_one(dir.path(), "new.txt", b"new", false),
            [dir.path().join("old.txt")]
        );
        fs::remove_file(dir.path().join("old.txt")).unwrap();
        assert!(write_one(dir.path(), "last.txt", b"last", true).is_empty());
        assert!(!dir.path().join("new.txt").exists());
    }

    #[test]
    fn an_edited_file_is_not_pruned() {
        let dir = tempfile::tempdir().unwrap();
        write_one(dir.path(), "old.txt", b"old", false);
        fs::write(dir.path().join("old.txt"), "edited").unwrap();
        assert_eq!(
            write_one(dir.path(), "new.txt", b"new", true),
            [dir.path().join("old.txt")]
        );
    }
}
