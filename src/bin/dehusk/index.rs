//! `dehusk index`: what an index remembers, and its care.

use std::{
    io::Write,
    path::{Path, PathBuf, absolute},
};

use anyhow::Context;
use dehusk::{
    dedup::index::{Access, Compacted, Index, open_as_it_is},
    report::{grouped, plural, printable},
    write::path_text,
};

use crate::{Exit, dedup};

/// Look after the documents that earlier runs remember
///
///   dehusk index add seen/ scraped/                  remembers documents
///   dehusk clean scraped/ -o clean/ --index seen/    does so, too
///   dehusk index info seen/
///   dehusk index remove seen/ scraped/old.html
///   dehusk index query seen/ new.txt                 which are known already?
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// How many documents it has, and how it was made
    Info {
        /// The folder of the index
        index: PathBuf,
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Read all of it and compare it with its checksums
    Verify {
        /// The folder of the index
        index: PathBuf,
    },
    /// Write it as one file, without what was removed
    Compact {
        /// The folder of the index
        index: PathBuf,
    },
    /// Forget documents; a copy of a kept one is kept in its place
    Remove {
        /// The folder of the index
        index: PathBuf,
        /// Ids of records, or paths of files
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Remember documents, as --index of `clean` and `dedup` does
    Add(dedup::AddArgs),
    /// Say which documents it knows already, in this or other words
    Query(dedup::IndexArgs),
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Info { index, json } => info(index, *json, out),
        Command::Verify { index } => verify(index, out),
        Command::Compact { index } => {
            let mut index = open_as_it_is(index, Access::Write)?;
            let before = index.info().bytes;
            let done = index.compact()?;
            let after = grouped(number(index.info().bytes));
            let before = plural(number(before), "byte");
            match done {
                Compacted::Joined => writeln!(out, "{before} became {after}")?,
                Compacted::AsBefore => writeln!(out, "{before}, nothing to be done")?,
                Compacted::TooLarge => writeln!(
                    out,
                    "{before} are more than one file can hold; nothing was done"
                )?,
            }
            Ok(Exit::Done)
        }
        Command::Remove { index, names } => remove(index, names, out),
        Command::Add(args) => dedup::add(args, out),
        Command::Query(args) => dedup::query(args, out),
    }
}

fn info(path: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let info = open_as_it_is(path, Access::Read)?.info();
    if json {
        serde_json::to_writer(&mut *out, &info)?;
        writeln!(out)?;
        return Ok(Exit::Done);
    }
    write!(out, "{}", plural(number(info.documents), "document"))?;
    if info.removed > 0 {
        // A copy that took the place of a removed document was written anew.
        let records = plural(number(info.removed), "record");
        write!(
            out,
            "; {records} of what was removed or replaced still take room"
        )?;
    }
    writeln!(out)?;
    let each = info.bytes / (info.documents + info.removed).max(1);
    writeln!(
        out,
        "{} in {}, {each} a document",
        plural(number(info.bytes), "byte"),
        plural(info.segments, "segment")
    )?;
    for (name, value) in &info.parameters {
        writeln!(out, "{name}: {}", printable(value))?;
    }
    Ok(Exit::Done)
}

fn verify(path: &Path, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let index = open_as_it_is(path, Access::Read)?;
    let wrong = index.verify();
    for error in &wrong {
        writeln!(out, "{}", printable(&error.to_string()))?;
    }
    if wrong.is_empty() {
        let documents = plural(number(index.info().documents), "document");
        writeln!(out, "{documents}, all sound")?;
        return Ok(Exit::Done);
    }
    Ok(Exit::Failed)
}

fn remove(path: &Path, names: &[String], out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut index = open_as_it_is(path, Access::Write)?;
    let mut done = Vec::with_capacity(names.len());
    for name in names {
        // All or nothing: a slip in the third name leaves the first two.
        let promoted = remove_one(&mut index, name)?.with_context(|| {
            format!("{name}: the index has no such document; nothing is removed")
        })?;
        done.push((name, promoted));
    }
    index.commit()?;
    for (name, promoted) in done {
        writeln!(out, "removed {}", printable(name))?;
        for name in promoted {
            writeln!(out, "now kept: {}", printable(&name))?;
        }
    }
    Ok(Exit::Done)
}

/// A number to be shown.
fn number(of: u64) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}

/// By its name as it is, else as the path of a file.
fn remove_one(index: &mut Index, name: &str) -> anyhow::Result<Option<Vec<String>>> {
    if let Some(promoted) = index.remove(name)? {
        return Ok(Some(promoted));
    }
    match absolute(Path::new(name)) {
        Ok(path) => Ok(index.remove(&path_text(&path))?),
        Err(_) => Ok(None),
    }
}
