//! From files to a folder of clean files with an account.

use std::{
    collections::HashSet,
    mem,
    ops::Range,
    panic,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
};

use rayon::prelude::*;

use super::{
    Input, Name, Options, Processed, Progress, RunError, digest,
    duplicates::{Decision, Duplicates, Of, Purpose},
    process,
};
use crate::{
    Flag, RuleSet,
    dedup::step,
    read::{Found, Source, file},
    report::{Remark, Report},
    write::{Account, Entry, OutputFolder, Staged, Status, WriteError, path_text},
};

/// How much is in memory at a time: files, and bytes of input. Enough to keep
/// all threads busy, little beside what a page needs while it is parsed.
const CHUNK_FILES: usize = 1024;
const CHUNK_BYTES: u64 = 32 << 20;

/// How many files come to disk together. A sync costs about the same for one
/// file and for thousands, and the next batch is made meanwhile.
const BATCH_FILES: usize = 16 * 1024;

/// A run over files.
#[derive(Debug)]
pub struct FileRun<'a> {
    /// What the walk found.
    pub found: &'a Found,
    /// Where each source is written below the output folder, as
    /// [`plan`](crate::write::plan) says.
    pub outputs: &'a [PathBuf],
    /// The compiled rules.
    pub rules: &'a RuleSet,
    /// What is done.
    pub options: &'a Options,
    /// Whether files of earlier runs that this one does not write go. Nothing
    /// goes if a document failed.
    pub prune: bool,
}

/// Cleans the files of `run` into `out`, and accounts for them.
///
/// # Errors
///
/// Only what concerns the run as a whole, such as a full disk. What concerns
/// one file is in the account and in the report.
pub fn clean_files(
    run: &FileRun<'_>,
    out: &OutputFolder,
    mut account: Account,
    progress: Progress<'_>,
) -> Result<Report, RunError> {
    let mut duplicates = Duplicates::new(run.options, Purpose::Writing, Of::Files)?;
    // One batch under way to disk, one waiting, one being made.
    let (sender, batches) = mpsc::sync_channel(1);
    let (mut report, unwritten) = thread::scope(|scope| {
        let committer = scope.spawn(|| commit_all(batches, out, &mut account));
        let produced = produce(run, out, &sender, &mut duplicates, progress);
        drop(sender);
        let report = committer
            .join()
            .unwrap_or_else(|cause| panic::resume_unwind(cause))?;
        // Only now: if the committer stopped, that is why nothing could be
        // handed to it.
        produced.map(|()| report)
    })?;
    for problem in &run.found.problems {
        let path = path_text(&problem.path);
        let mut entry = Entry::new(path.clone(), path);
        entry.reason = Some(problem.reason.clone());
        report.add(&entry);
        account.enter(&entry)?;
    }
    report.not_documents = run.found.skipped;
    report.special_files = run.found.special;
    // A document that failed has no output this time, and its earlier one may
    // be the last copy.
    let prune = run.prune && report.count(Status::Failed) == 0;
    report.stale = account.publish(out, prune)?;
    // A document that is remembered and was not written would be lost to later
    // runs.
    let unsaved = duplicates.unsaved();
    if !unwritten {
        unsaved.save()?;
    } else if let Some(index) = unsaved.index() {
        report.remarks.push(Remark {
            path: path_text(index),
            status: Status::Failed,
            reason: "the index was not written, since a document was not; run again".to_owned(),
        });
    }
    Ok(report)
}

/// Makes the documents, and hands them over in batches, in input order.
fn produce(
    run: &FileRun<'_>,
    out: &OutputFolder,
    sender: &SyncSender<Vec<Pending>>,
    duplicates: &mut Duplicates,
    progress: Progress<'_>,
) -> Result<(), RunError> {
    let mut pending = Vec::new();
    let mut from = 0;
    while from < run.found.sources.len() {
        let to = chunk_end(&run.found.sources, from);
        pending.extend(chunk(run, out, from..to, duplicates)?);
        // Documents whose fate is open stay staged to the end.
        if pending.len() >= BATCH_FILES && !duplicates.waits() {
            // Nobody takes the batch only if the committer has stopped, and
            // then it says why.
            if sender.send(mem::take(&mut pending)).is_err() {
                return Ok(());
            }
        }
        progress(to - from);
        from = to;
    }
    settle(&mut pending, duplicates)?;
    sender.send(pending).ok();
    Ok(())
}

/// Brings batches to disk and enters them into the account, until no more come.
/// Says, too, whether something could not be written.
fn commit_all(
    batches: Receiver<Vec<Pending>>,
    out: &OutputFolder,
    account: &mut Account,
) -> Result<(Report, bool), RunError> {
    let mut report = Report {
        has_manifest: true,
        ..Report::default()
    };
    let mut unwritten = false;
    let mut lost = HashSet::new();
    let paragraphs = step();
    for mut batch in batches {
        let (places, staged): (Vec<usize>, Vec<Staged>) = batch
            .iter_mut()
            .enumerate()
            .filter_map(|(at, pending)| Some((at, pending.staged.take()?)))
            .unzip();
        for (at, error) in out.commit(staged)? {
            fail(&mut batch[places[at]].entry, &error);
            unwritten = true;
        }
        unwritten |= batch.iter().any(|pending| pending.unwritten);
        let failed = batch
            .iter()
            .filter(|pending| pending.entry.status == Status::Failed);
        lost.extend(failed.map(|pending| pending.entry.id.clone()));
        for Pending { entry, .. } in &mut batch {
            let kept = entry.duplicate_of.as_ref();
            if let Some(kept) = kept.filter(|kept| lost.contains(*kept)) {
                entry.status = Status::Failed;
                entry.reason = Some(format!(
                    "it says the same as {kept}, which could not be written"
                ));
            }
            // What was only reported stands in the document itself.
            let takes = entry.removed.iter().any(|one| one.code == paragraphs);
            let mut repeats = entry.repeats.iter().filter(|_| takes);
            if let Some(repeat) = repeats.find(|repeat| lost.contains(&repeat.first)) {
                entry.status = Status::Failed;
                entry.reason = Some(format!(
                    "it repeats a paragraph of {}, which could not be written",
                    repeat.first
                ));
            }
            account.enter(entry)?;
            report.add(entry);
        }
    }
    Ok((report, unwritten))
}

