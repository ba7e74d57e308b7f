//! The walk over the tree that reads a [`Page`].
//!
//! No recursion: the depth of a page is not the depth of our stack.

use std::ops::Deref;

use scraper::{ElementRef, Node};

use super::{
    attributes::{Names, is_hidden, is_open, opens},
    blocks::{Block, Element, Hidden, How, Omission, Page},
    kinds::{
        Kind, WIDE, is_blank, is_clause_mark, is_control, is_currency, is_line, is_wide, kind,
    },
    markup::Markup,
    raised::raise,
    tree_rules::TreeRules,
};
use crate::rules::Action;

/// Tells of an element whether a keep rule names something inside it.
pub(super) type Holds<'a> = Box<dyn Fn(ElementRef<'a>) -> bool + 'a>;

/// Whether an element is the page, or all of its content: rules and names for
/// what is around the content cannot mean it, whatever its classes.
pub(super) fn is_whole(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "html" | "body" | "main")
}

/// The node type of scraper's tree: what an [`ElementRef`] dereferences to.
type NodeRef<'a> = <ElementRef<'a> as Deref>::Target;

/// The state of the pass.
pub(super) struct Walk<'a, 'r> {
    pub page: Page<'a>,
    rules: &'r TreeRules<'r>,
    /// None if there are no keep rules.
    holds_kept: Option<Holds<'a>>,
    /// Number of open nodes around the outermost one that a keep rule names.
    kept_from: Option<usize>,
    hidden: Hidden,
    pub markup: Option<Markup<'a>>,
    /// Kinds of the open nodes.
    kinds: Vec<Kind>,
    /// Indexes of the open elements that begin blocks.
    open: Vec<usize>,
    block: Block,
    /// Of each of them whether white space in it counts.
    preformatted: Vec<bool>,
    /// Where the text of the open superscripts and subscripts begins, how many
    /// links its block had then, and how many blocks were finished.
    shifted: Vec<(usize, usize, usize)>,
    /// Blocks finished, empty ones too.
    finished: usize,
    links: usize,
    headings: usize,
    /// White space was seen and not written yet.
    space: bool,
    /// A link or control ended and nothing was written since.
    seam: bool,
}

impl<'a, 'r> Walk<'a, 'r> {
    pub(super) fn new(how: How, rules: &'r TreeRules<'r>) -> Self {
        Self {
            page: Page::default(),
            rules,
            holds_kept: None,
            kept_from: None,
            hidden: how.hidden,
            markup: how.markup.then(Markup::default),
            kinds: Vec::new(),
            open: Vec::new(),
            block: Block::default(),
            preformatted: Vec::new(),
            shifted: Vec::new(),
            finished: 0,
            links: 0,
            headings: 0,
            space: false,
            seam: false,
        }
    }

    pub(super) fn run(&mut self, root: ElementRef<'a>) {
        self.holds_kept = self.rules.holders(root);
        let mut node: NodeRef<'a> = *root;
        loop {
            if self.enter(node)
                && let Some(child) = node.first_child()
            {
                node = child;
                continue;
            }
            loop {
                self.leave();
                if self.kinds.is_empty() {
                    return;
                }
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                // The root was entered first, so there is a parent below it.
                let Some(parent) = node.parent() else { return };
                node = parent;
            }
        }
    }

    /// Whether the children of `node` are to be read.
    fn enter(&mut self, node: NodeRef<'a>) -> bool {
        match node.value() {
            Node::Text(text) => {
                self.kinds.push(Kind::Inline);
                self.write(text);
                return false;
            }
            Node::Fragment => {
                // The content of a template: shown where it is a shadow tree.
                self.kinds.push(Kind::Inline);
                return node
                    .parent()
                    .and_then(ElementRef::wrap)
                    .is_some_and(|template| template.attr("shadowrootmode").is_some());
            }
            _ => {}
        }
        let Some(element_ref) = ElementRef::wrap(node) else {
            self.kinds.push(Kind::Inline);
            return false;
        };
        let holds = self.holds_kept.as_ref();
        let mut spared = holds.is_some_and(|holds| holds(element_ref));
        match self.rules.decide(&element_ref) {
            Some(rule) if rule.action == Action::Keep => {
                spared = true;
                self.kept_from.get_or_insert(self.kinds.len());
            }
            Some(rule) if !spared && self.kept_from.is_none() && !is_whole(element_ref) => {
                return self.omit(element_ref, Omission::Rule(rule.code.clone()));
            }
            _ => {}
        }
        self.enter_element(element_ref, spared)
    }

