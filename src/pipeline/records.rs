//! From records to clean records, in order, without holding them all.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::Path,
};

use rayon::prelude::*;

use super::{
    Input, Name, Options, Processed, Progress, RunError, digest,
    duplicates::{Decision, Duplicates, Of, Purpose, Unsaved},
    process,
};
use crate::{
    Format, RuleSet,
    dedup::Keep,
    read::jsonl::{Line, Lines, Record},
    report::Report,
    write::{AtomicFile, Entry, Status},
};

/// How much is in memory at a time: records, and bytes of them.
const CHUNK_RECORDS: usize = 1024;
const CHUNK_BYTES: usize = 32 << 20;

/// A run over records.
pub struct RecordRun<'a> {
    /// What the manifest calls the input.
    pub name: &'a str,
    /// What the manifest calls the output.
    pub output: &'a str,
    /// The compiled rules.
    pub rules: &'a RuleSet,
    /// What is done.
    pub options: &'a Options,
    /// Where records wait if their fate is open to the end.
    pub spool: Option<&'a Path>,
}

/// Cleans the records of `input` into `out`, and their account into `account`.
/// What is returned beside the report is to be saved when both are in place.
///
/// # Errors
///
/// Only what concerns the run as a whole. A line that is no record is in the
/// account and in the report.
pub fn clean_records(
    run: &RecordRun<'_>,
    input: &mut (dyn BufRead + Send),
    out: &mut (dyn Write + Send),
    account: &mut (dyn Write + Send),
    progress: Progress<'_>,
) -> Result<(Report, Unsaved), RunError> {
    let mut duplicates = Duplicates::new(run.options, Purpose::Writing, Of::Records)?;
    let mut spool = match (duplicates.waits(), run.spool) {
        (false, _) => None,
        (true, Some(path)) => Some(AtomicFile::create(path)?),
        (true, None) => return Err(RunError::NeedsFile),
    };
    let mut report = Report::default();
    let mut waiting = Vec::new();
    let (mut number, mut lines) = (0, Lines::default());
    loop {
        read_chunk(&mut lines, input, &mut number, run.options.max_bytes)?;
        if lines.is_empty() {
            break;
        }
        let count = lines.len();
        let processed: Vec<_> = (0..count)
            .into_par_iter()
            .map(|at| process_line(lines.line(at), run))
            .collect();
        for (mut entry, processed) in processed {
            let decision = decide(&mut entry, processed.as_ref(), &mut duplicates)?;
            match (processed, decision) {
                (Some(mut done), Decision::Write) => {
                    done.take_repeats(&mut duplicates, &mut entry)?;
                    write_record(out, &mut entry, &done, run)?;
                }
                (Some(done), Decision::Later(ordinal)) => {
                    if let Some(spool) = &mut spool {
                        write_record(spool, &mut entry, &done, run)?;
                    }
                    waiting.push((entry, Some(ordinal)));
                    continue;
                }
                _ => {}
            }
            if spool.is_some() {
                waiting.push((entry, None));
            } else {
                enter(&entry, account, &mut report)?;
            }
        }
        progress(count);
    }
    if let Some(spool) = spool {
        settle(spool, waiting, &mut duplicates, out, account, &mut report)?;
    }
    Ok((report, duplicates.unsaved()))
}

/// Reads the next records that are in memory together; none at the end.
pub(super) fn read_chunk(
    lines: &mut Lines,
    input: &mut dyn BufRead,
    number: &mut u64,
    max_bytes: u64,
) -> Result<(), RunError> {
    lines
        .read(input, number, max_bytes, (CHUNK_RECORDS, CHUNK_BYTES))
        .map_err(RunError::Read)
}

/// A record with its clean text in place.
struct Done {
    record: Record<'static>,
    processed: Processed,
}

impl Done {
    /// Takes repeated paragraphs from a record that is written.
    fn take_repeats(
        &mut self,
        duplicates: &mut Duplicates,
        entry: &mut Entry,
    ) -> Result<(), RunError> {
        let processed = &mut self.processed;
        let had_newline = processed.text.ends_with('\n');
        if !processed.take_repeats(duplicates.repeats(), entry) {
            return Ok(());
        }
        if !had_newline && processed.text.ends_with('\n') {
            processed.text.pop();
        }
        // Whatever it came from, the text is in the field for texts by now.
        let set = self.record.set_text(Format::Text, &processed.text);
        set.map_err(RunError::Output)
    }
}

