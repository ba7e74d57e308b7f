//! Fingerprints as bytes, for a cache: in the order of the machine that reads
//! them everywhere (little-endian), without a header of their own.

use super::{
    facts::Facts,
    fingerprint::{ContentHash, Fingerprint},
    sketch::Sketch,
};
use crate::bytes::{take_array, take_u32, take_u64};

impl Fingerprint {
    /// Appends the fingerprint to `out`.
    pub(crate) fn store(&self, out: &mut Vec<u8>) {
        out.extend(self.content.to_bytes());
        out.push(u8::from(self.simhash.is_some()));
        out.extend(self.simhash.unwrap_or(0).to_le_bytes());
        out.extend(self.words.to_le_bytes());
        out.extend(self.shingles.limit().to_le_bytes());
        put_list(&self.shingles.text_order(), out);
        put_list(self.facts.as_slice(), out);
    }

    /// Takes a fingerprint from the beginning of `from`; `None` if there is
    /// none that is whole.
    pub(crate) fn restore(from: &mut &[u8]) -> Option<Self> {
        let content = ContentHash::from_bytes(take_array(from)?);
        let [has_simhash] = take_array::<1>(from)?;
        let simhash = take_u64(from)?;
        let words = take_u32(from)?;
        let limit = take_u32(from)?;
        let keys = list(from)?;
        Some(Self {
            content,
            simhash: (has_simhash == 1).then_some(simhash),
            words,
            shingles: Sketch::from_text_order(&keys, limit)?,
            facts: Facts::from_sorted(list(from)?),
        })
    }
}

fn put_list(numbers: &[u32], out: &mut Vec<u8>) {
    let count = u32::try_from(numbers.len());
    let count = count.expect("a sketch has some thousands of keys, and a text of facts fewer");
    out.extend(count.to_le_bytes());
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn list(from: &mut &[u8]) -> Option<Vec<u32>> {
    let count = usize::try_from(take_u32(from)?).ok()?;
    let (bytes, rest) = from.split_at_checked(count.checked_mul(size_of::<u32>())?)?;
    *from = rest;
    let number = |four: &[u8]| four.try_into().map_or(0, u32::from_le_bytes);
    Some(bytes.chunks_exact(size_of::<u32>()).map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_comes_back_as_it_was_and_nothing_else_does() {
        let long: String = (0..4000).fold(String::new(), |text, word| {
            text + &format!("word{word} at {word}, ")
        });
        for text in [
            "",
            "Not found",
            "The bridge opened on 3 May 2021 for 400 people.",
            &long,
        ] {
            let print = Fingerprint::of(text);
            let mut bytes = Vec::new();
            print.store(&mut bytes);
            let mut rest = &bytes[..];
            assert_eq!(Fingerprint::restore(&mut rest), Some(print));
            assert!(rest.is_empty());
            for len in 0..bytes.len() {
                assert_eq!(Fingerprint::restore(&mut &bytes[..len]), None);
            }
        }
    }
}
