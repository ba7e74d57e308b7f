//! Small models of what content looks like and of what kind a page is:
//! boosted decision trees over the features of a block. All files but that of
//! the first are what `training/extraction/train.py` writes; `model/README.md`
//! says what is known of each.
//!
//! Two models tell content: one that knows of form only what most pages have,
//! and one that also knows siblings alike, prices and panels, and was fitted
//! with regard to pages of cards and of goods. The first is better on articles
//! and discussions of other collections than the one it was fitted to, the
//! second where nearly nothing is prose; the kind of the page decides between
//! them.

use std::sync::LazyLock;

use super::features::Features;
use crate::trees::Trees;

/// The built-in models, read once.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let read = |text| Trees::parse(text, Features::NAMES).expect("built-in models are well formed");
    Model {
        content: read(include_str!("model/content.txt")),
        goods: read(include_str!("model/goods.txt")),
        cards: read(include_str!("model/cards.txt")),
        product: read(include_str!("model/product.txt")),
    }
});

/// The models of extraction.
#[derive(Debug)]
pub(super) struct Model {
    /// Is a block content, on any page?
    content: Trees,
    /// Is it, on a page of cards or goods?
    goods: Trees,
    /// Is a page a listing or collection: cards side by side?
    cards: Trees,
    /// Is it about one product?
    product: Trees,
}

impl Model {
    /// The models that are part of dehusk.
    pub(super) fn builtin() -> &'static Self {
        &MODEL
    }

    /// Adds to the features of a page's blocks of what kind the page is, and
    /// returns how far it is one of goods, 0 to 1.
    pub(super) fn tell_kind(&self, features: &mut [Features]) -> f32 {
        /// Probabilities below it count as 0, those as near to 1 as 1. From .2
        /// to .4 the mean F1 of the collections moves by .001; the lower, the more
        /// articles of some collections are read as listings.
        const DOUBT: f32 = 0.35;
        let Some(first) = features.first() else {
            return 0.0;
        };
        // Only asks for what all blocks of a page have in common.
        let values = first.values();
        let cards = chance(self.cards.sum(&values));
        let product = chance(self.product.sum(&values));
        for features in features {
            features.kind_cards = cards;
            features.kind_product = product;
        }
        ((cards + product - DOUBT) / (1.0 - 2.0 * DOUBT)).clamp(0.0, 1.0)
    }

    /// How likely each block is content, in log odds, on a page that is one of
    /// goods as far as `goods` says.
    pub(super) fn log_odds(&self, features: &[Features], goods: f32) -> Vec<f32> {
        /// Blocks at a time: the numbers of all blocks of a large page are many
        /// megabytes.
        const AT_A_TIME: usize = 1024;
        let mut odds = Vec::with_capacity(features.len());
        for features in features.chunks(AT_A_TIME) {
            let rows: Vec<_> = features.iter().map(Features::values).collect();
            if goods <= 0.0 {
                odds.extend(self.content.sums(&rows));
                continue;
            }
            let shop = self.goods.sums(&rows);
            if goods >= 1.0 {
                odds.extend(shop);
                continue;
            }
            let both = shop.into_iter().zip(self.content.sums(&rows));
            odds.extend(both.map(|(shop, content)| goods * shop + (1.0 - goods) * content));
        }
        odds
    }
}

/// The probability that log odds stand for.
pub(super) fn chance(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_models_know_prose_from_a_menu() {
        let prose = Features {
            length: 400.0,
            marks: 6.0,
            punctuation: 1.5,
            sentence_end: 1.0,
            paragraph: 1.0,
            in_article: 1.0,
            near_length: 300.0,
            ..Features::default()
        };
        let menu = Features {
            length: 8.0,
            links: 1.0,
            item: 1.0,
            in_nav: 1.0,
            in_list: 1.0,
            near_links: 1.0,
            ..Features::default()
        };
        for goods in [0.0, 0.5, 1.0] {
            let odds = Model::builtin().log_odds(&[prose, menu], goods);
            assert!(odds[0] > odds[1] + 1.0, "{goods}: {odds:?}");
        }
    }

    #[test]
    fn page_of_prose_is_not_one_of_goods() {
        let page = Features {
            page_article: 1.0,
            page_prose: 0.9,
            page_length: 4000.0,
            page_blocks: 30.0,
            page_long_blocks: 12.0,
            page_best_share: 0.9,
            page_headlines: 1.0,
            ..Features::default()
        };
        let goods = Model::builtin().tell_kind(&mut [page, page]);
        assert!(goods < 0.5, "{goods}");
    }
}
