//! Which documents of a run are written: decided in input order as they come,
//! or, where another than the first copy is kept or an index may change its
//! mind, when all have been seen.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf, absolute},
};

use xxhash_rust::xxh3::xxh3_64;

use super::{Options, RunError, merit::Merit, repeats::Repeats};
use crate::{
    Fingerprint, Flag, Verdict,
    dedup::{
        DedupOptions, Deduper, Evidence, Keep, KeyHasher, Within,
        index::{self, Access, Index, IndexError, IndexOptions, Original},
    },
    host,
    write::{Entry, Status, path_text},
};

/// Documents of earlier runs that those of this one are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remember {
    /// The folder of the index.
    pub path: PathBuf,
    /// [`Access::Create`] if the documents of this run are remembered, too;
    /// [`Access::Read`] if the index stays as it is.
    pub access: Access,
    /// Whether the documents of this run are compared with the index alone,
    /// and not with each other.
    pub alone: bool,
    /// Folders that this run reads whole. A file of theirs that the index
    /// keeps and that is there no more is forgotten, and a copy of it kept in
    /// its place.
    pub whole: Vec<PathBuf>,
}

/// Decides about one document after the other.
pub(super) struct Duplicates {
    how: How,
    known: Option<Known>,
    keep: Keep,
    /// What the documents are called by, by their ordinal, for naming the kept
    /// one: the id, or, where another document has that id, the path.
    labels: Vec<Box<str>>,
    /// Hashes of the ids so far.
    seen: HashSet<u64, KeyHasher>,
    /// Documents that the index does not know by their label, by their names.
    names: HashMap<String, u32>,
    of: Of,
    repeats: Option<Repeats>,
}

/// What the documents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Files,
    Records,
}

/// What the decisions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A duplicate is not written, so nothing may be in it alone.
    Writing,
    /// Nothing is written; the clusters are what counts.
    Report,
}

enum How {
    /// Every document is written.
    Off,
    /// A document is decided when it comes.
    Streaming,
    /// All have to be seen first.
    Gathering(Vec<Arrived>),
}

/// A document that waits for the decision.
struct Arrived {
    print: Fingerprint,
    merit: Merit,
    name: String,
    site: String,
}

/// What documents are compared with.
enum Known {
    /// The others of this run.
    Run {
        deduper: Box<Deduper>,
        /// Ordinals in the order of insertion.
        inserted: Vec<u32>,
    },
    /// Those of earlier runs, too.
    Index {
        index: Box<Index>,
        scoped: bool,
        /// Whether the documents of this run are not compared with each other.
        alone: bool,
        /// Folders, from the root, of which all files are in this run.
        whole: Vec<PathBuf>,
    },
}

/// The kept document that another is a copy of.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// What the kept one is called by.
    of: String,
    similarity: f64,
    evidence: Evidence,
}

/// What was found about a document that had to wait.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Copy(Found),
    /// It is much like a kept one, and says something that is not there.
    Overlap,
}

/// What is to be done with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Write,
    Drop,
    /// Known only at the end; the number is the document's ordinal.
    Later(usize),
}

impl Duplicates {
    pub(super) fn new(options: &Options, purpose: Purpose, of: Of) -> Result<Self, RunError> {
        let known = match &options.dedup {
            None => None,
            Some(dedup) => {
                // A duplicate is not written, so nothing may be in it alone.
                let dedup = DedupOptions {
                    keep_overlaps: purpose == Purpose::Writing,
                    ..dedup.clone()
                };
                Some(Known::open(options, &dedup)?)
            }
        };
        let how = match &known {
            None => How::Off,
            Some(known) if options.keep == Keep::First && !known.may_change() => How::Streaming,
            Some(_) => How::Gathering(Vec::new()),
        };
        Ok(Self {
            how,
            known,
            keep: options.keep,
            labels: Vec::new(),
            seen: HashSet::default(),
            names: HashMap::new(),
            of,
            repeats: Repeats::new(options)?,
        })
    }

    /// Decides about the next document with text, and says so in its `entry`.
    pub(super) fn next(
        &mut self,
        print: Fingerprint,
        entry: &mut Entry,
    ) -> Result<Decision, RunError> {
        let Some(known) = &mut self.known else {
            return Ok(Decision::Write);
        };
        let ordinal = self.labels.len();
        let first = self.seen.insert(xxh3_64(entry.id.as_bytes()));
        let label = if first { &entry.id } else { &entry.path };
        let name = known.name(entry, self.of, first);
        if !name.is_empty() && name != *label {
            let ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
            self.names.insert(name.clone(), ordinal);
        }
        self.labels.push(label.as_str().into());
        let site = known.site(entry);
        if let How::Gathering(arrived) = &mut self.how {
            arrived.push(Arrived {
                merit: Merit::of(self.keep, entry, &print),
                print,
                name,
                site,
            });
            return Ok(Decision::Later(ordinal));
        }
        let standing = known.place(ordinal, &name, &site, print)?;
        Ok(match self.told(standing) {
            Some(told) => told.decide(entry),
            None => Decision::Write,
        })
    }

