//! What a page tells of its subject outside its text, in its title,
//! description and structured data, and which blocks say the same.
//!
//! Publishers describe a page in the words that it begins with: the block that
//! repeats the description is content, and so, mostly, is what stands in one
//! container with it.

use super::kinds::is_wide;

/// Words of descriptions that are looked at; longer ones are whole articles.
const MAX_WORDS: usize = 20_000;

/// Words of a block that are looked at: the first sentences decide.
const BLOCK_WORDS: usize = 60;

/// Words in a run that count as the same words. Two are too often chance,
/// four miss short product names.
const RUN: usize = 3;

/// The words of a page's title and the runs of words of its descriptions.
#[derive(Debug, Default)]
pub(super) struct Told {
    title: Hashes,
    runs: Hashes,
}

/// A set of hashes, with a filter that turns most others away unread.
#[derive(Debug, Default)]
struct Hashes {
    sorted: Vec<u64>,
    /// A bit for each value of the lowest [`Hashes::BITS`] bits.
    filter: Vec<u64>,
}

impl Hashes {
    /// Half a kilobyte: of a hundred hashes, one of forty others gets through.
    const BITS: u32 = 12;

    fn new(mut hashes: Vec<u64>) -> Self {
        hashes.truncate(MAX_WORDS);
        hashes.sort_unstable();
        hashes.dedup();
        let mut filter = vec![0; 1 << (Self::BITS - 6)];
        for &hash in &hashes {
            let (word, bit) = Self::place(hash);
            filter[word] |= bit;
        }
        Self {
            sorted: hashes,
            filter,
        }
    }

    fn place(hash: u64) -> (usize, u64) {
        let low = hash & ((1 << Self::BITS) - 1);
        (usize::try_from(low >> 6).unwrap_or(0), 1 << (low & 63))
    }

    fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    fn contains(&self, hash: u64) -> bool {
        let (word, bit) = Self::place(hash);
        self.filter.get(word).is_some_and(|bits| bits & bit != 0)
            && self.sorted.binary_search(&hash).is_ok()
    }
}

impl Told {
    /// What `titles` and `descriptions` tell.
    pub(super) fn new<'t>(
        titles: impl Iterator<Item = &'t str>,
        descriptions: impl Iterator<Item = &'t str>,
    ) -> Self {
        let (mut title, mut heard) = (Vec::new(), Vec::new());
        for text in titles {
            words(text, MAX_WORDS, |hash| title.push(hash));
        }
        for text in descriptions {
            let mut run = Run::default();
            words(text, MAX_WORDS, |word| heard.extend(run.add(word)));
        }
        Self {
            title: Hashes::new(title),
            runs: Hashes::new(heard),
        }
    }

    /// Share of a text's runs of words that a description has, too, and of a
    /// short text's words that the title has; 0 for a long one, which would have
    /// most of them by chance.
    pub(super) fn of(&self, text: &str) -> (f32, f32) {
        /// Longest headline, in bytes.
        const LONGEST: usize = 250;
        let is_titled = !self.title.is_empty() && text.len() <= LONGEST;
        let is_described = !self.runs.is_empty();
        if !is_titled && !is_described {
            return (0.0, 0.0);
        }
        let (mut described, mut titled) = (Share::default(), Share::default());
        let mut run = Run::default();
        words(text, BLOCK_WORDS, |word| {
            if is_titled {
                titled.count(self.title.contains(word));
            }
            if is_described && let Some(run) = run.add(word) {
                described.count(self.runs.contains(run));
            }
        });
        (described.value(), titled.value())
    }

    /// Share of a text's words that the title has.
    pub(super) fn titled(&self, text: &str) -> f32 {
        let mut share = Share::default();
        words(text, BLOCK_WORDS, |word| {
            share.count(self.title.contains(word));
        });
        share.value()
    }

    /// Share of a text's runs of words that a description has, too; `None` if
    /// it has too few words for a run.
    pub(super) fn described(&self, text: &str) -> Option<f32> {
        let mut share = Share::default();
        let mut run = Run::default();
        words(text, BLOCK_WORDS, |word| {
            if let Some(run) = run.add(word) {
                share.count(self.runs.contains(run));
            }
        });
        (share.all > 0).then(|| share.value())
    }
}

/// How many of some things are as wanted.
#[derive(Default)]
struct Share {
    hits: u8,
    all: u8,
}

impl Share {
    /// Counts one of at most [`BLOCK_WORDS`].
    fn count(&mut self, hit: bool) {
        self.hits += u8::from(hit);
        self.all += 1;
    }

    fn value(&self) -> f32 {
        f32::from(self.hits) / f32::from(self.all.max(1))
    }
}

/// Hashes of the first words of a text: runs of letters and digits, or single
/// characters of scripts that write no blanks. Capitals of ASCII are folded.
fn words(text: &str, most: usize, mut found: impl FnMut(u64)) {
    const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;
    let mut hash = EMPTY;
    let mut count = 0;
    for character in text.chars() {
        let (wide, letter) = if character.is_ascii() {
            (false, character.is_ascii_alphanumeric())
        } else {
            let wide = is_wide(character);
            (wide, !wide && character.is_alphanumeric())
        };
        if !letter && hash != EMPTY {
            found(hash);
            count += 1;
            hash = EMPTY;
        }
        if count >= most {
            return;
        }
        if letter || wide {
            // FNV-1a, by character.
            let folded = character.to_ascii_lowercase();
            hash = (hash ^ u64::from(folded)).wrapping_mul(0x0100_0000_01b3);
        }
        if wide {
            found(hash);
            count += 1;
            hash = EMPTY;
        }
    }
    if hash != EMPTY && count < most {
        found(hash);
    }
}

/// The last words of a text.
#[derive(Default)]
struct Run {
    last: [u64; RUN],
    count: usize,
}

impl Run {
    /// Adds a word; the hash of the run that it ends, if there are enough.
    fn add(&mut self, word: u64) -> Option<u64> {
        self.last.rotate_left(1);
        self.last[RUN - 1] = word;
        self.count += 1;
        let hash = || {
            self.last
                .iter()
                .fold(0_u64, |sum, word| sum.rotate_left(21) ^ word)
        };
        (self.count >= RUN).then(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Told {
        Told::new(
            ["Rye flour | The Mill"].into_iter(),
            [
                "Coarse rye flour from two stones, for dark loaves.",
                "粗磨黑麦面粉",
            ]
            .into_iter(),
        )
    }

    #[test]
    fn block_that_repeats_the_description_is_described() {
        let told = told();
        let described = |text| told.of(text).0;
        assert!(described("Coarse RYE flour, from two stones, for dark loaves!") > 0.99);
        assert!(described("Coarse rye flour from another mill, sent at once.") < 0.5);
        assert!(described("粗磨黑麦面粉") > 0.99);
        assert!(described("Rye") < 0.01);
    }

    #[test]
    fn words_of_the_title_are_found_in_short_texts_only() {
        let told = told();
        let titled = |text: &str| told.of(text).1;
        assert!(titled("Rye flour") > 0.99);
        assert!(titled("Wheat flour") < 0.6);
        assert!(titled(&"Rye flour ".repeat(40)) < 0.01);
        assert!(Told::default().of("Rye flour").1 < 0.01);
    }
}
