//! What all blocks of a page have in common: sums over the whole page.

use super::{Measured, flag, names_price, number, share};
use crate::extract::{
    blocks::Page,
    features::Features,
    hints::{self, Hints},
    kinds::Kind,
};

impl Measured<'_, '_> {
    /// What all blocks of the page have in common.
    pub(super) fn page(&self) -> Features {
        let total = self.total();
        let count = self.page.blocks.len();
        let mut features = Features {
            page_article: flag(self.says.article),
            page_product: flag(self.says.product),
            page_list: flag(self.says.list),
            page_forum: self.named(hints::FORUM),
            page_comment_share: self.share_named(hints::COMMENT),
            page_post_share: self.share_named(hints::POST),
            page_length: number(total),
            page_links: share(self.link_lengths[count], total),
            page_blocks: number(count),
            page_best_share: share(self.length(self.best), total),
            page_discussion: flag(self.discussion),
            page_products: number(self.says.products),
            ..Features::default()
        };
        features.page_offers = self.named(hints::OFFER);
        features.page_reviews = self.named(hints::REVIEW);
        features.page_grids = self.named(hints::GRID);
        features.page_items = self.named(hints::ITEM);
        let articles = self.page.elements.iter().map(|element| element.kind);
        features.page_articles = number(articles.filter(|kind| *kind == Kind::Article).count());
        self.page_blocks(&mut features);
        if let Some(cards) = self.repeats.largest() {
            features.page_card_count = number(cards.count);
            features.page_card_share = share(cards.length, total);
            features.page_card_length = share(cards.length, cards.count);
            features.page_card_links = share(cards.link_length, cards.length);
            features.page_card_money = share(cards.prices, cards.count);
            features.page_card_headings = share(cards.headings, cards.count);
            features.page_card_images = share(cards.images, cards.count);
        }
        if let Some(address) = self.says.address {
            features.address_known = 1.0;
            features.address_depth = number(address.depth);
            features.address_words = number(address.words);
            features.address_digits = number(address.digits);
            features.address_item = flag(address.hints & hints::ITEM != 0);
            features.address_grid = flag(address.hints & hints::GRID != 0);
            features.address_forum = flag(address.hints & hints::FORUM != 0);
        }
        features
    }

    /// Counts of the page's blocks by what they are.
    fn page_blocks(&self, features: &mut Features) {
        /// Letters from which a block is more than a line.
        const PROSE: usize = 120;
        let count = self.page.blocks.len();
        let (mut money, mut headings, mut headlines) = (0, 0, 0);
        let (mut long, mut prose) = (0, 0);
        for block in &self.page.blocks {
            money += usize::from(names_price(block));
            if let Kind::Heading(level) = self.page.elements[block.element].kind {
                headings += 1;
                headlines += usize::from(level == 1);
            }
            if block.length >= PROSE && block.link_length * 3 < block.length {
                long += 1;
                prose += block.length;
            }
        }
        features.page_money = share(money, count);
        features.page_headings = share(headings, count);
        features.page_headlines = number(headlines);
        features.page_prose = share(prose, self.total());
        features.page_long_blocks = number(long);
        let images = self.page.blocks.iter().map(|block| block.images);
        features.page_images = share(images.sum(), count);
        let letters = self.page.blocks.iter().map(|block| number(block.length));
        let described: f32 = letters
            .zip(&self.described)
            .map(|(all, share)| all * share)
            .sum();
        features.page_described = described / number(self.total().max(1));
    }

    /// How many elements' own names hint at something.
    fn named(&self, hint: Hints) -> f32 {
        let elements = self.page.elements.iter();
        number(elements.filter(|element| element.hints & hint != 0).count())
    }

    /// Share of the page's letters in elements whose names hint at something.
    fn share_named(&self, hint: Hints) -> f32 {
        let blocks = self.page.blocks.iter();
        let named = blocks.filter(|block| self.around[block.element].hints & hint != 0);
        share(named.map(|block| block.length).sum(), self.total())
    }
}

/// Whether the page's content is what many people wrote: then contributions
/// count as content, and elsewhere as comments.
pub(super) fn is_discussion(page: &Page<'_>) -> bool {
    /// Fewer elements that are named after posts appear on many blogs.
    const POSTS: usize = 6;
    let posts = page
        .elements
        .iter()
        .filter(|element| element.hints & hints::POST != 0 && element.hints & hints::COMMENT == 0)
        .count();
    posts >= POSTS
}
