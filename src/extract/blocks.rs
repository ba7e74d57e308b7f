//! One pass over the tree: the page's text as blocks with features.
//!
//! A *block* is a run of text between two block boundaries. All text of the
//! page is written once, white space collapsed, into one buffer; a block is a
//! range of it, an *element* a range of blocks. So a decision about an element
//! is a sum over a slice, and what is kept needs no second walk.

use std::ops::{Deref, Range};

use scraper::{ElementRef, Node};

use super::{
    hints::{self, Hints},
    markup::{Mark, Markup},
    tree_rules::{Action, TreeRules},
};
use crate::Code;

/// The node type of scraper's tree: what an [`ElementRef`] dereferences to.
type NodeRef<'a> = <ElementRef<'a> as Deref>::Target;

/// What an element is to a reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Flows with the text around it.
    Inline,
    /// Marked text, such as `em`; flows with the text around it.
    Marked,
    /// A link; flows with the text around it.
    Link,
    /// Never shown as text, or a control of a form.
    Skip,
    /// A line break.
    Break,
    /// A generic container.
    Box,
    /// A paragraph.
    Paragraph,
    /// A heading of level 1 to 6.
    Heading(u8),
    /// A list.
    List,
    /// A list item.
    Item,
    /// A definition list's term or description.
    Definition,
    /// Text whose white space counts.
    Preformatted,
    /// A table.
    Table,
    /// A row of a table.
    Row,
    /// A cell of a table.
    Cell,
    /// A quotation.
    Quote,
    /// A figure's caption.
    Caption,
    /// A menu.
    Nav,
    /// A footer of a page or section.
    Footer,
    /// A header of a page or section.
    Header,
    /// Something beside the subject.
    Aside,
    /// The main part of the page.
    Main,
    /// A self-contained part.
    Article,
    /// A form.
    Form,
}

/// The kind of the element `name`.
pub(super) fn kind(name: &str) -> Kind {
    match name {
        "div" | "section" | "body" | "html" | "center" | "fieldset" | "details" | "summary"
        | "figure" | "address" | "hgroup" | "tbody" | "thead" | "tfoot" | "caption" | "hr"
        | "legend" | "search" | "template" => Kind::Box,
        "a" => Kind::Link,
        "em" | "i" | "strong" | "b" | "code" | "kbd" | "samp" | "tt" | "s" | "del" | "strike" => {
            Kind::Marked
        }
        "p" => Kind::Paragraph,
        "li" => Kind::Item,
        "ul" | "ol" | "dl" | "menu" | "dir" => Kind::List,
        "br" => Kind::Break,
        "h1" => Kind::Heading(1),
        "h2" => Kind::Heading(2),
        "h3" => Kind::Heading(3),
        "h4" => Kind::Heading(4),
        "h5" => Kind::Heading(5),
        "h6" => Kind::Heading(6),
        "td" | "th" => Kind::Cell,
        "tr" => Kind::Row,
        "table" => Kind::Table,
        "dt" | "dd" => Kind::Definition,
        "pre" | "listing" | "xmp" => Kind::Preformatted,
        "blockquote" => Kind::Quote,
        "figcaption" => Kind::Caption,
        "nav" => Kind::Nav,
        "footer" => Kind::Footer,
        "header" => Kind::Header,
        "aside" => Kind::Aside,
        "main" => Kind::Main,
        "article" => Kind::Article,
        "form" => Kind::Form,
        "script" | "style" | "head" | "noscript" | "select" | "option" | "optgroup"
        | "datalist" | "textarea" | "input" | "button" | "iframe" | "object" | "embed"
        | "video" | "audio" | "canvas" | "svg" | "map" | "progress" | "meter" | "dialog"
        | "title" | "meta" | "link" | "noframes" | "img" | "rp" | "rt" => Kind::Skip,
        _ if name.contains('-') => Kind::Box,
        _ => Kind::Inline,
    }
}

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
    /// Whether a keep rule names it.
    pub ruled: bool,
}

