//! Which blocks are the page's content.
//!
//! Each block gets a score: how likely its own features and the elements
//! around it make it content, times its length. The scores are then made
//! consistent over the tree: every element and block is *kept* or *dropped*,
//! a change of label between an element and its parent has a price, and the
//! labelling of the highest total is found exactly, in one pass up and one
//! down (a Potts model on a tree, by dynamic programming). So a heading goes
//! with its section, a weak paragraph with its article, and repeated siblings
//! mostly together, while a menu inside an article can still fall.

use super::{
    blocks::{Block, Kind, Page},
    hints::{self, Hints},
};

/// What is known about an element from those around it.
#[derive(Clone, Copy, Debug, Default)]
struct Around {
    /// Hints of the elements around, those of page-wide ones left out.
    hints: Hints,
    nav: bool,
    footer: bool,
    aside: bool,
    header: bool,
    form: bool,
    article: bool,
    main: bool,
    /// A keep rule names an element around.
    ruled: bool,
}

/// Scores of a page's blocks, and the decision.
#[derive(Debug)]
pub(super) struct Decision {
    /// One score a block; above 0 speaks for keeping.
    pub scores: Vec<f32>,
    /// Whether each block is kept.
    pub keep: Vec<bool>,
}

/// Price of dropping an element inside a kept one, and of keeping an element
/// inside a dropped one, in the unit of the scores.
const DROP_INSIDE: f32 = 1.0;
const KEEP_INSIDE: f32 = 2.0;

/// Price of a block that differs from its element.
const BLOCK_DIFFERS: f32 = 0.3;

/// Score of a block inside an element that a keep rule names: above any price.
const RULED: f32 = 100.0;

/// Share of a page's text above which an element is the page itself, whatever
/// its names hint at.
const PAGE_WIDE: f32 = 0.6;

/// Decides about all blocks of `page`; `declared` says that the page calls
/// itself a discussion.
pub(super) fn decide(page: &Page<'_>, declared: bool) -> Decision {
    let around = surroundings(page);
    let discussion = declared || is_discussion(page);
    let scores: Vec<f32> = page
        .blocks
        .iter()
        .map(|block| {
            let kind = page.elements[block.element].kind;
            if around[block.element].ruled {
                return RULED;
            }
            score(block, kind, around[block.element], discussion) * mass(block)
        })
        .collect();
    let keep = label(page, &scores);
    Decision { scores, keep }
}

/// How much a block weighs: its length, with long ones capped so that one
/// long licence text does not outweigh an article.
fn mass(block: &Block) -> f32 {
    0.2 + count(block.length.min(500)) / 100.0
}

#[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^24")]
fn count(number: usize) -> f32 {
    number as f32
}

fn surroundings(page: &Page<'_>) -> Vec<Around> {
    let mut sums = Vec::with_capacity(page.blocks.len() + 1);
    let mut sum = 0;
    sums.push(0);
    for block in &page.blocks {
        sum += block.length;
        sums.push(sum);
    }
    let total = count(sum.max(1));
    let mut all: Vec<Around> = Vec::with_capacity(page.elements.len());
    for (index, element) in page.elements.iter().enumerate() {
        let mut around = if index == 0 {
            Around::default()
        } else {
            all[element.parent]
        };
        let length = sums[element.blocks.end] - sums[element.blocks.start];
        let wide = count(length) / total > PAGE_WIDE;
        if wide {
            around.hints |= element.hints & (hints::CONTENT | hints::POST);
        } else {
            around.hints |= element.hints;
        }
        around.ruled |= element.ruled;
        match element.kind {
            Kind::Nav if !wide => around.nav = true,
            Kind::Footer if !wide => around.footer = true,
            Kind::Aside if !wide => around.aside = true,
            Kind::Header if !wide => around.header = true,
            Kind::Form if !wide => around.form = true,
            Kind::Article => around.article = true,
            Kind::Main => around.main = true,
            _ => {}
        }
        all.push(around);
    }
    all
}

