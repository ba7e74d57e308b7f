//! A document as a few hundred bytes.

use super::{
    super::{
        Evidence,
        document::{Document, Fate, Share},
        facts::Facts,
        fingerprint::{ContentHash, Fingerprint},
        sketch::Sketch,
    },
    bits::{PADDING, pack, packed_len, unpack, width},
};
use crate::bytes::{put_number, take_array, take_number, take_u32};

/// What is in the first byte of a record.
mod flag {
    pub(super) const COPY: u8 = 1;
    pub(super) const SIMHASH: u8 = 2;
    pub(super) const SITE: u8 = 4;
    pub(super) const UNCOUNTED: u8 = 8;
    pub(super) const FACTS: u8 = 16;
    /// Two bits: how the limit of the sketch is told.
    pub(super) const LIMIT: u8 = 32 | 64;
    pub(super) const LIMIT_USUAL: u8 = 32;
    pub(super) const LIMIT_WHOLE: u8 = 64;
    pub(super) const LIMIT_SELF: u8 = 32 | 64;
    pub(super) const TWIN: u8 = 128;
}

/// Appends a document; its number and its simhash are stored elsewhere.
pub(super) fn encode(document: &Document, out: &mut Vec<u8>) {
    let print = &document.print;
    let sketch = &print.shingles;
    let mut flags = 0;
    let mut set = |condition, flag| flags |= if condition { flag } else { 0 };
    set(matches!(document.fate, Fate::Copy { .. }), flag::COPY);
    set(print.simhash.is_some(), flag::SIMHASH);
    set(document.site != 0, flag::SITE);
    set(!print.facts.as_slice().is_empty(), flag::FACTS);
    set(
        matches!(&document.fate, Fate::Kept { uncounted } if !uncounted.is_empty()),
        flag::UNCOUNTED,
    );
    set(document.twin, flag::TWIN);
    set(
        true,
        match sketch.limit() {
            Sketch::USUAL_LIMIT => flag::LIMIT_USUAL,
            u32::MAX => flag::LIMIT_WHOLE,
            _ => flag::LIMIT_SELF,
        },
    );
    out.push(flags);
    put_number(document.name.len() as u64, out);
    out.extend(document.name.as_bytes());
    out.extend(print.content.to_bytes());
    put_number(u64::from(print.words), out);
    if document.site != 0 {
        out.extend(document.site.to_le_bytes());
    }
    if !document.twin {
        encode_sketch(sketch, out);
    }
    if flags & flag::FACTS != 0 {
        let facts = print.facts.as_slice();
        put_number(facts.len() as u64, out);
        for fact in facts {
            out.extend(fact.to_le_bytes());
        }
    }
    match &document.fate {
        Fate::Kept { uncounted } if uncounted.is_empty() => {}
        Fate::Kept { uncounted } => {
            put_number(uncounted.len() as u64, out);
            let mut before = 0;
            for &position in uncounted {
                put_number(u64::from(position - before), out);
                before = position;
            }
        }
        Fate::Copy {
            of,
            share,
            evidence,
        } => {
            put_number(u64::from(*of), out);
            put_number(u64::from(share.0), out);
            encode_evidence(*evidence, out);
        }
    }
}

fn encode_sketch(sketch: &Sketch, out: &mut Vec<u8>) {
    let keys = sketch.text_order();
    put_number(keys.len() as u64, out);
    let widest = sketch.keys().last().copied().unwrap_or(0);
    let width = width(u64::from(widest));
    out.push(width.to_le_bytes()[0]);
    pack(keys.iter().map(|&key| u64::from(key)), width, out);
    let told = matches!(sketch.limit(), Sketch::USUAL_LIMIT | u32::MAX);
    if !told {
        out.extend(sketch.limit().to_le_bytes());
    }
}

fn encode_evidence(evidence: Evidence, out: &mut Vec<u8>) {
    match evidence {
        Evidence::Exact => out.push(0),
        Evidence::Simhash { distance } => {
            out.push(1);
            put_number(u64::from(distance), out);
        }
        Evidence::Shingles { shared, of } => {
            out.push(2);
            put_number(u64::from(shared), out);
            put_number(u64::from(of), out);
        }
    }
}

