//! A text as a second run would read it, and where in the document it stands.

use std::{borrow::Cow, ops::Range};

use super::{
    lines::contents,
    normal::{is_normal, normal_lines},
};
use crate::{Document, Format, RuleSet, rules::RuleId};

/// From byte `at` of a text on, up to the next piece, its bytes are those of
/// the document from `origin` on.
#[derive(Clone, Copy, Debug)]
struct Piece {
    at: usize,
    origin: usize,
}

/// A text in the [normal form](super::normal_form) that is made of pieces of a
/// document, in their order.
#[derive(Clone, Debug)]
pub(super) struct Written<'d> {
    pub(super) text: Cow<'d, str>,
    document: &'d Document,
    /// Never empty; the first begins at 0.
    pieces: Vec<Piece>,
    /// Bytes of the document that were taken, and by what: in order, disjoint.
    taken: Vec<(Range<usize>, RuleId)>,
}

impl<'d> Written<'d> {
    /// The whole document.
    pub(super) fn new(document: &'d Document) -> Self {
        let whole = Self {
            text: Cow::Borrowed(&document.text),
            document,
            pieces: vec![Piece { at: 0, origin: 0 }],
            taken: Vec::new(),
        };
        whole.into_normal()
    }

    /// How many different rules have taken something, of those whose finds
    /// tell that a document was scraped.
    pub(super) fn tellers(&self, rules: &RuleSet) -> usize {
        let mut takers: Vec<RuleId> = self.taken.iter().map(|(_, by)| *by).collect();
        takers.sort_unstable();
        takers.dedup();
        let rules = takers
            .iter()
            .filter_map(|&id| rules.rules().get(id as usize));
        rules.filter(|rule| rule.tells_scraped()).count()
    }

    /// How many lines with something on them there are.
    pub(super) fn lines(&self) -> usize {
        contents(&self.text).count()
    }

    fn format(&self) -> Format {
        self.document.format
    }

    /// Where byte `at` of the text stands in the document.
    fn origin(&self, at: usize) -> usize {
        let piece = self.pieces[self.pieces.partition_point(|piece| piece.at <= at) - 1];
        (piece.origin + at - piece.at).min(self.document.text.len())
    }

    /// The bytes of the document from the first to the last of a stretch of
    /// the text. What the normal form leaves out behind the last line belongs
    /// to it.
    pub(super) fn place(&self, span: &Range<usize>) -> Range<usize> {
        let end = if span.end >= self.text.len() {
            self.document.text.len()
        } else if span.end == 0 {
            0
        } else {
            self.origin(span.end - 1) + 1
        };
        let start = self.origin(span.start).min(end);
        start..end
    }

    /// The text without some stretches, which are in order and disjoint.
    pub(super) fn without(&self, mut removals: Vec<(Range<usize>, RuleId)>) -> Self {
        self.keep_line_ends_apart(&mut removals);
        let mut rest = Pieces::with_capacity(self.text.len());
        let mut from = 0;
        for (span, _) in &removals {
            rest.push(self, from..span.start.max(from));
            from = from.max(span.end);
        }
        rest.push(self, from..self.text.len());
        let mut gone: Vec<(Range<usize>, RuleId)> = removals
            .iter()
            .map(|(span, by)| (self.place(span), *by))
            .collect();
        // Blanks that the normal form has left out between two that touch.
        for at in 1..gone.len() {
            if removals[at - 1].0.end >= removals[at].0.start {
                gone[at - 1].0.end = gone[at].0.start;
            }
        }
        Self {
            text: Cow::Owned(rest.text),
            document: self.document,
            pieces: rest.pieces,
            taken: join(&self.taken, gone.into_iter()),
        }
        .into_normal()
    }

    /// Makes cuts longer so that none brings a CR and LFs together that each
    /// end a line: a CR and a LF are one line end.
    fn keep_line_ends_apart(&self, cuts: &mut [(Range<usize>, RuleId)]) {
        let document = self.document.text.as_bytes();
        let text = self.text.as_bytes();
        if memchr::memchr(b'\r', document).is_none() {
            return;
        }
        let ends_line = |at: usize, by: u8| {
            text.get(at) == Some(&b'\n') && document.get(self.origin(at)) == Some(&by)
        };
        let (mut after_cr, mut last_end) = (false, 0);
        for at in 0..cuts.len() {
            let limit = cuts.get(at + 1).map_or(text.len(), |(next, _)| next.start);
            let (cut, _) = &mut cuts[at];
            if at == 0 || last_end < cut.start {
                after_cr = cut.start > 0 && ends_line(cut.start - 1, b'\r');
            }
            while after_cr
                && cut.end < limit
                && ends_line(cut.end, b'\n')
                && document[self.origin(cut.end) - 1] != b'\r'
            {
                cut.end += 1;
            }
            last_end = cut.end;
        }
    }

    /// In the normal form. No line of the result is another one's part, so
    /// every byte of it is one of the document's: a line end stands for the
    /// last byte of the one that was there.
    fn into_normal(self) -> Self {
        if is_normal(&self.text, self.format()) {
            return self;
        }
        let mut normal = Pieces::with_capacity(self.text.len() + 1);
        for (content, line_end) in normal_lines(&self.text, self.format()) {
            normal.push(&self, content);
            normal.push_line_end(self.origin(line_end));
        }
        Self {
            text: Cow::Owned(normal.text),
            pieces: normal.pieces,
            ..self
        }
    }

