//! One file that appears under its name only when it is whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_64;

use super::{Access, WriteError, WriteErrorKind};

/// A file under way. Dropped before [`finish`](Self::finish), it leaves what
/// was there before as it was.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    temp: PathBuf,
    file: Option<BufWriter<File>>,
    /// Of the file that it replaces.
    access: Option<Access>,
}

impl AtomicFile {
    /// Begins the file that is to be `target`; through a link, the file that it
    /// leads to. A file that it replaces leaves it its owner and permissions.
    ///
    /// The file under way is locked, so a second run on the same target is
    /// told apart from what an interrupted one left.
    ///
    /// # Errors
    ///
    /// The target is no regular file, another run writes it, or the folder
    /// cannot be written to.
    pub fn create(target: &Path) -> Result<Self, WriteError> {
        let at = |error: io::Error| WriteErrorKind::from(error).at(target);
        if fs::metadata(target).is_ok_and(|data| !data.is_file()) {
            return Err(WriteErrorKind::NotAFile.at(target));
        }
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        let access = fs::metadata(&target).ok().as_ref().map(Access::of);
        let temp = temp_path(&target);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        if access.is_some() {
            owner_only(&mut options);
        }
        let file = options.open(&temp).map_err(at)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(WriteErrorKind::Busy.at(&target)),
            Err(fs::TryLockError::Error(error)) => return Err(at(error)),
        }
        // Another run may have given this very file its name between the
        // opening and the lock; then it is that run's result.
        if !is_at(&file, &temp) {
            return Err(WriteErrorKind::Busy.at(&target));
        }
        file.set_len(0).map_err(at)?;
        let file = Some(BufWriter::with_capacity(1 << 16, file));
        Ok(Self {
            target,
            temp,
            file,
            access,
        })
    }

    /// Brings the file to disk and gives it its name.
    pub fn finish(mut self) -> Result<(), WriteError> {
        self.commit()
            .map_err(|error| WriteErrorKind::from(error).at(&self.target))
    }

    /// What has been written so far, from its beginning.
    pub fn reopen(&mut self) -> Result<File, WriteError> {
        self.flush()
            .and_then(|()| File::open(&self.temp))
            .map_err(|error| WriteErrorKind::from(error).at(&self.target))
    }

    fn commit(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.flush()?;
            if let Some(access) = self.access {
                access.give(file.get_ref())?;
            }
            file.get_ref().sync_all()?;
            fs::rename(&self.temp, &self.target)?;
        }
        // Closed, and so unlocked, only now that it has its name.
        self.file = None;
        sync_folder(self.target.parent())
    }
}

/// Where `target` is under way: always at the same place, so that a second run
/// finds the lock. A digest stands for the name, which may be as long as names
/// can be and need not be UTF-8.
fn temp_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    target.with_file_name(format!(".{:016x}.dehusk-tmp", xxh3_64(name)))
}

/// Lets nobody else read the file until it has the permissions of the one that
/// it replaces, which may be a secret.
#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

/// Whether `file` is the one that stands at `path`.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let key = |data: fs::Metadata| (data.dev(), data.ino());
        file.metadata().ok().map(key) == fs::symlink_metadata(path).ok().map(key)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

/// Brings a folder's list of names to disk.
pub(crate) fn sync_folder(folder: Option<&Path>) -> io::Result<()> {
    let folder = folder
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            // Removed while it is still locked, so it cannot be another run's.
            // If that fails, the next run truncates it.
            fs::remove_file(&self.temp).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_appears_when_it_is_finished_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jsonl");
        fs::write(&target, "old").unwrap();
        let mut file = AtomicFile::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        file.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_device_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("real"), "old").unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
        let mut file = AtomicFile::create(&dir.path().join("link")).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(dir.path().join("real")).unwrap(), b"new");
        assert!(
            fs::symlink_metadata(dir.path().join("link"))
                .unwrap()
                .is_symlink()
        );
        let error = AtomicFile::create(Path::new("/dev/null")).unwrap_err();
        assert!(matches!(error.kind, WriteErrorKind::NotAFile));
    }

    #[cfg(unix)]
    #[test]
    fn the_new_file_has_the_permissions_of_the_old_one() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("mine.toml");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let plain = dir.path().join("plain");
        fs::write(&plain, "").unwrap();
        AtomicFile::create(&target).unwrap().finish().unwrap();
        assert_eq!(mode(&target), mode(&plain));
        for kept in [0o600, 0o640, 0o444, 0o755] {
            fs::set_permissions(&target, fs::Permissions::from_mode(kept)).unwrap();
            let file = AtomicFile::create(&target).unwrap();
            assert_eq!(mode(&file.temp), 0o600);
            file.finish().unwrap();
            assert_eq!(mode(&target), kept);
        }
    }

    #[cfg(unix)]
    #[test]
    fn every_name_that_a_file_can_have_can_be_written() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let dir = tempfile::tempdir().unwrap();
        let names: [&[u8]; 4] = [b"a\xff", b"a\xfe", "\u{fffd}".as_bytes(), &[b'x'; 255]];
        // All at once: no two may meet under way.
        let mut files = Vec::new();
        for name in names {
            let mut file = AtomicFile::create(&dir.path().join(OsStr::from_bytes(name))).unwrap();
            file.write_all(name).unwrap();
            files.push(file);
        }
        for file in files {
            file.finish().unwrap();
        }
        for name in names {
            let path = dir.path().join(OsStr::from_bytes(name));
            assert_eq!(fs::read(path).unwrap(), name);
        }
    }

    #[test]
    fn a_second_run_on_the_same_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jsonl");
        let first = AtomicFile::create(&target).unwrap();
        assert!(matches!(
            AtomicFile::create(&target).unwrap_err().kind,
            WriteErrorKind::Busy
        ));
        drop(first);
        AtomicFile::create(&target).unwrap().finish().unwrap();
    }
}
