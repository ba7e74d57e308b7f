//! `dehusk.toml`, or `[tool.dehusk]` in `pyproject.toml`: what a project has
//! written down, so that nobody has to type it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use dehusk::{dedup::Keep, inplace::config_of, report::printable};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Deserialize, Serialize};

/// A configuration file as written.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// Files and folders that are left out, in the syntax of `.gitignore`.
    pub(crate) exclude: Vec<String>,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    pub(crate) dedup: Dedup,
    /// Where other rules hold; the last entry that names a file decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) per_path: Vec<PerPath>,
    /// The file, and the folder that its paths are relative to.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
}

/// Which rules hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Rules {
    /// Rule files, or folders of them, beside the built-in ones.
    pub(crate) packs: Vec<PathBuf>,
    pub(crate) select: Vec<String>,
    pub(crate) ignore: Vec<String>,
    /// Rules that count as safe.
    pub(crate) extend_safe: Vec<String>,
    /// Whether `check`, `diff` and `fix` apply unsafe rules.
    pub(crate) r#unsafe: bool,
}

/// What must be left of a document.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_keep_words: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_keep_share: Option<f64>,
}

/// How duplicates are found, and which one stays.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Dedup {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keep: Option<KeepName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) similarity: Option<f64>,
}

/// Which document of a cluster stays.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeepName {
    First,
    Longest,
    Newest,
    Best,
}

impl From<KeepName> for Keep {
    fn from(keep: KeepName) -> Self {
        match keep {
            KeepName::First => Self::First,
            KeepName::Longest => Self::Longest,
            KeepName::Newest => Self::Newest,
            KeepName::Best => Self::Best,
        }
    }
}

/// Other rules for some files.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PerPath {
    /// The files, in the syntax of `.gitignore`.
    pub(crate) paths: Vec<String>,
    /// Rules that do not hold there, besides those that hold nowhere.
    pub(crate) ignore: Vec<String>,
    /// Whether unsafe rules hold there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) r#unsafe: Option<bool>,
}

impl Settings {
    /// What the file `named` says, or the nearest one from the current folder
    /// upward; the defaults if there is none.
    pub(crate) fn load(named: Option<&Path>) -> anyhow::Result<Self> {
        let file = match named {
            Some(file) => Some(file.to_path_buf()),
            None => find(&env::current_dir().context("the current folder")?),
        };
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(&file).with_context(|| shown(&file))?;
        let mut settings = read(&file, &text)?;
        settings.file = Some(fs::canonicalize(&file).with_context(|| shown(&file))?);
        settings.check()?;
        Ok(settings)
    }

    /// The folder that paths of the file are relative to.
    pub(crate) fn root(&self) -> PathBuf {
        let folder = self.file.as_deref().and_then(Path::parent);
        folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
    }

    /// The rule files, wherever the program was started.
    pub(crate) fn packs(&self) -> Vec<PathBuf> {
        let root = self.root();
        self.rules
            .packs
            .iter()
            .map(|pack| root.join(pack))
            .collect()
    }

    /// Patterns of the file, by which paths are found.
    pub(crate) fn globs(&self, patterns: &[String]) -> anyhow::Result<Globs> {
        Globs::new(&self.root(), patterns)
    }

    /// The settings in force, as a file would have them.
    pub(crate) fn to_toml(&self) -> anyhow::Result<String> {
        let from = self.file.as_deref().map_or_else(
            || "no configuration file; these are the defaults".to_owned(),
            |file| format!("from {}", shown(file)),
        );
        Ok(format!("# {from}\n{}", toml::to_string_pretty(self)?))
    }

    fn check(&self) -> anyhow::Result<()> {
        let file = self.file.as_deref().map(shown).unwrap_or_default();
        for (key, share) in [
            ("limits.min-keep-share", self.limits.min_keep_share),
            ("dedup.similarity", self.dedup.similarity),
        ] {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                bail!("{file}: `{key}` is a share, from 0.0 to 1.0");
            }
        }
        if self.per_path.iter().any(|entry| entry.paths.is_empty()) {
            bail!("{file}: an entry of `per-path` names no `paths`");
        }
        Ok(())
    }
}

/// Patterns in the syntax of `.gitignore`, relative to a folder.
#[derive(Debug)]
pub(crate) struct Globs {
    root: PathBuf,
    patterns: Gitignore,
}

impl Globs {
    fn new(root: &Path, patterns: &[String]) -> anyhow::Result<Self> {
        let root = fs::canonicalize(root).with_context(|| shown(root))?;
        let mut builder = GitignoreBuilder::new(&root);
        for pattern in patterns {
            builder
                .add_line(None, pattern)
                .map_err(|error| anyhow!("the pattern `{pattern}`: {error}"))?;
        }
        Ok(Self {
            patterns: builder.build()?,
            root,
        })
    }

