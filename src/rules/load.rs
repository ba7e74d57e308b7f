//! From rule files to a rule set.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::Xxh3;

use super::{
    RuleSet,
    builtin::PACKS,
    error::{RuleError, RuleErrorKind},
    nearest::nearest,
    packs,
    rule::Rule,
    schema::Safety,
};
use crate::{Code, clean::structure::STEPS};

/// The largest rule file; 10,000 phrases take 0.5 MB.
const LARGEST_FILE: usize = 16 << 20;
/// The most that the rule files of a run may have together. The index of the
/// rules counts on it.
const LARGEST_TOTAL: usize = 64 << 20;

/// Keys of rules that take the place of those in their files, by code: what
/// stands in `[rules.override.CODE]`. Keys of `guard` are taken one by one.
pub type Overrides = BTreeMap<String, toml::Table>;

/// Which rules a run uses.
///
/// Rules are named by code (`IMG001`), by the letters of a code (`IMG`), by
/// tag (`tag:consent`), by pack (`pack:core`), or all of them (`ALL`). What the
/// structure step takes is chosen by its codes (`STR`, `STR003`).
#[derive(Clone, Debug, Default)]
pub struct RuleOptions {
    /// Rule files, or folders that are searched for `*.toml`. Their rules come
    /// after the built-in ones, and replace those with the same code.
    pub packs: Vec<PathBuf>,
    /// Only these rules; empty for all.
    pub select: Vec<String>,
    /// Not these rules.
    pub ignore: Vec<String>,
    /// These count as safe.
    pub extend_safe: Vec<String>,
    /// Keys of single rules that take the place of those in their files.
    pub overrides: Overrides,
}

impl RuleOptions {
    /// XXH3-128 of all that decides which rules these are: the texts of the
    /// rule files, and the choice among them.
    ///
    /// # Errors
    /// A rule file cannot be read.
    pub fn digest(&self) -> Result<u128, RuleError> {
        // Each part with its length, so that none runs into the next.
        let mut hash = Xxh3::new();
        let mut add = |part: &str| {
            hash.update(&part.len().to_le_bytes());
            hash.update(part.as_bytes());
        };
        for pack in PACKS {
            add(pack.file);
            add(pack.text);
        }
        for pack in &self.packs {
            for file in files(pack)? {
                add(&text(&file).map_err(|kind| unread(&file, kind))?);
            }
        }
        for list in [&self.select, &self.ignore, &self.extend_safe] {
            add(&list.len().to_string());
            for name in list {
                add(name);
            }
        }
        for (code, keys) in &self.overrides {
            add(code);
            add(&keys.to_string());
        }
        Ok(hash.digest128())
    }
}

impl RuleSet {
    /// The built-in rules and those of `options`.
    ///
    /// # Errors
    /// The first thing wrong in a rule file, with its place.
    pub fn load(options: &RuleOptions) -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        let mut texts = Texts::new(options.overrides.keys());
        for pack in PACKS {
            let read = packs::trusted_pack(pack)?;
            texts.note(&read, Path::new(pack.file), pack.text);
            add(&mut rules, read);
        }
        let packs = options.packs.iter().map(PathBuf::as_path);
        add_files(&mut rules, packs, &mut texts)?;
        // Only now: a rule that another has taken the place of is not asked
        // what it makes of the keys.
        texts.put_overrides(&mut rules, &options.overrides)?;
        choose(&mut rules, options)?;
        let mut chosen = Self::new(rules);
        chosen.left_out = steps_left_out(options);
        Ok(chosen)
    }

    /// Compiles every pattern of the built-in packs, which [`RuleSet::load`]
    /// leaves until a line asks for it, and sees that no two have a code in
    /// common. For the tests of a build.
    ///
    /// # Errors
    /// As [`RuleSet::load`].
    pub fn check_builtin() -> Result<(), RuleError> {
        let mut lines: HashMap<Code, usize> = HashMap::new();
        for pack in PACKS {
            for rule in packs::pack(Path::new(pack.file), pack.text)? {
                if let Some(first) = lines.insert(rule.code.clone(), rule.line) {
                    return Err(RuleError {
                        file: PathBuf::from(pack.file),
                        line: Some(rule.line),
                        rule: Some(rule.code.to_string()),
                        kind: RuleErrorKind::Duplicate { first },
                    });
                }
            }
        }
        Ok(())
    }

    /// The rules of one file or folder and no others.
    ///
    /// # Errors
    /// As [`RuleSet::load`].
    pub fn only(pack: &Path) -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        let mut texts = Texts::new(std::iter::empty());
        add_files(&mut rules, std::iter::once(pack), &mut texts)?;
        Ok(Self::new(rules))
    }

    /// These rules and those of `more`, which take the place of rules with
    /// their codes.
    #[must_use]
    pub fn joined(self, more: Self) -> Self {
        let mut rules = self.rules;
        add(&mut rules, more.rules);
        Self::new(rules)
    }

    /// The rules of a rule file that is at hand as text. `name` stands for its
    /// path in messages.
    ///
    /// # Errors
    /// As [`RuleSet::load`].
    pub fn parse(name: &str, text: &str) -> Result<Self, RuleError> {
        let file = Path::new(name);
        check_size(text.len(), LARGEST_FILE).map_err(|kind| unread(file, kind))?;
        Ok(Self::new(packs::pack(file, text)?))
    }
}

