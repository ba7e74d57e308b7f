//! Finding the files of a run.
//!
//! The order is that of the arguments, and below a folder that of the names'
//! bytes, so it never depends on the file system. Links inside a folder are
//! not followed: a link out of the tree, or round in a circle, leads nowhere.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    fs, io,
    path::{Component, Path, PathBuf},
};

use ignore::{DirEntry, WalkBuilder};

use super::sniff::{Kind, kind_of_name};

/// Which files below a folder are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkOptions {
    /// Also files and folders whose name begins with a dot.
    pub hidden: bool,
    /// Also what `.gitignore`, `.ignore` and `.dehuskignore` files leave out.
    pub ignored: bool,
    /// Folders to leave out: what the run itself writes to.
    pub exclude: Vec<PathBuf>,
}

/// A file to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path to open: the argument, and the way down from it.
    pub path: PathBuf,
    /// The path below the output folder.
    pub relative: PathBuf,
    /// Its size when it was found, in bytes.
    pub len: u64,
    /// What its name says about its content.
    pub kind: Kind,
}

impl Source {
    /// A file that was named itself.
    ///
    /// # Errors
    ///
    /// It cannot be found.
    pub fn named(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_path_buf(),
            relative: path.to_path_buf(),
            len: fs::metadata(path)?.len(),
            kind: kind_of_named(path),
        })
    }
}

/// A file that is not read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path.
    pub path: PathBuf,
    /// What is wrong, as a phrase: `cannot be read: permission denied`.
    pub reason: String,
}

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Files that may be documents, in input order.
    pub sources: Vec<Source>,
    /// How many files are not documents by their name: pictures, style sheets.
    pub skipped: usize,
    /// How many links, pipes, sockets and devices were passed over.
    pub special: usize,
    /// Files and folders that could not be read.
    pub problems: Vec<Problem>,
}

/// An argument that names nothing.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct WalkError {
    /// The argument.
    pub path: PathBuf,
    /// What is wrong with it.
    kind: &'static str,
}

/// Finds the files that `paths` name.
///
/// A folder contributes what is below it. With one folder, `relative` is the
/// way down from it; with several arguments each folder keeps its own name, as
/// with `cp -r a b out`, so that equal names do not meet. A path that another
/// argument covers already counts once; what was named comes also where a walk
/// of the folder that it is in would leave it out, after all else.
///
/// # Errors
///
/// An argument that does not exist, or is neither a file nor a folder.
pub fn walk(paths: &[PathBuf], options: &WalkOptions) -> Result<Found, WalkError> {
    let roots = roots(paths)?;
    let mut found = Found::default();
    let mut names = HashSet::new();
    let (inner, outer): (Vec<&Root<'_>>, Vec<&Root<'_>>) =
        roots.iter().partition(|root| root.is_inner);
    let mut folders: Vec<(&Path, PathBuf)> = Vec::new();
    for root in &outer {
        let name = if outer.len() > 1 || root.is_file {
            own_name(root.path, &mut names)
        } else {
            PathBuf::new()
        };
        if root.is_file {
            found.sources.push(of_root(root, name));
        } else {
            walk_folder(root.path, &name, options, &mut found);
            folders.push((&root.real, name));
        }
    }
    add_inner(&inner, &folders, options, &mut found);
    Ok(found)
}

