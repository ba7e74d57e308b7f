//! Menus: rows of short lines, of which rules know so many that the others are
//! entries of the same menu.
//!
//! What stands in a menu is a site's own ("Allotments", "Rowing club"), so no
//! list of words can name all of it; but nobody writes half a dozen of "Home",
//! "About us", "Log in" and "Privacy policy" within ten lines of a text.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashSet},
    ops::Range,
};

use super::{company::is_prose, view::View};
use crate::rules::{
    Menu, folded, plain,
    words::{ends_sentence, words},
};

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
    /// Positions that rules about menus find.
    known: &'m [bool],
    /// Positions that stay.
    kept: &'m [bool],
    /// Words that are entries by themselves.
    vocabulary: &'m HashSet<String>,
    told: OnceCell<BTreeSet<String>>,
    /// Pairs of short lines that stand twice or more often.
    repeated: OnceCell<HashSet<(&'m str, &'m str)>>,
}

impl<'m, 'r, 't> Menus<'m, 'r, 't> {
    pub(super) fn new(
        view: &'m View<'r, 't>,
        known: &'m [bool],
        kept: &'m [bool],
        vocabulary: &'m HashSet<String>,
    ) -> Self {
        Self {
            view,
            known,
            kept,
            vocabulary,
            told: OnceCell::new(),
            repeated: OnceCell::new(),
        }
    }

    /// The menus that a rule asks for. Each begins and ends with a find.
    pub(super) fn find(&self, menu: &Menu) -> Vec<Range<usize>> {
        let mut menus = Vec::new();
        // A list of words is not for rules to judge.
        let is_text = |at: usize| !self.known[at] && is_prose(self.view.content(at));
        if !(0..self.known.len()).any(is_text) {
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
            let line = self.view.content(at);
            if self.kept.get(at).copied().unwrap_or(false) {
                break;
            }
            if !line.chars().any(char::is_alphabetic) {
                // Signs between entries, and counters; but not those of data.
                if digits(line) > MOST_DIGITS || line.contains(SIGNS_OF_DATA) {
                    break;
                }
                continue;
            }
            let again = self.is_repeated(at);
            if !self.is_entry(line, if again { usize::MAX } else { menu.told }) {
                break;
            }
            if again || is_link_of_site(line) {
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
        let pair = |at: usize| (self.view.content(at), self.view.content(at + 1));
        let last = self.known.len().saturating_sub(1);
        let repeated = self.repeated.get_or_init(|| {
            let mut seen = HashSet::new();
            (0..last)
                .map(pair)
                .filter(|(a, b)| a.len() + b.len() <= 2 * ENTRY_BYTES)
                .filter(|pair| !seen.insert(*pair))
                .collect()
        });
        let again = |at: usize| at < last && repeated.contains(&pair(at));
        again(at) || at > 0 && again(at - 1)
    }

    fn is_menu(&self, place: Range<usize>, entries: usize, menu: &Menu) -> bool {
        let known = place.clone().filter(|&at| self.is_known(at)).count();
        if known < menu.finds {
            return false;
        }
        let labels: BTreeSet<String> = place
            .filter(|&at| self.is_known(at))
            .map(|at| folded(&plain(self.view.content(at))))
            .filter(|label| !self.is_told(label))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "counts of lines")]
        let share = known as f64 / entries as f64;
        labels.len() >= menu.finds && share >= menu.share
    }

    fn is_known(&self, at: usize) -> bool {
        let line = self.view.content(at);
        if self.kept.get(at).copied().unwrap_or(false) || line.len() > LONGEST_ENTRY {
            return false;
        }
        let bare = plain(line);
        if is_prose(&bare) || links_inside(line) {
            return false;
        }
        self.known[at] || is_composed(&folded(&bare), self.vocabulary)
    }

    /// Whether the line before says that a list follows.
    fn is_introduced(&self, at: usize) -> bool {
        at > 0 && !self.known[at - 1] && {
            let line = self.view.content(at - 1);
            line.ends_with([':', '：']) && words(line) >= INTRODUCTION_WORDS
        }
    }

    /// Whether a line that no rule knows may be an entry: short, no sentence,
    /// no date, and not in the words of the document's text, as a headline is.
    fn is_entry(&self, line: &str, told: usize) -> bool {
        if line.len() > LONGEST_ENTRY || links_inside(line) {
            return false;
        }
        let bare = plain(line);
        bare.len() <= ENTRY_BYTES
            && words(&bare) <= ENTRY_WORDS
            && !ends_sentence(&bare)
            && !bare.contains(['@', '“', '"', '='])
            && !bare.ends_with(['…', ':', '：', ','])
            && digits(&bare) <= MOST_DIGITS
            && !bare.starts_with(|c: char| c.is_ascii_digit())
            && self.told(&folded(&bare)) < told
    }

    /// Whether the text speaks of a label.
    fn is_told(&self, label: &str) -> bool {
        self.told(label) > 0
    }

    /// Of a label's words, if the text has half of them or more, how many it has.
    fn told(&self, label: &str) -> usize {
        let told = self.told.get_or_init(|| self.told_words());
        let mut all = 0;
        let mut known = 0;
        for word in telling_words(label) {
            all += 1;
            known += usize::from(told.contains(word));
        }
        if known * 2 >= all { known } else { 0 }
    }

    fn told_words(&self) -> BTreeSet<String> {
        let mut told = BTreeSet::new();
        for at in (0..self.known.len()).filter(|&at| !self.known[at]) {
            let line = self.view.content(at);
            if is_prose(line) && !line.contains("](") {
                let line = folded(line);
                told.extend(telling_words(&line).map(str::to_owned));
            }
        }
        told
    }
}

/// A line that is one link to another page of the web, told by its address.
fn is_link_of_site(line: &str) -> bool {
    let linked = line
        .trim_start_matches(['*', '-', '+', ' ', '#'])
        .starts_with('[');
    linked && line.ends_with(')') && !links_inside(line)
}

/// Whether a line links to the document itself or to a file beside it, as the
/// contents of a manual do.
fn links_inside(line: &str) -> bool {
    line.split("](").skip(1).any(|address| {
        let away = ["/", "http", "//", "<http", "</", "javascript", ")"];
        !away.iter().any(|start| address.starts_with(start))
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

fn telling_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= TELLING_WORD)
}

fn digits(line: &str) -> usize {
    line.bytes().filter(u8::is_ascii_digit).count()
}
