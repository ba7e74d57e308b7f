//! `dehusk.toml`, or `[tool.dehusk]` in `pyproject.toml`: what a project has
//! written down, so that nobody has to type it.

mod command;
mod exceptions;
mod locate;
mod schema;
mod show;

pub(crate) use command::{Args, run};

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use dehusk::{
    DocumentKind, host,
    inplace::config_of,
    read::globs::Globs,
    report::printable,
    rules::{Overrides, toml_problem},
};
use serde::{Deserialize, Deserializer, Serialize};

use self::locate::{Sought, locate, place};
use crate::flags::{KeepArg, is_step};

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
    /// Lines of single documents that must never go, by file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) keep: BTreeMap<String, Vec<String>>,
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
    #[serde(deserialize_with = "selection", skip_serializing_if = "Vec::is_empty")]
    pub(crate) select: Vec<String>,
    pub(crate) ignore: Vec<String>,
    /// Rules that count as safe.
    pub(crate) extend_safe: Vec<String>,
    /// Whether `check`, `diff` and `fix` apply unsafe rules.
    pub(crate) r#unsafe: bool,
    /// Other keys for single rules, by code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) r#override: Overrides,
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
    pub(crate) keep: Option<KeepArg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) similarity: Option<f64>,
}

/// Other rules for some files.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PerPath {
    /// The files, in the syntax of `.gitignore`.
    pub(crate) paths: Vec<String>,
    /// Only these rules hold there.
    #[serde(deserialize_with = "selection", skip_serializing_if = "Vec::is_empty")]
    pub(crate) select: Vec<String>,
    /// These hold there, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extend_select: Vec<String>,
    /// Rules that do not hold there, besides those that hold nowhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ignore: Vec<String>,
    /// Rules that count as safe there, besides those that do everywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extend_safe: Vec<String>,
    /// Whether unsafe rules hold there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) r#unsafe: Option<bool>,
    /// The host that the files were taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    /// Their language, an ISO 639-1 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lang: Option<String>,
    /// What kind of documents they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<DocumentKind>,
}

impl PerPath {
    /// What is wrong with the entry, if something is.
    fn problem(&self) -> Option<&'static str> {
        let is_code =
            |lang: &String| lang.len() == 2 && lang.bytes().all(|b| b.is_ascii_lowercase());
        let is_host = |site: &String| host(&format!("https://{site}")).as_ref() == Some(site);
        if self.paths.is_empty() {
            Some("has an entry that names no `paths` (add some)")
        } else if !self.lang.iter().all(is_code) {
            Some("has a `lang` that is no ISO 639-1 code (two small letters, such as \"en\")")
        } else if !self.site.iter().all(is_host) {
            Some("has a `site` that is no host (write it as \"example.org\")")
        } else if self.ignore.iter().any(|name| is_step(name)) {
            Some(
                "ignores a finding that no rule makes, which holds for all files (put it under `rules`)",
            )
        } else {
            None
        }
    }

    /// Whether other rules hold there than elsewhere.
    pub(crate) fn has_rules(&self) -> bool {
        let lists = [
            &self.select,
            &self.extend_select,
            &self.ignore,
            &self.extend_safe,
        ];
        lists.into_iter().any(|list| !list.is_empty())
    }
}

impl Settings {
    /// What the file `named` says, or the nearest one from the current folder
    /// upward; the defaults if there is none.
    pub(crate) fn load(named: Option<&Path>) -> anyhow::Result<Self> {
        let file = match named {
            Some(file) => Some(file.to_path_buf()),
            None => find(&env::current_dir().context("the current folder")?),
        };
        let mut settings = match &file {
            Some(file) => {
                let text = fs::read_to_string(file)
                    .with_context(|| format!("{}: cannot be read (check the path)", shown(file)))?;
                let mut settings = read(file, &text)?;
                settings.file = Some(fs::canonicalize(file).with_context(|| shown(file))?);
                settings.check(file, &text)?;
                settings
            }
            None => Self::default(),
        };
        settings.read_keep_file()?;
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

    /// Patterns of the file, by which paths are found. `key` is where they
    /// stand.
    pub(crate) fn globs(&self, key: &[&str], patterns: &[String]) -> anyhow::Result<Globs> {
        let root = self.root();
        let root = fs::canonicalize(&root).with_context(|| shown(&root))?;
        Globs::new(&root, patterns).map_err(|problem| {
            let single = |pattern: &&String| Globs::new(&root, &[(*pattern).clone()]).is_err();
            let place = patterns
                .iter()
                .find(single)
                .and_then(|pattern| self.place_of(key, pattern));
            match place {
                Some(place) => anyhow!("{place}: {problem}"),
                None => anyhow!("`{}`: {problem}", key.join(".")),
            }
        })
    }

    /// Whether the values can be meant. `text` is the whole of `file`.
    fn check(&self, file: &Path, text: &str) -> anyhow::Result<()> {
        let wrong = |key: &[&str], entry: Option<usize>, problem: &str| {
            let place = locate(file, text, key, Sought::value(entry)).unwrap_or_default();
            let key = key.join(".");
            Err(anyhow!("{}{place}: `{key}` {problem}", shown(file)))
        };
        for (key, share) in [
            (["limits", "min-keep-share"], self.limits.min_keep_share),
            (["dedup", "similarity"], self.dedup.similarity),
        ] {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                return wrong(&key, None, "is a share, from 0.0 to 1.0");
            }
        }
        if self.dedup.similarity == Some(0.0) {
            return wrong(&["dedup", "similarity"], None, "must be above 0");
        }
        for (at, entry) in self.per_path.iter().enumerate() {
            if let Some(problem) = entry.problem() {
                return wrong(&["per-path"], Some(at), problem);
            }
        }
        Ok(())
    }