/// A run of text and what was measured of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// The text, as a half-open byte range of [`Page::text`].
    pub text: Range<usize>,
    /// Its inline markup, as a half-open byte range of [`Page::markup`]; empty
    /// unless that was asked for.
    pub markup: Range<usize>,
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
    /// Line breaks inside.
    pub breaks: usize,
    /// Links begun in it.
    pub links: usize,
}

/// How many Latin letters a Han, kana, Hangul, Thai … character stands for.
/// Parallel texts of Chinese and English differ in length by about 3.
pub(super) const WIDE: usize = 3;

/// A page as blocks.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    /// All text, collapsed.
    pub text: String,
    /// Inline markup as HTML, if it was asked for.
    pub markup: String,
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
    /// A rule takes it out.
    Rule(Code),
}

/// How a page is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// Whether elements that the page hides are read.
    pub hidden: Hidden,
    /// Whether inline markup is written beside the text.
    pub markup: bool,
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
        walk.page.markup = walk.markup.map(|markup| markup.out).unwrap_or_default();
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

    /// The text of a block.
    pub(super) fn text_of(&self, block: &Block) -> &str {
        &self.text[block.text.clone()]
    }
}

/// The state of the pass.
struct Walk<'a, 'r> {
    page: Page<'a>,
    rules: &'r TreeRules<'r>,
    hidden: Hidden,
    markup: Option<Markup>,
    /// Kinds of the open nodes.
    kinds: Vec<Kind>,
    /// Indexes of the open elements that begin blocks.
    open: Vec<usize>,
    block: Block,
    links: usize,
    preformatted: usize,
    headings: usize,
    /// White space was seen and not written yet.
    space: bool,
    /// A link or control ended and nothing was written since.
    seam: bool,
}

impl<'a, 'r> Walk<'a, 'r> {
    fn new(how: How, rules: &'r TreeRules<'r>) -> Self {
        Self {
            page: Page::default(),
            rules,
            hidden: how.hidden,
            markup: how.markup.then(Markup::default),
            kinds: Vec::new(),
            open: Vec::new(),
            block: Block::default(),
            links: 0,
            preformatted: 0,
            headings: 0,
            space: false,
            seam: false,
        }
    }

    fn run(&mut self, root: ElementRef<'a>) {
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
        let element = match node.value() {
            Node::Text(text) => {
                self.kinds.push(Kind::Inline);
                self.write(text);
                return false;
            }
            Node::Element(element) => element,
            _ => {
                self.kinds.push(Kind::Inline);
                return false;
            }
        };
        let Some(element_ref) = ElementRef::wrap(node) else {
            self.kinds.push(Kind::Inline);
            return false;
        };
        let ruled = self.rules.decide(&element_ref);
        if let Some(rule) = ruled
            && rule.action == Action::Remove
            && !self.open.is_empty()
        {
            return self.omit(element_ref, Omission::Rule(rule.code.clone()));
        }
        let mut kind = kind(element.name());
        if kind == Kind::Skip {
            if self.headings == 0 || element.name() != "button" {
                // Scripts and the like never were text for a reader.
                if matches!(element.name(), "button" | "select" | "textarea" | "dialog") {
                    return self.omit(element_ref, Omission::Control);
                }
                self.kinds.push(Kind::Inline);
                return false;
            }
            kind = Kind::Inline;
        }
        match kind {
            Kind::Inline | Kind::Marked => {
                if is_hidden(element, self.hidden) {
                    return self.omit(element_ref, Omission::Hidden);
                }
                self.kinds.push(kind);
                if let (Some(markup), Kind::Marked) = (&mut self.markup, kind) {
                    markup.open(Mark::of(element.name()));
                }
                return true;
            }
            Kind::Link => {
                self.kinds.push(kind);
                self.links += 1;
                self.block.links += 1;
                if self.seam {
                    self.space = true;
                }
                if let Some(markup) = &mut self.markup {
                    let address = element.attr("href").unwrap_or_default();
                    markup.open(link_mark(address));
                }
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
        if !self.open.is_empty() && self.hidden == Hidden::Omitted && names.hidden {
            return self.omit(element_ref, Omission::Hidden);
        }
        if names.role != Kind::Inline && matches!(kind, Kind::Box | Kind::List) {
            kind = names.role;
        }
        self.begin(element_ref, kind, &names);
        if let (Some(_), Some(last)) = (ruled, self.page.elements.last_mut()) {
            last.ruled = true;
        }
        true
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
            ruled: false,
        });
        self.open.push(index);
        self.kinds.push(kind);
        match kind {
            Kind::Preformatted => self.preformatted += 1,
            Kind::Heading(_) => self.headings += 1,
            _ => {}
        }
    }

