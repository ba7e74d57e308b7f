//! Looking at documents where they are, without writing any.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Input, Name, Options, Prepared, guarded, prepare};
use crate::{
    Fingerprint, Flags, Format, Origin, RuleSet, Verdict, clean,
    decode::decode,
    dedup::{Merits, copies_by},
    inplace::{
        Cache, Examined, Finding, Finds, Original, Outcome, Print, Scope, Text, findings,
        format_of_name,
    },
    read::{Source, file::ReadError, is_binary},
};

/// How many documents are in memory at a time.
const CHUNK: usize = 1024;

/// Answers of earlier runs, and what they depend on.
#[derive(Clone, Copy, Debug)]
pub struct Memory<'a> {
    /// The answers.
    pub cache: &'a Cache,
    /// The [digest](crate::RuleOptions::digest) of the rules.
    pub rules: u128,
    /// What tells this program from others.
    pub program: &'a str,
}

/// How documents are looked at.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The compiled rules.
    pub rules: &'a RuleSet,
    /// Options of the stages; with `dedup`, fingerprints are taken.
    pub options: &'a Options,
    /// Answers of earlier runs, if any are used.
    pub memory: Option<Memory<'a>>,
}

/// What a check found in a collection.
#[derive(Debug, Default)]
pub struct Checked {
    /// What there is to say, in input order and in the order of each text.
    pub findings: Vec<Finding>,
    /// How many texts were looked at.
    pub texts: usize,
    /// Places that rules name and this level does not take.
    pub hidden: usize,
    /// Files that turned out to be no documents.
    pub skipped: Vec<(PathBuf, String)>,
    /// Files that could not be read, and why.
    pub failed: Vec<(PathBuf, String)>,
}

/// Reads and cleans the files of `sources`, and hands each to `visit`, in
/// input order.
///
/// # Errors
///
/// The first error of `visit`.
pub fn examine_files<E>(
    look: Look<'_>,
    sources: &[Source],
    visit: &mut dyn FnMut(Examined) -> Result<(), E>,
) -> Result<(), E> {
    for chunk in sources.chunks(CHUNK) {
        let seen: Vec<Examined> = chunk
            .par_iter()
            .map(|source| {
                let path = source.path.clone();
                let outcome = match Original::read(&source.path, look.options.max_bytes) {
                    Ok(original) => outcome(look, original, &source.path),
                    Err(ReadError::NotADocument) => Outcome::Skipped("not a document".to_owned()),
                    Err(error) => Outcome::Failed(error.to_string()),
                };
                Examined { path, outcome }
            })
            .collect();
        seen.into_iter().try_for_each(&mut *visit)?;
    }
    Ok(())
}

/// Cleans a text that stands for the file `path`.
pub fn examine(look: Look<'_>, path: PathBuf, bytes: Vec<u8>) -> Examined {
    Examined {
        outcome: outcome(look, Original::of_bytes(bytes), &path),
        path,
    }
}

fn outcome(look: Look<'_>, original: Original, path: &Path) -> Outcome {
    let format = match format_of_name(path) {
        Ok(format) => format,
        Err(reason) => return Outcome::Skipped(reason.to_owned()),
    };
    if is_binary(&original.bytes) {
        return Outcome::Skipped(ReadError::Binary.to_string());
    }
    match guarded(|| look.at(original, format, path)) {
        Ok(text) => Outcome::Text(Box::new(text)),
        Err(bug) => Outcome::Failed(bug),
    }
}

impl Memory<'_> {
    /// What the answer for a document depends on, besides its text.
    fn scope(&self, prepared: &Prepared<'_>) -> Scope {
        let Origin {
            path,
            site,
            lang,
            kind,
            keep: _,
        } = &prepared.document.origin;
        let path = path.as_ref().filter(|_| prepared.rules.asks_for_paths());
        let from = format!("{}\0{:?}", self.program, (path, site, lang, kind));
        let rules = prepared.digest.unwrap_or(self.rules);
        Scope::new(rules, &prepared.clean, &from)
    }
}

impl<'a> Look<'a> {
    /// The rules that hold for a file.
    fn rules_of(&self, path: &Path) -> &'a RuleSet {
        let options: &'a Options = self.options;
        options
            .places
            .of(Name::File(path), self.rules)
            .rules
            .map_or(self.rules, |(rules, _)| rules)
    }

    fn at(&self, original: Original, format: Format, path: &Path) -> Text {
        let decoded = decode(original.bytes.clone(), None, format);
        let mut text = Text::new(original, format, decoded);
        let input = Input {
            text: std::mem::take(&mut text.text),
            format,
            name: Name::File(path),
        };
        let prepared = prepare(input, self.rules, self.options);
        // Exceptions are told apart by what they do, which nobody has kept.
        let memory = self
            .memory
            .filter(|_| prepared.document.origin.keep.is_empty());
        let memory = memory.map(|memory| {
            let scope = memory.scope(&prepared);
            (memory.cache, scope.key(text.original.digest, format))
        });
        let with_print = self.options.dedup.is_some();
        let known =
            memory.and_then(|(cache, key)| cache.get(key, &prepared.document.text, with_print));
        let finds = known.unwrap_or_else(|| {
            let finds = self.clean(&prepared, &mut text);
            if let Some((cache, key)) = memory {
                cache.put(key, &finds);
            }
            finds
        });
        text.text = prepared.document.text;
        text.take(finds);
        text.flags = flags(&text, prepared.rules);
        text
    }

    fn clean(&self, prepared: &Prepared<'_>, text: &mut Text) -> Finds {
        let cleaned = clean(&prepared.document, prepared.rules, &prepared.clean);
        text.unused_keep = cleaned.unused_keep(&prepared.document);
        Finds {
            removals: cleaned.removals,
            withheld: cleaned.withheld,
            hidden: cleaned.reported.len(),
            // Documents are compared as cleaned: two strangers with the tail
            // of their site in common are no duplicates.
            print: match self.options.dedup {
                None => Print::NotTaken,
                Some(_) if cleaned.text.trim().is_empty() => Print::Blank,
                Some(_) => Print::Taken(Box::new(Fingerprint::of(&cleaned.text))),
            },
        }
    }
}

