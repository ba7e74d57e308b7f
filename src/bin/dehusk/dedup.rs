//! `dehusk dedup`: which documents say the same, without writing any.

use std::{
    fs::File,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use dehusk::{
    dedup::{ChangeKind, Evidence, Fingerprint, Keep, Verdict, cluster, word_diff},
    pipeline::{self, Scan},
    read::{Source, file, walk},
    report::printable,
    write::{AtomicFile, Entry, Status, path_text},
};

use crate::{
    Exit,
    clean::{is_jsonl, same_file},
    config::{self, KeepArg, LevelArg, RuleArgs, RunArgs, WalkArgs},
    progress,
};

/// How long two texts are compared word by word; after that the rest counts
/// as different. A person waits for it.
const DIFF_PATIENCE: Duration = Duration::from_secs(5);

/// Words at each end of a long stretch that is the same in both.
const SHOWN_WORDS: usize = 8;

/// Find documents that say the same, and report them
///
/// Documents are cleaned before they are compared, so that a shared tail does
/// not make strangers look alike. Nothing but the report is written.
///
///   dehusk dedup scraped/ --clusters clusters.tsv
///   dehusk dedup records.jsonl --clusters -
///   dehusk dedup --explain a.txt b.txt
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Files, folders, or one JSONL file with the fields id and text
    #[arg(required_unless_present = "explain", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Where `id<TAB>cluster` goes, a line for every document; `-` is standard
    /// output. A cluster is named by the id of its kept document
    #[arg(long, value_name = "TSV", required_unless_present = "explain")]
    clusters: Option<PathBuf>,

    /// Say why two files are duplicates or not, and show what differs
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["paths", "clusters"])]
    explain: Option<Vec<PathBuf>>,

    /// Which document of several that say the same is kept [default: first]
    #[arg(long, value_enum)]
    keep: Option<KeepArg>,

    /// How much debris is taken before documents are compared
    #[arg(long, value_enum, default_value = "safe")]
    level: LevelArg,

    /// Compare texts as they are, without cleaning
    #[arg(long)]
    raw: bool,

    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let settings = args.rules.settings()?;
    let max_bytes = args.walk.max_bytes;
    let options = config::options(&settings, args.level, true, args.keep, max_bytes);
    let rules = args.rules.load(&settings)?;
    let scan = Scan {
        rules: &rules,
        raw: args.raw,
        options: &options,
    };
    if let Some(pair) = &args.explain {
        return explain(&scan, pair, out);
    }
    let clusters = args
        .clusters
        .as_deref()
        .context("where to? Give a file with --clusters")?;
    for path in &args.paths {
        ensure!(
            !same_file(path, clusters),
            "{}: the report would be written over the input",
            clusters.display()
        );
    }
    let started = Instant::now();
    let entries = scan_all(args, &scan)?;
    if clusters.as_os_str() == "-" {
        write_clusters(&entries, out)?;
    } else {
        let mut file = AtomicFile::create(clusters)?;
        write_clusters(&entries, &mut file)?;
        file.finish()?;
    }
    if !args.run.quiet {
        tell(&entries, started)?;
    }
    let failed = entries.iter().any(|entry| entry.status == Status::Failed);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn scan_all(args: &Args, scan: &Scan<'_>) -> anyhow::Result<Vec<Entry>> {
    if let [path] = args.paths.as_slice()
        && is_jsonl(path)
    {
        let file = File::open(path).with_context(|| format!("{}", path.display()))?;
        let mut input = BufReader::with_capacity(1 << 20, file);
        let bar = progress::bar(None, args.run.quiet);
        let mut count = |done| bar.inc(done as u64);
        let name = path_text(path);
        return Ok(pipeline::with_jobs(args.run.jobs(), || {
            pipeline::scan_records(scan, &name, &mut input, &mut count)
        })??);
    }
    ensure!(
        !args.paths.iter().any(|path| is_jsonl(path)),
        "compare one JSONL file at a time, apart from other paths"
    );
    let found = walk(&args.paths, &args.walk.options(None))?;
    if let Some(clusters) = args.clusters.as_deref().filter(|path| path.exists()) {
        let input = found
            .sources
            .iter()
            .find(|source| same_file(&source.path, clusters));
        ensure!(
            input.is_none(),
            "{}: the report would be written over the input",
            clusters.display()
        );
    }
    let bar = progress::bar(Some(found.sources.len()), args.run.quiet);
    let mut count = |done| bar.inc(done as u64);
    let mut entries = pipeline::with_jobs(args.run.jobs(), || {
        pipeline::scan_files(scan, &found.sources, &mut count)
    })?;
    for problem in found.problems {
        let path = path_text(&problem.path);
        let mut entry = Entry::new(path.clone(), path);
        entry.reason = Some(problem.reason);
        entries.push(entry);
    }
    Ok(entries)
}

