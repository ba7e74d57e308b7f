//! Main content of an HTML page.
//!
//! ```text
//! source (linear, guards the parser) → tree → blocks → decision → text
//! ```

mod account;
mod attributes;
mod blocks;
mod classical;
mod code;
mod complete;
mod decide;
mod escape;
mod features;
mod hints;
mod inline;
mod kinds;
mod markdown;
mod markup;
mod measure;
mod metadata;
mod model;
mod numbers;
mod prefixes;
mod raised;
mod render;
mod repeats;
mod source;
mod strip;
mod table;
mod tags;
mod told;
mod tree_rules;
mod twice;
mod walk;

use scraper::Html;

pub use self::account::STEPS;
use self::{
    blocks::{Hidden, How, Page},
    features::Says,
    metadata::{Declared, Structured},
    source::Source,
    told::Told,
    tree_rules::{TreeRule, TreeRules},
};
use crate::{
    Document, Flag, Flags, Format, Origin, Removal, RuleSet,
    clean::Level,
    rules::{Safety, words},
};

/// How a page is turned into text.
#[derive(Clone, Debug)]
pub struct ExtractOptions {
    /// What is written: [`Format::Text`] or [`Format::Markdown`]. A page is not
    /// written as a page: [`Format::Html`] counts as text.
    pub to: Format,
    /// Which rules act on the page.
    pub level: Level,
    /// Whether the [pipeline](crate::pipeline) writes what is known about a
    /// page before its text, as YAML.
    pub front_matter: bool,
    /// Where the page is from, for rules that are for some sites or files.
    pub origin: Origin,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self {
            to: Format::Text,
            level: Level::default(),
            front_matter: false,
            origin: Origin::default(),
        }
    }
}

/// A page after extraction.
#[derive(Clone, Debug)]
pub struct Extracted {
    /// The main content.
    pub document: Document,
    /// What was taken.
    pub removals: Vec<Removal>,
    /// What the document's reader should know.
    pub flags: Flags,
}

/// A kept text below this length, in Latin letters, is thin: the page is read
/// in other ways too. Shortest articles of the development data have 200.
const THIN: usize = 250;

/// How much longer another reading of a thin page must be to be preferred.
const RICHER: usize = 2;

/// The main content of the page `html`.
///
/// A page that would hurt the parser is not parsed: its whole text is taken
/// and [`Flag::Fallback`] says so.
pub fn extract(html: &str, rules: &RuleSet, options: &ExtractOptions) -> Extracted {
    let source = source::prepare(html);
    if source.too_large {
        return Extracted {
            document: Document::new(Format::Text, strip::strip(&source.html)),
            removals: account::noscript_as_one(noscript(html, &source))
                .into_iter()
                .collect(),
            flags: Flags::from([Flag::Fallback]),
        };
    }
    let structured = read_structured(html, &source);
    let tree = Html::parse_document(&source.html);
    let declared = Declared::read(&tree);
    let told = metadata::told(&declared, &structured);
    let judge = Judge {
        rules: tree_rules(rules, options.level, &options.origin),
        says: metadata::says(&declared, &structured),
        told: &told,
        to: match options.to {
            Format::Html => Format::Text,
            written => written,
        },
    };
    let mut best = judge.read(&tree, Hidden::Omitted);
    let headline = best.page.headline();
    let structured = structured.of_page(&declared, headline);
    let mut metadata = metadata::metadata(&declared, &structured, headline);
    metadata.kind = judge.says.kind();
    if best.kept < THIN {
        let all = judge.read(&tree, Hidden::Read);
        if all.kept > best.kept * RICHER {
            best = all;
        }
    }
    let elsewhere = (best.kept < THIN)
        .then(|| judge.elsewhere(candidates(html, &source, &structured), best.kept))
        .flatten();
    let from_noscript = elsewhere
        .as_ref()
        .is_some_and(|found| found.place == Place::Noscript);
    let (mut text, mut removals) = judge.joined(best, elsewhere);
    let mut flags = Flags::new();
    if text.trim().is_empty() {
        // Nothing looks like content. Nobody can tell an empty answer from a
        // wrong one, so the reader gets all there is.
        if let Some((whole, taken)) = whole_text(&tree, &judge) {
            text = whole;
            removals = taken;
            flags.insert(Flag::Fallback);
        }
    }
    if !from_noscript {
        removals.extend(account::noscript(noscript(html, &source)));
    }
    removals.extend(account::drawings(&source.drawings));
    let mut document = Document::new(judge.to, text);
    document.metadata = metadata;
    Extracted {
        document,
        removals,
        flags,
    }
}

