//! `dehusk completions` and `dehusk man`: made from the program's own flags.

mod common;

use common::Dir;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let dir = Dir::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = dir.dehusk(&["completions", shell]).ok();
        for word in ["check", "exit-non-zero-on-fix", "drop-duplicates"] {
            assert!(ran.stdout.contains(word), "{shell} does not know {word}");
        }
    }
    assert_eq!(dir.dehusk(&["completions", "tcsh"]).code, Some(2));
}

#[test]
fn bash_reads_its_script() {
    let dir = Dir::new();
    dir.write("c", dir.dehusk(&["completions", "bash"]).ok().stdout);
    let Ok(output) = std::process::Command::new("bash")
        .args(["-c", "source ./c && complete -p dehusk"])
        .current_dir(dir.path("."))
        .output()
    else {
        common::skipped("`bash` is not installed");
        return;
    };
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn every_command_has_a_manual_page() {
    let dir = Dir::new();
    dir.dehusk(&["man", "share/man1"]).ok();
    for page in [
        "dehusk.1",
        "dehusk-check.1",
        "dehusk-fix.1",
        "dehusk-undo.1",
    ] {
        let text = dir.read(&format!("share/man1/{page}"));
        assert!(text.contains(".SH DESCRIPTION"), "{page}: {text}");
    }
    assert!(dir.read("share/man1/dehusk-fix.1").contains("dry\\-run"));
}
