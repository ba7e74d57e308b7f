//! What cleaning costs, on one thread:
//! `bench_clean PATH... [--mb N] [--copies N] [--safe] [--structure] [--only PART]...`.
//!
//! PATH is a folder of texts (or a file). Parts, all by default:
//!
//! - `recurring`: how many lines of the texts an earlier text has too.
//! - `rules`: the texts are cleaned until N MB (100) have gone through, with
//!   the built-in rules once, 4 and 16 times over (`--copies`: only so often).
//!   Copies have other codes, and other words in phrases and patterns: ASCII
//!   letters are moved along the alphabet. What has none is the same in each
//!   copy. Since what is known of a line is remembered, the texts go through
//!   as they are, so that each line is known from the first pass, and in copies
//!   of which each has other lines.
//! - `start`: the time to load the rules, to the first line, and for the first
//!   pass, in which patterns compile that lines ask for.
//! - `size`: one document of 64 KB, and 4, 16 and 64 times as large.
//! - `line`: lines of 1 MB, of prose and of what is worst for patterns.
//! - `phrases`: a pack of 10,000 phrases.
//!
//! Times are of the processor where the system tells them.
#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a development tool"
)]

use std::{
    collections::HashSet,
    env,
    error::Error,
    fmt::{self, Write as _},
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::Instant,
};

use dehusk::{CleanOptions, Document, Format, Level, RuleOptions, RuleSet};
use toml::{Table, Value};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Bytes of the smallest document of the part `size`.
const SMALL: usize = 64 << 10;
/// Times that what is short is measured.
const LOADS: u32 = 10;
/// Bytes of a long line.
const LONG: usize = 1 << 20;

/// Lines with so many letters are told from their copies by capitals alone.
const TELLING_LETTERS: usize = 12;
/// Signs that are decoration to the rules.
const SIGNS: [char; 2] = ['~', '^'];

struct Bench {
    documents: Vec<Document>,
    bytes: usize,
    megabytes: f64,
    options: CleanOptions,
    only: Vec<String>,
    copies: Vec<u8>,
}

fn main() -> Outcome<()> {
    let mut bench = Bench {
        documents: Vec::new(),
        bytes: 0,
        megabytes: 100.0,
        options: CleanOptions {
            structure: false,
            ..CleanOptions::default()
        },
        only: Vec::new(),
        copies: vec![1, 4, 16],
    };
    let mut files = Vec::new();
    let mut args = env::args().skip(1);
    let usage =
        "usage: bench_clean PATH... [--mb N] [--copies N] [--safe] [--structure] [--only PART]...";
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--mb" => bench.megabytes = args.next().ok_or(usage)?.parse()?,
            "--only" => bench.only.push(args.next().ok_or(usage)?),
            "--copies" => bench.copies = vec![args.next().ok_or(usage)?.parse()?],
            "--safe" => bench.options.level = Level::Safe,
            "--structure" => bench.options.structure = true,
            path => find(Path::new(path), &mut files)?,
        }
    }
    files.sort();
    for file in &files {
        bench.documents.push(read(file)?);
    }
    bench.bytes = bench.documents.iter().map(|one| one.text.len()).sum();
    if bench.bytes == 0 {
        return Err(usage.into());
    }
    println!("{} documents, {} bytes", bench.documents.len(), bench.bytes);
    bench.recurring();
    bench.start()?;
    bench.rules()?;
    bench.size()?;
    bench.line()?;
    bench.phrases()
}

