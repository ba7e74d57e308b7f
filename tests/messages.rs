//! Every message about a mistake in a rule file or in the configuration: what
//! is wrong, where, and what to do. They are in `tests/expected/messages.txt`,
//! for a person to review.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fmt::Write;

use common::{Dir, assert_checked_in, own_rule};

/// Keys of a rule, and what is wrong with them.
const RULES: &[(&str, &str)] = &[
    ("an unknown key", "phrase = [\"tweet\"]"),
    ("a key of no likeness", "colour = \"red\""),
    ("an unknown guard", "guard = { max-hit = 3 }"),
    ("a value that is none of the choices", "safety = \"saef\""),
    ("a value of another type", "tags = \"consent\""),
    ("a negative number", "guard = { max-hits = -1 }"),
    (
        "a guard that the kind does not read",
        "guard = { min-run = 3 }",
    ),
    ("a share that is none", "guard = { max-share = 3.0 }"),
    (
        "limits that contradict each other",
        "guard = { min-chars = 9, max-chars = 3 }",
    ),
    ("a pattern that does not compile", "any = ['(never closed']"),
    ("a pattern of look-around", "any = ['(?=a)b']"),
    ("a phrase without words", "starts = [\"...\"]"),
    (
        "a placeholder where there is none",
        "contains = [\"{n} views\"]",
    ),
    ("a reference to no list", "starts = [\"@menus\"]"),
    ("a flag that there is not", "tags = [\"flag:lossy\"]"),
    (
        "a site that is no host",
        "sites = [\"https://example.org/\"]",
    ),
    (
        "a kind of document that there is not",
        "kinds = [\"articles\"]",
    ),
    ("a pattern of paths that names none", "paths = [\"!raw/\"]"),
    ("a language that is no code", "langs = [\"english\"]"),
    ("terms without enough", "min-terms = 3\nterms = ['a']"),
    ("a shape that is empty", "shape = {}"),
    (
        "neighbours without a reach",
        "guard = { followed-by = { within = 0, any = ['a'] } }",
    ),
    (
        "neighbours without words",
        "guard = { followed-by = { within = 2 } }",
    ),
    ("a selector in a rule for lines", "select = [\"p\"]"),
    (
        "a keep rule that counts",
        "action = \"keep\"\nguard = { max-hits = 3 }",
    ),
    (
        "a test that is neither",
        "[[rule.test]]\nname = \"half\"\nin = \"a\"",
    ),
];

/// Whole rule files: what to replace by what.
const FILES: &[(&str, &str, &str)] = &[
    ("a schema of the future", "schema = 1", "schema = 2"),
    ("a table that is not closed", "[pack]", "[pack"),
    ("a code of another form", "GAZ001", "gaz-1"),
    (
        "a name of another form",
        "\"village-gazette\"",
        "\"Village Gazette\"",
    ),
    ("no kind", "kind    = \"line\"", ""),
    (
        "a kind that there is not",
        "kind    = \"line\"",
        "kind    = \"lime\"",
    ),
    (
        "nothing that could match",
        "phrases = [\"the gazette that the village reads\"]",
        "",
    ),
    (
        "a selector that is no CSS",
        "kind    = \"line\"\nphrases = [\"the gazette that the village reads\"]",
        "kind = \"html\"\nselect = [\"p[\"]",
    ),
    (
        "a span rule with phrases",
        "kind    = \"line\"",
        "kind    = \"span\"",
    ),
    (
        "a name of a list",
        "[pack]",
        "[lists]\n\"The menu\" = [\"home\"]\n[pack]",
    ),
    ("an empty list", "[pack]", "[lists]\nmenu = []\n[pack]"),
    (
        "a list of lists",
        "[pack]",
        "[lists]\nmenu = [\"@other\"]\nother = [\"home\"]\n[pack]",
    ),
];

