//! Kept documents that may be the original of another.

use std::cmp::Reverse;

use super::{
    super::{
        blocks::BlockTables, document::Fate, fingerprint::Fingerprint, holders::MOST_HOLDERS,
        index::IndexError,
    },
    Engine,
};

/// Candidates that are compared with a document, those that share the most
/// keys with it. The kept document of its own story shares several, strangers
/// one or two; with 24 the same copies are found on the development sets.
const MOST_COMPARED: usize = 8;

/// Of candidates that share a single key, only so many are compared, and only
/// if fewer share several: among a million documents most of them are chance.
/// With 4 no more copies are found.
const MOST_COMPARED_BY_ONE: usize = 2;

/// Simhashes are asked where fewer keys than this point to any document,
/// because very many have the others. Texts a few bits apart share four keys
/// of five, so of six that point somewhere one points to the copy, but for one
/// time in 10,000. Asking always finds no more on the development sets, and
/// the simhashes of one language crowd: among a million documents each search
/// passes 30,000.
const POINTING_KEYS: usize = 6;

/// How likely a kept document is the original of another, the likeliest least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Whether they share more than one key.
    several: Reverse<bool>,
    /// How clearly the shared keys point to it.
    clarity: Reverse<usize>,
    kept: u32,
}

impl Engine {
    /// The kept documents that a document's candidate keys point to, the
    /// likeliest first, and whether few of the keys point to any, because too
    /// many documents have the others. A key points the more clearly the fewer hold it.
    pub(super) fn sharers(&self, print: &Fingerprint) -> Result<(Vec<u32>, bool), IndexError> {
        let mut pointers: Vec<(u32, usize)> = Vec::new();
        let mut pointing = 0;
        let mut holders = Vec::new();
        let keys = print.shingles.candidate_keys();
        self.memory.holders.each(keys, |key, in_memory| {
            holders.clear();
            self.base.holders(key, &mut holders)?;
            holders.extend_from_slice(in_memory);
            if holders.len() > MOST_HOLDERS {
                return Ok(());
            }
            pointing += 1;
            if !self.dead.is_empty() {
                holders.retain(|number| !self.dead.contains(number));
            }
            let clarity = MOST_HOLDERS / holders.len().max(1);
            pointers.extend(holders.iter().map(|&kept| (kept, clarity)));
            Ok(())
        })?;
        pointers.sort_unstable();
        let mut ranked: Vec<Rank> = pointers
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| Rank {
                several: Reverse(same.len() > 1),
                clarity: Reverse(same.iter().map(|pointer| pointer.1).sum()),
                kept: same[0].0,
            })
            .collect();
        if ranked.len() > MOST_COMPARED {
            ranked.select_nth_unstable(MOST_COMPARED);
            ranked.truncate(MOST_COMPARED);
        }
        ranked.sort_unstable();
        let several = ranked.partition_point(|rank| rank.several.0);
        ranked.truncate(several.max(MOST_COMPARED_BY_ONE));
        let candidates = ranked.into_iter().map(|rank| rank.kept).collect();
        Ok((candidates, pointing < POINTING_KEYS))
    }

    /// Kept documents whose simhash is within the radius, the nearest first.
    pub(super) fn neighbours(&self, print: &Fingerprint) -> Result<Vec<u32>, IndexError> {
        let Some(simhash) = print.simhash else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        self.tables()?.neighbours(simhash, |kept, distance| {
            if !self.dead.contains(&kept) {
                found.push((distance, kept));
            }
        });
        found.sort_unstable();
        found.truncate(MOST_COMPARED);
        Ok(found.into_iter().map(|(_, kept)| kept).collect())
    }

    fn tables(&self) -> Result<&BlockTables, IndexError> {
        if let Some(tables) = self.simhashes.get() {
            return Ok(tables);
        }
        let mut tables = BlockTables::new(self.options.radius);
        self.base
            .simhashes(|kept, simhash| tables.insert(simhash, kept))?;
        for (number, document) in (self.memory.first..).zip(&self.memory.documents) {
            if let (Fate::Kept { .. }, Some(simhash)) = (&document.fate, document.print.simhash) {
                tables.insert(simhash, number);
            }
        }
        Ok(self.simhashes.get_or_init(|| tables))
    }
}
