//! Near-duplicates without writing anything: the clusters of a collection.

use std::io::BufRead;

use rayon::prelude::*;

use super::{
    Input, Name, Options, Progress, RunError,
    duplicates::{Decision, Duplicates, Of, Purpose},
    process,
    records::read_chunk,
};
use crate::{
    Fingerprint, Flag, Format, RuleSet,
    dedup::{Keep, Outline},
    read::{
        Source,
        file::{self, ReadError},
        jsonl::{Line, Record},
    },
    write::{Entry, Status, path_text},
};

/// How many documents are in memory at a time.
const CHUNK: usize = 1024;

/// How a collection is compared.
#[derive(Debug)]
pub struct Scan<'a> {
    /// The compiled rules.
    pub rules: &'a RuleSet,
    /// Whether texts are compared as they are. Pages are extracted and cleaned
    /// all the same: their markup is no text.
    pub raw: bool,
    /// Options of the stages; without `dedup` nothing is compared.
    pub options: &'a Options,
}

impl Scan<'_> {
    /// The text by which a document is compared.
    ///
    /// # Errors
    ///
    /// What a bug of dehusk said, as [`process`] has it.
    pub fn text(&self, input: Input<'_>) -> Result<String, String> {
        if self.raw && input.format != Format::Html {
            return Ok(input.text);
        }
        process(input, self.rules, self.options).map(|processed| processed.text)
    }
}

/// Takes the accounts of documents, in input order.
pub type Each<'a> = &'a mut (dyn FnMut(Entry) -> Result<(), RunError> + Send);

/// Gives the accounts of `sources`, of which nothing is written, to `each`.
///
/// # Errors
///
/// The index of earlier runs cannot be used, or `each` fails.
pub fn scan_files(
    scan: &Scan<'_>,
    sources: &[Source],
    progress: Progress<'_>,
    each: Each<'_>,
) -> Result<(), RunError> {
    let mut collection = Collection::new(scan, Of::Files, each)?;
    let mut seen = Vec::new();
    for chunk in sources.chunks(CHUNK) {
        let before = seen.len();
        // While one chunk is decided upon, the next is made.
        let (added, next) = rayon::join(
            || collection.add(std::mem::take(&mut seen)),
            || {
                chunk
                    .par_iter()
                    .map(|source| scan_file(scan, source))
                    .collect()
            },
        );
        added?;
        progress(before);
        seen = next;
    }
    let last = seen.len();
    collection.add(seen)?;
    progress(last);
    collection.finish()
}

/// Gives the accounts of the records of `input`, of which nothing is written,
/// to `each`.
///
/// # Errors
///
/// `input` cannot be read any further, the index of earlier runs cannot be
/// used, or `each` fails.
pub fn scan_records(
    scan: &Scan<'_>,
    name: &str,
    input: &mut (dyn BufRead + Send),
    progress: Progress<'_>,
    each: Each<'_>,
) -> Result<(), RunError> {
    let mut collection = Collection::new(scan, Of::Records, each)?;
    let mut number = 0;
    let mut lines = read_chunk(input, &mut number, scan.options.max_bytes)?;
    let mut seen: Vec<Seen> = Vec::new();
    while !lines.is_empty() || !seen.is_empty() {
        let before = seen.len();
        // While one chunk is decided upon, the next is made and the one after
        // that is read.
        let (added, (next, read)) = rayon::join(
            || collection.add(std::mem::take(&mut seen)),
            || {
                rayon::join(
                    || {
                        let lines = std::mem::take(&mut lines).into_par_iter();
                        lines.map(|line| scan_line(scan, name, line)).collect()
                    },
                    || read_chunk(input, &mut number, scan.options.max_bytes),
                )
            },
        );
        added?;
        progress(before);
        (seen, lines) = (next, read?);
    }
    collection.finish()
}

/// A document that is to be decided upon.
struct Seen {
    entry: Entry,
    print: Option<Fingerprint>,
    outline: Option<Outline>,
}

impl Seen {
    /// A document that cannot be compared.
    fn without_text(entry: Entry) -> Self {
        Self {
            entry,
            print: None,
            outline: None,
        }
    }
}

struct Collection<'a> {
    duplicates: Duplicates,
    /// Those whose fate is open, and all after them.
    waiting: Vec<(Entry, Option<usize>)>,
    each: Each<'a>,
}

