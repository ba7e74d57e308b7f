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
    dedup::{Fingerprinter, Keep, Outline},
    read::{
        Source,
        file::{self, ReadError},
        jsonl::{Line, Lines, Record},
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
        if self.compares_as_it_is(input.format) {
            return Ok(input.text);
        }
        process(input, self.rules, self.options).map(|processed| processed.text)
    }

    /// Whether documents of this format are not cleaned.
    fn compares_as_it_is(&self, format: Format) -> bool {
        self.raw && format != Format::Html
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
    let (mut seen, mut next) = (Vec::new(), Vec::new());
    for chunk in sources.chunks(CHUNK) {
        let before = seen.len();
        // While one chunk is decided upon, the next is made.
        let (added, ()) = rayon::join(
            || collection.add(&mut seen),
            || {
                chunk
                    .par_iter()
                    .map_init(Tools::default, |tools, source| {
                        scan_file(scan, source, tools)
                    })
                    .collect_into_vec(&mut next);
            },
        );
        added?;
        progress(before);
        std::mem::swap(&mut seen, &mut next);
    }
    let last = seen.len();
    collection.add(&mut seen)?;
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
    let max_bytes = scan.options.max_bytes;
    let (mut number, mut lines, mut after) = (0, Lines::default(), Lines::default());
    read_chunk(&mut lines, input, &mut number, max_bytes)?;
    let (mut seen, mut next) = (Vec::new(), Vec::new());
    while !lines.is_empty() || !seen.is_empty() {
        let before = seen.len();
        // While one chunk is decided upon, the next is made and the one after
        // that is read.
        let (added, ((), read)) = rayon::join(
            || collection.add(&mut seen),
            || {
                rayon::join(
                    || scan_lines(scan, name, &lines, &mut next),
                    || read_chunk(&mut after, input, &mut number, max_bytes),
                )
            },
        );
        added?;
        progress(before);
        read?;
        std::mem::swap(&mut seen, &mut next);
        std::mem::swap(&mut lines, &mut after);
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

    /// Decides about documents, and leaves their memory for the next.
    fn add(&mut self, seen: &mut Vec<Seen>) -> Result<(), RunError> {
        for seen in seen.drain(..) {
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

/// What a thread works with, and uses again for the next document.
#[derive(Default)]
struct Tools {
    prints: Fingerprinter,
    text: String,
}

fn scan_file(scan: &Scan<'_>, source: &Source, tools: &mut Tools) -> Seen {
    let mut entry = Entry::new(path_text(&source.relative), path_text(&source.path));
    match file::read(source, scan.options.max_bytes) {
        Ok(text) => {
            let input = Input {
                text: text.decoded.text,
                format: text.format,
                name: Name::File(&source.path),
            };
            let mut seen = if scan.compares_as_it_is(input.format) {
                as_it_is(scan, entry, &input.text, input.format, &mut tools.prints)
            } else {
                cleaned(scan, entry, input)
            };
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

fn scan_lines(scan: &Scan<'_>, name: &str, lines: &Lines, seen: &mut Vec<Seen>) {
    (0..lines.len())
        .into_par_iter()
        .map_init(Tools::default, |tools, at| {
            scan_line(scan, name, lines.line(at), tools)
        })
        .collect_into_vec(seen);
}

fn scan_line(scan: &Scan<'_>, name: &str, line: Line<'_>, tools: &mut Tools) -> Seen {
    let path = format!("{name}:{}", line.number);
    let record = line.bytes.and_then(Record::parse);
    let id = record
        .as_ref()
        .ok()
        .and_then(Record::id)
        .unwrap_or_else(|| format!("line-{}", line.number));
    let mut entry = Entry::new(id, path);
    let text = &mut tools.text;
    match record.and_then(|record| Ok((record.read_body(text)?, record))) {
        Ok((format, record)) => {
            let mut seen = if scan.compares_as_it_is(format) {
                as_it_is(scan, entry, text, format, &mut tools.prints)
            } else {
                let (id, url) = (entry.id.clone(), record.string("url"));
                let name = Name::Record {
                    id: &id,
                    url: url.as_deref(),
                };
                let text = std::mem::take(text);
                cleaned(scan, entry, Input { text, format, name })
            };
            let stated = &mut seen.entry.metadata;
            // What the record says is asked only where the policy needs it.
            if scan.options.needs_address() && stated.url.is_none() {
                stated.url = record.string("url");
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

/// A document that is compared without being cleaned.
fn as_it_is(
    scan: &Scan<'_>,
    mut entry: Entry,
    text: &str,
    format: Format,
    prints: &mut Fingerprinter,
) -> Seen {
    entry.bytes_in = text.len();
    if text.trim().is_empty() {
        entry.status = Status::Empty;
        return Seen::without_text(entry);
    }
    entry.status = Status::Written;
    let fingerprint = prints.fingerprint(text);
    entry.simhash = fingerprint.simhash();
    let wanted = scan.options.paragraphs.is_some();
    Seen {
        entry,
        print: Some(fingerprint),
        outline: wanted.then(|| Outline::of(text, &[], format)),
    }
}

/// A document that is cleaned before it is compared.
fn cleaned(scan: &Scan<'_>, mut entry: Entry, input: Input<'_>) -> Seen {
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
