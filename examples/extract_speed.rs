//! Measures extraction: `extract_speed PAGES` reads all pages of a folder into
//! memory and prints, each as the best of three rounds,
//!
//! - the speed of extraction to plain text and of a bare parse by scraper, in
//!   megabytes per second of CPU time, and their ratio;
//! - the page that takes most time per byte, against the median;
//! - how much faster two threads are than one.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program that prints figures"
)]

use std::{env, fs, hint::black_box, io, path::Path, time::Instant};

use dehusk::{ExtractOptions, RuleSet, extract};
use rayon::prelude::*;
use scraper::Html;

/// Rounds of which the best counts: others use the machine, too.
const ROUNDS: usize = 3;

/// Smaller pages take less than the clock can tell apart.
const SMALLEST: usize = 4 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::args().nth(1).ok_or("usage: extract_speed PAGES")?;
    let mut pages = Vec::new();
    read(Path::new(&folder), &mut pages)?;
    pages.sort();
    let bytes: usize = pages.iter().map(|(_, html)| html.len()).sum();
    let megabytes = bytes as f64 / 1e6;
    let rules = RuleSet::builtin()?;
    let options = ExtractOptions::default();
    let extracted = times(&pages, |html| {
        black_box(extract(html, &rules, &options));
    });
    let parsed = times(&pages, |html| {
        black_box(Html::parse_document(html));
    });
    let (whole, bare) = (extracted.whole, parsed.whole);
    println!("{} pages, {megabytes:.1} MB", pages.len());
    println!("extraction {:.1} MB per CPU-second", megabytes / whole);
    println!("bare parse {:.1} MB per CPU-second", megabytes / bare);
    println!("ratio {:.2}", whole / bare);
    worst(&pages, &extracted.pages);
    let wall = |jobs| -> Result<f64, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
        let round = || {
            let start = Instant::now();
            pool.install(|| {
                pages.par_iter().for_each(|(_, html)| {
                    black_box(extract(html, &rules, &options));
                });
            });
            start.elapsed().as_secs_f64()
        };
        Ok((0..ROUNDS).map(|_| round()).fold(f64::MAX, f64::min))
    };
    println!("two threads {:.2} times as fast", wall(1)? / wall(2)?);
    Ok(())
}

/// What some rounds took at best.
struct Times {
    /// CPU seconds for all pages.
    whole: f64,
    /// Seconds for each page.
    pages: Vec<f64>,
}

fn times(pages: &[(String, String)], work: impl Fn(&str)) -> Times {
    let mut best = Times {
        whole: f64::MAX,
        pages: vec![f64::MAX; pages.len()],
    };
    for _ in 0..ROUNDS {
        let round = Clock::start();
        for ((_, html), best) in pages.iter().zip(&mut best.pages) {
            let start = Instant::now();
            work(html);
            *best = best.min(start.elapsed().as_secs_f64());
        }
        best.whole = best.whole.min(round.seconds());
    }
    best
}

fn worst(pages: &[(String, String)], seconds: &[f64]) {
    let mut per_byte: Vec<(f64, &str)> = pages
        .iter()
        .zip(seconds)
        .filter(|((_, html), _)| html.len() >= SMALLEST)
        .map(|((name, html), seconds)| (seconds / html.len() as f64, name.as_str()))
        .collect();
    per_byte.sort_by(|one, other| one.0.total_cmp(&other.0));
    if let (Some(median), Some(worst)) = (per_byte.get(per_byte.len() / 2), per_byte.last()) {
        let times = worst.0 / median.0;
        println!(
            "worst page {times:.1} times the median time per byte: {}",
            worst.1
        );
    }
}

/// Time that this thread was on a core, told to a tick or so; elsewhere than on
/// Linux, time.
struct Clock {
    on_core: Option<u64>,
    start: Instant,
}

impl Clock {
    fn start() -> Self {
        Self {
            on_core: nanoseconds_on_core(),
            start: Instant::now(),
        }
    }

    fn seconds(&self) -> f64 {
        match (self.on_core, nanoseconds_on_core()) {
            (Some(before), Some(after)) => (after - before) as f64 / 1e9,
            _ => self.start.elapsed().as_secs_f64(),
        }
    }
}

fn nanoseconds_on_core() -> Option<u64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok()
}

/// All pages below `folder`, with their names.
fn read(folder: &Path, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, pages)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let html = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
            pages.push((path.display().to_string(), html));
        }
    }
    Ok(())
}
