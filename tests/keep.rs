//! Content that looks like debris: each file of `fixtures/keep` comes out as it
//! is, whatever rules are allowed, and however its author broke its lines.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dehusk::{CleanOptions, Document, Format, Level, RuleSet};

/// A column at which authors wrap.
const COLUMN: usize = 72;
/// There were so many documents when this was written.
const DOCUMENTS: usize = 202;

#[test]
fn nothing_is_taken_from_documents_that_are_all_content() {
    all_stay(str::to_owned);
}

#[test]
fn nothing_is_taken_from_them_when_their_paragraphs_are_wrapped() {
    all_stay(wrapped);
}

/// What a page has around a text.
const HEAD: &str = "Skip to content\n\nHome\nNews\nContact\n\n";
const FOOT: &str = "\n\nShare on Facebook\nShare on Twitter\n\n\
    We use cookies to improve your experience on our website.\nAccept all\n\n\
    Subscribe to our newsletter\n\n© 2024 Example Ltd. All rights reserved.\n";

/// Debris beside a text is evidence against it: a heading that stands alone is
/// a button among buttons, and "All rights reserved." above a page's foot is
/// the foot's first line. So a share of these documents, which are made of such
/// words, may go with the frame: as much as went when this was measured (1.0 %
/// and 1.9 %), and no more.
#[test]
fn little_is_taken_from_them_in_the_frame_of_a_page() {
    let rules = RuleSet::builtin().expect("the built-in rules are sound");
    for (level, most_of_a_thousand) in [(Level::Safe, 10), (Level::Full, 19)] {
        let options = CleanOptions {
            level,
            ..CleanOptions::default()
        };
        let (mut all, mut lost) = (0, 0);
        for file in documents() {
            let text = fs::read_to_string(&file).expect("a text");
            let framed = format!("{HEAD}{}{FOOT}", text.trim_end());
            let content = HEAD.len()..framed.len() - FOOT.len();
            let cleaned = dehusk::clean(&Document::new(format(&file), framed), &rules, &options);
            let taken = cleaned.removals.iter().filter_map(|removal| removal.span());
            lost += taken
                .map(|span| {
                    span.end
                        .min(content.end)
                        .saturating_sub(span.start.max(content.start))
                })
                .sum::<usize>();
            all += content.len();
        }
        let share = lost * 1000 / all;
        assert!(
            share <= most_of_a_thousand,
            "{lost} of {all} bytes go at {level:?}"
        );
    }
}

/// Two paragraphs of a report.
const FIRST: &str = "The harbour of the old town has been closed since the storm of March, \
    and nobody knows when the boats will come back.";
const SECOND: &str = "Two ferry operators have ordered electric boats for the short crossings, \
    and the first of them will sail in the spring.";

/// Sentences in the words of cookie notices, gates and footers that only the
/// text around them tells from debris.
const SENTENCES: &[&str] = &[
    "Your browser must support maps in relief, and your screen must be wide, to follow this chapter.",
    "JavaScript is required for the third exercise, in which we draw a tide table.",
    "Please enable JavaScript on your laptop before the lesson begins on Tuesday.",
    "We use cookies in this study to see how children share; by using two jars you agree to a rule.",
    "These cookies are kept in a tin for the fair and stay crisp for a week.",
    "Cookies are small files that a site leaves on your computer.",
    "Log in to the computer of the harbour with the keeper's password, she said.",
    "Use of the slipway without a permit costs a fine of 90 crowns.",
    "Reproduction is forbidden in the reserve between April and June.",
    "Vervielfältigung der Schlüssel war den Wärtern immer verboten.",
    "Reproduction et chasse du phoque y sont interdites depuis 1980.",
    "她最后说，未经船长同意，谁也不能打开那个仓库。",
    "저작권자인 박 씨는 항소하겠다고 밝혔다.",
];

