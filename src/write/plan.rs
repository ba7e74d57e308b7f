//! Which document is written where.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{WriteError, WriteErrorKind};
use crate::{
    Format,
    read::{Kind, Source},
};

/// The path of each source below the output folder.
///
/// Text and Markdown keep their names. A page becomes `<stem>.<suffix>`, with
/// `suffix` `txt` or `md`, or `<name>.<suffix>` where another document has that
/// name; so does a file whose name says nothing. The answer depends on the
/// names alone, so it is known before the first file is read.
///
/// # Errors
///
/// Two documents that keep their names would meet. `fold_case` says that the
/// file system takes `A` and `a` for one name.
pub fn plan(sources: &[Source], suffix: &str, fold_case: bool) -> Result<Vec<PathBuf>, WriteError> {
    let key = |path: &Path| {
        if fold_case {
            PathBuf::from(path.to_string_lossy().to_lowercase())
        } else {
            path.to_path_buf()
        }
    };
    let mut taken: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut planned = vec![PathBuf::new(); sources.len()];
    for (at, source) in sources.iter().enumerate() {
        if !matches!(source.kind, Kind::Document(Format::Text | Format::Markdown)) {
            continue;
        }
        if let Some(other) = taken.insert(key(&source.relative), at) {
            let kind = WriteErrorKind::Collision(sources[other].path.clone(), source.path.clone());
            return Err(kind.at(&source.relative));
        }
        planned[at].clone_from(&source.relative);
    }
    for (at, source) in sources.iter().enumerate() {
        if matches!(source.kind, Kind::Document(Format::Text | Format::Markdown)) {
            continue;
        }
        let named = matches!(source.kind, Kind::Document(_));
        let stem = named.then(|| source.relative.with_extension(suffix));
        let path = stem
            .into_iter()
            .chain(std::iter::once(appended(&source.relative, suffix)))
            .chain((2..).map(|n| appended(&source.relative, &format!("{n}.{suffix}"))))
            .find(|path| !taken.contains_key(&key(path)));
        // Numbers do not end, so there is one.
        if let Some(path) = path {
            taken.insert(key(&path), at);
            planned[at] = path;
        }
    }
    Ok(planned)
}

/// `path` with `.suffix` after its whole name.
fn appended(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::kind_of_name;

    fn sources(names: &[&str]) -> Vec<Source> {
        names
            .iter()
            .map(|name| Source {
                path: Path::new("in").join(name),
                relative: name.into(),
                len: 0,
                kind: kind_of_name(Path::new(name)),
            })
            .collect()
    }

    fn planned(names: &[&str]) -> Vec<String> {
        let paths = plan(&sources(names), "txt", false).unwrap();
        paths
            .iter()
            .map(|path| path.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn pages_become_text_and_text_keeps_its_name() {
        assert_eq!(
            planned(&["a/x.html", "n.md", "o.txt"]),
            ["a/x.txt", "n.md", "o.txt"]
        );
    }

    #[test]
    fn a_page_makes_way_for_a_text_of_the_same_stem() {
        assert_eq!(
            planned(&["x.htm", "x.html", "x.txt"]),
            ["x.htm.txt", "x.html.txt", "x.txt"]
        );
        assert_eq!(
            planned(&["x.html", "x.html.txt", "x.txt"]),
            ["x.html.2.txt", "x.html.txt", "x.txt"]
        );
    }

    #[test]
    fn a_name_that_says_nothing_is_kept_whole() {
        assert_eq!(
            planned(&["index.html?page=3", "notes"]),
            ["index.html?page=3.txt", "notes.txt"]
        );
    }

    #[test]
    fn two_documents_never_share_a_place() {
        let mut twice = sources(&["x.txt", "x.txt"]);
        twice[1].path = "other/x.txt".into();
        let message = plan(&twice, "txt", false).unwrap_err().to_string();
        assert!(
            message.contains("in/x.txt") && message.contains("other/x.txt"),
            "{message}"
        );
        assert!(plan(&sources(&["X.txt", "x.txt"]), "txt", false).is_ok());
        assert!(plan(&sources(&["X.txt", "x.txt"]), "txt", true).is_err());
    }
}
