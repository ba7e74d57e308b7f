//! Kept blocks as Markdown.
//!
//! What each part of the page is (a paragraph, a heading, code, a table) is
//! written here; how lists, items and quotations stand around the parts is
//! html2text's work: it gets a skeleton of clean HTML with the numbers of the
//! parts in their places, and each line that it writes is the prefix of a part.
//! No text goes through it, so none can change there, and code and tables keep
//! their list and its numbers. What is handed over is capped in size and depth,
//! because html2text keeps a tree of its own; if it refuses, the parts are
//! written one after the other.

// Writing to a `String` cannot fail: the results of `write!` are passed over.
use std::fmt::Write as _;

use super::{
    blocks::{Block, Page},
    code::language,
    escape::guarded,
    inline::{inline, longest_run},
    kinds::Kind,
    numbers::numbers,
    prefixes::{Piece, Prefixes},
    table::{Part, Table, parts},
};

/// Bytes of the skeleton after which what waits is rendered in one go, as soon
/// as a paragraph or an item ends; twice as many, wherever that is.
const MAX_SEGMENT: usize = 64 << 10;

/// Lists, items and quotations inside each other; deeper ones are written at
/// this depth. html2text refuses at about 100.
const MAX_NESTING: usize = 12;

/// Wide enough that no line is ever wrapped.
const WIDTH: usize = 1 << 24;

/// Greatest number of an item (`CommonMark` 0.31, 5.2).
const MAX_NUMBER: i64 = 999_999_999;

/// Writes the kept blocks of `page` as Markdown.
pub(super) fn markdown(page: &Page<'_>, keep: &[bool]) -> String {
    let mut writer = Writer::new(page);
    for part in parts(page, keep) {
        writer.write(&part);
    }
    writer.flush();
    if !writer.out.is_empty() {
        writer.out.truncate(writer.out.trim_end().len());
        writer.out.push('\n');
    }
    writer.out
}

struct Writer<'p, 'a> {
    page: &'p Page<'a>,
    /// Numbers of the items of ordered lists.
    numbers: Vec<Option<i64>>,
    out: String,
    /// HTML that waits to be rendered.
    segment: String,
    /// The parts whose numbers stand in it.
    waiting: Vec<Waiting>,
    /// Lists, items and quotations that are open in `segment`.
    open: Vec<Open>,
    /// How deep the ordered list that ended last stood, and its sign.
    ended: Option<(usize, char)>,
}

/// A part of the page as Markdown.
struct Waiting {
    text: String,
    /// Whether it begins an item.
    begins_item: bool,
    /// Whether it stands in an item.
    in_item: bool,
    /// How many lists, items and quotations it stands in.
    depth: usize,
    /// The number, if it begins an item of an ordered list, and its sign.
    number: Option<(i64, char)>,
}

/// A list, item or quotation that is open.
#[derive(Clone, Copy)]
struct Open {
    element: usize,
    /// Of an ordered list the number of its next item and the sign behind it.
    next: Option<(i64, char)>,
}

impl<'p, 'a> Writer<'p, 'a> {
    fn new(page: &'p Page<'a>) -> Self {
        Self {
            page,
            numbers: numbers(page),
            out: String::new(),
            segment: String::new(),
            waiting: Vec::new(),
            open: Vec::new(),
            ended: None,
        }
    }

    fn write(&mut self, part: &Part) {
        let page = self.page;
        match part {
            Part::Table(table) => self.part(table.element, "p", self::table(page, table)),
            Part::Block(index) => {
                let block = &page.blocks[*index];
                let (name, text) = match page.elements[block.element].kind {
                    _ if block.preformatted => ("p", code(page, block)),
                    Kind::Heading(level) => (
                        ["h1", "h2", "h3", "h4", "h5", "h6"][usize::from(level) - 1],
                        heading(page, block),
                    ),
                    Kind::Definition => {
                        let node = page.elements[block.element].node.value();
                        let text = inline(page, block, node.name() == "dt");
                        ("p", guarded(&text).into_owned())
                    }
                    _ => ("p", guarded(&inline(page, block, false)).into_owned()),
                };
                self.part(block.element, name, text);
            }
        }
    }

