//! Which documents a rule is for: sites, files, kinds of documents.
//!
//! A name is asked for (`"example.org"`) or excluded (`"!example.org"`). What
//! is asked for has to be known: a rule for a site says nothing about a text
//! that may be from anywhere. What is excluded has to be known, too, so a rule
//! that only excludes acts where nothing is known.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{error::RuleErrorKind, nearest::nearest};
use crate::{DocumentKind, Origin, document::is_host};

/// Which documents a rule is for. Empty lists are for all.
#[derive(Debug, Default)]
pub struct Scope {
    /// Hosts, each with those below it.
    pub sites: Vec<String>,
    /// Patterns of paths, in the syntax of `.gitignore`.
    pub paths: Vec<String>,
    /// Names of [`DocumentKind`]s.
    pub kinds: Vec<String>,
    globs: Option<Gitignore>,
}

impl Scope {
    /// Checks and compiles what a rule file has.
    pub(super) fn new(
        sites: &[String],
        paths: Vec<String>,
        kinds: Vec<String>,
    ) -> Result<Self, RuleErrorKind> {
        for site in sites {
            let host = site.strip_prefix('!').unwrap_or(site);
            if !is_host(host) {
                return Err(wrong(
                    "sites",
                    format!("has {site:?}, which is no host (write it as \"example.org\")"),
                ));
            }
        }
        for kind in &kinds {
            let name = kind.strip_prefix('!').unwrap_or(kind);
            let known = DocumentKind::ALL.map(DocumentKind::name);
            if !known.contains(&name) {
                let hint = nearest(name, known)
                    .map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                return Err(wrong(
                    "kinds",
                    format!(
                        "has the unknown kind {kind:?} (known: {}){hint}",
                        known.join(", ")
                    ),
                ));
            }
        }
        Ok(Self {
            sites: sites.iter().map(|site| site.to_lowercase()).collect(),
            globs: globs(&paths)?,
            paths,
            kinds,
        })
    }

    /// Where a document may be from that it is for, so that its examples can
    /// be tried. Of its paths, those without patterns are known.
    pub(super) fn example(&self) -> Origin {
        let asked = |names: &[String]| names.iter().find(|name| !name.starts_with('!')).cloned();
        let kind = asked(&self.kinds);
        let kind = DocumentKind::ALL
            .into_iter()
            .find(|known| Some(known.name()) == kind.as_deref());
        let path = asked(&self.paths).map(|path| {
            let path = path
                .trim_start_matches('/')
                .replace("**", "a")
                .replace('*', "a");
            if path.ends_with('/') {
                path + "a"
            } else {
                path
            }
        });
        Origin {
            site: asked(&self.sites),
            kind,
            path,
            ..Origin::default()
        }
    }

