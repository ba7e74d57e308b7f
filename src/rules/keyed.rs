//! A table from numbers to lists, made once and asked for each line.

/// Lists by key. Keys are hashes, or spread by multiplication here.
#[derive(Debug)]
pub(super) struct Keyed<T> {
    /// Groups by hash, plus one; zero where there is none. Twice as many as
    /// groups at least, so that a look finds an end soon.
    slots: Vec<u32>,
    /// Each key and where its items begin; a last one for the end.
    groups: Vec<(u64, u32)>,
    items: Vec<T>,
    shift: u32,
    /// A bit for the hash of each key: few looks go further.
    known: Vec<u64>,
}

/// Bits for each slot: one look of 16 for a key that is not there goes on.
const KNOWN_EACH: usize = 8;

/// Spreads keys over the upper bits: 2^64 divided by the golden ratio (Knuth,
/// The Art of Computer Programming, 6.4).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T> Keyed<T> {
    /// The table of some keys and items. Items of a key stay in their order.
    ///
    /// # Panics
    /// If there are 2^32 items or more.
    pub(super) fn new(mut pairs: Vec<(u64, T)>) -> Self {
        pairs.sort_by_key(|(key, _)| *key);
        let number = |at: usize| u32::try_from(at).expect("rule files are bounded");
        let mut groups: Vec<(u64, u32)> = Vec::with_capacity(pairs.len() + 1);
        let mut items = Vec::with_capacity(pairs.len());
        for (key, item) in pairs {
            if groups.last().is_none_or(|(last, _)| *last != key) {
                groups.push((key, number(items.len())));
            }
            items.push(item);
        }
        let size = (2 * groups.len()).next_power_of_two().max(2);
        let shift = 64 - size.trailing_zeros();
        let mut slots = vec![0; size];
        let mut known = vec![0; (size * KNOWN_EACH).div_ceil(64)];
        for (at, (key, _)) in groups.iter().enumerate() {
            let mut slot = first_slot(*key, shift);
            while slots[slot] != 0 {
                slot = (slot + 1) % size;
            }
            slots[slot] = number(at + 1);
            let bit = known_bit(*key, shift);
            known[bit / 64] |= 1 << (bit % 64);
        }
        groups.push((0, number(items.len())));
        Self {
            slots,
            groups,
            items,
            shift,
            known,
        }
    }

    /// The items of a key.
    pub(super) fn get(&self, key: u64) -> &[T] {
        let bit = known_bit(key, self.shift);
        if self.known[bit / 64] >> (bit % 64) & 1 == 0 {
            return &[];
        }
        let mut slot = first_slot(key, self.shift);
        while let Some(at) = (self.slots[slot] as usize).checked_sub(1) {
            let (found, start) = self.groups[at];
            if found == key {
                return &self.items[start as usize..self.groups[at + 1].1 as usize];
            }
            slot = (slot + 1) % self.slots.len();
        }
        &[]
    }
}

/// The place of a key's bit.
fn known_bit(key: u64, shift: u32) -> usize {
    first_slot(key, shift - KNOWN_EACH.trailing_zeros())
}

fn first_slot(key: u64, shift: u32) -> usize {
    // In range on every machine: slots are in memory.
    usize::try_from(key.wrapping_mul(SPREAD) >> shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_items_in_order() {
        let pairs = (0..10_000_u64).map(|n| (n % 700 * 31, n)).collect();
        let table = Keyed::new(pairs);
        for key in 0..700 {
            let expected: Vec<u64> = (0..10_000).filter(|n| n % 700 == key).collect();
            assert_eq!(table.get(key * 31), expected);
        }
        assert!(table.get(1).is_empty());
        assert!(Keyed::<u8>::default().get(0).is_empty());
    }
}
