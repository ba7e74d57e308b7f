//! The project that files belong to, and where its runs are kept.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::journal::RUNS;
use crate::write::{WriteError, WriteErrorKind, sync_folder};

/// Where runs are kept, below the project's root. Ignores itself in git.
const STATE: &str = ".dehusk";

/// A project's root: what paths in a journal are relative to.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
    /// Called when another process has the kept runs, before waiting for it.
    on_wait: fn(),
}

/// The kept runs of a project, held by this process alone.
#[derive(Debug)]
pub(super) struct State {
    pub(super) project: Project,
    /// Held until the state is dropped.
    _lock: File,
}

impl Project {
    /// The project that `from` is in: the nearest folder upward with a
    /// `dehusk.toml`, a `pyproject.toml` with `[tool.dehusk]`, or a `.git`;
    /// `from` itself if there is none.
    ///
    /// # Errors
    ///
    /// `from` cannot be found.
    pub fn find(from: &Path) -> io::Result<Self> {
        let from = fs::canonicalize(from)?;
        let root = from
            .ancestors()
            .find(|folder| config_of(folder).is_some() || folder.join(".git").exists())
            .unwrap_or(&from);
        Ok(Self {
            root: root.to_path_buf(),
            on_wait: || {},
        })
    }

    /// Has `on_wait` called whenever another process changes files of the
    /// project, so that somebody can be told why nothing happens.
    #[must_use]
    pub fn on_wait(self, on_wait: fn()) -> Self {
        Self { on_wait, ..self }
    }

    /// The root, with all links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `path` as it is shown: from the root on, if it is below it.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_path_buf()
    }

    /// `path` as a journal has it: with links resolved, from the root on if it
    /// is below it. The file may be gone.
    pub(super) fn entry(&self, path: &Path) -> io::Result<PathBuf> {
        let full = std::path::absolute(path)?;
        let there = full
            .ancestors()
            .find_map(|part| Some((part, fs::canonicalize(part).ok()?)));
        let full = match there {
            Some((part, real)) => match full.strip_prefix(part) {
                Ok(rest) if rest.as_os_str().is_empty() => real,
                Ok(rest) => real.join(rest),
                Err(_) => full,
            },
            None => full,
        };
        Ok(self.shown(&full))
    }

    /// Where its runs are kept.
    pub(super) fn state(&self) -> PathBuf {
        self.root.join(STATE)
    }

    /// A folder near by that has runs of its own: the nearest above the root,
    /// or else the first right below it. For whoever looks for runs here, where
    /// there are none.
    pub fn elsewhere(&self) -> Option<PathBuf> {
        let has_runs = |folder: &PathBuf| folder.join(STATE).join(RUNS).is_dir();
        let mut above = self.root.ancestors().skip(1).map(Path::to_path_buf);
        above.find(has_runs).or_else(|| {
            let below = fs::read_dir(&self.root).ok()?;
            let below = below.filter_map(|entry| Some(entry.ok()?.path()));
            below.filter(has_runs).min()
        })
    }

    /// Takes hold of the kept runs, and waits for another process that has it:
    /// hooks run side by side.
    pub(super) fn open(&self) -> Result<State, WriteError> {
        let state = self.state();
        let at = |error: io::Error| WriteErrorKind::from(error).at(&state);
        create_private(&state).map_err(at)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(state.join("fix.lock"))
            .map_err(at)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                (self.on_wait)();
                lock.lock().map_err(at)?;
            }
            Err(TryLockError::Error(error)) => return Err(at(error)),
        }
        let ignore = state.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(at)?;
        }
        sync_folder(Some(&self.root)).map_err(at)?;
        Ok(State {
            project: self.clone(),
            _lock: lock,
        })
    }
}

/// Makes a folder that nobody else may look into. One that is there, of an
/// older version, is made such a one as far as the system lets us.
pub(super) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        builder.mode(0o700);
        if let Ok(data) = fs::metadata(folder)
            && data.permissions().mode() & 0o077 != 0
        {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).ok();
        }
    }
    builder.create(folder)
}

/// The configuration file in `folder`: `dehusk.toml`, or a `pyproject.toml`
/// with a table `tool.dehusk`.
pub fn config_of(folder: &Path) -> Option<PathBuf> {
    let own = folder.join("dehusk.toml");
    if own.is_file() {
        return Some(own);
    }
    let shared = folder.join("pyproject.toml");
    let text = fs::read_to_string(&shared).ok()?;
    let table: toml::Table = text.parse().ok()?;
    table.get("tool")?.get("dehusk").map(|_| shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_nearest_folder_that_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(dir.path()).unwrap();
        let deep = real.join("a/b/c");
        fs::create_dir_all(&deep).unwrap();
        let root = |from: &Path| Project::find(from).unwrap().root().to_path_buf();
        fs::create_dir(real.join(".git")).unwrap();
        assert_eq!(root(&deep), real);
        fs::write(real.join("a/pyproject.toml"), "[tool.other]\n").unwrap();
        assert_eq!(root(&deep), real);
        fs::write(real.join("a/pyproject.toml"), "[tool.dehusk]\n").unwrap();
        assert_eq!(root(&deep), real.join("a"));
        fs::write(real.join("a/b/dehusk.toml"), "").unwrap();
        assert_eq!(root(&deep), real.join("a/b"));
    }
}
