//! Writing segments: from memory, and from other segments.

use std::{cmp::Reverse, collections::BinaryHeap, collections::HashSet, path::Path};

use rayon::slice::ParallelSliceMut;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::{document::Fate, holders::MOST_HOLDERS, keys::KeyHasher, memory::Memory},
    error::IndexError,
    segment::{Find, Segment, SegmentWriter, short},
    table::{Pair, Pairs},
};

/// A key is written so often at most: a shingle that so many stories have
/// weighs next to nothing, and more would weigh no less.
const MOST_COUNTED: usize = 255;

/// Writes the documents in memory as a segment.
pub(super) fn write_memory(memory: &Memory, path: &Path) -> Result<(), IndexError> {
    let mut writer = SegmentWriter::create(path)?;
    for (number, document) in (memory.first..).zip(&memory.documents) {
        writer.document(number, document)?;
    }
    writer.end_documents()?;
    let next = memory.next().unwrap_or(u32::MAX);
    for find in Find::ALL {
        let mut pairs = pairs_of(memory, find);
        pairs.par_sort_unstable();
        match find {
            Find::Holders => at_most(&mut pairs, MOST_HOLDERS + 1),
            Find::Counted | Find::Uncounted => at_most(&mut pairs, MOST_COUNTED),
            _ => {}
        }
        writer.table(pairs.into_iter().map(Ok))?;
    }
    let mut dead = memory.dead.clone();
    dead.sort_unstable();
    writer.finish(memory.first, next, &dead)
}

fn pairs_of(memory: &Memory, find: Find) -> Vec<Pair> {
    let documents = || (memory.first..).zip(&memory.documents);
    let wide = |pairs: Vec<(u32, u32)>| {
        pairs
            .into_iter()
            .map(|(kept, copy)| (u64::from(kept), copy))
            .collect()
    };
    match find {
        Find::Contents => documents()
            .filter(|(_, document)| !document.twin)
            .map(|(number, document)| {
                let content = document.print.content.within(document.site);
                (short(content.low()), number)
            })
            .collect(),
        Find::Names => documents()
            .map(|(number, document)| (short(xxh3_64(document.name.as_bytes())), number))
            .collect(),
        Find::Holders => documents()
            .filter(|(_, document)| matches!(document.fate, Fate::Kept { .. }))
            .flat_map(|(number, document)| {
                let keys = document.print.shingles.candidate_keys().iter();
                keys.map(move |&key| (u64::from(key), number))
            })
            .collect(),
        Find::Counted => documents()
            .flat_map(|(_, document)| Memory::counted(document))
            .map(|key| (u64::from(key), 0))
            .collect(),
        Find::Uncounted => memory
            .uncounted
            .iter()
            .map(|&key| (u64::from(key), 0))
            .collect(),
        Find::Copies => wide(memory.all_copies()),
        Find::Witnesses => wide(memory.all_witnesses()),
    }
}

/// Leaves the first `most` of pairs with one key.
fn at_most(pairs: &mut Vec<Pair>, most: usize) {
    let mut run = (u64::MAX, 0);
    pairs.retain(|&(key, _)| {
        run = if key == run.0 {
            (key, run.1 + 1)
        } else {
            (key, 1)
        };
        run.1 <= most
    });
}

/// Joins neighbouring segments into one, without the documents that are
/// `dead`. Of the dead, less remain listed that are in segments before.
pub(super) fn join(
    segments: &[Segment],
    dead: &HashSet<u32, KeyHasher>,
    path: &Path,
) -> Result<(), IndexError> {
    // What is written here gets checksums of its own, and would hide damage.
    for segment in segments {
        segment.check_bytes()?;
    }
    let mut writer = SegmentWriter::create(path)?;
    for segment in segments {
        for number in segment.numbers().filter(|number| !dead.contains(number)) {
            if let Some(document) = segment.document(number)? {
                writer.document(number, &document)?;
            }
        }
    }
    writer.end_documents()?;
    for find in Find::ALL {
        let merged = Merge::new(segments, find)?;
        match find {
            Find::Counted => {
                let less = Merge::new(segments, Find::Uncounted)?;
                writer.table(without(merged, less))
            }
            Find::Uncounted => {
                let less = Merge::new(segments, Find::Counted)?;
                writer.table(without(merged, less))
            }
            Find::Holders => writer.table(first_of(living(merged, dead), MOST_HOLDERS + 1)),
            _ => writer.table(living(merged, dead)),
        }?;
    }
    let first = segments.first().map_or(0, |segment| segment.first);
    let next = segments.last().map_or(0, |segment| segment.next);
    let mut left: Vec<u32> = segments
        .iter()
        .flat_map(|segment| segment.dead.iter().copied())
        .collect();
    left.retain(|&number| number < first);
    left.sort_unstable();
    left.dedup();
    writer.finish(first, next, &left)
}

fn living<'a>(
    pairs: impl Iterator<Item = Result<Pair, IndexError>> + 'a,
    dead: &'a HashSet<u32, KeyHasher>,
) -> impl Iterator<Item = Result<Pair, IndexError>> + 'a {
    pairs.filter(|pair| !matches!(pair, Ok((_, number)) if dead.contains(number)))
}

/// The first `most` of pairs with one key.
fn first_of(
    pairs: impl Iterator<Item = Result<Pair, IndexError>>,
    most: usize,
) -> impl Iterator<Item = Result<Pair, IndexError>> {
    let mut run = (u64::MAX, 0);
    pairs.filter(move |pair| {
        let Ok((key, _)) = *pair else { return true };
        run = if key == run.0 {
            (key, run.1 + 1)
        } else {
            (key, 1)
        };
        run.1 <= most
    })
}

/// The keys of `counted`, each less often by how often it is among `less`.
fn without<'a>(
    counted: Merge<'a>,
    less: Merge<'a>,
) -> impl Iterator<Item = Result<Pair, IndexError>> + 'a {
    let mut less = less.peekable();
    first_of(
        counted.filter(move |pair| {
            let Ok((key, _)) = *pair else { return true };
            while less
                .next_if(|other| matches!(other, Ok((other, _)) if *other < key))
                .is_some()
            {}
            less.next_if(|other| matches!(other, Ok((other, _)) if *other == key))
                .is_none()
        }),
        MOST_COUNTED,
    )
}

/// The pairs of the same table of several segments, in order.
struct Merge<'a> {
    tables: Vec<Pairs<'a>>,
    /// The next pair of each table.
    next: BinaryHeap<Reverse<(Pair, usize)>>,
    failed: Option<IndexError>,
}

impl<'a> Merge<'a> {
    fn new(segments: &'a [Segment], find: Find) -> Result<Self, IndexError> {
        let mut tables: Vec<_> = segments.iter().map(|segment| segment.pairs(find)).collect();
        let mut next = BinaryHeap::new();
        for (at, table) in tables.iter_mut().enumerate() {
            if let Some(pair) = table.next().transpose()? {
                next.push(Reverse((pair, at)));
            }
        }
        Ok(Self {
            tables,
            next,
            failed: None,
        })
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<Pair, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.next.clear();
            return Some(Err(error));
        }
        let Reverse((pair, at)) = self.next.pop()?;
        match self.tables[at].next().transpose() {
            Ok(Some(next)) => self.next.push(Reverse((next, at))),
            Ok(None) => {}
            Err(error) => self.failed = Some(error),
        }
        Some(Ok(pair))
    }
}
