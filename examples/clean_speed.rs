//! Measures cleaning on one core: `clean_speed FOLDER [TIMES]`. Every text of
//! the folder is cleaned in memory, at both levels.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development tool"
)]

use std::{env, fs, time::Instant};

use dehusk::{CleanOptions, Document, Format, Level, RuleSet, clean};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let times: usize = args.get(1).map_or(20, |times| times.parse().unwrap());
    let rules = RuleSet::builtin().unwrap();
    let documents: Vec<Document> = fs::read_dir(&args[0])
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let markdown = path.extension().is_some_and(|suffix| suffix == "md");
            let format = if markdown {
                Format::Markdown
            } else {
                Format::Text
            };
            let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
            Document::new(format, text)
        })
        .collect();
    let bytes: usize = documents.iter().map(|document| document.text.len()).sum();
    for level in [Level::Safe, Level::Full] {
        let options = CleanOptions {
            level,
            ..CleanOptions::default()
        };
        // The best of several passes: others use the machine too.
        let best = (0..times)
            .map(|_| {
                let start = Instant::now();
                for document in &documents {
                    std::hint::black_box(clean(document, &rules, &options));
                }
                start.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        println!("{level:?}: {:.1} MB/s", bytes as f64 / best / 1e6);
    }
}
