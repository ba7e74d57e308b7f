//! A sample of a document's shingles that can be compared with other samples.
//!
//! Every document keeps its lowest shingle hashes, up to a limit that goes
//! with the sample. Because all documents sample by the same rule, two samples
//! are complete below the lower of their limits, and there the overlap of the
//! whole sets can be counted (Broder's bottom-k sketch, with the fixed rate of
//! `FracMinHash` for sets large enough for it: a long text keeps a share of its
//! shingles, a short one a minimum).
//!
//! With the keys goes their order in the text: *where* two texts differ tells a
//! shared frame from a shared story (see `verify`).

/// One shingle hash in so many is kept. With 4, a text of 250 words has 62
/// keys, and the standard error of a containment of one half is .06; with 16
/// it would be .13, more than what separates copies from strangers.
const ONE_IN: u32 = 4;

/// At least so many are kept, if the text has them.
const AT_LEAST: usize = 64;

/// At most so many are kept, of texts from about 16,000 words on: a bound on
/// memory and time, since the estimate is better than needed by then.
const AT_MOST: usize = 4096;

/// So many of the lowest hashes of a short text are nearly always at least
/// [`AT_LEAST`] and a few more that are distinct: of 250 shingles, 96 are
/// expected and 80 have three standard deviations to spare.
const LIKELY_ENOUGH: u64 = 96;

/// The keys of a sketch that find candidates are fewer than those that verify
/// them: one shingle in so many, and at least so many. Two copies share dozens
/// of keys, so a fifth of the keys finds them, and the index is the smaller.
/// With 24 and 12 or 16 and 16 the same copies are found on the development
/// sets.
const CANDIDATE_ONE_IN: u32 = 20;
const CANDIDATE_AT_LEAST: usize = 12;

/// The lowest shingle hashes of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sketch {
    /// Ascending, without repeats.
    keys: Box<[u32]>,
    /// For each key, how many of the others stand before it in the text.
    ranks: Box<[u16]>,
    /// Every hash of the text up to here is in `keys`.
    limit: u32,
}

impl Sketch {
    /// Samples the shingles of a text, given their hashes in order; at most
    /// [`AT_MOST`]. The same as a [`Sampler`] makes of them, but the lowest are
    /// taken out at once. `samples` is memory to work in.
    pub(crate) fn of_few(hashes: &[u32], samples: &mut Vec<Sample>) -> Self {
        let share = u64::from(u32::MAX) * LIKELY_ENOUGH / (hashes.len().max(1) as u64);
        let likely = u32::try_from(share).unwrap_or(u32::MAX);
        let sketch = Self::of_lowest(hashes, likely.max(Self::USUAL_LIMIT), samples);
        sketch
            .or_else(|| Self::of_lowest(hashes, u32::MAX, samples))
            .expect("all hashes are enough")
    }

    /// The sketch of a text by its hashes up to `most`, if they are enough.
    fn of_lowest(hashes: &[u32], most: u32, samples: &mut Vec<Sample>) -> Option<Self> {
        samples.clear();
        samples.resize(hashes.len(), Sample(0));
        let mut count = 0;
        // Without a branch: which hash is low cannot be guessed.
        for (number, &hash) in (0..).zip(hashes) {
            samples[count] = Sample::new(hash, number);
            count += usize::from(hash <= most);
        }
        samples.truncate(count);
        sort_distinct(samples);
        let usual = samples.partition_point(|sample| sample.hash() <= Self::USUAL_LIMIT);
        let limit = if usual >= AT_LEAST {
            samples.truncate(usual);
            Self::USUAL_LIMIT
        } else if samples.len() > AT_LEAST {
            samples.truncate(AT_LEAST);
            samples[AT_LEAST - 1].hash()
        } else if most == u32::MAX {
            u32::MAX
        } else {
            return None;
        };
        Some(Self::of_samples(samples, limit))
    }

    /// The keys, ascending.
    pub(crate) fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// For each key, its rank in the order of the text.
    pub(crate) fn ranks(&self) -> &[u16] {
        &self.ranks
    }

    /// Every hash of the text up to here is among the keys.
    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// The highest hash that every text's sketch has, whatever its length up
    /// to that at which sketches are full.
    pub(crate) const USUAL_LIMIT: u32 = u32::MAX / ONE_IN;

    /// A sketch from its keys in the order of the text, and its limit. Of a
    /// key that is repeated the first place counts. `None` if there are more
    /// keys than a sketch of a text ever has: they come from a file.
    pub(crate) fn from_text_order(keys: &[u32], limit: u32) -> Option<Self> {
        if keys.len() > AT_MOST {
            return None;
        }
        let mut samples: Vec<Sample> = (0..)
            .zip(keys)
            .map(|(number, &key)| Sample::new(key, number))
            .collect();
        sort_distinct(&mut samples);
        Some(Self::of_samples(&samples, limit))
    }

