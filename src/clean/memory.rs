//! What is known of a line by what it says, found out once.
//!
//! A document is read in passes and rounds, and folders of one site have the
//! same lines in every file. All that is asked of a line and depends on nothing
//! but its text (what rules find in it, its words, whether it looks like code)
//! is remembered with the text: for as long as the document is cleaned, and for
//! documents to come as long as there is room. What depends on the document
//! (its language, the lines around) is never remembered, so a document comes
//! out the same whatever was cleaned before it.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell, RefCell},
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    ops::Range,
};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{lines::Lines, spoken::Spoken, structure::Facts};
use crate::{
    RuleSet,
    rules::{LineFinds, RuleId, Scratch, folded, label_key, plain, words},
};

/// Hashes numbers that are hashes: as they are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed by themselves");
    }
}

type AsIs = BuildHasherDefault<Itself>;

/// Hashes of words.
pub(super) type WordSet = HashSet<u64, AsIs>;

/// Numbers by the hash of a word.
pub(super) type ByWord<T> = HashMap<u64, T, AsIs>;

/// A text of a line, by its place in the [`Memory`].
pub(super) type LineId = u32;

/// Bytes that are kept for the next document. Of the labelled texts all lines
/// fit four times; more would not stay in the cache of a processor.
const MOST_KEPT: usize = 8 << 20;

/// Stands for no text.
const NOBODY: LineId = LineId::MAX;

/// Stands for a count that nobody has asked for.
const UNKNOWN: u32 = u32::MAX;

/// Stands for a list that nobody has asked for.
const NOT_LISTED: (u32, u32) = (UNKNOWN, UNKNOWN);

/// A yes or no about a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trait {
    /// See [`company`](super::company).
    Prose,
    Letters,
    Headline,
    Short,
    /// See [`menu`](super::menu).
    MayBeKnown,
    Composed,
    Entry,
    LinkOfSite,
    LinksInside,
    Linked,
    /// See [`nature`](super::nature).
    Row,
    Code,
    Item,
    BareItem,
    Anchored,
    EndsSentence,
    /// See [`paragraph`](super::paragraph).
    Block,
    BeginsBlock,
    MayGoOn,
    BeginsSmall,
    Caseless,
    /// See [`standing`](super::standing).
    MayHead,
    /// See [`guard`](super::guard).
    Sentence,
    /// See [`view`](super::view).
    TooShortForHeadline,
}

/// A question that a rule asks of a line, and that takes long to answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// Does something speak for it?
    Spared,
    /// Does it count behind a find, or before one?
    Follows,
    Precedes,
    /// Does it prove a menu at level `safe`?
    Proves,
}

/// A line without its Markdown and without white space at its ends.
#[derive(Debug)]
enum Plain {
    /// The line without white space at its ends is that.
    Same,
    /// A piece of the line.
    Piece(u32, u32),
    Own(Box<str>),
}

/// What is known of one text. What is asked of each line in every document
/// comes first, and so from as few lines of the processor's cache as can be.
#[derive(Debug)]
#[repr(C)]
struct Known {
    /// The text. One of its own for each line: a piece of a text of all would
    /// have to be looked at to be cut.
    text: Box<str>,
    /// Two bits for each [`Trait`]: whether it is known, and whether it holds.
    traits: Cell<u64>,
    id: LineId,
    /// The text that this one is if white space at its ends is cut off.
    same: LineId,
    /// The text that was asked for after this one, or [`NOBODY`].
    next: LineId,
    words: Cell<u32>,
    /// What rules find, once they were asked.
    rules: (u32, u32),
    spans: (u32, u32),
    asked: bool,
    chars: Cell<u32>,
    key: Cell<Option<u64>>,
    plain: Plain,
    plain_words: Cell<u32>,
    plain_chars: Cell<u32>,
    label_size: Cell<u32>,
    label: OnceCell<Box<str>>,
    facts: OnceCell<Box<Facts>>,
    /// Hashes of its words, in several ways of telling words.
    runs: Cell<(u32, u32)>,
    telling: Cell<(u32, u32)>,
    label_words: Cell<(u32, u32)>,
    label_runs: Cell<(u32, u32)>,
    capital_runs: Cell<(u32, u32)>,
}

