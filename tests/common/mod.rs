//! A folder of its own for each test, and the real program run in it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and a test may panic"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

/// A folder that goes away with the test.
pub(crate) struct Dir {
    temp: tempfile::TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Dir {
    pub(crate) fn new() -> Self {
        Self {
            temp: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// Writes a file, and the folders that lead to it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The lines of a manifest.
    pub(crate) fn manifest(&self, name: &str) -> Vec<Value> {
        self.read(name)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// All files below a folder, without the hidden ones: path and content.
    pub(crate) fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(name);
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            {
                let path = entry.unwrap().path();
                let hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
                if path.is_dir() && !hidden {
                    folders.push(path);
                } else if !hidden {
                    let key = path
                        .strip_prefix(&root)
                        .unwrap()
                        .to_string_lossy()
                        .into_owned();
                    files.insert(key, fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    /// Runs the program in this folder.
    pub(crate) fn dehusk(&self, args: &[&str]) -> Ran {
        self.pipe(args, b"")
    }

    /// Runs the program in this folder with `input` on its standard input.
    pub(crate) fn pipe(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self.command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // From a thread of its own: the program may write before it has read.
        let feeder = std::thread::spawn(move || stdin.write_all(&input).ok());
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Ran {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dehusk"));
        command
            .args(args)
            .current_dir(self.temp.path())
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Ran {
    /// Fails the test unless the program ended well.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }
}

/// A text of the project itself, by its path from the project's root.
pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(path)
}

/// Prose that no rule has anything against: `sentences` sentences, different
/// for each `seed`.
pub(crate) fn prose(seed: usize, sentences: usize) -> String {
    const WHO: &[&str] = &[
        "The ferryman",
        "A baker",
        "Our neighbour",
        "The surveyor",
        "An old gardener",
        "Her cousin",
        "The mayor",
    ];
    const DID: &[&str] = &[
        "counted",
        "repaired",
        "described",
        "bought",
        "carried",
        "measured",
        "forgot",
        "painted",
    ];
    const WHAT: &[&str] = &[
        "eleven wooden gates",
        "the northern wall",
        "a map of the valley",
        "three barrels of oil",
        "the bell of the chapel",
    ];
    const WHEN: &[&str] = &[
        "before the rain came",
        "while the others slept",
        "on the way back from town",
        "for the second time that year",
        "without saying a word",
        "in the last week of harvest",
    ];
    (0..sentences)
        .map(|at| {
            let pick = |words: &[&'static str], step: usize| {
                words[(seed * (step + 3) + at * step + seed / 7) % words.len()]
            };
            format!(
                "{} {} {} {}.",
                pick(WHO, 5),
                pick(DID, 3),
                pick(WHAT, 2),
                pick(WHEN, 7)
            )
        })
        .collect::<Vec<_>>()
        .join(" ")
}
