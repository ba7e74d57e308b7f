//! Which kept documents have a shingle.

use super::keys::KeyTable;

/// Holders listed for one key. Only kept documents are listed, one for each
/// story, so a story copied ten thousand times has one holder and none of its
/// copies can be missed by this. What reaches the limit is a phrase that very
/// many different texts share, which points to none of them.
pub(crate) const MOST_HOLDERS: usize = 64;

/// For each candidate key, the kept documents that have it.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    /// The only holder, or [`SHARED`] and a position in `shared`.
    first: KeyTable,
    /// Holders of keys that have several.
    shared: Vec<Vec<u32>>,
}

/// Marks an entry that has several holders.
const SHARED: u32 = 1 << 31;

impl Holders {
    /// Adds a holder to each of the keys.
    pub(crate) fn insert(&mut self, keys: &[u32], holder: u32) {
        for &key in keys {
            let Some(entry) = self.first.get(key) else {
                self.first.set(key, holder);
                continue;
            };
            if entry == holder {
                continue;
            }
            if entry & SHARED != 0 {
                let list = &mut self.shared[(entry & !SHARED) as usize];
                // One more than the limit says that the limit is passed.
                if list.len() <= MOST_HOLDERS {
                    list.push(holder);
                }
                continue;
            }
            let position = u32::try_from(self.shared.len()).expect("fewer than documents");
            self.shared.push(vec![entry, holder]);
            self.first.set(key, SHARED | position);
        }
    }

    /// Calls `each` with every key and its holders. One more than
    /// [`MOST_HOLDERS`] means that there are more, and not all are listed.
    pub(crate) fn each<E>(
        &self,
        keys: &[u32],
        mut each: impl FnMut(u32, &[u32]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.first.each(keys, |key, entry| match entry {
            None => each(key, &[]),
            Some(entry) if entry & SHARED == 0 => each(key, &[entry]),
            Some(entry) => each(key, &self.shared[(entry & !SHARED) as usize]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_listed_until_a_key_says_nothing() {
        let list = |holders: &Holders, key| {
            let mut found = Vec::new();
            let all: Result<(), ()> = holders.each(&[key], |_, list| {
                found.extend_from_slice(list);
                Ok(())
            });
            assert_eq!(all, Ok(()));
            found
        };
        let mut holders = Holders::default();
        assert!(list(&holders, 7).is_empty());
        holders.insert(&[7, 8], 0);
        holders.insert(&[7], 5);
        assert_eq!(list(&holders, 7), [0, 5]);
        assert_eq!(list(&holders, 8), [0]);
        for holder in 6..200 {
            holders.insert(&[7], holder);
        }
        assert_eq!(list(&holders, 7).len(), MOST_HOLDERS + 1);
    }
}
