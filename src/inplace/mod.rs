//! Documents that stay where they are: what a check finds in them, and what a
//! fix takes out.
//!
//! In place, nothing but a removal changes a file. The normal form of
//! [`clean`](crate::clean()) is for copies: a file under version control keeps
//! its line ends, its byte order mark and the blanks at its line ends, so that
//! a diff shows debris and nothing else.
//!
//! A run that changes files keeps what they held, and enters what it is about
//! to do in a journal before it does it, so every run can be taken back, and
//! so can one that a crash cut short.
//!
//! Text and Markdown are looked at. Pages are not: every page has navigation,
//! so checking one says nothing, and a page without its frame is a new file.

mod cache;
mod change;
mod finding;
mod fix;
mod history;
mod journal;
mod merge;
mod original;
mod project;
mod store;
mod undo;

pub use cache::{Cache, Scope, cache_folder};
pub(crate) use cache::{Finds, Print};
pub(crate) use finding::about;
pub use finding::{Finding, FindingKind, Place, STEPS, findings};
pub use fix::{Changed, FixOptions, Fixed, Fixer, What};
pub use history::{History, TakenBack};
pub use journal::{Action, Run};
pub use original::{Original, Seen};
pub use project::{Project, config_of};
pub use undo::{OnChange, UndoError, UndoOptions, Undone, history, undo};

use std::path::{Path, PathBuf};

use crate::{
    Code, Fingerprint, Format, Removal,
    clean::normal_form,
    cut,
    dedup::Merits,
    read::{Found, Kind, Source, kind_of_name},
};

/// A file and what is to be said about it.
#[derive(Debug)]
pub struct Examined {
    /// The path as it was given or found.
    pub path: PathBuf,
    /// What was seen.
    pub outcome: Outcome,
}

/// What was seen in a file.
#[derive(Debug)]
pub enum Outcome {
    /// A text, with or without debris.
    Text(Box<Text>),
    /// Not a document after all.
    Skipped(String),
    /// Could not be read.
    Failed(String),
}

/// A text, where it came from, and what the rules find in it.
#[derive(Debug)]
pub struct Text {
    /// The file's bytes and what was known about it when it was read.
    pub original: Original,
    /// How it is written.
    pub format: Format,
    /// The decoded text, without a byte order mark; removals are bytes of it.
    pub text: String,
    /// The WHATWG name of the encoding.
    pub encoding: &'static str,
    /// Whether bytes that belong to no character became U+FFFD.
    pub lossy: bool,
    /// What goes, in order, not overlapping.
    pub removals: Vec<Removal>,
    /// What would go if it left more than a husk. Then `removals` is empty.
    pub withheld: Vec<Removal>,
    /// How many places rules name that this level does not take.
    pub hidden: usize,
    /// How many flags rules put up that take something.
    pub flags: usize,
    /// Lines of the keep list that protect nothing.
    pub unused_keep: Vec<String>,
    /// What near-duplicates are found by, if it was asked for.
    pub fingerprint: Option<Fingerprint>,
}

/// How a file is written again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// In the [normal form](normal_form), instead of with its own line ends.
    pub normalize: bool,
    /// As UTF-8, if it is in another encoding.
    pub to_utf8: bool,
}

impl Text {
    /// A text as cleaning found it.
    pub fn new(original: Original, format: Format, decoded: crate::decode::Decoded) -> Self {
        Self {
            original,
            format,
            text: decoded.text,
            encoding: decoded.encoding,
            lossy: decoded.lossy,
            removals: Vec::new(),
            withheld: Vec::new(),
            hidden: 0,
            flags: 0,
            unused_keep: Vec::new(),
            fingerprint: None,
        }
    }

    /// Takes over what was found.
    pub(crate) fn take(&mut self, finds: Finds) {
        self.removals = finds.removals;
        self.withheld = finds.withheld;
        self.hidden = finds.hidden;
        self.fingerprint = match finds.print {
            Print::Taken(print) => Some(*print),
            Print::NotTaken | Print::Blank => None,
        };
        close_gap(&self.text, &mut self.removals);
    }

