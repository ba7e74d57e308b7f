//! What the runs of a project come to: which of them are still in force.
//!
//! An undo is a run itself and can be taken back, so a run is in force again
//! once the undo of it was undone. And an undo may be of some files only, so
//! this is a matter of files, not of runs.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::journal::{Action, Run};

/// The runs of a project, oldest first.
#[derive(Clone, Debug)]
pub struct History {
    runs: Vec<Run>,
}

/// How much of a run was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// None of it.
    Nothing,
    /// So many of its files.
    Files(usize),
    /// All of it.
    All,
}

impl History {
    pub(super) fn new(runs: Vec<Run>) -> Self {
        Self { runs }
    }

    /// The runs, oldest first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The run with this number.
    pub fn get(&self, number: u32) -> Option<&Run> {
        self.runs.iter().find(|run| run.number == number)
    }

    /// How much of `run` was taken back, and not brought back since.
    pub fn taken_back(&self, run: &Run) -> TakenBack {
        let open = self.in_force(run).len();
        let all = run.files();
        if open == 0 && (all > 0 || self.was_closed(run)) {
            TakenBack::All
        } else if open < all {
            TakenBack::Files(all - open)
        } else {
            TakenBack::Nothing
        }
    }

    /// The files of `run` that were not taken back, or were brought back since.
    pub(super) fn in_force<'r>(&'r self, run: &'r Run) -> BTreeSet<&'r Path> {
        let mut open = run.paths();
        for undo in self.undos(run) {
            let undone_again: BTreeSet<&Path> = undo
                .paths()
                .difference(&self.in_force(undo))
                .copied()
                .collect();
            if is_whole(undo) {
                // What was so already was taken back, too.
                let failed = undo.failed();
                open.retain(|path| failed.contains(path));
            } else {
                open.retain(|path| !undo.paths().contains(path));
            }
            open.extend(undone_again);
        }
        open
    }

    /// The undos of `run` that came to their end, oldest first.
    fn undos<'r>(&'r self, run: &'r Run) -> impl Iterator<Item = &'r Run> {
        self.runs.iter().filter(|later| {
            later.done && matches!(later.action, Action::Undo { of, .. } if of == run.number)
        })
    }

    /// Whether an undo of all of `run` came to its end and holds.
    fn was_closed(&self, run: &Run) -> bool {
        self.undos(run)
            .any(|undo| is_whole(undo) && self.taken_back(undo) != TakenBack::All)
    }

    /// The last fix that changed something and is in force, at least in part.
    /// One that was cut short counts, whatever it came to: whoever broke it off
    /// and asks for an undo does not mean the one before.
    pub(super) fn last_fix(&self) -> Option<&Run> {
        self.fixes().find(|run| match self.taken_back(run) {
            TakenBack::All => false,
            TakenBack::Nothing | TakenBack::Files(_) => !run.done || run.files() > 0,
        })
    }

    /// The last fix in force of one of the files that `wanted` accepts.
    pub(super) fn last_fix_of(&self, wanted: impl Fn(&Path) -> bool) -> Option<&Run> {
        self.fixes()
            .find(|run| self.in_force(run).into_iter().any(&wanted))
    }

    fn fixes(&self) -> impl Iterator<Item = &Run> {
        let newest = self.runs.iter().rev();
        newest.filter(|run| run.action == Action::Fix)
    }

    /// The last undo that changed something and is in force.
    pub(super) fn last_undo(&self) -> Option<u32> {
        let newest = self.runs.iter().rev();
        newest
            .filter(|run| matches!(run.action, Action::Undo { .. }))
            .find(|run| !self.in_force(run).is_empty())
            .map(|run| run.number)
    }
}

fn is_whole(undo: &Run) -> bool {
    matches!(undo.action, Action::Undo { part: false, .. })
}

/// Whether one of `names`, files or folders, is `path` or holds it.
pub(super) fn names(names: &[PathBuf], path: &Path) -> bool {
    names.iter().any(|name| path.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inplace::journal::Change;

    fn run(number: u32, action: Action, files: &[&str]) -> Run {
        let changes: Vec<Change> = files
            .iter()
            .map(|path| Change {
                path: path.into(),
                before: Some(1),
                after: Some(2),
                mode: 0o644,
                mtime: None,
                cuts: Vec::new(),
            })
            .collect();
        Run {
            number,
            action,
            started: 0,
            done: true,
            planned: changes.clone(),
            changes,
        }
    }

    fn undo(of: u32) -> Action {
        Action::Undo { of, part: false }
    }

    fn part(of: u32) -> Action {
        Action::Undo { of, part: true }
    }

    fn taken_back(runs: Vec<Run>, number: u32) -> TakenBack {
        let history = History::new(runs);
        history.taken_back(history.get(number).unwrap())
    }

    #[test]
    fn a_run_is_in_force_again_once_its_undo_was_undone() {
        let fix = run(1, Action::Fix, &["a", "b"]);
        let mut runs = vec![fix, run(2, undo(1), &["a", "b"])];
        assert_eq!(taken_back(runs.clone(), 1), TakenBack::All);
        runs.push(run(3, undo(2), &["a", "b"]));
        assert_eq!(taken_back(runs.clone(), 1), TakenBack::Nothing);
        assert_eq!(taken_back(runs.clone(), 2), TakenBack::All);
        runs.push(run(4, undo(1), &["a", "b"]));
        assert_eq!(taken_back(runs.clone(), 1), TakenBack::All);
        runs.push(run(5, part(4), &["b"]));
        assert_eq!(taken_back(runs, 1), TakenBack::Files(1));
    }

    #[test]
    fn parts_of_a_run_add_up() {
        let fix = run(1, Action::Fix, &["a", "b", "c"]);
        let mut runs = vec![fix, run(2, part(1), &["b"])];
        assert_eq!(taken_back(runs.clone(), 1), TakenBack::Files(1));
        runs.push(run(3, part(1), &["a", "c"]));
        assert_eq!(taken_back(runs, 1), TakenBack::All);
    }

    #[test]
    fn what_an_undo_failed_to_bring_back_is_in_force() {
        let mut failed = run(2, undo(1), &["a", "b"]);
        failed.changes.pop();
        let runs = vec![run(1, Action::Fix, &["a", "b", "c"]), failed];
        // `c` was so already when all was taken back.
        assert_eq!(taken_back(runs, 1), TakenBack::Files(2));
    }

    #[test]
    fn the_last_fix_is_one_that_changed_something_or_was_cut_short() {
        let runs = |done| {
            let mut empty = run(2, Action::Fix, &[]);
            empty.done = done;
            vec![run(1, Action::Fix, &["a"]), empty]
        };
        let last = |runs| History::new(runs).last_fix().map(|run| run.number);
        assert_eq!(last(runs(true)), Some(1));
        assert_eq!(last(runs(false)), Some(2));
        let mut closed = runs(false);
        closed.push(run(3, undo(2), &[]));
        assert_eq!(last(closed), Some(1));
    }
}
