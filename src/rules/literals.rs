//! What a text must have for a pattern to match it: cheap to look for, so that
//! the pattern itself runs on few lines.
//!
//! The same idea as in code-search engines (Cox, "Regular expression matching
//! with a trigram index", 2012), on folded text: a pattern's syntax tree gives
//! a set of strings of which every match contains one.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::tree::{count, folded_chars, unicode_class};

/// The most strings in one set; beyond it a set says too little.
const MOST_STRINGS: usize = 400;
/// The most strings that joining two parts may make.
const MOST_JOINED: usize = 48;
/// Strings of so many bytes are rare enough; of sets with such the smallest is
/// taken, and longer strings are cut for the automaton's sake.
const RARE: usize = 6;
const CUT: usize = 12;
/// A bar, a bullet or another sign is in fewer lines than a word of three
/// letters: it tells as much as one of four.
const SIGN: usize = 4;
/// The most characters of a class that are told apart.
const MOST_CHARS: u32 = 40;
/// Longer strings find no less, and their products grow.
const LONGEST: usize = 40;

/// The strings, folded, of which every match of a pattern contains one; `None`
/// if nothing useful is known. `hir` is of folded text.
pub(super) fn strings(hir: &Hir) -> Option<Vec<String>> {
    Info::of(hir)
        .best()
        .filter(|set| worth(set) > 0)
        .map(shorten)
}

/// The set with its strings cut, and without those that contain another.
fn shorten(set: Vec<String>) -> Vec<String> {
    let mut cut = tidy(
        set.into_iter()
            .map(|text| super::fold::prefix(&text, CUT).to_owned())
            .collect(),
    );
    cut.sort_by_key(String::len);
    let mut shortest: Vec<String> = Vec::with_capacity(cut.len());
    for text in cut {
        if !shortest.iter().any(|part| text.contains(part.as_str())) {
            shortest.push(text);
        }
    }
    tidy(shortest)
}

/// How much a set narrows: the length of its least telling string. Blanks and
/// single letters are in every line.
fn worth(set: &[String]) -> usize {
    set.iter()
        .map(|text| match text.trim() {
            "" => 0,
            one if one.len() == 1 && one.as_bytes()[0].is_ascii_alphanumeric() => 0,
            one if one.len() == 1 && b".,'-\"()".contains(&one.as_bytes()[0]) => 0,
            one if is_sign(one) => SIGN,
            other => other.len(),
        })
        .min()
        .unwrap_or(0)
}

fn is_sign(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| !c.is_alphanumeric()) && chars.next().is_none()
}

#[derive(Debug, Default)]
struct Info {
    /// Everything that the expression matches, folded, if that is little.
    exact: Option<Vec<String>>,
    /// A set of strings of which every match contains one.
    required: Option<Vec<String>>,
}

impl Info {
    fn exactly(set: Vec<String>) -> Self {
        Self {
            exact: Some(set),
            required: None,
        }
    }

