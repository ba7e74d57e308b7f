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
        // Taken for a letter it would be a pattern that names nothing.
        builder.allow_unclosed_class(false);
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

/// The pattern that names the file at `path`, a path from the folder of the
/// patterns on, and no other. Bytes that are no text, and line ends, become
/// stars, since a pattern cannot have them.
pub fn pattern_of(path: &Path) -> String {
    let mut pattern = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' if cfg!(windows) => pattern.push('/'),
                '*' | '?' | '[' | ']' | '{' | '}' | '\\' => pattern.extend(['\\', c]),
                '\n' | '\r' => pattern.push('*'),
                c => pattern.push(c),
            }
        }
        if !chunk.invalid().is_empty() {
            pattern.push('*');
        }
    }
    if pattern.ends_with(' ') {
        pattern.insert(pattern.len() - 1, '\\');
    }
    // Without a slash it would name files in every folder; with one it counts
    // from the folder of the patterns.
    if !pattern.contains('/') || pattern.starts_with(['#', '!']) {
        pattern.insert(0, '/');
    }
    pattern
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_of_a_file_names_it_and_none_of_its_name_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a.txt",
            "#a.txt",
            "!a.txt",
            "a*b.txt",
            "a[b].txt",
            "{a,b}.txt",
            "a\\b.txt",
            "a ",
            " a",
            "a?",
            "seeds/a.txt",
            "#a/!b",
            "a\nb.txt",
        ] {
            let pattern = pattern_of(Path::new(name));
            let globs = Globs::new(dir.path(), std::slice::from_ref(&pattern)).unwrap();
            assert!(globs.has(Path::new(name)), "{pattern}");
            let deeper = Path::new("deep").join(name);
            assert!(!globs.has(&deeper), "{pattern}");
            let starred = name.contains('\n');
            assert_eq!(globs.has(Path::new("axb.txt")), starred, "{pattern}");
        }
    }
}
