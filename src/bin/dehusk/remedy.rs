//! What to do about an error, in flags and commands of this program. The
//! library says what is wrong; it cannot know how it was called.

use dehusk::{
    dedup::index::{IndexError, IndexErrorKind},
    inplace::UndoError,
    pipeline::RunError,
    report::plural,
    write::{WriteError, WriteErrorKind, path_text},
};

/// What to do about `error`, if that is known.
pub(crate) fn remedy(error: &anyhow::Error) -> Option<String> {
    // An error that only hands on another one is no link of its chain.
    let run: Option<&RunError> = error.downcast_ref();
    let undo: Option<&UndoError> = error.downcast_ref();
    match run {
        Some(RunError::Index(index)) => return of_index(index),
        Some(RunError::Write(write)) => return of_write(write),
        Some(RunError::NeedsFile) => {
            let remedy = "give a file with -o, or leave out --index and keep the first";
            return Some(remedy.to_owned());
        }
        Some(RunError::ParagraphsWait) => {
            return Some("--paragraphs goes with --keep first, and not with --index".to_owned());
        }
        _ => {}
    }
    match undo {
        Some(UndoError::Write(write)) => return of_write(write),
        Some(undo) => return of_undo(undo),
        None => {}
    }
    let index = error.downcast_ref().and_then(of_index);
    index.or_else(|| error.downcast_ref().and_then(of_write))
}

fn of_index(error: &IndexError) -> Option<String> {
    let path = path_text(&error.path);
    match &error.kind {
        IndexErrorKind::Missing => Some(format!(
            "`dehusk index add {path} PATH...` makes one, and so does a run with `--index {path}`"
        )),
        IndexErrorKind::Foreign => Some("choose another folder".to_owned()),
        IndexErrorKind::Parameter {
            name: "texts",
            found,
            expected,
        } => {
            let flags = match (found.as_str(), expected.as_str()) {
                ("raw", _) => "`dedup --raw`".to_owned(),
                (level, "raw") => format!("`--level {level}` without --raw"),
                (level, _) => format!("`--level {level}`"),
            };
            let other = if expected == "raw" {
                "`dehusk dedup PATH... --raw --index OTHER`".to_owned()
            } else {
                format!("`dehusk index add OTHER PATH... --level {expected}`")
            };
            Some(format!(
                "use {flags}, or an index made by {other}: texts are compared as they are cleaned"
            ))
        }
        IndexErrorKind::Parameter {
            name: name @ ("similarity" | "within"),
            found,
            ..
        } => Some(format!("use `--{name} {found}`, or another index")),
        IndexErrorKind::Parameter { .. } => Some("make a new index".to_owned()),
        _ => None,
    }
}

fn of_write(error: &WriteError) -> Option<String> {
    match error.kind {
        WriteErrorKind::InTheWay | WriteErrorKind::Changed => {
            Some("move it, choose another output, or use --force".to_owned())
        }
        _ => None,
    }
}

fn of_undo(error: &UndoError) -> Option<String> {
    match error {
        UndoError::Changed { .. } => Some(
            "--merge keeps the changes and brings back what was taken, --force overwrites them \
             (and keeps them for another undo)"
                .to_owned(),
        ),
        UndoError::Lost { others: 0, .. } => {
            Some("take them from git, or from a backup".to_owned())
        }
        UndoError::Lost { others, .. } => Some(format!(
            "take them from git, or from a backup; --only PATH brings back the other {}",
            plural(*others, "file")
        )),
        UndoError::NoRunOf(_) | UndoError::NotInRun { .. } => {
            Some("`dehusk runs --files` lists what each run changed".to_owned())
        }
        UndoError::NoSuchRun(_) => Some("`dehusk runs` lists them".to_owned()),
        _ => None,
    }
}
