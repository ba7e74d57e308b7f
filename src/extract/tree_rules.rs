//! Rules with CSS selectors, tried on the elements of a page in one pass.

use std::collections::BTreeSet;

use scraper::{ElementRef, Selector};

use super::walk::Holds;
use crate::{
    Code,
    rules::{Action, Filed},
};

/// One rule, compiled.
pub(super) struct TreeRule<'r> {
    pub code: Code,
    pub selector: &'r Selector,
    pub action: Action,
}

/// The rules that act on a page, under the numbers of their selectors.
#[derive(Default)]
pub(super) struct TreeRules<'r> {
    /// None if no rule acts.
    filed: Option<&'r Filed>,
    rules: Vec<Option<TreeRule<'r>>>,
}

impl<'r> TreeRules<'r> {
    /// The rules of which some are `filed`, with the numbers of their selectors
    /// there.
    pub(super) fn new(
        filed: &'r Filed,
        rules: impl IntoIterator<Item = (usize, TreeRule<'r>)>,
    ) -> Self {
        let mut numbered = Vec::new();
        for (number, rule) in rules {
            if numbered.len() <= number {
                numbered.resize_with(number + 1, || None);
            }
            numbered[number] = Some(rule);
        }
        Self {
            filed: (!numbered.is_empty()).then_some(filed),
            rules: numbered,
        }
    }

    /// What tells of an element under `root` whether a keep rule names something
    /// inside it. One pass over the tree, and only if there are keep rules.
    pub(super) fn holders<'a>(&self, root: ElementRef<'a>) -> Option<Holds<'a>> {
        let mut rules = self.rules.iter().flatten();
        if rules.all(|rule| rule.action == Action::Remove) {
            return None;
        }
        let mut holders = BTreeSet::new();
        for element in root.descendants().filter_map(ElementRef::wrap) {
            let keeps = |rule: &TreeRule<'_>| rule.action == Action::Keep;
            if self.decide(&element).is_some_and(keeps) {
                // What is around a known holder is known too.
                for around in element.ancestors() {
                    if !holders.insert(around.id()) {
                        break;
                    }
                }
            }
        }
        Some(Box::new(move |element| holders.contains(&element.id())))
    }

    /// The rule that decides about `element`: a keep rule before any other,
    /// then the first in file order.
    pub(super) fn decide(&self, element: &ElementRef<'_>) -> Option<&TreeRule<'r>> {
        let mut best: Option<(bool, usize)> = None;
        let mut found: Option<&TreeRule<'r>> = None;
        self.filed?.candidates(element.value(), |candidates| {
            for &index in candidates {
                let Some(Some(rule)) = self.rules.get(index) else {
                    continue;
                };
                let rank = (rule.action == Action::Remove, index);
                let better = best.is_none_or(|best| rank < best);
                if better && rule.selector.matches(element) {
                    best = Some(rank);
                    found = Some(rule);
                }
            }
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn decided(rules: &[(&str, &str, Action)], html: &str) -> Vec<String> {
        let compiled: Vec<(Code, Selector, Action)> = rules
            .iter()
            .map(|(code, css, action)| (Code::from(*code), Selector::parse(css).unwrap(), *action))
            .collect();
        let filed = Filed::new(compiled.iter().map(|(_, selector, _)| selector));
        let rules = compiled.iter().map(|(code, selector, action)| TreeRule {
            code: code.clone(),
            selector,
            action: *action,
        });
        let rules = TreeRules::new(&filed, rules.enumerate());
        let tree = Html::parse_fragment(html);
        tree.root_element()
            .descendants()
            .filter_map(ElementRef::wrap)
            .filter_map(|element| rules.decide(&element).map(|rule| rule.code.to_string()))
            .collect()
    }

    #[test]
    fn selectors_are_found_by_id_class_tag_and_attribute() {
        let rules = [
            ("A", "#x", Action::Remove),
            ("B", "div > p.y:not(.z)", Action::Remove),
            ("C", "aside, [data-ad], *[role^='ban']", Action::Remove),
            (
                "D",
                ":not(i):not(b):not(p):not(div):not(aside):not(html)",
                Action::Remove,
            ),
        ];
        assert_eq!(
            decided(
                &rules,
                "<div><p class='w y'></p><p class='y z'></p></div><i id=x></i><aside></aside><b data-ad></b><b role=banner></b><b role=main></b><u></u>"
            ),
            ["B", "A", "C", "C", "C", "D"]
        );
    }

    #[test]
    fn keep_outranks_remove_and_earlier_outranks_later() {
        let rules = [
            ("A", "p", Action::Remove),
            ("B", ".y", Action::Remove),
            ("K", "#k", Action::Keep),
        ];
        assert_eq!(
            decided(&rules, "<p class=y></p><p class=y id=k></p>"),
            ["A", "K"]
        );
    }
}
