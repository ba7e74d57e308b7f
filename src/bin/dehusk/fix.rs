//! `dehusk fix`: takes debris out of files where they are.

use std::{collections::BTreeMap, io::Write};

use anyhow::{Context, ensure};
use dehusk::{
    Code,
    inplace::{Changed, FixOptions, Fixed, Fixer, What, shown},
    report::{grouped, plural, printable},
    write::path_text,
};

use crate::{
    Exit,
    diff::FormArgs,
    flags::KeepArg,
    inplace::{self, Input, Passed, Remark, complain, project},
};

/// Take out of texts, where they are, what is not content
///
/// Rewrites .txt and .md files; what goes is kept, and `dehusk undo` brings it
/// back. Exits with 0 if `check` would find nothing more, 1 if it would (a
/// copy of another text, a file that is left for a person), and 2 if something
/// could not be read or written.
///
///   dehusk fix seeds/
///   dehusk fix --dry-run
///   dehusk fix - --stdin-filename seeds/new.md < draft.md > seeds/new.md
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(flatten)]
    inplace: inplace::InPlaceArgs,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Exit with 1 if a file was changed
    #[arg(long)]
    exit_non_zero_on_fix: bool,

    /// Also remove documents that say the same as another one of the run
    #[arg(long, overrides_with = "no_dedup")]
    drop_duplicates: bool,

    /// Which of several that say the same stays [default: first]
    #[arg(long, value_enum, requires = "drop_duplicates")]
    keep: Option<KeepArg>,

    #[command(flatten)]
    form: FormArgs,
}

pub(crate) fn run(args: &Args, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let mut work = match args.inplace.work(true, args.keep, out)? {
        Ok(work) => work,
        Err(exit) => return Ok(exit),
    };
    if let Input::Stdin(..) = work.input {
        let of_files = args.dry_run || args.drop_duplicates || args.form.break_links;
        ensure!(
            !of_files,
            "standard input is one text; --dry-run, --drop-duplicates and --break-links go with \
             files"
        );
        return filter(args, &work, out);
    }
    // How many files were passed over, if there is nothing else to say.
    let mut passed = match &work.input {
        Input::Files(_, passed) => Some(passed.clone()),
        Input::Stdin(..) => None,
    };
    let project = project()?;
    let mut fixer = Fixer::new(&project, options(args, &work));
    let mut exit = work.tell_problems();
    let done = work.examine(args.inplace.run.jobs(), &mut |examined| {
        match work.text(examined) {
            Ok((path, text)) => fixer.add(path, *text)?,
            Err(remark) => {
                remark.tell();
                passed = None;
                exit = exit.or_failed(remark.failed);
            }
        }
        Ok(())
    });
    // Even after an error what was changed so far has to be accounted for; but
    // nothing more is changed then.
    let (account, ended) = match &done {
        Ok(()) => fixer.finish(),
        Err(_) => fixer.abort(),
    };
    let is_whole = done.is_ok() && ended.is_ok();
    tell(args, &account, is_whole, passed, out)?;
    done?;
    ended.context("the fix did not come to its end")?;
    work.save();
    let is_found = !account.left.is_empty() || !account.remaining.is_empty();
    if is_found || (args.exit_non_zero_on_fix && !account.changed.is_empty()) {
        exit = exit.or_found();
    }
    Ok(exit.or_failed(!account.failed.is_empty()))
}

fn options(args: &Args, work: &inplace::Work) -> FixOptions {
    let dedup = work.options.dedup.clone();
    FixOptions {
        form: args.form.form(),
        dry_run: args.dry_run,
        break_links: args.form.break_links,
        duplicates: dedup.map(|options| (options, work.options.keep)),
        drop_duplicates: args.drop_duplicates,
        ignored: work.ignored.clone(),
    }
}

/// What a check would still find, which is why the run does not end well:
/// `unwritten` of it only because so many `files` could not be written.
fn tell_remaining(remaining: &BTreeMap<Code, usize>, unwritten: usize, files: usize) {
    let all = remaining.values().sum();
    if all == 0 {
        return;
    }
    let files = plural(files, "file");
    let why = match unwritten {
        0 => " that fix does not touch".to_owned(),
        _ if unwritten == all => format!(" because {files} could not be written"),
        _ => format!(
            ", {} of them because {files} could not be written",
            grouped(unwritten)
        ),
    };
    let codes: Vec<String> = remaining
        .iter()
        .map(|(code, count)| format!("{} {code}", grouped(*count)))
        .collect();
    complain(&format!(
        "{} left{why} ({}): `dehusk check` shows {}",
        if all == 1 {
            "1 finding is".to_owned()
        } else {
            format!("{} are", plural(all, "finding"))
        },
        codes.join(", "),
        if all == 1 { "it" } else { "them" },
    ));
}

