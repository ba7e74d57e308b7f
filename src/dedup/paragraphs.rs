//! Paragraphs that several documents of a site have.
//!
//! Copies of documents are found by likeness; a paragraph has to be the same,
//! letter by letter, before anything is done about it: it is short, and what
//! differs may be what it says. Only a paragraph that can go without breaking
//! a sentence is looked at, and of none of the kinds that are repeated because
//! they are part of a text: headlines, lists, tables, code and quotations.

use std::{collections::HashMap, ops::Range};

use xxhash_rust::xxh3::xxh3_128;

use super::keys::KeyHasher;
use crate::{
    Code, Format, Removal,
    clean::normal_form,
    removal::cut,
    rules::words::{ends_sentence, words},
};

/// The step that takes or reports paragraphs, as the steps of extraction are
/// listed.
pub const STEPS: &[(&str, &str)] = &[(
    "PAR001",
    "a paragraph that an earlier document of the same site has",
)];

/// What is done about paragraphs that an earlier document of the site has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paragraphs {
    /// The manifest names them; the text stays.
    Report,
    /// They go, unless too little would be left. The first document keeps its
    /// own.
    Remove,
}

/// Fewer words than this are no paragraph: headlines, captions, bylines and
/// dates are repeated as a matter of course. Ten is a short sentence, and
/// shorter ones that go from a page of a site are the business of rules.
const MIN_WORDS: usize = 10;

/// No more of a document's words than this share go. What repeats more than
/// half of itself is a version of another text, and about those
/// [whole documents](super) are compared.
const MOST_TAKEN: f64 = 0.5;

/// What a line begins with if it is part of a list, a table, a quotation or a
/// headline; quotation marks among them.
const NOT_PROSE: &[char] = &[
    '>', '|', '#', '-', '*', '+', '•', '·', '–', '—', '"', '\'', '“', '„', '”', '‘', '’', '«', '»',
    '‹', '「', '『', '`', '~', '[', '!',
];

/// Whether a line begins as an item of a numbered list does: `1.`, `12)`, `a)`.
fn is_numbered(line: &str) -> bool {
    let mark = line.find(['.', ')']).map(|end| &line[..end]);
    mark.is_some_and(|mark| {
        let mut chars = mark.chars();
        let digits = mark.len() <= 3 && mark.bytes().all(|byte| byte.is_ascii_digit());
        let letter = chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none();
        !mark.is_empty() && (digits || letter)
    })
}

/// The paragraphs of a clean text, and where they were before it was cleaned.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    format: Format,
    /// The document's text without what was removed, before it was brought
    /// into the normal form.
    text: String,
    /// Parts of the document's text that are left: where each begins in `text`
    /// and in the document.
    parts: Vec<(usize, usize)>,
    paragraphs: Vec<Paragraph>,
    words: usize,
}

/// A paragraph that may go.
#[derive(Clone, Debug, PartialEq)]
struct Paragraph {
    /// Bytes of [`Outline::text`], with the blank lines behind it.
    span: Range<usize>,
    /// XXH3-128 of its words with one blank between them.
    hash: u128,
    words: usize,
}

/// A paragraph that an earlier document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Its place among the paragraphs of the outline.
    at: usize,
    /// What the earlier document was numbered.
    pub(crate) first: u32,
}

impl Outline {
    /// Of a document's text from which `removals` were taken, in order.
    pub(crate) fn of(document: &str, removals: &[Removal], format: Format) -> Self {
        let text = cut(document, removals);
        let mut parts = Vec::new();
        let (mut here, mut from) = (0, 0);
        for span in removals.iter().filter_map(Removal::span) {
            parts.push((here, from));
            here += span.start - from;
            from = span.end;
        }
        parts.push((here, from));
        Self {
            format,
            paragraphs: paragraphs(&text),
            words: words(&text),
            text,
            parts,
        }
    }

