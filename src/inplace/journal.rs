//! The account of a run that changed files, written before it changes them.
//!
//! A run's journal is `.dehusk/runs/<number>/journal.jsonl`. A line about a
//! file is on disk before the file is touched, so after a crash each file is
//! what the line says it was before, or what it says it is after.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{project::create_private, store::private};

/// The folder of the journals, in a project's state.
pub(super) const RUNS: &str = "runs";

/// What sort of run it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Debris was taken out.
    Fix,
    /// A run was taken back.
    Undo {
        /// The run's number.
        of: u32,
        /// Whether only some of its files were asked for.
        #[serde(default)]
        part: bool,
    },
}

/// A change of one file. Without `before` the file was not there; without
/// `after` it is there no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    #[serde(with = "path")]
    pub(super) path: PathBuf,
    #[serde(with = "digest")]
    pub(super) before: Option<u128>,
    #[serde(with = "digest")]
    pub(super) after: Option<u128>,
    /// Permission bits.
    pub(super) mode: u32,
    /// When the file was last changed before, in nanoseconds since 1970.
    pub(super) mtime: Option<u64>,
    /// Half-open ranges of the bytes before, in order, without which they are
    /// the bytes after; empty where that is not how they were made. Then the
    /// bytes after are kept, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) cuts: Vec<(usize, usize)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// The first line.
    Run {
        action: Action,
        /// Seconds since 1970.
        started: u64,
        /// The version that wrote it.
        dehusk: String,
        /// What is in the names of its temporary files, so that they are like
        /// those of no other run: numbers begin anew with a new folder.
        #[serde(default)]
        tag: String,
    },
    Change(Change),
    /// The number of a change, from 0, that was not made after all.
    Skipped(usize),
    /// A file that an undo was asked for, and that was so already.
    Already(#[serde(with = "path")] PathBuf),
    /// A file that an undo was asked for, and that it has left as it is.
    Left(#[serde(with = "path")] PathBuf),
    /// The last line of a run that came to its end.
    Done,
}

/// A journal under way.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// The folder that it is in.
    own: PathBuf,
    action: Action,
    pub(super) run: u32,
    /// What is in the names of its temporary files.
    pub(super) tag: String,
    pub(super) changes: usize,
    /// How many of them were not made.
    skipped: usize,
}

/// A place in a journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    len: u64,
    changes: usize,
}

/// A run as its journal tells it.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its number, from 1.
    pub number: u32,
    /// What it did.
    pub action: Action,
    /// When it began, in seconds since 1970.
    pub started: u64,
    /// Whether it came to its end.
    pub done: bool,
    /// What it changed, or was about to change when it was cut short.
    pub(super) changes: Vec<Change>,
    /// All changes, also those that were not made, for their temporary files.
    pub(super) planned: Vec<Change>,
    /// Files that an undo was asked for, and that were so already.
    pub(super) already: Vec<PathBuf>,
    /// Files that an undo was asked for, and that it has left as they are.
    pub(super) left: Vec<PathBuf>,
    /// What is in the names of its temporary files.
    pub(super) tag: String,
}

impl Run {
    /// How many files it changed.
    pub fn files(&self) -> usize {
        self.paths().len()
    }

    /// The files that it changed, from the project's root on.
    pub fn paths(&self) -> BTreeSet<&Path> {
        self.changes.iter().map(|one| one.path.as_path()).collect()
    }

    /// The files that it was to change, or asked to, and did not.
    pub(super) fn failed(&self) -> BTreeSet<&Path> {
        let changed = self.paths();
        let planned = self.planned.iter().map(|one| one.path.as_path());
        let asked = planned.chain(self.left.iter().map(PathBuf::as_path));
        asked.filter(|path| !changed.contains(path)).collect()
    }
}

