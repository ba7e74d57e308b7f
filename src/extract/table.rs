//! Tables: which are data, and where their cells stand.
//!
//! A table is laid out once from its rows and cells (HTML standard 4.9.12), not
//! from the blocks of text in them: an empty cell keeps its place, and so do
//! those behind it.

use std::ops::Range;

use super::{blocks::Page, kinds::Kind};

/// Columns beyond which spans are no longer followed: a page may ask for 1,000
/// in each row, and each of them is a byte or two of output.
const MAX_COLUMNS: usize = 64;

/// Blocks in each cell with text, at most: more lay out a page.
const BLOCKS_A_CELL: usize = 2;

/// Letters in each cell with text, at most, of a table without headings: cells
/// of prose lay out a page. Three lines of print.
const PROSE: usize = 250;

/// What is written of a page, one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A block.
    Block(usize),
    /// A table of data.
    Table(Table),
}

/// The kept cells of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Index of its element.
    pub element: usize,
    /// Whether the first row names the columns.
    pub headed: bool,
    /// Rows of cells, each the kept blocks in it; short rows end in empty cells.
    pub rows: Vec<Vec<Vec<usize>>>,
}

/// The kept blocks of `page` in order, those of tables of data as tables.
pub(super) fn parts(page: &Page<'_>, keep: &[bool]) -> Vec<Part> {
    let mut tables = (0..page.elements.len())
        .filter(|&index| {
            let element = &page.elements[index];
            element.kind == Kind::Table
                && keep[element.blocks.clone()].contains(&true)
                && is_data(page, index)
        })
        .peekable();
    let mut parts = Vec::new();
    let mut block = 0;
    while block < keep.len() {
        if let Some(&table) = tables.peek()
            && page.elements[table].blocks.start == block
        {
            tables.next();
            block = page.elements[table].blocks.end;
            lay_out(page, keep, table, &mut parts);
            continue;
        }
        if keep[block] {
            parts.push(Part::Block(block));
        }
        block += 1;
    }
    parts
}

/// Whether the table `index` says something by its rows and columns, and does
/// not merely put parts of a page beside each other.
///
/// Headings of columns or rows speak for data; a table in a table, code or a
/// section's heading in a cell, cells of several paragraphs and, without
/// headings, cells of prose speak against it. After what browsers ask for
/// readers who hear a page (Firefox's `IsProbablyLayoutTable`).
pub(super) fn is_data(page: &Page<'_>, index: usize) -> bool {
    let table = &page.elements[index];
    if matches!(table.node.attr("role"), Some("presentation" | "none")) {
        return false;
    }
    let (mut rows, mut cells, mut filled, mut blocks) = (0, 0, 0, 0);
    let mut headings = false;
    for inner in &page.elements[index + 1..table.end] {
        match inner.kind {
            Kind::Table | Kind::Preformatted => return false,
            Kind::Heading(_) if !stands_in_heading(page, inner.parent) => return false,
            Kind::Row => rows += 1,
            Kind::Cell => {
                cells += span(inner.node, "colspan").min(MAX_COLUMNS);
                filled += usize::from(!inner.blocks.is_empty());
                blocks += inner.blocks.len();
                headings |= is_heading(page, inner);
            }
            _ => {}
        }
    }
    let letters: usize = page.blocks[table.blocks.clone()]
        .iter()
        .map(|block| block.length)
        .sum();
    // There are two columns at least, and rows, too, if nothing is named.
    cells >= rows * 2
        && (rows > 1 || headings)
        && blocks <= filled * BLOCKS_A_CELL
        && (headings || letters <= filled * PROSE)
}

fn stands_in_heading(page: &Page<'_>, element: usize) -> bool {
    page.around(element)
        .map(|at| &page.elements[at])
        .find(|around| around.kind == Kind::Cell)
        .is_some_and(|cell| is_heading(page, cell))
}

/// Whether a cell names a column or row.
fn is_heading(page: &Page<'_>, cell: &super::blocks::Element<'_>) -> bool {
    let row = &page.elements[cell.parent];
    cell.node.value().name() == "th" || page.elements[row.parent].node.value().name() == "thead"
}

