//! A file with a run of documents and all that finds them. It never changes.
//!
//! ```text
//! magic, version │ records │ rows │ seven tables │ numbers │ dead │ contents
//! ```
//!
//! A row has the place of a document's record, and its simhash. Numbers are
//! there only where documents are missing between others. The table of contents
//! at the end has the place and the checksum of every section.

use std::{
    cell::{Cell, OnceCell},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::document::{Document, Fate},
    error::{IndexError, IndexErrorKind},
    file::{Bytes, Section, SectionWriter},
    filter::Filter,
    record,
    table::{Pair, Pairs, Table, TableWriter},
};
use crate::bytes::{put_number, take_number, take_u32, take_u64};

const MAGIC: &[u8; 8] = b"dehusk-i";

/// The version of the format of segments and of the list of them.
///
/// 1 had differences of equal width in its tables, 40 bits of each hash there,
/// and 128 bits of the content hash in its records.
pub(super) const VERSION: u32 = 2;

/// What the tables of a segment find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Find {
    /// Documents by their content; only the first with a content.
    Contents,
    /// Documents by their name.
    Names,
    /// Kept documents by their candidate keys.
    Holders,
    /// Keys of kept documents, each as often as it was counted.
    Counted,
    /// Keys of kept documents that were removed.
    Uncounted,
    /// Copies by their kept document.
    Copies,
    /// The shortest copies by their kept document.
    Witnesses,
}

impl Find {
    pub(super) const ALL: [Self; 7] = [
        Self::Contents,
        Self::Names,
        Self::Holders,
        Self::Counted,
        Self::Uncounted,
        Self::Copies,
        Self::Witnesses,
    ];
}

/// The bits of a content hash or of the hash of a name that a table has; the
/// record tells the rest. With 32, one in 400 look-ups among ten million reads a
/// record in vain, and an entry takes a byte less than with 40.
const HASH_BITS: u32 = 32;

/// The key of a hash in a table.
pub(super) fn short(hash: u64) -> u64 {
    hash >> (u64::BITS - HASH_BITS)
}

/// A row: four bytes of place, eight of simhash, one of marks.
const ROW: usize = 13;

/// Marks of a row: kept, and with a simhash that means something.
const KEPT_WITH_SIMHASH: u8 = 1;

/// After so many look-ups for each holder of a segment, a filter is made.
const LOOKUPS_PER_HOLDER: f64 = 1.0 / 16.0;

/// A segment that is being written: documents, then the tables, then the rest.
pub(super) struct SegmentWriter {
    path: PathBuf,
    out: SectionWriter,
    sections: Vec<Section>,
    rows: Vec<u8>,
    numbers: Vec<u32>,
}

impl SegmentWriter {
    pub(super) fn create(path: &Path) -> Result<Self, IndexError> {
        let mut out = SectionWriter::create(path)?;
        out.write(MAGIC)?;
        out.write(&VERSION.to_le_bytes())?;
        let head = out.end_section();
        Ok(Self {
            path: path.to_path_buf(),
            out,
            sections: vec![head],
            rows: Vec::new(),
            numbers: Vec::new(),
        })
    }

    /// Takes the next document, by ascending number.
    pub(super) fn document(&mut self, number: u32, document: &Document) -> Result<(), IndexError> {
        let mut record = Vec::with_capacity(512);
        record::encode(document, &mut record);
        let place = u32::try_from(self.out.section_len());
        let place = place.map_err(|_| IndexErrorKind::Full.at(&self.path))?;
        self.out.write(&record)?;
        self.numbers.push(number);
        self.rows.extend(place.to_le_bytes());
        let simhash = document.print.simhash;
        self.rows.extend(simhash.unwrap_or(0).to_le_bytes());
        let kept = matches!(document.fate, Fate::Kept { .. }) && simhash.is_some();
        self.rows.push(if kept { KEPT_WITH_SIMHASH } else { 0 });
        Ok(())
    }

    /// Ends the documents.
    pub(super) fn end_documents(&mut self) -> Result<(), IndexError> {
        let len = u32::try_from(self.out.section_len());
        let end = len.map_err(|_| IndexErrorKind::Full.at(&self.path))?;
        self.sections.push(self.out.end_section());
        // The end of the last record, where the next would begin.
        self.rows.extend(end.to_le_bytes());
        self.rows.resize((self.numbers.len() + 1) * ROW, 0);
        self.out.write(&self.rows)?;
        self.sections.push(self.out.end_section());
        self.rows = Vec::new();
        Ok(())
    }

    /// Writes the next table, in the order of [`Find::ALL`]; pairs ascend.
    pub(super) fn table(
        &mut self,
        pairs: impl Iterator<Item = Result<Pair, IndexError>>,
    ) -> Result<(), IndexError> {
        let mut table = TableWriter::new(&mut self.out);
        for pair in pairs {
            table.push(pair?)?;
        }
        table.finish()?;
        self.sections.push(self.out.end_section());
        Ok(())
    }