/// The document in `bytes`, which end with it; `None` if it is none.
pub(super) fn decode(mut bytes: &[u8], simhash: u64) -> Option<Document> {
    let bytes = &mut bytes;
    let flags = *bytes.split_off_first()?;
    let has = |flag| flags & flag != 0;
    let name = take_len(bytes)?;
    let name = str::from_utf8(bytes.split_off(..name)?).ok()?;
    let content = ContentHash::from_bytes(take_array(bytes)?);
    let words = take_small(bytes)?;
    let site = if has(flag::SITE) { take_u32(bytes)? } else { 0 };
    let shingles = if has(flag::TWIN) {
        Sketch::default()
    } else {
        decode_sketch(flags, bytes)?
    };
    let mut facts = Vec::new();
    if has(flag::FACTS) {
        let count = take_len(bytes)?.min(bytes.len() / 4);
        for _ in 0..count {
            facts.push(take_u32(bytes)?);
        }
    }
    let fate = if has(flag::COPY) {
        Fate::Copy {
            of: take_small(bytes)?,
            share: Share(u16::try_from(take_number(bytes)?).ok()?),
            evidence: decode_evidence(bytes)?,
        }
    } else {
        let count = if has(flag::UNCOUNTED) {
            take_len(bytes)?
        } else {
            0
        };
        let mut uncounted = Vec::new();
        let mut position = 0u16;
        for _ in 0..count {
            position = position.checked_add(u16::try_from(take_number(bytes)?).ok()?)?;
            uncounted.push(position);
        }
        Fate::Kept {
            uncounted: uncounted.into(),
        }
    };
    bytes.is_empty().then(|| Document {
        name: name.into(),
        site,
        print: Fingerprint {
            content,
            simhash: has(flag::SIMHASH).then_some(simhash),
            words,
            shingles,
            facts: Facts::from_sorted(facts),
        },
        twin: has(flag::TWIN),
        fate,
    })
}

fn decode_sketch(flags: u8, bytes: &mut &[u8]) -> Option<Sketch> {
    let count = take_len(bytes)?;
    let width = u32::from(*bytes.split_off_first()?);
    if width > 32 {
        return None;
    }
    let mut packed = bytes.split_off(..packed_len(count, width))?.to_vec();
    packed.extend([0; PADDING]);
    let keys: Option<Vec<u32>> = (0..count)
        .map(|at| u32::try_from(unpack(&packed, at, width)?).ok())
        .collect();
    let limit = match flags & flag::LIMIT {
        flag::LIMIT_USUAL => Sketch::USUAL_LIMIT,
        flag::LIMIT_WHOLE => u32::MAX,
        flag::LIMIT_SELF => take_u32(bytes)?,
        _ => return None,
    };
    Sketch::from_text_order(&keys?, limit)
}

fn decode_evidence(bytes: &mut &[u8]) -> Option<Evidence> {
    Some(match *bytes.split_off_first()? {
        0 => Evidence::Exact,
        1 => Evidence::Simhash {
            distance: take_small(bytes)?,
        },
        2 => Evidence::Shingles {
            shared: take_small(bytes)?,
            of: take_small(bytes)?,
        },
        _ => return None,
    })
}

fn take_small(bytes: &mut &[u8]) -> Option<u32> {
    u32::try_from(take_number(bytes)?).ok()
}

/// A number of things of which each takes at least a bit; more than that is
/// damage.
fn take_len(bytes: &mut &[u8]) -> Option<usize> {
    let len = usize::try_from(take_number(bytes)?).ok()?;
    (len <= bytes.len() * 8).then_some(len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document() -> impl Strategy<Value = Document> {
        let fate = prop_oneof![
            prop::collection::btree_set(0..300u16, 0..9).prop_map(|set| Fate::Kept {
                uncounted: set.into_iter().collect()
            }),
            (any::<u32>(), 0..=10_000u16, any::<u32>(), any::<u32>()).prop_map(
                |(of, share, shared, keys)| {
                    Fate::Copy {
                        of,
                        share: Share(share),
                        evidence: Evidence::Shingles { shared, of: keys },
                    }
                }
            ),
            any::<u32>().prop_map(|of| Fate::Copy {
                of,
                share: Share(10_000),
                evidence: Evidence::Exact
            }),
        ];
        (
            "\\PC{0,20}",
            any::<u32>(),
            "[a-z0-9 ]{0,2000}",
            any::<bool>(),
            fate,
        )
            .prop_map(|(name, site, text, twin, fate)| {
                let print = Fingerprint::of(&text);
                Document {
                    name: name.into(),
                    site,
                    print: if twin { print.without_sample() } else { print },
                    twin,
                    fate,
                }
            })
    }

    proptest! {
        #[test]
        fn a_document_is_read_as_it_was_written(document in document()) {
            let mut bytes = Vec::new();
            encode(&document, &mut bytes);
            let simhash = document.print.simhash.unwrap_or(0);
            prop_assert_eq!(decode(&bytes, simhash), Some(document));
        }

        #[test]
        fn damaged_bytes_are_no_crash(document in document(), at in any::<usize>(), byte in any::<u8>(), cut in 0..40usize) {
            let mut bytes = Vec::new();
            encode(&document, &mut bytes);
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut.min(bytes.len()));
            decode(&bytes, 0);
        }
    }
}
