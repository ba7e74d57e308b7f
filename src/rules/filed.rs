//! CSS selectors, filed by what an element must have to match them.
//!
//! Trying every selector on every element would cost more than parsing. Each
//! selector is filed under an id, class, element or attribute name that an
//! element must have to match it, so that an element is tried on the few that
//! name it.

use std::collections::BTreeMap;

use scraper::{Selector, node::Element, selector::ToCss};

/// Selectors by what their elements must be called, as indexes.
#[derive(Debug, Default)]
pub(crate) struct Filed {
    ids: Names,
    classes: Names,
    tags: Names,
    attributes: Names,
    /// Selectors that any element may match.
    any: Vec<usize>,
}

/// Selectors by name, with a filter that turns most names away unread.
#[derive(Debug, Default)]
struct Names {
    by_name: BTreeMap<String, Vec<usize>>,
    /// Bit `first byte % 64` of word `length % 32`.
    filter: [u64; 32],
}

impl Names {
    fn add(&mut self, name: String, selector: usize) {
        if let Some(&first) = name.as_bytes().first() {
            self.filter[name.len() % 32] |= 1 << (first % 64);
        }
        let selectors = self.by_name.entry(name).or_default();
        if selectors.last() != Some(&selector) {
            selectors.push(selector);
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

impl Filed {
    /// Files `selectors`; their indexes are their places in the sequence.
    pub(crate) fn new<'s>(selectors: impl IntoIterator<Item = &'s Selector>) -> Self {
        let mut filed = Self::default();
        for (index, selector) in selectors.into_iter().enumerate() {
            for complex in split_outside_brackets(&selector.to_css_string(), |byte| byte == b',') {
                match key(&complex) {
                    Some(Key::Id(name)) => filed.ids.add(name, index),
                    Some(Key::Class(name)) => filed.classes.add(name, index),
                    Some(Key::Tag(name)) => filed.tags.add(name, index),
                    Some(Key::Attribute(name)) => filed.attributes.add(name, index),
                    None => filed.any.push(index),
                }
            }
        }
        filed
    }

    /// Calls `found` with the selectors that `element` may match, some of them
    /// more than once and in no order.
    pub(crate) fn candidates(&self, element: &Element, mut found: impl FnMut(&[usize])) {
        found(self.tags.get(element.name()));
        for (name, text) in element.attrs() {
            found(self.attributes.get(name));
            match name {
                "id" => found(self.ids.get(text)),
                "class" => {
                    for class in text.split_ascii_whitespace() {
                        found(self.classes.get(class));
                    }
                }
                _ => {}
            }
        }
        found(&self.any);
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
