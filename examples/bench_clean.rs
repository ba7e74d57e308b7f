//! What cleaning costs: `bench_clean PATH... [--mb N] [--copies N]`.
//!
//! PATH is a folder of texts (or a file). They are cleaned until N MB (100)
//! have gone through, on one thread. Prints the time to the first line, what
//! the first pass costs (patterns compile when a line first asks for them),
//! megabytes per CPU second, and the same with the built-in rules 4 and 16
//! times over: copies have other codes and other phrases; their patterns are
//! the same, which is the worst case, as every copy is asked.
#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development tool"
)]

use std::{env, fs, hint::black_box, path::Path, path::PathBuf, time::Instant};

use dehusk::{CleanOptions, Document, Format, RuleOptions, RuleSet};
use toml::{Table, Value};

fn main() {
    let mut megabytes = 100.0;
    let mut most_copies = 16;
    let mut files = Vec::new();
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--mb" => megabytes = args.next().unwrap().parse().unwrap(),
            "--copies" => most_copies = args.next().unwrap().parse().unwrap(),
            path => find(Path::new(path), &mut files),
        }
    }
    files.sort();
    let documents: Vec<Document> = files.iter().map(|file| read(file)).collect();
    let bytes: usize = documents.iter().map(|document| document.text.len()).sum();
    assert!(
        bytes > 0,
        "usage: bench_clean PATH... [--mb N] [--copies N]"
    );
    println!("{} documents, {bytes} bytes", documents.len());
    for copies in [1, 4, 16] {
        if copies <= most_copies {
            measure(&documents, bytes, megabytes, copies);
        }
    }
}

fn measure(documents: &[Document], bytes: usize, megabytes: f64, copies: usize) {
    let packs = tempfile::tempdir().unwrap();
    write_copies(packs.path(), copies);
    let options = RuleOptions {
        packs: vec![packs.path().to_owned()],
        ..RuleOptions::default()
    };
    let clean = CleanOptions::default();
    let load = || {
        if copies == 1 {
            RuleSet::builtin().unwrap()
        } else {
            RuleSet::load(&options).unwrap()
        }
    };
    let first_line = Document::new(Format::Text, "a");
    let start = Clock::start();
    let rules = load();
    let loaded = start.seconds();
    black_box(dehusk::clean(&first_line, &rules, &clean));
    let first = start.seconds();
    let start = Clock::start();
    for document in documents {
        black_box(dehusk::clean(document, &rules, &clean));
    }
    let cold = start.seconds();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let repeats = (megabytes * 1e6 / bytes as f64).ceil() as usize;
    let start = Clock::start();
    for _ in 0..repeats {
        for document in documents {
            black_box(dehusk::clean(document, &rules, &clean));
        }
    }
    let warm = start.seconds();
    println!(
        "{:5} rules: load {:.1} ms, to first line {:.1} ms; first pass {:.0} ms; {:.1} MB per CPU second",
        rules.rules().len(),
        loaded * 1e3,
        first * 1e3,
        cold * 1e3,
        (repeats * bytes) as f64 / warm / 1e6,
    );
}

/// Writes the built-in packs `copies - 1` times.
fn write_copies(folder: &Path, copies: usize) {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files = Vec::new();
    find(&packs, &mut files);
    for file in files {
        let pack: Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        for copy in 1..copies {
            let mut pack = pack.clone();
            let name = format!("{}-{copy}", file.file_stem().unwrap().to_string_lossy());
            if let Some(Value::Table(head)) = pack.get_mut("pack") {
                head.insert("name".to_owned(), Value::String(name.clone()));
            }
            for rule in pack["rule"].as_array_mut().unwrap() {
                alter(rule.as_table_mut().unwrap(), copy);
            }
            let text = toml::to_string(&pack).unwrap();
            fs::write(folder.join(format!("{name}.toml")), text).unwrap();
        }
    }
}

/// Gives a rule another code and other phrases, and no examples.
fn alter(rule: &mut Table, copy: usize) {
    rule.remove("test");
    let mark = char::from(b'A' + u8::try_from(copy).unwrap());
    let code = rule["code"].as_str().unwrap();
    let code = format!("{mark}{code}");
    rule.insert("code".to_owned(), Value::String(code));
    for key in ["phrases", "starts", "ends", "contains"] {
        let Some(Value::Array(phrases)) = rule.get_mut(key) else {
            continue;
        };
        for phrase in phrases {
            let turned = turn(phrase.as_str().unwrap(), copy);
            *phrase = Value::String(turned);
        }
    }
}

/// Moves the ASCII letters along the alphabet; placeholders stay.
fn turn(phrase: &str, by: usize) -> String {
    let mut inside = false;
    let turned = phrase.chars().map(|c| {
        inside = c == '{' || inside && c != '}';
        if !inside && c.is_ascii_alphabetic() {
            let from = u8::try_from(c.to_ascii_lowercase()).unwrap() - b'a';
            char::from(b'a' + (from + u8::try_from(by).unwrap()) % 26)
        } else {
            c
        }
    });
    turned.collect()
}

fn find(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            find(&entry.unwrap().path(), files);
        }
    } else {
        files.push(path.to_owned());
    }
}

fn read(file: &Path) -> Document {
    let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
    let format = if file.extension().is_some_and(|suffix| suffix == "md") {
        Format::Markdown
    } else {
        Format::Text
    };
    Document::new(format, text)
}

/// Computing time of this process where the system tells it, else time.
struct Clock(Instant, Option<f64>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), computed())
    }

    fn seconds(&self) -> f64 {
        match (self.1, computed()) {
            (Some(from), Some(to)) => to - from,
            _ => self.0.elapsed().as_secs_f64(),
        }
    }
}

fn computed() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = stat.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}
