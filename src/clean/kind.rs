//! What kind of document a text is, where that is plain to see.
//!
//! Only threads have lines that nothing else has: they number their posts. Code
//! does not tell documentation: of the labelled documents one has a fifth of
//! fenced code, and it is a post of a blog. What a site calls its posts in which
//! language is for its owner to say (`kind` in the settings).

use super::view::View;
use crate::{DocumentKind, rules::words};

/// Lines that are looked at.
const MOST_LINES: usize = 400;
/// Lines that name a post, as a share of all and at least so many.
const POST_SHARE: f64 = 0.02;
const FEWEST_POSTS: usize = 3;

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
    let enough = posts >= FEWEST_POSTS && words::share(posts, lines) >= POST_SHARE;
    enough.then_some(DocumentKind::Forum)
}

/// The number of a post in a thread, if a line is that: `#12`, alone.
fn post_number(line: &str) -> Option<u32> {
    line.strip_prefix('#')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{lines::Lines, memory::Memory};

    fn kind(text: &str) -> Option<DocumentKind> {
        let lines = Lines::new(text).unwrap();
        let mut memory = Memory::default();
        let ids = memory.lines(&lines);
        detect(&View::new(&lines, &ids, &memory))
    }

    #[test]
    fn a_thread_numbers_its_posts() {
        let thread = "#1\nThe pump leaks.\n#2\nSo does mine.\n#5\nA new ring helped.\n";
        assert_eq!(kind(thread), Some(DocumentKind::Forum));
    }

    #[test]
    fn a_text_that_does_not_may_be_anything() {
        assert_eq!(kind("The ferry runs every hour.\n#1\nIt is late.\n"), None);
        assert_eq!(kind("#3\nA song\n#2\nAnother\n#1\nThe best\n"), None);
        assert_eq!(kind("#1 in the charts\n#2 is not\n#3 neither\n"), None);
    }
}
