//! Bytes to text.
//!
//! The order of evidence is: byte order mark, a charset that the caller knows,
//! UTF-16 without a mark, the escape sequences of ISO-2022-JP, valid UTF-8,
//! `<meta charset>`, UTF-8 with damaged places, detection. Valid UTF-8 comes
//! before the page's own claim because saved pages are often re-encoded while
//! their `<meta>` still names the old charset.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874};

use crate::Format;

/// How far into a page `<meta charset>` is looked for, in bytes. The HTML
/// standard asks for 1,024; real pages put scripts before it.
const META_WINDOW: usize = 4096;

/// How many bytes tell UTF-16 without a byte order mark from other text.
const UTF16_WINDOW: usize = 4096;

/// How many bytes the detector reads. More changes no verdict in practice and
/// costs 20 ns a byte.
const DETECT_WINDOW: usize = 256 * 1024;

/// A text and how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The WHATWG name of the encoding that was used, such as `UTF-8`.
    pub encoding: &'static str,
    /// Whether bytes that belong to no character became U+FFFD.
    pub lossy: bool,
}

/// Turns the bytes of a document into text.
///
/// `declared` is a charset that the caller knows, such as that of an HTTP header
/// (the readers of this crate know none: a file has no header, and a record is
/// text already); one that no standard names is passed over. Never fails: what cannot be
/// read is replaced by U+FFFD and `lossy` says so.
pub fn decode(bytes: Vec<u8>, declared: Option<&str>, format: Format) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        return if encoding == UTF_8 {
            utf8(bytes, mark)
        } else {
            with(encoding, &bytes[mark..])
        };
    }
    if let Some(encoding) = declared.and_then(|label| Encoding::for_label(label.as_bytes())) {
        return if encoding == UTF_8 {
            utf8(bytes, 0)
        } else {
            with(encoding, &bytes)
        };
    }
    // Before UTF-8: UTF-16 of Latin text is valid UTF-8 with a NUL in every
    // second place, and no text means that.
    if let Some(encoding) = utf16_without_mark(&bytes) {
        return with(encoding, &bytes);
    }
    // Before UTF-8 as well: it is ASCII throughout, and says with escape
    // sequences what its bytes stand for.
    if let Some(decoded) = iso_2022_jp(&bytes) {
        return decoded;
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => {
            return Decoded {
                text,
                encoding: UTF_8.name(),
                lossy: false,
            };
        }
        Err(error) => error.into_bytes(),
    };
    if format == Format::Html
        && let Some(encoding) = meta_charset(&bytes)
        && encoding != UTF_8
    {
        let decoded = with(encoding, &bytes);
        if !decoded.lossy {
            return decoded;
        }
    }
    if mostly_utf8(&bytes) {
        return utf8(bytes, 0);
    }
    let encoding = detect(&bytes);
    if encoding.is_single_byte() && encoding != WINDOWS_874 && has_utf8_pairs(&bytes) {
        return utf8(bytes, 0);
    }
    with(encoding, &bytes)
}

fn utf8(mut bytes: Vec<u8>, mark: usize) -> Decoded {
    bytes.drain(..mark);
    match String::from_utf8(bytes) {
        Ok(text) => Decoded {
            text,
            encoding: UTF_8.name(),
            lossy: false,
        },
        Err(error) => Decoded {
            text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
            encoding: UTF_8.name(),
            lossy: true,
        },
    }
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        text: text.into_owned(),
        encoding: encoding.name(),
        lossy,
    }
}

/// ISO-2022-JP, if the bytes switch to its character sets and are sound in it.
fn iso_2022_jp(bytes: &[u8]) -> Option<Decoded> {
    let escapes = memchr::memmem::find_iter(bytes, b"\x1b$")
        .any(|at| matches!(bytes.get(at + 2), Some(b'B' | b'@')));
    let decoded = escapes.then(|| with(ISO_2022_JP, bytes))?;
    (!decoded.lossy).then_some(decoded)
}