/// The contents of the page's `noscript` elements.
fn noscript<'h>(html: &'h str, source: &Source) -> impl Iterator<Item = &'h str> {
    source.noscript.iter().map(|range| &html[range.clone()])
}

/// All text of a page, whatever the rules say: what is shown, or, if nothing
/// is, what is hidden.
fn whole_text(tree: &Html, judge: &Judge<'_>) -> Option<(String, Vec<Removal>)> {
    let judge = Judge {
        rules: TreeRules::default(),
        ..*judge
    };
    [Hidden::Omitted, Hidden::Read]
        .into_iter()
        .find_map(|hidden| {
            let mut reading = judge.read(tree, hidden);
            reading.keep.fill(true);
            let text = judge.render(&reading);
            let removals = account::removals(&reading.page, &reading.keep);
            (!text.trim().is_empty()).then_some((text, removals))
        })
}

fn read_structured(html: &str, source: &Source) -> Structured {
    Structured::read(source.json_ld.iter().map(|range| &html[range.clone()]))
}

/// The rules that act on the tree at `level`.
fn tree_rules<'r>(rules: &'r RuleSet, level: Level, origin: &Origin) -> TreeRules<'r> {
    let applied = rules
        .html_rules(origin)
        .filter(|(_, rule, _)| match rule.safety {
            Safety::Safe => true,
            Safety::Unsafe => level == Level::Full,
            Safety::Report => false,
        })
        .map(|(number, rule, selector)| {
            let rule = TreeRule {
                code: rule.code.clone(),
                selector,
                action: rule.action,
            };
            (number, rule)
        });
    TreeRules::new(rules.filed(), applied)
}

/// One way to read a page, with the decision about it.
struct Reading<'a> {
    page: Page<'a>,
    keep: Vec<bool>,
    /// Length of what is kept, in Latin letters.
    kept: usize,
}

/// What every reading of a page needs.
struct Judge<'r> {
    rules: TreeRules<'r>,
    says: Says,
    told: &'r Told,
    to: Format,
}

impl Judge<'_> {
    fn read<'a>(&self, tree: &'a Html, hidden: Hidden) -> Reading<'a> {
        let how = How {
            hidden,
            markup: self.to == Format::Markdown,
        };
        let page = Page::read(tree.root_element(), how, &self.rules);
        let keep = decide::decide(&page, self.says, self.told).keep;
        let kept = page
            .blocks
            .iter()
            .zip(&keep)
            .filter(|(_, keep)| **keep)
            .map(|(block, _)| block.length)
            .sum();
        Reading { page, keep, kept }
    }

    fn render(&self, reading: &Reading<'_>) -> String {
        match self.to {
            Format::Markdown => markdown::markdown(&reading.page, &reading.keep),
            Format::Text | Format::Html => render::text(&reading.page, &reading.keep),
        }
    }

    /// What was kept of the page and what was found elsewhere as one text, with
    /// what was taken of both. What the page shows gives way to a text that says
    /// it, too, or if it only holds the place: else it stays, however little it
    /// is, before the other.
    fn joined(
        &self,
        mut shown: Reading<'_>,
        elsewhere: Option<Elsewhere>,
    ) -> (String, Vec<Removal>) {
        let mut text = self.render(&shown);
        let Some(found) = elsewhere else {
            return (text, account::removals(&shown.page, &shown.keep));
        };
        if holds_a_place(&text) || says_again(&text, &found.text) {
            shown.keep.fill(false);
            text.clear();
        } else {
            text.push('\n');
        }
        let mut removals = account::removals(&shown.page, &shown.keep);
        removals.extend(found.removals);
        (text + &found.text, removals)
    }

    /// The content of the first of `candidates` that is richer than `kept`
    /// letters.
    fn elsewhere(
        &self,
        candidates: impl Iterator<Item = (Place, String)>,
        kept: usize,
    ) -> Option<Elsewhere> {
        for (place, candidate) in candidates {
            if candidate.len() < kept * RICHER {
                continue;
            }
            let inner = source::prepare(&candidate);
            if inner.too_large {
                continue;
            }
            let tree = Html::parse_document(&inner.html);
            let reading = self.read(&tree, Hidden::Omitted);
            if reading.kept > (kept * RICHER).max(THIN) {
                let mut removals = account::removals(&reading.page, &reading.keep);
                removals.extend(account::noscript(noscript(&candidate, &inner)));
                return Some(Elsewhere {
                    place,
                    text: self.render(&reading),
                    removals,
                });
            }
        }
        None
    }
}