impl Journal {
    /// Begins the journal of the next run.
    pub(super) fn create(state: &Path, action: Action) -> io::Result<Self> {
        let folder = state.join(RUNS);
        create_private(&folder)?;
        let run = numbers(&folder)?.last().map_or(1, |last| last + 1);
        let own = folder.join(format!("{run:06}"));
        fs::create_dir(&own)?;
        let mut options = OpenOptions::new();
        options.create_new(true).append(true);
        let file = private(&mut options).open(own.join("journal.jsonl"))?;
        let mut journal = Self {
            file,
            own,
            action,
            run,
            tag: format!("{:016x}", RandomState::new().build_hasher().finish()),
            changes: 0,
            skipped: 0,
        };
        let started = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        journal.write(&[Line::Run {
            action,
            started,
            dehusk: env!("CARGO_PKG_VERSION").to_owned(),
            tag: journal.tag.clone(),
        }])?;
        crate::write::sync_folder(Some(&journal.own))?;
        crate::write::sync_folder(Some(&folder))?;
        crate::write::sync_folder(Some(state))?;
        Ok(journal)
    }

    /// How far it goes, for [`Journal::back_to`].
    pub(super) fn mark(&self) -> io::Result<Mark> {
        Ok(Mark {
            len: self.file.metadata()?.len(),
            changes: self.changes,
        })
    }

    /// Takes out what was entered since, none of which was done.
    pub(super) fn back_to(&mut self, mark: Mark) -> io::Result<()> {
        self.changes = mark.changes;
        self.file.set_len(mark.len)
    }

    /// Enters what is about to be changed, and brings it to disk.
    pub(super) fn enter(&mut self, changes: Vec<Change>) -> io::Result<()> {
        self.changes += changes.len();
        let lines: Vec<Line> = changes.into_iter().map(Line::Change).collect();
        self.write(&lines)?;
        self.file.sync_all()
    }

    /// Enters files that an undo was asked for, and that were so already.
    pub(super) fn already(&mut self, paths: Vec<PathBuf>) -> io::Result<()> {
        let lines: Vec<Line> = paths.into_iter().map(Line::Already).collect();
        self.write(&lines)
    }

    /// Enters files that an undo was asked for and has left as they are.
    pub(super) fn left(&mut self, paths: Vec<PathBuf>) -> io::Result<()> {
        let lines: Vec<Line> = paths.into_iter().map(Line::Left).collect();
        self.write(&lines)
    }

    /// Enters that the changes with these numbers were not made.
    pub(super) fn skipped(&mut self, numbers: &[usize]) -> io::Result<()> {
        self.skipped += numbers.len();
        let lines: Vec<Line> = numbers.iter().copied().map(Line::Skipped).collect();
        self.write(&lines)
    }

    /// Ends the journal, and tells the number of its run. That of a fix that
    /// changed nothing is removed: nobody has anything to take back by it. That
    /// of an undo stays, since it says that a run was taken back.
    pub(super) fn finish(mut self) -> io::Result<Option<u32>> {
        self.write(&[Line::Done])?;
        if self.action == Action::Fix && self.skipped == self.changes {
            fs::remove_dir_all(&self.own)?;
            return Ok(None);
        }
        self.file.sync_all()?;
        Ok(Some(self.run))
    }

    fn write(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        self.file.write_all(&text)
    }
}

/// The runs that are kept in `state`, oldest first.
///
/// # Errors
///
/// A journal cannot be read. One that is cut short is read up to there.
pub(super) fn runs(state: &Path) -> io::Result<Vec<Run>> {
    let folder = state.join(RUNS);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut runs = Vec::new();
    for number in numbers(&folder)? {
        runs.extend(read(&folder, number)?);
    }
    Ok(runs)
}

/// The last run that is kept in `state`.
pub(super) fn last(state: &Path) -> io::Result<Option<Run>> {
    let folder = state.join(RUNS);
    if !folder.exists() {
        return Ok(None);
    }
    match numbers(&folder)?.last() {
        Some(&number) => read(&folder, number),
        None => Ok(None),
    }
}

