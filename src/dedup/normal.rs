//! The normal form that documents are compared in.
//!
//! Two texts are the same content when their normal forms are equal. The form
//! keeps words only: lower case, one blank between words, no punctuation, no
//! mark-up entities. It is made in one pass and shared by every fingerprint
//! feature, so the features cannot disagree about what a word is.
//!
//! Apostrophes inside a word vanish (`don't`, `don’t` and `don&#39;t` are all
//! `dont`), and so does the mojibake that UTF-8 quotation marks and dashes turn
//! into when they are read as windows-1252 (`â€™`): copies of one text differ in
//! these before they differ in anything else.

use super::simhash::{eight_bytes, feature_hash, padded_hash};
use crate::rules::is_unspaced;

/// A text in normal form.
#[derive(Debug, Default)]
pub(crate) struct NormalText {
    /// Words, separated by single blanks, and [`PADDING`]. Runs of a script
    /// that is written without blanks are words of their own.
    padded: String,
    /// Where the padding begins.
    len: usize,
}

/// Blanks behind the last word, so that eight bytes can be read at once from
/// any place in it.
pub(crate) const PADDING: usize = 8;

/// What becomes of a byte: a letter in lower case or a digit is part of a word,
/// a blank stands for all that is between words, and [`APART`] needs a closer
/// look.
const FORMS: [u8; 256] = {
    let mut table = [b' '; 256];
    let mut byte = 0u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    table[b'\'' as usize] = APART;
    table[b'&' as usize] = APART;
    let mut byte = 128;
    while byte < 256 {
        table[byte] = APART;
        byte += 1;
    }
    table
};
const APART: u8 = 0;

/// Longest entity that is recognised, `&` and `;` included: `&thetasym;`.
const ENTITY_BYTES: usize = 10;

impl NormalText {
    /// The normal form of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut writer = Writer::with_capacity(text.len());
        let bytes = text.as_bytes();
        let mut at = 0;
        loop {
            at += writer.plain(&bytes[at..]);
            at += match bytes.get(at) {
                None => break,
                Some(b'\'') => writer.apostrophe(1),
                Some(b'&') => writer.entity(&bytes[at..]),
                Some(_) => {
                    let rest = &text[at..];
                    let char = rest.chars().next().expect("`at` is before the end");
                    writer.wide(char, &rest[char.len_utf8()..])
                }
            };
        }
        writer.finish()
    }

    /// The normal form itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.padded[..self.len]
    }

    /// Calls `each` with the hash of every feature, and whether it has a digit
    /// from 0 to 9.
    pub(crate) fn each_feature(&self, mut each: impl FnMut(u64, bool)) {
        let bytes = self.padded.as_bytes();
        let mut at = 0;
        while at < self.len {
            let len = word_len(bytes, at);
            // The unspaced scripts begin at U+0E00, whose first byte is 0xE0.
            let unspaced =
                bytes[at] >= 0xe0 && self.padded[at..].chars().next().is_some_and(is_unspaced);
            if unspaced {
                let mut pairs = Features {
                    rest: "",
                    run: &self.padded[at..at + len],
                };
                for pair in &mut pairs {
                    each(feature_hash(pair), false);
                }
            } else {
                let (hash, digit) = padded_hash(&bytes[at..], len);
                each(hash, digit);
            }
            at += len + 1;
        }
    }

    /// The features of the text: its words, and for scripts that are written
    /// without blanks every two neighbouring characters.
    pub(crate) fn features(&self) -> Features<'_> {
        Features {
            rest: self.as_str(),
            run: "",
        }
    }
}

/// What the last character written was, for what may follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing of the present word is written yet.
    Gap,
    /// A character of a word of a script with blanks.
    Spaced,
    /// An apostrophe after such a character; not written.
    Apostrophe,
    /// A character of a script without blanks.
    Unspaced,
}

struct Writer {
    /// What is written, up to `len`; then zeros. Where the last is a gap, a
    /// blank is written already.
    words: Vec<u8>,
    len: usize,
    last: Last,
}

