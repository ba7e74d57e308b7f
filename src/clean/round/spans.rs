//! Pieces of lines that rules take.

use super::{
    super::{guard, lines::Lines},
    Round, SpanHit,
};
use crate::rules::{Rule, RuleId};

impl Round<'_, '_> {
    pub(super) fn take_spans(&mut self, id: RuleId, rule: &Rule, hits: &[SpanHit]) {
        let (kept, found): (Vec<SpanHit>, Vec<SpanHit>) = self
            .accepted_spans(id, rule, hits)
            .into_iter()
            .partition(|hit| self.kept.span(&self.view, rule, hit));
        for at in kept
            .iter()
            .filter_map(|hit| self.view.position(hit.line))
            .collect::<Vec<_>>()
        {
            self.decline_kept(rule, at);
        }
        let Some((first, last)) = found.first().zip(found.last()) else {
            return;
        };
        let place = self
            .view
            .position(first.line)
            .zip(self.view.position(last.line));
        let lines = self.view.lines();
        let chars = || found.iter().map(|hit| span_chars(lines, hit)).sum();
        let declines = self
            .hits(id, rule, found.len())
            .or_else(|| self.share(id, rule, chars));
        if let Some(decline) = declines {
            let (first, last) = place.unwrap_or_default();
            self.decline_whole(id, rule, &(first..last + 1), decline);
            return;
        }
        let of_all = self.of_all(id, rule, found.len(), || {
            found.iter().map(|hit| span_chars(lines, hit)).sum()
        });
        for hit in found {
            let at = self.view.position(hit.line);
            let declines = at.and_then(|at| guard::place(&rule.guard, &self.view, &(at..at + 1)));
            match (declines, at) {
                (Some(decline), Some(at)) => self.decline(rule, &(at..at + 1), decline),
                _ if self.applies(rule, None) => {
                    if let Some(at) = at {
                        self.accept((id, rule), &(at..at + 1), &of_all);
                    }
                    self.done.flags.extend(rule.flags.iter().copied());
                    self.done.spending.push((id, 1, span_chars(lines, &hit)));
                    self.done.spans.push(hit);
                }
                (_, Some(at)) => self.report(rule, &(at..at + 1)),
                (_, None) => {}
            }
        }
    }

    /// The spans that neither their line nor their length speaks against.
    pub(super) fn accepted_spans(
        &mut self,
        id: RuleId,
        rule: &Rule,
        hits: &[SpanHit],
    ) -> Vec<SpanHit> {
        let mut found = Vec::with_capacity(hits.len());
        let lines = self.view.lines();
        let sized = rule.guard.min_chars.or(rule.guard.max_chars).is_some();
        for hits in hits.chunk_by(|a, b| a.line == b.line) {
            let line = hits[0].line;
            let at = self.view.position(line);
            let declines = guard::spared(rule, lines.content(line))
                .or_else(|| self.run.about.declines(rule, &self.view))
                .or_else(|| {
                    at.and_then(|at| {
                        guard::surroundings(id, &rule.guard, &self.view, &(at..at + 1))
                    })
                });
            if let Some(decline) = declines {
                if let Some(at) = at {
                    self.decline(rule, &(at..at + 1), decline);
                }
                continue;
            }
            for hit in hits {
                let declines = sized
                    .then(|| guard::chars(&rule.guard, span_chars(lines, hit)))
                    .flatten();
                match (declines, at) {
                    (None, _) => found.push(hit.clone()),
                    (Some(decline), Some(at)) => self.decline(rule, &(at..at + 1), decline),
                    (Some(_), None) => {}
                }
            }
        }
        found
    }
}

fn span_chars(lines: &Lines<'_>, hit: &SpanHit) -> usize {
    lines.content(hit.line)[hit.span.start as usize..hit.span.end as usize]
        .chars()
        .count()
}