/// Adds what was named in folders that were named, too. A walk leaves out
/// hidden files, ignored ones and more, which are wanted all the same if they
/// are named.
fn add_inner(
    inner: &[&Root<'_>],
    folders: &[(&Path, PathBuf)],
    options: &WalkOptions,
    found: &mut Found,
) {
    if inner.is_empty() {
        return;
    }
    let real = |source: &Source| fs::canonicalize(&source.path).ok();
    let sources = found.sources.iter().enumerate();
    let mut places: HashMap<PathBuf, usize> = sources
        .filter_map(|(at, source)| Some((real(source)?, at)))
        .collect();
    for root in inner {
        let mut above = folders.iter();
        let Some((folder, name)) = above.find(|(folder, _)| root.real.starts_with(folder)) else {
            continue;
        };
        let below = root.real.strip_prefix(folder).unwrap_or(&root.real);
        if root.is_file {
            if let Some(&at) = places.get(&root.real) {
                let source = &mut found.sources[at];
                source.path = root.path.to_path_buf();
                source.kind = kind_of_named(root.path);
            } else {
                places.insert(root.real.clone(), found.sources.len());
                found.sources.push(of_root(root, name.join(below)));
            }
            continue;
        }
        let mut own = Found::default();
        walk_folder(root.path, &name.join(below), options, &mut own);
        for source in own.sources {
            let Some(real) = real(&source) else { continue };
            if let Entry::Vacant(place) = places.entry(real) {
                place.insert(found.sources.len());
                found.sources.push(source);
            }
        }
        let new = |problem: &Problem| !found.problems.contains(problem);
        let new: Vec<Problem> = own.problems.into_iter().filter(new).collect();
        found.problems.extend(new);
    }
}

/// A file that was named, which is wanted whatever its suffix.
fn of_root(root: &Root<'_>, relative: PathBuf) -> Source {
    Source {
        path: root.path.to_path_buf(),
        relative,
        len: fs::metadata(root.path).map_or(0, |data| data.len()),
        kind: kind_of_named(root.path),
    }
}

/// What the name of a file says that was asked for by name: it is a document,
/// whatever its suffix.
pub fn kind_of_named(path: &Path) -> Kind {
    match kind_of_name(path) {
        Kind::Document(format) => Kind::Document(format),
        Kind::Unsaid { .. } | Kind::Other => Kind::Unsaid { plain: true },
    }
}

struct Root<'a> {
    path: &'a Path,
    real: PathBuf,
    is_file: bool,
    /// Whether a folder that it is in was named, too.
    is_inner: bool,
}

/// The arguments, each file and folder once.
fn roots(paths: &[PathBuf]) -> Result<Vec<Root<'_>>, WalkError> {
    let mut roots: Vec<Root<'_>> = Vec::with_capacity(paths.len());
    for path in paths {
        let error = |kind| WalkError {
            path: path.clone(),
            kind,
        };
        let data = fs::metadata(path).map_err(|_| error("no such file or folder"))?;
        if !data.is_file() && !data.is_dir() {
            return Err(error("neither a file nor a folder"));
        }
        let real = fs::canonicalize(path).map_err(|_| error("cannot be opened"))?;
        roots.push(Root {
            path,
            real,
            is_file: data.is_file(),
            is_inner: false,
        });
    }
    // By a map: a hook names thousands of files.
    let mut first: HashMap<&Path, usize> = HashMap::with_capacity(roots.len());
    for (at, root) in roots.iter().enumerate() {
        first.entry(&root.real).or_insert(at);
    }
    let known: Vec<(bool, bool)> = roots
        .iter()
        .enumerate()
        .map(|(at, root)| {
            let again = first
                .get(root.real.as_path())
                .is_some_and(|&first| first < at);
            let mut above = root.real.ancestors().skip(1);
            (again, above.any(|folder| first.contains_key(folder)))
        })
        .collect();
    let roots = roots.into_iter().zip(known);
    Ok(roots
        .filter(|(_, (again, _))| !again)
        .map(|(root, (_, is_inner))| Root { is_inner, ..root })
        .collect())
}

/// The name of an argument among others: its last part, or, where another one
/// has that, all of its parts.
fn own_name(path: &Path, names: &mut HashSet<PathBuf>) -> PathBuf {
    let parts = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_)));
    let whole: PathBuf = parts.clone().collect();
    let last: PathBuf = parts.rev().take(1).collect();
    // Before the suffix, by which a later run tells what the file is.
    let numbered = (2..).map(|number: u32| {
        let mut name = last.file_stem().unwrap_or_default().to_os_string();
        name.push(format!("-{number}"));
        if let Some(suffix) = last.extension() {
            name.push(".");
            name.push(suffix);
        }
        PathBuf::from(name)
    });
    let name = [last.clone(), whole]
        .into_iter()
        .chain(numbered)
        .find(|name| !names.contains(name));
    let name = name.unwrap_or_default();
    names.insert(name.clone());
    name
}