/// Each method takes what it understands and returns its length in bytes.
impl Writer {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            words: vec![0; bytes + PADDING],
            len: 0,
            last: Last::Gap,
        }
    }

    fn finish(mut self) -> NormalText {
        if self.last == Last::Gap {
            self.len = self.len.saturating_sub(1);
        }
        self.words.truncate(self.len);
        self.words.resize(self.len + PADDING, b' ');
        let padded = String::from_utf8(self.words);
        NormalText {
            padded: padded.expect("whole characters are written"),
            len: self.len,
        }
    }

    /// Makes room for so many bytes, and the padding.
    #[inline]
    fn room(&mut self, bytes: usize) {
        let need = self.len + bytes + PADDING;
        if self.words.len() < need {
            self.words.resize(need.max(2 * self.words.len()), 0);
        }
    }

    fn put(&mut self, char: char) {
        self.room(char.len_utf8());
        char.encode_utf8(&mut self.words[self.len..]);
        self.len += char.len_utf8();
    }

    fn open(&mut self, next: Last) {
        let joins = match self.last {
            Last::Gap => true,
            Last::Spaced | Last::Apostrophe => next == Last::Spaced,
            Last::Unspaced => next == Last::Unspaced,
        };
        if !joins {
            self.put(' ');
        }
        self.last = next;
    }

    /// ASCII up to what needs a closer look, without a branch that depends on
    /// the bytes: where words end cannot be guessed.
    #[inline]
    fn plain(&mut self, bytes: &[u8]) -> usize {
        if bytes
            .first()
            .is_none_or(|&byte| FORMS[usize::from(byte)] == APART)
        {
            return 0;
        }
        if self.last == Last::Unspaced {
            self.gap(0);
        }
        self.room(bytes.len());
        let out = &mut self.words[self.len..];
        let mut inside = self.last != Last::Gap;
        let (mut written, mut taken) = (0, bytes.len());
        for (at, &byte) in bytes.iter().enumerate() {
            let form = FORMS[usize::from(byte)];
            if form == APART {
                taken = at;
                break;
            }
            let is_word = form != b' ';
            // The first blank after a word stays, others are written over.
            out[written] = form;
            written += usize::from(is_word | inside);
            inside = is_word;
        }
        self.len += written;
        self.last = if inside { Last::Spaced } else { Last::Gap };
        taken
    }

    fn gap(&mut self, bytes: usize) -> usize {
        if self.last != Last::Gap {
            self.put(' ');
        }
        self.last = Last::Gap;
        bytes
    }

    fn apostrophe(&mut self, bytes: usize) -> usize {
        if self.last == Last::Spaced {
            self.last = Last::Apostrophe;
            return bytes;
        }
        self.gap(bytes)
    }

    /// `rest` starts with `&`.
    fn entity(&mut self, rest: &[u8]) -> usize {
        let window = &rest[..rest.len().min(ENTITY_BYTES)];
        let Some(end) = window.iter().position(|&byte| byte == b';') else {
            return self.gap(1);
        };
        let name = &window[1..end];
        let digits = name.strip_prefix(b"#").unwrap_or(name);
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_alphanumeric) {
            return self.gap(1);
        }
        if matches!(
            name,
            b"#39" | b"#x27" | b"apos" | b"rsquo" | b"lsquo" | b"#8217"
        ) {
            self.apostrophe(end + 1)
        } else {
            self.gap(end + 1)
        }
    }

    /// A character from 0x80 on, and what follows it.
    fn wide(&mut self, char: char, after: &str) -> usize {
        let bytes = char.len_utf8();
        if matches!(char, '\u{2019}' | '\u{2018}' | '\u{2bc}' | '\u{ff07}') {
            return self.apostrophe(bytes);
        }
        // The three characters that windows-1252 makes of E2 80 xx.
        if char == 'â'
            && let Some(tail) = after.strip_prefix('€')
            && let Some(third) = tail.chars().next()
            && !third.is_whitespace()
        {
            let all = bytes + '€'.len_utf8() + third.len_utf8();
            return if matches!(third, '™' | '˜') {
                self.apostrophe(all)
            } else {
                self.gap(all)
            };
        }
        if !char.is_alphanumeric() {
            // Soft hyphens, joiners and marks stand inside words.
            return if is_inside_words(char) {
                bytes
            } else {
                self.gap(bytes)
            };
        }
        if is_unspaced(char) {
            self.open(Last::Unspaced);
            self.put(char);
        } else {
            self.open(Last::Spaced);
            for lower in char.to_lowercase() {
                self.put(lower);
            }
        }
        bytes
    }
}

/// The length of the word that begins at `at`, in a padded text.
#[inline]
fn word_len(padded: &[u8], at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // Bytes that are blanks become 0; the lowest high bit marks the first.
    let others = eight_bytes(&padded[at..]) ^ (ONES * 0x20);
    let blanks = others.wrapping_sub(ONES) & !others & HIGHS;
    if blanks != 0 {
        return blanks.trailing_zeros() as usize / 8;
    }
    let rest = &padded[at + 8..];
    8 + memchr::memchr(b' ', rest).unwrap_or(rest.len())
}

