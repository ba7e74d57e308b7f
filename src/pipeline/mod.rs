//! Joins the stages, and is alone in knowing their order.
//!
//! Also alone in using threads: documents are processed side by side and come
//! back in input order, so nothing downstream can tell how many threads there
//! were. A DOM lives and dies inside [`process`], because it cannot cross
//! threads.

mod duplicates;
mod explain;
mod files;
mod inplace;
mod merit;
mod places;
mod records;
mod repeats;
mod scan;

pub use duplicates::{Remember, Unsaved};
pub use explain::{Evidence, Explanation, Note, Page, Verdict, explain};
pub use files::{FileRun, clean_files};
pub use inplace::{Checked, Look, Memory, check_files, check_text, examine, examine_files};
pub use places::{Exceptions, Here, Name, Place, Places};
pub use records::{RecordRun, clean_records};
pub use scan::{Each, Scan, scan_files, scan_records};

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use xxhash_rust::xxh3::xxh3_64;

use crate::{
    CleanOptions, Document, ExtractOptions, Fingerprint, Flags, Format, Metadata, Removal, RuleSet,
    clean,
    dedup::{
        DedupOptions, Keep, Outline, Paragraphs, Within,
        index::{DEFAULT_MEMORY, IndexError},
    },
    extract, read,
    rules::Safety,
    write::{Entry, Status, WriteError, front_matter},
};

/// What a run does; each stage has its own options.
#[derive(Clone, Debug)]
pub struct Options {
    /// How pages become text.
    pub extract: ExtractOptions,
    /// How much is taken out of text.
    pub clean: CleanOptions,
    /// Whether fingerprints are taken. Without them nothing can be compared.
    pub fingerprints: bool,
    /// How near-duplicates are found; `None` writes every document.
    pub dedup: Option<DedupOptions>,
    /// Which document of a cluster is kept.
    pub keep: Keep,
    /// What is done about paragraphs that an earlier document of the site has;
    /// `None` looks for none.
    pub paragraphs: Option<Paragraphs>,
    /// The index of earlier runs, if there is one.
    pub remember: Option<Remember>,
    /// What was done to texts before they are compared, such as `raw` or
    /// `safe`; an index has texts of one kind.
    pub texts: String,
    /// Memory that fingerprints may take before they wait on disk, in bytes.
    pub memory: usize,
    /// The largest file or record that is read, in bytes.
    pub max_bytes: u64,
    /// What holds for some files beside all this.
    pub places: Arc<Places>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extract: ExtractOptions::default(),
            clean: CleanOptions::default(),
            fingerprints: true,
            dedup: Some(DedupOptions::default()),
            keep: Keep::default(),
            paragraphs: None,
            remember: None,
            texts: String::new(),
            memory: DEFAULT_MEMORY,
            max_bytes: read::file::MAX_BYTES,
            places: Arc::default(),
        }
    }
}

impl Options {
    /// Whether documents are told apart by their sites.
    fn needs_address(&self) -> bool {
        self.paragraphs.is_some()
            || matches!(&self.dedup, Some(dedup) if dedup.within == Within::Site)
    }
}

/// Why a run stopped before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Output cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The index, or what waits on disk, cannot be used.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Input cannot be read any further.
    #[error("the input cannot be read")]
    Read(#[source] std::io::Error),
    /// A record cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] std::io::Error),
    /// Output that goes to a stream cannot wait for the last record: a later one
    /// may be kept instead of an earlier one, by the [`Keep`] that was chosen,
    /// or because an index has an earlier version of it.
    #[error("which records stay is known at the end only, and a stream does not wait")]
    NeedsFile,
    /// A paragraph may go only if the document that has it first is written.
    #[error(
        "repeated paragraphs can be told only where it is known of every document at once whether it is written"
    )]
    ParagraphsWait,
    /// No threads to be had.
    #[error("cannot start the worker threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Is told how many documents are done. Called from one thread at a time.
pub type Progress<'a> = &'a mut dyn FnMut(usize);

/// A document after extraction and cleaning.
#[derive(Clone, Debug)]
pub struct Processed {
    /// The clean text, in the normal form.
    pub text: String,
    /// [`Status::Written`], [`Status::Review`] or [`Status::Empty`].
    pub status: Status,
    /// What was taken out.
    pub removals: Vec<Removal>,
    /// What would have been, had it not left a husk.
    pub withheld: Vec<Removal>,
    /// What rules found that only report.
    pub reported: Vec<Removal>,
    /// Lines of the keep list that protect nothing.
    pub unused_keep: Vec<String>,
    /// What its reader should know.
    pub flags: Flags,
    /// What the page says about itself.
    pub metadata: Metadata,
    /// What near-duplicates are found by; `None` if there is no text.
    pub fingerprint: Option<Fingerprint>,
    /// The length of the decoded input, in bytes.
    pub bytes_in: usize,
    /// Its paragraphs, if they are asked for.
    pub(crate) outline: Option<Outline>,
    /// The length of the front matter before the text, in bytes.
    pub(crate) front: usize,
}

