//! Flags that several commands share, turned into the library's options. The
//! defaults are the library's own.

use std::{fs, num::NonZeroUsize, path::PathBuf, sync::Arc};

use anyhow::{Context, anyhow};
use clap::ValueEnum;
use dehusk::{
    RuleSet,
    clean::Level,
    dedup::Keep,
    inplace::STEPS,
    pipeline::{Options, Place, Places},
    read::WalkOptions,
    rules::{RuleError, RuleErrorKind, RuleOptions},
};
use serde::{Deserialize, Serialize};

use crate::{
    inplace::complain,
    settings::{PerPath, Settings},
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

    /// What the project has written down with what was typed, as it is in force
    /// for files of which no entry of its own speaks.
    pub(crate) fn in_force(&self, settings: &Settings) -> anyhow::Result<Settings> {
        let mut settings = settings.clone();
        let RuleOptions { select, .. } = self.options(&settings, None);
        settings.rules.select = select;
        settings.rules.ignore.extend_from_slice(&self.ignore);
        for pack in &self.rules {
            let pack = std::path::absolute(pack).context("the current folder")?;
            settings.rules.packs.push(pack);
        }
        Ok(settings)
    }

    /// The compiled rules. A broken rule stops the run here.
    pub(crate) fn load(&self, settings: &Settings) -> anyhow::Result<RuleSet> {
        RuleSet::load(&self.options(settings, None)).map_err(|error| self.placed(settings, error))
    }

    /// The same for a command whose level holds everywhere; what holds for some
    /// files only goes into `options`.
    pub(crate) fn load_with_places(
        &self,
        settings: &Settings,
        options: &mut Options,
    ) -> anyhow::Result<RuleSet> {
        options.places = Arc::new(self.places(settings, None)?);
        self.load(settings)
    }

    /// Which rules hold for all files, or for those of an entry. What was typed
    /// comes before what was written down: rules that are selected take the
    /// place of the file's, rules that are ignored are added to them.
    pub(crate) fn options(&self, settings: &Settings, here: Option<&PerPath>) -> RuleOptions {
        let none = PerPath::default();
        let here = here.unwrap_or(&none);
        let written = &settings.rules;
        let mut packs = settings.packs();
        packs.extend_from_slice(&self.rules);
        let base = [&self.select, &here.select, &written.select];
        let mut select = base
            .into_iter()
            .find(|names| !names.is_empty())
            .cloned()
            .unwrap_or_default();
        if !select.is_empty() {
            select.extend_from_slice(&here.extend_select);
        }
        let mut ignore = [&written.ignore[..], &self.ignore, &here.ignore].concat();
        ignore.retain(|name| !is_step(name));
        RuleOptions {
            packs,
            select,
            ignore,
            extend_safe: [&written.extend_safe[..], &here.extend_safe].concat(),
            overrides: written.r#override.clone(),
        }
    }

    /// An error about a name in the settings, with its place there.
    fn placed(&self, settings: &Settings, error: RuleError) -> anyhow::Error {
        let overridden = error
            .rule
            .as_ref()
            .filter(|rule| settings.rules.r#override.contains_key(*rule))
            .and_then(|rule| settings.place_of(&["rules", "override"], rule));
        if let Some(place) = overridden {
            return anyhow::Error::from(error).context(place);
        }
        let RuleErrorKind::Unknown { name, .. } = &error.kind else {
            let root = settings.root();
            let mut packs = settings.rules.packs.iter();
            let place = packs
                .find(|pack| root.join(pack) == error.file)
                .and_then(|pack| settings.place_of(&["rules", "packs"], pack.to_str()?));
            return match place {
                Some(place) => anyhow::Error::from(error).context(place),
                None => error.into(),
            };
        };
        if self.select.contains(name) {
            return anyhow!("--select: {}", error.kind);
        }
        if self.ignore.contains(name) {
            return anyhow!("--ignore: {}", error.kind);
        }
        let keys = ["select", "ignore", "extend-safe", "override"];
        let place = keys
            .into_iter()
            .find_map(|key| settings.place_of(&["rules", key], name))
            .or_else(|| settings.place_of(&["per-path"], name));
        match place {
            Some(place) => anyhow!("{place}: {}", error.kind),
            None => anyhow!("`per-path`: {}", error.kind),
        }
    }

    /// The findings that no rule makes and nobody wants, such as `ENC001`.
    pub(crate) fn ignored_steps(&self, settings: &Settings) -> Vec<String> {
        let mut steps = [&settings.rules.ignore[..], &self.ignore].concat();
        steps.retain(|name| is_step(name));
        steps
    }

    /// What holds for some files. `level` tells the level of an entry from what
    /// it says of unsafe rules; without it the level is that of the run.
    pub(crate) fn places(
        &self,
        settings: &Settings,
        level: Option<&dyn Fn(bool) -> LevelArg>,
    ) -> anyhow::Result<Places> {
        let mut places = Places {
            root: fs::canonicalize(settings.root()).context("the folder of the settings")?,
            entries: Vec::with_capacity(settings.per_path.len()),
            exceptions: settings.exceptions()?,
        };
        for entry in &settings.per_path {
            let rules = entry.has_rules().then(|| {
                let options = self.options(settings, Some(entry));
                let rules =
                    RuleSet::load(&options).map_err(|error| self.placed(settings, error))?;
                Ok::<_, anyhow::Error>((rules, options.digest()?))
            });
            places.entries.push(Place {
                files: settings.globs(&["per-path"], &entry.paths)?,
                rules: rules.transpose()?,
                level: level
                    .zip(entry.r#unsafe)
                    .map(|(level, full)| level(full).into()),
                site: entry.site.clone(),
                lang: entry.lang.clone(),
                kind: entry.kind,
            });
        }
        for file in settings.lost_exceptions()? {
            complain(&format!(
                "the keep list names `{file}`, which is not in {}",
                places.root.display()
            ));
        }
        Ok(places)
    }
}

/// Whether a code is that of a finding that no rule makes.
pub(crate) fn is_step(name: &str) -> bool {
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
    /// How folders are walked; those in `exclude`, which the run writes to, are
    /// left out.
    pub(crate) fn options(&self, exclude: impl IntoIterator<Item = PathBuf>) -> WalkOptions {
        WalkOptions {
            hidden: self.hidden,
            ignored: self.no_ignore,
            exclude: exclude.into_iter().collect(),
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

/// Which document of a cluster is kept, on the command line and in settings.
#[derive(Clone, Copy, Debug, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeepArg {
    /// The first in input order
    First,
    /// The longest clean text; among equals the first
    Longest,
    /// The one with the latest date: that of the page or of the field `date`,
    /// else that of the file
    Newest,
    /// The one with the fewest flags; among equals the longest
    Best,
}

impl From<KeepArg> for Keep {
    fn from(keep: KeepArg) -> Self {
        match keep {
            KeepArg::First => Self::First,
            KeepArg::Longest => Self::Longest,
            KeepArg::Newest => Self::Newest,
            KeepArg::Best => Self::Best,
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

impl LevelArg {
    /// What is done to texts at this level, as an index has it.
    pub(crate) fn name(self) -> &'static str {
        Level::from(self).name()
    }
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
    let keep = keep.or(settings.dedup.keep);
    let mut options = Options {
        keep: keep.map(Keep::from).unwrap_or_default(),
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