/// UTF-16 that lost its mark: Latin text has a NUL in nearly every second
/// byte, always on the same side.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let window = &bytes[..bytes.len().min(UTF16_WINDOW)];
    let pairs = window.len() / 2;
    if pairs < 8 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let nuls = |side: usize| {
        window
            .chunks_exact(2)
            .filter(|pair| pair[side] == 0)
            .count()
    };
    let (high_first, low_first) = (nuls(0), nuls(1));
    // Half of the pairs: Latin text has nearly all, other scripts share the
    // blanks, digits and line ends at least; NULs alone are on both sides.
    if high_first > pairs / 2 && low_first == 0 {
        Some(UTF_16BE)
    } else if low_first > pairs / 2 && high_first == 0 {
        Some(UTF_16LE)
    } else {
        None
    }
}

/// The charset that `<meta charset=…>` or `<meta http-equiv … content="…;
/// charset=…">` names.
fn meta_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(META_WINDOW)];
    let lower = head.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&lower[from..], b"charset") {
        let rest = &lower[from + at + b"charset".len()..];
        let rest = rest.trim_ascii_start();
        if let Some(value) = rest.strip_prefix(b"=") {
            let value = value.trim_ascii_start();
            let value = value
                .strip_prefix(b"\"")
                .or(value.strip_prefix(b"'"))
                .unwrap_or(value);
            let end = value
                .iter()
                .position(|b| !(b.is_ascii_alphanumeric() || b"-_:.".contains(b)))
                .unwrap_or(value.len());
            if let Some(encoding) = Encoding::for_label(&value[..end]) {
                return Some(encoding);
            }
        }
        from += at + b"charset".len();
    }
    None
}

/// UTF-8 with a few damaged places (a cut in the middle of a character, a
/// glued-in Latin-1 line): reading all of it as another charset would garble
/// every letter beyond ASCII to save a handful.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // Ten to one: other charsets read as UTF-8 give next to no valid
    // multi-byte character, so the margin is wide.
    good >= 10 * bad
}

/// How many stray bytes one letter of UTF-8 outweighs in [`has_utf8_pairs`].
/// Of the development texts that ten such charsets can hold, 7,900 in all,
/// five have a pair; one, garbled before it was saved, has more than this.
const STRAY_PER_PAIR: usize = 3;

