//! What a fix would do, as a unified diff.

use std::{
    io::{self, Write},
    path::Path,
};

use similar::{ChangeTag, TextDiff};

use super::{
    Paint,
    human::{grouped, is_unprintable, plural, printable},
    paint::Shade,
};

/// How a diff is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffStyle {
    /// Whether it is coloured.
    pub paint: Paint,
    /// Whether control characters are escaped. A terminal needs that; `patch`
    /// needs the bytes as they are.
    pub escape: bool,
}

/// How many lines a diff takes and adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffStat {
    /// Lines that go.
    pub removed: usize,
    /// Lines that come: what is left of lines that lose a part.
    pub added: usize,
}

/// Prints the unified diff from `old` to `new` of the file `path`, which is
/// named as git names files, so that `git apply` and `patch` find it.
///
/// # Errors
///
/// `out` cannot be written to.
pub fn write_diff(
    path: &Path,
    old: &str,
    new: &str,
    style: DiffStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = style.paint;
    let (old, new) = (lines(old), lines(new));
    let diff = TextDiff::from_slices(&old, &new);
    for (mark, side) in [("---", "a/"), ("+++", "b/")] {
        let name = git_name(side, path);
        writeln!(
            out,
            "{}",
            paint.with(Shade::Bold, format_args!("{mark} {name}"))
        )?;
    }
    for hunk in diff.unified_diff().iter_hunks() {
        writeln!(out, "{}", paint.with(Shade::Cyan, hunk.header()))?;
        for change in hunk.iter_changes() {
            let (mark, shade) = match change.tag() {
                ChangeTag::Equal => (' ', None),
                ChangeTag::Delete => ('-', Some(Shade::Red)),
                ChangeTag::Insert => ('+', Some(Shade::Green)),
            };
            let value: &str = change.value();
            let line = value.strip_suffix('\n').unwrap_or(value);
            let line = if style.escape {
                // A carriage return at the end belongs to the line's end.
                printable(line.strip_suffix('\r').unwrap_or(line))
            } else {
                line.to_owned()
            };
            if let Some(shade) = shade {
                writeln!(out, "{}", paint.with(shade, format_args!("{mark}{line}")))?;
            } else {
                writeln!(out, "{mark}{line}")?;
            }
            if !value.ends_with('\n') {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

/// The lines of a text, each with its end. Only LF ends one: a carriage return
/// by itself stands within a line for `git apply` and `patch`.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A file's name in the head of a diff as git writes it: in quotes and with
/// the escapes of C where a byte would be misread, and with a tab after a name
/// that has blanks, which ends it. Letters beyond ASCII stay, as with git's
/// `core.quotePath` off.
fn git_name(side: &str, path: &Path) -> String {
    let path = path.strip_prefix("/").unwrap_or(path);
    let mut name = side.to_owned();
    let mut quoted = false;
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            let escape = match c {
                '\\' if cfg!(windows) => {
                    name.push('/');
                    continue;
                }
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                c if is_unprintable(c) => {
                    octal(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut name);
                    quoted = true;
                    continue;
                }
                c => {
                    name.push(c);
                    continue;
                }
            };
            name.push_str(escape);
            quoted = true;
        }
        octal(chunk.invalid(), &mut name);
        quoted |= !chunk.invalid().is_empty();
    }
    if quoted {
        format!("\"{name}\"")
    } else if name.contains(' ') {
        name + "\t"
    } else {
        name
    }
}

/// Bytes as three octal digits each.
fn octal(bytes: &[u8], name: &mut String) {
    name.extend(bytes.iter().map(|byte| format!("\\{byte:03o}")));
}

/// How many lines go and come between `old` and `new`.
pub fn diff_stat(old: &str, new: &str) -> DiffStat {
    let mut stat = DiffStat::default();
    let (old, new) = (lines(old), lines(new));
    for change in TextDiff::from_slices(&old, &new).iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {}
            ChangeTag::Delete => stat.removed += 1,
            ChangeTag::Insert => stat.added += 1,
        }
    }
    stat
}

/// Prints one line a file, and their sum.
///
/// # Errors
///
/// `out` cannot be written to.
pub fn write_stats(
    stats: &[(String, DiffStat)],
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = stats
        .iter()
        .map(|(path, _)| path.chars().count())
        .max()
        .unwrap_or(0);
    let mut sum = DiffStat::default();
    for (path, stat) in stats {
        sum.removed += stat.removed;
        sum.added += stat.added;
        writeln!(
            out,
            " {:width$} | {} {}",
            printable(path),
            paint.with(Shade::Green, format_args!("+{}", stat.added)),
            paint.with(Shade::Red, format_args!("-{}", stat.removed)),
        )?;
    }
    writeln!(
        out,
        " {}, {} added, {} removed",
        plural(stats.len(), "file"),
        plural(sum.added, "line"),
        grouped(sum.removed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str, style: DiffStyle) -> String {
        let mut out = Vec::new();
        write_diff(Path::new("a.txt"), old, new, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_diff_is_in_unified_form() {
        assert_eq!(
            diff("husk\na\nb", "a\nb", DiffStyle::default()),
            "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,2 @@\n-husk\n a\n b\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn escapes_stay_for_patch_and_go_for_a_terminal() {
        let escape = DiffStyle {
            escape: true,
            ..DiffStyle::default()
        };
        assert!(diff("a\x1b[0m\r\nb\n", "b\n", DiffStyle::default()).contains("-a\x1b[0m\r\n"));
        assert!(diff("a\x1b[0m\r\nb\n", "b\n", escape).contains("-a\\u{1b}[0m\n"));
    }

    #[test]
    fn names_are_quoted_as_git_does() {
        let name = |name: &str| git_name("a/", Path::new(name));
        assert_eq!(name("/b/c.txt"), "a/b/c.txt");
        assert_eq!(name("b c.txt"), "a/b c.txt\t");
        assert_eq!(name("Brücke.txt"), "a/Brücke.txt");
        assert_eq!(name("b\t\"\\.txt"), r#""a/b\t\"\\.txt""#);
        assert_eq!(name("b\u{1b}\u{202e}.txt"), r#""a/b\033\342\200\256.txt""#);
    }

    #[test]
    fn a_carriage_return_within_a_line_ends_none() {
        assert_eq!(
            diff("husk\na\rb\n", "a\rb\n", DiffStyle::default()),
            "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1 @@\n-husk\n a\rb\n"
        );
    }

    #[test]
    fn a_shortened_line_goes_and_comes() {
        let stat = diff_stat("a husk\nb\nhusk\n", "a\nb\n");
        assert_eq!(
            stat,
            DiffStat {
                removed: 2,
                added: 1
            }
        );
    }
}
