//! Boosted decision trees over named features: small, readable, exact.
//!
//! The trees are data: a line `base N`, then per tree a line `tree` and a line
//! per node, either `feature threshold left right` (go left if the feature is
//! not above the threshold) or the value of a leaf. Features go by name, so
//! adding or moving one cannot silently change what a tree asks.
//!
//! A sum of some hundred numbers of 32 bits in a fixed order is the same on
//! every machine.

/// A node of a tree. Children stand behind their parents.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Index of the feature that is asked; of a leaf any.
    feature: u32,
    /// Threshold of a question, or value of a leaf.
    number: f32,
    /// Where to go; a leaf leads to itself, so that a walk may go on for as
    /// long as others do.
    left: u32,
    right: u32,
}

/// Rows that go down a tree side by side, so that the processor need not wait
/// for one step to end before it begins another.
const LANES: usize = 4;
/// Rows that go down all trees before others do: they stay in the cache.
const BLOCK: usize = 64;

impl Node {
    fn is_leaf(&self, at: usize) -> bool {
        self.left as usize == at
    }
}

/// A sum of decision trees.
#[derive(Debug)]
pub(crate) struct Trees {
    base: f32,
    nodes: Vec<Node>,
    /// The mean of the leaves below each node, for [`Trees::reasons`].
    means: Vec<f32>,
    roots: Vec<u32>,
}

impl Trees {
    /// Reads trees over the features `names`; `None` if a line is malformed,
    /// names an unknown feature or a child that does not stand behind its
    /// parent. Lines that begin with `#` are passed over.
    pub(crate) fn parse(text: &str, names: &[&str]) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let base = lines.next()?.strip_prefix("base ")?.parse().ok()?;
        let mut trees = Self {
            base,
            nodes: Vec::new(),
            means: Vec::new(),
            roots: Vec::new(),
        };
        let mut root = 0_u32;
        for line in lines {
            let here = u32::try_from(trees.nodes.len()).ok()?;
            if line == "tree" {
                trees.roots.push(here);
                root = here;
                continue;
            }
            trees.nodes.push(node(line, names, root, here)?);
        }
        let end = u32::try_from(trees.nodes.len()).ok()?;
        let sound = trees
            .nodes
            .iter()
            .all(|node| node.left < end && node.right < end);
        if !sound || trees.roots.iter().any(|&root| root >= end) {
            return None;
        }
        trees.means = means(&trees.nodes);
        Some(trees)
    }

    /// The sum for features with these values, in the order of the names.
    pub(crate) fn sum(&self, values: &[f32]) -> f32 {
        let mut sum = self.base;
        for &root in &self.roots {
            sum += self.leaf(root, values);
        }
        sum
    }

    /// The sum for each of `rows`, the same as [`Trees::sum`] for one after the
    /// other. Tree by tree: a tree stays in the cache while many rows go down.
    pub(crate) fn sums<const N: usize>(&self, rows: &[[f32; N]]) -> Vec<f32> {
        let mut sums = vec![self.base; rows.len()];
        for (rows, sums) in rows.chunks(BLOCK).zip(sums.chunks_mut(BLOCK)) {
            for &root in &self.roots {
                let (groups, rest) = rows.as_chunks::<LANES>();
                let (group_sums, rest_sums) = sums.as_chunks_mut::<LANES>();
                for (rows, sums) in groups.iter().zip(group_sums) {
                    let leaves = self.leaves(root, rows);
                    for (sum, leaf) in sums.iter_mut().zip(leaves) {
                        *sum += leaf;
                    }
                }
                for (values, sum) in rest.iter().zip(rest_sums) {
                    *sum += self.leaf(root, values);
                }
            }
        }
        sums
    }

    /// As [`Trees::leaf`] for each of some rows.
    fn leaves<const N: usize>(&self, root: u32, rows: &[[f32; N]; LANES]) -> [f32; LANES] {
        let mut at = [root; LANES];
        loop {
            let before = at;
            for (at, values) in at.iter_mut().zip(rows) {
                let node = &self.nodes[*at as usize];
                let above = values[node.feature as usize] > node.number;
                *at = if above { node.right } else { node.left };
            }
            if at == before {
                return at.map(|at| self.nodes[at as usize].number);
            }
        }
    }

    /// The value of the leaf that `values` come to in the tree at `root`.
    fn leaf(&self, root: u32, values: &[f32]) -> f32 {
        let mut at = root;
        loop {
            let node = &self.nodes[at as usize];
            let above = values[node.feature as usize] > node.number;
            let next = if above { node.right } else { node.left };
            if next == at {
                return node.number;
            }
            at = next;
        }
    }

    /// What each feature adds to the sum, by index: the change of the mean of
    /// the leaves at each question on the way down (Saabas, "Interpreting
    /// random forests", 2014; leaves are not weighted by how often training
    /// came to them).
    pub(crate) fn reasons(&self, values: &[f32]) -> Vec<f32> {
        let mut reasons = vec![0.0; values.len()];
        for &root in &self.roots {
            let mut at = root as usize;
            while !self.nodes[at].is_leaf(at) {
                let node = &self.nodes[at];
                let above = values[node.feature as usize] > node.number;
                let next = if above { node.right } else { node.left } as usize;
                reasons[node.feature as usize] += self.means[next] - self.means[at];
                at = next;
            }
        }
        reasons
    }
}