    /// Whether it is for documents of this site.
    pub(crate) fn has_site(&self, site: Option<&str>) -> bool {
        holds(&self.sites, site, |name, site| {
            site.strip_suffix(name)
                .is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
    }

    /// Whether it is for documents of this kind.
    pub(crate) fn has_kind(&self, kind: Option<DocumentKind>) -> bool {
        holds(&self.kinds, kind, |name, kind| name == kind.name())
    }

    /// Whether it is for the document at this path.
    pub(crate) fn has_path(&self, path: Option<&str>) -> bool {
        let Some(globs) = &self.globs else {
            return true;
        };
        // An absolute path is matched from its root on.
        let below = path.map(|path| path.trim_start_matches("./").trim_start_matches('/'));
        below
            .filter(|path| !path.is_empty())
            .is_some_and(|path| globs.matched_path_or_any_parents(path, false).is_ignore())
    }
}

/// Whether `names` are for `value`.
fn holds<T: Copy>(names: &[String], value: Option<T>, is: impl Fn(&str, T) -> bool) -> bool {
    if names.is_empty() {
        return true;
    }
    let asked = || names.iter().filter(|name| !name.starts_with('!'));
    let Some(value) = value else {
        return asked().next().is_none();
    };
    let excluded = names
        .iter()
        .filter_map(|name| name.strip_prefix('!'))
        .any(|name| is(name, value));
    !excluded && (asked().next().is_none() || asked().any(|name| is(name, value)))
}

fn globs(paths: &[String]) -> Result<Option<Gitignore>, RuleErrorKind> {
    if paths.is_empty() {
        return Ok(None);
    }
    let bad = |problem: String| wrong("paths", format!("{problem} (see docs/rules.md)"));
    let mut builder = GitignoreBuilder::new("");
    for path in paths {
        builder
            .add_line(None, path)
            .map_err(|error| bad(format!("has the pattern {path:?}: {error}")))?;
    }
    let built = builder
        .build()
        .map_err(|error| bad(format!("cannot be used: {error}")))?;
    if built.num_ignores() == 0 {
        return Err(bad("name no file".to_owned()));
    }
    Ok(Some(built))
}

fn wrong(key: &'static str, problem: String) -> RuleErrorKind {
    RuleErrorKind::Value { key, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(sites: &[&str], paths: &[&str], kinds: &[&str]) -> Scope {
        let own =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        Scope::new(&own(sites), own(paths), own(kinds)).unwrap()
    }

    #[test]
    fn a_site_is_its_host_and_those_below() {
        let rule = scope(&["Example.org"], &[], &[]);
        assert!(rule.has_site(Some("example.org")) && rule.has_site(Some("news.example.org")));
        assert!(!rule.has_site(Some("badexample.org")) && !rule.has_site(Some("example.com")));
    }

    #[test]
    fn what_is_asked_for_has_to_be_known_and_what_is_excluded_too() {
        assert!(!scope(&["a.org"], &[], &[]).has_site(None));
        assert!(scope(&["!a.org"], &[], &[]).has_site(None));
        assert!(!scope(&[], &[], &["forum"]).has_kind(None));
        assert!(scope(&[], &[], &["!docs"]).has_kind(None));
        assert!(!scope(&[], &["raw/"], &[]).has_path(None));
        assert!(scope(&[], &[], &[]).has_path(None));
    }

    #[test]
    fn an_exclusion_beats_what_is_asked_for() {
        let rule = scope(&["example.org", "!shop.example.org"], &[], &[]);
        assert!(rule.has_site(Some("www2.example.org")));
        assert!(!rule.has_site(Some("shop.example.org")));
        let rule = scope(&[], &[], &["!docs"]);
        assert!(rule.has_kind(Some(DocumentKind::Forum)));
        assert!(!rule.has_kind(Some(DocumentKind::Docs)));
    }

    #[test]
    fn paths_are_matched_as_gitignore_matches_them() {
        let rule = scope(&[], &["seeds/daily/", "*.raw.txt"], &[]);
        assert!(rule.has_path(Some("seeds/daily/a/b.txt")));
        assert!(rule.has_path(Some("./deep/in/x.raw.txt")));
        assert!(!rule.has_path(Some("other/seeds/daily/b.txt")));
        let but = scope(&[], &["seeds/**", "!seeds/own/**"], &[]);
        assert!(but.has_path(Some("/seeds/a.txt")) && !but.has_path(Some("seeds/own/a.txt")));
    }

    #[test]
    fn names_that_cannot_match_are_refused() {
        let bad = |sites: &[&str], kinds: &[&str]| {
            let own = |names: &[&str]| -> Vec<String> {
                names.iter().map(|&name| name.to_owned()).collect()
            };
            Scope::new(&own(sites), Vec::new(), own(kinds)).is_err()
        };
        assert!(bad(&["https://example.org/"], &[]) && bad(&["org"], &[]) && bad(&[""], &[]));
        assert!(bad(&[], &["blog"]) && !bad(&["!a.org"], &["!docs"]));
    }
}
