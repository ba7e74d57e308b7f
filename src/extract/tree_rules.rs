//! Rules with CSS selectors, tried on the elements of a page in one pass.
//!
//! Trying every selector on every element would cost more than parsing. Each
//! selector is filed under an id, class, element or attribute name that an
//! element must have to match it, so that an element is tried on the few that
//! name it.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{ElementRef, Selector, selector::ToCss};

use super::walk::Holds;
use crate::{Code, rules::Action};

/// One rule, compiled.
pub(super) struct TreeRule<'r> {
    pub code: Code,
    pub selector: &'r Selector,
    pub action: Action,
}

/// The rules of a run, filed by what their elements must be called.
#[derive(Default)]
pub(super) struct TreeRules<'r> {
    rules: Vec<TreeRule<'r>>,
    ids: Names,
    classes: Names,
    tags: Names,
    attributes: Names,
    /// Rules that any element may match.
    any: Vec<usize>,
}

/// Rules by name, with a filter that turns most names away unread.
#[derive(Default)]
struct Names {
    by_name: BTreeMap<String, Vec<usize>>,
    /// Bit `first byte % 64` of word `length % 32`.
    filter: [u64; 32],
}

impl Names {
    fn add(&mut self, name: String, rule: usize) {
        if let Some(&first) = name.as_bytes().first() {
            self.filter[name.len() % 32] |= 1 << (first % 64);
        }
        let rules = self.by_name.entry(name).or_default();
        if rules.last() != Some(&rule) {
            rules.push(rule);
        }
    }

    fn get(&self, name: &str) -> &[usize] {
        let bit = name.as_bytes().first().map_or(0, |first| 1 << (first % 64));
        if self.filter[name.len() % 32] & bit == 0 {
            return &[];
        }
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

impl<'r> TreeRules<'r> {
    /// Files the rules, in file order.
    pub(super) fn new(rules: impl IntoIterator<Item = TreeRule<'r>>) -> Self {
        let mut filed = Self::default();
        for rule in rules {
            let index = filed.rules.len();
            for complex in
                split_outside_brackets(&rule.selector.to_css_string(), |byte| byte == b',')
            {
                match key(&complex) {
                    Some(Key::Id(name)) => filed.ids.add(name, index),
                    Some(Key::Class(name)) => filed.classes.add(name, index),
                    Some(Key::Tag(name)) => filed.tags.add(name, index),
                    Some(Key::Attribute(name)) => filed.attributes.add(name, index),
                    None => filed.any.push(index),
                }
            }
            filed.rules.push(rule);
        }
        filed
    }

    /// What tells of an element under `root` whether a keep rule names something
    /// inside it. One pass over the tree, and only if there are keep rules.
    pub(super) fn holders<'a>(&self, root: ElementRef<'a>) -> Option<Holds<'a>> {
        if self.rules.iter().all(|rule| rule.action == Action::Remove) {
            return None;
        }
        let mut holders = BTreeSet::new();
        for element in root.descendants().filter_map(ElementRef::wrap) {
            let keeps = |rule: &TreeRule<'_>| rule.action == Action::Keep;
            if self.decide(&element).is_some_and(keeps) {
                // What is around a known holder is known too.
                for around in element.ancestors() {
                    if !holders.insert(around.id()) {
                        break;
                    }
                }
            }
        }
        Some(Box::new(move |element| holders.contains(&element.id())))
    }