    /// What was taken, in bytes of the document: in order, disjoint, touching
    /// stretches of one taker joined.
    pub(super) fn removals(&self) -> Vec<(Range<usize>, RuleId)> {
        let mut removals = self.taken.clone();
        removals.retain(|(span, _)| !span.is_empty());
        removals.dedup_by(|next, last| {
            let joins = last.0.end == next.0.start && last.1 == next.1;
            if joins {
                last.0.end = next.0.end;
            }
            joins
        });
        removals
    }
}

/// A text under way.
struct Pieces {
    text: String,
    pieces: Vec<Piece>,
}

impl Pieces {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            pieces: Vec::new(),
        }
    }

    fn begin(&mut self, origin: usize) {
        let at = self.text.len();
        let goes_on = self
            .pieces
            .last()
            .is_some_and(|last| last.origin + at - last.at == origin);
        if !goes_on {
            self.pieces.push(Piece { at, origin });
        }
    }

    /// Appends a stretch of a text, which may be of many pieces.
    fn push(&mut self, of: &Written<'_>, span: Range<usize>) {
        if span.is_empty() {
            return;
        }
        let mut from = span.start;
        let mut piece = of.pieces.partition_point(|piece| piece.at <= from) - 1;
        while from < span.end {
            let end = of
                .pieces
                .get(piece + 1)
                .map_or(span.end, |next| next.at.min(span.end));
            self.begin(of.origin(from));
            self.text.push_str(&of.text[from..end]);
            from = end;
            piece += 1;
        }
    }

    fn push_line_end(&mut self, origin: usize) {
        self.begin(origin);
        self.text.push('\n');
    }
}

/// What was taken before with what goes now. What was taken before keeps its
/// taker; what goes now takes all between its ends.
fn join(
    before: &[(Range<usize>, RuleId)],
    now: impl Iterator<Item = (Range<usize>, RuleId)>,
) -> Vec<(Range<usize>, RuleId)> {
    let mut all = Vec::with_capacity(before.len() + 8);
    let mut before = before.iter().cloned().peekable();
    for (span, by) in now {
        let mut from = span.start;
        while let Some((old, taker)) = before.next_if(|(old, _)| old.start < span.end) {
            if from < old.start {
                all.push((from..old.start, by));
            }
            from = from.max(old.end);
            all.push((old, taker));
        }
        if from < span.end {
            all.push((from..span.end, by));
        }
    }
    all.extend(before);
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clean::{lines::Lines, normal_form};

    /// The document without what is said to be taken, in the normal form.
    fn left(written: &Written<'_>) -> String {
        let mut left = String::new();
        let mut from = 0;
        for (span, _) in written.removals() {
            left.push_str(&written.document.text[from..span.start]);
            from = span.end;
        }
        left.push_str(&written.document.text[from..]);
        normal_form(&left, written.format()).into_owned()
    }

    #[test]
    fn a_line_that_goes_takes_the_blanks_that_an_earlier_cut_left() {
        let document = Document::new(Format::Text, "a\nfoo  SHARE\nb\n");
        let once = Written::new(&document).without(vec![(7..12, 1)]);
        assert_eq!(once.text, "a\nfoo\nb\n");
        let twice = once.without(vec![(2..6, 2)]);
        assert_eq!(twice.text, "a\nb\n");
        assert_eq!(twice.removals(), [(2..7, 2), (7..12, 1), (12..13, 2)]);
    }

    #[test]
    fn a_cr_and_a_lf_that_a_cut_brings_together_are_one_line_end() {
        let document = Document::new(Format::Text, "a\rx\n\nb\n");
        let written = Written::new(&document).without(vec![(2..4, 1)]);
        assert_eq!(written.text, "a\nb\n");
        assert_eq!(left(&written), written.text);
    }

    proptest! {
        #[test]
        fn what_is_left_is_the_document_without_what_was_taken(
            text in "([ab\u{e9}\u{200b}]{0,3}[ \t]{0,2}(\n|\r|\r\n)){0,12}[ab]{0,2}",
            picks in proptest::collection::vec(proptest::collection::vec(0_u32..12, 0..4), 1..4),
            spans in proptest::collection::vec((0_u32..12, 0_usize..3, 1_usize..3), 0..4),
            markdown in any::<bool>(),
        ) {
            let format = if markdown { Format::Markdown } else { Format::Text };
            let document = Document::new(format, text);
            let mut written = Written::new(&document);
            for (by, picks) in (0..).zip(&picks) {
                let removals = {
                    let mut lines = Lines::new(&written.text).unwrap();
                    for &(line, from, length) in &spans {
                        if line >= lines.len() || !lines.is_alive(line) {
                            continue;
                        }
                        let content = lines.content(line);
                        let (from, to) = (from.min(content.len()), (from + length).min(content.len()));
                        if from < to && content.is_char_boundary(from) && content.is_char_boundary(to) {
                            lines.edit(line, &[(from..to, 7)]);
                        }
                    }
                    for &line in picks {
                        if line < lines.len() {
                            lines.remove(line, by);
                        }
                    }
                    lines.removals()
                };
                written = written.without(removals);
                prop_assert_eq!(&*normal_form(&written.text, format), &*written.text);
                prop_assert_eq!(left(&written), &*written.text);
            }
        }
    }
}
