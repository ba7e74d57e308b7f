//! What can be measured of a block and of the elements around it.
//!
//! All features are neutral to language and script: lengths, shares, counts,
//! positions, kinds of elements. Classical scores (the ancestor scores of
//! readability) are features too. A score is computed from features alone, so
//! that another judge can take their place without touching the rest.

use super::hints::{self, Hints};
use crate::DocumentKind;

/// Declares the features once: as fields, as an array and by name.
macro_rules! features {
    ($($(#[$about:meta])* $name:ident,)*) => {
        /// The features of one block; flags are 0 or 1.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct Features {
            $($(#[$about])* pub $name: f32,)*
        }

        impl Features {
            /// Names, in the order of [`Features::values`].
            pub(super) const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The features as numbers.
            pub(super) fn values(&self) -> [f32; Self::NAMES.len()] {
                [$(self.$name),*]
            }
        }
    };
}

features! {
    /// Length in Latin letters.
    length,
    /// Share of the length that is inside links.
    links,
    /// Sentence and clause marks per 100 letters.
    punctuation,
    /// Sentence and clause marks.
    marks,
    /// Share of digits.
    digits,
    /// Line breaks.
    breaks,
    /// The text ends as a sentence does.
    sentence_end,
    /// Kind of the element.
    paragraph,
    heading,
    item,
    cell,
    preformatted,
    quote,
    caption,
    definition,
    /// The same of the blocks before and after.
    before_length,
    before_links,
    after_length,
    after_links,
    after_heading,
    /// Share of links among the letters of the seven blocks around.
    near_links,
    /// Mean length of the seven blocks around.
    near_length,
    /// Kinds of elements around.
    in_nav,
    in_footer,
    in_aside,
    in_header,
    in_form,
    in_article,
    in_main,
    in_list,
    in_table,
    /// Number of different negative hints around.
    against,
    hint_nav,
    hint_footer,
    hint_aside,
    hint_header,
    hint_share,
    hint_related,
    hint_comment,
    hint_ad,
    hint_meta,
    hint_promo,
    hint_tool,
    hint_content,
    hint_post,
    hint_user,
    hint_caption,
    hint_item,
    hint_legal,
    hint_review,
    hint_offer,
    hint_detail,
    hint_grid,
    /// The text names a price: digits beside a sign of a currency.
    money,
    /// Blocks since the last heading, its level, and its letters.
    since_heading,
    above_heading,
    /// Siblings alike of the element around that repeats most text, the text
    /// of all of them as a share of the page's, of one of them, and their
    /// shares of links, headings and prices a sibling.
    card_count,
    card_share,
    card_length,
    card_links,
    card_headings,
    card_money,
    card_images,
    /// Place of the block in its sibling, as a share of its letters.
    card_position,
    /// Elements around.
    depth,
    /// Share of the page's letters before the block.
    position,
    /// Stands before the page's main heading, or behind it; 0 without one.
    side_of_headline,
    /// Length of the nearest container, share of the page's letters in it,
    /// and its share of links.
    parent_length,
    parent_share,
    parent_links,
    /// Siblings of the element with its name and class.
    alike,
    /// The best ancestor score around as a share of the page's best.
    ancestor_score,
    /// Inside the element of the page's best ancestor score.
    in_best,
    /// Share of the best element's letters in the smallest element that holds
    /// both it and the block.
    best_density,
    /// The block is the page's main heading.
    is_headline,
    /// The same two measures over ten blocks before and behind.
    far_links,
    far_length,
    /// Letters of the container around the container, and its share of links.
    outer_share,
    outer_links,
    /// Letters between the block and the best element, as a share of the
    /// page's; negative before it, 0 inside.
    from_best,
    /// Levels below the best element.
    below_best,
    /// Blocks of the page with the same way down, by names and classes; their
    /// share of the page's letters, mean length, share of links and mean
    /// number of marks.
    group_count,
    group_share,
    group_length,
    group_links,
    group_marks,
    /// Blocks of the page with the same text.
    copies,
    /// Pictures in the block and before it, and near.
    images,
    near_images,
    /// Share of the block that the page's description has, too, and of its
    /// words that the title has.
    described,
    titled,
    /// Share of the page's letters in the smallest element that holds both the
    /// block and the one that is described best, or the main heading; 1
    /// without one.
    with_described,
    with_headline,
    /// Blocks since the main heading; negative above it, 0 without one.
    since_headline,
    /// What the page says of itself.
    page_article,
    page_product,
    page_list,
    page_forum,
    /// Share of the page's letters in what is named after comments, posts.
    page_comment_share,
    page_post_share,
    /// The page's letters, share of links, blocks, share of letters in the
    /// best element, and whether it is a discussion.
    page_length,
    page_links,
    page_blocks,
    page_best_share,
    page_discussion,
    /// Blocks that name a price, headings, headings of level 1, elements named
    /// `article`, as shares of the blocks; share of letters in long blocks
    /// without links.
    page_money,
    page_headings,
    page_headlines,
    page_articles,
    page_prose,
    page_long_blocks,
    page_items,
    /// The siblings alike that hold most of the page's letters.
    page_card_count,
    page_card_share,
    page_card_length,
    page_card_links,
    page_card_money,
    page_card_headings,
    page_card_images,
    /// Pictures a block, and the share of letters that the description has.
    page_images,
    page_described,
    /// Names of the page's elements.
    page_offers,
    page_reviews,
    page_grids,
    /// Products in the structured data.
    page_products,
    /// The page's address: known, levels, words and digits of the last level,
    /// names.
    address_known,
    address_depth,
    address_words,
    address_digits,
    address_item,
    address_grid,
    address_forum,
    /// How likely the page is of a kind, by its own model.
    kind_cards,
    kind_product,
}

/// What a page says of itself: a word of its metadata each.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Says {
    /// Products described in its structured data.
    pub products: usize,
    /// What its own address is like.
    pub address: Option<Address>,
    /// It is an article, a posting, a report.
    pub article: bool,
    /// It is a product.
    pub product: bool,
    /// It is a list or collection of pages or goods.
    pub list: bool,
    /// It is a discussion, a question with answers.
    pub discussion: bool,
}

impl Says {
    /// The kind of document that the page says it is. A page that says several
    /// things is the most particular of them: shops call their goods articles,
    /// and every site has lists.
    pub(super) fn kind(self) -> Option<DocumentKind> {
        [
            (self.discussion, DocumentKind::Forum),
            (self.product, DocumentKind::Product),
            (self.article, DocumentKind::Article),
            (self.list, DocumentKind::Listing),
        ]
        .into_iter()
        .find_map(|(says, kind)| says.then_some(kind))
    }
}

/// What the address of a page is like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Address {
    /// Levels of its path.
    pub depth: usize,
    /// Words of the last level.
    pub words: usize,
    /// Digits of the last level.
    pub digits: usize,
    /// What the names in its path hint at.
    pub hints: Hints,
}

impl Address {
    /// Reads an address, with or without a scheme.
    pub(super) fn read(address: &str) -> Self {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        let words = last.split(['-', '_', '.', '+']);
        Self {
            depth: path.split('/').filter(|level| !level.is_empty()).count(),
            words: words.filter(|word| !word.is_empty()).count(),
            digits: last.bytes().filter(u8::is_ascii_digit).count(),
            hints: hints::hints(path),
        }
    }
}