/// How many flags the rules put up that take something from a text.
fn flags(text: &Text, rules: &RuleSet) -> usize {
    let mut flags = Flags::default();
    for removal in text.removals.iter().chain(&text.withheld) {
        if let Some(rule) = rules.get(removal.code.as_str()) {
            flags.extend(rule.flags.iter().copied());
        }
    }
    flags.len()
}

/// What there is to say about the files of `sources`.
pub fn check_files(look: Look<'_>, sources: &[Source]) -> Checked {
    let mut check = Check::new(look);
    let visited = examine_files::<std::convert::Infallible>(look, sources, &mut |examined| {
        check.add(&examined);
        Ok(())
    });
    match visited {
        Ok(()) => check.finish(),
        Err(never) => match never {},
    }
}

/// What there is to say about a text that stands for the file `path`.
pub fn check_text(look: Look<'_>, path: PathBuf, bytes: Vec<u8>) -> Checked {
    let mut check = Check::new(look);
    check.add(&examine(look, path, bytes));
    check.finish()
}

/// A check under way.
struct Check<'a> {
    look: Look<'a>,
    checked: Checked,
    /// The documents with a fingerprint, in input order.
    documents: Vec<Seen>,
    prints: Vec<Fingerprint>,
    merits: Vec<Merits>,
}

/// A document that may be a duplicate.
struct Seen {
    path: PathBuf,
    line: String,
    /// The number of findings before its own.
    before: usize,
}

impl<'a> Check<'a> {
    fn new(look: Look<'a>) -> Self {
        Self {
            look,
            checked: Checked::default(),
            documents: Vec::new(),
            prints: Vec::new(),
            merits: Vec::new(),
        }
    }

    fn add(&mut self, examined: &Examined) {
        let checked = &mut self.checked;
        match &examined.outcome {
            Outcome::Text(text) => {
                checked.texts += 1;
                checked.hidden += text.hidden;
                if let Some(print) = &text.fingerprint {
                    self.documents.push(Seen {
                        path: examined.path.clone(),
                        line: text.first_line(),
                        before: checked.findings.len(),
                    });
                    self.prints.push(print.clone());
                    self.merits.push(text.merits());
                }
                let rules = self.look.rules_of(&examined.path);
                checked.findings.extend(findings(examined, rules));
            }
            Outcome::Skipped(reason) => {
                checked
                    .skipped
                    .push((examined.path.clone(), reason.clone()));
            }
            Outcome::Failed(reason) => {
                checked.failed.push((examined.path.clone(), reason.clone()));
            }
        }
    }

    /// Puts the duplicates among the findings, each before the others of its
    /// document.
    fn finish(self) -> Checked {
        let mut checked = self.checked;
        let Some(options) = self.look.options.dedup.clone() else {
            return checked;
        };
        let keep = self.look.options.keep;
        let verdicts = copies_by(self.prints, &self.merits, keep, options);
        let mut own = std::mem::take(&mut checked.findings).into_iter();
        let mut passed = 0;
        for (document, verdict) in self.documents.iter().zip(&verdicts) {
            let Verdict::Duplicate(found) = verdict else {
                continue;
            };
            checked
                .findings
                .extend(own.by_ref().take(document.before - passed));
            passed = document.before;
            let of = &self.documents[found.kept as usize].path;
            let line = document.line.clone();
            checked
                .findings
                .push(Finding::duplicate(&document.path, line, of, found));
        }
        checked.findings.extend(own);
        checked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_cache_is_taken_without_a_look_at_the_text() {
        let dir = tempfile::tempdir().expect("a folder");
        let all = RuleSet::builtin().expect("sound rules");
        let none = RuleSet::parse("none.toml", "schema = 1\n[pack]\nname = \"none\"\n");
        let none = none.expect("sound rules");
        let options = Options::default();
        let text = format!(
            "&w=3840&q=100)\n{}\n",
            "The well by the mill is dry. ".repeat(30)
        );
        let examined = |rules, cache: &Cache| {
            let look = Look {
                rules,
                options: &options,
                memory: Some(Memory {
                    cache,
                    rules: 1,
                    program: "test",
                }),
            };
            match examine(look, "a.txt".into(), text.clone().into_bytes()).outcome {
                Outcome::Text(text) => (text.removals, text.fingerprint),
                other => panic!("{other:?}"),
            }
        };
        let cache = Cache::open(dir.path().to_path_buf());
        let found = examined(&all, &cache);
        assert!(!found.0.is_empty() && found.1.is_some());
        cache.save();
        // Rules that find nothing would say something else.
        assert_eq!(
            examined(&none, &Cache::open(dir.path().to_path_buf())),
            found
        );
        let cold = Cache::open(dir.path().join("empty"));
        assert!(examined(&none, &cold).0.is_empty());
    }
}
