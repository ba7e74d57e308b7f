//! What the model is asked about a line: the line itself, its neighbours, its
//! place, and how it relates to the rest of the document.
//!
//! All features are neutral to language and script: counts, shares, shapes,
//! places, and which words a line shares with other lines of the same
//! document. None knows a word.

/// Declares the features once: as fields, as an array, by name and in words.
macro_rules! features {
    ($($name:ident: $about:literal,)*) => {
        /// The features of one line; flags are 0 or 1.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct Features {
            $(#[doc = $about] pub(super) $name: f32,)*
        }

        impl Features {
            /// Names, in the order of [`Features::values`].
            pub(super) const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];
            /// What each is, for a person.
            pub(super) const ABOUT: &'static [&'static str] = &[$($about),*];

            /// The features as numbers.
            pub(super) fn values(&self) -> [f32; Self::NAMES.len()] {
                [$(self.$name),*]
            }
        }
    };
}

features! {
    // The line.
    chars: "characters",
    words: "words",
    word_length: "letters per word",
    digit_share: "share of digits",
    numbers: "numbers",
    capital_share: "share of words with a capital",
    shouted_share: "share of words in capitals",
    small_share: "share of short words",
    starts_small: "begins with a small letter",
    sentences: "sentence ends inside",
    clauses: "commas",
    ends_sentence: "ends as a sentence does",
    ends_colon: "ends with a colon",
    ends_question: "ends with a question mark",
    ends_ellipsis: "ends with dots or an arrow",
    separators: "bars, arrows and bullets",
    code_share: "share of signs as in code",
    glued_share: "share of words glued to the next",
    remains: "is what is left of a link",
    currency: "a currency sign",
    rights: "a copyright or trade mark sign",
    handles: "handles or hashtags",
    address: "a web address",
    year: "a year",
    clock: "a time of day",
    links: "links",
    link_share: "share of text in links",
    pictures: "pictures",
    item: "is a list item",
    heading: "heading level",
    cell: "has cell bars",
    quoted: "is quoted",
    strong: "is bold",
    sign_share: "share of signs",
    prose: "likeness to prose",
    // The lines before and after it.
    before_words: "words in the line before",
    before_prose: "likeness of the line before to prose",
    before_links: "share of links in the line before",
    before_capitals: "share of capitals in the line before",
    before_heading: "heading level of the line before",
    before_item: "the line before is a list item",
    after_words: "words in the line after",
    after_prose: "likeness of the line after to prose",
    after_links: "share of links in the line after",
    after_capitals: "share of capitals in the line after",
    after_heading: "heading level of the line after",
    after_item: "the line after is a list item",
    parted_before: "blank lines before",
    parted_after: "blank lines after",
    // The five and the fifteen lines before and after it.
    before5_words: "length of the five lines before",
    before5_prose: "likeness to prose of the five lines before",
    before5_links: "share of links of the five lines before",
    before5_digits: "share of digits of the five lines before",
    before5_capitals: "share of capitals of the five lines before",
    before5_ends: "share of sentence ends of the five lines before",
    after5_words: "length of the five lines after",
    after5_prose: "likeness to prose of the five lines after",
    after5_links: "share of links of the five lines after",
    after5_digits: "share of digits of the five lines after",
    after5_capitals: "share of capitals of the five lines after",
    after5_ends: "share of sentence ends of the five lines after",
    before15_prose: "likeness to prose of the fifteen lines before",
    before15_links: "share of links of the fifteen lines before",
    before15_words: "length of the fifteen lines before",
    after15_prose: "likeness to prose of the fifteen lines after",
    after15_links: "share of links of the fifteen lines after",
    after15_words: "length of the fifteen lines after",
    near_deviation: "length against the lines around",
    // Its place.
    lines_before: "lines before",
    lines_after: "lines after",
    share_before: "share of the text before",
    chars_before: "characters before",
    chars_after: "characters after",
    prose_before: "lines of prose before",
    prose_after: "lines of prose after",
    prose_share_before: "share of the prose before",
    to_prose_before: "lines since the last prose",
    to_prose_after: "lines to the next prose",
    gap_chars: "characters between the prose before and after",
    body: "before (-1), in (0) or after (1) the main body",
    to_body_start: "lines to the start of the main body",
    to_body_end: "lines since the end of the main body",
    body_share: "share of the main body in the text",
    // Runs.
    run_lines: "lines in a row without prose",
    run_words: "words per line in that row",
    run_place: "place in that row",
    shape_run: "lines in a row of the same shape",
    item_run: "list items in a row",
    // The rest of the document.
    copies: "copies of the line",
    copied_before: "copies before",
    copied_near: "copies nearby",
    common_share: "share of words that all the prose has",
    known_share: "share of words that other lines have",
    body_overlap: "share of words that the main body has",
    head_overlap: "share of words that the first paragraphs have",
    before_overlap: "share of words that were there before",
    after_overlap: "share of words that come again",
    near_overlap: "share of words in the prose ahead that were there before",
    title_overlap: "share of words that the headline has",
    drift: "change of that share here",
    // The document.
    all_lines: "lines in the document",
    all_chars: "characters in the document",
    all_prose_share: "share of prose in the document",
    all_link_share: "share of links in the document",
    all_words_mean: "words per line in the document",
    all_item_share: "share of list items in the document",
    all_heading_share: "share of headings in the document",
    all_digits: "share of digits in the document",
    all_unspaced: "letters per word in the document",
    all_cased: "share of words with cases in the document",
}
