//! What was taken out of a document: where, and by what.
//!
//! A dry run, a diff, a report and an undo are all readings of the same
//! [`Removal`]s. Spans are byte ranges of the text *before* any cut, so the
//! removals of different rules can be compared and shown in place.

use std::{fmt, ops::Range, sync::Arc};

/// The code of the rule or step that took something, such as `IMG001`.
///
/// Cheap to clone: a run names the same few codes millions of times.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Arc<str>);

impl Code {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Code {
    fn from(code: &str) -> Self {
        Self(code.into())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where something was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Bytes of the decoded text, half-open. For a page that came as HTML, of
    /// the extracted text.
    Text(Range<usize>),
    /// A node of an HTML tree, which keeps no byte offsets.
    Node(NodeLocation),
}

/// A node of an HTML tree, named so that a person finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLocation {
    /// The way down to the node, such as `body>main>div.related`.
    pub path: String,
    /// The first words of its text.
    pub text: String,
    /// The length of its text in bytes.
    pub bytes: usize,
}

/// Something that was taken out, and the rule or step that took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// What took it.
    pub code: Code,
    /// Where it was.
    pub location: Location,
}

impl Removal {
    /// A removal of the bytes `span` of a text.
    pub fn text(code: Code, span: Range<usize>) -> Self {
        Self {
            code,
            location: Location::Text(span),
        }
    }

    /// The bytes that were taken from the text, if it was taken from text.
    pub fn span(&self) -> Option<&Range<usize>> {
        match &self.location {
            Location::Text(span) => Some(span),
            Location::Node(_) => None,
        }
    }

    /// How many bytes of text were taken.
    pub fn bytes(&self) -> usize {
        match &self.location {
            Location::Text(span) => span.len(),
            Location::Node(node) => node.bytes,
        }
    }
}

/// The text without the removed spans.
///
/// `removals` are in order and do not overlap, as [`clean`](crate::clean())
/// returns them; removals of tree nodes are passed over.
pub fn cut(text: &str, removals: &[Removal]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for span in removals.iter().filter_map(Removal::span) {
        kept.push_str(&text[from..span.start]);
        from = span.end;
    }
    kept.push_str(&text[from..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_leaves_what_no_removal_names() {
        let removals = [
            Removal::text("A001".into(), 0..4),
            Removal::text("B001".into(), 6..8),
        ];
        assert_eq!(cut("husk, ok grain", &removals), ",  grain");
    }
}
