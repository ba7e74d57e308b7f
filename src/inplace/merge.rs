//! Bringing back what a run took out of a file that was changed since.
//!
//! A three-way merge by lines, with what the run left as the common ancestor:
//! what was changed since stays, and what the run took comes back, unless both
//! are about the same lines.

use similar::TextMerge;

use super::{journal::Change, store::Store};

/// Why a file cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    /// The line of the file as it is now, from 1, if it is about one.
    pub(super) line: Option<usize>,
    /// Why, as a phrase.
    pub(super) reason: &'static str,
}

/// `current` with what `change` took out of it.
pub(super) fn merge(change: &Change, store: &Store, current: &[u8]) -> Result<Vec<u8>, Conflict> {
    let refuse = |reason| Conflict { line: None, reason };
    let Some(digest) = change.before else {
        return Err(refuse("was made by the run and changed since"));
    };
    let before = store
        .get(digest)
        .map_err(|_| refuse("what it held cannot be read any more"))?;
    let after = after(change, store, &before)
        .ok_or_else(|| refuse("what the run left of it cannot be read any more"))?;
    let text = |bytes| str::from_utf8(bytes).map_err(|_| refuse("is not UTF-8"));
    lines(text(&before)?, text(&after)?, text(current)?)
}

/// What the run left of a file.
fn after(change: &Change, store: &Store, before: &[u8]) -> Option<Vec<u8>> {
    let digest = change.after?;
    if change.cuts.is_empty() {
        return store.get(digest).ok();
    }
    let mut left = Vec::with_capacity(before.len());
    let mut from = 0;
    for &(start, end) in &change.cuts {
        left.extend_from_slice(before.get(from..start)?);
        from = end;
    }
    left.extend_from_slice(before.get(from..)?);
    (xxhash_rust::xxh3::xxh3_128(&left) == digest).then_some(left)
}

/// Merges by lines.
fn lines(before: &str, after: &str, current: &str) -> Result<Vec<u8>, Conflict> {
    let merge = TextMerge::from_lines(after, current, before);
    if let Some(conflict) = merge.conflicts().next() {
        return Err(Conflict {
            line: Some(conflict.ours_range().start + 1),
            reason: "was changed where the run took something out",
        });
    }
    Ok(merge.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(before: &str, after: &str, current: &str) -> Result<String, Conflict> {
        lines(before, after, current).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn what_was_taken_comes_back_beside_what_was_changed() {
        assert_eq!(
            merged("husk\na\nb\nc\nhusk", "a\nb\nc\n", "a\nB\nc\n").unwrap(),
            "husk\na\nB\nc\nhusk"
        );
        assert_eq!(
            merged(
                "a\r\nb husk\r\nc\r\nd\r\n",
                "a\r\nb\r\nc\r\nd\r\n",
                "a\r\nb\r\nc\r\nd!\r\n"
            )
            .unwrap(),
            "a\r\nb husk\r\nc\r\nd!\r\n"
        );
    }

    #[test]
    fn a_change_at_the_same_place_is_a_conflict_that_is_named() {
        let conflict = merged("a\nb\nhusk\nc\n", "a\nb\nc\n", "a\nb\nmore\nc\n").unwrap_err();
        assert_eq!(conflict.line, Some(3));
        assert!(merged("a\nb husk\n", "a\nb\n", "a\nB\n").is_err());
    }

    proptest! {
        #[test]
        fn changes_of_lines_that_are_apart_are_all_there(
            lines in 6usize..40, husks in prop::collection::btree_set(0usize..20, 1..5), edits in prop::collection::btree_set(0usize..20, 1..5),
        ) {
            // Husks stand before lines 0, 4, 8 …; the lines between, two away
            // from either neighbour, are those that are edited.
            let (mut before, mut after, mut current, mut expected) =
                (String::new(), String::new(), String::new(), String::new());
            for line in 0..lines {
                if line % 4 == 0 && husks.contains(&(line / 4)) {
                    let husk = format!("husk {line}\n");
                    before += &husk;
                    expected += &husk;
                }
                let own = format!("line {line}\n");
                let edited = if line % 4 == 2 && edits.contains(&(line / 4)) {
                    format!("edited {line}\n")
                } else {
                    own.clone()
                };
                before += &own;
                after += &own;
                current += &edited;
                expected += &edited;
            }
            prop_assert_eq!(merged(&before, &after, &current).unwrap(), expected);
        }
    }
}
