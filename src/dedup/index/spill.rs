//! Documents that memory has no room for.

use std::{
    collections::hash_map::RandomState,
    env, fs,
    hash::BuildHasher,
    path::{Path, PathBuf},
};

use super::{super::engine::Engine, error::IndexError, merge, segment::Segment};

/// Writes the documents in memory to a segment and goes on from that.
pub(super) fn write(engine: &mut Engine, path: &Path) -> Result<(), IndexError> {
    merge::write_memory(engine.memory(), path)?;
    let segment = Segment::open(path)?;
    engine.base_mut().segments.push(segment);
    engine.clear_memory();
    Ok(())
}

/// Where documents wait during a run that remembers nothing beyond it.
#[derive(Debug)]
pub(crate) struct Spill {
    folder: PathBuf,
    /// Documents in memory, in bytes.
    memory: usize,
    /// Files that could not be removed while they are open.
    left: Vec<PathBuf>,
}

impl Spill {
    /// Into `folder`, or that for temporary files.
    pub(crate) fn new(folder: Option<PathBuf>, memory: usize) -> Self {
        Self {
            folder: folder.unwrap_or_else(env::temp_dir),
            memory,
            left: Vec::new(),
        }
    }

    /// Makes room if the documents in memory take too much.
    pub(crate) fn make_room(&mut self, engine: &mut Engine) -> Result<(), IndexError> {
        if engine.memory().bytes() <= self.memory {
            return Ok(());
        }
        // A name that nobody can foresee, in a folder where others may write.
        let number = RandomState::new().hash_one(engine.memory().first);
        let path = self.folder.join(format!(".dehusk-{number:016x}.spill"));
        write(engine, &path)?;
        // A file without a name vanishes with the process, however that ends.
        // Windows keeps the name as long as the file is open.
        if fs::remove_file(&path).is_err() {
            self.left.push(path);
        }
        Ok(())
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        for path in &self.left {
            fs::remove_file(path).ok();
        }
    }
}
