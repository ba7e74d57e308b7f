//! What rules found in texts, kept from run to run, so that a folder in which
//! little has changed is checked in the time that it takes to read it.
//!
//! An answer is kept under a hash of all that it depends on: the bytes of the
//! file, how they are read, the rules and their level, and the program itself.
//! So nothing has to be thrown away when any of them changes; what nobody asks
//! for any more goes with time. No text is kept, only places, codes and
//! fingerprints, and an answer that does not fit its text counts as none.
//!
//! The cache is an aid: what cannot be read or written is passed over. Each
//! file of it is written beside its place and renamed, so processes that use
//! it at the same time see old files or new ones, and lose answers at worst.

mod entry;
mod shard;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use xxhash_rust::xxh3::xxh3_128;

pub(crate) use entry::{Finds, Print};
use shard::{Kept, Shard};

use crate::{CleanOptions, Format};

/// The answers are in so many files, by their key: of a large folder of which
/// one text has changed, a sixteenth is written again.
const SHARDS: usize = 16;

/// The most bytes of answers in a file, so that a cache has 128 MiB at most:
/// room for 100,000 texts of 1.5 KB with fingerprints.
const SHARD_BYTES: usize = 8 << 20;

/// Answers that nobody has asked for in so many days go.
const MOST_DAYS: u32 = 30;

/// When an answer was last asked for is told to so many days, so that a run
/// that finds all its answers writes nothing.
const TOUCH_DAYS: u32 = 7;

/// Files under way that are older were left by a run that was cut short.
const STALE: Duration = Duration::from_secs(60 * 60);

/// The file by which backup programs know a cache, and what is in it
/// (<https://bford.info/cachedir/>).
const TAG: (&str, &str) = (
    "CACHEDIR.TAG",
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of dehusk.\n",
);

/// Answers of earlier runs, and those of this one.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    shards: [OnceLock<Shard>; SHARDS],
    new: [Mutex<Vec<Kept>>; SHARDS],
    /// Days since 1970.
    today: u32,
}

/// What an answer depends on, besides the text: the rules, the options and the
/// program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope(u128);

impl Scope {
    /// The scope of rules with this [digest](crate::RuleOptions::digest) and
    /// these options, for a program that is told from others by `program`.
    pub fn new(rules: u128, options: &CleanOptions, program: &str) -> Self {
        let all = format!("{rules:032x}\0{options:?}\0{program}");
        Self(xxh3_128(all.as_bytes()))
    }

    /// The key of a text with this hash.
    pub(crate) fn key(self, content: u128, format: Format) -> u128 {
        let mut all = [0; 33];
        all[..16].copy_from_slice(&self.0.to_le_bytes());
        all[16..32].copy_from_slice(&content.to_le_bytes());
        all[32] = match format {
            Format::Text => 0,
            Format::Markdown => 1,
            Format::Html => 2,
        };
        xxh3_128(&all)
    }
}

