//! Findings as a SARIF 2.1.0 log, the exchange format of code scanners.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{super::human::grouped, json::escaped};
use crate::{
    Code, RuleSet,
    inplace::{Finding, FindingKind, about},
};

/// The most results of a log: what GitHub's code scanning shows of one run.
pub(super) const MOST_RESULTS: usize = 5000;

pub(super) fn log(findings: &[Finding], rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&Code, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(&finding.code).or_default() += 1;
    }
    let codes: Vec<&Code> = counts.keys().copied().collect();
    let descriptors: Vec<Value> = codes.iter().map(|code| descriptor(code, rules)).collect();
    let results: Vec<Value> = findings
        .iter()
        .take(MOST_RESULTS)
        .map(|finding| {
            let index = codes.binary_search(&&finding.code).unwrap_or_default();
            result(finding, index)
        })
        .collect();
    let mut invocation = json!({"executionSuccessful": true});
    if findings.len() > results.len() {
        let text = format!(
            "{} of {} findings are in this log; check fewer files at a time, or read them as jsonl",
            grouped(results.len()),
            grouped(findings.len())
        );
        invocation["toolExecutionNotifications"] =
            json!([{"level": "warning", "message": {"text": text}}]);
    }
    let by_code: serde_json::Map<String, Value> = counts
        .iter()
        .map(|(code, count)| (code.as_str().to_owned(), (*count).into()))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "dehusk",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": descriptors,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
            "properties": {"findings": findings.len(), "findingsByRule": by_code},
        }],
    });
    writeln!(out, "{}", escaped(&log))
}

fn descriptor(code: &Code, rules: &RuleSet) -> Value {
    match rules.get(code.as_str()) {
        Some(rule) => {
            let mut descriptor = json!({
                "id": code.as_str(),
                "name": rule.id,
                "shortDescription": {"text": rule.summary},
            });
            if !rule.why.is_empty() {
                descriptor["fullDescription"] = json!({"text": rule.why});
            }
            descriptor
        }
        None => json!({
            "id": code.as_str(),
            "shortDescription": {"text": about(code, rules)},
        }),
    }
}

fn result(finding: &Finding, index: usize) -> Value {
    let place = &finding.place;
    let mut region = json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.last_line(),
    });
    // Without a column a region ends with its last line.
    if !place.ends_with_line() {
        region["endColumn"] = place.end_column.into();
    }
    let file = json!({"uri": uri(&finding.path)});
    let level = match finding.kind {
        FindingKind::Debris { .. } | FindingKind::Encoding => "warning",
        FindingKind::Review | FindingKind::Duplicate { .. } => "note",
    };
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": index,
        "level": level,
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": file, "region": region}}],
    });
    if finding.is_fixable() {
        let whole = &finding.whole;
        let deleted = json!({
            "startLine": whole.line,
            "startColumn": whole.column,
            "endLine": whole.end_line,
            "endColumn": whole.end_column,
        });
        result["fixes"] = json!([{
            "description": {"text": "Take it out"},
            "artifactChanges": [{
                "artifactLocation": file,
                "replacements": [{"deletedRegion": deleted}],
            }],
        }]);
    }
    result
}

/// A path as a URI reference: RFC 3986's unreserved characters and `/` stay.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let escaped = path.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    std::iter::once(scheme.to_owned()).chain(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_reference_that_has_nothing_to_escape() {
        assert_eq!(uri("a b/ü#1.txt"), "a%20b/%C3%BC%231.txt");
        assert_eq!(uri("/srv/a.txt"), "file:///srv/a.txt");
    }
}
