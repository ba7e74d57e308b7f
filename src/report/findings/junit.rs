//! Findings as failed tests in the XML of `JUnit`, which most build servers show.

use std::io::{self, Write};

use super::super::human::printable;
use crate::inplace::Finding;

pub(super) fn suite(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let count = findings.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"dehusk\" tests=\"{count}\" failures=\"{count}\">"
    )?;
    // A suite for each file.
    for file in findings.chunk_by(|a, b| a.path == b.path) {
        let count = file.len();
        let path = escaped(&file[0].path);
        writeln!(
            out,
            "<testsuite name=\"{path}\" tests=\"{count}\" failures=\"{count}\">"
        )?;
        for finding in file {
            let place = &finding.place;
            let code = escaped(finding.code.as_str());
            writeln!(
                out,
                "<testcase classname=\"{path}\" name=\"{code}:{}:{}\">\
                 <failure type=\"{code}\" message=\"{}\"/></testcase>",
                place.line,
                place.column,
                escaped(&finding.message)
            )?;
        }
        writeln!(out, "</testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn escaped(text: &str) -> String {
    // Control characters cannot be in XML at all, so they are spelled out.
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
