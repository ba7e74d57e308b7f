//! Sorted pairs of a hash and a number, in blocks of a few hundred bytes.
//!
//! In a block, keys are differences in Rice's code and numbers are what is above
//! the lowest of them, in equal widths, so a key of a table with millions costs
//! about six bits. The first key of each block (a fence) is in memory; a look-up
//! reads one block.

use super::{
    bits::{PADDING, RiceReader, pack, pack_rice, packed_len, unpack, width},
    error::IndexError,
    file::{Bytes, SectionWriter},
};
use crate::bytes::{put_number, take_number, take_u32, take_u64};

/// Pairs in a block. Twice as many halve the fences, which are about 5 % of a
/// table, and double what is unpacked in a look-up, some .3 µs.
const BLOCK: usize = 256;

/// Bytes before the packed numbers of a block: the low bits of the differences,
/// the width of the numbers, and the lowest number.
const HEAD: usize = 6;

/// Bytes at the end of a table: how many pairs, blocks, and bytes of fences.
const FOOT: usize = 16;

/// A key and a number.
pub(super) type Pair = (u64, u32);

/// A table that is being written.
pub(super) struct TableWriter<'a> {
    out: &'a mut SectionWriter,
    block: Vec<Pair>,
    /// First keys and lengths of the blocks so far.
    fences: Vec<(u64, usize)>,
    count: u64,
}

impl<'a> TableWriter<'a> {
    pub(super) fn new(out: &'a mut SectionWriter) -> Self {
        Self {
            out,
            block: Vec::with_capacity(BLOCK),
            fences: Vec::new(),
            count: 0,
        }
    }

    /// Takes the next pair; keys ascend, of at most 56 bits.
    pub(super) fn push(&mut self, pair: Pair) -> Result<(), IndexError> {
        self.block.push(pair);
        self.count += 1;
        if self.block.len() == BLOCK {
            self.end_block()?;
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<(), IndexError> {
        let Some(&(first, _)) = self.block.first() else {
            return Ok(());
        };
        let deltas = || self.block.windows(2).map(|pair| pair[1].0 - pair[0].0);
        let mut keys = Vec::with_capacity(BLOCK * 4);
        let low = pack_rice(deltas(), &mut keys);
        let numbers = || self.block.iter().map(|&(_, number)| number);
        let lowest = numbers().min().unwrap_or(0);
        let above = || numbers().map(|number| u64::from(number - lowest));
        let number_width = width(above().max().unwrap_or(0));
        let mut bytes = Vec::with_capacity(BLOCK * 8);
        bytes.extend([low, number_width].map(|width| width.to_le_bytes()[0]));
        bytes.extend(lowest.to_le_bytes());
        bytes.extend(keys);
        pack(above(), number_width, &mut bytes);
        self.fences.push((first, bytes.len()));
        self.out.write(&bytes)?;
        self.block.clear();
        Ok(())
    }

    /// Ends the table; the section is left open.
    pub(super) fn finish(mut self) -> Result<(), IndexError> {
        self.end_block()?;
        let mut bytes = vec![0; PADDING];
        let fences_from = bytes.len();
        let mut before = 0;
        for &(key, len) in &self.fences {
            put_number(key - before, &mut bytes);
            put_number(len as u64, &mut bytes);
            before = key;
        }
        let fences = u32::try_from(bytes.len() - fences_from).unwrap_or(u32::MAX);
        let blocks = u32::try_from(self.fences.len()).unwrap_or(u32::MAX);
        bytes.extend(self.count.to_le_bytes());
        bytes.extend(blocks.to_le_bytes());
        bytes.extend(fences.to_le_bytes());
        self.out.write(&bytes)
    }
}

/// A table that is read.
#[derive(Debug)]
pub(super) struct Table {
    bytes: Bytes,
    count: u64,
    /// The first keys of the blocks.
    fences: Vec<u64>,
    /// Where each block begins; one more than there are blocks.
    starts: Vec<u64>,
}

impl Table {
    pub(super) fn open(bytes: &Bytes) -> Result<Self, IndexError> {
        let damaged = || bytes.damaged("a table does not say where its blocks are");
        let mut buffer = Vec::new();
        let foot = bytes.len().checked_sub(FOOT as u64).ok_or_else(damaged)?;
        bytes.read(foot, FOOT, &mut buffer)?;
        let mut rest = &*buffer;
        let count = take_u64(&mut rest).ok_or_else(damaged)?;
        let blocks = take_u32(&mut rest).ok_or_else(damaged)?;
        let len = take_u32(&mut rest).ok_or_else(damaged)?;
        let from = foot.checked_sub(u64::from(len)).ok_or_else(damaged)?;
        bytes.read(from, len as usize, &mut buffer)?;
        let mut rest = &*buffer;
        // A block has at least two bytes of fence, so damage allocates little.
        let blocks = (blocks as usize).min(buffer.len());
        let mut table = Self {
            bytes: bytes.clone(),
            count,
            fences: Vec::with_capacity(blocks),
            starts: Vec::with_capacity(blocks + 1),
        };
        let (mut key, mut start) = (0u64, 0u64);
        table.starts.push(0);
        for _ in 0..blocks {
            let delta = take_number(&mut rest).ok_or_else(damaged)?;
            let len = take_number(&mut rest).ok_or_else(damaged)?;
            key = key.checked_add(delta).ok_or_else(damaged)?;
            start = start.checked_add(len).ok_or_else(damaged)?;
            table.fences.push(key);
            table.starts.push(start);
        }
        let enough = count.div_ceil(BLOCK as u64) == blocks as u64;
        if !rest.is_empty() || !enough || start + PADDING as u64 != from {
            return Err(damaged());
        }
        Ok(table)
    }

    /// How many pairs there are.
    pub(super) fn len(&self) -> u64 {
        self.count
    }

    /// Calls `found` with the numbers of a key, in the order they were written
    /// in.
    pub(super) fn find(&self, key: u64, mut found: impl FnMut(u32)) -> Result<(), IndexError> {
        // The first block that may have the key is the one before the first
        // that begins with it.
        let first = self.fences.partition_point(|&fence| fence < key);
        let mut pairs = Vec::new();
        for block in first.saturating_sub(1)..self.fences.len() {
            if self.fences[block] > key {
                break;
            }
            self.block(block, Some(key), &mut pairs)?;
            for &(_, number) in &pairs {
                found(number);
            }
        }
        Ok(())
    }

    /// Reads the pairs of a block, or those with one key.
    fn block(
        &self,
        block: usize,
        only: Option<u64>,
        pairs: &mut Vec<Pair>,
    ) -> Result<(), IndexError> {
        let damaged = || self.bytes.damaged("a block of a table ends early");
        pairs.clear();
        let start = self.starts[block];
        let len = usize::try_from(self.starts[block + 1] - start).map_err(|_| damaged())?;
        let mut bytes = Vec::new();
        self.bytes.read(start, len + PADDING, &mut bytes)?;
        let before = block as u64 * BLOCK as u64;
        let count = usize::try_from(self.count - before).map_or(BLOCK, |left| left.min(BLOCK));
        let &[low, number_width, ..] = &*bytes else {
            return Err(damaged());
        };
        let (low, number_width) = (u32::from(low), u32::from(number_width));
        let mut rest = &bytes[2..];
        let lowest = take_u32(&mut rest).ok_or_else(damaged)?;
        let keys = len.checked_sub(HEAD + packed_len(count, number_width));
        let Some(keys) = keys.filter(|_| low <= 56 && number_width <= 32) else {
            return Err(damaged());
        };
        let mut deltas = RiceReader::new(rest, low);
        let mut key = self.fences[block];
        for at in 0..count {
            if at > 0 {
                let delta = deltas.next().ok_or_else(damaged)?;
                key = key.checked_add(delta).ok_or_else(damaged)?;
            }
            if only.is_some_and(|only| key != only) {
                if only.is_some_and(|only| key > only) {
                    break;
                }
                continue;
            }
            let above = unpack(&rest[keys..], at, number_width).ok_or_else(damaged)?;
            let above = u32::try_from(above).map_err(|_| damaged())?;
            pairs.push((key, lowest.checked_add(above).ok_or_else(damaged)?));
        }
        Ok(())
    }

    /// All pairs in order.
    pub(super) fn pairs(&self) -> Pairs<'_> {
        Pairs {
            table: self,
            next: 0,
            block: Vec::new(),
            at: 0,
        }
    }
}

/// The pairs of a table, in order.
pub(super) struct Pairs<'a> {
    table: &'a Table,
    /// The block to be read next.
    next: usize,
    block: Vec<Pair>,
    at: usize,
}

