//! The hooks of `.pre-commit-hooks.yaml`, run by the real `pre-commit` and by
//! `prek` where they are installed. To have them:
//! `python3 -m venv venv && venv/bin/pip install pre-commit prek`, then put
//! `venv/bin` on the `PATH`.
//!
//! The hooks are those of the project but for their language: what is tested
//! is this build, not one that a hook runner makes from the sources again.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use common::{Dir, dirty, skipped, story};

/// The hook runners that are installed; says which are not.
fn runners() -> Vec<&'static str> {
    let (found, missing): (Vec<_>, Vec<_>) = ["pre-commit", "prek"].into_iter().partition(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    });
    for name in missing {
        skipped(&format!("`{name}` is not installed"));
    }
    found
}

/// A repository with hooks, and one that uses them.
struct Repos {
    dir: Dir,
    runner: &'static str,
}

impl Repos {
    fn new(runner: &'static str, hooks: &[&str]) -> Self {
        let repos = Self {
            dir: Dir::new(),
            runner,
        };
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
        let ours = fs::read_to_string(manifest).unwrap();
        repos.dir.write(
            "hooks/.pre-commit-hooks.yaml",
            ours.replace("language: rust", "language: system"),
        );
        repos.dir.write("seeds/README.md", "# Seeds\n");
        for name in ["hooks", "seeds"] {
            repos.git(name, &["init", "--quiet"]);
            repos.git(name, &["add", "."]);
            repos.git(name, &["commit", "--quiet", "-m", "first"]);
        }
        let head = repos.git("hooks", &["rev-parse", "HEAD"]);
        let hooks: Vec<String> = hooks
            .iter()
            .map(|hook| format!("      - id: {hook}"))
            .collect();
        repos.dir.write(
            "seeds/.pre-commit-config.yaml",
            format!(
                "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n{}\n",
                repos.dir.path("hooks").display(),
                String::from_utf8(head.stdout).unwrap().trim(),
                hooks.join("\n")
            ),
        );
        repos
    }

    fn command(&self, program: &str, folder: &str, args: &[&str]) -> Command {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_dehusk"));
        let mut path = vec![binary.parent().unwrap().to_path_buf()];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.dir.path(folder))
            .env("PATH", env::join_paths(path).unwrap())
            .env("HOME", self.dir.path("."))
            .env("PRE_COMMIT_HOME", self.dir.path("cache"))
            .env("PREK_HOME", self.dir.path("cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs([
                ("GIT_AUTHOR_NAME", "a"),
                ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ])
            .envs([
                ("GIT_COMMITTER_NAME", "a"),
                ("GIT_COMMITTER_EMAIL", "a@example.org"),
            ]);
        command
    }

    fn try_git(&self, folder: &str, args: &[&str]) -> Output {
        self.command("git", folder, args).output().unwrap()
    }

    fn git(&self, folder: &str, args: &[&str]) -> Output {
        let output = self.try_git(folder, args);
        assert!(output.status.success(), "git {args:?}: {}", said(&output));
        output
    }

    fn hooks(&self, args: &[&str]) -> Output {
        self.command(self.runner, "seeds", args).output().unwrap()
    }
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr]
        .map(String::from_utf8_lossy)
        .concat()
}

#[test]
fn a_hook_finds_fixes_and_then_passes() {
    for runner in runners() {
        let repos = Repos::new(runner, &["dehusk-fix", "dehusk-check"]);
        for (at, name) in ["a b.txt", "c'd\".txt", "e.md"].iter().enumerate() {
            repos.dir.write(&format!("seeds/in/{name}"), dirty(at));
        }
        repos.dir.write("seeds/in/page.html", dirty(9));
        repos.git("seeds", &["add", "."]);
        let first = repos.hooks(&["run", "--all-files"]);
        assert_eq!(first.status.code(), Some(1), "{runner}: {}", said(&first));
        assert_eq!(repos.dir.read("seeds/in/a b.txt"), story(0));
        assert_eq!(repos.dir.read("seeds/in/page.html"), dirty(9));
        repos.git("seeds", &["add", "."]);
        let second = repos.hooks(&["run", "--all-files"]);
        assert!(second.status.success(), "{runner}: {}", said(&second));
        let status = repos.git("seeds", &["status", "--porcelain", "--", ".dehusk"]);
        assert_eq!(said(&status), "", "git sees the kept runs");
    }
}

