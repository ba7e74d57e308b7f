//! From a rule as written to a rule as run. All checks are here, so that a
//! compiled rule is always sound.

use super::{
    error::{RuleErrorKind, quoted},
    lists::{self, Lists},
    phrase::Phrase,
    rule::{Guard, LineTest, Matchers, Nearby, Rule},
    schema::{self, Edge, Kind},
    scope::Scope,
    values::{self, literal, parse, patterns},
};
use crate::{Code, Flag, Flags};

/// How far a rule may look around; what it costs is paid per match.
pub(super) const MOST_NEARBY: usize = 200;
/// The longest line, in characters, that `starts`, `ends` and `contains` look
/// at when the rule does not say: above this a line is a paragraph.
const DEFAULT_MAX_CHARS: usize = 240;

/// Whether patterns are compiled now or when a line first asks for them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Compile each pattern now, so that a broken rule stops the run.
    Now,
    /// The tests of dehusk have compiled them before, and phrases are folded.
    Trusted,
}

/// Compiles a rule, with the words of lists in the place of references.
pub(super) fn expand_and_compile(
    mut rule: schema::Rule,
    lists: &Lists,
    check: Check,
) -> Result<Rule, RuleErrorKind> {
    lists::expand(&mut rule, lists)?;
    compile(rule, check)
}

fn compile(mut rule: schema::Rule, check: Check) -> Result<Rule, RuleErrorKind> {
    check_names(&rule)?;
    check_places(&rule)?;
    check_values(&rule)?;
    let kind = rule.kind;
    let mut guard = guard(&rule.guard, check)?;
    let matchers = matchers(&mut rule, check)?;
    if guard.max_chars.is_none()
        && !(rule.starts.is_empty() && rule.ends.is_empty() && rule.contains.is_empty())
    {
        guard.max_chars = Some(DEFAULT_MAX_CHARS);
    }
    let mut selectors = Vec::with_capacity(rule.select.len());
    for selector in &rule.select {
        selectors.push(values::selector(selector)?);
    }
    let flags = rule
        .tags
        .iter()
        .filter_map(|tag| flag(tag))
        .collect::<Result<Flags, _>>()?;
    for lang in &rule.langs {
        let sound = lang == "*" || lang.len() == 2 && lang.bytes().all(|b| b.is_ascii_lowercase());
        if !sound {
            return Err(RuleErrorKind::Value {
                key: "langs",
                problem: format!(
                    "has {lang:?}, which is no ISO 639-1 code (two small letters, such as \"en\")"
                ),
            });
        }
    }
    for test in &rule.tests {
        let exact = test.input.is_some() && test.output.is_some() && test.keep.is_none();
        let keep = test.keep.is_some() && test.input.is_none() && test.output.is_none();
        if !exact && !keep {
            return Err(RuleErrorKind::Test(test.name.clone()));
        }
    }
    let langs = if rule.langs.iter().any(|lang| lang == "*") {
        Vec::new()
    } else {
        rule.langs
    };
    Ok(Rule {
        code: Code::from(rule.code.as_str()),
        id: rule.id,
        pack: String::new(),
        file: String::new(),
        line: 0,
        summary: rule.summary,
        why: rule.why,
        kind,
        action: rule.action,
        safety: rule.safety,
        langs,
        scope: Scope::new(&rule.sites, rule.paths, rule.kinds)?,
        tags: rule.tags,
        refs: rule.refs,
        flags,
        guard,
        shape: rule.shape,
        matchers,
        selectors,
        tests: rule.tests,
    })
}

fn flag(tag: &str) -> Option<Result<Flag, RuleErrorKind>> {
    let name = tag.strip_prefix("flag:")?;
    let known = match name {
        "truncated" => Ok(Flag::Truncated),
        "review" => Ok(Flag::Review),
        _ => Err(RuleErrorKind::Value {
            key: "tags",
            problem: format!("has the unknown flag {name:?} (known: truncated, review)"),
        }),
    };
    Some(known)
}

fn check_names(rule: &schema::Rule) -> Result<(), RuleErrorKind> {
    let letters = rule.code.trim_end_matches(|c: char| c.is_ascii_digit());
    let sound = !letters.is_empty()
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && rule.code.len() - letters.len() == 3;
    if !sound {
        return Err(RuleErrorKind::Code(quoted(&rule.code)));
    }
    let kebab = !rule.id.is_empty()
        && rule.id.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
    if kebab {
        Ok(())
    } else {
        Err(RuleErrorKind::Id(quoted(&rule.id)))
    }
}

