//! `dehusk dedup`: which documents say the same, without writing any.

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use dehusk::{
    dedup::{
        DedupOptions, Evidence, Keep, Paragraphs,
        index::{Access, IndexErrorKind, open_as_it_is},
    },
    pipeline::{self, Each, Options, Remember, RunError, Scan},
    read::walk,
    report::{plural, printable},
    write::{AtomicFile, Entry, Repeat, Status, path_text},
};
use serde::Serialize;

use crate::{
    Exit,
    clean::{is_jsonl, same_file},
    dedup_args::DedupArgs,
    dedup_explain::explain,
    flags::{self, LevelArg, RuleArgs, RunArgs, WalkArgs},
    progress,
};

/// Find documents that say the same, and report them
///
/// Documents are cleaned before they are compared, so that a shared tail does
/// not make strangers look alike. Nothing but the reports is written; without
/// any, copies are listed on standard output, each with what it says the same as.
///
///   dehusk dedup scraped/
///   dehusk dedup scraped/ --clusters clusters.tsv
///   dehusk dedup records.jsonl --clusters -
///   dehusk dedup new.jsonl --against seen/ --report -
///   dehusk dedup --explain a.txt b.txt
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Files, folders, one JSONL file with the fields id and text, or `-` for
    /// such records from standard input
    #[arg(required_unless_present = "explain", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Where `id<TAB>cluster` goes, a line for every document; `-` is standard
    /// output. A cluster is named by the id of its kept document
    #[arg(long, value_name = "TSV")]
    clusters: Option<PathBuf>,

    /// Where a line of JSON for every duplicate goes: its id, the kept one's,
    /// the similarity, and how it was found; `-` is standard output
    #[arg(long, value_name = "JSONL")]
    report: Option<PathBuf>,

    /// Where a line of JSON for every paragraph goes that an earlier document
    /// of the same site has: its document and place, and the first document
    /// that has it; `-` is standard output
    #[arg(long, value_name = "JSONL")]
    paragraphs: Option<PathBuf>,

    /// Say why two files are duplicates or not, and show what differs
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["paths", "clusters", "report", "paragraphs"])]
    explain: Option<Vec<PathBuf>>,

    /// How much debris is taken before documents are compared
    #[arg(long, value_enum, default_value = "safe")]
    level: LevelArg,

    /// Compare texts as they are, without cleaning
    #[arg(long)]
    raw: bool,

    #[command(flatten)]
    dedup: DedupArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

/// Which documents are put into an index, or asked about.
#[derive(Debug, clap::Args)]
pub(crate) struct IndexArgs {
    /// The folder of the index
    index: PathBuf,

    /// Files, folders, one JSONL file, or `-` for records from standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

/// Which documents are put into an index, and how they are cleaned first.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    /// How much debris is taken before documents are compared [default: as the
    /// index has it, and safe in a new one]; `clean` compares at level full
    #[arg(long, value_enum)]
    level: Option<LevelArg>,

    #[command(flatten)]
    of: IndexArgs,
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let settings = args.rules.settings()?;
    let max_bytes = args.walk.max_bytes;
    let mut options = flags::options(&settings, args.level, true, args.dedup.keep, max_bytes);
    let texts = if args.raw { "raw" } else { args.level.name() };
    args.dedup.apply(&mut options, texts, &args.paths)?;
    options.paragraphs = args.paragraphs.as_ref().map(|_| Paragraphs::Report);
    let rules = args.rules.load_with_places(&settings, &mut options)?;
    let scan = Scan {
        rules: &rules,
        raw: args.raw,
        options: &options,
    };
    if let Some(pair) = &args.explain {
        return explain(&scan, pair, out);
    }
    let reports: Vec<&Path> = [&args.clusters, &args.report, &args.paragraphs]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    let to_stdout = reports
        .iter()
        .filter(|path| path.as_os_str() == "-")
        .count();
    ensure!(to_stdout < 2, "only one report can go to standard output");
    let documents = Inputs {
        paths: &args.paths,
        reports: &reports,
        exclude: args.dedup.indexes().collect(),
        run: &args.run,
        walk: &args.walk,
    };
    documents.refuse_over(&args.paths)?;
    let mut tally = Tally::new();
    let mut clusters = Target::open(args.clusters.as_deref())?;
    let mut report = Target::open(args.report.as_deref())?;
    let mut paragraphs = Target::open(args.paragraphs.as_deref())?;
    documents.scan(&scan, &mut |entry| {
        if reports.is_empty() {
            list_duplicate(&entry, out).map_err(RunError::Output)?;
        }
        clusters.write(out, |to| write_cluster(&entry, to))?;
        report.write(out, |to| write_duplicate(&entry, to))?;
        paragraphs.write(out, |to| write_repeats(&entry, to))?;
        tally.add(entry)
    })?;
    clusters.finish()?;
    report.finish()?;
    paragraphs.finish()?;
    tally.tell(args.run.quiet)
}

