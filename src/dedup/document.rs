//! A document as deduplication remembers it.

use super::{Evidence, Match, fingerprint::Fingerprint};

/// A document that was decided upon.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    /// What it is called by; empty where nothing is remembered beyond a run.
    pub(crate) name: Box<str>,
    /// Hash of its site, where only documents of one site are compared; else 0.
    pub(crate) site: u32,
    /// Of a twin, without shingles and facts: they are those of the document
    /// that had its content first.
    pub(crate) print: Fingerprint,
    /// Whether an earlier document has the same content.
    pub(crate) twin: bool,
    pub(crate) fate: Fate,
}

/// What was decided about a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It is kept.
    Kept {
        /// Positions of the keys of its sketch that were not counted, because
        /// a relative had them; ascending.
        uncounted: Box<[u16]>,
    },
    /// It is a copy.
    Copy {
        /// The number of the kept document.
        of: u32,
        share: Share,
        evidence: Evidence,
    },
}

impl Fate {
    /// The match of a copy.
    pub(crate) fn found(&self) -> Option<Match> {
        match self {
            Self::Kept { .. } => None,
            &Self::Copy {
                of,
                share,
                evidence,
            } => Some(Match {
                kept: of,
                similarity: share.into(),
                evidence,
            }),
        }
    }
}

/// A similarity in ten thousandths: more would only show the rounding of the
/// last bit, and what is stored must be what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Share(pub(crate) u16);

impl Share {
    pub(crate) const WHOLE: Self = Self(10_000);

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 10,000"
    )]
    pub(crate) fn of(share: f64) -> Self {
        Self((share.clamp(0.0, 1.0) * 1e4).round() as u16)
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        Self::from(share.0) / 1e4
    }
}