    fn leave(&mut self) {
        let Some(kind) = self.kinds.pop() else { return };
        match kind {
            Kind::Inline | Kind::Skip | Kind::Break => return,
            Kind::Marked => {
                if let Some(markup) = &mut self.markup {
                    markup.close();
                }
                return;
            }
            Kind::Link => {
                self.links -= 1;
                self.seam = true;
                if let Some(markup) = &mut self.markup {
                    markup.close();
                }
                return;
            }
            Kind::Preformatted => {
                self.finish_block();
                self.preformatted -= 1;
            }
            Kind::Heading(_) => {
                self.finish_block();
                self.headings -= 1;
            }
            _ => self.finish_block(),
        }
        if let Some(index) = self.open.pop() {
            let end = self.page.elements.len();
            let element = &mut self.page.elements[index];
            element.blocks.end = self.page.blocks.len();
            element.end = end;
        }
    }

    /// Closes the block that is being written, if it has text.
    fn finish_block(&mut self) {
        self.space = false;
        self.seam = false;
        let start = self.block.text.start;
        if let Some(markup) = &mut self.markup {
            self.block.markup = markup.finish();
        }
        if self.block.length + self.block.punctuation > 0 {
            let trimmed = self.page.text[start..].trim_end().len();
            self.page.text.truncate(start + trimmed);
            self.block.text.end = self.page.text.len();
            self.block.element = self.open.last().copied().unwrap_or(0);
            self.page.blocks.push(std::mem::take(&mut self.block));
        } else {
            self.page.text.truncate(start);
            self.block = Block::default();
        }
        self.block.text = self.page.text.len()..self.page.text.len();
    }

    fn line_break(&mut self) {
        self.space = false;
        if self.page.text.len() > self.block.text.start {
            self.page.text.push('\n');
            self.block.breaks += 1;
            if let Some(markup) = &mut self.markup {
                markup.line_break();
            }
        }
    }

    fn write(&mut self, text: &str) {
        let link = self.links > 0;
        let before = self.block.length;
        if self.preformatted > 0 {
            self.write_preformatted(text);
        } else {
            self.write_flowing(text);
        }
        if link {
            self.block.link_length += self.block.length - before;
        }
    }

    fn write_preformatted(&mut self, text: &str) {
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
        for character in text.chars() {
            if matches!(character, ' ' | '\n' | '\t' | '\r' | '\u{c}') {
                self.space = true;
                continue;
            }
            if self.space {
                let written = self.page.text.len() > self.block.text.start;
                if written && !self.page.text.ends_with('\n') {
                    self.page.text.push(' ');
                    if let Some(markup) = &mut self.markup {
                        markup.text(" ");
                    }
                }
                self.space = false;
            }
            self.seam = false;
            self.page.text.push(character);
            if let Some(markup) = &mut self.markup {
                markup.text(character.encode_utf8(&mut [0; 4]));
            }
            self.count(character);
        }
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
                _ => self.block.length += 1,
            }
        } else if is_wide(character) {
            self.block.length += WIDE;
        } else if is_clause_mark(character) {
            self.block.punctuation += 1;
            self.block.length += 1;
        } else if character != '\u{a0}' {
            self.block.length += 1;
        }
    }
}

