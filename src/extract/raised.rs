//! Superscripts and subscripts in plain signs.
//!
//! Left as they are they change what is said: 10<sup>6</sup> would be 106, and
//! the second note of 1990<sup>2</sup> a number of five digits.

/// Text in other signs.
pub(super) struct Raised {
    pub text: String,
    /// Where each byte of the text went that it is for.
    places: Vec<usize>,
}

impl Raised {
    /// Where what stood at the byte `at` of the old text stands now.
    pub(super) fn moved(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or(self.text.len())
    }
}

/// Longest mark of a note, in characters: three digits.
const NOTE: usize = 3;

/// The signs for a superscript or, if it is not `raised`, a subscript behind
/// `before`, or none if it is clear as it is: `1st`, `word[2]`.
///
/// The mark of a note, which is a link, is put in brackets. Figures and signs
/// for which Unicode has raised or lowered ones become those; all else gets
/// `^` or `_` where it would run into figures.
pub(super) fn raise(before: &str, text: &str, raised: bool, is_note: bool) -> Option<Raised> {
    if text.is_empty() || text.contains('\n') {
        return None;
    }
    if is_note {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric()) && text.len() <= NOTE;
        return plain.then(|| placed(text, "[", Some, "]"));
    }
    let sign = |c| signs(c).map(|(up, down)| if raised { up } else { down });
    if text.chars().all(|c| sign(c).is_some()) {
        return Some(placed(text, "", sign, ""));
    }
    let runs_in = before.ends_with(|c: char| c.is_ascii_digit());
    let is_word = text.chars().all(char::is_alphabetic);
    // "1st" and "2e" are words; 2 to the power of n is none.
    let is_ending = is_word && (text.chars().count() > 1 || matches!(text, "e" | "o" | "a"));
    if !runs_in || is_ending || text.starts_with(['[', '(', '^', '_', '*']) {
        return None;
    }
    let start = if raised { "^" } else { "_" };
    if text.chars().all(char::is_alphanumeric) {
        return Some(placed(text, start, Some, ""));
    }
    Some(placed(text, &format!("{start}("), Some, ")"))
}

fn placed(text: &str, start: &str, sign: impl Fn(char) -> Option<char>, end: &str) -> Raised {
    let mut raised = Raised {
        text: start.to_owned(),
        places: Vec::with_capacity(text.len()),
    };
    for character in text.chars() {
        let at = raised.text.len();
        raised
            .places
            .extend(std::iter::repeat_n(at, character.len_utf8()));
        raised.text.push(sign(character).unwrap_or(character));
    }
    // What begins with the text begins with its brackets, too.
    if let Some(first) = raised.places.first_mut() {
        *first = 0;
    }
    raised.text.push_str(end);
    raised
}

/// The raised and the lowered form of a character.
fn signs(character: char) -> Option<(char, char)> {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    const LOWERED: [char; 10] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'];
    match character {
        '0'..='9' => {
            let digit = usize::from(character as u8 - b'0');
            Some((RAISED[digit], LOWERED[digit]))
        }
        '+' => Some(('⁺', '₊')),
        '-' | '−' | '–' => Some(('⁻', '₋')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_do_not_run_into_figures() {
        for (before, text, raised, is_note, wanted) in [
            ("10", "6", true, false, "⁶"),
            ("10", "-9", true, false, "⁻⁹"),
            ("10", "−9", true, false, "⁻⁹"),
            ("m", "2", true, false, "²"),
            ("CO", "2", false, false, "₂"),
            ("1990", "2", true, true, "[2]"),
            ("word", "a", true, true, "[a]"),
            ("2", "n", true, false, "^n"),
            ("10", "n+1", true, false, "^(n+1)"),
            ("10", "n", false, false, "_n"),
        ] {
            let found = raise(before, text, raised, is_note).map(|found| found.text);
            assert_eq!(found.as_deref(), Some(wanted), "{before}{text}");
        }
        for (before, text, is_note) in [
            ("1", "st", false),
            ("2", "e", false),
            ("Word", "TM", false),
            ("1990", "[2]", true),
            ("word", "†", true),
            ("x", "", false),
        ] {
            assert!(raise(before, text, true, is_note).is_none(), "{text}");
        }
    }

    #[test]
    fn ends_of_marks_move_with_their_text() {
        let raised = raise("10", "−9", true, false).unwrap();
        let moved: Vec<usize> = [0, 3, 4].map(|at| raised.moved(at)).into();
        assert_eq!(moved, [0, 3, 6]);
    }
}
