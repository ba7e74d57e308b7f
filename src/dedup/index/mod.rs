//! An index: what earlier runs have seen, so that later ones need not see it
//! again.
//!
//! A folder of immutable segments (see `segment`) and a list of them. A run adds
//! documents in memory; [`Index::commit`] writes them as a new segment, joins
//! small segments, and puts the new list in the place of the old one by a
//! rename. Whatever happens before that, the index is what it was; after it,
//! everything is there.

mod base;
mod bits;
mod error;
mod file;
mod filter;
mod manifest;
mod merge;
mod record;
mod segment;
mod spill;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub(crate) use base::Base;
pub use error::{IndexError, IndexErrorKind};
pub use manifest::Access;
use manifest::{Folder, Parameters};
use segment::Segment;
pub(crate) use spill::Spill;

use super::{
    Candidates, DedupOptions, Evidence, Fingerprint, Verdict, Within,
    engine::{Arrival, Engine, Outcome},
};

/// The version of everything that makes a fingerprint: normal form, shingles,
/// sampling, facts. An index of another one cannot be compared with.
const METHOD: u32 = 1;

/// Two neighbours become one where the older has fewer documents than so many
/// times the newer: so there are few segments, and each document is written
/// again a few times only.
const JOIN_BELOW: u64 = 2;

/// Segments of more documents than this are joined only where there are more
/// than [`MANY_SEGMENTS`]: a look-up in five large ones costs less than writing
/// all of them again.
const LARGE_SEGMENT: u64 = 1_000_000;
const MANY_SEGMENTS: usize = 12;

/// Segments whose files are larger together are not joined: places in one have
/// 32 bits.
const LARGEST_SEGMENT: u64 = 3 << 30;

/// Memory that documents may take before they are written to a segment, in
/// bytes.
pub const DEFAULT_MEMORY: usize = 2 << 30;

/// How an index is used.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexOptions {
    /// How duplicates are found.
    pub dedup: DedupOptions,
    /// What is done to texts before they are compared, such as `raw` or
    /// `safe`. Texts of another kind are not comparable.
    pub texts: String,
    /// Documents in memory, in bytes; what is more waits on disk.
    pub memory: usize,
}

impl IndexOptions {
    fn parameters(&self) -> Parameters {
        Parameters {
            method: METHOD,
            similarity: self.dedup.similarity,
            radius: self.dedup.radius,
            candidates: self.dedup.candidates.name().to_owned(),
            within: match self.dedup.within {
                Within::Site => "site".to_owned(),
                Within::All | Within::None => "all".to_owned(),
            },
            texts: self.texts.clone(),
        }
    }
}

/// What became of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The kept document that it is a copy of; `None` if it is kept.
    pub copy_of: Option<Original>,
    /// Whether it is kept for what it
    /// [says more](DedupOptions::keep_overlaps) than another alone.
    pub overlaps: bool,
    /// Copies of an earlier version of it that are kept now.
    pub promoted: Vec<String>,
}

/// The kept document that another is a copy of.
#[derive(Clone, Debug, PartialEq)]
pub struct Original {
    /// What it is called by.
    pub name: String,
    /// How many words it has.
    pub words: u32,
    /// Share of the smaller text that was found in the larger.
    pub similarity: f64,
    /// By what it was found.
    pub evidence: Evidence,
}

/// What there is to know about an index.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Info {
    /// Documents that are remembered.
    pub documents: u64,
    /// Records that still take room: of documents that were removed, and of
    /// copies that were written anew when they took the place of such a one.
    pub removed: u64,
    /// Files.
    pub segments: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Name and value of what every run must have in common.
    pub parameters: Vec<(&'static str, String)>,
}

/// Documents of earlier runs, by which those of this one are known.
#[derive(Debug)]
pub struct Index {
    folder: Folder,
    engine: Engine,
    memory: usize,
    /// Segments written since the last commit.
    spilled: Vec<String>,
    /// Where documents wait that memory has no room for, if the index itself is
    /// only read.
    spill: Option<Spill>,
    /// Whether the list was replaced and may not outlast a power cut yet.
    unsettled: bool,
}

/// What joining all segments came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compacted {
    /// All documents are in one segment now, without those that were removed.
    Joined,
    /// They were before.
    AsBefore,
    /// The segments are too large together for one: nothing was done.
    TooLarge,
}

impl Index {
    /// Opens an index.
    ///
    /// # Errors
    ///
    /// It is not there, damaged, in use, or was made by another version or
    /// with other parameters.
    pub fn open(path: &Path, options: &IndexOptions, access: Access) -> Result<Self, IndexError> {
        let (folder, segments) = Folder::open(path, Some(&options.parameters()), access)?;
        let base = Base::of(segments);
        Ok(Self {
            engine: Engine::new(options.dedup.clone(), true, base),
            folder,
            memory: options.memory,
            spilled: Vec::new(),
            spill: (access == Access::Read).then(|| Spill::new(None, options.memory)),
            unsettled: false,
        })
    }

