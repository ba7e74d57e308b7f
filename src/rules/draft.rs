//! A new rule from lines that somebody pasted, with its tests.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    RuleSet,
    fold::{core, fold},
    phrase::Phrase,
    plain,
    schema::{Kind, Safety},
    words::words,
};

/// The `min-run` of a rule for lines that stand together: so many of its lines,
/// or all where it has fewer.
const MIN_RUN: usize = 3;
/// How often such lines stand in a document before the rule does not know it:
/// what the documentation's own example has.
const MAX_HITS: usize = 12;
/// The sentences around the lines in the example that is cleaned.
const BEFORE: &str = "The bridge opened on Monday, and the first trams crossed it at noon.";
const AFTER: &str = "The mayor thanked the builders, who had worked through the winter.";
/// Words of an id that is made of a line.
const ID_WORDS: usize = 4;

/// What a new rule is made of.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its code.
    pub code: String,
    /// Its name; made of the first line if there is none.
    pub id: Option<String>,
    /// What it finds, in one line; made of the first line if there is none.
    pub summary: Option<String>,
    /// Why that is no content.
    pub why: String,
    /// [`Kind::Line`], or [`Kind::Run`] for lines that are debris only
    /// together.
    pub kind: Kind,
    /// How far it can be trusted.
    pub safety: Safety,
    /// The languages it is for; empty for all.
    pub langs: Vec<String>,
    /// The sites it is for; empty for all.
    pub sites: Vec<String>,
    /// The lines, as they stand in documents.
    pub lines: Vec<String>,
    /// Whether numbers in the lines are those very numbers.
    pub exact: bool,
    /// Texts that must stay; one is made of the first line if there is none.
    pub keep: Vec<String>,
}

/// Why no rule can be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// There are no lines.
    #[error("no lines: paste some, or give them as arguments")]
    NoLines,
    /// A line of which no phrase can be made.
    #[error("{0:?} has no words to go by (write a rule with `any` for lines of symbols or digits)")]
    NoWords(String),
    /// A line of one word that would go wherever it stands alone.
    #[error(
        "{0:?} is one word, which may stand alone on a line of any text: paste whole lines, \
         say where it is debris with --site, or use --kind run for words that are debris together"
    )]
    OneWord(String),
    /// Nothing says why the lines are no content.
    #[error("why are the lines no content? Say it in a few words with --why")]
    NoWhy,
}

impl Draft {
    /// The rule as it stands in a rule file.
    ///
    /// # Errors
    ///
    /// There are no lines, one has no words or one alone, or nobody says why
    /// they are no content.
    pub fn to_toml(&self, rules: &RuleSet) -> Result<String, DraftError> {
        let lines: Vec<&str> = self
            .lines
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect();
        let first = *lines.first().ok_or(DraftError::NoLines)?;
        if !self.why.chars().any(char::is_alphabetic) {
            return Err(DraftError::NoWhy);
        }
        let mut seen = BTreeSet::new();
        let mut phrases = Vec::new();
        for line in &lines {
            let phrase =
                phrase(line, self.exact).ok_or_else(|| DraftError::NoWords((*line).to_owned()))?;
            if self.kind == Kind::Line && self.sites.is_empty() && is_one_word(&phrase) {
                return Err(DraftError::OneWord((*line).to_owned()));
            }
            if seen.insert(phrase.clone()) {
                phrases.push(phrase);
            }
        }
        let mut toml = String::new();
        // Writing to a string cannot fail.
        self.write(first, &lines, &phrases, rules, &mut toml).ok();
        Ok(toml)
    }

    fn write(
        &self,
        first: &str,
        lines: &[&str],
        phrases: &[String],
        rules: &RuleSet,
        out: &mut String,
    ) -> std::fmt::Result {
        let summary = self
            .summary
            .clone()
            .unwrap_or_else(|| format!("Lines such as \"{}\"", first.trim()));
        let id = self
            .id
            .clone()
            .unwrap_or_else(|| self.free_id(first, rules));
        writeln!(out, "\n[[rule]]")?;
        writeln!(out, "code    = {}", quoted(&self.code))?;
        writeln!(out, "id      = {}", quoted(&id))?;
        writeln!(out, "summary = {}", quoted(&summary))?;
        writeln!(out, "why     = {}", quoted(&self.why))?;
        writeln!(out, "kind    = {}", quoted(self.kind.name()))?;
        if self.safety != Safety::Safe {
            writeln!(out, "safety  = {}", quoted(self.safety.name()))?;
        }
        for (key, names) in [("langs  ", &self.langs), ("sites  ", &self.sites)] {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                writeln!(out, "{key} = [{}]", names.join(", "))?;
            }
        }
        writeln!(out, "phrases = [")?;
        for phrase in phrases {
            writeln!(out, "  {},", quoted(phrase))?;
        }
        writeln!(out, "]")?;
        if self.kind == Kind::Run {
            let least = phrases.len().clamp(2, MIN_RUN);
            writeln!(out, "guard   = {{ min-run = {least} }}")?;
        } else {
            let most = MAX_HITS.max(lines.len());
            writeln!(out, "guard   = {{ max-hits = {most} }}")?;
        }
        let example = format!("{BEFORE}\n{}\n{AFTER}", lines.join("\n"));
        writeln!(
            out,
            "[[rule.test]]\nname = \"lines as they stand in documents\""
        )?;
        writeln!(out, "in   = {}", text(&example))?;
        writeln!(out, "out  = {}", text(&format!("{BEFORE}\n{AFTER}")))?;
        let made = format!(
            "He read \"{first}\" aloud, and nobody in the office knew what to say to that."
        );
        let keep = if self.keep.is_empty() {
            std::slice::from_ref(&made)
        } else {
            &self.keep
        };
        for (number, keep) in keep.iter().enumerate() {
            writeln!(out, "[[rule.test]]\nname = \"stays, {}\"", number + 1)?;
            writeln!(out, "keep = {}", text(keep))?;
        }
        Ok(())
    }

    /// An id of the line's first words that no rule has.
    fn free_id(&self, line: &str, rules: &RuleSet) -> String {
        let words: Vec<String> = line
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(ID_WORDS)
            .map(str::to_ascii_lowercase)
            .collect();
        let own = words.join("-");
        let taken = |id: &str| rules.rules().iter().any(|rule| rule.id == id);
        if !own.is_empty() && !taken(&own) {
            return own;
        }
        let code = self.code.to_ascii_lowercase();
        if own.is_empty() {
            code
        } else {
            format!("{own}-{code}")
        }
    }
}

