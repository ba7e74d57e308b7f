//! Sums over stretches of lines.

/// Sums over lines, so that any stretch of them costs two look-ups.
#[derive(Debug, Default)]
pub(super) struct Sums(Vec<f32>);

impl Sums {
    pub(super) fn new(values: impl Iterator<Item = f32>) -> Self {
        let mut sum = 0.0;
        let mut sums = vec![0.0];
        sums.extend(values.map(|value| {
            sum += value;
            sum
        }));
        Self(sums)
    }

    pub(super) fn sum(&self, from: usize, to: usize) -> f32 {
        self.0[to] - self.0[from]
    }

    pub(super) fn mean(&self, from: usize, to: usize) -> f32 {
        self.sum(from, to) / (to - from).max(1) as f32
    }

    pub(super) fn all(&self) -> f32 {
        self.sum(0, self.0.len() - 1)
    }
}