    /// What looks at the paragraphs of documents that are written.
    pub(super) fn repeats(&mut self) -> Option<&mut Repeats> {
        self.repeats.as_mut()
    }

    /// Whether a document's fate is open until all have been seen.
    pub(super) fn waits(&self) -> bool {
        matches!(self.how, How::Gathering(..))
    }

    /// What was found about the documents that had to wait, by ordinal; empty
    /// where none had to.
    pub(super) fn finish(&mut self) -> Result<Vec<Option<Told>>, RunError> {
        let (How::Gathering(arrived), Some(known)) = (&mut self.how, &mut self.known) else {
            return Ok(Vec::new());
        };
        let arrived = std::mem::take(arrived);
        let mut order: Vec<usize> = (0..arrived.len()).collect();
        // Stable: of equals the first in input order.
        order.sort_by(|&a, &b| arrived[a].merit.cmp(&arrived[b].merit).reverse());
        let mut found = vec![Standing::Kept; arrived.len()];
        let mut waiting: Vec<Option<Arrived>> = arrived.into_iter().map(Some).collect();
        let mut names = vec![String::new(); waiting.len()];
        for ordinal in order {
            if let Some(Arrived {
                print, name, site, ..
            }) = waiting[ordinal].take()
            {
                found[ordinal] = known.place(ordinal, &name, &site, print)?;
                names[ordinal] = name;
            }
        }
        loop {
            // A later document may have put an earlier one in another place.
            for (name, found) in names.iter().zip(&mut found) {
                known.look_again(name, found)?;
            }
            // And where the kept one was a file that is gone, another is kept.
            if !known.forget_gone(&found)? {
                break;
            }
        }
        let told = found.into_iter().map(|standing| self.told(standing));
        Ok(told.collect())
    }

    /// Names the kept document as it is called in this run.
    fn told(&self, standing: Standing) -> Option<Told> {
        let placed = match standing {
            Standing::Kept => return None,
            Standing::Overlaps => return Some(Told::Overlap),
            Standing::Copy(placed) => placed,
        };
        Some(Told::Copy(match placed {
            Placed::Here {
                kept,
                similarity,
                evidence,
            } => Found {
                of: self
                    .labels
                    .get(kept as usize)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                similarity,
                evidence,
            },
            Placed::Named(original) => {
                let ordinal = self.names.get(&original.name);
                let label = ordinal.and_then(|&ordinal| self.labels.get(ordinal as usize));
                Found {
                    of: label.map_or(original.name, ToString::to_string),
                    similarity: original.similarity,
                    evidence: original.evidence,
                }
            }
        }))
    }

    /// What is still to be done when all output is in place.
    pub(super) fn unsaved(self) -> Unsaved {
        Unsaved(self)
    }

    /// Makes the index remember the documents of this run.
    fn commit(self) -> Result<(), RunError> {
        if let Some(Known::Index { mut index, .. }) = self.known
            && index.is_writable()
        {
            index.commit()?;
        }
        Ok(())
    }
}

/// The documents of a run, which an index does not know of yet. They are to be
/// remembered when all output is in place: a document that is remembered and
/// was not written would be lost to later runs.
#[must_use = "an index remembers nothing of the run otherwise"]
pub struct Unsaved(Duplicates);

impl Unsaved {
    /// The folder of the index that is to remember them, if there is one.
    pub(super) fn index(&self) -> Option<&Path> {
        match &self.0.known {
            Some(Known::Index { index, .. }) if index.is_writable() => Some(index.path()),
            _ => None,
        }
    }

    /// Makes the index remember the documents of the run, if there is one.
    ///
    /// # Errors
    ///
    /// The index cannot be written; then it is as it was before the run.
    pub fn save(self) -> Result<(), RunError> {
        self.0.commit()
    }
}

impl Told {
    /// What is to be done with the document, and says so in its `entry`.
    pub(super) fn decide(&self, entry: &mut Entry) -> Decision {
        match self {
            Self::Overlap => {
                entry.flags.insert(Flag::Overlap);
                Decision::Write
            }
            Self::Copy(found) => {
                entry.status = Status::Duplicate;
                entry.duplicate_of = Some(found.of.clone());
                entry.similarity = Some(found.similarity);
                entry.evidence = Some(found.evidence);
                Decision::Drop
            }
        }
    }
}

/// What has become of a document.
#[derive(Clone, Debug)]
enum Standing {
    Kept,
    /// Kept for what it says more than a kept one that it is much like.
    Overlaps,
    Copy(Placed),
}

impl From<index::Placed> for Standing {
    fn from(placed: index::Placed) -> Self {
        match placed.copy_of {
            Some(original) => Self::Copy(Placed::Named(original)),
            None if placed.overlaps => Self::Overlaps,
            None => Self::Kept,
        }
    }
}

