//! Main content of an HTML page.
//!
//! ```text
//! source (linear, guards the parser) → tree → blocks → decision → text
//! ```

mod blocks;
mod decide;
mod hints;
mod render;
mod source;
mod tags;

use scraper::Html;

use self::blocks::{Hidden, Page};
use crate::{Document, Flags, Format, Removal, RuleSet};

/// How a page is turned into text.
#[derive(Clone, Debug)]
pub struct ExtractOptions {
    /// What is written: [`Format::Text`] or [`Format::Markdown`].
    pub to: Format,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self { to: Format::Text }
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

/// The main content of the page `html`.
pub fn extract(html: &str, _rules: &RuleSet, _options: &ExtractOptions) -> Extracted {
    let source = source::prepare(html);
    let tree = Html::parse_document(&source.html);
    let page = Page::read(tree.root_element(), Hidden::Omitted);
    let decision = decide::decide(&page);
    Extracted {
        document: Document::new(Format::Text, render::text(&page, &decision.keep)),
        removals: Vec::new(),
        flags: Flags::new(),
    }
}

/// Lists the blocks of a page with their scores, for a developer's eyes.
pub fn explain(html: &str) -> String {
    use std::fmt::Write as _;
    let source = source::prepare(html);
    let tree = Html::parse_document(&source.html);
    let page = Page::read(tree.root_element(), Hidden::Omitted);
    let decision = decide::decide(&page);
    let mut out = String::new();
    for (index, block) in page.blocks.iter().enumerate() {
        let mut path = Vec::new();
        let mut at = block.element;
        while at > 1 && path.len() < 7 {
            let element = &page.elements[at];
            path.push(format!(
                "{}.{}",
                element.node.value().name(),
                element
                    .class
                    .split_whitespace()
                    .take(2)
                    .collect::<Vec<_>>()
                    .join(".")
            ));
            at = element.parent;
        }
        path.reverse();
        let text: String = page.text_of(block).chars().take(70).collect();
        let _ = writeln!(
            out,
            "{} {:6.2} len {:4} link {:4} | {} | {}",
            if decision.keep[index] { "+" } else { "-" },
            decision.scores[index],
            block.length,
            block.link_length,
            path.join(">"),
            text.replace('\n', "\\n")
        );
    }
    out
}
