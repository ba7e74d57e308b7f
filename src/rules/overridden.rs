//! Rules with some of their keys replaced by a project's settings.
//!
//! The replacement is made in the rule as written, so an overridden rule goes
//! through the same checks as any other.

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    error::RuleErrorKind,
    lists::Lists,
    nearest::{nearest, toml_problem},
    schema,
};

/// Keys that may be replaced: how far a rule is trusted, when it declines and
/// which documents it is for. What it finds is its own.
pub(super) const KEYS: [&str; 6] = ["safety", "guard", "langs", "sites", "paths", "kinds"];

/// The rule `code` of the pack `text`, with `keys` in the place of its own, and
/// the lists of the pack.
pub(super) fn rule(
    text: &str,
    code: &str,
    keys: &Table,
) -> Result<(schema::Rule, Lists), RuleErrorKind> {
    if let Some(key) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let hint = nearest(key, KEYS).map_or_else(
            || format!("there are {}", KEYS.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(RuleErrorKind::Override(format!(
            "unknown key `{key}`; {hint}"
        )));
    }
    let misread = |error: &toml::de::Error| RuleErrorKind::Override(toml_problem(error));
    let pack: Table = text.parse().map_err(|error| misread(&error))?;
    let rules = pack.get("rule").and_then(Value::as_array);
    let mut rule = rules
        .and_then(|rules| {
            rules
                .iter()
                .find(|rule| rule.get("code").and_then(Value::as_str) == Some(code))
        })
        .and_then(Value::as_table)
        .cloned()
        .expect("the rule was read from this text");
    for (key, value) in keys {
        match (rule.get_mut(key), value) {
            (Some(Value::Table(own)), Value::Table(new)) => {
                own.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => {
                rule.insert(key.clone(), value.clone());
            }
        }
    }
    let rule = schema::Rule::deserialize(Value::Table(rule)).map_err(|error| misread(&error))?;
    let lists = match pack.get("lists") {
        Some(lists) => Lists::deserialize(lists.clone()).map_err(|error| misread(&error))?,
        None => Lists::new(),
    };
    Ok((rule, lists))
}
