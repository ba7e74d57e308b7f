//! Drawings in a page: where they end, and whether they hold text.

use memchr::memchr;

use super::{Scan, comment_end};
use crate::extract::tags::{ends_drawing, fold_name};

/// Names of elements of one drawing that are remembered. SVG has some 80; an
/// end tag of one beyond these ends the drawing early, and what is left of it
/// is read as HTML, which loses nothing.
const MAX_NAMES: usize = 32;

impl Scan<'_> {
    /// Leaves out the drawing whose first tag ends at `from` and returns where
    /// the page goes on, or none if the parser has to read it.
    ///
    /// It ends with its end tag, or where the parser ends it because a tag
    /// cannot be in a drawing. One that never ends would swallow the page, and
    /// one with pieces of HTML inside holds text: those are parsed. Looking at
    /// their insides again for every drawing in them would be quadratic.
    pub(super) fn drawing(&mut self, start: usize, from: usize) -> Option<usize> {
        let mut at = from;
        let mut labels = String::new();
        // Whether text here is drawn, and the names of the elements so far: an
        // end tag of none of them ends something around the drawing.
        let mut is_drawn = true;
        let mut names = Vec::new();
        let next = loop {
            let Some(found) = memchr(b'<', &self.bytes[at..]) else {
                self.parsed_drawings = self.bytes.len();
                return None;
            };
            let text = self.page[at..at + found].trim();
            if is_drawn && !text.is_empty() {
                labels.push_str(text);
                labels.push(' ');
            }
            at += found;
            let rest = &self.bytes[at..];
            if rest.starts_with(b"<!--") {
                at = comment_end(rest).map_or(self.bytes.len(), |length| at + length);
                continue;
            }
            let is_end = rest.get(1) == Some(&b'/');
            let name = &rest[1 + usize::from(is_end)..];
            let length = name
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric())
                .count();
            let name = &name[..length];
            let folded = fold_name(name);
            if length == 0 {
                at += 1;
            } else if is_end {
                let end = self.after(at, b'>');
                if name.eq_ignore_ascii_case(b"svg") {
                    break end;
                }
                if !names.contains(&folded) {
                    break at;
                }
                is_drawn = true;
                at = end;
            } else if name.eq_ignore_ascii_case(b"foreignObject") {
                self.parsed_drawings = at;
                return None;
            } else if ends_drawing(name) {
                break at;
            } else {
                is_drawn = !["title", "desc", "metadata", "style", "script"]
                    .iter()
                    .any(|unseen| name.eq_ignore_ascii_case(unseen.as_bytes()));
                if !names.contains(&folded) && names.len() < MAX_NAMES {
                    names.push(folded);
                }
                at = self.tag_end(at + 1).0;
            }
        };
        if !labels.is_empty() {
            self.source.drawings.push(labels);
        }
        Some(self.skip(start, next))
    }
}
