//! Embeds every `rules/**/*.toml`, found by walking the folder, so that a new
//! pack is a new file and nothing else; and beside each what would take long
//! to find out at each start: the rules in a form that is quick to read, with
//! phrases folded, and what lines must have for patterns to match.
//!
//! The code that finds out is the library's own.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    io::{self, Error},
    path::{Path, PathBuf},
};

use serde_json::Value;

/// Modules of the library, of which only a part is used here.
macro_rules! library {
    ($($name:ident: $path:literal),*) => {$(
        #[path = $path]
        #[allow(dead_code, reason = "the library uses the rest")]
        mod $name;
    )*};
}
library!(
    fold: "src/rules/fold.rs",
    tree: "src/rules/tree.rs",
    literals: "src/rules/literals.rs",
    heads: "src/rules/heads.rs",
    gate: "src/rules/gate.rs",
    phrase: "src/rules/phrase.rs"
);

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    // Cargo watches a folder by the times of everything in it.
    for path in ["build.rs", "rules", "src/rules"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let mut packs = Vec::new();
    find(&root.join("rules"), &mut packs)?;
    packs.sort();

    let mut table = String::from("&[\n");
    let mut gates = BTreeMap::new();
    for (number, path) in packs.iter().enumerate() {
        let text = fs::read_to_string(path)?;
        // A file that is not right is found out by the tests, which say where.
        let (quick, lines) = quick_form(&text, &mut gates).unwrap_or_default();
        let quick_path = out.join(format!("pack-{number}.json"));
        fs::write(&quick_path, quick)?;
        let name = path.strip_prefix(&root).unwrap_or(path);
        let name = name.to_string_lossy().replace('\\', "/");
        writeln!(
            table,
            "Pack {{ file: {name:?}, text: include_str!({:?}), quick: include_str!({:?}), lines: &{lines:?} }},",
            path.display().to_string(),
            quick_path.display().to_string(),
        )
        .map_err(Error::other)?;
    }
    table.push(']');
    fs::write(out.join("packs.rs"), table)?;
    fs::write(
        out.join("gates.rs"),
        gate_table(&gates).map_err(Error::other)?,
    )
}

type Gates = BTreeMap<(String, bool), gate::Gate>;

/// A rule file as JSON, with exact phrases folded, and the lines of its rules;
/// `None` if it is not as a rule file should be.
fn quick_form(text: &str, gates: &mut Gates) -> Option<(String, Vec<usize>)> {
    let spans = toml::de::DeTable::parse(text).ok()?;
    let rules = spans.get_ref().get("rule")?.get_ref().as_array()?;
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    let lines = rules.iter().map(|rule| line(rule.span().start)).collect();

    let mut file = serde_json::to_value(text.parse::<toml::Table>().ok()?).ok()?;
    for words in file
        .get_mut("lists")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        fold_all(words.1);
    }
    for rule in file.get_mut("rule")?.as_array_mut()? {
        if let Some(phrases) = rule.get_mut("phrases") {
            fold_all(phrases);
        }
        let whole = rule.get("kind") != Some(&Value::from("span"));
        for (key, whole) in [("any", whole), ("terms", false)] {
            let patterns = rule.get(key).and_then(Value::as_array);
            for source in patterns.into_iter().flatten().filter_map(Value::as_str) {
                let pattern = gate::as_run(source, whole);
                gates.insert((source.to_owned(), whole), gate::Gate::of(&pattern, whole));
            }
        }
    }
    Some((file.to_string(), lines))
}

/// Folds phrases that stand for no other words. Others are read at each start.
fn fold_all(phrases: &mut Value) {
    for phrase in phrases.as_array_mut().into_iter().flatten() {
        let Some(written) = phrase.as_str().filter(|written| !written.starts_with('@')) else {
            continue;
        };
        if let Ok(phrase::Phrase::Exact(folded)) = phrase::Phrase::parse(written) {
            *phrase = Value::from(folded);
        }
    }
}

fn gate_table(gates: &Gates) -> Result<String, std::fmt::Error> {
    let mut table = String::from("&[\n");
    for ((source, whole), gate) in gates {
        let strings = gate.strings.as_ref().map(|strings| strings.join("\n"));
        let heads = gate.heads.as_ref().map(|heads| format!("&{heads:?}"));
        let (shortest, longest) = gate.length;
        let longest = if longest == usize::MAX {
            "usize::MAX".to_owned()
        } else {
            longest.to_string()
        };
        writeln!(
            table,
            "Gates {{ source: {source:?}, whole: {whole}, strings: {strings:?}, heads: {}, \
             first: {:?}, last: {:?}, length: ({shortest}, {longest}) }},",
            heads.map_or_else(|| "None".to_owned(), |heads| format!("Some({heads})")),
            gate.first.0,
            gate.last.0,
        )?;
    }
    table.push(']');
    Ok(table)
}

fn find(folder: &Path, packs: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, packs)?;
        } else if path.extension().is_some_and(|suffix| suffix == "toml") {
            packs.push(path);
        }
    }
    Ok(())
}
