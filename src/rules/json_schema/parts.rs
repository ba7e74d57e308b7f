//! What schemas of TOML files are made of.

use serde_json::{Map, Value, json};

/// A table with these keys and no others.
pub fn object(properties: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> = properties
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    let mut object = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        object["required"] = required.into();
    }
    object
}

/// A string.
pub fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

/// A list of strings.
pub fn texts(about: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": about })
}

/// A whole number, `least` or more.
pub fn count(about: &str, least: usize) -> Value {
    json!({ "type": "integer", "minimum": least, "description": about })
}

/// A number from 0 to 1.
pub fn share(about: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 1, "description": about })
}

/// A choice.
pub fn choice(about: &str, names: &[&str]) -> Value {
    json!({ "enum": names, "description": about })
}

/// Yes or no.
pub fn flag(about: &str) -> Value {
    json!({ "type": "boolean", "description": about })
}