    /// Whether the children of an element that no rule takes are to be read.
    /// If it is `spared`, a keep rule names it or something inside it.
    fn enter_element(&mut self, element_ref: ElementRef<'a>, spared: bool) -> bool {
        let element = element_ref.value();
        let mut kind = kind(element.name());
        if kind == Kind::Skip {
            kind = self.read_as(element_ref, spared);
        }
        if kind == Kind::Skip {
            self.block.images += usize::from(element.name() == "img");
            if let Some(why) = Omission::of_unread(element.name()) {
                return self.omit(element_ref, why);
            }
            self.kinds.push(Kind::Inline);
            return false;
        }
        match kind {
            Kind::Inline | Kind::Marked | Kind::Link | Kind::Raised | Kind::Lowered => {
                if !spared && is_hidden(element, self.hidden) {
                    return self.omit(element_ref, Omission::Hidden);
                }
                self.enter_inline(element_ref, kind);
                return true;
            }
            Kind::Break => {
                self.kinds.push(Kind::Inline);
                self.line_break();
                return false;
            }
            _ => {}
        }
        let names = Names::read(element);
        let hidden = self.hidden == Hidden::Omitted && names.hidden && !names.panel;
        if !self.open.is_empty() && !spared && hidden {
            return self.omit(element_ref, Omission::Hidden);
        }
        if names.role != Kind::Inline && matches!(kind, Kind::Box | Kind::List) {
            kind = names.role;
        }
        if self.is_preformatted() && is_line(element_ref, kind) {
            if kind == Kind::Cell {
                self.space = true;
            } else {
                self.begin_line();
            }
            self.kinds.push(Kind::Line);
            return true;
        }
        self.begin(element_ref, kind, &names);
        true
    }

    /// What an element is read as that is skipped elsewhere.
    fn read_as(&self, element_ref: ElementRef<'a>, spared: bool) -> Kind {
        let element = element_ref.value();
        if element.name() == "button" && (self.headings > 0 || stands_in_text(element_ref)) {
            return Kind::Inline;
        }
        let around = self.open.last().map(|&at| self.page.elements[at].kind);
        let apart = around != Some(Kind::Paragraph);
        if spared && is_control(element.name()) || is_open(element) || apart && opens(element) {
            return Kind::Box;
        }
        Kind::Skip
    }

    fn enter_inline(&mut self, element: ElementRef<'a>, kind: Kind) {
        self.kinds.push(kind);
        match kind {
            Kind::Link => {
                self.links += 1;
                self.block.links += 1;
                self.space |= self.seam && !self.is_preformatted();
            }
            Kind::Raised | Kind::Lowered => {
                self.shifted
                    .push((self.page.text.len(), self.block.links, self.finished));
            }
            _ => {}
        }
        if let (Some(markup), Kind::Marked | Kind::Link) = (&mut self.markup, kind) {
            markup.open(element);
        }
    }

    fn is_preformatted(&self) -> bool {
        self.preformatted.last() == Some(&true)
    }

    /// What follows in preformatted text stands on a line of its own.
    fn begin_line(&mut self) {
        let written = &self.page.text[self.block.text.start..];
        if !written.is_empty() && !written.ends_with('\n') {
            self.page.text.push('\n');
            self.block.breaks += 1;
        }
        self.space = false;
    }

    /// Passes over an element and notes why.
    fn omit(&mut self, element: ElementRef<'a>, why: Omission) -> bool {
        self.page.omissions.push((element, why));
        self.kinds.push(Kind::Inline);
        false
    }

    /// Opens an element that begins a block.
    fn begin(&mut self, node: ElementRef<'a>, kind: Kind, names: &Names<'a>) {
        self.finish_block();
        let index = self.page.elements.len();
        let blocks = self.page.blocks.len();
        self.page.elements.push(Element {
            node,
            parent: self.open.last().copied().unwrap_or(0),
            kind,
            hints: names.hints,
            class: names.class,
            blocks: blocks..blocks,
            end: index + 1,
        });
        self.open.push(index);
        self.kinds.push(kind);
        self.preformatted.push(kind == Kind::Preformatted);
        self.headings += usize::from(matches!(kind, Kind::Heading(_)));
    }

    fn leave(&mut self) {
        let Some(kind) = self.kinds.pop() else { return };
        if self.kept_from == Some(self.kinds.len()) {
            self.kept_from = None;
        }
        match kind {
            Kind::Inline | Kind::Skip | Kind::Break => return,
            Kind::Line => {
                self.begin_line();
                return;
            }
            Kind::Raised | Kind::Lowered => {
                self.leave_shifted(kind);
                return;
            }
            Kind::Marked | Kind::Link => {
                if kind == Kind::Link {
                    self.links -= 1;
                    self.seam = true;
                }
                if let Some(markup) = &mut self.markup {
                    markup.close(self.page.text.len());
                }
                return;
            }
            Kind::Heading(_) => {
                self.finish_block();
                self.headings -= 1;
            }
            _ => self.finish_block(),
        }
        self.preformatted.pop();
        if let Some(index) = self.open.pop() {
            let end = self.page.elements.len();
            let element = &mut self.page.elements[index];
            element.blocks.end = self.page.blocks.len();
            element.end = end;
        }
    }

