//! Whether an expression matches, and no more than that: one automaton, built
//! state by state as texts ask for them. What tells where a match begins and
//! ends takes three times as long to make.

use std::{
    fmt,
    panic::{RefUnwindSafe, UnwindSafe},
};

use regex_automata::{
    Anchored, Input,
    hybrid::dfa::{Cache, DFA},
    nfa::thompson::{Compiler, Config, WhichCaptures},
    util::pool::Pool,
};
use regex_syntax::hir::Hir;

use super::pattern::PATTERN_MEMORY;

type MakeCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// An expression, ready to be asked.
pub(super) struct Automaton {
    states: DFA,
    /// States made so far, for each thread.
    caches: Pool<Cache, MakeCache>,
    anchored: Anchored,
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Automaton").finish_non_exhaustive()
    }
}

impl Automaton {
    /// The automaton of an expression; `whole` if it can only match from the
    /// start of a text. `None` if it would be too large.
    pub(super) fn of(hir: &Hir, whole: bool) -> Option<Self> {
        let config = Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(PATTERN_MEMORY));
        let nfa = Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = DFA::config()
            .unicode_word_boundary(true)
            .skip_cache_capacity_check(true);
        let states = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let cached = states.clone();
        Some(Self {
            states,
            caches: Pool::new(Box::new(move || cached.create_cache())),
            anchored: if whole { Anchored::Yes } else { Anchored::No },
        })
    }

    /// Whether it matches `text`; `None` if that cannot be told: word
    /// boundaries between letters beyond ASCII are not known here.
    pub(super) fn is_match(&self, text: &str) -> Option<bool> {
        let input = Input::new(text).anchored(self.anchored).earliest(true);
        let mut cache = self.caches.get();
        let found = self.states.try_search_fwd(&mut cache, &input);
        found.ok().map(|end| end.is_some())
    }
}
