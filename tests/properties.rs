//! What holds for every input, tried on many.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic and take its time"
)]

use dehusk::{
    CleanOptions, Document, Format, RuleSet, clean,
    clean::{Level, normal_form},
    cut,
    decode::decode,
    pipeline::{Input, Name, Options, process},
};
use proptest::prelude::*;

/// Lines that rules have an opinion about, lines that they have none about,
/// and line ends of all kinds.
fn scraped() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("&w=3840&q=100)"),
        Just("Hashtags"),
        Just("Try Our AI Features"),
        Just("Explore what Newsdeck AI can do for you:"),
        Just("Comments"),
        Just("No comments yet..."),
        Just("Related Articles"),
        Just("Share on Facebook"),
        Just("Tweet"),
        Just("Home"),
        Just("  Sport  "),
        Just("27 minutes ago"),
        Just("Advertisement"),
        Just("Read more: How the bridge was built"),
        Just("© 2025 Example Media. All rights reserved."),
        Just("« Previous 1 2 3 … 10 Next »"),
        Just("Subscribe to our newsletter"),
        Just("A headline that is long enough to count as one"),
        Just("* [Home](/) | [News](/news) | [Contact](/contact)"),
        Just("```"),
        Just("# Heading"),
        Just(
            "The ferry was late again\u{200b}, and nobody on the pier was surprised by it, least of all the harbour master."
        ),
        Just(
            "We use cookies to improve your experience. By clicking Accept all cookies you agree to our Cookie Policy."
        ),
        Just("新的桥梁星期一正式通车，许多市民步行过桥。"),
        Just("Die Brücke wurde am Montag für den Verkehr geöffnet, und viele kamen zu Fuß."),
        Just(""),
        Just(" "),
    ];
    let end = prop_oneof![8 => Just("\n"), 2 => Just("\n\n"), 1 => Just("\r\n"), 1 => Just("\r"), 1 => Just(" ")];
    proptest::collection::vec((line, end), 0..60).prop_map(|lines| {
        lines
            .into_iter()
            .map(|(line, end)| format!("{line}{end}"))
            .collect()
    })
}

fn format() -> impl Strategy<Value = Format> {
    prop_oneof![Just(Format::Text), Just(Format::Markdown)]
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Safe), Just(Level::Full)]
}

/// Kept text and removals are the input, and a second cleaning finds nothing.
fn check(text: &str, format: Format, level: Level) -> Result<(), TestCaseError> {
    let rules = rules();
    let options = CleanOptions {
        level,
        ..CleanOptions::default()
    };
    let cleaned = clean(&Document::new(format, text), rules, &options);
    let mut at = 0;
    for removal in &cleaned.removals {
        let span = removal.span().expect("text has no nodes");
        prop_assert!(
            at <= span.start && span.start < span.end && span.end <= text.len(),
            "{span:?}"
        );
        at = span.end;
    }
    let kept = cut(text, &cleaned.removals);
    prop_assert_eq!(&*normal_form(&kept, format), &cleaned.text);
    let again = clean(&Document::new(format, &*cleaned.text), rules, &options);
    prop_assert_eq!(&again.text, &cleaned.text);
    prop_assert!(again.removals.is_empty(), "{:?}", again.removals);
    Ok(())
}

fn rules() -> &'static RuleSet {
    static RULES: std::sync::OnceLock<RuleSet> = std::sync::OnceLock::new();
    RULES.get_or_init(|| RuleSet::builtin().expect("the built-in rules are sound"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scraped_text_is_accounted_for_and_stays_clean(text in scraped(), format in format(), level in level()) {
        check(&text, format, level)?;
    }

    #[test]
    fn any_text_is_accounted_for_and_stays_clean(text in any::<String>(), format in format(), level in level()) {
        check(&text, format, level)?;
    }

    #[test]
    fn no_bytes_make_any_stage_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        format in prop_oneof![Just(Format::Text), Just(Format::Markdown), Just(Format::Html)],
    ) {
        let decoded = decode(bytes, None, format);
        let input = Input { text: decoded.text, format, name: Name::None };
        prop_assert!(process(input, rules(), &Options::default()).is_ok());
    }

    #[test]
    fn no_markup_makes_extraction_panic(
        parts in proptest::collection::vec(prop_oneof![
            Just("<div>"), Just("</div>"), Just("<p class=a>"), Just("<table><tr><td>"), Just("</table>"),
            Just("<ul><li>"), Just("<b id=i>"), Just("<a href='x'>"), Just("</a>"), Just("<svg><title>"),
            Just("<template>"), Just("<noscript>"), Just("<script>var a = '<p>'"), Just("</script>"),
            Just("<!--"), Just("-->"), Just("<pre>"), Just("<textarea>"), Just("&amp;&nbsp;&#x0;"),
            Just("Some words of a sentence, and then some more of them."), Just("新的桥梁星期一通车。"), Just("\u{0}"),
        ], 0..80),
    ) {
        let page: String = parts.concat();
        let input = Input { text: page, format: Format::Html, name: Name::None };
        prop_assert!(process(input, rules(), &Options::default()).is_ok());
    }
}
