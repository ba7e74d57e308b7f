//! Why lines of a document go or stay: for a person, and as JSON.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use serde_json::{Map, Value, json};

use super::{
    Paint,
    findings::escaped,
    human::{plural, printable},
    paint::Shade,
};
use crate::{
    Format, Level, RuleSet,
    clean::{Found, structure},
    pipeline::{Evidence, Explanation, Note, Verdict},
    rules::{Rule, Safety},
};

/// The most characters of a line on the screen.
const MOST_CHARS: usize = 96;

/// What is explained, and how it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The path of the document.
    pub path: &'a str,
    /// The line that was asked for, from 1; `None` for all.
    pub line: Option<usize>,
    /// The level of a check of the document where it is.
    pub in_place: Level,
    /// Where a line that goes can be named so that it is kept.
    pub keep: Option<KeepPlace<'a>>,
}

/// Where exceptions for a document are written down.
#[derive(Clone, Copy, Debug)]
pub struct KeepPlace<'a> {
    /// The file, and the table in it: `dehusk.toml under [keep]`.
    pub place: &'a str,
    /// What the document is called there.
    pub name: &'a str,
}

/// Prints an explanation for a person: of all places, or of one line.
///
/// # Errors
///
/// `out` cannot be written to.
pub fn write_explanation(
    shown: Shown<'_>,
    explained: &Explanation,
    rules: &RuleSet,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Shown {
        path,
        line,
        in_place,
        keep,
    } = shown;
    let lines: Vec<&str> = explained.text.lines().collect();
    let name = paint.with(Shade::Bold, printable(path));
    writeln!(out, "{name}: {}", about(explained))?;
    writeln!(out, "{}", level(explained.level, in_place))?;
    if explained.held {
        writeln!(
            out,
            "cleaning would leave next to nothing, so it stays as it is; this is what would go:"
        )?;
    }
    if let (Some(page), None) = (&explained.page, line) {
        writeln!(out, "\nblocks: + stays, - goes; score; letters; way; text")?;
        for block in page.blocks.lines() {
            writeln!(out, "{}", printable(block))?;
        }
        writeln!(out, "\nwhat extraction kept, cleaned:")?;
    }
    let notes: Vec<&Note> = chosen(explained, line).collect();
    for note in &notes {
        write_note(note, &lines, rules, paint, out)?;
        let rule = rules.get(note.code.as_str());
        if rule.is_some_and(|rule| rule.safety == Safety::Unsafe) && note.verdict.goes() {
            writeln!(out, "{:10}{}", "", at_level_safe(note, explained))?;
        }
    }
    match line {
        Some(number) if notes.is_empty() => stays(number, &lines, out)?,
        Some(number) => {
            let line = lines.get(number - 1).copied().unwrap_or_default();
            let goes = notes.iter().any(|note| note.verdict.goes());
            if let (Some(keep), true) = (keep, goes && !line.trim().is_empty()) {
                keep_hint(keep, line.trim(), out)?;
            }
        }
        None => sum(explained, &lines, out)?,
    }
    for kept in &explained.unused_keep {
        writeln!(
            out,
            "the keep list names a line that nothing would take: {}",
            on_screen(kept)
        )?;
    }
    legend(&notes, rules, paint, out)
}

/// How many lines go.
fn sum(explained: &Explanation, lines: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let filled = |number: &usize| {
        lines
            .get(number - 1)
            .is_some_and(|line| !line.trim().is_empty())
    };
    let count = |goes: &dyn Fn(&Note) -> bool| {
        let notes = explained.notes.iter().filter(|note| goes(note));
        let numbers = notes.flat_map(|note| note.lines.0..=note.lines.1);
        numbers.filter(filled).collect::<BTreeSet<usize>>().len()
    };
    let goes = count(&|note| note.verdict.goes());
    let all = (1..=lines.len()).filter(filled).count();
    write!(
        out,
        "{goes} of {} with something on them go or lose something",
        plural(all, "line")
    )?;
    if explained.level == Level::Full && goes > 0 {
        write!(out, "; at level safe {}", count(&|note| note.at_safe))?;
    }
    writeln!(out)
}

/// The level, and which commands have it: by default, and `in_place` as the
/// configuration says.
fn level(level: Level, in_place: Level) -> &'static str {
    match (level, in_place) {
        (Level::Full, Level::Safe) => {
            "at level full, as `dehusk clean` has it; --level safe tells what `check` and `fix` take"
        }
        (Level::Full, Level::Full) => {
            "at level full, as `dehusk clean` has it, and `check` and `fix` by the configuration"
        }
        (Level::Safe, Level::Safe) => {
            "at level safe, as `dehusk check` and `fix` have it; --level full tells what `clean` takes"
        }
        (Level::Safe, Level::Full) => {
            "at level safe; --level full tells what `dehusk clean` takes, and what `check` and `fix` \
             take by the configuration"
        }
    }
}

