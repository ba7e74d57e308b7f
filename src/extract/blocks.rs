//! One pass over the tree: the page's text as blocks with features.
//!
//! A *block* is a run of text between two block boundaries. All text of the
//! page is written once, white space collapsed, into one buffer; a block is a
//! range of it, an *element* a range of blocks. So a decision about an element
//! is a sum over a slice, and what is kept needs no second walk.

use std::ops::Range;

use scraper::ElementRef;

use super::{
    hints::Hints,
    kinds::{Kind, is_control},
    markup::Edge,
    tree_rules::TreeRules,
    walk::Walk,
};
use crate::Code;

/// An element that begins a block, in document order.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// The element in the tree.
    pub node: ElementRef<'a>,
    /// Index of the nearest such element around it; the first is its own.
    pub parent: usize,
    /// What it is.
    pub kind: Kind,
    /// What its own names hint at.
    pub hints: Hints,
    /// The class attribute, to tell repeated siblings.
    pub class: &'a str,
    /// The blocks in it, half-open.
    pub blocks: Range<usize>,
    /// Index behind the last element in it.
    pub end: usize,
}

/// A run of text and what was measured of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// The text, as a half-open byte range of [`Page::text`].
    pub text: Range<usize>,
    /// Ends of the inline elements in it, as a half-open range of
    /// [`Page::edges`]; empty unless they were asked for.
    pub edges: Range<usize>,
    /// Index of the element it stands in.
    pub element: usize,
    /// Length in Latin letters: a letter of a script that writes a word in
    /// one or two characters counts [`WIDE`].
    pub length: usize,
    /// The part of `length` inside links.
    pub link_length: usize,
    /// Punctuation that separates or ends sentences and clauses.
    pub punctuation: usize,
    /// Digits.
    pub digits: usize,
    /// Signs of currencies.
    pub money: usize,
    /// Line breaks inside.
    pub breaks: usize,
    /// Links begun in it.
    pub links: usize,
    /// Pictures in it, and between it and the block before.
    pub images: usize,
    /// Whether some of it stands in an element that a keep rule names.
    pub ruled: bool,
    /// Whether its white space counts.
    pub preformatted: bool,
}

/// A page as blocks.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    /// All text, collapsed.
    pub text: String,
    /// Ends of inline elements in the text, if they were asked for.
    pub edges: Vec<Edge<'a>>,
    /// Elements in document order.
    pub elements: Vec<Element<'a>>,
    /// Blocks in document order.
    pub blocks: Vec<Block>,
    /// Elements that were not read, and why.
    pub omissions: Vec<(ElementRef<'a>, Omission)>,
}

/// Why an element was not read.
#[derive(Clone, Debug)]
pub(super) enum Omission {
    /// The page does not show it.
    Hidden,
    /// It is a control of a form.
    Control,
    /// It tells how the word before it is read.
    Reading,
    /// A rule takes it out.
    Rule(Code),
}

impl Omission {
    /// Why an element that is skipped is not read. None if it never has text
    /// for a reader, as scripts.
    pub(super) fn of_unread(name: &str) -> Option<Self> {
        match name {
            _ if is_control(name) => Some(Self::Control),
            "rt" | "rp" => Some(Self::Reading),
            // Shown where the browser cannot show the thing itself.
            "object" | "video" | "audio" | "canvas" | "progress" | "meter" => Some(Self::Hidden),
            _ => None,
        }
    }
}

/// How a page is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// Whether elements that the page hides are read.
    pub hidden: Hidden,
    /// Whether inline elements are noted beside the text.
    pub markup: bool,
}

impl How {
    /// As a reader sees it, as plain text.
    pub(super) const TEXT: Self = Self {
        hidden: Hidden::Omitted,
        markup: false,
    };
}

/// Whether elements that the page hides are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hidden {
    /// They are left out.
    Omitted,
    /// They are read, for pages that only scripts make visible.
    Read,
}

impl<'a> Page<'a> {
    /// Reads the tree below `root`.
    pub(super) fn read(root: ElementRef<'a>, how: How, rules: &TreeRules<'_>) -> Self {
        let mut walk = Walk::new(how, rules);
        walk.run(root);
        walk.page.edges = walk.markup.map(|markup| markup.edges).unwrap_or_default();
        walk.page
    }

    /// The text of the first heading of level 1.
    pub(super) fn headline(&self) -> Option<&str> {
        let heading = self
            .blocks
            .iter()
            .find(|block| self.elements[block.element].kind == Kind::Heading(1))?;
        Some(self.text_of(heading))
    }

    /// The elements around an element, itself first, the root last.
    pub(super) fn around(&self, element: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(element), |&at| {
            (at != 0).then(|| self.elements[at].parent)
        })
    }

    /// The text of a block.
    pub(super) fn text_of(&self, block: &Block) -> &str {
        &self.text[block.text.clone()]
    }
}
