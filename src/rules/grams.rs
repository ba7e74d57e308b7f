//! Finds strings in a text, all of many at once.
//!
//! An Aho-Corasick automaton of the strings of all rules takes longer to build
//! than a small run has, and misses the cache at every byte. Here each string
//! is known by four of its bytes (the rarest ones by a guess), and a bit for
//! each four bytes that some string is known by says at which places of a text
//! to look closer: nearly none. The same idea as Wu and Manber, "A fast
//! algorithm for multi-pattern searching" (1994), without skips, which short
//! strings do not allow. Strings of fewer than four bytes are known by two.

use super::keyed::Keyed;

/// A string by its place in the list of all.
pub(super) type StringId = u32;

/// The bytes that a string is known by, if it has so many.
const GRAM: usize = 4;
/// Bits for each string in the table of grams: so one look in 32 is in vain.
const BITS_EACH: usize = 32;
/// The table's bits, as a power of two: 8 KiB at least, and 2 MiB at most.
const BITS: (u32, u32) = (16, 24);

/// Strings to look for.
#[derive(Debug, Default)]
pub(super) struct Grams {
    texts: Vec<Box<str>>,
    /// A bit for each pair of bytes that a short string begins with.
    pairs: Vec<u64>,
    /// A bit for the hash of each gram.
    hashes: Vec<u64>,
    shift: u32,
    /// Short strings, by first byte, each as a gram and the bits of it that
    /// count.
    short: Keyed<(StringId, u32, u32)>,
    /// Longer ones, by gram, with the gram's place in the string.
    long: Keyed<(StringId, u32)>,
}

impl Grams {
    /// # Panics
    /// If there are 2^32 strings or more, or one is as long.
    pub(super) fn new(texts: Vec<Box<str>>) -> Self {
        let mut short = Vec::new();
        let mut long = Vec::new();
        let mut pairs = vec![0; 1 << (16 - 6)];
        for (id, text) in (0..).zip(&texts) {
            let bytes = text.as_bytes();
            match bytes {
                [] => {}
                [only] => {
                    short.push((u64::from(*only), (id, u32::from(*only), 0xFF)));
                    (0..=u8::MAX).for_each(|next| mark(&mut pairs, pair(*only, next)));
                }
                [first, second] => {
                    let pair = pair(*first, *second);
                    short.push((u64::from(*first), (id, pair, 0xFFFF)));
                    mark(&mut pairs, pair);
                }
                [first, second, third] => {
                    let pair = pair(*first, *second);
                    let three = pair | u32::from(*third) << 16;
                    short.push((u64::from(*first), (id, three, 0x00FF_FFFF)));
                    mark(&mut pairs, pair);
                }
                _ => {
                    let at = rarest(bytes);
                    let place = u32::try_from(at).expect("phrases are short");
                    long.push((u64::from(gram(&bytes[at..])), (id, place)));
                }
            }
        }
        let bits = (long.len() * BITS_EACH)
            .next_power_of_two()
            .trailing_zeros();
        let bits = bits.clamp(BITS.0, BITS.1);
        let shift = u32::BITS - bits;
        let mut hashes = vec![0; 1 << (bits - 6)];
        for (gram, _) in &long {
            // A gram is the low half of its key.
            #[expect(clippy::cast_possible_truncation, reason = "it was a u32")]
            mark(&mut hashes, hash(*gram as u32, shift));
        }
        Self {
            texts,
            pairs,
            hashes,
            shift,
            short: Keyed::new(short),
            long: Keyed::new(long),
        }
    }