/// Puts documents into an index.
pub(crate) fn add(args: &AddArgs, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    with_index(&args.of, Access::Create, args.level, out)
}

/// Says of documents what they are copies of, a line for each.
pub(crate) fn query(args: &IndexArgs, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    with_index(args, Access::Read, None, out)
}

fn with_index(
    args: &IndexArgs,
    access: Access,
    level: Option<LevelArg>,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<Exit> {
    let settings = args.rules.settings()?;
    // What an index was made with holds for all that is compared with it.
    let (dedup, texts) = match open_as_it_is(&args.index, Access::Read) {
        Ok(index) => (index.options().clone(), index.texts().to_owned()),
        Err(error) if access == Access::Create && matches!(error.kind, IndexErrorKind::Missing) => {
            let level = level.unwrap_or(LevelArg::Safe);
            (DedupOptions::default(), level.name().to_owned())
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(level) = level
        && level.name() != texts
    {
        bail!(
            "{}: was made with {}; leave out `--level {}`, or make another index",
            args.index.display(),
            if texts == "raw" {
                "texts as they are".to_owned()
            } else {
                format!("texts cleaned at level {texts}")
            },
            level.name()
        );
    }
    let level = if texts == "full" {
        LevelArg::Full
    } else {
        LevelArg::Safe
    };
    let mut options = flags::options(&settings, level, true, None, args.walk.max_bytes);
    options.dedup = Some(dedup);
    options.keep = Keep::First;
    options.remember = Some(Remember {
        path: args.index.clone(),
        access,
        // Asked is what the index knows, not what the documents are to each
        // other.
        alone: access == Access::Read,
        whole: args.paths.clone(),
    });
    let rules = args.rules.load_with_places(&settings, &mut options)?;
    let scan = Scan {
        rules: &rules,
        raw: texts == "raw",
        options: &Options {
            texts: texts.clone(),
            ..options
        },
    };
    let documents = Inputs {
        paths: &args.paths,
        reports: &[],
        exclude: vec![&args.index],
        run: &args.run,
        walk: &args.walk,
    };
    let mut tally = Tally::new();
    documents.scan(&scan, &mut |entry| {
        if access == Access::Read {
            write_duplicate(&entry, out).map_err(RunError::Output)?;
        }
        tally.add(entry)
    })?;
    tally.tell(args.run.quiet)
}

/// Where documents come from.
struct Inputs<'a> {
    paths: &'a [PathBuf],
    /// Files that are written.
    reports: &'a [&'a Path],
    /// Folders that are no documents: those of indexes.
    exclude: Vec<&'a Path>,
    run: &'a RunArgs,
    walk: &'a WalkArgs,
}

impl Inputs<'_> {
    fn refuse_over<P: AsRef<Path>>(&self, inputs: &[P]) -> anyhow::Result<()> {
        for report in self.reports {
            ensure!(
                !inputs.iter().any(|path| same_file(path.as_ref(), report)),
                "{}: the report would be written over the input",
                report.display()
            );
        }
        Ok(())
    }

    /// Gives the account of every document to `each`.
    fn scan(&self, scan: &Scan<'_>, each: Each<'_>) -> anyhow::Result<()> {
        if let [path] = self.paths
            && (is_jsonl(path) || path.as_os_str() == "-")
        {
            return self.scan_records(scan, path, each);
        }
        let is_record = |path: &PathBuf| is_jsonl(path) || path.as_os_str() == "-";
        ensure!(
            !self.paths.iter().any(is_record),
            "compare one JSONL file at a time, apart from other paths"
        );
        let own = self.exclude.iter().map(|folder| folder.to_path_buf());
        let found = walk(self.paths, &self.walk.options(own))?;
        let sources: Vec<&Path> = found.sources.iter().map(|source| &*source.path).collect();
        if self.reports.iter().any(|report| report.exists()) {
            self.refuse_over(&sources)?;
        }
        let bar = progress::bar(Some(found.sources.len()), self.run.quiet);
        let mut count = |done| bar.inc(done as u64);
        pipeline::with_jobs(self.run.jobs(), || {
            pipeline::scan_files(scan, &found.sources, &mut count, each)
        })??;
        for problem in found.problems {
            let path = path_text(&problem.path);
            let mut entry = Entry::new(path.clone(), path);
            entry.reason = Some(problem.reason);
            each(entry)?;
        }
        Ok(())
    }

    fn scan_records(&self, scan: &Scan<'_>, path: &Path, each: Each<'_>) -> anyhow::Result<()> {
        let source: Box<dyn Read + Send> = if path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).with_context(|| format!("{}", path.display()))?)
        };
        let mut input = BufReader::with_capacity(1 << 20, source);
        let bar = progress::bar(None, self.run.quiet);
        let mut count = |done| bar.inc(done as u64);
        let name = path_text(path);
        Ok(pipeline::with_jobs(self.run.jobs(), || {
            pipeline::scan_records(scan, &name, &mut input, &mut count, each)
        })??)
    }
}

