//! Features that need the other lines of the document.

use super::{facts::Facts, features::Features, sums::Sums, words::Words};

/// Words from which a line that ends as a sentence counts as prose.
const SENTENCE_WORDS: f32 = 8.0;
/// Words from which any line counts as prose: headlines are shorter.
const LONG_WORDS: f32 = 22.0;
/// Share of link text above which a line is no prose.
const PROSE_LINKS: f32 = 0.5;
/// What a line that is no prose costs the main body, in words of prose.
const GAP_WORDS: f32 = 6.0;
/// The most that one line of prose adds to the main body, in words.
const LINE_WORDS: f32 = 60.0;

/// How much a line is like prose, 0 to 1.
fn prose(facts: &Facts) -> f32 {
    if facts.link_share > PROSE_LINKS {
        return 0.0;
    }
    let long = facts.words >= LONG_WORDS && facts.capitals < 0.6 * facts.cased.max(1.0);
    if facts.ends_sentence && facts.words >= SENTENCE_WORDS || long {
        1.0
    } else if facts.ends_sentence && facts.words >= SENTENCE_WORDS / 2.0
        || facts.sentences + facts.clauses > 0.0 && facts.words >= SENTENCE_WORDS
    {
        0.5
    } else {
        0.0
    }
}

/// A document's lines with what was counted over them.
pub(super) struct Context<'f> {
    facts: &'f [Facts],
    parted: &'f [bool],
    prose: Vec<f32>,
    body: (usize, usize),
    letters: f32,
    cased: f32,
    chars: Sums,
    words: Sums,
    log_words: Sums,
    proses: Sums,
    prose_chars: Sums,
    links: Sums,
    link_chars: Sums,
    digits: Sums,
    capitals: Sums,
    ends: Sums,
    items: Sums,
    headings: Sums,
    /// The nearest line of prose at or before, and at or after.
    prose_before: Vec<Option<usize>>,
    prose_after: Vec<Option<usize>>,
    /// Stretches of lines without prose.
    runs: Vec<(usize, usize)>,
    shape_runs: Vec<u32>,
    item_runs: Vec<u32>,
    words_of: Words,
}

/// `part` of `all`; none of nothing is none.
pub(super) fn share(part: f32, all: f32) -> f32 {
    if all > 0.0 { part / all } else { 0.0 }
}

/// A flag as a feature.
pub(super) fn flag(value: bool) -> f32 {
    f32::from(u8::from(value))
}

/// The most that is said of a number of lines or words: beyond, more of it
/// says no more.
fn capped(count: usize, most: u16) -> f32 {
    (count as f32).min(f32::from(most))
}

impl<'f> Context<'f> {
    /// `parted[i]`: blank lines stand before line `i`.
    pub(super) fn new(facts: &'f [Facts], vocabulary: &[u64], parted: &'f [bool]) -> Self {
        let prose: Vec<f32> = facts.iter().map(prose).collect();
        let body = main_body(facts, &prose);
        let of = |value: fn(&Facts) -> f32| Sums::new(facts.iter().map(value));
        let mut prose_before = Vec::with_capacity(facts.len());
        let mut last = None;
        for (at, &value) in prose.iter().enumerate() {
            last = if value >= 1.0 { Some(at) } else { last };
            prose_before.push(last);
        }
        let mut prose_after = vec![None; facts.len()];
        let mut next = None;
        for (at, &value) in prose.iter().enumerate().rev() {
            next = if value >= 1.0 { Some(at) } else { next };
            prose_after[at] = next;
        }
        Self {
            facts,
            parted,
            body,
            letters: facts.iter().map(|facts| facts.letters).sum(),
            cased: facts.iter().map(|facts| facts.cased).sum(),
            chars: of(|facts| facts.chars),
            words: of(|facts| facts.words),
            log_words: of(|facts| facts.words.ln_1p()),
            proses: Sums::new(prose.iter().copied()),
            prose_chars: Sums::new(
                facts
                    .iter()
                    .zip(&prose)
                    .map(|(facts, prose)| facts.chars * prose),
            ),
            links: of(|facts| facts.link_share),
            link_chars: of(|facts| facts.chars * facts.link_share),
            digits: of(|facts| share(facts.digits, facts.chars)),
            capitals: of(|facts| share(facts.capitals, facts.cased)),
            ends: of(|facts| flag(facts.ends_sentence)),
            items: of(|facts| flag(facts.item)),
            headings: of(|facts| flag(facts.heading > 0.0)),
            prose_before,
            prose_after,
            runs: runs(&prose),
            shape_runs: same_runs(facts, shape),
            item_runs: same_runs(facts, |facts| u32::from(facts.item)),
            words_of: Words::new(facts, vocabulary, &prose, body),
            prose,
        }
    }

    /// The features of line `at`.
    pub(super) fn features(&self, at: usize) -> Features {
        let mut features = own(&self.facts[at]);
        features.prose = self.prose[at];
        self.neighbours(at, &mut features);
        self.windows(at, &mut features);
        self.place(at, &mut features);
        self.relations(at, &mut features);
        self.document(&mut features);
        features
    }