    /// Adds a part to the segment, in what stands around `element`.
    fn part(&mut self, element: usize, name: &str, text: String) {
        let around = nesting(self.page, element);
        let shared = self.shared(&around);
        let ends = around
            .get(shared)
            .map_or(shared == 0, |&next| is_item(self.page, next));
        let most = if ends { MAX_SEGMENT } else { 2 * MAX_SEGMENT };
        self.close_to(shared);
        if self.segment.len() > most {
            let open = self.open.clone();
            self.flush();
            self.open_again(&open);
        }
        let mut number = None;
        for (depth, &element) in around.iter().enumerate().skip(shared) {
            number = self
                .open(element, around.get(depth + 1).copied())
                .or(number);
        }
        let begins_item = around[shared..]
            .iter()
            .any(|&element| is_item(self.page, element));
        let is_first = begins_item && around.last().is_some_and(|&last| is_item(self.page, last));
        // In an item html2text puts nothing before its first line.
        let name = if is_first && name == "p" {
            "span"
        } else {
            name
        };
        let _ = write!(
            self.segment,
            "<{name}><img src={0} alt={0}></{name}>",
            self.waiting.len()
        );
        self.ended = None;
        self.waiting.push(Waiting {
            text,
            begins_item,
            in_item: around.iter().any(|&around| is_item(self.page, around)),
            depth: around.len(),
            number,
        });
    }

    /// How many of the open elements stay open for what is in `around`.
    fn shared(&self, around: &[usize]) -> usize {
        let shared = self
            .open
            .iter()
            .zip(around)
            .take_while(|(open, wanted)| open.element == **wanted)
            .count();
        // A number that is not the next one needs a list of its own.
        if let (
            Some(&item),
            Some(Open {
                next: Some(next), ..
            }),
        ) = (
            around.get(shared),
            shared.checked_sub(1).map(|list| self.open[list]),
        ) && self.numbers[item].is_some_and(|number| number != next.0)
        {
            return shared - 1;
        }
        shared
    }

    /// Opens an element, `inner` in it; returns the number of an item of an
    /// ordered list and the sign behind it.
    fn open(&mut self, element: usize, inner: Option<usize>) -> Option<(i64, char)> {
        let mut open = Open {
            element,
            next: None,
        };
        let mut number = None;
        if is_item(self.page, element) {
            if let Some(next) = self.open.last_mut().and_then(|list| list.next.as_mut()) {
                number = Some(*next);
                next.0 += 1;
            }
        } else if let Some(first) = inner.and_then(|item| self.numbers[item]) {
            // Two lists in a row would be one to a reader of `CommonMark`, if
            // not for another sign (5.3).
            let sign = match self.ended {
                Some((depth, '.')) if depth == self.open.len() => ')',
                _ => '.',
            };
            open.next = Some((first.clamp(0, MAX_NUMBER), sign));
        }
        self.open_tag(&open, open.next.map(|(first, _)| first));
        self.open.push(open);
        number
    }

