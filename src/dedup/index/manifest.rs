//! The list of segments that an index consists of, and who may write to it.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    error::{IndexError, IndexErrorKind},
    segment::{Segment, VERSION},
};
use crate::write::sync_folder;

const MANIFEST: &str = "index.json";
const LOCK: &str = "lock";

/// The beginning and the end of the names of segments.
const SEGMENT: (&str, &str) = ("segment-", ".dhi");

/// What must be the same in every run that uses an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Parameters {
    /// How documents become fingerprints.
    pub(super) method: u32,
    pub(super) similarity: f64,
    pub(super) radius: u32,
    pub(super) candidates: String,
    pub(super) within: String,
    /// What was done to texts before they were compared.
    pub(super) texts: String,
}

impl Parameters {
    /// That an index has other parameters than a run.
    fn differ(&self, run: &Self) -> Option<IndexErrorKind> {
        let rows = [
            ("method", self.method.to_string(), run.method.to_string()),
            (
                "similarity",
                self.similarity.to_string(),
                run.similarity.to_string(),
            ),
            ("radius", self.radius.to_string(), run.radius.to_string()),
            (
                "candidates",
                self.candidates.clone(),
                run.candidates.clone(),
            ),
            ("within", self.within.clone(), run.within.clone()),
            ("texts", self.texts.clone(), run.texts.clone()),
        ];
        let mut differing = rows
            .into_iter()
            .filter(|(_, found, expected)| found != expected);
        let (name, found, expected) = differing.next()?;
        Some(IndexErrorKind::Parameter {
            name,
            found,
            expected,
        })
    }
}

/// The list of segments, as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    pub(super) parameters: Parameters,
    /// The serial number of the next segment.
    pub(super) serial: u64,
    /// The names of the segments, oldest first.
    pub(super) segments: Vec<String>,
}

/// What every version of the list has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Manifest {
    pub(super) fn new(parameters: Parameters) -> Self {
        Self {
            version: VERSION,
            parameters,
            serial: 1,
            segments: Vec::new(),
        }
    }

    /// The name of a new segment.
    pub(super) fn name(&mut self) -> String {
        let name = format!("{}{:06}{}", SEGMENT.0, self.serial, SEGMENT.1);
        self.serial += 1;
        name
    }

    fn read(folder: &Path) -> Result<Option<Self>, IndexError> {
        let path = folder.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(IndexErrorKind::Io(error).at(&path)),
        };
        let damaged =
            || IndexErrorKind::Damaged("its list of segments is not what was written").at(&path);
        // The version comes first: another one may have another checksum.
        let (json, checksum) = text.trim_end().rsplit_once('\n').ok_or_else(damaged)?;
        let found = serde_json::from_str::<Versioned>(json)
            .map_err(|_| damaged())?
            .version;
        if found != VERSION {
            let expected = VERSION;
            return Err(IndexErrorKind::Version { found, expected }.at(folder));
        }
        if checksum != format!("{:016x}", xxh3_64(json.as_bytes())) {
            return Err(damaged());
        }
        serde_json::from_str(json).map(Some).map_err(|_| damaged())
    }

    /// Makes this the list of the index, at once or not at all. That it is so
    /// after a power cut, too, is for [`sync_folder`] to say.
    fn write(&self, folder: &Path) -> Result<(), IndexError> {
        let path = folder.join(MANIFEST);
        let write = || {
            // Segments first: the list never names one that is not there.
            sync_folder(Some(folder))?;
            let json = serde_json::to_string(self)?;
            let temp = folder.join(format!("{MANIFEST}.tmp"));
            let mut file = File::create(&temp)?;
            writeln!(file, "{json}\n{:016x}", xxh3_64(json.as_bytes()))?;
            file.sync_all()?;
            fs::rename(&temp, &path)
        };
        write().map_err(|error| IndexErrorKind::Io(error).at(&path))
    }
}

/// What an index is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To be asked. Nothing is written, and others may write meanwhile: what
    /// is seen is the state at the opening.
    Read,
    /// To be changed. No other process can open it for that meanwhile.
    Write,
    /// As [`Write`](Self::Write); it is made if there is none.
    Create,
}

