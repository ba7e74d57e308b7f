//! A text as lines, and what has happened to each of them so far.
//!
//! Cleaning goes in rounds until nothing is left to take. A round sees only
//! the lines that are still there, each with the content that it has by then,
//! so a round over this state and a round over the cut text see the same. That
//! is what makes cleaning a cleaned text change nothing.

#![expect(
    clippy::cast_possible_truncation,
    reason = "offsets into a text that `Lines::new` has found to be below 4 GiB"
)]

use std::ops::Range;

use crate::rules::RuleId;

/// Stands for "no rule" and "no edit".
const NONE: u32 = u32::MAX;

/// Lines of texts have so many bytes or more on average, with the blank lines
/// between: room for as many is made at once.
const BYTES_OF_LINE: usize = 40;

/// A line with something on it. Blank lines are the gaps between.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Where the line begins.
    pub(super) start: u32,
    /// Its content, without blanks (space, tab) at its ends.
    content: (u32, u32),
    /// Where the next line begins.
    pub(super) next: u32,
    removed: RuleId,
    edit: u32,
    /// Nothing but white space, though more than blanks: counts as blank.
    pub(super) blank: bool,
}

/// A line that span rules have cut pieces out of.
#[derive(Clone, Debug)]
struct Edit {
    /// What is left.
    text: String,
    /// The bytes of the original text that `text` is made of, in order.
    kept: Vec<Range<u32>>,
    /// The bytes that went, and the rules that took them.
    cuts: Vec<(Range<u32>, RuleId)>,
}

/// The lines of a text with something on them, in bytes: their contents,
/// without blanks (space, tab) at their ends, and all of each with its line end.
fn written(text: &str) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + '_ {
    let bytes = text.as_bytes();
    let mut start = 0;
    std::iter::from_fn(move || {
        loop {
            let from = start;
            let rest = bytes.get(from..).filter(|rest| !rest.is_empty())?;
            if rest[0] == b'\n' {
                start = from + 1;
                continue;
            }
            let end = memchr::memchr2(b'\n', b'\r', rest).map_or(bytes.len(), |at| from + at);
            let terminator = match bytes.get(end..) {
                Some([b'\r', b'\n', ..]) => 2,
                Some([_, ..]) => 1,
                _ => 0,
            };
            start = end + terminator;
            let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
            let mut content = from..end;
            while content.start < content.end && is_blank(&bytes[content.start]) {
                content.start += 1;
            }
            while content.start < content.end && is_blank(&bytes[content.end - 1]) {
                content.end -= 1;
            }
            if !content.is_empty() {
                return Some((content, from..start));
            }
        }
    })
}

/// The contents of the lines of a text, as [`Lines`] has them at first.
pub(super) fn contents(text: &str) -> impl Iterator<Item = &str> {
    written(text).map(|(content, _)| &text[content])
}

/// All lines of a text.
#[derive(Clone, Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    all: Vec<Line>,
    edits: Vec<Edit>,
}

impl<'t> Lines<'t> {
    /// Whether a text is 4 GiB or longer.
    pub(super) fn are_too_many(text: &str) -> bool {
        u32::try_from(text.len()).map_or(true, |length| length == NONE)
    }

    /// Splits `text` at LF, CRLF and lone CR; `None` if it is 4 GiB or longer.
    pub(super) fn new(text: &'t str) -> Option<Self> {
        if Self::are_too_many(text) {
            return None;
        }
        let all = written(text).map(|(content, line)| Line {
            start: line.start as u32,
            content: (content.start as u32, content.end as u32),
            next: line.end as u32,
            removed: NONE,
            edit: NONE,
            blank: !text.as_bytes()[content.start].is_ascii_graphic()
                && text[content].trim().is_empty(),
        });
        let mut lines = Self {
            text,
            all: Vec::with_capacity(text.len() / BYTES_OF_LINE + 1),
            edits: Vec::new(),
        };
        lines.all.extend(all);
        Some(lines)
    }

