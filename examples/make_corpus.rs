//! Makes a folder of text files for timing, the same one every time; or, for
//! the folder `-`, records on standard output.
//!
//! ```text
//! cargo run --release --example make_corpus -- corpus 100000
//! time cp -r corpus copy
//! time target/release/dehusk clean corpus -o clean
//!
//! cargo run --release --example make_corpus -- - 10000000 200 |
//!     dehusk dedup - --raw --clusters clusters.tsv
//! ```
//!
//! Each file has about 1.5 KB, or as many bytes as the third argument says, of
//! sentences made from a vocabulary with the
//! word frequencies of natural text (Zipf). One in ten is an edited copy of an
//! earlier one, one in fifty an exact copy, and one in four carries debris.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{self, BufWriter, Write as _},
    path::Path,
};

/// Files in a folder; a flat folder would measure the file system.
const PER_FOLDER: usize = 1000;
const VOCABULARY: usize = 40_000;
const CHARS: usize = 1400;

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    /// A rank by Zipf's law: the logarithm of the rank is uniform.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    fn rank(&mut self) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((VOCABULARY as f64).powf(uniform) as usize).min(VOCABULARY - 1)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(root), Some(count)) = (args.next(), args.next()) else {
        return Err("usage: make_corpus FOLDER|- COUNT [BYTES [SEED]]".into());
    };
    let count: usize = count.parse()?;
    let chars = args.next().map_or(Ok(CHARS), |chars| chars.parse())?;
    let mut random = Random(1);
    let words: Vec<String> = (0..VOCABULARY).map(|_| word(&mut random)).collect();
    if let Some(seed) = args.next() {
        random = Random(seed.parse()?);
    }
    let mut records = (root == "-").then(|| BufWriter::new(io::stdout().lock()));
    let mut recent: Vec<String> = Vec::new();
    for number in 0..count {
        let folder = Path::new(&root).join(format!("{:04}", number / PER_FOLDER));
        if number % PER_FOLDER == 0 && records.is_none() {
            fs::create_dir_all(&folder)?;
        }
        let story = match random.below(50) {
            0 if !recent.is_empty() => recent[random.below(recent.len())].clone(),
            1..=5 if !recent.is_empty() => {
                let original = &recent[random.below(recent.len())];
                edited(original, &words, &mut random)
            }
            _ => story(chars, &words, &mut random),
        };
        let at = number % 1000;
        if recent.len() < 1000 {
            recent.push(story.clone());
        } else {
            recent[at].clone_from(&story);
        }
        let debris = random.below(4) == 0;
        let page = page(&story, debris);
        match &mut records {
            Some(out) => {
                let text = serde_json::to_string(&page)?;
                writeln!(out, r#"{{"id":"{number:08}","text":{text}}}"#)?;
            }
            None => fs::write(folder.join(format!("{number:07}.txt")), page)?,
        }
    }
    Ok(())
}

fn word(random: &mut Random) -> String {
    const CONSONANTS: &[u8] = b"bcdfghklmnprstvw";
    const VOWELS: &[u8] = b"aeiou";
    let mut word = String::new();
    for _ in 0..=random.below(3) {
        word.push(char::from(CONSONANTS[random.below(CONSONANTS.len())]));
        word.push(char::from(VOWELS[random.below(VOWELS.len())]));
        if random.below(3) == 0 {
            word.push(char::from(CONSONANTS[random.below(CONSONANTS.len())]));
        }
    }
    word
}

fn sentence(words: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    for at in 0..8 + random.below(16) {
        let word = &words[random.rank()];
        if at == 0 {
            text.push_str(&word[..1].to_uppercase());
            text.push_str(&word[1..]);
        } else {
            text.push(' ');
            text.push_str(word);
        }
    }
    text.push('.');
    text
}

fn story(chars: usize, words: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    let mut paragraph = 0;
    while text.len() < chars {
        text.push_str(&sentence(words, random));
        paragraph += 1;
        text.push_str(if paragraph % 4 == 0 { "\n\n" } else { " " });
    }
    text.trim_end().to_owned()
}

/// The story with one sentence in six written anew.
fn edited(story: &str, words: &[String], random: &mut Random) -> String {
    let sentences = story.split_inclusive(". ");
    sentences.fold(String::new(), |mut text, old| {
        if random.below(6) == 0 {
            text.push_str(&sentence(words, random));
            text.push(' ');
        } else {
            text.push_str(old);
        }
        text
    })
}

fn page(story: &str, debris: bool) -> String {
    let mut page = String::with_capacity(story.len() + 256);
    if debris {
        page.push_str("&w=3840&q=100)\n");
    }
    page.push_str(story);
    page.push('\n');
    if debris {
        let tail = "Share on Facebook\nShare on Twitter\nNo comments yet...\n© 2025 Example Media. All rights reserved.";
        writeln!(page, "{tail}").expect("a string takes all");
    }
    page
}
