//! Kept blocks as text.

use super::{
    blocks::Page,
    kinds::Kind,
    numbers::{is_told, label, numbers},
    table::{Part, Table, parts},
};

/// Levels of lists that are shown by indenting.
const MAX_INDENT: usize = 8;

/// What stands between the cells of a row.
const CELL_END: &str = "|";

/// Writes the kept blocks of `page` as plain text: paragraphs apart by a blank
/// line, items of a list and rows of a table on lines of their own.
pub(super) fn text(page: &Page<'_>, keep: &[bool]) -> String {
    let mut out = String::with_capacity(page.text.len() / 2);
    let numbers = numbers(page);
    let mut last: Option<Place> = None;
    for part in parts(page, keep) {
        let index = match part {
            Part::Block(index) => index,
            Part::Table(table) => {
                if last.take().is_some() || !out.is_empty() {
                    out.push_str("\n\n");
                }
                push_table(&mut out, page, &table);
                continue;
            }
        };
        let block = &page.blocks[index];
        let place = Place::of(page, index);
        if let Some(last) = &last {
            out.push_str(gap(last, &place));
        } else if !out.is_empty() {
            out.push_str("\n\n");
        }
        if let Some(item) = place
            .item
            .filter(|&item| page.elements[item].blocks.start == index)
        {
            for _ in 1..lists_around(page, item).min(MAX_INDENT) {
                out.push_str("  ");
            }
            match numbers[item].filter(|_| is_told(page, item)) {
                Some(number) => {
                    out.push_str(&label(page, item, number));
                    out.push_str(". ");
                }
                None => out.push_str("- "),
            }
        }
        push_lines(&mut out, page.text_of(block));
        last = Some(place);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Writes each row of a table on a line, its cells apart by a sign that stands
/// for empty ones, too.
fn push_table(out: &mut String, page: &Page<'_>, table: &Table) {
    for (number, row) in table.rows.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let filled = row.iter().rposition(|cell| !cell.is_empty());
        let start = out.len();
        for (column, cell) in row
            .iter()
            .take(filled.map_or(0, |last| last + 1))
            .enumerate()
        {
            if column > 0 {
                if out.len() > start {
                    out.push(' ');
                }
                out.push_str(CELL_END);
            }
            for &block in cell {
                for word in page.text_of(&page.blocks[block]).split_whitespace() {
                    if out.len() > start {
                        out.push(' ');
                    }
                    out.push_str(word);
                }
            }
        }
    }
}

/// The item, row or list of definitions that a block stands in.
struct Place {
    item: Option<usize>,
    /// The row, if the block is all there is in it, and its table.
    row: Option<(usize, usize)>,
    definition: bool,
}

impl Place {
    fn of(page: &Page<'_>, index: usize) -> Self {
        /// An item's text stands a few elements below it at most.
        const NEAR: usize = 4;
        let element = page.blocks[index].element;
        let near = |kind: Kind| {
            page.around(element)
                .take(NEAR)
                .find(|&at| page.elements[at].kind == kind)
        };
        let alone = |&row: &usize| page.elements[row].blocks.len() == 1;
        Self {
            item: near(Kind::Item),
            row: near(Kind::Row).filter(alone).and_then(|row| {
                let table = page
                    .around(row)
                    .find(|&at| page.elements[at].kind == Kind::Table)?;
                Some((row, table))
            }),
            definition: page.elements[element].kind == Kind::Definition,
        }
    }
}

/// How many lists an item stands in.
fn lists_around(page: &Page<'_>, item: usize) -> usize {
    page.around(item)
        .skip(1)
        .filter(|&at| page.elements[at].kind == Kind::List)
        .count()
}

/// What stands between two kept blocks.
fn gap(before: &Place, after: &Place) -> &'static str {
    if let (Some((_, table)), Some((_, next))) = (before.row, after.row)
        && table == next
    {
        return "\n";
    }
    if before.item.is_some() && after.item.is_some() {
        return "\n";
    }
    if before.definition && after.definition {
        return "\n";
    }
    "\n\n"
}

