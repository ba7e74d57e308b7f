//! Kept blocks as Markdown.
//!
//! Flowing text (headings, paragraphs, lists, quotations) is put together as
//! clean HTML and rendered by html2text with the prefixes of Markdown.
//! Code and tables are written here: html2text indents code and draws tables
//! with lines. What is handed over is capped in size and depth, because
//! html2text keeps a tree of its own; what it refuses is written plainly.

// Writing to a `String` cannot fail: the results of `write!` are passed over.
use std::{borrow::Cow, fmt::Write as _};

use super::{
    blocks::{Block, Page},
    code::language,
    kinds::Kind,
    markup::{guarded, longest_run},
    prefixes::Prefixes,
    render::Place,
};

/// Bytes of HTML after which what waits is rendered in one go, as soon as a
/// paragraph or an item ends; twice as many, wherever that is.
const MAX_SEGMENT: usize = 64 << 10;

/// Lists and quotations inside each other; deeper ones are written at this
/// depth. html2text refuses at about 100.
const MAX_NESTING: usize = 12;

/// Wide enough that no line is ever wrapped.
const WIDTH: usize = 1 << 24;

/// Writes the kept blocks of `page` as Markdown.
pub(super) fn markdown(page: &Page<'_>, keep: &[bool]) -> String {
    let mut writer = Writer::new(page);
    let kept: Vec<&Block> = page
        .blocks
        .iter()
        .zip(keep)
        .filter_map(|(block, keep)| keep.then_some(block))
        .collect();
    let mut index = 0;
    while index < kept.len() {
        index += writer.write(&kept[index..]);
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
    out: String,
    /// HTML that waits to be rendered.
    segment: String,
    /// The same as plain text, if html2text refuses it.
    plain: String,
    /// Lists, items and quotations that are open in `segment`.
    open: Vec<Open>,
    /// Whether the last block stood in no list and no quotation.
    flat: bool,
}

/// A list, item or quotation that is open.
#[derive(Clone, Copy)]
struct Open {
    element: usize,
    /// Items begun in it.
    items: usize,
}

impl<'p, 'a> Writer<'p, 'a> {
    fn new(page: &'p Page<'a>) -> Self {
        Self {
            page,
            out: String::new(),
            segment: String::new(),
            plain: String::new(),
            open: Vec::new(),
            flat: true,
        }
    }

    /// Writes the first of `blocks`, or the table that it begins, and returns
    /// how many blocks that was.
    fn write(&mut self, blocks: &[&Block]) -> usize {
        let block = blocks[0];
        let place = Place::of(self.page, block.element);
        if place.row.is_some() {
            let same = |other: &&&Block| {
                let other = Place::of(self.page, other.element);
                other.row.is_some() && other.table == place.table
            };
            let count = blocks.iter().take_while(same).count();
            if count > 1 {
                self.flush();
                self.table(&blocks[..count]);
                return count;
            }
        }
        if self.page.elements[block.element].kind == Kind::Preformatted {
            self.flush();
            self.code(block);
        } else {
            self.flow(block);
        }
        1
    }

    fn code(&mut self, block: &Block) {
        let text = self.page.text_of(block);
        let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
        let language = language(self.page, block.element);
        self.paragraph(&format!("{fence}{language}\n{text}\n{fence}"));
    }

    fn table(&mut self, blocks: &[&Block]) {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let (mut row, mut cell) = (None, None);
        for block in blocks {
            let place = Place::of(self.page, block.element);
            if place.row != row || rows.is_empty() {
                rows.push(Vec::new());
                (row, cell) = (place.row, None);
            }
            let text = self.page.text_of(block).replace('|', "\\|");
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if let Some(cells) = rows.last_mut() {
                match cells.last_mut() {
                    Some(last) if cell == place.cell && cell.is_some() => {
                        last.push(' ');
                        last.push_str(&text);
                    }
                    _ => cells.push(text),
                }
            }
            cell = place.cell;
        }
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut text = String::new();
        for (number, mut cells) in rows.into_iter().enumerate() {
            // Readers fill short rows up; only the first has to be whole.
            if number == 0 {
                cells.resize(columns, String::new());
            }
            let _ = writeln!(text, "| {} |", cells.join(" | "));
            if number == 0 {
                let _ = writeln!(text, "|{}", " --- |".repeat(columns));
            }
        }
        self.paragraph(text.trim_end());
    }

    /// Adds a block of flowing text to the segment.
    fn flow(&mut self, block: &Block) {
        let page = self.page;
        let around = nesting(page, block.element);
        let shared = self
            .open
            .iter()
            .zip(&around)
            .take_while(|(open, wanted)| open.element == **wanted)
            .count();
        self.close_to(shared);
        // html2text puts a list right under the paragraph before it.
        let turns = around.is_empty() != self.flat;
        let ends = around
            .get(shared)
            .map_or(shared == 0, |&next| is_item(page, next));
        let most = if ends { MAX_SEGMENT } else { 2 * MAX_SEGMENT };
        if (shared == 0 && turns) || self.segment.len() > most {
            let open = self.open.clone();
            self.flush();
            self.open_again(&open);
        }
        self.flat = around.is_empty();
        for &element in &around[shared..] {
            let _ = write!(self.segment, "<{}>", tag(page, element));
            if let Some(around) = self.open.last_mut() {
                around.items += usize::from(is_item(page, element));
            }
            self.open.push(Open { element, items: 0 });
        }
        let markup = &page.markup[block.markup.clone()];
        let (name, markup) = match page.elements[block.element].kind {
            // Its text does not begin the line.
            Kind::Heading(level) => (
                ["h1", "h2", "h3", "h4", "h5", "h6"][usize::from(level) - 1],
                Cow::Borrowed(markup),
            ),
            Kind::Item => ("span", guarded(markup)),
            _ => ("p", guarded(markup)),
        };
        let _ = write!(self.segment, "<{name}>{markup}</{name}>");
        self.plain.push_str(page.text_of(block));
        self.plain.push_str("\n\n");
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(open) = self.open.pop() {
                let _ = write!(self.segment, "</{}>", tag(self.page, open.element));
            }
        }
    }

    /// Opens in a new segment what was open in the one before; numbers go on.
    fn open_again(&mut self, open: &[Open]) {
        for (depth, &Open { element, items }) in open.iter().enumerate() {
            let name = tag(self.page, element);
            if name == "ol" {
                // An item that goes on has its number already.
                let goes_on = depth + 1 < open.len();
                let next = items + usize::from(!goes_on || items == 0);
                let _ = write!(self.segment, "<ol start=\"{next}\">");
            } else {
                let _ = write!(self.segment, "<{name}>");
            }
            self.open.push(Open { element, items });
        }
    }

    /// Renders what waits.
    fn flush(&mut self) {
        self.close_to(0);
        if self.segment.is_empty() {
            return;
        }
        let rendered = html2text::config::with_decorator(Prefixes)
            .link_footnotes(false)
            .no_link_wrapping()
            .string_from_read(self.segment.as_bytes(), WIDTH);
        let text = rendered.unwrap_or_else(|_| self.plain.clone());
        let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
        self.paragraph(&lines.join("\n"));
        self.segment.clear();
        self.plain.clear();
    }

    fn paragraph(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.out.is_empty() {
            self.out.push_str("\n\n");
        }
        self.out.push_str(text);
    }
}

