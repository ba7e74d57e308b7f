//! Reading one file.

use std::{
    fs::File,
    io::{self, Read},
};

use super::{
    Source,
    sniff::{Kind, is_binary, kind_of_content},
};
use crate::{Format, decode::Decoded, decode::decode};

/// The largest file that is read unless told otherwise: 64 MiB. The largest
/// text of the labelled sets has 60 KB, the largest page 9 MB.
pub const MAX_BYTES: u64 = 64 << 20;

/// A file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// How it is written.
    pub format: Format,
    /// What it says.
    pub decoded: Decoded,
}

/// Why a file gives no text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The name promised nothing and the content is no text.
    #[error("not a document")]
    NotADocument,
    /// The name promises a document, the content is something else.
    #[error("binary content")]
    Binary,
    /// Larger than the cap, in bytes.
    #[error("larger than {0} bytes (raise the cap with --max-bytes)")]
    TooLarge(u64),
    /// The file system said no. The message has the cause, which is no source
    /// besides: manifests have the message alone.
    #[error("cannot be read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads and decodes the file of `source`, at most `max_bytes` of it.
pub fn read(source: &Source, max_bytes: u64) -> Result<Text, ReadError> {
    let bytes = read_bytes(source, max_bytes)?;
    let format = match source.kind {
        Kind::Document(_) if is_binary(&bytes) => return Err(ReadError::Binary),
        Kind::Document(format) => format,
        Kind::Unsaid { plain } => match kind_of_content(&bytes, plain) {
            Kind::Document(format) => format,
            Kind::Unsaid { .. } | Kind::Other => return Err(ReadError::NotADocument),
        },
        Kind::Other => return Err(ReadError::NotADocument),
    };
    Ok(Text {
        format,
        decoded: decode(bytes, None, format),
    })
}

fn read_bytes(source: &Source, max_bytes: u64) -> Result<Vec<u8>, ReadError> {
    // Seen before it is opened: opening a pipe that took the file's place
    // would wait for ever.
    if !std::fs::metadata(&source.path)?.is_file() {
        return Err(ReadError::NotADocument);
    }
    let file = File::open(&source.path)?;
    let size = usize::try_from(source.len.min(max_bytes)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(size + 1);
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(ReadError::TooLarge(max_bytes));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn the_cause_of_an_error_is_told_once() {
        let error = ReadError::from(io::Error::other("the disk is gone"));
        assert_eq!(error.to_string(), "cannot be read: the disk is gone");
        assert!(error.source().is_none());
    }
}
