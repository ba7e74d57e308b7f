//! Patterns of paths, in the syntax of `.gitignore`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Patterns of paths, relative to a folder.
#[derive(Debug)]
pub struct Globs {
    root: PathBuf,
    patterns: Gitignore,
}

impl Globs {
    /// Patterns relative to `root`, which is a folder with all links resolved.
    ///
    /// # Errors
    ///
    /// What is wrong with a pattern, as a phrase.
    pub fn new(root: &Path, patterns: &[String]) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new(root);
        for pattern in patterns {
            builder
                .add_line(None, pattern)
                .map_err(|error| format!("the pattern `{pattern}`: {error}"))?;
        }
        Ok(Self {
            patterns: builder.build().map_err(|error| error.to_string())?,
            root: root.to_path_buf(),
        })
    }

    /// Whether a pattern names the file or a folder that it is in.
    pub fn name(&self, file: &Path) -> bool {
        !self.patterns.is_empty() && below(&self.root, file).is_some_and(|path| self.has(&path))
    }

    /// The same for a path from the folder on.
    pub fn has(&self, path: &Path) -> bool {
        !path.has_root()
            && self
                .patterns
                .matched_path_or_any_parents(path, false)
                .is_ignore()
    }
}

/// The path of `file` from the folder `root` on, if it is there. The folder's
/// links are resolved, not the file's: a link is named by its own place.
pub fn below(root: &Path, file: &Path) -> Option<PathBuf> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
    let full = folder.join(file.file_name()?);
    Some(full.strip_prefix(root).ok()?.to_path_buf())
}
