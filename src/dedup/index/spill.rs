//! Documents that memory has no room for.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
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

/// Tells the files of one process apart.
static SERIAL: AtomicU64 = AtomicU64::new(0);

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
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let name = format!(".dehusk-{}-{serial}.spill", process::id());
        let path = self.folder.join(name);
        write(engine, &path)?;
        // A file without a name vanishes with the process, however that ends.
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