/// What level safe makes of a find of an unsafe rule, and why.
fn at_level_safe(note: &Note, explained: &Explanation) -> String {
    match (&explained.evidence, note.at_safe) {
        (Some(Evidence { code, line }), true) => format!(
            "unsafe, and taken at level safe, too: {code} on line {line} is beyond doubt, so the \
             document was scraped, and this stands among other debris"
        ),
        (None, true) => "unsafe, and taken at level safe, too: it stands among debris that is \
                         beyond doubt"
            .to_owned(),
        (Some(_), false) => "unsafe: level safe leaves it, for it does not stand among enough \
                             other debris"
            .to_owned(),
        (None, false) => "unsafe: level safe leaves it, for no rule beyond doubt finds anything \
                          in this document"
            .to_owned(),
    }
}

/// How a line that goes can be kept, in words of TOML.
fn keep_hint(keep: KeepPlace<'_>, line: &str, out: &mut dyn Write) -> io::Result<()> {
    let (name, line) = (Value::from(keep.name), Value::from(line));
    writeln!(
        out,
        "to keep it, in {}: {} = [{}]",
        printable(keep.place),
        escaped(&name),
        escaped(&line)
    )
}

/// The notes that concern a line, or all.
fn chosen(explained: &Explanation, line: Option<usize>) -> impl Iterator<Item = &Note> {
    explained
        .notes
        .iter()
        .filter(move |note| line.is_none_or(|line| (note.lines.0..=note.lines.1).contains(&line)))
}

/// What is known about the document, in a phrase.
fn about(explained: &Explanation) -> String {
    let known = &explained.known;
    let format = match explained.format {
        Format::Text => "text",
        Format::Markdown => "Markdown",
        Format::Html => "page",
    };
    let told = |what: &str, found: Option<&str>| {
        let found = found.map_or_else(|| "unknown".to_owned(), printable);
        format!("{what} {found}")
    };
    [
        format.to_owned(),
        told("language", known.language.as_deref()),
        told("site", known.site.as_deref()),
        told("kind", known.kind.map(crate::DocumentKind::name)),
    ]
    .join(", ")
}

