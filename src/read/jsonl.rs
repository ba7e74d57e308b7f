//! Records: one JSON object a line.
//!
//! The values of fields that dehusk does not know are carried as the bytes they
//! are, so a number keeps its digits and an object the order of its keys. Names
//! of fields are written anew, and blanks between fields are not kept.

use std::{
    borrow::Cow,
    fmt,
    io::{self, BufRead, Write},
    ops::Range,
};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::Format;

/// A record, with its fields in order, as they stand in a line.
#[derive(Clone, Debug, Default)]
pub struct Record<'l> {
    fields: Vec<(Cow<'l, str>, Cow<'l, RawValue>)>,
}

/// Why a line is no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or not an object.
    #[error("not a JSON object: {0}")]
    Syntax(String),
    /// Neither `text` nor `html`.
    #[error("has no field `text` or `html` that is a string")]
    NoText,
    /// A string that cannot be read: the field, and why.
    #[error("its field `{0}` is a string that cannot be read: {1}")]
    String(&'static str, String),
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// Longer than the cap, in bytes.
    #[error("longer than {0} bytes (raise the cap with --max-bytes)")]
    TooLong(u64),
}

/// The text of a record and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// [`Format::Text`] for the field `text`, [`Format::Html`] for `html`.
    pub format: Format,
    /// The content of the field.
    pub text: String,
}

impl<'l> Record<'l> {
    /// Reads a record from a line.
    pub fn parse(line: &'l [u8]) -> Result<Self, RecordError> {
        let line = str::from_utf8(line).map_err(|_| RecordError::Encoding)?;
        serde_json::from_str(line).map_err(|error| RecordError::Syntax(error.to_string()))
    }

    fn raw(&self, name: &str) -> Option<&RawValue> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| &**value)
    }

    /// The string in the field `name`.
    pub fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    /// The record's `id`: a string, or anything else as it is written.
    pub fn id(&self) -> Option<String> {
        let id = self.raw("id")?;
        self.string("id")
            .or_else(|| (id.get() != "null").then(|| id.get().to_owned()))
    }

    /// The record without its line.
    pub fn into_owned(self) -> Record<'static> {
        let fields = self.fields.into_iter().map(|(name, value)| {
            let name = Cow::Owned(name.into_owned());
            (name, Cow::Owned(value.into_owned()))
        });
        Record {
            fields: fields.collect(),
        }
    }

    /// Puts the string in the field `name` into `text`, if it is one; says
    /// whether.
    ///
    /// JSON allows half a surrogate pair (`\ud800` alone), which is no
    /// character: such a record is not one without a text.
    fn read_string(&self, name: &'static str, text: &mut String) -> Result<bool, RecordError> {
        text.clear();
        match self.raw(name) {
            Some(raw) if raw.get().starts_with('"') => unescape(raw.get(), text)
                .map(|()| true)
                .map_err(|error| RecordError::String(name, error.to_string())),
            _ => Ok(false),
        }
    }

    /// The text to be cleaned: `text`, or `html` where `text` is blank.
    pub fn body(&self) -> Result<Body, RecordError> {
        let mut text = String::new();
        let format = self.read_body(&mut text)?;
        Ok(Body { format, text })
    }

    /// The same, into memory that is there; what it is written in.
    pub fn read_body(&self, text: &mut String) -> Result<Format, RecordError> {
        if self.read_string("text", text)? && !text.trim().is_empty() {
            return Ok(Format::Text);
        }
        if self.read_string("html", text)? {
            return Ok(Format::Html);
        }
        if self.read_string("text", text)? {
            return Ok(Format::Text);
        }
        Err(RecordError::NoText)
    }

    /// Puts the clean text of a body of this `format` into the record.
    ///
    /// It takes the place of the field that it came from: the markup of a page
    /// goes, since the text is what it was for.
    pub fn set_text(&mut self, format: Format, text: &str) -> io::Result<()> {
        let value = RawValue::from_string(serde_json::to_string(text)?)?;
        if format == Format::Html {
            self.fields.retain(|(name, _)| name != "text");
        }
        let from = if format == Format::Html {
            "html"
        } else {
            "text"
        };
        match self.fields.iter_mut().find(|(name, _)| name == from) {
            Some(field) => *field = (Cow::Borrowed("text"), Cow::Owned(value)),
            None => self.fields.push((Cow::Borrowed("text"), Cow::Owned(value))),
        }
        Ok(())
    }

    /// Writes the record as a line.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (at, (name, value)) in self.fields.iter().enumerate() {
            out.write_all(if at == 0 { b"{" } else { b"," })?;
            serde_json::to_writer(&mut *out, name)?;
            write!(out, ":{}", value.get())?;
        }
        out.write_all(if self.fields.is_empty() {
            b"{}\n"
        } else {
            b"}\n"
        })
    }
}

