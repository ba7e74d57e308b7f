//! Rules: boilerplate as data.
//!
//! A rule file as written (`schema`) becomes rules as run ([`Rule`]) in one
//! conversion (`compile`) that does all the checking. A [`RuleSet`] holds the
//! rules of a run in an order that does not depend on the file system, and an
//! index that finds the few rules that a line can concern.

mod asking;
mod automaton;
mod builtin;
mod compile;
mod draft;
mod error;
mod filed;
mod fold;
mod gate;
mod grams;
mod heads;
mod index;
pub mod json_schema;
mod keyed;
mod lists;
mod literals;
mod load;
mod matching;
mod nearest;
mod overridden;
mod packs;
mod pattern;
mod phrase;
mod place;
mod plain;
mod reference;
mod relaxed;
mod rule;
mod schema;
mod scope;
mod shape;
mod show;
pub mod test;
mod tree;
mod values;
pub(crate) mod words;

use std::{
    collections::HashSet,
    sync::{Mutex, OnceLock, PoisonError},
};

use scraper::Selector;

pub(crate) use self::{
    asking::{LineFinds, RuleId, Scratch},
    filed::Filed,
    fold::prefix,
    fold::{is_boundary, is_unspaced, joins_words},
    plain::plain,
};
pub use self::{
    draft::{Draft, DraftError, free_code},
    error::{RuleError, RuleErrorKind},
    load::{Overrides, RuleOptions},
    nearest::{nearest, toml_problem},
    reference::reference,
    rule::{Guard, Nearby, Rule},
    schema::{Action, Company, Edge, Kind, Menu, Safety, Shape},
    scope::Scope,
    show::Example,
};
use crate::{Code, Origin, clean::Memory};

/// All rules of a run, compiled. Shared by all threads.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    /// Codes of the structure step that the choice leaves out.
    left_out: Vec<&'static str>,
    /// Made when the first line asks: listing rules needs none.
    index: OnceLock<index::Index>,
    menu_words: OnceLock<HashSet<String>>,
    /// The selectors of all `html` rules; made when the first page asks.
    selectors: OnceLock<Filed>,
    /// What is known of lines, one for each thread that cleans.
    memories: Mutex<Vec<Memory>>,
}

/// The tag of rules for what authors write too, such as badges and comments of
/// HTML in Markdown.
const TAG_OF_AUTHORS: &str = "authored";

impl RuleSet {
    fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            left_out: Vec::new(),
            index: OnceLock::new(),
            menu_words: OnceLock::new(),
            selectors: OnceLock::new(),
            memories: Mutex::new(Vec::new()),
        }
    }

    /// Whether the choice of rules has a code of the structure step.
    pub(crate) fn has_step(&self, code: &str) -> bool {
        !self.left_out.contains(&code)
    }

    /// The rules that are part of dehusk.
    ///
    /// # Errors
    /// None in a dehusk that passed its tests.
    pub fn builtin() -> Result<Self, RuleError> {
        Self::load(&RuleOptions::default())
    }

    /// The rules, in the order in which earlier beats later: packs by name,
    /// built-in ones first, and within a pack as written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this code.
    pub fn get(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code.as_str() == code)
    }

    /// The selectors of `html` rules that are for a page from `origin`.
    pub fn html<'r>(
        &'r self,
        origin: &Origin,
    ) -> impl Iterator<Item = (Code, &'r Selector, Action, Safety)> {
        self.html_rules(origin)
            .map(|(_, rule, selector)| (rule.code.clone(), selector, rule.action, rule.safety))
    }

    /// The selectors of `html` rules that are for a page from `origin`, with
    /// their rules and their numbers in [`Self::filed`].
    pub(crate) fn html_rules<'r>(
        &'r self,
        origin: &Origin,
    ) -> impl Iterator<Item = (usize, &'r Rule, &'r Selector)> {
        let selectors =
            |rule: &'r Rule| rule.selectors.iter().map(move |selector| (rule, selector));
        let all = self.rules.iter().flat_map(selectors).enumerate();
        all.filter(|(_, (rule, _))| {
            rule.scope.has_site(origin.site.as_deref())
                && rule.scope.has_path(origin.path.as_deref())
        })
        .map(|(number, (rule, selector))| (number, rule, selector))
    }

    /// The selectors of all `html` rules, filed by what they ask for.
    pub(crate) fn filed(&self) -> &Filed {
        let all = || self.rules.iter().flat_map(|rule| &rule.selectors);
        self.selectors.get_or_init(|| Filed::new(all()))
    }

    /// Whether a rule is for some files only.
    pub(crate) fn asks_for_paths(&self) -> bool {
        self.rules.iter().any(|rule| !rule.scope.paths.is_empty())
    }

    pub(crate) fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id as usize]
    }

    /// What the rules find in a line, given without blanks at its ends.
    /// `plain` is the line without its Markdown.
    pub(crate) fn look(
        &self,
        content: &str,
        plain: &str,
        scratch: &mut Scratch,
        found: &mut LineFinds,
    ) {
        let index = self.index.get_or_init(|| index::Index::new(&self.rules));
        index.look(&self.rules, content, plain, scratch, found);
    }

    /// One-word phrases of the rules on menus, folded.
    pub(crate) fn menu_words(&self) -> &HashSet<String> {
        self.menu_words.get_or_init(|| {
            let menus = self.rules.iter().filter(|rule| {
                rule.kind == Kind::Run && rule.tags.iter().any(|tag| tag == "navigation")
            });
            menus
                .flat_map(|rule| &rule.matchers.phrases)
                .filter(|phrase| !phrase.contains(' '))
                .cloned()
                .collect()
        })
    }

    /// Calls `work` with what is known of lines that these rules have seen.
    pub(crate) fn with_memory<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        // No one panics with the list in hand, and a list is never half made.
        let list = || self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = list().pop().unwrap_or_default();
        let done = work(&mut memory);
        list().push(memory);
        done
    }

    /// The rules of a kind that no line is matched for.
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (RuleId, &Rule)> {
        (0..)
            .zip(&self.rules)
            .filter(move |(_, rule)| rule.kind == kind)
    }
}

impl Rule {
    /// Whether a find tells that a document was scraped: authors do not write
    /// what the rule finds.
    pub(crate) fn tells_scraped(&self) -> bool {
        !self.tags.iter().any(|tag| tag == TAG_OF_AUTHORS)
    }

    /// Whether anything can speak for a line.
    pub(crate) fn spares_some(&self) -> bool {
        !(self.matchers.unless.is_empty() && self.matchers.unless_phrases.is_empty())
    }

    /// Whether a pattern in `unless` speaks for the line.
    pub(crate) fn spared(&self, line: &str) -> bool {
        let subject = pattern::Subject::new(line);
        self.matchers
            .unless
            .iter()
            .any(|pattern| pattern.is_match(&subject))
    }

    /// Whether a phrase in `unless-phrases` is the line.
    pub(crate) fn spared_by_phrase(&self, line: &str) -> bool {
        let phrases = &self.matchers.unless_phrases;
        !phrases.is_empty() && phrases.passes(line, &plain(line))
    }
}

impl Nearby {
    /// Whether a line counts.
    pub(crate) fn counts(&self, line: &str, plain: &str) -> bool {
        self.test.passes(line, plain)
    }
}

/// A line, without its Markdown, as phrases are compared with it.
pub(crate) fn folded(plain: &str) -> String {
    let folded = fold::fold(plain);
    folded[fold::core(&folded)].to_owned()
}

/// What the [folded](folded) forms of lines are compared by.
pub(crate) fn label_key(label: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(label.as_bytes())
}

#[cfg(test)]
mod tests;
