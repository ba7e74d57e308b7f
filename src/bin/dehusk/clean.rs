//! `dehusk clean`: the main job.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use dehusk::{
    Format, RuleSet,
    dedup::Paragraphs,
    pipeline::{self, FileRun, Options, RecordRun},
    read::{Kind, kind_of_name, walk},
    report::{Report, Summary, to_json},
    write::{AtomicFile, OutputFolder, Status, path_text, plan},
};

use crate::{
    Exit,
    config::{self, FormatArg, LevelArg, RuleArgs, RunArgs, WalkArgs},
    dedup_args::DedupArgs,
    inplace::complain,
    progress, stream,
};

/// Clean files, folders, records or a stream
///
/// Writes clean copies and leaves the input as it is. A document that says the
/// same as an earlier one is not written. OUT/dehusk-manifest.jsonl accounts
/// for every document and every removal.
///
///   dehusk clean scraped/ -o clean/          files and folders
///   dehusk clean page.html -o story.txt      one document into one file
///   dehusk clean in.jsonl -o out.jsonl       records with id, and text or html
///   dehusk clean - < page.html > page.txt    one document
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Args {
    /// Files, folders, one JSONL file, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Where the clean files go: a folder; a file for one document or records
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// How much is taken
    #[arg(long, value_enum, default_value = "full")]
    level: LevelArg,

    /// Write near-duplicates, too
    #[arg(long)]
    no_dedup: bool,

    /// Paragraphs that an earlier document of the same site has, letter by
    /// letter: name them in the manifest, or take them
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Duplicates")]
    paragraphs: Option<ParagraphsArg>,

    /// What pages become
    #[arg(long, value_enum, default_value = "text")]
    to: ToArg,

    /// Write title, author, date, site, address and language of a page before
    /// its text, as YAML
    #[arg(long)]
    front_matter: bool,

    /// What standard input holds [default: told by its content]
    #[arg(long, value_enum, value_name = "FORMAT")]
    stdin: Option<StdinArg>,

    /// How the summary is told
    #[arg(
        long,
        visible_alias = "output-format",
        value_enum,
        default_value = "human"
    )]
    format: FormatArg,

    /// Overwrite files in OUT that dehusk did not write
    #[arg(long)]
    force: bool,

    /// Remove files that an earlier run wrote to OUT and this one did not
    #[arg(long)]
    prune: bool,

    #[command(flatten)]
    dedup: DedupArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

/// What is done about repeated paragraphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ParagraphsArg {
    /// The manifest names them
    Report,
    /// The first document keeps them, later ones lose them; no document loses
    /// more than half of its words
    Remove,
}

impl From<ParagraphsArg> for Paragraphs {
    fn from(what: ParagraphsArg) -> Self {
        match what {
            ParagraphsArg::Report => Self::Report,
            ParagraphsArg::Remove => Self::Remove,
        }
    }
}

/// What pages become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ToArg {
    /// Plain text, in .txt files
    Text,
    /// Headings, lists, links and code, in .md files
    Markdown,
}

/// What standard input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StdinArg {
    /// One plain text
    Text,
    /// One Markdown text
    Markdown,
    /// One page
    Html,
    /// Records, one a line
    Jsonl,
}

