//! `dehusk dedup --explain A B`: why two files are duplicates or not.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use dehusk::{
    dedup::{ChangeKind, Evidence, Fingerprint, Keep, Verdict, cluster, word_diff},
    pipeline::{Input, Name, Scan},
    read::{Source, file},
    report::{grouped, plural, printable},
};

use crate::Exit;

/// How long two texts are compared word by word; after that the rest counts
/// as different. A person waits for it.
const DIFF_PATIENCE: Duration = Duration::from_secs(5);

/// Words at each end of a long stretch that is the same in both.
const SHOWN_WORDS: usize = 8;

/// The clean text of a file.
fn text_of(scan: &Scan<'_>, path: &Path) -> anyhow::Result<String> {
    let source = Source::named(path).with_context(|| format!("{}", path.display()))?;
    let text = file::read(&source, scan.options.max_bytes)
        .with_context(|| format!("{}", path.display()))?;
    let input = Input {
        text: text.decoded.text,
        format: text.format,
        name: Name::File(path),
    };
    scan.text(input).map_err(anyhow::Error::msg)
}

pub(crate) fn explain(
    scan: &Scan<'_>,
    pair: &[PathBuf],
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let texts = pair
        .iter()
        .map(|path| text_of(scan, path))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (Some(options), [a, b]) = (&scan.options.dedup, texts.as_slice()) else {
        return Ok(Exit::Failed);
    };
    let prints = [Fingerprint::of(a), Fingerprint::of(b)];
    let hashes = prints.each_ref().map(Fingerprint::simhash);
    let verdicts = cluster(prints.into(), Keep::First, options.clone());
    match verdicts.last() {
        Some(Verdict::Duplicate(found)) => writeln!(
            out,
            "duplicates: {:.0} % of the smaller text is in the larger ({})",
            found.similarity * 100.0,
            evidence(&found.evidence)
        )?,
        _ => writeln!(out, "not duplicates")?,
    }
    if let [Some(a), Some(b)] = hashes {
        writeln!(
            out,
            "simhash {a:016x} and {b:016x}: {} of 64 bits differ",
            (a ^ b).count_ones()
        )?;
    }
    show_diff(a, b, out)?;
    Ok(Exit::Done)
}

/// By what a copy was found, as a phrase.
fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Exact => "the words are the same".to_owned(),
        Evidence::Simhash { distance } => format!("found by simhash, {distance} bits apart"),
        Evidence::Shingles { shared, of } => {
            format!("found by shingles, {shared} of {of} sampled ones shared")
        }
        _ => "found otherwise".to_owned(),
    }
}

/// The second text with what differs marked: `[-only in A-]{+only in B+}`.
/// Long stretches that are the same are shown by their ends.
fn show_diff(a: &str, b: &str, out: &mut dyn Write) -> io::Result<()> {
    let diff = word_diff(a, b, DIFF_PATIENCE);
    writeln!(
        out,
        "{} of {} of the first are in the second\n",
        grouped(diff.equal_bytes()),
        plural(a.len(), "byte")
    )?;
    for change in &diff.changes {
        let (old, new) = (&a[change.old.clone()], &b[change.new.clone()]);
        match change.kind {
            ChangeKind::Equal => write!(out, "{} ", shortened(new))?,
            ChangeKind::Deleted => write!(out, "[-{}-] ", printable(old))?,
            ChangeKind::Inserted => write!(out, "{{+{}+}} ", printable(new))?,
            ChangeKind::Replaced => write!(out, "[-{}-]{{+{}+}} ", printable(old), printable(new))?,
        }
    }
    writeln!(out)?;
    if !diff.whole {
        writeln!(out, "… long texts are compared in their first part only")?;
    }
    Ok(())
}

/// A stretch that is the same, on one line: whole if it is short.
fn shortened(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let shown = if words.len() > 2 * SHOWN_WORDS + 1 {
        format!(
            "{} … {}",
            words[..SHOWN_WORDS].join(" "),
            words[words.len() - SHOWN_WORDS..].join(" ")
        )
    } else {
        words.join(" ")
    };
    printable(&shown)
}
