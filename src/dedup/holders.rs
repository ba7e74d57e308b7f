//! Which kept documents have a shingle.

use std::collections::HashMap;

use super::keys::KeyHasher;

/// Holders listed for one key. Only kept documents are listed, one for each
/// story, so a story copied ten thousand times has one holder and none of its
/// copies can be missed by this. What reaches the limit is a phrase that very
/// many different texts share, which points to none of them.
pub(crate) const MOST_HOLDERS: usize = 64;

/// For each candidate key, the kept documents that have it.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    /// The only holder, or [`SHARED`] and a position in `shared`.
    first: HashMap<u32, u32, KeyHasher>,
    /// Holders of keys that have several.
    shared: Vec<Vec<u32>>,
}

/// Marks an entry that has several holders.
const SHARED: u32 = 1 << 31;

impl Holders {
    /// Adds a holder to each of the keys.
    pub(crate) fn insert(&mut self, keys: &[u32], holder: u32) {
        for &key in keys {
            let entry = self.first.entry(key).or_insert(holder);
            if *entry == holder {
                continue;
            }
            if *entry & SHARED == 0 {
                let position = u32::try_from(self.shared.len()).expect("fewer than documents");
                self.shared.push(vec![*entry]);
                *entry = SHARED | position;
            }
            let list = &mut self.shared[(*entry & !SHARED) as usize];
            // One more than the limit says that the limit is passed.
            if list.len() <= MOST_HOLDERS {
                list.push(holder);
            }
        }
    }

    /// The holders of a key. One more than [`MOST_HOLDERS`] means that there
    /// are more, and not all are listed.
    pub(crate) fn list(&self, key: u32) -> &[u32] {
        match self.first.get(&key) {
            None => &[],
            Some(entry) if entry & SHARED == 0 => std::slice::from_ref(entry),
            Some(entry) => &self.shared[(entry & !SHARED) as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_listed_until_a_key_says_nothing() {
        let mut holders = Holders::default();
        assert!(holders.list(7).is_empty());
        holders.insert(&[7, 8], 0);
        holders.insert(&[7], 5);
        assert_eq!(holders.list(7), [0, 5]);
        assert_eq!(holders.list(8), [0]);
        for holder in 6..200 {
            holders.insert(&[7], holder);
        }
        assert_eq!(holders.list(7).len(), MOST_HOLDERS + 1);
    }
}
