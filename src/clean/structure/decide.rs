//! From the log odds of lines to what goes.
//!
//! The model judges line by line; what a document as a whole tells is decided
//! here: whether there is enough evidence to act at all, and which lines belong
//! to content that stays.

use super::{facts::Facts, features::Features};
use crate::clean::Floor;

/// What it takes for a line to be debris.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    /// Log odds above which a line is debris in a document that has much of it.
    threshold: f32,
    /// Log odds above which a line is debris in any document.
    sure: f32,
    /// Evidence from which the lower threshold holds. A few doubtful lines do
    /// not make a scraped page, and after a first look only those are left.
    evidence: f32,
    /// Log odds above which a line between lines that stay is debris. Inside a
    /// text lists of facts are as common as lists of links.
    inside: f32,
    /// The greatest share of the characters that goes. A page of which almost
    /// nothing looks like content is one of which that says little.
    most: f32,
}

/// For a document in which rules have found what scrapers leave, of two kinds:
/// one find alone may be chance. Chosen on sites that the model had not seen
/// (cross-validation by site; see docs/structure.md).
pub(super) const SURELY: Proof = Proof {
    threshold: 0.25,
    sure: 1.0,
    evidence: 24.0,
    inside: 0.25,
    most: 0.8,
};
/// For one in which a single rule has: it may be what its author wrote, and its
/// short lines a poem, a price list or code.
pub(super) const PERHAPS: Proof = Proof {
    threshold: 0.85,
    sure: 2.5,
    evidence: 40.0,
    inside: 2.0,
    most: 0.7,
};
/// Log odds above which such a line is debris if it stands between lines that
/// stay and is likely content. On texts of 708 pages of other sites this lowers
/// the content that goes from 2.2 to 1.7 %, and the debris found by .034.
const LIKELY_CONTENT: f32 = 1.5;
/// What one line adds to the evidence at most, in log odds above the threshold.
const MOST_OF_LINE: f32 = 3.0;

/// Share of link text from which a line is no headline.
const HEADLINE_LINKS: f32 = 0.5;
/// Lines above the first paragraph among which its headline is looked for.
const HEADLINE_LINES: usize = 12;
/// Words of a headline, and the share of them that the first paragraphs have
/// too. Menus share next to none. What the rest of the body has counts less.
const HEADLINE_WORDS: f32 = 3.0;
const HEADLINE_OVERLAP: f32 = 0.3;
const BODY_OVERLAP: f32 = 0.6;
/// Share of a line's words from which it repeats the document's first line.
const OPENING_SHARE: f32 = 0.8;
/// What counts as shared of a line that is only the longest of its place.
const LONGEST: f32 = 0.5;
/// Words from which a longer headline is no better.
const HEADLINE_FULL: f32 = 12.0;

/// What is known of the lines of a document.
pub(super) struct Lines<'l> {
    pub(super) facts: &'l [Facts],
    pub(super) features: &'l [Features],
    /// Hashes of the words of all lines, as the facts refer to them.
    pub(super) vocabulary: &'l [u64],
    /// How likely each is debris, in log odds.
    pub(super) log_odds: &'l [f32],
    /// Lines that stay whatever else.
    pub(super) spared: &'l [bool],
}

impl Lines<'_> {
    /// Which lines are debris.
    pub(super) fn debris(&self, proof: Proof, floor: Floor) -> Vec<bool> {
        let evidence: f32 = self
            .log_odds
            .iter()
            .map(|odds| (odds - proof.threshold).clamp(0.0, MOST_OF_LINE))
            .sum();
        let threshold = if evidence < proof.evidence {
            proof.sure
        } else {
            proof.threshold
        };
        let mut debris: Vec<bool> = self
            .log_odds
            .iter()
            .zip(self.spared)
            .map(|(&odds, &spared)| odds > threshold && !spared)
            .collect();
        self.spare_inside(&mut debris, |_| proof.inside);
        self.spare_tables(&mut debris);
        self.spare_headings(&mut debris);
        self.spare_headline(&mut debris);
        if !self.leaves_enough(&debris, floor) || self.share(&debris) > proof.most {
            debris.fill(false);
            return debris;
        }
        // After the share is known: that less goes is no reason for it to go.
        self.spare_inside(&mut debris, |at| {
            if self.is_likely_content(at) {
                LIKELY_CONTENT
            } else {
                proof.inside
            }
        });
        self.spare_headings(&mut debris);
        debris
    }

    /// Between lines that stay the model must be surer: by how much, `least`
    /// says for each line.
    fn spare_inside(&self, debris: &mut [bool], least: impl Fn(usize) -> f32) {
        let start = debris.iter().position(|debris| !debris);
        let end = debris.iter().rposition(|debris| !debris);
        let Some((start, end)) = start.zip(end) else {
            return;
        };
        for (at, line) in debris.iter_mut().enumerate().take(end).skip(start) {
            *line &= self.log_odds[at] > least(at);
        }
    }

    /// Whether a line stands where content does or looks like it: in the main
    /// body, as an item of a list, or as prose.
    fn is_likely_content(&self, at: usize) -> bool {
        let (facts, features) = (&self.facts[at], &self.features[at]);
        let own_words = facts.link_share < HEADLINE_LINKS;
        features.body == 0.0 || own_words && (features.item > 0.0 || features.prose >= 1.0)
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

    /// The headline of a text that stays: of the lines above the first
    /// paragraph the one that is most likely to be it.
    fn spare_headline(&self, debris: &mut [bool]) {
        let first = (0..debris.len()).find(|&at| !debris[at] && self.features[at].prose >= 1.0);
        let Some(first) = first else {
            return;
        };
        let opening = self.words(0);
        let rank = |at: usize| {
            let overlap = self.headline(at, &opening);
            (overlap >= HEADLINE_OVERLAP
                && self.facts[at].words >= HEADLINE_WORDS
                && self.facts[at].link_share < HEADLINE_LINKS)
                .then(|| overlap * self.facts[at].words.min(HEADLINE_FULL))
        };
        let best = (first.saturating_sub(HEADLINE_LINES)..first)
            .filter_map(|at| Some((rank(at)?, at)))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, best)) = best {
            debris[best] = false;
        }
    }

    /// How much a line shares with what a headline shares its words with: the
    /// first paragraphs, the body, and the document's first line, which often
    /// is the title of the page.
    fn headline(&self, at: usize, opening: &[u64]) -> f32 {
        let features = &self.features[at];
        let words = self.words(at);
        let known = words
            .iter()
            .filter(|word| opening.binary_search(word).is_ok())
            .count() as f32
            / words.len().max(1) as f32;
        let opens = at > 0 && known >= OPENING_SHARE;
        let longest = features.title_overlap >= 1.0;
        features
            .head_overlap
            .max(features.body_overlap * BODY_OVERLAP)
            .max(if opens { known } else { 0.0 })
            .max(if longest { LONGEST } else { 0.0 })
    }

    /// The words of a line, sorted.
    fn words(&self, at: usize) -> Vec<u64> {
        let (from, to) = self.facts[at].vocabulary;
        let mut words = self.vocabulary[from as usize..to as usize].to_vec();
        words.sort_unstable();
        words
    }

    /// The share of the characters that is debris.
    fn share(&self, debris: &[bool]) -> f32 {
        let chars = |all: bool| -> f32 {
            let lines = self.facts.iter().zip(debris);
            lines
                .filter(|(_, debris)| all || **debris)
                .map(|(facts, _)| facts.chars)
                .sum()
        };
        chars(false) / chars(true).max(1.0)
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
