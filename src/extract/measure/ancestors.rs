//! Ancestor scores, after Mozilla's readability.

use super::number;
use crate::extract::{blocks::Page, kinds::Kind};

/// Scores of elements by the paragraphs in them, after Mozilla's readability:
/// a paragraph gives its parent all it is worth, the element around that
/// half, and those further out a third, a quarter and so on.
pub(super) fn ancestor_scores(page: &Page<'_>) -> Vec<f32> {
    const SHORTEST: usize = 25;
    const LEVELS: usize = 4;
    let mut scores = vec![0.0; page.elements.len()];
    for block in &page.blocks {
        if block.length < SHORTEST || block.link_length * 2 > block.length {
            continue;
        }
        let worth = 1.0 + number(block.punctuation.min(20)) + number(block.length.min(300)) / 100.0;
        let element = &page.elements[block.element];
        let mut at = match element.kind {
            Kind::Paragraph | Kind::Heading(_) | Kind::Preformatted => element.parent,
            _ => block.element,
        };
        for level in 1..=LEVELS {
            scores[at] += worth / number(level);
            if at == 0 {
                break;
            }
            at = page.elements[at].parent;
        }
    }
    scores
}
