//! A rule in words, for lists and explanations.

use super::{
    rule::{Guard, Nearby, Rule},
    schema::{Action, Company, Edge, Kind, Safety, Shape, TestFormat},
    scope::Scope,
};

/// An example of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example<'a> {
    /// What it shows.
    pub name: &'a str,
    /// The text before cleaning.
    pub input: &'a str,
    /// The text after it; equal to `input` for an example that stays.
    pub output: &'a str,
    /// Whether it is there to show that the rule leaves it alone.
    pub kept: bool,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Span,
        Self::Line,
        Self::Run,
        Self::Tail,
        Self::Repeat,
        Self::Menu,
        Self::Html,
    ];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Line => "line",
            Self::Run => "run",
            Self::Tail => "tail",
            Self::Repeat => "repeat",
            Self::Menu => "menu",
            Self::Html => "html",
        }
    }
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Remove, Self::Keep];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

impl Safety {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Safe, Self::Unsafe, Self::Report];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Report => "report",
        }
    }
}

impl Edge {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Start, Self::End, Self::Either];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Either => "either",
        }
    }
}

impl TestFormat {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::Text, Self::Markdown];

    /// The name in rule files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
        }
    }
}

impl Rule {
    /// The examples, as written.
    pub fn examples(&self) -> impl Iterator<Item = Example<'_>> {
        self.tests.iter().flat_map(|test| {
            let cleaned = test.input.as_deref().zip(test.output.as_deref());
            let cleaned = cleaned.map(|(input, output)| (input, output, false));
            let kept = test.keep.as_deref().map(|keep| (keep, keep, true));
            [cleaned, kept]
                .into_iter()
                .flatten()
                .map(|(input, output, kept)| Example {
                    name: &test.name,
                    input,
                    output,
                    kept,
                })
        })
    }

    /// Every condition on which the rule acts, each as a phrase.
    pub fn conditions(&self) -> Vec<String> {
        let mut conditions = Vec::new();
        if !self.langs.is_empty() {
            conditions.push(format!(
                "the document's language is one of {}",
                self.langs.join(", ")
            ));
        }
        self.scope.say(&mut conditions);
        if !self.matchers.unless.is_empty() || !self.matchers.unless_phrases.is_empty() {
            conditions
                .push("nothing in `unless` or `unless-phrases` speaks for the line".to_owned());
        }
        shape(self.shape.as_ref(), &mut conditions);
        guard(&self.guard, &mut conditions);
        conditions
    }
}

impl Scope {
    fn say(&self, conditions: &mut Vec<String>) {
        let all = [
            ("the document is from", &self.sites),
            ("the document is at", &self.paths),
            ("the document's kind is", &self.kinds),
        ];
        for (what, names) in all {
            if names.is_empty() {
                continue;
            }
            let named: Vec<String> = names
                .iter()
                .map(|name| match name.strip_prefix('!') {
                    Some(not) => format!("not {not}"),
                    None => name.clone(),
                })
                .collect();
            conditions.push(format!("{what} {}", named.join(", ")));
        }
    }
}

fn shape(shape: Option<&Shape>, conditions: &mut Vec<String>) {
    let Some(shape) = shape else { return };
    let limits = [
        (shape.min_words, "the line has at least", "words"),
        (shape.max_words, "the line has at most", "words"),
        (shape.min_chars, "the line has at least", "characters"),
        (shape.max_chars, "the line has at most", "characters"),
    ];
    say(&limits, conditions);
    if shape.no_sentence_end {
        conditions.push("the line does not end as a sentence does".to_owned());
    }
    if shape.link_only {
        conditions.push("the line is nothing but links".to_owned());
    }
    if let Some(share) = shape.digit_share_min {
        conditions.push(format!(
            "at least {:.0} % of the line are digits",
            share * 100.0
        ));
    }
    if let Some(share) = shape.digit_share_max {
        conditions.push(format!(
            "at most {:.0} % of the line are digits",
            share * 100.0
        ));
    }
}

fn guard(guard: &Guard, conditions: &mut Vec<String>) {
    let limits = [
        (guard.min_chars, "what is found has at least", "characters"),
        (guard.max_chars, "what is found has at most", "characters"),
        (
            guard.max_hits,
            "it is found in at most",
            "places of the document",
        ),
        (guard.first_lines, "it stands in the first", "lines"),
        (guard.last_lines, "it stands in the last", "lines"),
        (guard.min_words_before, "at least", "words stand before it"),
        (
            guard.max_line_words_after,
            "no line after it has more than",
            "words",
        ),
        (
            guard.max_finds_before,
            "the rule finds at most",
            "lines before it",
        ),
        (
            guard.finds_after,
            "other rules find at least",
            "different lines after it",
        ),
        (guard.min_run, "at least", "such lines stand together"),
        (guard.within, "the earlier copy is within", "lines"),
        (
            guard.of_first_lines,
            "the earlier copy is in the first",
            "lines of the document",
        ),
    ];
    say(&limits, conditions);
    if let Some(share) = guard.max_share {
        conditions.push(format!(
            "it is at most {:.0} % of a document of 600 characters or more",
            share * 100.0
        ));
    }
    if guard.spare_headline {
        conditions.push("it is no headline of the document".to_owned());
    }
    if let Some(share) = guard.max_sentences_after {
        conditions.push(format!(
            "at most {:.0} % of the lines after it are sentences",
            share * 100.0
        ));
    }
    if let Some(menu) = &guard.menu {
        conditions.push(format!(
            "of the short lines in a row {} different ones are known, which is {:.0} % of them, \
             and no more than {} in a row are not",
            menu.finds,
            menu.share * 100.0,
            menu.gap
        ));
    }
    if let Some(company) = &guard.company {
        conditions.push(self::company(company));
    }
    if let Some(row) = guard.safe_row {
        conditions.push(format!(
            "at level safe: it stands in a row of {row} finds of any rule"
        ));
    }
    nearby(guard.followed_by.as_ref(), "lines after it", conditions);
    nearby(guard.preceded_by.as_ref(), "lines before it", conditions);
    nearby(
        guard.safe_has.as_ref(),
        "first of its lines, at level safe and below text,",
        conditions,
    );
}

fn company(company: &Company) -> String {
    let whose = if company.others {
        "other rules"
    } else {
        "any rule"
    };
    let near = company.near;
    let anywhere = company.anywhere.map_or_else(String::new, |anywhere| {
        format!(", or {anywhere} in the document")
    });
    let edge = if company.edge.is_some() {
        ", or only finds between it and an end of the document"
    } else {
        ""
    };
    format!("a short line has {near} more finds of {whose} within three lines{anywhere}{edge}")
}

fn say(limits: &[(Option<usize>, &str, &str)], conditions: &mut Vec<String>) {
    for (limit, before, after) in limits {
        if let Some(limit) = limit {
            conditions.push(format!("{before} {limit} {after}"));
        }
    }
}

fn nearby(near: Option<&Nearby>, which: &str, conditions: &mut Vec<String>) {
    if let Some(near) = near {
        let (min, within) = (near.min, near.within);
        conditions.push(format!(
            "at least {min} of the {within} {which} are what the rule file names"
        ));
    }
}
