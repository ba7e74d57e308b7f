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
    features::{Features, Says},
    measure::Measured,
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
/// inside a dropped one, in the unit of the scores.
const DROP_INSIDE: f32 = 1.0;
const KEEP_INSIDE: f32 = 2.0;

/// Price of a block that differs from its element.
const BLOCK_DIFFERS: f32 = 0.3;

/// Score of a block inside an element that a keep rule names: above any price.
const RULED: f32 = 100.0;

/// Decides about all blocks of `page`.
pub(super) fn decide(page: &Page<'_>, says: Says) -> Decision {
    let measured = Measured::new(page, says);
    let features = measured.features();
    let model = super::model::Model::builtin();
    let scores: Vec<f32> = page
        .blocks
        .iter()
        .zip(&features)
        .map(|(block, features)| {
            if measured.ruled(block) {
                return RULED;
            }
            if std::env::var_os("HEUR").is_some() {
                return score(features) * mass(features);
            }
            let k: f32 = std::env::var("KM").map_or(1.0, |k| k.parse().unwrap());
            let h: f32 = std::env::var("HM").map_or(0.0, |k| k.parse().unwrap());
            (k * model.log_odds(features).clamp(-4.0, 4.0) + h * score(features)) * mass(features)
        })
        .collect();
    let keep = label(page, &scores);
    Decision { scores, keep }
}

/// How much a block weighs: its length, with long ones capped so that one
/// long licence text does not outweigh an article.
fn mass(features: &Features) -> f32 {
    0.2 + features.length.min(500.0) / 100.0
}

/// How much a block's features speak for content, per unit of mass.
fn score(features: &Features) -> f32 {
    own(features) + place(features)
}

fn own(features: &Features) -> f32 {
    let mut score = match features.length {
        ..25.0 => -0.6,
        ..60.0 => 0.0,
        ..140.0 => 0.8,
        _ => 1.5,
    };
    if features.marks >= 2.0 && features.length >= 40.0 {
        score += 0.6;
    } else if features.marks == 0.0 && features.length < 80.0 {
        score -= 0.4;
    }
    score -= if features.links > 0.66 {
        4.0
    } else if features.links > 0.33 {
        1.6
    } else if features.links > 0.1 {
        0.2
    } else {
        0.0
    };
    score += 0.8 * features.paragraph + 1.0 * features.preformatted + 0.5 * features.quote
        - 0.2 * (features.item + features.cell)
        - 0.3 * features.caption;
    if features.heading > 0.0 {
        score += 0.3;
    }
    score
}

/// How much the elements around a block speak for content.
fn place(features: &Features) -> f32 {
    let mut score = -3.0 * features.in_nav
        - 3.0 * features.in_footer
        - 2.0 * features.in_aside
        - 0.8 * features.in_header
        - 0.8 * features.in_form
        + 0.6 * features.in_article
        + 0.8 * features.in_main
        + 0.6 * features.hint_content
        - 1.5 * features.against.min(2.0);
    if features.page_discussion > 0.0 {
        score += 0.5 * features.hint_post;
    } else {
        score -= 2.5 * features.hint_comment;
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

struct Params {
    drop_inside: f32,
    keep_inside: f32,
    block_differs: f32,
}
static PARAMS: std::sync::LazyLock<Params> = std::sync::LazyLock::new(|| {
    let e = |n: &str, d: f32| std::env::var(n).map_or(d, |k| k.parse().unwrap());
    Params {
        drop_inside: e("DI", DROP_INSIDE),
        keep_inside: e("KI", KEEP_INSIDE),
        block_differs: e("BD", BLOCK_DIFFERS),
    }
});
fn label(page: &Page<'_>, scores: &[f32]) -> Vec<bool> {
    let p = &*PARAMS;
    let mut best = vec![Best::default(); page.elements.len()];
    for (block, &score) in page.blocks.iter().zip(scores) {
        let sums = &mut best[block.element];
        sums.kept += score.max(-p.block_differs);
        sums.dropped += (score - p.block_differs).max(0.0);
    }
    // Children stand behind their parents: backwards, every sum is complete.
    for index in (1..page.elements.len()).rev() {
        let Best { kept, dropped } = best[index];
        let parent = &mut best[page.elements[index].parent];
        parent.kept += kept.max(dropped - p.drop_inside);
        parent.dropped += dropped.max(kept - p.keep_inside);
    }
    let mut labels = Vec::with_capacity(page.elements.len());
    for (index, element) in page.elements.iter().enumerate() {
        let Best { kept, dropped } = best[index];
        let label = if index == 0 {
            kept > dropped + p.keep_inside
        } else if labels[element.parent] {
            kept >= dropped - p.drop_inside
        } else {
            kept - p.keep_inside > dropped
        };
        labels.push(label);
    }
    page.blocks
        .iter()
        .zip(scores)
        .map(|(block, &score)| {
            if labels[block.element] {
                score > -p.block_differs
            } else {
                score > p.block_differs
            }
        })
        .collect()
}
