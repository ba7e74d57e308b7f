//! Kept blocks as text.

use super::{blocks::Page, kinds::Kind};

/// Levels of lists that are shown by indenting.
const MAX_INDENT: usize = 8;

/// Writes the kept blocks of `page` as plain text: paragraphs apart by a blank
/// line, items of a list and rows of a table on lines of their own.
pub(super) fn text(page: &Page<'_>, keep: &[bool]) -> String {
    let mut out = String::with_capacity(page.text.len() / 2);
    let mut last: Option<usize> = None;
    for (index, block) in page.blocks.iter().enumerate() {
        if !keep[index] {
            continue;
        }
        let place = Place::of(page, block.element);
        if let Some(last) = last {
            let before = Place::of(page, page.blocks[last].element);
            out.push_str(gap(&before, &place));
        }
        if let Some(item) = place
            .item
            .filter(|&item| page.elements[item].blocks.start == index)
        {
            for _ in 1..lists_around(page, item).min(MAX_INDENT) {
                out.push_str("  ");
            }
            out.push_str("- ");
        }
        push_lines(&mut out, page.text_of(block));
        last = Some(index);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// The list item, row and cell that a block stands in.
pub(super) struct Place {
    item: Option<usize>,
    list: Option<usize>,
    pub row: Option<usize>,
    pub table: Option<usize>,
    /// The cell, if the block stands in a row.
    pub cell: Option<usize>,
    definition: bool,
}

impl Place {
    pub(super) fn of(page: &Page<'_>, element: usize) -> Self {
        let mut place = Self {
            item: None,
            list: None,
            row: None,
            table: None,
            cell: None,
            definition: page.elements[element].kind == Kind::Definition,
        };
        let mut at = element;
        // An item's text stands a few elements below it at most.
        for _ in 0..4 {
            match page.elements[at].kind {
                Kind::Item if place.item.is_none() => {
                    place.item = Some(at);
                    place.list = Some(page.elements[at].parent);
                }
                Kind::Cell if place.cell.is_none() => place.cell = Some(at),
                Kind::Row if place.row.is_none() => {
                    place.row = Some(at);
                    place.table = Some(page.elements[at].parent);
                }
                _ => {}
            }
            if at == 0 {
                break;
            }
            at = page.elements[at].parent;
        }
        place
    }
}

/// How many lists an item stands in.
fn lists_around(page: &Page<'_>, item: usize) -> usize {
    let mut count = 0;
    let mut at = item;
    while at != 0 {
        at = page.elements[at].parent;
        count += usize::from(page.elements[at].kind == Kind::List);
    }
    count
}

/// What stands between two kept blocks.
fn gap(before: &Place, after: &Place) -> &'static str {
    if before.row.is_some() && before.row == after.row {
        return " | ";
    }
    if before.row.is_some() && after.row.is_some() && before.table == after.table {
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
    use crate::{ExtractOptions, RuleSet, extract};

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
