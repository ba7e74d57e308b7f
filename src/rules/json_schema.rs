//! The JSON schema of rule files, for editors.
//!
//! Draft 7, which the TOML editors read. A test holds it in step with what the
//! parser accepts.

mod parts;

use serde_json::{Value, json};

pub use self::parts::{choice, count, flag, object, share, text, texts};
use super::{
    compile::MOST_NEARBY,
    overridden,
    schema::{Action, Edge, Kind, Safety, TestFormat},
};
use crate::DocumentKind;

/// The JSON schema of a rule file.
pub fn json_schema() -> Value {
    let mut schema = object(
        &[
            (
                "schema",
                json!({ "const": 1, "description": "The version of the format." }),
            ),
            ("pack", pack()),
            (
                "lists",
                json!({
                    "type": "object",
                    "description": "Words that rules refer to as \"@name\" wherever phrases stand.",
                    "propertyNames": { "pattern": NAME },
                    "additionalProperties": { "type": "array", "minItems": 1, "items": { "type": "string" } },
                }),
            ),
            ("rule", json!({ "type": "array", "items": rule() })),
        ],
        &["schema", "pack"],
    );
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "dehusk rule file".into();
    schema
}

/// The JSON schema of `[rules.override.CODE]`.
pub fn override_schema() -> Value {
    let rule = rule();
    let properties: Vec<(&str, Value)> = overridden::KEYS
        .into_iter()
        .map(|key| (key, rule["properties"][key].clone()))
        .collect();
    object(&properties, &[])
}

/// A label of the name of a host.
const LABEL: &str = "[^-./:\\s]([^./:\\s]*[^-./:\\s])?";

/// Lower-case words joined by `-`.
const NAME: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

fn pack() -> Value {
    object(
        &[
            (
                "name",
                text("What the pack is called, for `pack:name` in a selection."),
            ),
            ("version", text("The version of the pack.")),
            (
                "license",
                text("The licence of the pack, an SPDX expression."),
            ),
            ("description", text("What the pack is about.")),
        ],
        &["name"],
    )
}

fn rule() -> Value {
    let mut code = text(
        "What reports name: capital letters, then three digits. A rule of yours takes the place of a built-in one with its code.",
    );
    code["pattern"] = "^[A-Z]+[0-9]{3}$".into();
    let mut id = text("The name that people say: lower-case words joined by `-`.");
    id["pattern"] = NAME.into();
    let mut sites =
        texts("Hosts of the documents that it is for, each with those below; \"!host\" excludes.");
    sites["items"]["pattern"] = format!("^!?{LABEL}(\\.{LABEL})+$").into();
    let kind_names: Vec<String> = DocumentKind::ALL
        .iter()
        .flat_map(|kind| [kind.name().to_owned(), format!("!{}", kind.name())])
        .collect();
    let mut kinds_of = texts("Kinds of documents that it is for; \"!kind\" excludes.");
    kinds_of["items"] = json!({ "enum": kind_names });
    let mut langs =
        texts("Languages (ISO 639-1) of the documents that it is for; [\"*\"] for all.");
    langs["items"]["pattern"] = "^(\\*|[a-z]{2})$".into();
    let mut keys = vec![
        ("code", code),
        ("id", id),
        ("summary", text("What the rule finds, in one line.")),
        ("why", text("Why that is no content.")),
        ("kind", choice("What is taken.", &Kind::ALL.map(Kind::name))),
        (
            "action",
            choice(
                "Whether what is found goes or is protected from every rule.",
                &Action::ALL.map(Action::name),
            ),
        ),
        (
            "safety",
            choice(
                "Applied always, at level full only, or never but reported.",
                &Safety::ALL.map(Safety::name),
            ),
        ),
        ("langs", langs),
        ("sites", sites),
        (
            "paths",
            texts("Paths of the documents that it is for, in the syntax of .gitignore."),
        ),
        ("kinds", kinds_of),
        (
            "tags",
            texts(
                "Words to select it by. `flag:truncated` and `flag:review` set a flag of the document, `characters` lets a span rule act in fenced code.",
            ),
        ),
        ("refs", texts("Addresses where to read more.")),
        ("shape", shape()),
        (
            "select",
            texts("CSS selectors of the elements that a rule for pages takes."),
        ),
        ("guard", guard()),
        ("test", json!({ "type": "array", "items": test() })),
    ];
    keys.extend(matchers());
    object(&keys, &["code", "id", "summary", "kind"])
}

