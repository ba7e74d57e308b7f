//! Main content of an HTML page.

use crate::{Document, Flags, Format, Removal, RuleSet};

/// How a page is turned into text.
#[derive(Clone, Debug, Default)]
pub struct ExtractOptions {}

/// A page after extraction.
#[derive(Clone, Debug)]
pub struct Extracted {
    /// The main content.
    pub document: Document,
    /// What was taken.
    pub removals: Vec<Removal>,
    /// What the document's reader should know.
    pub flags: Flags,
}

/// The main content of the page `html`.
pub fn extract(html: &str, _rules: &RuleSet, _options: &ExtractOptions) -> Extracted {
    Extracted {
        document: Document::new(Format::Text, html),
        removals: Vec::new(),
        flags: Flags::new(),
    }
}
