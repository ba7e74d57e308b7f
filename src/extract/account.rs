//! What extraction took, as [`Removal`]s.

// Writing to a `String` cannot fail: the results of `write!` are passed over.
use std::fmt::Write as _;

use scraper::ElementRef;

use super::{
    blocks::{Omission, Page},
    classical,
    decide::Decision,
    features::Features,
    hints,
    kinds::{Kind, is_control},
    source::prepare,
    strip::strip,
    twice::Said,
    walk::is_whole,
};
use crate::{Code, Location, NodeLocation, Removal, rules::prefix};

/// The steps of extraction that take something. The code is what reports show
/// and what `dehusk explain` describes.
pub const STEPS: &[(&str, &str)] = &[
    ("EXT001", "outside the main content"),
    ("EXT002", "a menu, bread crumbs or page numbers"),
    ("EXT003", "the header of the page"),
    ("EXT004", "the footer of the page"),
    (
        "EXT005",
        "beside the main content: a side column, related pages, promotion",
    ),
    ("EXT006", "readers' comments under the main content"),
    ("EXT007", "not shown to readers of the page"),
    ("EXT008", "a control of a form"),
    (
        "EXT009",
        "markup for readers without scripts that repeats the page",
    ),
    ("EXT010", "the labels of a drawing"),
    ("EXT011", "the reading of a word, written beside it"),
    ("EXT012", "a copy of text that is kept"),
];

/// Step codes, made once a page so that removals share them.
struct Codes {
    codes: Vec<Code>,
}

impl Codes {
    fn new() -> Self {
        Self {
            codes: STEPS.iter().map(|(code, _)| Code::from(*code)).collect(),
        }
    }

    fn step(&self, number: usize) -> Code {
        self.codes[number - 1].clone()
    }
}

/// Longest shown way down to a node, in elements; the innermost are shown.
const MAX_PATH: usize = 12;

/// Shown characters of a removed text.
const MAX_TEXT: usize = 80;

/// Bytes of text below an element that is not read, after which counting
/// stops: the count is for a person.
const MAX_COUNTED: usize = 1 << 20;

/// Names everything that `page` had and the kept blocks have not.
///
/// An element of which nothing is kept is one removal, however much is in it;
/// blocks dropped beside kept ones are one each.
pub(super) fn removals(page: &Page<'_>, keep: &[bool]) -> Vec<Removal> {
    let codes = Codes::new();
    let mut removals: Vec<Removal> = page
        .omissions
        .iter()
        .filter_map(|(node, omission)| omitted(*node, omission, &codes))
        .collect();
    let mut kept_before = Vec::with_capacity(keep.len() + 1);
    let mut sum = 0_usize;
    kept_before.push(0);
    for &kept in keep {
        sum += usize::from(kept);
        kept_before.push(sum);
    }
    let said = Said::of(page, keep);
    let mut block = 0;
    let mut element = 0;
    while block < page.blocks.len() {
        if keep[block] {
            block += 1;
            continue;
        }
        // The outermost element that begins here and keeps nothing.
        while element < page.elements.len() {
            let range = &page.elements[element].blocks;
            let begins_here = range.start >= block && !range.is_empty();
            if range.start > block
                || (begins_here && kept_before[range.start] == kept_before[range.end])
            {
                break;
            }
            element += 1;
        }
        let whole = page
            .elements
            .get(element)
            .filter(|found| found.blocks.start == block && !found.blocks.is_empty());
        let (at, blocks) = match whole {
            Some(found) => (element, found.blocks.clone()),
            None => (page.blocks[block].element, block..block + 1),
        };
        let text = page.blocks[blocks.start].text.start..page.blocks[blocks.end - 1].text.end;
        let copied = blocks.clone().all(|block| said.contains(page, block));
        removals.push(Removal {
            code: codes.step(if copied { 12 } else { step(page, at) }),
            location: Location::Node(NodeLocation {
                path: path(page, at),
                text: first_words(&page.text[text]),
                bytes: page.blocks[blocks.clone()]
                    .iter()
                    .map(|block| block.text.len())
                    .sum(),
            }),
        });
        block = blocks.end;
    }
    removals
}

/// Markup for readers without scripts that was not taken, a removal for each
/// of the `parts` that has text.
pub(super) fn noscript<'a>(parts: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Removal> {
    let codes = Codes::new();
    parts
        .map(|part| strip(&prepare(part).html))
        .filter(|text| !text.is_empty())
        .map(move |text| unread(codes.step(9), "noscript", &text))
}

/// The labels of drawings, a removal for each.
pub(super) fn drawings(labels: &[String]) -> impl Iterator<Item = Removal> {
    let codes = Codes::new();
    let labels = labels.iter();
    labels.map(move |text| unread(codes.step(10), "svg", text))
}

/// A part of the source that no parser saw.
fn unread(code: Code, path: &str, text: &str) -> Removal {
    Removal {
        code,
        location: Location::Node(NodeLocation {
            path: path.to_owned(),
            text: first_words(text),
            bytes: text.trim_end().len(),
        }),
    }
}

/// The same for a page of which nothing is known but its text: one removal for
/// all `parts`, because there may be millions of them.
pub(super) fn noscript_as_one<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Removal> {
    noscript(parts).reduce(|mut all, next| {
        if let (Location::Node(all), Location::Node(next)) = (&mut all.location, &next.location) {
            all.bytes += next.bytes;
        }
        all
    })
}

