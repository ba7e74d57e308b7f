//! What repeats on a page: siblings alike (cards, posts, rows, items), blocks
//! with the same way down, blocks with the same text.

use std::collections::BTreeMap;

use super::{
    blocks::{Block, Element, Page},
    kinds::Kind,
};

/// Siblings of one name and class, and what is in all of them together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Siblings {
    /// How many they are.
    pub count: usize,
    /// Letters, and those inside links.
    pub length: usize,
    pub link_length: usize,
    /// Letters of the longest.
    pub longest: usize,
    /// Headings.
    pub headings: usize,
    /// Blocks that name a price.
    pub prices: usize,
    /// Pictures.
    pub images: usize,
}

impl Siblings {
    /// Fewer that look alike are chance.
    const FEWEST: usize = 3;

    /// Mean letters of a sibling above which they are sections, not cards; a
    /// teaser of a long article has some hundred.
    const MEAN: usize = 1500;

    /// Whether they are alike in size, too: none has most of the text.
    fn are_cards(&self) -> bool {
        self.count >= Self::FEWEST
            && self.longest * 5 <= self.length * 3
            && self.length <= self.count * Self::MEAN
    }
}

/// The repeated siblings of a page.
pub(super) struct Repeats {
    groups: Vec<Siblings>,
    /// Index into `groups` of each element.
    group_of: Vec<usize>,
    /// Of each element the one around it, or itself, that is one of the cards
    /// with most text.
    card_of: Vec<Option<usize>>,
}

impl Repeats {
    /// Finds siblings alike; `signatures` are those of the page's elements.
    pub(super) fn find(page: &Page<'_>, signatures: &[u64]) -> Self {
        let mut by_key: Vec<(usize, u64, usize)> = page
            .elements
            .iter()
            .enumerate()
            .map(|(index, element)| (element.parent, signatures[index], index))
            .collect();
        by_key.sort_unstable();
        let mut repeats = Self {
            groups: Vec::new(),
            group_of: vec![0; page.elements.len()],
            card_of: Vec::with_capacity(page.elements.len()),
        };
        let sums = Sums::new(page);
        let mut last = None;
        for (parent, signature, index) in by_key {
            if last != Some((parent, signature)) {
                repeats.groups.push(Siblings::default());
                last = Some((parent, signature));
            }
            let group = repeats.groups.len() - 1;
            repeats.group_of[index] = group;
            if !page.elements[index].blocks.is_empty() {
                sums.add(&page.elements[index], &mut repeats.groups[group]);
            }
        }
        repeats.find_cards(page);
        repeats
    }

    /// The outermost cards are those with most text, so one pass down does.
    fn find_cards(&mut self, page: &Page<'_>) {
        for (index, element) in page.elements.iter().enumerate() {
            let around = if index == 0 {
                None
            } else {
                self.card_of[element.parent]
            };
            let own = self.siblings(index);
            let better = own.are_cards()
                && around.is_none_or(|around| self.siblings(around).length < own.length);
            self.card_of.push(if better { Some(index) } else { around });
        }
    }

    /// An element and its siblings alike.
    pub(super) fn siblings(&self, element: usize) -> &Siblings {
        &self.groups[self.group_of[element]]
    }

    /// The card that an element stands in.
    pub(super) fn card(&self, element: usize) -> Option<usize> {
        self.card_of[element]
    }

    /// The cards of the page with most text.
    pub(super) fn largest(&self) -> Option<&Siblings> {
        self.groups
            .iter()
            .filter(|group| group.are_cards())
            .max_by_key(|group| group.length)
    }
}

/// Sums over the blocks before each block.
struct Sums {
    sums: Vec<[usize; 5]>,
}

impl Sums {
    fn new(page: &Page<'_>) -> Self {
        let mut sums = Vec::with_capacity(page.blocks.len() + 1);
        let mut sum = [0; 5];
        sums.push(sum);
        for block in &page.blocks {
            let heading = matches!(page.elements[block.element].kind, Kind::Heading(_));
            sum[0] += block.length;
            sum[1] += block.link_length;
            sum[2] += usize::from(heading);
            sum[3] += usize::from(names_price(block));
            sum[4] += block.images;
            sums.push(sum);
        }
        Self { sums }
    }

    fn add(&self, element: &Element<'_>, siblings: &mut Siblings) {
        let (from, to) = (
            self.sums[element.blocks.start],
            self.sums[element.blocks.end],
        );
        let length = to[0] - from[0];
        siblings.count += 1;
        siblings.length += length;
        siblings.longest = siblings.longest.max(length);
        siblings.link_length += to[1] - from[1];
        siblings.headings += to[2] - from[2];
        siblings.prices += to[3] - from[3];
        siblings.images += to[4] - from[4];
    }
}

/// Whether a block names a price, in any currency that has a sign.
pub(super) fn names_price(block: &Block) -> bool {
    block.money > 0 && block.digits > 0
}

/// Blocks with the same way down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    /// How many they are, and what is in them together.
    pub count: usize,
    pub length: usize,
    pub link_length: usize,
    pub marks: usize,
}

/// Sorts blocks by the names and classes of the three innermost elements:
/// the groups, and the index of each block's group.
pub(super) fn groups(page: &Page<'_>, own: &[u64]) -> (Vec<Group>, Vec<usize>) {
    let mut by_way: BTreeMap<u64, usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of = Vec::with_capacity(page.blocks.len());
    for block in &page.blocks {
        let parent = page.elements[block.element].parent;
        let outer = page.elements[parent].parent;
        let way = own[block.element]
            .wrapping_add(own[parent].rotate_left(21))
            .wrapping_add(own[outer].rotate_left(42));
        let next = groups.len();
        let index = *by_way.entry(way).or_insert(next);
        if index == next {
            groups.push(Group::default());
        }
        let group = &mut groups[index];
        group.count += 1;
        group.length += block.length;
        group.link_length += block.link_length;
        group.marks += block.punctuation;
        group_of.push(index);
    }
    (groups, group_of)
}

/// The signatures of a page's elements.
pub(super) fn signatures(page: &Page<'_>) -> Vec<u64> {
    page.elements.iter().map(signature).collect()
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
pub(super) fn copies(page: &Page<'_>) -> Vec<usize> {
    /// More are as good as this many.
    const MOST: usize = 20;
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
                .take(MOST)
                .count()
        })
        .collect()
}