/// One line a document that has text; ids are escaped, so that a line stays a
/// line.
fn write_clusters(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    for entry in entries {
        if matches!(entry.status, Status::Failed | Status::Skipped) {
            continue;
        }
        let cluster = entry.duplicate_of.as_deref().unwrap_or(&entry.id);
        writeln!(out, "{}\t{}", printable(&entry.id), printable(cluster))?;
    }
    Ok(())
}

fn tell(entries: &[Entry], started: Instant) -> io::Result<()> {
    let duplicates = entries
        .iter()
        .filter(|entry| entry.status == Status::Duplicate)
        .count();
    let mut stderr = io::stderr();
    for entry in entries
        .iter()
        .filter(|entry| entry.status == Status::Failed)
    {
        let reason = entry.reason.as_deref().unwrap_or("failed");
        writeln!(stderr, "{}: {}", printable(&entry.path), printable(reason))?;
    }
    writeln!(
        stderr,
        "{} documents in {:.1} s: {duplicates} duplicates",
        entries.len(),
        started.elapsed().as_secs_f64()
    )
}

/// The clean text of a file.
fn text_of(scan: &Scan<'_>, path: &Path) -> anyhow::Result<String> {
    let source = Source::named(path).with_context(|| format!("{}", path.display()))?;
    let text = file::read(&source, scan.options.max_bytes)
        .with_context(|| format!("{}", path.display()))?;
    scan.text(text.decoded.text, text.format)
        .map_err(anyhow::Error::msg)
}

fn explain(scan: &Scan<'_>, pair: &[PathBuf], out: &mut dyn Write) -> anyhow::Result<Exit> {
    let texts = pair
        .iter()
        .map(|path| text_of(scan, path))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (Some(options), [a, b]) = (&scan.options.dedup, texts.as_slice()) else {
        return Ok(Exit::Failed);
    };
    let prints = [Fingerprint::of(a), Fingerprint::of(b)];
    let hashes = prints.each_ref().map(Fingerprint::simhash);
    let verdicts = cluster(prints.into(), Keep::First, options.clone());
    match verdicts.last() {
        Some(Verdict::Duplicate(found)) => writeln!(
            out,
            "duplicates: {:.0} % of the smaller text is in the larger ({})",
            found.similarity * 100.0,
            evidence(&found.evidence)
        )?,
        _ => writeln!(out, "not duplicates")?,
    }
    if let [Some(a), Some(b)] = hashes {
        writeln!(
            out,
            "simhash {a:016x} and {b:016x}: {} of 64 bits differ",
            (a ^ b).count_ones()
        )?;
    }
    show_diff(a, b, out)?;
    Ok(Exit::Done)
}

/// By what a copy was found, as a phrase.
fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Exact => "the words are the same".to_owned(),
        Evidence::Simhash { distance } => format!("found by simhash, {distance} bits apart"),
        Evidence::Shingles { shared, of } => {
            format!("found by shingles, {shared} of {of} sampled ones shared")
        }
        _ => "found otherwise".to_owned(),
    }
}

/// The second text with what differs marked: `[-only in A-]{+only in B+}`.
/// Long stretches that are the same are shown by their ends.
fn show_diff(a: &str, b: &str, out: &mut dyn Write) -> io::Result<()> {
    let diff = word_diff(a, b, DIFF_PATIENCE);
    writeln!(
        out,
        "{} of {} bytes of the first are in the second\n",
        diff.equal_bytes(),
        a.len()
    )?;
    for change in &diff.changes {
        let (old, new) = (&a[change.old.clone()], &b[change.new.clone()]);
        match change.kind {
            ChangeKind::Equal => write!(out, "{} ", shortened(new))?,
            ChangeKind::Deleted => write!(out, "[-{}-] ", printable(old))?,
            ChangeKind::Inserted => write!(out, "{{+{}+}} ", printable(new))?,
            ChangeKind::Replaced => write!(out, "[-{}-]{{+{}+}} ", printable(old), printable(new))?,
        }
    }
    writeln!(out)?;
    if !diff.whole {
        writeln!(out, "… long texts are compared in their first part only")?;
    }
    Ok(())
}

/// A stretch that is the same, on one line: whole if it is short.
fn shortened(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let shown = if words.len() > 2 * SHOWN_WORDS + 1 {
        format!(
            "{} … {}",
            words[..SHOWN_WORDS].join(" "),
            words[words.len() - SHOWN_WORDS..].join(" ")
        )
    } else {
        words.join(" ")
    };
    printable(&shown)
}