/// Whether one character stands for a word or half of one.
fn is_wide(character: char) -> bool {
    matches!(u32::from(character),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff
        | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x2_0000..=0x3_134f)
}

/// Marks that end sentences or clauses in scripts other than Latin.
fn is_clause_mark(character: char) -> bool {
    matches!(
        character,
        '。' | '，'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '…'
            | '،'
            | '؛'
            | '؟'
            | '।'
            | '·'
            | '።'
            | '։'
            | '۔'
            | '“'
            | '”'
            | '«'
            | '»'
    )
}

/// What the attributes of an element say, read in one go.
struct Names<'a> {
    class: &'a str,
    hints: Hints,
    hidden: bool,
    /// The kind that an ARIA `role` gives it, or [`Kind::Inline`].
    role: Kind,
}

impl<'a> Names<'a> {
    fn read(element: &'a scraper::node::Element) -> Self {
        let mut names = Self {
            class: "",
            hints: 0,
            hidden: false,
            role: Kind::Inline,
        };
        for (name, value) in element.attrs() {
            match name {
                "class" => {
                    names.class = value;
                    names.hints |= hints::hints(value);
                    names.hidden |= is_hidden_class(value);
                }
                "id" => names.hints |= hints::hints(value),
                "itemprop" => {
                    if matches!(value, "articleBody" | "text" | "description" | "mainEntity") {
                        names.hints |= hints::CONTENT;
                    }
                }
                "role" => names.role = role(value),
                "style" => names.hidden |= is_hidden_style(value),
                "hidden" => names.hidden |= value != "until-found",
                _ => {}
            }
        }
        names
    }
}

/// The kind that an ARIA role gives a container.
fn role(value: &str) -> Kind {
    match value {
        "navigation" | "menu" | "menubar" | "tablist" => Kind::Nav,
        "banner" => Kind::Header,
        "contentinfo" => Kind::Footer,
        "complementary" => Kind::Aside,
        "main" => Kind::Main,
        "article" => Kind::Article,
        "search" | "form" => Kind::Form,
        _ => Kind::Inline,
    }
}

/// The mark of a link, if its address leads to another place.
fn link_mark(address: &str) -> Mark {
    let address = address.trim();
    let scheme = address.split([':', '/']).next().unwrap_or_default();
    let leads = !address.is_empty()
        && !address.starts_with('#')
        && !scheme.eq_ignore_ascii_case("javascript")
        && !scheme.eq_ignore_ascii_case("data");
    if leads {
        Mark::Link(address.to_owned())
    } else {
        Mark::Plain
    }
}

/// Whether an inline element is not shown.
fn is_hidden(element: &scraper::node::Element, hidden: Hidden) -> bool {
    hidden == Hidden::Omitted
        && element.attrs().any(|(name, value)| match name {
            "class" => is_hidden_class(value),
            "style" => is_hidden_style(value),
            "hidden" => true,
            _ => false,
        })
}

/// Class names by which frameworks show text to screen readers only.
fn is_hidden_class(value: &str) -> bool {
    value.split_ascii_whitespace().any(|class| {
        matches!(
            class,
            "sr-only"
                | "visually-hidden"
                | "visuallyhidden"
                | "screen-reader-text"
                | "screen-reader-only"
                | "element-invisible"
                | "u-hidden"
                | "print-only"
        )
    })
}

fn is_hidden_style(value: &str) -> bool {
    let Some(at) = value.find("display").or_else(|| value.find("visibility")) else {
        return false;
    };
    let rest = &value[at..];
    let Some((_, setting)) = rest.split_once(':') else {
        return false;
    };
    let setting = setting.trim_start();
    setting.starts_with("none") || setting.starts_with("hidden")
}
