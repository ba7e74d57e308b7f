//! What html2text writes around the parts of a page.

use html2text::render::{TaggedLine, TextDecorator};

/// What a piece of a rendered line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Piece {
    /// What stands around the parts.
    #[default]
    Prefix,
    /// The place of the part of this number.
    Part(usize),
}

/// What html2text puts before headings, quotations and items. The parts of the
/// page stand in its input as pictures, whose addresses are their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefixes;

impl TextDecorator for Prefixes {
    type Annotation = Piece;

    fn decorate_link_start(&mut self, _url: &str) -> (String, Piece) {
        (String::new(), Piece::Prefix)
    }

    fn decorate_link_end(&mut self) -> String {
        String::new()
    }

    fn decorate_em_start(&self) -> (String, Piece) {
        (String::new(), Piece::Prefix)
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, Piece) {
        (String::new(), Piece::Prefix)
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, Piece) {
        (String::new(), Piece::Prefix)
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, Piece) {
        (String::new(), Piece::Prefix)
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) -> Piece {
        Piece::Prefix
    }

    fn decorate_preformat_cont(&self) -> Piece {
        Piece::Prefix
    }

    fn decorate_image(&mut self, src: &str, _title: &str) -> (String, Piece) {
        let part = src.parse().map_or(Piece::Prefix, Piece::Part);
        // A word, so that there is something to stand somewhere.
        (src.to_owned(), part)
    }

    fn header_prefix(&self, level: usize) -> String {
        format!("{} ", "#".repeat(level))
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Self
    }

    fn finalise(&mut self, _urls: Vec<String>) -> Vec<TaggedLine<Piece>> {
        Vec::new()
    }
}
