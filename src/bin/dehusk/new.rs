//! `dehusk rules new`: a rule with its tests, from lines that were pasted.

use std::{
    fs,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use dehusk::{
    Level, RuleSet,
    report::{plural, printable},
    rules::{
        Draft, Kind, RuleOptions, Safety, free_code,
        test::{self, TestKind, TestOutcome},
    },
    write::AtomicFile,
};

use crate::{
    Exit,
    flags::{LevelArg, RuleArgs},
};

/// Letters of a code that is made of a file's name.
const MADE_LETTERS: usize = 4;

/// The most that is read of what is pasted, in bytes.
const MOST_PASTED: u64 = 1 << 20;

/// Write a rule with its tests from pasted lines
///
/// The lines come as arguments or on standard input, as they stand in
/// documents. The rule goes to the end of a rule file: the one given with
/// --rules, else the last one that the configuration names. It is refused if
/// it would take a `keep` example of any rule.
///
///   dehusk rules new --rules mine.toml --why "It is under every article." "Vote now"
///   pbpaste | dehusk rules new --kind run --why "The menu of the archive."
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The lines [default: those of standard input]
    #[arg(value_name = "LINE")]
    lines: Vec<String>,

    /// Why the lines are no content, for whoever reads the rule later
    #[arg(long, value_name = "TEXT")]
    why: String,

    /// What the rule finds, in one line [default: made of the first line]
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,

    /// The rule's name, words joined by `-` [default: made of the first line]
    #[arg(long, value_name = "NAME")]
    id: Option<String>,

    /// The rule's code, or its letters [default: the letters of the file's
    /// other rules, or of its name, and the next free number]
    #[arg(long, value_name = "CODE")]
    code: Option<String>,

    /// Whether a line is debris by itself, or only with its like
    #[arg(long, value_enum, default_value = "line")]
    kind: KindArg,

    /// The lowest level at which the rule acts: at `safe`, `dehusk fix` takes
    /// the lines
    #[arg(long, value_enum, default_value = "full")]
    level: LevelArg,

    /// Languages of the documents that it is for, such as `en,de`
    #[arg(long, value_name = "LANGS", value_delimiter = ',')]
    lang: Vec<String>,

    /// Sites that it is for, such as `example.org`
    #[arg(long, value_name = "SITES", value_delimiter = ',')]
    site: Vec<String>,

    /// A text that must stay [default: a sentence that quotes the first line]
    #[arg(long, value_name = "TEXT")]
    keep: Vec<String>,

    /// Numbers in the lines are those very numbers, not any
    #[arg(long)]
    exact: bool,

    /// Print the rule, and write nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    rules: RuleArgs,
}

/// What makes a line debris.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// The line itself
    Line,
    /// Several such lines in a row
    Run,
}

pub(crate) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let settings = args.rules.settings()?;
    let mut packs = settings.packs();
    packs.extend_from_slice(&args.rules.rules);
    let target = target(&packs)?;
    let shown = printable(&target.display().to_string());
    let before = match fs::read_to_string(&target) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => header(&target),
        Err(error) => return Err(error).with_context(|| shown),
    };
    // All rules that there are, whichever of them are selected.
    packs.retain(|pack| *pack != target);
    let others = RuleSet::load(&RuleOptions {
        packs,
        ..RuleOptions::default()
    })?;
    let name = target.display().to_string();
    let own = RuleSet::parse(&name, &before)?;
    let letters = letters(args.code.as_deref(), &own, &target)?;
    let all = others.joined(RuleSet::parse(&name, &before)?);
    let draft = Draft {
        code: code(args.code.as_deref(), &letters, &all)?,
        id: args.id.clone(),
        summary: args.summary.clone(),
        why: args.why.clone(),
        kind: match args.kind {
            KindArg::Line => Kind::Line,
            KindArg::Run => Kind::Run,
        },
        safety: match Level::from(args.level) {
            Level::Safe => Safety::Safe,
            Level::Full => Safety::Unsafe,
        },
        langs: args.lang.clone(),
        sites: args.site.clone(),
        lines: lines(&args.lines)?,
        exact: args.exact,
        keep: args.keep.clone(),
    };
    let rule = draft.to_toml(&all)?;
    let after = format!("{}\n{rule}", before.trim_end());
    let examples = validate(&draft, &name, &after, all)?;
    if args.dry_run {
        out.write_all(rule.trim_start().as_bytes())?;
        return Ok(Exit::Done);
    }
    let mut file = AtomicFile::create(&target)?;
    file.write_all(after.as_bytes())
        .with_context(|| shown.clone())?;
    file.finish()?;
    writeln!(
        out,
        "{} is at the end of {shown}; {} hold",
        draft.code,
        plural(examples, "example")
    )?;
    if args.rules.rules.contains(&target) {
        writeln!(
            out,
            "--rules {shown} uses it; so does `packs = [\"{shown}\"]` under `[rules]` in dehusk.toml"
        )?;
    }
    Ok(Exit::Done)
}