    fn neighbours(&self, at: usize, features: &mut Features) {
        if let Some(before) = at.checked_sub(1) {
            let facts = &self.facts[before];
            features.before_words = facts.words;
            features.before_prose = self.prose[before];
            features.before_links = facts.link_share;
            features.before_capitals = share(facts.capitals, facts.cased);
            features.before_heading = facts.heading;
            features.before_item = flag(facts.item);
        } else {
            features.before_words = -1.0;
        }
        if let Some(facts) = self.facts.get(at + 1) {
            features.after_words = facts.words;
            features.after_prose = self.prose[at + 1];
            features.after_links = facts.link_share;
            features.after_capitals = share(facts.capitals, facts.cased);
            features.after_heading = facts.heading;
            features.after_item = flag(facts.item);
        } else {
            features.after_words = -1.0;
        }
        features.parted_before = flag(self.parted[at]);
        features.parted_after = flag(self.parted.get(at + 1).copied().unwrap_or(true));
    }

    fn windows(&self, at: usize, features: &mut Features) {
        let end = self.facts.len();
        let (from, to) = (at.saturating_sub(5), (at + 6).min(end));
        features.before5_words = self.log_words.mean(from, at);
        features.before5_prose = self.proses.mean(from, at);
        features.before5_links = self.links.mean(from, at);
        features.before5_digits = self.digits.mean(from, at);
        features.before5_capitals = self.capitals.mean(from, at);
        features.before5_ends = self.ends.mean(from, at);
        features.after5_words = self.log_words.mean(at + 1, to);
        features.after5_prose = self.proses.mean(at + 1, to);
        features.after5_links = self.links.mean(at + 1, to);
        features.after5_digits = self.digits.mean(at + 1, to);
        features.after5_capitals = self.capitals.mean(at + 1, to);
        features.after5_ends = self.ends.mean(at + 1, to);
        let here = self.facts[at].words.ln_1p();
        let near = self.log_words.sum(from, at) + self.log_words.sum(at + 1, to);
        features.near_deviation = here - near / (to - from - 1).max(1) as f32;
        let (from, to) = (at.saturating_sub(15), (at + 16).min(end));
        features.before15_prose = self.proses.mean(from, at);
        features.before15_links = self.links.mean(from, at);
        features.before15_words = self.log_words.mean(from, at);
        features.after15_prose = self.proses.mean(at + 1, to);
        features.after15_links = self.links.mean(at + 1, to);
        features.after15_words = self.log_words.mean(at + 1, to);
    }

    fn place(&self, at: usize, features: &mut Features) {
        let end = self.facts.len();
        features.lines_before = capped(at, 200);
        features.lines_after = capped(end - at - 1, 200);
        features.share_before = share(self.chars.sum(0, at), self.chars.all());
        features.chars_before = self.chars.sum(0, at).min(20_000.0);
        features.chars_after = self.chars.sum(at + 1, end).min(20_000.0);
        features.prose_before = self.proses.sum(0, at).min(100.0);
        features.prose_after = self.proses.sum(at + 1, end).min(100.0);
        features.prose_share_before = share(self.prose_chars.sum(0, at), self.prose_chars.all());
        let before = at.checked_sub(1).and_then(|at| self.prose_before[at]);
        let after = self.prose_after.get(at + 1).copied().flatten();
        features.to_prose_before = before.map_or(100.0, |before| capped(at - before, 100));
        features.to_prose_after = after.map_or(100.0, |after| capped(after - at, 100));
        features.gap_chars = self
            .chars
            .sum(before.map_or(0, |before| before + 1), after.unwrap_or(end))
            .min(5_000.0);
        let (start, stop) = self.body;
        features.body = if at < start {
            -1.0
        } else if at < stop {
            0.0
        } else {
            1.0
        };
        features.to_body_start = (start as f32 - at as f32).clamp(-100.0, 100.0);
        features.to_body_end = (at as f32 + 1.0 - stop as f32).clamp(-100.0, 100.0);
        features.body_share = share(self.chars.sum(start, stop), self.chars.all());
        let (from, to) = self.runs[at];
        features.run_lines = capped(to - from, 100);
        features.run_words = self.words.mean(from, to);
        features.run_place = share((at - from) as f32, (to - from) as f32);
        features.shape_run = (self.shape_runs[at] as f32).min(100.0);
        features.item_run = (self.item_runs[at] as f32).min(100.0) * flag(self.facts[at].item);
    }

