//! Inline markup of blocks, for output in Markdown.
//!
//! Noted beside the text while the tree is walked: where an inline element
//! begins and ends in the text of a block. What it becomes is decided when a
//! block is written (`inline.rs`), when both its ends are known.

use std::ops::Range;

use scraper::ElementRef;

/// An end of an inline element in the text of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge<'a> {
    /// Where, as a byte of [`super::blocks::Page::text`].
    pub at: usize,
    /// The element that begins here; `None` ends the innermost open one.
    pub opens: Option<ElementRef<'a>>,
}

/// Elements open at once in one block that are noted; deeper ones are not. A
/// link with struck, strong and emphasised code in it has five.
const MAX_MARKS: usize = 8;

/// An inline element that is open.
#[derive(Debug)]
struct Open<'a> {
    node: ElementRef<'a>,
    /// Whether it began in the block that is being written.
    begun: bool,
    /// Whether it began in any block.
    used: bool,
}

/// The inline elements of all blocks.
#[derive(Debug, Default)]
pub(super) struct Markup<'a> {
    /// The edges; blocks hold ranges of them.
    pub edges: Vec<Edge<'a>>,
    open: Vec<Open<'a>>,
    /// How many of `open` were looked at in the current block.
    seen: usize,
    /// Where the edges of the current block begin.
    start: usize,
}

impl<'a> Markup<'a> {
    pub(super) fn open(&mut self, node: ElementRef<'a>) {
        self.open.push(Open {
            node,
            begun: false,
            used: false,
        });
    }

    /// Ends the innermost element at the byte `at` of the text.
    pub(super) fn close(&mut self, at: usize) {
        if self.open.pop().is_some_and(|open| open.begun) {
            self.edges.push(Edge { at, opens: None });
        }
        self.seen = self.seen.min(self.open.len());
    }

    /// Notes that text begins at the byte `at`: elements begin with their
    /// first word, so that no mark stands before a blank or around nothing.
    ///
    /// An element around several blocks begins again in each of them, a link
    /// only in the first: its address is written once, however many there are.
    pub(super) fn text(&mut self, at: usize) {
        for open in &mut self.open[self.seen..] {
            let again = open.used && open.node.value().name() == "a";
            if self.seen < MAX_MARKS && !again {
                open.begun = true;
                open.used = true;
                self.edges.push(Edge {
                    at,
                    opens: Some(open.node),
                });
            }
            self.seen += 1;
        }
    }

    /// Ends the block, whose text ends at the byte `end`, and returns where
    /// its edges stand.
    pub(super) fn finish(&mut self, end: usize) -> Range<usize> {
        for open in self.open.iter_mut().rev() {
            if std::mem::take(&mut open.begun) {
                self.edges.push(Edge {
                    at: end,
                    opens: None,
                });
            }
        }
        self.seen = 0;
        let range = self.start..self.edges.len();
        self.start = range.end;
        range
    }

    /// Moves the edges of the current block that stand behind the byte `from`
    /// to where `moved` says.
    pub(super) fn shift(&mut self, from: usize, moved: impl Fn(usize) -> usize) {
        for edge in self.edges[self.start..].iter_mut().rev() {
            if edge.at <= from {
                break;
            }
            edge.at = moved(edge.at);
        }
    }
}