    /// The keys in the order of the text.
    pub(crate) fn text_order(&self) -> Vec<u32> {
        let mut keys = vec![0; self.keys.len()];
        for (&key, &rank) in self.keys.iter().zip(&self.ranks) {
            keys[usize::from(rank)] = key;
        }
        keys
    }

    /// Of samples in the order of their hashes, without repeats; at most
    /// [`AT_MOST`].
    fn of_samples(samples: &[Sample], limit: u32) -> Self {
        Self {
            keys: samples.iter().map(|sample| sample.hash()).collect(),
            ranks: ranks(samples),
            limit,
        }
    }

    /// The keys by which candidates are found.
    pub(crate) fn candidate_keys(&self) -> &[u32] {
        let count = self
            .below(u32::MAX / CANDIDATE_ONE_IN)
            .max(CANDIDATE_AT_LEAST);
        &self.keys[..count.min(self.keys.len())]
    }

    /// How many keys are up to `limit`.
    fn below(&self, limit: u32) -> usize {
        self.keys.partition_point(|&key| key <= limit)
    }

    /// How many of the first keys of either sample take part in a comparison.
    pub(crate) fn comparable(&self, other: &Self) -> (usize, usize) {
        let limit = self.limit.min(other.limit);
        (self.below(limit), other.below(limit))
    }
}

/// A hash and the number of its shingle, in one integer that sorts by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sample(u64);

impl Sample {
    fn new(hash: u32, number: u32) -> Self {
        Self(u64::from(hash) << 32 | u64::from(number))
    }

    fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn number(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }
}

/// For each sample, how many of the others stand before it in the text.
fn ranks(samples: &[Sample]) -> Box<[u16]> {
    /// Numbers that are counted in a set of bits, which takes a third of the
    /// time of sorting; texts of some thousand words have none above.
    const BITS: usize = 64 * 64;
    let mut set = [0u64; BITS / 64];
    let last = samples.iter().map(|sample| sample.number()).max();
    if last.is_some_and(|last| last >= BITS as u64) {
        let mut order: Vec<u64> = (0..)
            .zip(samples)
            .map(|(at, sample)| sample.number() << 16 | at)
            .collect();
        order.sort_unstable();
        let mut ranks = vec![0; samples.len()].into_boxed_slice();
        for (rank, at) in (0..).zip(order) {
            ranks[(at & 0xffff) as usize] = rank;
        }
        return ranks;
    }
    let place = |sample: &Sample| {
        let number = sample.number();
        ((number >> 6 & 63) as usize, 1u64 << (number & 63))
    };
    for sample in samples {
        let (word, bit) = place(sample);
        set[word] |= bit;
    }
    let mut before = [0u16; BITS / 64];
    let mut count = 0;
    for (word, before) in set.iter().zip(&mut before) {
        *before = count;
        count += bits(*word);
    }
    let rank = |sample: &Sample| {
        let (word, bit) = place(sample);
        before[word] + bits(set[word] & (bit - 1))
    };
    samples.iter().map(rank).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "at most 64")]
fn bits(word: u64) -> u16 {
    word.count_ones() as u16
}

/// Collects the lowest hashes as they come, in bounded memory.
#[derive(Debug)]
pub(crate) struct Sampler {
    /// Hashes up to `limit`.
    low: Vec<Sample>,
    limit: u32,
    /// The lowest hashes above the limit, for texts too short for the rate.
    fill: Vec<Sample>,
    /// Whether `fill` is kept up; given up once the rate fills the sample.
    filling: bool,
    /// Whether nothing was dropped yet.
    whole: bool,
    count: u32,
}

impl Default for Sampler {
    fn default() -> Self {
        Self {
            low: Vec::with_capacity(2 * AT_LEAST),
            limit: u32::MAX / ONE_IN,
            fill: Vec::with_capacity(4 * AT_LEAST),
            filling: true,
            whole: true,
            count: 0,
        }
    }
}

impl Sampler {
    /// Takes the hashes of the next shingles.
    pub(crate) fn push_all(&mut self, hashes: &[u32]) {
        for &hash in hashes {
            self.push(hash);
        }
    }

    #[inline]
    fn push(&mut self, hash: u32) {
        let sample = Sample::new(hash, self.count);
        self.count = self.count.saturating_add(1);
        if hash <= self.limit {
            self.low.push(sample);
            if self.low.len() >= 2 * AT_MOST {
                self.limit = shrink(&mut self.low, AT_MOST).unwrap_or(self.limit);
            }
        } else if self.filling {
            self.fill.push(sample);
            if self.fill.len() >= 8 * AT_LEAST {
                self.whole &= shrink(&mut self.fill, AT_LEAST).is_none();
                if self.low.len() >= 2 * AT_LEAST {
                    sort_distinct(&mut self.low);
                    self.filling = self.low.len() < AT_LEAST;
                }
            }
        }
    }