#[test]
fn an_installed_hook_stops_a_commit_and_lets_the_fixed_one_pass() {
    for runner in runners() {
        let repos = Repos::new(runner, &["dehusk-fix"]);
        let installed = repos.hooks(&["install"]);
        assert!(installed.status.success(), "{}", said(&installed));
        repos.dir.write("seeds/a.txt", dirty(1));
        repos.git("seeds", &["add", "."]);
        let stopped = repos.try_git("seeds", &["commit", "-m", "dirty"]);
        assert!(!stopped.status.success(), "{runner}: {}", said(&stopped));
        assert_eq!(repos.dir.read("seeds/a.txt"), story(1));
        repos.git("seeds", &["add", "."]);
        repos.git("seeds", &["commit", "-m", "clean"]);
    }
}

#[test]
fn what_is_not_staged_survives() {
    for runner in runners() {
        let repos = Repos::new(runner, &["dehusk-fix"]);
        assert!(repos.hooks(&["install"]).status.success());
        let long = format!("{}\n{}\n{}", dirty(1), story(2), story(3));
        repos.dir.write("seeds/a.txt", &long);
        repos.git("seeds", &["add", "."]);
        repos
            .dir
            .write("seeds/a.txt", format!("{long}A line that is not staged.\n"));
        let stopped = repos.try_git("seeds", &["commit", "-m", "half"]);
        assert!(!stopped.status.success(), "{runner}: {}", said(&stopped));
        let left = repos.dir.read("seeds/a.txt");
        assert!(
            left.ends_with("A line that is not staged.\n"),
            "{runner}: {left}"
        );
        // The fix is there, too, and what is staged is not yet changed by it.
        assert!(!left.contains("&w=3840"), "{runner}: {left}");
        let staged = repos.git("seeds", &["show", ":a.txt"]);
        assert_eq!(staged.stdout, long.as_bytes(), "{runner}");
    }
}

#[test]
fn duplicates_are_found_across_the_repository() {
    for runner in runners() {
        let repos = Repos::new(runner, &["dehusk-check", "dehusk-dedup"]);
        repos.dir.write("seeds/a.txt", story(1));
        repos.git("seeds", &["add", "."]);
        let alone = repos.hooks(&["run"]);
        assert!(alone.status.success(), "{runner}: {}", said(&alone));
        repos.git("seeds", &["commit", "--quiet", "-m", "a"]);
        repos
            .dir
            .write("seeds/b.txt", format!("{}Nobody was hurt.\n", story(1)));
        repos.git("seeds", &["add", "."]);
        let copied = repos.hooks(&["run"]);
        assert_eq!(copied.status.code(), Some(1), "{runner}: {}", said(&copied));
        assert!(
            said(&copied).matches("b.txt:1:1 DUP001").count() == 1,
            "{runner}: {}",
            said(&copied)
        );
    }
}

#[test]
fn the_hooks_can_be_tried_from_a_repository() {
    for runner in runners() {
        let repos = Repos::new(runner, &[]);
        repos.dir.write("seeds/a.txt", dirty(1));
        repos.git("seeds", &["add", "a.txt"]);
        let hooks = repos.dir.path("hooks");
        let args = [
            "try-repo",
            hooks.to_str().unwrap(),
            "dehusk-check",
            "--all-files",
        ];
        let tried = repos.hooks(&args);
        assert_eq!(tried.status.code(), Some(1), "{runner}: {}", said(&tried));
        assert!(
            said(&tried).contains("a.txt:1:1 IMG001"),
            "{runner}: {}",
            said(&tried)
        );
    }
}

#[test]
fn names_of_every_sort_are_handed_over_whole() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    for runner in runners() {
        let repos = Repos::new(runner, &["dehusk-fix"]);
        let names = [
            &b"a b.txt"[..],
            b"c'd\".txt",
            b"e\nf.txt",
            "ü 日.md".as_bytes(),
            b"-g.txt",
            b"$(h).txt",
        ];
        let folder = repos.dir.path("seeds");
        for (at, name) in names.iter().enumerate() {
            fs::write(folder.join(OsStr::from_bytes(name)), dirty(at)).unwrap();
        }
        repos.git("seeds", &["add", "."]);
        let first = repos.hooks(&["run"]);
        assert_eq!(first.status.code(), Some(1), "{runner}: {}", said(&first));
        for (at, name) in names.iter().enumerate() {
            let text = fs::read_to_string(folder.join(OsStr::from_bytes(name))).unwrap();
            assert_eq!(text, story(at), "{runner}: {:?}", OsStr::from_bytes(name));
        }
        repos.git("seeds", &["add", "."]);
        let second = repos.hooks(&["run"]);
        assert!(second.status.success(), "{runner}: {}", said(&second));
    }
}

