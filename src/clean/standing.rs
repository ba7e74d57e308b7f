//! Where a find stands in a text: over a paragraph as its heading, between
//! sentences as one of them, or in a document that was written line by line.
//!
//! Pages are littered all over or not at all, and what they tell stands in
//! paragraphs. House rules, a glossary, a timetable, notes of a lesson are short
//! lines of which a few happen to be what a button says. So the words of a line
//! are evidence enough in the first kind of document and not in the second.

use std::{cell::OnceCell, collections::HashMap, ops::Range, rc::Rc};

use super::{
    Found,
    company::is_prose,
    guard::Decline,
    memory::{LineId, Seen, Trait},
    nature::ends_a_sentence,
    view::View,
};
use crate::rules::{Rule, Safety, words::ends_sentence};

/// Words of a paragraph: what is shorter is a sentence of its own.
const PARAGRAPH_WORDS: usize = 16;
/// A line of so many words that ends no sentence goes on in the next line.
const WRAPPED_WORDS: usize = 8;
/// The share of the words of a document that must stand in paragraphs. Of the
/// scraped documents that were looked at 4 in 97 have less, and three of those
/// are littered with more than [`SCANT_FINDS`] finds.
const PARAGRAPH_SHARE: (usize, usize) = (3, 5);
/// A document with more different finds is littered, however it is written.
const SCANT_FINDS: usize = 12;
/// So many different finds in a row at the foot or head of a document are a
/// foot or a head, whatever the document is.
const ROW_AT_EDGE: usize = 3;
/// And so many where no blank line parts them from sentences.
const ROW_WITHOUT_BLANK: usize = 5;
/// Lines that no rule finds and that may stand between a row and the foot. A
/// row under a title and a subtitle is no head.
const STRANGERS_AT_FOOT: usize = 2;
/// Words of a line that may be a heading.
const HEADING_WORDS: usize = 8;
/// Words of the shortest sentence under a heading.
const SENTENCE_WORDS: usize = 2;
/// With no more different finds that are labels a document has nothing to say
/// that a sentence between sentences is not one of them.
const LABELS_ELSEWHERE: usize = 4;
/// Between sentences of the text a find of so many words is one of them,
/// however many buttons a page has: what sites say there is shorter.
const LONG_SENTENCE: usize = 20;
/// The tag of rules for what closes a document: rights and their owners.
const TAG_OF_FORMULAS: &str = "legal";
/// A find of more words is a sentence if it ends as one.
const LABEL_WORDS: usize = 2;
/// So many different labels near one are buttons, whatever stands below them.
const LABELS_NEAR: usize = 3;
/// "Near" is so many lines away.
const NEAR: usize = 3;
/// So many headings over sentences make a document in sections.
const HEADINGS: usize = 3;
/// Fewer finds in the middle of a text are buttons, more may be its list.
const LIST_FINDS: usize = 5;
/// Lines in a list of the text that no rule knows.
const STRANGERS_IN_LIST: usize = 3;

/// Entries of a menu that stand elsewhere as well.
const ENTRIES_TWICE: usize = 4;

/// What stands where.
pub(super) struct Standing<'r, 't> {
    view: Rc<View<'r, 't>>,
    found: Vec<bool>,
    /// The first line names the site's own terms or policy.
    policy: bool,
    /// Level `safe`: only what is beyond doubt.
    strict: bool,
    distinct: OnceCell<usize>,
    labels: OnceCell<usize>,
    labels_inside: OnceCell<usize>,
    headings: OnceCell<usize>,
    text_bounds: OnceCell<(usize, usize)>,
    /// How often each line stands in the document.
    lines: OnceCell<HashMap<LineId, usize>>,
    scant: OnceCell<bool>,
    one_list: OnceCell<bool>,
    /// For each position the nearest before and behind that are no sentences
    /// that are found.
    around: OnceCell<Vec<(Option<usize>, Option<usize>)>>,
}

/// How a find stands to the sentences of the text.
struct Among {
    /// The lines before and after it are sentences of the text.
    between: bool,
    /// The one is, and on the other side the document ends.
    at_end: bool,
    /// One of them is.
    touches: bool,
}