/// Where a report goes.
enum Target {
    Nowhere,
    Stdout,
    File(AtomicFile),
}

impl Target {
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        Ok(match path {
            None => Self::Nowhere,
            Some(path) if path.as_os_str() == "-" => Self::Stdout,
            Some(path) => Self::File(AtomicFile::create(path)?),
        })
    }

    fn write(
        &mut self,
        out: &mut dyn Write,
        line: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), RunError> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Stdout => line(out),
            Self::File(file) => line(file),
        }
        .map_err(RunError::Output)
    }

    fn finish(self) -> anyhow::Result<()> {
        if let Self::File(file) = self {
            file.finish()?;
        }
        Ok(())
    }
}

/// One line a document that has text; ids are escaped, so that a line stays a
/// line.
fn write_cluster(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    if matches!(entry.status, Status::Failed | Status::Skipped) {
        return Ok(());
    }
    let cluster = entry.duplicate_of.as_deref().unwrap_or(&entry.id);
    writeln!(out, "{}\t{}", printable(&entry.id), printable(cluster))
}

/// One line a duplicate, for a person.
fn list_duplicate(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let Some(kept) = &entry.duplicate_of else {
        return Ok(());
    };
    let similarity = entry.similarity.map_or_else(String::new, |similarity| {
        format!(" (similarity {similarity:.2})")
    });
    let (id, kept) = (printable(&entry.id), printable(kept));
    writeln!(out, "{id}: says the same as {kept}{similarity}")
}

/// One line a duplicate.
fn write_duplicate(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        id: &'a str,
        path: &'a str,
        duplicate_of: &'a str,
        similarity: Option<f64>,
        evidence: Option<Evidence>,
    }
    let Some(kept) = &entry.duplicate_of else {
        return Ok(());
    };
    let duplicate = Line {
        id: &entry.id,
        path: &entry.path,
        duplicate_of: kept,
        similarity: entry.similarity,
        evidence: entry.evidence,
    };
    serde_json::to_writer(&mut *out, &duplicate)?;
    out.write_all(b"\n")
}

/// One line a paragraph that an earlier document has.
fn write_repeats(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        id: &'a str,
        path: &'a str,
        #[serde(flatten)]
        repeat: &'a Repeat,
    }
    for repeat in &entry.repeats {
        let line = Line {
            id: &entry.id,
            path: &entry.path,
            repeat,
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// What is told at the end.
struct Tally {
    started: Instant,
    documents: usize,
    duplicates: usize,
    failed: Vec<(String, Option<String>)>,
}

impl Tally {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            documents: 0,
            duplicates: 0,
            failed: Vec::new(),
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the last step of a function that may fail"
    )]
    fn add(&mut self, entry: Entry) -> Result<(), RunError> {
        self.documents += 1;
        self.duplicates += usize::from(entry.status == Status::Duplicate);
        if entry.status == Status::Failed {
            self.failed.push((entry.path, entry.reason));
        }
        Ok(())
    }

    fn tell(self, quiet: bool) -> anyhow::Result<Exit> {
        let mut stderr = io::stderr();
        if !quiet {
            for (path, reason) in &self.failed {
                let reason = reason.as_deref().unwrap_or("failed");
                writeln!(stderr, "{}: {}", printable(path), printable(reason))?;
            }
            let seconds = self.started.elapsed().as_secs_f64();
            writeln!(
                stderr,
                "{} in {seconds:.1} s: {}",
                plural(self.documents, "document"),
                plural(self.duplicates, "duplicate")
            )?;
        }
        Ok(if self.failed.is_empty() {
            Exit::Done
        } else {
            Exit::Failed
        })
    }
}
