//! What kind of document a text is, where that is plain to see.
//!
//! Only two kinds have lines that no other kind has: threads number their
//! posts, and documentation is full of code. A text that shows neither may be
//! anything; what a site calls its posts in which language is for its owner to
//! say (`kind` in the settings).

use super::view::View;
use crate::{DocumentKind, rules::words};

/// Lines that are looked at.
const MOST_LINES: usize = 400;
/// Lines that name a post, as a share of all and at least so many.
const POST_SHARE: f64 = 0.02;
const FEWEST_POSTS: usize = 3;
/// Lines of code, as a share of all and at least so many.
const CODE_SHARE: f64 = 0.2;
const FEWEST_CODE: usize = 6;

/// The kind of the lines that are left, if it can be told.
pub(super) fn detect(view: &View<'_, '_>) -> Option<DocumentKind> {
    let lines = view.len().min(MOST_LINES);
    let mut last = 0;
    let mut posts = 0;
    for number in (0..lines).filter_map(|at| post_number(view.content(at))) {
        // Numbers of posts rise; those of a chart fall, or begin again.
        if number <= last {
            posts = 0;
            break;
        }
        (last, posts) = (number, posts + 1);
    }
    let enough = |found: usize, fewest: usize, share: f64| {
        found >= fewest && words::share(found, lines) >= share
    };
    if enough(posts, FEWEST_POSTS, POST_SHARE) {
        return Some(DocumentKind::Forum);
    }
    let code = view
        .code()
        .into_iter()
        .take(lines)
        .filter(|code| *code)
        .count();
    enough(code, FEWEST_CODE, CODE_SHARE).then_some(DocumentKind::Docs)
}

/// The number of a post in a thread, if a line is that: `#12`, alone.
fn post_number(line: &str) -> Option<u32> {
    line.strip_prefix('#')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::lines::Lines;

    fn kind(text: &str) -> Option<DocumentKind> {
        detect(&View::new(&Lines::new(text).unwrap()))
    }

    #[test]
    fn a_thread_numbers_its_posts() {
        let thread = "#1\nThe pump leaks.\n#2\nSo does mine.\n#5\nA new ring helped.\n";
        assert_eq!(kind(thread), Some(DocumentKind::Forum));
    }

    #[test]
    fn documentation_is_full_of_code() {
        let text = "How to begin\n```\na\nb\nc\nd\ne\n```\nThen go on.\n";
        assert_eq!(kind(text), Some(DocumentKind::Docs));
    }

    #[test]
    fn a_text_that_shows_neither_may_be_anything() {
        assert_eq!(kind("The ferry runs every hour.\n#1\nIt is late.\n"), None);
        assert_eq!(kind("#3\nA song\n#2\nAnother\n#1\nThe best\n"), None);
        assert_eq!(kind("#1 in the charts\n#2 is not\n#3 neither\n"), None);
    }
}
