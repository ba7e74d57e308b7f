//! Turns scraped content into clean, unique documents.
//!
//! A document flows through stages that are plain functions on values; only
//! [`pipeline`] knows their order:
//!
//! ```text
//! read → decode → extract → clean → fingerprint → dedup → write → report
//! ```
//!
//! Nothing leaves a text silently: every stage that takes something away
//! returns a [`Removal`] that names the place and the cause.
//!
//! ```
//! use dehusk::{CleanOptions, Document, Format, RuleSet};
//!
//! let rules = RuleSet::builtin()?;
//! let document = Document::new(Format::Text, "&w=3840&q=100)\nThe bridge opened on Monday.\n");
//! let cleaned = dehusk::clean(&document, &rules, &CleanOptions::default());
//! assert_eq!(cleaned.text, "The bridge opened on Monday.\n");
//! assert_eq!(cleaned.removals[0].code.as_str(), "IMG001");
//! # Ok::<(), dehusk::RuleError>(())
//! ```
//!
//! The library never prints and never asks what a terminal is; the program in
//! `src/bin/dehusk` does both.

mod bytes;
pub mod clean;
pub mod decode;
pub mod dedup;
mod document;
pub mod extract;
pub mod inplace;
#[cfg(test)]
#[path = "../tests/common/linear.rs"]
mod linear;
pub mod pipeline;
pub mod read;
mod removal;
pub mod report;
pub mod rules;
mod trees;
pub mod write;

pub use clean::{CleanOptions, Cleaned, Level, clean};

pub use dedup::{Deduper, Fingerprint, Verdict};
pub use document::{Document, DocumentKind, Flag, Flags, Format, Metadata, Origin, host};
pub use extract::{ExtractOptions, Extracted, extract};
pub use removal::{Code, Location, NodeLocation, Removal, cut};
pub use rules::{RuleError, RuleOptions, RuleSet};
