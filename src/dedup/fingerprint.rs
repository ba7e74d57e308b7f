//! What a document is compared by.

use xxhash_rust::xxh3::xxh3_128;

use super::{
    facts::{FactFinder, Facts},
    normal::NormalText,
    simhash::Votes,
    sketch::{Sampler, Sketch},
};

/// Words in a shingle. A changed word spoils as many shingles as a shingle has
/// words, so short shingles see further through edits: on the development
/// sets, three found 2 to 7 % more of the copies than five at equal precision.
pub(super) const SHINGLE_WORDS: usize = 3;

/// Fewer words than this have no simhash: a change of one word in three moved
/// 24 of 64 bits, and `simhash("")` is 0 for every empty text.
const SIMHASH_WORDS: u32 = 16;

/// What a document is compared by. Made from the text alone, so fingerprints
/// can be made in parallel, stored, and compared later. Some 400 bytes for a
/// text of 1.5 KB; at most 22 KB for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of the whole normal form.
    pub(crate) content: ContentHash,
    /// Simhash of the words, if the text is long enough for one.
    pub(crate) simhash: Option<u64>,
    /// How many words the text has.
    pub(crate) words: u32,
    /// Sample of the hashes of its shingles.
    pub(crate) shingles: Sketch,
    /// Its numbers, by what stands around them.
    pub(crate) facts: Facts,
}

/// The lower 80 bits of XXH3-128 of a normal form: two texts with equal hashes
/// have equal words. Among ten million texts there are two others with equal
/// hashes once in 10^10 collections, and 48 bits more would be 6 bytes a document
/// of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ContentHash {
    low: u64,
    high: u16,
}

impl ContentHash {
    #[expect(clippy::cast_possible_truncation, reason = "80 bits are kept")]
    fn of(text: &NormalText) -> Self {
        let hash = xxh3_128(text.as_str().as_bytes());
        Self {
            low: hash as u64,
            high: (hash >> 64) as u16,
        }
    }

    /// The hash as bytes.
    pub(crate) fn to_bytes(self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.low.to_le_bytes());
        bytes[8..].copy_from_slice(&self.high.to_le_bytes());
        bytes
    }

    /// What [`to_bytes`](Self::to_bytes) said.
    pub(crate) fn from_bytes(bytes: [u8; 10]) -> Self {
        let (low, high) = bytes.split_at(8);
        Self {
            low: low.try_into().map_or(0, u64::from_le_bytes),
            high: high.try_into().map_or(0, u16::from_le_bytes),
        }
    }

    /// The lower 64 bits.
    pub(crate) fn low(self) -> u64 {
        self.low
    }

    /// The hash of the content as that of a site; the same for no site (0).
    pub(crate) fn within(self, site: u32) -> Self {
        Self {
            low: self.low ^ u64::from(site).wrapping_mul(BASE),
            ..self
        }
    }
}

impl Fingerprint {
    /// The fingerprint of a text.
    pub fn of(text: &str) -> Self {
        let normal = NormalText::of(text);
        let mut votes = Votes::default();
        let mut facts = FactFinder::default();
        let mut shingles = Shingles::default();
        let mut sampler = Sampler::default();
        // One hash of each word serves all.
        normal.each_feature(|hash, digit| {
            votes.add(hash);
            facts.push(hash, digit);
            if let Some(shingle) = shingles.push(hash) {
                sampler.push(shingle);
            }
        });
        let mut sketch = sampler.finish();
        let words = u32::try_from(shingles.words).unwrap_or(u32::MAX);
        if let Some(short) = shingles.short() {
            sketch = Sketch::of(std::iter::once(short));
        }
        let simhash = votes.finish();
        debug_assert_eq!(simhash, simhash::simhash_stream(normal.features()));
        Self {
            content: ContentHash::of(&normal),
            simhash: (words >= SIMHASH_WORDS).then_some(simhash),
            words,
            shingles: sketch,
            facts: facts.finish(),
        }
    }

    /// What a document is recognised by, without what others are compared by.
    pub(crate) fn without_sample(self) -> Self {
        Self {
            shingles: Sketch::default(),
            facts: Facts::default(),
            ..self
        }
    }

    /// The 64-bit simhash, as the crate `simhash` computes it from the
    /// normalised words; `None` for texts too short to have a meaningful one.
    pub fn simhash(&self) -> Option<u64> {
        self.simhash
    }

    /// Number of words; for scripts written without blanks, of neighbouring
    /// characters.
    pub fn words(&self) -> u32 {
        self.words
    }
}

/// Base of the polynomial that hashes a shingle; any odd number with well
/// mixed bits will do. This is 2^64 divided by the golden ratio.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// [`BASE`] to the power of [`SHINGLE_WORDS`].
#[expect(clippy::cast_possible_truncation, reason = "a handful of words")]
const LEAVING: u64 = BASE.wrapping_pow(SHINGLE_WORDS as u32);

/// Hashes shingles by a rolling polynomial over the hashes of their words.
#[derive(Debug, Default)]
struct Shingles {
    /// The last words, the latest at the end.
    window: [u64; SHINGLE_WORDS],
    words: usize,
    sum: u64,
}

impl Shingles {
    /// Takes the next word; the shingle that ends with it, if there is one.
    #[inline]
    fn push(&mut self, word: u64) -> Option<u32> {
        let leaving = self.window[0];
        self.window.rotate_left(1);
        self.window[SHINGLE_WORDS - 1] = word;
        self.sum = self
            .sum
            .wrapping_mul(BASE)
            .wrapping_add(word)
            .wrapping_sub(leaving.wrapping_mul(LEAVING));
        self.words += 1;
        (self.words >= SHINGLE_WORDS).then(|| mix(self.sum))
    }

    /// The only shingle of a text that is shorter than a shingle.
    fn short(&self) -> Option<u32> {
        (1..SHINGLE_WORDS)
            .contains(&self.words)
            .then(|| mix(self.sum))
    }
}

/// Spreads the bits of a polynomial hash, whose low bits are weak, and takes
/// the upper half (the finaliser of `splitmix64`).
fn mix(mut hash: u64) -> u32 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((hash ^ (hash >> 31)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_the_same_words_have_the_same_fingerprint() {
        let plain = Fingerprint::of("The bridge opened on Monday.\n");
        assert_eq!(plain, Fingerprint::of("  the BRIDGE opened\non monday"));
        assert_ne!(
            plain.content,
            Fingerprint::of("The bridge opened on Tuesday.").content
        );
    }

    #[test]
    fn simhash_is_that_of_the_crate_over_normalised_words() {
        let text = "One, two; three four five six seven eight nine ten: eleven twelve thirteen fourteen fifteen sixteen!";
        let words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
        assert_eq!(
            Fingerprint::of(text).simhash(),
            Some(simhash::simhash(words))
        );
    }

    #[test]
    fn short_texts_have_no_simhash() {
        for text in ["", "…", "Page not found", "好"] {
            assert_eq!(Fingerprint::of(text).simhash(), None, "{text}");
        }
    }

    #[test]
    fn a_text_shorter_than_a_shingle_is_one_shingle() {
        assert_eq!(Fingerprint::of("not found").shingles.keys().len(), 1);
        assert_eq!(Fingerprint::of("").shingles.keys().len(), 0);
    }

    #[test]
    fn a_repeated_word_is_one_shingle() {
        let print = Fingerprint::of(&"spam ".repeat(100_000));
        assert_eq!(print.words(), 100_000);
        assert_eq!(print.shingles.keys().len(), 1);
    }
}
