//! Blocks that go with others, whatever their own scores say.
//!
//! A row without its short cells, a description without its term, a sentence
//! that ends in a colon without its list: each says something else than the
//! page did. On a short page every line counts, so that captions and the headline
//! go with the text around them there; on long ones the people who marked the
//! development pages left most of them out.

use scraper::ElementRef;

use super::{
    attributes::leads,
    blocks::{Block, Page},
    hints,
    kinds::Kind,
    measure,
    table::{BLOCKS_A_CELL, is_data},
};

/// Letters of kept text below which a page is short. From 600 to 1,000 the
/// scores of the development pages are the same.
const SHORT: usize = 1000;

/// Longest term of a definition, in Latin letters.
const TERM: usize = 60;

/// How many blocks below a headline its text may begin.
const NEAR: usize = 3;

/// Keeps what goes with kept blocks.
pub(super) fn complete(page: &Page<'_>, scores: &[f32], keep: &mut [bool]) {
    rows(page, scores, keep);
    tables(page, keep);
    terms(page, keep);
    announced_lists(page, keep);
    among_kept(page, keep);
    heads(page, keep);
    openers(page, keep);
    let kept = page.blocks.iter().zip(keep.iter());
    let kept: usize = kept
        .map(|(block, keep)| usize::from(*keep) * block.length)
        .sum();
    if kept < SHORT {
        let decided = keep.to_vec();
        captions(page, &decided, keep);
        headline(page, &decided, keep);
    }
}

/// Keeps or drops the cells of a row together. Rows that lay out a page, with
/// more in a cell than a cell holds, are left alone.
fn rows(page: &Page<'_>, scores: &[f32], keep: &mut [bool]) {
    for (index, row) in page.elements.iter().enumerate() {
        if row.kind != Kind::Row {
            continue;
        }
        let inside = &page.elements[index + 1..row.end];
        let cells = inside.iter().filter(|part| part.kind == Kind::Cell).count();
        let nested = inside.iter().any(|part| part.kind == Kind::Row);
        let kept = keep[row.blocks.clone()]
            .iter()
            .filter(|keep| **keep)
            .count();
        let split = kept > 0 && kept < row.blocks.len();
        if nested || !split || row.blocks.len() > cells * BLOCKS_A_CELL {
            continue;
        }
        let sum: f32 = row
            .blocks
            .clone()
            .map(|block| {
                if keep[block] {
                    scores[block].abs()
                } else {
                    -scores[block].abs()
                }
            })
            .sum();
        keep[row.blocks.clone()].fill(sum > 0.0);
    }
}

/// Keeps a table of data of which a fair part is kept, whole: its rows are of
/// one kind, and the scores of some differ by chance.
///
/// Of the pages that the models were fitted on, shares from .1 to .7 move F1 by
/// no more than .0003; a reader misses the other rows.
fn tables(page: &Page<'_>, keep: &mut [bool]) {
    /// The fair part, in percent of the letters.
    const FAIR: usize = 10;
    for (index, table) in page.elements.iter().enumerate() {
        if !is_data(page, index) {
            continue;
        }
        let (mut kept, mut all) = (0, 0);
        for block in table.blocks.clone() {
            let length = page.blocks[block].length;
            all += length;
            kept += usize::from(keep[block]) * length;
        }
        if kept * 100 > FAIR * all {
            keep[table.blocks.clone()].fill(true);
        }
    }
}

/// Keeps code and tables of data that stand among kept blocks, whole. Their
/// lines and cells are short and look like nothing by themselves, the less the
/// longer the page is around them.
fn among_kept(page: &Page<'_>, keep: &mut [bool]) {
    for index in 0..page.elements.len() {
        let (kind, blocks) = (page.elements[index].kind, &page.elements[index].blocks);
        if blocks.is_empty() || !matches!(kind, Kind::Preformatted | Kind::Table) {
            continue;
        }
        let whole = !keep[blocks.clone()].contains(&false);
        let goes = match kind {
            // Code is hardly ever debris: one neighbour is enough, of it or of
            // the listing that it stands in.
            Kind::Preformatted => {
                let kept = |index: usize| {
                    let near = neighbours(page, keep, index);
                    near.before == Some(true) || near.after == Some(true)
                };
                whole || kept(index) || listing(page, index).is_some_and(kept)
            }
            Kind::Table if !whole => {
                let near = neighbours(page, keep, index);
                near.before == Some(true)
                    && near.after != Some(false)
                    && !is_of_links(page, index)
                    && is_data(page, index)
            }
            _ => false,
        };
        if goes {
            keep[blocks.clone()].fill(true);
            if let Some(listing) = listing(page, index) {
                keep[page.elements[listing].blocks.clone()].fill(true);
            }
        }
    }
}

/// The figure that holds an element and not much more: a name, a caption.
fn listing(page: &Page<'_>, index: usize) -> Option<usize> {
    /// Blocks beside the element.
    const BESIDE: usize = 3;
    let most = page.elements[index].blocks.len() + BESIDE;
    let mut at = index;
    while at != 0 && page.elements[at].blocks.len() <= most {
        if page.elements[at].node.value().name() == "figure" {
            return Some(at);
        }
        at = page.elements[at].parent;
    }
    None
}

/// Whether the blocks before and behind an element are kept; `None` where the
/// parts of the page around it have none there.
struct Neighbours {
    before: Option<bool>,
    after: Option<bool>,
}

