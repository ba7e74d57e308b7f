//! What can be told of a line alone, in any script.

use xxhash_rust::xxh3::xxh3_64;

use crate::rules::{is_unspaced, words::ends_sentence};

/// A line as the features see it. Counts are of what a reader of the rendered
/// line would see; `Vec`s of words live with the document.
#[derive(Clone, Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one property of a line and none depends on another"
)]
pub(in crate::clean) struct Facts {
    /// Characters that are no white space.
    pub(super) chars: f32,
    /// Words; for scripts without blanks one for every two characters.
    pub(super) words: f32,
    pub(super) letters: f32,
    pub(super) digits: f32,
    /// Stretches of digits.
    pub(super) numbers: f32,
    /// Words that begin with a capital, and words that begin with any cased letter.
    pub(super) capitals: f32,
    pub(super) cased: f32,
    /// Words all in capitals, of two letters or more.
    pub(super) shouted: f32,
    /// Words of up to three letters that do not begin with a capital.
    pub(super) small: f32,
    /// The first letter is a small one.
    pub(super) starts_small: bool,
    /// Sentence ends inside the line, and clause marks.
    pub(super) sentences: f32,
    pub(super) clauses: f32,
    /// How the line ends.
    pub(super) ends_sentence: bool,
    pub(super) ends_colon: bool,
    pub(super) ends_question: bool,
    pub(super) ends_ellipsis: bool,
    /// Bars, arrows, bullets, slashes.
    pub(super) separators: f32,
    /// Capitals right after small letters: lines glued to one.
    pub(super) glued: f32,
    /// What is left of a link that was broken over lines.
    pub(super) remains: bool,
    /// Brackets, braces, equals signs, semicolons: as in code.
    pub(super) code_signs: f32,
    /// `$`, `€` and the like.
    pub(super) currency: bool,
    /// `©`, `®`, `™`.
    pub(super) rights: bool,
    /// `@` or `#` before a word.
    pub(super) handles: f32,
    /// An address that stands in the text.
    pub(super) address: bool,
    /// Four digits that can be a year.
    pub(super) year: bool,
    /// Digits, colon, digits.
    pub(super) clock: bool,
    /// Markdown: links, the share of the text inside them, pictures.
    pub(super) links: f32,
    pub(super) link_share: f32,
    pub(super) pictures: f32,
    /// What the line begins with.
    pub(super) item: bool,
    pub(super) heading: f32,
    pub(super) cell: bool,
    /// A row of a Markdown table, and its row of dashes.
    pub(super) row: bool,
    pub(super) rule: bool,
    pub(super) quoted: bool,
    pub(super) strong: bool,
    /// What equal lines share.
    pub(super) key: u64,
    /// The words, as a range of the document's list.
    pub(super) vocabulary: (u32, u32),
}

impl Facts {
    /// Looks at `line`, which has no white space at its ends, `seen` being the
    /// line without its Markdown, and appends the hashes of its words to
    /// `vocabulary`.
    pub(in crate::clean) fn new(line: &str, seen: &str, vocabulary: &mut Vec<u64>) -> Self {
        let from = vocabulary.len() as u32;
        let mut facts = Self {
            key: xxh3_64(seen.as_bytes()),
            ends_sentence: ends_sentence(seen),
            ends_colon: seen.ends_with([':', '：']),
            ends_question: seen.ends_with(['?', '？', '؟']),
            ends_ellipsis: seen.ends_with("...") || seen.ends_with(['…', '»', '>', '›', '→']),
            item: line.starts_with(['•', '·', '◦', '▪'])
                || ["* ", "- ", "+ "].iter().any(|mark| line.starts_with(mark))
                || matches!(line, "*" | "-" | "+"),
            heading: line.bytes().take_while(|&byte| byte == b'#').count().min(6) as f32,
            cell: line.starts_with('|') || line.contains(" | "),
            row: line.len() > 2 && line.starts_with('|') && line.ends_with('|'),
            rule: line.contains("--") && line.bytes().all(|byte| b"|-: \t".contains(&byte)),
            remains: line.starts_with("](") || matches!(line, "[" | "![" | "]" | ")"),
            quoted: line.starts_with('>'),
            strong: line.starts_with("**") || line.starts_with("__"),
            address: seen.contains("http://")
                || seen.contains("https://")
                || seen.contains("www.")
                || seen.contains(".com"),
            ..Self::default()
        };
        facts.count_characters(seen);
        facts.count_words(seen, vocabulary);
        facts.count_links(line);
        facts.vocabulary = (from, vocabulary.len() as u32);
        facts
    }

    /// The same with its words, which are now in the list `from`, appended to
    /// the list `to`.
    pub(in crate::clean) fn moved(&self, from: &[u64], to: &mut Vec<u64>) -> Self {
        let (first, last) = self.vocabulary;
        let start = to.len() as u32;
        to.extend_from_slice(&from[first as usize..last as usize]);
        Self {
            vocabulary: (start, to.len() as u32),
            ..self.clone()
        }
    }

