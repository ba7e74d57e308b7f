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

use super::simhash::{KnownWords, eight_bytes, feature_hash, padded_hash};
use crate::rules::is_unspaced;

/// A text in normal form.
#[derive(Debug, Default)]
pub(crate) struct NormalText {
    /// Words, separated by single blanks, and [`PADDING`]. Runs of a script
    /// that is written without blanks are words of their own.
    padded: Vec<u8>,
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
    /// Becomes the normal form of a text, in the memory that it has.
    pub(crate) fn read(&mut self, text: &str) {
        let mut writer = Writer::new(text.len(), std::mem::take(&mut self.padded));
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
        *self = writer.finish();
    }

    /// The normal form itself, which is UTF-8.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.padded[..self.len]
    }

    /// Calls `each` with the hash of every feature, and whether it has a digit
    /// from 0 to 9.
    pub(crate) fn each_feature(&self, known: &mut KnownWords, mut each: impl FnMut(u64, bool)) {
        let bytes = &self.padded[..];
        let mut at = 0;
        while at < self.len {
            let word = eight_bytes(&bytes[at..]);
            let blanks = first_blank(word);
            let len = if blanks == 0 {
                // Blanks follow the last word, and behind them anything.
                let rest = &bytes[at + 8..];
                8 + memchr::memchr(b' ', rest).unwrap_or(rest.len())
            } else {
                blanks.trailing_zeros() as usize / 8
            };
            // The unspaced scripts begin at U+0E00, whose first byte is 0xE0.
            if bytes[at] >= 0xe0 {
                for feature in Features::of(text_of(&bytes[at..at + len])) {
                    each(feature_hash(feature), has_digit(feature));
                }
            } else if blanks == 0 {
                let (hash, digit) = padded_hash(&bytes[at..], len);
                each(hash, digit);
            } else {
                let (hash, digit) = known.hash(word, len);
                each(hash, digit);
            }
            at += len + 1;
        }
    }

    /// The features of the text: its words, and for scripts that are written
    /// without blanks every two neighbouring characters.
    pub(crate) fn features(&self) -> Features<'_> {
        Features::of(text_of(self.as_bytes()))
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
    /// What is written, up to `len`; then anything. Where the last is a gap, a
    /// blank is written already.
    words: Vec<u8>,
    len: usize,
    last: Last,
}

/// Each method takes what it understands and returns its length in bytes.
impl Writer {
    /// One that writes into `words`, for a text of so many bytes.
    fn new(bytes: usize, mut words: Vec<u8>) -> Self {
        if words.len() < bytes + PADDING {
            words.resize(bytes + PADDING, 0);
        }
        Self {
            words,
            len: 0,
            last: Last::Gap,
        }
    }