/// The end of the chunk that begins at `from`.
fn chunk_end(sources: &[Source], from: usize) -> usize {
    let mut bytes = 0;
    let within = sources[from..]
        .iter()
        .take(CHUNK_FILES)
        .take_while(|source| {
            bytes += source.len;
            bytes <= CHUNK_BYTES
        })
        .count();
    from + within.max(1)
}

/// A document on its way: its account, and its file if it has one.
struct Pending {
    entry: Entry,
    staged: Option<Staged>,
    /// The ordinal by which its verdict is found at the end.
    later: Option<usize>,
    /// Whether its file could not be written.
    unwritten: bool,
}

/// Processes the sources of a chunk and stages what is to be written.
fn chunk(
    run: &FileRun<'_>,
    out: &OutputFolder,
    range: Range<usize>,
    duplicates: &mut Duplicates,
) -> Result<Vec<Pending>, RunError> {
    let sources = &run.found.sources[range.clone()];
    let processed: Vec<(Entry, Option<Processed>)> = sources
        .par_iter()
        .map(|source| process_file(source, run))
        .collect();
    // One after the other, in input order: which copy is kept must not depend
    // on which thread was faster.
    let decided: Vec<(Entry, Option<Processed>, Decision)> = processed
        .into_iter()
        .map(|(mut entry, processed)| {
            let Some(mut processed) = processed else {
                return Ok((entry, None, Decision::Drop));
            };
            processed.describe(&mut entry);
            let decision = match processed.fingerprint.take() {
                _ if processed.status == Status::Empty => Decision::Drop,
                Some(fingerprint) => duplicates.next(fingerprint, &mut entry)?,
                None => Decision::Write,
            };
            if decision == Decision::Write {
                processed.take_repeats(duplicates.repeats(), &mut entry);
            }
            Ok((entry, Some(processed), decision))
        })
        .collect::<Result<_, RunError>>()?;
    decided
        .into_par_iter()
        .zip(&run.outputs[range])
        .map(|((entry, processed, decision), output)| {
            stage(out, entry, processed, decision, output)
        })
        .collect::<Result<_, _>>()
        .map_err(RunError::from)
}

/// Drops the files that turned out to be duplicates in the end.
fn settle(pending: &mut [Pending], duplicates: &mut Duplicates) -> Result<(), RunError> {
    let originals = duplicates.finish()?;
    for pending in pending {
        let Some(ordinal) = pending.later else {
            continue;
        };
        let original = originals.get(ordinal).and_then(Option::as_ref);
        let decision = original.map(|told| told.decide(&mut pending.entry));
        if decision == Some(Decision::Drop) {
            pending.staged = None;
            pending.entry.output = None;
            pending.entry.bytes_out = 0;
            pending.entry.digest = None;
        }
    }
    Ok(())
}

fn process_file(source: &Source, run: &FileRun<'_>) -> (Entry, Option<Processed>) {
    let mut entry = Entry::new(path_text(&source.relative), path_text(&source.path));
    let text = match file::read(source, run.options.max_bytes) {
        Ok(text) => text,
        Err(error) => {
            entry.status = if matches!(error, file::ReadError::NotADocument) {
                Status::Skipped
            } else {
                Status::Failed
            };
            entry.reason = Some(error.to_string());
            return (entry, None);
        }
    };
    let input = Input {
        text: text.decoded.text,
        format: text.format,
        name: Name::File(&source.path),
    };
    match process(input, run.rules, run.options) {
        Ok(mut processed) => {
            if text.decoded.lossy {
                processed.flags.insert(Flag::Lossy);
            }
            (entry, Some(processed))
        }
        Err(bug) => {
            entry.reason = Some(bug);
            (entry, None)
        }
    }
}

fn stage(
    out: &OutputFolder,
    mut entry: Entry,
    processed: Option<Processed>,
    decision: Decision,
    output: &Path,
) -> Result<Pending, WriteError> {
    let later = if let Decision::Later(ordinal) = decision {
        Some(ordinal)
    } else {
        None
    };
    let Some(processed) = processed.filter(|_| decision != Decision::Drop) else {
        return Ok(Pending {
            entry,
            staged: None,
            later,
            unwritten: false,
        });
    };
    match out.stage(output, processed.text.as_bytes()) {
        Ok(staged) => {
            entry.output = Some(path_text(output));
            entry.bytes_out = processed.text.len();
            entry.digest = Some(digest(processed.text.as_bytes()));
            Ok(Pending {
                entry,
                staged: Some(staged),
                later,
                unwritten: false,
            })
        }
        Err(error) if error.is_of_one_file() => {
            fail(&mut entry, &error);
            Ok(Pending {
                entry,
                staged: None,
                later: None,
                unwritten: true,
            })
        }
        Err(error) => Err(error),
    }
}

fn fail(entry: &mut Entry, error: &WriteError) {
    entry.status = Status::Failed;
    entry.reason = Some(error.kind.to_string());
    entry.output = None;
    entry.bytes_out = 0;
    entry.digest = None;
}
