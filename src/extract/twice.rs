//! A page that is drawn twice: once for wide screens and once for narrow ones,
//! as an opening post that is shown again above the answers, as a preview
//! beside what it previews. A reader sees one of them.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use xxhash_rust::xxh3::xxh3_64;

use super::{blocks::Page, kinds::Kind};

/// Letters from which a block is compared: labels and short answers are said
/// again by chance.
const LEAST: usize = 20;

/// Blocks and letters in a row, and their share of the kept letters in percent,
/// from which a copy is a second drawing. On the pages that the models were
/// fitted to, word F1 rises by .0015 with these and by .0020 with 2, 200 and 3,
/// which take plans and lists that say the same of several things, too.
const BLOCKS: usize = 3;
const LETTERS: usize = 300;
const PART: usize = 10;

/// Blocks above a copy among which its lead is looked for.
const LEADS: usize = 8;

/// Drops runs of kept blocks that say again, in the same order and in another
/// part of the page, what kept blocks before them say. Quotations and what a
/// keep rule names stay, and so does what is repeated in one container, or
/// under words of its own: that is how it was written.
pub(super) fn drop_copies(page: &Page<'_>, keep: &mut [bool]) {
    let kept: Vec<usize> = (0..keep.len()).filter(|&block| keep[block]).collect();
    let letters =
        |blocks: &[usize]| -> usize { blocks.iter().map(|&block| page.blocks[block].length).sum() };
    let least = LETTERS.max(letters(&kept) * PART / 100);
    let mut first: HashMap<u64, usize> = HashMap::new();
    let mut at = 0;
    while at < kept.len() {
        let block = &page.blocks[kept[at]];
        let key = || xxh3_64(page.text_of(block).as_bytes());
        let earlier = (block.length >= LEAST).then(|| *first.entry(key()).or_insert(at));
        let Some(earlier) = earlier.filter(|&earlier| earlier < at) else {
            at += 1;
            continue;
        };
        let copy = run(page, &kept, earlier, at);
        let is_drawing = copy.len() >= BLOCKS
            && letters(&kept[copy.clone()]) >= least
            && container(page, kept[earlier]) != container(page, kept[at])
            && !is_introduced(page, kept[earlier], kept[at])
            && !kept[copy.clone()]
                .iter()
                .any(|&block| is_spared(page, block));
        at = copy.end;
        if is_drawing {
            for &block in &kept[copy] {
                keep[block] = false;
            }
        }
    }
}

/// Whether words of its own lead up to what is said again: the same steps for
/// another boiler stand under its name. A second drawing begins where its part
/// of the page does, or below a label.
fn is_introduced(page: &Page<'_>, earlier: usize, again: usize) -> bool {
    let element = |block: usize| page.blocks[block].element;
    let around: HashSet<usize> = page.around(element(earlier)).collect();
    let mut part = element(again);
    while !around.contains(&page.elements[part].parent) {
        part = page.elements[part].parent;
    }
    let both = page.elements[part].parent;
    (earlier + 1..again)
        .rev()
        .take(LEADS)
        .take_while(|&block| {
            let mut around = page.around(element(block));
            page.elements[element(block)].parent == both || around.any(|at| at == part)
        })
        .any(|block| {
            let lead = &page.blocks[block];
            let is_heading = matches!(page.elements[lead.element].kind, Kind::Heading(_));
            // What stands as far above the first is said again with it.
            let above = earlier.checked_sub(again - block);
            let said = above.map(|above| page.text_of(&page.blocks[above]));
            (is_heading || lead.length >= LEAST) && said != Some(page.text_of(lead))
        })
}

/// The blocks from `at` on that say what those from `earlier` on say.
fn run(page: &Page<'_>, kept: &[usize], earlier: usize, at: usize) -> Range<usize> {
    let text = |index: usize| page.text_of(&page.blocks[kept[index]]);
    let most = (at - earlier).min(kept.len() - at);
    let same = (0..most).take_while(|step| text(earlier + step) == text(at + step));
    at..at + same.count().max(1)
}

/// The texts of kept blocks that are long enough to be told from chance.
pub(super) struct Said(HashSet<u64>);

impl Said {
    pub(super) fn of(page: &Page<'_>, keep: &[bool]) -> Self {
        let blocks = page.blocks.iter().zip(keep);
        let kept = blocks.filter(|(block, keep)| **keep && block.length >= LEAST);
        let texts = kept.map(|(block, _)| page.text_of(block));
        Self(texts.map(|text| xxh3_64(text.as_bytes())).collect())
    }

    /// Whether a kept block says what `block` does.
    pub(super) fn contains(&self, page: &Page<'_>, block: usize) -> bool {
        let block = &page.blocks[block];
        block.length >= LEAST && self.0.contains(&xxh3_64(page.text_of(block).as_bytes()))
    }
}

/// The element around the one that a block stands in.
fn container(page: &Page<'_>, block: usize) -> usize {
    page.elements[page.blocks[block].element].parent
}

fn is_spared(page: &Page<'_>, block: usize) -> bool {
    let block = &page.blocks[block];
    let mut around = page.around(block.element);
    block.ruled || around.any(|at| page.elements[at].kind == Kind::Quote)
}