    /// Writes the rest and brings the file to disk. `next` is the number after
    /// the last one that was given, also to documents that are gone.
    pub(super) fn finish(mut self, first: u32, next: u32, dead: &[u32]) -> Result<(), IndexError> {
        let dense = self.numbers.len() == (next - first) as usize;
        let numbers = if dense { &[][..] } else { &self.numbers };
        for list in [numbers, dead] {
            let mut bytes = Vec::new();
            let mut before = 0;
            for &number in list {
                put_number(u64::from(number - before), &mut bytes);
                before = number;
            }
            self.out.write(&bytes)?;
            self.sections.push(self.out.end_section());
        }
        let mut contents = Vec::new();
        for section in &self.sections {
            contents.extend(section.start.to_le_bytes());
            contents.extend(section.len.to_le_bytes());
            contents.extend(section.checksum.to_le_bytes());
        }
        let documents = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        for number in [first, next, documents] {
            contents.extend(number.to_le_bytes());
        }
        contents.extend(xxh3_64(&contents).to_le_bytes());
        self.out.write(&contents)?;
        self.out.finish()
    }
}

/// Bytes of the table of contents: sections, three numbers, a checksum.
const CONTENTS: usize = SECTIONS * 24 + 12 + 8;
const SECTIONS: usize = 3 + Find::ALL.len() + 2;

/// A segment that is read.
#[derive(Debug)]
pub(crate) struct Segment {
    bytes: Bytes,
    sections: Vec<Section>,
    /// The number of its first document, and the number after its last.
    pub(super) first: u32,
    pub(super) next: u32,
    pub(super) documents: u32,
    records: Bytes,
    rows: Bytes,
    tables: Vec<Table>,
    /// The numbers of its documents, if some between are missing.
    numbers: Option<Vec<u32>>,
    /// Documents of earlier segments and of this one that were removed.
    pub(super) dead: Vec<u32>,
    lookups: Cell<u64>,
    /// Which keys have holders, once there were many look-ups.
    filter: OnceCell<Filter>,
}