impl<'r, 't> Standing<'r, 't> {
    /// `found` says which positions of `view` rules find, `policy` whether the
    /// first of them is the name of a policy, `strict` whether only what is beyond
    /// doubt goes.
    pub(super) fn new(
        view: Rc<View<'r, 't>>,
        found: Vec<bool>,
        policy: bool,
        strict: bool,
    ) -> Self {
        Self {
            view,
            found,
            policy,
            strict,
            distinct: OnceCell::new(),
            labels: OnceCell::new(),
            labels_inside: OnceCell::new(),
            headings: OnceCell::new(),
            text_bounds: OnceCell::new(),
            lines: OnceCell::new(),
            scant: OnceCell::new(),
            one_list: OnceCell::new(),
            around: OnceCell::new(),
        }
    }

    /// Why a line that a rule finds is one of the text's. `row` is how many
    /// different finds stand in a row with it.
    pub(super) fn of_line(
        &self,
        rule: &Rule,
        at: usize,
        row: impl Fn() -> usize,
    ) -> Option<Decline> {
        if !is_doubtful(rule) {
            return None;
        }
        let stays = self.is_title(at)
            || self.is_heading(at) && self.labels_near(at) < LABELS_NEAR
            || self.is_sentence(at) && self.is_of_text(rule, at)
            || self.is_scant() && !self.is_foot_or_head(&(at..at + 1), row())
            || self.is_one_list() && row() > 1;
        stays.then_some(("company", Found::Spared))
    }

    /// Whether a sentence that is found is one of the text's sentences.
    fn is_of_text(&self, rule: &Rule, at: usize) -> bool {
        let Among {
            between,
            at_end,
            touches,
        } = self.is_among_sentences(at);
        let is_formula = || rule.tags.iter().any(|tag| tag == TAG_OF_FORMULAS);
        between
            && (self.view.seen(at).words() >= LONG_SENTENCE
                || self.labels_inside() <= LABELS_ELSEWHERE)
            || self.labels() <= LABELS_ELSEWHERE
                && (self.policy || between || at_end && !is_formula())
            || self.strict && touches && !is_formula()
    }

    /// As [`of_line`](Self::of_line) of lines in a row.
    pub(super) fn of_run(
        &self,
        rule: &Rule,
        run: &Range<usize>,
        row: impl Fn() -> usize,
    ) -> Option<Decline> {
        if !is_doubtful(rule) {
            return None;
        }
        let stays = self.is_scant() && !self.is_foot_or_head(run, row());
        stays.then_some(("company", Found::Spared))
    }

    /// Why a line from which a rule takes all is one of the text's.
    pub(super) fn of_tail(&self, rule: &Rule, at: usize) -> Option<Decline> {
        let stays = rule.safety != Safety::Safe
            && (self.is_scant() || self.is_heading(at) && self.headings() >= HEADINGS);
        stays.then_some(("company", Found::Spared))
    }

    /// Whether sentences of the text stand above a position.
    pub(super) fn is_below_text(&self, at: usize) -> bool {
        self.text_bounds().0 < at
    }

    /// Whether entries of a row or menu stand elsewhere, too: sites print a menu
    /// for the desk and one for the pocket.
    pub(super) fn is_printed_twice(&self, place: &Range<usize>) -> bool {
        let same = |at: usize| self.view.seen(at).same();
        let lines = self.lines.get_or_init(|| {
            let mut lines = HashMap::new();
            for at in 0..self.found.len() {
                *lines.entry(same(at)).or_insert(0) += 1;
            }
            lines
        });
        let mut own = HashMap::new();
        for at in place.clone() {
            *own.entry(same(at)).or_insert(0) += 1;
        }
        let elsewhere = own.iter().filter(|(line, count)| lines[line] > **count);
        elsewhere.count() >= ENTRIES_TWICE
    }

    /// The first and the last position of a sentence of the text.
    fn text_bounds(&self) -> (usize, usize) {
        *self.text_bounds.get_or_init(|| {
            let is_text = |at: &usize| !self.found[*at] && is_prose(self.view.seen(*at));
            let all = 0..self.found.len();
            let first = all.clone().find(is_text).unwrap_or(self.found.len());
            (first, all.rev().find(is_text).unwrap_or(first))
        })
    }