impl Processed {
    /// Enters what is known about the document into its account.
    fn describe(&mut self, entry: &mut Entry) {
        entry.status = self.status;
        entry.simhash = self.fingerprint.as_ref().and_then(Fingerprint::simhash);
        entry.removed = std::mem::take(&mut self.removals);
        entry.withheld = std::mem::take(&mut self.withheld);
        entry.reported = std::mem::take(&mut self.reported);
        entry.unused_keep = std::mem::take(&mut self.unused_keep);
        entry.flags = std::mem::take(&mut self.flags);
        entry.metadata = std::mem::take(&mut self.metadata);
        entry.bytes_in = self.bytes_in;
    }
}

/// A decoded document, and what it is called.
#[derive(Clone, Debug)]
pub struct Input<'n> {
    /// The text.
    pub text: String,
    /// How it is written.
    pub format: Format,
    /// What it is called.
    pub name: Name<'n>,
}

/// Extracts and cleans one decoded document, and takes its fingerprint.
///
/// `html` pages are extracted first; text and Markdown go straight to the
/// rules. `Err` holds what a bug of dehusk said: the run goes on without the
/// document, and the input is untouched.
pub fn process(input: Input<'_>, rules: &RuleSet, options: &Options) -> Result<Processed, String> {
    guarded(|| process_unguarded(input, rules, options))
}

/// Does `work`, or says what a bug of dehusk said.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|cause| {
        let cause = cause
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| cause.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        format!("a bug in dehusk: {cause}; please report it with this file")
    })
}

fn process_unguarded(input: Input<'_>, rules: &RuleSet, options: &Options) -> Processed {
    let bytes_in = input.text.len();
    let is_page = input.format == Format::Html;
    let Prepared {
        document,
        mut removals,
        mut flags,
        rules,
        clean: options_here,
        ..
    } = prepare(input, rules, options);
    let cleaned = clean(&document, rules, &options_here);
    let unused_keep = cleaned.unused_keep(&document);
    removals.extend(cleaned.removals);
    flags.extend(cleaned.flags);
    let status = if cleaned.text.trim().is_empty() {
        Status::Empty
    } else if !cleaned.withheld.is_empty() {
        Status::Review
    } else {
        Status::Written
    };
    let fingerprint =
        (status != Status::Empty && options.fingerprints).then(|| Fingerprint::of(&cleaned.text));
    let reported = cleaned.reported.into_iter().filter(|found| {
        rules
            .get(found.code.as_str())
            .is_some_and(|rule| rule.safety == Safety::Report)
    });
    let reported = reported
        .map(|found| Removal::text(found.code, found.span))
        .collect();
    let outline = (options.paragraphs.is_some() && status == Status::Written)
        .then(|| Outline::of(&document.text, &removals, document.format));
    let front = if is_page && options.extract.front_matter && status != Status::Empty {
        front_matter(&document.metadata)
    } else {
        String::new()
    };
    let front_bytes = front.len();
    let text = if front.is_empty() {
        cleaned.text
    } else {
        front + &cleaned.text
    };
    Processed {
        text,
        status,
        removals,
        withheld: cleaned.withheld,
        reported,
        unused_keep,
        flags,
        metadata: document.metadata,
        fingerprint,
        bytes_in,
        outline,
        front: front_bytes,
    }
}

/// A document before cleaning, and what holds for it.
struct Prepared<'r> {
    document: Document,
    /// What extraction took.
    removals: Vec<Removal>,
    flags: Flags,
    rules: &'r RuleSet,
    /// The digest of the rules, if they are others than those of the run.
    digest: Option<u128>,
    clean: CleanOptions,
    /// The page, if it was one, and how it was read.
    page: Option<(String, ExtractOptions)>,
}

/// Extracts a page, and finds out what holds for the document.
fn prepare<'r>(input: Input<'_>, rules: &'r RuleSet, options: &'r Options) -> Prepared<'r> {
    let Input { text, format, name } = input;
    let here = options.places.of(name, rules);
    let (rules, digest) = match here.rules {
        Some((rules, digest)) => (rules, Some(digest)),
        None => (rules, None),
    };
    let mut clean = options.clean.clone();
    clean.level = here.level.unwrap_or(clean.level);
    if format != Format::Html {
        let mut document = Document::new(format, text);
        document.origin = here.origin;
        return Prepared {
            document,
            removals: Vec::new(),
            flags: Flags::new(),
            rules,
            digest,
            clean,
            page: None,
        };
    }
    let extract_options = ExtractOptions {
        level: here.level.unwrap_or(options.extract.level),
        origin: here.origin,
        ..options.extract.clone()
    };
    let extracted = extract(&text, rules, &extract_options);
    Prepared {
        document: Document {
            origin: extract_options.origin.clone(),
            ..extracted.document
        },
        removals: extracted.removals,
        flags: extracted.flags,
        rules,
        digest,
        clean,
        page: Some((text, extract_options)),
    }
}

/// The digest of what is written, as the manifest has it.
fn digest(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Runs `work` with `jobs` threads, or as many as there are cores.
pub fn with_jobs<T: Send>(
    jobs: Option<usize>,
    work: impl FnOnce() -> T + Send,
) -> Result<T, RunError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .build()?;
    Ok(pool.install(work))
}