    /// Calls `found` with each string that `text` has and where it begins and
    /// ends.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(StringId, usize, usize)) {
        let bytes = text.as_bytes();
        let mut look = |at: usize, window: u32| {
            if has(&self.hashes, hash(window, self.shift)) {
                self.find_long(bytes, at, window, &mut found);
            }
            if has(&self.pairs, window & 0xFFFF) {
                self.find_short(bytes, at, window, &mut found);
            }
        };
        for (at, window) in bytes.windows(GRAM).enumerate() {
            look(at, gram(window));
        }
        // At its end the text goes on with zeros, which are in no phrase.
        let last = bytes.len().saturating_sub(GRAM - 1);
        for at in last..bytes.len() {
            let mut window = [0; GRAM];
            window[..bytes.len() - at].copy_from_slice(&bytes[at..]);
            look(at, gram(&window));
        }
    }

    #[inline(never)]
    fn find_long(
        &self,
        bytes: &[u8],
        at: usize,
        gram: u32,
        found: &mut impl FnMut(StringId, usize, usize),
    ) {
        for &(id, place) in self.long.get(u64::from(gram)) {
            let text = self.texts[id as usize].as_bytes();
            if let Some(start) = at.checked_sub(place as usize)
                && bytes[start..].starts_with(text)
            {
                found(id, start, start + text.len());
            }
        }
    }

    #[inline(never)]
    fn find_short(
        &self,
        bytes: &[u8],
        at: usize,
        gram: u32,
        found: &mut impl FnMut(StringId, usize, usize),
    ) {
        for &(id, text, bits) in self.short.get(u64::from(gram & 0xFF)) {
            let end = at + self.texts[id as usize].len();
            if gram & bits == text && end <= bytes.len() {
                found(id, at, end);
            }
        }
    }
}

fn mark(bits: &mut [u64], at: u32) {
    bits[(at >> 6) as usize] |= 1 << (at & 63);
}

fn has(bits: &[u64], at: u32) -> bool {
    bits[(at >> 6) as usize] >> (at & 63) & 1 == 1
}

fn pair(first: u8, second: u8) -> u32 {
    u32::from(first) | u32::from(second) << 8
}

fn gram(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// As in [`Keyed`], in 32 bits.
fn hash(gram: u32, shift: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B9) >> shift
}

/// Where the four bytes are that few texts have.
fn rarest(bytes: &[u8]) -> usize {
    (0..=bytes.len() - GRAM)
        .min_by_key(|&at| {
            bytes[at..at + GRAM]
                .iter()
                .map(|&byte| common(byte))
                .sum::<u32>()
        })
        .unwrap_or(0)
}

/// How common a byte is in folded text, roughly: letters by their order in
/// English, the blank before them. Bytes of other scripts are in the middle,
/// for texts that have them have many.
fn common(byte: u8) -> u32 {
    const ORDER: &[u8] = b" etaoinsrhldcumfpgwybvkxjqz";
    let place = ORDER.iter().position(|&other| other == byte);
    match place.and_then(|place| u32::try_from(place).ok()) {
        Some(place) => 30 - place,
        None if byte.is_ascii() => 1,
        None => 15,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(strings: &[String], text: &str) -> Vec<(StringId, usize, usize)> {
        let grams = Grams::new(strings.iter().map(|text| text.as_str().into()).collect());
        let mut all = Vec::new();
        grams.find(text, |id, start, end| all.push((id, start, end)));
        all.sort_unstable();
        all
    }

    #[test]
    fn strings_at_the_ends_and_over_each_other_are_found() {
        let strings = ["ab", "abc", "bcde", "e", "abcde", "de"].map(str::to_owned);
        let expected = [
            (0, 0, 2),
            (1, 0, 3),
            (2, 1, 5),
            (3, 4, 5),
            (4, 0, 5),
            (5, 3, 5),
        ];
        assert_eq!(finds(&strings, "abcde"), expected);
        assert_eq!(finds(&strings, "a"), []);
        assert_eq!(finds(&strings, ""), []);
    }

    proptest! {
        #[test]
        fn all_are_found_that_a_plain_search_finds(
            strings in prop::collection::btree_set("[a-cé文]{1,6}", 1..20),
            text in "[a-cé文 ]{0,40}",
        ) {
            let strings: Vec<String> = strings.into_iter().collect();
            let mut expected = Vec::new();
            for (id, string) in (0..).zip(&strings) {
                for at in 0..text.len() {
                    if text.as_bytes()[at..].starts_with(string.as_bytes()) {
                        expected.push((id, at, at + string.len()));
                    }
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(finds(&strings, &text), expected);
        }
    }
}