    /// Decides about a document and remembers it by its name. A document with
    /// a name that is known takes the place of the earlier one; if nothing has
    /// changed, nothing happens. `site` counts only where documents are
    /// compared within their sites.
    ///
    /// # Errors
    ///
    /// The index cannot be read, or written where memory is full.
    pub fn insert(
        &mut self,
        name: &str,
        site: &str,
        print: Fingerprint,
    ) -> Result<Placed, IndexError> {
        let site = self.engine.site(site);
        let outcome = self.engine.insert(Arrival { name, site, print })?;
        let placed = self.placed(outcome)?;
        if let Some(spill) = &mut self.spill {
            spill.make_room(&mut self.engine)?;
        } else if self.engine.memory().bytes() > self.memory {
            self.spill()?;
        }
        Ok(placed)
    }

    fn placed(&self, outcome: Outcome) -> Result<Placed, IndexError> {
        let copy_of = match outcome.verdict {
            Verdict::Unique => None,
            Verdict::Duplicate(found) => {
                let kept = self.engine.document(found.kept)?;
                Some(Original {
                    name: kept.name.to_string(),
                    words: kept.print.words,
                    similarity: found.similarity,
                    evidence: found.evidence,
                })
            }
        };
        Ok(Placed {
            copy_of,
            overlaps: outcome.overlaps,
            promoted: self.names(&outcome.promoted)?,
        })
    }

    fn names(&self, numbers: &[u32]) -> Result<Vec<String>, IndexError> {
        let names = numbers.iter().map(|&number| {
            let document = self.engine.document(number)?;
            Ok(document.name.to_string())
        });
        names.collect()
    }

    /// What would become of a document, without remembering it.
    ///
    /// # Errors
    ///
    /// The index cannot be read.
    pub fn find(&self, site: &str, print: &Fingerprint) -> Result<Placed, IndexError> {
        let site = self.engine.site(site);
        let found = self.engine.find(&Arrival {
            name: "",
            site,
            print: print.clone(),
        })?;
        self.placed(found)
    }

    /// What has become of a document that is remembered: `None` if there is no
    /// such document, else the kept one that it is a copy of, if it is one.
    ///
    /// # Errors
    ///
    /// The index cannot be read.
    pub fn standing(&self, name: &str) -> Result<Option<Option<Original>>, IndexError> {
        let Some(number) = self.engine.named(name)? else {
            return Ok(None);
        };
        let found = self.engine.document(number)?.fate.found();
        let outcome = Outcome::told(Some(number), found);
        Ok(Some(self.placed(outcome)?.copy_of))
    }

    /// Whether it was opened to be changed.
    pub fn is_writable(&self) -> bool {
        self.folder.is_locked()
    }

    /// Removes a document. The copies of a kept one are decided upon anew; the
    /// names of those that are kept now are returned. `None` if there is no
    /// such document.
    ///
    /// # Errors
    ///
    /// The index cannot be read.
    pub fn remove(&mut self, name: &str) -> Result<Option<Vec<String>>, IndexError> {
        let Some(number) = self.engine.named(name)? else {
            return Ok(None);
        };
        let promoted = self.engine.remove(number)?;
        self.names(&promoted).map(Some)
    }

    /// Whether anything has changed since the last commit.
    pub fn is_changed(&self) -> bool {
        let memory = self.engine.memory();
        let waiting = !memory.documents.is_empty() || !memory.dead.is_empty();
        waiting || !self.spilled.is_empty() || self.unsettled
    }

    /// Writes the documents in memory to a segment, of which the index does not
    /// know yet.
    fn spill(&mut self) -> Result<(), IndexError> {
        let name = self.folder.manifest.name();
        let path = self.folder.path.join(&name);
        spill::write(&mut self.engine, &path)?;
        self.spilled.push(name);
        Ok(())
    }

    /// Makes all changes last. When this has returned, they survive whatever
    /// happens; before, none of them does.
    ///
    /// # Errors
    ///
    /// The index cannot be written.
    pub fn commit(&mut self) -> Result<(), IndexError> {
        if !self.is_changed() {
            return Ok(());
        }
        let memory = self.engine.memory();
        if !memory.documents.is_empty() || !memory.dead.is_empty() {
            self.spill()?;
        }
        let mut manifest = self.folder.manifest.clone();
        manifest.segments.extend_from_slice(&self.spilled);
        let from = self.join_from();
        self.publish(manifest, from)
    }

    /// Joins all segments into one and drops what was removed.
    ///
    /// # Errors
    ///
    /// The index cannot be written.
    pub fn compact(&mut self) -> Result<Compacted, IndexError> {
        self.commit()?;
        let segments = &self.engine.base().segments;
        let total: u64 = segments.iter().map(Segment::len).sum();
        let clean = segments.len() == 1 && segments[0].dead.is_empty() && self.info().removed == 0;
        if segments.is_empty() || clean {
            return Ok(Compacted::AsBefore);
        }
        if total > LARGEST_SEGMENT {
            return Ok(Compacted::TooLarge);
        }
        self.publish(self.folder.manifest.clone(), 0)?;
        Ok(Compacted::Joined)
    }