impl Known {
    /// The text without white space at its ends; `all` is of the whole memory.
    fn trimmed<'m>(&'m self, all: &'m [Self]) -> &'m str {
        if self.same == self.id {
            &self.text
        } else {
            &all[self.same as usize].text
        }
    }

    /// That without its Markdown.
    fn plain<'m>(&'m self, all: &'m [Self]) -> &'m str {
        match &self.plain {
            Plain::Same => self.trimmed(all),
            &Plain::Piece(from, to) => &self.text[from as usize..to as usize],
            Plain::Own(own) => own,
        }
    }
}

/// Texts of lines and what is known of them.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Bytes of all texts.
    bytes: usize,
    /// The text that was asked for last.
    last: LineId,
    known: Vec<Known>,
    by_hash: HashMap<u64, LineId, AsIs>,
    rules: Vec<RuleId>,
    spans: Vec<(RuleId, Range<u32>)>,
    hashes: RefCell<Vec<u64>>,
    answers: RefCell<HashMap<u64, bool, AsIs>>,
    buffer: RefCell<String>,
    spoken: RefCell<Spoken>,
    scratch: Scratch,
    found: LineFinds,
}

impl Memory {
    /// Makes room for another document.
    pub(super) fn begin(&mut self) {
        let kept = self.bytes
            + self.known.len() * size_of::<Known>()
            + (self.rules.len() + self.spans.len()) * size_of::<(RuleId, Range<u32>)>()
            + self.hashes.borrow().len() * size_of::<u64>()
            + self.answers.borrow().len() * size_of::<(u64, bool)>();
        if kept > MOST_KEPT {
            let scratch = std::mem::take(&mut self.scratch);
            *self = Self {
                scratch,
                ..Self::default()
            };
        }
    }

    /// The id of a text.
    ///
    /// # Panics
    /// If there are 2^32 different ones.
    pub(super) fn line(&mut self, text: &str) -> LineId {
        // Lines of menus and notices come in the order in which they came before.
        let last = self.last;
        if let Some(last) = self.known.get(last as usize)
            && let Some(next) = self.known.get(last.next as usize)
            && *next.text == *text
        {
            self.last = last.next;
            return self.last;
        }
        let id = self.look_up(text);
        if let Some(last) = self.known.get_mut(last as usize) {
            last.next = id;
        }
        self.last = id;
        id
    }

    fn look_up(&mut self, text: &str) -> LineId {
        let mut seed = 0;
        let hash = loop {
            let hash = xxh3_64_with_seed(text.as_bytes(), seed);
            match self.by_hash.get(&hash) {
                None => break hash,
                Some(&id) if *self.known[id as usize].text == *text => return id,
                // Another text has this hash.
                Some(_) => seed += 1,
            }
        };
        let id = LineId::try_from(self.known.len()).expect("a text is below 4 GiB");
        self.by_hash.insert(hash, id);
        let known = self.note(text, id);
        self.known.push(known);
        let trimmed = text.trim();
        if trimmed.len() < text.len() {
            let same = self.look_up(trimmed);
            self.known[id as usize].same = same;
        }
        id
    }