/// At level `safe` a sentence that touches the text is the text's, wherever
/// it stands; at `full` one between its paragraphs is.
#[test]
fn a_sentence_beside_the_text_stays_in_the_frame_of_a_page() {
    let rules = RuleSet::builtin().expect("the built-in rules are sound");
    let mut gone = Vec::new();
    for sentence in SENTENCES {
        let between = format!("{FIRST}\n\n{sentence}\n\n{SECOND}");
        let last = format!("{FIRST}\n\n{SECOND}\n\n{sentence}");
        let first = format!("{sentence}\n\n{FIRST}\n\n{SECOND}");
        for (text, level) in [
            (&between, Level::Safe),
            (&last, Level::Safe),
            (&first, Level::Safe),
            (&between, Level::Full),
        ] {
            let framed = Document::new(Format::Text, format!("{HEAD}{text}{FOOT}"));
            let options = CleanOptions {
                level,
                ..CleanOptions::default()
            };
            let cleaned = dehusk::clean(&framed, &rules, &options);
            if !cleaned.text.contains(sentence) {
                gone.push(format!("{level:?}: {sentence}"));
            }
        }
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

/// A list of the text is no menu for standing above a page's foot, nor is the
/// table of contents of a booklet.
#[test]
fn lists_of_the_text_stay_at_safe_in_the_frame_of_a_page() {
    let rules = RuleSet::builtin().expect("the built-in rules are sound");
    let subjects = format!(
        "What we teach\n\n{FIRST}\n\nEnglish\nHistory\nScience\nSports\nMusic\nArts\n\
         Technology\nBusiness\nPolitics\nHealth"
    );
    let booklet = format!(
        "# Contents\n\nAbout\nContact\nNews\nEvents\nGallery\nHistory\nMembers\n\n\
         # About\n\n{FIRST}\n\n# Contact\n\nAnna Berg, 12 Pier Street"
    );
    for (format, text) in [(Format::Text, subjects), (Format::Markdown, booklet)] {
        let framed = Document::new(format, format!("{text}{FOOT}"));
        let options = CleanOptions {
            level: Level::Safe,
            ..CleanOptions::default()
        };
        let cleaned = dehusk::clean(&framed, &rules, &options);
        assert!(cleaned.text.contains(&text), "{}", cleaned.text);
        assert!(!cleaned.text.contains("Accept all"), "{}", cleaned.text);
    }
}

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keep");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() >= DOCUMENTS, "only {} documents", files.len());
    files
}

fn format(file: &Path) -> Format {
    match file.extension() {
        Some(md) if md == "md" => Format::Markdown,
        _ => Format::Text,
    }
}

/// Each document, as `broken` breaks its lines, at each level.
fn all_stay(broken: fn(&str) -> String) {
    let rules = RuleSet::builtin().expect("the built-in rules are sound");
    let mut damaged = Vec::new();
    for file in &documents() {
        let text = broken(&fs::read_to_string(file).expect("a text"));
        let document = Document::new(format(file), &text);
        for level in [Level::Safe, Level::Full] {
            let options = CleanOptions {
                level,
                ..CleanOptions::default()
            };
            let cleaned = dehusk::clean(&document, &rules, &options);
            let name = file.file_name().expect("a name").to_string_lossy();
            for removal in cleaned.removals.iter().chain(&cleaned.withheld) {
                let taken = removal.span().map(|span| &text[span.clone()]);
                damaged.push(format!("{name} at {level:?}: {}: {taken:?}", removal.code));
            }
            if damaged.is_empty() {
                assert_eq!(cleaned.text, text, "{name}");
            }
        }
    }
    assert!(damaged.is_empty(), "{}", damaged.join("\n"));
}

/// A text with its long lines broken at [`COLUMN`], as an editor does; what
/// stands in columns or is code stays.
fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / COLUMN);
    for line in text.split_inclusive('\n') {
        let mut width = 0;
        let plain = line.starts_with(char::is_alphanumeric) && !line.contains(['|', '\t']);
        for (at, word) in line.split(' ').enumerate() {
            let chars = word.trim_end().chars().count();
            if at > 0 {
                let breaks = plain && width + 1 + chars > COLUMN;
                out.push(if breaks { '\n' } else { ' ' });
                width = if breaks { 0 } else { width + 1 };
            }
            out.push_str(word);
            width += chars;
        }
    }
    out
}