impl<'de> Deserialize<'de> for Record<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Record<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
                let mut fields: Vec<(Cow<'_, str>, Cow<'_, RawValue>)> = Vec::new();
                while let Some((FieldName(name), value)) = map.next_entry::<_, &RawValue>()? {
                    // Readers differ on which of the two counts, so the other
                    // one would pass uncleaned.
                    let known = matches!(&*name, "id" | "text" | "html" | "url");
                    if known && fields.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format_args!(
                            "the field `{name}` stands twice"
                        )));
                    }
                    fields.push((name, Cow::Borrowed(value)));
                }
                Ok(Record { fields })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// The name of a field, as it stands in the line where that is possible; serde
/// alone gives a copy.
struct FieldName<'l>(Cow<'l, str>);

impl<'de> Deserialize<'de> for FieldName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = FieldName<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<FieldName<'de>, E> {
                Ok(FieldName(Cow::Borrowed(name)))
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<FieldName<'de>, E> {
                Ok(FieldName(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// Appends what a JSON string says to `text`. `raw` has its quotation marks and
/// was read as JSON before.
///
/// Texts are long and have escapes, for line ends at least; `serde_json` builds
/// such a string twice, in memory of its own and then in that of the caller.
fn unescape(raw: &str, text: &mut String) -> serde_json::Result<()> {
    let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    let mut rest = inside.unwrap_or_default();
    text.reserve(rest.len());
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let Some((char, len)) = escaped(&rest[at..]) else {
            // Half a surrogate pair: let it say what is wrong.
            *text = serde_json::from_str(raw)?;
            return Ok(());
        };
        text.push(char);
        rest = &rest[at + len..];
    }
    text.push_str(rest);
    Ok(())
}

/// The character that the escape sequence at the start of `rest` stands for,
/// and how many bytes it takes.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let char = match rest.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => {
            let high = code_unit(rest)?;
            if let Some(char) = char::from_u32(u32::from(high)) {
                return Some((char, 6));
            }
            let low = code_unit(rest.get(6..)?)?;
            let char = char::decode_utf16([high, low]).next()?.ok()?;
            return Some((char, 12));
        }
        &other => char::from(other),
    };
    Some((char, 2))
}

/// The number in `\u` and four hexadecimal digits.
fn code_unit(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// A line of a stream, without its line end.
#[derive(Debug)]
pub struct Line<'c> {
    /// The number of the line, from 1.
    pub number: u64,
    /// Its bytes, or how the line breaks the cap.
    pub bytes: Result<&'c [u8], RecordError>,
}

/// Some lines of a stream, in memory that is used again for the next ones.
#[derive(Debug, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    /// The number of each line, and where it stands if it is not too long.
    places: Vec<(u64, Option<Range<usize>>)>,
    /// The cap, in bytes.
    max_bytes: u64,
}

