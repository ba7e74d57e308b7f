//! Menus: rows of short lines, of which rules know so many that the others are
//! entries of the same menu.
//!
//! What stands in a menu is a site's own ("Allotments", "Rowing club"), so no
//! list of words can name all of it; but nobody writes half a dozen of "Home",
//! "About us", "Log in" and "Privacy policy" within ten lines of a text.

use std::{cell::OnceCell, collections::HashSet, ops::Range, sync::Arc};

use super::{
    company::{has_letters, is_prose, reads_as_prose, repeated},
    memory::{Seen, Trait, WordSet, spread},
    view::View,
};
use crate::rules::{Menu, words::ends_sentence};

/// Longer lines are no entries: the longest are headlines.
const ENTRY_WORDS: usize = 5;
const ENTRY_BYTES: usize = 80;
/// With the address of its link.
const LONGEST_ENTRY: usize = 400;
/// Words of a sentence that introduces a list.
const INTRODUCTION_WORDS: usize = 3;
/// Letters of a word that is told from its neighbours; shorter ones are
/// articles and prepositions.
const TELLING_WORD: usize = 4;
/// Words of an entry that is made of entries.
const MOST_PARTS: usize = 4;
/// What joins them.
const JOINTS: [&str; 14] = [
    "&", "and", "und", "et", "y", "e", "en", "och", "og", "ja", "i", "и", "ve", "و",
];
/// Signs that stand alone on lines where data was torn into its tokens.
const SIGNS_OF_DATA: [char; 10] = ['"', '\'', '{', '}', '[', ']', ':', ',', ';', '='];
/// Digits of a year, a time or a price: dates and bylines are no entries.
const MOST_DIGITS: usize = 3;

/// Rows of short lines among finds.
pub(super) struct Menus<'m, 'r, 't> {
    view: &'m View<'r, 't>,
    /// Positions that rules about menus find, and those of them, and others made
    /// of their words, that may be entries.
    known: &'m [bool],
    entries: Vec<bool>,
    /// Positions that any rule finds.
    found: &'m [bool],
    /// Whether a position stays.
    stays: &'m dyn Fn(usize) -> bool,
    /// Words that are entries by themselves.
    vocabulary: &'m HashSet<String>,
    told: OnceCell<Arc<WordSet>>,
    /// Headings of sections.
    sections: OnceCell<HashSet<&'m str>>,
}

impl<'m, 'r, 't> Menus<'m, 'r, 't> {
    pub(super) fn new(
        view: &'m View<'r, 't>,
        known: &'m [bool],
        found: &'m [bool],
        stays: &'m dyn Fn(usize) -> bool,
        vocabulary: &'m HashSet<String>,
    ) -> Self {
        let mut menus = Self {
            view,
            known,
            entries: Vec::new(),
            found,
            stays,
            vocabulary,
            told: OnceCell::new(),
            sections: OnceCell::new(),
        };
        menus.entries = (0..known.len()).map(|at| menus.may_be_entry(at)).collect();
        menus
    }

    /// The menus that a rule asks for. Each begins and ends with a find.
    pub(super) fn find(&self, menu: &Menu) -> Vec<Range<usize>> {
        let mut menus = Vec::new();
        // A list of words is not for rules to judge.
        if !(0..self.known.len()).any(|at| self.is_text(at)) || !self.may_be(menu) {
            return menus;
        }
        let mut at = 0;
        while at < self.known.len() {
            if !self.is_known(at) {
                at += 1;
                continue;
            }
            let (end, entries) = self.reach(at, menu);
            if !self.is_introduced(at) && self.is_menu(at..end, entries, menu) {
                menus.push(at..end);
            }
            at = end;
        }
        menus
    }

    /// Whether so many finds as a menu has stand between two lines that are no
    /// entries whatever stands around them.
    fn may_be(&self, menu: &Menu) -> bool {
        let mut finds = 0;
        (0..self.known.len()).any(|at| {
            let seen = self.view.seen(at);
            if self.is_known(at) {
                finds += 1;
            } else if has_letters(seen) && !seen.has(Trait::Entry, looks_like_entry) {
                finds = 0;
            }
            finds >= menu.finds
        })
    }