/// Keys that a kind does not read, and matchers that it cannot do without.
fn check_places(rule: &schema::Rule) -> Result<(), RuleErrorKind> {
    let kind = rule.kind;
    let whole = matches!(kind, Kind::Line | Kind::Run | Kind::Tail);
    let text = kind != Kind::Html;
    let guard = &rule.guard;
    let misplaced = [
        ("phrases", !rule.phrases.is_empty(), whole),
        ("starts", !rule.starts.is_empty(), whole),
        ("ends", !rule.ends.is_empty(), whole),
        ("contains", !rule.contains.is_empty(), whole),
        ("any", !rule.any.is_empty(), whole || kind == Kind::Span),
        ("unless", !rule.unless.is_empty(), text),
        ("unless-phrases", !rule.unless_phrases.is_empty(), text),
        ("terms", !rule.terms.is_empty(), whole),
        (
            "min-terms",
            rule.min_terms.is_some(),
            !rule.terms.is_empty(),
        ),
        ("shape", rule.shape.is_some(), whole),
        ("select", !rule.select.is_empty(), !text),
        // A page is read before it is known what language and kind its text is.
        ("langs", rule.langs.iter().any(|lang| lang != "*"), text),
        ("kinds", !rule.kinds.is_empty(), text),
        (
            "action = \"keep\"",
            rule.action == schema::Action::Keep,
            matches!(kind, Kind::Line | Kind::Span | Kind::Html),
        ),
    ];
    for (key, given, allowed) in misplaced.into_iter().chain(guard_places(guard, kind)) {
        if given && !allowed {
            return Err(RuleErrorKind::Misplaced {
                key,
                kind: kind.name(),
            });
        }
    }
    if rule.action == schema::Action::Keep {
        check_keep(guard)?;
    }
    let phrases = !(rule.phrases.is_empty()
        && rule.starts.is_empty()
        && rule.ends.is_empty()
        && rule.contains.is_empty());
    let (found, needs) = match kind {
        Kind::Span => (!rule.any.is_empty(), "`any`"),
        Kind::Line | Kind::Run | Kind::Tail => (
            phrases || !rule.any.is_empty() || !rule.terms.is_empty() || rule.shape.is_some(),
            "`phrases`, `starts`, `ends`, `contains`, `any`, `terms` or `shape`",
        ),
        Kind::Menu => (guard.menu.is_some(), "`guard.menu`"),
        Kind::Repeat => (guard.within.is_some(), "`guard.within`"),
        Kind::Html => (!rule.select.is_empty(), "`select`"),
    };
    if found {
        Ok(())
    } else {
        Err(RuleErrorKind::NoMatcher {
            kind: kind.name(),
            needs,
        })
    }
}

/// The guards, whether each is given, and whether the kind reads it.
fn guard_places(
    guard: &schema::Guard,
    kind: Kind,
) -> impl Iterator<Item = (&'static str, bool, bool)> {
    let whole = matches!(kind, Kind::Line | Kind::Run | Kind::Tail);
    let text = kind != Kind::Html;
    [
        ("guard.min-chars", guard.min_chars.is_some(), text),
        ("guard.max-chars", guard.max_chars.is_some(), text),
        (
            "guard.max-hits",
            guard.max_hits.is_some(),
            text && kind != Kind::Tail,
        ),
        ("guard.max-share", guard.max_share.is_some(), text),
        (
            "guard.first-lines",
            guard.first_lines.is_some(),
            text && kind != Kind::Tail,
        ),
        ("guard.last-lines", guard.last_lines.is_some(), text),
        (
            "guard.min-words-before",
            guard.min_words_before.is_some(),
            text,
        ),
        (
            "guard.max-line-words-after",
            guard.max_line_words_after.is_some(),
            text,
        ),
        (
            "guard.max-sentences-after",
            guard.max_sentences_after.is_some(),
            kind == Kind::Tail,
        ),
        (
            "guard.finds-after",
            guard.finds_after.is_some(),
            kind == Kind::Tail,
        ),
        (
            "guard.max-finds-before",
            guard.max_finds_before.is_some(),
            kind == Kind::Tail,
        ),
        ("guard.followed-by", guard.followed_by.is_some(), text),
        ("guard.preceded-by", guard.preceded_by.is_some(), text),
        ("guard.min-run", guard.min_run.is_some(), kind == Kind::Run),
        (
            "guard.company",
            guard.company.is_some(),
            matches!(kind, Kind::Line | Kind::Run),
        ),
        ("guard.safe-row", guard.safe_row.is_some(), whole),
        (
            "guard.safe-has",
            guard.safe_has.is_some(),
            matches!(kind, Kind::Run | Kind::Menu),
        ),
        ("guard.menu", guard.menu.is_some(), kind == Kind::Menu),
        ("guard.within", guard.within.is_some(), kind == Kind::Repeat),
        (
            "guard.of-first-lines",
            guard.of_first_lines.is_some(),
            kind == Kind::Repeat,
        ),
        ("guard.spare-headline", guard.spare_headline, whole),
    ]
    .into_iter()
}