impl Bench {
    fn has(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    fn clean(&self, document: &Document, rules: &RuleSet) {
        black_box(dehusk::clean(document, rules, &self.options));
    }

    fn start(&self) -> Outcome<()> {
        if !self.has("start") {
            return Ok(());
        }
        let (loaded, first) = self.loading(&RuleOptions::default())?;
        let rules = RuleSet::builtin()?;
        let clock = Clock::start();
        pass(&self.documents, &rules, &self.options);
        println!(
            "{} rules: load {loaded:.1} ms, to first line {first:.1} ms; first pass {:.0} ms",
            rules.rules().len(),
            clock.seconds() * 1e3,
        );
        Ok(())
    }

    fn rules(&self) -> Outcome<()> {
        if !self.has("rules") {
            return Ok(());
        }
        let other = self.altered(1);
        println!(
            "an altered copy has {:.1} % of its lines in common with the texts",
            100.0 * self.common(&other),
        );
        for copies in self.copies.iter().copied() {
            let packs = tempfile::tempdir()?;
            write_copies(packs.path(), copies)?;
            let rules = if copies == 1 {
                RuleSet::builtin()?
            } else {
                RuleSet::load(&RuleOptions {
                    packs: vec![packs.path().to_owned()],
                    ..RuleOptions::default()
                })?
            };
            println!("{:5} rules:", rules.rules().len());
            for structure in [false, true] {
                let options = CleanOptions {
                    structure,
                    ..self.options.clone()
                };
                // Patterns compile.
                pass(&self.documents, &rules, &options);
                let passes = whole(self.megabytes * 1e6 / self.bytes as f64);
                let (mut repeated, mut altered) = (Cost::default(), Cost::default());
                for _ in 0..passes {
                    repeated.add(&self.documents, &rules, &options);
                }
                for number in 1..=passes {
                    altered.add(&self.altered(number), &rules, &options);
                }
                let name = if structure { "with" } else { "without" };
                println!("  {name} structure: {repeated} as they are, {altered} each copy altered");
            }
        }
        Ok(())
    }

    /// The texts with other letters in capitals, and with other signs at the
    /// ends of lines that have few letters: rules know most lines as before,
    /// but nearly none is a line of the texts or of another copy.
    fn altered(&self, copy: usize) -> Vec<Document> {
        let alter = |document: &Document| {
            let text = document.text.lines().fold(String::new(), |mut text, line| {
                alter_line(line, copy, &mut text);
                text.push('\n');
                text
            });
            Document::new(document.format, text)
        };
        self.documents.iter().map(alter).collect()
    }

    /// The share of lines of other documents that these have too.
    fn common(&self, others: &[Document]) -> f64 {
        let lines = |documents: &'_ [Document]| -> Vec<String> {
            let lines = documents.iter().flat_map(|one| one.text.lines());
            let lines = lines.map(str::trim).filter(|line| !line.is_empty());
            lines.map(str::to_owned).collect()
        };
        let own: HashSet<String> = lines(&self.documents).into_iter().collect();
        let others = lines(others);
        let common = others.iter().filter(|line| own.contains(*line)).count();
        common as f64 / others.len().max(1) as f64
    }

    /// How many lines of a folder stood in an earlier file of it.
    fn recurring(&self) {
        if !self.has("recurring") {
            return;
        }
        let (mut all, mut known) = ((0, 0), (0, 0));
        let mut seen = HashSet::new();
        for document in &self.documents {
            let lines = document.text.lines().map(str::trim);
            let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            for line in &lines {
                all = (all.0 + 1, all.1 + line.len());
                if seen.contains(line) {
                    known = (known.0 + 1, known.1 + line.len());
                }
            }
            seen.extend(lines);
        }
        println!(
            "{:.1} % of the lines, {:.1} % of their bytes stand in an earlier text",
            100.0 * f64::from(known.0) / f64::from(all.0.max(1)),
            100.0 * known.1 as f64 / all.1.max(1) as f64,
        );
    }

    fn size(&self) -> Outcome<()> {
        if !self.has("size") {
            return Ok(());
        }
        let rules = RuleSet::builtin()?;
        pass(&self.documents, &rules, &self.options);
        let mut texts = self.documents.iter().map(|one| one.text.as_str()).cycle();
        let mut text = String::new();
        for times in [1, 4, 16, 64] {
            while text.len() < times * SMALL {
                text.push_str(texts.next().ok_or("no texts")?);
                text.push('\n');
            }
            let document = Document::new(Format::Text, text.as_str());
            let repeats = whole(256.0 / times as f64);
            let clock = Clock::start();
            for _ in 0..repeats {
                self.clean(&document, &rules);
            }
            println!(
                "{:8} bytes: {:6.1} MB a second",
                text.len(),
                (repeats * text.len()) as f64 / clock.seconds() / 1e6,
            );
        }
        Ok(())
    }

