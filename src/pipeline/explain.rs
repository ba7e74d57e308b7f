//! Why each line of one document goes or stays.

use std::{collections::BTreeMap, ops::Range};

use super::{Input, Options, Prepared, guarded, prepare};
use crate::{
    Cleaned, Code, Format, Level, Location, NodeLocation, Removal, RuleSet,
    clean::{self, Accepted, Found, Judged, Reason},
    extract,
    rules::{Kind, Safety},
};

/// What was made of a document, place by place.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The text whose places are told: the decoded input, or of a page what
    /// extraction kept.
    pub text: String,
    /// How the input is written.
    pub format: Format,
    /// What rules for some documents only go by.
    pub known: clean::Known,
    /// Whether cleaning would have left next to nothing, so that the document
    /// stays as it is. Then what is told as taken is what would have been.
    pub held: bool,
    /// How much was taken.
    pub level: Level,
    /// What tells that the document was scraped: the first line that a rule
    /// beyond doubt finds. In such a document some finds of other rules are
    /// taken at level safe, too.
    pub evidence: Option<Evidence>,
    /// Every place that a rule or a step looked at, in order.
    pub notes: Vec<Note>,
    /// What extraction made of a page.
    pub page: Option<Page>,
    /// Entries of the keep list that protect nothing.
    pub unused_keep: Vec<String>,
}

/// A line that a rule beyond doubt finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The rule.
    pub code: Code,
    /// The line, from 1.
    pub line: usize,
}

/// What extraction made of a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its blocks, a line each, as [`extract::explain`] lists them.
    pub blocks: String,
    /// What was taken from the tree.
    pub taken: Vec<(Code, NodeLocation)>,
}

/// A place, and what was made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The rule or step.
    pub code: Code,
    /// Bytes of the text, half-open.
    pub span: Range<usize>,
    /// The lines of the text from the first to the last, from 1.
    pub lines: (usize, usize),
    /// Whether the place goes at level safe.
    pub at_safe: bool,
    /// What was made of it.
    pub verdict: Verdict,
}

/// What was made of a place, and why.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// A rule took it.
    Taken {
        /// Its guards with what they found.
        guards: Vec<(&'static str, Found)>,
    },
    /// The structure step took it.
    Judged {
        /// How likely it is debris, in log odds.
        log_odds: f32,
        /// What speaks most for that, strongest first.
        reasons: Vec<Reason>,
    },
    /// A rule found it, and a guard declined.
    Declined {
        /// The guard, as it is called in a rule file; `keep` and `code` for
        /// what protects a line from every rule.
        guard: &'static str,
        /// What it found.
        found: Found,
    },
    /// A rule found it that this level does not apply.
    Reported,
}

impl Verdict {
    /// Whether the place goes.
    pub fn goes(&self) -> bool {
        matches!(self, Self::Taken { .. } | Self::Judged { .. })
    }
}

/// Extracts and cleans a decoded document, and tells why.
///
/// # Errors
///
/// What a bug of dehusk said, as [`process`](super::process) has it.
pub fn explain(
    input: Input<'_>,
    rules: &RuleSet,
    options: &Options,
) -> Result<Explanation, String> {
    guarded(|| explain_unguarded(input, rules, options))
}

fn explain_unguarded(input: Input<'_>, rules: &RuleSet, options: &Options) -> Explanation {
    let format = input.format;
    let Prepared {
        document,
        removals,
        rules,
        clean: mut options,
        page,
        ..
    } = prepare(input, rules, options);
    let page = page.map(|(html, read)| Page {
        blocks: extract::explain(&html, rules, &read),
        taken: removals
            .into_iter()
            .filter_map(|removal| match removal.location {
                Location::Node(node) => Some((removal.code, node)),
                Location::Text(_) => None,
            })
            .collect(),
    });
    let level = options.level;
    options.explain = true;
    let cleaned = clean::clean(&document, rules, &options);
    let at_safe = if level == Level::Safe {
        gone(removals_of(&cleaned))
    } else {
        options.level = Level::Safe;
        options.explain = false;
        gone(removals_of(&clean::clean(&document, rules, &options)))
    };
    let lines = LineCount::new(&document.text);
    Explanation {
        format,
        level,
        known: clean::known(&document),
        held: !cleaned.withheld.is_empty(),
        unused_keep: cleaned.unused_keep(&document),
        evidence: evidence(&cleaned, rules, &lines),
        notes: notes(&lines, cleaned, rules, &at_safe),
        text: document.text,
        page,
    }
}