/// One text from standard input to standard output.
fn filter(args: &Args, work: &inplace::Work, out: &mut (dyn Write + Send)) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    work.examine(None, &mut |examined| {
        let (path, text) = match work.text(examined) {
            Ok(text) => text,
            Err(remark) => {
                remark.tell();
                exit = Exit::Failed;
                return Ok(());
            }
        };
        let mut remaining = BTreeMap::new();
        let stays = text.stays(args.form.form()).into_iter();
        for code in stays.filter(|code| !work.is_ignored(code.as_str())) {
            *remaining.entry(code).or_default() += 1;
        }
        let changed = match text.fixed(args.form.form()) {
            Ok(Some(fixed)) => {
                out.write_all(&fixed)?;
                true
            }
            held => {
                if let Err(reason) = held {
                    Remark::new(&path, &reason, false).tell();
                }
                out.write_all(&text.original.bytes)?;
                false
            }
        };
        if text.needs_review() && !work.is_ignored("REV001") {
            let reason = "cleaning would leave next to nothing; left as it is";
            Remark::new(&path, reason, false).tell();
        }
        if !remaining.is_empty() || (changed && args.exit_non_zero_on_fix) {
            exit = Exit::Found;
        }
        tell_remaining(&remaining, 0, 0);
        Ok(())
    })?;
    Ok(exit)
}

fn tell(
    args: &Args,
    fixed: &Fixed,
    is_whole: bool,
    passed: Option<Passed>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if !args.inplace.run.quiet {
        for changed in &fixed.changed {
            tell_changed(changed, out)?;
        }
        let texts = plural(fixed.texts, "text");
        let is_clean =
            fixed.left.is_empty() && fixed.failed.is_empty() && fixed.remaining.is_empty();
        match fixed.run {
            _ if fixed.texts == 0 => {
                if let Some(passed) = passed {
                    passed.tell_nothing_to_do();
                }
            }
            Some(run) => writeln!(
                out,
                "{} of {texts}; `dehusk undo {run}` takes it back",
                done(fixed, false)
            )?,
            None if !is_whole => {}
            None if args.dry_run && !fixed.changed.is_empty() => {
                writeln!(out, "{} of {texts}", done(fixed, true))?;
            }
            None if fixed.already > 0 && is_clean => writeln!(
                out,
                "{texts}: nothing left to do; another run did the same meanwhile"
            )?,
            None if is_clean => writeln!(out, "{texts}: nothing to do")?,
            None => writeln!(out, "{texts}: nothing changed")?,
        }
        out.flush()?;
    }
    for (path, reason) in &fixed.left {
        Remark::new(path, reason, false).tell();
    }
    for (path, reason) in &fixed.failed {
        Remark::new(path, reason, true).tell();
    }
    if is_whole {
        tell_remaining(&fixed.remaining, fixed.unwritten, fixed.failed.len());
    }
    Ok(())
}

/// What happened to a file, in a line.
fn tell_changed(changed: &Changed, out: &mut dyn Write) -> anyhow::Result<()> {
    let path = printable(&path_text(shown(&changed.path)));
    match &changed.what {
        What::Cleaned { places: 0, .. } => writeln!(out, "{path}: put in the normal form")?,
        What::Cleaned {
            places,
            bytes,
            codes,
        } => {
            let codes: Vec<&str> = codes.iter().map(Code::as_str).collect();
            writeln!(
                out,
                "{path}: {}, {} ({})",
                plural(*places, "place"),
                plural(*bytes, "byte"),
                codes.join(", ")
            )?;
        }
        What::Dropped { of } => {
            let of = printable(&path_text(shown(of)));
            writeln!(out, "{path}: removed, says the same as {of}")?;
        }
    }
    Ok(())
}

/// How many files were changed, and how many removed.
fn done(fixed: &Fixed, dry_run: bool) -> String {
    let (would, verbs) = if dry_run {
        ("would ", ["change", "remove"])
    } else {
        ("", ["changed", "removed"])
    };
    let dropped = fixed.dropped();
    let counts = [fixed.changed.len() - dropped, dropped];
    let parts: Vec<String> = verbs
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(verb, count)| format!("{verb} {}", plural(count, "file")))
        .collect();
    format!("{would}{}", parts.join(" and "))
}