    fn finish(mut self) -> NormalText {
        if self.last == Last::Gap {
            self.len = self.len.saturating_sub(1);
        }
        self.room(0);
        self.words[self.len..self.len + PADDING].fill(b' ');
        NormalText {
            padded: self.words,
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
        let (mut written, mut taken) = (0, 0);
        'text: while taken < bytes.len() {
            while let Some(eight) = bytes[taken..].first_chunk()
                && let Some(form) = plain_words(u64::from_le_bytes(*eight), inside)
            {
                out[written..written + 8].copy_from_slice(&form.to_le_bytes());
                (written, taken) = (written + 8, taken + 8);
                inside = form >> 56 != BLANK;
            }
            for &byte in bytes[taken..].iter().take(8) {
                let form = FORMS[usize::from(byte)];
                if form == APART {
                    break 'text;
                }
                let is_word = form != b' ';
                // The first blank after a word stays, others are written over.
                out[written] = form;
                written += usize::from(is_word | inside);
                inside = is_word;
                taken += 1;
            }
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

/// Eight bytes that are all the same, when it is multiplied with one.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x80 * ONES;
const BLANK: u64 = 0x20;

/// The normal form of eight bytes, if they are letters and digits of ASCII with
/// single blanks between, as most are. `inside` says whether a word stands
/// before them.
#[inline]
fn plain_words(bytes: u64, inside: bool) -> Option<u64> {
    // Nothing is carried from one byte to the next below 0x80.
    let low = bytes & !HIGHS;
    // The high bit of bytes from `first` on, where a byte is below 0x80.
    let from = |bytes: u64, first: u8| bytes + u64::from(0x80 - first) * ONES;
    let lower = low | (BLANK * ONES);
    let letters = from(lower, b'a') & !from(lower, b'z' + 1);
    let digits = from(low, b'0') & !from(low, b'9' + 1);
    let blanks = !from(low ^ (BLANK * ONES), 1) & HIGHS;
    let plain = (letters | digits | blanks) & !bytes & HIGHS;
    let gaps = blanks << 8 | if inside { 0 } else { 0x80 };
    (plain == HIGHS && blanks & gaps == 0).then_some(lower)
}

/// Marks the first blank of eight bytes, and maybe others after it, by the
/// high bit.
#[inline]
fn first_blank(bytes: u64) -> u64 {
    let others = bytes ^ (BLANK * ONES);
    others.wrapping_sub(ONES) & !others & HIGHS
}

/// Of bytes that are characters.
fn text_of(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("whole characters are written")
}

fn has_digit(feature: &str) -> bool {
    feature.bytes().any(|byte| byte.is_ascii_digit())
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
    /// Of words with single blanks between them.
    fn of(words: &'a str) -> Self {
        Self {
            rest: words,
            run: "",
        }
    }

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

    fn of(text: &str) -> NormalText {
        let mut normal = NormalText::default();
        normal.read(text);
        normal
    }

    fn normal(text: &str) -> String {
        text_of(of(text).as_bytes()).to_owned()
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
    fn blanks_do_not_matter_wherever_they_stand() {
        for blanks in [" ", "  ", ". ", "\n\n", " - "] {
            for len in 1..20 {
                let words = ["Ab9Z".repeat(len), "x".repeat(len), "Q7".to_owned()];
                let text = format!("{blanks}{}{blanks}", words.join(blanks));
                assert_eq!(normal(&text), words.join(" ").to_lowercase(), "{text:?}");
            }
        }
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
        let text = of("iPhone手机壳 is 好");
        assert_eq!(text_of(text.as_bytes()), "iphone 手机壳 is 好");
        let features: Vec<_> = text.features().collect();
        assert_eq!(features, ["iphone", "手机", "机壳", "is", "好"]);
    }

    proptest! {
        #[test]
        fn words_of_ascii_are_what_is_no_word_apart(text in "[ -%(-~\n]{0,80}|[a-zA-Z0-9 ]{0,80}") {
            let words: Vec<_> = text
                .split(|char: char| !char.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect();
            prop_assert_eq!(normal(&text), words.join(" "));
        }

        #[test]
        fn every_feature_is_hashed_and_its_digits_seen(text in "(?s)([a-zA-Z0-9é手机\u{17f}İ'&;’ .]{0,12}|\\PC{0,30}| [a-z0-9]{5,30} ){0,8}") {
            let normal = of(&text);
            let mut hashed = Vec::new();
            normal.each_feature(&mut KnownWords::default(), |hash, digit| hashed.push((hash, digit)));
            let expected: Vec<_> = normal
                .features()
                .map(|word| (feature_hash(word), has_digit(word)))
                .collect();
            prop_assert_eq!(hashed, expected);
            let form = text_of(normal.as_bytes());
            prop_assert!(!form.starts_with(' ') && !form.ends_with(' ') && !form.contains("  "));
        }
    }

    #[test]
    fn features_join_to_the_normal_form() {
        let text = of("Größe, ÉTÉ und 12 x");
        let features: Vec<_> = text.features().collect();
        assert_eq!(features.join(" "), text_of(text.as_bytes()));
    }

    #[test]
    fn nothing_of_an_earlier_text_is_left() {
        let mut text = NormalText::default();
        for form in ["a much longer text of many words", "one two", "", "x"] {
            text.read(form);
            assert_eq!(text_of(text.as_bytes()), form);
            assert_eq!(text.features().count(), form.split_whitespace().count());
        }
    }
}
