//! scratch
#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout
)]
use dehusk::*;
fn alter_line(line: &str, copy: usize, out: &mut String) {
    // toggles capitals of a window of letters by copy, appends signs to short lines
    let mut n = 0usize;
    for c in line.chars() {
        if c.is_ascii_alphabetic() {
            let flip = (copy >> (n % 12)) & 1 == 1 && n < 12;
            out.push(if flip {
                if c.is_ascii_uppercase() {
                    c.to_ascii_lowercase()
                } else {
                    c.to_ascii_uppercase()
                }
            } else {
                c
            });
            n += 1;
        } else {
            out.push(c);
        }
    }
    if n < 12 && !line.trim().is_empty() {
        let mut k = copy;
        while k > 0 {
            out.push(if k & 1 == 1 { '~' } else { '^' });
            k >>= 1;
        }
    }
}
fn main() {
    let mut args = std::env::args().skip(1);
    let dir = args.next().unwrap();
    let new = args.next().unwrap() == "new";
    let structure = args.next().unwrap() == "st";
    let mb: usize = args.next().unwrap().parse().unwrap();
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    let docs: Vec<Document> = files
        .iter()
        .map(|f| {
            let t = String::from_utf8_lossy(&std::fs::read(f).unwrap()).into_owned();
            Document::new(
                if f.extension().is_some_and(|e| e == "md") {
                    Format::Markdown
                } else {
                    Format::Text
                },
                t,
            )
        })
        .collect();
    let bytes: usize = docs.iter().map(|d| d.text.len()).sum();
    let rules = RuleSet::builtin().unwrap();
    let options = CleanOptions {
        structure,
        ..CleanOptions::default()
    };
    for d in &docs {
        std::hint::black_box(clean(d, &rules, &options));
    }
    let passes = (mb * 1_000_000).div_ceil(bytes);
    let mut sets: Vec<Vec<Document>> = vec![];
    for p in 1..=(if new { passes } else { 1 }) {
        sets.push(
            docs.iter()
                .map(|d| {
                    if new {
                        let mut t = String::new();
                        for l in d.text.lines() {
                            alter_line(l, p, &mut t);
                            t.push('\n');
                        }
                        Document::new(d.format, t)
                    } else {
                        d.clone()
                    }
                })
                .collect(),
        );
    }
    let start = std::time::Instant::now();
    let mut left = 0;
    for p in 0..passes {
        for d in &sets[if new { p } else { 0 }] {
            left += clean(d, &rules, &options).text.len();
        }
    }
    let s = start.elapsed().as_secs_f64();
    println!(
        "{:.1} MB/s ({} left of {})",
        (passes * bytes) as f64 / 1e6 / s,
        left / passes,
        bytes
    );
}
