//! From the log odds of lines to what goes.
//!
//! The model judges line by line; what a document as a whole tells is decided
//! here: whether there is enough evidence to act at all, and which lines belong
//! to content that stays.

use super::{facts::Facts, features::Features};
use crate::clean::Floor;

/// Log odds above which a line is debris in a document that has much of it.
/// This and the next five were chosen together, on sites that the model had
/// not seen (cross-validation by site; see docs/design.md).
const THRESHOLD: f32 = 0.25;
/// Log odds above which a line is debris in any document.
const SURE: f32 = 1.5;
/// What one line adds to the evidence at most, in log odds above the threshold.
const MOST_OF_LINE: f32 = 3.0;
/// Evidence from which the lower threshold holds. A few doubtful lines do not
/// make a scraped page, and after a first look only those are left.
const EVIDENCE: f32 = 16.0;
/// Lines that stand alone among lines that stay, and how much surer the model
/// must be of them: scrapers that put every link on a line of its own leave
/// such pieces of sentences.
const ALONE_LINES: usize = 2;
const ALONE: f32 = 1.0;

/// Share of link text from which a line is no headline.
const HEADLINE_LINKS: f32 = 0.5;
/// Lines above the first paragraph among which its headline is looked for.
const HEADLINE_LINES: usize = 12;
/// Words of a headline, and the share of them that the first paragraphs have
/// too. Menus share next to none. What the rest of the body has counts less.
const HEADLINE_WORDS: f32 = 3.0;
const HEADLINE_OVERLAP: f32 = 0.3;
const BODY_OVERLAP: f32 = 0.6;
/// Words from which a longer headline is no better.
const HEADLINE_FULL: f32 = 12.0;

/// What is known of the lines of a document.
pub(super) struct Lines<'l> {
    pub(super) facts: &'l [Facts],
    pub(super) features: &'l [Features],
    /// How likely each is debris, in log odds.
    pub(super) log_odds: &'l [f32],
    /// Lines that stay whatever else.
    pub(super) spared: &'l [bool],
}

impl Lines<'_> {
    /// Which lines are debris.
    pub(super) fn debris(&self, floor: Floor) -> Vec<bool> {
        let evidence: f32 = self
            .log_odds
            .iter()
            .map(|odds| (odds - THRESHOLD).clamp(0.0, MOST_OF_LINE))
            .sum();
        let threshold = if evidence < EVIDENCE { SURE } else { THRESHOLD };
        let mut debris: Vec<bool> = self
            .log_odds
            .iter()
            .zip(self.spared)
            .map(|(&odds, &spared)| odds > threshold && !spared)
            .collect();
        self.spare_alone(&mut debris, threshold + ALONE);
        self.spare_tables(&mut debris);
        self.spare_headings(&mut debris);
        self.spare_headline(&mut debris);
        if !self.leaves_enough(&debris, floor) {
            debris.fill(false);
        }
        debris
    }

    /// A line or two between lines that stay go only if they are surely debris.
    fn spare_alone(&self, debris: &mut [bool], threshold: f32) {
        let mut at = 0;
        while at < debris.len() {
            let run = debris[at..].iter().take_while(|debris| **debris).count();
            if (1..=ALONE_LINES).contains(&run) && at > 0 && at + run < debris.len() {
                for line in at..at + run {
                    debris[line] = self.log_odds[line] > threshold;
                }
            }
            at += run.max(1);
        }
    }

    /// Tables of data stay: rows between bars with a row of dashes among them.
    /// Tables of links are menus.
    fn spare_tables(&self, debris: &mut [bool]) {
        let mut at = 0;
        for rows in self.facts.chunk_by(|a, b| a.row == b.row) {
            let end = at + rows.len();
            let links: f32 = rows.iter().map(|facts| facts.link_share).sum();
            if rows[0].row
                && rows.iter().any(|facts| facts.rule)
                && links < HEADLINE_LINKS * rows.len() as f32
            {
                debris[at..end].fill(false);
            }
            at = end;
        }
    }

    /// A marked heading stays with what follows it.
    fn spare_headings(&self, debris: &mut [bool]) {
        for at in (0..debris.len().saturating_sub(1)).rev() {
            let facts = &self.facts[at];
            if facts.heading > 0.0 && facts.link_share < HEADLINE_LINKS && !debris[at + 1] {
                debris[at] = false;
            }
        }
    }

    /// The headline of a text that stays: if no line above the first paragraph
    /// stays that shares its words, the one that does most.
    fn spare_headline(&self, debris: &mut [bool]) {
        let first = (0..debris.len()).find(|&at| !debris[at] && self.features[at].prose >= 1.0);
        let Some(first) = first else {
            return;
        };
        let above = first.saturating_sub(HEADLINE_LINES)..first;
        let overlap = |at: usize| {
            let features = &self.features[at];
            features
                .head_overlap
                .max(features.body_overlap * BODY_OVERLAP)
        };
        let fits = |at: &usize| {
            overlap(*at) >= HEADLINE_OVERLAP
                && self.facts[*at].words >= HEADLINE_WORDS
                && self.facts[*at].link_share < HEADLINE_LINKS
        };
        if above.clone().filter(fits).any(|at| !debris[at]) {
            return;
        }
        let shared = |at: usize| overlap(at) * self.facts[at].words.min(HEADLINE_FULL);
        let best = above
            .filter(fits)
            .max_by(|&a, &b| shared(a).total_cmp(&shared(b)));
        if let Some(best) = best {
            debris[best] = false;
        }
    }

    /// Whether what is left holds the floor.
    fn leaves_enough(&self, debris: &[bool], floor: Floor) -> bool {
        let (mut words, mut letters, mut all) = (0.0, 0.0, 0.0);
        for (facts, debris) in self.facts.iter().zip(debris) {
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
}
