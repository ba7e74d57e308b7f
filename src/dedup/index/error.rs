//! What can be wrong with an index.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// Why an index cannot be used.
#[derive(Debug)]
pub struct IndexError {
    /// The file or folder that it is about.
    pub path: PathBuf,
    /// What is wrong.
    pub kind: IndexErrorKind,
}

/// What is wrong with an index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexErrorKind {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// There is none in this folder.
    #[error("is not an index")]
    Missing,
    /// The folder holds something else.
    #[error("holds other files and no index")]
    Foreign,
    /// Another process writes to it.
    #[error("is in use by another run; wait until it has ended")]
    Busy,
    /// It was made by a version of dehusk that writes another format.
    #[error("has format {found}, and this version of dehusk reads {expected}; make a new index")]
    Version {
        /// The version of its format.
        found: u32,
        /// The version that can be read.
        expected: u32,
    },
    /// It was made with other parameters.
    #[error(
        "was made with {}, and this run has {}",
        said(name, found),
        said(name, expected)
    )]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// Its value in the index.
        found: String,
        /// Its value in this run.
        expected: String,
    },
    /// Its bytes are not those that were written.
    #[error("is damaged: {0}; make the index anew, or restore it from a copy")]
    Damaged(&'static str),
    /// It has as many documents as it can hold.
    #[error("is full")]
    Full,
}

/// A parameter and its value, in words.
fn said(name: &str, value: &str) -> String {
    match (name, value) {
        ("texts", "raw") => "texts as they are".to_owned(),
        ("texts", level) => format!("texts cleaned at level {level}"),
        _ => format!("{name} {value}"),
    }
}

impl IndexErrorKind {
    pub(crate) fn at(self, path: &Path) -> IndexError {
        IndexError {
            path: path.to_path_buf(),
            kind: self,
        }
    }
}

impl IndexError {
    /// Whether a file is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(&self.kind, IndexErrorKind::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.kind)
    }
}

impl std::error::Error for IndexError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.kind)
    }
}