/// The numbers of the runs, in order.
fn numbers(folder: &Path) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        numbers.extend(
            entry?
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<u32>().ok()),
        );
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// A run; `None` if it was cut short before it had said what it is.
fn read(folder: &Path, number: u32) -> io::Result<Option<Run>> {
    let path = folder.join(format!("{number:06}")).join("journal.jsonl");
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut run = None;
    let mut planned: Vec<Change> = Vec::new();
    let (mut skipped, mut already, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let mut done = false;
    for line in BufReader::new(file).split(b'\n') {
        match serde_json::from_slice(&line?) {
            Ok(Line::Run {
                action,
                started,
                tag,
                ..
            }) => run = Some((action, started, tag)),
            Ok(Line::Change(change)) => planned.push(change),
            Ok(Line::Skipped(at)) => skipped.push(at),
            Ok(Line::Already(path)) => already.push(path),
            Ok(Line::Left(path)) => left.push(path),
            Ok(Line::Done) => done = true,
            // The rest of a line that a crash cut short. What it would have
            // said was not done.
            Err(_) => break,
        }
    }
    skipped.sort_unstable();
    Ok(run.map(|(action, started, tag)| Run {
        number,
        already,
        left,
        tag,
        action,
        started,
        done,
        changes: planned
            .iter()
            .enumerate()
            .filter(|(at, _)| skipped.binary_search(at).is_err())
            .map(|(_, change)| change.clone())
            .collect(),
        planned,
    }))
}

/// Hashes as 32 hexadecimal digits.
mod digest {
    use super::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(hash: &Option<u128>, out: S) -> Result<S::Ok, S::Error> {
        match hash {
            Some(hash) => out.collect_str(&format_args!("{hash:032x}")),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<u128>, D::Error> {
        Option::<String>::deserialize(from)?
            .map(|digits| u128::from_str_radix(&digits, 16).map_err(serde::de::Error::custom))
            .transpose()
    }
}

/// Paths as text, or their bytes where they are no text: an undo has to find
/// the file, whatever its name.
mod path {
    use super::{Deserialize, Deserializer, Path, PathBuf, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Name {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => Name::Text(text.to_owned()),
            None => Name::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
        }
        .serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        match Name::deserialize(from)? {
            Name::Text(text) => Ok(PathBuf::from(text)),
            Name::Bytes(bytes) => of_bytes(bytes).map_err(serde::de::Error::custom),
        }
    }

    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "on other systems it can fail")]
    fn of_bytes(bytes: Vec<u8>) -> Result<PathBuf, &'static str> {
        use std::os::unix::ffi::OsStringExt;
        Ok(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
    }

    #[cfg(not(unix))]
    fn of_bytes(_: Vec<u8>) -> Result<PathBuf, &'static str> {
        Err("a name of another system")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str) -> Change {
        Change {
            path: path.into(),
            before: Some(u128::MAX),
            after: None,
            mode: 0o640,
            mtime: Some(7),
            cuts: vec![(3, 9)],
        }
    }

    #[test]
    fn a_journal_tells_what_was_entered() {
        let dir = tempfile::tempdir().unwrap();
        let action = Action::Undo { of: 3, part: true };
        let mut journal = Journal::create(dir.path(), action).unwrap();
        journal.enter(vec![change("a"), change("b\n\"")]).unwrap();
        journal.skipped(&[0]).unwrap();
        assert_eq!(journal.finish().unwrap(), Some(1));
        let runs = runs(dir.path()).unwrap();
        assert_eq!(runs[0].action, action);
        assert_eq!(runs[0].changes, [change("b\n\"")]);
        assert!(runs[0].done);
    }

    #[test]
    fn the_journal_of_a_fix_that_changed_nothing_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(dir.path(), Action::Fix).unwrap();
        journal.enter(vec![change("a")]).unwrap();
        journal.skipped(&[0]).unwrap();
        assert_eq!(journal.finish().unwrap(), None);
        assert!(runs(dir.path()).unwrap().is_empty());
    }

    #[test]
    fn a_journal_that_was_cut_short_is_read_up_to_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(dir.path(), Action::Fix).unwrap();
        journal.enter(vec![change("a"), change("b")]).unwrap();
        let path = dir.path().join("runs/000001/journal.jsonl");
        let whole = fs::read(&path).unwrap();
        for len in 0..whole.len() {
            fs::write(&path, &whole[..len]).unwrap();
            for run in runs(dir.path()).unwrap() {
                assert!(!run.done && run.changes.len() <= 2);
            }
        }
        // The next run has a number of its own.
        assert_eq!(Journal::create(dir.path(), Action::Fix).unwrap().run, 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_comes_back() {
        use std::os::unix::ffi::OsStringExt;
        let name = PathBuf::from(std::ffi::OsString::from_vec(b"bad\xff.txt".to_vec()));
        let line = Change {
            path: name.clone(),
            ..change("")
        };
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&text).unwrap().path, name);
    }
}
