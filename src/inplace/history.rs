//! What the runs of a project come to: which of them are still in force.
//!
//! An undo is a run itself and can be taken back, so a run is in force again
//! once the undo of it was undone. And an undo may be of some files only, so
//! this is a matter of files, not of runs.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use super::journal::{Action, Run};

/// The runs of a project, oldest first.
#[derive(Clone, Debug)]
pub struct History {
    runs: Vec<Run>,
    /// What is in force of each run.
    force: Vec<Force>,
}

/// What is in force of a run.
#[derive(Clone, Debug)]
struct Force {
    /// Its files that were not taken back, or were brought back since.
    files: BTreeSet<PathBuf>,
    /// Whether all of it was taken back, also if it has no files.
    is_closed: bool,
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
        let force = force(&runs);
        Self { runs, force }
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
        let Some(force) = self.force_of(run) else {
            return TakenBack::Nothing;
        };
        let (open, all) = (force.files.len(), run.files());
        if open == 0 && (all > 0 || force.is_closed) {
            TakenBack::All
        } else if open < all {
            TakenBack::Files(all - open)
        } else {
            TakenBack::Nothing
        }
    }

    /// The files of `run` that were not taken back, or were brought back since.
    pub(super) fn in_force(&self, run: &Run) -> impl Iterator<Item = &Path> {
        let force = self.force_of(run).into_iter();
        force.flat_map(|force| force.files.iter().map(PathBuf::as_path))
    }

    fn force_of(&self, run: &Run) -> Option<&Force> {
        let at = self.runs.iter().position(|one| one.number == run.number)?;
        self.force.get(at)
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
        self.fixes().find(|run| self.in_force(run).any(&wanted))
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
            .find(|run| self.in_force(run).next().is_some())
            .map(|run| run.number)
    }
}

/// What is in force of each run, by one look at all of them in order: an undo
/// closes files of the run that it takes back. If that is an undo, too, it has
/// brought the files back to where *its* run had left them, which opens them
/// there, and so on.
fn force(runs: &[Run]) -> Vec<Force> {
    let numbers = runs.iter().enumerate();
    let places: HashMap<u32, usize> = numbers.map(|(at, run)| (run.number, at)).collect();
    let mut force: Vec<Force> = Vec::with_capacity(runs.len());
    for (own, run) in runs.iter().enumerate() {
        force.push(Force {
            files: run.paths().into_iter().map(Path::to_path_buf).collect(),
            is_closed: false,
        });
        let Action::Undo { of, part } = run.action else {
            continue;
        };
        // One that was cut short may not have come to any file.
        let target = places.get(&of).filter(|_| run.done);
        let Some(&target) = target.filter(|&&target| target < own) else {
            continue;
        };
        // What was so already is taken back, too. It says nothing of the runs
        // before: another one may have left the file so.
        if part {
            for file in &run.already {
                force[target].files.remove(file);
            }
        } else {
            let failed = run.failed();
            let open = &mut force[target].files;
            open.retain(|file| failed.contains(file.as_path()));
        }
        let changed = run.paths();
        // Earlier undos of the same run, and undos of those, have no say in
        // these files any more.
        for (earlier, force) in force.iter_mut().enumerate().take(own).skip(target + 1) {
            if descends(runs, &places, earlier, target) {
                let changed = |file: &PathBuf| changed.contains(file.as_path());
                force.files.retain(|file| !changed(file));
            }
        }
        turn(runs, &places, &mut force, target, &changed, part);
    }
    force
}

/// Whether the run at `at` is an undo of the one at `target`, or an undo of
/// such a one, and so on.
fn descends(runs: &[Run], places: &HashMap<u32, usize>, mut at: usize, target: usize) -> bool {
    while let Action::Undo { of, .. } = runs[at].action {
        match places.get(&of) {
            Some(&before) if before == target => return true,
            Some(&before) if target < before && before < at => at = before,
            _ => return false,
        }
    }
    false
}

/// Closes files that were brought back in the run at `target`, opens them in
/// the run that it took back, if it is an undo, and so on.
fn turn(
    runs: &[Run],
    places: &HashMap<u32, usize>,
    force: &mut [Force],
    target: usize,
    files: &BTreeSet<&Path>,
    part: bool,
) {
    let mut at = target;
    let mut closes = true;
    loop {
        for file in files.intersection(&runs[at].paths()) {
            if closes {
                force[at].files.remove(*file);
            } else {
                force[at].files.insert(file.to_path_buf());
            }
        }
        if !part {
            force[at].is_closed = closes;
        }
        // An undo takes back an earlier run, so this comes to an end.
        match runs[at].action {
            Action::Undo { of, .. } => match places.get(&of) {
                Some(&before) if before < at => at = before,
                _ => return,
            },
            Action::Fix => return,
        }
        closes = !closes;
    }
}