    /// The rule that decides about `element`: a keep rule before any other,
    /// then the first in file order.
    pub(super) fn decide(&self, element: &ElementRef<'_>) -> Option<&TreeRule<'r>> {
        if self.rules.is_empty() {
            return None;
        }
        let mut best: Option<usize> = None;
        let mut try_all = |candidates: &[usize]| {
            for &index in candidates {
                let rank = |index: usize| (self.rules[index].action == Action::Remove, index);
                let better = best.is_none_or(|best| rank(index) < rank(best));
                if better && self.rules[index].selector.matches(element) {
                    best = Some(index);
                }
            }
        };
        let value = element.value();
        try_all(self.tags.get(value.name()));
        for (name, text) in value.attrs() {
            try_all(self.attributes.get(name));
            match name {
                "id" => try_all(self.ids.get(text)),
                "class" => {
                    for class in text.split_ascii_whitespace() {
                        try_all(self.classes.get(class));
                    }
                }
                _ => {}
            }
        }
        try_all(&self.any);
        best.map(|best| &self.rules[best])
    }
}

/// What an element must be called to match a selector.
enum Key {
    Id(String),
    Class(String),
    Tag(String),
    Attribute(String),
}

/// The name in the last compound of a complex selector, if there is one.
fn key(complex: &str) -> Option<Key> {
    if complex.contains('\\') {
        return None;
    }
    let compounds =
        split_outside_brackets(complex, |byte| matches!(byte, b' ' | b'>' | b'+' | b'~'));
    let compound = compounds.iter().rev().find(|part| !part.is_empty())?;
    // What stands in brackets belongs to other conditions.
    let plain: String = compound.split(['[', ':']).next()?.to_owned();
    if let Some((_, id)) = plain.split_once('#') {
        return Some(Key::Id(id.split(['.', '#']).next()?.to_owned()));
    }
    if let Some((_, class)) = plain.split_once('.') {
        return Some(Key::Class(class.split('.').next()?.to_owned()));
    }
    if !plain.is_empty() && plain != "*" {
        return (!plain.contains('|')).then(|| Key::Tag(plain.to_ascii_lowercase()));
    }
    let condition = compound.strip_prefix('*').unwrap_or(compound);
    condition.strip_prefix('[').and_then(attribute)
}

/// The name of the attribute that a condition, after its bracket, asks for. One
/// with capitals may be written in two ways, one with a namespace in many.
fn attribute(condition: &str) -> Option<Key> {
    let end = condition.find(['=', '~', '^', '$', '*', '|', ']', ' '])?;
    let name = &condition[..end];
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let whole = !condition[end..].starts_with('|') || condition[end..].starts_with("|=");
    (!name.is_empty() && whole && name.bytes().all(plain)).then(|| Key::Attribute(name.to_owned()))
}

/// Cuts `text` at bytes that stand in no bracket or quote.
fn split_outside_brackets(text: &str, at: impl Fn(u8) -> bool) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    let mut quote = None;
    for (index, &byte) in text.as_bytes().iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[') => depth += 1,
            (None, b')' | b']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && at(byte) => {
                parts.push(text[from..index].trim().to_owned());
                from = index + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim().to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn decided(rules: &[(&str, &str, Action)], html: &str) -> Vec<String> {
        let compiled: Vec<(Code, Selector, Action)> = rules
            .iter()
            .map(|(code, css, action)| (Code::from(*code), Selector::parse(css).unwrap(), *action))
            .collect();
        let rules = TreeRules::new(compiled.iter().map(|(code, selector, action)| TreeRule {
            code: code.clone(),
            selector,
            action: *action,
        }));
        let tree = Html::parse_fragment(html);
        tree.root_element()
            .descendants()
            .filter_map(ElementRef::wrap)
            .filter_map(|element| rules.decide(&element).map(|rule| rule.code.to_string()))
            .collect()
    }

    #[test]
    fn selectors_are_found_by_id_class_tag_and_attribute() {
        let rules = [
            ("A", "#x", Action::Remove),
            ("B", "div > p.y:not(.z)", Action::Remove),
            ("C", "aside, [data-ad], *[role^='ban']", Action::Remove),
            (
                "D",
                ":not(i):not(b):not(p):not(div):not(aside):not(html)",
                Action::Remove,
            ),
        ];
        assert_eq!(
            decided(
                &rules,
                "<div><p class='w y'></p><p class='y z'></p></div><i id=x></i><aside></aside><b data-ad></b><b role=banner></b><b role=main></b><u></u>"
            ),
            ["B", "A", "C", "C", "C", "D"]
        );
    }

    #[test]
    fn keep_outranks_remove_and_earlier_outranks_later() {
        let rules = [
            ("A", "p", Action::Remove),
            ("B", ".y", Action::Remove),
            ("K", "#k", Action::Keep),
        ];
        assert_eq!(
            decided(&rules, "<p class=y></p><p class=y id=k></p>"),
            ["A", "K"]
        );
    }
}