/// What a line is recognised by.
fn matchers() -> Vec<(&'static str, Value)> {
    let phrases = "folded phrases; `{n}` is a number, `{w}` one to four words, \"@name\" a list";
    vec![
        (
            "phrases",
            texts(&format!("The whole line is one of these {phrases}.")),
        ),
        (
            "starts",
            texts(&format!("The line begins with one of these {phrases}.")),
        ),
        (
            "ends",
            texts(&format!("The line ends with one of these {phrases}.")),
        ),
        (
            "contains",
            texts(&format!("The line has one of these {phrases}.")),
        ),
        (
            "any",
            texts(
                "Regular expressions: the whole line (of a span rule: a piece of it) matches one.",
            ),
        ),
        (
            "unless",
            texts("Regular expressions searched in the line; a match makes the rule decline."),
        ),
        (
            "unless-phrases",
            texts(&format!(
                "The rule declines if the whole line is one of these {phrases}."
            )),
        ),
        (
            "terms",
            texts("Regular expressions of which `min-terms` are found in the line."),
        ),
        (
            "min-terms",
            count("How many of `terms` are found in the line.", 1),
        ),
    ]
}

fn shape() -> Value {
    let mut shape = object(
        &[
            ("min-words", count("At least so many words.", 0)),
            ("max-words", count("At most so many words.", 0)),
            ("min-chars", count("At least so many characters.", 0)),
            ("max-chars", count("At most so many characters.", 0)),
            (
                "no-sentence-end",
                flag("The line does not end as a sentence does."),
            ),
            ("link-only", flag("The line is nothing but links.")),
            (
                "digit-share-min",
                share("At least this share of the characters are digits."),
            ),
            (
                "digit-share-max",
                share("At most this share of the characters are digits."),
            ),
        ],
        &[],
    );
    shape["minProperties"] = 1.into();
    shape
}

fn guard() -> Value {
    let mut most = share("It finds at most this share of a document of 600 characters or more.");
    most["exclusiveMinimum"] = 0.into();
    let mut within = count("How many lines back an equal line is looked for.", 1);
    within["maximum"] = MOST_NEARBY.into();
    object(
        &[
            (
                "min-chars",
                count("What is found has at least so many characters.", 0),
            ),
            (
                "max-chars",
                count("What is found has at most so many characters.", 0),
            ),
            (
                "max-hits",
                count("The rule finds at most so many places in the document.", 0),
            ),
            ("max-share", most),
            (
                "first-lines",
                count("It stands among the first so many lines.", 0),
            ),
            (
                "last-lines",
                count("It stands among the last so many lines.", 0),
            ),
            (
                "edge",
                choice(
                    "Nothing is left between it and that end of the document.",
                    &Edge::ALL.map(Edge::name),
                ),
            ),
            (
                "min-words-before",
                count("So many words stand before it.", 0),
            ),
            (
                "max-line-words-after",
                count("No line after it has more words.", 0),
            ),
            (
                "max-sentences-after",
                share("At most this share of the lines after it are sentences."),
            ),
            (
                "finds-after",
                count(
                    "So many different lines after the marker are found by rules.",
                    0,
                ),
            ),
            (
                "max-finds-before",
                count("The rule finds at most so many lines before it.", 0),
            ),
            (
                "safe-row",
                count(
                    "In a row of so many finds of any rule, an unsafe rule acts at level safe, too.",
                    1,
                ),
            ),
            (
                "safe-has",
                nearby("Lines of which a row or a menu below text must have some at level safe."),
            ),
            ("company", company()),
            ("menu", menu()),
            ("followed-by", nearby("Lines of which some must follow.")),
            (
                "preceded-by",
                nearby("Lines of which some must come before."),
            ),
            ("min-run", count("So many lines stand in a row.", 1)),
            ("within", within),
            (
                "of-first-lines",
                count("The earlier copy is among the first so many lines.", 0),
            ),
            (
                "spare-headline",
                flag(
                    "Headlines stay: headings of level 1, and lines whose words the document's first line has too.",
                ),
            ),
        ],
        &[],
    )
}

fn company() -> Value {
    let mut company = object(
        &[
            (
                "near",
                count(
                    "So many finds of any rule within three lines, 1 unless told.",
                    0,
                ),
            ),
            ("anywhere", count("Or so many in the document.", 0)),
            ("others", flag("Finds of the rule itself do not count.")),
            (
                "sentences",
                flag("Finds of more than two words need it too."),
            ),
            (
                "edge",
                choice(
                    "This end of the document is company: nothing but finds stands between.",
                    &Edge::ALL.map(Edge::name),
                ),
            ),
        ],
        &[],
    );
    company["description"] = "Other finds that must stand near it.".into();
    company
}

