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
}

impl Document {
    /// A document of which nothing but the text is known.
    pub fn new(format: Format, text: impl Into<String>) -> Self {
        Self {
            format,
            text: text.into(),
            metadata: Metadata::default(),
        }
    }
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
    /// Its like is in the run already, but shorter: it was written because much
    /// of it may be nowhere else.
    Overlap,
    /// The whole text of a page was taken instead of its main content: a cap
    /// was reached while it was read, or nothing in it looked like content.
    Fallback,
}

/// The flags of a document, in a stable order.
pub type Flags = BTreeSet<Flag>;