/// A kept document as what knows it names it.
#[derive(Clone, Debug)]
enum Placed {
    Here {
        kept: u32,
        similarity: f64,
        evidence: Evidence,
    },
    Named(Original),
}

/// The site of a document: the host of its address, or its folder.
pub(super) fn site_of(entry: &Entry) -> String {
    if let Some(host) = entry.metadata.url.as_deref().and_then(host) {
        return host;
    }
    let folder = Path::new(&entry.path).parent();
    folder.map(path_text).unwrap_or_default()
}

impl Known {
    fn open(options: &Options, dedup: &DedupOptions) -> Result<Self, IndexError> {
        let Some(remember) = &options.remember else {
            return Ok(Self::Run {
                deduper: Box::new(Deduper::with_memory(dedup.clone(), options.memory)),
                inserted: Vec::new(),
            });
        };
        let setup = IndexOptions {
            dedup: dedup.clone(),
            texts: options.texts.clone(),
            memory: options.memory,
        };
        let index = Index::open(&remember.path, &setup, remember.access)?;
        let folders = remember.whole.iter().filter(|path| path.is_dir());
        Ok(Self::Index {
            index: Box::new(index),
            scoped: dedup.within == Within::Site,
            alone: remember.alone || dedup.within == Within::None,
            whole: folders.filter_map(|path| absolute(path).ok()).collect(),
        })
    }

    /// Whether a document may turn out to be kept or not after it was decided
    /// upon: where a new version of another one takes its place.
    fn may_change(&self) -> bool {
        matches!(self, Self::Index { index, .. } if index.is_writable() && index.info().documents > 0)
    }

    /// What a document is remembered by: the id of a record, the path of a
    /// file, from the root.
    fn name(&self, entry: &Entry, of: Of, first: bool) -> String {
        if matches!(self, Self::Run { .. }) {
            return String::new();
        }
        let line = entry.path.rsplit_once(':').map_or("", |(_, line)| line);
        // A record without an id is called by its line, which says little.
        let numbered = entry.id.strip_prefix("line-") == Some(line);
        if of == Of::Records && first && !numbered {
            return entry.id.clone();
        }
        absolute(Path::new(&entry.path))
            .map_or_else(|_| entry.path.clone(), |full| path_text(&full))
    }

    /// The site of a document, where that matters.
    fn site(&self, entry: &Entry) -> String {
        let scoped = match self {
            Self::Run { deduper, .. } => deduper.within() == Within::Site,
            Self::Index { scoped, .. } => *scoped,
        };
        if !scoped {
            return String::new();
        }
        site_of(entry)
    }

    fn place(
        &mut self,
        ordinal: usize,
        name: &str,
        site: &str,
        print: Fingerprint,
    ) -> Result<Standing, RunError> {
        match self {
            Self::Run { deduper, inserted } => {
                inserted.push(u32::try_from(ordinal).unwrap_or(u32::MAX));
                Ok(match deduper.place(site, print)? {
                    (Verdict::Unique, true) => Standing::Overlaps,
                    (Verdict::Unique, false) => Standing::Kept,
                    (Verdict::Duplicate(found), _) => Standing::Copy(Placed::Here {
                        kept: inserted[found.kept as usize],
                        similarity: found.similarity,
                        evidence: found.evidence,
                    }),
                })
            }
            Self::Index {
                index, alone: true, ..
            } => Ok(index.find(site, &print)?.into()),
            Self::Index { index, .. } => Ok(index.insert(name, site, print)?.into()),
        }
    }

    /// Makes an index forget those of the kept documents that are files of the
    /// folders of this run and are there no more. Says whether there were any.
    fn forget_gone(&mut self, found: &[Standing]) -> Result<bool, RunError> {
        let Self::Index {
            index,
            alone: false,
            whole,
            ..
        } = self
        else {
            return Ok(false);
        };
        let names: BTreeSet<&str> = found
            .iter()
            .filter_map(|standing| match standing {
                Standing::Copy(Placed::Named(original)) => Some(&*original.name),
                _ => None,
            })
            .collect();
        let mut any = false;
        for name in names {
            let path = Path::new(name);
            // A name with a backslash is not the path as it is; see `path_text`.
            let inside = !name.contains('\\') && whole.iter().any(|root| path.starts_with(root));
            if inside && index.is_writable() && matches!(path.try_exists(), Ok(false)) {
                any |= index.remove(name)?.is_some();
            }
        }
        Ok(any)
    }

    /// Corrects what was found about a document that has been placed.
    fn look_again(&self, name: &str, found: &mut Standing) -> Result<(), RunError> {
        if let Self::Index {
            index,
            alone: false,
            ..
        } = self
            && let Some(standing) = index.standing(name)?
        {
            *found = match standing {
                Some(original) => Standing::Copy(Placed::Named(original)),
                None if matches!(found, Standing::Overlaps) => Standing::Overlaps,
                None => Standing::Kept,
            };
        }
        Ok(())
    }
}
