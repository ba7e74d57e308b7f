//! Flags that several commands share, turned into the library's options. The
//! defaults are the library's own.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::ValueEnum;
use dehusk::{
    RuleSet, clean::Level, dedup::Keep, pipeline::Options, read::WalkOptions, rules::RuleOptions,
};

/// Which rules apply.
#[derive(Debug, clap::Args)]
pub(crate) struct RuleArgs {
    /// A rule file, or a folder of them, beside the built-in ones; a rule of
    /// the same code takes the built-in one's place
    #[arg(long, value_name = "PATH", help_heading = "Rules")]
    pub(crate) rules: Vec<PathBuf>,

    /// Only these rules: codes, beginnings of codes (`IMG`), or `tag:consent`
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    select: Vec<String>,

    /// Not these rules, written in the same way
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    ignore: Vec<String>,
}

impl RuleArgs {
    /// The compiled rules. A broken rule stops the run here.
    pub(crate) fn load(&self) -> anyhow::Result<RuleSet> {
        Ok(RuleSet::load(&RuleOptions {
            packs: self.rules.clone(),
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            ..RuleOptions::default()
        })?)
    }
}

/// Which files are read.
#[derive(Debug, clap::Args)]
pub(crate) struct WalkArgs {
    /// Also files and folders whose name begins with a dot
    #[arg(long, help_heading = "Files")]
    hidden: bool,

    /// Also what .gitignore, .ignore and .dehuskignore files leave out
    #[arg(long, help_heading = "Files")]
    no_ignore: bool,

    /// The largest file or record that is read, in bytes
    #[arg(long, value_name = "N", default_value_t = dehusk::read::file::MAX_BYTES, help_heading = "Files")]
    pub(crate) max_bytes: u64,
}

impl WalkArgs {
    pub(crate) fn options(&self, exclude: Option<PathBuf>) -> WalkOptions {
        WalkOptions {
            hidden: self.hidden,
            ignored: self.no_ignore,
            exclude,
        }
    }
}

/// How the work is done and told.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// How many threads [default: as many as there are cores]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// No progress bar and no summary
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

impl RunArgs {
    pub(crate) fn jobs(&self) -> Option<usize> {
        self.jobs.map(NonZeroUsize::get)
    }
}

/// Which document of a cluster is kept.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum KeepArg {
    /// The first in input order
    #[default]
    First,
    /// The longest clean text; among equals the first
    Longest,
}

impl From<KeepArg> for Keep {
    fn from(keep: KeepArg) -> Self {
        match keep {
            KeepArg::First => Self::First,
            KeepArg::Longest => Self::Longest,
        }
    }
}

/// How much is taken.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LevelArg {
    /// Only what is beyond doubt
    Safe,
    /// Everything that is debris
    Full,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Safe => Self::Safe,
            LevelArg::Full => Self::Full,
        }
    }
}

/// How a summary is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// For a person, on standard error
    #[default]
    Human,
    /// One JSON object on standard output
    Json,
}

/// The stage options for a command that has these flags.
pub(crate) fn options(level: LevelArg, dedup: bool, keep: KeepArg, max_bytes: u64) -> Options {
    let mut options = Options {
        keep: keep.into(),
        max_bytes,
        ..Options::default()
    };
    options.clean.level = level.into();
    options.extract.level = options.clean.level;
    if !dedup {
        options.dedup = None;
    }
    options
}