    /// Where a paragraph was in the document: bytes of its text, in order.
    /// Several where something else was taken out of the paragraph.
    pub(crate) fn places(&self, repeated: Repeated) -> Vec<Range<usize>> {
        let span = &self.paragraphs[repeated.at].span;
        let mut places = Vec::new();
        for (number, &(here, there)) in self.parts.iter().enumerate() {
            let next = self.parts.get(number + 1);
            let end = next.map_or(self.text.len(), |&(here, _)| here);
            let (from, to) = (span.start.max(here), span.end.min(end));
            if from < to {
                places.push(there + (from - here)..there + (to - here));
            }
        }
        places
    }

    /// Whether enough is left of the document without these.
    pub(crate) fn can_spare(&self, repeated: &[Repeated]) -> bool {
        let taken: usize = repeated
            .iter()
            .map(|repeated| self.paragraphs[repeated.at].words)
            .sum();
        crate::rules::words::share(taken, self.words) <= MOST_TAKEN
    }

    /// The clean text without these, in the normal form.
    pub(crate) fn without(&self, repeated: &[Repeated]) -> String {
        let code = step();
        let removals: Vec<Removal> = repeated
            .iter()
            .map(|repeated| Removal::text(code.clone(), self.paragraphs[repeated.at].span.clone()))
            .collect();
        normal_form(&cut(&self.text, &removals), self.format).into_owned()
    }
}

/// The code of the step.
pub(crate) fn step() -> Code {
    Code::from(STEPS[0].0)
}

/// The paragraphs of the documents so far, and which document had them first.
#[derive(Debug, Default)]
pub(crate) struct KnownParagraphs {
    first: HashMap<u128, u32, KeyHasher>,
}

impl KnownParagraphs {
    /// The paragraphs of a document that an earlier one of its site has, in
    /// order. From now on, those that are new are known as those of the
    /// document `number`. Only documents that are written may be given: what
    /// is taken from a later one must be somewhere.
    pub(crate) fn meet(&mut self, site: &str, number: u32, outline: &Outline) -> Vec<Repeated> {
        let site = xxh3_128(site.as_bytes());
        let mut repeated = Vec::new();
        for (at, paragraph) in outline.paragraphs.iter().enumerate() {
            let first = *self.first.entry(paragraph.hash ^ site).or_insert(number);
            // What a document repeats of itself is its own affair.
            if first != number {
                repeated.push(Repeated { at, first });
            }
        }
        repeated
    }
}

/// Lines between blank lines.
struct Block<'t> {
    span: Range<usize>,
    text: &'t str,
    fenced: bool,
}

/// The paragraphs that can go without breaking a sentence.
fn paragraphs(text: &str) -> Vec<Paragraph> {
    let blocks = blocks(text);
    let mut found = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| blocks[at].text);
        let after = blocks.get(at + 1).map(|block| block.text);
        if block.fenced || !is_whole(block.text, before, after) {
            continue;
        }
        let words = words(block.text);
        if words >= MIN_WORDS {
            found.push(Paragraph {
                span: block.span.clone(),
                hash: hash(block.text),
                words,
            });
        }
    }
    found
}

fn hash(paragraph: &str) -> u128 {
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    xxh3_128(words.join(" ").as_bytes())
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let (mut at, mut open, mut in_fence) = (0, false, false);
    for line in text.split_inclusive('\n') {
        let span = at..at + line.len();
        at = span.end;
        let bare = line.trim();
        let fence = bare.starts_with("```") || bare.starts_with("~~~");
        let is_blank = bare.is_empty();
        if let Some(last) = blocks.last_mut()
            && (open || is_blank)
        {
            last.span.end = span.end;
            if !is_blank {
                last.text = &text[last.span.clone()];
                last.fenced |= fence || in_fence;
            }
        } else if !is_blank {
            blocks.push(Block {
                text: &text[span.clone()],
                span,
                fenced: fence || in_fence,
            });
        }
        open = !is_blank;
        in_fence ^= fence;
    }
    blocks
}

