//! Near-duplicates without writing anything: the clusters of a collection.

use std::io::BufRead;

use rayon::prelude::*;

use super::{
    Input, Name, Options, Progress, RunError,
    duplicates::{Duplicates, Purpose},
    process,
    records::read_chunk,
};
use crate::{
    Fingerprint, Format, RuleSet, Verdict,
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

/// The accounts of `sources`, of which nothing is written.
pub fn scan_files(scan: &Scan<'_>, sources: &[Source], progress: Progress<'_>) -> Vec<Entry> {
    let mut collection = Collection::new(scan);
    for chunk in sources.chunks(CHUNK) {
        let seen: Vec<_> = chunk
            .par_iter()
            .map(|source| scan_file(scan, source))
            .collect();
        collection.add(seen);
        progress(chunk.len());
    }
    collection.finish()
}

/// The accounts of the records of `input`, of which nothing is written.
///
/// # Errors
///
/// `input` cannot be read any further.
pub fn scan_records(
    scan: &Scan<'_>,
    name: &str,
    input: &mut (dyn BufRead + Send),
    progress: Progress<'_>,
) -> Result<Vec<Entry>, RunError> {
    let mut collection = Collection::new(scan);
    let mut number = 0;
    loop {
        let lines = read_chunk(input, &mut number, scan.options.max_bytes)?;
        if lines.is_empty() {
            return Ok(collection.finish());
        }
        let count = lines.len();
        collection.add(
            lines
                .into_par_iter()
                .map(|line| scan_line(scan, name, line))
                .collect(),
        );
        progress(count);
    }
}

type Seen = (Entry, Option<Fingerprint>);

struct Collection {
    duplicates: Duplicates,
    entries: Vec<(Entry, Option<usize>)>,
}

impl Collection {
    fn new(scan: &Scan<'_>) -> Self {
        let duplicates = Duplicates::new(
            scan.options.dedup.clone(),
            scan.options.keep,
            Purpose::Report,
        );
        Self {
            duplicates,
            entries: Vec::new(),
        }
    }

    fn add(&mut self, seen: Vec<Seen>) {
        use super::duplicates::Decision;
        for (mut entry, fingerprint) in seen {
            let later = fingerprint.and_then(|fingerprint| {
                match self.duplicates.next(fingerprint, &mut entry) {
                    Decision::Later(ordinal) => Some(ordinal),
                    Decision::Write | Decision::Drop => None,
                }
            });
            self.entries.push((entry, later));
        }
    }

    fn finish(mut self) -> Vec<Entry> {
        let verdicts = self.duplicates.finish();
        let decide = |(mut entry, later): (Entry, Option<usize>)| {
            if let Some(Verdict::Duplicate(found)) = later.and_then(|ordinal| verdicts.get(ordinal))
            {
                self.duplicates.enter(found, &mut entry);
            }
            entry
        };
        self.entries.into_iter().map(decide).collect()
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
            fingerprint(scan, entry, input)
        }
        Err(error) => {
            let skipped = matches!(error, ReadError::NotADocument);
            entry.status = if skipped {
                Status::Skipped
            } else {
                Status::Failed
            };
            entry.reason = Some(error.to_string());
            (entry, None)
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
    let url = record.as_ref().ok().and_then(|record| record.string("url"));
    match record.and_then(|record| record.body()) {
        Ok(body) => {
            let id = entry.id.clone();
            let input = Input {
                text: body.text,
                format: body.format,
                name: Name::Record {
                    id: &id,
                    url: url.as_deref(),
                },
            };
            fingerprint(scan, entry, input)
        }
        Err(error) => {
            entry.reason = Some(error.to_string());
            (entry, None)
        }
    }
}

fn fingerprint(scan: &Scan<'_>, mut entry: Entry, input: Input<'_>) -> Seen {
    let text = &input.text;
    if scan.raw && input.format != Format::Html {
        entry.bytes_in = text.len();
        if text.trim().is_empty() {
            entry.status = Status::Empty;
            return (entry, None);
        }
        entry.status = Status::Written;
        let fingerprint = Fingerprint::of(text);
        entry.simhash = fingerprint.simhash();
        return (entry, Some(fingerprint));
    }
    match process(input, scan.rules, scan.options) {
        Ok(mut processed) => {
            processed.describe(&mut entry);
            (entry, processed.fingerprint)
        }
        Err(bug) => {
            entry.reason = Some(bug);
            (entry, None)
        }
    }
}
