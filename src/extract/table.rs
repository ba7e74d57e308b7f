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
pub(super) const BLOCKS_A_CELL: usize = 2;

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

/// Whether the element `index` is a table that says something by its rows and
/// columns, and does not merely put parts of a page beside each other.
///
/// Headings of columns or rows speak for data; a table in a table, code or a
/// section's heading in a cell, cells of several paragraphs and, without
/// headings, cells of prose speak against it. After what browsers ask for
/// readers who hear a page (Firefox's `IsProbablyLayoutTable`).
pub(super) fn is_data(page: &Page<'_>, index: usize) -> bool {
    let table = &page.elements[index];
    // All elements are asked: their attributes only where it matters.
    let lays_out = || matches!(table.node.attr("role"), Some("presentation" | "none"));
    if table.kind != Kind::Table || lays_out() {
        return false;
    }
    let (mut filled, mut blocks) = (0, 0);
    let mut headings = false;
    for inner in &page.elements[index + 1..table.end] {
        match inner.kind {
            Kind::Table | Kind::Preformatted => return false,
            Kind::Heading(_) if !stands_in_heading(page, inner.parent) => return false,
            Kind::Cell => {
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
    let rows = rows(page, index);
    let width: usize = rows.iter().map(|row| row.width).sum();
    // There are two columns at least, and rows, too, if nothing is named.
    width >= rows.len() * 2
        && (rows.len() > 1 || headings)
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

/// A row of a table as it is laid out.
#[derive(Default)]
struct Row {
    /// The columns and elements of its own cells.
    cells: Vec<(usize, usize)>,
    /// Columns that its cells or those above take.
    width: usize,
}

/// The kept text of a row.
struct Kept {
    cells: Vec<Vec<usize>>,
    /// Whether all its cells with text are headings.
    headed: bool,
}

/// Lays out the kept cells of a table. What stands in none of them, such as
/// its caption, is written before or behind it.
fn lay_out(page: &Page<'_>, keep: &[bool], index: usize, parts: &mut Vec<Part>) {
    let table = &page.elements[index];
    let kept = |blocks: Range<usize>| blocks.filter(|&block| keep[block]);
    let rows: Vec<Kept> = rows(page, index)
        .iter()
        .map(|row| kept_of(page, keep, row))
        .collect();
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

/// The kept text of the cells of a row, each in its column.
fn kept_of(page: &Page<'_>, keep: &[bool], row: &Row) -> Kept {
    let mut cells = Vec::new();
    let mut headed = true;
    for &(column, cell) in &row.cells {
        let cell = &page.elements[cell];
        let blocks = cell.blocks.clone().filter(|&block| keep[block]);
        cells.resize(column, Vec::new());
        cells.push(blocks.collect());
        headed &= cell.blocks.is_empty() || is_heading(page, cell);
    }
    Kept { cells, headed }
}

/// The columns that cells above reach into.
#[derive(Default)]
struct Reached {
    /// Of each column how many rows to come.
    rows: Vec<usize>,
    /// The next column of the row that is laid out.
    column: usize,
}

impl Reached {
    /// The place of a cell in the row, in columns.
    fn place(&mut self, cell: scraper::ElementRef<'_>) -> Range<usize> {
        while self.rows.get(self.column).is_some_and(|&rows| rows > 0) {
            self.rows[self.column] -= 1;
            self.column += 1;
        }
        let start = self.column;
        let (wide, high) = (span(cell, "colspan"), span(cell, "rowspan"));
        let end = (start + wide).min(MAX_COLUMNS).max(start + 1);
        // `rowspan=0` reaches to the end of its part of the table.
        let high = if high == 0 { usize::MAX } else { high };
        if end <= MAX_COLUMNS {
            self.rows.resize(self.rows.len().max(end), 0);
            self.rows[start..end].fill(high - 1);
        }
        self.column = end;
        start..end
    }

    /// Ends the row. Columns behind its last cell that cells above reach into.
    fn end_row(&mut self) -> usize {
        let mut more = 0;
        for rows in self.rows.iter_mut().skip(self.column) {
            more += usize::from(*rows > 0);
            *rows = rows.saturating_sub(1);
        }
        self.column = 0;
        more
    }
}

/// The rows of a table, with its cells in their columns.
fn rows(page: &Page<'_>, index: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut reached = Reached::default();
    let mut part = index;
    // Behind the last cell. A shadow tree may have cells in a cell.
    let mut next = index + 1;
    for at in index + 1..page.elements[index].end {
        let element = &page.elements[at];
        if at < next || !matches!(element.kind, Kind::Row | Kind::Cell) {
            continue;
        }
        if element.kind == Kind::Row || rows.is_empty() {
            if let Some(row) = rows.last_mut() {
                row.width += reached.end_row();
            }
            rows.push(Row::default());
        }
        if element.kind == Kind::Row {
            // No cell reaches out of its `thead`, `tbody` or `tfoot`.
            if element.parent != part {
                reached.rows.clear();
                part = element.parent;
            }
            continue;
        }
        let Some(row) = rows.last_mut() else { continue };
        let place = reached.place(element.node);
        row.cells.push((place.start, at));
        row.width = place.end;
        next = element.end;
    }
    if let Some(row) = rows.last_mut() {
        row.width += reached.end_row();
    }
    rows
}

/// The table of the rows and columns that have text.
fn compact(element: usize, mut rows: Vec<Kept>) -> Option<Table> {
    rows.retain(|row| row.cells.iter().any(|cell| !cell.is_empty()));
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
