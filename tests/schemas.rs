//! The JSON schemas of rule files and of the configuration: current, and what
//! is checked in is valid by them.
//!
//! `.ci/schemas` does the same with an independent validator, where there is
//! one. The few words of JSON schema that dehusk uses are read here.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{fs, path::Path};

use common::{Dir, assert_checked_in, own_rule};
use regex::Regex;
use serde_json::{Map, Value};

/// The words of JSON schema that are read here.
const KNOWN: [&str; 17] = [
    "$schema",
    "title",
    "description",
    "type",
    "properties",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "required",
    "items",
    "minItems",
    "enum",
    "const",
    "pattern",
    "minimum",
    "exclusiveMinimum",
    "maximum",
];

/// What is wrong with `value` by `schema`, each with its place.
fn problems(schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for word in schema.as_object().unwrap().keys() {
        assert!(KNOWN.contains(&word.as_str()), "{word} is not read here");
    }
    if let Some(kind) = schema["type"].as_str()
        && !is_a(kind, value)
    {
        found.push(format!("{place}: is no {kind}: {value}"));
        return;
    }
    if let Some(problem) = problem_of_one(schema, value) {
        found.push(format!("{place}: {problem}"));
    }
    match value {
        Value::Array(items) => problems_of_items(schema, items, place, found),
        Value::Object(fields) => problems_of_fields(schema, fields, place, found),
        _ => {}
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => panic!("{kind} is not read here"),
    }
}

/// What is wrong with a value by itself.
fn problem_of_one(schema: &Value, value: &Value) -> Option<String> {
    let bound = |word: &str| schema[word].as_f64();
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        return Some(format!("is none of the choices: {value}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Some(format!("is another value: {value}"));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !Regex::new(pattern).unwrap().is_match(text)
    {
        return Some(format!("does not match {pattern}: {text}"));
    }
    let number = value.as_f64()?;
    let sound = bound("minimum").is_none_or(|least| number >= least)
        && bound("exclusiveMinimum").is_none_or(|below| number > below)
        && bound("maximum").is_none_or(|most| number <= most);
    (!sound).then(|| format!("is out of range: {number}"))
}

fn problems_of_items(schema: &Value, items: &[Value], place: &str, found: &mut Vec<String>) {
    if has_fewer(schema, "minItems", items.len()) {
        found.push(format!("{place}: has too few items"));
    }
    if let Some(schema) = schema.get("items") {
        for (at, item) in items.iter().enumerate() {
            problems(schema, item, &format!("{place}[{at}]"), found);
        }
    }
}

fn problems_of_fields(
    schema: &Value,
    fields: &Map<String, Value>,
    place: &str,
    found: &mut Vec<String>,
) {
    if has_fewer(schema, "minProperties", fields.len()) {
        found.push(format!("{place}: has too few keys"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            found.push(format!("{place}: lacks {name}"));
        }
    }
    for (name, field) in fields {
        let place = format!("{place}.{name}");
        if let Some(names) = schema.get("propertyNames") {
            problems(names, &Value::from(name.as_str()), &place, found);
        }
        match (
            schema["properties"].get(name),
            &schema["additionalProperties"],
        ) {
            (Some(schema), _) | (None, schema @ Value::Object(_)) => {
                problems(schema, field, &place, found);
            }
            (None, Value::Bool(false)) => found.push(format!("{place}: is no key")),
            (None, _) => {}
        }
    }
}

fn has_fewer(schema: &Value, word: &str, count: usize) -> bool {
    schema[word]
        .as_u64()
        .is_some_and(|least| (count as u64) < least)
}

fn problems_of(schema: &Value, text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap();
    let value = serde_json::to_value(table).unwrap();
    let mut found = Vec::new();
    problems(schema, &value, "", &mut found);
    found
}

fn schema(args: &[&str]) -> (String, Value) {
    let text = Dir::new().dehusk(args).ok().stdout;
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

#[test]
fn the_schemas_that_are_checked_in_are_current() {
    assert_checked_in("docs/rules.schema.json", &schema(&["rules", "schema"]).0);
    assert_checked_in("docs/dehusk.schema.json", &schema(&["config", "schema"]).0);
}

#[test]
fn every_built_in_pack_is_valid() {
    let (_, schema) = schema(&["rules", "schema"]);
    let mut packs = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|suffix| suffix == "toml") {
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(problems_of(&schema, &text), [""; 0], "{}", path.display());
            packs += 1;
        }
    }
    assert!(packs > 10);
}

#[test]
fn a_pack_that_uses_every_gate_is_valid_and_one_with_slips_is_not() {
    let (_, schema) = schema(&["rules", "schema"]);
    let keys = "sites = [\"a.org\", \"!b.a.org\"]\npaths = [\"raw/**\"]\nkinds = [\"!docs\"]\n\
                langs = [\"en\"]\nunless-phrases = [\"@menu\"]\nguard = { max-share = 0.5 }";
    let text = format!("{}\n[lists]\nmenu = [\"home\"]\n", own_rule(keys));
    assert_eq!(problems_of(&schema, &text), [""; 0]);
    let dir = Dir::new();
    for slip in [
        "guard = { max-share = 2 }",
        "guard = { max-share = 0 }",
        "guard = { max-hit = 2 }",
        "guard = { safe-row = 0 }",
        "guard = { followed-by = { within = 201, phrases = [\"home\"] } }",
        "guard = { preceded-by = { within = 0, phrases = [\"home\"] } }",
        "kind = \"repeat\"\nguard = { within = 201 }",
        "shape = {}",
        "kinds = [\"blog\"]",
        "sites = [\"https://a.org/\"]",
        "sites = [\"a..org\"]",
        "sites = [\"a.org.\"]",
        "sites = [\"a.-\"]",
        "langs = [\"english\"]",
        "safety = \"secure\"",
        "colour = 1",
    ] {
        let rule = own_rule(slip);
        let rule = match slip.strip_prefix("kind = \"repeat\"\n") {
            // Which finds its lines by themselves.
            Some(guard) => own_rule(guard)
                .lines()
                .filter(|line| !line.starts_with("phrases"))
                .map(|line| line.replace("\"line\"", "\"repeat\"") + "\n")
                .collect(),
            None => rule,
        };
        assert_eq!(problems_of(&schema, &rule).len(), 1, "{slip}");
        // What an editor marks, the program refuses.
        dir.write("mine.toml", &rule);
        let ran = dir.dehusk(&["rules", "list", "--rules", "mine.toml"]);
        assert_eq!(ran.code, Some(2), "{slip}: {}", ran.stdout);
    }
}

#[test]
fn the_example_configuration_is_valid_and_is_read() {
    let (_, schema) = schema(&["config", "schema"]);
    let docs =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).unwrap();
    let example = docs
        .split("```toml\n# dehusk.toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("docs/rules.md has an example of dehusk.toml");
    assert_eq!(problems_of(&schema, example), [""; 0]);
    let dir = Dir::new();
    dir.write("dehusk.toml", example);
    dir.write(
        "my-rules/gazette.toml",
        own_rule("tags = [\"site-gazette\"]"),
    );
    dir.write("seeds/a.txt", format!("{}\n", common::prose(1, 12)));
    dir.dehusk(&["check"]).ok();
    let shown = dir.dehusk(&["config", "show"]).ok().stdout;
    assert_eq!(problems_of(&schema, &shown), [""; 0]);
    assert!(!problems_of(&schema, "[limits]\nmin-keep-share = 3\n").is_empty());
}