    fn count_characters(&mut self, seen: &str) {
        let mut before = ' ';
        let mut digits_run = 0_u32;
        let mut first = true;
        let mut chars = seen.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied().unwrap_or(' ');
            if c.is_whitespace() {
                digits_run = 0;
                before = ' ';
                continue;
            }
            self.chars += 1.0;
            if c.is_ascii_digit() {
                self.digits += 1.0;
                digits_run += 1;
                if digits_run == 1 {
                    self.numbers += 1.0;
                    let plausible = matches!(c, '1' | '2') && !before.is_alphanumeric();
                    self.year |= plausible
                        && is_year(c, chars.clone().take(4).collect::<Vec<_>>().as_slice());
                }
            } else {
                digits_run = 0;
                if c.is_alphabetic() {
                    self.letters += 1.0;
                    self.glued += f32::from(u8::from(c.is_uppercase() && before.is_lowercase()));
                    if first {
                        self.starts_small = c.is_lowercase();
                    }
                    first = false;
                } else {
                    self.count_sign(c, before, next);
                }
            }
            before = c;
        }
    }

    fn count_sign(&mut self, c: char, before: char, next: char) {
        match c {
            '.' | '!' | '?' if next == ' ' && before.is_alphanumeric() => self.sentences += 1.0,
            '。' | '！' | '？' | '؟' | '۔' | '।' | '॥' => self.sentences += 1.0,
            ',' if next == ' ' => self.clauses += 1.0,
            '，' | '、' | '،' | '；' => self.clauses += 1.0,
            ':' => self.clock |= before.is_ascii_digit() && next.is_ascii_digit(),
            '|' | '»' | '›' | '>' | '«' | '‹' | '•' | '·' | '→' | '←' | '/' | '\\' => {
                self.separators += 1.0;
            }
            '{' | '}' | '=' | ';' | '<' | '[' | ']' | '_' | '`' => self.code_signs += 1.0,
            '$' | '€' | '£' | '¥' | '₹' | '₽' | '₩' => self.currency = true,
            '©' | '®' | '™' => self.rights = true,
            '@' | '#' if next.is_alphabetic() => self.handles += 1.0,
            _ => {}
        }
    }

    /// Words by hash of their lower-case form; pairs of neighbours where the
    /// script has no blanks.
    fn count_words(&mut self, seen: &str, vocabulary: &mut Vec<u64>) {
        let mut word = String::new();
        let mut before = None;
        let mut unspaced = 0_u32;
        for c in seen.chars().chain(std::iter::once(' ')) {
            if is_unspaced(c) {
                self.end_word(&mut word, vocabulary);
                if let Some(before) = before {
                    let pair: u64 = (u64::from(before) << 32) | u64::from(u32::from(c));
                    vocabulary.push(xxh3_64(&pair.to_le_bytes()));
                }
                before = Some(u32::from(c));
                unspaced += 1;
            } else {
                before = None;
                let joins = matches!(c, '\'' | '’' | '-' | '\u{900}'..='\u{dff}');
                if c.is_alphanumeric() || (!word.is_empty() && joins) {
                    word.push(c);
                } else {
                    self.end_word(&mut word, vocabulary);
                }
            }
        }
        self.words += unspaced.div_ceil(2) as f32;
    }

    fn end_word(&mut self, word: &mut String, vocabulary: &mut Vec<u64>) {
        let Some(first) = word.chars().next() else {
            return;
        };
        self.words += 1.0;
        let length = word.chars().count();
        if first.is_uppercase() || first.is_lowercase() {
            self.cased += 1.0;
            if first.is_uppercase() {
                self.capitals += 1.0;
                if length > 1 && !word.chars().any(char::is_lowercase) {
                    self.shouted += 1.0;
                }
            }
        }
        if length <= 3 && first.is_alphabetic() && !first.is_uppercase() {
            self.small += 1.0;
        }
        vocabulary.push(xxh3_64(word.to_lowercase().as_bytes()));
        word.clear();
    }

    /// Links and pictures of Markdown, and how much of the text is in links.
    fn count_links(&mut self, line: &str) {
        let mut rest = line;
        let mut inside = 0.0;
        while let Some(middle) = rest.find("](") {
            let open = rest[..middle].rfind('[');
            if let Some(open) = open {
                if rest[..open].ends_with('!') {
                    self.pictures += 1.0;
                } else {
                    self.links += 1.0;
                    inside += rest[open + 1..middle]
                        .chars()
                        .filter(|c| !c.is_whitespace())
                        .count() as f32;
                }
            } else {
                // The outer half of a picture in a link.
                self.links += 1.0;
            }
            let after = &rest[middle + 2..];
            rest = after.find(')').map_or("", |end| &after[end + 1..]);
        }
        if self.links > 0.0 {
            self.link_share = if self.chars > 0.0 {
                (inside / self.chars).min(1.0)
            } else {
                1.0
            };
        }
    }
}

/// Whether a number that begins with `first` is of 1900 to 2099.
fn is_year(first: char, rest: &[char]) -> bool {
    let [second, third, fourth, after @ ..] = rest else {
        return false;
    };
    matches!((first, second), ('1', '9') | ('2', '0'))
        && third.is_ascii_digit()
        && fourth.is_ascii_digit()
        && !after.first().is_some_and(char::is_ascii_digit)
}
