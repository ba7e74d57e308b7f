//! Measuring a page: the sums and searches that [`Features`] are made of.

mod ancestors;
mod overall;

use self::{ancestors::ancestor_scores, overall::is_discussion};
use super::{
    blocks::{Block, Page},
    features::{Features, Says},
    hints::{self, Hints},
    kinds::Kind,
    repeats::{self, Group, Repeats, names_price},
    told::Told,
};

/// Share of a page's text above which an element is the page itself, whatever
/// its names hint at.
const PAGE_WIDE: f32 = 0.6;

/// Hints that hold of such an element, too, if the main heading stands outside
/// of it: terms and notices that open over a page may be longer than the page.
/// The names of footers do not: boards have posts in what is named after one.
const APART: Hints = hints::PROMO;

/// Blocks before and after that count as near.
const NEAR: usize = 3;

/// Blocks before and after that are far, but not too far to matter.
const FAR: usize = 10;

/// A number as a feature. Lengths are far below 2^24, where this is exact.
#[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^24")]
pub(super) fn number(count: usize) -> f32 {
    count as f32
}

fn flag(condition: bool) -> f32 {
    f32::from(u8::from(condition))
}

fn share(part: usize, whole: usize) -> f32 {
    number(part) / number(whole.max(1))
}

/// What is known about an element from those around it.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
struct Around {
    hints: Hints,
    nav: bool,
    footer: bool,
    aside: bool,
    header: bool,
    form: bool,
    article: bool,
    main: bool,
    list: bool,
    table: bool,
    depth: usize,
    /// Best ancestor score on the way down.
    score: f32,
}

/// A page with the sums that features are made of.
pub(super) struct Measured<'p, 'a> {
    page: &'p Page<'a>,
    /// Letters, linked letters and pictures before each block.
    lengths: Vec<usize>,
    link_lengths: Vec<usize>,
    images: Vec<usize>,
    around: Vec<Around>,
    scores: Vec<f32>,
    repeats: Repeats,
    /// Element of the best ancestor score.
    best: usize,
    best_score: f32,
    /// Block of the main heading.
    headline: Option<usize>,
    /// What the page says of itself.
    says: Says,
    groups: Vec<Group>,
    /// Index into `groups` of each block.
    group_of: Vec<usize>,
    copies: Vec<usize>,
    /// Of each block the share that the page's description has, too, and of
    /// its words that the title has.
    described: Vec<f32>,
    titled: Vec<f32>,
    /// Of each block the share of the page's letters in the smallest element
    /// that holds it and the block described best, or the main heading.
    with_described: Vec<f32>,
    with_headline: Vec<f32>,
    discussion: bool,
}

impl<'p, 'a> Measured<'p, 'a> {
    /// Measures `page`.
    pub(super) fn new(page: &'p Page<'a>, says: Says, told: &Told) -> Self {
        let prefix = |of: fn(&Block) -> usize| {
            let mut sum = 0;
            let mut sums = Vec::with_capacity(page.blocks.len() + 1);
            sums.push(0);
            for block in &page.blocks {
                sum += of(block);
                sums.push(sum);
            }
            sums
        };
        let texts = page.blocks.iter().map(|block| page.text_of(block));
        let (described, titled) = texts.map(|text| told.of(text)).unzip();
        let signatures = repeats::signatures(page);
        let (groups, group_of) = repeats::groups(page, &signatures);
        let mut measured = Self {
            page,
            lengths: prefix(|block| block.length),
            link_lengths: prefix(|block| block.link_length),
            images: prefix(|block| block.images),
            around: Vec::new(),
            scores: ancestor_scores(page),
            repeats: Repeats::find(page, &signatures),
            best: 0,
            best_score: 0.0,
            headline: headline(page),
            says,
            groups,
            group_of,
            copies: repeats::copies(page),
            described,
            titled,
            with_described: Vec::new(),
            with_headline: Vec::new(),
            discussion: says.discussion || is_discussion(page),
        };
        measured.find_best();
        measured.look_around();
        measured.with_described = measured.shares_with(measured.best_described());
        measured.with_headline = measured.shares_with(measured.headline);
        measured
    }

