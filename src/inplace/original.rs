//! A file as it was when it was read, so that nothing is written over what
//! somebody else has written meanwhile.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use xxhash_rust::xxh3::xxh3_128;

use crate::{read::file::ReadError, write::Access};

/// The bytes of a file, and by what a change of it would be noticed.
#[derive(Clone, Debug)]
pub struct Original {
    /// The file itself: links on the way are resolved.
    pub path: PathBuf,
    /// All of its bytes.
    pub bytes: Vec<u8>,
    /// XXH3-128 of the bytes.
    pub digest: u128,
    /// What the file system said; `None` for a text that came through a pipe.
    pub seen: Option<Seen>,
}

/// What the file system said about a file when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its length in bytes.
    pub len: u64,
    /// When it was last changed, where the file system knows.
    pub modified: Option<SystemTime>,
    /// Its permission bits; on other systems than Unix, whether it may be
    /// written (`0o644`) or not (`0o444`).
    pub mode: u32,
    /// How many names it has.
    pub links: u64,
    /// Device and number, which a file that took its place does not share.
    pub identity: (u64, u64),
    /// The numbers of its user and group.
    pub owner: Option<(u32, u32)>,
}

impl Original {
    /// Reads the file at `path`, at most `max_bytes` of it.
    ///
    /// # Errors
    ///
    /// It is no file, larger, or cannot be read.
    pub fn read(path: &Path, max_bytes: u64) -> Result<Self, ReadError> {
        let path = fs::canonicalize(path)?;
        // Seen before it is opened: opening a pipe would wait for ever.
        if !fs::metadata(&path)?.is_file() {
            return Err(ReadError::NotADocument);
        }
        let mut file = File::open(&path)?;
        let seen = Seen::of(&file.metadata()?);
        let mut bytes = Vec::with_capacity(usize::try_from(seen.len.min(max_bytes)).unwrap_or(0));
        let taken = (&mut file)
            .take(max_bytes.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if taken as u64 > max_bytes {
            return Err(ReadError::TooLarge(max_bytes));
        }
        Ok(Self {
            path,
            digest: xxh3_128(&bytes),
            bytes,
            seen: Some(seen),
        })
    }

    /// A text that is in no file.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self {
            path: PathBuf::new(),
            digest: xxh3_128(&bytes),
            bytes,
            seen: None,
        }
    }

    /// Whether the file is still what was read.
    ///
    /// # Errors
    ///
    /// The file system does not say.
    pub fn is_current(&self) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        if Some(Seen::of(&file.metadata()?)) != self.seen {
            return Ok(false);
        }
        // Times are coarse: two writes within a tick look like one.
        let mut bytes = Vec::with_capacity(self.bytes.len());
        file.read_to_end(&mut bytes)?;
        Ok(xxh3_128(&bytes) == self.digest)
    }
}

impl Seen {
    /// Why a fix leaves the file as it is, as a phrase, if it does; with
    /// `break_links` not because it has other names.
    pub fn held(&self, break_links: bool) -> Option<String> {
        if self.links > 1 && !break_links {
            return Some(format!(
                "has {} names (hard links); --break-links gives this one a file of its own",
                self.links
            ));
        }
        // Whoever took that permission away meant it.
        (self.mode & 0o222 == 0).then(|| "is read-only".to_owned())
    }

    /// What `data` says.
    pub fn of(data: &Metadata) -> Self {
        let access = Access::of(data);
        Self {
            len: data.len(),
            modified: data.modified().ok(),
            mode: access.mode,
            links: links(data),
            identity: identity(data),
            owner: access.owner,
        }
    }
}

#[cfg(unix)]
fn links(data: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(data)
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn identity(data: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (data.dev(), data.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
