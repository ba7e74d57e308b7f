//! Taking boilerplate out of a document's text.

use crate::{Document, Flags, Removal, RuleSet};

/// How much is taken.
#[derive(Clone, Debug, Default)]
pub struct CleanOptions {}

/// A document after cleaning.
#[derive(Clone, Debug)]
pub struct Cleaned {
    /// What is left, in the normal form.
    pub text: String,
    /// What was taken, in order, never overlapping.
    pub removals: Vec<Removal>,
    /// What the document's reader should know.
    pub flags: Flags,
}

/// Takes boilerplate out of `document`.
pub fn clean(document: &Document, _rules: &RuleSet, _options: &CleanOptions) -> Cleaned {
    Cleaned {
        text: document.text.clone(),
        removals: Vec::new(),
        flags: Flags::new(),
    }
}
