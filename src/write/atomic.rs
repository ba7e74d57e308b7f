//! One file that appears under its name only when it is whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{WriteError, WriteErrorKind};

/// A file under way. Dropped before [`finish`](Self::finish), it leaves what
/// was there before as it was.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    temp: PathBuf,
    file: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Begins the file that is to be `target`.
    ///
    /// The file under way is locked, so a second run on the same target is
    /// told apart from what an interrupted one left.
    pub fn create(target: &Path) -> Result<Self, WriteError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temp = target.with_file_name(format!(".{name}.dehusk-tmp"));
        let open = || -> io::Result<File> {
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&temp)
        };
        let file = open().map_err(|error| WriteErrorKind::from(error).at(target))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(WriteErrorKind::Busy.at(target)),
            Err(fs::TryLockError::Error(error)) => {
                return Err(WriteErrorKind::from(error).at(target));
            }
        }
        file.set_len(0)
            .map_err(|error| WriteErrorKind::from(error).at(target))?;
        Ok(Self {
            target: target.to_path_buf(),
            temp,
            file: Some(BufWriter::with_capacity(1 << 16, file)),
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
        if let Some(file) = self.file.take() {
            // Kept open, and so locked, until it has its name.
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            if let Err(error) = file
                .sync_all()
                .and_then(|()| fs::rename(&self.temp, &self.target))
            {
                // Removing is the best that can be done; the first error counts.
                fs::remove_file(&self.temp).ok();
                return Err(error);
            }
            sync_folder(self.target.parent())?;
        }
        Ok(())
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
        if self.file.take().is_some() {
            // Nothing more can be done about it here; the next run truncates it.
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
