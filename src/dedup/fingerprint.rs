//! What a document is compared by.

use xxhash_rust::xxh3::xxh3_128;

use super::{
    facts::{FactFinder, Facts},
    normal::NormalText,
    simhash::{KnownWords, Votes},
    sketch::{Sample, Sampler, Sketch},
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
        let hash = xxh3_128(text.as_bytes());
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
    /// The fingerprint of a text. Who makes many takes a [`Fingerprinter`].
    pub fn of(text: &str) -> Self {
        Fingerprinter::default().fingerprint(text)
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

/// Makes fingerprints, one after the other, in memory that it keeps: a tenth
/// faster than [`Fingerprint::of`] each time.
#[derive(Debug, Default)]
pub struct Fingerprinter {
    normal: NormalText,
    known: KnownWords,
    block: Block,
    facts: FactFinder,
    samples: Vec<Sample>,
}

/// Words that are looked at together, first for one feature of a fingerprint
/// and then for the next: a dozen kilobytes, so all stays near the processor.
/// Nearly all texts are of one block.
const BLOCK_WORDS: usize = 1024;

/// Some words of a text.
#[derive(Debug, Default)]
struct Block {
    /// Their hashes, with the last ones of the block before, since shingles
    /// reach across.
    hashes: Vec<u64>,
    /// Whether they have a digit.
    digits: Vec<bool>,
    /// How many of them are of the block before.
    before: usize,
    /// The hashes of the shingles that end in this block.
    shingles: Vec<u32>,
}

impl Fingerprinter {
    /// The fingerprint of a text.
    pub fn fingerprint(&mut self, text: &str) -> Fingerprint {
        self.normal.read(text);
        let mut votes = Votes::default();
        let mut sampler = None;
        let mut words = 0usize;
        let Self {
            normal,
            known,
            block,
            facts,
            samples,
        } = self;
        block.clear();
        // One hash of each word serves all.
        normal.each_feature(known, |hash, digit| {
            if block.hashes.len() == BLOCK_WORDS {
                words += block.read(&mut votes, facts);
                let sampler = sampler.get_or_insert_with(Sampler::default);
                sampler.push_all(&block.shingles);
                block.turn();
            }
            block.hashes.push(hash);
            block.digits.push(digit);
        });
        words += block.read(&mut votes, facts);
        let shingles = match sampler {
            Some(mut sampler) => {
                sampler.push_all(&block.shingles);
                sampler.finish()
            }
            None => Sketch::of_few(block.all(), samples),
        };
        let simhash = votes.finish();
        debug_assert_eq!(simhash, simhash::simhash_stream(normal.features()));
        let words = u32::try_from(words).unwrap_or(u32::MAX);
        Fingerprint {
            content: ContentHash::of(normal),
            simhash: (words >= SIMHASH_WORDS).then_some(simhash),
            words,
            shingles,
            facts: facts.finish(),
        }
    }
}

impl Block {
    fn clear(&mut self) {
        self.hashes.clear();
        self.digits.clear();
        self.before = 0;
    }

    /// Tells of its words what they are; returns how many there are.
    fn read(&mut self, votes: &mut Votes, facts: &mut FactFinder) -> usize {
        let new = &self.hashes[self.before..];
        votes.add_all(new);
        for (&hash, &digit) in new.iter().zip(&self.digits[self.before..]) {
            facts.push(hash, digit);
        }
        self.shingles.clear();
        let shingles = self.hashes.windows(SHINGLE_WORDS).map(shingle);
        self.shingles.extend(shingles);
        new.len()
    }

    /// Makes room for the next words of the text.
    fn turn(&mut self) {
        self.before = SHINGLE_WORDS - 1;
        self.hashes.drain(..BLOCK_WORDS - self.before);
        self.digits.drain(..BLOCK_WORDS - self.before);
    }

    /// The hashes of all shingles of a text of one block. A text that is
    /// shorter than a shingle is one.
    fn all(&mut self) -> &[u32] {
        match self.hashes[..] {
            [one] => self.shingles.push(shingle(&[one])),
            [one, two] => self.shingles.push(shingle(&[one, two])),
            _ => {}
        }
        &self.shingles
    }
}

/// Base of the polynomial that hashes a shingle; any odd number with well
/// mixed bits will do. This is 2^64 divided by the golden ratio.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a shingle, from those of its words: a polynomial.
#[inline]
fn shingle(words: &[u64]) -> u32 {
    let sum = words
        .iter()
        .fold(0u64, |sum, &word| sum.wrapping_mul(BASE).wrapping_add(word));
    mix(sum)
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
