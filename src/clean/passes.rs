//! Passes until nothing is left to take.
//!
//! A pass is a function of a written text: it reads the text afresh and takes
//! what the rules take or, if they take nothing, what the structure step
//! takes. What is left is written, in the normal form, and that is what the
//! next pass reads. The text of which a pass takes nothing is the result.
//! Cleaning the result is that last pass again, so it takes nothing.
//!
//! Some texts are eaten away, a little in each pass, and of some too little
//! would be left. Such a text is given back as the rules alone leave it or, if
//! it is they who do not come to rest, as it came: texts from which the same
//! passes lead to the same end.

use super::{
    Accepted, CleanOptions, Declined, Judged, Level, Reported,
    about::About,
    finds::Finds,
    holds,
    lines::Lines,
    memory::Memory,
    settle::{Outcome, Run, start_over},
    structure::{self, Scraped},
    written::Written,
};
use crate::{Document, Flags, RuleSet, rules::RuleId};

/// Passes of rules in a row before a document counts as one that does not come
/// to rest.
const MOST_PASSES: usize = 16;
/// The first line of front matter.
const FRONT_MATTER: &str = "---";
/// Looks of the structure step that take something before a document is left
/// to the rules alone. None of 97 real scraped documents needs as many.
const MOST_LOOKS: usize = 8;

/// What cleaning comes to.
#[derive(Clone, Debug)]
pub(super) struct Rest<'d> {
    /// What is left.
    pub(super) written: Written<'d>,
    /// Whether cleaning it again takes nothing.
    pub(super) settled: bool,
    /// What the last pass of rules found, in bytes of the document.
    pub(super) reported: Vec<Reported>,
    /// What rules took in all passes. Only with [`CleanOptions::explain`].
    pub(super) accepted: Vec<Accepted>,
    /// What its guards declined, and why rules were set aside in any pass.
    pub(super) declined: Vec<Declined>,
    /// What all looks took. Only with [`CleanOptions::explain`].
    pub(super) judged: Vec<Judged>,
    /// Of all passes.
    pub(super) flags: Flags,
}

/// Takes from `document` what the rules take, or one of them, and what the
/// structure step takes. `None` if it is 4 GiB or longer.
pub(super) fn settle<'d>(
    document: &'d Document,
    rules: &RuleSet,
    options: &CleanOptions,
    only: Option<RuleId>,
    memory: &mut Memory,
) -> Option<Rest<'d>> {
    let written = Written::new(document);
    if Lines::are_too_many(&written.text) {
        return None;
    }
    let mut passes = Passes {
        rules,
        options,
        document,
        only,
        written,
        finds: None,
        memory,
        accepted: Vec::new(),
        overdrawn: Vec::new(),
        judged: Vec::new(),
        flags: Flags::new(),
    };
    let outcome = passes.by_rules();
    let by_structure = options.structure && options.level == Level::Full && only.is_none();
    Some(if by_structure && outcome.settled {
        passes.by_structure(outcome)
    } else {
        passes.rest(outcome)
    })
}

/// Cleaning under way.
struct Passes<'r, 'd, 'm> {
    rules: &'r RuleSet,
    options: &'r CleanOptions,
    document: &'d Document,
    only: Option<RuleId>,
    /// The text that is left.
    written: Written<'d>,
    /// What the matchers find in its lines, from the first pass on.
    finds: Option<Finds>,
    memory: &'m mut Memory,
    accepted: Vec<Accepted>,
    overdrawn: Vec<Declined>,
    judged: Vec<Judged>,
    flags: Flags,
}

impl<'d> Passes<'_, 'd, '_> {
    /// Passes of rules until one takes nothing.
    fn by_rules(&mut self) -> Outcome {
        for _ in 0..MOST_PASSES {
            let Some(mut lines) = Lines::new(&self.written.text) else {
                break;
            };
            let run = Run {
                rules: self.rules,
                options: self.options,
                document: self.document,
                about: &About::new(self.document, &self.written.text),
                only: self.only,
            };
            let mut finds = match self.finds.take() {
                Some(finds) => finds,
                None => Finds::of(&lines, self.memory, self.rules, self.only),
            };
            let (mut outcome, mut aside) = start_over(&run, &mut lines, &mut finds, self.memory);
            let finds = self.finds.insert(finds);
            for declined in aside.iter_mut().chain(&mut outcome.declined) {
                declined.span = self.written.place(&declined.span);
            }
            for reported in &mut outcome.reported {
                reported.span = self.written.place(&reported.span);
            }
            for accepted in &mut outcome.accepted {
                accepted.span = self.written.place(&accepted.span);
            }
            self.accepted.append(&mut outcome.accepted);
            self.overdrawn.append(&mut aside);
            self.flags.append(&mut outcome.flags);
            let removals = lines.removals();
            if removals.is_empty() {
                return outcome;
            }
            let next = self.written.without(removals);
            let numbers = finds.carry(&lines, &next, self.memory, self.rules);
            // Front matter is told by the first line.
            let begins_same =
                lines.len() > 0 && lines.is_whole(0) && lines.content(0) != FRONT_MATTER;
            self.written = next;
            if let Some(numbers) = numbers
                && outcome.steady
                && begins_same
                && !has_lone_return(&self.document.text)
            {
                debug_assert!(
                    self.is_at_rest(),
                    "a pass that was left out takes something"
                );
                let kept = outcome.kept.iter();
                outcome.kept = kept.filter_map(|&line| numbers[line as usize]).collect();
                return outcome;
            }
        }
        Outcome::default()
    }