    fn line(&self) -> Outcome<()> {
        if !self.has("line") {
            return Ok(());
        }
        let rules = RuleSet::builtin()?;
        let prose: String = self
            .documents
            .iter()
            .flat_map(|one| one.text.lines())
            .filter(|line| line.len() > 120)
            .flat_map(|line| [line, " "])
            .collect();
        if prose.is_empty() {
            return Err("no prose in the texts".into());
        }
        let kinds = [
            ("prose", prose.as_str()),
            (
                "words of rules",
                "read more: cookies, newsletter and share ",
            ),
            ("brackets", "[]( "),
            ("signs", "?=&/:|"),
            ("letters", "a"),
            ("capitals", "ÀÉ"),
            ("other script", "ニュース"),
        ];
        for (name, piece) in kinds {
            let mut text = piece.repeat(LONG / piece.len() + 1);
            text.push('\n');
            let document = Document::new(Format::Text, text);
            self.clean(&document, &rules);
            let clock = Clock::start();
            (0..LOADS).for_each(|_| self.clean(&document, &rules));
            let seconds = clock.seconds() / f64::from(LOADS);
            println!(
                "a line of {name:14}: {:6.1} ms, {:6.1} MB a second",
                seconds * 1e3,
                document.text.len() as f64 / seconds / 1e6,
            );
        }
        Ok(())
    }

    fn phrases(&self) -> Outcome<()> {
        if !self.has("phrases") {
            return Ok(());
        }
        let mut pack = String::from("schema = 1\n[pack]\nname = \"many\"\n");
        for rule in 0..10 {
            let _ = write!(
                pack,
                "[[rule]]\ncode = \"MANY{rule:03}\"\nid = \"many-{rule}\"\nsummary = \"s\"\nwhy = \"w\"\nkind = \"line\"\nphrases = [\n"
            );
            for phrase in 0..1000 {
                let _ = writeln!(pack, "\"the phrase {phrase} of rule {rule}\",");
            }
            pack.push_str("]\n");
        }
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("many.toml"), &pack)?;
        let (loaded, first) = self.loading(&RuleOptions {
            packs: vec![folder.path().to_owned()],
            ..RuleOptions::default()
        })?;
        println!("10,000 phrases more: load {loaded:.1} ms, to first line {first:.1} ms");
        Ok(())
    }

    /// Milliseconds to load rules, and to the first line that is cleaned: the
    /// least of several times.
    fn loading(&self, options: &RuleOptions) -> Outcome<(f64, f64)> {
        let mut least = (f64::MAX, f64::MAX);
        for _ in 0..LOADS {
            let start = Instant::now();
            let rules = RuleSet::load(options)?;
            let loaded = start.elapsed().as_secs_f64() * 1e3;
            self.clean(&Document::new(Format::Text, "a"), &rules);
            let first = start.elapsed().as_secs_f64() * 1e3;
            least = (least.0.min(loaded), least.1.min(first));
        }
        Ok(least)
    }
}

fn pass(documents: &[Document], rules: &RuleSet, options: &CleanOptions) {
    for document in documents {
        black_box(dehusk::clean(document, rules, options));
    }
}

/// What cleaning has cost so far.
#[derive(Default)]
struct Cost {
    bytes: usize,
    left: usize,
    seconds: f64,
}

impl Cost {
    fn add(&mut self, documents: &[Document], rules: &RuleSet, options: &CleanOptions) {
        let clock = Clock::start();
        for document in documents {
            self.left += dehusk::clean(document, rules, options).text.len();
            self.bytes += document.text.len();
        }
        self.seconds += clock.seconds();
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = 1.0 - self.left as f64 / self.bytes as f64;
        write!(
            f,
            "{:.1} MB a second ({:.0} % taken)",
            self.bytes as f64 / self.seconds / 1e6,
            100.0 * taken,
        )
    }
}

/// Letters in capitals or not, by as many bits of a number that depends on
/// line and copy; and signs that rules do not see, for lines with few letters.
fn alter_line(line: &str, copy: usize, altered: &mut String) {
    let mut bits = 0_u64;
    let mut state = copy as u64;
    let mut letters = 0_usize;
    for c in line.chars() {
        if !c.is_ascii_alphabetic() {
            altered.push(c);
            continue;
        }
        if letters.is_multiple_of(32) {
            // A linear congruential generator (Knuth, MMIX).
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            bits = state >> 32;
        }
        altered.push(if bits >> (letters % 32) & 1 == 1 {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        });
        letters += 1;
    }
    if letters < TELLING_LETTERS && !line.trim().is_empty() {
        altered.push(' ');
        let mut rest = copy;
        while rest > 0 {
            altered.push(SIGNS[rest % SIGNS.len()]);
            rest /= SIGNS.len();
        }
    }
}

