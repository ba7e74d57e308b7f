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
    /// Where to go; a leaf leads to itself.
    left: u32,
    right: u32,
}

/// Leaves of a tree, at most: each is a bit of a number.
const MAX_LEAVES: usize = 32;

/// Rows that are judged together: what is known of them stays in the cache.
const BLOCK: usize = 16;

/// A question of a tree, for [`Trees::sums`].
#[derive(Clone, Copy, Debug)]
struct Question {
    threshold: f32,
    tree: u32,
    /// The leaves of the tree that remain if the answer is that the feature is
    /// above the threshold.
    remaining: u32,
}

/// All questions about one feature, by rising thresholds.
#[derive(Debug)]
struct Asked {
    feature: usize,
    questions: Vec<Question>,
}

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
    /// The values of each tree's leaves, from left to right.
    leaves: Vec<[f32; MAX_LEAVES]>,
    asked: Vec<Asked>,
}

impl Trees {
    /// Reads trees over the features `names`; `None` if a line is malformed,
    /// names an unknown feature or a child that does not stand behind its
    /// parent, or if a tree has more than [`MAX_LEAVES`] leaves. Lines that
    /// begin with `#` are passed over.
    pub(crate) fn parse(text: &str, names: &[&str]) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let base = lines.next()?.strip_prefix("base ")?.parse().ok()?;
        let mut trees = Self {
            base,
            nodes: Vec::new(),
            means: Vec::new(),
            roots: Vec::new(),
            leaves: Vec::new(),
            asked: Vec::new(),
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
        trees.file_questions(names.len())?;
        Some(trees)
    }

    /// Files the questions of all trees by feature, for [`Trees::sums`].
    fn file_questions(&mut self, features: usize) -> Option<()> {
        let mut by_feature = vec![Vec::new(); features];
        for (number, &root) in self.roots.iter().enumerate() {
            let mut below = Below {
                nodes: &self.nodes,
                tree: u32::try_from(number).ok()?,
                leaves: [0.0; MAX_LEAVES],
                count: 0,
                by_feature: &mut by_feature,
            };
            below.leaves(root, MAX_LEAVES)?;
            self.leaves.push(below.leaves);
        }
        for (feature, mut questions) in by_feature.into_iter().enumerate() {
            questions.sort_by(|one: &Question, other| one.threshold.total_cmp(&other.threshold));
            if !questions.is_empty() {
                self.asked.push(Asked { feature, questions });
            }
        }
        Some(())
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
    /// other.
    ///
    /// Feature by feature instead of tree by tree: every question whose answer
    /// is "above" rules out the leaves on its left, and of a tree the first leaf
    /// that is left is the one a walk would come to (Lucchese and others,
    /// "Fast ranking with additive ensembles", 2015). Most features of most rows are 0, below all
    /// thresholds, so that most questions are never looked at.
    pub(crate) fn sums<const N: usize>(&self, rows: &[[f32; N]]) -> Vec<f32> {
        self.sums_sharing(rows, |_| false)
    }

    /// As [`Trees::sums`], of rows that have the same value of the features that
    /// `is_shared` tells, by index: what they answer is found out once.
    pub(crate) fn sums_sharing<const N: usize>(
        &self,
        rows: &[[f32; N]],
        is_shared: impl Fn(usize) -> bool,
    ) -> Vec<f32> {
        let Some(first) = rows.first() else {
            return Vec::new();
        };
        let trees = self.roots.len();
        let (shared, own): (Vec<&Asked>, Vec<&Asked>) = self
            .asked
            .iter()
            .partition(|asked| is_shared(asked.feature));
        let mut begin = vec![u32::MAX; trees];
        for asked in shared {
            debug_assert!(
                rows.iter()
                    .all(|row| row[asked.feature].to_bits() == first[asked.feature].to_bits()),
                "a feature that all rows share"
            );
            let above = |question: &&Question| first[asked.feature] > question.threshold;
            for question in asked.questions.iter().take_while(above) {
                begin[question.tree as usize] &= question.remaining;
            }
        }
        let mut sums = vec![self.base; rows.len()];
        let mut open = vec![u32::MAX; BLOCK * trees];
        for (rows, sums) in rows.chunks(BLOCK).zip(sums.chunks_mut(BLOCK)) {
            for open in open.chunks_exact_mut(trees) {
                open.copy_from_slice(&begin);
            }
            for asked in &own {
                for (values, open) in rows.iter().zip(open.chunks_exact_mut(trees)) {
                    let value = values[asked.feature];
                    let above = |question: &&Question| value > question.threshold;
                    for question in asked.questions.iter().take_while(above) {
                        open[question.tree as usize] &= question.remaining;
                    }
                }
            }
            for (row, sum) in sums.iter_mut().enumerate() {
                let open = &open[row * trees..(row + 1) * trees];
                for (open, leaves) in open.iter().zip(&self.leaves) {
                    *sum += leaves[open.trailing_zeros() as usize % MAX_LEAVES];
                }
            }
        }
        sums
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

/// Files the questions of one tree.
struct Below<'t> {
    nodes: &'t [Node],
    tree: u32,
    leaves: [f32; MAX_LEAVES],
    count: usize,
    by_feature: &'t mut [Vec<Question>],
}

impl Below<'_> {
    /// The leaves below a node, as bits; `None` beyond `levels` more levels or
    /// [`MAX_LEAVES`] leaves. A tree has no more levels than leaves.
    fn leaves(&mut self, at: u32, levels: usize) -> Option<u32> {
        let node = self.nodes[at as usize];
        if node.is_leaf(at as usize) {
            *self.leaves.get_mut(self.count)? = node.number;
            self.count += 1;
            return Some(1 << (self.count - 1));
        }
        let levels = levels.checked_sub(1)?;
        let left = self.leaves(node.left, levels)?;
        let right = self.leaves(node.right, levels)?;
        self.by_feature[node.feature as usize].push(Question {
            threshold: node.number,
            tree: self.tree,
            remaining: !left,
        });
        Some(left | right)
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
            number: finite(first)?,
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
        number: finite(threshold)?,
        left,
        right,
    })
}