/// Whether a block is prose, and begins and ends where sentences do. A block
/// behind a line that ends as no sentence does is spared: the line may be the
/// headline of it, or the first half of its sentence.
fn is_whole(block: &str, before: Option<&str>, after: Option<&str>) -> bool {
    let ends = |text: &str| ends_sentence(text) && !text.trim_end().ends_with([';', '；']);
    // What is indented may be a part of a list item, and a break at the end of a
    // line is one of verses.
    let lines_are_prose = block.lines().all(|line| {
        let breaks = line.ends_with("  ") || line.ends_with('\\');
        let indented = line.starts_with(char::is_whitespace);
        !indented && !breaks && !line.starts_with(NOT_PROSE) && !is_numbered(line)
    });
    // A question belongs to its answer.
    let asks = block.trim_end().ends_with(['?', '？', '؟', ';']);
    lines_are_prose
        && !asks
        && ends(block)
        && begins_sentence(block)
        && before.is_none_or(ends)
        && after.is_none_or(begins_sentence)
}

/// Whether the first letter or digit is not a small letter.
fn begins_sentence(text: &str) -> bool {
    let first = text.chars().find(|char| char.is_alphanumeric());
    first.is_none_or(|char| !char.is_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IMPRINT: &str =
        "The museum is run by a society of friends, who welcome gifts of any size.";

    fn found(text: &str) -> Vec<&str> {
        let found = paragraphs(text).into_iter();
        found.map(|one| text[one.span].trim()).collect()
    }

    #[test]
    fn a_paragraph_of_whole_sentences_is_found() {
        let text = format!("A mill was moved.\n\n{IMPRINT}\n\nIt stands by the lake.\n");
        assert_eq!(found(&text), [IMPRINT]);
        let wrapped = IMPRINT.replace(", ", ",\n");
        assert_eq!(found(&wrapped), [wrapped.as_str()]);
        assert_eq!(hash(&wrapped), hash(IMPRINT));
    }

    #[test]
    fn a_part_of_a_sentence_is_never_found() {
        for (before, block, after) in [
            ("He said that", IMPRINT, "So it is."),
            ("He said:", IMPRINT, "So it is."),
            ("So it is.", IMPRINT.trim_end_matches('.'), "So it is."),
            ("So it is.", IMPRINT, "and nobody knew why."),
            (
                "So it is.",
                "the museum is run by a society of friends, who welcome gifts.",
                "So.",
            ),
        ] {
            let text = format!("{before}\n\n{block}\n\n{after}\n");
            assert_eq!(found(&text), [""; 0], "{text}");
        }
    }

    #[test]
    fn headlines_lists_tables_code_and_quotations_are_never_found() {
        for block in [
            "A mill moves to the lake, and a society of friends pays for it",
            "- The museum is run by a society of friends, who welcome gifts of any size.",
            "> The museum is run by a society of friends, who welcome gifts of any size.",
            "| The museum is run by a society | of friends, who welcome gifts of any size. |",
            "“The museum is run by a society of friends, who welcome gifts of any size.”",
            "    The museum is run by a society of friends, who welcome gifts of any size.",
            "```\nThe museum is run by a society of friends, who welcome gifts of any size.\n```",
            "```\n\nThe museum is run by a society of friends, who welcome gifts of any size.\n\n```",
            "So it is.",
        ] {
            assert_eq!(found(block), [""; 0], "{block}");
        }
    }

    #[test]
    fn a_paragraph_is_known_by_its_site_and_every_letter() {
        let mut known = KnownParagraphs::default();
        let outline = |text: &str| Outline::of(text, &[], Format::Text);
        let cheap = "A day at the museum by the lake costs 5 pounds for each of you.";
        let dear = "A day at the museum by the lake costs 50 pounds for each of you.";
        let twice = format!("{cheap}\n\n{cheap}\n");
        assert!(known.meet("a.org", 0, &outline(&twice)).is_empty());
        assert!(known.meet("b.org", 1, &outline(cheap)).is_empty());
        assert!(known.meet("a.org", 2, &outline(dear)).is_empty());
        let repeated = known.meet("a.org", 3, &outline(cheap));
        assert_eq!(repeated, [Repeated { at: 0, first: 0 }]);
    }

    #[test]
    fn a_document_that_repeats_more_than_half_of_itself_can_spare_nothing() {
        let own = "The mill was built by a carpenter from the village in one summer.";
        let short = Outline::of(&format!("It moved.\n\n{IMPRINT}"), &[], Format::Text);
        let long = Outline::of(&format!("{own}\n\n{own}\n\n{IMPRINT}"), &[], Format::Text);
        let last = |outline: &Outline| Repeated {
            at: outline.paragraphs.len() - 1,
            first: 0,
        };
        assert!(!short.can_spare(&[last(&short)]));
        assert!(long.can_spare(&[last(&long)]));
        assert_eq!(long.without(&[last(&long)]), format!("{own}\n\n{own}\n"));
    }

    #[test]
    fn items_verses_and_questions_are_never_found() {
        for block in [
            format!("1. {IMPRINT}"),
            format!("12) {IMPRINT}"),
            format!("a) {IMPRINT}"),
            format!("  {IMPRINT}"),
            IMPRINT.replace(", ", ",  \n"),
            IMPRINT.replace(", ", ",\\\n"),
            IMPRINT.replace('.', "?"),
        ] {
            let text = format!("So it is.\n\n{block}\n\nSo it is.\n");
            assert_eq!(found(&text), [""; 0], "{text}");
        }
        let year = format!("2024 was a good year. {IMPRINT}");
        assert_eq!(found(&year), [year.as_str()]);
    }

    /// Documents of some few blocks, of which parts were taken.
    fn documents() -> impl Strategy<Value = Vec<(String, Vec<Removal>)>> {
        let block = prop_oneof![
            Just(IMPRINT.to_owned()),
            Just(IMPRINT.replace(", ", ",\r\n")),
            Just("A headline of the day".to_owned()),
            Just("今天天气很好。今天天气很好。今天天气很好。".to_owned()),
            "[A-C][a-c ]{0,30}( and so on){0,3}[.,]?",
        ];
        let document =
            prop::collection::vec((block, "(\r?\n ?){1,3}"), 0..6).prop_flat_map(|blocks| {
                let text: String = blocks
                    .into_iter()
                    .map(|(block, gap)| block + &gap)
                    .collect();
                let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                let cuts = prop::collection::btree_set(0..starts.len().max(1), 0..6);
                (Just(text), Just(starts), cuts)
            });
        let cut = document.prop_map(|(text, starts, cuts)| {
            let cuts: Vec<usize> = cuts
                .into_iter()
                .filter_map(|at| starts.get(at).copied())
                .collect();
            let spans = cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]);
            let removals = spans
                .map(|span| Removal::text("NAV001".into(), span))
                .collect();
            (text, removals)
        });
        prop::collection::vec(cut, 1..8)
    }

    proptest! {
        #[test]
        fn what_is_kept_and_what_is_removed_are_the_document(documents in documents()) {
            let mut known = KnownParagraphs::default();
            let mut written: Vec<String> = Vec::new();
            for (number, (text, mut removals)) in documents.into_iter().enumerate() {
                let outline = Outline::of(&text, &removals, Format::Text);
                let repeated = known.meet("", u32::try_from(number).unwrap(), &outline);
                let clean = outline.without(&repeated);
                for &one in &repeated {
                    // It stands in a document that was written before.
                    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                    let paragraph = plain(&outline.text[outline.paragraphs[one.at].span.clone()]);
                    prop_assert!(plain(&written[one.first as usize]).contains(&paragraph));
                    removals.extend(outline.places(one).into_iter().map(|span| Removal::text(step(), span)));
                }
                removals.sort_by_key(|removal| removal.span().map(|span| span.start));
                let spans: Vec<_> = removals.iter().filter_map(Removal::span).collect();
                prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
                let kept = cut(&text, &removals);
                prop_assert_eq!(normal_form(&kept, Format::Text), clean.as_str());
                let taken: usize = removals.iter().map(Removal::bytes).sum();
                prop_assert_eq!(kept.len() + taken, text.len());
                written.push(clean);
            }
        }
    }
}
