//! Records: one JSON object a line.
//!
//! The values of fields that dehusk does not know are carried as the bytes they
//! are, so a number keeps its digits and an object the order of its keys. Names
//! of fields are written anew, and blanks between fields are not kept.

use std::{
    fmt,
    io::{self, BufRead, Write},
};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::Format;

/// A record, with its fields in order.
#[derive(Clone, Debug, Default)]
pub struct Record {
    fields: Vec<(String, Box<RawValue>)>,
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

impl Record {
    /// Reads a record from a line.
    pub fn parse(line: &[u8]) -> Result<Self, RecordError> {
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

    /// The string in the field `name`, if it is one.
    ///
    /// JSON allows half a surrogate pair (`\ud800` alone), which is no
    /// character: such a record is not one without a text.
    fn body_of(&self, name: &'static str) -> Result<Option<String>, RecordError> {
        match self.raw(name) {
            Some(raw) if raw.get().starts_with('"') => serde_json::from_str(raw.get())
                .map(Some)
                .map_err(|error| RecordError::String(name, error.to_string())),
            _ => Ok(None),
        }
    }

    /// The text to be cleaned: `text`, or `html` where `text` is blank.
    pub fn body(&self) -> Result<Body, RecordError> {
        let text = self.body_of("text")?;
        if text.as_ref().is_none_or(|text| text.trim().is_empty())
            && let Some(html) = self.body_of("html")?
        {
            return Ok(Body {
                format: Format::Html,
                text: html,
            });
        }
        text.map(|text| Body {
            format: Format::Text,
            text,
        })
        .ok_or(RecordError::NoText)
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
            Some(field) => *field = ("text".to_owned(), value),
            None => self.fields.push(("text".to_owned(), value)),
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

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Record;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut fields: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some(field) = map.next_entry::<String, _>()? {
                    // Readers differ on which of the two counts, so the other
                    // one would pass uncleaned.
                    let known = matches!(&*field.0, "id" | "text" | "html" | "url");
                    if known && fields.iter().any(|(name, _)| *name == field.0) {
                        return Err(serde::de::Error::custom(format_args!(
                            "the field `{}` stands twice",
                            field.0
                        )));
                    }
                    fields.push(field);
                }
                Ok(Record { fields })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A line of a stream, without its line end.
#[derive(Debug)]
pub struct Line {
    /// The number of the line, from 1.
    pub number: u64,
    /// Its bytes, or how the line breaks the cap.
    pub bytes: Result<Vec<u8>, RecordError>,
}

/// Reads the next line that is not blank; `None` at the end.
///
/// A line over `max_bytes` is read to its end without being kept.
pub fn next_line(
    input: &mut dyn BufRead,
    number: &mut u64,
    max_bytes: u64,
) -> io::Result<Option<Line>> {
    loop {
        let mut bytes = Vec::new();
        let cap = usize::try_from(max_bytes).unwrap_or(usize::MAX);
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
                bytes.extend_from_slice(kept);
            }
            input.consume(taken);
        }
        if !ended && length == 0 {
            return Ok(None);
        }
        *number += 1;
        if length > cap {
            return Ok(Some(Line {
                number: *number,
                bytes: Err(RecordError::TooLong(max_bytes)),
            }));
        }
        if *number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        if !bytes.trim_ascii().is_empty() {
            return Ok(Some(Line {
                number: *number,
                bytes: Ok(bytes),
            }));
        }
        if !ended {
            return Ok(None);
        }
    }
}

/// The next lines: at most `most` of them, and no more once they have `bytes`
/// bytes together. Empty at the end.
pub fn next_lines(
    input: &mut dyn BufRead,
    number: &mut u64,
    max_bytes: u64,
    most: usize,
    bytes: usize,
) -> io::Result<Vec<Line>> {
    let (mut lines, mut held) = (Vec::new(), 0);
    while lines.len() < most && held < bytes {
        let Some(line) = next_line(input, number, max_bytes)? else {
            break;
        };
        held += line.bytes.as_ref().map_or(0, Vec::len);
        lines.push(line);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(record: &Record) -> String {
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

    #[test]
    fn lines_are_numbered_from_one_and_blank_ones_passed_over() {
        let mut input: &[u8] = b"{}\n\n  \r\n{\"a\":1}";
        let mut number = 0;
        let mut numbers = Vec::new();
        while let Some(line) = next_line(&mut input, &mut number, 100).unwrap() {
            numbers.push(line.number);
        }
        assert_eq!(numbers, [1, 4]);
    }

    #[test]
    fn a_line_over_the_cap_is_reported_and_the_next_one_read() {
        let mut input: &[u8] = b"0123456789\n{}\n";
        let mut number = 0;
        let first = next_line(&mut input, &mut number, 5).unwrap().unwrap();
        assert!(matches!(first.bytes, Err(RecordError::TooLong(5))));
        assert_eq!(
            next_line(&mut input, &mut number, 5)
                .unwrap()
                .unwrap()
                .bytes
                .unwrap(),
            b"{}"
        );
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