/// What surrounds a line changes as other lines go, and so does how much a
/// rule finds: what a keep rule protects must not depend on either, or a line
/// that was protected in one round would go in the next.
fn check_keep(guard: &schema::Guard) -> Result<(), RuleErrorKind> {
    let changing = [
        ("guard.max-hits", guard.max_hits.is_some()),
        ("guard.max-share", guard.max_share.is_some()),
        ("guard.first-lines", guard.first_lines.is_some()),
        ("guard.last-lines", guard.last_lines.is_some()),
        ("guard.edge", guard.edge.is_some()),
        ("guard.min-words-before", guard.min_words_before.is_some()),
        (
            "guard.max-line-words-after",
            guard.max_line_words_after.is_some(),
        ),
        ("guard.followed-by", guard.followed_by.is_some()),
        ("guard.preceded-by", guard.preceded_by.is_some()),
        ("guard.company", guard.company.is_some()),
        ("guard.safe-row", guard.safe_row.is_some()),
        ("guard.safe-has", guard.safe_has.is_some()),
        ("guard.spare-headline", guard.spare_headline),
    ];
    match changing.into_iter().find(|(_, given)| *given) {
        Some((key, _)) => Err(RuleErrorKind::Misplaced { key, kind: "keep" }),
        None => Ok(()),
    }
}

fn check_values(rule: &schema::Rule) -> Result<(), RuleErrorKind> {
    let guard = &rule.guard;
    let value = |key, problem: &str| {
        Err(RuleErrorKind::Value {
            key,
            problem: problem.to_owned(),
        })
    };
    if guard
        .max_share
        .is_some_and(|share| !(share > 0.0 && share <= 1.0))
    {
        return value("guard.max-share", "must be above 0 and at most 1");
    }
    if guard
        .max_sentences_after
        .is_some_and(|share| !(0.0..=1.0).contains(&share))
    {
        return value("guard.max-sentences-after", "must be from 0 to 1");
    }
    if guard.safe_row.is_some_and(|row| row == 0) {
        return value("guard.safe-row", "must be 1 or more");
    }
    if guard.min_run.is_some_and(|run| run == 0) {
        return value("guard.min-run", "must be 1 or more");
    }
    if guard
        .within
        .is_some_and(|within| within == 0 || within > MOST_NEARBY)
    {
        return value("guard.within", &format!("must be from 1 to {MOST_NEARBY}"));
    }
    if let (Some(least), Some(most)) = (guard.min_chars, guard.max_chars)
        && least > most
    {
        return value("guard.min-chars", "is above `max-chars`");
    }
    if rule
        .min_terms
        .is_some_and(|min| min == 0 || min > rule.terms.len())
    {
        return value("min-terms", "must be from 1 to the number of terms");
    }
    if let Some(shape) = &rule.shape
        && *shape == schema::Shape::default()
    {
        return value("shape", "is empty (give it a key, or remove it)");
    }
    // A shape alone would take any prose line that is short enough by chance.
    let bounded = rule.shape.as_ref().is_none_or(|shape| {
        shape.max_words.is_some() || shape.max_chars.is_some() || shape.link_only
    });
    if !bounded && rule.phrases.is_empty() && rule.any.is_empty() && rule.terms.is_empty() {
        return value(
            "shape",
            "needs `max-words`, `max-chars` or `link-only` when it stands alone",
        );
    }
    Ok(())
}

