//! `dehusk index`: what an index remembers, and its care.

use std::{
    io::Write,
    path::{Path, PathBuf, absolute},
};

use anyhow::ensure;
use dehusk::{
    dedup::index::{Access, Compacted, Index, open_as_it_is},
    report::printable,
    write::path_text,
};

use crate::{Exit, dedup};

/// Look after the documents that earlier runs remember
///
///   dehusk clean scraped/ -o clean/ --index seen/    remembers documents
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
    Add(dedup::IndexArgs),
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
            let after = index.info().bytes;
            match done {
                Compacted::Joined => writeln!(out, "{before} bytes became {after}")?,
                Compacted::AsBefore => writeln!(out, "{after} bytes, nothing to be done")?,
                Compacted::TooLarge => writeln!(
                    out,
                    "{after} bytes are more than one file can hold; nothing was done"
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
    writeln!(
        out,
        "{} documents, {} removed",
        info.documents, info.removed
    )?;
    let each = info.bytes / (info.documents + info.removed).max(1);
    writeln!(
        out,
        "{} bytes in {} segments, {each} a document",
        info.bytes, info.segments
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
        writeln!(out, "{} documents, all sound", index.info().documents)?;
        return Ok(Exit::Done);
    }
    Ok(Exit::Failed)
}

fn remove(path: &Path, names: &[String], out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut index = open_as_it_is(path, Access::Write)?;
    let mut told = Vec::new();
    for name in names {
        let promoted = remove_one(&mut index, name)?;
        // All or nothing: a slip in the third name leaves the first two.
        ensure!(
            promoted.is_some(),
            "{name}: the index has no such document; nothing is removed"
        );
        writeln!(told, "removed {}", printable(name))?;
        for name in promoted.unwrap_or_default() {
            writeln!(told, "now kept: {}", printable(&name))?;
        }
    }
    index.commit()?;
    // Only now is it so.
    out.write_all(&told)?;
    Ok(Exit::Done)
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