    /// The ids of what is left of some lines.
    pub(super) fn lines(&mut self, lines: &Lines<'_>) -> Vec<LineId> {
        (0..lines.len())
            .map(|at| self.line(lines.content(at)))
            .collect()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "places in a text below 4 GiB"
    )]
    fn note(&mut self, text: &str, id: LineId) -> Known {
        let trimmed = text.trim();
        let plain = match plain(trimmed) {
            Cow::Borrowed(part) if part.len() == trimmed.len() => Plain::Same,
            Cow::Borrowed(part) => {
                let from = (part.as_ptr().addr() - text.as_ptr().addr()) as u32;
                Plain::Piece(from, from + part.len() as u32)
            }
            Cow::Owned(own) => Plain::Own(own.into_boxed_str()),
        };
        self.bytes += text.len();
        Known {
            text: text.into(),
            plain,
            id,
            same: id,
            next: NOBODY,
            asked: false,
            rules: (0, 0),
            spans: (0, 0),
            label: OnceCell::new(),
            key: Cell::new(None),
            traits: Cell::new(0),
            words: Cell::new(UNKNOWN),
            plain_words: Cell::new(UNKNOWN),
            label_size: Cell::new(UNKNOWN),
            chars: Cell::new(UNKNOWN),
            plain_chars: Cell::new(UNKNOWN),
            runs: Cell::new(NOT_LISTED),
            telling: Cell::new(NOT_LISTED),
            label_words: Cell::new(NOT_LISTED),
            label_runs: Cell::new(NOT_LISTED),
            capital_runs: Cell::new(NOT_LISTED),
            facts: OnceCell::new(),
        }
    }

    /// What is known of a text.
    pub(super) fn seen(&self, id: LineId) -> Seen<'_> {
        Seen {
            memory: self,
            known: &self.known[id as usize],
        }
    }

    /// What sentences that were looked at last speak of.
    pub(super) fn spoken(&self) -> &RefCell<Spoken> {
        &self.spoken
    }

    /// Rules on whole lines whose matchers accept a text, and pieces of it that
    /// span rules find.
    pub(super) fn finds(
        &mut self,
        id: LineId,
        rules: &RuleSet,
    ) -> (&[RuleId], &[(RuleId, Range<u32>)]) {
        if !self.known[id as usize].asked {
            self.ask(id, rules);
        }
        let known = &self.known[id as usize];
        let (from, to) = known.rules;
        let (first, last) = known.spans;
        (
            &self.rules[from as usize..to as usize],
            &self.spans[first as usize..last as usize],
        )
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "finds of a document below 4 GiB, each of a byte or more, by rules of a few thousand"
    )]
    fn ask(&mut self, id: LineId, rules: &RuleSet) {
        let known = &self.known[id as usize];
        let plain = known.plain(&self.known);
        rules.look(&known.text, plain, &mut self.scratch, &mut self.found);
        let known = &mut self.known[id as usize];
        known.asked = true;
        let from = self.rules.len() as u32;
        self.rules.extend_from_slice(&self.found.rules);
        known.rules = (from, self.rules.len() as u32);
        let from = self.spans.len() as u32;
        let spans = self.found.spans.drain(..);
        self.spans
            .extend(spans.map(|(rule, span)| (rule, span.start as u32..span.end as u32)));
        known.spans = (from, self.spans.len() as u32);
    }

    /// The answer to a question of a rule, found by `answer` the first time.
    pub(super) fn answer(
        &self,
        (rule, question): (RuleId, Question),
        line: LineId,
        answer: impl FnOnce() -> bool,
    ) -> bool {
        let asked = u64::from(rule) * 3 + question as u64;
        let key = spread(asked << 32 | u64::from(line));
        if let Some(&known) = self.answers.borrow().get(&key) {
            return known;
        }
        let found = answer();
        self.answers.borrow_mut().insert(key, found);
        found
    }
}

/// A line and what is known of it by what it says.
#[derive(Clone, Copy)]
pub(super) struct Seen<'m> {
    memory: &'m Memory,
    known: &'m Known,
}

impl<'m> Seen<'m> {
    /// Its place in the memory.
    pub(super) fn id(self) -> LineId {
        self.known.id
    }