    fn open_tag(&mut self, open: &Open, start: Option<i64>) {
        let _ = match start {
            Some(start) => write!(self.segment, "<ol start=\"{start}\">"),
            None => write!(self.segment, "<{}>", tag(self.page, open)),
        };
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(open) = self.open.pop() {
                let _ = write!(self.segment, "</{}>", tag(self.page, &open));
                self.ended = open.next.map(|(_, sign)| (self.open.len(), sign));
            }
        }
    }

    /// Opens in a new segment what was open in the one before; numbers go on.
    fn open_again(&mut self, open: &[Open]) {
        for (depth, open_then) in open.iter().enumerate() {
            // An item that goes on has its number already.
            let goes_on = depth + 1 < open.len();
            let start = open_then.next.map(|(next, _)| next - i64::from(goes_on));
            self.open_tag(open_then, start);
            self.open.push(*open_then);
        }
    }

    /// Renders what waits.
    fn flush(&mut self) {
        self.close_to(0);
        self.ended = None;
        if self.waiting.is_empty() {
            self.segment.clear();
            return;
        }
        let rendered = html2text::config::with_decorator(Prefixes)
            .link_footnotes(false)
            .empty_img_mode(html2text::config::ImageRenderMode::ShowAlways)
            .lines_from_read(self.segment.as_bytes(), WIDTH);
        let lines: Vec<Line> = rendered
            .map(|lines| lines.iter().map(Line::read).collect())
            .unwrap_or_default();
        self.segment.clear();
        let waiting = std::mem::take(&mut self.waiting);
        if lines
            .iter()
            .filter_map(|line| line.part)
            .eq(0..waiting.len())
        {
            self.place(&lines, &waiting);
        } else {
            for part in &waiting {
                self.end_paragraph();
                self.out.push_str(&part.text);
            }
        }
    }

    /// Puts the parts in their places in the skeleton.
    fn place(&mut self, lines: &[Line], waiting: &[Waiting]) {
        // The part before, and what its further lines began with.
        let mut before: Option<(&Waiting, String)> = None;
        let mut blank: Option<String> = None;
        for line in lines {
            let Some(part) = line.part.map(|index| &waiting[index]) else {
                blank = Some(further(&line.prefix));
                continue;
            };
            let mut first = line.prefix.clone();
            if let (Some((_, ')')), Some(dot)) = (part.number, first.rfind('.')) {
                first.replace_range(dot..=dot, ")");
            }
            let further = further(&first);
            match (&before, blank.take()) {
                (None, _) => self.end_paragraph(),
                (Some((last, around)), blank) => {
                    self.out.push('\n');
                    if let Some(blank) = blank {
                        self.out.push_str(blank.trim_end());
                        self.out.push('\n');
                    } else if part.stands_off(last) {
                        self.out.push_str(common(around, &further).trim_end());
                        self.out.push('\n');
                    }
                }
            }
            for (number, text) in part.text.split('\n').enumerate() {
                if number > 0 {
                    self.out.push('\n');
                }
                let start = self.out.len();
                self.out
                    .push_str(if number == 0 { &first } else { &further });
                self.out.push_str(text);
                self.out
                    .truncate(start + self.out[start..].trim_end().len());
            }
            before = Some((part, further));
        }
    }

    fn end_paragraph(&mut self) {
        if !self.out.is_empty() {
            self.out.push_str("\n\n");
        }
    }
}

impl Waiting {
    /// Whether a blank line has to stand between it and the part before:
    /// always but between items, and there if a list that does not begin with
    /// 1 would be read on as the paragraph above it (`CommonMark` 0.31, 5.2).
    fn stands_off(&self, before: &Self) -> bool {
        let in_list = self.begins_item && before.in_item;
        let number = self.number.map_or(1, |(number, _)| number);
        !in_list || (number != 1 && self.depth > before.depth)
    }
}

/// A line of the skeleton.
struct Line {
    /// What html2text put before the part.
    prefix: String,
    /// The number of the part.
    part: Option<usize>,
}

impl Line {
    fn read(line: &html2text::render::TaggedLine<Vec<Piece>>) -> Self {
        let mut read = Self {
            prefix: String::new(),
            part: None,
        };
        for piece in line.tagged_strings() {
            match piece.tag.last() {
                Some(&Piece::Part(part)) => read.part = Some(part),
                _ => read.prefix.push_str(&piece.s),
            }
        }
        read
    }
}

/// What further lines begin with, if the first one begins with `prefix`: the
/// signs of quotations, and blanks for those of items.
fn further(prefix: &str) -> String {
    let signs = prefix.chars();
    signs.map(|c| if c == '>' { c } else { ' ' }).collect()
}

/// What two prefixes begin with.
fn common<'t>(prefix: &'t str, other: &str) -> &'t str {
    let shared = prefix.bytes().zip(other.bytes());
    &prefix[..shared.take_while(|(one, other)| one == other).count()]
}

fn code(page: &Page<'_>, block: &Block) -> String {
    let text = page.text_of(block).trim_start_matches('\n');
    let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
    let language = language(page, block.element);
    format!("{fence}{language}\n{text}\n{fence}")
}

/// A heading is one line, and signs at its end would be cut off (`CommonMark`
/// 0.31, 4.2).
fn heading(page: &Page<'_>, block: &Block) -> String {
    let mut text = inline(page, block, false).replace('\n', " ");
    let signs = text.trim_end_matches('#').len();
    if signs < text.len() {
        text.insert(signs, '\\');
    }
    text
}