    /// Whether a pass takes nothing.
    fn is_at_rest(&mut self) -> bool {
        let Some(mut lines) = Lines::new(&self.written.text) else {
            return true;
        };
        let run = Run {
            rules: self.rules,
            options: self.options,
            document: self.document,
            about: &About::new(self.document, &self.written.text),
            only: self.only,
        };
        let Some(mut finds) = self.finds.clone() else {
            return true;
        };
        let (outcome, _) = start_over(&run, &mut lines, &mut finds, self.memory);
        outcome.settled && lines.removals().is_empty()
    }

    /// What the structure step leaves, where that comes to rest.
    ///
    /// Rules that have taken something tell that the document was scraped. A
    /// second cleaning finds a text of which they take nothing, and asks the
    /// step for nothing.
    fn by_structure(mut self, outcome: Outcome) -> Rest<'d> {
        let Some(scraped) = Scraped::by(self.written.tellers(self.rules), self.written.lines())
        else {
            return self.rest(outcome);
        };
        match self.looks(outcome, scraped) {
            Ok(outcome) => self.rest(outcome),
            Err(ruled) => *ruled,
        }
    }

    /// Looks of the structure step, with passes of rules after each, until one
    /// takes nothing; if none does, what there was before the first.
    fn looks(&mut self, mut outcome: Outcome, scraped: Scraped) -> Result<Outcome, Box<Rest<'d>>> {
        let mut ruled: Option<Rest<'d>> = None;
        for _ in 0..=MOST_LOOKS {
            let (Some(mut lines), Some(finds)) =
                (Lines::new(&self.written.text), self.finds.as_mut())
            else {
                break;
            };
            let mut judged = structure::take(
                &mut lines,
                finds,
                self.memory,
                &outcome.kept,
                scraped,
                (self.options, self.rules),
            );
            let removals = lines.removals();
            if removals.is_empty() {
                let floor = &self.options.floor;
                let enough = ruled
                    .as_ref()
                    .is_none_or(|ruled| holds(floor, &ruled.written.text, &self.written.text));
                if enough {
                    return Ok(outcome);
                }
                break;
            }
            for judged in &mut judged {
                judged.span = self.written.place(&judged.span);
            }
            let next = self.written.without(removals);
            finds.carry(&lines, &next, self.memory, self.rules);
            let before = std::mem::replace(&mut self.written, next);
            ruled.get_or_insert_with(|| Rest {
                written: before,
                settled: true,
                reported: std::mem::take(&mut outcome.reported),
                accepted: self.accepted.clone(),
                declined: [&*self.overdrawn, &*outcome.declined].concat(),
                judged: Vec::new(),
                flags: self.flags.clone(),
            });
            self.judged.append(&mut judged);
            outcome = self.by_rules();
            if !outcome.settled {
                break;
            }
        }
        ruled.map_or(Ok(outcome), |ruled| Err(Box::new(ruled)))
    }

    fn rest(self, outcome: Outcome) -> Rest<'d> {
        Rest {
            written: self.written,
            settled: outcome.settled,
            reported: outcome.reported,
            accepted: self.accepted,
            declined: [self.overdrawn, outcome.declined].concat(),
            judged: self.judged,
            flags: self.flags,
        }
    }
}

/// Whether some line ends with CR alone. A cut may bring it together with a LF,
/// which makes one line end of two, and a blank line vanishes that the last
/// round had seen.
fn has_lone_return(text: &str) -> bool {
    text.match_indices('\r')
        .any(|(at, _)| text.as_bytes().get(at + 1) != Some(&b'\n'))
}
