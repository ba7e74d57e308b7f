//! The lines as a round sees them. What guards ask for is counted once, when
//! the first of them asks.

use std::{
    cell::{OnceCell, RefCell},
    ops::Range,
};

use super::{
    lines::Lines,
    memory::{LineId, Memory, Question, Seen, Trait},
    paragraph::Paragraphs,
    spoken::Spoken,
};
use crate::rules::{Nearby, RuleId, is_unspaced, words::words};

/// The lines that are left and not blank, by position.
pub(super) struct View<'r, 't> {
    lines: &'r Lines<'t>,
    memory: &'r Memory,
    order: Vec<u32>,
    /// What is known of the line at each position.
    seen: Vec<Seen<'r>>,
    /// The position of each line, or [`NOWHERE`].
    places: Vec<u32>,
    /// Characters before each position, and of all.
    chars: OnceCell<Vec<usize>>,
    /// Words before each position, and of all.
    words: OnceCell<Vec<usize>>,
    /// Words of the longest line from each position on.
    longest: OnceCell<Vec<usize>>,
    /// Paragraphs, and sentences among them, from each position on.
    sentences: OnceCell<Vec<(usize, usize)>>,
    /// The language, as far as it can be told.
    language: OnceCell<Option<String>>,
    parted: OnceCell<Vec<bool>>,
    indent_means_code: OnceCell<bool>,
    repeated: OnceCell<Vec<u64>>,
    paragraphs: OnceCell<Paragraphs>,
}

/// Stands for no position.
const NOWHERE: u32 = u32::MAX;

/// Front matter has fewer lines.
const FRONT_MATTER_LINES: usize = 200;

/// A headline has so many words, or so many letters in a script without blanks.
const HEADLINE_WORDS: usize = 2;
const HEADLINE_LETTERS: usize = 4;

impl<'r, 't> View<'r, 't> {
    /// `ids` says what each of `lines` says.
    pub(super) fn new(lines: &'r Lines<'t>, ids: &'r [LineId], memory: &'r Memory) -> Self {
        let mut order = Vec::with_capacity(ids.len());
        let mut seen = Vec::with_capacity(ids.len());
        let mut places = vec![NOWHERE; ids.len()];
        for (position, line) in (0..).zip(lines.alive()) {
            places[line as usize] = position;
            order.push(line);
            seen.push(memory.seen(ids[line as usize]));
        }
        Self {
            lines,
            memory,
            order,
            seen,
            places,
            chars: OnceCell::new(),
            words: OnceCell::new(),
            longest: OnceCell::new(),
            sentences: OnceCell::new(),
            language: OnceCell::new(),
            parted: OnceCell::new(),
            indent_means_code: OnceCell::new(),
            repeated: OnceCell::new(),
            paragraphs: OnceCell::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn lines(&self) -> &'r Lines<'t> {
        self.lines
    }

    /// The number of the line at a position.
    pub(super) fn line(&self, at: usize) -> u32 {
        self.order[at]
    }

    /// The position of a line; none for a line of white space.
    pub(super) fn position(&self, line: u32) -> Option<usize> {
        let position = self.places[line as usize];
        (position != NOWHERE).then_some(position as usize)
    }

    /// The line at a position.
    pub(super) fn seen(&self, at: usize) -> Seen<'r> {
        self.seen[at]
    }

    /// What the memory knows of sentences that were looked at last.
    pub(super) fn spoken(&self) -> &'r RefCell<Spoken> {
        self.memory.spoken()
    }

