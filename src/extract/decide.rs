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
    blocks::Page,
    classical, code,
    complete::complete,
    features::{Features, Says},
    measure::Measured,
    model::{Model, chance},
    told::Told,
    twice,
};

/// Scores of a page's blocks, and the decision.
#[derive(Debug)]
pub(super) struct Decision {
    /// One score a block; above 0 speaks for keeping.
    pub scores: Vec<f32>,
    /// Whether each block is kept.
    pub keep: Vec<bool>,
}

/// Price of dropping an element inside a kept one, and of keeping an element
/// inside a dropped one, in the unit of the scores. Found by hand on the
/// development pages; twice or half of either moves the F1 by less than .002.
const DROP_INSIDE: f32 = 1.0;
const KEEP_INSIDE: f32 = 2.0;

/// Price of a block that differs from its element. Below it, scores of short
/// blocks speak for themselves; from .6 on, signatures stay with their posts.
const BLOCK_DIFFERS: f32 = 0.3;

/// What is added to all scores, per unit of mass, if nothing is kept. More
/// brings mostly menus on the development pages.
const LIFT: f32 = 1.0;

/// Length of a page, in Latin letters, that is taken whole if nothing in it is
/// good enough: a note, not a page with things around its content.
const NOTE: usize = 300;

/// Score of a block inside an element that a keep rule names: above any price.
const RULED: f32 = 100.0;

/// Decides about all blocks of `page`.
pub(super) fn decide(page: &Page<'_>, says: Says, told: &Told) -> Decision {
    let measured = Measured::new(page, says, told);
    let mut features = measured.features();
    let model = Model::builtin();
    let goods = model.tell_kind(&mut features);
    let mut scores = model.log_odds(&features, goods);
    for (score, features) in scores.iter_mut().zip(&features) {
        *score = both(*score, features, goods);
    }
    if measured.is_discussion() {
        draw_together(&mut scores, &features, measured.groups_of_blocks());
    }
    let threshold = if goods > 0.0 {
        goods * threshold(&scores, &features)
    } else {
        0.0
    };
    for ((score, features), block) in scores.iter_mut().zip(&features).zip(&page.blocks) {
        *score = if block.ruled {
            RULED
        } else {
            (*score - threshold) * mass(features)
        };
    }
    let mut keep = label(page, &scores);
    if !keep.contains(&true) {
        let letters: usize = page.blocks.iter().map(|block| block.length).sum();
        let lift = if letters < NOTE { RULED } else { LIFT };
        let lifted: Vec<f32> = scores
            .iter()
            .zip(&features)
            .map(|(score, features)| score + lift * mass(features))
            .collect();
        keep = label(page, &lifted);
    }
    complete(page, &scores, &mut keep);
    twice::drop_copies(page, &mut keep);
    code::drop_gutters(page, &mut keep);
    Decision { scores, keep }
}

/// Draws the scores of blocks with the same way down nearer to each other: on a
/// page of many contributions the short ones look like nothing by themselves.
fn draw_together(scores: &mut [f32], features: &[Features], group_of: &[usize]) {
    /// How far to their mean. By the folds of the fitting pages shingle F1 of
    /// forums is .805 without, .810 with a quarter, .811 with a half, and falls
    /// from there by words; on other collections a half is too much.
    const NEARER: f32 = 0.25;
    let groups = group_of.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![(0.0, 0.0); groups];
    for ((score, features), &group) in scores.iter().zip(features).zip(group_of) {
        let mass = mass(features);
        sums[group].0 += mass * score;
        sums[group].1 += mass;
    }
    for (score, &group) in scores.iter_mut().zip(group_of) {
        let (sum, mass) = sums[group];
        *score += NEARER * (sum / mass - *score);
    }
}

/// How much a block weighs: its length, with long ones capped so that one
/// long licence text does not outweigh an article.
fn mass(features: &Features) -> f32 {
    /// Weight of the shortest block, so that it has a say at all.
    const LEAST: f32 = 0.2;
    /// Length from which a block weighs no more: three or four sentences.
    const LONG: f32 = 500.0;
    LEAST + features.length.min(LONG) / 100.0
}

/// How much a block speaks for content, per unit of mass: the model and the
/// classical score together. Each knows what the other does not: the model was
/// fitted on one collection of modern pages in mostly one language, the
/// classical score on none. The classical score looks for prose, so it has no
/// say where a page is one of goods.
fn both(log_odds: f32, features: &Features, goods: f32) -> f32 {
    /// Weight of the classical score.
    const CLASSICAL: f32 = 0.4;
    /// Bound of the model's say, so that no block is beyond argument.
    const SUREST: f32 = 4.0;
    let weight = CLASSICAL * (1.0 - goods);
    log_odds.clamp(-SUREST, SUREST) + weight * classical::score(features)
}

/// The log odds from which a block is better kept, at most 0.
///
/// Keeping a block of probability p pays if p is above half of the F1 that can
/// be had (Lipton, Elkan, Narayanaswamy, "Optimal thresholding of classifiers
/// to maximize F1 measure", 2014). Where a page is clear this is one half;
/// where all of it is doubtful, half of little, and dropping all that is less
/// likely than not would lose most of what the page is about.
fn threshold(scores: &[f32], features: &[Features]) -> f32 {
    /// How far to follow that rule, on pages of cards and of one product: of
    /// what surrounds a product much is about other goods. By the folds of the
    /// fitting pages; a tenth or two more or less moves F1 by less than .003.
    const BOLDNESS: f32 = 1.3;
    const OF_PRODUCT: f32 = 0.9;
    /// The least threshold that is believed, as a probability.
    const LEAST: f32 = 0.05;
    let product = features.first().map_or(0.0, |page| {
        page.kind_product / (page.kind_cards + page.kind_product).max(f32::MIN_POSITIVE)
    });
    let boldness = BOLDNESS + (OF_PRODUCT - BOLDNESS) * product;
    let mut blocks: Vec<(f32, f32)> = scores
        .iter()
        .zip(features)
        .map(|(&score, features)| (chance(score), features.length.max(1.0)))
        .collect();
    blocks.sort_by(|one, other| other.0.total_cmp(&one.0));
    let expected: f32 = blocks.iter().map(|(chance, length)| chance * length).sum();
    let (mut right, mut kept, mut best) = (0.0, 0.0, 0.0_f32);
    for (chance, length) in blocks {
        right += chance * length;
        kept += length;
        best = best.max(2.0 * right / (kept + expected));
    }
    let least = (best / 2.0).clamp(LEAST, 0.5);
    boldness * (least / (1.0 - least)).ln()
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
