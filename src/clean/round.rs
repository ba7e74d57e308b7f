//! One round: what the rules take from the lines as they stand now.

use std::{cell::OnceCell, ops::Range};

use super::{CleanOptions, Declined, Found, Level, Reported, lang, lines::Lines, shape, words};
use crate::{
    Flags, Format, RuleSet,
    rules::{Action, Kind, Nearby, Rule, RuleId, Safety, plain, same_line_key},
};

/// `max-share` is asked only of documents with so many characters: in a
/// shorter one every share is large, and `max-hits` and the document floor
/// have to do.
const SHARE_FROM_CHARS: usize = 600;

/// A whole line and a rule whose matchers accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) rule: RuleId,
    pub(super) line: u32,
}

/// A piece of a line's content that a rule finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpanHit {
    pub(super) rule: RuleId,
    pub(super) line: u32,
    pub(super) span: Range<u32>,
}

/// What a round wants to take.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) lines: Vec<(u32, RuleId)>,
    pub(super) spans: Vec<SpanHit>,
}

/// A round in progress.
pub(super) struct Round<'r, 't> {
    rules: &'r RuleSet,
    level: Level,
    explain: bool,
    only: Option<RuleId>,
    format: Format,
    lines: &'r Lines<'t>,
    /// The lines that count, by position.
    order: Vec<u32>,
    /// Per position; made when a guard asks.
    chars: OnceCell<Vec<u32>>,
    words: OnceCell<Vec<u32>>,
    keys: OnceCell<Vec<u64>>,
    all_chars: OnceCell<usize>,
    language: OnceCell<Option<&'static str>>,
    /// Whether a line may be taken, by position.
    protected: Vec<bool>,
    pub(super) taken: Taken,
    pub(super) declined: Vec<Declined>,
    pub(super) reported: Vec<Reported>,
    pub(super) flags: Flags,
}

impl<'r, 't> Round<'r, 't> {
    pub(super) fn new(
        rules: &'r RuleSet,
        options: &CleanOptions,
        only: Option<RuleId>,
        format: Format,
        lines: &'r Lines<'t>,
    ) -> Self {
        let order: Vec<u32> = lines.alive().collect();
        Self {
            rules,
            level: options.level,
            explain: options.explain,
            only,
            format,
            lines,
            protected: Vec::new(),
            order,
            chars: OnceCell::new(),
            words: OnceCell::new(),
            keys: OnceCell::new(),
            all_chars: OnceCell::new(),
            language: OnceCell::new(),
            taken: Taken::default(),
            declined: Vec::new(),
            reported: Vec::new(),
            flags: Flags::new(),
        }
    }

    /// Decides what goes. `hits` and `spans` are of lines that are still
    /// there, sorted by rule and then by place.
    pub(super) fn run(&mut self, hits: &[Hit], spans: &[SpanHit]) {
        self.protected = vec![false; self.order.len()];
        let mut kept_spans: Vec<(u32, Range<u32>)> = Vec::new();
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            let rule = self.rules.rule(hits[0].rule);
            if rule.action == Action::Keep {
                for position in self.positions(rule, hits) {
                    self.protected[position] = true;
                }
            }
        }
        for spans in spans.chunk_by(|a, b| a.rule == b.rule) {
            let rule = self.rules.rule(spans[0].rule);
            if rule.action == Action::Keep {
                for hit in self.accepted_spans(rule, spans) {
                    if let Ok(position) = self.order.binary_search(&hit.line) {
                        self.protected[position] = true;
                    }
                    kept_spans.push((hit.line, hit.span));
                }
            }
        }
        kept_spans.sort_unstable_by_key(|(line, span)| (*line, span.start));
        let kept_lines = self.protected.clone();
        if self.format == Format::Markdown && !(hits.is_empty() && spans.is_empty()) {
            self.protect_code();
        }