impl Segment {
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let bytes = Bytes::open(path)?;
        let mut buffer = Vec::new();
        bytes.read(
            0,
            12.min(usize::try_from(bytes.len()).unwrap_or(12)),
            &mut buffer,
        )?;
        let Some(version) = buffer.strip_prefix(MAGIC) else {
            return Err(bytes.damaged("it is not a segment"));
        };
        let found = take_u32(&mut &*version).ok_or_else(|| bytes.damaged("it has no version"))?;
        if found != VERSION {
            return Err(IndexErrorKind::Version {
                found,
                expected: VERSION,
            }
            .at(path));
        }
        let start = bytes.len().checked_sub(CONTENTS as u64);
        let start = start.ok_or_else(|| bytes.damaged("it ends early"))?;
        bytes.read(start, CONTENTS, &mut buffer)?;
        let (contents, checksum) = buffer.split_at(CONTENTS - 8);
        if xxh3_64(contents).to_le_bytes() != checksum {
            return Err(bytes.damaged("its table of contents is not what was written"));
        }
        Self::of(&bytes, contents).ok_or_else(|| bytes.damaged("its parts do not fit"))?
    }

    /// `None` if the contents end early, which the checksum rules out.
    fn of(bytes: &Bytes, mut contents: &[u8]) -> Option<Result<Self, IndexError>> {
        let mut sections = Vec::with_capacity(SECTIONS);
        for _ in 0..SECTIONS {
            sections.push(Section {
                start: take_u64(&mut contents)?,
                len: take_u64(&mut contents)?,
                checksum: take_u64(&mut contents)?,
            });
        }
        let mut number = || take_u32(&mut contents);
        let (first, next, documents) = (number()?, number()?, number()?);
        let open = || {
            let part = |at: usize| bytes.part(sections[at].start, sections[at].len);
            let tables = (3..3 + Find::ALL.len()).map(|at| Table::open(&part(at)?));
            let numbers = read_numbers(&part(SECTIONS - 2)?)?;
            let dense = u64::from(documents) == u64::from(next) - u64::from(first);
            let rows = part(2)?;
            if rows.len() != (u64::from(documents) + 1) * ROW as u64
                || !dense && numbers.len() != documents as usize
            {
                return Err(bytes.damaged("it does not have the documents it says"));
            }
            Ok(Self {
                records: part(1)?,
                rows,
                tables: tables.collect::<Result<_, _>>()?,
                numbers: (!dense).then_some(numbers),
                dead: read_numbers(&part(SECTIONS - 1)?)?,
                first,
                next,
                documents,
                lookups: Cell::new(0),
                filter: OnceCell::new(),
                sections: sections.clone(),
                bytes: bytes.clone(),
            })
        };
        (first <= next).then(open)
    }

    pub(super) fn len(&self) -> u64 {
        self.bytes.len()
    }

    pub(super) fn table(&self, find: Find) -> &Table {
        &self.tables[find as usize]
    }

    pub(super) fn pairs(&self, find: Find) -> Pairs<'_> {
        self.table(find).pairs()
    }

    /// The numbers of its documents.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.documents).map(|position| match &self.numbers {
            Some(numbers) => numbers[position as usize],
            None => self.first + position,
        })
    }

    /// The position of a document among its documents.
    fn position(&self, number: u32) -> Option<u32> {
        match &self.numbers {
            None => number
                .checked_sub(self.first)
                .filter(|&at| at < self.documents),
            Some(numbers) => numbers
                .binary_search(&number)
                .ok()
                .and_then(|at| u32::try_from(at).ok()),
        }
    }

    /// The document with a number; `None` if it is not here.
    pub(super) fn document(&self, number: u32) -> Result<Option<Document>, IndexError> {
        let Some(position) = self.position(number) else {
            return Ok(None);
        };
        let damaged = || self.bytes.damaged("a record is not where it should be");
        let mut buffer = Vec::new();
        self.rows
            .read(u64::from(position) * ROW as u64, ROW + 4, &mut buffer)?;
        let mut row = &*buffer;
        let start = take_u32(&mut row).ok_or_else(damaged)?;
        let simhash = take_u64(&mut row).ok_or_else(damaged)?;
        let end = take_u32(&mut &row[1..]).ok_or_else(damaged)?;
        let len = end.checked_sub(start).ok_or_else(damaged)?;
        self.records
            .read(u64::from(start), len as usize, &mut buffer)?;
        let document = record::decode(&buffer, simhash);
        document
            .map(Some)
            .ok_or_else(|| self.bytes.damaged("a record cannot be read"))
    }

    /// Calls `found` with the simhashes of kept documents.
    pub(super) fn simhashes(&self, mut found: impl FnMut(u32, u64)) -> Result<(), IndexError> {
        const ROWS: usize = 4096;
        let mut buffer = Vec::new();
        let mut numbers = self.numbers();
        let mut position = 0;
        while position < self.documents as usize {
            let count = ROWS.min(self.documents as usize - position);
            self.rows
                .read((position * ROW) as u64, count * ROW, &mut buffer)?;
            for (row, number) in buffer.chunks_exact(ROW).zip(numbers.by_ref().take(count)) {
                let simhash = take_u64(&mut &row[4..]).unwrap_or(0);
                if row[ROW - 1] == KEPT_WITH_SIMHASH {
                    found(number, simhash);
                }
            }
            position += count;
        }
        Ok(())
    }

    /// Calls `found` with the kept documents that hold a key.
    pub(super) fn holders(&self, key: u32, found: impl FnMut(u32)) -> Result<(), IndexError> {
        let table = self.table(Find::Holders);
        if let Some(filter) = self.filter.get() {
            if !filter.may_have(key) {
                return Ok(());
            }
        } else {
            self.lookups.set(self.lookups.get() + 1);
            #[expect(clippy::cast_precision_loss, reason = "a rough limit")]
            let many = self.lookups.get() as f64 > table.len() as f64 * LOOKUPS_PER_HOLDER;
            if many {
                let mut filter = Filter::for_keys(table.len());
                for pair in table.pairs() {
                    filter.add(u32::try_from(pair?.0).unwrap_or(u32::MAX));
                }
                self.filter.get_or_init(|| filter);
            }
        }
        table.find(u64::from(key), found)
    }

    /// Whether all bytes are those that were written.
    pub(super) fn check_bytes(&self) -> Result<(), IndexError> {
        for section in &self.sections {
            let part = self.bytes.part(section.start, section.len)?;
            if part.checksum()? != section.checksum {
                return Err(self
                    .bytes
                    .damaged("its bytes are not those that were written"));
            }
        }
        Ok(())
    }

    /// Whether all bytes are those that were written, and can be read.
    pub(super) fn verify(&self) -> Result<(), IndexError> {
        self.check_bytes()?;
        for number in self.numbers() {
            self.document(number)?;
        }
        for table in &self.tables {
            for pair in table.pairs() {
                pair?;
            }
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        self.bytes.path()
    }
}

fn read_numbers(bytes: &Bytes) -> Result<Vec<u32>, IndexError> {
    let damaged = || bytes.damaged("a list of documents cannot be read");
    let mut buffer = Vec::new();
    bytes.read(
        0,
        usize::try_from(bytes.len()).map_err(|_| damaged())?,
        &mut buffer,
    )?;
    let mut rest = &*buffer;
    let (mut numbers, mut number) = (Vec::new(), 0u32);
    while !rest.is_empty() {
        let delta = take_number(&mut rest).and_then(|delta| u32::try_from(delta).ok());
        number = delta
            .and_then(|delta| number.checked_add(delta))
            .ok_or_else(damaged)?;
        numbers.push(number);
    }
    Ok(numbers)
}
