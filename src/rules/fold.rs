//! Folding: the form in which lines and phrases are compared.
//!
//! Both sides go through the same function, so what it drops can never make a
//! phrase match less than its author sees.

/// The lower-case form of `c`, character by character.
///
/// Context-free on purpose (no final-sigma rule), so that the fold of a piece
/// of a line is a piece of the fold of the line. The long s and the final
/// sigma go to their plain forms, as a case-insensitive pattern treats them.
pub(super) fn lower(c: char, mut put: impl FnMut(char)) {
    match c {
        'ſ' => put('s'),
        'ς' => put('σ'),
        '‘' | '’' | '‚' | '‛' | '′' => put('\''),
        '“' | '”' | '„' | '‟' | '″' => put('"'),
        _ if c.is_ascii() => put(c.to_ascii_lowercase()),
        _ if has_no_case(c) => put(c),
        _ => variant(c).to_lowercase().for_each(put),
    }
}

/// Whether `c` is in a block of which no letter has a case, or is a small
/// letter of a block that has much text: told sooner than by the tables of the
/// standard library.
fn has_no_case(c: char) -> bool {
    matches!(u32::from(c),
        0x00DF..=0x00FF | 0x0430..=0x045F | 0x0590..=0x109F | 0x3000..=0xA63F | 0xAC00..=0xD7FF)
}

/// As [`char::is_alphanumeric`], told sooner for letters that much text is made
/// of.
pub(super) fn is_alphanumeric(c: char) -> bool {
    match u32::from(c) {
        0..=0x7F => c.is_ascii_alphanumeric(),
        0x00F8..=0x02AF
        | 0x03A3..=0x03F5
        | 0x03F7..=0x0481
        | 0x0620..=0x064A
        | 0x3041..=0x3096
        | 0x30A1..=0x30FA
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7A3 => true,
        0x2010..=0x2027 | 0x3001..=0x3004 | 0xFF01..=0xFF0F => false,
        _ => c.is_alphanumeric(),
    }
}

/// The plain form of a letter's rare variant. A case-insensitive pattern takes
/// them for the same, so they must fold to the same.
fn variant(c: char) -> char {
    match c {
        'µ' => 'μ',
        '\u{345}' | '\u{1FBE}' => 'ι',
        '\u{1FD3}' => '\u{390}',
        '\u{1FE3}' => '\u{3B0}',
        'ϐ' => 'β',
        'ϵ' => 'ε',
        'ϑ' => 'θ',
        'ϰ' => 'κ',
        'ϖ' => 'π',
        'ϱ' => 'ρ',
        'ϕ' => 'φ',
        '\u{1C80}' => 'в',
        '\u{1C81}' => 'д',
        '\u{1C82}' => 'о',
        '\u{1C83}' => 'с',
        '\u{1C84}' | '\u{1C85}' => 'т',
        '\u{1C86}' => 'ъ',
        '\u{1C87}' => 'ѣ',
        '\u{1C88}' => 'ꙋ',
        'ẛ' => 'ṡ',
        'ﬅ' => 'ﬆ',
        _ => c,
    }
}

/// Bytes that are folded at once when all are ASCII.
const CHUNK: usize = 32;

/// Appends the fold of `text` to `folded`: Unicode lower-case, straight quotes,
/// each run of white space as one blank. Decoration stays; see [`core`].
pub(super) fn fold_into(text: &str, folded: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let plain = plain_ascii(rest.as_bytes());
        if plain > 0 {
            let piece = &rest[..plain];
            let piece = if folded.ends_with(' ') {
                piece.strip_prefix(' ').unwrap_or(piece)
            } else {
                piece
            };
            let from = folded.len();
            folded.push_str(piece);
            folded[from..].make_ascii_lowercase();
            rest = &rest[plain..];
        }
        let mut end = 0;
        for c in rest.chars() {
            if end >= CHUNK {
                break;
            }
            end += c.len_utf8();
            if !c.is_whitespace() {
                lower(c, |c| folded.push(c));
            } else if !folded.ends_with(' ') {
                folded.push(' ');
            }
        }
        rest = &rest[end..];
    }
}

/// How many bytes from the start are ASCII with no white space but single
/// blanks, in whole chunks: most of most texts.
fn plain_ascii(bytes: &[u8]) -> usize {
    let plain = |chunk: &[u8]| {
        // No early exit, so that the compiler makes vector code of both.
        let odd = chunk
            .iter()
            .fold(0, |odd, byte| odd | u8::from(!(0x20..0x80).contains(byte)));
        let double = chunk
            .windows(2)
            .fold(0, |double, pair| double | u8::from(pair == b"  "));
        odd | double == 0
    };
    let mut end = 0;
    let mut blank = false;
    for chunk in bytes.chunks_exact(CHUNK) {
        if blank && chunk[0] == b' ' || !plain(chunk) {
            break;
        }
        blank = chunk[CHUNK - 1] == b' ';
        end += CHUNK;
    }
    end
}

