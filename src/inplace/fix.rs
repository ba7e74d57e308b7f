//! Taking debris out of files where they are.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_128;

use super::{
    Form, Original, Project, Text,
    change::{Again, Applied, Planned, Refused, Transaction},
    finding::{DUPLICATE, ENCODING, REVIEW},
    journal::Action,
    step,
};
use crate::{
    Code, Fingerprint, Verdict,
    dedup::{DedupOptions, Keep, Merits, copies_by},
    write::WriteError,
};

/// How many files, and how many bytes of them, are changed together. A batch
/// costs a few waits for the disk, whatever its size; what limits it is memory.
const BATCH_FILES: usize = 16 * 1024;
const BATCH_BYTES: usize = 64 << 20;

/// What a fix does.
#[derive(Clone, Debug, Default)]
pub struct FixOptions {
    /// How files are written again.
    pub form: Form,
    /// Whether nothing is written, only accounted for.
    pub dry_run: bool,
    /// Whether files with several names are written again, which leaves the
    /// other names with what they had.
    pub break_links: bool,
    /// How duplicates are found and which one stays; `None` looks for none.
    pub duplicates: Option<(DedupOptions, Keep)>,
    /// Whether duplicates are removed, not only counted.
    pub drop_duplicates: bool,
    /// Codes of findings that no rule makes and nobody wants, as `REV001`.
    pub ignored: Vec<String>,
}

/// What a fix did, or with `dry_run` would do.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The number of the run, by which it is taken back; `None` if no file was
    /// changed.
    pub run: Option<u32>,
    /// How many texts were looked at.
    pub texts: usize,
    /// The files that were changed, in input order, each once.
    pub changed: Vec<Changed>,
    /// How many files another run had made the same of meanwhile.
    pub already: usize,
    /// The files that were left although there is something to do, and why.
    pub left: Vec<(PathBuf, String)>,
    /// The files that could not be written, and why.
    pub failed: Vec<(PathBuf, String)>,
    /// How many of the findings that remain would not, had all files been
    /// written.
    pub unwritten: usize,
    /// What a check of the same files still finds, by code. Of files that
    /// somebody else has changed meanwhile nothing is known.
    pub remaining: BTreeMap<Code, usize>,
}

impl Fixed {
    /// How many files were removed because another says the same.
    pub fn dropped(&self) -> usize {
        let changed = self.changed.iter();
        changed.filter(|changed| changed.is_dropped()).count()
    }

    fn remain(&mut self, codes: impl IntoIterator<Item = Code>) {
        for code in codes {
            *self.remaining.entry(code).or_default() += 1;
        }
    }
}

impl Changed {
    fn is_dropped(&self) -> bool {
        matches!(self.what, What::Dropped { .. })
    }
}

/// A file that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The path as it was given or found.
    pub path: PathBuf,
    /// What happened.
    pub what: What,
}

/// What happened to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Debris was taken out.
    Cleaned {
        /// From how many places.
        places: usize,
        /// How many bytes of text.
        bytes: usize,
        /// The rules that took it, in order.
        codes: Vec<Code>,
    },
    /// The file was removed, since another one says the same.
    Dropped {
        /// The other one.
        of: PathBuf,
    },
}

/// A fix under way: texts are handed to it one by one.
#[derive(Debug)]
pub struct Fixer<'a> {
    project: &'a Project,
    options: FixOptions,
    transaction: Option<Transaction>,
    pending: Vec<(Wanted, Planned)>,
    pending_bytes: usize,
    /// The files that could not be written, with what a check finds in them for
    /// that.
    unwritten: Vec<(PathBuf, Vec<Code>)>,
    documents: Vec<Document>,
    prints: Vec<Fingerprint>,
    merits: Vec<Merits>,
    fixed: Fixed,
}

/// A change that waits to be made.
#[derive(Debug)]
struct Wanted {
    changed: Changed,
    /// What a check still finds if it cannot be made.
    codes: Vec<Code>,
}

/// A document that may be a duplicate.
#[derive(Debug)]
struct Document {
    path: PathBuf,
    /// The hashes it may have when all are compared: as read, and as fixed.
    digests: [u128; 2],
    /// What a check finds in it after the fix.
    stays: Vec<Code>,
}

impl<'a> Fixer<'a> {
    /// One that has changed nothing yet. The journal is kept in `project`.
    pub fn new(project: &'a Project, options: FixOptions) -> Self {
        Self {
            project,
            options,
            transaction: None,
            pending: Vec::new(),
            pending_bytes: 0,
            unwritten: Vec::new(),
            documents: Vec::new(),
            prints: Vec::new(),
            merits: Vec::new(),
            fixed: Fixed::default(),
        }
    }