/// A table with an empty line of headings if it has none: readers of Markdown
/// would take its first row for headings.
fn table(page: &Page<'_>, table: &Table) -> String {
    let columns = table.rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    let mut row = |cells: &mut dyn Iterator<Item = String>| {
        out.push('|');
        for cell in cells {
            let _ = write!(out, " {cell}{}|", if cell.is_empty() { "" } else { " " });
        }
        out.push('\n');
    };
    let (heading, rows) = if table.headed {
        (table.rows[0].as_slice(), &table.rows[1..])
    } else {
        (&[][..], &table.rows[..])
    };
    // Readers fill short rows up; only the first has to be whole.
    let empty = std::iter::repeat_with(String::new);
    row(&mut heading
        .iter()
        .map(|blocks| cell(page, blocks))
        .chain(empty)
        .take(columns));
    row(&mut std::iter::repeat_n("---".to_owned(), columns));
    for cells in rows {
        row(&mut cells.iter().map(|blocks| cell(page, blocks)));
    }
    out.truncate(out.trim_end().len());
    out
}

fn cell(page: &Page<'_>, blocks: &[usize]) -> String {
    let mut out = String::new();
    for &block in blocks {
        let text = inline(page, &page.blocks[block], false);
        for word in text.split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out.replace('|', "\\|")
}

/// Lists, items and quotations around an element, outermost first. A list is
/// one for what stands in its items, and an item one of a list.
fn nesting(page: &Page<'_>, element: usize) -> Vec<usize> {
    let mut around: Vec<usize> = page
        .around(element)
        .filter(|&at| {
            matches!(
                page.elements[at].kind,
                Kind::List | Kind::Item | Kind::Quote
            )
        })
        .collect();
    around.reverse();
    around.truncate(MAX_NESTING);
    let kinds: Vec<Kind> = around.iter().map(|&at| page.elements[at].kind).collect();
    let mut index = 0;
    around.retain(|_| {
        index += 1;
        match kinds[index - 1] {
            Kind::List => kinds.get(index) == Some(&Kind::Item),
            // An item in an item is of no list.
            Kind::Item => index < 2 || kinds[index - 2] != Kind::Item,
            _ => true,
        }
    });
    around
}

fn is_item(page: &Page<'_>, element: usize) -> bool {
    page.elements[element].kind == Kind::Item
}

fn tag(page: &Page<'_>, open: &Open) -> &'static str {
    match page.elements[open.element].kind {
        Kind::Item => "li",
        Kind::Quote => "blockquote",
        _ if open.next.is_some() => "ol",
        _ => "ul",
    }
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
    use crate::{ExtractOptions, Format, RuleSet, extract};

    fn rendered(body: &str) -> String {
        let html = format!("<article>{body}</article>");
        let options = ExtractOptions {
            to: Format::Markdown,
            ..ExtractOptions::default()
        };
        extract(&html, &RuleSet::builtin().unwrap(), &options)
            .document
            .text
    }

    const PROSE: &str = "<p>The mill stands by the river, and it has been there since 1790, says \
                         the guide who shows it.</p>";

    #[test]
    fn marks_hug_their_words() {
        let text = rendered(&format!(
            "{PROSE}<p>The <b>mill </b>has <em>two</em> wheels, a <a href='/d (1)'>door</a>, and \
             <code>x &lt; y</code> on it, as far as anyone can see.</p>"
        ));
        assert!(
            text.ends_with(
                "The **mill** has *two* wheels, a [door](/d%20%281%29), and `x < y` on it, as far \
                 as anyone can see.\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn text_that_looks_like_markdown_stays_text() {
        let text = rendered(&format!(
            "<h2>1. The mill</h2>{PROSE}<p>1. FC Mill won at home, as it had done in every year \
             before.<br># 1 of the league it is, too, for as long as anyone can tell.</p><ul><li>\
             &gt; 20 tons of flour a year, in good years.<li>Run <code>a `b` c</code> to see it.\
             </ul>{PROSE}"
        ));
        assert!(text.contains("## 1. The mill\n"), "{text}");
        assert!(
            text.contains(
                "\n1\\. FC Mill won at home, as it had done in every year before.\n\\# 1 of"
            ),
            "{text}"
        );
        assert!(text.contains("- \\> 20 tons"), "{text}");
        assert!(text.contains("- Run ``a `b` c`` to see it."), "{text}");
    }

    #[test]
    fn headings_lists_and_quotations_keep_their_form() {
        let text = rendered(&format!(
            "<h2>The mill</h2>{PROSE}<ul><li>One thing to see there, with water.<li>Another thing \
             to see there, with stones.</ul><blockquote>{PROSE}</blockquote>"
        ));
        assert!(text.starts_with("## The mill\n\nThe mill stands"), "{text}");
        assert!(
            text.contains(
                "guide who shows it.\n\n- One thing to see there, with water.\n- Another"
            ),
            "{text}"
        );
        assert!(text.contains("\n\n> The mill stands"), "{text}");
    }

    #[test]
    fn code_is_fenced_and_tables_are_ruled() {
        let text = rendered(&format!(
            "{PROSE}<pre class=language-sh>a  b\n  ``` c</pre>{PROSE}<table><tr><th>Year<th>Flour, \
             in tons<tr><td>1790<td>10 | 11, in a good year</table>"
        ));
        assert!(text.contains("````sh\na  b\n  ``` c\n````"), "{text}");
        assert!(
            text.contains(
                "| Year | Flour, in tons |\n| --- | --- |\n| 1790 | 10 \\| 11, in a good year |"
            ),
            "{text}"
        );
    }

    /// All blocks of a page.
    fn whole(html: &str) -> String {
        let tree = Html::parse_document(html);
        let how = How {
            hidden: Hidden::Omitted,
            markup: true,
        };
        let page = Page::read(tree.root_element(), how, &TreeRules::default());
        markdown(&page, &vec![true; page.blocks.len()])
    }

    #[test]
    fn code_and_tables_in_an_item_do_not_end_its_list() {
        assert_eq!(
            whole(
                "<ol><li>Fetch:<pre>git\n\nclone</pre>and wait<li>Look:<table><tr><th>a<th>b<tr>\
                 <td>1<td></table><li>Done</ol>"
            ),
            "1. Fetch:\n\n   ```\n   git\n\n   clone\n   ```\n\n   and wait\n2. Look:\n\n   \
             | a | b |\n   | --- | --- |\n   | 1 | |\n3. Done\n"
        );
        assert_eq!(
            whole("<blockquote><p>a<pre>b\n\nc</pre><p>d</blockquote>"),
            "> a\n>\n> ```\n> b\n>\n> c\n> ```\n>\n> d\n"
        );
    }

    #[test]
    fn numbers_are_those_that_a_browser_shows() {
        for (html, wanted) in [
            ("<ol start=7><li>a<li>b</ol>", "7. a\n8. b\n"),
            ("<ol><li>a<li value=12>b<li>c</ol>", "1. a\n12) b\n13) c\n"),
            ("<ol reversed><li>a<li>b</ol>", "2. a\n1) b\n"),
            ("<ol><li>a</ol><ol><li>b</ol>", "1. a\n1) b\n"),
            ("<ol><li>a<ol start=3><li>b</ol></ol>", "1. a\n\n   3. b\n"),
            ("<ol><li>1. a<li>2. b</ol>", "- 1\\. a\n- 2\\. b\n"),
        ] {
            assert_eq!(whole(html), wanted, "{html}");
        }
    }

    #[test]
    fn blocks_in_code_are_lines_of_it() {
        for html in [
            "<pre>a\n  b\n\nc</pre>",
            "<pre><ol><li>a<li>  b<li><br><li>c</ol></pre>",
            "<pre><code><div>a</div><div>  b</div><div><br></div><div>c</div></code></pre>",
            "<pre><p>a</p><blockquote>  b</blockquote>\n\n<h3>c</h3></pre>",
            "<pre><table><tr><td></td><td>a</td></tr><tr><td>  b</td></tr>\n\n<tr><td>c</table></pre>",
        ] {
            let text = whole(html);
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
            assert_eq!(lines, ["```", "a", "  b", "c", "```"], "{html}");
        }
        assert_eq!(
            whole("<pre>a<article><p>b  c</article></pre>"),
            "```\na\n```\n\nb c\n"
        );
    }

    #[test]
    fn tables_have_the_headings_that_the_page_gives_them() {
        for (html, wanted) in [
            (
                "<thead><tr><th>a<th>b<tbody><tr><td>1<td>2<tfoot><tr><td>3<td>4",
                "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n",
            ),
            (
                "<tr><td>1<td>2<tr><td>3<td>4",
                "| | |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n",
            ),
            (
                "<tr><th>a<th colspan=2>b<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5",
                "| a | b | |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| | 4 | 5 |\n",
            ),
            (
                "<thead><tr><th rowspan=2>a<th>b<th>c<tbody><tr><td>1<td>2<td rowspan=9>3\
                 <tfoot><tr><td>4<td>5<td>6",
                "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 4 | 5 | 6 |\n",
            ),
            (
                "<tbody><tr><td rowspan=0>1<td>2<tr><td>3<tbody><tr><td>4<td>5",
                "| | |\n| --- | --- |\n| 1 | 2 |\n| | 3 |\n| 4 | 5 |\n",
            ),
            (
                "<tr><td rowspan=2>Oldmouth</td><td>12</td></tr><tr><td>14</td></tr>",
                "| | |\n| --- | --- |\n| Oldmouth | 12 |\n| | 14 |\n",
            ),
            (
                "<tr><th>Region<th>Town<tr><td rowspan=3>North<td>Ard<tr><td>Bel<tr><td>Cid\
                 <tr><td rowspan=2>South<td>Dal<tr><td>Eft",
                "| Region | Town |\n| --- | --- |\n| North | Ard |\n| | Bel |\n| | Cid |\n\
                 | South | Dal |\n| | Eft |\n",
            ),
            (
                "<caption>c<tr><th>a<th>b<tr><td><b>x|</b><td><p>y<p>z",
                "c\n\n| a | b |\n| --- | --- |\n| **x\\|** | y z |\n",
            ),
        ] {
            assert_eq!(whole(&format!("<table>{html}</table>")), wanted, "{html}");
        }
    }

    #[test]
    fn layout_by_tables_is_no_table() {
        for (html, wanted) in [
            (
                "<table><tr><td>a<td><p>b<p>c<p>d<p>e</table>",
                "a\n\nb\n\nc\n\nd\n\ne\n",
            ),
            ("<table><tr><td>a<tr><td>b</table>", "a\n\nb\n"),
            (
                "<table><tr><td rowspan=2>a<tr><tr><td>b</table>",
                "a\n\nb\n",
            ),
            (
                "<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>",
                "a\n\nb\n\nc\n\nd\n",
            ),
            (
                "<table><tr><td>a<td><pre>b\nc</pre><tr><td>d<td>e</table>",
                "a\n\n```\nb\nc\n```\n\nd\n\ne\n",
            ),
        ] {
            assert_eq!(whole(html), wanted, "{html}");
        }
    }

    #[test]
    fn headings_are_one_line_and_terms_are_strong() {
        for (html, wanted) in [
            ("<h2>Break<br># here</h2>", "## Break # here\n"),
            ("<h2>Trailing C #</h2>", "## Trailing C \\#\n"),
            ("<dl><dt>Height<dd>12 m</dl>", "**Height**\n\n12 m\n"),
        ] {
            assert_eq!(whole(html), wanted, "{html}");
        }
    }

    /// Renders all blocks of a page and holds every segment to its cap.
    fn rendered_in_pieces(html: &str) -> String {
        let tree = Html::parse_document(html);
        let how = How {
            hidden: Hidden::Omitted,
            markup: true,
        };
        let page = Page::read(tree.root_element(), how, &TreeRules::default());
        let mut writer = Writer::new(&page);
        for block in 0..page.blocks.len() {
            writer.write(&Part::Block(block));
            assert!(writer.segment.len() < 3 * MAX_SEGMENT);
        }
        writer.flush();
        writer.out
    }

    #[test]
    fn long_list_is_rendered_in_pieces_and_its_numbers_go_on() {
        let items = (1..=9000)
            .map(|number| format!("<li>Mill {number} stands by the river, and it is old."))
            .collect::<Vec<_>>()
            .concat();
        let text = rendered_in_pieces(&format!("<ol>{items}</ol>"));
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 9000);
        for (number, line) in (1..).zip(lines) {
            let words: Vec<&str> = line.split_whitespace().take(3).collect();
            assert_eq!(
                words,
                [format!("{number}."), "Mill".to_owned(), number.to_string()]
            );
        }
    }

    #[test]
    fn long_quotation_and_long_item_are_rendered_in_pieces() {
        let paragraphs = (1..=6000)
            .map(|number| format!("<p>Mill {number} stands by the river, and it is old."))
            .collect::<Vec<_>>()
            .concat();
        let quoted = rendered_in_pieces(&format!("<blockquote>{paragraphs}</blockquote>"));
        assert!(
            quoted
                .lines()
                .all(|line| line.is_empty() || line.starts_with('>'))
        );
        let listed = rendered_in_pieces(&format!("<ul><li>{paragraphs}</ul>"));
        for text in [quoted, listed] {
            assert_eq!(text.matches("stands by the river").count(), 6000);
        }
    }
}
