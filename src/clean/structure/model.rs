//! The trained model: how likely a line is debris.

use std::sync::LazyLock;

use super::features::Features;
use crate::trees::Trees;

/// The built-in model, read once. `training/structure/README.md` tells what it
/// was trained on.
static MODEL: LazyLock<Trees> = LazyLock::new(|| {
    Trees::parse(include_str!("model.txt"), Features::NAMES)
        .expect("the built-in model is well formed")
});

/// How likely each line is debris, in log odds.
pub(super) fn log_odds(features: &[Features]) -> Vec<f32> {
    let rows: Vec<_> = features.iter().map(Features::values).collect();
    MODEL.sums(&rows)
}

/// What speaks most for a line being debris, strongest first: what it is, its
/// value, and what it adds to the log odds.
pub(super) fn reasons(features: &Features, most: usize) -> Vec<(&'static str, f32, f32)> {
    let values = features.values();
    let mut reasons: Vec<(&str, f32, f32)> = Features::ABOUT
        .iter()
        .zip(values)
        .zip(MODEL.reasons(&values))
        .map(|((&about, value), adds)| (about, value, adds))
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
    fn the_built_in_model_is_well_formed() {
        assert!(log_odds(&[Features::default()])[0].is_finite());
    }
}
