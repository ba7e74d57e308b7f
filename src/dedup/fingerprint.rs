//! What a document is compared by.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::{
    normal::{Features, NormalText},
    sketch::{Rate, Sketch},
};

/// Words in a shingle. Five is the customary length for web text: a shared run
/// of five words is seldom chance, and an edited word spoils only five runs.
pub(crate) const SHINGLE_WORDS: usize = 3;

/// How the shingles of a document are sampled.
pub(crate) const SHINGLE_RATE: Rate = Rate {
    one_in: 4,
    at_least: 64,
    at_most: 4096,
};

/// How the numbers of a document are sampled.
const NUMBER_RATE: Rate = Rate {
    one_in: 1,
    at_least: 0,
    at_most: 64,
};

/// Fewer words than this have no simhash: a change of one word in three moved
/// 24 of 64 bits, and `simhash("")` is 0 for every empty text.
pub(crate) const SIMHASH_WORDS: u32 = 16;

/// What a document is compared by. Made from the text alone, so fingerprints
/// can be made in parallel, stored, and compared later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of the whole normal form.
    pub(crate) content: u128,
    /// Simhash of the features, if the text is long enough for one.
    pub(crate) simhash: Option<u64>,
    /// How many features the text has.
    pub(crate) words: u32,
    /// Sample of the hashes of its shingles.
    pub(crate) shingles: Sketch,
    /// Sample of the hashes of its numbers.
    pub(crate) numbers: Sketch,
    pub(crate) facts: Box<[u64]>,
    pub(crate) pos: Box<[u32]>,
}

impl Fingerprint {
    /// The fingerprint of a text.
    pub fn of(text: &str) -> Self {
        let normal = NormalText::of(text);
        let words = u32::try_from(normal.features().count()).unwrap_or(u32::MAX);
        let simhash =
            (words >= SIMHASH_WORDS).then(|| simhash::simhash_stream(normal.features()));
        let numbers = normal
            .features()
            .filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
            .map(|word| xxh3_64(word.as_bytes()));
        let words_v: Vec<&str> = normal.features().collect();
        let isnum = |w: &str| w.bytes().any(|b| b.is_ascii_digit());
        let h = |w: &str| if isnum(w) { 7 } else { xxh3_64(w.as_bytes()) };
        let mut facts = Vec::new();
        let n = words_v.len();
        let mut i = 0;
        while i < n {
            if !isnum(words_v[i]) { i += 1; continue; }
            let mut e = i; let mut v = 0u64;
            while e < n && isnum(words_v[e]) { v = v.wrapping_mul(BASE) ^ xxh3_64(words_v[e].as_bytes()); e += 1; }
            let v = mix(v) >> 32;
            if i >= 2 { let c = mix(h(words_v[i-2]).wrapping_mul(BASE).wrapping_add(h(words_v[i-1]))); facts.push((c >> 33 << 33) | v); }
            if e + 1 < n { let c = mix(h(words_v[e+1]).wrapping_mul(BASE).wrapping_add(h(words_v[e])) ^ 1); facts.push((c >> 33 << 33) | 1 << 32 | v); }
            i = e;
        }
        facts.sort_unstable(); facts.dedup();
        let shingles = Sketch::of(Shingles::of(normal.features()), SHINGLE_RATE);
        let mut pos = vec![u32::MAX; shingles.keys().len()];
        for (i, h) in (0..).zip(Shingles::of(normal.features())) {
            if let Ok(at) = shingles.keys().binary_search(&h) { pos[at] = pos[at].min(i); }
        }
        Self {
            pos: pos.into(),
            facts: facts.into(),
            content: xxh3_128(normal.as_str().as_bytes()),
            simhash,
            words,
            shingles,
            numbers: Sketch::of(numbers, NUMBER_RATE),
        }
    }

    /// The 64-bit simhash, as the crate `simhash` computes it from the
    /// normalised words; `None` for texts too short to have a meaningful one.
    pub fn simhash(&self) -> Option<u64> {
        self.simhash
    }

    /// Number of words; for scripts written without blanks, of characters.
    pub fn words(&self) -> u32 {
        self.words
    }
}

/// Base of the polynomial that hashes a shingle; any odd number with well
/// mixed bits will do. This is 2^64 divided by the golden ratio.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// [`BASE`] to the power of [`SHINGLE_WORDS`].
const LEAVING: u64 = BASE.wrapping_pow(SHINGLE_WORDS as u32);

/// Hashes of the shingles of a text, by a rolling polynomial over the hashes
/// of its words. A text shorter than a shingle is one shingle.
struct Shingles<'a> {
    words: Features<'a>,
    window: [u64; SHINGLE_WORDS],
    seen: usize,
    sum: u64,
}

impl<'a> Shingles<'a> {
    fn of(words: Features<'a>) -> Self {
        Self {
            words,
            window: [0; SHINGLE_WORDS],
            seen: 0,
            sum: 0,
        }
    }
}

impl Iterator for Shingles<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        loop {
            let Some(word) = self.words.next() else {
                let short = 0 < self.seen && self.seen < SHINGLE_WORDS;
                self.seen = 0;
                return short.then(|| mix(self.sum));
            };
            let entering = xxh3_64(word.as_bytes());
            let slot = &mut self.window[self.seen % SHINGLE_WORDS];
            let leaving = std::mem::replace(slot, entering);
            self.sum = self
                .sum
                .wrapping_mul(BASE)
                .wrapping_add(entering)
                .wrapping_sub(leaving.wrapping_mul(LEAVING));
            self.seen += 1;
            if self.seen >= SHINGLE_WORDS {
                return Some(mix(self.sum));
            }
        }
    }
}

/// Spreads the bits of a polynomial hash, whose low bits are weak
/// (the finaliser of `splitmix64`).
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
