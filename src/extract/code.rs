//! The language of a code block.

use scraper::ElementRef;

use super::{blocks::Page, kinds::Kind};

/// Elements around a code block that may name its language: highlighters wrap
/// it twice at most.
const AROUND: usize = 2;

/// Longest name of a language; longer ones are something else.
const LONGEST: usize = 20;

/// What highlighters put before the name of a language in a class.
const PREFIXES: [&str; 4] = ["language-", "lang-", "highlight-source-", "highlight-"];

/// Names that say that there is none.
const NONE: [&str; 8] = [
    "default",
    "text",
    "none",
    "plaintext",
    "plain",
    "nohighlight",
    "notranslate",
    "txt",
];

/// The language that a code block declares: in a class such as `language-rust`
/// or in an attribute, on itself, on the element inside or on those around.
pub(super) fn language(page: &Page<'_>, element: usize) -> String {
    let node = page.elements[element].node;
    let inside = node.children().find_map(ElementRef::wrap);
    let around = node.ancestors().filter_map(ElementRef::wrap).take(AROUND);
    inside
        .into_iter()
        .chain([node])
        .chain(around)
        .find_map(declared)
        .unwrap_or_default()
}

/// Drops the numbers of lines that stand in a cell beside the cell of the
/// code: in a text they would be part of it.
pub(super) fn drop_gutters(page: &Page<'_>, keep: &mut [bool]) {
    let row = |block: usize| {
        let around = page.around(page.blocks[block].element);
        let row = |&at: &usize| page.elements[at].kind == Kind::Row;
        around.take(CELL_DEPTH).find(row)
    };
    for block in 1..page.blocks.len() {
        let (gutter, code) = (&page.blocks[block - 1], &page.blocks[block]);
        if gutter.preformatted
            && code.preformatted
            && !gutter.ruled
            && row(block).is_some_and(|here| row(block - 1) == Some(here))
            && numbers_lines(page.text_of(gutter), page.text_of(code))
        {
            keep[block - 1] = false;
        }
    }
}

/// Elements between a row and its code: the cell, `figure` or `div`, `pre`.
const CELL_DEPTH: usize = 5;

/// Whether `gutter` is nothing but numbers in a row, one for each line of
/// `code`; highlighters differ in whether they count an empty last one.
fn numbers_lines(gutter: &str, code: &str) -> bool {
    let mut last: Option<u32> = None;
    let mut count = 0;
    for word in gutter.split_whitespace() {
        let Ok(number) = word.parse::<u32>() else {
            return false;
        };
        if last.is_some_and(|last| last.checked_add(1) != Some(number)) {
            return false;
        }
        last = Some(number);
        count += 1;
    }
    count > 0 && code.trim_matches('\n').lines().count().abs_diff(count) <= 1
}

fn declared(element: ElementRef<'_>) -> Option<String> {
    ["data-lang", "data-language"]
        .iter()
        .filter_map(|name| element.attr(name))
        .chain(element.attr("class").into_iter().flat_map(in_class))
        .find_map(clean)
}

/// The languages that a `class` attribute may name.
fn in_class(class: &str) -> impl Iterator<Item = &str> {
    let prefixed = class
        .split_ascii_whitespace()
        .filter_map(|name| PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)));
    // SyntaxHighlighter: `brush: js; toolbar: false`.
    let brush = class
        .split(';')
        .filter_map(|setting| setting.trim_start().strip_prefix("brush:"));
    prefixed.chain(brush)
}

fn clean(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    let sound = !name.is_empty()
        && name.len() <= LONGEST
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-#_.".contains(character));
    (sound && !NONE.contains(&name.as_str())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_lines_are_told_from_code() {
        for (gutter, code, wanted) in [
            ("1\n2\n3", "a\n\nc", true),
            ("7\n8\n", "a\nb", true),
            ("1 2", "a\n", true),
            ("1\n3", "a\nb", false),
            ("1\n2\n3\n4", "a\nb", false),
            ("1\nx", "a\nb", false),
            ("", "a", false),
        ] {
            assert_eq!(numbers_lines(gutter, code), wanted, "{gutter}");
        }
    }

    #[test]
    fn language_is_found_in_the_ways_of_highlighters() {
        for (class, wanted) in [
            ("hljs language-rust", Some("rust")),
            ("prettyprint lang-C++", Some("c++")),
            ("highlight-python notranslate", Some("python")),
            ("highlight highlight-source-shell", Some("shell")),
            ("brush: js; toolbar: false", Some("js")),
            ("language-text", None),
            ("highlight-default", None),
            ("language-`x", None),
            ("sourceCode", None),
        ] {
            let found = in_class(class).find_map(clean);
            assert_eq!(found.as_deref(), wanted, "{class}");
        }
    }
}
