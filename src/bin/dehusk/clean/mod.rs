//! `dehusk clean`: the main job.

mod mode;
mod output;

pub(crate) use mode::{is_jsonl, same_file};

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::ensure;
use clap::ValueEnum;
use dehusk::{
    Format,
    dedup::Paragraphs,
    report::{Report, Summary, to_json},
    write::Status,
};

use self::{
    mode::{Mode, mode},
    output::{file, files, record_stream, records},
};
use crate::{
    Exit,
    dedup_args::DedupArgs,
    flags::{self, FormatArg, LevelArg, RuleArgs, RunArgs, WalkArgs},
    stream,
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

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let mode = mode(args)?;
    let settings = args.rules.settings()?;
    let dedup = !args.no_dedup;
    let max_bytes = args.walk.max_bytes;
    let mut options = flags::options(&settings, args.level, dedup, args.dedup.keep, max_bytes);
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
        Mode::Stream(file) => {
            match file {
                Some(file) => stream::clean_file(file, &rules, &options, out)?,
                None => stream::clean(args.stdin, &rules, &options, out)?,
            };
            return Ok(Exit::Done);
        }
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