/// The next whole number; at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small positive numbers"
)]
fn whole(number: f64) -> usize {
    number.max(1.0).ceil() as usize
}

/// Writes the built-in packs `copies - 1` times.
fn write_copies(folder: &Path, copies: u8) -> Outcome<()> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files = Vec::new();
    find(&packs, &mut files)?;
    for file in files {
        let pack: Table = fs::read_to_string(&file)?.parse()?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        for copy in 1..copies {
            let mut pack = pack.clone();
            let name = format!("{stem}-{copy}");
            if let Some(Value::Table(head)) = pack.get_mut("pack") {
                head.insert("name".to_owned(), Value::String(name.clone()));
            }
            let rules = pack.get_mut("rule").and_then(Value::as_array_mut);
            for rule in rules.into_iter().flatten().filter_map(Value::as_table_mut) {
                alter(rule, copy);
            }
            fs::write(folder.join(format!("{name}.toml")), toml::to_string(&pack)?)?;
        }
    }
    Ok(())
}

/// Gives a rule another code and other words, and no examples.
fn alter(rule: &mut Table, copy: u8) {
    rule.remove("test");
    if let Some(Value::String(code)) = rule.get_mut("code") {
        code.insert(0, char::from(b'A' + copy));
    }
    for key in [
        "phrases", "starts", "ends", "contains", "any", "unless", "terms",
    ] {
        let is_pattern = matches!(key, "any" | "unless" | "terms");
        let Some(Value::Array(texts)) = rule.get_mut(key) else {
            continue;
        };
        for text in texts {
            if let Value::String(text) = text {
                let other = turn(text, copy, is_pattern);
                let is_same = other == *text;
                *text = other;
                if is_same && !is_pattern {
                    let _ = write!(text, " {copy}");
                }
            }
        }
    }
}

/// Moves the ASCII letters along the alphabet. Placeholders stay, and so do a
/// pattern's classes, escapes, bounds and flags.
fn turn(text: &str, by: u8, is_pattern: bool) -> String {
    let mut turned = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut until = None;
    while let Some(c) = chars.next() {
        turned.push(match c {
            _ if Some(c) == until => {
                until = None;
                c
            }
            '\\' if is_pattern => {
                turned.push(c);
                if let Some(next) = chars.next() {
                    turned.push(next);
                    if matches!(next, 'x' | 'u' | 'p' | 'P') && until.is_none() {
                        let braced = chars.peek() == Some(&'{');
                        let count = if braced || next == 'p' || next == 'P' {
                            0
                        } else {
                            2
                        };
                        (0..count).for_each(|_| turned.extend(chars.next()));
                    }
                }
                continue;
            }
            _ if until.is_some() => c,
            '{' => {
                until = Some('}');
                c
            }
            '[' if is_pattern => {
                until = Some(']');
                turned.push(c);
                // A bracket that comes first is of the class.
                if chars.peek() == Some(&'^') {
                    turned.extend(chars.next());
                }
                if chars.peek() == Some(&']') {
                    turned.extend(chars.next());
                }
                continue;
            }
            '?' if is_pattern && turned.ends_with('(') => {
                turned.push(c);
                while let Some(&flag) = chars.peek() {
                    if !flag.is_ascii_alphabetic() && flag != '-' {
                        break;
                    }
                    turned.extend(chars.next());
                }
                continue;
            }
            _ if c.is_ascii_alphabetic() => {
                let from = c.to_ascii_lowercase() as u8 - b'a';
                char::from(b'a' + (from + by) % 26)
            }
            _ => c,
        });
    }
    turned
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            find(&entry?.path(), files)?;
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(())
}

fn read(file: &Path) -> Outcome<Document> {
    let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    let format = if file.extension().is_some_and(|suffix| suffix == "md") {
        Format::Markdown
    } else {
        Format::Text
    };
    Ok(Document::new(format, text))
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