/// Adds the rules of a pack; a later rule takes the place of an earlier one
/// with its code, so that the order of precedence stays.
fn add(rules: &mut Vec<Rule>, pack: Vec<Rule>) {
    let places: HashMap<_, _> = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| (rule.code.clone(), at))
        .collect();
    for rule in pack {
        match places.get(&rule.code) {
            Some(&at) => rules[at] = rule,
            None => rules.push(rule),
        }
    }
}

/// Adds the rules of all files of `packs`, which are files or folders.
fn add_files<'p>(
    rules: &mut Vec<Rule>,
    packs: impl Iterator<Item = &'p Path>,
    texts: &mut Texts,
) -> Result<(), RuleError> {
    let mut total = 0;
    for pack in packs {
        for file in files(pack)? {
            let text = text(&file).map_err(|kind| unread(&file, kind))?;
            total += text.len();
            check_size(total, LARGEST_TOTAL).map_err(|kind| unread(&file, kind))?;
            let read = packs::pack(&file, &text)?;
            texts.note(&read, &file, &text);
            add(rules, read);
        }
    }
    Ok(())
}

/// The files of the rules some keys of which are replaced, by code: each of the
/// rule that is in force, once all packs are read.
struct Texts(BTreeMap<String, Option<(PathBuf, String)>>);

impl Texts {
    fn new<'c>(codes: impl Iterator<Item = &'c String>) -> Self {
        Self(codes.map(|code| (code.clone(), None)).collect())
    }

    /// Notes the file of those of its rules whose keys are replaced.
    fn note(&mut self, rules: &[Rule], file: &Path, text: &str) {
        if self.0.is_empty() {
            return;
        }
        for rule in rules {
            if let Some(place) = self.0.get_mut(rule.code.as_str()) {
                *place = Some((file.to_owned(), text.to_owned()));
            }
        }
    }

    /// Replaces the keys of `overrides` in those of the rules that they name.
    fn put_overrides(&self, rules: &mut [Rule], overrides: &Overrides) -> Result<(), RuleError> {
        for rule in rules {
            let code = rule.code.as_str();
            if let (Some(keys), Some(Some((file, text)))) = (overrides.get(code), self.0.get(code))
            {
                *rule = packs::overridden(file, text, rule, keys)?;
            }
        }
        Ok(())
    }
}

/// Whether rules of `length` bytes are worth a look.
fn check_size(length: usize, most: usize) -> Result<(), RuleErrorKind> {
    if length <= most {
        return Ok(());
    }
    let (key, remedy) = if most == LARGEST_FILE {
        ("file", "split it")
    } else {
        ("file, with those before it,", "leave some out")
    };
    Err(RuleErrorKind::Value {
        key,
        problem: format!("is larger than {} MiB ({remedy})", most >> 20),
    })
}

/// The text of a rule file. A folder may hold links to anything: what is no
/// file may have no end or never begin, so it is not opened at all.
fn text(file: &Path) -> Result<String, RuleErrorKind> {
    if !fs::metadata(file).map_err(RuleErrorKind::Read)?.is_file() {
        let problem = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(RuleErrorKind::Read(problem));
    }
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|open| open.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes))
        .map_err(RuleErrorKind::Read)?;
    check_size(bytes.len(), LARGEST_FILE)?;
    String::from_utf8(bytes).map_err(|error| {
        RuleErrorKind::Read(io::Error::new(
            io::ErrorKind::InvalidData,
            error.utf8_error(),
        ))
    })
}

