//! Inputs made to hurt: each must end in good time, within bounded memory, and
//! leave an account.

mod common;

use std::time::{Duration, Instant};

use common::{Dir, prose};

/// Far above what any of these takes, far below what the bare crates do; a
/// debug build on a busy machine must pass, too.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `dehusk clean` on one file, with at most `megabytes` of address space
/// where the system can bound it.
fn survives(name: &str, content: &[u8], megabytes: usize) {
    let dir = Dir::new();
    dir.write(&format!("in/{name}"), content);
    dir.write("in/zz.txt", prose(1, 20));
    let started = Instant::now();
    let ran = if cfg!(target_os = "linux") {
        let script = format!(
            "ulimit -v {}; exec '{}' clean in -o out --jobs 2 --quiet",
            megabytes * 1024,
            env!("CARGO_BIN_EXE_dehusk")
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(dir.path(""))
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    } else {
        let ran = dir.dehusk(&["clean", "in", "-o", "out", "--quiet"]);
        (ran.code, ran.stderr)
    };
    let took = started.elapsed();
    assert!(
        matches!(ran.0, Some(0 | 2)),
        "{name}: ended with {:?}: {}",
        ran.0,
        ran.1
    );
    assert!(!ran.1.contains("panicked"), "{name}: {}", ran.1);
    assert!(took < PATIENCE, "{name}: took {took:?}");
    assert_eq!(dir.manifest("out/dehusk-manifest.jsonl").len(), 2, "{name}");
    assert!(dir.exists("out/zz.txt"), "{name}: the run went on");
    assert!(
        std::fs::read(dir.path(&format!("in/{name}"))).unwrap() == content,
        "{name}: the input is untouched"
    );
}

#[test]
fn markup_bombs_end_in_good_time() {
    let words = prose(3, 10);
    for (name, open) in [
        ("div.html", "<div>"),
        ("list.html", "<ul><li>"),
        ("quote.html", "<blockquote>"),
        ("font.html", "<font color=i>"),
        ("amplified.html", "<b id=i><p>"),
        ("ampersands.html", "&"),
        ("blanks.html", "&nbsp;"),
        ("links.html", "<a href=x>y</a> "),
        ("rows.html", "<tr><td>1<td>2"),
        ("table.html", "<table><tr><td>"),
        ("select.html", "<select><option>"),
        ("svg.html", "<svg><g>"),
        ("unclosed.html", "<a href=\""),
        ("comments.html", "<!--"),
    ] {
        let body = open.repeat(400_000 / open.len());
        survives(
            name,
            format!("<!doctype html><body><p>{words}</p>{body}{words}").as_bytes(),
            1500,
        );
    }
}

#[test]
fn a_tag_with_many_attributes_ends_in_good_time() {
    let attributes: String = (0..40_000).map(|n| format!(" a{n}=1")).collect();
    survives(
        "attributes.html",
        format!("<!doctype html><p{attributes}>{}</p>", prose(3, 10)).as_bytes(),
        1500,
    );
}

#[test]
fn nul_bytes_end_in_good_time() {
    let mut page = b"<!doctype html><p>".to_vec();
    page.extend(prose(3, 400).into_bytes());
    page.extend(vec![0; 5_000_000]);
    survives("nul.html", &page, 1500);
    survives("nul.txt", &page, 1500);
}

#[test]
fn long_lines_end_in_good_time() {
    survives("words.txt", "word ".repeat(4_000_000).as_bytes(), 1500);
    survives("letters.txt", "a".repeat(20_000_000).as_bytes(), 1500);
    survives(
        "ampersand.txt",
        "&w=1&q=2)".repeat(1_000_000).as_bytes(),
        1500,
    );
    survives(
        "invisible.txt",
        "a\u{200b}".repeat(2_000_000).as_bytes(),
        2500,
    );
}

#[test]
fn many_lines_end_in_good_time() {
    survives(
        "menu.txt",
        "Home\nShare\nTweet\n\n".repeat(300_000).as_bytes(),
        2500,
    );
    survives(
        "comments.txt",
        "No comments yet...\n".repeat(300_000).as_bytes(),
        2500,
    );
    survives("blank.txt", "\n".repeat(5_000_000).as_bytes(), 2500);
    survives(
        "links.md",
        "* [Home](/) [News](/news)\n".repeat(200_000).as_bytes(),
        2500,
    );
}

#[test]
fn many_equal_documents_end_in_good_time() {
    let dir = Dir::new();
    let record = serde_json::json!({"id": "x", "text": prose(1, 12)}).to_string() + "\n";
    dir.write("in.jsonl", record.repeat(60_000));
    let started = Instant::now();
    dir.dehusk(&["clean", "in.jsonl", "-o", "out.jsonl", "--quiet"])
        .ok();
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    assert_eq!(dir.read("out.jsonl").lines().count(), 1);
}

/// A limit on the size of a file stands for a full disk: the write fails in
/// the middle.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_file_and_says_so() {
    let dir = Dir::new();
    dir.write("in/a.txt", prose(1, 4000));
    dir.write(
        "in.jsonl",
        serde_json::json!({"id": "a", "text": prose(1, 4000)}).to_string(),
    );
    dir.write("out.jsonl", "old");
    dir.write("out.dehusk-manifest.jsonl", "");
    for args in ["clean in -o out", "clean in.jsonl -o out.jsonl"] {
        let script = format!(
            "trap '' XFSZ; ulimit -f 64; exec '{}' {args} --quiet",
            env!("CARGO_BIN_EXE_dehusk")
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(dir.path(""))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("cannot be written: "), "{stderr}");
    }
    assert_eq!(dir.read("out.jsonl"), "old");
    assert!(!dir.exists("out/a.txt") && !dir.exists("out/dehusk-manifest.jsonl"));
    for folder in ["", "out"] {
        for entry in std::fs::read_dir(dir.path(folder)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            assert!(!name.ends_with("tmp"), "{name} is left over");
        }
    }
}

#[test]
fn two_runs_on_one_output_do_not_mix() {
    let dir = Dir::new();
    for seed in 0..2000 {
        dir.write(&format!("in/{seed}.txt"), prose(seed, 20));
    }
    let mut runs: Vec<_> = (0..4)
        .map(|_| {
            dir.command(&["clean", "in", "-o", "out", "--no-dedup", "--quiet"])
                .spawn()
                .unwrap()
        })
        .collect();
    let codes: Vec<_> = runs
        .iter_mut()
        .map(|run| run.wait().unwrap().code())
        .collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert!(
        codes.iter().all(|code| matches!(code, Some(0 | 2))),
        "{codes:?}"
    );
    assert_eq!(dir.manifest("out/dehusk-manifest.jsonl").len(), 2000);
    assert_eq!(dir.tree("out").len(), 2001);
}