    /// The text that the lines are of.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// How many lines there were at first, blank ones not counted.
    pub(super) fn len(&self) -> u32 {
        self.all.len() as u32
    }

    pub(super) fn line(&self, at: u32) -> &Line {
        &self.all[at as usize]
    }

    /// The lines that count: still there, and not blank.
    pub(super) fn alive(&self) -> impl Iterator<Item = u32> + '_ {
        (0..)
            .zip(&self.all)
            .filter(|(_, line)| line.removed == NONE && !line.blank)
            .map(|(at, _)| at)
    }

    /// For each of these lines, in order, whether blank lines stand between it
    /// and the one before, or would if what is removed were cut: as
    /// [`removals`](Self::removals) leaves them.
    pub(super) fn parted(&self, order: &[u32]) -> Vec<bool> {
        let mut before = None;
        order
            .iter()
            .map(|&at| {
                // Nothing is before the first: that parts as well.
                let parted = before.is_none_or(|before: usize| {
                    self.all[before..=at as usize]
                        .windows(2)
                        .any(|pair| pair[1].blank || pair[0].next < pair[1].start)
                });
                before = Some(at as usize);
                parted
            })
            .collect()
    }

    pub(super) fn is_alive(&self, at: u32) -> bool {
        self.line(at).removed == NONE
    }

    /// Whether nothing has happened to a line.
    pub(super) fn is_whole(&self, at: u32) -> bool {
        self.is_alive(at) && self.line(at).edit == NONE
    }

    /// What is left of a line, without blanks at its ends.
    pub(super) fn content(&self, at: u32) -> &str {
        let line = self.line(at);
        if line.edit == NONE {
            &self.text[line.content.0 as usize..line.content.1 as usize]
        } else {
            self.edits[line.edit as usize]
                .text
                .trim_matches([' ', '\t'])
        }
    }

    /// The blanks before what is left of a line, as they will be written; a tab
    /// is four.
    pub(super) fn indent(&self, at: u32) -> usize {
        let line = self.line(at);
        if line.start == line.content.0 && line.edit == NONE {
            return 0;
        }
        let before = &self.text[line.start as usize..line.content.0 as usize];
        let inside = if line.edit == NONE {
            ""
        } else {
            let text = self.edits[line.edit as usize].text.as_str();
            &text[..text.len() - text.trim_start_matches([' ', '\t']).len()]
        };
        let blanks = before.bytes().chain(inside.bytes());
        blanks.map(|byte| if byte == b'\t' { 4 } else { 1 }).sum()
    }

    /// The original bytes of a line's content, first to last.
    pub(super) fn span(&self, at: u32) -> Range<usize> {
        let line = self.line(at);
        line.content.0 as usize..line.content.1 as usize
    }

    /// Takes a whole line.
    pub(super) fn remove(&mut self, at: u32, rule: RuleId) {
        self.all[at as usize].removed = rule;
    }

    /// Takes pieces of a line's content: byte ranges of [`content`](Self::content),
    /// in order and disjoint. A line of which only blanks are left goes whole.
    pub(super) fn edit(&mut self, at: u32, cuts: &[(Range<usize>, RuleId)]) {
        let line = &self.all[at as usize];
        let mut edit = if line.edit == NONE {
            Edit {
                text: self.text[line.content.0 as usize..line.content.1 as usize].to_owned(),
                kept: std::iter::once(line.content.0..line.content.1).collect(),
                cuts: Vec::new(),
            }
        } else {
            std::mem::replace(
                &mut self.edits[line.edit as usize],
                Edit {
                    text: String::new(),
                    kept: Vec::new(),
                    cuts: Vec::new(),
                },
            )
        };
        edit.cut(cuts);
        let last = cuts.last().map_or(NONE, |(_, rule)| *rule);
        let line = &mut self.all[at as usize];
        if edit.text.trim().is_empty() && !line.blank {
            line.removed = last;
        }
        if line.edit == NONE {
            line.edit = self.edits.len() as u32;
            self.edits.push(edit);
        } else {
            self.edits[line.edit as usize] = edit;
        }
    }

    /// Everything that was taken, as byte ranges of the original text with the
    /// rules that took them: in order, disjoint, touching ranges of one rule
    /// joined.
    ///
    /// Blank lines inside a cut go with it, and so do those after it when blank
    /// lines (or nothing) stand before it: a cut leaves no wider gap than it
    /// found. But two kept lines that blank lines parted stay parted.
    pub(super) fn removals(&self) -> Vec<(Range<usize>, RuleId)> {
        let mut out = Out(Vec::new());
        // Whether what is kept so far ends with a blank line, or is nothing.
        let mut open = true;
        let mut end = 0;
        let mut at = 0;
        while let Some(line) = self.all.get(at) {
            if line.removed == NONE {
                open = line.blank;
                self.push_cuts(line, &mut out);
                at += 1;
            } else {
                open |= end < line.start;
                let past = self.past_cut(at);
                let gap_goes = self.push_cut_lines(at..past, open, &mut out);
                at = past;
                if gap_goes {
                    at += self.all[past..]
                        .iter()
                        .take_while(|line| line.blank && line.removed == NONE)
                        .count();
                }
            }
            end = self.all[at - 1].next;
        }
        out.0
            .into_iter()
            .map(|(span, rule)| (span.start as usize..span.end as usize, rule))
            .collect()
    }

    /// Where the cut that begins at line `first` ends: blank lines do not end
    /// it, and are not its end.
    fn past_cut(&self, first: usize) -> usize {
        let mut past = first;
        for (at, line) in self.all.iter().enumerate().skip(first) {
            if line.removed != NONE {
                past = at + 1;
            } else if !line.blank {
                break;
            }
        }
        past
    }

    /// Consecutive removed lines with the blank lines among and after them,
    /// save those that must stay. Whether those after them go.
    fn push_cut_lines(&self, cut: Range<usize>, open: bool, out: &mut Out) -> bool {
        let last = cut.end - 1;
        let after = self.all[cut.end..].iter().find(|line| !line.blank);
        let until = after.map_or(self.text.len() as u32, |line| line.start);
        let gap_goes = open || after.is_none();
        // Of the blank lines inside, the last stay when none stand around.
        let inner = cut.clone().rev().skip(1).find(|&at| {
            let next = &self.all[at + 1];
            self.all[at].removed != NONE && (self.all[at].next < next.start || next.removed == NONE)
        });
        let stays = inner.filter(|_| !gap_goes && self.all[last].next == until);
        let mut end = self.all[cut.start].start;
        let mut taker = NONE;
        for at in cut {
            let line = &self.all[at];
            let gap_stays = stays.is_some_and(|stays| end == self.all[stays].next);
            if line.removed == NONE {
                if gap_stays {
                    self.push_cuts(line, out);
                }
                continue;
            }
            if !gap_stays && taker != NONE {
                out.push(end..line.start, taker);
            }
            taker = line.removed;
            self.push_removed(line, out);
            end = line.next;
        }
        if gap_goes {
            out.push(end..until, taker);
        }
        gap_goes
    }

    fn push_cuts(&self, line: &Line, out: &mut Out) {
        if line.edit != NONE {
            for (span, rule) in &self.edits[line.edit as usize].cuts {
                out.push(span.clone(), *rule);
            }
        }
    }

    /// A removed line: what span rules took before, and all the rest.
    fn push_removed(&self, line: &Line, out: &mut Out) {
        let mut from = line.start;
        if line.edit != NONE {
            for (span, rule) in &self.edits[line.edit as usize].cuts {
                out.push(from..span.start, line.removed);
                out.push(span.clone(), *rule);
                from = span.end;
            }
        }
        out.push(from..line.next, line.removed);
    }
}

