//! What flows between the stages: a [`Document`] and what is known about it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How the bytes of a document are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Plain text: lines and blank lines.
    Text,
    /// Markdown: links, images, lists and code fences carry meaning.
    Markdown,
    /// HTML, whole page or fragment. Needs [`extract`](crate::extract()) first.
    Html,
}

/// A text with what is known about it. Owned, so it may cross threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// How `text` is written: [`Format::Text`] or [`Format::Markdown`] for the
    /// cleaning stage, [`Format::Html`] only before extraction.
    pub format: Format,
    /// The text itself.
    pub text: String,
    /// What the page says about itself.
    pub metadata: Metadata,
    /// Where it is from, as far as whoever hands it over knows.
    pub origin: Origin,
}

impl Document {
    /// A document of which nothing but the text is known.
    pub fn new(format: Format, text: impl Into<String>) -> Self {
        Self {
            format,
            text: text.into(),
            metadata: Metadata::default(),
            origin: Origin::default(),
        }
    }
}

/// Where a document is from, and what its owner has written down about it.
/// Rules that are for some documents only ask for it; see docs/rules.md for
/// what holds where something is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its path from the project's root, with `/`; of a record, its id.
    pub path: Option<String>,
    /// The host that it was taken from, such as `news.example.org`.
    pub site: Option<String>,
    /// Its language, an ISO 639-1 code.
    pub lang: Option<String>,
    /// What kind of document it is.
    pub kind: Option<DocumentKind>,
    /// Lines that must never go, each without blanks at its ends.
    pub keep: Vec<String>,
}

/// What kind of document something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// News, a post of a blog, an encyclopedia's entry.
    Article,
    /// Posts of several people: a thread, questions and answers.
    Forum,
    /// A list of other pages: a front page, search results, a category.
    Listing,
    /// A thing that is sold.
    Product,
    /// Documentation of something, for those who use it.
    Docs,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Article,
        Self::Forum,
        Self::Listing,
        Self::Product,
        Self::Docs,
    ];

    /// The name in rule files and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Forum => "forum",
            Self::Listing => "listing",
            Self::Product => "product",
            Self::Docs => "docs",
        }
    }
}

/// The host of an address, in lower case, without port, user and `www.`;
/// `None` if the address names none.
pub fn host(address: &str) -> Option<String> {
    let rest = address.trim().split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?.trim_end_matches('.').to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    is_host(host).then(|| host.to_owned())
}

/// Whether a name is one of a host: two labels or more, joined by dots.
pub(crate) fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        let hyphen = label.starts_with('-') || label.ends_with('-');
        let of_label = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && !hyphen && label.chars().all(of_label)
    };
    name.contains('.') && name.split('.').all(is_label)
}

/// What a page says about itself; every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// The headline, without the site's name where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The author or authors, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The date of publication, as written in the page's metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The name of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The address of the page: canonical, or that of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The declared language, a BCP 47 tag as written in the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// What kind of page it says it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<DocumentKind>,
}

/// A defect or a fact of a document that its reader should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Flag {
    /// Bytes that belong to no character were replaced by U+FFFD.
    Lossy,
    /// The text seems to be cut off: a paywall or log-in notice was found.
    Truncated,
    /// Cleaning would have left a husk, so the text was left as it was.
    Review,
    /// Its like is in the run already: it was written because it says something
    /// that the other does not.
    Overlap,
    /// The whole text of a page was taken instead of its main content: a cap
    /// was reached while it was read, or nothing in it looked like content.
    Fallback,
}

impl Flag {
    /// All of them, each with its name in a manifest and what it says.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (
            Self::Lossy,
            "lossy",
            "bytes that belong to no character were replaced by U+FFFD",
        ),
        (
            Self::Truncated,
            "truncated",
            "the text seems to be cut off: a paywall or log-in notice was found",
        ),
        (
            Self::Review,
            "review",
            "a person should look at it: a rule says so, or cleaning would have left a husk",
        ),
        (
            Self::Overlap,
            "overlap",
            "its like is in the run already; it was written because it says something that the other \
             does not",
        ),
        (
            Self::Fallback,
            "fallback",
            "the whole text of a page was taken instead of its main content: a cap was reached \
             while it was read, or nothing in it looked like content",
        ),
    ];
}

/// The flags of a document, in a stable order.
pub type Flags = BTreeSet<Flag>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_told_by_the_name_that_it_is_written_with() {
        for (at, (flag, name, _)) in Flag::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(flag).unwrap(), name);
            assert!(Flag::ALL[at + 1..].iter().all(|(other, ..)| *other != flag));
        }
        // Who adds one gets here: a flag without words does not compile.
        let told = |flag| match flag {
            Flag::Lossy => 0,
            Flag::Truncated => 1,
            Flag::Review => 2,
            Flag::Overlap => 3,
            Flag::Fallback => 4,
        };
        for (at, (flag, ..)) in Flag::ALL.into_iter().enumerate() {
            assert_eq!(told(flag), at);
        }
    }

    #[test]
    fn the_host_of_an_address_has_neither_user_nor_port_nor_www() {
        let found = |address| host(address).unwrap_or_default();
        assert_eq!(found("https://www.Example.org:8080/a?b#c"), "example.org");
        assert_eq!(found("http://me@news.example.org"), "news.example.org");
        assert_eq!(found("//example.org/a"), "");
        assert_eq!(found("mailto:a@example.org"), "");
        assert_eq!(found("https://localhost/a"), "");
    }
}
