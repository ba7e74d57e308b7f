//! Where documents come from.
//!
//! [`walk`](walk()) finds files; [`file`](mod@file) reads one; [`jsonl`] reads records.
//! A further input format is one further file here.

pub mod file;
pub mod globs;
pub mod jsonl;
mod sniff;
pub mod walk;

pub use sniff::{Kind, is_binary, kind_of_content, kind_of_name};
pub use walk::{Found, Source, WalkOptions, kind_of_named, walk};
