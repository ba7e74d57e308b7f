//! What elements are to a reader, and what single characters are.

use scraper::ElementRef;

/// What an element is to a reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Flows with the text around it.
    Inline,
    /// Marked text, such as `em`; flows with the text around it.
    Marked,
    /// A link; flows with the text around it.
    Link,
    /// A superscript; flows with the text around it.
    Raised,
    /// A subscript; flows with the text around it.
    Lowered,
    /// Begins a line of preformatted text, never a block.
    Line,
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
        | "legend" | "search" | "template" | "svg" | "foreignObject" => Kind::Box,
        "a" => Kind::Link,
        "sup" => Kind::Raised,
        "sub" => Kind::Lowered,
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
        | "video" | "audio" | "canvas" | "progress" | "meter" | "dialog"
        | "title" | "meta" | "link" | "noframes" | "img" | "rp" | "rt"
        // Not shown either: the source of a formula, and in a drawing what
        // tells of it or is drawn elsewhere.
        | "annotation" | "annotation-xml" | "desc" | "metadata" | "defs" | "symbol" => Kind::Skip,
        _ if name.contains('-') => Kind::Box,
        _ => Kind::Inline,
    }
}

/// Whether an element is a control of a form or opens over the page.
pub(super) fn is_control(name: &str) -> bool {
    matches!(name, "button" | "select" | "textarea" | "dialog")
}

/// The kind that an ARIA role gives a container.
pub(super) fn role(value: &str) -> Kind {
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

/// How many Latin letters a Han, kana, Hangul, Thai … character stands for.
/// Parallel texts of Chinese and English differ in length by about 3.
pub(super) const WIDE: usize = 3;

/// Whether a byte is white space to HTML.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// Whether one character stands for a word or half of one.
pub(super) fn is_wide(character: char) -> bool {
    matches!(u32::from(character),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff
        | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x2_0000..=0x3_134f)
}

/// Marks that end sentences or clauses in scripts other than Latin.
pub(super) fn is_clause_mark(character: char) -> bool {
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

/// Whether an element of this kind is a line of the preformatted text around
/// it: numbered lines, or lines in boxes of their own, as highlighters write
/// them. What is more than code (an article in a `pre` that nobody closed)
/// begins blocks, as does a table that sets line numbers beside the code.
pub(super) fn is_line(element: ElementRef<'_>, kind: Kind) -> bool {
    /// Nodes of a table that are looked at for code in it.
    const NEAR: usize = 64;
    match kind {
        Kind::Table => !element
            .descendants()
            .take(NEAR)
            .filter_map(ElementRef::wrap)
            .any(|inner| inner.value().name() == "pre"),
        Kind::Box
        | Kind::Paragraph
        | Kind::Heading(_)
        | Kind::List
        | Kind::Item
        | Kind::Definition
        | Kind::Row
        | Kind::Cell
        | Kind::Quote
        | Kind::Caption => true,
        _ => false,
    }
}

/// Whether a character beyond ASCII is the sign of a currency.
pub(super) fn is_currency(character: char) -> bool {
    matches!(character, '£' | '¥' | '￥' | '\u{20a0}'..='\u{20cf}')
}