    /// Whether the page is what many people wrote.
    pub(super) fn is_discussion(&self) -> bool {
        self.discussion
    }

    /// Of each block the number of its group, of those with the same way down.
    pub(super) fn groups_of_blocks(&self) -> &[usize] {
        &self.group_of
    }

    /// The block of which the description has most letters, if any has some.
    fn best_described(&self) -> Option<usize> {
        let letters = self.page.blocks.iter().zip(&self.described);
        let letters = letters.map(|(block, share)| number(block.length) * share);
        let (index, most) =
            letters.enumerate().fold(
                (0, 0.0),
                |best, next| if next.1 > best.1 { next } else { best },
            );
        (most > 0.0).then_some(index)
    }

    /// Of each block the share of the page's letters in the smallest element
    /// that holds it and `block`; 1 without one.
    fn shares_with(&self, block: Option<usize>) -> Vec<f32> {
        let mut shares = vec![1.0; self.page.blocks.len()];
        let Some(block) = block else { return shares };
        // Outwards: each element adds what is before and behind the last.
        let mut done = block..block;
        let mut at = self.page.blocks[block].element;
        loop {
            let range = self.page.elements[at].blocks.clone();
            let value = share(self.length(at), self.total());
            shares[range.start..done.start].fill(value);
            shares[done.end..range.end].fill(value);
            if at == 0 {
                return shares;
            }
            done = range;
            at = self.page.elements[at].parent;
        }
    }

    /// Letters in an element.
    fn length(&self, element: usize) -> usize {
        let blocks = &self.page.elements[element].blocks;
        self.lengths[blocks.end] - self.lengths[blocks.start]
    }

    fn link_length(&self, element: usize) -> usize {
        let blocks = &self.page.elements[element].blocks;
        self.link_lengths[blocks.end] - self.link_lengths[blocks.start]
    }

    fn total(&self) -> usize {
        self.lengths.last().copied().unwrap_or(0)
    }

    /// Scales the ancestor scores by the share of text that is no link, as
    /// readability does, and finds the best.
    fn find_best(&mut self) {
        for element in 0..self.scores.len() {
            let links = share(self.link_length(element), self.length(element));
            self.scores[element] *= 1.0 - links;
            if self.scores[element] > self.best_score {
                self.best_score = self.scores[element];
                self.best = element;
            }
        }
    }

    fn look_around(&mut self) {
        let total = self.total();
        let mut all: Vec<Around> = Vec::with_capacity(self.page.elements.len());
        for (index, element) in self.page.elements.iter().enumerate() {
            let mut around = if index == 0 {
                Around::default()
            } else {
                all[element.parent]
            };
            let wide = share(self.length(index), total) > PAGE_WIDE;
            // What the main heading stands outside of is not the page.
            let apart = self
                .headline
                .is_some_and(|headline| !element.blocks.contains(&headline));
            around.hints |= match (wide, apart) {
                (false, _) => element.hints,
                (true, true) => element.hints & (hints::CONTENT | hints::POST | APART),
                (true, false) => element.hints & (hints::CONTENT | hints::POST),
            };
            match element.kind {
                Kind::Nav => around.nav |= !wide || apart,
                Kind::Footer => around.footer |= !wide || apart,
                Kind::Aside => around.aside |= !wide,
                Kind::Header => around.header |= !wide,
                Kind::Form => around.form |= !wide,
                Kind::Article => around.article = true,
                Kind::Main => around.main = true,
                Kind::List => around.list = true,
                Kind::Table => around.table = true,
                _ => {}
            }
            around.depth += 1;
            around.score = around.score.max(self.scores[index]);
            all.push(around);
        }
        self.around = all;
    }

    /// The features of every block.
    pub(super) fn features(&self) -> Vec<Features> {
        let mut all = Vec::with_capacity(self.page.blocks.len());
        let whole = self.page();
        let mut above = None;
        for index in 0..self.page.blocks.len() {
            let mut features = whole;
            self.own(index, &mut features);
            self.near(index, &mut features);
            self.containers(index, &mut features);
            self.card(index, &mut features);
            self.whole(index, &mut features);
            if let Some((heading, level)) = above {
                features.since_heading = number(index - heading);
                features.above_heading = level;
            }
            if features.heading > 0.0 {
                above = Some((index, features.heading));
            }
            all.push(features);
        }
        all
    }