/// Whether `text` only stands where a script will put the content: "Loading the
/// page" and the like.
fn holds_a_place(text: &str) -> bool {
    /// Words of the longest such text; a notice of as few is a sentence.
    const WORDS: usize = 5;
    words::words(text) <= WORDS && !words::ends_sentence(text.trim_end())
}

/// Whether `other` says most of what `text` does.
fn says_again(text: &str, other: &str) -> bool {
    /// The share of its runs of words; punctuation and marks around words do
    /// not count.
    const MOST: f32 = 0.5;
    let told = Told::new(std::iter::empty(), [other].into_iter());
    told.described(text).is_none_or(|share| share >= MOST)
}

/// Where else the content of a page may be whose visible tree holds little.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In data that scripts would show.
    Preloaded,
    /// In markup for readers without scripts.
    Noscript,
    /// In structured data.
    Structured,
}

/// Content that was found elsewhere than in the visible tree.
struct Elsewhere {
    place: Place,
    text: String,
    /// What was taken from the place, not from the page.
    removals: Vec<Removal>,
}

/// What may hold the content of a page whose visible tree holds little.
fn candidates(
    html: &str,
    source: &Source,
    structured: &Structured,
) -> impl Iterator<Item = (Place, String)> {
    let preloaded = source
        .preloaded
        .clone()
        .and_then(|range| metadata::preloaded_posts(&html[range]));
    let noscript = (!source.noscript.is_empty())
        .then(|| noscript(html, source).collect::<Vec<_>>().join("\n"));
    // Mostly plain text, whose lines are paragraphs.
    let body = structured.body.as_ref().map(|body| {
        if body.contains("<p") {
            body.clone()
        } else {
            body.replace('\n', "<p>")
        }
    });
    [
        (Place::Preloaded, preloaded),
        (Place::Noscript, noscript),
        (Place::Structured, body),
    ]
    .into_iter()
    .filter_map(|(place, candidate)| Some((place, candidate?)))
}

/// What [`explain`] and [`features`] say of a page that is not parsed.
const NOT_PARSED: &str = "too large to be parsed: the text of the page is taken whole\n";

/// Lists the blocks of a page with their scores, for a developer's eyes: a
/// line each with the label, the score, lengths, the way down and the text.
/// Of a page that would hurt the parser it says so in one line. The page is
/// read as [`extract`] with these options reads it first.
pub fn explain(html: &str, rules: &RuleSet, options: &ExtractOptions) -> String {
    shown(html, rules, options, |page, says, told| {
        account::listing(page, &decide::decide(page, says, told))
    })
}

/// The features of a page's blocks as tab-separated lines, for fitting: each
/// feature, the classical score, the elements around by number, the text. The
/// first line names the columns. Of a page that would hurt the parser it says so
/// in one line.
#[doc(hidden)]
pub fn features(html: &str, rules: &RuleSet, options: &ExtractOptions) -> String {
    shown(html, rules, options, |page, says, told| {
        let mut features = measure::Measured::new(page, says, told).features();
        model::Model::builtin().tell_kind(&mut features);
        account::table(page, &features)
    })
}

/// What `show` makes of the blocks of a page.
fn shown(
    html: &str,
    rules: &RuleSet,
    options: &ExtractOptions,
    show: impl FnOnce(&Page<'_>, Says, &Told) -> String,
) -> String {
    let source = source::prepare(html);
    if source.too_large {
        return NOT_PARSED.to_owned();
    }
    let tree = Html::parse_document(&source.html);
    let (structured, declared) = (read_structured(html, &source), Declared::read(&tree));
    let rules = tree_rules(rules, options.level, &options.origin);
    let page = Page::read(tree.root_element(), How::TEXT, &rules);
    let says = metadata::says(&declared, &structured);
    show(&page, says, &metadata::told(&declared, &structured))
}

#[cfg(test)]
mod promises;
#[cfg(test)]
mod tests;