    /// Whether a pattern names the file or a folder that it is in.
    pub(crate) fn name(&self, file: &Path) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        // The folder's links are resolved, not the file's: a link is named by
        // its own place.
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")));
        let (Ok(folder), Some(name)) = (folder, file.file_name()) else {
            return false;
        };
        let full = folder.join(name);
        full.strip_prefix(&self.root).is_ok_and(|below| {
            self.patterns
                .matched_path_or_any_parents(below, false)
                .is_ignore()
        })
    }
}

/// The nearest configuration file from `from` upward, but not beyond the
/// repository that it is in.
fn find(from: &Path) -> Option<PathBuf> {
    for folder in from.ancestors() {
        if let Some(file) = config_of(folder) {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// The settings in `text`, which is the whole of `file`.
fn read(file: &Path, text: &str) -> anyhow::Result<Settings> {
    #[derive(Deserialize)]
    struct Project {
        #[serde(default)]
        tool: Tool,
    }
    #[derive(Default, Deserialize)]
    struct Tool {
        #[serde(default)]
        dehusk: Settings,
    }
    let shared = file
        .file_name()
        .is_some_and(|name| name == "pyproject.toml");
    let settings = if shared {
        toml::from_str::<Project>(text).map(|project| project.tool.dehusk)
    } else {
        toml::from_str(text)
    };
    settings.map_err(|error| {
        let place = error
            .span()
            .map_or_else(String::new, |span| place(text, span.start));
        let message = explained(error.message());
        anyhow!("{}{place}: {message}", shown(file))
    })
}

/// Line and column of a byte, as `:line:column`.
fn place(text: &str, at: usize) -> String {
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    format!(":{line}:{column}")
}

/// The parser's message; for a key that does not exist, with the nearest one.
fn explained(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if let (true, Some(unknown)) = (message.starts_with("unknown field"), quoted.next()) {
        let keys: Vec<&str> = quoted.collect();
        let nearest = keys
            .iter()
            .map(|key| (distance(unknown, key), *key))
            .min()
            // A third of its letters wrong is a slip; more is another word.
            .filter(|(distance, _)| *distance * 3 <= unknown.len().max(3));
        return match nearest {
            Some((_, key)) => format!("unknown key `{unknown}`; did you mean `{key}`?"),
            None => format!("unknown key `{unknown}`; there are {}", keys.join(", ")),
        };
    }
    message.trim().to_owned()
}

/// The edit distance of two keys, by the algorithm of Wagner and Fischer, with
/// a swap of neighbours as one step.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y))
                .min(rows[i][j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read(Path::new("dehusk.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_key_is_an_error_that_suggests_the_nearest() {
        assert_eq!(
            error("[rules]\nselect = []\ningore = [\"IMG\"]\n"),
            "dehusk.toml:3:1: unknown key `ingore`; did you mean `ignore`?"
        );
        assert_eq!(
            error("[limit]\n"),
            "dehusk.toml:1:2: unknown key `limit`; did you mean `limits`?"
        );
        assert_eq!(
            error("colour = true\n"),
            "dehusk.toml:1:1: unknown key `colour`; there are exclude, rules, limits, dedup, per-path"
        );
    }

    #[test]
    fn a_wrong_value_is_an_error_with_its_place() {
        assert_eq!(
            error("[dedup]\nkeep = \"last\"\n"),
            "dehusk.toml:2:8: unknown variant `last`, expected one of `first`, `longest`, `newest`, `best`"
        );
        let message = error("[rules]\nignore = \"IMG\"\n");
        assert!(
            message.starts_with("dehusk.toml:2:10: invalid type: string"),
            "{message}"
        );
    }

    #[test]
    fn a_shared_file_has_its_own_table_and_others() {
        let text =
            "[project]\nname = \"x\"\n[tool.other]\na = 1\n[tool.dehusk]\nexclude = [\"a\"]\n";
        let settings = read(Path::new("pyproject.toml"), text).unwrap();
        assert_eq!(settings.exclude, ["a"]);
    }

    #[test]
    fn settings_are_written_as_they_are_read() {
        let text = "exclude = [\"drafts/\"]\n[rules]\nunsafe = true\n[dedup]\nkeep = \"longest\"\n\
                    [[per-path]]\npaths = [\"a/\"]\nunsafe = false\n";
        let settings = read(Path::new("dehusk.toml"), text).unwrap();
        let written = settings.to_toml().unwrap();
        let again = read(Path::new("dehusk.toml"), &written).unwrap();
        assert_eq!(again.to_toml().unwrap(), written);
        assert!(again.rules.r#unsafe && again.per_path[0].r#unsafe == Some(false));
    }

    #[test]
    fn a_slip_is_nearer_than_another_word() {
        assert_eq!(distance("ingore", "ignore"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("extend_safe", "extend-safe"), 1);
    }
}
