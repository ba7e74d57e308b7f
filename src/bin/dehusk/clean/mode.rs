//! What a call of `dehusk clean` asks for, by its paths and its output.

use std::{fs, path::Path};

use anyhow::{Context, bail, ensure};
use dehusk::{
    Format,
    read::{Kind, kind_of_name},
};

use super::{Args, StdinArg};
use crate::flags::FormatArg;

/// What the arguments ask for.
pub(super) enum Mode<'a> {
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

/// What the arguments ask for.
///
/// # Errors
///
/// They contradict each other.
pub(super) fn mode(args: &Args) -> anyhow::Result<Mode<'_>> {
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
