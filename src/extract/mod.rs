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
    let rules = tree_rules(rules, options.level);
    let structured = read_structured(html, &source);
    let tree = Html::parse_document(&source.html);
    let says = metadata::says(&tree, &structured);
    let how = how(options);
    let mut best = Reading::of(&tree, how, &rules, says);
    let metadata = metadata::metadata(&tree, &structured, best.page.headline());
    if best.kept < THIN {
        let all = Reading::of(
            &tree,
            How {
                hidden: Hidden::Read,
                ..how
            },
            &rules,
            says,
        );
        if all.kept > best.kept * RICHER {
            best = all;
        }
    }
    let mut removals = account::removals(&best.page, &best.keep);
    let mut text = best.render(options);
    if best.kept < THIN
        && let Some((richer, taken)) =
            elsewhere(html, &source, &structured, says, &rules, options, best.kept)
    {
        text = richer;
        removals = taken;
    }
    let mut document = Document::new(options.to, text);
    document.metadata = metadata;
    Extracted {
        document,
        removals,
        flags: Flags::new(),
    }
}

/// How pages are read for the wanted output.
fn how(options: &ExtractOptions) -> How {
    How {
        hidden: Hidden::Omitted,
        markup: options.to == Format::Markdown,
    }
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

impl<'a> Reading<'a> {
    fn of(tree: &'a Html, how: How, rules: &TreeRules<'_>, says: Says) -> Self {
        let page = Page::read(tree.root_element(), how, rules);
        let keep = decide::decide(&page, says).keep;
        let kept = page
            .blocks
            .iter()
            .zip(&keep)
            .filter(|(_, keep)| **keep)
            .map(|(block, _)| block.length)
            .sum();
        Self { page, keep, kept }
    }

    fn render(&self, options: &ExtractOptions) -> String {
        match options.to {
            Format::Markdown => markdown::markdown(&self.page, &self.keep),
            Format::Text | Format::Html => render::text(&self.page, &self.keep),
        }
    }
}

/// The content of a page whose visible tree holds little: from markup for
/// readers without scripts, from data that scripts would show, or from
/// structured data, whichever is first to be richer than `kept` letters.
fn elsewhere(
    html: &str,
    source: &Source,
    structured: &Structured,
    says: Says,
    rules: &TreeRules<'_>,
    options: &ExtractOptions,
    kept: usize,
) -> Option<(String, Vec<Removal>)> {
    let preloaded = source
        .preloaded
        .clone()
        .and_then(|range| metadata::preloaded_posts(&html[range]));
    let noscript = (!source.noscript.is_empty()).then(|| {
        let parts = source.noscript.iter().map(|range| &html[range.clone()]);
        parts.collect::<Vec<_>>().join("\n")
    });
    let candidates = [preloaded, noscript, structured.body.clone()];
    for candidate in candidates.into_iter().flatten() {
        if candidate.len() < kept * RICHER {
            continue;
        }
        let inner = source::prepare(&candidate);
        if inner.too_large {
            continue;
        }
        let tree = Html::parse_document(&inner.html);
        let reading = Reading::of(&tree, how(options), rules, says);
        if reading.kept > (kept * RICHER).max(THIN) {
            let removals = account::removals(&reading.page, &reading.keep);
            return Some((reading.render(options), removals));
        }
    }
    None
}

/// Lists the blocks of a page with their scores, for a developer's eyes: a
/// line each with the label, the score, lengths, the way down and the text.
pub fn explain(html: &str, rules: &RuleSet) -> String {
    let source = source::prepare(html);
    let tree = Html::parse_document(&source.html);
    let says = metadata::says(&tree, &read_structured(html, &source));
    let page = Page::read(
        tree.root_element(),
        how(&ExtractOptions::default()),
        &tree_rules(rules, Level::default()),
    );
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
    let page = Page::read(
        tree.root_element(),
        how(&ExtractOptions::default()),
        &tree_rules(rules, Level::default()),
    );
    account::table(&page, &measure::Measured::new(&page, says).features())
}

#[cfg(test)]
mod tests;
