//! A score by hand, after the classical extractors.
//!
//! Length, link density and punctuation as in boilerpipe and jusText, the
//! names of elements as in readability, and readability's ancestor score. It
//! was fitted to nothing, so it holds where a fitted model has seen little:
//! other languages, old markup.

use super::features::Features;

/// What a block of less than a length gets.
const BY_LENGTH: [(f32, f32); 3] = [(25.0, -0.6), (60.0, 0.0), (140.0, 0.8)];

/// What longer ones get.
const LONG: f32 = 1.5;

/// What a block of more than a share of links gets.
const BY_LINKS: [(f32, f32); 3] = [(0.66, -4.0), (0.33, -1.6), (0.1, -0.2)];

/// A value of the features of a block.
type Value = fn(&Features) -> f32;

/// What a flag or share gives. Signs and sizes come from what they mean in the
/// extractors named above and from trials on the development pages; none is
/// sharp.
const WEIGHTS: [(Value, f32); 22] = [
    (|f| f.paragraph, 0.8),
    (|f| f.preformatted, 1.0),
    (|f| f.quote, 0.5),
    (|f| f.item, -0.2),
    (|f| f.cell, -0.2),
    (|f| f.caption, -0.3),
    (|f| flag(f.heading > 0.0), 0.3),
    (|f| f.in_nav, -3.0),
    (|f| f.in_footer, -3.0),
    (|f| f.in_aside, -2.0),
    (|f| f.in_header, -0.8),
    (|f| f.in_form, -0.8),
    (|f| f.in_article, 0.6),
    (|f| f.in_main, 0.8),
    (|f| f.hint_content, 0.6),
    (|f| f.against.min(2.0), -1.5),
    (|f| 1.0 - f.ancestor_score, -2.5),
    (|f| flag(f.side_of_headline < 0.0), -0.5),
    (|f| flag(f.copies > 1.0), -1.0),
    (|f| flag(f.near_links > 0.5), -0.5),
    (|f| flag(f.parent_links > 0.5), -0.4),
    (in_comments, -2.5),
];

/// What a sentence gets, and what a scrap without any mark gets.
const SENTENCE: f32 = 0.6;
const SCRAP: f32 = -0.4;

/// What a contribution to a discussion gets.
const CONTRIBUTION: f32 = 0.5;

fn flag(condition: bool) -> f32 {
    f32::from(u8::from(condition))
}

/// Comments, except where they are the subject.
fn in_comments(features: &Features) -> f32 {
    features.hint_comment * (1.0 - features.page_discussion)
}

/// How much a block's features speak for content; about -10 to 6.
pub(super) fn score(features: &Features) -> f32 {
    let length = BY_LENGTH
        .iter()
        .find(|(below, _)| features.length < *below)
        .map_or(LONG, |(_, score)| *score);
    let links = BY_LINKS
        .iter()
        .find(|(above, _)| features.links > *above)
        .map_or(0.0, |(_, score)| *score);
    let marks = if features.marks >= 2.0 && features.length >= 40.0 {
        SENTENCE
    } else if features.marks == 0.0 && features.length < 80.0 {
        SCRAP
    } else {
        0.0
    };
    let weighed: f32 = WEIGHTS
        .iter()
        .map(|(value, weight)| weight * value(features))
        .sum();
    let contribution = CONTRIBUTION * features.hint_post * features.page_discussion;
    length + links + marks + weighed + contribution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraph_of_prose_outweighs_a_line_of_links() {
        let prose = Features {
            length: 300.0,
            marks: 4.0,
            paragraph: 1.0,
            ancestor_score: 1.0,
            ..Features::default()
        };
        let menu = Features {
            length: 30.0,
            links: 1.0,
            item: 1.0,
            in_nav: 1.0,
            ..Features::default()
        };
        assert!(score(&prose) > 2.0);
        assert!(score(&menu) < -5.0);
    }

    #[test]
    fn comments_count_where_they_are_the_subject() {
        let comment = Features {
            hint_comment: 1.0,
            ..Features::default()
        };
        let discussion = Features {
            page_discussion: 1.0,
            ..comment
        };
        assert!(score(&discussion) > score(&comment));
    }
}
