//! Putting clean documents where they belong, whole or not at all.
//!
//! A file is written beside its final place under a name of its own, brought
//! to disk, and only then renamed; the manifest is renamed last of all. Syncing
//! goes by batches: 100,000 small files cost a dozen waits for the disk.

mod access;
mod atomic;
mod folder;
mod front_matter;
mod manifest;
mod plan;

pub use atomic::AtomicFile;
pub use folder::{Account, OutputFolder, Staged};
pub use front_matter::front_matter;
pub use manifest::{Entry, MANIFEST_NAME, Repeat, Status, path_of_text, path_text};
pub use plan::plan;
pub(crate) use {
    access::Access,
    atomic::sync_folder,
    folder::{SYNC_ALL_FROM, sync_file_system},
};

use std::{io, path::PathBuf};

/// Why output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct WriteError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: WriteErrorKind,
}

/// What is wrong with a place to write to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// The file system said no.
    #[error("cannot be written: {0}")]
    Io(#[from] io::Error),
    /// Another run holds the lock.
    #[error("another dehusk run is writing here; wait for it, or choose another output")]
    Busy,
    /// A file is in the way that no run of dehusk wrote.
    #[error("is in the way and was not written by dehusk")]
    InTheWay,
    /// A file that dehusk wrote was changed by someone since.
    #[error("was changed since dehusk wrote it")]
    Changed,
    /// The target is a device, a pipe or a folder.
    #[error("is no regular file; give a file, or `-` where a stream is meant")]
    NotAFile,
    /// Two documents would be written to one place.
    #[error("both `{}` and `{}` would be written here; clean their folders instead", .0.display(), .1.display())]
    Collision(PathBuf, PathBuf),
}

impl WriteErrorKind {
    pub(crate) fn at(self, path: impl Into<PathBuf>) -> WriteError {
        WriteError {
            path: path.into(),
            kind: self,
        }
    }
}

impl WriteError {
    /// Whether it concerns this file alone (a name that is too long, a folder
    /// that may not be written to), so that the run can go on without it.
    pub fn is_of_one_file(&self) -> bool {
        use io::ErrorKind;
        match &self.kind {
            WriteErrorKind::Io(error) => matches!(
                error.kind(),
                ErrorKind::InvalidFilename
                    | ErrorKind::PermissionDenied
                    | ErrorKind::IsADirectory
                    | ErrorKind::NotADirectory
                    | ErrorKind::AlreadyExists
            ),
            _ => false,
        }
    }
}
