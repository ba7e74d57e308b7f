//! `dehusk check`: what is found in place, how it is told, and the exit code.

mod common;

use common::{Dir, dirty, prose};
use serde_json::Value;

#[test]
fn a_clean_folder_is_said_to_be_clean() {
    let dir = Dir::new();
    dir.write("a.txt", format!("{}\n", prose(1, 12)));
    let ran = dir.dehusk(&["check"]).ok();
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("1 text: all clean\n", "")
    );
}

#[test]
fn a_finding_names_place_code_line_and_what_goes() {
    let dir = Dir::new();
    dir.write("seeds/a.txt", dirty(1));
    let ran = dir.dehusk(&["check", "seeds"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let mut lines = ran.stdout.lines();
    assert!(
        lines.next().unwrap().starts_with("seeds/a.txt:1:1 IMG001 "),
        "{}",
        ran.stdout
    );
    assert_eq!(lines.next(), Some("    1 | &w=3840&q=100)"));
    assert_eq!(lines.next(), Some("      | goes: the line"));
    assert_eq!(lines.next(), Some("1 finding in 1 of 1 text"));
}

#[test]
fn a_check_changes_nothing() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    let before = dir.tree(".");
    dir.dehusk(&["check", "."]);
    dir.dehusk(&["diff", "."]);
    assert_eq!(dir.tree("."), before);
    assert!(!dir.exists(".dehusk"));
}

#[test]
fn a_missing_file_is_an_error_and_not_a_clean_one() {
    let dir = Dir::new();
    let ran = dir.dehusk(&["check", "nowhere.txt"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("nowhere.txt: no such file"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_folder_without_texts_is_not_passed_over_in_silence() {
    let dir = Dir::new();
    dir.write("page.html", "<p>The bridge opened.</p>");
    dir.write("script.py", "print()");
    let ran = dir.dehusk(&["check"]).ok();
    assert!(
        ran.stderr
            .contains("no text or Markdown found (2 other files"),
        "{}",
        ran.stderr
    );
    dir.write("empty/.hidden.txt", "Hidden.\n");
    let ran = dir.dehusk(&["check", "empty"]).ok();
    assert!(
        ran.stderr
            .contains("(hidden and ignored files count only with"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_named_file_is_looked_at_also_beside_the_folder_that_it_is_in() {
    let dir = Dir::new();
    dir.write("a.txt", format!("{}\n", prose(1, 12)));
    dir.write(".gitignore", "ig.txt\n");
    for (seed, name) in [".draft.txt", "NOTES", "ig.txt", "sub/b.txt"]
        .into_iter()
        .enumerate()
    {
        dir.write(name, dirty(seed + 2));
    }
    let named = [".draft.txt", "NOTES", "ig.txt", "sub/b.txt"];
    let found = |args: &[&str]| {
        let ran = dir.dehusk(&[&["check", "--output-format", "concise", "-q"][..], args].concat());
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let mut lines: Vec<String> = ran.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let alone = found(&named);
    assert_eq!(alone.len(), 4, "{alone:?}");
    assert_eq!(found(&[&["."][..], &named].concat()), alone);
    assert_eq!(found(&[&named[..], &["."]].concat()), alone);
    let args = ["clean", ".", ".draft.txt", "NOTES", "ig.txt", "-o", "out"];
    dir.dehusk(&args).ok();
    for name in [".draft.txt", "NOTES.txt", "ig.txt", "sub/b.txt", "a.txt"] {
        assert!(dir.exists(&format!("out/{name}")), "{name}");
    }
}

#[test]
fn only_texts_are_looked_at_even_when_others_are_named() {
    let dir = Dir::new();
    for name in ["a.py", "a.html", "LICENSE"] {
        dir.write(name, dirty(1));
    }
    dir.dehusk(&["check", "."]).ok();
    dir.dehusk(&["check", "a.py", "a.html"]).ok();
    // A name that says nothing is taken at the user's word.
    assert_eq!(dir.dehusk(&["check", "LICENSE"]).code, Some(1));
}

#[test]
fn near_duplicates_are_findings_unless_told_otherwise() {
    let dir = Dir::new();
    let story = prose(3, 14);
    dir.write("a.txt", format!("{story}\n"));
    dir.write(
        "b.txt",
        format!("{}\n", story.replacen(". ", " indeed. ", 2)),
    );
    let ran = dir.dehusk(&["check", "--output-format", "concise"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout
            .starts_with("b.txt:1:1 DUP001 says the same as a.txt (similarity "),
        "{}",
        ran.stdout
    );
    dir.dehusk(&["check", "--no-dedup"]).ok();
    let longest = dir.dehusk(&["check", "--keep", "longest", "--output-format", "concise"]);
    assert!(
        longest.stdout.starts_with("a.txt:1:1 DUP001"),
        "{}",
        longest.stdout
    );
    assert!(
        dir.dehusk(&["explain", "DUP001"])
            .ok()
            .stdout
            .contains("says the same")
    );
}

#[test]
fn a_husk_is_for_a_person() {
    let dir = Dir::new();
    dir.write("a.txt", "&w=3840&q=100)\n");
    let ran = dir.dehusk(&["check", "--output-format", "jsonl"]);
    assert_eq!(ran.code, Some(1));
    let finding: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&finding["code"], &finding["fixable"]),
        (&"REV001".into(), &false.into())
    );
}

#[test]
fn programs_get_places_in_lines_characters_and_bytes() {
    let dir = Dir::new();
    dir.write(
        "ä b.txt",
        format!(
            "{}\r\n\r\n&w=3840&q=100)\r\n{}\r\n",
            prose(5, 12),
            prose(6, 12)
        ),
    );
    let ran = dir.dehusk(&["check", "--output-format", "json"]);
    let findings: Value = serde_json::from_str(&ran.stdout).unwrap();
    let finding = &findings[0];
    assert_eq!(finding["path"], "ä b.txt");
    assert_eq!(
        (&finding["line"], &finding["column"]),
        (&3.into(), &1.into())
    );
    let text = dir.read("ä b.txt");
    let bytes = |key: &str| usize::try_from(finding[key].as_u64().unwrap()).unwrap();
    assert!(text[bytes("start")..bytes("end")].starts_with("&w=3840"));
}

#[test]
fn a_sarif_log_has_what_the_standard_asks_for() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    let ran = dir.dehusk(&["check", "--output-format", "sarif"]);
    assert_eq!(ran.code, Some(1));
    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(
        run["tool"]["driver"]["rules"][index]["id"],
        result["ruleId"]
    );
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "a.txt");
    assert_eq!(location["region"]["startLine"], 1);
    let clean = dir.dehusk(&["check", "--output-format", "sarif", "--select", "WIRE"]);
    let log: Value = serde_json::from_str(&clean.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
}

/// Says what is wrong with the SARIF logs on its standard input, one a line, by
/// the schema of the standard; needs the Python package `jsonschema`.
const VALIDATE: &str = "
import json, sys
from jsonschema import Draft7Validator
schema = json.load(open(sys.argv[1]))
for number, line in enumerate(sys.stdin):
    for error in Draft7Validator(schema).iter_errors(json.loads(line)):
        print(number, list(error.absolute_path), error.message[:200])
";

#[test]
fn sarif_logs_are_valid_by_the_schema_of_the_standard() {
    let dir = Dir::new();
    let importable = std::process::Command::new("python3")
        .args(["-W", "ignore", "-c", "import jsonschema"])
        .output();
    if !importable.is_ok_and(|output| output.status.success()) {
        common::skipped("`python3` with the package `jsonschema` is not installed");
        return;
    }
    dir.write("some/ä b#%.txt", dirty(1));
    dir.write("some/copy.txt", dirty(1));
    dir.write("some/husk.md", "&w=3840&q=100)\n");
    dir.write(
        "some/lossy.txt",
        [prose(3, 9).as_bytes(), b"\n\x1b[2J&w=3840&q=100)\n\xff\n"].concat(),
    );
    dir.write("none/a.txt", format!("{}\n", prose(1, 12)));
    for n in 0..5100 {
        dir.write(&format!("many/{n}.txt"), dirty(n * 1000));
    }
    let log = |folder: &str| {
        dir.dehusk(&["check", folder, "--output-format", "sarif"])
            .stdout
    };
    let logs = [log("some"), log("none"), log("many")];
    assert!(
        logs[0].contains("DUP001") && logs[0].contains("REV001"),
        "{}",
        logs[0]
    );
    assert!(logs[0].contains("ENC001"), "{}", logs[0]);
    assert!(
        logs[2].contains("5,000 of 5,100 findings"),
        "{}",
        &logs[2][..400]
    );
    let mut python = std::process::Command::new("python3")
        .args(["-c", VALIDATE])
        .arg(common::fixture("schemas/sarif-2.1.0.json"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, logs.concat().as_bytes()).unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn github_gets_annotations() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    let ran = dir.dehusk(&["check", "--output-format", "github"]);
    assert!(
        ran.stdout
            .starts_with("::error title=dehusk IMG001,file=a.txt,line=1,"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_draft_on_standard_input_is_checked_under_the_name_it_stands_for() {
    let dir = Dir::new();
    let args = [
        "check",
        "-",
        "--stdin-filename",
        "seeds/new.md",
        "--output-format",
        "concise",
    ];
    let ran = dir.pipe(&args, dirty(1).as_bytes());
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("seeds/new.md:1:1 IMG001"),
        "{}",
        ran.stdout
    );
    dir.pipe(
        &["check", "--stdin-filename", "a.txt"],
        prose(1, 9).as_bytes(),
    )
    .ok();
}

#[test]
fn colour_is_for_those_who_ask() {
    let dir = Dir::new();
    dir.write("a.txt", dirty(1));
    assert!(!dir.dehusk(&["check"]).stdout.contains('\x1b'));
    assert!(
        dir.dehusk(&["check", "--color", "always"])
            .stdout
            .contains('\x1b')
    );
}

#[test]
fn escapes_of_a_text_do_not_reach_the_terminal() {
    let dir = Dir::new();
    dir.write("a.txt", format!("{}\n&w=3840&q=100)\n", prose(1, 12)));
    dir.write(
        "b\x1b[31m.txt",
        format!("\x1b[2J&w=3840&q=100)\n{}\n", prose(2, 12)),
    );
    for format in [
        "full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit",
    ] {
        let ran = dir.dehusk(&["check", "--output-format", format]);
        assert!(!ran.stdout.contains('\x1b'), "{format}: {}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn names_with_spaces_quotes_newlines_and_bad_bytes_are_told_apart() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let dir = Dir::new();
    for (at, name) in [&b"a b.txt"[..], b"c\"d'.txt", b"e\nf.txt", b"g\xff.txt"]
        .iter()
        .enumerate()
    {
        std::fs::write(dir.path(".").join(OsStr::from_bytes(name)), dirty(at)).unwrap();
    }
    let ran = dir.dehusk(&["check", "--output-format", "concise", "--quiet"]);
    let names: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.split(":1:1 ").next())
        .collect();
    assert_eq!(names, ["a b.txt", "c\"d'.txt", "e\\nf.txt", "g\\xff.txt"]);
}

#[test]
fn other_encodings_are_checked_and_said_to_be_left() {
    let dir = Dir::new();
    let mut bytes =
        b"&w=3840&q=100)\nDas Caf\xe9 und die Br\xfccke sind f\xfcr alle ge\xf6ffnet.\n".to_vec();
    bytes.extend(prose(1, 12).into_bytes());
    dir.write("a.txt", bytes);
    let ran = dir.dehusk(&["check"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout.contains("but the file is in windows-1252"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_named_file_that_is_no_text_does_not_pass_for_a_clean_one() {
    let dir = Dir::new();
    dir.write("in/picture.txt", [0, 1, 2, 3, 4, 5, 6, 7].repeat(20));
    for command in ["check", "diff", "fix"] {
        let named = dir.dehusk(&[command, "in/picture.txt"]);
        assert_eq!(named.code, Some(2), "{command}");
        assert_eq!(
            named.stderr.trim_end(),
            "dehusk: in/picture.txt: binary content"
        );
        // In a folder it is one of many things, and is said to be left out.
        let found = dir.dehusk(&[command, "in"]);
        assert_eq!(found.code, Some(0), "{command}");
        assert!(found.stderr.contains("in/picture.txt: binary content"));
    }
}

#[test]
fn a_file_that_is_not_utf8_is_a_finding_that_can_be_ignored() {
    let dir = Dir::new();
    let mut latin = prose(1, 6).into_bytes();
    latin.extend(b"\nDas Caf\xe9 und die Br\xfccke sind f\xfcr alle ge\xf6ffnet.\n");
    dir.write("a.txt", latin);
    dir.write(
        "b.txt",
        [
            prose(9, 6).as_bytes(),
            "\nIm Café für Größe.\nEnd \u{e9}".as_bytes(),
            b"\xff\n",
        ]
        .concat(),
    );
    let ran = dir.dehusk(&["check", "--output-format", "concise", "--quiet"]);
    assert_eq!(
        ran.stdout,
        "a.txt:1:1 ENC001 is in windows-1252; `dehusk fix --to-utf8` rewrites it as UTF-8\n\
         b.txt:3:6 ENC001 has bytes that are no text in UTF-8\n"
    );
    assert_eq!(ran.code, Some(1));
    dir.dehusk(&["check", "--ignore", "ENC001"]).ok();
    dir.write("dehusk.toml", "[rules]\nignore = [\"ENC001\"]\n");
    dir.dehusk(&["check"]).ok();
    assert!(
        dir.dehusk(&["explain", "ENC001"])
            .ok()
            .stdout
            .contains("UTF-8")
    );
}

#[test]
fn annotations_end_with_the_last_line_that_goes() {
    let dir = Dir::new();
    let share = "Share on Facebook\nShare on X\nShare by e-mail\nCopy link\n";
    dir.write(
        "a.txt",
        format!("{}\n\n{share}\n{}\n", prose(1, 8), prose(2, 8)),
    );
    let ran = dir.dehusk(&["check", "--select", "SHAR001", "--output-format", "github"]);
    assert!(
        ran.stdout
            .starts_with("::error title=dehusk SHAR001,file=a.txt,line=3,endLine=6::"),
        "{}",
        ran.stdout
    );
    let log: Value = serde_json::from_str(
        &dir.dehusk(&["check", "--select", "SHAR001", "--output-format", "sarif"])
            .stdout,
    )
    .unwrap();
    let result = &log["runs"][0]["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["endLine"], 6);
    let deleted = &result["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"];
    assert_eq!(
        (&deleted["endLine"], &deleted["endColumn"]),
        (&8.into(), &1.into())
    );
}

#[test]
fn a_find_of_the_structure_step_says_what_it_is_in_every_format() {
    let dir = Dir::new();
    let menu = "Harbour Post\nStart\nTown\nRegion\nCulture\nFootball\nWeather\nPhotos\nJobs\nFlats\nCars\n\
                Events\nHoroscope\nPuzzles\nArchive\nSign in\n";
    let story = "Ferry to the island stays in port until May\n\
        The ferry to the island will stay in port until the beginning of May, because a crack was found in its hull.\n\
        Divers came upon the damage on Thursday, when the vessel was inspected, as it is every year before the season.\n\
        Until then a smaller boat takes passengers across three times a day, but cars and lorries have to wait.\n\
        On the island people have begun to fill their larders, and the baker has ordered flour for two months.\n";
    dir.write(
        "a.txt",
        format!("&w=3840&q=100)\nTry Our AI Features\n{menu}{story}"),
    );
    let check = ["check", "--unsafe", "--select", "IMG001,AIW,STR"];
    let what = "ebris before the text, such as a menu";
    for format in [
        "full", "concise", "json", "jsonl", "github", "gitlab", "junit", "sarif",
    ] {
        let ran = dir.dehusk(&[&check[..], &["--output-format", format]].concat());
        assert!(
            ran.stdout.contains("STR001") && ran.stdout.contains(what),
            "{format}: {}",
            ran.stdout
        );
    }
    let log = dir.dehusk(&[&check[..], &["--output-format", "sarif"]].concat());
    let log: Value = serde_json::from_str(&log.stdout).unwrap();
    for rule in log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
    {
        assert!(
            !rule["shortDescription"]["text"]
                .as_str()
                .unwrap()
                .is_empty(),
            "{rule}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_an_error_and_the_rest_is_looked_at() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let dir = Dir::new();
    dir.write("locked/a.txt", dirty(1));
    dir.write("open/b.txt", dirty(2));
    let locked = dir.path("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read_dir(&locked).is_ok();
    let ran = dir.dehusk(&["check", "--output-format", "concise"]);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    if readable {
        common::skipped("this user may read anywhere");
        return;
    }
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("locked"), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("open/b.txt:1:1 IMG001"),
        "{}",
        ran.stdout
    );
}
