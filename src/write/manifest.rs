//! The account of a run: one line a document, in input order.

use std::{
    fmt::Write,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{Flags, Location, Metadata, Removal, dedup::Evidence};

/// The name of the account in an output folder.
pub const MANIFEST_NAME: &str = "dehusk-manifest.jsonl";

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Written clean.
    Written,
    /// Not written: an earlier document says the same.
    Duplicate,
    /// Written as it was: cleaning would have left a husk.
    Review,
    /// Not written: there is no text in it.
    Empty,
    /// Not a document after all.
    Skipped,
    /// Could not be read, decoded or written.
    Failed,
}

impl Status {
    /// All of them, in the order of a summary.
    pub const ALL: [Self; 6] = [
        Self::Written,
        Self::Duplicate,
        Self::Review,
        Self::Empty,
        Self::Skipped,
        Self::Failed,
    ];

    /// The name in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Duplicate => "duplicate",
            Self::Review => "review",
            Self::Empty => "empty",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// A line of the manifest.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The path below its folder, with `/`, or the id of a record.
    pub id: String,
    /// The path as it was opened; of a record, `<file>:<line>`.
    pub path: String,
    /// The path below the output folder, if something was written.
    pub output: Option<String>,
    /// What became of it.
    pub status: Status,
    /// Why, where the status does not say it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The fingerprint, 16 hexadecimal digits; `null` for a text too short to
    /// have one.
    #[serde(serialize_with = "hexadecimal")]
    pub simhash: Option<u64>,
    /// The id of the document that was kept in its place.
    pub duplicate_of: Option<String>,
    /// The share of the smaller text that the larger one has, 0 to 1.
    pub similarity: Option<f64>,
    /// How it was found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// What was taken out, in order.
    #[serde(serialize_with = "removals")]
    pub removed: Vec<Removal>,
    /// What would have been taken out, had it not left a husk.
    #[serde(serialize_with = "removals", skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Removal>,
    /// What rules found that only report.
    #[serde(serialize_with = "removals", skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<Removal>,
    /// Paragraphs that an earlier document of the site has, taken or not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repeats: Vec<Repeat>,
    /// Lines of the keep list that protect nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unused_keep: Vec<String>,
    /// What its reader should know.
    pub flags: Flags,
    /// What the page says about itself.
    #[serde(skip_serializing_if = "is_unknown")]
    pub metadata: Metadata,
    /// The length of the decoded input, in bytes.
    pub bytes_in: usize,
    /// The length of what was written, in bytes.
    pub bytes_out: usize,
    /// XXH3-64 of what was written, 16 hexadecimal digits.
    #[serde(
        serialize_with = "hexadecimal",
        skip_serializing_if = "Option::is_none"
    )]
    pub digest: Option<u64>,
}

/// A paragraph, or what is left of it, that an earlier document has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repeat {
    /// Bytes of the document's text, half-open.
    #[serde(flatten, serialize_with = "span")]
    pub span: Range<usize>,
    /// The id of the first document that has it.
    pub first: String,
}

fn span<S: Serializer>(span: &Range<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("start", &span.start)?;
    map.serialize_entry("end", &span.end)?;
    map.end()
}

impl Entry {
    /// An account of a document of which nothing is known yet.
    pub fn new(id: String, path: String) -> Self {
        Self {
            id,
            path,
            output: None,
            status: Status::Failed,
            reason: None,
            simhash: None,
            duplicate_of: None,
            similarity: None,
            evidence: None,
            removed: Vec::new(),
            withheld: Vec::new(),
            reported: Vec::new(),
            repeats: Vec::new(),
            unused_keep: Vec::new(),
            flags: Flags::new(),
            metadata: Metadata::default(),
            bytes_in: 0,
            bytes_out: 0,
            digest: None,
        }
    }
}

fn is_unknown(metadata: &Metadata) -> bool {
    *metadata == Metadata::default()
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn hexadecimal<S: Serializer>(hash: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match hash {
        Some(hash) => serializer.collect_str(&format_args!("{hash:016x}")),
        None => serializer.serialize_none(),
    }
}

fn removals<S: Serializer>(removals: &[Removal], serializer: S) -> Result<S::Ok, S::Error> {
    struct One<'a>(&'a Removal);
    impl Serialize for One<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("code", self.0.code.as_str())?;
            match &self.0.location {
                Location::Text(span) => {
                    map.serialize_entry("start", &span.start)?;
                    map.serialize_entry("end", &span.end)?;
                }
                Location::Node(node) => {
                    map.serialize_entry("node", &node.path)?;
                    map.serialize_entry("text", &node.text)?;
                    map.serialize_entry("bytes", &node.bytes)?;
                }
            }
            map.end()
        }
    }
    serializer.collect_seq(removals.iter().map(One))
}

/// A path as text: with `/`, bytes that are not UTF-8 as `\xNN`, and, so that
/// no two paths look alike, a backslash in a name as `\\`.
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        if cfg!(windows) {
            text.push_str(&chunk.valid().replace('\\', "/"));
        } else {
            text.push_str(&chunk.valid().replace('\\', "\\\\"));
        }
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("a string takes all");
        }
    }
    text
}

/// The path that [`path_text`] says; `None` if it says none, or one that this
/// system cannot name.
///
/// A text is no path: joined to a folder as it is, it would name another file,
/// or none, where the name has a backslash or is not UTF-8.
pub fn path_of_text(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend(plain.as_bytes());
        rest = if let Some(rest) = escape.strip_prefix('\\') {
            bytes.push(b'\\');
            rest
        } else {
            let hex = escape.strip_prefix('x')?.get(..2)?;
            let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            bytes.push(u8::from_str_radix(hex, 16).ok().filter(|_| is_hex)?);
            &escape[3..]
        };
    }
    bytes.extend(rest.as_bytes());
    path_of_bytes(bytes)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems cannot name all")]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};
    Some(OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_has_the_fields_in_their_order() {
        let mut entry = Entry::new("a.txt".into(), "in/a.txt".into());
        entry.status = Status::Written;
        entry.simhash = Some(0xab);
        entry.removed.push(Removal::text("IMG001".into(), 0..15));
        assert_eq!(
            serde_json::to_string(&entry).unwrap(),
            "{\"id\":\"a.txt\",\"path\":\"in/a.txt\",\"output\":null,\"status\":\"written\",\
             \"simhash\":\"00000000000000ab\",\"duplicate_of\":null,\"similarity\":null,\
             \"removed\":[{\"code\":\"IMG001\",\"start\":0,\"end\":15}],\"flags\":[],\
             \"bytes_in\":0,\"bytes_out\":0}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_can_be_told_from_others() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"bad\xff.txt"));
        assert_eq!(path_text(path), "bad\\xff.txt");
        assert_eq!(path_text(Path::new("bad\\xff.txt")), "bad\\\\xff.txt");
    }

    #[test]
    fn a_text_that_is_no_path_is_told() {
        for text in ["\\", "a\\", "\\x", "\\xf", "\\x+f", "\\y00", "\\xé"] {
            assert_eq!(path_of_text(text), None, "{text}");
        }
    }

    #[cfg(unix)]
    proptest! {
        #[test]
        fn every_path_is_had_again_from_its_text(
            name in prop::collection::vec(
                prop_oneof![Just(b'\\'), Just(b'x'), Just(b'f'), any::<u8>()], 0..12)
        ) {
            use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
            let path = Path::new(OsStr::from_bytes(&name));
            let again = path_of_text(&path_text(path));
            prop_assert_eq!(again.as_deref(), Some(path));
        }
    }
}
