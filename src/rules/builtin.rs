//! The rules that are part of dehusk, as its build script has prepared them.

use super::gate::{Bytes, Gate};

/// A built-in rule file.
pub(super) struct Pack {
    /// Its path in the repository.
    pub(super) file: &'static str,
    /// It as written.
    pub(super) text: &'static str,
    /// It as JSON, with exact phrases folded.
    pub(super) quick: &'static str,
    /// The lines of its rules.
    pub(super) lines: &'static [usize],
}

/// The gate of a built-in pattern.
struct Gates {
    source: &'static str,
    whole: bool,
    /// In lines: folding leaves no line ends in strings.
    strings: Option<&'static str>,
    heads: Option<&'static [(u64, u8)]>,
    first: [u64; 4],
    last: [u64; 4],
    length: (usize, usize),
}

/// The rule files of `rules/`, by path.
pub(super) const PACKS: &[Pack] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// By source, and then those for parts of lines first.
#[allow(clippy::unreadable_literal, reason = "the build script writes them")]
static GATES: &[Gates] = include!(concat!(env!("OUT_DIR"), "/gates.rs"));

/// The gate of a pattern as written, if it is in a built-in pack.
pub(super) fn gate(source: &str, whole: bool) -> Option<Gate> {
    let at = GATES
        .binary_search_by(|gates| (gates.source, gates.whole).cmp(&(source, whole)))
        .ok()?;
    let gates = &GATES[at];
    Some(Gate {
        strings: gates
            .strings
            .map(|strings| strings.split('\n').map(str::to_owned).collect()),
        heads: gates.heads.map(<[_]>::to_vec),
        first: Bytes(gates.first),
        last: Bytes(gates.last),
        length: gates.length,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{
        super::{Rule, gate::as_run, packs},
        *,
    };

    #[test]
    fn the_quick_form_of_a_pack_is_the_pack() {
        for pack in PACKS {
            let file = Path::new(pack.file);
            let written = packs::pack(file, pack.text).unwrap();
            let quick = packs::trusted_pack(pack).unwrap();
            let facts = |rule: &Rule| {
                let found = &rule.matchers;
                let phrases = (found.phrases.clone(), found.phrase_patterns.clone());
                let place = (rule.code.clone(), rule.pack.clone(), rule.line);
                (place, phrases, rule.conditions(), rule.tests.len())
            };
            let written: Vec<_> = written.iter().map(facts).collect();
            let quick: Vec<_> = quick.iter().map(facts).collect();
            assert_eq!(written, quick, "{}", pack.file);
        }
    }

    #[test]
    fn the_gates_from_the_build_are_those_that_a_run_would_find() {
        for gates in GATES {
            let pattern = as_run(gates.source, gates.whole);
            assert_eq!(
                gate(gates.source, gates.whole),
                Some(Gate::of(&pattern, gates.whole)),
            );
        }
        assert_eq!(gate("no such pattern", true), None);
    }
}
