//! From the log odds of lines to what goes.

use super::facts::Facts;
use crate::clean::Floor;

/// Log odds above which a line is debris. Chosen with [`LEAST_EVIDENCE`] on
/// sites that the model had not seen (docs/design.md).
const THRESHOLD: f32 = 1.0;
/// What one line adds to the evidence at most, in log odds above the threshold.
const MOST_OF_LINE: f32 = 3.0;
/// Evidence below which the document is left as it is. A few doubtful lines do
/// not make a scraped page, and after a first look only those are left.
const LEAST_EVIDENCE: f32 = 8.0;

/// Which lines are debris.
pub(super) fn decide(facts: &[Facts], log_odds: &[f32], spared: &[bool], floor: Floor) -> Vec<bool> {
    let mut debris: Vec<bool> = log_odds
        .iter()
        .zip(spared)
        .map(|(&odds, &spared)| odds > THRESHOLD && !spared)
        .collect();
    let evidence: f32 = log_odds
        .iter()
        .zip(&debris)
        .filter(|(_, debris)| **debris)
        .map(|(odds, _)| (odds - THRESHOLD).min(MOST_OF_LINE))
        .sum();
    if evidence < LEAST_EVIDENCE || !leaves_enough(facts, &debris, floor) {
        debris.fill(false);
    }
    debris
}

/// Whether what is left holds the floor.
fn leaves_enough(facts: &[Facts], debris: &[bool], floor: Floor) -> bool {
    let (mut words, mut letters, mut all) = (0.0, 0.0, 0.0);
    for (facts, debris) in facts.iter().zip(debris) {
        let here = facts.letters + facts.digits;
        all += here;
        if !debris {
            words += facts.words;
            letters += here;
        }
    }
    words >= floor.min_keep_words as f32
        || letters > 0.0 && f64::from(letters) >= floor.min_keep_share * f64::from(all)
}