    /// Takes the debris out of the file at `path`, of which `text` was read.
    /// It may be written only with later ones.
    ///
    /// # Errors
    ///
    /// What goes cannot be kept. Then nothing was changed that is not in the
    /// journal.
    pub fn add(&mut self, path: PathBuf, mut text: Text) -> Result<(), WriteError> {
        self.fixed.texts += 1;
        let print = text.fingerprint.take();
        let merits = text.merits();
        let digest = text.original.digest;
        let mut fixed_digest = digest;
        let mut stays = text.stays(self.options.form);
        stays.retain(|code| !self.is_ignored(code.as_str()));
        if text.needs_review() && !self.is_ignored(REVIEW) {
            let reason = "cleaning would leave next to nothing; left for a person";
            self.fixed.left.push((path.clone(), reason.to_owned()));
        }
        let outcome = text.fixed(self.options.form).and_then(|fixed| {
            fixed.map_or(Ok(None), |fixed| match self.admit(&text.original) {
                Ok(()) => Ok(Some(fixed)),
                Err(reason) => {
                    stays.extend(self.taken(&text));
                    Err(reason)
                }
            })
        });
        match outcome {
            Ok(None) => {}
            Err(reason) => self.fixed.left.push((path.clone(), reason)),
            Ok(Some(after)) => {
                fixed_digest = xxh3_128(&after);
                let wanted = Wanted {
                    changed: Changed {
                        path: path.clone(),
                        what: cleaned(&text),
                    },
                    codes: self.taken(&text),
                };
                let again = match text.cuts(self.options.form) {
                    Some(cuts) => Again::Cuts(cuts),
                    None => Again::Keep,
                };
                self.plan(wanted, text.original, Some(after), again)?;
            }
        }
        if let (Some(print), Some(_)) = (print, &self.options.duplicates) {
            self.documents.push(Document {
                path,
                digests: [digest, fixed_digest],
                stays,
            });
            self.prints.push(print);
            self.merits.push(merits);
        } else {
            self.fixed.remain(stays);
        }
        Ok(())
    }

    /// What a check finds in a text and a fix takes out, if it can be written.
    fn taken(&self, text: &Text) -> Vec<Code> {
        let mut taken: Vec<Code> = text.removals.iter().map(|one| one.code.clone()).collect();
        if text.obstacle(Form::default()).is_some() && !self.is_ignored(ENCODING) {
            taken.push(step(ENCODING));
        }
        taken
    }

    fn is_ignored(&self, code: &str) -> bool {
        self.options.ignored.iter().any(|ignored| ignored == code)
    }

    /// Ends the fix, and tells what it did, and what kept it from its end if
    /// something did: as [`Fixer::add`], or not all is on disk for certain.
    pub fn finish(mut self) -> (Fixed, Result<(), WriteError>) {
        let mut done = self.commit();
        if done.is_ok() {
            done = self.compare();
        }
        if done.is_ok() {
            done = self.commit();
        }
        self.close(done)
    }

    /// Ends the fix early, because something went wrong elsewhere: what waits to
    /// be written is left, and no duplicate is removed, since not all documents
    /// were seen.
    pub fn abort(mut self) -> (Fixed, Result<(), WriteError>) {
        self.pending.clear();
        self.close(Ok(()))
    }

    fn close(mut self, mut done: Result<(), WriteError>) -> (Fixed, Result<(), WriteError>) {
        let fixed = &mut self.fixed;
        let dropped = fixed.changed.iter().filter(|changed| changed.is_dropped());
        let dropped: HashSet<PathBuf> = dropped.map(|changed| changed.path.clone()).collect();
        if !dropped.is_empty() {
            // What was done to a file, and said of it, before it went.
            let is_there = |path: &PathBuf| !dropped.contains(path);
            fixed
                .changed
                .retain(|changed| changed.is_dropped() || is_there(&changed.path));
            fixed.left.retain(|(path, _)| is_there(path));
            fixed.failed.retain(|(path, _)| is_there(path));
            self.unwritten.retain(|(path, _)| is_there(path));
        }
        // A text that could neither be cleaned nor dropped.
        let mut told = HashSet::new();
        fixed.failed.retain(|(path, _)| told.insert(path.clone()));
        for (_, codes) in self.unwritten.drain(..) {
            fixed.unwritten += codes.len();
            fixed.remain(codes);
        }
        if let Some(transaction) = self.transaction.take() {
            let run = transaction.run();
            match transaction.finish() {
                Ok(run) => self.fixed.run = run,
                Err(error) => {
                    self.fixed.run = Some(run);
                    done = done.and(Err(error));
                }
            }
        }
        (self.fixed, done)
    }

    /// Whether the file may be written again or removed.
    fn admit(&self, original: &Original) -> Result<(), String> {
        let Some(seen) = original.seen else {
            return Err("is no file".to_owned());
        };
        seen.held(self.options.break_links).map_or(Ok(()), Err)
    }