impl Cache {
    /// The cache in `folder`, which need not be there.
    pub fn open(folder: PathBuf) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let days = since.map_or(0, |since| since.as_secs() / 86_400);
        Self {
            folder,
            shards: Default::default(),
            new: Default::default(),
            today: u32::try_from(days).unwrap_or(u32::MAX),
        }
    }

    /// What was found in a text that has `key`; with `print`, only if it is
    /// known by what its duplicates are found.
    pub(crate) fn get(&self, key: u128, text: &str, print: bool) -> Option<Finds> {
        let at = shard_of(key);
        let shard = self.shards[at].get_or_init(|| Shard::read(&self.path(at)));
        let finds = Finds::restore(shard.get(key)?, text)?;
        (!print || finds.print != Print::NotTaken).then_some(finds)
    }

    /// Keeps what was found in a text that has `key`.
    pub(crate) fn put(&self, key: u128, finds: &Finds) {
        let Some(body) = finds.store() else {
            return;
        };
        let mut new = self.new[shard_of(key)]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        new.push(Kept {
            key,
            day: self.today,
            body: body.into(),
        });
    }

    /// Writes down what was found in this run, for the next one.
    pub fn save(mut self) {
        let new = std::mem::take(&mut self.new);
        let mut ready = false;
        for (at, new) in new.into_iter().enumerate() {
            let new = new.into_inner().unwrap_or_else(PoisonError::into_inner);
            let shard = self.shards[at].get();
            let is_old = shard.is_some_and(|shard| shard.is_due(self.today));
            if new.is_empty() && !is_old {
                continue;
            }
            // Whatever is wrong with the folder, the run has done its work.
            if !ready && self.prepare().is_err() {
                return;
            }
            ready = true;
            let bytes = shard::merge(shard, new, self.today);
            if self.replace(at, &bytes).is_err() {
                return;
            }
        }
    }

    fn path(&self, shard: usize) -> PathBuf {
        self.folder.join(format!("{shard:x}.bin"))
    }

    /// Makes the folder, unless it is there, and removes what a run that was
    /// cut short has left.
    fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        for (name, content) in [TAG, (".gitignore", "*\n")] {
            let path = self.folder.join(name);
            if !path.exists() {
                fs::write(path, content)?;
            }
        }
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let is_temp = entry.file_name().to_string_lossy().ends_with(".tmp");
            let age = entry.metadata().and_then(|data| data.modified());
            let is_stale = age.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > STALE));
            if is_temp && is_stale {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn replace(&self, shard: usize, bytes: &[u8]) -> io::Result<()> {
        let temp = self.folder.join(format!("{shard:x}-{}.tmp", process::id()));
        // Not brought to disk: what a power cut leaves of it is noticed by its
        // checksum.
        let done = fs::write(&temp, bytes).and_then(|()| fs::rename(&temp, self.path(shard)));
        if done.is_err() {
            fs::remove_file(&temp).ok();
        }
        done
    }
}

/// The folder of a project's cache, below its root.
pub fn cache_folder(root: &Path) -> PathBuf {
    root.join(".dehusk_cache")
}

fn shard_of(key: u128) -> usize {
    (key >> 124) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fingerprint, Removal};

    fn finds(text: &str, print: Print) -> Finds {
        Finds {
            removals: vec![Removal::text("IMG001".into(), 0..text.len().min(3))],
            withheld: Vec::new(),
            hidden: 2,
            print,
        }
    }

    fn scope(program: &str) -> Scope {
        Scope::new(1, &CleanOptions::default(), program)
    }

    #[test]
    fn what_was_found_is_known_in_the_next_run_and_in_no_other_scope() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("deep/cache");
        let text = "husk grain";
        let key = |scope: Scope| scope.key(7, Format::Text);
        let print = Print::Taken(Box::new(Fingerprint::of(text)));
        let cache = Cache::open(folder.clone());
        assert_eq!(cache.get(key(scope("1")), text, false), None);
        cache.put(key(scope("1")), &finds(text, print.clone()));
        cache.save();
        let cache = Cache::open(folder.clone());
        assert_eq!(
            cache.get(key(scope("1")), text, true),
            Some(finds(text, print))
        );
        assert_eq!(cache.get(key(scope("2")), text, true), None);
        assert_ne!(scope("1").key(7, Format::Markdown), key(scope("1")));
        let safe = CleanOptions {
            level: crate::Level::Safe,
            ..CleanOptions::default()
        };
        assert_ne!(Scope::new(1, &safe, "1"), scope("1"));
        assert_eq!(
            fs::read_to_string(folder.join(".gitignore")).unwrap(),
            "*\n"
        );
    }

    #[test]
    fn a_run_that_finds_all_its_answers_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path().to_path_buf());
        cache.put(5, &finds("abc", Print::NotTaken));
        cache.save();
        let path = dir.path().join("0.bin");
        fs::remove_file(dir.path().join(".gitignore")).unwrap();
        let cache = Cache::open(dir.path().to_path_buf());
        assert!(cache.get(5, "abc", false).is_some());
        assert!(cache.get(5, "abc", true).is_none());
        cache.save();
        assert!(path.exists() && !dir.path().join(".gitignore").exists());
    }

    #[test]
    fn a_cache_that_cannot_be_made_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let cache = Cache::open(dir.path().join("file/cache"));
        cache.put(5, &finds("abc", Print::NotTaken));
        assert_eq!(cache.get(6, "abc", false), None);
        cache.save();
    }
}
