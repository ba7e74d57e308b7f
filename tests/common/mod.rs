//! A folder of its own for each test, and the real program run in it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "each test file uses a part of it, and a test may panic"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

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

/// A rule file of one rule, on a line that stands in no other text. `keys` are
/// lines of the rule more.
pub(crate) fn own_rule(keys: &str) -> String {
    format!(
        r#"schema = 1
[pack]
name        = "gazette"
version     = "1.0.0"
license     = "CC0-1.0"
description = "The village gazette."

[[rule]]
code    = "GAZ001"
id      = "village-gazette"
summary = "The slogan of the village gazette"
why     = "It stands under every article."
kind    = "line"
phrases = ["the gazette that the village reads"]
{keys}
[[rule.test]]
name = "slogan"
in   = """
The well is dry.
The gazette that the village reads
"""
out  = "The well is dry."
[[rule.test]]
name = "about the slogan"
keep = "The gazette that the village reads was sold on Monday."
"#
    )
}

/// Compares a text with what is checked in at `path`. With `DEHUSK_BLESS` set
/// it is written there instead, for a person to review.
pub(crate) fn assert_checked_in(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("DEHUSK_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        return;
    }
    let checked_in = fs::read_to_string(&file).unwrap_or_default();
    let differs = text
        .lines()
        .zip(checked_in.lines())
        .position(|(a, b)| a != b)
        .unwrap_or(text.lines().count().min(checked_in.lines().count()));
    assert!(
        text == checked_in,
        "{path} is not current, from line {} on: run the tests with DEHUSK_BLESS=1, and review it",
        differs + 1
    );
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

/// Says that a test was not run, and why; also if it counts as passed, which
/// hides what `eprintln` says.
pub(crate) fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    writeln!(std::io::stderr().lock(), "SKIPPED {name}: {why}").unwrap();
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
        "the ferryman",
        "a baker",
        "our neighbour",
        "the surveyor",
        "an old gardener",
        "her cousin",
        "the mayor",
        "a quiet student",
        "the glazier",
        "my aunt",
        "the night porter",
        "a retired pilot",
        "the beekeeper",
        "his tutor",
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
        "sketched",
        "moved",
        "borrowed",
        "polished",
        "weighed",
        "hid",
        "photographed",
        "buried",
        "traded",
        "cleaned",
    ];
    const HOW: &[&str] = &[
        "eleven",
        "small",
        "heavy",
        "borrowed",
        "crooked",
        "bright",
        "wooden",
        "forgotten",
        "copper",
        "narrow",
        "painted",
        "silent",
        "frozen",
        "northern",
        "broken",
        "hollow",
    ];
    const WHAT: &[&str] = &[
        "gates", "walls", "maps", "barrels", "bells", "ladders", "clocks", "boats", "letters",
        "lanterns", "bridges", "saddles", "windows", "chairs", "kettles", "nets", "ropes",
        "stones",
    ];
    const WHEN: &[&str] = &[
        "before the rain",
        "while others slept",
        "after a long walk",
        "behind the mill",
        "without a word",
        "near the harbour",
        "in late autumn",
        "under the old bridge",
        "beside the orchard",
        "during the fair",
        "at first light",
        "for no reason",
    ];
    let mut state = seed as u64;
    let mut pick = |words: &[&'static str]| {
        // SplitMix64: one step a word.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        words[usize::try_from((z ^ (z >> 31)) % words.len() as u64).unwrap()]
    };
    (0..sentences)
        .map(|_| {
            let start = pick(WHO);
            let start = format!("{}{}", start[..1].to_uppercase(), &start[1..]);
            let (did, how, what, when) = (pick(DID), pick(HOW), pick(WHAT), pick(WHEN));
            let (who, did2, how2, what2) = (pick(WHO), pick(DID), pick(HOW), pick(WHAT));
            format!("{start} {did} the {how} {what} {when}, and {who} {did2} {how2} {what2}.")
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// A story of its own for each seed.
pub(crate) fn story(seed: usize) -> String {
    format!("{}\n", prose(seed * 1000, 12))
}

/// The same with debris on top.
pub(crate) fn dirty(seed: usize) -> String {
    format!("&w=3840&q=100)\n{}", story(seed))
}

/// An article of several paragraphs, different for each seed.
pub(crate) fn article(seed: usize) -> String {
    (0..5)
        .map(|at| prose(seed * 1000 + at, 4))
        .collect::<Vec<_>>()
        .join("\n\n")
        + "\n"
}

/// A story of four paragraphs.
pub(crate) fn long_story(seed: usize) -> String {
    (0..4)
        .map(|at| prose(seed * 1000 + at, 5))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The same with one sentence more and one less.
pub(crate) fn edited(seed: usize) -> String {
    let story = long_story(seed);
    let (_, rest) = story.split_once(". ").unwrap();
    format!("{rest} {}", prose(seed + 7777, 1))
}

/// Records of documents with these ids and texts.
pub(crate) fn records(documents: &[(&str, String)]) -> String {
    documents
        .iter()
        .map(|(id, text)| format!("{}\n", json!({"id": id, "text": text})))
        .collect()
}
