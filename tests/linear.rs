//! Cleaning takes time in proportion to the text, whatever is in it.

#[path = "common/linear.rs"]
mod linear;

use dehusk::{CleanOptions, Document, Format, RuleSet};
use linear::assert_linear;

const STORY: &str = "The harbour of the old town has been closed since the storm of March, and \
    nobody knows when the boats will come back to the pier.\n";

/// What is repeated between two paragraphs of a text.
const PIECES: &[(&str, &str)] = &[
    (
        "sentences that rules find",
        "We use cookies to improve your experience on our website.\n",
    ),
    (
        "such sentences apart",
        "We use cookies to improve your experience on our website.\n\n",
    ),
    ("menus", "Share\nLog in\nHome\n"),
    ("lists", "- Share\n- Home\n- a thing that is told of here\n"),
    ("contents", "- [Home](#home)\n## Home\n"),
    ("markers of tails", "Related articles\nAdvertisement\n"),
    (
        "wrapped lines",
        "and so on, the keeper of the light said to the men on\nthe mole.\nShare\n",
    ),
    (
        "sections",
        "## Share\nThe keeper of the light said to the men on the mole that he would share.\n\n",
    ),
    (
        "buttons between paragraphs",
        "Log in\n\nThe keeper of the light said to the men that the boats would come back.\n",
    ),
];

#[test]
fn texts_full_of_finds_take_linear_time() {
    let rules = RuleSet::builtin().expect("the built-in rules are sound");
    for (name, piece) in PIECES {
        let text = |times: usize| {
            let text = format!("{STORY}{}{STORY}", piece.repeat(times));
            Document::new(Format::Text, text)
        };
        assert_linear(name, 1_000, text, |document| {
            dehusk::clean(document, &rules, &CleanOptions::default())
        });
    }
}

/// Guards that look at all that is found, or at the whole document.
#[test]
fn guards_that_look_far_take_linear_time() {
    let pack = "schema = 1\n[pack]\nname = \"far\"\n\
        [[rule]]\ncode = \"FAR001\"\nid = \"end\"\nsummary = \"End\"\nkind = \"tail\"\n\
        phrases = [\"the end\"]\nguard = { finds-after = 5 }\n\
        [[rule]]\ncode = \"FAR002\"\nid = \"ad\"\nsummary = \"Ad\"\nkind = \"line\"\n\
        phrases = [\"the ad\"]\nlangs = [\"de\"]\nkinds = [\"forum\"]\n";
    let rules = RuleSet::parse("far.toml", pack).expect("a sound pack");
    let text = |times: usize| Document::new(Format::Text, "The end\nThe ad\n".repeat(times));
    assert_linear("markers", 2_000, text, |document| {
        dehusk::clean(document, &rules, &CleanOptions::default())
    });
}
