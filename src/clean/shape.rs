//! What a line looks like, whatever it says.

use super::words::{ends_sentence, words};
use crate::rules::Shape;

/// Whether a line has the shape. `plain` is the line without its Markdown.
pub(super) fn fits(shape: &Shape, line: &str, plain: &str) -> bool {
    let chars = plain.chars().count();
    if shape.max_chars.is_some_and(|most| chars > most)
        || shape.min_chars.is_some_and(|least| chars < least)
    {
        return false;
    }
    if shape.max_words.is_some() || shape.min_words.is_some() {
        let words = words(plain);
        if shape.max_words.is_some_and(|most| words > most)
            || shape.min_words.is_some_and(|least| words < least)
        {
            return false;
        }
    }
    if shape.no_sentence_end && ends_sentence(plain) || shape.link_only && !is_link_only(line) {
        return false;
    }
    if shape.digit_share_min.is_some() || shape.digit_share_max.is_some() {
        let visible = plain.chars().filter(|c| !c.is_whitespace()).count();
        let digits = plain.chars().filter(|c| c.is_numeric()).count();
        let share = digits as f64 / visible.max(1) as f64;
        return shape.digit_share_min.is_none_or(|least| share >= least)
            && shape.digit_share_max.is_none_or(|most| share <= most);
    }
    true
}

/// Whether a line is nothing but Markdown links and what stands between
/// links: list marks, bars, dots.
fn is_link_only(line: &str) -> bool {
    let mut rest = line;
    let mut links = 0;
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '[');
        if rest.is_empty() {
            return links > 0;
        }
        let Some(inside) = rest.strip_prefix('[') else {
            return false;
        };
        let Some(middle) = inside.find("](") else {
            return false;
        };
        let Some(end) = inside[middle..].find(')') else {
            return false;
        };
        links += 1;
        rest = &inside[middle + end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_links_is_told_from_a_line_with_a_link() {
        assert!(is_link_only("* [Home](/) | [About us](/about)"));
        assert!(!is_link_only("See [the report](/r) first"));
        assert!(!is_link_only("Home"));
    }

    #[test]
    fn every_given_key_must_hold() {
        let shape = Shape {
            max_words: Some(3),
            no_sentence_end: true,
            ..Shape::default()
        };
        assert!(fits(&shape, "About us", "About us"));
        assert!(!fits(&shape, "He left.", "He left."));
        assert!(!fits(&shape, "one two three four", "one two three four"));
    }
}
