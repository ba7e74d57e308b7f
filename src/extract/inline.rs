//! The text of a block as Markdown.
//!
//! Signs of emphasis are written only where a reader of `CommonMark` takes
//! them for that (0.31, 6.2), and everything in the text that such a reader
//! would take for a sign gets a backslash: what comes out of the Markdown is
//! the text of the page.

use std::ops::Range;

use super::{
    attributes::leads,
    blocks::{Block, Page},
    escape::{Around, plain},
    markup::Edge,
};

/// An inline element that Markdown knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark<'a> {
    /// `em`, `i`.
    Emphasis,
    /// `strong`, `b`.
    Strong,
    /// `code`, `kbd`, `samp`, `tt`.
    Code,
    /// `s`, `del`, `strike`.
    Struck,
    /// `a` with an address.
    Link(&'a str),
}

impl<'a> Mark<'a> {
    /// The mark that an edge begins.
    fn of(edge: &Edge<'a>) -> Option<Self> {
        let element = edge.opens?.value();
        match element.name() {
            "em" | "i" => Some(Self::Emphasis),
            "strong" | "b" => Some(Self::Strong),
            "code" | "kbd" | "samp" | "tt" => Some(Self::Code),
            "s" | "del" | "strike" => Some(Self::Struck),
            "a" => {
                let address = element.attr("href").unwrap_or_default().trim();
                (leads(address) && address.len() <= MAX_ADDRESS).then_some(Self::Link(address))
            }
            _ => None,
        }
    }

    /// The sign that begins it.
    fn sign(self) -> &'static str {
        match self {
            Self::Emphasis => "*",
            Self::Strong => "**",
            Self::Code => "`",
            Self::Struck => "~~",
            Self::Link(_) => "[",
        }
    }
}

/// Longest address that is written; longer ones are data, not places: browsers
/// and servers take 2,000 bytes at least.
const MAX_ADDRESS: usize = 2_000;

/// A part of the text under a mark.
#[derive(Debug)]
struct Span<'a> {
    mark: Mark<'a>,
    range: Range<usize>,
    /// Index of the span around it.
    parent: Option<usize>,
}

/// The text of `block` as Markdown, all of it `strong` if that is asked for.
/// Line breaks are line ends.
pub(super) fn inline(page: &Page<'_>, block: &Block, strong: bool) -> String {
    let text = page.text_of(block);
    let edges = &page.edges[block.edges.clone()];
    if edges.is_empty() && !strong {
        return plain(text, Around::default()).into_owned();
    }
    let mut spans = Vec::new();
    if strong {
        spans.push(Span {
            mark: Mark::Strong,
            range: 0..paragraph_end(text),
            parent: None,
        });
    }
    read_spans(&mut spans, text, edges, block.text.start);
    let spans = flanked(text, joined(spans));
    written(text, &spans)
}

/// Reads the spans of a block, outer ones before those in them, each without
/// the blanks at its ends. Nothing is marked inside code, and nothing twice.
fn read_spans<'a>(spans: &mut Vec<Span<'a>>, text: &str, edges: &[Edge<'a>], start: usize) {
    let base = spans.len().checked_sub(1);
    // Of each open element its span, if it has one, and the span in force.
    let mut open: Vec<(Option<usize>, Option<usize>)> = Vec::new();
    for edge in edges {
        // The text was trimmed after the edges were noted.
        let at = edge.at.saturating_sub(start).min(text.len());
        if edge.opens.is_none() {
            if let Some((Some(span), _)) = open.pop() {
                let span: &mut Span = &mut spans[span];
                let inside = &text[span.range.start..at];
                span.range.end = span.range.start + inside.trim_end().len();
                span.range.start += inside.len() - inside.trim_start().len();
                span.range.end = span.range.end.max(span.range.start);
                // Code has its line ends written as blanks.
                if span.mark != Mark::Code {
                    let inside = &text[span.range.clone()];
                    span.range.end = span.range.start + paragraph_end(inside);
                }
            }
            continue;
        }
        let parent = open.last().map_or(base, |(_, within)| *within);
        let mark = Mark::of(edge).filter(|mark| {
            std::iter::successors(parent, |&span| spans[span].parent).all(|around| {
                let around = spans[around].mark;
                around != Mark::Code && around.sign() != mark.sign()
            })
        });
        let Some(mark) = mark else {
            open.push((None, parent));
            continue;
        };
        open.push((Some(spans.len()), Some(spans.len())));
        spans.push(Span {
            mark,
            range: at..at,
            parent,
        });
    }
}

