//! A small model of what content looks like: boosted decision trees over the
//! features of a block.
//!
//! The trees are data in `model.txt`: a line `base N`, then per tree a line
//! `tree` and a line per node, either `feature threshold left right` (go left
//! if the feature is not above the threshold) or the value of a leaf. Features
//! go by name, so adding or moving one cannot silently change what a tree
//! asks.

use std::sync::LazyLock;

use super::features::Features;

/// The built-in model, read once.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    Model::parse(include_str!("model/model.txt")).expect("the built-in model is well formed")
});

/// A node of a tree. Children stand behind their parents.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Index of the feature that is asked, or [`LEAF`].
    feature: u32,
    /// Threshold of a question, or value of a leaf.
    number: f32,
    left: u32,
    right: u32,
}

/// Marks a leaf.
const LEAF: u32 = u32::MAX;

/// A sum of decision trees.
#[derive(Debug)]
pub(super) struct Model {
    base: f32,
    nodes: Vec<Node>,
    roots: Vec<u32>,
}

impl Model {
    /// The model that is part of dehusk.
    pub(super) fn builtin() -> &'static Self {
        &MODEL
    }

    /// Reads a model; `None` if a line is malformed, names an unknown feature
    /// or a child that does not stand behind its parent.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let base = lines.next()?.strip_prefix("base ")?.parse().ok()?;
        let mut model = Self {
            base,
            nodes: Vec::new(),
            roots: Vec::new(),
        };
        let mut root = 0_u32;
        for line in lines {
            let here = u32::try_from(model.nodes.len()).ok()?;
            if line == "tree" {
                model.roots.push(here);
                root = here;
                continue;
            }
            model.nodes.push(node(line, root, here)?);
        }
        let end = u32::try_from(model.nodes.len()).ok()?;
        let sound = model
            .nodes
            .iter()
            .all(|node| node.feature == LEAF || (node.left < end && node.right < end));
        (sound && model.roots.iter().all(|&root| root < end)).then_some(model)
    }

    /// How likely a block with these features is content, in log odds.
    pub(super) fn log_odds(&self, features: &Features) -> f32 {
        let values = features.values();
        let mut sum = self.base;
        for &root in &self.roots {
            let mut at = root;
            loop {
                let node = self.nodes[at as usize];
                if node.feature == LEAF {
                    sum += node.number;
                    break;
                }
                let above = values[node.feature as usize] > node.number;
                at = if above { node.right } else { node.left };
            }
        }
        sum
    }
}

/// Reads the node `here` of the tree that begins at `root`.
fn node(line: &str, root: u32, here: u32) -> Option<Node> {
    let mut fields = line.split(' ');
    let first = fields.next()?;
    let Some(threshold) = fields.next() else {
        return Some(Node {
            feature: LEAF,
            number: first.parse().ok()?,
            left: 0,
            right: 0,
        });
    };
    let feature = Features::NAMES.iter().position(|name| *name == first)?;
    let mut child = || Some(root + fields.next()?.parse::<u32>().ok()?);
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

    #[test]
    fn trees_are_summed() {
        let model =
            Model::parse("base 1\ntree\nlength 10 1 2\n0.5\nlinks 0.2 3 4\n2\n-2\ntree\n0.25\n")
                .unwrap();
        let mut features = Features::default();
        assert!((model.log_odds(&features) - 1.75).abs() < 1e-6);
        features.length = 11.0;
        assert!((model.log_odds(&features) - 3.25).abs() < 1e-6);
        features.links = 0.3;
        assert!((model.log_odds(&features) + 0.75).abs() < 1e-6);
    }

    #[test]
    fn model_that_goes_in_circles_is_refused() {
        assert!(Model::parse("base 0\ntree\nlength 1 0 0\n").is_none());
        assert!(Model::parse("base 0\ntree\nlength 1 1 2\n").is_none());
        assert!(Model::parse("base 0\ntree\nunknown 1 1 2\n1\n1\n").is_none());
    }

    #[test]
    fn built_in_model_is_well_formed() {
        assert!(!Model::builtin().roots.is_empty());
    }
}
