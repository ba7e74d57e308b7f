//! What a line looks like, whatever it says.

use super::{
    schema::Shape,
    words::{ends_sentence, share, words},
};

/// What has been counted of a line so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    chars: Option<usize>,
    words: Option<usize>,
}

impl Facts {
    pub(super) fn chars(&mut self, plain: &str) -> usize {
        *self.chars.get_or_insert_with(|| plain.chars().count())
    }

    fn words(&mut self, plain: &str) -> usize {
        *self.words.get_or_insert_with(|| words(plain))
    }
}

/// Whether a line has the shape. `plain` is the line without its Markdown.
pub(super) fn fits(shape: &Shape, line: &str, plain: &str, facts: &mut Facts) -> bool {
    let within = |found: usize, least: Option<usize>, most: Option<usize>| {
        least.is_none_or(|least| found >= least) && most.is_none_or(|most| found <= most)
    };
    let counted = |least: Option<usize>, most: Option<usize>| least.or(most).is_some();
    if counted(shape.min_chars, shape.max_chars)
        && !within(facts.chars(plain), shape.min_chars, shape.max_chars)
        || counted(shape.min_words, shape.max_words)
            && !within(facts.words(plain), shape.min_words, shape.max_words)
        || shape.no_sentence_end && ends_sentence(plain)
        || shape.link_only && !is_link_only(line)
    {
        return false;
    }
    if shape.digit_share_min.or(shape.digit_share_max).is_none() {
        return true;
    }
    let visible = plain.chars().filter(|c| !c.is_whitespace()).count();
    let digits = plain.chars().filter(|c| c.is_numeric()).count();
    let found = share(digits, visible);
    shape.digit_share_min.is_none_or(|least| found >= least)
        && shape.digit_share_max.is_none_or(|most| found <= most)
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
        let fits = |shape, line, plain| fits(shape, line, plain, &mut Facts::default());
        assert!(fits(&shape, "About us", "About us"));
        assert!(!fits(&shape, "He left.", "He left."));
        assert!(!fits(&shape, "one two three four", "one two three four"));
    }
}