struct Out(Vec<(Range<u32>, RuleId)>);

impl Out {
    fn push(&mut self, span: Range<u32>, rule: RuleId) {
        if span.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some((last, by)) if last.end == span.start && *by == rule => last.end = span.end,
            _ => self.0.push((span, rule)),
        }
    }
}

impl Edit {
    /// Takes ranges of what is left. One merge over the kept pieces, so that a
    /// million cuts cost no more than their number.
    fn cut(&mut self, cuts: &[(Range<usize>, RuleId)]) {
        let trimmed = self.text.len() - self.text.trim_start_matches([' ', '\t']).len();
        let mut text = String::with_capacity(self.text.len());
        let mut kept = Vec::with_capacity(self.kept.len() + cuts.len());
        let mut fresh = Vec::with_capacity(cuts.len());
        let mut cuts = cuts
            .iter()
            .map(|(span, rule)| (span.start + trimmed..span.end + trimmed, *rule))
            .peekable();
        // `at` runs over `self.text` as the pieces do over the original.
        let mut at = 0;
        for piece in &self.kept {
            let end = at + piece.len();
            let mut from = at;
            while let Some((cut, rule)) = cuts.peek().cloned() {
                if cut.start >= end {
                    break;
                }
                let original = |offset: usize| piece.start + (offset - at) as u32;
                let start = cut.start.max(from);
                if from < start {
                    text.push_str(&self.text[from..start]);
                    kept.push(original(from)..original(start));
                }
                let stop = cut.end.min(end);
                fresh.push((original(start)..original(stop), rule));
                from = stop;
                if cut.end > end {
                    break;
                }
                cuts.next();
            }
            if from < end {
                text.push_str(&self.text[from..end]);
                kept.push(piece.start + (from - at) as u32..piece.end);
            }
            at = end;
        }
        self.text = text;
        self.kept = kept;
        self.cuts.append(&mut fresh);
        // Both halves are sorted; the standard sort finds and merges runs.
        self.cuts.sort_by_key(|(span, _)| span.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Lines<'_> {
        Lines::new(text).unwrap()
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        let lines = lines("a\r\n b \rc\n\n\u{a0}\nd");
        let contents: Vec<_> = lines.alive().map(|at| lines.content(at)).collect();
        assert_eq!(contents, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_cut_takes_the_blank_lines_after_it_if_some_stand_before() {
        let text = "a\n\nx\n\nb\n";
        let mut lines = lines(text);
        lines.remove(1, 7);
        assert_eq!(lines.removals(), [(3..6, 7)]);
    }

    #[test]
    fn a_cut_between_text_and_a_blank_line_leaves_the_blank_line() {
        let mut lines = lines("a\nx\n\nb\n");
        lines.remove(1, 7);
        assert_eq!(lines.removals(), [(2..4, 7)]);
    }

    #[test]
    fn lines_that_blank_lines_parted_stay_parted() {
        let mut lines = lines("a\nx\n\ny\nb\n");
        lines.remove(1, 7);
        lines.remove(2, 7);
        assert_eq!(lines.removals(), [(2..4, 7), (5..7, 7)]);
    }

    #[test]
    fn a_tail_is_one_removal() {
        let mut lines = lines("a\nx\n\n\ny\n\n\u{a0}\nz");
        for at in [1, 2, 4] {
            lines.remove(at, 7);
        }
        assert_eq!(lines.removals(), [(2..lines.text.len(), 7)]);
    }

    #[test]
    fn pieces_cut_in_two_rounds_are_named_in_original_bytes() {
        let mut lines = lines("  abcdefgh\n");
        lines.edit(0, &[(0..1, 3), (3..4, 4)]);
        assert_eq!(lines.content(0), "bcefgh");
        lines.edit(0, &[(1..4, 5)]);
        assert_eq!(lines.content(0), "bgh");
        assert_eq!(
            lines.removals(),
            [(2..3, 3), (4..5, 5), (5..6, 4), (6..8, 5)]
        );
    }
}