/// Copies `text` without blanks before line ends and without runs of more
/// than one blank line.
fn push_lines(out: &mut String, text: &str) {
    let mut blank = 0;
    for (number, line) in text.split('\n').enumerate() {
        let line = line.trim_end();
        if number > 0 {
            if line.is_empty() {
                blank += 1;
                if blank > 1 {
                    continue;
                }
            } else {
                blank = 0;
            }
            out.push('\n');
        }
        out.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::{
        super::{blocks::How, tree_rules::TreeRules},
        *,
    };
    use crate::{ExtractOptions, RuleSet, extract};

    /// All blocks of a page.
    fn whole(html: &str) -> String {
        let tree = Html::parse_document(html);
        let page = Page::read(tree.root_element(), How::TEXT, &TreeRules::default());
        text(&page, &vec![true; page.blocks.len()])
    }

    #[test]
    fn cells_keep_their_columns_and_items_their_numbers() {
        for (html, wanted) in [
            (
                "<table><tr><th>Year<th>Rye<th>Oats<tr><td>1790<td><td>3<tr><td>1791<td>7<td><tr>\
                 <td><td>8<td>9<br>t</table>",
                "Year | Rye | Oats\n1790 | | 3\n1791 | 7\n| 8 | 9 t\n",
            ),
            (
                "<table><tr><td>a<td>b<td>c<p>d<p>e<p>f<p>g<p>h</table>",
                "a\n\nb\n\nc\n\nd\n\ne\n\nf\n\ng\n\nh\n",
            ),
            (
                "<ol start=4 type=a><li>Grind<li>Sift<ol><li>twice</ol></ol>",
                "d. Grind\ne. Sift\n  - twice\n",
            ),
            ("<ul><li>Grind<li>Sift</ul>", "- Grind\n- Sift\n"),
        ] {
            assert_eq!(whole(html), wanted, "{html}");
        }
    }

    fn rendered(body: &str) -> String {
        let html = format!("<article>{body}</article>");
        let rules = RuleSet::builtin().unwrap();
        extract(&html, &rules, &ExtractOptions::default())
            .document
            .text
    }

    const PROSE: &str = "<p>The mill stands by the river, and it has been there since 1790, says \
                         the guide who shows it.</p>";

    #[test]
    fn paragraphs_stand_apart_and_line_breaks_stay() {
        let text = rendered(&format!(
            "{PROSE}<p>It burned down twice,<br>and was rebuilt\n each  time, says the guide.</p>"
        ));
        assert_eq!(
            text,
            "The mill stands by the river, and it has been there since 1790, says the guide who \
             shows it.\n\nIt burned down twice,\nand was rebuilt each time, says the guide.\n"
        );
    }

    #[test]
    fn items_and_rows_stand_on_lines_of_their_own() {
        let text = rendered(&format!(
            "{PROSE}<ul><li>One thing to see there, with water.<ul><li>Inside it there is a wheel, \
             of wood.</ul><li>Another thing to see.</ul>{PROSE}<table><tr><td>1790, a good \
             year<td>10 tons of flour, and more<tr><td>1800, a bad year<td>2 tons of flour, or \
             less</table>"
        ));
        assert!(
            text.contains(
                "- One thing to see there, with water.\n  - Inside it there is a wheel, of wood.\n- \
                 Another thing to see."
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "1790, a good year | 10 tons of flour, and more\n1800, a bad year | 2 tons of flour, \
                 or less\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn words_are_neither_glued_nor_torn() {
        let text = rendered(&format!(
            "{PROSE}<p>The <b>m</b>ill, the<i> wheel</i>, and <a href=a>one</a><a href=b>two</a>; \
             多<b>年</b>以来，这里<span>一直</span>是磨坊，游客很多。</p>"
        ));
        assert!(
            text.ends_with(
                "The mill, the wheel, and one two; 多年以来，这里一直是磨坊，游客很多。\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn code_keeps_its_blanks() {
        let text = rendered(&format!(
            "{PROSE}<pre>fn main() {{\n    go();\n}}</pre>{PROSE}"
        ));
        assert!(text.contains("\n\nfn main() {\n    go();\n}\n\n"), "{text}");
    }
}
