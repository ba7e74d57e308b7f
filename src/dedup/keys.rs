//! Tables whose keys are hashes already.

use std::hash::{BuildHasher, Hasher};

/// Hashes keys that are well mixed but may be small numbers: sketches keep the
/// lowest hashes, and a table needs the high bits as well.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyHasher;

impl BuildHasher for KeyHasher {
    type Hasher = KeyState;

    fn build_hasher(&self) -> KeyState {
        KeyState(0)
    }
}

/// Keys that are looked up together: processors wait for some dozens of places
/// in memory at a time.
pub(crate) const AT_ONCE: usize = 64;

/// 2^64 by the golden ratio: any odd number with well mixed bits will do.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The state of a [`KeyHasher`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyState(u64);

impl Hasher for KeyState {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, key: u64) {
        // Multiplication carries low bits up, rotation brings them back down.
        self.0 = (self.0 ^ key).wrapping_mul(SPREAD).rotate_left(26);
    }
}

/// A table from keys to numbers, of which none is `u32::MAX`.
///
/// Key and number stand together, so a look-up of a key that is not near by in
/// memory waits once, where a general table waits twice; and [`each`](Self::each)
/// waits for many keys at the same time.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    /// A key in the upper half and its number in the lower, or [`FREE`]; in the
    /// first free place from [`home`](Self::home) on. A power of two, or none.
    slots: Vec<u64>,
    len: usize,
}

/// Marks a slot without a key.
const FREE: u64 = u64::MAX;

/// Slots of the smallest table.
const FEWEST: usize = 64;

impl KeyTable {
    /// The number of a key.
    pub(crate) fn get(&self, key: u32) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        number(self.slots[self.place(key)])
    }

    /// Gives a key a number.
    pub(crate) fn set(&mut self, key: u32, number: u32) {
        // Up to three quarters full, a search ends after a few slots.
        if 4 * self.len >= 3 * self.slots.len() {
            self.grow();
        }
        let place = self.place(key);
        self.len += usize::from(self.slots[place] == FREE);
        self.slots[place] = u64::from(key) << 32 | u64::from(number);
    }

    /// Calls `each` with every key and its number, in order. The slots of many
    /// keys are read before the first is looked at.
    pub(crate) fn each<E>(
        &self,
        keys: &[u32],
        mut each: impl FnMut(u32, Option<u32>) -> Result<(), E>,
    ) -> Result<(), E> {
        for keys in keys.chunks(AT_ONCE) {
            let mut homes = [FREE; AT_ONCE];
            if !self.slots.is_empty() {
                for (slot, &key) in homes.iter_mut().zip(keys) {
                    *slot = self.slots[self.home(key)];
                }
            }
            for (&slot, &key) in homes.iter().zip(keys) {
                let is_here = slot == FREE || has(slot, key);
                each(key, if is_here { number(slot) } else { self.get(key) })?;
            }
        }
        Ok(())
    }

    /// Where the search for a key begins.
    fn home(&self, key: u32) -> usize {
        // The upper bits of the product depend on all bits of the key.
        let spread = u64::from(key).wrapping_mul(SPREAD) >> 32;
        (spread as usize * self.slots.len()) >> 32
    }

    /// The slot of a key, or where it would be put.
    fn place(&self, key: u32) -> usize {
        let mut place = self.home(key);
        while self.slots[place] != FREE && !has(self.slots[place], key) {
            place = (place + 1) % self.slots.len();
        }
        place
    }

    fn grow(&mut self) {
        let slots = vec![FREE; (2 * self.slots.len()).max(FEWEST)];
        for slot in std::mem::replace(&mut self.slots, slots) {
            if slot != FREE {
                let place = self.place((slot >> 32) as u32);
                self.slots[place] = slot;
            }
        }
    }
}

/// Whether a slot that is not free has a key.
fn has(slot: u64, key: u32) -> bool {
    slot >> 32 == u64::from(key)
}

/// The number in a slot.
#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn number(slot: u64) -> Option<u32> {
    (slot != FREE).then_some(slot as u32)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_has_the_number_that_it_was_given_last(
            pairs in prop::collection::vec((prop_oneof![0..90u32, any::<u32>(), Just(u32::MAX)], 0..u32::MAX), 0..400),
            others in prop::collection::vec(0..200u32, 0..90),
        ) {
            let mut table = KeyTable::default();
            let mut expected = HashMap::new();
            for &(key, number) in &pairs {
                table.set(key, number);
                expected.insert(key, number);
            }
            let keys: Vec<u32> = pairs.iter().map(|pair| pair.0).chain(others).collect();
            let mut seen = Vec::new();
            let all: Result<(), ()> = table.each(&keys, |key, number| {
                seen.push((key, number));
                Ok(())
            });
            prop_assert_eq!(all, Ok(()));
            let expected: Vec<_> = keys.iter().map(|key| (*key, expected.get(key).copied())).collect();
            prop_assert_eq!(&seen, &expected);
            for (key, number) in expected {
                prop_assert_eq!(table.get(key), number);
            }
        }
    }
}
