//! Findings in words.

use std::io::{self, Write};

use super::super::{
    Paint,
    human::{grouped, printable},
    paint::Shade,
};
use crate::inplace::{Finding, FindingKind};

/// The most characters of a line, or of what goes, on the screen.
const MOST_CHARS: usize = 96;

pub(super) fn full(findings: &[Finding], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    for finding in findings {
        head(finding, paint, out)?;
        let (first, last) = (finding.place.line, finding.place.last_line());
        let width = last.to_string().len().max(5);
        let bar = paint.with(Shade::Faint, "|");
        let mut shown = Vec::new();
        if !finding.line.is_empty() {
            shown.push((first.to_string(), on_screen(&finding.line)));
        }
        if !finding.last_line.is_empty() {
            if last > first + 1 {
                shown.push((String::new(), "…".to_owned()));
            }
            shown.push((last.to_string(), on_screen(&finding.last_line)));
        }
        for (number, line) in shown {
            let number = format!("{number:>width$}");
            writeln!(out, "{} {bar} {line}", paint.with(Shade::Faint, number))?;
        }
        if let Some(goes) = goes(finding) {
            writeln!(out, "{:width$} {bar} {goes}", "")?;
        }
    }
    Ok(())
}

pub(super) fn concise(findings: &[Finding], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    findings
        .iter()
        .try_for_each(|finding| head(finding, paint, out))
}

fn head(finding: &Finding, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{}:{}:{} {} {}",
        paint.with(Shade::Bold, printable(&finding.path)),
        finding.place.line,
        finding.place.column,
        paint.with(Shade::Red, &finding.code),
        printable(&finding.message)
    )
}

/// What a fix takes, or why it does not.
fn goes(finding: &Finding) -> Option<String> {
    let FindingKind::Debris { held } = &finding.kind else {
        return None;
    };
    let place = &finding.place;
    let content = finding.taken.trim_end_matches(['\n', '\r']);
    let last = place.last_line();
    let what = if last > place.line {
        format!(
            "lines {} to {}, {} bytes",
            place.line,
            last,
            grouped(finding.span.len())
        )
    } else if content == finding.line {
        "the line".to_owned()
    } else {
        quoted(content)
    };
    Some(match held {
        None => format!("goes: {what}"),
        Some(reason) => format!("would go: {what}, but the file {reason}"),
    })
}

/// `text` in quotes; what cannot be seen is spelled out.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(MOST_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// `text` for one line of a screen.
fn on_screen(text: &str) -> String {
    let mut line: String = text.chars().take(MOST_CHARS).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    printable(&line)
}
