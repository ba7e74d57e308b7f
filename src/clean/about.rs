//! What is known about a document, found out when a rule first asks for it.

use std::cell::{OnceCell, RefCell};

use super::{Found, guard::Decline, kind, lang, view::View};
use crate::{Document, DocumentKind, host, rules::Rule};

/// How far into a text its front matter is looked for, in lines.
const FRONT_MATTER_LINES: usize = 60;

/// What is known about a document.
#[derive(Debug)]
pub(super) struct About<'d> {
    document: &'d Document,
    /// What is left of its text.
    text: &'d str,
    site: OnceCell<Option<String>>,
    /// The last sample that was detected, by its hash, and what it is in:
    /// rounds mostly see the same one.
    language: RefCell<Option<(u64, Option<&'static str>)>>,
}

impl<'d> About<'d> {
    /// `text` is what is left of the document's, as it would be written: a
    /// second cleaning knows no more.
    pub(super) fn new(document: &'d Document, text: &'d str) -> Self {
        Self {
            document,
            text,
            site: OnceCell::new(),
            language: RefCell::new(None),
        }
    }

    /// Why the rule is not for this document, if it is not.
    pub(super) fn declines(&self, rule: &Rule, view: &View<'_, '_>) -> Option<Decline> {
        let scope = &rule.scope;
        let path = self.document.origin.path.as_deref();
        if !scope.has_path(path) {
            return Some(("paths", Found::Path(path.map(str::to_owned))));
        }
        if !scope.sites.is_empty() && !scope.has_site(self.site()) {
            return Some(("sites", Found::Site(self.site().map(str::to_owned))));
        }
        if !rule.langs.is_empty()
            && let Some(language) = self.language(view)
            && !rule.langs.iter().any(|lang| lang == language)
        {
            return Some(("langs", Found::Language(language.to_owned())));
        }
        if !scope.kinds.is_empty() {
            let kind = self.kind(view);
            if !scope.has_kind(kind) {
                return Some(("kinds", Found::Kind(kind)));
            }
        }
        None
    }

    /// The host that the document is from: as its owner says, as its record or
    /// page says, or as its front matter says.
    pub(super) fn site(&self) -> Option<&str> {
        let found = self.site.get_or_init(|| {
            let document = self.document;
            let told = document.origin.site.clone();
            let address = || document.metadata.url.as_deref().and_then(host);
            told.or_else(address)
                .or_else(|| front_matter_address(self.text).and_then(host))
        });
        found.as_deref()
    }

    /// The language: as the owner says, as it is detected, or as the page says.
    pub(super) fn language<'v>(&self, view: &'v View<'_, '_>) -> Option<&'v str> {
        view.language(|| self.find_language(view))
    }

    fn find_language(&self, view: &View<'_, '_>) -> Option<String> {
        if let Some(told) = &self.document.origin.lang {
            return Some(told.clone());
        }
        let sample = lang::sample(view.contents());
        let hash = xxhash_rust::xxh3::xxh3_64(sample.as_bytes());
        let mut last = self.language.borrow_mut();
        let detected = match *last {
            Some((of, language)) if of == hash => language,
            _ => lang::detect(&sample),
        };
        *last = Some((hash, detected));
        let declared = || {
            let tag = self.document.metadata.lang.as_deref()?;
            let primary = tag.split(['-', '_']).next()?.trim().to_ascii_lowercase();
            (primary.len() == 2).then_some(primary)
        };
        detected.map(str::to_owned).or_else(declared)
    }

    /// The kind: as the owner says, as the page says, or as the lines look.
    pub(super) fn kind(&self, view: &View<'_, '_>) -> Option<DocumentKind> {
        let told = self.document.origin.kind.or(self.document.metadata.kind);
        told.or_else(|| kind::detect(view))
    }

    /// Whether the owner has written down that a line must stay.
    pub(super) fn must_stay(&self, line: &str) -> bool {
        let kept = &self.document.origin.keep;
        kept.iter().any(|kept| same_words(kept, line))
    }

    /// Whether there are lines that must stay.
    pub(super) fn has_exceptions(&self) -> bool {
        !self.document.origin.keep.is_empty()
    }
}

/// Whether two lines are the same but for white space.
pub(super) fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

/// The address in the front matter of a text: the value of `url`, `source`,
/// `source_url`, `link` or `canonical` between two lines of three dashes at its
/// beginning.
fn front_matter_address(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let mut found = None;
    for line in lines.take(FRONT_MATTER_LINES) {
        if line.trim_end() == "---" {
            return found;
        }
        if let Some((key, value)) = line.split_once(':')
            && matches!(
                key.trim(),
                "url" | "source" | "source_url" | "link" | "canonical"
            )
            && found.is_none()
        {
            found = Some(value.trim().trim_matches(['"', '\'']));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_closed_front_matter_only() {
        let text = "---\ntitle: A\nurl: \"https://news.example.org/a\"\n---\nText.\n";
        assert_eq!(
            front_matter_address(text),
            Some("https://news.example.org/a")
        );
        assert_eq!(front_matter_address(&text[4..]), None);
        assert_eq!(
            front_matter_address("---\nurl: https://a.org\nText\n"),
            None
        );
    }
}
