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

/// Appends numbers of `width` bits, at most 56, the low bits first. Ends with a
/// whole byte and without padding.
pub(super) fn pack(numbers: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    let (mut bits, mut filled) = (0u128, 0);
    for number in numbers {
        bits |= u128::from(number) << filled;
        filled += width;
        while filled >= 8 {
            out.push((bits & 0xff) as u8);
            bits >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        out.push((bits & 0xff) as u8);
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

    #[test]
    fn bytes_that_end_early_are_no_number() {
        assert_eq!(unpack(&[1, 2, 3], 0, 8), None);
    }
}
