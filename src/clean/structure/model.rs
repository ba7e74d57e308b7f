//! The trained models: how likely a line is debris.

use std::sync::LazyLock;

use super::{
    features::Features,
    second::{Surroundings, surroundings},
};
use crate::trees::Trees;

/// The built-in models, read once. `training/README.md` tells what they were
/// trained on.
static FIRST: LazyLock<Trees> = LazyLock::new(|| {
    Trees::parse(include_str!("first.txt"), Features::NAMES)
        .expect("the built-in model is well formed")
});
static SECOND: LazyLock<Trees> = LazyLock::new(|| {
    Trees::parse(include_str!("second.txt"), &names()).expect("the built-in model is well formed")
});

fn names() -> Vec<&'static str> {
    [Features::NAMES, Surroundings::NAMES].concat()
}

/// How likely each line is debris, in log odds, and what was asked about it.
pub(super) fn judge(features: &[Features], chars: &[f32]) -> (Vec<f32>, Vec<Vec<f32>>) {
    let first: Vec<f32> = features
        .iter()
        .map(|features| FIRST.sum(&features.values()))
        .collect();
    features
        .iter()
        .zip(surroundings(&first, chars))
        .map(|(features, around)| {
            let values = [&features.values()[..], &around.values()[..]].concat();
            (SECOND.sum(&values), values)
        })
        .unzip()
}

/// What of these values speaks most for a line being debris, strongest first:
/// what it is, its value, and what it adds to the log odds.
pub(super) fn reasons(values: &[f32], most: usize) -> Vec<(&'static str, f32, f32)> {
    let mut reasons: Vec<(&str, f32, f32)> = Features::ABOUT
        .iter()
        .chain(Surroundings::ABOUT)
        .zip(values)
        .zip(SECOND.reasons(values))
        .map(|((&about, &value), adds)| (about, value, adds))
        .filter(|(_, _, adds)| *adds > 0.0)
        .collect();
    reasons.sort_by(|a, b| b.2.total_cmp(&a.2));
    reasons.truncate(most);
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_models_are_well_formed() {
        let (odds, _) = judge(&[Features::default()], &[1.0]);
        assert!(odds[0].is_finite());
    }
}