/// Configurations.
const SETTINGS: &[(&str, &str)] = &[
    ("an unknown key", "[rules]\nselct = [\"IMG\"]\n"),
    ("an unknown table", "[rule]\nselect = [\"IMG\"]\n"),
    ("a key of no likeness", "colour = true\n"),
    ("a value of another type", "exclude = 3\n"),
    (
        "a value that is none of the choices",
        "[dedup]\nkeep = \"longst\"\n",
    ),
    ("a share that is none", "[dedup]\nsimilarity = 35\n"),
    (
        "another share that is none",
        "[limits]\nmin-keep-words = 3\nmin-keep-share = -1.0\n",
    ),
    (
        "an entry without paths",
        "[[per-path]]\nignore = [\"IMG\"]\n",
    ),
    (
        "an entry with an empty list of paths",
        "[[per-path]]\npaths = []\nsite = \"a.org\"\n",
    ),
    (
        "an entry with a language that is no code",
        "[[per-path]]\npaths = [\"a/\"]\nlang = \"english\"\n",
    ),
    (
        "an entry with a site that is no host",
        "[[per-path]]\npaths = [\"a/\"]\nsite = \"https://a.org/\"\n",
    ),
    (
        "an entry with a kind that there is not",
        "[[per-path]]\npaths = [\"a/\"]\nkind = \"articel\"\n",
    ),
    (
        "an entry that ignores no rule",
        "[[per-path]]\npaths = [\"a/\"]\nignore = [\"IMAGE\"]\n",
    ),
    ("an empty selection", "[rules]\nselect = []\n"),
    (
        "an empty selection for some files",
        "[[per-path]]\npaths = [\"a/\"]\nselect = []\n",
    ),
    ("a bracket that is not closed", "exclude = [\"a[\"]\n"),
    (
        "a finding of no rule that is ignored for some files",
        "[[per-path]]\npaths = [\"a/\"]\nignore = [\"DUP001\"]\n",
    ),
    ("a similarity of nothing", "[dedup]\nsimilarity = 0.0\n"),
    (
        "a selection of no rule",
        "[rules]\nselect = [\"ALL\", \"IMG0001\"]\n",
    ),
    (
        "a tag that there is not",
        "[rules]\nignore = [\"tag:consnt\"]\n",
    ),
    (
        "a safe rule that there is not",
        "rules.extend-safe = [\"NOPE\"]\n",
    ),
    (
        "an override of no rule",
        "[rules.override.IMG0001]\nsafety = \"safe\"\n",
    ),
    (
        "an override of a key that is the rule's own",
        "[rules.override.IMG001]\nphrases = [\"a\"]\n",
    ),
    (
        "an override of a guard that there is not",
        "[rules.override.IMG001]\nguard.max-hit = 3\n",
    ),
    (
        "an override that the kind does not read",
        "[rules.override.IMG001]\nguard.min-run = 3\n",
    ),
    (
        "a pack that is not there",
        "rules.packs = [\"none.toml\"]\n",
    ),
    (
        "a pack that is a folder without any",
        "rules.packs = [\"empty\"]\n",
    ),
    ("a pattern that is none", "exclude = [\"a{b\"]\n"),
    (
        "exceptions that are no list",
        "[keep]\n\"a.txt\" = \"Related\"\n",
    ),
    ("no TOML", "rules = \n"),
];

/// Arguments.
const ARGUMENTS: &[&[&str]] = &[
    &["check", "--config", "none.toml"],
    &["check", "--rules", "none.toml"],
    &["check", "--select", "IMGG"],
    &["check", "--ignore", "tag:imagee"],
    &["rules", "test", "none.toml"],
    &["explain", "IMG999"],
    &["explain", "none.txt"],
    &["explain", "empty"],
];

#[test]
fn every_message_says_what_is_wrong_where_and_what_to_do() {
    let dir = Dir::new();
    dir.write("empty/note.txt", "No rules here.\n");
    let mut told = String::new();
    let mut tell = |what: &str, dir: &Dir, args: &[&str]| {
        let ran = dir.dehusk(args);
        assert_eq!(ran.code, Some(2), "{what}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.starts_with("dehusk: "), "{what}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{what}: {}", ran.stderr);
        let root = dir.path("").canonicalize().unwrap();
        let root = format!("{}/", root.display());
        write!(told, "{what}\n  {}", ran.stderr.replace(&root, "")).unwrap();
    };
    for (what, keys) in RULES {
        dir.write("mine.toml", own_rule(keys));
        tell(
            &format!("rule: {what}"),
            &dir,
            &["rules", "test", "mine.toml"],
        );
    }
    for (what, from, to) in FILES {
        let broken = own_rule("").replace(from, to);
        assert_ne!(broken, own_rule(""), "{what}");
        dir.write("mine.toml", broken);
        tell(
            &format!("rule file: {what}"),
            &dir,
            &["rules", "test", "mine.toml"],
        );
    }
    let again = own_rule("").split("[[rule]]").nth(1).unwrap().to_owned();
    dir.write("mine.toml", format!("{}\n[[rule]]{again}", own_rule("")));
    tell(
        "rule file: a code that stands twice",
        &dir,
        &["rules", "test", "mine.toml"],
    );
    for (what, settings) in SETTINGS {
        dir.write("dehusk.toml", settings);
        tell(&format!("configuration: {what}"), &dir, &["check"]);
    }
    dir.write("dehusk.toml", "");
    for args in ARGUMENTS {
        tell(&format!("arguments: {}", args.join(" ")), &dir, args);
    }
    assert_checked_in("tests/expected/messages.txt", &told);
}