/// Whether the page's content is what many people wrote: then contributions
/// count as content, and elsewhere as comments.
fn is_discussion(page: &Page<'_>) -> bool {
    let posts = page
        .elements
        .iter()
        .filter(|element| element.hints & hints::POST != 0 && element.hints & hints::COMMENT == 0)
        .count();
    posts >= 6
}

/// How much a block's features speak for content, per unit of mass.
fn score(block: &Block, kind: Kind, around: Around, discussion: bool) -> f32 {
    let length = count(block.length.max(1));
    let links = count(block.link_length) / length;
    let mut score = match block.length {
        0..25 => -0.6,
        25..60 => 0.0,
        60..140 => 0.8,
        _ => 1.5,
    };
    if block.punctuation >= 2 && block.length >= 40 {
        score += 0.6;
    } else if block.punctuation == 0 && block.length < 80 {
        score -= 0.4;
    }
    score -= if links > 0.66 {
        2.5
    } else if links > 0.33 {
        1.2
    } else if links > 0.1 {
        0.2
    } else {
        0.0
    };
    score += match kind {
        Kind::Paragraph => 0.8,
        Kind::Preformatted => 1.0,
        Kind::Quote => 0.5,
        Kind::Heading(_) => 0.3,
        Kind::Item | Kind::Cell => -0.2,
        Kind::Caption => -0.3,
        _ => 0.0,
    };
    score += place(around, discussion);
    score
}

/// How much the elements around a block speak for content.
fn place(around: Around, discussion: bool) -> f32 {
    let mut score = 0.0;
    for (inside, weight) in [
        (around.nav, -3.0),
        (around.footer, -3.0),
        (around.aside, -2.0),
        (around.header, -0.8),
        (around.form, -0.8),
        (around.article, 0.6),
        (around.main, 0.8),
    ] {
        if inside {
            score += weight;
        }
    }
    let against = (around.hints & hints::NEGATIVE).count_ones();
    score -= 1.5 * count(against.min(2) as usize);
    if around.hints & hints::CONTENT != 0 {
        score += 0.6;
    }
    if discussion {
        if around.hints & hints::POST != 0 {
            score += 0.5;
        }
    } else if around.hints & hints::COMMENT != 0 {
        score -= 2.5;
    }
    score
}

/// Sums of the best labelling of a subtree, for either label of its root.
#[derive(Clone, Copy, Default)]
struct Best {
    kept: f32,
    dropped: f32,
}

/// The labelling of the highest total.
fn label(page: &Page<'_>, scores: &[f32]) -> Vec<bool> {
    let mut best = vec![Best::default(); page.elements.len()];
    for (block, &score) in page.blocks.iter().zip(scores) {
        let sums = &mut best[block.element];
        sums.kept += score.max(-BLOCK_DIFFERS);
        sums.dropped += (score - BLOCK_DIFFERS).max(0.0);
    }
    // Children stand behind their parents: backwards, every sum is complete.
    for index in (1..page.elements.len()).rev() {
        let Best { kept, dropped } = best[index];
        let parent = &mut best[page.elements[index].parent];
        parent.kept += kept.max(dropped - DROP_INSIDE);
        parent.dropped += dropped.max(kept - KEEP_INSIDE);
    }
    let mut labels = Vec::with_capacity(page.elements.len());
    for (index, element) in page.elements.iter().enumerate() {
        let Best { kept, dropped } = best[index];
        let label = if index == 0 {
            kept > dropped + KEEP_INSIDE
        } else if labels[element.parent] {
            kept >= dropped - DROP_INSIDE
        } else {
            kept - KEEP_INSIDE > dropped
        };
        labels.push(label);
    }
    page.blocks
        .iter()
        .zip(scores)
        .map(|(block, &score)| {
            if labels[block.element] {
                score > -BLOCK_DIFFERS
            } else {
                score > BLOCK_DIFFERS
            }
        })
        .collect()
}