impl<'a> Collection<'a> {
    fn new(scan: &Scan<'_>, of: Of, each: Each<'a>) -> Result<Self, RunError> {
        Ok(Self {
            duplicates: Duplicates::new(scan.options, Purpose::Report, of)?,
            waiting: Vec::new(),
            each,
        })
    }

    fn add(&mut self, seen: Vec<Seen>) -> Result<(), RunError> {
        for seen in seen {
            let mut entry = seen.entry;
            let decision = match seen.print {
                Some(fingerprint) => Some(self.duplicates.next(fingerprint, &mut entry)?),
                None => None,
            };
            if decision == Some(Decision::Write)
                && let (Some(repeats), Some(outline)) = (self.duplicates.repeats(), &seen.outline)
            {
                repeats.next(&mut entry, outline);
            }
            let later = match decision {
                Some(Decision::Later(ordinal)) => Some(ordinal),
                _ => None,
            };
            if self.duplicates.waits() {
                self.waiting.push((entry, later));
            } else {
                (self.each)(entry)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), RunError> {
        let originals = self.duplicates.finish()?;
        for (mut entry, later) in self.waiting {
            if let Some(ordinal) = later
                && let Some(Some(told)) = originals.get(ordinal)
            {
                told.decide(&mut entry);
            }
            (self.each)(entry)?;
        }
        self.duplicates.unsaved().save()
    }
}

fn scan_file(scan: &Scan<'_>, source: &Source) -> Seen {
    let mut entry = Entry::new(path_text(&source.relative), path_text(&source.path));
    match file::read(source, scan.options.max_bytes) {
        Ok(text) => {
            let input = Input {
                text: text.decoded.text,
                format: text.format,
                name: Name::File(&source.path),
            };
            let mut seen = fingerprint(scan, entry, input);
            // As when it is written: the best of several is the same then.
            if text.decoded.lossy && seen.print.is_some() {
                seen.entry.flags.insert(Flag::Lossy);
            }
            seen
        }
        Err(error) => {
            let skipped = matches!(error, ReadError::NotADocument);
            entry.status = if skipped {
                Status::Skipped
            } else {
                Status::Failed
            };
            entry.reason = Some(error.to_string());
            Seen::without_text(entry)
        }
    }
}

fn scan_line(scan: &Scan<'_>, name: &str, line: Line) -> Seen {
    let path = format!("{name}:{}", line.number);
    let record = line.bytes.and_then(|bytes| Record::parse(&bytes));
    let id = record
        .as_ref()
        .ok()
        .and_then(Record::id)
        .unwrap_or_else(|| format!("line-{}", line.number));
    let mut entry = Entry::new(id, path);
    match record.and_then(|record| Ok((record.body()?, record))) {
        Ok((body, record)) => {
            let id = entry.id.clone();
            let url = record.string("url");
            let input = Input {
                text: body.text,
                format: body.format,
                name: Name::Record {
                    id: &id,
                    url: url.as_deref(),
                },
            };
            let mut seen = fingerprint(scan, entry, input);
            let stated = &mut seen.entry.metadata;
            // What the record says is asked only where the policy needs it.
            if scan.options.needs_address() && stated.url.is_none() {
                stated.url = url;
            }
            if scan.options.keep == Keep::Newest && stated.date.is_none() {
                stated.date = record.string("date");
            }
            seen
        }
        Err(error) => {
            entry.reason = Some(error.to_string());
            Seen::without_text(entry)
        }
    }
}

fn fingerprint(scan: &Scan<'_>, mut entry: Entry, input: Input<'_>) -> Seen {
    let text = &input.text;
    if scan.raw && input.format != Format::Html {
        entry.bytes_in = text.len();
        if text.trim().is_empty() {
            entry.status = Status::Empty;
            return Seen::without_text(entry);
        }
        entry.status = Status::Written;
        let fingerprint = Fingerprint::of(text);
        entry.simhash = fingerprint.simhash();
        let wanted = scan.options.paragraphs.is_some();
        return Seen {
            entry,
            print: Some(fingerprint),
            outline: wanted.then(|| Outline::of(text, &[], input.format)),
        };
    }
    match process(input, scan.rules, scan.options) {
        Ok(mut processed) => {
            processed.describe(&mut entry);
            Seen {
                entry,
                print: processed.fingerprint,
                outline: processed.outline,
            }
        }
        Err(bug) => {
            entry.reason = Some(bug);
            Seen::without_text(entry)
        }
    }
}