/// The fold of `text`, as [`fold_into`] makes it.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Whether `c` counts as decoration at the ends of a line: list marks, arrows,
/// brackets, quotes, Markdown marks, dashes, emoji, `.` `!` `:` `…` and the like.
///
/// Letters, digits and combining marks are not, nor are the few signs that
/// change what a line says: `?` asks, `%` and currencies count, `@` `&` `©` name.
pub(super) fn is_decoration(c: char) -> bool {
    !(is_alphanumeric(c)
        || matches!(
            c,
            '?' | '？'
                | '؟'
                | '%'
                | '‰'
                | '&'
                | '@'
                | '$'
                | '€'
                | '£'
                | '¥'
                | '₹'
                | '₩'
                | '₽'
                | '©'
                | '®'
                | '™'
                | 'ⓒ'
                | '°'
        )
        || is_mark(c))
}

/// Combining marks that the standard library does not count as letters: vowel
/// and tone signs at the end of a word are part of it.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c),
        0x0300..=0x036F | 0x0591..=0x05C7 | 0x064B..=0x065F | 0x0900..=0x0DFF
        | 0x0E31 | 0x0E34..=0x0E3A | 0x0E47..=0x0E4E | 0x0EB1..=0x0ECD | 0x1000..=0x109F | 0x17B4..=0x17D3
        | 0x20D0..=0x20DC)
}

/// The byte range of `folded` without decoration at its ends; empty if there
/// is nothing else.
pub(super) fn core(folded: &str) -> std::ops::Range<usize> {
    let start = folded.len() - folded.trim_start_matches(is_decoration).len();
    let end = start + folded[start..].trim_end_matches(is_decoration).len();
    start..end
}

/// Whether a word may begin or end between `before` and `after`.
///
/// Between two characters of a script that puts blanks between words it may
/// not; Han, kana, Thai and their like do not, so there it always may.
pub(crate) fn is_boundary(before: Option<char>, after: Option<char>) -> bool {
    !(before.is_some_and(joins_words) && after.is_some_and(joins_words))
}

/// Whether `c` is of a word that ends only where another character is not.
pub(crate) fn joins_words(c: char) -> bool {
    is_alphanumeric(c) && (c.is_ascii() || !is_unspaced(c))
}

/// Whether `c` is of a script that is written without blanks between words.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF // Thai, Lao
        | 0x1000..=0x109F | 0x1780..=0x17FF // Myanmar, Khmer
        | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F // kana
        | 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF) // Han, with its signs for repetition and nought
}

/// The first `most` bytes of `text`, or fewer, to the end of a character.
pub(crate) fn prefix(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded_core(text: &str) -> String {
        let folded = fold(text);
        folded[core(&folded)].to_owned()
    }

    #[test]
    fn scripts_without_blanks_are_told_from_others() {
        for c in "ไทລາວမြန်ខ្មែរかなカナｶﾅ漢字々〆〇㐀𠀀".chars()
        {
            assert!(is_unspaced(c), "{c}");
        }
        for c in "aéжαעع한글हि0。、".chars() {
            assert!(!is_unspaced(c), "{c}");
        }
    }

    #[test]
    fn what_a_case_insensitive_pattern_takes_for_the_same_folds_to_the_same() {
        use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
        for c in '\0'..=char::MAX {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            class.case_fold_simple();
            for other in class.iter().flat_map(|range| range.start()..=range.end()) {
                assert_eq!(
                    fold(&c.to_string()),
                    fold(&other.to_string()),
                    "{c:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_told_sooner_is_told_as_the_standard_library_does() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
            assert!(!has_no_case(c) || c.to_lowercase().eq([c]), "{c:?}");
        }
    }

    #[test]
    fn case_blanks_quotes_and_decoration_do_not_count() {
        assert_eq!(folded_core("  • **Don’t\u{a0}  MISS** → "), "don't miss");
        assert_eq!(folded_core("## Читайте Также:"), "читайте также");
        assert_eq!(folded_core("» 相关阅读 …"), "相关阅读");
        assert_eq!(folded_core("👍 Like!"), "like");
    }

    #[test]
    fn long_texts_fold_as_short_ones_do() {
        let text = "The “Quick”  Brown Fox — jumps OVER the lazy dog;\tand then SOME more words of no account  ";
        for at in (0..text.len()).filter(|&at| text.is_char_boundary(at)) {
            let whole = fold(&text[at..]);
            let by_char = text[at..].chars().fold(String::new(), |mut folded, c| {
                fold_into(c.encode_utf8(&mut [0; 4]), &mut folded);
                folded
            });
            assert_eq!(whole, by_char);
        }
    }

    #[test]
    fn a_question_stays_a_question() {
        assert_eq!(folded_core("Read more?"), "read more?");
        assert_ne!(folded_core("Read more?"), folded_core("Read more"));
    }

    #[test]
    fn a_line_of_symbols_has_no_core() {
        assert_eq!(folded_core("* * *"), "");
    }

    #[test]
    fn words_end_only_where_the_script_lets_them() {
        assert!(!is_boundary(Some('a'), Some('b')));
        assert!(is_boundary(Some('a'), Some(' ')));
        assert!(is_boundary(Some('文'), Some('字')));
        assert!(is_boundary(None, Some('b')));
    }
}