/// The mean of the leaves below each node. Children stand behind parents, so
/// one pass from the end does.
fn means(nodes: &[Node]) -> Vec<f32> {
    let mut below: Vec<(f32, f32)> = vec![(0.0, 0.0); nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        below[at] = if node.is_leaf(at) {
            (node.number, 1.0)
        } else {
            let (left, right) = (below[node.left as usize], below[node.right as usize]);
            (left.0 + right.0, left.1 + right.1)
        };
    }
    below.iter().map(|(sum, leaves)| sum / leaves).collect()
}

/// Reads the node `here` of the tree that begins at `root`.
fn node(line: &str, names: &[&str], root: u32, here: u32) -> Option<Node> {
    let mut fields = line.split(' ');
    let first = fields.next()?;
    let Some(threshold) = fields.next() else {
        return Some(Node {
            feature: 0,
            number: first.parse().ok()?,
            left: here,
            right: here,
        });
    };
    let feature = names.iter().position(|name| *name == first)?;
    let mut child = || root.checked_add(fields.next()?.parse::<u32>().ok()?);
    let (left, right) = (child()?, child()?);
    // Only forward: a walk down always ends.
    (left > here && right > here).then_some(Node {
        feature: u32::try_from(feature).ok()?,
        number: threshold.parse().ok()?,
        left,
        right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["length", "links"];

    #[test]
    fn trees_are_summed() {
        let trees = Trees::parse(
            "# example\nbase 1\ntree\nlength 10 1 2\n0.5\nlinks 0.2 3 4\n2\n-2\ntree\n0.25\n",
            &NAMES,
        )
        .unwrap();
        assert!((trees.sum(&[0.0, 0.0]) - 1.75).abs() < 1e-6);
        assert!((trees.sum(&[11.0, 0.0]) - 3.25).abs() < 1e-6);
        assert!((trees.sum(&[11.0, 0.3]) + 0.75).abs() < 1e-6);
        let rows: Vec<[f32; 2]> = (0_u8..200)
            .map(|n| [f32::from(n % 21), f32::from(n % 7) / 10.0])
            .collect();
        let one_by_one: Vec<f32> = rows.iter().map(|row| trees.sum(row)).collect();
        assert_eq!(trees.sums(&rows), one_by_one);
    }

    #[test]
    fn reasons_name_the_questions_that_moved_the_sum() {
        let trees = Trees::parse(
            "base 0\ntree\nlength 10 1 2\n0\nlinks 0.2 3 4\n2\n-2\n",
            &NAMES,
        )
        .unwrap();
        assert_eq!(trees.reasons(&[11.0, 0.3]), [0.0, -2.0]);
        assert_eq!(trees.reasons(&[1.0, 0.3]), [0.0, 0.0]);
    }

    #[test]
    fn trees_that_go_in_circles_or_ask_the_unknown_are_refused() {
        assert!(Trees::parse("base 0\ntree\nlength 1 0 0\n", &NAMES).is_none());
        assert!(Trees::parse("base 0\ntree\nlength 1 1 2\n", &NAMES).is_none());
        assert!(Trees::parse("base 0\ntree\nunknown 1 1 2\n1\n1\n", &NAMES).is_none());
    }
}
