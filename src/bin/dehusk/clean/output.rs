//! The runs of `dehusk clean` that write something: each to a place of its own.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use dehusk::{
    RuleSet,
    pipeline::{self, FileRun, Options, RecordRun},
    read::walk,
    report::Report,
    write::{AtomicFile, OutputFolder, Status, path_text, plan},
};

use super::{Args, ToArg, mode::same_file};
use crate::{Exit, inplace::complain, progress, stream};

/// One document to a file of its own, as `-o - > output` would, but whole or
/// not at all.
pub(super) fn file(
    args: &Args,
    input: &Path,
    output: &Path,
    rules: &RuleSet,
    options: &Options,
) -> anyhow::Result<Exit> {
    ensure!(!args.prune, "--prune goes with an output folder");
    ensure!(
        !same_file(input, output),
        "{}: the output is the input; choose another file (`dehusk fix` cleans in place)",
        output.display()
    );
    ensure!(
        args.force || !output.exists(),
        "{}: is in the way; move it, choose another output, or use --force",
        output.display()
    );
    let mut clean = AtomicFile::create(output)?;
    let status = stream::clean_file(input, rules, options, &mut clean)?;
    if status == Status::Empty {
        // As in a folder: nothing takes the place of what was there.
        complain(&format!(
            "{}: nothing is left of it, so {} is not written",
            input.display(),
            output.display()
        ));
        return Ok(Exit::Done);
    }
    clean.finish()?;
    if !args.run.quiet {
        complain(&format!(
            "{}: written; `dehusk explain {}` tells what went, and a folder as output has a manifest",
            output.display(),
            input.display()
        ));
    }
    Ok(Exit::Done)
}

/// Files and folders to a folder.
pub(super) fn files(
    args: &Args,
    output: &Path,
    rules: &RuleSet,
    options: &Options,
) -> anyhow::Result<Report> {
    refuse_over_input(&args.paths, output)?;
    if let (Some(input), false) = (holding(&args.paths, output), args.run.quiet) {
        complain(&format!(
            "{}: lies in the input {}, and is not read",
            output.display(),
            input.display()
        ));
    }
    let own = args.dedup.indexes().chain([output]).map(Path::to_path_buf);
    let found = walk(&args.paths, &args.walk.options(own))?;
    let suffix = if args.to == ToArg::Markdown {
        "md"
    } else {
        "txt"
    };
    // Planned before the folder is touched, so that a collision leaves nothing.
    let mut outputs = plan(&found.sources, suffix, false)?;
    let (folder, mut account) = OutputFolder::open(output)?;
    if folder.folds_case() {
        outputs = plan(&found.sources, suffix, true)?;
    }
    account.plan(&outputs, args.force)?;
    if found.sources.is_empty() && found.problems.is_empty() && !args.run.quiet {
        complain(
            "no documents found; hidden and ignored files count only with --hidden and --no-ignore",
        );
    }
    let run = FileRun {
        found: &found,
        outputs: &outputs,
        rules,
        options,
        prune: args.prune,
    };
    let bar = progress::bar(Some(found.sources.len()), args.run.quiet);
    let report = pipeline::with_jobs(args.run.jobs(), || {
        pipeline::clean_files(&run, &folder, account, &mut |done| bar.inc(done as u64))
    })??;
    bar.finish_and_clear();
    Ok(report)
}

/// The output may lie inside the input, where the walk leaves it out, but
/// never be it or hold it.
fn refuse_over_input(paths: &[PathBuf], output: &Path) -> anyhow::Result<()> {
    let Ok(real_output) = fs::canonicalize(output) else {
        return Ok(());
    };
    for path in paths {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        ensure!(
            !real.starts_with(&real_output),
            "{}: the output is or holds the input {}; choose another folder",
            output.display(),
            path.display()
        );
    }
    Ok(())
}

/// The input folder that the output lies in.
fn holding<'a>(paths: &'a [PathBuf], output: &Path) -> Option<&'a Path> {
    let output = std::path::absolute(output).ok()?;
    let real = output
        .ancestors()
        .find_map(|part| fs::canonicalize(part).ok())?;
    let holds = |path: &&PathBuf| {
        path.is_dir() && fs::canonicalize(path).is_ok_and(|path| real.starts_with(path))
    };
    paths.iter().find(holds).map(PathBuf::as_path)
}

/// Records to a file, with a manifest beside it.
pub(super) fn records(
    args: &Args,
    input: &Path,
    output: &Path,
    rules: &RuleSet,
    options: &Options,
) -> anyhow::Result<Report> {
    let file = File::open(input).with_context(|| format!("{}", input.display()))?;
    ensure!(!args.prune, "--prune goes with an output folder");
    ensure!(
        !output.is_dir(),
        "{}: records are cleaned into a file, and this is a folder",
        output.display()
    );
    let manifest = output.with_extension("dehusk-manifest.jsonl");
    for path in [output, &manifest] {
        ensure!(
            !same_file(input, path),
            "{}: the output is the input; choose another file",
            path.display()
        );
    }
    ensure!(
        args.force || !output.exists() || manifest.exists(),
        "{}: is in the way and was not written by dehusk; move it, choose another output, or use --force",
        output.display()
    );
    let mut clean = AtomicFile::create(output)?;
    let mut account = AtomicFile::create(&manifest)?;
    let spool = output.with_extension("dehusk-spool");
    let run = RecordRun {
        name: &path_text(input),
        output: &path_text(output),
        rules,
        options,
        spool: Some(&spool),
    };
    let bar = progress::bar(None, args.run.quiet);
    let mut input = BufReader::with_capacity(1 << 20, file);
    let (report, unsaved) = pipeline::with_jobs(args.run.jobs(), || {
        pipeline::clean_records(&run, &mut input, &mut clean, &mut account, &mut |done| {
            bar.inc(done as u64);
        })
    })??;
    bar.finish_and_clear();
    // The account last: it never speaks of records that are not there.
    clean.finish()?;
    account.finish()?;
    unsaved.save()?;
    Ok(Report {
        has_manifest: true,
        ..report
    })
}

/// Records to standard output.
pub(super) fn record_stream(
    args: &Args,
    input: Option<&Path>,
    rules: &RuleSet,
    options: &Options,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<Report> {
    let name = input.map_or_else(|| "-".to_owned(), path_text);
    let run = RecordRun {
        name: &name,
        output: "-",
        rules,
        options,
        spool: None,
    };
    let source: Box<dyn Read + Send> = match input {
        Some(path) => Box::new(File::open(path).with_context(|| path.display().to_string())?),
        None => Box::new(io::stdin()),
    };
    let mut input = BufReader::with_capacity(1 << 20, source);
    let (report, unsaved) = pipeline::with_jobs(args.run.jobs(), || {
        pipeline::clean_records(&run, &mut input, out, &mut io::sink(), &mut |_| {})
    })??;
    out.flush()?;
    unsaved.save()?;
    Ok(report)
}
