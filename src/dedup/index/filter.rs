//! Which keys a table may have: a Bloom filter with two bits a key.

/// Bits for each key. With two probes, 12 let one in 40 absent keys pass.
const BITS_PER_KEY: u64 = 12;

/// A set of keys that now and then takes a stranger for a member.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<u64>,
}

impl Filter {
    pub(super) fn for_keys(count: u64) -> Self {
        let words = (count * BITS_PER_KEY).div_ceil(64).max(1);
        Self {
            words: vec![0; usize::try_from(words).unwrap_or(1)],
        }
    }

    /// A word, and two of its bits: one cache line a key.
    fn place(&self, key: u32) -> (usize, u64) {
        let hash = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The upper bits choose the word without a division (Lemire).
        let word = (u128::from(hash) * self.words.len() as u128) >> 64;
        let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = 1 << (mixed >> 58) | 1 << (mixed >> 52 & 63);
        (usize::try_from(word).unwrap_or(0), bits)
    }

    pub(super) fn add(&mut self, key: u32) {
        let (word, bits) = self.place(key);
        self.words[word] |= bits;
    }

    /// `false` for keys that were not added, nearly always.
    #[inline]
    pub(super) fn may_have(&self, key: u32) -> bool {
        let (word, bits) = self.place(key);
        self.words[word] & bits == bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_what_was_added_and_little_else() {
        let mut filter = Filter::for_keys(10_000);
        let keys =
            |from: u32| (from..from + 10_000).map(|number| number.wrapping_mul(2_654_435_761));
        keys(0).for_each(|key| filter.add(key));
        assert!(keys(0).all(|key| filter.may_have(key)));
        let strangers = keys(20_000).filter(|&key| filter.may_have(key)).count();
        assert!(strangers < 1_000, "{strangers}");
    }
}