    /// The line, without white space at its ends.
    pub(super) fn text(self) -> &'m str {
        self.known.trimmed(&self.memory.known)
    }

    /// The line without its Markdown.
    pub(super) fn plain(self) -> &'m str {
        self.known.plain(&self.memory.known)
    }

    /// The line without its Markdown, as phrases are compared with it.
    pub(super) fn label(self) -> &'m str {
        self.known
            .label
            .get_or_init(|| folded(self.plain()).into_boxed_str())
    }

    /// What is the same for lines that differ in white space at their ends
    /// only.
    pub(super) fn same(self) -> LineId {
        self.known.same
    }

    /// What the line is compared by when repeated lines are looked for: a hash of
    /// its label.
    pub(super) fn key(self) -> u64 {
        let key = self.known.key.get();
        key.unwrap_or_else(|| {
            let key = label_key(self.label());
            self.known.key.set(Some(key));
            key
        })
    }

    /// Whether something holds that depends on the line alone; `find` tells
    /// the first time.
    pub(super) fn has(self, what: Trait, find: impl FnOnce(Self) -> bool) -> bool {
        let bit = 2 * what as u32;
        let traits = self.known.traits.get();
        if traits >> bit & 1 == 1 {
            return traits >> (bit + 1) & 1 == 1;
        }
        let found = find(self);
        let traits = self.known.traits.get();
        self.known
            .traits
            .set(traits | 1 << bit | u64::from(found) << (bit + 1));
        found
    }

    /// The answer to a question of a rule, found by `answer` the first time.
    pub(super) fn answer(
        self,
        question: (RuleId, Question),
        answer: impl FnOnce() -> bool,
    ) -> bool {
        self.memory.answer(question, self.known.id, answer)
    }

    pub(super) fn words(self) -> usize {
        counted(&self.known.words, || words::words(self.text()))
    }

    pub(super) fn plain_words(self) -> usize {
        if matches!(self.known.plain, Plain::Same) {
            return self.words();
        }
        counted(&self.known.plain_words, || words::words(self.plain()))
    }

    /// Words of the label.
    pub(super) fn label_size(self) -> usize {
        counted(&self.known.label_size, || words::words(self.label()))
    }

    pub(super) fn chars(self) -> usize {
        counted(&self.known.chars, || self.text().chars().count())
    }

    pub(super) fn plain_chars(self) -> usize {
        counted(&self.known.plain_chars, || self.plain().chars().count())
    }

    /// Calls `found` with the hashes of the stretches of letters and digits, in
    /// lower case as far as they are ASCII, `joins` telling what is one.
    pub(super) fn with_runs(self, joins: fn(char) -> bool, found: impl FnOnce(&[u64])) {
        let list = |text: &mut String| {
            text.push_str(self.text());
            text.make_ascii_lowercase();
        };
        self.each(&self.known.runs, joins, 1, list, found);
    }

    /// As [`with_runs`](Self::with_runs), of the label.
    pub(super) fn with_label_runs(self, joins: fn(char) -> bool, found: impl FnOnce(&[u64])) {
        let list = |text: &mut String| {
            text.push_str(self.label());
            text.make_ascii_lowercase();
        };
        self.each(&self.known.label_runs, joins, 1, list, found);
    }

    /// As [`with_label_runs`](Self::with_label_runs), of the label as
    /// `capitalised` writes it, which must always be the same.
    pub(super) fn with_capital_runs(
        self,
        joins: fn(char) -> bool,
        capitalised: fn(&str) -> String,
        found: impl FnOnce(&[u64]),
    ) {
        let list = |text: &mut String| {
            text.push_str(&capitalised(self.label()));
            text.make_ascii_lowercase();
        };
        self.each(&self.known.capital_runs, joins, 1, list, found);
    }

    /// Calls `found` with the hashes of the words of the folded line that have
    /// `least` letters, which must always be the same.
    pub(super) fn with_words(self, least: usize, found: impl FnOnce(&[u64])) {
        let list = |text: &mut String| text.push_str(&folded(self.text()));
        self.each(
            &self.known.telling,
            char::is_alphanumeric,
            least,
            list,
            found,
        );
    }

    /// As [`with_words`](Self::with_words), of the label.
    pub(super) fn with_label_words(self, least: usize, found: impl FnOnce(&[u64])) {
        let list = |text: &mut String| text.push_str(self.label());
        let joins = char::is_alphanumeric;
        self.each(&self.known.label_words, joins, least, list, found);
    }

    /// What the structure step sees of the line alone, with the hashes of its
    /// words appended to `vocabulary`.
    pub(super) fn facts(self, vocabulary: &mut Vec<u64>) -> Facts {
        let facts = self.known.facts.get_or_init(|| {
            let mut hashes = self.memory.hashes.borrow_mut();
            Box::new(Facts::new(self.text(), self.plain(), &mut hashes))
        });
        let hashes = self.memory.hashes.borrow();
        facts.moved(&hashes, vocabulary)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "words of texts below 4 GiB"
    )]
    fn each(
        self,
        place: &Cell<(u32, u32)>,
        joins: fn(char) -> bool,
        least: usize,
        list: impl FnOnce(&mut String),
        found: impl FnOnce(&[u64]),
    ) {
        let mut listed = place.get();
        if listed == NOT_LISTED {
            let mut hashes = self.memory.hashes.borrow_mut();
            let mut text = self.memory.buffer.borrow_mut();
            text.clear();
            list(&mut text);
            let from = hashes.len() as u32;
            hashes.extend(word_hashes(&text, joins, least));
            listed = (from, hashes.len() as u32);
            place.set(listed);
        }
        let (from, to) = listed;
        let hashes = self.memory.hashes.borrow();
        found(&hashes[from as usize..to as usize]);
    }
}

