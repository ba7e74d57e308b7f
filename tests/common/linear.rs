//! How time grows with the input, which says more than how long it takes: a
//! bound in seconds is too tight on a slow machine, and lets squares of small
//! inputs pass on any.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How much larger the large input is.
const TIMES: usize = 8;

/// How much longer it may take: three times what linear work does, for caches
/// and neighbours. Quadratic work takes 64 times as long.
const MOST: u32 = 24;

/// The least that the small input counts for, so that the grain of the clock
/// does not.
const LEAST: Duration = Duration::from_millis(2);

/// Tries of each size; the fastest counts, as nothing is faster by chance.
const TRIES: usize = 3;

/// Measurements of which one must pass: a neighbour that is busy throughout the
/// larger one spoils it, and squares are squares each time.
const MEASUREMENTS: usize = 4;

/// Asserts that `work` on an input of eight times `size` does not take much
/// more than eight times as long as on one of `size`. `input` makes one.
pub(crate) fn assert_linear<I, T>(
    name: &str,
    size: usize,
    input: impl Fn(usize) -> I,
    work: impl Fn(&I) -> T,
) {
    let fastest = |size| {
        let input = input(size);
        let times = (0..TRIES).map(|_| {
            let started = Instant::now();
            black_box(work(black_box(&input)));
            started.elapsed()
        });
        times.min().unwrap_or_default()
    };
    let mut measured = Vec::new();
    for _ in 0..MEASUREMENTS {
        let small = fastest(size).max(LEAST);
        let large = fastest(size * TIMES);
        if large <= small * MOST {
            return;
        }
        measured.push((small, large));
    }
    panic!(
        "{name}: {size} take, and {} take: {measured:?}",
        size * TIMES
    );
}