fn is_inside_words(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' // invisible
        | '\u{300}'..='\u{36f}' // combining accents
        | '\u{94d}' | '\u{9cd}' | '\u{a4d}' | '\u{acd}' | '\u{b4d}' | '\u{bcd}' | '\u{c4d}' | '\u{ccd}' | '\u{d4d}' // viramas
        | '\u{e47}'..='\u{e4e}' // Thai tone marks
    )
}

/// The features of a text, in order; see [`NormalText::features`].
#[derive(Clone, Debug)]
pub(crate) struct Features<'a> {
    rest: &'a str,
    /// What is left of a run of a script without blanks.
    run: &'a str,
}

impl<'a> Iterator for Features<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        if !self.run.is_empty() {
            return Some(self.pair());
        }
        if self.rest.is_empty() {
            return None;
        }
        let word = match memchr::memchr(b' ', self.rest.as_bytes()) {
            Some(end) => {
                let word = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                word
            }
            None => std::mem::take(&mut self.rest),
        };
        // The unspaced scripts begin at U+0E00, whose first byte is 0xE0.
        if word.as_bytes()[0] >= 0xe0 && word.chars().next().is_some_and(is_unspaced) {
            self.run = word;
            return Some(self.pair());
        }
        Some(word)
    }
}

impl<'a> Features<'a> {
    /// The first two characters of the run, which loses its first. A run of
    /// one character is a feature of its own.
    fn pair(&mut self) -> &'a str {
        let run = std::mem::take(&mut self.run);
        let mut starts = run.char_indices().skip(1).map(|(at, _)| at);
        let Some(second) = starts.next() else {
            return run;
        };
        let end = starts.next().unwrap_or(run.len());
        if end < run.len() {
            self.run = &run[second..];
        }
        &run[..end]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> String {
        NormalText::of(text).as_str().to_owned()
    }

    #[test]
    fn case_punctuation_and_spacing_do_not_matter() {
        assert_eq!(
            normal("  The Bridge,\n\tOPENED — on Monday. "),
            "the bridge opened on monday"
        );
        assert_eq!(normal(""), "");
        assert_eq!(normal("… — !"), "");
    }

    #[test]
    fn every_writing_of_an_apostrophe_is_the_same() {
        for text in [
            "don't stop",
            "don’t stop",
            "don&#39;t stop",
            "donâ€™t stop",
            "don&rsquo;t stop",
        ] {
            assert_eq!(normal(text), "dont stop", "{text}");
        }
        assert_eq!(normal("the dogs' bowl"), "the dogs bowl");
    }

    #[test]
    fn entities_are_no_words() {
        assert_eq!(
            normal("fish &amp; chips &quot;here&quot;"),
            "fish chips here"
        );
        assert_eq!(normal("AT&T; &"), "at");
        assert_eq!(normal("a & b"), "a b");
    }

    #[test]
    fn scripts_without_blanks_give_pairs_of_characters() {
        let text = NormalText::of("iPhone手机壳 is 好");
        assert_eq!(text.as_str(), "iphone 手机壳 is 好");
        let features: Vec<_> = text.features().collect();
        assert_eq!(features, ["iphone", "手机", "机壳", "is", "好"]);
    }

    proptest! {
        #[test]
        fn every_feature_is_hashed_and_its_digits_seen(text in "(?s)([a-zA-Z0-9é手机\u{17f}İ'&;’ .]{0,12}|\\PC{0,30}| [a-z0-9]{5,30} ){0,8}") {
            let normal = NormalText::of(&text);
            let mut hashed = Vec::new();
            normal.each_feature(|hash, digit| hashed.push((hash, digit)));
            let expected: Vec<_> = normal
                .features()
                .map(|word| (feature_hash(word), word.bytes().any(|byte| byte.is_ascii_digit())))
                .collect();
            prop_assert_eq!(hashed, expected);
            let form = normal.as_str();
            prop_assert!(!form.starts_with(' ') && !form.ends_with(' ') && !form.contains("  "));
        }
    }

    #[test]
    fn features_join_to_the_normal_form() {
        let text = NormalText::of("Größe, ÉTÉ und 12 x");
        let features: Vec<_> = text.features().collect();
        assert_eq!(features.join(" "), text.as_str());
    }
}