    /// Writes the superscript or subscript that ends here in other signs, if
    /// it would be read as a part of what stands before it.
    fn leave_shifted(&mut self, kind: Kind) {
        let Some((start, links, finished)) = self.shifted.pop() else {
            return;
        };
        // It began in an earlier block.
        if finished != self.finished {
            return;
        }
        // A blank before its first word is not raised.
        let start = self.page.text.len() - self.page.text[start..].trim_start().len();
        let is_note = self.links > 0 || self.block.links > links;
        let (before, text) =
            self.page.text[self.block.text.start..].split_at(start - self.block.text.start);
        let Some(raised) = raise(before, text, kind == Kind::Raised, is_note) else {
            return;
        };
        self.page.text.truncate(start);
        self.page.text.push_str(&raised.text);
        if let Some(markup) = &mut self.markup {
            markup.shift(start, |at| start + raised.moved(at - start));
        }
    }

    /// Closes the block that is being written, if it has text.
    fn finish_block(&mut self) {
        self.finished += 1;
        self.space = false;
        self.seam = false;
        let start = self.block.text.start;
        if let Some(markup) = &mut self.markup {
            self.block.edges = markup.finish(self.page.text.len());
        }
        self.block.preformatted = self.is_preformatted();
        if self.block.length + self.block.punctuation > 0 {
            let trimmed = self.page.text[start..].trim_end().len();
            self.page.text.truncate(start + trimmed);
            self.block.text.end = self.page.text.len();
            // Texts of several blocks in a row read as such.
            self.page.text.push('\n');
            self.block.element = self.open.last().copied().unwrap_or(0);
            self.page.blocks.push(std::mem::take(&mut self.block));
        } else {
            self.page.text.truncate(start);
            let images = self.block.images;
            self.block = Block {
                images,
                ..Block::default()
            };
        }
        self.block.text = self.page.text.len()..self.page.text.len();
    }

    fn line_break(&mut self) {
        self.space = false;
        if self.page.text.len() > self.block.text.start {
            self.page.text.push('\n');
            self.block.breaks += 1;
        }
    }

    fn write(&mut self, text: &str) {
        let link = self.links > 0;
        let before = self.block.length;
        if self.is_preformatted() {
            self.write_preformatted(text);
        } else {
            self.write_flowing(text);
        }
        if self.kept_from.is_some() && self.block.length > before {
            self.block.ruled = true;
        }
        if link {
            self.block.link_length += self.block.length - before;
        }
    }

    fn write_preformatted(&mut self, text: &str) {
        // Cells of one line.
        if std::mem::take(&mut self.space) {
            let written = &self.page.text[self.block.text.start..];
            if !written.is_empty() && !written.ends_with(char::is_whitespace) {
                self.page.text.push(' ');
            }
        }
        for character in text.chars() {
            self.page.text.push(character);
            if character == '\n' {
                self.block.breaks += 1;
            } else if !character.is_whitespace() {
                self.count(character);
            }
        }
    }

    fn write_flowing(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if is_blank(byte) {
                self.space = true;
                at += 1;
                continue;
            }
            // Words of ASCII are most of all text: they are written whole.
            let ascii = bytes[at..]
                .iter()
                .take_while(|&&byte| byte.is_ascii() && !is_blank(byte))
                .count();
            let length = if ascii > 0 {
                for &byte in &bytes[at..at + ascii] {
                    self.count(char::from(byte));
                }
                ascii
            } else {
                let Some(character) = text[at..].chars().next() else {
                    return;
                };
                self.count(character);
                character.len_utf8()
            };
            self.push(&text[at..at + length]);
            at += length;
        }
    }

    /// Writes text without blanks, after the blank that was seen.
    fn push(&mut self, text: &str) {
        if self.space {
            let written = self.page.text.len() > self.block.text.start;
            if written && !self.page.text.ends_with('\n') {
                self.page.text.push(' ');
            }
            self.space = false;
        }
        self.seam = false;
        if let Some(markup) = &mut self.markup {
            markup.text(self.page.text.len());
        }
        self.page.text.push_str(text);
    }

    fn count(&mut self, character: char) {
        if character.is_ascii() {
            match character {
                '0'..='9' => {
                    self.block.digits += 1;
                    self.block.length += 1;
                }
                ',' | '.' | ';' | ':' | '!' | '?' => {
                    self.block.punctuation += 1;
                    self.block.length += 1;
                }
                '$' => {
                    self.block.money += 1;
                    self.block.length += 1;
                }
                _ => self.block.length += 1,
            }
        } else if is_wide(character) {
            self.block.length += WIDE;
        } else if is_clause_mark(character) {
            self.block.punctuation += 1;
            self.block.length += 1;
        } else if character != '\u{a0}' {
            self.block.money += usize::from(is_currency(character));
            self.block.length += 1;
        }
    }
}

/// Whether an element has text on either side, so that a sentence would lack it.
fn stands_in_text(element: ElementRef<'_>) -> bool {
    let is_text = |node: Option<NodeRef<'_>>| {
        node.is_some_and(|node| match node.value() {
            Node::Text(text) => text.contains(char::is_alphanumeric),
            _ => false,
        })
    };
    is_text(element.prev_sibling()) && is_text(element.next_sibling())
}