    /// The position of the first of the segments that become one.
    fn join_from(&self) -> usize {
        let segments = &self.engine.base().segments;
        let mut from = segments.len().saturating_sub(1);
        let (mut documents, mut bytes) = (0, 0);
        if let Some(last) = segments.last() {
            (documents, bytes) = (u64::from(last.documents), last.len());
        }
        while from > 0 {
            let before = &segments[from - 1];
            let larger = u64::from(before.documents);
            bytes += before.len();
            let large = documents + larger > LARGE_SEGMENT && segments.len() <= MANY_SEGMENTS;
            if larger >= JOIN_BELOW * documents.max(1) || large || bytes > LARGEST_SEGMENT {
                break;
            }
            documents += larger;
            from -= 1;
        }
        from
    }

    /// Joins the segments from a position on, if they are several, and makes
    /// the list of what there is then the list of the index.
    fn publish(&mut self, mut manifest: manifest::Manifest, from: usize) -> Result<(), IndexError> {
        let segments = &self.engine.base().segments;
        let several = segments.len() - from.min(segments.len()) > 1;
        let mut joined = None;
        if several || from == 0 && self.info().removed > 0 {
            // The number is used up, whatever becomes of this.
            let name = self.folder.manifest.name();
            manifest.serial = self.folder.manifest.serial;
            let path = self.folder.path.join(&name);
            merge::join(&segments[from..], self.engine.dead(), &path)?;
            joined = Some(Segment::open(&path)?);
            manifest.segments.truncate(from);
            manifest.segments.push(name);
        }
        self.folder.publish(manifest)?;
        // Only now: what could not be published is still to be.
        self.spilled.clear();
        self.unsettled = true;
        if let Some(joined) = joined {
            let segments = &mut self.engine.base_mut().segments;
            segments.truncate(from);
            segments.push(joined);
        }
        self.engine.settle();
        self.folder.settle()?;
        self.unsettled = false;
        Ok(())
    }

    /// What there is to know about the index, as it was last committed.
    pub fn info(&self) -> Info {
        let segments = &self.engine.base().segments;
        let documents: u64 = segments
            .iter()
            .map(|segment| u64::from(segment.documents))
            .sum();
        let removed = segments
            .iter()
            .map(|segment| {
                let dead = segment
                    .numbers()
                    .filter(|number| self.engine.dead().contains(number));
                dead.count() as u64
            })
            .sum();
        let parameters = &self.folder.manifest.parameters;
        Info {
            documents: documents - removed,
            removed,
            segments: segments.len(),
            bytes: segments.iter().map(Segment::len).sum(),
            parameters: vec![
                ("similarity", parameters.similarity.to_string()),
                ("within", parameters.within.clone()),
                ("texts", parameters.texts.clone()),
            ],
        }
    }

    /// Reads all of the index and compares it with its checksums, and its parts
    /// with each other; what is wrong is returned.
    pub fn verify(&self) -> Vec<IndexError> {
        let base = self.engine.base();
        let checked = base.segments.iter().map(Segment::verify);
        let mut wrong: Vec<_> = checked.filter_map(Result::err).collect();
        if wrong.is_empty() {
            wrong.extend(self.engine.check().err());
        }
        wrong
    }

    /// How duplicates are found in it.
    pub fn options(&self) -> &DedupOptions {
        self.engine.options()
    }

    /// What was done to its texts before they were compared.
    pub fn texts(&self) -> &str {
        &self.folder.manifest.parameters.texts
    }

    /// Where it is.
    pub fn path(&self) -> &PathBuf {
        &self.folder.path
    }
}

/// Opens an index with the options it was made with.
///
/// # Errors
///
/// As [`Index::open`].
pub fn open_as_it_is(path: &Path, access: Access) -> Result<Index, IndexError> {
    let (folder, segments) = Folder::open(path, None, access)?;
    let parameters = &folder.manifest.parameters;
    if parameters.method != METHOD {
        return Err(IndexErrorKind::Parameter {
            name: "method",
            found: parameters.method.to_string(),
            expected: METHOD.to_string(),
        }
        .at(path));
    }
    let options = DedupOptions {
        similarity: parameters.similarity,
        radius: parameters.radius,
        candidates: Candidates::named(&parameters.candidates).unwrap_or_default(),
        within: if parameters.within == "site" {
            Within::Site
        } else {
            Within::All
        },
        ..DedupOptions::default()
    };
    Ok(Index {
        engine: Engine::new(options, true, Base::of(segments)),
        folder,
        spill: (access == Access::Read).then(|| Spill::new(None, DEFAULT_MEMORY)),
        unsettled: false,
        memory: DEFAULT_MEMORY,
        spilled: Vec::new(),
    })
}
