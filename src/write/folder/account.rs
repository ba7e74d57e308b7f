//! The account of a run: what it wrote, and what stands in the folder by
//! dehusk's doing.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    mem,
    path::{Component, Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::{
        Entry, MANIFEST_NAME, WriteError, WriteErrorKind, atomic::sync_folder, path_of_text,
        path_text,
    },
    OUTPUTS, OUTPUTS_UNDER_WAY, OutputFolder, PLANNED, STATE, UNDER_WAY,
};

/// The account of a run on an [`OutputFolder`], under way until it is
/// [published](Self::publish).
#[derive(Debug)]
pub struct Account {
    pub(super) root: PathBuf,
    pub(super) manifest: BufWriter<File>,
    pub(super) outputs: BufWriter<File>,
    /// What stood in the folder by dehusk's doing: path and digest, which an
    /// interrupted run did not get to tell.
    pub(super) before: BTreeMap<String, Option<String>>,
}

/// A file that dehusk wrote and that a run did not write again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Output {
    output: Option<String>,
    digest: Option<String>,
}

impl Account {
    /// Says what the run may write, and refuses where that would harm.
    ///
    /// # Errors
    ///
    /// Unless `force` is given: a file is in the way that no run wrote, or that
    /// was changed since one wrote it.
    pub fn plan(&mut self, outputs: &[PathBuf], force: bool) -> Result<(), WriteError> {
        let planned = self.root.join(STATE).join(PLANNED);
        let at = |error: io::Error| WriteErrorKind::from(error).at(&planned);
        let under_way = planned.with_extension("tmp");
        let mut list = BufWriter::new(File::create(&under_way).map_err(at)?);
        for output in outputs {
            let name = path_text(output);
            if !force {
                self.check_free(output, &name)?;
            }
            write_line(
                &mut list,
                &Output {
                    output: Some(name),
                    digest: None,
                },
            )
            .map_err(at)?;
        }
        // What an interrupted run left stays known if this one is, too.
        for (output, digest) in &self.before {
            write_line(
                &mut list,
                &Output {
                    output: Some(output.clone()),
                    digest: digest.clone(),
                },
            )
            .map_err(at)?;
        }
        list.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&under_way, &planned))
            .map_err(at)
    }

    fn check_free(&self, output: &Path, name: &str) -> Result<(), WriteError> {
        let path = self.root.join(output);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(());
        }
        match self.before.get(name) {
            None => Err(WriteErrorKind::InTheWay.at(path)),
            Some(Some(digest)) if digest_of(&path).as_ref() != Some(digest) => {
                Err(WriteErrorKind::Changed.at(path))
            }
            Some(_) => Ok(()),
        }
    }

    /// Enters a document; its file has been committed.
    pub fn enter(&mut self, entry: &Entry) -> Result<(), WriteError> {
        let at = |error: io::Error| WriteErrorKind::from(error).at(self.root.join(MANIFEST_NAME));
        if let Some(output) = &entry.output {
            self.before.remove(output);
            let digest = entry.digest.map(|digest| format!("{digest:016x}"));
            write_line(
                &mut self.outputs,
                &Output {
                    output: Some(output.clone()),
                    digest,
                },
            )
            .map_err(at)?;
        }
        write_line(&mut self.manifest, entry).map_err(at)
    }

    /// Ends the run on `folder`: the account gets its name.
    ///
    /// Returns the files of earlier runs that this one did not write again.
    /// With `prune` they are removed, except where they were changed since.
    pub fn publish(
        mut self,
        folder: &OutputFolder,
        prune: bool,
    ) -> Result<Vec<PathBuf>, WriteError> {
        let manifest = self.root.join(MANIFEST_NAME);
        let at = |error: io::Error| WriteErrorKind::from(error).at(&manifest);
        let mut stale = Vec::new();
        for (output, digest) in mem::take(&mut self.before) {
            // Only what lies below the folder: the list may have come with it.
            let inside = path_of_text(&output).filter(|path| {
                path.components()
                    .all(|part| matches!(part, Component::Normal(_)))
            });
            let Some(path) = inside.map(|path| self.root.join(path)) else {
                continue;
            };
            let Some(found) = digest_of(&path) else {
                continue;
            };
            if prune && digest.as_ref() == Some(&found) {
                fs::remove_file(&path).map_err(|error| WriteErrorKind::from(error).at(&path))?;
                continue;
            }
            write_line(
                &mut self.outputs,
                &Output {
                    output: Some(output),
                    digest,
                },
            )
            .map_err(at)?;
            stale.push(path);
        }
        self.name(folder, &manifest).map_err(at)?;
        Ok(stale)
    }

    /// Brings to disk, in this order: names, what stands in the folder, the
    /// account. So neither list speaks of a file that is not there.
    fn name(&mut self, folder: &OutputFolder, manifest: &Path) -> io::Result<()> {
        let state = self.root.join(STATE);
        folder.sync_names()?;
        self.outputs.flush()?;
        self.outputs.get_ref().sync_all()?;
        fs::rename(state.join(OUTPUTS_UNDER_WAY), state.join(OUTPUTS))?;
        self.manifest.flush()?;
        self.manifest.get_ref().sync_all()?;
        fs::rename(state.join(UNDER_WAY), manifest)?;
        sync_folder(Some(&state))?;
        sync_folder(Some(&self.root))
    }
}

/// Writes `value` as a line of JSON.
fn write_line(out: &mut BufWriter<File>, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// The digest of a regular file, as the manifest has it.
fn digest_of(path: &Path) -> Option<String> {
    // Not through a link, and never a pipe or a device.
    let regular = fs::symlink_metadata(path).is_ok_and(|data| data.is_file());
    let bytes = regular.then(|| fs::read(path).ok()).flatten()?;
    Some(format!("{:016x}", xxh3_64(&bytes)))
}

/// The outputs that a list or a manifest names, if it is there. A line that
/// cannot be read says nothing.
pub(super) fn listed(list: &Path) -> Option<BTreeMap<String, Option<String>>> {
    let lines = BufReader::new(File::open(list).ok()?).lines();
    let outputs = lines
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Output>(&line).ok());
    Some(
        outputs
            .filter_map(|output| Some((output.output?, output.digest)))
            .collect(),
    )
}
