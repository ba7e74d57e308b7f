//! Reading parts of a file that does not change, and writing one from front to
//! back, with checksums.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use xxhash_rust::xxh3::Xxh3;

use super::error::{IndexError, IndexErrorKind};

/// How much is read at a time from front to back.
const CHUNK: u64 = 1 << 20;

/// An immutable file that is read by position.
///
/// A memory map would save a copy of some hundred bytes a look-up, but it is
/// `unsafe`: a file that another process cuts short takes the program down.
#[derive(Clone, Debug)]
pub(super) struct Bytes {
    file: Arc<File>,
    path: Arc<Path>,
    start: u64,
    len: u64,
}

impl Bytes {
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let at = |error| IndexErrorKind::Io(error).at(path);
        let file = File::open(path).map_err(at)?;
        let len = file.metadata().map_err(at)?.len();
        Ok(Self {
            file: Arc::new(file),
            path: path.into(),
            start: 0,
            len,
        })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// A part of it. Damaged if it is not as long.
    pub(super) fn part(&self, start: u64, len: u64) -> Result<Self, IndexError> {
        if start.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(self.damaged("it is shorter than it says"));
        }
        Ok(Self {
            start: self.start + start,
            len,
            ..self.clone()
        })
    }

    /// Reads `len` bytes from `at` on into `buffer`.
    pub(super) fn read(&self, at: u64, len: usize, buffer: &mut Vec<u8>) -> Result<(), IndexError> {
        buffer.clear();
        if at.checked_add(len as u64).is_none_or(|end| end > self.len) {
            return Err(self.damaged("a place in it is beyond its end"));
        }
        buffer.resize(len, 0);
        read_at(&self.file, buffer, self.start + at)
            .map_err(|error| IndexErrorKind::Io(error).at(&self.path))
    }

    /// The checksum of all of it.
    pub(super) fn checksum(&self) -> Result<u64, IndexError> {
        let mut hash = Xxh3::new();
        let mut buffer = Vec::new();
        let mut at = 0;
        while at < self.len {
            let len = CHUNK.min(self.len - at);
            self.read(at, usize::try_from(len).unwrap_or(0), &mut buffer)?;
            hash.update(&buffer);
            at += len;
        }
        Ok(hash.digest())
    }

    pub(super) fn damaged(&self, how: &'static str) -> IndexError {
        IndexErrorKind::Damaged(how).at(&self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[read..];
        at += read as u64;
    }
    Ok(())
}

/// Where a section stands in a file, and its checksum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) start: u64,
    pub(super) len: u64,
    pub(super) checksum: u64,
}

/// A file that is written section by section.
pub(super) struct SectionWriter {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Xxh3,
    start: u64,
    at: u64,
}

impl SectionWriter {
    /// A new file, which only its owner may read: what it says of texts is
    /// enough to recognise them by. None that is there is written over.
    pub(super) fn create(path: &Path) -> Result<Self, IndexError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path);
        let file = file.map_err(|error| IndexErrorKind::Io(error).at(path))?;
        Ok(Self {
            path: path.to_path_buf(),
            file: BufWriter::with_capacity(1 << 18, file),
            hash: Xxh3::new(),
            start: 0,
            at: 0,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|error| IndexErrorKind::Io(error).at(&self.path))
    }

    /// How much of the present section is written.
    pub(super) fn section_len(&self) -> u64 {
        self.at - self.start
    }

    /// Ends a section; the next begins.
    pub(super) fn end_section(&mut self) -> Section {
        let section = Section {
            start: self.start,
            len: self.at - self.start,
            checksum: self.hash.digest(),
        };
        self.hash = Xxh3::new();
        self.start = self.at;
        section
    }

    /// Brings the file to disk.
    pub(super) fn finish(mut self) -> Result<(), IndexError> {
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .map_err(|error| IndexErrorKind::Io(error).at(&self.path))
    }
}
