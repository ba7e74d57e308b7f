//! Flags that several commands share, turned into the library's options. The
//! defaults are the library's own.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::ValueEnum;
use dehusk::{
    RuleSet, clean::Level, dedup::Keep, inplace::STEPS, pipeline::Options, read::WalkOptions,
    rules::RuleOptions,
};

use crate::settings::Settings;

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

    /// The configuration [default: the nearest dehusk.toml, or pyproject.toml
    /// with a table tool.dehusk, from here upward]
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    config: Option<PathBuf>,

    /// No configuration, whatever files there are
    #[arg(long, conflicts_with = "config", help_heading = "Rules")]
    no_config: bool,
}

impl RuleArgs {
    /// What the project has written down.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        if self.no_config {
            return Ok(Settings::default());
        }
        Settings::load(self.config.as_deref())
    }

    /// The compiled rules. A broken rule stops the run here.
    pub(crate) fn load(&self, settings: &Settings) -> anyhow::Result<RuleSet> {
        Ok(RuleSet::load(&self.options(settings, &[]))?)
    }

    /// Which rules hold, without some more. What was typed comes before what
    /// was written down: rules that are selected take the place of the file's,
    /// rules that are ignored are added to them.
    pub(crate) fn options(&self, settings: &Settings, ignore: &[String]) -> RuleOptions {
        let mut packs = settings.packs();
        packs.extend_from_slice(&self.rules);
        let select = if self.select.is_empty() {
            &settings.rules.select
        } else {
            &self.select
        };
        let mut ignore = [&settings.rules.ignore[..], &self.ignore, ignore].concat();
        ignore.retain(|name| !is_step(name));
        RuleOptions {
            packs,
            select: select.clone(),
            ignore,
            extend_safe: settings.rules.extend_safe.clone(),
        }
    }

    /// The findings that no rule makes and nobody wants, such as `ENC001`.
    pub(crate) fn ignored_steps(&self, settings: &Settings) -> Vec<String> {
        let mut steps = [&settings.rules.ignore[..], &self.ignore].concat();
        steps.retain(|name| is_step(name));
        steps
    }
}

/// Whether a code is that of a finding that no rule makes.
fn is_step(name: &str) -> bool {
    STEPS.iter().any(|(code, _)| *code == name)
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
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum KeepArg {
    /// The first in input order
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

/// The stage options for a command that has these flags, in a project with
/// these settings.
pub(crate) fn options(
    settings: &Settings,
    level: LevelArg,
    dedup: bool,
    keep: Option<KeepArg>,
    max_bytes: u64,
) -> Options {
    let keep = keep.map(Keep::from).or(settings.dedup.keep.map(Keep::from));
    let mut options = Options {
        keep: keep.unwrap_or_default(),
        max_bytes,
        ..Options::default()
    };
    options.clean.level = level.into();
    options.extract.level = options.clean.level;
    let floor = &mut options.clean.floor;
    floor.min_keep_words = settings
        .limits
        .min_keep_words
        .unwrap_or(floor.min_keep_words);
    floor.min_keep_share = settings
        .limits
        .min_keep_share
        .unwrap_or(floor.min_keep_share);
    if let (Some(dedup), Some(similarity)) = (&mut options.dedup, settings.dedup.similarity) {
        dedup.similarity = similarity;
    }
    if !dedup {
        options.dedup = None;
    }
    options
}