/// Lists, items and quotations around an element, outermost first.
fn nesting(page: &Page<'_>, element: usize) -> Vec<usize> {
    let mut around = Vec::new();
    let mut at = element;
    loop {
        if matches!(
            page.elements[at].kind,
            Kind::List | Kind::Item | Kind::Quote
        ) {
            around.push(at);
        }
        if at == 0 {
            break;
        }
        at = page.elements[at].parent;
    }
    around.reverse();
    around.truncate(MAX_NESTING);
    around
}

fn is_item(page: &Page<'_>, element: usize) -> bool {
    page.elements[element].kind == Kind::Item
}

fn tag(page: &Page<'_>, element: usize) -> &'static str {
    match page.elements[element].kind {
        Kind::Item => "li",
        Kind::Quote => "blockquote",
        _ if page.elements[element].node.value().name() == "ol" => "ol",
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

    /// Renders all blocks of a page and holds every segment to its cap.
    fn rendered_in_pieces(html: &str) -> String {
        let tree = Html::parse_document(html);
        let how = How {
            hidden: Hidden::Omitted,
            markup: true,
        };
        let page = Page::read(tree.root_element(), how, &TreeRules::default());
        let mut writer = Writer::new(&page);
        for block in &page.blocks {
            writer.write(&[block]);
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