fn process_line(line: Line<'_>, run: &RecordRun<'_>) -> (Entry, Option<Done>) {
    let path = format!("{}:{}", run.name, line.number);
    let parsed = line.bytes.and_then(Record::parse);
    let id = parsed
        .as_ref()
        .ok()
        .and_then(Record::id)
        .unwrap_or_else(|| format!("line-{}", line.number));
    let mut entry = Entry::new(id, path);
    let body = parsed.and_then(|record| Ok((record.body()?, record)));
    let (body, mut record) = match body {
        Ok(found) => found,
        Err(error) => {
            entry.reason = Some(error.to_string());
            return (entry, None);
        }
    };
    let url = record.string("url");
    let id = entry.id.clone();
    let input = Input {
        text: body.text,
        format: body.format,
        name: Name::Record {
            id: &id,
            url: url.as_deref(),
        },
    };
    match process(input, run.rules, run.options) {
        Ok(mut processed) => match finish_record(&mut record, body.format, &mut processed) {
            Ok(()) => {
                if processed.metadata.url.is_none() {
                    processed.metadata.url = url;
                }
                if run.options.keep == Keep::Newest && processed.metadata.date.is_none() {
                    processed.metadata.date = record.string("date");
                }
                processed.describe(&mut entry);
                let record = record.into_owned();
                (entry, Some(Done { record, processed }))
            }
            Err(error) => {
                entry.reason = Some(error.to_string());
                (entry, None)
            }
        },
        Err(bug) => {
            entry.reason = Some(bug);
            (entry, None)
        }
    }
}

/// Puts the clean text into the record. A record's text has no final newline
/// unless it came with one: it is a string, not a file.
fn finish_record(
    record: &mut Record<'_>,
    format: Format,
    processed: &mut Processed,
) -> io::Result<()> {
    let had_newline = format != Format::Html
        && record
            .string("text")
            .is_some_and(|text| text.ends_with('\n'));
    if !had_newline && processed.text.ends_with('\n') {
        processed.text.pop();
    }
    record.set_text(format, &processed.text)
}

fn decide(
    entry: &mut Entry,
    done: Option<&Done>,
    duplicates: &mut Duplicates,
) -> Result<Decision, RunError> {
    let Some(done) = done.filter(|_| entry.status != Status::Empty) else {
        return Ok(Decision::Drop);
    };
    match &done.processed.fingerprint {
        Some(fingerprint) => duplicates.next(fingerprint.clone(), entry),
        None => Ok(Decision::Write),
    }
}

fn write_record(
    out: &mut (dyn Write + Send),
    entry: &mut Entry,
    done: &Done,
    run: &RecordRun<'_>,
) -> Result<(), RunError> {
    entry.output = Some(run.output.to_owned());
    let text = &done.processed.text;
    entry.bytes_out = text.len();
    entry.digest = Some(digest(text.as_bytes()));
    done.record.write(out).map_err(RunError::Output)
}

fn enter(
    entry: &Entry,
    account: &mut (dyn Write + Send),
    report: &mut Report,
) -> Result<(), RunError> {
    report.add(entry);
    serde_json::to_writer(&mut *account, entry)
        .map_err(io::Error::from)
        .and_then(|()| account.write_all(b"\n"))
        .map_err(RunError::Output)
}

/// Copies the records that are kept in the end.
fn settle(
    mut spool: AtomicFile,
    waiting: Vec<(Entry, Option<usize>)>,
    duplicates: &mut Duplicates,
    out: &mut (dyn Write + Send),
    account: &mut (dyn Write + Send),
    report: &mut Report,
) -> Result<(), RunError> {
    let originals = duplicates.finish()?;
    let mut records = BufReader::new(spool.reopen()?);
    let mut line = Vec::new();
    for (mut entry, ordinal) in waiting {
        if let Some(ordinal) = ordinal {
            line.clear();
            records
                .read_until(b'\n', &mut line)
                .map_err(RunError::Read)?;
            let original = originals.get(ordinal).and_then(Option::as_ref);
            let decision = original.map(|told| told.decide(&mut entry));
            if decision == Some(Decision::Drop) {
                (entry.output, entry.bytes_out, entry.digest) = (None, 0, None);
            } else {
                out.write_all(&line).map_err(RunError::Output)?;
            }
        }
        enter(&entry, account, report)?;
    }
    Ok(())
}
