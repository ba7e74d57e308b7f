//! Finding simhashes within a Hamming radius, exactly.
//!
//! Two values that differ in at most `r` bits agree in at least one of `r + 1`
//! blocks of their bits, whatever bits differ (pigeonhole). So one table a
//! block, from the block's bits to the values that have them, finds every
//! neighbour; a comparison of the whole values then drops the rest.

use std::collections::HashMap;

use simhash::hamming_distance;

use super::keys::KeyHasher;

/// Values with the documents that have them, searched by Hamming distance.
#[derive(Debug)]
pub(crate) struct BlockTables {
    radius: u32,
    /// One table a block.
    tables: Vec<HashMap<u64, Bucket, KeyHasher>>,
}

/// Values that agree in a block. The values stand together, because nearly all
/// that is done with a bucket is to pass over values that are too far away.
#[derive(Debug, Default)]
struct Bucket {
    values: Vec<u64>,
    documents: Vec<u32>,
}

impl BlockTables {
    /// Tables for a radius below 64.
    pub(crate) fn new(radius: u32) -> Self {
        let radius = radius.min(63);
        Self {
            radius,
            tables: (0..=radius).map(|_| HashMap::default()).collect(),
        }
    }

    pub(crate) fn insert(&mut self, value: u64, document: u32) {
        let radius = self.radius;
        for (number, table) in (0..).zip(&mut self.tables) {
            let bits = block(value, number, radius);
            let bucket = table.entry(bits).or_default();
            bucket.values.push(value);
            bucket.documents.push(document);
        }
    }

    /// Calls `found` with every document whose value is within the radius of
    /// `value`, and the distance; once for each, in no particular order.
    pub(crate) fn neighbours(&self, value: u64, mut found: impl FnMut(u32, u32)) {
        for (number, table) in (0..).zip(&self.tables) {
            let Some(bucket) = table.get(&block(value, number, self.radius)) else {
                continue;
            };
            for (&other, &document) in bucket.values.iter().zip(&bucket.documents) {
                if !has_at_most(other ^ value, self.radius) {
                    continue;
                }
                // Seen already if an earlier block agrees, too.
                let earlier = (0..number).any(|earlier| {
                    block(value, earlier, self.radius) == block(other, earlier, self.radius)
                });
                if !earlier {
                    found(document, hamming_distance(other, value));
                }
            }
        }
    }
}

/// Whether at most `count` bits are set. For the few bits of a usual radius
/// this is faster than to count all of them.
#[inline]
fn has_at_most(mut bits: u64, count: u32) -> bool {
    for _ in 0..count {
        bits &= bits.wrapping_sub(1);
    }
    bits == 0
}

/// The bits of one of `radius + 1` blocks, which differ in length by at most
/// one bit.
fn block(value: u64, number: u32, radius: u32) -> u64 {
    let blocks = radius + 1;
    let start = 64 * number / blocks;
    let end = 64 * (number + 1) / blocks;
    (value >> start) & (u64::MAX >> (64 - (end - start)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(tables: &BlockTables, value: u64) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        tables.neighbours(value, |document, distance| found.push((document, distance)));
        found.sort_unstable();
        found
    }

    /// Values near a few centres, so that many are within a small radius.
    fn values() -> impl Strategy<Value = Vec<u64>> {
        let near = (0..4u64, prop::collection::vec(0..64u32, 0..7)).prop_map(|(centre, flips)| {
            flips
                .into_iter()
                .fold(centre.wrapping_mul(0x9e37_79b9_7f4a_7c15), |value, bit| {
                    value ^ (1 << bit)
                })
        });
        prop::collection::vec(near, 1..60)
    }

    proptest! {
        #[test]
        fn tables_find_what_comparing_with_all_finds(values in values(), radius in 0..9u32) {
            let mut tables = BlockTables::new(radius);
            for (document, &value) in (0..).zip(&values) {
                tables.insert(value, document);
            }
            for &value in &values {
                let mut all: Vec<_> = (0..)
                    .zip(&values)
                    .map(|(document, other)| (document, (value ^ other).count_ones()))
                    .filter(|&(_, distance)| distance <= radius)
                    .collect();
                all.sort_unstable();
                prop_assert_eq!(found(&tables, value), all);
            }
        }
    }

    #[test]
    fn blocks_cover_every_bit_once() {
        for radius in 0..64 {
            let bits: u32 = (0..=radius)
                .map(|number| block(u64::MAX, number, radius).count_ones())
                .sum();
            assert_eq!(bits, 64, "radius {radius}");
        }
    }
}