impl Iterator for Pairs<'_> {
    type Item = Result<Pair, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at >= self.block.len() {
            if self.next >= self.table.fences.len() {
                return None;
            }
            let read = self.table.block(self.next, None, &mut self.block);
            (self.next, self.at) = (self.next + 1, 0);
            if let Err(error) = read {
                self.next = usize::MAX;
                return Some(Err(error));
            }
        }
        self.at += 1;
        Some(Ok(self.block[self.at - 1]))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn written(pairs: &[Pair], path: &Path) -> Table {
        let mut out = SectionWriter::create(path).unwrap();
        let mut writer = TableWriter::new(&mut out);
        for &pair in pairs {
            writer.push(pair).unwrap();
        }
        writer.finish().unwrap();
        out.finish().unwrap();
        Table::open(&Bytes::open(path).unwrap()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_table_has_what_was_written(
            mut pairs in prop::collection::vec((prop_oneof![0..40u64, 0..1u64 << 40], any::<u32>()), 0..2_000),
            absent in 0..1u64 << 40,
        ) {
            pairs.sort_unstable();
            let folder = tempfile::tempdir().unwrap();
            let table = written(&pairs, &folder.path().join("table"));
            let all: Result<Vec<Pair>, _> = table.pairs().collect();
            prop_assert_eq!(&all.unwrap(), &pairs);
            prop_assert_eq!(table.len(), pairs.len() as u64);
            for key in pairs.iter().map(|pair| pair.0).step_by(37).chain([absent, 0, 1 << 41]) {
                let mut found = Vec::new();
                table.find(key, |number| found.push(number)).unwrap();
                let expected: Vec<u32> = pairs.iter().filter(|pair| pair.0 == key).map(|pair| pair.1).collect();
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn a_damaged_table_is_an_error_or_a_wrong_number_and_no_crash(at in 0..4_000usize, byte in any::<u8>(), cut in 0..4_000usize) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("table");
            let pairs: Vec<Pair> = (0..1_000).map(|number| (u64::from(number) * 977, number)).collect();
            written(&pairs, &path);
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut % 3 * (cut / 8 % bytes.len()) / 3);
            std::fs::write(&path, bytes).unwrap();
            if let Ok(table) = Table::open(&Bytes::open(&path).unwrap()) {
                table.pairs().take(10_000).for_each(drop);
                table.find(977 * 500, |_| ()).ok();
            }
        }
    }
}
