//! What the names of HTML elements say.

/// What an element does to the parser's lists of open elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Has no content.
    Void,
    /// Ends by itself where the next of its kind begins, so it cannot nest
    /// without a [`Role::Nesting`] element in between.
    Implied,
    /// Is reopened in the next block when its own was closed first.
    Formatting,
    /// Stays open until its end tag.
    Nesting,
}

/// Whether tags inside an element are text, and what becomes of that text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RawText {
    /// Tags inside are tags.
    No,
    /// Text that stays in the source.
    Keep,
    /// Never text for a reader.
    Drop,
    /// A drawing.
    Drawing,
    /// Markup for readers without scripts or frames.
    Noscript,
}

/// Longest name that means something here.
const LONGEST: usize = 10;

/// Folds a name to lower case; anything longer than the known ones is cut.
fn folded(name: &[u8]) -> ([u8; LONGEST + 1], usize) {
    let mut lower = [0; LONGEST + 1];
    let length = name.len().min(LONGEST + 1);
    for (to, from) in lower.iter_mut().zip(&name[..length]) {
        *to = from.to_ascii_lowercase();
    }
    (lower, length)
}

/// The first eight bytes of a folded name as a number, to compare names by.
pub(super) fn fold_name(name: &[u8]) -> u64 {
    let (lower, _) = folded(name);
    let mut first = [0; 8];
    first.copy_from_slice(&lower[..8]);
    u64::from_le_bytes(first)
}

/// The role of an element, by the tree construction of the HTML standard.
pub(super) fn role(name: &[u8]) -> Role {
    let (lower, length) = folded(name);
    match &lower[..length] {
        b"area" | b"base" | b"br" | b"col" | b"embed" | b"hr" | b"img" | b"input" | b"link"
        | b"meta" | b"param" | b"source" | b"track" | b"wbr" | b"frame" | b"keygen" | b"image" => {
            Role::Void
        }
        b"p" | b"li" | b"dt" | b"dd" | b"tr" | b"td" | b"th" | b"tbody" | b"thead" | b"tfoot"
        | b"caption" | b"colgroup" | b"option" | b"optgroup" | b"rp" | b"rt" | b"html"
        | b"head" | b"body" => Role::Implied,
        b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small"
        | b"strike" | b"strong" | b"tt" | b"u" => Role::Formatting,
        _ => Role::Nesting,
    }
}

/// How the content of an element is read.
pub(super) fn raw_text(name: &[u8]) -> RawText {
    let (lower, length) = folded(name);
    match &lower[..length] {
        b"script" | b"style" | b"iframe" | b"noembed" => RawText::Drop,
        b"svg" => RawText::Drawing,
        b"title" | b"textarea" | b"xmp" | b"plaintext" => RawText::Keep,
        b"noscript" | b"noframes" => RawText::Noscript,
        _ => RawText::No,
    }
}

/// Whether a start tag ends a drawing around it, by the HTML standard
/// (13.2.6.5, parsing tokens in foreign content).
pub(super) fn ends_drawing(name: &[u8]) -> bool {
    let (lower, length) = folded(name);
    matches!(
        &lower[..length],
        b"b" | b"big"
            | b"blockquote"
            | b"body"
            | b"br"
            | b"center"
            | b"code"
            | b"dd"
            | b"div"
            | b"dl"
            | b"dt"
            | b"em"
            | b"embed"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"head"
            | b"hr"
            | b"i"
            | b"img"
            | b"li"
            | b"listing"
            | b"menu"
            | b"meta"
            | b"nobr"
            | b"ol"
            | b"p"
            | b"pre"
            | b"ruby"
            | b"s"
            | b"small"
            | b"span"
            | b"strong"
            | b"strike"
            | b"sub"
            | b"sup"
            | b"table"
            | b"tt"
            | b"u"
            | b"ul"
            | b"var"
    )
}