/// The folder of an index.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
    /// Locked as long as it is open.
    lock: Option<File>,
}

impl Folder {
    /// Opens the folder and its segments. Without `parameters` any will do.
    pub(super) fn open(
        path: &Path,
        parameters: Option<&Parameters>,
        access: Access,
    ) -> Result<(Self, Vec<Segment>), IndexError> {
        let lock = match access {
            Access::Read => None,
            Access::Write | Access::Create => Some(lock(path, access)?),
        };
        let mut before = None;
        loop {
            let manifest = match (Manifest::read(path)?, access, parameters) {
                (Some(manifest), ..) => manifest,
                (None, Access::Create, Some(parameters)) => {
                    let manifest = Manifest::new(parameters.clone());
                    manifest.write(path)?;
                    sync(path)?;
                    manifest
                }
                _ => return Err(IndexErrorKind::Missing.at(path)),
            };
            let other = parameters.and_then(|run| manifest.parameters.differ(run));
            if let Some(kind) = other {
                return Err(kind.at(path));
            }
            let names = manifest.segments.iter();
            let opened: Result<Vec<_>, _> =
                names.map(|name| Segment::open(&path.join(name))).collect();
            match opened {
                Ok(segments) => {
                    let folder = Self {
                        path: path.to_path_buf(),
                        manifest,
                        lock,
                    };
                    folder.sweep();
                    return Ok((folder, segments));
                }
                // A writer may have replaced segments since the list was read.
                // Then there is another list by now.
                Err(error)
                    if access == Access::Read
                        && error.is_not_found()
                        && before.as_ref() != Some(&manifest) =>
                {
                    before = Some(manifest);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether it may be written to.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Makes `manifest` the list of the index.
    pub(super) fn publish(&mut self, manifest: Manifest) -> Result<(), IndexError> {
        manifest.write(&self.path)?;
        self.manifest = manifest;
        Ok(())
    }

    /// Sees to it that the list outlasts a power cut. Only then what it does
    /// not name may go.
    pub(super) fn settle(&self) -> Result<(), IndexError> {
        sync(&self.path)?;
        self.sweep();
        Ok(())
    }

    /// Removes segments that the list does not name: replaced ones, and those
    /// of a run that was cut short.
    fn sweep(&self) {
        if self.lock.is_none() {
            return;
        }
        let named: HashSet<&str> = self.manifest.segments.iter().map(String::as_str).collect();
        let files = fs::read_dir(&self.path).into_iter().flatten().flatten();
        for file in files {
            let name = file.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(SEGMENT.0) && name.ends_with(SEGMENT.1) && !named.contains(&*name) {
                // What cannot be removed now will be the next time.
                fs::remove_file(file.path()).ok();
            }
        }
    }
}

fn sync(folder: &Path) -> Result<(), IndexError> {
    sync_folder(Some(folder)).map_err(|error| IndexErrorKind::Io(error).at(folder))
}

/// Locks an index, and makes its folder if need be.
fn lock(path: &Path, access: Access) -> Result<File, IndexError> {
    let at = |error| IndexErrorKind::Io(error).at(path);
    if access == Access::Create {
        fs::create_dir_all(path).map_err(at)?;
        let mut files = fs::read_dir(path).map_err(at)?.flatten();
        let is_own = |name: &std::ffi::OsStr| {
            let name = name.to_string_lossy();
            name == MANIFEST || name == LOCK || name.starts_with(MANIFEST)
        };
        let any = files.any(|file| !is_own(&file.file_name()));
        if any && !path.join(MANIFEST).exists() {
            return Err(IndexErrorKind::Foreign.at(path));
        }
    } else if !path.join(MANIFEST).exists() {
        return Err(IndexErrorKind::Missing.at(path));
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join(LOCK));
    let file = file.map_err(at)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IndexErrorKind::Busy.at(path)),
        Err(TryLockError::Error(error)) => Err(at(error)),
    }
}