    /// Where a name that stands in a list or table of the file stands, as
    /// `file:line:column: key`, for a message about it.
    pub(crate) fn place_of(&self, key: &[&str], name: &str) -> Option<String> {
        let file = self.file.as_deref()?;
        let text = fs::read_to_string(file).ok()?;
        let place = locate(file, &text, key, Sought::Name(name))?;
        Some(format!("{}{place}: `{}`", shown(file), key.join(".")))
    }
}

/// Names of rules that alone hold. None of them would leave no rule, which is
/// more likely a slip than meant, and silent.
fn selection<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    if names.is_empty() {
        return Err(serde::de::Error::custom(
            "an empty `select` selects no rule; leave it out for all rules, or name some, such as \
             [\"ALL\"] or [\"IMG\"]",
        ));
    }
    Ok(names)
}

/// Whether a file holds the settings of other programs, too.
pub(crate) fn is_shared(file: &Path) -> bool {
    file.file_name()
        .is_some_and(|name| name == "pyproject.toml")
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
    let settings = if is_shared(file) {
        toml::from_str::<Project>(text).map(|project| project.tool.dehusk)
    } else {
        toml::from_str(text)
    };
    settings.map_err(|error| misread(file, text, &error))
}

/// What is wrong with a file that cannot be read as TOML, and where.
fn misread(file: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let place = error
        .span()
        .map_or_else(String::new, |span| place(text, span.start));
    let problem = toml_problem(error);
    let Some(before) = problem.strip_suffix("expected a sequence") else {
        return anyhow!("{}{place}: {problem}", shown(file));
    };
    let key = error.span().and_then(|span| key_before(text, span.start));
    let list = match key {
        Some("select" | "extend-select" | "ignore" | "extend-safe") => {
            "a list of codes, such as [\"IMG\"]"
        }
        Some("exclude" | "paths") => "a list of patterns, such as [\"drafts/\"]",
        _ => "a list, in brackets",
    };
    anyhow!("{}{place}: {before}expected {list}", shown(file))
}

/// The key of the value that begins at `at`.
fn key_before(text: &str, at: usize) -> Option<&str> {
    let line = text.get(..at)?.lines().next_back()?;
    let (key, _) = line.rsplit_once('=')?;
    key.rsplit([',', '{', '.']).next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::{show::DEFAULT, *};

    fn error(text: &str) -> String {
        read(Path::new("dehusk.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_key_is_an_error_that_suggests_the_nearest() {
        assert_eq!(
            error("[rules]\nselect = [\"IMG\"]\ningore = [\"IMG\"]\n"),
            "dehusk.toml:3:1: unknown key `ingore`; did you mean `ignore`?"
        );
        assert_eq!(
            error("[limit]\n"),
            "dehusk.toml:1:2: unknown key `limit`; did you mean `limits`?"
        );
        assert_eq!(
            error("colour = true\n"),
            "dehusk.toml:1:1: unknown key `colour`; there are exclude, rules, limits, dedup, per-path, keep"
        );
    }

    #[test]
    fn a_wrong_value_is_an_error_with_its_place() {
        assert_eq!(
            error("[dedup]\nkeep = \"last\"\n"),
            "dehusk.toml:2:8: unknown value `last`; there are first, longest, newest, best"
        );
        let message = error("[rules]\nignore = \"IMG\"\n");
        assert!(
            message.starts_with("dehusk.toml:2:10: invalid type: string"),
            "{message}"
        );
        assert!(
            message.ends_with("expected a list of codes, such as [\"IMG\"]"),
            "{message}"
        );
        let message = error("per-path = [{ paths = \"a/\" }]\n");
        assert!(
            message.ends_with("expected a list of patterns, such as [\"drafts/\"]"),
            "{message}"
        );
        let message = error("[rules]\npacks = true\n");
        assert!(
            message.ends_with("expected a list, in brackets"),
            "{message}"
        );
    }

    #[test]
    fn a_selection_of_nothing_is_an_error() {
        for text in [
            "[rules]\nselect = []\n",
            "[[per-path]]\npaths = [\"a/\"]\nselect = []\n",
        ] {
            let message = error(text);
            assert!(
                message.starts_with("dehusk.toml:")
                    && message.contains("an empty `select` selects no rule; leave it out"),
                "{message}"
            );
        }
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
        let remarked: Vec<&str> = written
            .lines()
            .filter_map(|line| line.strip_suffix(DEFAULT)?.split(' ').next())
            .collect();
        let unsaid = ["select", "min-keep-words", "min-keep-share", "similarity"];
        assert_eq!(remarked, unsaid, "what the file says is no default");
        // Whoever takes this for a file has said all of it.
        let again = read(Path::new("dehusk.toml"), &written).unwrap();
        assert_eq!(again.to_toml().unwrap(), written.replace(DEFAULT, ""));
        assert!(again.rules.r#unsafe && again.per_path[0].r#unsafe == Some(false));
    }
}
