//! Measuring a page: the sums and searches that [`Features`] are made of.

use std::collections::BTreeMap;

use super::{
    blocks::{Block, Element, Page},
    features::{Features, Says},
    hints::{self, Hints},
    kinds::Kind,
};

/// Share of a page's text above which an element is the page itself, whatever
/// its names hint at.
const PAGE_WIDE: f32 = 0.6;

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
    /// Letters and linked letters before each block.
    lengths: Vec<usize>,
    link_lengths: Vec<usize>,
    around: Vec<Around>,
    scores: Vec<f32>,
    alike: Vec<usize>,
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
    comment_share: f32,
    post_share: f32,
    forum_names: usize,
    discussion: bool,
}

/// Blocks with the same way down.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    count: usize,
    length: usize,
    link_length: usize,
    marks: usize,
}

impl<'p, 'a> Measured<'p, 'a> {
    /// Measures `page`.
    pub(super) fn new(page: &'p Page<'a>, says: Says) -> Self {
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
        let mut measured = Self {
            page,
            lengths: prefix(|block| block.length),
            link_lengths: prefix(|block| block.link_length),
            around: Vec::new(),
            scores: ancestor_scores(page),
            alike: alike(page),
            best: 0,
            best_score: 0.0,
            headline: headline(page),
            says,
            groups: Vec::new(),
            group_of: Vec::new(),
            copies: copies(page),
            comment_share: 0.0,
            post_share: 0.0,
            forum_names: 0,
            discussion: says.discussion || is_discussion(page),
        };
        measured.find_best();
        measured.look_around();
        measured.find_groups();
        measured.look_over();
        measured
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
            around.hints |= if wide {
                element.hints & (hints::CONTENT | hints::POST)
            } else {
                element.hints
            };
            match element.kind {
                Kind::Nav => around.nav |= !wide,
                Kind::Footer => around.footer |= !wide,
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

    /// Sorts blocks by the names and classes of the three innermost elements.
    fn find_groups(&mut self) {
        let own: Vec<u64> = self.page.elements.iter().map(signature).collect();
        let mut by_way: BTreeMap<u64, usize> = BTreeMap::new();
        for block in &self.page.blocks {
            let parent = self.page.elements[block.element].parent;
            let outer = self.page.elements[parent].parent;
            let way = own[block.element]
                .wrapping_add(own[parent].rotate_left(21))
                .wrapping_add(own[outer].rotate_left(42));
            let next = self.groups.len();
            let index = *by_way.entry(way).or_insert(next);
            if index == next {
                self.groups.push(Group::default());
            }
            let group = &mut self.groups[index];
            group.count += 1;
            group.length += block.length;
            group.link_length += block.link_length;
            group.marks += block.punctuation;
            self.group_of.push(index);
        }
    }

    /// Sums over the whole page.
    fn look_over(&mut self) {
        let (mut comments, mut posts) = (0, 0);
        for block in &self.page.blocks {
            let hints = self.around[block.element].hints;
            if hints & hints::COMMENT != 0 {
                comments += block.length;
            }
            if hints & hints::POST != 0 {
                posts += block.length;
            }
        }
        self.comment_share = share(comments, self.total());
        self.post_share = share(posts, self.total());
        self.forum_names = self
            .page
            .elements
            .iter()
            .filter(|element| element.hints & hints::FORUM != 0)
            .count();
    }

    /// The features of every block.
    pub(super) fn features(&self) -> Vec<Features> {
        let mut all = Vec::with_capacity(self.page.blocks.len());
        for index in 0..self.page.blocks.len() {
            let mut features = Features::default();
            self.own(index, &mut features);
            self.near(index, &mut features);
            self.containers(index, &mut features);
            self.whole(index, &mut features);
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
        features.alike = number(self.alike[block.element].max(self.alike[element.parent]));
    }

    fn whole(&self, index: usize, features: &mut Features) {
        let block = &self.page.blocks[index];
        let total = self.total();
        features.position = share(self.lengths[index], total);
        features.side_of_headline = self
            .headline
            .map_or(0.0, |headline| if index < headline { -1.0 } else { 1.0 });
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
        features.page_article = flag(self.says.article);
        features.page_product = flag(self.says.product);
        features.page_list = flag(self.says.list);
        features.page_forum = number(self.forum_names);
        features.page_comment_share = self.comment_share;
        features.page_post_share = self.post_share;
        let mut both = self.best;
        while !self.page.elements[both].blocks.contains(&index) && both != 0 {
            both = self.page.elements[both].parent;
        }
        features.best_density = share(self.length(self.best), self.length(both));
        features.page_length = number(total);
        features.page_links = share(self.link_lengths[self.page.blocks.len()], total);
        features.page_blocks = number(self.page.blocks.len());
        features.page_best_share = share(self.length(self.best), total);
        features.page_discussion = flag(self.discussion);
    }
}

/// Scores of elements by the paragraphs in them, after Mozilla's readability:
/// a paragraph gives its parent all it is worth, the element around that
/// half, and those further out a third, a quarter and so on.
fn ancestor_scores(page: &Page<'_>) -> Vec<f32> {
    const SHORTEST: usize = 25;
    const LEVELS: usize = 4;
    let mut scores = vec![0.0; page.elements.len()];
    for block in &page.blocks {
        if block.length < SHORTEST || block.link_length * 2 > block.length {
            continue;
        }
        let worth = 1.0 + number(block.punctuation.min(20)) + number(block.length.min(300)) / 100.0;
        let element = &page.elements[block.element];
        let mut at = match element.kind {
            Kind::Paragraph | Kind::Heading(_) | Kind::Preformatted => element.parent,
            _ => block.element,
        };
        for level in 1..=LEVELS {
            scores[at] += worth / number(level);
            if at == 0 {
                break;
            }
            at = page.elements[at].parent;
        }
    }
    scores
}

/// How many siblings of each element have its name and class.
fn alike(page: &Page<'_>) -> Vec<usize> {
    let mut groups: BTreeMap<(usize, &str, &str), usize> = BTreeMap::new();
    let key = |index: usize| {
        let element = &page.elements[index];
        (element.parent, element.node.value().name(), element.class)
    };
    for index in 1..page.elements.len() {
        *groups.entry(key(index)).or_default() += 1;
    }
    (0..page.elements.len())
        .map(|index| groups.get(&key(index)).copied().unwrap_or(1))
        .collect()
}

/// A number for an element's name and first class; digits, which number
/// repeated elements, do not count.
fn signature(element: &Element<'_>) -> u64 {
    // FNV-1a: a few bytes an element, no state, the same on every machine.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let class = element.class.split_ascii_whitespace().next().unwrap_or("");
    let name = element.node.value().name();
    for byte in name.bytes().chain([b'.']).chain(class.bytes()) {
        if !byte.is_ascii_digit() || name.len() == 2 {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// How many blocks of the page have the text of each block.
fn copies(page: &Page<'_>) -> Vec<usize> {
    let hash = |block: &Block| xxhash_rust::xxh3::xxh3_64(page.text_of(block).as_bytes());
    let mut hashes: Vec<u64> = page.blocks.iter().map(hash).collect();
    let by_block = hashes.clone();
    hashes.sort_unstable();
    by_block
        .into_iter()
        .map(|hash| {
            let from = hashes.partition_point(|&other| other < hash);
            hashes[from..]
                .iter()
                .take_while(|&&other| other == hash)
                .take(20)
                .count()
        })
        .collect()
}

/// The block of the page's only, or first, heading of level 1.
fn headline(page: &Page<'_>) -> Option<usize> {
    page.blocks.iter().position(|block| {
        page.elements[block.element].kind == Kind::Heading(1) && block.length >= 10
    })
}

/// Whether the page's content is what many people wrote: then contributions
/// count as content, and elsewhere as comments.
fn is_discussion(page: &Page<'_>) -> bool {
    /// Fewer elements that are named after posts appear on many blogs.
    const POSTS: usize = 6;
    let posts = page
        .elements
        .iter()
        .filter(|element| element.hints & hints::POST != 0 && element.hints & hints::COMMENT == 0)
        .count();
    posts >= POSTS
}

/// Whether a text ends as a sentence does, in any script.
fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '’', '»', ')', '」', '』'])
        .ends_with([
            '.', '!', '?', '…', '。', '！', '？', '।', '؟', '۔', ':', '։', '።',
        ])
}
