//! Findings as workflow commands of GitHub Actions.

use std::io::{self, Write};

use super::super::human::printable;
use crate::inplace::{Finding, FindingKind};

pub(super) fn commands(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    for finding in findings {
        let level = match finding.kind {
            FindingKind::Debris { .. } => "error",
            FindingKind::Review | FindingKind::Encoding | FindingKind::Duplicate { .. } => {
                "warning"
            }
        };
        let place = &finding.place;
        write!(
            out,
            "::{level} title=dehusk {},file={},line={}",
            property(finding.code.as_str()),
            property(&finding.path),
            place.line
        )?;
        // Columns are for places within one line.
        if place.line == place.end_line && place.column < place.end_column {
            write!(
                out,
                ",col={},endLine={},endColumn={}",
                place.column, place.end_line, place.end_column
            )?;
        } else {
            write!(out, ",endLine={}", place.last_line())?;
        }
        writeln!(out, "::{}", data(&finding.message))?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    printable(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
