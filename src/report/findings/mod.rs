//! Findings for people and for programs: one value, many printers.

mod github;
mod gitlab;
mod json;
mod junit;
mod sarif;
mod text;

use std::io::{self, Write};

pub(super) use self::json::escaped;
use super::Paint;
use crate::{RuleSet, inplace::Finding};

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingFormat {
    /// For a person: place, code, summary, the line, and what goes.
    #[default]
    Full,
    /// For a person or `grep`: place, code and summary on one line.
    Concise,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// One SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Workflow commands that GitHub shows beside the lines.
    Github,
    /// A Code Quality report for GitLab.
    Gitlab,
    /// Failed tests in the XML of `JUnit`.
    Junit,
}

impl FindingFormat {
    /// All of them, each with its name and what it is for.
    pub const ALL: [(Self, &str, &str); 8] = [
        (
            Self::Full,
            "full",
            "Place, code, summary, the line, and what goes",
        ),
        (Self::Concise, "concise", "One line a finding"),
        (Self::Json, "json", "A JSON array"),
        (Self::Jsonl, "jsonl", "A JSON object a line"),
        (Self::Sarif, "sarif", "A SARIF 2.1.0 log, for code scanning"),
        (Self::Github, "github", "Annotations in GitHub Actions"),
        (Self::Gitlab, "gitlab", "A Code Quality report for GitLab"),
        (Self::Junit, "junit", "Failed tests, in the XML of JUnit"),
    ];

    /// Whether a person reads it, so that a closing line in words is welcome.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise)
    }
}

/// Prints `findings` to `out`.
///
/// What comes out of documents and file names has its control characters
/// escaped, so it cannot speak to a terminal.
///
/// # Errors
///
/// `out` cannot be written to.
pub fn write_findings(
    findings: &[Finding],
    rules: &RuleSet,
    format: FindingFormat,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        FindingFormat::Full => text::full(findings, paint, out),
        FindingFormat::Concise => text::concise(findings, paint, out),
        FindingFormat::Json => json::array(findings, out),
        FindingFormat::Jsonl => json::lines(findings, out),
        FindingFormat::Sarif => sarif::log(findings, rules, out),
        FindingFormat::Github => github::commands(findings, out),
        FindingFormat::Gitlab => gitlab::report(findings, out),
        FindingFormat::Junit => junit::suite(findings, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inplace::{FindingKind, Place};

    fn finding(path: &str, taken: &str) -> Finding {
        Finding {
            path: path.to_owned(),
            code: "IMG001".into(),
            message: "End of an image address".to_owned(),
            place: Place {
                line: 3,
                column: 5,
                end_line: 3,
                end_column: 9,
            },
            whole: Place {
                line: 3,
                column: 5,
                end_line: 4,
                end_column: 1,
            },
            span: 20..24,
            line: format!("The {taken} of it"),
            last_line: String::new(),
            taken: taken.to_owned(),
            kind: FindingKind::Debris { held: None },
        }
    }

    fn printed(findings: &[Finding], format: FindingFormat) -> String {
        let rules = RuleSet::builtin().unwrap();
        let mut out = Vec::new();
        write_findings(findings, &rules, format, Paint::Plain, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_person_sees_the_place_the_line_and_what_goes() {
        assert_eq!(
            printed(&[finding("a b.txt", "husk")], FindingFormat::Full),
            "a b.txt:3:5 IMG001 End of an image address\n    3 | The husk of it\n      | goes: \"husk\"\n"
        );
    }

    #[test]
    fn of_several_lines_a_person_sees_the_first_and_the_last() {
        let mut several = finding("a.txt", "one\ntwo\nthree\n");
        several.line = "one".to_owned();
        several.last_line = "three\x1b".to_owned();
        (
            several.place.column,
            several.place.end_line,
            several.place.end_column,
        ) = (1, 6, 1);
        assert_eq!(
            printed(&[several], FindingFormat::Full),
            "a.txt:3:1 IMG001 End of an image address\n    3 | one\n      | …\n    \
             5 | three\\u{1b}\n      | goes: lines 3 to 5, 4 bytes\n"
        );
    }

    #[test]
    fn no_printer_lets_an_escape_through() {
        let findings = [finding("a\x1b[2J.txt", "\x1b]0;x\x07\u{202e}\n::error::y")];
        for format in [
            FindingFormat::Full,
            FindingFormat::Concise,
            FindingFormat::Json,
            FindingFormat::Jsonl,
            FindingFormat::Sarif,
            FindingFormat::Github,
            FindingFormat::Gitlab,
            FindingFormat::Junit,
        ] {
            let printed = printed(&findings, format);
            let bad = |c: char| c.is_control() && c != '\n';
            assert!(!printed.contains(bad), "{format:?}: {printed:?}");
            assert!(!printed.contains("\n::error::y"), "{format:?}: {printed:?}");
        }
    }

    #[test]
    fn github_gets_one_command_a_finding_with_separators_escaped() {
        let printed = printed(&[finding("a,b:c.txt", "husk")], FindingFormat::Github);
        assert_eq!(
            printed,
            "::error title=dehusk IMG001,file=a%2Cb%3Ac.txt,line=3,col=5,endLine=3,endColumn=9::\
             End of an image address\n"
        );
    }

    #[test]
    fn gitlab_gets_a_fingerprint_that_does_not_move_with_the_line() {
        let mut moved = finding("a.txt", "husk");
        moved.place.line = 9;
        let fingerprints = |findings: &[Finding]| -> Vec<String> {
            let report: Vec<serde_json::Value> =
                serde_json::from_str(&printed(findings, FindingFormat::Gitlab)).unwrap();
            report
                .iter()
                .map(|issue| issue["fingerprint"].to_string())
                .collect()
        };
        let one = fingerprints(&[finding("a.txt", "husk")]);
        assert_eq!(fingerprints(std::slice::from_ref(&moved)), one);
        let two = fingerprints(&[finding("a.txt", "husk"), moved]);
        assert!(two[0] == one[0] && two[1] != one[0]);
    }

    #[test]
    fn junit_gets_a_suite_a_file_with_markup_escaped() {
        let findings = [finding("a<b>&\"c\".txt", "husk"), finding("d.txt", "husk")];
        let xml = printed(&findings, FindingFormat::Junit);
        assert!(
            xml.contains("<testsuite name=\"a&lt;b&gt;&amp;&quot;c&quot;.txt\" tests=\"1\""),
            "{xml}"
        );
        assert_eq!(xml.matches("<testsuite ").count(), 2);
    }

    #[test]
    fn a_sarif_log_is_capped_and_says_so() {
        let findings = vec![finding("a.txt", "husk"); sarif::MOST_RESULTS + 2];
        let log: serde_json::Value =
            serde_json::from_str(&printed(&findings, FindingFormat::Sarif)).unwrap();
        let run = &log["runs"][0];
        assert_eq!(
            run["results"].as_array().unwrap().len(),
            sarif::MOST_RESULTS
        );
        assert_eq!(run["properties"]["findings"], findings.len());
        let note = &run["invocations"][0]["toolExecutionNotifications"][0];
        assert!(
            note["message"]["text"]
                .as_str()
                .unwrap()
                .contains("5,000 of 5,002")
        );
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "IMG001");
    }
}