    /// Whether a line is a sentence or a paragraph that no rule finds.
    fn is_text(&self, at: usize) -> bool {
        !self.known[at] && !self.found[at] && is_prose(self.view.seen(at))
    }

    /// Whether a line is a heading over text.
    fn heads_text(&self, at: usize) -> bool {
        self.view.content(at).starts_with('#') && at + 1 < self.known.len() && self.is_text(at + 1)
    }

    /// Whether a line is the name of a section of the document, as an entry of
    /// its table of contents is.
    fn names_section(&self, line: Seen<'_>) -> bool {
        if line.text().starts_with('#') {
            return false;
        }
        let sections = self.sections.get_or_init(|| {
            let is_heading = |at: &usize| self.view.content(*at).starts_with('#');
            let headings = (0..self.known.len()).filter(is_heading);
            headings.map(|at| self.view.seen(at).label()).collect()
        });
        sections.contains(line.label())
    }

    /// How far a menu that begins at a find goes, and how many entries it has.
    fn reach(&self, start: usize, menu: &Menu) -> (usize, usize) {
        let mut end = start + 1;
        let mut entries = 1;
        let mut unknown = 0;
        for at in start + 1..self.known.len() {
            if self.is_known(at) {
                entries += unknown + 1;
                unknown = 0;
                end = at + 1;
                continue;
            }
            let seen = self.view.seen(at);
            let line = seen.text();
            if (self.stays)(at) || self.heads_text(at) {
                break;
            }
            if !has_letters(seen) {
                // Signs between entries, and counters; but not those of data.
                if digits(line) > MOST_DIGITS || line.contains(SIGNS_OF_DATA) {
                    break;
                }
                continue;
            }
            let again = self.is_repeated(at);
            if !self.is_entry(seen, if again { usize::MAX } else { menu.told }) {
                break;
            }
            if again || seen.has(Trait::LinkOfSite, is_link_of_site) {
                continue;
            }
            unknown += 1;
            if unknown > menu.gap {
                break;
            }
        }
        (end, entries)
    }

    /// Whether a line stands elsewhere with the same line after or before it:
    /// sites print a menu for the desk and one for the pocket. A headline is
    /// repeated too, but not with its neighbours.
    fn is_repeated(&self, at: usize) -> bool {
        let same = |at: usize| u64::from(self.view.seen(at).same());
        let pair = |at: usize| spread(same(at) << 32 | same(at + 1));
        let last = self.known.len().saturating_sub(1);
        let pairs = || {
            let length = |at: usize| self.view.content(at).len();
            let is_short = |at: &usize| length(*at) + length(at + 1) <= 2 * ENTRY_BYTES;
            repeated((0..last).filter(is_short).map(pair).collect())
        };
        let again = |at: usize| at < last && self.view.is_repeated(pair(at), pairs);
        again(at) || at > 0 && again(at - 1)
    }

    fn is_menu(&self, place: Range<usize>, entries: usize, menu: &Menu) -> bool {
        let known = place.clone().filter(|&at| self.is_known(at)).count();
        if known < menu.finds {
            return false;
        }
        let mut labels: Vec<u64> = place
            .filter(|&at| self.is_known(at))
            .map(|at| self.view.seen(at))
            .filter(|line| !self.is_told(*line))
            .map(Seen::key)
            .collect();
        labels.sort_unstable();
        labels.dedup();
        #[expect(clippy::cast_precision_loss, reason = "counts of lines")]
        let share = known as f64 / entries as f64;
        labels.len() >= menu.finds && share >= menu.share
    }

    fn is_known(&self, at: usize) -> bool {
        self.entries[at]
    }

    fn may_be_entry(&self, at: usize) -> bool {
        let seen = self.view.seen(at);
        let is_composed = |seen: Seen<'_>| is_composed(seen.label(), self.vocabulary);
        (self.known[at] || seen.has(Trait::Composed, is_composed))
            && !(self.stays)(at)
            && !self.names_section(seen)
            && seen.has(Trait::MayBeKnown, may_be_known)
            && !self.heads_text(at)
    }