fn menu() -> Value {
    let mut menu = object(
        &[
            (
                "tags",
                texts("Rules with one of these tags know its entries."),
            ),
            ("finds", count("So many different entries are known.", 1)),
            ("share", share("At least this share of them.")),
            (
                "gap",
                count("At most so many unknown entries stand in a row.", 0),
            ),
            (
                "told",
                count(
                    "A line that shares so many words with the text is no entry.",
                    1,
                ),
            ),
        ],
        &["tags", "finds", "share", "gap", "told"],
    );
    menu["description"] = "What makes a row of short lines a menu.".into();
    menu
}

fn nearby(about: &str) -> Value {
    let mut within = count("Among so many lines.", 1);
    within["maximum"] = MOST_NEARBY.into();
    let mut nearby = object(
        &[
            ("within", within),
            ("min", count("So many of them, 1 unless told.", 1)),
            ("phrases", texts("Phrases that the whole line is.")),
            ("starts", texts("What the line begins with.")),
            (
                "any",
                texts("Regular expressions that the whole line matches."),
            ),
        ],
        &["within"],
    );
    nearby["description"] = about.into();
    nearby
}

fn test() -> Value {
    object(
        &[
            ("name", text("What the example shows.")),
            ("in", text("A text before cleaning by this rule alone.")),
            ("out", text("The same after it.")),
            (
                "keep",
                text("A text that must stay as it is, by this rule and by all together."),
            ),
            (
                "format",
                choice(
                    "How the text is written.",
                    &TestFormat::ALL.map(TestFormat::name),
                ),
            ),
        ],
        &["name"],
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::rules::schema;

    /// The keys that the parser names when it meets one that it does not know.
    fn accepted(text: &str) -> BTreeSet<String> {
        let error = toml::from_str::<schema::File>(text).unwrap_err();
        assert!(error.message().starts_with("unknown field `zz`"), "{error}");
        let quoted = error.message().split('`').skip(1).step_by(2);
        quoted.skip(1).map(str::to_owned).collect()
    }

    fn described(schema: &Value) -> BTreeSet<String> {
        let keys = schema["properties"].as_object().unwrap().keys();
        keys.cloned().collect()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_parser_accepts_and_no_others() {
        let rule = "schema = 1\n[pack]\nname = \"p\"\n[[rule]]\n";
        let schema = json_schema();
        let rule_schema = &schema["properties"]["rule"]["items"];
        let guard = &rule_schema["properties"]["guard"];
        for (text, table) in [
            ("zz = 1\n".to_owned(), &schema),
            (
                "schema = 1\n[pack]\nzz = 1\n".to_owned(),
                &schema["properties"]["pack"],
            ),
            (format!("{rule}zz = 1\n"), rule_schema),
            (
                format!("{rule}shape = {{ zz = 1 }}\n"),
                &rule_schema["properties"]["shape"],
            ),
            (format!("{rule}guard = {{ zz = 1 }}\n"), guard),
            (
                format!("{rule}guard = {{ followed-by = {{ zz = 1 }} }}\n"),
                &guard["properties"]["followed-by"],
            ),
            (
                format!("{rule}guard = {{ company = {{ zz = 1 }} }}\n"),
                &guard["properties"]["company"],
            ),
            (
                format!("{rule}guard = {{ menu = {{ zz = 1 }} }}\n"),
                &guard["properties"]["menu"],
            ),
            (
                format!("{rule}[[rule.test]]\nzz = 1\n"),
                &rule_schema["properties"]["test"]["items"],
            ),
        ] {
            assert_eq!(described(table), accepted(&text), "{text}");
        }
    }

    /// The values that the parser names when it meets one that it does not know.
    fn variants<T: DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
        let error = toml::Value::from("zz").try_into::<T>().unwrap_err();
        let message = error.message().to_owned();
        assert!(message.starts_with("unknown variant `zz`"), "{message}");
        let quoted = message.split('`').skip(1).step_by(2);
        quoted.skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn the_choices_are_those_that_the_parser_accepts() {
        assert_eq!(variants::<Kind>(), Kind::ALL.map(Kind::name));
        assert_eq!(variants::<Action>(), Action::ALL.map(Action::name));
        assert_eq!(variants::<Safety>(), Safety::ALL.map(Safety::name));
        assert_eq!(variants::<Edge>(), Edge::ALL.map(Edge::name));
        assert_eq!(
            variants::<TestFormat>(),
            TestFormat::ALL.map(TestFormat::name)
        );
    }

    #[test]
    fn every_key_says_what_it_is_for() {
        let schema = json_schema();
        let rule = &schema["properties"]["rule"]["items"]["properties"];
        for table in [
            rule,
            &rule["guard"]["properties"],
            &rule["shape"]["properties"],
        ] {
            for (key, about) in table.as_object().unwrap() {
                let told = about["description"].is_string() || about["properties"].is_object();
                assert!(told || about["items"]["properties"].is_object(), "{key}");
            }
        }
    }
}
