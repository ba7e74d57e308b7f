//! Why each line of one document goes or stays.

use std::ops::Range;

use super::{Input, Options, Prepared, guarded, prepare};
use crate::{
    Cleaned, Code, Format, Location, NodeLocation, Removal, RuleSet,
    clean::{self, Accepted, Found, Judged, Reason},
    extract,
    rules::Kind,
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
    /// Every place that a rule or a step looked at, in order.
    pub notes: Vec<Note>,
    /// What extraction made of a page.
    pub page: Option<Page>,
    /// Entries of the keep list that protect nothing.
    pub unused_keep: Vec<String>,
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
    let page = page.map(|html| Page {
        blocks: extract::explain(&html, rules),
        taken: removals
            .into_iter()
            .filter_map(|removal| match removal.location {
                Location::Node(node) => Some((removal.code, node)),
                Location::Text(_) => None,
            })
            .collect(),
    });
    options.explain = true;
    let cleaned = clean::clean(&document, rules, &options);
    Explanation {
        format,
        known: clean::known(&document),
        held: !cleaned.withheld.is_empty(),
        unused_keep: cleaned.unused_keep(&document),
        notes: notes(&document.text, cleaned, rules),
        text: document.text,
        page,
    }
}

fn notes(text: &str, cleaned: Cleaned, rules: &RuleSet) -> Vec<Note> {
    let mut found: Vec<(Code, Range<usize>, Verdict)> = Vec::new();
    let removals = if cleaned.withheld.is_empty() {
        &cleaned.removals
    } else {
        &cleaned.withheld
    };
    for removal in removals {
        taken(
            removal,
            &cleaned.accepted,
            &cleaned.judged,
            rules,
            &mut found,
        );
    }
    let goes = |span: &Range<usize>| {
        removals
            .iter()
            .filter_map(Removal::span)
            .any(|gone| gone.start <= span.start && span.end <= gone.end)
    };
    for declined in cleaned.declined {
        if !goes(&declined.span) {
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
    let lines = LineCount::new(text);
    found
        .into_iter()
        .map(|(code, span, verdict)| Note {
            lines: lines.of(&span),
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
    accepted: &[Accepted],
    judged: &[Judged],
    rules: &RuleSet,
    found: &mut Vec<(Code, Range<usize>, Verdict)>,
) {
    let Some(span) = removal.span() else { return };
    let meets = |other: &Range<usize>| other.start < span.end && span.start < other.end;
    let code = &removal.code;
    let before = found.len();
    for judged in judged
        .iter()
        .filter(|one| one.code == *code && meets(&one.span))
    {
        let verdict = Verdict::Judged {
            log_odds: judged.log_odds,
            reasons: judged.reasons.clone(),
        };
        found.push((code.clone(), judged.span.clone(), verdict));
    }
    let mut claims = accepted
        .iter()
        .filter(|one| one.code == *code && meets(&one.span));
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
    fn blank_lines_at_the_ends_of_a_place_are_not_counted() {
        let lines = LineCount::new("a\n\n b\nc\n\nd");
        assert_eq!(lines.of(&(0..1)), (1, 1));
        assert_eq!(lines.of(&(2..9)), (3, 4));
        assert_eq!(lines.of(&(9..10)), (6, 6));
        assert_eq!(lines.of(&(2..3)), (2, 2));
    }
}