fn walk_folder(root: &Path, prefix: &Path, options: &WalkOptions, found: &mut Found) {
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(!options.ignored)
        .hidden(!options.hidden)
        // The user's global git settings are not part of the input.
        .git_global(false)
        .require_git(false)
        .follow_links(false)
        .sort_by_file_name(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
    if !options.ignored {
        builder.add_custom_ignore_filename(".dehuskignore");
    }
    let own = own_folders(root, &options.exclude);
    let base = root.to_path_buf();
    builder.filter_entry(move |entry| {
        let below = entry.path().strip_prefix(&base).unwrap_or(entry.path());
        let is_own = own.iter().any(|folder| below == folder);
        !is_own && entry.file_name() != ".dehusk" && entry.file_name() != ".dehusk_cache"
    });
    for entry in builder.build() {
        match entry {
            Ok(entry) => add(&entry, root, prefix, found),
            Err(error) => found.problems.push(problem(root, &error)),
        }
    }
}

/// The ways down from `root` to those of the `folders` that are below it.
fn own_folders(root: &Path, folders: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(root) = fs::canonicalize(root) else {
        return Vec::new();
    };
    let below = |folder: &PathBuf| {
        let real = fs::canonicalize(folder).ok()?;
        let below = real.strip_prefix(&root).ok()?;
        // A folder that was named itself is read.
        (!below.as_os_str().is_empty()).then(|| below.to_path_buf())
    };
    folders.iter().filter_map(below).collect()
}

fn add(entry: &DirEntry, root: &Path, prefix: &Path, found: &mut Found) {
    let Some(file_type) = entry.file_type() else {
        return;
    };
    if file_type.is_dir() {
        return;
    }
    if !file_type.is_file() {
        found.special += 1;
        return;
    }
    let path = entry.path().to_path_buf();
    let relative = prefix.join(path.strip_prefix(root).unwrap_or(&path));
    // An account of an earlier run is no document.
    if relative
        .file_name()
        .is_some_and(|name| name == crate::write::MANIFEST_NAME)
    {
        return;
    }
    match (kind_of_name(&path), entry.metadata()) {
        (Kind::Other, _) => found.skipped += 1,
        (kind, Ok(data)) => found.sources.push(Source {
            path,
            relative,
            len: data.len(),
            kind,
        }),
        (_, Err(error)) => found.problems.push(problem(&path, &error)),
    }
}

fn problem(path: &Path, error: &ignore::Error) -> Problem {
    let (path, reason) = match error {
        ignore::Error::WithPath { path, err } => (path.as_path(), err.to_string()),
        ignore::Error::WithDepth { err, .. } => return problem(path, err),
        other => (path, other.to_string()),
    };
    Problem {
        path: path.to_path_buf(),
        reason: format!("cannot be read: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &Found) -> Vec<String> {
        found
            .sources
            .iter()
            .map(|source| source.relative.to_string_lossy().into_owned())
            .collect()
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        dir
    }

    #[test]
    fn a_folder_gives_its_documents_in_the_order_of_their_names() {
        let dir = tree(&[
            "b.txt",
            "a/z.md",
            "a.html",
            "pic.png",
            ".hidden.txt",
            "B.txt",
        ]);
        let found = walk(&[dir.path().to_path_buf()], &WalkOptions::default()).unwrap();
        assert_eq!(names(&found), ["B.txt", "a/z.md", "a.html", "b.txt"]);
        assert_eq!(found.skipped, 1);
    }

    #[test]
    fn ignore_files_are_respected_unless_told_otherwise() {
        let dir = tree(&["a.txt", "drafts/b.txt"]);
        fs::write(dir.path().join(".dehuskignore"), "drafts/\n").unwrap();
        let root = [dir.path().to_path_buf()];
        assert_eq!(
            names(&walk(&root, &WalkOptions::default()).unwrap()),
            ["a.txt"]
        );
        let all = WalkOptions {
            ignored: true,
            ..WalkOptions::default()
        };
        assert_eq!(
            names(&walk(&root, &all).unwrap()),
            ["a.txt", "drafts/b.txt"]
        );
    }

    #[test]
    fn several_folders_keep_their_names_and_a_path_counts_once() {
        let dir = tree(&["x/1.txt", "y/1.txt"]);
        let path = |name: &str| dir.path().join(name);
        let found = walk(
            &[path("x"), path("y"), path("x/1.txt")],
            &WalkOptions::default(),
        )
        .unwrap();
        assert_eq!(names(&found), ["x/1.txt", "y/1.txt"]);
    }

    #[test]
    fn what_was_named_is_found_also_where_a_walk_leaves_it_out() {
        let dir = tree(&[
            "a.txt",
            ".draft.txt",
            "NOTES",
            "b.py",
            "ignored/c.txt",
            ".hidden/d.txt",
            "sub/e.txt",
        ]);
        fs::write(dir.path().join(".gitignore"), "ignored/\n").unwrap();
        let path = |name: &str| dir.path().join(name);
        let named = [
            "",
            ".draft.txt",
            "NOTES",
            "b.py",
            "ignored/c.txt",
            ".hidden",
            "sub/e.txt",
            "sub",
        ];
        let found = walk(&named.map(path), &WalkOptions::default()).unwrap();
        assert_eq!(
            names(&found),
            [
                "NOTES",
                "a.txt",
                "sub/e.txt",
                ".draft.txt",
                "b.py",
                "ignored/c.txt",
                ".hidden/d.txt",
            ]
        );
        // Each as if it had been named alone.
        for source in &found.sources {
            if source.relative != Path::new("a.txt") && !source.relative.starts_with(".hidden") {
                assert_eq!(source.kind, kind_of_named(&source.path), "{source:?}");
            }
        }
    }

    #[test]
    fn arguments_of_the_same_name_are_told_apart() {
        let dir = tree(&["x/1.html", "y/1.html", "y/x/2.txt"]);
        let path = |name: &str| dir.path().join(name);
        let found = walk(
            &[path("x/1.html"), path("y/1.html")],
            &WalkOptions::default(),
        )
        .unwrap();
        let names = names(&found);
        assert!(
            names[0] == "1.html" && names[1].ends_with("y/1.html"),
            "{names:?}"
        );
        let found = walk(&[path("x"), path("y/x")], &WalkOptions::default()).unwrap();
        let names = self::names(&found);
        assert!(
            names[0] == "x/1.html" && names[1].ends_with("y/x/2.txt"),
            "{names:?}"
        );
    }

    #[test]
    fn folders_that_the_run_writes_to_are_left_out() {
        let dir = tree(&["1.txt", "out/1.txt", "state/seen/lock"]);
        let options = WalkOptions {
            exclude: ["out", "state/seen", "not-there", ""]
                .map(|name| dir.path().join(name))
                .to_vec(),
            ..WalkOptions::default()
        };
        assert_eq!(
            names(&walk(&[dir.path().to_path_buf()], &options).unwrap()),
            ["1.txt"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_counted_but_not_opened() {
        let dir = tree(&["1.txt"]);
        std::os::unix::fs::symlink("/etc", dir.path().join("etc")).unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop.txt")).unwrap();
        let found = walk(&[dir.path().to_path_buf()], &WalkOptions::default()).unwrap();
        assert_eq!(
            (names(&found), found.special),
            (vec!["1.txt".to_owned()], 2)
        );
    }

    #[test]
    fn a_path_that_is_not_there_is_an_error() {
        let error = walk(&[PathBuf::from("no/such/place")], &WalkOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "no/such/place: no such file or folder");
    }
}
