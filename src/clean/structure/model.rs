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

/// What the features of a document are called, which all its lines share.
const OF_DOCUMENT: &str = "all_";
/// And one that is called otherwise.
const SHARE_OF_BODY: &str = "body_share";

/// Which features all lines of a document share.
static SHARED: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let names = Features::NAMES.iter();
    names
        .map(|name| name.starts_with(OF_DOCUMENT) || *name == SHARE_OF_BODY)
        .collect()
});

/// How likely each line is debris, in log odds.
pub(super) fn log_odds(features: &[Features]) -> Vec<f32> {
    let rows: Vec<_> = features.iter().map(Features::values).collect();
    MODEL.sums_sharing(&rows, |feature| SHARED[feature])
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
    fn lines_of_a_document_share_what_is_asked_of_them_once() {
        let text = "Home\nNews\n\nThe harbour was closed on Monday, and nobody came.\nShare\n\
                    A second ship, the larger one, waits outside until the storm ends.\n";
        let document = crate::Document::new(crate::Format::Text, text);
        let rules = crate::RuleSet::builtin().unwrap();
        let rows = super::super::export(&document, &rules, |_| false).rows;
        assert!(rows.len() > 2);
        let differs = |at: usize| {
            rows.iter()
                .any(|(_, row)| row[at].to_bits() != rows[0].1[at].to_bits())
        };
        assert!(SHARED.iter().filter(|shared| **shared).count() > 5);
        assert!(!(0..SHARED.len()).any(|at| SHARED[at] && differs(at)));
    }

    #[test]
    fn the_built_in_model_is_well_formed() {
        assert!(log_odds(&[Features::default()])[0].is_finite());
    }
}
