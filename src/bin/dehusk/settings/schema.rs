//! The JSON schema of `dehusk.toml`, for editors.

use dehusk::{
    DocumentKind,
    rules::json_schema::{choice, count, flag, object, override_schema, share, text, texts},
};
use serde_json::{Value, json};

/// The JSON schema of a configuration file.
pub(crate) fn json_schema() -> Value {
    let mut schema = object(
        &[
            (
                "exclude",
                texts("Files and folders that are left out, in the syntax of .gitignore."),
            ),
            ("rules", rules()),
            (
                "limits",
                object(
                    &[
                        (
                            "min-keep-words",
                            count(
                                "So many words of a document must be left, or the other limit.",
                                0,
                            ),
                        ),
                        (
                            "min-keep-share",
                            share("This share of its letters must be left, or the other limit."),
                        ),
                    ],
                    &[],
                ),
            ),
            (
                "dedup",
                object(
                    &[
                        (
                            "keep",
                            choice(
                                "Which of several that say the same stays.",
                                &["first", "longest", "newest", "best"],
                            ),
                        ),
                        (
                            "similarity",
                            share("From how alike two documents are they say the same."),
                        ),
                    ],
                    &[],
                ),
            ),
            ("per-path", json!({ "type": "array", "items": per_path() })),
            (
                "keep",
                json!({
                    "type": "object",
                    "description": "Lines that must never go, by file (in the syntax of .gitignore).",
                    "additionalProperties": { "type": "array", "items": { "type": "string" } },
                }),
            ),
        ],
        &[],
    );
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "dehusk configuration".into();
    schema
}

const NAMES: &str = "codes (`IMG001`), letters of codes (`IMG`), `tag:name`, `pack:name` or `ALL`";

fn rules() -> Value {
    object(
        &[
            (
                "packs",
                texts("Rule files, or folders of them, beside the built-in ones."),
            ),
            ("select", selection(&format!("Only these rules: {NAMES}."))),
            ("ignore", texts(&format!("Not these rules: {NAMES}."))),
            (
                "extend-safe",
                texts(&format!("These rules count as safe: {NAMES}.")),
            ),
            (
                "unsafe",
                flag("Whether `check`, `diff` and `fix` apply unsafe rules."),
            ),
            (
                "override",
                json!({
                    "type": "object",
                    "description": "Keys of single rules, by code, in the place of their own.",
                    "propertyNames": { "pattern": "^[A-Z]+[0-9]{3}$" },
                    "additionalProperties": override_schema(),
                }),
            ),
        ],
        &[],
    )
}

/// A list of at least one text.
fn selection(about: &str) -> Value {
    let mut list = texts(about);
    list["minItems"] = 1.into();
    list
}

fn per_path() -> Value {
    let mut lang = text("The language of the files, an ISO 639-1 code.");
    lang["pattern"] = "^[a-z]{2}$".into();
    let kinds = DocumentKind::ALL.map(DocumentKind::name);
    object(
        &[
            ("paths", texts("The files, in the syntax of .gitignore.")),
            (
                "select",
                selection(&format!("Only these rules hold there: {NAMES}.")),
            ),
            (
                "extend-select",
                texts(&format!("These rules hold there, too: {NAMES}.")),
            ),
            (
                "ignore",
                texts(&format!("These rules do not hold there: {NAMES}.")),
            ),
            (
                "extend-safe",
                texts(&format!("These rules count as safe there: {NAMES}.")),
            ),
            ("unsafe", flag("Whether unsafe rules hold there.")),
            ("site", text("The host that the files were taken from.")),
            ("lang", lang),
            (
                "kind",
                choice("What kind of documents the files are.", &kinds),
            ),
        ],
        &["paths"],
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Settings;
    use super::*;

    fn accepted(text: &str) -> BTreeSet<String> {
        let error = toml::from_str::<Settings>(text).unwrap_err();
        assert!(error.message().starts_with("unknown field `zz`"), "{error}");
        let quoted = error.message().split('`').skip(1).step_by(2);
        quoted.skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_parser_accepts_and_no_others() {
        let schema = json_schema();
        let of = &schema["properties"];
        for (text, table) in [
            ("zz = 1\n", &schema),
            ("[rules]\nzz = 1\n", &of["rules"]),
            ("[limits]\nzz = 1\n", &of["limits"]),
            ("[dedup]\nzz = 1\n", &of["dedup"]),
            ("[[per-path]]\nzz = 1\n", &of["per-path"]["items"]),
        ] {
            let keys = table["properties"].as_object().unwrap().keys();
            let described: BTreeSet<String> = keys.cloned().collect();
            assert_eq!(described, accepted(text), "{text}");
        }
    }
}