    fn best(self) -> Option<Vec<String>> {
        better(self.exact, self.required)
    }

    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::exactly(vec![String::new()]),
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => Self::exactly(vec![super::fold::fold(text)]),
                Err(_) => Self::default(),
            },
            HirKind::Class(class) => class_strings(class).map(Self::exactly).unwrap_or_default(),
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                let sub = Self::of(&repetition.sub);
                match (repetition.min, repetition.max) {
                    (0, Some(1)) => Self {
                        exact: sub.exact.map(|mut set| {
                            set.push(String::new());
                            tidy(set)
                        }),
                        required: None,
                    },
                    (0, _) => Self::default(),
                    (1, Some(1)) => sub,
                    (n, m) if m == Some(n) && n <= 8 => {
                        Self::concat((0..n).map(|_| Self::of(&repetition.sub)))
                    }
                    _ => Self {
                        exact: None,
                        required: sub.best(),
                    },
                }
            }
            HirKind::Concat(parts) => Self::concat(parts.iter().map(Self::of)),
            HirKind::Alternation(parts) => Self::alternation(parts.iter().map(Self::of)),
        }
    }

    fn concat(parts: impl Iterator<Item = Self>) -> Self {
        let mut exact = vec![String::new()];
        let mut whole = true;
        let mut required: Option<Vec<String>> = None;
        for part in parts {
            if let Some([next]) = part.exact.as_deref()
                && append(&mut exact, next)
            {
                continue;
            }
            let joined = part.exact.as_deref().and_then(|next| product(&exact, next));
            if let Some(joined) = joined {
                exact = joined;
                continue;
            }
            whole = false;
            required = better(required, Some(std::mem::take(&mut exact)));
            required = better(required, part.required);
            exact = part.exact.unwrap_or_else(|| vec![String::new()]);
        }
        if whole {
            return Self::exactly(exact);
        }
        Self {
            exact: None,
            required: better(required, Some(exact)),
        }
    }

    fn alternation(parts: impl Iterator<Item = Self>) -> Self {
        let mut exact = Some(Vec::new());
        let mut required = Some(Vec::new());
        for part in parts {
            match (&mut exact, &part.exact) {
                (Some(all), Some(set)) => all.extend(set.iter().cloned()),
                _ => exact = None,
            }
            match (&mut required, part.best()) {
                (Some(all), Some(set)) => all.extend(set),
                _ => required = None,
            }
        }
        Self {
            exact: exact.map(tidy).filter(|set| set.len() <= MOST_STRINGS),
            required: required.map(tidy).filter(|set| set.len() <= MOST_STRINGS),
        }
    }
}

fn tidy(mut set: Vec<String>) -> Vec<String> {
    set.sort_unstable();
    set.dedup();
    set
}

fn better(a: Option<Vec<String>>, b: Option<Vec<String>>) -> Option<Vec<String>> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let rank = |set: &[String]| (worth(set).min(RARE), usize::MAX - set.len());
            Some(if rank(&b) > rank(&a) { b } else { a })
        }
        (a, b) => a.or(b),
    }
}

/// Puts `next` behind each string, in place: most parts of a pattern are single
/// letters. False, and nothing done, if a string would grow too long.
fn append(strings: &mut [String], next: &str) -> bool {
    if strings.iter().any(|text| text.len() + next.len() > LONGEST) {
        return false;
    }
    for text in strings {
        let next = if text.ends_with(' ') {
            next.trim_start_matches(' ')
        } else {
            next
        };
        text.push_str(next);
    }
    true
}

/// Each string of `left` before each of `right`, with blanks as folding has them.
fn product(left: &[String], right: &[String]) -> Option<Vec<String>> {
    if left.len() * right.len() > MOST_JOINED.max(left.len()).max(right.len()) {
        return None;
    }
    let mut joined = Vec::with_capacity(left.len() * right.len());
    for a in left {
        for b in right {
            let b = if a.ends_with(' ') {
                b.trim_start_matches(' ')
            } else {
                b
            };
            if a.len() + b.len() > LONGEST {
                return None;
            }
            joined.push(format!("{a}{b}"));
        }
    }
    Some(tidy(joined))
}

fn class_strings(class: &Class) -> Option<Vec<String>> {
    let class = unicode_class(class)?;
    (count(&class) <= MOST_CHARS).then(|| tidy(folded_chars(&class).collect()))
}

#[cfg(test)]
mod tests {
    use super::{super::tree::parse_folded, *};

    fn needs(pattern: &str) -> Vec<String> {
        strings(&parse_folded(pattern).unwrap()).unwrap_or_default()
    }

    #[test]
    fn a_pattern_needs_its_longest_sure_words() {
        assert_eq!(needs(r"(?i)related\s+articles?"), ["related"]);
        assert_eq!(
            needs(r"(?i)all rights reserved\.?.{0,60}"),
            ["all rights r"]
        );
        assert_eq!(
            needs(r"(?:(?i)lire aussi|相关阅读).*"),
            ["lire aussi", "相关阅读"]
        );
        assert_eq!(
            needs(r"\d+ (?:minutes?|hours?) ago"),
            [" hour ago", " hours ago", " minute ago", " minutes ago"]
        );
    }

    #[test]
    fn a_pattern_of_anything_needs_nothing() {
        assert!(needs(r".{8,140}").is_empty());
        assert!(needs(r"(?:foo)?").is_empty());
        assert!(needs(r"\d[\d.,]*").is_empty());
    }
}