    /// Whether the line before says that a list follows.
    fn is_introduced(&self, at: usize) -> bool {
        at > 0 && !self.known[at - 1] && {
            let seen = self.view.seen(at - 1);
            seen.text().ends_with([':', '：']) && seen.words() >= INTRODUCTION_WORDS
        }
    }

    /// Whether a line that no rule knows may be an entry: short, no sentence,
    /// no date, and not in the words of the document's text, as a headline is.
    fn is_entry(&self, line: Seen<'_>, told: usize) -> bool {
        line.has(Trait::Entry, looks_like_entry) && (told == usize::MAX || self.told(line) < told)
    }

    /// Whether the text speaks of a label.
    fn is_told(&self, line: Seen<'_>) -> bool {
        self.told(line) > 0
    }

    /// Of a label's words, if the text has half of them or more, how many it has.
    fn told(&self, line: Seen<'_>) -> usize {
        let told = self.told.get_or_init(|| self.told_words());
        let mut all = 0;
        let mut known = 0;
        line.with_label_words(TELLING_WORD, |words| {
            all = words.len();
            known = words.iter().filter(|word| told.contains(*word)).count();
        });
        if known * 2 >= all { known } else { 0 }
    }

    fn told_words(&self) -> Arc<WordSet> {
        let tells = |line: &Seen<'_>| is_prose(*line) && !line.has(Trait::Linked, has_links);
        let lines: Vec<Seen<'_>> = (0..self.known.len())
            .filter(|&at| !self.known[at])
            .map(|at| self.view.seen(at))
            .filter(tells)
            .collect();
        let mut spoken = self.view.spoken().borrow_mut();
        spoken.words(&lines, TELLING_WORD)
    }
}

fn has_links(seen: Seen<'_>) -> bool {
    seen.text().contains("](")
}

/// Whether a line may be an entry if rules know it.
fn may_be_known(seen: Seen<'_>) -> bool {
    let line = seen.text();
    let is_prose = || reads_as_prose(seen.plain_words(), || ends_sentence(seen.plain()));
    line.len() <= LONGEST_ENTRY && !is_prose() && !links_inside(seen)
}

/// Whether a line looks like an entry, whatever the text speaks of.
fn looks_like_entry(seen: Seen<'_>) -> bool {
    let (line, bare) = (seen.text(), seen.plain());
    line.len() <= LONGEST_ENTRY
        && bare.len() <= ENTRY_BYTES
        && seen.plain_words() <= ENTRY_WORDS
        && !ends_sentence(bare)
        && !bare.contains(['@', '“', '"', '='])
        && !bare.ends_with(['…', ':', '：', ','])
        && digits(bare) <= MOST_DIGITS
        && !bare.starts_with(|c: char| c.is_ascii_digit())
        && !links_inside(seen)
}

/// A line that is one link to another page of the web, told by its address.
fn is_link_of_site(seen: Seen<'_>) -> bool {
    let line = seen.text();
    let linked = line
        .trim_start_matches(['*', '-', '+', ' ', '#'])
        .starts_with('[');
    linked && line.ends_with(')') && !links_inside(seen)
}

/// Whether a line links to the document itself or to a file beside it, as the
/// contents of a manual do.
pub(super) fn links_inside(seen: Seen<'_>) -> bool {
    seen.has(Trait::LinksInside, |seen| {
        seen.text().split("](").skip(1).any(|address| {
            let away = ["/", "http", "//", "<http", "</", "javascript", ")"];
            !away.iter().any(|start| address.starts_with(start))
        })
    })
}

/// "Business news", "Travel & tips": every word of it is an entry by itself.
fn is_composed(label: &str, vocabulary: &HashSet<String>) -> bool {
    let mut parts = 0;
    let mut words = label
        .split([' ', '/', '+', '|', '·', ','])
        .filter(|word| !word.is_empty() && !JOINTS.contains(word));
    let all = words.all(|word| {
        parts += 1;
        vocabulary.contains(word)
    });
    all && (2..=MOST_PARTS).contains(&parts)
}

fn digits(line: &str) -> usize {
    line.bytes().filter(u8::is_ascii_digit).count()
}