/// The file that the rule goes to: the last of the packs, which is no folder.
fn target(packs: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let Some(last) = packs.last() else {
        bail!("where to? Name a rule file with --rules; it need not be there yet");
    };
    ensure!(
        !last.is_dir(),
        "{}: is a folder; name the rule file with --rules",
        printable(&last.display().to_string())
    );
    Ok(last.clone())
}

/// What a new rule file begins with.
fn header(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = toml::Value::String(stem.into_owned());
    format!("schema = 1\n\n[pack]\nname = {name}\n")
}

/// The lines that were given, or pasted.
fn lines(given: &[String]) -> anyhow::Result<Vec<String>> {
    if !given.is_empty() {
        let lines = given.iter().flat_map(|lines| lines.lines());
        return Ok(lines.map(str::to_owned).collect());
    }
    ensure!(
        !io::stdin().is_terminal(),
        "no lines: give them as arguments, or through a pipe"
    );
    let mut text = String::new();
    io::stdin()
        .lock()
        .take(MOST_PASTED)
        .read_to_string(&mut text)
        .context("standard input")?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The letters of the code: as given, as the file's rules have them, or as the
/// file is called.
fn letters(code: Option<&str>, own: &RuleSet, file: &Path) -> anyhow::Result<String> {
    let letters_of = |code: &str| -> String {
        let letters = code.chars().filter(char::is_ascii_alphabetic);
        letters.map(|c| c.to_ascii_uppercase()).collect()
    };
    let given = code.map(letters_of);
    let written = own
        .rules()
        .last()
        .map(|rule| letters_of(rule.code.as_str()));
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let made = letters_of(&stem).chars().take(MADE_LETTERS).collect();
    let letters = given.or(written).unwrap_or(made);
    ensure!(
        !letters.is_empty(),
        "which code? Give one with --code, such as MINE or MINE001"
    );
    Ok(letters)
}

/// The code as given, if it is whole, or the next free one.
fn code(given: Option<&str>, letters: &str, all: &RuleSet) -> anyhow::Result<String> {
    let whole = given.filter(|code| code.chars().any(|c| c.is_ascii_digit()));
    match whole {
        Some(code) => {
            let code = code.to_uppercase();
            if let Some(rule) = all.get(&code) {
                bail!(
                    "{code}: is the code of `{}`; give only its letters for the next free one",
                    rule.id
                );
            }
            Ok(code)
        }
        None => free_code(letters, all)
            .with_context(|| format!("{letters}: all codes are taken; choose other letters")),
    }
}

/// Whether the rule does what it should, and takes nothing that any rule's
/// examples keep. How many examples were tried.
fn validate(draft: &Draft, name: &str, after: &str, all: RuleSet) -> anyhow::Result<usize> {
    let own = RuleSet::parse(name, after).context("the new rule cannot be used")?;
    let all = all.joined(RuleSet::parse(name, after)?);
    let mut outcomes = test::run_of(&own, &draft.code, &all);
    outcomes.extend(test::keeps(&all));
    let failed = |outcome: &&TestOutcome| {
        outcome.kind != TestKind::Passed
            && (outcome.rule == draft.code || outcome.by.contains(&draft.code))
    };
    let Some(failed) = outcomes.iter().find(failed) else {
        return Ok(outcomes.len());
    };
    let got = failed.got.trim_end();
    let what = if failed.rule == draft.code {
        format!("its own example `{}` does not hold", failed.test)
    } else {
        format!(
            "it would take from the example `{}` that {} keeps",
            failed.test, failed.rule
        )
    };
    let by: Vec<&str> = failed.by.iter().map(String::as_str).collect();
    let by = if by.is_empty() {
        String::new()
    } else {
        format!(" (taken by {})", by.join(", "))
    };
    bail!(
        "refused: {what}{by}; what is left of it: {got:?}. Choose longer lines, --kind run, \
         --site or --lang, or another --keep"
    )
}
