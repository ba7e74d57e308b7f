//! The second look: what the first model makes of the lines around.
//!
//! The first model sees shapes. The second sees, for each line, where the
//! first found content and debris, and so can follow a list of teasers to its
//! end or keep a short line among paragraphs.

use super::sums::Sums;

/// Declares the features once: as fields, as an array, by name and in words.
macro_rules! features {
    ($($name:ident: $about:literal,)*) => {
        /// What the first look says about the surroundings of a line. "Odds"
        /// are its log odds that a line is debris.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct Surroundings {
            $(#[doc = $about] pub(super) $name: f32,)*
        }

        impl Surroundings {
            /// Names, in the order of [`Surroundings::values`].
            pub(super) const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];
            /// What each is, for a person.
            pub(super) const ABOUT: &'static [&'static str] = &[$($about),*];

            /// The features as numbers.
            pub(super) fn values(&self) -> [f32; Self::NAMES.len()] {
                [$(self.$name),*]
            }
        }
    };
}

features! {
    odds: "looks like debris by itself",
    odds_before: "the line before looks like debris",
    odds_after: "the line after looks like debris",
    odds_before3: "the three lines before look like debris",
    odds_after3: "the three lines after look like debris",
    odds_before8: "the eight lines before look like debris",
    odds_after8: "the eight lines after look like debris",
    odds_before25: "the 25 lines before look like debris",
    odds_after25: "the 25 lines after look like debris",
    least_before8: "least like debris of the eight lines before",
    least_after8: "least like debris of the eight lines after",
    content_before: "share of the content before",
    content_after: "content after, in characters",
    content_near: "content in the eight lines around, in characters",
    best_before: "strongest content before",
    best_after: "strongest content after",
    in_content: "before (-1), in (0) or after (1) the body of content",
    to_content_start: "lines to the start of the body of content",
    to_content_end: "lines since the end of the body of content",
    debris_run: "lines in a row that look like debris",
    run_odds: "how much that row looks like debris",
    all_debris: "share of lines in the document that look like debris",
    all_debris_chars: "share of the document that looks like debris",
    all_content: "content of the document, in characters",
    all_odds: "how much the lines of the document look like debris",
    against_content: "looks more like debris than the content around",
}

/// Log odds count up to here: a sure line is sure.
const MOST_ODDS: f32 = 4.0;

/// The surroundings of every line, from the first model's log odds and the
/// lines' characters.
pub(super) fn surroundings(log_odds: &[f32], chars: &[f32]) -> Vec<Surroundings> {
    let count = log_odds.len();
    let odds: Vec<f32> = log_odds
        .iter()
        .map(|odds| odds.clamp(-MOST_ODDS, MOST_ODDS))
        .collect();
    let sums = Sums::new(odds.iter().copied());
    // Characters of content: those of a line, as likely as it is content.
    let strength: Vec<f32> = odds
        .iter()
        .zip(chars)
        .map(|(odds, chars)| (-odds / MOST_ODDS).max(0.0) * chars)
        .collect();
    let content = Sums::new(strength.iter().copied());
    let best_before = running_most(strength.iter().copied());
    let mut best_after = running_most(strength.iter().rev().copied());
    best_after.reverse();
    let body = body(&odds, chars);
    let runs = runs(&odds);
    let debris = odds.iter().filter(|odds| **odds > 0.0).count() as f32;
    let debris_chars: f32 = odds
        .iter()
        .zip(chars)
        .filter(|(odds, _)| **odds > 0.0)
        .map(|(_, chars)| chars)
        .sum();
    let all_chars: f32 = chars.iter().sum();
    let all_content = content.sum(0, count);
    let content_lines = odds.iter().filter(|odds| **odds <= 0.0).count() as f32;
    let content_odds =
        odds.iter().filter(|odds| **odds <= 0.0).sum::<f32>() / content_lines.max(1.0);
    let least = |from: usize, to: usize| odds[from..to].iter().copied().fold(MOST_ODDS, f32::min);
    (0..count)
        .map(|at| {
            let from = |lines: usize| at.saturating_sub(lines);
            let to = |lines: usize| (at + 1 + lines).min(count);
            let (run_from, run_to) = runs[at];
            Surroundings {
                odds: odds[at],
                odds_before: at.checked_sub(1).map_or(0.0, |before| odds[before]),
                odds_after: odds.get(at + 1).copied().unwrap_or(0.0),
                odds_before3: sums.mean(from(3), at),
                odds_after3: sums.mean(at + 1, to(3)),
                odds_before8: sums.mean(from(8), at),
                odds_after8: sums.mean(at + 1, to(8)),
                odds_before25: sums.mean(from(25), at),
                odds_after25: sums.mean(at + 1, to(25)),
                least_before8: least(from(8), at),
                least_after8: least(at + 1, to(8)),
                content_before: content.sum(0, at) / all_content.max(1.0),
                content_after: content.sum(at + 1, count).min(5_000.0),
                content_near: (content.sum(from(8), to(8)) - strength[at]).min(5_000.0),
                best_before: at.checked_sub(1).map_or(0.0, |before| best_before[before]),
                best_after: best_after.get(at + 1).copied().unwrap_or(0.0),
                in_content: if at < body.0 {
                    -1.0
                } else if at < body.1 {
                    0.0
                } else {
                    1.0
                },
                to_content_start: (body.0 as f32 - at as f32).clamp(-100.0, 100.0),
                to_content_end: (at as f32 + 1.0 - body.1 as f32).clamp(-100.0, 100.0),
                debris_run: ((run_to - run_from) as f32).min(100.0),
                run_odds: sums.mean(run_from, run_to),
                all_debris: debris / count as f32,
                all_debris_chars: debris_chars / all_chars.max(1.0),
                all_content: all_content.min(20_000.0),
                all_odds: sums.mean(0, count),
                against_content: odds[at] - content_odds,
            }
        })
        .collect()
}

fn running_most(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut most = 0.0_f32;
    values
        .map(|value| {
            most = most.max(value);
            most.min(1_000.0)
        })
        .collect()
}

/// The stretch of lines with the most content and the least debris: the
/// largest sum of a contiguous stretch (Kadane). Long lines count for more,
/// though not in proportion.
fn body(odds: &[f32], chars: &[f32]) -> (usize, usize) {
    let mut best = (0.0, 0, 0);
    let (mut sum, mut from) = (0.0, 0);
    for (at, (odds, chars)) in odds.iter().zip(chars).enumerate() {
        sum -= odds * chars.sqrt();
        if sum <= 0.0 {
            (sum, from) = (0.0, at + 1);
        } else if sum > best.0 {
            best = (sum, from, at + 1);
        }
    }
    (best.1, best.2)
}

/// For each line the stretch of lines around it that are on its side of even
/// odds.
fn runs(odds: &[f32]) -> Vec<(usize, usize)> {
    let mut runs = Vec::with_capacity(odds.len());
    for run in odds.chunk_by(|a, b| (*a > 0.0) == (*b > 0.0)) {
        let from = runs.len();
        runs.extend(std::iter::repeat_n((from, from + run.len()), run.len()));
    }
    runs
}
