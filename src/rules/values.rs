//! Phrases, patterns and selectors as written, checked and made ready to run.

use scraper::Selector;

use super::{
    compile::Check,
    error::{RuleErrorKind, quoted},
    fold,
    pattern::Pattern,
    phrase::{LONGEST_PHRASE, MOST_PLACEHOLDERS, Phrase, Unusable},
};

/// Alternatives in one selector: 100,000 take the selector parser 19 s.
const MOST_SELECTOR_COMMAS: usize = 64;
const LONGEST_SELECTOR: usize = 2000;
/// The longest pattern as written. The largest in use lists every share
/// service in 25 languages in 1,400 characters.
const LONGEST_PATTERN: usize = 16_000;

pub(super) fn parse(phrase: &str) -> Result<Phrase, RuleErrorKind> {
    Phrase::parse(phrase).map_err(|why| unusable(phrase, why))
}

fn unusable(phrase: &str, why: Unusable) -> RuleErrorKind {
    let problem = match why {
        Unusable::NothingOwn => {
            "has no letter or digit of its own (add words, or use `any` for a line of symbols)"
                .to_owned()
        }
        Unusable::Placeholders => {
            format!("has more than {MOST_PLACEHOLDERS} placeholders (write words, or use `any`)")
        }
        Unusable::Long => {
            format!("is longer than {LONGEST_PHRASE} bytes (use `starts` with its first words)")
        }
    };
    RuleErrorKind::Phrase {
        phrase: quoted(phrase),
        problem,
    }
}

/// A phrase in which braces are braces, for `starts`, `ends` and `contains`.
pub(super) fn literal(phrase: &str) -> Result<String, RuleErrorKind> {
    let folded = fold::fold(phrase);
    let core = &folded[fold::core(&folded)];
    if phrase.contains("{n}") || phrase.contains("{w}") {
        return Err(RuleErrorKind::Placeholder(quoted(phrase)));
    }
    if phrase.len() > LONGEST_PHRASE {
        return Err(unusable(phrase, Unusable::Long));
    }
    if core.is_empty() {
        return Err(unusable(phrase, Unusable::NothingOwn));
    }
    Ok(core.to_owned())
}

pub(super) fn patterns(
    written: &[String],
    whole: bool,
    check: Check,
) -> Result<Vec<Pattern>, RuleErrorKind> {
    let compile = |source: &String| {
        let broken = |problem: String| RuleErrorKind::Pattern {
            pattern: quoted(source),
            problem,
        };
        if source.len() > LONGEST_PATTERN {
            return Err(broken(format!("it is longer than {LONGEST_PATTERN} bytes")));
        }
        let pattern = Pattern::new(source, whole);
        if check == Check::Now {
            pattern.check().map_err(broken)?;
        }
        Ok(pattern)
    };
    written.iter().map(compile).collect()
}

pub(super) fn selector(written: &str) -> Result<Selector, RuleErrorKind> {
    let bad = |problem: String| RuleErrorKind::Selector {
        selector: quoted(written),
        problem,
    };
    if written.len() > LONGEST_SELECTOR {
        return Err(bad(format!(
            "is longer than {LONGEST_SELECTOR} bytes (split it)"
        )));
    }
    if written.matches(',').count() > MOST_SELECTOR_COMMAS {
        return Err(bad(format!(
            "has more than {MOST_SELECTOR_COMMAS} commas (split it)"
        )));
    }
    Selector::parse(written).map_err(|error| {
        bad(format!(
            "is not CSS: {} (fix it, or remove it)",
            quoted(&error.to_string())
        ))
    })
}