impl Lines {
    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none: at the end of the stream.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The line at a position, counted from 0.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn line(&self, at: usize) -> Line<'_> {
        let (number, place) = &self.places[at];
        let bytes = match place {
            Some(place) => Ok(&self.bytes[place.clone()]),
            None => Err(RecordError::TooLong(self.max_bytes)),
        };
        Line {
            number: *number,
            bytes,
        }
    }

    /// Reads the next lines that are not blank: at most `most` of them, and no
    /// more once they have `bytes` bytes together. `number` counts all lines.
    ///
    /// A line over `max_bytes` is read to its end without being kept.
    pub fn read(
        &mut self,
        input: &mut dyn BufRead,
        number: &mut u64,
        max_bytes: u64,
        (most, bytes): (usize, usize),
    ) -> io::Result<()> {
        self.bytes.clear();
        self.places.clear();
        self.max_bytes = max_bytes;
        while self.places.len() < most && self.bytes.len() < bytes {
            if !self.read_line(input, number)? {
                break;
            }
        }
        Ok(())
    }

    /// Reads the next line; says whether there was one.
    fn read_line(&mut self, input: &mut dyn BufRead, number: &mut u64) -> io::Result<bool> {
        let start = self.bytes.len();
        let cap = usize::try_from(self.max_bytes).unwrap_or(usize::MAX);
        let (mut length, mut ended) = (0usize, false);
        while !ended {
            let chunk = input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', chunk);
            let taken = end.map_or(chunk.len(), |at| at + 1);
            ended = end.is_some();
            let kept = &chunk[..end.unwrap_or(chunk.len())];
            length = length.saturating_add(kept.len());
            if length <= cap {
                self.bytes.extend_from_slice(kept);
            }
            input.consume(taken);
        }
        if !ended && length == 0 {
            return Ok(false);
        }
        *number += 1;
        if length > cap {
            self.bytes.truncate(start);
            self.places.push((*number, None));
            return Ok(true);
        }
        let line = &self.bytes[start..];
        let mark: &[u8] = if *number == 1 { b"\xef\xbb\xbf" } else { b"" };
        let from = if line.starts_with(mark) {
            mark.len()
        } else {
            0
        };
        if line[from..].trim_ascii().is_empty() {
            self.bytes.truncate(start);
        } else {
            let place = start + from..self.bytes.len();
            self.places.push((*number, Some(place)));
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(record: &Record<'_>) -> String {
        let mut out = Vec::new();
        record.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn other_fields_keep_their_bytes_and_their_order() {
        let line = r#"{"z":1.10e400,"text":"old","a":{"k":12345678901234567890123},"id":7}"#;
        let mut record = Record::parse(line.as_bytes()).unwrap();
        assert_eq!(record.id().as_deref(), Some("7"));
        record.set_text(Format::Text, "new \"one\"").unwrap();
        let expected =
            r#"{"z":1.10e400,"text":"new \"one\"","a":{"k":12345678901234567890123},"id":7}"#;
        assert_eq!(written(&record), format!("{expected}\n"));
    }

    #[test]
    fn html_becomes_text_in_its_place() {
        let mut record = Record::parse(br#"{"id":"a","html":"<p>x","url":"u"}"#).unwrap();
        assert_eq!(record.body().unwrap().format, Format::Html);
        record.set_text(Format::Html, "x").unwrap();
        assert_eq!(
            written(&record),
            "{\"id\":\"a\",\"text\":\"x\",\"url\":\"u\"}\n"
        );
    }

    /// The lines that are read at once, by their numbers.
    fn read(input: &str, max_bytes: u64, most: (usize, usize)) -> Vec<(u64, Option<String>)> {
        let (mut input, mut number) = (input.as_bytes(), 0);
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        loop {
            lines
                .read(&mut input, &mut number, max_bytes, most)
                .unwrap();
            if lines.is_empty() {
                return all;
            }
            assert!(lines.len() <= most.0);
            all.extend((0..lines.len()).map(|at| {
                let line = lines.line(at);
                let text = line
                    .bytes
                    .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
                (line.number, text.ok())
            }));
        }
    }

    #[test]
    fn lines_are_numbered_from_one_and_blank_ones_passed_over() {
        let input = "\u{feff}{}\n\n  \r\n{\"a\":1}";
        let expected = [
            (1, Some("{}".to_owned())),
            (4, Some("{\"a\":1}".to_owned())),
        ];
        for most in [(1, 100), (9, 1), (9, 100)] {
            assert_eq!(read(input, 100, most), expected);
        }
    }

    #[test]
    fn a_line_over_the_cap_is_reported_and_the_next_one_read() {
        let expected = [(1, None), (2, Some("{}".to_owned()))];
        assert_eq!(read("0123456789\n{}\n", 5, (9, 100)), expected);
        let mut lines = Lines::default();
        let mut input: &[u8] = b"0123456789";
        lines.read(&mut input, &mut 0, 5, (9, 100)).unwrap();
        let line = lines.line(0);
        assert!(matches!(line.bytes, Err(RecordError::TooLong(5))));
    }

    #[test]
    fn strings_are_read_as_serde_reads_them() {
        for raw in [
            r#""plain""#,
            r#""""#,
            r#""a\n\t\r\b\f\"\\\/z""#,
            r#""\u00e9t\u00E9 \u0000 \ud83d\ude00!""#,
            r#""été 手机 \n""#,
            r#""half \ud83d""#,
            r#""half \ud83d\n""#,
            r#""half \ude00 \ud83d\ude00""#,
            r#""\ud83d\u0041""#,
        ] {
            let line = format!("{{\"text\":{raw}}}");
            let record = Record::parse(line.as_bytes()).unwrap();
            let mut text = "left".to_owned();
            let read = record.read_string("text", &mut text);
            match serde_json::from_str::<String>(raw) {
                Ok(expected) => {
                    assert!(read.unwrap());
                    assert_eq!(text, expected);
                }
                Err(expected) => assert!(
                    matches!(read, Err(RecordError::String(_, error)) if error == expected.to_string())
                ),
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(text in "(?s).{0,60}") {
            let raw = serde_json::to_string(&text).unwrap();
            let mut read = String::new();
            unescape(&raw, &mut read).unwrap();
            prop_assert_eq!(read, text);
        }
    }

    #[test]
    fn html_counts_where_the_text_is_blank() {
        let body = |line: &str| Record::parse(line.as_bytes()).unwrap().body().unwrap();
        let page = body(r#"{"text":" \n","html":"<p>x"}"#);
        assert_eq!((page.format, &*page.text), (Format::Html, "<p>x"));
        let text = body(r#"{"text":"t","html":"<p>x"}"#);
        assert_eq!((text.format, &*text.text), (Format::Text, "t"));
        let blank = body(r#"{"text":" \n","html":7}"#);
        assert_eq!((blank.format, &*blank.text), (Format::Text, " \n"));
    }

    #[test]
    fn what_is_no_record_is_said() {
        assert!(matches!(Record::parse(b"[1]"), Err(RecordError::Syntax(_))));
        assert!(matches!(
            Record::parse(br#"{"text":"a","text":"b"}"#),
            Err(RecordError::Syntax(_))
        ));
        assert!(matches!(
            Record::parse(b"{\"id\":1}").unwrap().body(),
            Err(RecordError::NoText)
        ));
    }
}
