//! The numbers of a text, by what stands around them.
//!
//! Pages made from one template share most of their words and differ in what
//! they say: the score, the price, the temperature. So a number is kept with
//! the two words before it, and again with the two words after it. Where two
//! texts have the same words around another number they state another fact.
//! Edits of one text seldom change a number and leave its surroundings alone.

/// Facts kept of a text, those with the lowest context hashes. Texts of 1.5 KB
/// have 20 or so; tables have more, and any 128 of them tell enough.
const AT_MOST: usize = 128;

/// Stands for any number when it is part of a context.
const NUMBER: u64 = 7;

/// Multiplier of the hashes that are combined here: 2^64 by the golden ratio.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The facts of a text, ascending: 19 bits of context hash, one bit for the
/// side of the context, 12 bits of the number's hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts(Box<[u32]>);

/// How the facts of two texts compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// Contexts in both texts with a number in common.
    pub(crate) same: u32,
    /// Contexts in both texts with no number in common.
    pub(crate) other: u32,
}

fn context(fact: u32) -> u32 {
    fact >> 12
}

impl Facts {
    /// The facts, ascending.
    pub(crate) fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// What [`as_slice`](Self::as_slice) said.
    pub(crate) fn from_sorted(facts: Vec<u32>) -> Self {
        Self(facts.into())
    }

    /// Compares with the facts of another text. Contexts before and after the
    /// number are counted apart, and the larger counts are taken: a number
    /// counts once.
    pub(crate) fn compare(&self, others: &Self) -> Agreement {
        let (mut own, mut other) = (&*self.0, &*others.0);
        // A full list is complete up to its last context only.
        let end = [own, other]
            .into_iter()
            .filter(|facts| facts.len() >= AT_MOST)
            .filter_map(|facts| facts.last().copied().map(context))
            .min()
            .unwrap_or(u32::MAX);
        let mut sides = [Agreement::default(); 2];
        while let (Some(&a), Some(&b)) = (own.first(), other.first()) {
            let (here, there) = (context(a), context(b));
            if here.min(there) >= end {
                break;
            }
            if here != there {
                let behind = if here < there { &mut own } else { &mut other };
                *behind = &behind[1..];
                continue;
            }
            let of = |facts: &[u32]| facts.partition_point(|&fact| context(fact) <= here);
            let (mine, rest) = own.split_at(of(own));
            let (theirs, others) = other.split_at(of(other));
            (own, other) = (rest, others);
            let side = &mut sides[usize::from(here & 1 == 1)];
            if mine.iter().any(|fact| theirs.contains(fact)) {
                side.same += 1;
            } else {
                side.other += 1;
            }
        }
        Agreement {
            same: sides[0].same.max(sides[1].same),
            other: sides[0].other.max(sides[1].other),
        }
    }
}

/// Collects facts from the words of a text as they come.
#[derive(Debug, Default)]
pub(crate) struct FactFinder {
    facts: Vec<u32>,
    /// Hashes of the last two words, numbers masked; 0 before the first.
    before: [u64; 2],
    /// The numbers that end at the last word, such as the 5 and 32 of `5:32`,
    /// with the context before them.
    run: Option<(u64, u64)>,
    /// Numbers that ended one word ago, with that word's hash.
    pending: Option<(u64, u64)>,
}

impl FactFinder {
    /// Takes the next word.
    #[inline]
    pub(crate) fn push(&mut self, hash: u64, number: bool) {
        let masked = if number { NUMBER } else { hash };
        if let Some((numbers, first)) = self.pending.take() {
            self.record(pair(first, masked), 1, numbers);
        }
        match (&mut self.run, number) {
            (Some((numbers, _)), true) => *numbers = pair(*numbers, hash),
            (None, true) => self.run = Some((hash, pair(self.before[0], self.before[1]))),
            (Some(_), false) => {
                let (numbers, context) = self.run.take().expect("just matched");
                self.record(context, 0, numbers);
                self.pending = Some((numbers, hash));
            }
            (None, false) => {}
        }
        self.before = [self.before[1], masked];
    }

    fn record(&mut self, context: u64, side: u32, numbers: u64) {
        let context = top(context, 19) << 1 | side;
        self.facts
            .push(context << 12 | top(numbers.wrapping_mul(BASE), 12));
        if self.facts.len() >= 8 * AT_MOST {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.facts.sort_unstable();
        self.facts.dedup();
        self.facts.truncate(AT_MOST);
    }

    /// The facts found. What comes next is of another text.
    pub(crate) fn finish(&mut self) -> Facts {
        if let Some((numbers, context)) = self.run.take() {
            self.record(context, 0, numbers);
        }
        self.shrink();
        let facts = Facts(self.facts.as_slice().into());
        self.facts.clear();
        (self.before, self.pending) = ([0; 2], None);
        facts
    }
}

fn pair(first: u64, second: u64) -> u64 {
    (first.wrapping_mul(BASE).rotate_left(23) ^ second).wrapping_mul(BASE)
}

/// The upper `bits` of a hash, at most 32.
#[expect(clippy::cast_possible_truncation, reason = "at most 32 bits are left")]
fn top(hash: u64, bits: u32) -> u32 {
    (hash >> (64 - bits)) as u32
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn facts(text: &str) -> Facts {
        let mut finder = FactFinder::default();
        for word in text.split(' ') {
            finder.push(
                xxh3_64(word.as_bytes()),
                word.bytes().any(|byte| byte.is_ascii_digit()),
            );
        }
        finder.finish()
    }

    #[test]
    fn the_same_words_around_another_number_are_another_fact() {
        let monday = facts("a high of 12 degrees and winds at 30 kilometres per hour");
        let friday = facts("a high of 25 degrees and winds at 30 kilometres per hour");
        assert_eq!(monday.compare(&friday), Agreement { same: 1, other: 1 });
        assert_eq!(monday.compare(&monday), Agreement { same: 2, other: 0 });
    }

    #[test]
    fn numbers_in_other_surroundings_say_nothing() {
        let score = facts("the hawks won by 12 points on friday night");
        let price = facts("a loaf costs about 25 cents at the market");
        assert_eq!(score.compare(&price), Agreement::default());
    }

    #[test]
    fn a_time_of_day_is_one_number() {
        let early = facts("posted at 5 32 pm today by");
        let late = facts("posted at 6 32 pm today by");
        assert_eq!(early.compare(&late), Agreement { same: 0, other: 1 });
    }

    #[test]
    fn a_table_of_numbers_is_sampled_alike_in_both_texts() {
        let rows = |from: u32| {
            let rows: Vec<_> = (0..400)
                .map(|row| format!("row{}x of item {} pieces", row % 10, from + row))
                .collect();
            facts(&rows.join(" "))
        };
        assert!(rows(0).0.len() <= AT_MOST);
        assert_eq!(rows(0).compare(&rows(0)).other, 0);
    }
}