/// What the arguments ask for.
enum Mode<'a> {
    /// One document, of this file or of standard input, to standard output.
    Stream(Option<&'a Path>),
    /// Records, of this file or of standard input, to standard output.
    RecordStream(Option<&'a Path>),
    Records {
        input: &'a Path,
        output: &'a Path,
    },
    Files {
        output: &'a Path,
    },
    /// One document to a file of its own.
    File {
        input: &'a Path,
        output: &'a Path,
    },
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let mode = mode(args)?;
    let settings = args.rules.settings()?;
    let dedup = !args.no_dedup;
    let max_bytes = args.walk.max_bytes;
    let mut options = config::options(&settings, args.level, dedup, args.dedup.keep, max_bytes);
    ensure!(
        dedup || args.dedup.keep.is_none(),
        "--keep says which duplicates stay, and --no-dedup keeps all"
    );
    args.dedup
        .apply(&mut options, args.level.name(), &args.paths)?;
    let rules = args.rules.load_with_places(&settings, &mut options)?;
    if args.to == ToArg::Markdown {
        options.extract.to = Format::Markdown;
    }
    options.extract.front_matter = args.front_matter;
    options.paragraphs = args.paragraphs.map(Paragraphs::from);
    ensure!(
        args.paragraphs.is_none() || !matches!(mode, Mode::Stream(_)),
        "--paragraphs compares documents, and there is one"
    );
    let started = Instant::now();
    let report = match mode {
        Mode::Stream(Some(file)) => return stream::clean_file(file, &rules, &options, out),
        Mode::Stream(None) => return stream::clean(args.stdin, &rules, &options, out),
        Mode::File { input, output } => return file(args, input, output, &rules, &options),
        Mode::RecordStream(input) => record_stream(args, input, &rules, &options, out)?,
        Mode::Records { input, output } => records(args, input, output, &rules, &options)?,
        Mode::Files { output } => files(args, output, &rules, &options)?,
    };
    tell(args, &report, started, out)?;
    Ok(if report.count(Status::Failed) > 0 {
        Exit::Failed
    } else {
        Exit::Done
    })
}

fn mode(args: &Args) -> anyhow::Result<Mode<'_>> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        ensure!(
            args.paths.len() == 1,
            "standard input (`-`) cannot be joined with other paths"
        );
        ensure!(
            !args.force && !args.prune,
            "--force and --prune go with an output folder or file"
        );
        ensure!(
            args.output.is_none(),
            "standard input goes to standard output; leave out -o, or name the file"
        );
        if args.stdin == Some(StdinArg::Jsonl) {
            return Ok(Mode::RecordStream(None));
        }
        for_one_document(args)?;
        return Ok(Mode::Stream(None));
    }
    ensure!(args.stdin.is_none(), "--stdin goes with `-`");
    let output = args
        .output
        .as_deref()
        .context("where to? Give an output folder with -o")?;
    if output.as_os_str() == "-" {
        return to_stdout(args);
    }
    match args.paths.as_slice() {
        [input] if is_jsonl(input) => Ok(Mode::Records { input, output }),
        paths => {
            if let Some(path) = paths.iter().find(|path| is_jsonl(path)) {
                bail!(
                    "{}: clean one JSONL file at a time, apart from other paths",
                    path.display()
                );
            }
            ensure!(
                !is_jsonl(output),
                "{}: files and folders are cleaned into a folder, not into a JSONL file",
                output.display()
            );
            if !is_named_as_text(output) {
                return Ok(Mode::Files { output });
            }
            match paths {
                [input] if !input.is_dir() => {
                    for_one_document(args)?;
                    Ok(Mode::File { input, output })
                }
                _ => bail!(
                    "{0}: has the name of a text, and several files go into a folder; \
                     choose another name, or make the folder first (`mkdir {0}`)",
                    output.display()
                ),
            }
        }
    }
}

/// Whether an output has the name of a text, and is no folder that has it, too.
fn is_named_as_text(output: &Path) -> bool {
    !output.is_dir()
        && matches!(
            kind_of_name(output),
            Kind::Document(Format::Text | Format::Markdown)
        )
}

/// One document to a file of its own, as `-o - > output` would, but whole or
/// not at all.
fn file(
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
    let exit = stream::clean_file(input, rules, options, &mut clean)?;
    clean.finish()?;
    if !args.run.quiet {
        complain(&format!(
            "{}: written; `dehusk explain {}` tells what went, and a folder as output has a manifest",
            output.display(),
            input.display()
        ));
    }
    Ok(exit)
}

/// Refuses what says nothing of one document by itself, rather than to pass it
/// over without a word.
fn for_one_document(args: &Args) -> anyhow::Result<()> {
    ensure!(
        !args.dedup.is_asked(),
        "one document is compared with no other; --index, --against, --keep, --within and \
         --similarity go with folders and records"
    );
    ensure!(
        args.format == FormatArg::Human,
        "one document has no summary; --format goes with folders and records"
    );
    Ok(())
}

/// What `-o -` asks for. A folder named `-` would be a surprise.
fn to_stdout(args: &Args) -> anyhow::Result<Mode<'_>> {
    ensure!(
        !args.force && !args.prune,
        "--force and --prune go with an output folder or file"
    );
    match args.paths.as_slice() {
        [input] if is_jsonl(input) => Ok(Mode::RecordStream(Some(input))),
        [input] if !input.is_dir() => {
            for_one_document(args)?;
            Ok(Mode::Stream(Some(input)))
        }
        _ => bail!(
            "-o -: standard output takes one document or one JSONL file; \
             name a folder (`./-` if it is to have that name)"
        ),
    }
}

fn files(args: &Args, output: &Path, rules: &RuleSet, options: &Options) -> anyhow::Result<Report> {
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

fn records(
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
    Ok(report)
}

/// Whether both paths lead to one file that is there.
pub(crate) fn same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// Whether a path names records.
pub(crate) fn is_jsonl(path: &Path) -> bool {
    let suffix = path.extension().unwrap_or_default();
    (suffix.eq_ignore_ascii_case("jsonl") || suffix.eq_ignore_ascii_case("ndjson"))
        && !path.is_dir()
}

fn record_stream(
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

fn tell(args: &Args, report: &Report, started: Instant, out: &mut dyn Write) -> anyhow::Result<()> {
    let elapsed = started.elapsed();
    let is_taken = args.stdin.is_some() || args.output.as_deref() == Some(Path::new("-"));
    let to_stdout = args.format == FormatArg::Json && !is_taken;
    if to_stdout {
        writeln!(out, "{}", to_json(report, elapsed))?;
    } else if args.format == FormatArg::Json {
        writeln!(io::stderr(), "{}", to_json(report, elapsed))?;
    } else if !args.run.quiet {
        write!(io::stderr(), "{}", Summary { report, elapsed })?;
    }
    Ok(())
}