/// Where the first paragraph of a text ends: no mark reaches beyond it.
fn paragraph_end(text: &str) -> usize {
    let mut at = 0;
    for line in text.split('\n') {
        if line.trim().is_empty() {
            return text[..at].trim_end().len();
        }
        at += line.len() + 1;
    }
    text.len()
}

/// Joins equal marks that touch, because their signs would be read as others,
/// and leaves out those around nothing.
fn joined(spans: Vec<Span<'_>>) -> Vec<Span<'_>> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    // Where each span is now, and the last one in each of `out`.
    let mut moved: Vec<Option<usize>> = Vec::with_capacity(spans.len());
    let mut last_in: Vec<Option<usize>> = Vec::with_capacity(spans.len());
    let mut last = None;
    for mut span in spans {
        let parent = span.parent.and_then(|parent| moved[parent]);
        if span.range.is_empty() {
            moved.push(parent);
            continue;
        }
        span.parent = parent;
        let before = match parent {
            Some(parent) => &mut last_in[parent],
            None => &mut last,
        };
        if let Some(index) = *before
            && out[index].mark == span.mark
            && out[index].range.end == span.range.start
            && !matches!(span.mark, Mark::Link(_))
        {
            out[index].range.end = span.range.end;
            moved.push(Some(index));
            continue;
        }
        *before = Some(out.len());
        moved.push(Some(out.len()));
        last_in.push(None);
        out.push(span);
    }
    out
}

/// What is written one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A part of the text, as half-open range.
    Text(usize, usize),
    /// The beginning of a span.
    Open(usize),
    /// The end of a span.
    Close(usize),
    /// A span of code with what is in it.
    Code(usize),
}

fn pieces(text: &str, spans: &[Span<'_>]) -> Vec<Piece> {
    let mut out = Vec::with_capacity(spans.len() * 3 + 1);
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    let write_to = |out: &mut Vec<Piece>, at: &mut usize, to: usize| {
        if *at < to {
            out.push(Piece::Text(*at, to));
            *at = to;
        }
    };
    for (index, span) in spans.iter().enumerate() {
        while let Some(&inner) = open.last()
            && spans[inner].range.end <= span.range.start
        {
            write_to(&mut out, &mut at, spans[inner].range.end);
            out.push(Piece::Close(inner));
            open.pop();
        }
        write_to(&mut out, &mut at, span.range.start);
        if span.mark == Mark::Code {
            out.push(Piece::Code(index));
            at = at.max(span.range.end);
        } else {
            out.push(Piece::Open(index));
            open.push(index);
        }
    }
    while let Some(inner) = open.pop() {
        write_to(&mut out, &mut at, spans[inner].range.end);
        out.push(Piece::Close(inner));
    }
    write_to(&mut out, &mut at, text.len());
    out
}

/// Leaves out marks whose signs a reader would not take for marks.
fn flanked<'a>(text: &str, mut spans: Vec<Span<'a>>) -> Vec<Span<'a>> {
    /// Each round sees the signs that the one before left; one is enough for
    /// all but signs of two kinds beside each other.
    const ROUNDS: usize = 3;
    for _ in 0..ROUNDS {
        let pieces = pieces(text, &spans);
        let mut sound = vec![true; spans.len()];
        for (index, &piece) in pieces.iter().enumerate() {
            let (Piece::Open(span) | Piece::Close(span)) = piece else {
                continue;
            };
            if matches!(spans[span].mark, Mark::Link(_)) {
                continue;
            }
            let sign = sign_of(&spans, span);
            let before = pieces[..index]
                .iter()
                .rev()
                .find_map(|&piece| seen(text, &spans, piece, sign, false));
            let after = pieces[index + 1..]
                .iter()
                .find_map(|&piece| seen(text, &spans, piece, sign, true));
            // A run that ends one mark and begins another can be read in
            // several ways.
            let turns = pieces[..index]
                .iter()
                .rev()
                .take_while(|&&piece| seen(text, &spans, piece, sign, false).is_none())
                .any(|piece| matches!(piece, Piece::Close(_)));
            // And one in a mark that could end something ends that.
            let ends = || {
                std::iter::successors(spans[span].parent, |&around| spans[around].parent).any(
                    |around| {
                        let is_link = matches!(spans[around].mark, Mark::Link(_));
                        !is_link && sign_of(&spans, around) == sign
                    },
                ) && hugs(before, after)
            };
            sound[span] &= match piece {
                Piece::Open(_) => !turns && hugs(after, before) && !ends(),
                _ => hugs(before, after),
            };
        }
        if !sound.contains(&false) {
            return spans;
        }
        spans = sound_ones(spans, &sound);
    }
    spans.retain(|span| matches!(span.mark, Mark::Link(_) | Mark::Code));
    for span in &mut spans {
        span.parent = None;
    }
    spans
}

