//! A file of answers.
//!
//! ```text
//! magic 8 | count 4 | count × (key 16, day 4, end 4), by key | bodies | checksum 8
//! ```
//!
//! `end` is where the answer's body ends among the bodies; it begins where the
//! one before ends. All numbers are little-endian. Nothing is parsed on
//! opening but for the checksum, and an answer is found by halving.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use xxhash_rust::xxh3::xxh3_64;

use super::{MOST_DAYS, SHARD_BYTES, TOUCH_DAYS};

const MAGIC: &[u8; 8] = b"DEHUSKC1";
const HEAD: usize = MAGIC.len() + 4;
const ROW: usize = 16 + 4 + 4;
const SUM: usize = 8;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) key: u128,
    /// When it was last asked for, in days since 1970.
    pub(super) day: u32,
    pub(super) body: Box<[u8]>,
}

/// The answers of a file.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// The whole file, or nothing.
    bytes: Vec<u8>,
    count: usize,
    /// Which answers this run has asked for.
    used: Vec<AtomicBool>,
}

impl Shard {
    /// The answers in the file at `path`; none if it is not there, or not
    /// whole.
    pub(super) fn read(path: &Path) -> Self {
        fs::read(path)
            .ok()
            .and_then(Self::of_bytes)
            .unwrap_or_default()
    }

    fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (content, sum) = bytes.split_last_chunk::<SUM>()?;
        if xxh3_64(content) != u64::from_le_bytes(*sum) || !content.starts_with(MAGIC) {
            return None;
        }
        let count = usize::try_from(u32_at(content, MAGIC.len())?).ok()?;
        if content.len() < HEAD + count.checked_mul(ROW)? {
            return None;
        }
        let used = std::iter::repeat_with(AtomicBool::default)
            .take(count)
            .collect();
        Some(Self { bytes, count, used })
    }

    /// The answer with this key.
    pub(super) fn get(&self, key: u128) -> Option<&[u8]> {
        let (mut from, mut to) = (0, self.count);
        while from < to {
            let middle = from.midpoint(to);
            let found = self.key(middle)?;
            match found.cmp(&key) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => {
                    self.used[middle].store(true, Ordering::Relaxed);
                    return self.body(middle);
                }
            }
        }
        None
    }

    /// Whether an answer was used that is not known to be of late.
    pub(super) fn is_due(&self, today: u32) -> bool {
        self.used.iter().enumerate().any(|(at, used)| {
            let day = self.day(at).unwrap_or(today);
            used.load(Ordering::Relaxed) && day.saturating_add(TOUCH_DAYS) <= today
        })
    }

    fn key(&self, at: usize) -> Option<u128> {
        let bytes = self.bytes.get(row(at)..)?.first_chunk()?;
        Some(u128::from_le_bytes(*bytes))
    }

    fn day(&self, at: usize) -> Option<u32> {
        u32_at(&self.bytes, row(at) + 16)
    }

    fn end(&self, at: usize) -> Option<usize> {
        usize::try_from(u32_at(&self.bytes, row(at) + 20)?).ok()
    }

    fn body(&self, at: usize) -> Option<&[u8]> {
        let bodies = self.bytes.get(row(self.count)..self.bytes.len() - SUM)?;
        let start = match at.checked_sub(1) {
            Some(before) => self.end(before)?,
            None => 0,
        };
        bodies.get(start..self.end(at)?)
    }

    fn kept(&self, today: u32) -> impl Iterator<Item = Kept> {
        self.used.iter().enumerate().filter_map(move |(at, used)| {
            let is_used = used.load(Ordering::Relaxed);
            Some(Kept {
                key: self.key(at)?,
                day: if is_used { today } else { self.day(at)? },
                body: self.body(at)?.into(),
            })
        })
    }
}

/// Where the row of an answer begins.
fn row(at: usize) -> usize {
    HEAD + at * ROW
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*four))
}