fn guard(written: &schema::Guard, check: Check) -> Result<Guard, RuleErrorKind> {
    let edge = |ends: [Edge; 2]| written.edge.filter(|edge| ends.contains(edge)).map(|_| 1);
    Ok(Guard {
        min_chars: written.min_chars,
        max_chars: written.max_chars,
        max_hits: written.max_hits,
        max_share: written.max_share,
        first_lines: written.first_lines.or(edge([Edge::Start, Edge::Either])),
        last_lines: written.last_lines.or(edge([Edge::End, Edge::Either])),
        min_words_before: written.min_words_before,
        max_line_words_after: written.max_line_words_after,
        max_sentences_after: written.max_sentences_after,
        finds_after: written.finds_after,
        max_finds_before: written.max_finds_before,
        followed_by: written
            .followed_by
            .as_ref()
            .map(|nearby| self::nearby(nearby, "guard.followed-by", check))
            .transpose()?,
        preceded_by: written
            .preceded_by
            .as_ref()
            .map(|nearby| self::nearby(nearby, "guard.preceded-by", check))
            .transpose()?,
        min_run: written.min_run,
        menu: written.menu.clone(),
        safe_row: written.safe_row,
        safe_has: written
            .safe_has
            .as_ref()
            .map(|nearby| self::nearby(nearby, "guard.safe-has", check))
            .transpose()?,
        company: written.company.clone(),
        within: written.within,
        of_first_lines: written.of_first_lines,
        spare_headline: written.spare_headline,
    })
}

fn nearby(
    written: &schema::Nearby,
    key: &'static str,
    check: Check,
) -> Result<Nearby, RuleErrorKind> {
    let value = |problem: &str| {
        Err(RuleErrorKind::Value {
            key,
            problem: problem.to_owned(),
        })
    };
    let min = written.min.unwrap_or(1);
    if written.within == 0 || written.within > MOST_NEARBY {
        return value(&format!("needs a `within` from 1 to {MOST_NEARBY}"));
    }
    if min == 0 || min > written.within {
        return value("needs a `min` from 1 to `within`");
    }
    let mut test = whole_lines(&written.phrases)?;
    for start in &written.starts {
        test.starts.push(literal(start)?);
    }
    test.any = patterns(&written.any, true, check)?;
    if written.phrases.is_empty() && written.starts.is_empty() && written.any.is_empty() {
        return value("needs `phrases`, `starts` or `any`");
    }
    Ok(Nearby {
        within: written.within,
        min,
        test,
    })
}

/// A test of whole lines by phrases.
fn whole_lines(phrases: &[String]) -> Result<LineTest, RuleErrorKind> {
    let mut test = LineTest::default();
    for phrase in phrases {
        match parse(phrase)? {
            Phrase::Exact(phrase) => {
                test.phrases.insert(phrase);
            }
            Phrase::Pattern(pattern) => test.phrase_patterns.push(pattern),
        }
    }
    Ok(test)
}

fn matchers(rule: &mut schema::Rule, check: Check) -> Result<Matchers, RuleErrorKind> {
    let mut found = Matchers {
        phrases: Vec::with_capacity(rule.phrases.len()),
        any: patterns(&rule.any, rule.kind != Kind::Span, check)?,
        unless: patterns(&rule.unless, false, check)?,
        unless_phrases: whole_lines(&rule.unless_phrases)?,
        terms: patterns(&rule.terms, false, check)?,
        min_terms: rule.min_terms.unwrap_or(1),
        ..Matchers::default()
    };
    for phrase in std::mem::take(&mut rule.phrases) {
        // What stands for other words is read as it is written.
        if check == Check::Trusted && !phrase.starts_with('@') && !phrase.contains('{') {
            found.phrases.push(phrase);
            continue;
        }
        match parse(&phrase)? {
            Phrase::Exact(text) => found.phrases.push(text),
            Phrase::Pattern(pattern) => found.phrase_patterns.push(pattern),
        }
    }
    for (written, folded) in [
        (&rule.starts, &mut found.starts),
        (&rule.ends, &mut found.ends),
        (&rule.contains, &mut found.contains),
    ] {
        for phrase in written {
            folded.push(literal(phrase)?);
        }
    }
    Ok(found)
}
