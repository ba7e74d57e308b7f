//! Main content of an HTML page.
//!
//! ```text
//! source (linear, guards the parser) → tree → blocks → decision → text
//! ```

mod account;
mod attributes;
mod blocks;
mod classical;
mod decide;
mod features;
mod hints;
mod kinds;
mod markdown;
mod markup;
mod measure;
mod metadata;
mod model;
mod render;
mod source;
mod strip;
mod tags;
mod tree_rules;
mod walk;

use scraper::Html;

pub use self::account::STEPS;
use self::{
    blocks::{Hidden, How, Page},
    features::Says,
    metadata::Structured,
    source::Source,
    tree_rules::{TreeRule, TreeRules},
};
use crate::{Document, Flag, Flags, Format, Removal, RuleSet, clean::Level, rules::Safety};

/// How a page is turned into text.
#[derive(Clone, Debug)]
pub struct ExtractOptions {
    /// What is written: [`Format::Text`] or [`Format::Markdown`].
    pub to: Format,
    /// Which rules act on the page.
    pub level: Level,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self {
            to: Format::Text,
            level: Level::default(),
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
            removals: Vec::new(),
            flags: Flags::from([Flag::Fallback]),
        };
    }
    let structured = read_structured(html, &source);
    let tree = Html::parse_document(&source.html);
    let judge = Judge {
        rules: tree_rules(rules, options.level),
        says: metadata::says(&tree, &structured),
        to: options.to,
    };
    let mut best = judge.read(&tree, Hidden::Omitted);
    let metadata = metadata::metadata(&tree, &structured, best.page.headline());
    if best.kept < THIN {
        let all = judge.read(&tree, Hidden::Read);
        if all.kept > best.kept * RICHER {
            best = all;
        }
    }
    let mut removals = account::removals(&best.page, &best.keep);
    let mut text = judge.render(&best);
    let richer = (best.kept < THIN)
        .then(|| judge.elsewhere(candidates(html, &source, &structured), best.kept))
        .flatten();
    if let Some((other, taken)) = richer {
        text = other;
        removals = taken;
    } else {
        let parts = source.noscript.iter().map(|range| &html[range.clone()]);
        removals.extend(account::noscript(parts));
    }
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
    let mut document = Document::new(options.to, text);
    document.metadata = metadata;
    Extracted {
        document,
        removals,
        flags,
    }
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
fn tree_rules(rules: &RuleSet, level: Level) -> TreeRules<'_> {
    let applied = rules.html().filter(|(_, _, _, safety)| match safety {
        Safety::Safe => true,
        Safety::Unsafe => level == Level::Full,
        Safety::Report => false,
    });
    TreeRules::new(applied.map(|(code, selector, action, _)| TreeRule {
        code,
        selector,
        action,
    }))
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
    to: Format,
}

impl Judge<'_> {
    fn read<'a>(&self, tree: &'a Html, hidden: Hidden) -> Reading<'a> {
        let how = How {
            hidden,
            markup: self.to == Format::Markdown,
        };
        let page = Page::read(tree.root_element(), how, &self.rules);
        let keep = decide::decide(&page, self.says).keep;
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

    /// The content of the first of `candidates` that is richer than `kept`
    /// letters, and what was taken from that.
    fn elsewhere(
        &self,
        candidates: impl Iterator<Item = String>,
        kept: usize,
    ) -> Option<(String, Vec<Removal>)> {
        for candidate in candidates {
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
                let removals = account::removals(&reading.page, &reading.keep);
                return Some((self.render(&reading), removals));
            }
        }
        None
    }
}

/// Where the content of a page may be whose visible tree holds little: in
/// data that scripts would show, in markup for readers without scripts, in
/// structured data.
fn candidates(
    html: &str,
    source: &Source,
    structured: &Structured,
) -> impl Iterator<Item = String> {
    let preloaded = source
        .preloaded
        .clone()
        .and_then(|range| metadata::preloaded_posts(&html[range]));
    let noscript = (!source.noscript.is_empty()).then(|| {
        let parts = source.noscript.iter().map(|range| &html[range.clone()]);
        parts.collect::<Vec<_>>().join("\n")
    });
    // Mostly plain text, whose lines are paragraphs.
    let body = structured.body.as_ref().map(|body| {
        if body.contains("<p") {
            body.clone()
        } else {
            body.replace('\n', "<p>")
        }
    });
    [preloaded, noscript, body].into_iter().flatten()
}

/// Lists the blocks of a page with their scores, for a developer's eyes: a
/// line each with the label, the score, lengths, the way down and the text.
pub fn explain(html: &str, rules: &RuleSet) -> String {
    let source = source::prepare(html);
    let tree = Html::parse_document(&source.html);
    let says = metadata::says(&tree, &read_structured(html, &source));
    let rules = tree_rules(rules, Level::default());
    let page = Page::read(tree.root_element(), How::TEXT, &rules);
    let decision = decide::decide(&page, says);
    account::listing(&page, &decision)
}

/// The features of a page's blocks as tab-separated lines, for fitting: the
/// text's length in bytes and each feature, then the text. The first line
/// names the columns.
pub fn features(html: &str, rules: &RuleSet) -> String {
    let source = source::prepare(html);
    let tree = Html::parse_document(&source.html);
    let says = metadata::says(&tree, &read_structured(html, &source));
    let rules = tree_rules(rules, Level::default());
    let page = Page::read(tree.root_element(), How::TEXT, &rules);
    account::table(&page, &measure::Measured::new(&page, says).features())
}

#[cfg(test)]
mod tests;
