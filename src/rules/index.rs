//! Which rules a line can concern, found without asking every rule.

use std::{collections::HashMap, ops::Range};

use xxhash_rust::xxh3::Xxh3Builder;

use super::{
    fold::{self, is_boundary},
    rule::{Rule, starts_with_words},
    schema::Kind,
};

/// A rule by its place in the set.
pub(crate) type RuleId = u32;

/// What finds the rules of a line.
#[derive(Debug, Default)]
pub(super) struct Index {
    phrases: HashMap<String, Vec<RuleId>, Xxh3Builder>,
    longest_phrase: usize,
    /// Rules on whole lines with matchers other than exact phrases.
    lines: Vec<RuleId>,
    /// Rules on parts of lines.
    spans: Vec<RuleId>,
}

/// Buffers that are used again for each line.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    folded: String,
}

impl Index {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        for (id, rule) in (0..).zip(rules) {
            match rule.kind {
                Kind::Span => index.spans.push(id),
                Kind::Line | Kind::Run | Kind::Tail => {
                    for phrase in &rule.matchers.phrases {
                        index.longest_phrase = index.longest_phrase.max(phrase.len());
                        index.phrases.entry(phrase.clone()).or_default().push(id);
                    }
                    let found = &rule.matchers;
                    let others = !(found.phrase_patterns.is_empty()
                        && found.starts.is_empty()
                        && found.ends.is_empty()
                        && found.contains.is_empty()
                        && found.any.is_empty()
                        && found.terms.is_empty());
                    if others || found.phrases.is_empty() {
                        index.lines.push(id);
                    }
                }
                Kind::Repeat | Kind::Html => {}
            }
        }
        index
    }

    /// The rules on whole lines whose matchers accept the line, in rule order.
    ///
    /// `line` has no white space at its ends; `plain` is the same line without
    /// its Markdown.
    pub(super) fn whole(
        &self,
        rules: &[Rule],
        line: &str,
        plain: &str,
        scratch: &mut Scratch,
        found: &mut Vec<RuleId>,
    ) {
        let from = found.len();
        scratch.folded.clear();
        fold::fold_into(plain, &mut scratch.folded);
        let core = &scratch.folded[fold::core(&scratch.folded)];
        if let Some(ids) = self.phrases.get(core) {
            found.extend(ids);
        }
        let chars = plain.chars().count();
        for &id in &self.lines {
            let rule = &rules[id as usize];
            if rule.longest_line().is_none_or(|most| chars <= most)
                && accepts(rule, line, plain, core)
            {
                found.push(id);
            }
        }
        found[from..].sort_unstable();
        let mut last = None;
        let mut kept = from;
        for at in from..found.len() {
            if last != Some(found[at]) {
                last = Some(found[at]);
                found[kept] = found[at];
                kept += 1;
            }
        }
        found.truncate(kept);
    }

    /// The spans that rules on parts of lines find in `line`.
    pub(super) fn spans(
        &self,
        rules: &[Rule],
        line: &str,
        mut found: impl FnMut(RuleId, Option<Range<usize>>),
    ) {
        for &id in &self.spans {
            let rule = &rules[id as usize];
            for pattern in &rule.matchers.any {
                if !pattern.find_each(line, |span| found(id, Some(span))) {
                    found(id, None);
                }
            }
        }
    }
}

fn accepts(rule: &Rule, line: &str, plain: &str, core: &str) -> bool {
    let found = &rule.matchers;
    let only_shape = found.phrases.is_empty()
        && found.phrase_patterns.is_empty()
        && found.starts.is_empty()
        && found.ends.is_empty()
        && found.contains.is_empty()
        && found.any.is_empty()
        && found.terms.is_empty();
    only_shape
        || found
            .phrase_patterns
            .iter()
            .any(|pattern| pattern.matches(core))
        || found
            .starts
            .iter()
            .any(|start| starts_with_words(core, start))
        || found.ends.iter().any(|end| ends_with_words(core, end))
        || found.contains.iter().any(|part| contains_words(core, part))
        || found
            .any
            .iter()
            .any(|p| p.is_match(line) || (plain != line && p.is_match(plain)))
        || (!found.terms.is_empty()
            && found
                .terms
                .iter()
                .filter(|term| term.is_match(line))
                .take(found.min_terms)
                .count()
                >= found.min_terms)
}

pub(super) fn ends_with_words(line: &str, end: &str) -> bool {
    line.strip_suffix(end)
        .is_some_and(|rest| is_boundary(rest.chars().next_back(), end.chars().next()))
}

pub(super) fn contains_words(line: &str, part: &str) -> bool {
    line.match_indices(part).any(|(at, _)| {
        is_boundary(line[..at].chars().next_back(), part.chars().next())
            && is_boundary(
                part.chars().next_back(),
                line[at + part.len()..].chars().next(),
            )
    })
}
