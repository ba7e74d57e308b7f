//! A sample of a set of hashes that can be compared with other samples.
//!
//! Every set keeps its lowest hashes, up to a limit that goes with the sample.
//! Because all sets sample by the same rule, two samples are complete below
//! the lower of their limits, and there the overlap of the sets can be counted
//! (Broder's bottom-k sketch, with the fixed rate of `FracMinHash` for sets that
//! are large enough: long texts keep a share, short texts a minimum).

/// How a set is sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// One hash in so many is kept.
    pub(crate) one_in: u64,
    /// At least so many are kept, if the set has them.
    pub(crate) at_least: usize,
    /// At most so many are kept: a bound on memory and time, not on recall.
    pub(crate) at_most: usize,
}

impl Rate {
    fn limit(self) -> u64 {
        u64::MAX / self.one_in
    }
}

/// The lowest hashes of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sketch {
    /// Ascending, without repeats.
    keys: Box<[u64]>,
    /// Every hash of the set up to here is in `keys`.
    limit: u64,
}

impl Sketch {
    /// Samples the set of `hashes`, which may repeat.
    pub(crate) fn of(hashes: impl Iterator<Item = u64>, rate: Rate) -> Self {
        let mut limit = rate.limit();
        let mut low = Vec::new();
        // The lowest hashes above the limit, for sets too small for the rate.
        // Given up once the rate alone has filled the sample.
        let mut fill = Vec::new();
        let mut filling = true;
        let mut whole = true;
        for hash in hashes {
            if hash <= limit {
                low.push(hash);
                if low.len() >= 2 * rate.at_most {
                    limit = shrink(&mut low, rate.at_most).unwrap_or(limit);
                }
            } else if filling {
                fill.push(hash);
                if fill.len() >= 8 * rate.at_least {
                    whole &= shrink(&mut fill, rate.at_least).is_none();
                    filling = low.len() < 2 * rate.at_least;
                }
            }
        }
        limit = shrink(&mut low, rate.at_most).unwrap_or(limit);
        if filling && low.len() < rate.at_least {
            whole &= shrink(&mut fill, rate.at_least - low.len()).is_none();
            limit = match fill.last() {
                _ if whole => u64::MAX,
                Some(&highest) => highest,
                None => limit,
            };
            low.append(&mut fill);
        }
        Self {
            keys: low.into_boxed_slice(),
            limit,
        }
    }

    pub(crate) fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// The keys up to `limit`.
    fn below(&self, limit: u64) -> &[u64] {
        &self.keys[..self.keys.partition_point(|&key| key <= limit)]
    }
}

/// Sorts, drops repeats and all but the lowest `at_most`; returns the highest
/// that is left if something else than repeats was dropped.
fn shrink(hashes: &mut Vec<u64>, at_most: usize) -> Option<u64> {
    hashes.sort_unstable();
    hashes.dedup();
    if hashes.len() <= at_most {
        return None;
    }
    hashes.truncate(at_most);
    hashes.last().copied()
}

/// How much of two sets was found in each other, counted in the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// Keys in both.
    pub(crate) shared: usize,
    /// Keys of the first set that could have been shared.
    pub(crate) first: usize,
    /// Keys of the second set that could have been shared.
    pub(crate) second: usize,
}

impl Sketch {
    /// Compares with another sample, below the lower of the two limits.
    /// Calls `shared` with each key in both.
    pub(crate) fn overlap(&self, other: &Self, mut shared: impl FnMut(u64)) -> Overlap {
        let limit = self.limit.min(other.limit);
        let (first, second) = (self.below(limit), other.below(limit));
        let (mut i, mut j, mut both) = (0, 0, 0);
        while i < first.len() && j < second.len() {
            let (a, b) = (first[i], second[j]);
            if a == b {
                both += 1;
                shared(a);
            }
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        Overlap {
            shared: both,
            first: first.len(),
            second: second.len(),
        }
    }

    /// The keys that a comparison with `other` looks at.
    pub(crate) fn comparable(&self, other: &Self) -> &[u64] {
        self.below(self.limit.min(other.limit))
    }
}
