//! Paragraphs that an earlier document of the site has: named in the account,
//! and taken on request.

use super::{Options, Processed, RunError, duplicates::site_of};
use crate::{
    Removal,
    dedup::{Keep, KnownParagraphs, Outline, Paragraphs, index::Access, step},
    write::{Entry, Repeat, Status},
};

/// Looks at the documents of a run that are written, in input order.
pub(super) struct Repeats {
    what: Paragraphs,
    known: KnownParagraphs,
    /// What documents that had a paragraph first are called by.
    labels: Vec<Box<str>>,
}

impl Repeats {
    /// `None` if paragraphs are not asked for.
    ///
    /// # Errors
    ///
    /// Which documents are written would be known at the end only, and what is
    /// taken from a document must be in one that is written.
    pub(super) fn new(options: &Options) -> Result<Option<Self>, RunError> {
        let Some(what) = options.paragraphs else {
            return Ok(None);
        };
        let remember = options.remember.as_ref();
        let changes = remember.is_some_and(|remember| remember.access != Access::Read);
        if options.dedup.is_some() && (options.keep != Keep::First || changes) {
            return Err(RunError::ParagraphsWait);
        }
        Ok(Some(Self {
            what,
            known: KnownParagraphs::default(),
            labels: Vec::new(),
        }))
    }

    /// Looks at the next document that is written, and enters what was found.
    /// The text that is left, if something is taken.
    pub(super) fn next(&mut self, entry: &mut Entry, outline: &Outline) -> Option<String> {
        let number = u32::try_from(self.labels.len()).ok()?;
        self.labels.push(entry.id.as_str().into());
        let repeated = self.known.meet(&site_of(entry), number, outline);
        if repeated.is_empty() {
            return None;
        }
        let code = step();
        let mut removals = Vec::new();
        for &one in &repeated {
            let first = &self.labels[one.first as usize];
            for span in outline.places(one) {
                entry.repeats.push(Repeat {
                    span: span.clone(),
                    first: first.to_string(),
                });
                removals.push(Removal::text(code.clone(), span));
            }
        }
        if self.what == Paragraphs::Report {
            entry.reported.append(&mut removals);
            None
        } else if outline.can_spare(&repeated) {
            entry.removed.append(&mut removals);
            // Removals of the tree first, as they come; those of text in order.
            entry
                .removed
                .sort_by_key(|removal| removal.span().map(|span| span.start));
            Some(outline.without(&repeated))
        } else {
            entry.withheld.append(&mut removals);
            None
        }
    }
}

impl Processed {
    /// Takes repeated paragraphs from a document that is written. Says whether
    /// the text is another now.
    pub(super) fn take_repeats(
        &mut self,
        repeats: Option<&mut Repeats>,
        entry: &mut Entry,
    ) -> bool {
        let (Some(repeats), Some(outline)) = (repeats, self.outline.take()) else {
            return false;
        };
        if entry.status != Status::Written {
            return false;
        }
        let Some(text) = repeats.next(entry, &outline) else {
            return false;
        };
        // What stands before the text is the front matter.
        self.text.truncate(self.front);
        self.text.push_str(&text);
        true
    }
}
