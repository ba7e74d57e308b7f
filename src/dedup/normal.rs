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

use crate::rules::is_unspaced;

/// A text in normal form.
#[derive(Debug, Default)]
pub(crate) struct NormalText {
    /// Words, separated by single blanks. Runs of a script that is written
    /// without blanks are words of their own.
    words: String,
}

/// What a byte below 0x80 is to the normal form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ascii {
    /// Part of a word.
    Word,
    /// An apostrophe: part of a word if a letter follows.
    Apostrophe,
    /// Perhaps the start of an entity.
    Ampersand,
    /// Between words.
    Other,
}

const ASCII: [Ascii; 128] = {
    let mut table = [Ascii::Other; 128];
    let mut byte = 0u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = Ascii::Word;
        }
        byte += 1;
    }
    table[b'\'' as usize] = Ascii::Apostrophe;
    table[b'&' as usize] = Ascii::Ampersand;
    table
};

#[inline]
fn is_ascii_word(byte: u8) -> bool {
    byte < 0x80 && ASCII[usize::from(byte)] == Ascii::Word
}

/// Longest entity that is recognised, `&` and `;` included: `&thetasym;`.
const ENTITY_BYTES: usize = 10;

impl NormalText {
    /// The normal form of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut writer = Writer::with_capacity(text.len());
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte < 0x80 {
                at += match ASCII[usize::from(byte)] {
                    Ascii::Word => {
                        let rest = &bytes[at..];
                        let end = rest.iter().position(|&byte| !is_ascii_word(byte));
                        writer.ascii(&text[at..at + end.unwrap_or(rest.len())])
                    }
                    Ascii::Apostrophe => writer.apostrophe(1),
                    Ascii::Ampersand => writer.entity(&bytes[at..]),
                    Ascii::Other => writer.gap(1),
                };
            } else {
                let rest = &text[at..];
                let char = rest.chars().next().expect("`at` is before the end");
                at += writer.wide(char, &rest[char.len_utf8()..]);
            }
        }
        let mut words = writer.words;
        // All at once; what is beyond ASCII is in lower case already.
        words.make_ascii_lowercase();
        Self { words }
    }

    /// The normal form itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.words
    }

    /// The features of the text: its words, and for scripts that are written
    /// without blanks every two neighbouring characters.
    pub(crate) fn features(&self) -> Features<'_> {
        Features {
            rest: &self.words,
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
    words: String,
    last: Last,
}

/// Each method takes what it understands and returns its length in bytes.
impl Writer {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            words: String::with_capacity(bytes),
            last: Last::Gap,
        }
    }

    fn open(&mut self, next: Last) {
        let joins = match self.last {
            Last::Gap => false,
            Last::Spaced | Last::Apostrophe => next == Last::Spaced,
            Last::Unspaced => next == Last::Unspaced,
        };
        if !joins && !self.words.is_empty() {
            self.words.push(' ');
        }
        self.last = next;
    }

    /// A run of ASCII letters and digits.
    #[inline]
    fn ascii(&mut self, run: &str) -> usize {
        if self.last != Last::Spaced {
            self.open(Last::Spaced);
        }
        self.words.push_str(run);
        run.len()
    }

    fn gap(&mut self, bytes: usize) -> usize {
        self.last = Last::Gap;
        bytes
    }

    fn apostrophe(&mut self, bytes: usize) -> usize {
        self.last = match self.last {
            Last::Spaced => Last::Apostrophe,
            _ => Last::Gap,
        };
        bytes
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
            self.words.push(char);
        } else {
            self.open(Last::Spaced);
            self.words.extend(char.to_lowercase());
        }
        bytes
    }
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
    use super::*;

    fn normal(text: &str) -> String {
        NormalText::of(text).words
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

    #[test]
    fn features_join_to_the_normal_form() {
        let text = NormalText::of("Größe, ÉTÉ und 12 x");
        let features: Vec<_> = text.features().collect();
        assert_eq!(features.join(" "), text.as_str());
    }
}
