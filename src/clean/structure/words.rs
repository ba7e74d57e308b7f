//! Which words of a line occur elsewhere in its document.
//!
//! What the words are is never asked, only where they stand: words that most
//! of the prose has are those that the language needs everywhere, and a line
//! that shares the others with the text belongs to it.

use super::{
    context::{flag, share},
    facts::Facts,
    sums::Sums,
};
use crate::clean::memory::ByWord;

/// Which words of a line occur where else.
pub(super) struct Words {
    /// Per line: copies of it in all, before it, and within three lines.
    pub(super) copies: Vec<(f32, f32, f32)>,
    pub(super) common: Vec<f32>,
    pub(super) known: Vec<f32>,
    pub(super) body: Vec<f32>,
    pub(super) head: Vec<f32>,
    pub(super) before: Vec<f32>,
    pub(super) after: Vec<f32>,
    pub(super) title: Vec<f32>,
    /// Sums of `before` over lines of prose, and of those lines.
    pub(super) prose_before: Sums,
    pub(super) prose: Sums,
}

/// Lines in which a word must occur to count as one that the language needs
/// everywhere, as a share of the lines of prose and at least.
const COMMON_SHARE: f32 = 0.15;
const COMMON_LEAST: f32 = 3.0;
/// Lines of prose from the start of the body that stand for its subject.
const HEAD_LINES: usize = 6;

/// What is known of a word of the document.
#[derive(Clone, Copy, Default)]
struct Word {
    /// The last line in which it was seen, and in how many it was.
    last: u32,
    lines: f32,
    prose_lines: f32,
    /// In how many lines of the body it occurs, and in its first ones.
    body: f32,
    head: bool,
    title: bool,
    first: u32,
}

impl Words {
    pub(super) fn new(
        facts: &[Facts],
        vocabulary: &[u64],
        prose: &[f32],
        body: (usize, usize),
    ) -> Self {
        let mut ids: ByWord<u32> = ByWord::default();
        ids.reserve(vocabulary.len() / 2);
        let of: Vec<u32> = vocabulary
            .iter()
            .map(|&hash| {
                let next = ids.len() as u32;
                *ids.entry(hash).or_insert(next)
            })
            .collect();
        let mut words = vec![Word::default(); ids.len()];
        let lines = |at: usize| {
            let (from, to) = facts[at].vocabulary;
            &of[from as usize..to as usize]
        };
        let mut heads = 0;
        let mut prose_lines = 0.0;
        for (at, &likeness) in prose.iter().enumerate() {
            let here = at as u32 + 1;
            let in_body = (body.0..body.1).contains(&at);
            let is_prose = likeness >= 1.0;
            let is_head = in_body && is_prose && heads < HEAD_LINES;
            heads += usize::from(is_head);
            prose_lines += flag(is_prose);
            for &id in lines(at) {
                let word = &mut words[id as usize];
                if word.last != here {
                    word.last = here;
                    word.lines += 1.0;
                    word.prose_lines += flag(is_prose);
                    word.body += flag(in_body);
                    if word.first == 0 {
                        word.first = here;
                    }
                }
                word.head |= is_head;
            }
        }
        let common = (COMMON_SHARE * prose_lines).max(COMMON_LEAST);
        if let Some(title) = title(facts, body) {
            for &id in lines(title) {
                words[id as usize].title = true;
            }
        }
        Self::shares(facts, prose, body, &words, common, lines)
    }

    fn shares<'l>(
        facts: &[Facts],
        prose: &[f32],
        body: (usize, usize),
        words: &[Word],
        common: f32,
        lines: impl Fn(usize) -> &'l [u32],
    ) -> Self {
        let count = facts.len();
        let mut of = Self {
            copies: copies(facts),
            common: Vec::with_capacity(count),
            known: Vec::with_capacity(count),
            body: Vec::with_capacity(count),
            head: Vec::with_capacity(count),
            before: Vec::with_capacity(count),
            after: Vec::with_capacity(count),
            title: Vec::with_capacity(count),
            prose_before: Sums::default(),
            prose: Sums::default(),
        };
        for at in 0..count {
            let here = at as u32 + 1;
            let in_body = flag((body.0..body.1).contains(&at));
            let (mut all, mut rare) = (0.0, 0.0);
            let (mut frequent, mut known, mut shared) = (0.0, 0.0, 0.0);
            let (mut head, mut before, mut after, mut title) = (0.0, 0.0, 0.0, 0.0);
            for &id in lines(at) {
                let word = &words[id as usize];
                all += 1.0;
                if word.prose_lines >= common {
                    frequent += 1.0;
                    continue;
                }
                rare += 1.0;
                known += flag(word.lines > 1.0);
                shared += flag(word.body > in_body);
                head += flag(word.head);
                before += flag(word.first < here);
                after += flag(word.last > here);
                title += flag(word.title);
            }
            of.common.push(share(frequent, all));
            of.known.push(share(known, rare));
            of.body.push(share(shared, rare));
            of.head.push(share(head, rare));
            of.before.push(share(before, rare));
            of.after.push(share(after, rare));
            of.title.push(share(title, rare));
        }
        let is_prose = |at: usize| flag(prose[at] >= 1.0);
        of.prose_before = Sums::new((0..count).map(|at| of.before[at] * is_prose(at)));
        of.prose = Sums::new((0..count).map(is_prose));
        of
    }
}

/// The line before the body, and near it, that is most like a headline.
fn title(facts: &[Facts], body: (usize, usize)) -> Option<usize> {
    let from = body.0.saturating_sub(12);
    (from..body.0.min(facts.len()))
        .filter(|&at| facts[at].words >= 4.0 && facts[at].link_share < 0.9)
        .max_by(|&a, &b| {
            let rank = |at: usize| {
                facts[at].words.min(14.0) + 8.0 * flag((1.0..2.0).contains(&facts[at].heading))
            };
            rank(a).total_cmp(&rank(b))
        })
}

/// Per line: copies of it in all, before it, and within three lines.
fn copies(facts: &[Facts]) -> Vec<(f32, f32, f32)> {
    let mut counts: ByWord<f32> = ByWord::default();
    let before: Vec<f32> = facts
        .iter()
        .map(|facts| {
            let count = counts.entry(facts.key).or_default();
            *count += 1.0;
            *count - 1.0
        })
        .collect();
    (0..facts.len())
        .map(|at| {
            let (from, to) = (at.saturating_sub(3), (at + 4).min(facts.len()));
            let near = facts[from..to]
                .iter()
                .filter(|other| other.key == facts[at].key)
                .count()
                - 1;
            (
                counts[&facts[at].key].min(20.0),
                before[at].min(20.0),
                near as f32,
            )
        })
        .collect()
}
