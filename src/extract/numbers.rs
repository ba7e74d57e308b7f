//! Numbers of the items of ordered lists, as a browser shows them.

use super::{blocks::Page, kinds::Kind};

/// Of each element of `page` its number, if it is an item of an ordered list:
/// by `start`, `reversed` and `value`, whatever items are kept. Lists whose
/// items bring numbers in their text show no others.
pub(super) fn numbers(page: &Page<'_>) -> Vec<Option<i64>> {
    let mut numbers = vec![None; page.elements.len()];
    // Of each list the number of its next item and the way to the one after.
    let mut next: Vec<Option<(i64, i64)>> = vec![None; page.elements.len()];
    let mut numbered = vec![false; page.elements.len()];
    for (index, element) in page.elements.iter().enumerate() {
        let node = element.node.value();
        if element.kind == Kind::List && node.name() == "ol" {
            let start = node.attr("start").and_then(number);
            next[index] = Some(if node.attr("reversed").is_some() {
                (start.unwrap_or_else(|| items(page, index)), -1)
            } else {
                (start.unwrap_or(1), 1)
            });
        }
        if element.kind != Kind::Item {
            continue;
        }
        if let Some((number_here, way)) = &mut next[element.parent] {
            if let Some(value) = node.attr("value").and_then(number) {
                *number_here = value;
            }
            numbers[index] = Some(*number_here);
            *number_here = number_here.saturating_add(*way);
            numbered[element.parent] |= !element.blocks.is_empty()
                && begins_with_number(page.text_of(&page.blocks[element.blocks.start]));
        }
    }
    for (number, element) in numbers.iter_mut().zip(&page.elements) {
        if numbered[element.parent] {
            *number = None;
        }
    }
    numbers
}

/// Whether a text begins as the items of a list do: `1.`, `4.2.`, `3)`.
fn begins_with_number(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < text.len()
        && rest.starts_with(['.', ')'])
        && rest
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')'))
            .starts_with([' ', '\u{a0}'])
}

/// How many items a list has itself.
fn items(page: &Page<'_>, list: usize) -> i64 {
    let inside = list + 1..page.elements[list].end;
    let items = page.elements[inside]
        .iter()
        .filter(|inner| inner.kind == Kind::Item && inner.parent == list);
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

fn number(value: &str) -> Option<i64> {
    value.trim().parse().ok()
}

/// Whether the page says more of the number of an item than its place in the
/// list does: rules that begin with 7, points from a to d.
pub(super) fn is_told(page: &Page<'_>, item: usize) -> bool {
    let list = page.elements[page.elements[item].parent].node;
    let told = |name: &str| list.attr(name).is_some_and(|value| value != "1");
    told("start")
        || told("type")
        || list.attr("reversed").is_some()
        || page.elements[item].node.attr("value").is_some()
}

/// How the number of an item is written, by the `type` of its list.
pub(super) fn label(page: &Page<'_>, item: usize, number: i64) -> String {
    let list = page.elements[page.elements[item].parent].node;
    let positive = usize::try_from(number).ok().filter(|&number| number > 0);
    let written = match (list.attr("type"), positive) {
        (Some("a"), Some(number)) => letters(number, b'a'),
        (Some("A"), Some(number)) => letters(number, b'A'),
        (Some("i"), Some(number)) => roman(number).map(|number| number.to_ascii_lowercase()),
        (Some("I"), Some(number)) => roman(number),
        _ => None,
    };
    written.unwrap_or_else(|| number.to_string())
}

/// A number in letters: a to z, then aa, ab, …
fn letters(mut number: usize, first: u8) -> Option<String> {
    const LETTERS: usize = 26;
    let mut out = Vec::new();
    while number > 0 {
        number -= 1;
        out.push(first + u8::try_from(number % LETTERS).ok()?);
        number /= LETTERS;
    }
    out.reverse();
    String::from_utf8(out).ok()
}

/// A Roman number below 4,000.
fn roman(mut number: usize) -> Option<String> {
    const SIGNS: [(usize, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if number >= 4000 {
        return None;
    }
    let mut out = String::new();
    for (value, sign) in SIGNS {
        while number >= value {
            out.push_str(sign);
            number -= value;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_the_text_are_known() {
        for text in ["1. Mill", "4.2. Mill", "4.2 Mill", "3) Mill"] {
            assert!(begins_with_number(text), "{text}");
        }
        for text in ["Mill", "1790 was", "1.5t of it", ". a", ""] {
            assert!(!begins_with_number(text), "{text}");
        }
    }

    #[test]
    fn numbers_are_written_in_letters_and_as_romans_wrote_them() {
        for (number, letter) in [(1, "a"), (26, "z"), (27, "aa"), (53, "ba"), (703, "aaa")] {
            assert_eq!(letters(number, b'a').as_deref(), Some(letter));
        }
        for (number, sign) in [(4, "IV"), (9, "IX"), (14, "XIV"), (1994, "MCMXCIV")] {
            assert_eq!(roman(number).as_deref(), Some(sign));
        }
        assert_eq!(roman(4000), None);
    }
}
