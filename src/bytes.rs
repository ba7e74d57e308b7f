//! Numbers as bytes, as files of ours have them: whole ones little-endian on
//! every machine. What is taken is `None` where the bytes end before it.

/// Appends a number in groups of seven bits, the low ones first (LEB128).
pub(crate) fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

/// Takes what [`put_number`] wrote from the front of `bytes`.
pub(crate) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for group in 0..10 {
        let byte = *bytes.split_off_first()?;
        number |= u64::from(byte & 0x7f) << (7 * group);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Takes a number of four bytes from the front of `bytes`.
pub(crate) fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take_array(bytes).map(u32::from_le_bytes)
}

/// Takes a number of eight bytes from the front of `bytes`.
pub(crate) fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    take_array(bytes).map(u64::from_le_bytes)
}

/// Takes so many bytes from the front of `bytes`.
pub(crate) fn take_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    bytes.split_off(..N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_of_any_length_is_read_as_it_was_put(number in any::<u64>(), after in any::<u8>()) {
            let mut bytes = Vec::new();
            put_number(number, &mut bytes);
            bytes.push(after);
            let mut rest = &*bytes;
            prop_assert_eq!(take_number(&mut rest), Some(number));
            prop_assert_eq!(rest, [after]);
        }
    }

    #[test]
    fn bytes_that_end_early_are_no_number() {
        assert_eq!(take_number(&mut &[0x80, 0x80][..]), None);
        assert_eq!(take_number(&mut &[0xff; 12][..]), None);
        let mut short = &[1, 2][..];
        assert_eq!(take_u32(&mut short), None);
        assert_eq!(take_array::<2>(&mut short), Some([1, 2]));
        assert!(short.is_empty());
    }
}
