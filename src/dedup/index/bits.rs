//! Numbers of a few bits, one after the other.

/// Bytes after the last number, so that every number can be read as part of
/// eight bytes.
pub(super) const PADDING: usize = 8;

/// How many bits a number needs.
pub(super) fn width(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

/// How many bytes so many numbers take, without the padding.
pub(super) fn packed_len(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(8)
}

/// Numbers of some bits on their way into bytes, the low bits first.
struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    bits: u128,
    filled: u32,
}

impl<'a> BitWriter<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            bits: 0,
            filled: 0,
        }
    }

    /// Appends the low `width` bits of a number, at most 56, which has no
    /// others.
    fn put(&mut self, number: u64, width: u32) {
        self.bits |= u128::from(number) << self.filled;
        self.filled += width;
        while self.filled >= 8 {
            self.out.push((self.bits & 0xff) as u8);
            self.bits >>= 8;
            self.filled -= 8;
        }
    }

    /// Fills the last byte.
    fn finish(self) {
        if self.filled > 0 {
            self.out.push((self.bits & 0xff) as u8);
        }
    }
}

/// Appends numbers of `width` bits, at most 56, the low bits first. Ends with a
/// whole byte and without padding.
pub(super) fn pack(numbers: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    let mut writer = BitWriter::new(out);
    for number in numbers {
        writer.put(number, width);
    }
    writer.finish();
}

/// Ones before a number that is written as it is, in [`WHOLE`] bits: a few far
/// above the others cost no more than that.
const MOST_ONES: u32 = 20;
const WHOLE: u32 = 56;

/// Appends numbers below 2^56 in Rice's code: of each the low bits as they are,
/// and what is above them as so many ones and a zero. For differences of sorted
/// hashes, which are small more often than large, that is a bit and more less
/// than numbers of equal width. Ends with a whole byte and without padding;
/// returns how many low bits were taken, which suits these numbers.
pub(super) fn pack_rice(numbers: impl Iterator<Item = u64> + Clone, out: &mut Vec<u8>) -> u32 {
    let (count, sum) = numbers
        .clone()
        .fold((0, 0), |(count, sum): (u64, u64), number| {
            (count + 1, sum.saturating_add(number))
        });
    // About the logarithm of the mean; which neighbour is best is tried.
    let about = width(sum / count.max(1)).min(WHOLE - 1);
    let cost = |low: u32| -> u64 {
        let bits = numbers.clone().map(|number| {
            let ones = ones(number, low);
            u64::from(if ones < MOST_ONES {
                ones + 1 + low
            } else {
                MOST_ONES + WHOLE
            })
        });
        bits.sum()
    };
    let low = (about.saturating_sub(2)..=about).min_by_key(|&low| cost(low));
    let low = low.unwrap_or(0);
    let mut writer = BitWriter::new(out);
    for number in numbers {
        let ones = ones(number, low);
        if ones < MOST_ONES {
            writer.put((1 << ones) - 1, ones + 1);
            writer.put(number & ((1 << low) - 1), low);
        } else {
            writer.put((1 << MOST_ONES) - 1, MOST_ONES);
            writer.put(number, WHOLE);
        }
    }
    writer.finish();
    low
}

/// What is above the low bits of a number, as far as it matters.
fn ones(number: u64, low: u32) -> u32 {
    u32::try_from(number >> low).unwrap_or(MOST_ONES)
}

/// Reads what [`pack_rice`] wrote, one number after the other.
pub(super) struct RiceReader<'a> {
    bytes: &'a [u8],
    low: u32,
    /// The next bit.
    at: usize,
}

impl<'a> RiceReader<'a> {
    pub(super) fn new(bytes: &'a [u8], low: u32) -> Self {
        Self { bytes, low, at: 0 }
    }

    /// The next number; `None` where the bytes end before it and the padding.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u64> {
        let ones = self.window()?.trailing_ones().min(MOST_ONES);
        if ones == MOST_ONES {
            self.at += ones as usize;
            return self.take(WHOLE);
        }
        self.at += ones as usize + 1;
        Some(u64::from(ones) << self.low | self.take(self.low)?)
    }

    fn take(&mut self, width: u32) -> Option<u64> {
        let number = self.window()? & ((1 << width) - 1);
        self.at += width as usize;
        Some(number)
    }

    /// The next 57 bits at least.
    #[inline]
    fn window(&self) -> Option<u64> {
        let window = self.bytes.get(self.at / 8..)?.first_chunk()?;
        Some(u64::from_le_bytes(*window) >> (self.at % 8))
    }
}

/// The number at `position` among numbers of `width` bits. `None` if the bytes
/// end before it and the padding.
#[inline]
pub(super) fn unpack(bytes: &[u8], position: usize, width: u32) -> Option<u64> {
    if width == 0 {
        return Some(0);
    }
    let bit = position * width as usize;
    let window = bytes.get(bit / 8..bit / 8 + 8)?;
    let window = u64::from_le_bytes(window.try_into().ok()?);
    Some(window >> (bit % 8) & (u64::MAX >> (u64::BITS - width)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_packed(numbers in prop::collection::vec(0..1u64 << 56, 0..300), width in 0..=56u32) {
            let mask = if width == 0 { 0 } else { u64::MAX >> (64 - width) };
            let numbers: Vec<u64> = numbers.iter().map(|number| number & mask).collect();
            let mut bytes = Vec::new();
            pack(numbers.iter().copied(), width, &mut bytes);
            prop_assert_eq!(bytes.len(), packed_len(numbers.len(), width));
            bytes.extend([0; PADDING]);
            for (position, &number) in numbers.iter().enumerate() {
                prop_assert_eq!(unpack(&bytes, position, width), Some(number));
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_in_rices_code_are_read_as_they_were_written(
            numbers in prop::collection::vec(prop_oneof![0..9u64, 0..5_000u64, 0..1u64 << 56], 0..300),
        ) {
            let mut bytes = Vec::new();
            let low = pack_rice(numbers.iter().copied(), &mut bytes);
            bytes.extend([0; PADDING]);
            let mut reader = RiceReader::new(&bytes, low);
            for &number in &numbers {
                prop_assert_eq!(reader.next(), Some(number));
            }
        }

        #[test]
        fn any_bytes_are_numbers_or_none(bytes in prop::collection::vec(any::<u8>(), 0..60), low in 0..=56u32) {
            let mut reader = RiceReader::new(&bytes, low);
            while reader.next().is_some() {}
        }
    }

    #[test]
    fn rices_code_takes_less_than_equal_widths_for_differences_of_hashes() {
        // The gaps between 256 well mixed numbers.
        let mut hashes: Vec<u64> = (1..=256u64)
            .map(|at| at.pow(5).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40)
            .collect();
        hashes.sort_unstable();
        let gaps = hashes.windows(2).map(|pair| pair[1] - pair[0]);
        let mut rice = Vec::new();
        pack_rice(gaps.clone(), &mut rice);
        let equal = packed_len(255, width(gaps.max().unwrap()));
        assert!(rice.len() * 8 < equal * 8 - 255, "{} {equal}", rice.len());
    }

    #[test]
    fn bytes_that_end_early_are_no_number() {
        assert_eq!(unpack(&[1, 2, 3], 0, 8), None);
    }
}