    /// Whether all that is found is one row of words between two sentences, so
    /// that it may be the text's own list.
    pub(super) fn is_one_list(&self) -> bool {
        *self.one_list.get_or_init(|| {
            let finds: Vec<usize> = (0..self.found.len()).filter(|&at| self.found[at]).collect();
            let (Some(&first), Some(&last)) = (finds.first(), finds.last()) else {
                return false;
            };
            let is_text = |at: usize| self.view.seen(at).words() >= WRAPPED_WORDS;
            finds.len() >= LIST_FINDS
                && last + 1 - first <= finds.len() + STRANGERS_IN_LIST
                && first > 0
                && last + 1 < self.found.len()
                && is_text(first - 1)
                && is_text(last + 1)
        })
    }

    /// Whether a document of short lines has few finds: it was written so.
    pub(super) fn is_scant(&self) -> bool {
        *self.scant.get_or_init(|| {
            if self.distinct() >= SCANT_FINDS {
                return false;
            }
            let (long, all) = self.shape();
            let (part, whole) = PARAGRAPH_SHARE;
            long * whole < all * part
        })
    }

    /// How many different lines rules find.
    fn distinct(&self) -> usize {
        *self.distinct.get_or_init(|| self.different(|_| true))
    }

    /// How many different lines that are no sentences rules find.
    fn labels(&self) -> usize {
        *self
            .labels
            .get_or_init(|| self.different(|at| !self.is_sentence(at)))
    }

    /// How many different labels rules find between the first and the last
    /// sentence of the text. A menu above and a foot below say nothing of what
    /// stands between.
    fn labels_inside(&self) -> usize {
        *self.labels_inside.get_or_init(|| {
            let (first, last) = self.text_bounds();
            self.different(|at| (first..last).contains(&at) && !self.is_sentence(at))
        })
    }

    fn different(&self, counts: impl Fn(usize) -> bool) -> usize {
        self.labels_of((0..self.found.len()).filter(|&at| self.found[at] && counts(at)))
    }

