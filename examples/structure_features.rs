//! Writes the features of every line of a folder's texts for training:
//! `structure_features FOLDER [norules] > features.tsv`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development tool"
)]

use std::{
    env, fs,
    io::{BufWriter, Write},
};

use dehusk::{CleanOptions, Document, Format, RuleSet, clean::structure::export};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let rules = RuleSet::builtin().unwrap();
    let mut files: Vec<_> = fs::read_dir(&args[0])
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut first = true;
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let format = if file.extension().is_some_and(|suffix| suffix == "md") {
            Format::Markdown
        } else {
            Format::Text
        };
        let document = Document::new(format, text);
        let (names, rows) = export(&document, &rules, &CleanOptions::default());
        if first {
            writeln!(out, "file\tline\t{}", names.join("\t")).unwrap();
            first = false;
        }
        let name = file.file_name().unwrap().to_string_lossy();
        for (start, values) in rows {
            let line = document.text[..start].matches('\n').count();
            write!(out, "{name}\t{line}").unwrap();
            for value in values {
                write!(out, "\t{value}").unwrap();
            }
            writeln!(out).unwrap();
        }
    }
}