    fn relations(&self, at: usize, features: &mut Features) {
        let words = &self.words_of;
        (
            features.copies,
            features.copied_before,
            features.copied_near,
        ) = words.copies[at];
        features.common_share = words.common[at];
        features.known_share = words.known[at];
        features.body_overlap = words.body[at];
        features.head_overlap = words.head[at];
        features.before_overlap = words.before[at];
        features.after_overlap = words.after[at];
        features.title_overlap = words.title[at];
        let end = self.facts.len();
        let (from, to) = (at.saturating_sub(8), (at + 9).min(end));
        features.near_overlap = share(
            words.prose_before.sum(at, to),
            words.prose.sum(at, to).max(0.5),
        );
        features.drift = features.near_overlap
            - share(
                words.prose_before.sum(from, at),
                words.prose.sum(from, at).max(0.5),
            );
    }

    fn document(&self, features: &mut Features) {
        let lines = self.facts.len() as f32;
        features.all_lines = lines.min(1_000.0);
        features.all_chars = self.chars.all().min(100_000.0);
        features.all_prose_share = share(self.prose_chars.all(), self.chars.all());
        features.all_link_share = share(self.link_chars.all(), self.chars.all());
        features.all_words_mean = share(self.words.all(), lines);
        features.all_item_share = share(self.items.all(), lines);
        features.all_heading_share = share(self.headings.all(), lines);
        features.all_digits = share(self.digits.all(), lines);
        features.all_cased = share(self.cased, self.words.all());
        features.all_unspaced = share(self.letters, self.words.all());
    }
}

/// Features of the line alone.
fn own(facts: &Facts) -> Features {
    let signs = facts.chars - facts.letters - facts.digits;
    Features {
        chars: facts.chars,
        words: facts.words,
        word_length: share(facts.letters, facts.words),
        digit_share: share(facts.digits, facts.chars),
        numbers: facts.numbers,
        capital_share: share(facts.capitals, facts.cased),
        shouted_share: share(facts.shouted, facts.cased),
        small_share: share(facts.small, facts.words),
        starts_small: flag(facts.starts_small),
        sentences: facts.sentences,
        clauses: facts.clauses,
        ends_sentence: flag(facts.ends_sentence),
        ends_colon: flag(facts.ends_colon),
        ends_question: flag(facts.ends_question),
        ends_ellipsis: flag(facts.ends_ellipsis),
        separators: facts.separators,
        code_share: share(facts.code_signs, facts.chars),
        glued_share: share(facts.glued, facts.words),
        remains: flag(facts.remains),
        currency: flag(facts.currency),
        rights: flag(facts.rights),
        handles: facts.handles,
        address: flag(facts.address),
        year: flag(facts.year),
        clock: flag(facts.clock),
        links: facts.links,
        link_share: facts.link_share,
        pictures: facts.pictures,
        item: flag(facts.item),
        heading: facts.heading,
        cell: flag(facts.cell),
        quoted: flag(facts.quoted),
        strong: flag(facts.strong),
        sign_share: share(signs, facts.chars),
        ..Features::default()
    }
}

/// The stretch of lines with the most prose and the least else: the largest
/// sum of a contiguous stretch (Kadane), prose adding its words and every other
/// line taking [`GAP_WORDS`].
fn main_body(facts: &[Facts], prose: &[f32]) -> (usize, usize) {
    let mut best = (0.0, 0, 0);
    let (mut sum, mut from) = (0.0, 0);
    for (at, (facts, &prose)) in facts.iter().zip(prose).enumerate() {
        if prose > 0.0 {
            sum += prose * facts.words.min(LINE_WORDS) * (1.0 - facts.link_share);
        } else {
            sum -= GAP_WORDS;
        }
        if sum <= 0.0 {
            (sum, from) = (0.0, at + 1);
        } else if sum > best.0 {
            best = (sum, from, at + 1);
        }
    }
    (best.1, best.2)
}

/// For each line the stretch without prose that it is in; a line of prose is
/// its own.
fn runs(prose: &[f32]) -> Vec<(usize, usize)> {
    let mut runs = Vec::with_capacity(prose.len());
    let mut at = 0;
    while at < prose.len() {
        let mut end = at + 1;
        if prose[at] < 1.0 {
            while end < prose.len() && prose[end] < 1.0 {
                end += 1;
            }
        }
        runs.extend(std::iter::repeat_n((at, end), end - at));
        at = end;
    }
    runs
}

/// What kind of line it is at a glance.
fn shape(facts: &Facts) -> u32 {
    let length = match facts.words as u32 {
        0 => 0,
        1..=3 => 1,
        4..=8 => 2,
        9..=20 => 3,
        _ => 4,
    };
    length
        | u32::from(facts.item) << 3
        | u32::from(facts.link_share > 0.8) << 4
        | u32::from(facts.heading > 0.0) << 5
        | u32::from(facts.ends_sentence) << 6
}

/// For each line, how many lines in a row around it are of its kind.
fn same_runs(facts: &[Facts], kind: impl Fn(&Facts) -> u32) -> Vec<u32> {
    let mut runs = Vec::with_capacity(facts.len());
    for run in facts.chunk_by(|a, b| kind(a) == kind(b)) {
        runs.extend(std::iter::repeat_n(run.len() as u32, run.len()));
    }
    runs
}