    /// How many different labels some positions have.
    fn labels_of(&self, positions: impl Iterator<Item = usize>) -> usize {
        let mut keys: Vec<u64> = positions.map(|at| self.view.seen(at).key()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }

    /// Words in paragraphs, and in all sentences, of what no rule finds.
    fn shape(&self) -> (usize, usize) {
        let (mut long, mut all, mut own) = (0, 0, 0);
        for at in (0..self.view.len()).filter(|&at| !self.found[at]) {
            let line = self.view.seen(at);
            let count = line.words();
            own += count;
            let ends = ends_a_sentence(line);
            let goes_on =
                count >= WRAPPED_WORDS && !ends && self.is_adjacent(at + 1) && !self.found[at + 1];
            if goes_on {
                continue;
            }
            if own >= PARAGRAPH_WORDS {
                long += own;
            }
            if ends && own >= SENTENCE_WORDS || own >= PARAGRAPH_WORDS {
                all += own;
            }
            own = 0;
        }
        (long, all)
    }

    /// Whether the line at a position follows the one before it without a
    /// blank line.
    fn is_adjacent(&self, at: usize) -> bool {
        self.view.parted().get(at).is_some_and(|parted| !parted)
    }

    /// Whether nothing is found near the first line, which then is the title.
    fn is_title(&self, at: usize) -> bool {
        at == 0
            && self.view.len() > 1
            && !self.found[1..self.found.len().min(4)].contains(&true)
            && is_short(self.view.seen(0))
    }

    /// Whether a short line stands over a sentence, and a blank line over it;
    /// or is underlined.
    fn is_heading(&self, at: usize) -> bool {
        if !is_short(self.view.seen(at)) || !self.is_adjacent(at + 1) || self.found[at + 1] {
            return false;
        }
        let seen = self.view.seen(at + 1);
        let next = seen.text();
        let underlined = next.len() >= 3
            && (next.bytes().all(|byte| byte == b'-') || next.bytes().all(|byte| byte == b'='));
        underlined
            || !self.is_adjacent(at)
                && (is_prose(seen) || ends_a_sentence(seen) && seen.words() >= SENTENCE_WORDS)
    }

    /// How many different labels are found near one.
    fn labels_near(&self, at: usize) -> usize {
        let near = at.saturating_sub(NEAR)..self.found.len().min(at + NEAR + 1);
        self.labels_of(
            near.filter(|&near| near != at && self.found[near] && !self.is_sentence(near)),
        )
    }

    /// How many lines are headings by their place.
    fn headings(&self) -> usize {
        *self.headings.get_or_init(|| {
            (0..self.found.len())
                .filter(|&at| self.is_heading(at))
                .count()
        })
    }

    /// Whether a find is a sentence. "Vote now!" and "Who won?" are labels.
    fn is_sentence(&self, at: usize) -> bool {
        let seen = self.view.seen(at);
        let least = if seen.text().ends_with(['?', '!', '？', '！', '؟']) {
            HEADING_WORDS
        } else {
            LABEL_WORDS
        };
        ends_a_sentence(seen) && seen.words() > least
    }

    /// What the lines before and after a find are, other sentences that are
    /// found aside.
    fn is_among_sentences(&self, at: usize) -> Among {
        let around = self.around.get_or_init(|| self.around());
        let (before, after) = around[at];
        let is_text =
            |at: usize| !self.found[at] && is_prose(self.view.seen(at)) || self.is_heading(at);
        let text = (before.is_some_and(is_text), after.is_some_and(is_text));
        let between = text.0 && text.1;
        Among {
            between,
            at_end: text.0 && after.is_none() || text.1 && before.is_none(),
            touches: text.0 || text.1,
        }
    }

    fn around(&self) -> Vec<(Option<usize>, Option<usize>)> {
        let is_other = |at: usize| !(self.found[at] && self.is_sentence(at));
        let mut around = vec![(None, None); self.found.len()];
        let mut before = None;
        for (at, around) in around.iter_mut().enumerate() {
            around.0 = before;
            if is_other(at) {
                before = Some(at);
            }
        }
        let mut after = None;
        for (at, around) in around.iter_mut().enumerate().rev() {
            around.1 = after;
            if is_other(at) {
                after = Some(at);
            }
        }
        around
    }

    /// Whether some finds stand in a row of finds that is the foot or the head
    /// of the document.
    fn is_foot_or_head(&self, place: &Range<usize>, row: usize) -> bool {
        if row < ROW_AT_EDGE {
            return false;
        }
        let strangers = (place.end..self.found.len()).filter(|&at| !self.found[at]);
        let few = |most: usize| {
            let mut seen = strangers.clone().take(most + 1);
            seen.clone().count() <= most && !seen.any(|at| is_prose(self.view.seen(at)))
        };
        let parted = row >= ROW_WITHOUT_BLANK || !self.meets_sentences(place);
        parted && (few(STRANGERS_AT_FOOT) || !self.found[..place.start].contains(&false))
    }

    /// Whether no blank line parts the row of finds around a place from
    /// sentences of the text.
    fn meets_sentences(&self, place: &Range<usize>) -> bool {
        let meets = |at: usize| !self.found[at] && ends_a_sentence(self.view.seen(at));
        let mut at = place.start;
        while self.is_adjacent(at) {
            at -= 1;
            if meets(at) {
                return true;
            }
        }
        at = place.end;
        while self.is_adjacent(at) {
            if meets(at) {
                return true;
            }
            at += 1;
        }
        false
    }
}

/// Whether what a rule finds may be a line of a text.
fn is_doubtful(rule: &Rule) -> bool {
    rule.guard.company.is_some() || rule.guard.safe_row.is_some()
}

/// Whether a line may be a heading: a few words that end no statement.
fn is_short(line: Seen<'_>) -> bool {
    line.has(Trait::MayHead, |line| {
        let bare = line.plain();
        (1..=HEADING_WORDS).contains(&line.plain_words())
            && (!ends_sentence(bare) || bare.ends_with(['?', '？', '؟']))
    })
}