    fn own(&self, index: usize, features: &mut Features) {
        let block = &self.page.blocks[index];
        features.length = number(block.length);
        features.links = share(block.link_length, block.length);
        features.punctuation = share(block.punctuation * 100, block.length);
        features.marks = number(block.punctuation);
        features.digits = share(block.digits, block.length);
        features.breaks = number(block.breaks);
        features.money = flag(names_price(block));
        features.sentence_end = flag(ends_sentence(self.page.text_of(block)));
        match self.page.elements[block.element].kind {
            Kind::Paragraph => features.paragraph = 1.0,
            Kind::Heading(level) => features.heading = 7.0 - f32::from(level),
            Kind::Item => features.item = 1.0,
            Kind::Cell => features.cell = 1.0,
            Kind::Preformatted => features.preformatted = 1.0,
            Kind::Quote => features.quote = 1.0,
            Kind::Caption => features.caption = 1.0,
            Kind::Definition => features.definition = 1.0,
            _ => {}
        }
    }

    fn near(&self, index: usize, features: &mut Features) {
        let blocks = &self.page.blocks;
        if let Some(before) = index.checked_sub(1).map(|before| &blocks[before]) {
            features.before_length = number(before.length);
            features.before_links = share(before.link_length, before.length);
        }
        if let Some(after) = blocks.get(index + 1) {
            features.after_length = number(after.length);
            features.after_links = share(after.link_length, after.length);
            let kind = self.page.elements[after.element].kind;
            features.after_heading = flag(matches!(kind, Kind::Heading(_)));
        }
        let from = index.saturating_sub(NEAR);
        let to = (index + NEAR + 1).min(blocks.len());
        let length = self.lengths[to] - self.lengths[from];
        features.near_links = share(self.link_lengths[to] - self.link_lengths[from], length);
        features.near_length = share(length, to - from);
        let from = index.saturating_sub(FAR);
        let to = (index + FAR + 1).min(blocks.len());
        let length = self.lengths[to] - self.lengths[from];
        features.far_links = share(self.link_lengths[to] - self.link_lengths[from], length);
        features.far_length = share(length, to - from);
        let group = self.groups[self.group_of[index]];
        features.group_count = number(group.count);
        features.group_share = share(group.length, self.total());
        features.group_length = share(group.length, group.count);
        features.group_links = share(group.link_length, group.length);
        features.group_marks = share(group.marks, group.count);
        features.copies = number(self.copies[index]);
        features.images = number(self.page.blocks[index].images);
        let from = index.saturating_sub(NEAR);
        let to = (index + NEAR + 1).min(blocks.len());
        features.near_images = number(self.images[to] - self.images[from]);
        features.described = self.described[index];
        features.titled = self.titled[index];
        features.with_described = self.with_described[index];
        features.with_headline = self.with_headline[index];
    }