/// The bytes of a file with the answers of `old` and those of `new`, without
/// what is too old or does not fit: then what was asked for last stays.
pub(super) fn merge(old: Option<&Shard>, new: Vec<Kept>, today: u32) -> Vec<u8> {
    // The new ones first: of two with one key the first is taken.
    let mut all = new;
    all.extend(old.into_iter().flat_map(|old| old.kept(today)));
    all.sort_by_key(|kept| kept.key);
    all.dedup_by_key(|kept| kept.key);
    all.retain(|kept| kept.day.saturating_add(MOST_DAYS) > today);
    all.sort_by_key(|kept| std::cmp::Reverse(kept.day));
    let mut room = SHARD_BYTES;
    all.retain(|kept| {
        let left = room.checked_sub(ROW + kept.body.len());
        room = left.unwrap_or(0);
        left.is_some()
    });
    all.sort_unstable_by_key(|kept| kept.key);
    to_bytes(&all)
}

fn to_bytes(all: &[Kept]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(all.len()).unwrap_or(0).to_le_bytes());
    let mut end = 0u32;
    for kept in all {
        // Below SHARD_BYTES together.
        end += u32::try_from(kept.body.len()).unwrap_or(0);
        bytes.extend(kept.key.to_le_bytes());
        bytes.extend(kept.day.to_le_bytes());
        bytes.extend(end.to_le_bytes());
    }
    for kept in all {
        bytes.extend(&kept.body);
    }
    let sum = xxh3_64(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: u32 = 20_000;

    fn kept(key: u128, day: u32, body: &[u8]) -> Kept {
        Kept {
            key,
            day,
            body: body.into(),
        }
    }

    fn shard(all: Vec<Kept>) -> Shard {
        Shard::of_bytes(merge(None, all, TODAY)).unwrap()
    }

    #[test]
    fn answers_are_found_by_their_keys() {
        let shard = shard(
            (0..100u8)
                .map(|n| kept(u128::from(n) * 7, TODAY, &[n; 3]))
                .collect(),
        );
        for n in 0..100u8 {
            assert_eq!(shard.get(u128::from(n) * 7), Some(&[n; 3][..]));
        }
        assert_eq!(shard.get(3), None);
        assert_eq!(shard.get(u128::MAX), None);
    }

    #[test]
    fn a_file_with_a_wrong_byte_or_without_its_end_has_no_answers() {
        let bytes = merge(
            None,
            vec![kept(1, TODAY, b"one"), kept(2, TODAY, b"two")],
            TODAY,
        );
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x40;
            assert!(Shard::of_bytes(wrong).is_none(), "byte {at}");
            assert!(
                Shard::of_bytes(bytes[..at].to_vec()).is_none(),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn a_new_answer_takes_the_place_of_an_old_one() {
        let old = shard(vec![kept(1, TODAY, b"old"), kept(2, TODAY, b"two")]);
        let both = merge(Some(&old), vec![kept(1, TODAY, b"new")], TODAY);
        let both = Shard::of_bytes(both).unwrap();
        assert_eq!(
            (both.get(1), both.get(2)),
            (Some(&b"new"[..]), Some(&b"two"[..]))
        );
    }

    #[test]
    fn what_nobody_asks_for_goes_and_what_is_asked_for_stays() {
        let old = shard(vec![
            kept(1, TODAY - 20, b"one"),
            kept(2, TODAY - 20, b"two"),
        ]);
        assert!(!old.is_due(TODAY));
        old.get(2);
        assert!(old.is_due(TODAY));
        let later = TODAY + 15;
        let left = Shard::of_bytes(merge(Some(&old), Vec::new(), later)).unwrap();
        assert_eq!((left.get(1), left.get(2)), (None, Some(&b"two"[..])));
    }

    #[test]
    fn a_file_has_a_largest_size_and_the_newest_answers_stay() {
        let body = vec![0; SHARD_BYTES / 4];
        let all = (0..6)
            .map(|n| kept(u128::from(n), TODAY - n, &body))
            .collect();
        let bytes = merge(None, all, TODAY);
        assert!(bytes.len() <= SHARD_BYTES + HEAD + SUM);
        let shard = Shard::of_bytes(bytes).unwrap();
        assert!(shard.get(0).is_some() && shard.get(5).is_none());
    }
}
