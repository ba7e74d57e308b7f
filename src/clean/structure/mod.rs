//! Debris that no phrase names: menus, lists of tags, teasers, other articles.
mod context;
mod facts;
mod features;

use self::{context::Context, facts::Facts, features::Features};
use super::{
    CleanOptions,
    lines::Lines,
    settle::settle,
};
use crate::{Document, RuleSet};

/// The lines that are left, as features see them.
struct Seen {
    facts: Vec<Facts>,
    vocabulary: Vec<u64>,
    parted: Vec<bool>,
    order: Vec<u32>,
}

fn look(lines: &Lines<'_>) -> Seen {
    let order: Vec<u32> = lines.alive().collect();
    let mut vocabulary = Vec::new();
    let facts = order
        .iter()
        .map(|&line| Facts::new(lines.content(line).trim(), &mut vocabulary))
        .collect();
    Seen {
        facts,
        vocabulary,
        parted: lines.parted(&order),
        order,
    }
}

/// The names of the features, and per line that the rules leave its first byte
/// and its features. For training.
#[doc(hidden)]
pub fn export(
    document: &Document,
    rules: &RuleSet,
    options: &CleanOptions,
) -> (&'static [&'static str], Vec<(usize, Vec<f32>)>) {
    let Some(lines) = Lines::new(&document.text) else {
        return (Features::NAMES, Vec::new());
    };
    let (lines, _) = settle(lines, document, rules, options, None);
    let seen = look(&lines);
    let context = Context::new(&seen.facts, &seen.vocabulary, &seen.parted);
    let rows = (0..seen.order.len())
        .map(|at| {
            let start = lines.span(seen.order[at]).start;
            (start, context.features(at).values().to_vec())
        })
        .collect();
    (Features::NAMES, rows)
}
