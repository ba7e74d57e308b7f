//! `dehusk diff`: what a fix would do, for eyes and for `patch`.

mod common;

use common::{Dir, prose};

#[test]
fn a_clean_folder_has_no_diff() {
    let dir = Dir::new();
    dir.write("a.txt", format!("{}\r\n \r\n", prose(1, 12)));
    let ran = dir.dehusk(&["diff"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn a_diff_shows_what_goes_and_nothing_else() {
    let dir = Dir::new();
    let story = prose(1, 12);
    dir.write("seeds/a.txt", format!("&w=3840&q=100)\r\n{story}  \r\n"));
    let ran = dir.dehusk(&["diff", "seeds"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        format!(
            "--- a/seeds/a.txt\n+++ b/seeds/a.txt\n@@ -1,2 +1 @@\n-&w=3840&q=100)\r\n {story}  \r\n"
        )
    );
}

#[test]
fn a_diff_can_be_given_to_patch() {
    let dir = Dir::new();
    for seed in 0..4 {
        dir.write(
            &format!("{seed}.txt"),
            format!(
                "&w=3840&q=100)\n{}\n\nHashtags\n\nComments\nNo comments yet...\n",
                prose(seed, 12)
            ),
        );
    }
    let diff = dir.dehusk(&["diff", "--unsafe"]).stdout;
    let Ok(mut patch) = std::process::Command::new("patch")
        .args(["-p1", "--quiet"])
        .current_dir(dir.path("."))
        .stdin(std::process::Stdio::piped())
        .spawn()
    else {
        eprintln!("SKIPPED: `patch` is not installed");
        return;
    };
    std::io::Write::write_all(&mut patch.stdin.take().unwrap(), diff.as_bytes()).unwrap();
    assert!(patch.wait().unwrap().success());
    assert_eq!(dir.dehusk(&["diff", "--unsafe"]).ok().stdout, "");
}

#[test]
fn the_normal_form_is_shown_on_request() {
    let dir = Dir::new();
    dir.write("a.txt", "The bridge opened.  \r\n\r\n");
    let ran = dir.dehusk(&["diff", "--normalize"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout.contains("+The bridge opened.\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_stat_counts_lines() {
    let dir = Dir::new();
    dir.write("a.txt", format!("&w=3840&q=100)\n{}\n", prose(1, 12)));
    dir.write("b.txt", format!("{}\n", prose(2, 12)));
    let ran = dir.dehusk(&["diff", "--stat"]);
    assert_eq!(
        ran.stdout,
        " a.txt | +0 -1\n 1 file, 0 lines added, 1 removed\n"
    );
    assert_eq!(ran.code, Some(1));
}

#[test]
fn colour_is_for_those_who_ask() {
    let dir = Dir::new();
    dir.write("a.txt", format!("&w=3840&q=100)\n{}\n", prose(1, 12)));
    assert!(!dir.dehusk(&["diff"]).stdout.contains('\x1b'));
    assert!(
        dir.dehusk(&["diff", "--color", "always"])
            .stdout
            .contains("\x1b[31m-&w=3840")
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let dir = Dir::new();
    let ran = dir.dehusk(&["diff", "nowhere"]);
    assert_eq!(ran.code, Some(2));
}
