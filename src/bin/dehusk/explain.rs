//! `dehusk explain`: a rule in words, or why the lines of a file go or stay.

use std::{
    fmt::Write as _,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use dehusk::{
    RuleSet,
    clean::structure,
    extract,
    pipeline::{self, Explanation, Input, Name},
    read::{Source, file},
    report::{KeepPlace, Shown, printable, write_explanation, write_explanation_json},
    rules::Rule,
    write::path_text,
};
use serde_json::json;

use crate::{
    Exit,
    flags::{self, FormatArg, LevelArg, RuleArgs},
    inplace::ColorArg,
};

/// Explain a rule, or why the lines of a file go or stay
///
/// Of a rule or step: what it takes, why, what holds it back, and examples. Of
/// a file: for each line that goes the rule, how its guards held, and why it
/// is no content; for each line that a rule found and left, the guard that
/// declined. Of a page also its blocks with their scores.
///
///   dehusk explain IMG001
///   dehusk explain seeds/story.txt
///   dehusk explain seeds/story.txt:12
///   dehusk explain ./IMG001             a file of that name
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// A code as reports and manifests name it, the name of a rule, or a file,
    /// with `:LINE` for one of its lines
    #[arg(value_name = "CODE|FILE[:LINE]")]
    what: PathBuf,

    /// Of a file: how much is taken [default: full]
    #[arg(long, value_enum)]
    level: Option<LevelArg>,

    /// As `--level full`, as in `check`, `diff` and `fix`
    #[arg(long = "unsafe", conflicts_with = "level")]
    full: bool,

    /// How it is told
    #[arg(
        long,
        value_enum,
        default_value = "human",
        visible_alias = "output-format"
    )]
    format: FormatArg,

    /// When output is coloured
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: ColorArg,

    /// The largest file that is read, in bytes
    #[arg(long, value_name = "N", default_value_t = file::MAX_BYTES, help_heading = "Files")]
    max_bytes: u64,

    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let settings = args.rules.settings()?;
    let rules = args.rules.load(&settings)?;
    let name = args.what.to_str();
    if let Some(described) = name.and_then(|name| describe(name, &rules)) {
        match args.format {
            FormatArg::Human => out.write_all(described.text.as_bytes())?,
            FormatArg::Json => writeln!(out, "{}", described.json)?,
        }
        return Ok(Exit::Done);
    }
    let Some((path, line)) = place(&args.what) else {
        let shown = printable(&args.what.to_string_lossy());
        match name.filter(|name| is_code(name)) {
            Some(code) => bail!(
                "{shown}: no such rule or step; `dehusk rules list` names them{}",
                alike(&rules, &code.to_uppercase())
            ),
            None => bail!("{shown}: no such file, and no rule or step has that name"),
        }
    };
    let level = args.level.filter(|_| !args.full).unwrap_or(LevelArg::Full);
    let mut options = flags::options(&settings, level, false, None, args.max_bytes);
    let in_place = |full| if full { LevelArg::Full } else { LevelArg::Safe };
    let mut places = args.rules.places(&settings, Some(&in_place))?;
    let here = places.of(Name::File(&path), &rules).level;
    let in_place = here.unwrap_or_else(|| in_place(settings.rules.r#unsafe).into());
    // What is told is told at the level that was asked for.
    places
        .entries
        .iter_mut()
        .for_each(|entry| entry.level = None);
    options.places = Arc::new(places);
    let name = path_text(&path);
    ensure!(
        path.is_file(),
        "{}: is no file; name one document",
        printable(&name)
    );
    let source = Source::named(&path).with_context(|| printable(&name))?;
    let text = file::read(&source, args.max_bytes).with_context(|| printable(&name))?;
    let input = Input {
        text: text.decoded.text,
        format: text.format,
        name: Name::File(&path),
    };
    let explained = pipeline::explain(input, &rules, &options).map_err(anyhow::Error::msg)?;
    check_line(&name, &explained, line)?;
    let keep = settings.keep_place(&path);
    let shown = Shown {
        path: &name,
        line,
        in_place,
        keep: keep.as_ref().map(|(place, name)| KeepPlace { place, name }),
    };
    match args.format {
        FormatArg::Human => {
            write_explanation(shown, &explained, &rules, args.color.paint(), out)?;
        }
        FormatArg::Json => write_explanation_json(shown, &explained, &rules, out)?,
    }
    Ok(Exit::Done)
}

/// The file, and the line in it, that an argument names; `None` if there is no
/// such file.
fn place(what: &Path) -> Option<(PathBuf, Option<usize>)> {
    if what.exists() {
        return Some((what.to_path_buf(), None));
    }
    let (file, line) = what.to_str()?.rsplit_once(':')?;
    let line = line.parse().ok()?;
    let file = PathBuf::from(file);
    file.exists().then_some((file, Some(line)))
}

fn check_line(path: &str, explained: &Explanation, line: Option<usize>) -> anyhow::Result<()> {
    let Some(line) = line else { return Ok(()) };
    let path = printable(path);
    ensure!(
        explained.page.is_none(),
        "{path}: the lines of a page are markup; leave out `:{line}` to see its blocks"
    );
    let lines = explained.text.lines().count();
    ensure!(
        (1..=lines).contains(&line),
        "{path}: has no line {line}; its last is {lines}"
    );
    Ok(())
}

/// Whether something is written as codes are: letters, then three digits.
fn is_code(name: &str) -> bool {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    !letters.is_empty()
        && name.len() - letters.len() == 3
        && letters.bytes().all(|b| b.is_ascii_alphabetic())
}

/// A rule or step, for a person and for a program.
struct Described {
    text: String,
    json: serde_json::Value,
}

/// The rule with this code or id, or the step with this code. A code comes
/// before a file of that name, which is reached by `./`.
fn describe(name: &str, rules: &RuleSet) -> Option<Described> {
    let code = name.to_uppercase();
    if is_code(name) {
        let step = step(&code);
        return step.or_else(|| rules.get(&code).map(describe_rule));
    }
    if Path::new(name).exists() {
        return None;
    }
    let rule = rules.rules().iter().find(|rule| rule.id == name);
    rule.map(describe_rule)
}

fn step(code: &str) -> Option<Described> {
    let find = |steps: &[(&str, &'static str)]| {
        let found = steps.iter().find(|(step, _)| *step == code);
        found.map(|(_, what)| *what)
    };
    let (what, text) = if let Some(what) = find(extract::STEPS) {
        (
            what,
            format!("a step of extraction, which took what is {what}"),
        )
    } else if let Some(what) = find(dehusk::dedup::STEPS) {
        (
            what,
            format!("a step of `clean --paragraphs` and `dedup --paragraphs`, which found {what}"),
        )
    } else if let Some(what) = find(dehusk::inplace::STEPS) {
        (
            what,
            format!("a step of `dehusk check`, which found {what}"),
        )
    } else {
        let what = find(structure::STEPS)?;
        let text = format!(
            "the structure step, which took {what}.\n\nA small model judges lines by shape, place \
             and neighbours; see `training/structure/README.md`. Only at level full."
        );
        (what, text)
    };
    Some(Described {
        text: format!("{code}: {text}\n"),
        json: json!({ "code": code, "step": what }),
    })
}

fn describe_rule(rule: &Rule) -> Described {
    let mut text = String::new();
    // Writing to a string cannot fail.
    rule_in_words(rule, &mut text).ok();
    Described {
        text,
        json: rule_json(rule),
    }
}

/// A rule for a program.
pub(crate) fn rule_json(rule: &Rule) -> serde_json::Value {
    let examples: Vec<_> = rule
        .examples()
        .map(|example| {
            json!({
                "name": example.name, "in": example.input, "out": example.output,
                "kept": example.kept,
            })
        })
        .collect();
    json!({
        "code": rule.code.as_str(), "id": rule.id, "summary": rule.summary, "why": rule.why,
        "kind": rule.kind.name(), "safety": rule.safety.name(), "action": rule.action.name(),
        "pack": rule.pack, "file": rule.file, "line": rule.line, "langs": rule.langs,
        "sites": rule.scope.sites, "paths": rule.scope.paths, "kinds": rule.scope.kinds,
        "tags": rule.tags, "refs": rule.refs, "conditions": rule.conditions(),
        "examples": examples,
    })
}

fn rule_in_words(rule: &Rule, text: &mut String) -> std::fmt::Result {
    let summary = printable(&rule.summary);
    writeln!(text, "{} {}: {summary}", rule.code, rule.id)?;
    writeln!(
        text,
        "{} · {} · {}:{}",
        rule.safety.name(),
        rule.kind.name(),
        printable(&rule.file),
        rule.line
    )?;
    if !rule.why.is_empty() {
        writeln!(text, "\n{}", printable(&rule.why))?;
    }
    let conditions = rule.conditions();
    if !conditions.is_empty() {
        writeln!(text, "\nIt acts only if:")?;
        for condition in conditions {
            writeln!(text, "  {}", printable(&condition))?;
        }
    }
    for example in rule.examples() {
        let name = printable(example.name);
        let what = if example.kept { "stays" } else { "is cleaned" };
        writeln!(text, "\n{name} ({what}):")?;
        for line in example.input.lines() {
            writeln!(text, "  | {}", printable(line))?;
        }
        if !example.kept {
            writeln!(text, "becomes:")?;
            for line in example.output.lines() {
                writeln!(text, "  | {}", printable(line))?;
            }
        }
    }
    for address in &rule.refs {
        writeln!(text, "\nsee {}", printable(address))?;
    }
    Ok(())
}

/// Other rules of the same letters, for a hint.
fn alike(rules: &RuleSet, code: &str) -> String {
    let letters = code.trim_end_matches(|c: char| c.is_ascii_digit());
    let alike: Vec<&str> = rules
        .rules()
        .iter()
        .map(|rule| rule.code.as_str())
        .filter(|other| other.starts_with(letters))
        .take(8)
        .collect();
    if alike.is_empty() || letters.is_empty() {
        String::new()
    } else {
        format!(" (there is {})", alike.join(", "))
    }
}