/// Whether one of `names`, files or folders, is `path` or holds it.
pub(super) fn names(names: &[PathBuf], path: &Path) -> bool {
    names.iter().any(|name| path.starts_with(name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        Format, Removal,
        decode::decode,
        inplace::{FixOptions, Fixer, Original, Project, Text, UndoOptions, journal::Change},
    };

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
            already: Vec::new(),
            left: Vec::new(),
            tag: String::new(),
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
    fn an_undo_of_an_undo_counts_from_where_it_happened() {
        // One file of the fix, then the rest, then the first one again.
        let runs = vec![
            run(1, Action::Fix, &["old"]),
            run(2, Action::Fix, &["a", "b"]),
            run(3, part(2), &["a"]),
            run(4, undo(2), &["b"]),
            run(5, undo(3), &["a"]),
        ];
        let history = History::new(runs);
        let of = |number| history.in_force(history.get(number).unwrap());
        assert_eq!(of(2).collect::<Vec<_>>(), [Path::new("a")]);
        assert_eq!(history.last_fix().map(|run| run.number), Some(2));
        let a = |path: &Path| path == Path::new("a");
        assert_eq!(history.last_fix_of(a).map(|run| run.number), Some(2));
    }

    #[test]
    fn a_journal_of_an_undo_of_a_run_to_come_does_no_harm() {
        let runs = vec![run(1, undo(2), &["a"]), run(2, undo(2), &["a"])];
        assert_eq!(taken_back(runs, 2), TakenBack::Nothing);
    }

    #[test]
    fn what_was_so_already_is_closed_by_an_undo_of_that_file() {
        let mut already = run(2, part(1), &[]);
        already.already = vec!["a".into()];
        let runs = vec![run(1, Action::Fix, &["a", "b"]), already];
        assert_eq!(taken_back(runs, 1), TakenBack::Files(1));
    }

    #[test]
    fn an_undo_of_many_single_files_is_told_in_good_time() {
        let input = |size: usize| {
            let names: Vec<String> = (0..size).map(|at| format!("{at:06}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            vec![
                run(1, Action::Fix, &names),
                run(2, part(1), &names[size / 2..]),
            ]
        };
        let look = |runs: &Vec<Run>| History::new(runs.clone()).last_fix().is_some();
        crate::linear::assert_linear("runs of files", 5_000, input, look);
    }

    /// One step of a project's life.
    #[derive(Clone, Debug)]
    enum Step {
        /// A fix of these of the files takes one line out of each.
        Fix([bool; 3]),
        /// An undo of the run of this number, or of the last fix, of one file
        /// or of all.
        Undo(Option<u32>, Option<usize>),
    }

    fn step() -> impl Strategy<Value = Step> {
        let run = prop::option::of(1_u32..9);
        prop_oneof![
            any::<[bool; 3]>().prop_map(Step::Fix),
            (run, prop::option::of(0_usize..3)).prop_map(|(run, file)| Step::Undo(run, file)),
        ]
    }

    const NAMES: [&str; 3] = ["a.txt", "b.txt", "c.txt"];

    /// Takes the first line out of a file.
    fn fix(project: &Project, files: [bool; 3]) {
        let mut fixer = Fixer::new(project, FixOptions::default());
        for (name, _) in NAMES.into_iter().zip(files).filter(|(_, wanted)| *wanted) {
            let path = project.root().join(name);
            let original = Original::read(&path, u64::MAX).unwrap();
            let decoded = decode(original.bytes.clone(), None, Format::Text);
            let mut text = Text::new(original, Format::Text, decoded);
            if let Some(end) = text
                .text
                .find('\n')
                .filter(|end| *end < text.text.len() - 1)
            {
                text.removals = vec![Removal::text("X001".into(), 0..end + 1)];
            }
            fixer.add(path, text).unwrap();
        }
        fixer.finish().1.unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_in_force_is_what_the_files_hold(
            steps in prop::collection::vec(step(), 1..14)
        ) {
            let dir = tempfile::tempdir().unwrap();
            let project = Project::find(dir.path()).unwrap();
            let before: Vec<String> = (0..20).map(|line| line.to_string()).collect();
            let before = before.join("\n") + "\n";
            for name in NAMES {
                fs::write(project.root().join(name), &before).unwrap();
            }
            for step in steps {
                match step {
                    Step::Fix(files) => fix(&project, files),
                    Step::Undo(run, only) => {
                        let only = only.map(|at| project.root().join(NAMES[at]));
                        let options = UndoOptions {
                            run,
                            only: only.into_iter().collect(),
                            ..UndoOptions::default()
                        };
                        // Where a later run changed a file, it refuses.
                        crate::inplace::undo(&project, &options).ok();
                    }
                }
                let history = crate::inplace::history(&project).unwrap();
                for name in NAMES {
                    let text = fs::read_to_string(project.root().join(name)).unwrap();
                    let is_it = |path: &Path| path == Path::new(name);
                    let fixes = history.runs().iter().filter(|run| {
                        run.action == Action::Fix && history.in_force(run).any(is_it)
                    });
                    // Each fix in force has taken a line.
                    prop_assert_eq!(20 - text.lines().count(), fixes.count(), "{}", name);
                }
            }
        }
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
    fn what_an_undo_left_is_in_force() {
        let mut left = run(2, undo(1), &["b"]);
        left.left = vec!["a".into()];
        let mut runs = vec![run(1, Action::Fix, &["a", "b"]), left];
        assert_eq!(taken_back(runs.clone(), 1), TakenBack::Files(1));
        let last = |runs| History::new(runs).last_fix().map(|run| run.number);
        assert_eq!(last(runs.clone()), Some(1));
        runs.push(run(3, undo(1), &["a"]));
        assert_eq!(taken_back(runs, 1), TakenBack::All);
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