/// The neighbours of an element in the two nearest elements around it that hold
/// more than it.
fn neighbours(page: &Page<'_>, keep: &[bool], index: usize) -> Neighbours {
    /// A wrapper with a caption or a button, and what the wrapper stands in.
    const AROUND: usize = 2;
    let blocks = &page.elements[index].blocks;
    let mut around = blocks;
    let mut at = index;
    let mut wider = 0;
    while at != 0 && wider < AROUND {
        at = page.elements[at].parent;
        let outer = &page.elements[at].blocks;
        wider += usize::from(outer != around);
        around = outer;
    }
    Neighbours {
        before: (around.start < blocks.start).then(|| keep[blocks.start - 1]),
        after: (blocks.end < around.end).then(|| keep[blocks.end]),
    }
}

/// Keeps the heading of a section whose text begins kept right behind it, inside
/// the content: on the pages that the models were fitted to, 180 of 205 headings
/// above content were content. Above the first kept line stand the names of
/// columns, and above a contribution to a discussion stands its author.
fn heads(page: &Page<'_>, keep: &mut [bool]) {
    let Some(first) = keep.iter().position(|keep| *keep) else {
        return;
    };
    // From below, so that a heading above a heading goes with it.
    for index in (0..page.elements.len()).rev() {
        let heading = &page.elements[index];
        let is_section = matches!(heading.kind, Kind::Heading(level) if level > 1);
        let behind = heading.blocks.end;
        if !is_section || heading.blocks.start < first || keep.get(behind) != Some(&true) {
            continue;
        }
        let around = &page.elements[heading.parent];
        let who = hints::COMMENT | hints::USER | hints::META;
        let says_who = (heading.hints | around.hints) & who != 0;
        if around.blocks.contains(&behind) && !says_who && !leads_away(page, index) {
            keep[heading.blocks.clone()].fill(true);
        }
    }
}

/// Whether most of an element's letters lead to other pages. A heading may be a
/// link to itself.
fn leads_away(page: &Page<'_>, index: usize) -> bool {
    let element = &page.elements[index];
    let blocks = &page.blocks[element.blocks.clone()];
    let links: usize = blocks.iter().map(|block| block.link_length).sum();
    let letters: usize = blocks.iter().map(|block| block.length).sum();
    let mut inside = element.node.descendants().filter_map(ElementRef::wrap);
    links * 2 > letters && inside.any(|link| link.attr("href").is_some_and(leads))
}

/// Keeps the buttons that open a kept part, such as the questions above their
/// answers, and no others.
fn openers(page: &Page<'_>, keep: &mut [bool]) {
    /// Elements around a button that may say that it opens a menu.
    const BESIDE: usize = 4;
    for index in (0..page.elements.len()).rev() {
        let element = &page.elements[index];
        let name = element.node.value().name();
        if element.blocks.is_empty() || !matches!(name, "button" | "summary") {
            continue;
        }
        let beside = page.around(index).take(BESIDE).any(|at| {
            let kind = page.elements[at].kind;
            matches!(kind, Kind::Nav | Kind::Header | Kind::Footer | Kind::Aside)
        });
        if !beside && neighbours(page, keep, index).after == Some(true) {
            keep[element.blocks.clone()].fill(true);
        } else if name == "button" {
            for block in element.blocks.clone() {
                keep[block] &= page.blocks[block].ruled;
            }
        }
    }
}

/// Whether an element leads to other pages, by its letters or its names.
fn is_of_links(page: &Page<'_>, index: usize) -> bool {
    let element = &page.elements[index];
    let blocks = &page.blocks[element.blocks.clone()];
    let links: usize = blocks.iter().map(|block| block.link_length).sum();
    let letters: usize = blocks.iter().map(|block| block.length).sum();
    links * 2 > letters || element.hints & hints::NEGATIVE != 0
}

/// Keeps the term of a kept description.
fn terms(page: &Page<'_>, keep: &mut [bool]) {
    let is_part = |block: &Block| page.elements[block.element].kind == Kind::Definition;
    for index in (1..keep.len()).rev() {
        let (term, description) = (&page.blocks[index - 1], &page.blocks[index]);
        if keep[index] && is_part(description) && is_part(term) && term.length <= TERM {
            keep[index - 1] = true;
        }
    }
}

/// Keeps a list of which nothing is kept, if the kept paragraph above it ends
/// in a colon.
fn announced_lists(page: &Page<'_>, keep: &mut [bool]) {
    for list in &page.elements {
        if list.kind != Kind::List || list.blocks.start == 0 || list.blocks.is_empty() {
            continue;
        }
        let above = list.blocks.start - 1;
        let announces = keep[above]
            && page.elements[page.blocks[above].element].kind != Kind::Item
            && page.text_of(&page.blocks[above]).ends_with([':', '：']);
        if announces && !keep[list.blocks.clone()].contains(&true) {
            keep[list.blocks.clone()].fill(true);
        }
    }
}

/// Keeps captions between kept blocks.
fn captions(page: &Page<'_>, decided: &[bool], keep: &mut [bool]) {
    let is_caption =
        |index: &usize| page.elements[page.blocks[*index].element].kind == Kind::Caption;
    let mut start = 0;
    while start < decided.len() {
        if !is_caption(&start) {
            start += 1;
            continue;
        }
        let end = (start..decided.len())
            .find(|index| !is_caption(index))
            .unwrap_or(decided.len());
        if start > 0 && decided[start - 1] && decided.get(end) == Some(&true) {
            keep[start..end].fill(true);
        }
        start = end;
    }
}

/// Keeps the headline above kept text.
fn headline(page: &Page<'_>, decided: &[bool], keep: &mut [bool]) {
    if let Some(index) = measure::headline(page) {
        keep[index] |= is_above_kept(decided, index);
    }
}

fn is_above_kept(decided: &[bool], index: usize) -> bool {
    decided.iter().skip(index + 1).take(NEAR).any(|keep| *keep)
}
