//! Where in a configuration file something stands, for messages about it.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::is_shared;

/// What is looked for at a key.
#[derive(Clone, Copy)]
pub(crate) enum Sought<'s> {
    /// Its value.
    Value,
    /// The entry of this number, from 0, of the array of tables that it is.
    Entry(usize),
    /// The entry of this name, of the list or table that it is, or of a list
    /// in one of the tables that it is an array of.
    Name(&'s str),
}

impl Sought<'_> {
    /// A value, or an entry of it.
    pub(crate) fn value(entry: Option<usize>) -> Self {
        entry.map_or(Self::Value, Self::Entry)
    }
}

/// The place, as `:line:column`, of what is sought at `key` in a configuration
/// file, of which `text` is the whole.
pub(crate) fn locate(file: &Path, text: &str, key: &[&str], sought: Sought<'_>) -> Option<String> {
    let document = DeTable::parse(text).ok()?;
    let shared: &[&str] = if is_shared(file) {
        &["tool", "dehusk"]
    } else {
        &[]
    };
    let (last, before) = key.split_last()?;
    let mut table = document.get_ref();
    for key in shared.iter().chain(before) {
        table = table.get(*key)?.get_ref().as_table()?;
    }
    let value = table.get(*last)?;
    let at = match sought {
        Sought::Value => value.span().start,
        Sought::Entry(number) => value.get_ref().as_array()?.get(number)?.span().start,
        Sought::Name(name) => named(value.get_ref(), name)?,
    };
    Some(place(text, at))
}

/// Where the entry of this name begins.
fn named(value: &DeValue<'_>, name: &str) -> Option<usize> {
    match value {
        DeValue::Array(entries) => entries.iter().find_map(|entry| match entry.get_ref() {
            DeValue::String(text) if text == name => Some(entry.span().start),
            DeValue::Table(table) => {
                let lists = table.iter().map(|(_, list)| list.get_ref());
                lists
                    .filter(|list| matches!(list, DeValue::Array(_)))
                    .find_map(|list| named(list, name))
            }
            _ => None,
        }),
        DeValue::Table(entries) => {
            let (key, _) = entries.iter().find(|(key, _)| key.get_ref() == name)?;
            Some(key.span().start)
        }
        _ => None,
    }
}

/// Line and column of a byte, as `:line:column`.
pub(crate) fn place(text: &str, at: usize) -> String {
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    format!(":{line}:{column}")
}
