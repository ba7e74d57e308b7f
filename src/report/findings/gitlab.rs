//! Findings as a Code Quality report of GitLab.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::json::escaped;
use crate::inplace::{Finding, FindingKind};

pub(super) fn report(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let mut copies: HashMap<u128, u32> = HashMap::new();
    out.write_all(b"[")?;
    for (at, finding) in findings.iter().enumerate() {
        let key = key(finding);
        let copy = copies.entry(key).or_default();
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        write!(out, "{}", escaped(&issue(finding, key, *copy)))?;
        *copy += 1;
    }
    out.write_all(b"\n]\n")
}

/// What tells a finding from others in the next run, too: not its line, which
/// moves when something above it does.
fn key(finding: &Finding) -> u128 {
    xxh3_128(format!("{}\0{}\0{}", finding.path, finding.code, finding.taken).as_bytes())
}

fn issue(finding: &Finding, key: u128, copy: u32) -> Value {
    let severity = match finding.kind {
        FindingKind::Debris { .. } | FindingKind::Encoding => "minor",
        FindingKind::Review | FindingKind::Duplicate { .. } => "info",
    };
    json!({
        "description": finding.message,
        "check_name": finding.code.as_str(),
        "fingerprint": format!("{key:032x}-{copy}"),
        "severity": severity,
        "location": {"path": finding.path, "lines": {
            "begin": finding.place.line,
            "end": finding.place.last_line(),
        }},
    })
}
