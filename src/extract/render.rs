//! Kept blocks as text.

use super::{blocks::Page, kinds::Kind};

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
        if place.item.is_some() && starts_item(page, index, &place) {
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
    element: usize,
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
            element,
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

fn starts_item(page: &Page<'_>, block: usize, place: &Place) -> bool {
    place
        .item
        .is_some_and(|item| page.elements[item].blocks.start == block)
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