    /// The line at a position, without white space at its ends.
    pub(super) fn content(&self, at: usize) -> &'r str {
        self.seen(at).text()
    }

    /// The language, which `detect` tells the first time.
    pub(super) fn language(&self, detect: impl FnOnce() -> Option<String>) -> Option<&str> {
        self.language.get_or_init(detect).as_deref()
    }

    /// The blanks before the line at a position; a tab is four.
    pub(super) fn indent(&self, at: usize) -> usize {
        self.lines.indent(self.order[at])
    }

    /// The bytes of the original text from the first to the last of some
    /// positions, which must not be none.
    pub(super) fn span(&self, range: &Range<usize>) -> Range<usize> {
        self.lines.span(self.order[range.start]).start
            ..self.lines.span(self.order[range.end - 1]).end
    }

    fn sums(&self, count: impl Fn(Seen<'r>) -> usize) -> Vec<usize> {
        let mut sum = 0;
        let mut sums = Vec::with_capacity(self.len() + 1);
        sums.push(0);
        for at in 0..self.len() {
            sum += count(self.seen(at));
            sums.push(sum);
        }
        sums
    }

    /// The characters of the lines at some positions.
    pub(super) fn chars(&self, range: &Range<usize>) -> usize {
        let sums = self.chars.get_or_init(|| self.sums(Seen::chars));
        sums[range.end] - sums[range.start]
    }

    /// The paragraphs that the lines are, or are pieces of.
    pub(super) fn paragraphs(&self) -> &Paragraphs {
        self.paragraphs.get_or_init(|| Paragraphs::of(self))
    }

    /// The paragraphs from a position on, and how many of them are sentences as
    /// told by `is_sentence`, which must always be the same; it is given the last
    /// line and the words of all lines.
    pub(super) fn sentences_after(
        &self,
        at: usize,
        is_sentence: fn(Seen<'_>, usize) -> bool,
    ) -> (usize, usize) {
        let sums = self.sentences.get_or_init(|| {
            let mut sums = vec![(0, 0); self.len() + 1];
            let mut end = self.len();
            while end > 0 {
                let start = self.paragraphs().around(end - 1).start;
                let words = self.words_before(end) - self.words_before(start);
                let sentence = usize::from(is_sentence(self.seen(end - 1), words));
                let (all, sentences) = sums[end];
                for sum in &mut sums[start..end] {
                    *sum = (all + 1, sentences + sentence);
                }
                end = start;
            }
            sums
        });
        sums[at.min(self.len())]
    }

    /// The words before a position.
    pub(super) fn words_before(&self, at: usize) -> usize {
        self.words.get_or_init(|| self.sums(Seen::words))[at]
    }

    /// The words of the longest paragraph from a position on.
    pub(super) fn longest_from(&self, at: usize) -> usize {
        let longest = self.longest.get_or_init(|| {
            let mut most = 0;
            let mut longest: Vec<usize> = (0..self.len())
                .rev()
                .map(|at| {
                    let whole = self.paragraphs().around(at);
                    most = most.max(self.words_before(whole.end) - self.words_before(whole.start));
                    most
                })
                .collect();
            longest.reverse();
            longest
        });
        longest.get(at).copied().unwrap_or(0)
    }

    /// The lines, without blanks at their ends.
    pub(super) fn contents(&self) -> impl Iterator<Item = &'r str> + Clone {
        let lines = self.lines;
        self.order.iter().map(move |&line| lines.content(line))
    }

    /// For each position whether blank lines stand before it; before the first
    /// nothing does, and that parts as well.
    pub(super) fn parted(&self) -> &[bool] {
        self.parted.get_or_init(|| self.lines.parted(&self.order))
    }

    /// Whether indentation means code, which `tell` tells the first time.
    pub(super) fn indent_means_code(&self, tell: impl FnOnce() -> bool) -> bool {
        *self.indent_means_code.get_or_init(tell)
    }

    /// Whether a pair of lines, by its number, is one of those that stand
    /// several times, which `find` gives sorted the first time.
    pub(super) fn is_repeated(&self, pair: u64, find: impl FnOnce() -> Vec<u64>) -> bool {
        let repeated = self.repeated.get_or_init(find);
        repeated.binary_search(&pair).is_ok()
    }

    /// Whether the line at a position is a headline of the document: a heading
    /// of level 1, or words that its first line has too, which often is the
    /// title of the page.
    pub(super) fn is_headline(&self, at: usize) -> bool {
        let seen = self.seen(at);
        if seen.text().starts_with("# ") {
            return true;
        }
        if at == 0 {
            return false;
        }
        !seen.has(Trait::TooShortForHeadline, is_too_short)
            && self.seen(0).label().contains(seen.label())
    }

    /// The document's title in Markdown: its only heading of level 1.
    pub(super) fn title(&self) -> Option<usize> {
        let is_title = |at: &usize| self.content(*at).starts_with("# ");
        let mut titles = (0..self.len()).filter(is_title);
        titles.next().filter(|_| titles.next().is_none())
    }

    /// What the lines at the first `count` positions are compared by.
    pub(super) fn keys(&self, count: usize) -> Vec<u64> {
        (0..count.min(self.len()))
            .map(|at| self.seen(at).key())
            .collect()
    }

    /// How many lines of `range` count for `nearby`, up to as many as it asks for.
    pub(super) fn count(
        &self,
        nearby: &Nearby,
        asked: (RuleId, Question),
        range: Range<usize>,
    ) -> usize {
        range
            .filter(|&at| {
                let seen = self.seen(at);
                seen.answer(asked, || nearby.counts(seen.text(), seen.plain()))
            })
            .take(nearby.min)
            .count()
    }

    /// How many positions at the beginning are YAML front matter: keys between
    /// two lines of three dashes.
    pub(super) fn front_matter(&self) -> usize {
        if self.len() < 3 || self.content(0) != "---" || self.line(0) != 0 {
            return 0;
        }
        let lines = (1..self.len().min(FRONT_MATTER_LINES)).map(|at| (at, self.content(at)));
        let mut keys = 0;
        for (at, line) in lines {
            if line == "---" || line == "..." {
                return if keys > 0 { at + 1 } else { 0 };
            }
            let key = line.split_once(':').is_some_and(|(key, _)| is_key(key));
            keys += usize::from(key);
            if !key && self.indent(at) == 0 && !line.starts_with(['-', '#', ']', '}']) {
                return 0;
            }
        }
        0
    }

    /// Which positions are in fenced code or are its fences. A fence that is
    /// not closed runs to the end, as in `CommonMark`. Indented code cannot be
    /// told from the nested lists that scraped Markdown is full of.
    pub(super) fn code(&self) -> Vec<bool> {
        let mut open: Option<(u8, usize)> = None;
        let code = (0..self.len()).map(|at| {
            let line = self.content(at).as_bytes();
            let mark = line
                .first()
                .copied()
                .filter(|byte| matches!(byte, b'`' | b'~'));
            let length = mark.map_or(0, |mark| {
                line.iter().take_while(|&&byte| byte == mark).count()
            });
            match (open, mark) {
                (None, Some(mark))
                    if length >= 3 && !(mark == b'`' && line[length..].contains(&b'`')) =>
                {
                    open = Some((mark, length));
                    true
                }
                (Some((fence, least)), _) => {
                    if mark == Some(fence) && length >= least && line.len() == length {
                        open = None;
                    }
                    true
                }
                _ => false,
            }
        });
        code.collect()
    }
}

/// Whether words before a colon are a key of front matter.
fn is_key(text: &str) -> bool {
    let text = text.trim().trim_matches('"');
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Whether a line is no headline whatever the first line says.
fn is_too_short(seen: Seen<'_>) -> bool {
    let label = seen.label();
    let unspaced = label.chars().filter(|&c| is_unspaced(c)).count();
    words(label) < HEADLINE_WORDS || (1..HEADLINE_LETTERS).contains(&unspaced)
}