    /// What speaks for keeping the file rather than a copy: when it was last
    /// changed, and that it has no flags, as being in need of a look.
    pub(crate) fn merits(&self) -> Merits {
        Merits {
            date: self.original.seen.and_then(|seen| seen.modified),
            flags: self.flags + usize::from(self.lossy) + usize::from(self.needs_review()),
        }
    }

    /// Whether cleaning held back because it would have left next to nothing.
    pub fn needs_review(&self) -> bool {
        !self.withheld.is_empty()
    }

    /// Whether the file's bytes are its text, but for a byte order mark.
    pub fn is_utf8(&self) -> bool {
        self.encoding == "UTF-8" && !self.lossy
    }

    /// What the file would hold after a fix; `None` if that is what it holds.
    ///
    /// # Errors
    ///
    /// Why it cannot be written again, as a phrase.
    pub fn fixed(&self, form: Form) -> Result<Option<Vec<u8>>, String> {
        if let Some(reason) = self.obstacle(form) {
            return if self.removals.is_empty() {
                Ok(None)
            } else {
                Err(reason)
            };
        }
        let kept = cut(&self.text, &self.removals);
        let mut bytes = Vec::with_capacity(kept.len() + BYTE_ORDER_MARK.len());
        if form.normalize && !self.needs_review() {
            bytes.extend_from_slice(normal_form(&kept, self.format).as_bytes());
        } else {
            if self.is_utf8() && self.original.bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.extend_from_slice(BYTE_ORDER_MARK);
            }
            bytes.extend_from_slice(kept.as_bytes());
        }
        Ok((bytes != self.original.bytes).then_some(bytes))
    }

    /// What a check finds and a fix in this form leaves, whatever the file
    /// system says: the codes, one for each finding.
    pub fn stays(&self, form: Form) -> Vec<Code> {
        let mut stays = Vec::new();
        if self.obstacle(form).is_some() {
            stays.push(step(finding::ENCODING));
            stays.extend(self.removals.iter().map(|one| one.code.clone()));
        }
        stays.extend(self.unused_keep.iter().map(|_| step(finding::EXCEPTION)));
        if self.needs_review() {
            stays.push(step(finding::REVIEW));
        }
        stays
    }

    /// The half-open ranges of the file's bytes that a fix takes out; `None`
    /// where it does more than that.
    fn cuts(&self, form: Form) -> Option<Vec<(usize, usize)>> {
        if form.normalize || !self.is_utf8() {
            return None;
        }
        let marked = self.original.bytes.starts_with(BYTE_ORDER_MARK);
        let mark = if marked { BYTE_ORDER_MARK.len() } else { 0 };
        let spans = self.removals.iter().filter_map(Removal::span);
        Some(
            spans
                .map(|span| (mark + span.start, mark + span.end))
                .collect(),
        )
    }

    /// Why its encoding keeps it from being written again in this form, as a
    /// phrase.
    fn obstacle(&self, form: Form) -> Option<String> {
        if self.lossy {
            Some("has bytes that are no text, which a fix would lose".to_owned())
        } else if self.is_utf8() || form.to_utf8 {
            None
        } else {
            let encoding = self.encoding;
            Some(format!("is in {encoding}; --to-utf8 rewrites it as UTF-8"))
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Lets a removal at the text's end take the blank lines before it, too, so
/// that a file does not end with the gap that parted it from its tail.
fn close_gap(text: &str, removals: &mut [Removal]) {
    let taken_to = match removals {
        [.., before, _] => before.span().map_or(0, |span| span.end),
        _ => 0,
    };
    let Some(last) = removals.last_mut() else {
        return;
    };
    let Some(span) = last.span().cloned() else {
        return;
    };
    if span.end != text.len() {
        return;
    }
    let kept = text[taken_to..span.start].trim_end_matches([' ', '\t', '\r', '\n']);
    let rest = &text[taken_to + kept.len()..span.start];
    // The end of the last kept line, with the blanks before it, stays.
    let Some(line_end) = rest.find('\n').filter(|_| !kept.is_empty()) else {
        return;
    };
    let start = taken_to + kept.len() + line_end + 1;
    *last = Removal::text(last.code.clone(), start..span.end);
}

/// The files among `found` that are looked at in place, and how many pages
/// and other files are passed over.
///
/// Below a folder these are the files named as text or Markdown. A file that
/// was named itself is also taken if its name has no suffix that says what it
/// is.
pub fn eligible(found: &Found, named: &[PathBuf]) -> (Vec<Source>, usize) {
    let take = |source: &&Source| match kind_of_name(&source.path) {
        Kind::Document(Format::Text | Format::Markdown) => true,
        Kind::Unsaid { plain: true } => named.contains(&source.path),
        Kind::Document(Format::Html) | Kind::Unsaid { plain: false } | Kind::Other => false,
    };
    let sources: Vec<Source> = found.sources.iter().filter(take).cloned().collect();
    let passed = found.sources.len() - sources.len();
    (sources, passed)
}

/// `path` as it is shown: without the `./` of a walk that began here.
pub fn shown(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

/// The format of a text that stands for the file `path`.
///
/// # Errors
///
/// The file is no text by its name.
pub fn format_of_name(path: &Path) -> Result<Format, &'static str> {
    match kind_of_name(path) {
        Kind::Document(Format::Html) => Err(
            "is a page; in place dehusk looks at text and Markdown (`dehusk clean` reads pages)",
        ),
        Kind::Document(format) => Ok(format),
        Kind::Unsaid { plain: true } => Ok(Format::Text),
        Kind::Unsaid { plain: false } | Kind::Other => {
            Err("is neither text nor Markdown by its name")
        }
    }
}

/// The code of a finding that no rule made.
pub(crate) fn step(code: &'static str) -> Code {
    Code::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;

    fn text(bytes: &[u8], removals: &[(usize, usize)]) -> Text {
        let original = Original::of_bytes(bytes.to_vec());
        let decoded = decode(bytes.to_vec(), None, Format::Text);
        let mut text = Text::new(original, Format::Text, decoded);
        text.removals = removals
            .iter()
            .map(|&(start, end)| Removal::text("X001".into(), start..end))
            .collect();
        close_gap(&text.text, &mut text.removals);
        text
    }

    fn fixed(text: &Text) -> String {
        String::from_utf8(text.fixed(Form::default()).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn line_ends_blanks_and_the_byte_order_mark_stay() {
        let text = text(b"\xef\xbb\xbfa  \r\nhusk\r\nb\t\n\nc", &[(5, 11)]);
        assert_eq!(fixed(&text), "\u{feff}a  \r\nb\t\n\nc");
    }

    #[test]
    fn a_cut_at_the_end_takes_the_gap_before_it() {
        assert_eq!(fixed(&text(b"a \r\n\r\n \nhusk\n", &[(8, 13)])), "a \r\n");
        assert_eq!(
            fixed(&text(b"husk\n\na\n\nhusk", &[(0, 6), (9, 13)])),
            "a\n"
        );
        assert_eq!(fixed(&text(b"a husk", &[(1, 6)])), "a");
    }

    #[test]
    fn only_a_cut_at_the_end_does() {
        assert_eq!(fixed(&text(b"a\n\nhusk\nb\n", &[(3, 8)])), "a\n\nb\n");
    }

    #[test]
    fn another_encoding_is_left_unless_asked() {
        let latin = text(b"caf\xe9 husk and a word or two\n", &[(5, 10)]);
        assert!(latin.fixed(Form::default()).is_err());
        let form = Form {
            to_utf8: true,
            ..Form::default()
        };
        let bytes = latin.fixed(form).unwrap().unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "caf\u{e9}  and a word or two\n".replace("  ", " ")
        );
    }
}