/// Which step took an element, by what it is and stands in.
fn step(page: &Page<'_>, element: usize) -> usize {
    let mut at = element;
    loop {
        let here = &page.elements[at];
        if is_whole(here.node) {
            // Themes name the whole page after what is at its side.
            return 1;
        }
        let step = match here.kind {
            Kind::Nav => 2,
            Kind::Header => 3,
            Kind::Footer => 4,
            Kind::Aside => 5,
            Kind::Form => 8,
            _ if is_control(here.node.value().name()) => 8,
            _ if here.hints & hints::COMMENT != 0 => 6,
            _ if here.hints & hints::NAV != 0 => 2,
            _ if here.hints & hints::FOOTER != 0 => 4,
            _ if here.hints
                & (hints::ASIDE | hints::RELATED | hints::PROMO | hints::AD | hints::SHARE)
                != 0 =>
            {
                5
            }
            _ => 1,
        };
        if step != 1 {
            return step;
        }
        if at == 0 {
            return 1;
        }
        at = here.parent;
    }
}

fn omitted(node: ElementRef<'_>, omission: &Omission, codes: &Codes) -> Option<Removal> {
    let mut text = String::new();
    let mut bytes = 0;
    for piece in node.text() {
        let words = piece.trim();
        bytes += words.len();
        if text.len() < MAX_TEXT * 4 && !words.is_empty() {
            text.push_str(prefix(words, MAX_TEXT * 4));
            text.push(' ');
        }
        if bytes > MAX_COUNTED {
            break;
        }
    }
    let code = match omission {
        _ if bytes == 0 => return None,
        Omission::Hidden => codes.step(7),
        Omission::Control => codes.step(8),
        // The brackets around it are not shown.
        Omission::Reading if !text.contains(char::is_alphanumeric) => return None,
        Omission::Reading => codes.step(11),
        Omission::Rule(code) => code.clone(),
    };
    let mut names: Vec<String> = std::iter::once(node)
        .chain(node.ancestors().filter_map(ElementRef::wrap))
        .take(MAX_PATH)
        .map(|element| name(&element))
        .collect();
    names.reverse();
    Some(Removal {
        code,
        location: Location::Node(NodeLocation {
            path: names.join(">"),
            text: first_words(&text),
            bytes,
        }),
    })
}

fn path(page: &Page<'_>, element: usize) -> String {
    let mut names = Vec::new();
    let mut at = element;
    while names.len() < MAX_PATH {
        names.push(name(&page.elements[at].node));
        if at == 0 {
            break;
        }
        at = page.elements[at].parent;
    }
    names.reverse();
    names.join(">")
}

/// An element as `name#id` or `name.class`.
fn name(element: &ElementRef<'_>) -> String {
    let value = element.value();
    let mut name = value.name().to_owned();
    let (mut id, mut class) = (None, None);
    for (attribute, text) in value.attrs() {
        match attribute {
            "id" => id = text.split_ascii_whitespace().next(),
            "class" => class = text.split_ascii_whitespace().next(),
            _ => {}
        }
    }
    if let Some(id) = id {
        name.push('#');
        name.extend(id.chars().take(MAX_TEXT));
    } else if let Some(class) = class {
        name.push('.');
        name.extend(class.chars().take(MAX_TEXT));
    }
    name
}

/// The blocks of a page with their scores, a line each.
pub(super) fn listing(page: &Page<'_>, decision: &Decision) -> String {
    let mut out = String::new();
    for (index, block) in page.blocks.iter().enumerate() {
        let _ = writeln!(
            out,
            "{} {:6.2} length {:4} links {:4} | {} | {}",
            if decision.keep[index] { '+' } else { '-' },
            decision.scores[index],
            block.length,
            block.link_length,
            path(page, block.element),
            first_words(page.text_of(block)),
        );
    }
    out
}

/// The blocks of a page with their features, a line each; before the text the
/// classical score and the elements around, outermost first, by their numbers.
pub(super) fn table(page: &Page<'_>, features: &[Features]) -> String {
    let mut out = Features::NAMES.join("\t");
    out.push_str("\tclassical\tway\ttext\n");
    for (block, features) in page.blocks.iter().zip(features) {
        for value in features.values() {
            let _ = write!(out, "{value}\t");
        }
        let _ = write!(out, "{}\t", classical::score(features));
        for element in way(page, block.element) {
            let _ = write!(out, "{element}/");
        }
        out.push('\t');
        let words: Vec<&str> = page.text_of(block).split_whitespace().collect();
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out
}

/// The elements around and including `element`, outermost first.
fn way(page: &Page<'_>, element: usize) -> Vec<usize> {
    let mut way = vec![element];
    let mut at = element;
    while at != 0 {
        at = page.elements[at].parent;
        way.push(at);
    }
    way.reverse();
    way
}

fn first_words(text: &str) -> String {
    let mut words = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        if length > 0 {
            words.push(' ');
            length += 1;
        }
        for character in word.chars() {
            if length == MAX_TEXT {
                words.push('…');
                return words;
            }
            words.push(character);
            length += 1;
        }
    }
    words
}