#[test]
fn a_name_that_is_not_utf8_is_fixed_or_stops_the_runner_but_never_passes() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    for runner in runners() {
        let repos = Repos::new(runner, &["dehusk-fix"]);
        let path = repos
            .dir
            .path("seeds")
            .join(OsStr::from_bytes(b"g\xff.txt"));
        fs::write(&path, dirty(1)).unwrap();
        repos.git("seeds", &["add", "."]);
        let ran = repos.hooks(&["run"]);
        assert!(!ran.status.success(), "{runner}: {}", said(&ran));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text == story(1) || text == dirty(1), "{runner}: {text}");
        eprintln!(
            "{runner}: {}",
            if text == story(1) { "fixed" } else { "stopped" }
        );
    }
}

/// As many texts as a large seeds folder has; a quarter of them has debris.
const MANY: usize = 5000;

#[test]
fn five_thousand_files_are_fixed_in_one_run_and_then_pass() {
    for runner in runners() {
        let repos = Repos::new(runner, &["dehusk-fix", "dehusk-check"]);
        for at in 0..MANY {
            let text = if at % 4 == 0 { dirty(at) } else { story(at) };
            repos
                .dir
                .write(&format!("seeds/{:02}/{at}.txt", at % 50), text);
        }
        repos.git("seeds", &["add", "."]);
        let first = repos.hooks(&["run", "--all-files"]);
        assert_eq!(first.status.code(), Some(1), "{runner}: {}", said(&first));
        for at in 0..MANY {
            let text = repos.dir.read(&format!("seeds/{:02}/{at}.txt", at % 50));
            assert_eq!(text, story(at), "{runner}");
        }
        repos.git("seeds", &["add", "."]);
        let second = repos.hooks(&["run", "--all-files"]);
        assert!(second.status.success(), "{runner}: {}", said(&second));
    }
}

#[test]
fn the_mirror_has_the_same_hooks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let ours = read(".pre-commit-hooks.yaml");
    assert_eq!(
        read("mirror/.pre-commit-hooks.yaml"),
        ours.replace("language: rust", "language: python")
    );
    let needed = format!("\"dehusk=={}\"", env!("CARGO_PKG_VERSION"));
    assert!(read("mirror/pyproject.toml").contains(&needed));
}

/// The hooks as the mirror installs them, from the wheel in the folder that
/// `DEHUSK_WHEELS` names: `maturin build --out wheels`.
#[test]
fn the_mirror_installs_the_wheel() {
    let Some(wheels) = env::var_os("DEHUSK_WHEELS") else {
        skipped("`DEHUSK_WHEELS` names no folder with a wheel");
        return;
    };
    for runner in runners() {
        let repos = Repos::new(runner, &[]);
        for name in [".pre-commit-hooks.yaml", "pyproject.toml"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("mirror")
                .join(name);
            repos
                .dir
                .write(&format!("hooks/{name}"), fs::read(from).unwrap());
        }
        repos.git("hooks", &["add", "."]);
        repos.git("hooks", &["commit", "--quiet", "-m", "mirror"]);
        repos.dir.write("seeds/a.txt", dirty(1));
        repos.git("seeds", &["add", "a.txt"]);
        let hooks = repos.dir.path("hooks");
        let args = [
            "try-repo",
            hooks.to_str().unwrap(),
            "dehusk-fix",
            "--all-files",
        ];
        let mut command = repos.command(runner, "seeds", &args);
        // Not the program of this build, which is on the path for other tests.
        command.env("PATH", env::var_os("PATH").unwrap());
        let tried = command
            .env("PIP_FIND_LINKS", &wheels)
            .env("UV_FIND_LINKS", &wheels);
        let tried = tried.output().unwrap();
        assert_eq!(tried.status.code(), Some(1), "{runner}: {}", said(&tried));
        assert_eq!(
            repos.dir.read("seeds/a.txt"),
            story(1),
            "{runner}: {}",
            said(&tried)
        );
    }
}