/// The spans that are `sound`; what is in others is in what is around those.
fn sound_ones<'a>(spans: Vec<Span<'a>>, sound: &[bool]) -> Vec<Span<'a>> {
    let mut moved: Vec<Option<usize>> = Vec::with_capacity(spans.len());
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for (mut span, sound) in spans.into_iter().zip(sound) {
        span.parent = span.parent.and_then(|parent| moved[parent]);
        moved.push(if *sound { Some(out.len()) } else { span.parent });
        if *sound {
            out.push(span);
        }
    }
    out
}

fn sign_of(spans: &[Span<'_>], span: usize) -> char {
    if spans[span].mark == Mark::Struck {
        '~'
    } else {
        '*'
    }
}

/// The character that a run of `sign` meets at `piece`, or none if the piece
/// belongs to the run.
fn seen(text: &str, spans: &[Span<'_>], piece: Piece, sign: char, ahead: bool) -> Option<char> {
    match piece {
        Piece::Text(start, end) if ahead => text[start..end].chars().next(),
        Piece::Text(start, end) => text[start..end].chars().next_back(),
        Piece::Code(_) => Some('`'),
        Piece::Open(span) | Piece::Close(span) => {
            if matches!(spans[span].mark, Mark::Link(_)) {
                return Some('[');
            }
            let other = sign_of(spans, span);
            (other != sign).then_some(other)
        }
    }
}

/// Whether a run of signs with `inner` on the side of its words and `outer` on
/// the other one begins or ends emphasis.
fn hugs(inner: Option<char>, outer: Option<char>) -> bool {
    let Some(inner) = inner else { return false };
    if inner.is_whitespace() {
        return false;
    }
    inner.is_alphanumeric()
        || outer.is_none_or(|outer| outer.is_whitespace() || is_punctuation(outer))
}

/// Whether a character is surely punctuation. Of others, such as marks that
/// combine with letters, readers of Markdown differ.
fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(character,
            '¡' | '§' | '«' | '¶' | '·' | '»' | '¿'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
            | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

fn written(text: &str, spans: &[Span<'_>]) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut links = 0;
    let pieces = pieces(text, spans);
    for (index, &piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(start, end) => {
                let is_link = |piece: &Piece| matches!(piece, Piece::Open(span) if matches!(spans[*span].mark, Mark::Link(_)));
                let around = Around {
                    in_link: links > 0,
                    before_link: pieces.get(index + 1).is_some_and(is_link),
                };
                out.push_str(&plain(&text[start..end], around));
            }
            Piece::Code(span) => code(&mut out, &text[spans[span].range.clone()]),
            Piece::Open(span) => {
                let mark = spans[span].mark;
                links += usize::from(matches!(mark, Mark::Link(_)));
                out.push_str(mark.sign());
            }
            Piece::Close(span) => match spans[span].mark {
                Mark::Link(address) => {
                    links -= 1;
                    end_link(&mut out, address);
                }
                mark => out.push_str(mark.sign()),
            },
        }
    }
    out
}

/// Writes code: its fences are longer than any run of backticks inside, and
/// stand off one at either end of it.
fn code(out: &mut String, text: &str) {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    out.push_str(&fence);
    out.push_str(blank);
    out.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
    out.push_str(blank);
    out.push_str(&fence);
}

fn end_link(out: &mut String, address: &str) {
    out.push_str("](");
    for character in address.chars() {
        match character {
            // Blanks and brackets would end the address early, a backslash
            // and an ampersand be read as signs.
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '|' => out.push_str("%7C"),
            '&' => out.push_str("&amp;"),
            _ if character.is_whitespace() || character.is_control() => out.push_str("%20"),
            _ => out.push(character),
        }
    }
    out.push(')');
}

/// The length of the longest run of a sign in `text`.
pub(super) fn longest_run(text: &str, sign: char) -> usize {
    let runs = text.split(|character| character != sign).map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::{
        super::{
            blocks::{Hidden, How},
            tree_rules::TreeRules,
        },
        *,
    };

    /// The blocks of a page as Markdown.
    fn blocks(html: &str) -> Vec<String> {
        let tree = Html::parse_document(html);
        let how = How {
            hidden: Hidden::Omitted,
            markup: true,
        };
        let page = Page::read(tree.root_element(), how, &TreeRules::default());
        page.blocks
            .iter()
            .map(|block| inline(&page, block, false))
            .collect()
    }

    #[test]
    fn marks_around_blocks_are_in_each_of_them_and_links_in_the_first() {
        assert_eq!(
            blocks("<a href='/a?b&amp;c'><em><p>one</p><p>two</p></em></a>"),
            ["[*one*](/a?b&amp;c)", "*two*"]
        );
    }

    #[test]
    fn code_with_backticks_has_longer_fences() {
        for (code, written) in [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("a``b`c", "```a``b`c```"),
            ("`a", "`` `a ``"),
            ("`", "`` ` ``"),
            ("*a* \\ &lt;b>", "`*a* \\ <b>`"),
        ] {
            let block = blocks(&format!("<p>x <code>{code}</code> y"));
            assert_eq!(block, [format!("x {written} y")]);
        }
    }

    #[test]
    fn emphasis_is_marked_where_a_reader_closes_it() {
        for (html, written) in [
            ("<b>Note:</b> the", "**Note:** the"),
            ("<b>Note:</b>the", "Note:the"),
            ("<b>Note:\u{a0}</b>By", "**Note:**\u{a0}By"),
            ("<strong>注意：</strong>请", "注意：请"),
            ("多<b>年</b>以来", "多**年**以来"),
            ("<b>a</b><b>b</b>", "**ab**"),
            ("<em>x</em><em>y</em>", "*xy*"),
            ("<b>a</b> <b>b</b>", "**a** **b**"),
            ("<code>a</code><code>b</code>", "`ab`"),
            ("<b><i>x</i></b><b><i>y</i></b>", "***xy***"),
            ("<b>a<br></b>b", "**a**\nb"),
            ("un<i>(think)</i>able", "un(think)able"),
            ("(<i>think</i>)", "(*think*)"),
            ("<i><a href=/x>x</a></i>", "*[x](/x)*"),
            ("a<i><a href=/x>x</a></i>b", "a[x](/x)b"),
            ("<b></b>a < b", "a < b"),
            ("<b><b>a</b> b</b>", "**a b**"),
            ("<s>a</s>", "~~a~~"),
            ("<b>a<br><br>b</b>", "**a**\n\nb"),
        ] {
            assert_eq!(blocks(&format!("<p>{html}")), [written], "{html}");
        }
    }

    #[test]
    fn signs_in_text_are_escaped_where_they_would_be_read_as_signs() {
        for (html, written) in [
            ("snake_case and 3 * 4", "snake_case and 3 * 4"),
            ("_x_ and *y*", "\\_x\\_ and \\*y\\*"),
            ("[1] a [b](c)", "[1] a [b\\](c)"),
            ("[1]: x", "[1\\]: x"),
            ("C:\\dir", "C:\\dir"),
            ("\\*", "\\\\\\*"),
            ("a &lt; b", "a < b"),
            ("&lt;script>", "\\<script>"),
            ("&lt;!-- x -->", "\\<!-- x -->"),
            ("AT&amp;T", "AT&T"),
            ("&amp;amp;", "\\&amp;"),
            ("`tick`", "\\`tick\\`"),
            ("Look!<a href=/x>[a] b</a>", "Look\\![\\[a\\] b](/x)"),
        ] {
            assert_eq!(blocks(&format!("<p>{html}")), [written], "{html}");
        }
    }
}
