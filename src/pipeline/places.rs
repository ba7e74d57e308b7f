//! What the owner of a project has written down about single files.

use std::path::{Path, PathBuf};

use crate::{
    DocumentKind, Level, Origin, RuleSet, host,
    read::globs::{Globs, below},
    write::path_text,
};

/// What holds for some files beside what holds for all.
#[derive(Debug, Default)]
pub struct Places {
    /// What paths of rules and of entries are relative to.
    pub root: PathBuf,
    /// Files for which something else holds; the last entry that names a file
    /// decides.
    pub entries: Vec<Place>,
    /// Lines of files that must never go; all entries that name a file hold.
    pub exceptions: Vec<Exceptions>,
}

/// What holds for some files.
#[derive(Debug)]
pub struct Place {
    /// The files.
    pub files: Globs,
    /// Their rules, if they are others, with their
    /// [digest](crate::RuleOptions::digest).
    pub rules: Option<(RuleSet, u128)>,
    /// Their level, if it is another.
    pub level: Option<Level>,
    /// The host that they were taken from.
    pub site: Option<String>,
    /// Their language, an ISO 639-1 code.
    pub lang: Option<String>,
    /// What kind of documents they are.
    pub kind: Option<DocumentKind>,
}

/// Lines of some files that must never go.
#[derive(Debug)]
pub struct Exceptions {
    /// The files.
    pub files: Globs,
    /// The lines.
    pub lines: Vec<String>,
}

/// What a document is called.
#[derive(Clone, Copy, Debug)]
pub enum Name<'n> {
    /// A file, or what stands for one.
    File(&'n Path),
    /// A record, by its id and the address that it names.
    Record {
        /// Its id.
        id: &'n str,
        /// Its address.
        url: Option<&'n str>,
    },
    /// Nothing.
    None,
}

/// What holds for one document.
#[derive(Debug)]
pub struct Here<'p> {
    /// Its rules, if they are others than those of the run, and their digest.
    pub rules: Option<(&'p RuleSet, u128)>,
    /// Its level, if it is another than that of the run.
    pub level: Option<Level>,
    /// What is known about where it is from.
    pub origin: Origin,
}

impl Places {
    /// What holds for the document `name`, which is cleaned by `rules`.
    pub fn of(&self, name: Name<'_>, rules: &RuleSet) -> Here<'_> {
        let mut origin = Origin::default();
        let path = match name {
            // Finding out costs some calls of the system for each file.
            Name::File(file) if self.is_asked(rules) => below(&self.root, file),
            Name::Record { id, url } => {
                origin.site = url.and_then(host);
                Some(PathBuf::from(id))
            }
            Name::File(_) | Name::None => None,
        };
        let Some(path) = path else {
            return Here {
                rules: None,
                level: None,
                origin,
            };
        };
        for exceptions in &self.exceptions {
            if exceptions.files.has(&path) {
                origin.keep.extend_from_slice(&exceptions.lines);
            }
        }
        let place = self
            .entries
            .iter()
            .rev()
            .find(|place| place.files.has(&path));
        origin.path = Some(path_text(&path));
        let Some(place) = place else {
            return Here {
                rules: None,
                level: None,
                origin,
            };
        };
        origin.site = place.site.clone().or(origin.site);
        origin.lang.clone_from(&place.lang);
        origin.kind = place.kind;
        Here {
            rules: place.rules.as_ref().map(|(rules, digest)| (rules, *digest)),
            level: place.level,
            origin,
        }
    }

    /// Whether anything depends on where a file is.
    fn is_asked(&self, rules: &RuleSet) -> bool {
        !self.entries.is_empty() || !self.exceptions.is_empty() || rules.asks_for_paths()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(root: &Path, pattern: &str) -> Globs {
        Globs::new(root, &[pattern.to_owned()]).unwrap()
    }

    fn place(files: Globs, site: &str) -> Place {
        Place {
            files,
            rules: None,
            level: None,
            site: Some(site.to_owned()),
            lang: None,
            kind: None,
        }
    }

    #[test]
    fn the_last_entry_decides_and_all_exceptions_hold() {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap();
        let exceptions = |pattern: &str, line: &str| Exceptions {
            files: globs(&root, pattern),
            lines: vec![line.to_owned()],
        };
        let places = Places {
            root: root.clone(),
            entries: vec![
                place(globs(&root, "*.txt"), "one.org"),
                place(globs(&root, "/a.txt"), "two.org"),
            ],
            exceptions: vec![exceptions("*.txt", "One"), exceptions("/a.txt", "Two")],
        };
        let rules = RuleSet::parse("none.toml", "schema = 1\n[pack]\nname = \"none\"\n").unwrap();
        let file = root.join("a.txt");
        let here = places.of(Name::File(&file), &rules).origin;
        assert_eq!(here.site.as_deref(), Some("two.org"));
        assert_eq!(here.path.as_deref(), Some("a.txt"));
        assert_eq!(here.keep, ["One", "Two"]);
    }

    #[test]
    fn a_record_is_from_where_its_address_is() {
        let rules = RuleSet::parse("none.toml", "schema = 1\n[pack]\nname = \"none\"\n").unwrap();
        let name = Name::Record {
            id: "7",
            url: Some("https://www.example.org/a"),
        };
        let places = Places::default();
        let here = places.of(name, &rules);
        assert_eq!(here.origin.site.as_deref(), Some("example.org"));
    }
}
