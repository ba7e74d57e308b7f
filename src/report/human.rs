//! The report for a person.

use std::{fmt, time::Duration};

use super::Report;
use crate::write::Status;

/// How many rules, and how many documents with a remark, a summary names.
const LISTED: usize = 12;

/// A few lines that say what a run did. Shows nothing that came out of a
/// document raw, so it cannot carry terminal escapes.
#[derive(Debug)]
pub struct Summary<'a> {
    /// What to show.
    pub report: &'a Report,
    /// How long it took.
    pub elapsed: Duration,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        self.remarks(f)?;
        let seconds = self.elapsed.as_secs_f64();
        write!(
            f,
            "{} in {seconds:.1} s:",
            plural(report.documents(), "document")
        )?;
        let counts: Vec<String> = Status::ALL
            .iter()
            .filter(|status| **status == Status::Written || report.count(**status) > 0)
            .map(|status| format!(" {} {}", grouped(report.count(*status)), status.name()))
            .collect();
        writeln!(f, "{}", counts.join(","))?;
        let mut passed = Vec::new();
        if report.not_documents > 0 {
            let files = plural(report.not_documents, "file");
            passed.push(format!("{files} with other suffixes"));
        }
        match report.special_files {
            0 => {}
            1 => passed.push("1 link, pipe or device".to_owned()),
            several => passed.push(format!("{} links, pipes or devices", grouped(several))),
        }
        if !passed.is_empty() {
            writeln!(f, "not looked at: {}", passed.join(", "))?;
        }
        if !report.stale.is_empty() {
            writeln!(
                f,
                "{} of an earlier run left in place, such as {} (--prune removes them)",
                plural(report.stale.len(), "file"),
                printable(&crate::write::path_text(&report.stale[0]))
            )?;
        }
        self.removed(f)
    }
}

impl Summary<'_> {
    fn remarks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for remark in self.report.remarks.iter().take(LISTED) {
            writeln!(
                f,
                "{}: {}: {}",
                printable(&remark.path),
                remark.status.name(),
                printable(&remark.reason)
            )?;
        }
        let more = self.report.remarked.saturating_sub(LISTED);
        if more > 0 {
            let all = if self.report.has_manifest {
                "; the manifest has them all"
            } else {
                ""
            };
            writeln!(f, "… and {} more{all}", grouped(more))?;
        }
        Ok(())
    }

    fn removed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ranking = self.report.ranking();
        let total: usize = ranking.iter().map(|(_, taken)| taken.bytes).sum();
        if ranking.is_empty() {
            return writeln!(
                f,
                "nothing removed from {}",
                plural(self.report.bytes_in, "byte")
            );
        }
        writeln!(
            f,
            "removed {} of {}",
            grouped(total),
            plural(self.report.bytes_in, "byte")
        )?;
        for (code, taken) in ranking.iter().take(LISTED) {
            writeln!(
                f,
                "{:>14} bytes  {:<8} {}",
                grouped(taken.bytes),
                code,
                plural(taken.hits, "place")
            )?;
        }
        let more = ranking.len().saturating_sub(LISTED);
        if more > 0 {
            let rules = if more == 1 { "rule" } else { "rules" };
            writeln!(f, "{more:>14} more {rules}; `--format json` lists all")?;
        }
        Ok(())
    }
}

/// A number with its thousands apart.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and a noun, which takes an `s` unless there is one.
pub fn plural(number: usize, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        grouped(number),
        if number == 1 { "" } else { "s" }
    )
}

/// `text` with control characters escaped, so that a name or a reason cannot
/// speak to the terminal.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character speaks to the terminal instead of the reader: control
/// characters, and bidirectional overrides, which reorder what is around them.
pub(super) fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Removal, write::Entry};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert_eq!(printable("a\x1b[31m\nb"), "a\\u{1b}[31m\\nb");
    }

    #[test]
    fn the_summary_counts_and_ranks() {
        let mut report = Report::default();
        let mut entry = Entry::new("a".into(), "in/a".into());
        entry.status = Status::Written;
        entry.bytes_in = 2000;
        entry.removed = vec![
            Removal::text("AD001".into(), 0..10),
            Removal::text("IMG001".into(), 20..40),
        ];
        report.add(&entry);
        let summary = Summary {
            report: &report,
            elapsed: Duration::from_millis(1500),
        }
        .to_string();
        assert_eq!(
            summary,
            "1 document in 1.5 s: 1 written\n\
             removed 30 of 2,000 bytes\n\
             \x20           20 bytes  IMG001   1 place\n\
             \x20           10 bytes  AD001    1 place\n"
        );
    }
}
