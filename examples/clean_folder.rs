//! Cleans a folder of texts, for trying rules: `clean_folder IN OUT [safe|full]`.
#![allow(
    clippy::too_many_lines,
    clippy::cast_precision_loss,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development tool"
)]

use std::{collections::BTreeMap, env, fs, path::PathBuf, time::Instant};

use dehusk::{
    CleanOptions, Document, Format, Level, RuleSet,
    rules::test::{self, TestKind},
};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    // PACKS names rule files to use instead of the built-in ones.
    let rules = env::var("PACKS").map_or_else(
        |_| RuleSet::builtin(),
        |packs| RuleSet::only(packs.as_ref()),
    );
    let rules = rules.unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(2)
    });
    if args.first().map(String::as_str) == Some("test") {
        if let Err(error) = RuleSet::check_builtin() {
            println!("{error}");
            std::process::exit(1);
        }
        run_tests(&rules, args.get(1));
        return;
    }
    if args.first().map(String::as_str) == Some("load") {
        for _ in 0..30 {
            RuleSet::builtin().unwrap();
        }
        return;
    }
    if args.first().map(String::as_str) == Some("bench") {
        bench(&rules, &args[1]);
        return;
    }
    let [input, output, rest @ ..] = args.as_slice() else {
        eprintln!("usage: clean_folder IN OUT [safe|full] [explain] | clean_folder test [PACK]");
        std::process::exit(2)
    };
    let options = CleanOptions {
        level: if rest.iter().any(|arg| arg == "safe") {
            Level::Safe
        } else {
            Level::Full
        },
        explain: rest.iter().any(|arg| arg == "explain"),
        ..CleanOptions::default()
    };
    fs::create_dir_all(output).unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(input)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut counts: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let (mut bytes, mut time) = (0, 0.0);
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let format = if file.extension().is_some_and(|suffix| suffix == "md") {
            Format::Markdown
        } else {
            Format::Text
        };
        let document = Document::new(format, text);
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let start = Instant::now();
        let cleaned = dehusk::clean(&document, &rules, &options);
        time += start.elapsed().as_secs_f64();
        bytes += document.text.len();
        let mut seen: Vec<String> = Vec::new();
        for removal in &cleaned.removals {
            let count = counts.entry(removal.code.to_string()).or_default();
            count.0 += 1;
            count.1 += removal.bytes();
            if !seen.contains(&removal.code.to_string()) {
                seen.push(removal.code.to_string());
                count.2 += 1;
            }
            if options.explain {
                let span = removal.span().unwrap().clone();
                println!(
                    "{name}\t{}\t{span:?}\t{:?}",
                    removal.code,
                    &document.text[span.clone()]
                );
            }
        }
        if !cleaned.withheld.is_empty() {
            eprintln!(
                "review: {name}: {} bytes withheld",
                cleaned
                    .withheld
                    .iter()
                    .map(dehusk::Removal::bytes)
                    .sum::<usize>()
            );
        }
        for declined in &cleaned.declined {
            println!(
                "{name}\t{}\tdeclined by {}\t{:?}\t{:?}",
                declined.code,
                declined.guard,
                declined.found,
                &document.text[declined.span.clone()]
            );
        }
        for reported in &cleaned.reported {
            if options.explain {
                println!(
                    "{name}\t{}\treported\t{:?}",
                    reported.code,
                    &document.text[reported.span.clone()]
                );
            }
        }
        fs::write(PathBuf::from(output).join(&name), cleaned.text).unwrap();
    }
    for (code, (hits, bytes, documents)) in counts {
        eprintln!("{code}\t{hits} removals\t{bytes} bytes\t{documents} documents");
    }
    eprintln!(
        "{bytes} bytes in {time:.3} s: {:.1} MB/s",
        bytes as f64 / time / 1e6
    );
}

fn bench(rules: &RuleSet, folder: &str) {
    let start = Instant::now();
    for _ in 0..20 {
        env::var("PACKS")
            .map_or_else(
                |_| RuleSet::builtin(),
                |packs| RuleSet::only(packs.as_ref()),
            )
            .unwrap();
    }
    eprintln!(
        "load: {:.2} ms, {} rules",
        start.elapsed().as_secs_f64() * 50.0,
        rules.rules().len()
    );
    let mut documents = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let format = if file.extension().is_some_and(|suffix| suffix == "md") {
            Format::Markdown
        } else {
            Format::Text
        };
        documents.push(Document::new(format, text));
    }
    let options = CleanOptions::default();
    let bytes: usize = documents.iter().map(|document| document.text.len()).sum();
    for round in 0..4 {
        let start = cpu();
        let repeats = if round == 0 {
            1
        } else {
            1 + 20_000_000 / bytes
        };
        for _ in 0..repeats {
            for document in &documents {
                std::hint::black_box(dehusk::clean(document, rules, &options));
            }
        }
        let time = cpu() - start;
        eprintln!(
            "{repeats} x {bytes} bytes: {:.1} MB per CPU second",
            (repeats * bytes) as f64 / time / 1e6
        );
    }
}

/// Seconds that this process has computed.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/schedstat").unwrap();
    stat.split_whitespace()
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1e9
}

fn run_tests(rules: &RuleSet, pack: Option<&String>) {
    let own = pack.map(|pack| {
        RuleSet::only(pack.as_ref()).unwrap_or_else(|error| {
            eprintln!("{error}");
            std::process::exit(2)
        })
    });
    let outcomes = test::run(own.as_ref().unwrap_or(rules), rules);
    let mut failed = 0;
    for outcome in &outcomes {
        if outcome.kind != TestKind::Passed {
            failed += 1;
            println!(
                "{:?}: {} {}: {}\n  expected {:?}\n  got      {:?}\n  by {:?}",
                outcome.kind,
                outcome.file,
                outcome.rule,
                outcome.test,
                outcome.expected,
                outcome.got,
                outcome.by
            );
        }
    }
    println!("{} examples, {failed} failed", outcomes.len());
    std::process::exit(i32::from(failed > 0));
}