        let mut tail: Option<(usize, RuleId)> = None;
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            let id = hits[0].rule;
            let rule = self.rules.rule(id);
            if rule.action == Action::Keep {
                continue;
            }
            let positions = self.positions(rule, hits);
            match rule.kind {
                Kind::Tail => {
                    let marker = positions
                        .into_iter()
                        .find(|&at| !self.protected[at] && self.tail_holds(rule, at));
                    if let Some(at) = marker {
                        if !self.applies(rule) {
                            let end = self
                                .order
                                .last()
                                .map_or(0, |&line| self.lines.full_span(line).end);
                            self.report(rule, self.lines.full_span(self.order[at]).start..end);
                        } else if tail.is_none_or(|(first, _)| at < first) {
                            tail = Some((at, id));
                        }
                    }
                }
                Kind::Run => {
                    let runs = self.runs(rule, &positions);
                    self.take(rule, id, runs);
                }
                _ => {
                    let single = positions
                        .into_iter()
                        .filter(|&at| !self.protected[at])
                        .map(|at| at..at + 1)
                        .collect();
                    self.take(rule, id, single);
                }
            }
        }
        let repeats: Vec<_> = self
            .rules
            .repeats()
            .filter(|(id, _)| self.only.is_none_or(|only| *id == only))
            .collect();
        for (id, rule) in repeats {
            let copies = self.copies(rule);
            self.take(rule, id, copies);
        }
        for spans in spans.chunk_by(|a, b| a.rule == b.rule) {
            let rule = self.rules.rule(spans[0].rule);
            if rule.action == Action::Keep {
                continue;
            }
            for hit in self.accepted_spans(rule, spans) {
                let position = self.order.binary_search(&hit.line).ok();
                let line_kept = position.is_some_and(|at| self.protected[at]);
                let in_code = line_kept && position.is_some_and(|at| !kept_lines[at]);
                let meets_kept = kept_spans.iter().any(|(line, kept)| {
                    *line == hit.line && kept.start < hit.span.end && hit.span.start < kept.end
                });
                let whole_line_kept =
                    line_kept && !in_code && !kept_spans.iter().any(|(line, _)| *line == hit.line);
                if meets_kept || whole_line_kept || (in_code && !rule.acts_in_code()) {
                    continue;
                }
                self.flags.extend(rule.flags.iter().copied());
                if self.applies(rule) {
                    self.taken.spans.push(hit);
                } else {
                    let span = self.lines.span(hit.line);
                    self.report(rule, span);
                }
            }
        }
        if let Some((from, id)) = tail {
            self.flags.extend(self.rules.rule(id).flags.iter().copied());
            for at in from..self.order.len() {
                if !kept_lines[at] {
                    self.taken.lines.push((self.order[at], id));
                }
            }
        }
        // A tail is the larger claim; else the earlier rule is named.
        let tail_rule = tail.map(|(_, id)| id);
        self.taken
            .lines
            .sort_unstable_by_key(|&(line, rule)| (line, Some(rule) != tail_rule, rule));
        self.taken.lines.dedup_by_key(|(line, _)| *line);
    }

    /// Whether a rule's finds are taken at this level, or only reported.
    fn applies(&self, rule: &Rule) -> bool {
        match rule.safety {
            _ if self.only.is_some() => true,
            Safety::Safe => true,
            Safety::Unsafe => self.level == Level::Full,
            Safety::Report => false,
        }
    }

    fn report(&mut self, rule: &Rule, span: Range<usize>) {
        self.reported.push(Reported {
            code: rule.code.clone(),
            span,
        });
    }

    fn decline(&mut self, rule: &Rule, span: Range<usize>, guard: &'static str, found: Found) {
        if self.explain {
            self.declined.push(Declined {
                code: rule.code.clone(),
                span,
                guard,
                found,
            });
        }
    }

    /// The positions of hits that the line itself and its surroundings do not
    /// speak against. Guards on count, share and place come later.
    fn positions(&mut self, rule: &Rule, hits: &[Hit]) -> Vec<usize> {
        let mut positions = Vec::with_capacity(hits.len());
        for hit in hits {
            let Ok(at) = self.order.binary_search(&hit.line) else {
                continue;
            };
            match self.line_declines(rule, at) {
                None => positions.push(at),
                Some((guard, found)) => self.decline(rule, self.lines.span(hit.line), guard, found),
            }
        }
        positions
    }

    fn content(&self, at: usize) -> &str {
        self.lines.content(self.order[at]).trim()
    }

    fn line_declines(&self, rule: &Rule, at: usize) -> Option<(&'static str, Found)> {
        let line = self.content(at);
        let plain = plain(line);
        if let Some(shape) = &rule.shape
            && !shape::fits(shape, line, &plain)
        {
            // Not worth a word: a shape is a matcher.
            return Some(("shape", Found::Spared));
        }
        let chars = plain.chars().count();
        if let Some(limit) = rule.guard.max_chars.filter(|&limit| chars > limit) {
            return Some((
                "max-chars",
                Found::Count {
                    found: chars,
                    limit,
                },
            ));
        }
        if let Some(limit) = rule.guard.min_chars.filter(|&limit| chars < limit) {
            return Some((
                "min-chars",
                Found::Count {
                    found: chars,
                    limit,
                },
            ));
        }
        if rule.spared(line) {
            return Some(("unless", Found::Spared));
        }
        if let Some(language) = self.other_language(rule) {
            return Some(("langs", Found::Language(language)));
        }
        if rule.kind == Kind::Run {
            None
        } else {
            self.surroundings_decline(rule, at, at)
        }
    }

    /// The document's language, if it is known and the rule is not for it.
    fn other_language(&self, rule: &Rule) -> Option<&'static str> {
        if rule.langs.is_empty() {
            return None;
        }
        let language = *self
            .language
            .get_or_init(|| lang::detect(self.order.iter().map(|&line| self.lines.content(line))));
        language.filter(|language| !rule.langs.iter().any(|own| own == language))
    }

    fn surroundings_decline(
        &self,
        rule: &Rule,
        first: usize,
        last: usize,
    ) -> Option<(&'static str, Found)> {
        let guard = &rule.guard;
        if let Some(limit) = guard.min_words_before {
            let found = self.words_before(first);
            if found < limit {
                return Some(("min-words-before", Found::Count { found, limit }));
            }
        }
        if let Some(nearby) = &guard.followed_by {
            let after = last + 1..(last + 1 + nearby.within).min(self.order.len());
            if let Some(found) = self.too_few(nearby, after) {
                return Some(("followed-by", found));
            }
        }
        if let Some(nearby) = &guard.preceded_by {
            if let Some(found) = self.too_few(nearby, first.saturating_sub(nearby.within)..first) {
                return Some(("preceded-by", found));
            }
        }
        if let Some(limit) = guard.max_line_words_after {
            let found = self.words()[last + 1..].iter().copied().max().unwrap_or(0) as usize;
            if found > limit {
                return Some(("max-line-words-after", Found::Count { found, limit }));
            }
        }
        None
    }

    fn too_few(&self, nearby: &Nearby, range: Range<usize>) -> Option<Found> {
        let found = range
            .filter(|&at| {
                let line = self.content(at);
                nearby.counts(line, &plain(line))
            })
            .take(nearby.min)
            .count();
        (found < nearby.min).then_some(Found::Count {
            found,
            limit: nearby.min,
        })
    }

    fn chars(&self) -> &[u32] {
        self.chars.get_or_init(|| {
            (0..self.order.len())
                .map(|at| self.content(at).chars().count() as u32)
                .collect()
        })
    }

    fn all_chars(&self) -> usize {
        *self
            .all_chars
            .get_or_init(|| self.chars().iter().map(|&chars| chars as usize).sum())
    }

    fn words(&self) -> &[u32] {
        self.words.get_or_init(|| {
            (0..self.order.len())
                .map(|at| words::words(self.content(at)) as u32)
                .collect()
        })
    }

    fn words_before(&self, at: usize) -> usize {
        self.words()[..at].iter().map(|&words| words as usize).sum()
    }

    fn tail_holds(&mut self, rule: &Rule, at: usize) -> bool {
        let span = self.lines.span(self.order[at]);
        if let Some(limit) = rule.guard.last_lines {
            let found = self.order.len() - at;
            if found > limit {
                self.decline(rule, span, "last-lines", Found::Count { found, limit });
                return false;
            }
        }
        let chars: usize = self.chars()[at..].iter().map(|&chars| chars as usize).sum();
        self.share_holds(rule, chars, span)
    }

    fn share_holds(&mut self, rule: &Rule, chars: usize, span: Range<usize>) -> bool {
        let Some(limit) = rule.guard.max_share else {
            return true;
        };
        let all = self.all_chars();
        let share = chars as f64 / all.max(1) as f64;
        if all >= SHARE_FROM_CHARS && share > limit {
            self.decline(
                rule,
                span,
                "max-share",
                Found::Share {
                    found: share,
                    limit,
                },
            );
            return false;
        }
        true
    }

    /// Consecutive positions, long enough, with the right lines around them.
    fn runs(&mut self, rule: &Rule, positions: &[usize]) -> Vec<Range<usize>> {
        let least = rule.guard.min_run.unwrap_or(1);
        let mut runs = Vec::new();
        let free: Vec<usize> = positions
            .iter()
            .copied()
            .filter(|&at| !self.protected[at])
            .collect();
        for run in free.chunk_by(|a, b| a + 1 == *b) {
            let (first, last) = (run[0], run[run.len() - 1]);
            let span =
                self.lines.span(self.order[first]).start..self.lines.span(self.order[last]).end;
            if run.len() < least {
                self.decline(
                    rule,
                    span,
                    "min-run",
                    Found::Count {
                        found: run.len(),
                        limit: least,
                    },
                );
            } else if let Some((guard, found)) = self.surroundings_decline(rule, first, last) {
                self.decline(rule, span, guard, found);
            } else {
                runs.push(first..last + 1);
            }
        }
        runs
    }

    /// Lines that equal an earlier one.
    fn copies(&mut self, rule: &Rule) -> Vec<Range<usize>> {
        let guard = &rule.guard;
        let within = guard.within.unwrap_or(1);
        let last = match (guard.first_lines, guard.last_lines) {
            (Some(first), None) => first.min(self.order.len()),
            _ => self.order.len(),
        };
        let mut copies = Vec::new();
        if last < 2 {
            return copies;
        }
        let keys = &self.keys.get_or_init(|| {
            (0..self.order.len().min(self.repeat_reach()))
                .map(|at| same_line_key(&plain(self.content(at))))
                .collect()
        })[..];
        let mut found = Vec::new();
        for at in 1..last {
            let from = at.saturating_sub(within);
            let to = guard.of_first_lines.map_or(at, |first| first.min(at));
            if from < to && keys[from..to].contains(&keys[at]) {
                found.push(at);
            }
        }
        for at in found {
            match self.line_declines(rule, at) {
                None if self.protected[at] => {}
                None => copies.push(at..at + 1),
                Some((guard, found)) => {
                    self.decline(rule, self.lines.span(self.order[at]), guard, found)
                }
            }
        }
        copies
    }

    /// How many lines any repeat rule looks at.
    fn repeat_reach(&self) -> usize {
        self.rules
            .repeats()
            .map(
                |(_, rule)| match (rule.guard.first_lines, rule.guard.last_lines) {
                    (Some(first), None) => first,
                    _ => usize::MAX,
                },
            )
            .max()
            .unwrap_or(0)
    }

    /// The guards on count and share, which count every place that the rule
    /// finds wherever it stands, and then the guards on place. In this order
    /// the count of one round bounds what later rounds can take.
    fn take(&mut self, rule: &Rule, id: RuleId, found: Vec<Range<usize>>) {
        let Some((first, last)) = found.first().zip(found.last()) else {
            return;
        };
        let whole = self.lines.span(self.order[first.start]).start
            ..self.lines.span(self.order[last.end - 1]).end;
        if let Some(limit) = rule.guard.max_hits
            && found.len() > limit
        {
            self.decline(
                rule,
                whole,
                "max-hits",
                Found::Count {
                    found: found.len(),
                    limit,
                },
            );
            return;
        }
        if rule.guard.max_share.is_some() {
            let chars = self.chars();
            let sum = found
                .iter()
                .flat_map(|range| &chars[range.clone()])
                .map(|&chars| chars as usize)
                .sum();
            if !self.share_holds(rule, sum, whole) {
                return;
            }
        }
        for range in found {
            let span = self.lines.span(self.order[range.start]).start
                ..self.lines.span(self.order[range.end - 1]).end;
            if let Some((guard, found)) = self.place_declines(rule, &range) {
                self.decline(rule, span, guard, found);
                continue;
            }
            self.flags.extend(rule.flags.iter().copied());
            if self.applies(rule) {
                let lines = range.map(|at| (self.order[at], id));
                self.taken.lines.extend(lines);
            } else {
                self.report(rule, span);
            }
        }
    }

    fn place_declines(&self, rule: &Rule, range: &Range<usize>) -> Option<(&'static str, Found)> {
        let (first, last) = (rule.guard.first_lines, rule.guard.last_lines);
        let from_start = range.start + 1;
        let from_end = self.order.len() - (range.end - 1);
        let at_start = first.is_some_and(|limit| from_start <= limit);
        let at_end = last.is_some_and(|limit| from_end <= limit);
        if at_start || at_end {
            return None;
        }
        match (first, last) {
            (Some(limit), _) => Some((
                "first-lines",
                Found::Count {
                    found: from_start,
                    limit,
                },
            )),
            (None, Some(limit)) => Some((
                "last-lines",
                Found::Count {
                    found: from_end,
                    limit,
                },
            )),
            (None, None) => None,
        }
    }

    fn accepted_spans(&mut self, rule: &Rule, hits: &[SpanHit]) -> Vec<SpanHit> {
        let mut found = Vec::with_capacity(hits.len());
        let guard = &rule.guard;
        let by_line = guard.min_words_before.is_some()
            || guard.followed_by.is_some()
            || guard.preceded_by.is_some()
            || guard.max_line_words_after.is_some();
        for hits in hits.chunk_by(|a, b| a.line == b.line) {
            let line = hits[0].line;
            let position = self.order.binary_search(&line).ok();
            let content = self.lines.content(line);
            let spared = rule.spared(content).then_some(("unless", Found::Spared));
            let declines = spared
                .or_else(|| {
                    self.other_language(rule)
                        .map(|lang| ("langs", Found::Language(lang)))
                })
                .or_else(|| {
                    position
                        .filter(|_| by_line)
                        .and_then(|at| self.surroundings_decline(rule, at, at))
                });
            if let Some((guard, found)) = declines {
                self.decline(rule, self.lines.span(line), guard, found);
                continue;
            }
            for hit in hits {
                let text = &content[hit.span.start as usize..hit.span.end as usize];
                let chars = if guard.min_chars.or(guard.max_chars).is_some() {
                    text.chars().count()
                } else {
                    0
                };
                if let Some(limit) = guard.max_chars.filter(|&limit| chars > limit) {
                    self.decline(
                        rule,
                        self.lines.span(line),
                        "max-chars",
                        Found::Count {
                            found: chars,
                            limit,
                        },
                    );
                } else if let Some(limit) = guard.min_chars.filter(|&limit| chars < limit) {
                    self.decline(
                        rule,
                        self.lines.span(line),
                        "min-chars",
                        Found::Count {
                            found: chars,
                            limit,
                        },
                    );
                } else {
                    found.push(hit.clone());
                }
            }
        }
        let Some((first, last)) = found.first().zip(found.last()) else {
            return found;
        };
        let whole = self.lines.span(first.line).start..self.lines.span(last.line).end;
        if let Some(limit) = guard.max_hits.filter(|&limit| found.len() > limit) {
            self.decline(
                rule,
                whole,
                "max-hits",
                Found::Count {
                    found: found.len(),
                    limit,
                },
            );
            return Vec::new();
        }
        if guard.max_share.is_some() {
            let sum = found
                .iter()
                .map(|hit| {
                    self.lines.content(hit.line)[hit.span.start as usize..hit.span.end as usize]
                        .chars()
                        .count()
                })
                .sum();
            if !self.share_holds(rule, sum, whole) {
                return Vec::new();
            }
        }
        if guard.first_lines.or(guard.last_lines).is_some() {
            found.retain(|hit| {
                self.order
                    .binary_search(&hit.line)
                    .is_ok_and(|at| self.place_declines(rule, &(at..at + 1)).is_none())
            });
        }
        found
    }

    /// Protects fenced code with its fences. A fence that is not closed runs
    /// to the end, as in CommonMark. Indented code is not told from the nested
    /// lists that scraped Markdown is full of.
    fn protect_code(&mut self) {
        let lines = self.lines;
        let mut open: Option<(u8, usize)> = None;
        for at in 0..self.order.len() {
            let line = lines.content(self.order[at]).trim().as_bytes();
            let mark = line
                .first()
                .copied()
                .filter(|byte| matches!(byte, b'`' | b'~'));
            let length = mark.map_or(0, |mark| {
                line.iter().take_while(|&&byte| byte == mark).count()
            });
            match (open, mark) {
                (None, Some(mark))
                    if length >= 3 && !(mark == b'`' && line[length..].contains(&b'`')) =>
                {
                    open = Some((mark, length));
                    self.protected[at] = true;
                }
                (Some((fence, least)), found) => {
                    self.protected[at] = true;
                    if found == Some(fence) && length >= least && line.len() == length {
                        open = None;
                    }
                }
                _ => {}
            }
        }
    }
}