fn finite(number: &str) -> Option<f32> {
    let number: f32 = number.parse().ok()?;
    number.is_finite().then_some(number)
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
        let of_one: Vec<[f32; 2]> = rows.iter().map(|row| [row[0], 0.3]).collect();
        let shared = trees.sums_sharing(&of_one, |feature| feature == 1);
        assert_eq!(shared, trees.sums(&of_one));
        assert!(trees.sums_sharing::<2>(&[], |_| true).is_empty());
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
        assert!(Trees::parse("base 0\ntree\nlength NaN 1 2\n1\n1\n", &NAMES).is_none());
    }

    /// A tree with this many leaves, of which every left child is one.
    fn vine(leaves: usize) -> String {
        let question = |leaf: usize| {
            let here = 2 * leaf;
            format!("length {leaf} {} {}\n{leaf}\n", here + 1, here + 2)
        };
        let questions: String = (0..leaves - 1).map(question).collect();
        format!("base 0\ntree\n{questions}{}\n", leaves - 1)
    }

    #[test]
    fn tree_has_as_many_leaves_as_a_number_has_bits() {
        let trees = Trees::parse(&vine(MAX_LEAVES), &NAMES).unwrap();
        let rows: Vec<[f32; 2]> = (0_u8..40).map(|n| [f32::from(n) - 2.5, 0.0]).collect();
        let one_by_one: Vec<f32> = rows.iter().map(|row| trees.sum(row)).collect();
        assert_eq!(trees.sums(&rows), one_by_one);
        assert!((one_by_one[39] - 31.0).abs() < 1e-6);
        assert!(Trees::parse(&vine(MAX_LEAVES + 1), &NAMES).is_none());
    }
}