    pub(crate) fn finish(mut self) -> Sketch {
        let mut limit = shrink(&mut self.low, AT_MOST).unwrap_or(self.limit);
        if self.filling && self.low.len() < AT_LEAST {
            let room = AT_LEAST - self.low.len();
            self.whole &= shrink(&mut self.fill, room).is_none();
            limit = match self.fill.last() {
                _ if self.whole => u32::MAX,
                Some(highest) => highest.hash(),
                None => limit,
            };
            self.low.append(&mut self.fill);
        }
        Sketch::of_samples(&self.low, limit)
    }
}

/// Sorts, drops repeats and all but the lowest `at_most`; returns the highest
/// hash left if something else than repeats was dropped.
fn shrink(samples: &mut Vec<Sample>, at_most: usize) -> Option<u32> {
    // Of many only the lowest are sorted; they will do unless most are repeats.
    let enough = 2 * at_most + 16;
    if samples.len() > 2 * enough {
        let (lowest, ..) = samples.select_nth_unstable(enough);
        lowest.sort_unstable();
        let distinct = lowest.chunk_by(|a, b| a.hash() == b.hash()).count();
        if distinct > at_most {
            samples.truncate(enough);
        }
    }
    sort_distinct(samples);
    if samples.len() <= at_most {
        return None;
    }
    samples.truncate(at_most);
    samples.last().map(|sample| sample.hash())
}

/// Sorts by hash; of equal hashes the first in the text is left.
fn sort_distinct(samples: &mut Vec<Sample>) {
    samples.sort_unstable();
    samples.dedup_by_key(|sample| sample.hash());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn more_keys_than_a_text_can_have_are_refused() {
        let keys: Vec<u32> = (0..).take(AT_MOST + 1).collect();
        assert!(Sketch::from_text_order(&keys[1..], u32::MAX).is_some());
        assert_eq!(Sketch::from_text_order(&keys, u32::MAX), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn ranks_are_places_in_the_order_of_the_text(
            numbers in prop::collection::btree_map(any::<u32>(), prop_oneof![0..300u32, 0..9_000u32], 0..900),
        ) {
            // The same place twice cannot be.
            let mut seen = BTreeSet::new();
            let samples: Vec<Sample> = numbers
                .iter()
                .filter(|(_, number)| seen.insert(**number))
                .map(|(&hash, &number)| Sample::new(hash, number))
                .collect();
            let ranks = ranks(&samples);
            for (sample, &rank) in samples.iter().zip(&ranks) {
                let before = samples.iter().filter(|other| other.number() < sample.number());
                prop_assert_eq!(before.count(), usize::from(rank));
            }
        }

        #[test]
        fn a_sketch_has_every_hash_up_to_its_limit(
            hashes in prop::collection::vec(prop_oneof![any::<u32>(), 0..u32::MAX / 3, 0..50u32], 0..12_000),
        ) {
            let sketch = sampled(&hashes);
            let all: BTreeSet<u32> = hashes.iter().copied().filter(|&hash| hash <= sketch.limit).collect();
            prop_assert_eq!(sketch.keys(), all.into_iter().collect::<Vec<_>>());
            prop_assert!(sketch.keys().len() <= AT_MOST);
            let distinct = hashes.iter().collect::<BTreeSet<_>>().len();
            prop_assert!(sketch.keys().len() >= AT_LEAST.min(distinct));
        }

        #[test]
        fn few_hashes_are_sampled_as_many_are(
            hashes in prop::collection::vec(prop_oneof![any::<u32>(), 0..u32::MAX / 3, 0..50u32], 0..1_100),
            repeats in 1..9usize,
        ) {
            let hashes = hashes[..hashes.len() / repeats].repeat(repeats);
            prop_assert_eq!(Sketch::of_few(&hashes, &mut Vec::new()), sampled(&hashes));
        }
    }

    /// What a sampler makes of hashes.
    fn sampled(hashes: &[u32]) -> Sketch {
        let mut sampler = Sampler::default();
        sampler.push_all(hashes);
        sampler.finish()
    }

    #[test]
    fn ranks_follow_the_text() {
        let sketch = Sketch::of_few(&[30, 10, 20, 10], &mut Vec::new());
        assert_eq!(sketch.keys(), [10, 20, 30]);
        assert_eq!(sketch.ranks(), [1, 2, 0]);
        assert_eq!(sketch.text_order(), [30, 10, 20]);
        assert_eq!(
            Sketch::from_text_order(&[30, 10, 20], sketch.limit()),
            Some(sketch)
        );
    }

    #[test]
    fn a_text_without_shingles_has_an_empty_sketch() {
        let sketch = Sketch::of_few(&[], &mut Vec::new());
        assert!(sketch.keys().is_empty());
        assert!(sketch.candidate_keys().is_empty());
    }
}