fn unread(file: &Path, kind: RuleErrorKind) -> RuleError {
    RuleError {
        file: file.to_owned(),
        line: None,
        rule: None,
        kind,
    }
}

/// The rule files at `path`, sorted, so that their order is not the file system's.
fn files(path: &Path) -> Result<Vec<PathBuf>, RuleError> {
    let read = |error| unread(path, RuleErrorKind::Read(error));
    if !fs::metadata(path).map_err(read)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(read)? {
        let entry = entry.map_err(read)?;
        let path = entry.path();
        if entry.file_type().map_err(read)?.is_dir() {
            found.extend(files(&path).or_else(|error| match error.kind {
                RuleErrorKind::NoPack => Ok(Vec::new()),
                _ => Err(error),
            })?);
        } else if path.extension().is_some_and(|suffix| suffix == "toml") {
            found.push(path);
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(unread(path, RuleErrorKind::NoPack));
    }
    Ok(found)
}

fn choose(rules: &mut Vec<Rule>, options: &RuleOptions) -> Result<(), RuleError> {
    let lists = [&options.select, &options.ignore, &options.extend_safe];
    let known = |name: &String| rules.iter().any(|rule| named(rule, name));
    let is_step = |name: &&String| STEPS.iter().any(|(step, _)| is_named(step, name));
    let is_code = |code: &String| rules.iter().any(|rule| rule.code.as_str() == code);
    let steps = [&options.select, &options.ignore];
    let steps = steps.into_iter().flatten().filter(is_step);
    let steps: Vec<&String> = steps.collect();
    let unknown = lists
        .into_iter()
        .flatten()
        .find(|name| !known(name) && !steps.contains(name));
    let unknown = unknown.or_else(|| options.overrides.keys().find(|code| !is_code(code)));
    if let Some(name) = unknown {
        let kind = RuleErrorKind::Unknown {
            name: name.clone(),
            nearest: nearest_name(rules, name),
        };
        return Err(unread(Path::new("the choice of rules"), kind));
    }
    let any = |names: &[String], rule: &Rule| names.iter().any(|name| named(rule, name));
    rules.retain(|rule| {
        (options.select.is_empty() || any(&options.select, rule)) && !any(&options.ignore, rule)
    });
    for rule in rules
        .iter_mut()
        .filter(|rule| any(&options.extend_safe, rule))
    {
        rule.safety = Safety::Safe;
    }
    Ok(())
}

/// The codes of the structure step that a choice leaves out.
fn steps_left_out(options: &RuleOptions) -> Vec<&'static str> {
    let any = |names: &[String], step| names.iter().any(|name| is_named(step, name));
    let steps = STEPS.iter().map(|(step, _)| *step);
    steps
        .filter(|step| {
            !options.select.is_empty() && !any(&options.select, step) || any(&options.ignore, step)
        })
        .collect()
}

/// Whether a name in a choice is a code, its letters, or all.
fn is_named(code: &str, name: &str) -> bool {
    name == "ALL" || code == name || code.trim_end_matches(|c: char| c.is_ascii_digit()) == name
}

/// The name that was meant where `name` names nothing.
fn nearest_name(rules: &[Rule], name: &str) -> Option<String> {
    let letters = |code: &str| {
        code.trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let mut known: BTreeSet<String> = BTreeSet::new();
    for rule in rules {
        let code = rule.code.as_str();
        known.insert(letters(code));
        known.insert(code.to_owned());
        known.insert(format!("pack:{}", rule.pack));
        known.extend(rule.tags.iter().map(|tag| format!("tag:{tag}")));
    }
    nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
}

fn named(rule: &Rule, name: &str) -> bool {
    if let Some(tag) = name.strip_prefix("tag:") {
        return rule.tags.iter().any(|own| own == tag);
    }
    if let Some(pack) = name.strip_prefix("pack:") {
        return rule.pack == pack;
    }
    is_named(rule.code.as_str(), name)
}
