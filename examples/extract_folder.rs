//! Extracts every page of a folder and prints the speed of extraction alone.
//!
//! `extract_folder IN OUT` writes `<id>.txt` for `<id>.html`;
//! `extract_folder --explain PAGE` lists the blocks of one page;
//! `extract_folder --markdown PAGE` prints it as Markdown;
//! `extract_folder --features=IN OUT` writes `<id>.tsv` with block features;
//! `extract_folder --bare=IN OUT` the same of pages that no rule acted on.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program that prints figures"
)]

use std::{env, fs, io, path::Path, time::Instant};

use dehusk::{
    ExtractOptions, Format, RuleOptions, RuleSet, extract, extract::explain, extract::features,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, output] = arguments.as_slice() else {
        return Err("usage: extract_folder IN OUT".into());
    };
    if input == "--explain" {
        print!(
            "{}",
            explain(
                &fs::read_to_string(output)?,
                &RuleSet::builtin()?,
                &ExtractOptions::default()
            )
        );
        return Ok(());
    }
    if input == "--markdown" {
        let options = ExtractOptions {
            to: Format::Markdown,
            ..ExtractOptions::default()
        };
        let page = fs::read_to_string(output)?;
        print!(
            "{}",
            extract(&page, &RuleSet::builtin()?, &options).document.text
        );
        return Ok(());
    }
    if let Some(input) = input.strip_prefix("--features=") {
        return export(Path::new(input), Path::new(output), &RuleSet::builtin()?);
    }
    if let Some(input) = input.strip_prefix("--bare=") {
        let rules = RuleSet::load(&RuleOptions {
            ignore: vec!["ALL".to_owned()],
            ..RuleOptions::default()
        })?;
        return export(Path::new(input), Path::new(output), &rules);
    }
    let mut pages = Vec::new();
    walk(Path::new(input), &mut pages)?;
    pages.sort();
    let rules = RuleSet::builtin()?;
    let options = ExtractOptions::default();
    let (mut bytes, mut seconds) = (0, 0.0);
    for page in &pages {
        let html = fs::read_to_string(page)?;
        let start = Instant::now();
        let extracted = extract(&html, &rules, &options);
        seconds += start.elapsed().as_secs_f64();
        bytes += html.len();
        let path = Path::new(output)
            .join(page.strip_prefix(input)?)
            .with_extension("txt");
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, extracted.document.text)?;
    }
    println!(
        "{} pages, {bytes} bytes, {seconds:.2} s, {:.1} MB/s",
        pages.len(),
        bytes as f64 / 1e6 / seconds
    );
    Ok(())
}

/// Writes `<id>.tsv` with the features of every block.
fn export(input: &Path, output: &Path, rules: &RuleSet) -> Result<(), Box<dyn std::error::Error>> {
    let mut pages = Vec::new();
    walk(input, &mut pages)?;
    for page in &pages {
        let path = output.join(page.strip_prefix(input)?).with_extension("tsv");
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(
            path,
            features(
                &fs::read_to_string(page)?,
                rules,
                &ExtractOptions::default(),
            ),
        )?;
    }
    Ok(())
}

fn walk(folder: &Path, pages: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, pages)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            pages.push(path);
        }
    }
    Ok(())
}