fn write_note(
    note: &Note,
    lines: &[&str],
    rules: &RuleSet,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (first, last) = note.lines;
    let number = if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    };
    let width = number.len().max(7);
    let shade = if note.verdict.goes() {
        Shade::Red
    } else {
        Shade::Green
    };
    let rule = rules.get(note.code.as_str());
    let name = rule.map_or("structure", |rule| rule.id.as_str());
    let verdict = match &note.verdict {
        Verdict::Taken { .. } => "goes".to_owned(),
        Verdict::Judged { log_odds, .. } => format!("goes: {log_odds:.1} log odds"),
        Verdict::Declined { guard, found } => format!("stays: {guard}: {found}"),
        Verdict::Reported => match rule.map(|rule| rule.safety) {
            Some(Safety::Report) => "stays: the rule only reports".to_owned(),
            _ => "stays: an unsafe rule; level full takes it".to_owned(),
        },
    };
    writeln!(
        out,
        "{} {} {name}: {}",
        paint.with(Shade::Faint, format_args!("{number:>width$}")),
        note.code,
        paint.with(shade, printable(&verdict)),
    )?;
    let text = lines.get(first - 1).copied().unwrap_or_default();
    let bar = paint.with(Shade::Faint, "|");
    writeln!(out, "{:width$} {bar} {}", "", on_screen(text))?;
    if let Some((key, what)) = rule.and_then(|rule| rule.evidence(text)) {
        writeln!(out, "{:width$}   found by {key}: {}", "", on_screen(&what))?;
    }
    match &note.verdict {
        Verdict::Taken { guards } if !guards.is_empty() => {
            let guards: Vec<String> = guards
                .iter()
                .map(|(guard, found)| format!("{guard} {found}"))
                .collect();
            writeln!(
                out,
                "{:width$}   guards held: {}",
                "",
                printable(&guards.join(", "))
            )?;
        }
        Verdict::Judged { reasons, .. } => {
            for reason in reasons {
                writeln!(out, "{:width$}   {reason}", "")?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// That a line stays of which no rule says anything.
fn stays(number: usize, lines: &[&str], out: &mut dyn Write) -> io::Result<()> {
    match lines.get(number - 1) {
        Some(line) if !line.trim().is_empty() => writeln!(
            out,
            "{number:>7} stays: no rule finds it, and no step takes it\n{:7} | {}",
            "",
            on_screen(line)
        ),
        _ => writeln!(
            out,
            "{number:>7} is blank: it goes only with the lines around it"
        ),
    }
}

/// What the rules in the notes find, and why that is no content: each once.
fn legend(notes: &[&Note], rules: &RuleSet, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let codes: BTreeSet<&str> = notes.iter().map(|note| note.code.as_str()).collect();
    for (at, code) in codes.into_iter().enumerate() {
        if at == 0 {
            writeln!(out)?;
        }
        let code_shown = paint.with(Shade::Bold, code);
        if let Some(rule) = rules.get(code) {
            let (summary, why) = (printable(&rule.summary), printable(&rule.why));
            writeln!(
                out,
                "{code_shown} ({}) {summary}. {why}",
                rule.safety.name()
            )?;
        } else if let Some((_, what)) = structure::STEPS.iter().find(|(step, _)| *step == code) {
            writeln!(out, "{code_shown} the structure step, which takes {what}")?;
        }
    }
    Ok(())
}

/// `text` for one line of a screen.
fn on_screen(text: &str) -> String {
    let text = text.trim();
    let mut line: String = text.chars().take(MOST_CHARS).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    printable(&line)
}

/// Prints an explanation as one JSON object: of all places, or of one line.
///
/// # Errors
///
/// `out` cannot be written to.
pub fn write_explanation_json(
    shown: Shown<'_>,
    explained: &Explanation,
    rules: &RuleSet,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Shown { path, line, .. } = shown;
    let lines: Vec<&str> = explained.text.lines().collect();
    let known = &explained.known;
    let notes: Vec<Value> = chosen(explained, line)
        .map(|note| note_json(note, &lines, rules))
        .collect();
    let mut all = json!({
        "path": path,
        "format": explained.format,
        "level": explained.level.name(),
        "level_in_place": shown.in_place.name(),
        "evidence": explained.evidence.as_ref().map(
            |Evidence { code, line }| json!({ "code": code.as_str(), "line": line })
        ),
        "language": known.language,
        "site": known.site,
        "kind": known.kind,
        "held": explained.held,
        "notes": notes,
        "unused_keep": explained.unused_keep,
    });
    if let Some(page) = &explained.page {
        all["blocks"] = page.blocks.lines().collect::<Vec<_>>().into();
        let taken = page.taken.iter().map(|(code, node)| {
            json!({ "code": code.as_str(), "node": node.path, "text": node.text, "bytes": node.bytes })
        });
        all["taken"] = taken.collect::<Vec<_>>().into();
    }
    writeln!(out, "{}", escaped(&all))
}

fn note_json(note: &Note, lines: &[&str], rules: &RuleSet) -> Value {
    let text = lines.get(note.lines.0 - 1).copied().unwrap_or_default();
    let mut all = json!({
        "line": note.lines.0,
        "end_line": note.lines.1,
        "start": note.span.start,
        "end": note.span.end,
        "code": note.code.as_str(),
        "goes": note.verdict.goes(),
        "at_safe": note.at_safe,
        "text": text,
    });
    if let Some(rule) = rules.get(note.code.as_str()) {
        let rule: &Rule = rule;
        all["rule"] = json!({
            "id": rule.id, "summary": rule.summary, "why": rule.why,
            "safety": rule.safety.name(), "kind": rule.kind.name(),
        });
        if let Some((key, what)) = rule.evidence(text) {
            all["found_by"] = json!({ "key": key, "what": what });
        }
    }
    match &note.verdict {
        Verdict::Taken { guards } => {
            let guards: Map<String, Value> = guards
                .iter()
                .map(|(guard, found)| ((*guard).to_owned(), found_json(found)))
                .collect();
            all["guards"] = guards.into();
        }
        Verdict::Judged { log_odds, reasons } => {
            all["log_odds"] = (*log_odds).into();
            let reasons = reasons.iter().map(
                |reason| json!({ "what": reason.what, "value": reason.value, "adds": reason.adds }),
            );
            all["reasons"] = reasons.collect::<Vec<_>>().into();
        }
        Verdict::Declined { guard, found } => {
            all["declined"] = json!({ "guard": guard, "found": found_json(found) });
        }
        Verdict::Reported => all["declined"] = json!({ "guard": "level" }),
    }
    all
}

fn found_json(found: &Found) -> Value {
    match found {
        Found::Count { found, limit } => json!({ "found": found, "limit": limit }),
        Found::Share { found, limit } => json!({ "found": found, "limit": limit }),
        Found::Language(language) => json!({ "language": language }),
        Found::Site(site) => json!({ "site": site }),
        Found::Path(path) => json!({ "path": path }),
        Found::Kind(kind) => json!({ "kind": kind }),
        Found::Kept(code) => json!({ "kept_by": code.as_str() }),
        Found::Spared | Found::Headline | Found::Noted | Found::Fenced => {
            json!({ "because": found.to_string() })
        }
    }
}