    fn plan(
        &mut self,
        wanted: Wanted,
        original: Original,
        after: Option<Vec<u8>>,
        again: Again,
    ) -> Result<(), WriteError> {
        if self.options.dry_run {
            self.fixed.changed.push(wanted.changed);
            return Ok(());
        }
        self.pending_bytes += original.bytes.len() + after.as_ref().map_or(0, Vec::len);
        let planned = Planned {
            path: original.path.clone(),
            before: Some(original),
            after,
            mode: 0,
            again,
        };
        self.pending.push((wanted, planned));
        if self.pending.len() >= BATCH_FILES || self.pending_bytes >= BATCH_BYTES {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), WriteError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.pending_bytes = 0;
        let (wanted, planned): (Vec<Wanted>, Vec<Planned>) = self.pending.drain(..).unzip();
        let transaction = match &mut self.transaction {
            Some(transaction) => transaction,
            none => none.insert(Transaction::begin(self.project.open()?, Action::Fix)?),
        };
        for (wanted, done) in wanted.into_iter().zip(transaction.apply(&planned)?) {
            let Wanted { changed, codes } = wanted;
            match done {
                Ok(Applied::Changed) => self.fixed.changed.push(changed),
                Ok(Applied::Already) => self.fixed.already += 1,
                Err(refused @ Refused::Changed) => {
                    self.fixed.left.push((changed.path, refused.to_string()));
                }
                Err(refused @ Refused::Failed(_)) => {
                    self.unwritten.push((changed.path.clone(), codes));
                    self.fixed.failed.push((changed.path, refused.to_string()));
                }
            }
        }
        Ok(())
    }

    /// Looks for documents that say the same as another one, which stays, and
    /// removes them if that is asked for.
    fn compare(&mut self) -> Result<(), WriteError> {
        let Some((options, keep)) = self.options.duplicates.clone() else {
            return Ok(());
        };
        let prints = std::mem::take(&mut self.prints);
        let verdicts = copies_by(prints, &self.merits, keep, options);
        let documents = std::mem::take(&mut self.documents);
        for (document, verdict) in documents.iter().zip(&verdicts) {
            let stays = document.stays.iter().cloned();
            let Verdict::Duplicate(found) = verdict else {
                self.fixed.remain(stays);
                continue;
            };
            let copy = (!self.is_ignored(DUPLICATE)).then(|| step(DUPLICATE));
            let stays = stays.chain(copy);
            if !self.options.drop_duplicates {
                self.fixed.remain(stays);
                continue;
            }
            let of = documents[found.kept as usize].path.clone();
            match self.droppable(document) {
                Ok(original) => {
                    let wanted = Wanted {
                        changed: Changed {
                            path: document.path.clone(),
                            what: What::Dropped { of },
                        },
                        codes: stays.collect(),
                    };
                    self.plan(wanted, original, None, Again::Kept)?;
                }
                Err(reason) => {
                    self.fixed.remain(stays);
                    self.fixed.left.push((document.path.clone(), reason));
                }
            }
        }
        Ok(())
    }

    /// The file as it is now, if it is what was compared and may go.
    fn droppable(&self, document: &Document) -> Result<Original, String> {
        if is_link(&document.path) {
            return Err("is a link; a duplicate behind a link is left".to_owned());
        }
        let original =
            Original::read(&document.path, u64::MAX).map_err(|error| error.to_string())?;
        if !document.digests.contains(&original.digest) {
            return Err("was changed by somebody else meanwhile, and is left".to_owned());
        }
        self.admit(&original)?;
        Ok(original)
    }
}

fn is_link(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink())
}

fn cleaned(text: &Text) -> What {
    let mut codes: Vec<Code> = text.removals.iter().map(|one| one.code.clone()).collect();
    codes.sort_unstable();
    codes.dedup();
    What::Cleaned {
        places: text.removals.len(),
        bytes: text.removals.iter().map(crate::Removal::bytes).sum(),
        codes,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Format, Removal, decode::decode};

    /// The file at `path` with its first five bytes marked.
    fn read(path: &Path) -> Text {
        let original = Original::read(path, u64::MAX).unwrap();
        let decoded = decode(original.bytes.clone(), None, Format::Text);
        let mut text = Text::new(original, Format::Text, decoded);
        text.removals = vec![Removal::text("X001".into(), 0..5)];
        text
    }

    #[test]
    fn what_somebody_else_wrote_meanwhile_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let project = Project::find(dir.path()).unwrap();
        let path = |name: &str| project.root().join(name);
        for name in ["a.txt", "b.txt", "c.txt"] {
            fs::write(path(name), "husk\ngrain\n").unwrap();
        }
        let mut under_way = Fixer::new(&project, FixOptions::default());
        for name in ["a.txt", "b.txt", "c.txt"] {
            under_way.add(path(name), read(&path(name))).unwrap();
        }
        // Of the same length, as soon as can be: a clock would not tell.
        fs::write(path("a.txt"), "HUSK\ngrain\n").unwrap();
        // Another file in the place of the one that was read.
        fs::write(path("new"), "husk\ngrain\n").unwrap();
        fs::rename(path("new"), path("b.txt")).unwrap();
        let (fixed, done) = under_way.finish();
        done.unwrap();
        let left: Vec<&Path> = fixed.left.iter().map(|(path, _)| path.as_path()).collect();
        assert_eq!(left, [path("a.txt"), path("b.txt")]);
        assert_eq!(fixed.changed.len(), 1);
        assert_eq!(fs::read_to_string(path("a.txt")).unwrap(), "HUSK\ngrain\n");
        assert_eq!(fs::read_to_string(path("c.txt")).unwrap(), "grain\n");
        let files = fs::read_dir(project.root()).unwrap().count();
        assert_eq!(files, 4, "three files and the kept runs");
    }
}