/// Another number for each number, with what tells them apart in all bits:
/// times 2^64 divided by the golden ratio (Knuth, The Art of Computer
/// Programming, 6.4).
pub(super) fn spread(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The hashes of the stretches of a text in which all characters join, of
/// those with so many characters.
fn word_hashes(
    text: &str,
    joins: fn(char) -> bool,
    least: usize,
) -> impl Iterator<Item = u64> + '_ {
    text.split(move |c| !joins(c))
        .filter(move |word| !word.is_empty() && (least < 2 || word.chars().count() >= least))
        .map(|word| xxh3_64_with_seed(word.as_bytes(), 0))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a line is below 4 GiB, and of the longest the count is taken again"
)]
fn counted(count: &Cell<u32>, find: impl FnOnce() -> usize) -> usize {
    let known = count.get();
    if known != UNKNOWN {
        return known as usize;
    }
    let found = find();
    count.set(found.min(UNKNOWN as usize) as u32);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_id_and_keeps_what_was_found_out() {
        let mut memory = Memory::default();
        let first = memory.line("## Log *in*");
        let other = memory.line("Log in");
        assert_ne!(first, other);
        assert_eq!(memory.line("## Log *in*"), first);
        let seen = memory.seen(first);
        assert_eq!((seen.plain(), seen.words()), ("Log *in*", 2));
        assert!(seen.has(Trait::Short, |_| true));
        assert!(seen.has(Trait::Short, |_| unreachable!("it is known")));
        assert!(!memory.seen(other).has(Trait::Short, |_| false));
    }

    #[test]
    fn texts_with_one_hash_are_told_from_each_other() {
        let mut memory = Memory::default();
        let first = memory.line("Share");
        // As if the hash of another text were the same.
        memory
            .by_hash
            .insert(xxh3_64_with_seed(b"Log in", 0), first);
        let other = memory.line("Log in");
        assert_ne!(other, first);
        assert_eq!(memory.seen(other).text(), "Log in");
        assert_eq!(memory.line("Log in"), other);
        assert_eq!(memory.line("Share"), first);
    }

    #[test]
    fn white_space_at_the_ends_makes_another_text_that_says_the_same() {
        let mut memory = Memory::default();
        let (wide, bare) = (memory.line("\u{a0}Share"), memory.line("Share"));
        assert_ne!(wide, bare);
        assert_eq!(memory.seen(wide).same(), bare);
        assert_eq!(memory.seen(wide).text(), "Share");
    }

    #[test]
    fn what_takes_too_much_room_is_forgotten_between_documents() {
        let mut memory = Memory::default();
        let line = "a".repeat(MOST_KEPT / 2);
        memory.line(&line);
        memory.begin();
        assert_eq!(memory.known.len(), 1);
        memory.line(&format!("{line}b"));
        memory.begin();
        assert!(memory.known.is_empty() && memory.bytes == 0);
    }
}