/// Whether a text in few letters beyond ASCII is UTF-8 with stray bytes: it has
/// `Ã` with a sign after it (`Ã©`), or `â€` with one (`â€™`), as a single-byte
/// charset would show a letter or a quotation mark of UTF-8. Nobody writes
/// that, but for Thai, where both bytes are consonants.
fn has_utf8_pairs(bytes: &[u8]) -> bool {
    let (mut pairs, mut stray) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        let sure = |c: &char| matches!(c, '\u{c0}'..='\u{ff}' | '\u{2010}'..='\u{203f}');
        pairs += chunk.valid().chars().filter(sure).count();
        stray += usize::from(!chunk.invalid().is_empty());
    }
    pairs > 0 && stray <= STRAY_PER_PAIR * pairs
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let window = &bytes[..bytes.len().min(DETECT_WINDOW)];
    detector.feed(window, window.len() == bytes.len());
    detector.guess(None, Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], format: Format) -> Decoded {
        decode(bytes.to_vec(), None, format)
    }

    #[test]
    fn byte_order_mark_decides_and_is_dropped() {
        assert_eq!(text(b"\xef\xbb\xbfGruen", Format::Text).text, "Gruen");
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend("Grün".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(text(&utf16, Format::Text).text, "Grün");
    }

    #[test]
    fn utf16_without_a_mark_is_told_by_its_nuls() {
        let bytes: Vec<u8> = "The ferry left at noon.\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        let decoded = text(&bytes, Format::Text);
        assert_eq!(
            (decoded.text.as_str(), decoded.encoding),
            ("The ferry left at noon.\n", "UTF-16BE")
        );
    }

    #[test]
    fn nuls_alone_are_not_utf16() {
        assert_eq!(text(&[0; 64], Format::Text).encoding, "UTF-8");
    }

    #[test]
    fn valid_utf8_wins_over_what_the_page_claims() {
        let page = "<meta charset=windows-1252><p>Größe</p>";
        assert!(text(page.as_bytes(), Format::Html).text.contains("Größe"));
    }

    #[test]
    fn meta_charset_is_used_when_the_bytes_are_not_utf8() {
        let (bytes, ..) =
            encoding_rs::GB18030.encode("<meta charset='gb2312'><p>新的桥梁星期一通车</p>");
        let decoded = text(&bytes, Format::Html);
        assert!(decoded.text.contains("新的桥梁星期一通车"), "{decoded:?}");
        assert!(!decoded.lossy);
    }

    #[test]
    fn undeclared_charsets_are_detected() {
        for (encoding, prose) in [
            (
                encoding_rs::WINDOWS_1252,
                "Die Brücke wurde am Montag für den Verkehr geöffnet, größer als geplant.",
            ),
            (
                encoding_rs::SHIFT_JIS,
                "新しい橋は月曜日に開通しました。多くの人が歩いて渡りました。",
            ),
            (
                encoding_rs::GB18030,
                "新的桥梁星期一正式通车，许多市民步行过桥，桥上人山人海。",
            ),
            (
                encoding_rs::WINDOWS_1251,
                "Новый мост открыли для движения в понедельник утром.",
            ),
        ] {
            let (bytes, ..) = encoding.encode(prose);
            assert_eq!(
                text(&bytes, Format::Text).text,
                prose,
                "{}",
                encoding.name()
            );
        }
    }

    #[test]
    fn escape_sequences_of_japanese_mail_are_read() {
        let prose = "新しい橋は月曜日に開通しました。";
        let bytes = b"\x1b$B?7$7$$66$O7nMKF|$K3+DL$7$^$7$?!#\x1b(B";
        assert_eq!(text(bytes, Format::Text).text, prose);
    }

    #[test]
    fn a_damaged_character_does_not_change_the_charset_of_the_rest() {
        let mut bytes = "Größe, Übermut, Ärger, Öl, Füße, süß, Käse, Grüße, Möwe, Tür, "
            .repeat(2)
            .into_bytes();
        bytes.push(0xc3);
        let decoded = text(&bytes, Format::Text);
        assert_eq!(decoded.encoding, "UTF-8");
        assert!(decoded.lossy && decoded.text.ends_with('\u{fffd}'));
    }

    #[test]
    fn stray_bytes_beside_one_letter_do_not_garble_it() {
        let bytes = [
            "The café by the mill opened on Monday.\n".as_bytes(),
            b"A \x80 stray \xff byte \xa0 or two.\n",
        ]
        .concat();
        let decoded = text(&bytes, Format::Text);
        assert_eq!((decoded.encoding, decoded.lossy), ("UTF-8", true));
        assert!(decoded.text.contains("café"), "{}", decoded.text);
    }

    #[test]
    fn a_quote_after_a_capital_letter_is_no_letter_of_utf8() {
        let (bytes, ..) = encoding_rs::WINDOWS_1252
            .encode("Au \u{201c}Grand CAFÉ\u{201d} on était bien, dit-elle, même en été.");
        assert!(str::from_utf8(&bytes).is_err());
        assert_eq!(text(&bytes, Format::Text).encoding, "windows-1252");
    }

    #[test]
    fn a_charset_that_the_caller_knows_comes_before_a_guess() {
        let decoded = decode(b"caf\xe9".to_vec(), Some("latin1"), Format::Text);
        assert_eq!(decoded.text, "café");
    }
}