    fn containers(&self, index: usize, features: &mut Features) {
        let block = &self.page.blocks[index];
        let around = &self.around[block.element];
        features.in_nav = flag(around.nav);
        features.in_footer = flag(around.footer);
        features.in_aside = flag(around.aside);
        features.in_header = flag(around.header);
        features.in_form = flag(around.form);
        features.in_article = flag(around.article);
        features.in_main = flag(around.main);
        features.in_list = flag(around.list);
        features.in_table = flag(around.table);
        features.against = number((around.hints & hints::NEGATIVE).count_ones() as usize);
        let hinted = |hint: Hints| flag(around.hints & hint != 0);
        features.hint_nav = hinted(hints::NAV);
        features.hint_footer = hinted(hints::FOOTER);
        features.hint_aside = hinted(hints::ASIDE);
        features.hint_header = hinted(hints::HEADER);
        features.hint_share = hinted(hints::SHARE);
        features.hint_related = hinted(hints::RELATED);
        features.hint_comment = hinted(hints::COMMENT);
        features.hint_ad = hinted(hints::AD);
        features.hint_meta = hinted(hints::META);
        features.hint_promo = hinted(hints::PROMO);
        features.hint_tool = hinted(hints::TOOL);
        features.hint_content = hinted(hints::CONTENT);
        features.hint_post = hinted(hints::POST);
        features.hint_user = hinted(hints::USER);
        features.hint_caption = hinted(hints::CAPTION);
        features.hint_item = hinted(hints::ITEM);
        features.hint_legal = hinted(hints::LEGAL);
        features.hint_review = hinted(hints::REVIEW);
        features.hint_offer = hinted(hints::OFFER);
        features.hint_detail = hinted(hints::DETAIL);
        features.hint_grid = hinted(hints::GRID);
        features.depth = number(around.depth);
        let element = &self.page.elements[block.element];
        // The paragraph itself says nothing new: the container is what is
        // around it.
        let container = match element.kind {
            Kind::Box | Kind::Article | Kind::Main => block.element,
            _ => element.parent,
        };
        features.parent_length = number(self.length(container));
        features.parent_share = share(self.length(container), self.total());
        features.parent_links = share(self.link_length(container), self.length(container));
        let outer = self.page.elements[container].parent;
        features.outer_share = share(self.length(outer), self.total());
        features.outer_links = share(self.link_length(outer), self.length(outer));
        let own = self.repeats.siblings(block.element).count;
        features.alike = number(own.max(self.repeats.siblings(element.parent).count));
    }

    fn card(&self, index: usize, features: &mut Features) {
        let block = &self.page.blocks[index];
        let Some(card) = self.repeats.card(block.element) else {
            return;
        };
        let cards = self.repeats.siblings(card);
        let first = self.page.elements[card].blocks.start;
        features.card_count = number(cards.count);
        features.card_share = share(cards.length, self.total());
        features.card_length = share(cards.length, cards.count);
        features.card_links = share(cards.link_length, cards.length);
        features.card_headings = share(cards.headings, cards.count);
        features.card_money = share(cards.prices, cards.count);
        features.card_images = share(cards.images, cards.count);
        let before = self.lengths[index] - self.lengths[first];
        features.card_position = share(before, self.length(card));
    }

    fn whole(&self, index: usize, features: &mut Features) {
        let block = &self.page.blocks[index];
        let total = self.total();
        features.position = share(self.lengths[index], total);
        features.side_of_headline = self
            .headline
            .map_or(0.0, |headline| if index < headline { -1.0 } else { 1.0 });
        features.since_headline = self
            .headline
            .map_or(0.0, |headline| number(index) - number(headline));
        let around = &self.around[block.element];
        if self.best_score > 0.0 {
            features.ancestor_score = around.score / self.best_score;
        }
        let best = &self.page.elements[self.best];
        features.in_best = flag(best.blocks.contains(&index));
        features.is_headline = flag(self.headline == Some(index));
        features.from_best = if index < best.blocks.start {
            -share(self.lengths[best.blocks.start] - self.lengths[index], total)
        } else if index >= best.blocks.end {
            share(self.lengths[index] - self.lengths[best.blocks.end], total)
        } else {
            0.0
        };
        features.below_best = number(around.depth) - number(self.around[self.best].depth);
        let mut both = self.best;
        while !self.page.elements[both].blocks.contains(&index) && both != 0 {
            both = self.page.elements[both].parent;
        }
        features.best_density = share(self.length(self.best), self.length(both));
    }
}

/// The block of the page's only, or first, heading of level 1.
pub(super) fn headline(page: &Page<'_>) -> Option<usize> {
    page.blocks.iter().position(|block| {
        page.elements[block.element].kind == Kind::Heading(1) && block.length >= 10
    })
}

/// Whether a text ends as a sentence does, in any script.
fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '’', '»', ')', '」', '』'])
        .ends_with([
            '.', '!', '?', '…', '。', '！', '？', '।', '؟', '۔', ':', '։', '።',
        ])
}