/// A row while a table is laid out.
#[derive(Default)]
struct Row {
    cells: Vec<Vec<usize>>,
    /// Whether all its cells with text are headings.
    headed: bool,
    /// Whether any text of it is kept.
    kept: bool,
}

/// Lays out the kept cells of a table. What stands in none of them, such as
/// its caption, is written before or behind it.
fn lay_out(page: &Page<'_>, keep: &[bool], index: usize, parts: &mut Vec<Part>) {
    let table = &page.elements[index];
    let kept = |blocks: Range<usize>| blocks.filter(|&block| keep[block]);
    let rows = rows(page, keep, index);
    let placed: Vec<usize> = rows.iter().flat_map(|row| row.cells.concat()).collect();
    let first = placed.first().copied().unwrap_or(table.blocks.end);
    // Between cells only what a broken tree puts there.
    let (before, behind): (Vec<usize>, Vec<usize>) = kept(table.blocks.clone())
        .filter(|block| placed.binary_search(block).is_err())
        .partition(|&block| block < first || Some(&block) < placed.last());
    parts.extend(before.into_iter().map(Part::Block));
    if let Some(table) = compact(index, rows) {
        parts.push(Part::Table(table));
    }
    parts.extend(behind.into_iter().map(Part::Block));
}

/// The rows of a table, with its kept cells in their columns.
fn rows(page: &Page<'_>, keep: &[bool], index: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    // Of each column how many rows to come a cell above reaches into.
    let mut reached: Vec<usize> = Vec::new();
    let mut column = 0;
    // Behind the last cell. A shadow tree may have cells in a cell.
    let mut next = index + 1;
    for at in index + 1..page.elements[index].end {
        let cell = &page.elements[at];
        if at < next {
            continue;
        }
        if cell.kind == Kind::Row {
            for rows in reached.iter_mut().skip(column) {
                *rows = rows.saturating_sub(1);
            }
            rows.push(Row {
                headed: true,
                ..Row::default()
            });
            column = 0;
        }
        if cell.kind != Kind::Cell {
            continue;
        }
        if rows.is_empty() {
            rows.push(Row::default());
        }
        let Some(row) = rows.last_mut() else { continue };
        while reached.get(column).is_some_and(|&rows| rows > 0) {
            reached[column] -= 1;
            column += 1;
        }
        next = cell.end;
        let blocks = cell.blocks.clone().filter(|&block| keep[block]);
        row.cells.resize(column, Vec::new());
        row.cells.push(blocks.collect());
        row.kept |= row.cells.last().is_some_and(|cell| !cell.is_empty());
        row.headed &= cell.blocks.is_empty() || is_heading(page, cell);
        let (wide, high) = (span(cell.node, "colspan"), span(cell.node, "rowspan"));
        let end = (column + wide).min(MAX_COLUMNS).max(column + 1);
        // `rowspan=0` reaches to the end of its part of the table.
        let high = if high == 0 { usize::MAX } else { high };
        if end <= MAX_COLUMNS {
            reached.resize(reached.len().max(end), 0);
            reached[column..end].fill(high - 1);
        }
        column = end;
    }
    rows
}

/// The table of the rows and columns that have text.
fn compact(element: usize, rows: Vec<Row>) -> Option<Table> {
    let rows: Vec<Row> = rows.into_iter().filter(|row| row.kept).collect();
    let columns = rows.iter().map(|row| row.cells.len()).max()?;
    let mut used = vec![false; columns];
    for row in &rows {
        for (used, cell) in used.iter_mut().zip(&row.cells) {
            *used |= !cell.is_empty();
        }
    }
    let headed = rows[0].headed;
    let rows = rows
        .into_iter()
        .map(|row| {
            let cells = row.cells.into_iter().zip(&used);
            cells
                .filter_map(|(cell, used)| used.then_some(cell))
                .collect()
        })
        .collect();
    Some(Table {
        element,
        headed,
        rows,
    })
}

/// The value of `colspan` or `rowspan`, with the bounds of the HTML standard.
fn span(cell: scraper::ElementRef<'_>, name: &str) -> usize {
    let value = cell.attr(name).and_then(|value| value.trim().parse().ok());
    match (name, value) {
        ("rowspan", Some(value)) => 65_534.min(value),
        (_, Some(value)) => 1_000.min(value).max(1),
        _ => 1,
    }
}
