//! In how many kept stories a shingle occurs.

use super::keys::{AT_ONCE, KeyTable};

/// Counts of keys.
///
/// Nearly every look at a table of all keys misses the caches and the table of
/// pages, and every kept document counts dozens of keys. So keys wait, ordered
/// roughly, until many of one range are entered together, in memory that is
/// near by then. What is counted is the sum of those that wait and those that
/// were entered.
#[derive(Debug, Default)]
pub(crate) struct Frequency {
    /// Made with the first key.
    ranges: Vec<Range>,
    /// Keys that wait, [`WAITING`] places for each range.
    waiting: Vec<u32>,
    /// Keys that occur more than once among those entered.
    more: KeyTable,
}

/// Keys that have their upper bits in common.
#[derive(Debug, Default)]
struct Range {
    /// How many of its keys wait.
    waiting: usize,
    /// A bit for each key, which is set as long as the key did not occur. Made
    /// when the first keys are entered. (Set rather than not, because the system
    /// makes a page of zeros twice: when it is read, and again when written to.)
    absent: Vec<u64>,
}

/// Bits that tell keys of a range apart. The bits of a range take 128 KB, 32
/// pages.
const RANGE_BITS: u32 = 20;

/// Ranges of all keys. Those of texts that are not short are up to
/// [`Sketch::USUAL_LIMIT`](super::sketch::Sketch::USUAL_LIMIT), in a quarter of
/// the ranges.
const RANGES: usize = 1 << (32 - RANGE_BITS);

/// Keys of a range that are entered together. To count a key of 100,000
/// documents takes half the time that it takes one by one;
/// whoever asks for a count has to look through those that wait.
const WAITING: usize = 128;

impl Frequency {
    /// Counts one more occurrence of each of the keys.
    pub(crate) fn add_all(&mut self, keys: &[u32]) {
        if self.ranges.is_empty() {
            self.ranges.resize_with(RANGES, Range::default);
            self.waiting = vec![0; RANGES * WAITING];
        }
        for &key in keys {
            let range = range_of(key);
            let count = &mut self.ranges[range].waiting;
            self.waiting[range * WAITING + *count] = key;
            *count += 1;
            if *count == WAITING {
                self.enter(range);
            }
        }
    }

    /// Counts one more occurrence.
    pub(crate) fn add(&mut self, key: u32) {
        self.add_all(&[key]);
    }

    /// Enters the keys of a range that wait.
    fn enter(&mut self, range: usize) {
        let Range { waiting, absent } = &mut self.ranges[range];
        if absent.is_empty() {
            *absent = vec![u64::MAX; 1 << (RANGE_BITS - 6)];
        }
        let start = range * WAITING;
        for keys in self.waiting[start..start + *waiting].chunks(AT_ONCE) {
            // All are read before the first is decided upon.
            let mut before = [0; AT_ONCE];
            for (word, &key) in before.iter_mut().zip(keys) {
                *word = absent[place(key).0];
            }
            for (before, &key) in before.iter().zip(keys) {
                let (word, bit) = place(key);
                // Another of these keys may have been the same.
                if before & bit == 0 || absent[word] & bit == 0 {
                    let count = self.more.get(key).unwrap_or(1);
                    self.more.set(key, count.saturating_add(1));
                } else {
                    absent[word] &= !bit;
                }
            }
        }
        *waiting = 0;
    }

    /// How often each of the keys was counted: calls `each` in their order.
    pub(crate) fn each<E>(
        &self,
        keys: &[u32],
        mut each: impl FnMut(u32) -> Result<(), E>,
    ) -> Result<(), E> {
        for keys in keys.chunks(AT_ONCE) {
            let mut words = [u64::MAX; AT_ONCE];
            for (word, &key) in words.iter_mut().zip(keys) {
                let range = self.ranges.get(range_of(key));
                let found = range.and_then(|range| range.absent.get(place(key).0));
                *word = found.copied().unwrap_or(u64::MAX);
            }
            for (word, &key) in words.iter().zip(keys) {
                let entered = if word & place(key).1 == 0 {
                    self.more.get(key).unwrap_or(1)
                } else {
                    0
                };
                each(entered.saturating_add(self.waits(key)))?;
            }
        }
        Ok(())
    }

    /// How often a key waits.
    fn waits(&self, key: u32) -> u32 {
        let range = range_of(key);
        let Some(Range { waiting, .. }) = self.ranges.get(range) else {
            return 0;
        };
        let waiting = &self.waiting[range * WAITING..][..*waiting];
        waiting.iter().map(|&other| u32::from(other == key)).sum()
    }
}

/// The range of a key.
fn range_of(key: u32) -> usize {
    (key >> RANGE_BITS) as usize
}

/// The word of a key in its range, and its bit in that.
fn place(key: u32) -> (usize, u64) {
    let within = key & ((1 << RANGE_BITS) - 1);
    ((within >> 6) as usize, 1 << (key & 63))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn counts(frequency: &Frequency, keys: &[u32]) -> Vec<u32> {
        let mut counts = Vec::new();
        let all: Result<(), ()> = frequency.each(keys, |count| {
            counts.push(count);
            Ok(())
        });
        assert_eq!(all, Ok(()));
        counts
    }

    #[test]
    fn counts_are_exact() {
        let mut frequency = Frequency::default();
        assert_eq!(counts(&frequency, &[1]), [0]);
        frequency.add_all(&[0, 1, 63, 64, u32::MAX, 1 << 20]);
        frequency.add_all(&[64, 64]);
        let keys = [0, 1, 2, 63, 64, u32::MAX, 1 << 20];
        assert_eq!(counts(&frequency, &keys), [1, 1, 0, 1, 3, 1, 1]);
    }

    proptest! {
        #[test]
        fn keys_count_the_same_whether_they_wait_or_were_entered(
            keys in prop::collection::vec(prop_oneof![0..300u32, (1u32 << RANGE_BITS) - 9..(1u32 << RANGE_BITS) + 9, any::<u32>()], 0..3_000),
        ) {
            let mut frequency = Frequency::default();
            let mut expected = HashMap::new();
            for keys in keys.chunks(70) {
                frequency.add_all(keys);
            }
            for key in keys {
                *expected.entry(key).or_insert(0) += 1;
            }
            let keys: Vec<u32> = (0..400).chain(expected.keys().copied()).collect();
            let expected: Vec<u32> = keys.iter().map(|key| expected.get(key).copied().unwrap_or(0)).collect();
            prop_assert_eq!(counts(&frequency, &keys), expected);
        }
    }
}