/// What goes, or would go if it left more than a husk.
fn removals_of(cleaned: &Cleaned) -> &[Removal] {
    if cleaned.withheld.is_empty() {
        &cleaned.removals
    } else {
        &cleaned.withheld
    }
}

/// The bytes that removals take, whichever rule is named: those that touch are
/// one range.
fn gone(removals: &[Removal]) -> Vec<Range<usize>> {
    let mut gone: Vec<Range<usize>> = Vec::new();
    for span in removals.iter().filter_map(Removal::span) {
        match gone.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => gone.push(span.clone()),
        }
    }
    gone
}

/// Whether all of a place goes.
fn is_gone(place: &Range<usize>, gone: &[Range<usize>]) -> bool {
    let before = gone.partition_point(|range| range.start <= place.start);
    let nearest = before.checked_sub(1).map(|at| &gone[at]);
    nearest.is_some_and(|range| place.end <= range.end)
}

/// The first line that a rule beyond doubt takes.
fn evidence(cleaned: &Cleaned, rules: &RuleSet, lines: &LineCount) -> Option<Evidence> {
    let is_safe = |code: &Code| {
        let rule = rules.get(code.as_str());
        rule.is_some_and(|rule| rule.safety == Safety::Safe)
    };
    let accepted = cleaned.accepted.iter().filter(|one| is_safe(&one.code));
    let first = accepted.min_by_key(|one| one.span.start)?;
    Some(Evidence {
        code: first.code.clone(),
        line: lines.of(&first.span).0,
    })
}

fn notes(
    lines: &LineCount,
    cleaned: Cleaned,
    rules: &RuleSet,
    at_safe: &[Range<usize>],
) -> Vec<Note> {
    let mut found: Vec<(Code, Range<usize>, Verdict)> = Vec::new();
    let removals = removals_of(&cleaned);
    let accepted = cleaned.accepted.iter();
    let accepted = ByPlace::new(accepted.map(|one| (&one.code, &one.span, one)));
    let judged = cleaned.judged.iter();
    let judged = ByPlace::new(judged.map(|one| (&one.code, &one.span, one)));
    for removal in removals {
        taken(removal, &accepted, &judged, rules, &mut found);
    }
    let gone = gone(removals);
    for declined in cleaned.declined {
        if !is_gone(&declined.span, &gone) {
            let verdict = Verdict::Declined {
                guard: declined.guard,
                found: declined.found,
            };
            found.push((declined.code, declined.span, verdict));
        }
    }
    for reported in cleaned.reported {
        found.push((reported.code, reported.span, Verdict::Reported));
    }
    // Stable: what takes a place stands before what declines it.
    found.sort_by_key(|(_, span, _)| span.start);
    found.dedup();
    found
        .into_iter()
        .map(|(code, span, verdict)| Note {
            lines: lines.of(&span),
            at_safe: verdict.goes() && is_gone(&span, at_safe),
            code,
            span,
            verdict,
        })
        .collect()
}

/// The places that a removal is made of: each find of a rule by itself, but
/// for tails, which are one.
fn taken(
    removal: &Removal,
    accepted: &ByPlace<'_, Accepted>,
    judged: &ByPlace<'_, Judged>,
    rules: &RuleSet,
    found: &mut Vec<(Code, Range<usize>, Verdict)>,
) {
    let Some(span) = removal.span() else { return };
    let code = &removal.code;
    let before = found.len();
    for judged in judged.meeting(code, span) {
        let verdict = Verdict::Judged {
            log_odds: judged.log_odds,
            reasons: judged.reasons.clone(),
        };
        found.push((code.clone(), judged.span.clone(), verdict));
    }
    let mut claims = accepted.meeting(code, span);
    let whole = rules
        .get(code.as_str())
        .is_some_and(|rule| matches!(rule.kind, Kind::Tail | Kind::Span));
    if whole {
        let guards = claims
            .next()
            .map_or_else(Vec::new, |claim| claim.guards.clone());
        found.push((code.clone(), span.clone(), Verdict::Taken { guards }));
        return;
    }
    for claim in claims {
        let verdict = Verdict::Taken {
            guards: claim.guards.clone(),
        };
        found.push((code.clone(), claim.span.clone(), verdict));
    }
    if found.len() == before {
        let guards = Vec::new();
        found.push((code.clone(), span.clone(), Verdict::Taken { guards }));
    }
}

