//! What was found in one text, as bytes.

use std::ops::Range;

use crate::{
    Code, Fingerprint, Removal,
    bytes::{put_number, take_number},
};

/// What cleaning found in a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finds {
    /// What goes, in order, not overlapping.
    pub(crate) removals: Vec<Removal>,
    /// What would go if it left more than a husk.
    pub(crate) withheld: Vec<Removal>,
    /// How many places rules name that this level does not take.
    pub(crate) hidden: usize,
    /// What duplicates of the text are found by.
    pub(crate) print: Print,
}

/// What duplicates of a text are found by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Print {
    /// Nobody asked for it.
    NotTaken,
    /// The text has no words.
    Blank,
    /// This.
    Taken(Box<Fingerprint>),
}

impl Finds {
    /// The finds as bytes; `None` for finds that are not in the text.
    pub(super) fn store(&self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        put(self.hidden, &mut out);
        for list in [&self.removals, &self.withheld] {
            put(list.len(), &mut out);
            for removal in list {
                let span = removal.span()?;
                let code = removal.code.as_str();
                put(span.start, &mut out);
                put(span.len(), &mut out);
                put(code.len(), &mut out);
                out.extend(code.as_bytes());
            }
        }
        match &self.print {
            Print::NotTaken => out.push(0),
            Print::Blank => out.push(1),
            Print::Taken(print) => {
                out.push(2);
                print.store(&mut out);
            }
        }
        Some(out)
    }

    /// The finds that are all of `from`; `None` if they are not finds in
    /// `text`. A fix cuts by them, so nothing is taken on trust.
    pub(super) fn restore(mut from: &[u8], text: &str) -> Option<Self> {
        let from = &mut from;
        let hidden = take(from)?;
        let removals = removals(from, text)?;
        let withheld = self::removals(from, text)?;
        let (state, rest) = from.split_first()?;
        *from = rest;
        let print = match state {
            0 => Print::NotTaken,
            1 => Print::Blank,
            2 => Print::Taken(Box::new(Fingerprint::restore(from)?)),
            _ => return None,
        };
        from.is_empty().then_some(Self {
            removals,
            withheld,
            hidden,
            print,
        })
    }
}

fn removals(from: &mut &[u8], text: &str) -> Option<Vec<Removal>> {
    let count = take(from)?;
    // Each has four bytes at least, so a wrong count cannot ask for memory.
    let mut removals = Vec::with_capacity(count.min(from.len() / 4));
    let mut reached = 0;
    for _ in 0..count {
        let start = take(from)?;
        let span = start..start.checked_add(take(from)?)?;
        let len = take(from)?;
        let (code, rest) = from.split_at_checked(len)?;
        *from = rest;
        if span.start < reached || !is_in(text, &span) {
            return None;
        }
        reached = span.end;
        removals.push(Removal::text(Code::from(str::from_utf8(code).ok()?), span));
    }
    Some(removals)
}

/// Whether a text has whole characters at `span`.
fn is_in(text: &str, span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some()
}

fn put(number: usize, out: &mut Vec<u8>) {
    put_number(number as u64, out);
}

fn take(from: &mut &[u8]) -> Option<usize> {
    usize::try_from(take_number(from)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(spans: &[(usize, usize)]) -> Finds {
        let removals: Vec<Removal> = spans
            .iter()
            .map(|&(start, end)| Removal::text("AD001".into(), start..end))
            .collect();
        Finds {
            withheld: removals[..removals.len().min(1)].to_vec(),
            removals,
            hidden: 300,
            print: Print::Blank,
        }
    }

    #[test]
    fn finds_that_do_not_fit_the_text_are_none() {
        let text = "aéb\nhusk\n";
        let restored =
            |spans: &[(usize, usize)]| Finds::restore(&finds(spans).store().unwrap(), text);
        assert_eq!(
            restored(&[(0, 3), (5, 10)]),
            Some(finds(&[(0, 3), (5, 10)]))
        );
        for wrong in [
            &[(0, 2)][..],
            &[(5, 11)],
            &[(5, 10), (0, 3)],
            &[(0, 3), (1, 4)],
        ] {
            assert_eq!(restored(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..60), text in ".{0,20}") {
            if let Some(finds) = Finds::restore(&bytes, &text) {
                crate::cut(&text, &finds.removals);
            }
        }

        #[test]
        fn numbers_come_back(number in any::<usize>()) {
            let mut out = Vec::new();
            put(number, &mut out);
            let mut rest = &out[..];
            prop_assert_eq!(take(&mut rest), Some(number));
            prop_assert!(rest.is_empty());
        }
    }
}
