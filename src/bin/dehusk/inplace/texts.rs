//! Which texts a command looks at in place, and which it passes over.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use anyhow::ensure;
use dehusk::{
    inplace::eligible,
    read::{Source, walk},
    report::plural,
    write::path_text,
};

use super::{InPlaceArgs, Remark, complain};
use crate::{settings::Settings, stream};

/// Where the texts are.
pub(crate) enum Input {
    /// One text on standard input, with the name it stands for.
    Stdin(PathBuf, Vec<u8>),
    /// Files, and those that were found and passed over.
    Files(Vec<Source>, Passed),
}

/// What was found and not looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passed {
    /// Pages, and files that are no documents by their name.
    others: usize,
    /// Texts that the configuration excludes.
    excluded: usize,
    /// Whether it was said already why there is nothing to look at.
    is_told: bool,
}

impl InPlaceArgs {
    /// The texts, and what could not be looked into.
    pub(super) fn input(&self, settings: &Settings) -> anyhow::Result<(Input, Vec<Remark>)> {
        let dash = self.paths.iter().any(|path| path.as_os_str() == "-");
        if dash || (self.paths.is_empty() && self.stdin_filename.is_some()) {
            ensure!(
                self.paths.len() <= 1,
                "standard input (`-`) cannot be joined with other paths"
            );
            let name = self.stdin_filename.clone();
            let name = name.unwrap_or_else(|| PathBuf::from("stdin.txt"));
            let bytes = stream::read_stdin(self.walk.max_bytes)?;
            return Ok((Input::Stdin(name, bytes), Vec::new()));
        }
        ensure!(
            self.stdin_filename.is_none(),
            "--stdin-filename goes with `-`"
        );
        let here = [PathBuf::from(".")];
        let paths = if self.paths.is_empty() {
            &here[..]
        } else {
            &self.paths
        };
        let found = walk(paths, &self.walk.options(None))?;
        let (mut sources, others) = eligible(&found, paths);
        let mut passed = Passed {
            others: others + found.skipped,
            ..Passed::default()
        };
        if !settings.exclude.is_empty() {
            let patterns = settings.globs(&["exclude"], &settings.exclude)?;
            let named: HashSet<&PathBuf> = paths.iter().collect();
            let (kept, excluded): (Vec<_>, Vec<_>) = sources.into_iter().partition(|source| {
                let wanted = !self.force_exclude && named.contains(&source.path);
                wanted || !patterns.name(&source.path)
            });
            passed.excluded = excluded.len();
            passed.is_told = tell_excluded(settings, paths, &kept, &excluded);
            sources = kept;
        }
        let problems = found.problems.iter();
        let problems = problems
            .map(|problem| Remark::new(&problem.path, &problem.reason, true))
            .collect();
        Ok((Input::Files(sources, passed), problems))
    }
}

/// Says which of the named folders have no text that is not `excluded`, and by
/// which setting, and whether there are some. They would pass for clean ones.
fn tell_excluded(
    settings: &Settings,
    named: &[PathBuf],
    kept: &[Source],
    excluded: &[Source],
) -> bool {
    let folders = named.iter().map(PathBuf::as_path);
    let folders: HashSet<&Path> = folders.filter(|path| path.is_dir()).collect();
    let of = |source: &'_ Source| {
        let mut above = source.path.ancestors().skip(1);
        above.find_map(|folder| folders.get(folder).copied())
    };
    let mut without: HashMap<&Path, &Source> = HashMap::new();
    for source in excluded {
        if let Some(folder) = of(source) {
            without.entry(folder).or_insert(source);
        }
    }
    for folder in kept.iter().filter_map(of) {
        without.remove(folder);
    }
    let mut is_told = false;
    for folder in named {
        let Some(source) = without.remove(folder.as_path()) else {
            continue;
        };
        let leaves_out = |pattern: &&String| {
            let globs = settings.globs(&["exclude"], std::slice::from_ref(*pattern));
            globs.is_ok_and(|globs| globs.name(&source.path))
        };
        let pattern = settings.exclude.iter().rev().find(leaves_out);
        let pattern = pattern.map_or("", String::as_str);
        let place = settings.place_of(&["exclude"], pattern);
        complain(&format!(
            "{}: not looked at, for the configuration leaves_out it ({} has \"{pattern}\"); a file \
             that is named itself is looked at, unless with --force-exclude",
            path_text(folder),
            place.as_deref().unwrap_or("`exclude`")
        ));
        is_told = true;
    }
    is_told
}

impl Passed {
    /// Says that there was nothing to look at, so that a wrong path does not
    /// pass for a clean one.
    pub(crate) fn tell_nothing_to_do(&self) {
        if self.is_told {
            return;
        }
        let mut passed = Vec::new();
        if self.others > 0 {
            passed.push(format!(
                "{} passed over; pages are for `dehusk clean`",
                plural(self.others, "other file")
            ));
        }
        if self.excluded > 0 {
            passed.push(format!(
                "{} excluded by the configuration",
                plural(self.excluded, "text")
            ));
        }
        if passed.is_empty() {
            passed.push(
                "hidden and ignored files count only with --hidden and --no-ignore".to_owned(),
            );
        }
        complain(&format!(
            "no text or Markdown found ({})",
            passed.join(", ")
        ));
    }
}
