//! Writes the features of every line (of a paragraph that its author wrapped:
//! from its first to its last line) of a folder's texts, for training the
//! structure step: `structure_features FOLDER [--without LINES]`.
//!
//! `LINES` has lines of a file name, a tab and line numbers (from 0) parted by
//! blanks: those lines are taken before features are computed.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development tool"
)]

use std::{
    collections::{HashMap, HashSet},
    env, fs,
    io::{BufWriter, Write},
    path::PathBuf,
};

use dehusk::{
    Document, Format, RuleSet,
    clean::structure::{export, export_names},
};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let option = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        Some(fs::read_to_string(&args[at + 1]).unwrap())
    };
    let without: Option<HashMap<String, HashSet<usize>>> =
        option("--without").map(|list| list.lines().map(numbers).collect());
    let rules = RuleSet::builtin().unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(&args[0])
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut out = BufWriter::new(std::io::stdout().lock());
    writeln!(
        out,
        "file\tline\tlast\tscraped\t{}",
        export_names().join("\t")
    )
    .unwrap();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let gone = match &without {
            None => None,
            Some(list) => match list.get(&name) {
                None => continue,
                some => some,
            },
        };
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let format = if file.extension().is_some_and(|suffix| suffix == "md") {
            Format::Markdown
        } else {
            Format::Text
        };
        let document = Document::new(format, text);
        let starts: Vec<usize> = std::iter::once(0)
            .chain(document.text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let line = |start: usize| starts.partition_point(|&other| other <= start) - 1;
        let found = export(&document, &rules, |start| {
            gone.is_some_and(|gone| gone.contains(&line(start)))
        });
        let scraped = u8::from(found.scraped);
        for (place, values) in found.rows {
            let (first, last) = (line(place.start), line(place.end.saturating_sub(1)));
            write!(out, "{name}\t{first}\t{last}\t{scraped}").unwrap();
            for value in values {
                write!(out, "\t{value}").unwrap();
            }
            writeln!(out).unwrap();
        }
    }
}

/// A line of the list.
fn numbers(line: &str) -> (String, HashSet<usize>) {
    let (name, numbers) = line.split_once('\t').unwrap();
    let numbers = numbers
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    (name.to_owned(), numbers)
}