/// Finds by their code and place, so that those at a place are found without a
/// look at all the others.
struct ByPlace<'a, T> {
    /// In the order of their beginnings.
    of: BTreeMap<&'a Code, Vec<Placed<'a, T>>>,
}

/// A find at its place.
struct Placed<'a, T> {
    span: &'a Range<usize>,
    /// The furthest end of this and those before it.
    furthest: usize,
    find: &'a T,
}

impl<'a, T> ByPlace<'a, T> {
    fn new(finds: impl Iterator<Item = (&'a Code, &'a Range<usize>, &'a T)>) -> Self {
        let mut of: BTreeMap<&Code, Vec<Placed<'a, T>>> = BTreeMap::new();
        for (code, span, find) in finds {
            of.entry(code).or_default().push(Placed {
                span,
                furthest: 0,
                find,
            });
        }
        for finds in of.values_mut() {
            finds.sort_by_key(|placed| placed.span.start);
            let mut furthest = 0;
            for placed in finds {
                furthest = furthest.max(placed.span.end);
                placed.furthest = furthest;
            }
        }
        Self { of }
    }

    /// The finds of a rule that share a byte with `span`.
    fn meeting<'s>(
        &'s self,
        code: &Code,
        span: &'s Range<usize>,
    ) -> impl Iterator<Item = &'a T> + use<'a, 's, T> {
        let finds = self.of.get(code).map_or(&[][..], Vec::as_slice);
        let first = finds.partition_point(|placed| placed.furthest <= span.start);
        finds[first..]
            .iter()
            .take_while(move |placed| placed.span.start < span.end)
            .filter(move |placed| span.start < placed.span.end)
            .map(|placed| placed.find)
    }
}

/// Numbers of lines, asked for in any order.
struct LineCount {
    starts: Vec<usize>,
    blank: Vec<bool>,
}

impl LineCount {
    fn new(text: &str) -> Self {
        let mut starts = Vec::new();
        let mut blank = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            starts.push(at);
            blank.push(line.trim().is_empty());
            at += line.len();
        }
        Self { starts, blank }
    }

    /// The lines of `span`, without blank ones at its ends.
    fn of(&self, span: &Range<usize>) -> (usize, usize) {
        let number = |at: usize| self.starts.partition_point(|&start| start <= at).max(1);
        let mut first = number(span.start);
        let mut last = number(span.end.saturating_sub(1).max(span.start));
        let blank = |line: usize| self.blank.get(line - 1) == Some(&true);
        while first < last && blank(first) {
            first += 1;
        }
        while last > first && blank(last) {
            last -= 1;
        }
        (first, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_are_found_by_their_place() {
        let codes: [Code; 2] = ["A001".into(), "B001".into()];
        let spans = [0..9, 2..3, 4..6, 6..8, 2..5];
        let names = ["a", "b", "c", "d", "e"];
        let finds = spans.iter().zip(&names).enumerate();
        let by_place = ByPlace::new(finds.map(|(at, (span, name))| (&codes[at / 4], span, name)));
        let meeting = |code: &Code, span: Range<usize>| {
            by_place
                .meeting(code, &span)
                .copied()
                .collect::<Vec<&str>>()
        };
        assert_eq!(meeting(&codes[0], 5..7), ["a", "c", "d"]);
        assert_eq!(meeting(&codes[0], 3..4), ["a"]);
        assert_eq!(meeting(&codes[0], 9..20), [""; 0]);
        assert_eq!(meeting(&codes[1], 0..3), ["e"]);
    }

    #[test]
    fn blank_lines_at_the_ends_of_a_place_are_not_counted() {
        let lines = LineCount::new("a\n\n b\nc\n\nd");
        assert_eq!(lines.of(&(0..1)), (1, 1));
        assert_eq!(lines.of(&(2..9)), (3, 4));
        assert_eq!(lines.of(&(9..10)), (6, 6));
        assert_eq!(lines.of(&(2..3)), (2, 2));
    }
}
