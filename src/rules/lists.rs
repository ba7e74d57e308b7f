//! Lists of words that several rules of a pack refer to as `@name`.

use std::collections::BTreeMap;

use super::{error::RuleErrorKind, nearest::nearest, schema};

/// The named lists of a pack.
pub(super) type Lists = BTreeMap<String, Vec<String>>;

/// Whether the lists can be used: each has a name that can be referred to, and
/// words of its own.
pub(super) fn check(lists: &Lists) -> Result<(), RuleErrorKind> {
    for (name, words) in lists {
        if !is_name(name) {
            return Err(wrong(format!(
                "has the name {name:?} (use lower-case words joined by `-`)"
            )));
        }
        if words.is_empty() {
            return Err(wrong(format!(
                "has the empty list `{name}` (fill or remove it)"
            )));
        }
        if let Some(word) = words.iter().find(|word| name_in(word).is_some()) {
            return Err(wrong(format!(
                "has {word:?} in `{name}`; lists do not refer to lists (write its words)"
            )));
        }
    }
    Ok(())
}

/// Puts the words of lists in the place of references to them.
pub(super) fn expand(rule: &mut schema::Rule, lists: &Lists) -> Result<(), RuleErrorKind> {
    let guard = &mut rule.guard;
    let nearby = [
        &mut guard.followed_by,
        &mut guard.preceded_by,
        &mut guard.safe_has,
    ];
    let nearby = nearby.into_iter().flatten();
    let nearby = nearby.flat_map(|nearby| [&mut nearby.phrases, &mut nearby.starts]);
    let own = [
        &mut rule.phrases,
        &mut rule.starts,
        &mut rule.ends,
        &mut rule.contains,
        &mut rule.unless_phrases,
    ];
    for phrases in own.into_iter().chain(nearby) {
        if !phrases.iter().any(|phrase| name_in(phrase).is_some()) {
            continue;
        }
        let mut full = Vec::with_capacity(phrases.len());
        for phrase in std::mem::take(phrases) {
            match name_in(&phrase) {
                Some(name) => full.extend_from_slice(lists.get(name).ok_or_else(|| {
                    let hint = nearest(name, lists.keys().map(String::as_str))
                        .map_or_else(String::new, |near| format!("; did you mean \"@{near}\"?"));
                    wrong(format!(
                        "has no list for {phrase:?}{hint} (add it to the file, or write the words)"
                    ))
                })?),
                None => full.push(phrase),
            }
        }
        *phrases = full;
    }
    Ok(())
}

/// The name of the list that a phrase stands for, if it is a reference.
fn name_in(phrase: &str) -> Option<&str> {
    phrase.strip_prefix('@').filter(|name| is_name(name))
}

/// Whether a list can be called so.
fn is_name(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.split('-').all(word)
}

fn wrong(problem: String) -> RuleErrorKind {
    RuleErrorKind::Value {
        key: "lists",
        problem,
    }
}
