//! Bytes that were replaced, by their hash: `.dehusk/store/<2>/<30 digits>`.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_128;

/// The contents that runs replaced.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

/// A file of the store that has to be synced.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) path: PathBuf,
    /// Whether it was not there before.
    pub(super) is_new: bool,
}

impl Store {
    pub(super) fn new(state: &Path) -> Self {
        Self {
            folder: state.join("store"),
        }
    }

    /// Keeps `bytes`. They may not be on disk when this returns, also if they
    /// were there: a run that was killed may have come no further than that.
    pub(super) fn put(&self, digest: u128, bytes: &[u8]) -> io::Result<Put> {
        let path = self.path(digest);
        // One that a crash cut short is written again.
        if self.get(digest).is_ok() {
            let is_new = false;
            return Ok(Put { path, is_new });
        }
        let written = write(&path, bytes);
        if written.is_err() {
            // On a full disk the part that was written is in the way.
            fs::remove_file(&path).ok();
        }
        written.map(|()| Put { path, is_new: true })
    }

    /// The bytes with this hash.
    pub(super) fn get(&self, digest: u128) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(self.path(digest))?.read_to_end(&mut bytes)?;
        if xxh3_128(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the kept copy is damaged",
            ))
        }
    }

    /// The folder that has them.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, digest: u128) -> PathBuf {
        let name = format!("{digest:032x}");
        self.folder.join(&name[..2]).join(&name[2..])
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // What was for its owner's eyes stays so.
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    private(&mut options).open(path)?.write_all(bytes)
}

/// Has a file that is made be one that nobody else may read.
#[cfg(unix)]
pub(super) fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
pub(super) fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_can_be_got_and_is_written_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let digest = xxh3_128(b"husk");
        assert!(store.put(digest, b"husk").unwrap().is_new);
        // Who wrote it may not have synced it.
        let again = store.put(digest, b"husk").unwrap();
        assert!(!again.is_new && again.path.is_file());
        assert_eq!(store.get(digest).unwrap(), b"husk");
    }

    #[test]
    fn a_copy_that_was_cut_short_is_noticed_and_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let digest = xxh3_128(b"husk");
        let path = store.put(digest, b"husk").unwrap().path;
        fs::write(&path, b"hu").unwrap();
        assert!(store.get(digest).is_err());
        store.put(digest, b"husk").unwrap();
        assert_eq!(store.get(digest).unwrap(), b"husk");
    }
}
