//! Counting words and letters in any script.

use super::fold::{is_alphanumeric, is_unspaced, prefix};

/// Characters of Han, kana, Thai and their like that make one word. Chinese
/// words have 1.6 characters on average, Japanese 2, Thai 4; two is the middle.
const UNSPACED_PER_WORD: usize = 2;

/// Bytes that are counted at once when all are ASCII.
const CHUNK: usize = 64;
/// Bytes of a text that are counted before the count is looked at.
const PART: usize = 256;

/// The words of `text`: stretches with a letter or digit between white space,
/// and for scripts without blanks one for every two characters.
pub(crate) fn words(text: &str) -> usize {
    words_up_to(text, usize::MAX)
}

/// Whether `text` has so many [words]: no more of it is looked at than shows it.
pub(crate) fn has_words(text: &str, least: usize) -> bool {
    words_up_to(text, least) >= least
}

/// The [words] of `text`, or `most` or more of them.
fn words_up_to(text: &str, most: usize) -> usize {
    let mut words = 0;
    let mut unspaced = 0;
    let mut inside = false;
    for c in text.chars() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                words += usize::from(!inside);
                inside = true;
            } else if c.is_ascii_whitespace() {
                if words >= most {
                    break;
                }
                inside = false;
            }
        } else if is_unspaced(c) {
            unspaced += 1;
            if unspaced / UNSPACED_PER_WORD >= most {
                break;
            }
            inside = false;
        } else if c.is_whitespace() {
            inside = false;
        } else if is_alphanumeric(c) {
            words += usize::from(!inside);
            inside = true;
        }
    }
    words + usize::div_ceil(unspaced, UNSPACED_PER_WORD)
}

/// The letters and digits of `text`.
pub(crate) fn letters(text: &str) -> usize {
    let mut letters = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = 0;
        for chunk in rest.as_bytes().chunks(CHUNK) {
            if !chunk.is_ascii() {
                break;
            }
            letters += chunk.iter().filter(|b| b.is_ascii_alphanumeric()).count();
            end += chunk.len();
        }
        rest = &rest[end..];
        end = 0;
        for c in rest.chars() {
            if end >= CHUNK {
                break;
            }
            letters += usize::from(is_alphanumeric(c));
            end += c.len_utf8();
        }
        rest = &rest[end..];
    }
    letters
}

/// Whether `text` has so great a share of `all` in letters and digits, as far
/// as its first part tells: `false` says nothing.
pub(crate) fn reaches(text: &str, least: f64, all: usize) -> bool {
    let mut found = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let part = prefix(rest, PART).len();
        found += letters(&rest[..part]);
        rest = &rest[part..];
        if found > 0 && share(found, all) >= least {
            return true;
        }
    }
    false
}

/// `part` of `all` as a share; of nothing, everything is nothing.
#[expect(clippy::cast_precision_loss, reason = "shares of counts below 4 G")]
pub(crate) fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}

/// Whether `line` ends as a sentence does, quotes and brackets aside. An
/// ellipsis does not count: teasers end with it.
pub(crate) fn ends_sentence(line: &str) -> bool {
    let bare = line.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '”' | '’' | '»' | '“' | ')' | ']' | '」' | '』' | '）' | '*' | '_'
            )
    });
    !bare.ends_with("...")
        && bare.ends_with([
            '.', '!', '?', '。', '！', '？', '．', '؟', '۔', '।', '॥', '።', '။', '។', ';', '；',
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_scripts_with_and_without_blanks() {
        assert_eq!(words("It's a well-known fact – really."), 5);
        assert_eq!(words("今天天气很好"), 3);
        assert_eq!(words("Привет, мир"), 2);
        assert_eq!(words("--- ***"), 0);
    }

    #[test]
    fn a_text_has_its_words_and_no_more() {
        for text in [
            "a quiet harbour",
            "今天天气很好",
            "",
            "Привет, мир",
            "a\u{a0}b",
        ] {
            let all = words(text);
            assert!((0..=all).all(|least| has_words(text, least)), "{text}");
            assert!(!has_words(text, all + 1), "{text}");
        }
    }

    #[test]
    fn sentences_end_in_any_script_and_teasers_do_not() {
        assert!(ends_sentence("He said “no.”"));
        assert!(ends_sentence("今天很好。"));
        assert!(!ends_sentence("Read more..."));
        assert!(!ends_sentence("Related articles"));
    }
}
