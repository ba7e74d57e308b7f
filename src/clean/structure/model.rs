//! The trained models: how likely a line is debris.

use std::sync::LazyLock;

use super::{
    features::Features,
    second::{Surroundings, surroundings},
};
use crate::trees::Trees;

/// The built-in models, read once. `training/structure/README.md` tells what
/// they were trained on.
static FIRST: LazyLock<Trees> = LazyLock::new(|| {
    Trees::parse(include_str!("first.txt"), Features::NAMES)
        .expect("the built-in model is well formed")
});
static SECOND: LazyLock<Trees> = LazyLock::new(|| {
    let names = [Features::NAMES, Surroundings::NAMES].concat();
    Trees::parse(include_str!("second.txt"), &names).expect("the built-in model is well formed")
});

/// Log odds of the first look that some line must have for a second look: a
/// document of which no line looks like debris costs no more than that.
const SECOND_LOOK: f32 = 0.0;

/// How many numbers the second model is given.
const VALUES: usize = Features::NAMES.len() + Surroundings::NAMES.len();

/// What the models make of the lines of a document.
pub(super) struct Judgement {
    /// How likely each line is debris, in log odds.
    pub(super) log_odds: Vec<f32>,
    surroundings: Vec<Surroundings>,
}

/// Judges lines by their features and their characters; `None` if none of them
/// is suspect.
pub(super) fn judge(features: &[Features], chars: &[f32]) -> Option<Judgement> {
    let first: Vec<f32> = features
        .iter()
        .map(|features| FIRST.sum(&features.values()))
        .collect();
    if first.iter().all(|&odds| odds < SECOND_LOOK) {
        return None;
    }
    let surroundings = surroundings(&first, chars);
    let log_odds = features
        .iter()
        .zip(&surroundings)
        .map(|(features, around)| SECOND.sum(&values(features, around)))
        .collect();
    Some(Judgement {
        log_odds,
        surroundings,
    })
}

fn values(features: &Features, around: &Surroundings) -> [f32; VALUES] {
    let mut values = [0.0; VALUES];
    let (own, others) = values.split_at_mut(Features::NAMES.len());
    own.copy_from_slice(&features.values());
    others.copy_from_slice(&around.values());
    values
}

impl Judgement {
    /// What speaks most for line `at` being debris, strongest first: what it
    /// is, its value, and what it adds to the log odds.
    pub(super) fn reasons(
        &self,
        at: usize,
        features: &Features,
        most: usize,
    ) -> Vec<(&'static str, f32, f32)> {
        let values = values(features, &self.surroundings[at]);
        let mut reasons: Vec<(&str, f32, f32)> = Features::ABOUT
            .iter()
            .chain(Surroundings::ABOUT)
            .zip(values)
            .zip(SECOND.reasons(&values))
            .map(|((&about, value), adds)| (about, value, adds))
            .filter(|(_, _, adds)| *adds > 0.0)
            .collect();
        reasons.sort_by(|a, b| b.2.total_cmp(&a.2));
        reasons.truncate(most);
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_models_are_well_formed() {
        let odds = FIRST.sum(&Features::default().values());
        assert!(odds.is_finite());
        assert!(SECOND.sum(&[0.0; VALUES]).is_finite());
    }
}
