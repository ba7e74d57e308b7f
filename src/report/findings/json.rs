//! Findings as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::inplace::{Finding, FindingKind};

pub(super) fn array(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for (at, finding) in findings.iter().enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        write!(out, "{}", escaped(&object(finding)))?;
    }
    out.write_all(b"\n]\n")
}

pub(super) fn lines(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    findings
        .iter()
        .try_for_each(|finding| writeln!(out, "{}", escaped(&object(finding))))
}

fn object(finding: &Finding) -> Value {
    let place = &finding.place;
    let mut object = json!({
        "path": finding.path,
        "code": finding.code.as_str(),
        "message": finding.message,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "start": finding.span.start,
        "end": finding.span.end,
        "fixable": finding.is_fixable(),
    });
    match &finding.kind {
        FindingKind::Debris { held } => {
            object["taken"] = finding.taken.as_str().into();
            if let Some(reason) = held {
                object["held"] = reason.as_str().into();
            }
        }
        FindingKind::Review | FindingKind::Encoding => {}
        FindingKind::Duplicate { of, similarity } => {
            object["duplicate_of"] = of.as_str().into();
            object["similarity"] = (*similarity).into();
        }
    }
    object
}

/// JSON leaves DEL and the C1 controls as they are, which a terminal may obey.
pub(crate) fn escaped(value: &Value) -> String {
    let json = value.to_string();
    if !json.contains(char::is_control) {
        return json;
    }
    json.chars()
        .map(|c| {
            if c.is_control() {
                format!("\\u{:04x}", u32::from(c))
            } else {
                c.to_string()
            }
        })
        .collect()
}