/// The first code of these letters that no rule has; `None` if there is none.
pub fn free_code(letters: &str, rules: &RuleSet) -> Option<String> {
    (1..=999)
        .map(|number| format!("{letters}{number:03}"))
        .find(|code| rules.get(code).is_none())
}

/// A phrase that the line is: without Markdown, numbers as `{n}` unless
/// `exact`. `None` if nothing is left to go by.
fn phrase(line: &str, exact: bool) -> Option<String> {
    let folded = fold(&plain(line));
    let own = folded[core(&folded)].to_owned();
    if !own.chars().any(char::is_alphabetic) {
        return None;
    }
    let sound = |phrase: &String| match Phrase::parse(phrase) {
        Ok(Phrase::Exact(text)) => text == own,
        Ok(Phrase::Pattern(pattern)) => pattern.matches(&own),
        Err(_) => false,
    };
    let general = (!exact).then(|| without_numbers(&own)).filter(sound);
    general.or(Some(own).filter(|own| matches!(Phrase::parse(own), Ok(Phrase::Exact(_)))))
}

/// Whether a phrase is a single word: a headword, a heading, a line of verse.
/// One with a number is a counter.
fn is_one_word(phrase: &str) -> bool {
    words(phrase) == 1 && !phrase.chars().any(char::is_numeric) && !phrase.contains("{n}")
}

/// `text` with each number as `{n}`.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        let number = &rest[at..];
        let end = number
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
            .unwrap_or(number.len());
        let digits = number[..end].trim_end_matches(['.', ',']);
        let after = &number[digits.len()..];
        // What is glued to letters is a name, such as G20 or mp3.
        let glued = out.ends_with(char::is_alphabetic)
            || after.starts_with(|c: char| c.is_alphabetic() && c.is_ascii());
        out.push_str(if glued { digits } else { "{n}" });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A TOML string on one line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                write!(out, "\\u{:04X}", u32::from(c)).ok();
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A TOML string, over several lines as it is written where that can be.
fn text(text: &str) -> String {
    let plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
    if text.contains('\n') && !text.contains("'''") && text.chars().all(plain) {
        format!("'''\n{text}\n'''")
    } else {
        quoted(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_line_are_any_numbers_unless_it_is_exact() {
        let general = |line| phrase(line, false).unwrap();
        assert_eq!(general("**12 people like this!**"), "{n} people like this");
        assert_eq!(general("1,234 views"), "{n} views");
        assert_eq!(general("Listen as mp3"), "listen as mp3");
        assert_eq!(general("Share on G20."), "share on g20");
        assert_eq!(
            phrase("12 people like this", true).unwrap(),
            "12 people like this"
        );
        assert_eq!(phrase("12 345", false), None);
        assert_eq!(phrase("* * *", false), None);
    }

    #[test]
    fn a_code_is_the_first_that_is_free() {
        let rules = RuleSet::builtin().unwrap();
        assert_eq!(free_code("MINE", &rules).unwrap(), "MINE001");
        let taken = rules.rules()[0].code.as_str();
        let letters = taken.trim_end_matches(char::is_numeric);
        assert!(rules.get(&free_code(letters, &rules).unwrap()).is_none());
    }

    #[test]
    fn strings_are_read_back_as_they_were() {
        for written in [
            "a\"b\\c",
            "two\nlines",
            "tab\there",
            "'''\nx",
            "bell \u{7}",
            "\u{7f}",
        ] {
            for form in [quoted(written), text(written)] {
                let read: toml::Table = format!("x = {form}").parse().unwrap();
                assert_eq!(read["x"].as_str().unwrap().trim_end_matches('\n'), written);
            }
        }
    }
}
