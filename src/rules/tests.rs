//! Rule files from their authors' side: what is refused, and how it is said.

mod matching;

use std::fmt::Write as _;

use self::matching::look;
use super::{test::TestKind, *};
use crate::linear::assert_linear;

const PACK: &str = "schema = 1\n[pack]\nname = \"mine\"\ndescription = \"Mine.\"\n";

/// A pack of one rule, which begins in line 5.
fn pack(rule: &str) -> String {
    format!("{PACK}[[rule]]\n{rule}")
}

fn rule(keys: &str) -> String {
    pack(&format!(
        "code = \"MIN001\"\nid = \"mine\"\nsummary = \"Mine\"\n{keys}\n"
    ))
}

fn refused(text: &str) -> String {
    RuleSet::parse("rules/mine.toml", text)
        .map(drop)
        .unwrap_err()
        .to_string()
}

#[test]
fn an_error_names_file_line_rule_and_remedy() {
    assert_eq!(
        refused(&rule("kind = \"line\"\nany = [\"(\"]")),
        "rules/mine.toml:5: rule MIN001: the pattern does not compile: unclosed group: ( \
         (fix the pattern, or remove it)"
    );
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let message = refused(&rule(
        "kind = \"line\"\nphrases = [\"share\"]\nphrase = [\"tweet\"]",
    ));
    assert!(
        message.starts_with(
            "rules/mine.toml:11: rule MIN001: unknown key `phrase`; did you mean `phrases`?"
        ),
        "{message}"
    );
    let message = refused(&rule(
        "kind = \"line\"\nphrases = [\"share\"]\nguard = { max-hit = 1 }",
    ));
    assert!(
        message.contains("unknown key `max-hit`; did you mean `max-hits`?"),
        "{message}"
    );
    assert!(refused("schema = 1\n[pack\n").starts_with("rules/mine.toml:2: "));
    assert!(refused(&PACK.replace('1', "2")).contains("schema 2 is not known"));
}

#[test]
fn rules_that_cannot_work_are_refused() {
    let cases = [
        ("kind = \"line\"", "a line rule needs `phrases`"),
        ("kind = \"span\"", "a span rule needs `any`"),
        ("kind = \"repeat\"", "a repeat rule needs `guard.within`"),
        ("kind = \"html\"", "a html rule needs `select`"),
        (
            "kind = \"span\"\nphrases = [\"share\"]\nany = ['a']",
            "`phrases` means nothing in a span rule",
        ),
        (
            "kind = \"line\"\nany = ['a']\nguard = { min-run = 2 }",
            "`guard.min-run` means nothing in a line rule",
        ),
        (
            "kind = \"tail\"\nphrases = [\"more\"]\naction = \"keep\"",
            "`action = \"keep\"` means nothing in a tail rule",
        ),
        (
            "kind = \"line\"\nphrases = [\"more\"]\naction = \"keep\"\nguard = { first-lines = 3 }",
            "`guard.first-lines` means nothing in a keep rule",
        ),
        (
            "kind = \"line\"\nphrases = [\"more\"]\naction = \"keep\"\nguard = { edge = \"end\" }",
            "`guard.edge` means nothing in a keep rule",
        ),
        (
            "kind = \"span\"\nany = ['a']\naction = \"keep\"\nguard = { max-hits = 3 }",
            "`guard.max-hits` means nothing in a keep rule",
        ),
        (
            "kind = \"line\"\nany = ['a']\naction = \"keep\"\nguard = { followed-by = { within = 3, any = ['b'] } }",
            "`guard.followed-by` means nothing in a keep rule",
        ),
        (
            "kind = \"line\"\nphrases = [\"* * *\"]",
            "the phrase \"* * *\" has no letter or digit",
        ),
        (
            "kind = \"line\"\nphrases = [\"{w}\"]",
            "the phrase \"{w}\" has no letter or digit",
        ),
        (
            "kind = \"line\"\nstarts = [\"more {n}\"]",
            "the phrase \"more {n}\"",
        ),
        (
            "kind = \"line\"\nterms = ['a']\nmin-terms = 2",
            "`min-terms` must be from 1 to the number of terms",
        ),
        (
            "kind = \"line\"\nany = ['a']\nguard = { max-share = 1.5 }",
            "`guard.max-share` must be above 0",
        ),
        ("kind = \"run\"\nshape = {}", "`shape` is empty"),
        (
            "kind = \"run\"\nshape = { no-sentence-end = true }",
            "`shape` needs `max-words`",
        ),
        (
            "kind = \"line\"\nany = ['a']\nguard = { followed-by = { within = 3 } }",
            "`guard.followed-by` needs `phrases`",
        ),
        (
            "kind = \"line\"\nany = ['a']\ntags = [\"flag:odd\"]",
            "has the unknown flag \"odd\"",
        ),
        (
            "kind = \"line\"\nany = ['a']\n[[rule.test]]\nname = \"half\"\nin = \"a\"",
            "the test \"half\" needs either",
        ),
        (
            "kind = \"html\"\nselect = [\"div[\"]",
            "the selector \"div[\" is not CSS",
        ),
        (
            "kind = \"line\"\nany = ['.{0,20000}']",
            "the pattern does not compile: Compiled regex exceeds size limit",
        ),
    ];
    for (keys, says) in cases {
        let message = refused(&rule(keys));
        assert!(
            message.starts_with("rules/mine.toml:5: rule MIN001: ") && message.contains(says),
            "{message}"
        );
    }
    assert!(
        refused(&rule("kind = \"line\"\nany = ['a']").replace("MIN001", "Min1"))
            .contains("of the form ABC123")
    );
    assert!(
        refused(
            &rule("kind = \"line\"\nany = ['a']").replace("\"mine\"\nsumm", "\"My Rule\"\nsumm")
        )
        .contains("kebab")
    );
    let twice = rule("kind = \"line\"\nany = ['a']");
    let twice = format!("{twice}{}", twice.strip_prefix(PACK).unwrap());
    assert!(refused(&twice).contains("stands twice, first in line 5"));
}

#[test]
fn hostile_rules_are_refused_quickly() {
    let start = std::time::Instant::now();
    let alternatives = "a|".repeat(1_000_000);
    assert!(
        refused(&rule(&format!("kind = \"line\"\nany = ['{alternatives}']")))
            .contains("longer than 16000 bytes")
    );
    let commas = "a,".repeat(100_000);
    assert!(
        refused(&rule(&format!("kind = \"html\"\nselect = ['{commas}a']")))
            .contains("is longer than 2000 bytes")
    );
    let nested = format!("{}a{}", "(".repeat(3000), ")".repeat(3000));
    assert!(
        refused(&rule(&format!("kind = \"line\"\nany = ['{nested}']")))
            .contains("does not compile")
    );
    // Measured: .02 s. Any of them compiled would take minutes or gigabytes.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn ten_thousand_phrases_load_and_find_their_lines() {
    let pack = |size: usize| {
        let mut keys = String::from("kind = \"line\"\nphrases = [\n");
        for number in 0..size {
            writeln!(keys, "  \"Read the {number}th newsletter\", ").unwrap();
        }
        keys.push(']');
        rule(&keys)
    };
    let load = |pack: &String| RuleSet::parse("many.toml", pack).unwrap();
    assert_linear("phrases", 5_000, pack, load);
    let rules = load(&pack(10_000));
    assert_eq!(look(&rules, "* READ the 9999th newsletter!"), [0]);
    assert_eq!(look(&rules, "Read the 10000th newsletter"), [0; 0]);
}

#[test]
fn a_choice_of_rules_names_what_the_structure_step_takes_too() {
    let steps = |select: &[&str], ignore: &[&str]| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let rules = RuleSet::load(&RuleOptions {
            select: names(select),
            ignore: names(ignore),
            ..RuleOptions::default()
        })
        .unwrap();
        ["STR001", "STR002", "STR003"].map(|step| rules.has_step(step))
    };
    assert_eq!(steps(&[], &[]), [true; 3]);
    assert_eq!(steps(&[], &["STR"]), [false; 3]);
    assert_eq!(steps(&[], &["STR002", "IMG"]), [true, false, true]);
    assert_eq!(steps(&["IMG"], &[]), [false; 3]);
    assert_eq!(steps(&["ALL"], &["STR003"]), [true, true, false]);
    let unknown = RuleSet::load(&RuleOptions {
        ignore: vec!["STR009".to_owned()],
        ..RuleOptions::default()
    });
    assert!(unknown.is_err());
}

#[test]
fn a_selection_names_codes_letters_tags_and_packs() {
    let codes = |options: &RuleOptions| -> Vec<String> {
        RuleSet::load(options)
            .unwrap()
            .rules()
            .iter()
            .map(|rule| rule.code.to_string())
            .collect()
    };
    let all = codes(&RuleOptions::default());
    let one = RuleOptions {
        select: vec!["IMG001".to_owned()],
        ..RuleOptions::default()
    };
    assert_eq!(codes(&one), ["IMG001"]);
    let images = codes(&RuleOptions {
        select: vec!["IMG".to_owned()],
        ..RuleOptions::default()
    });
    assert!(images.contains(&"IMG001".to_owned()) && images.len() < all.len());
    let others = codes(&RuleOptions {
        ignore: vec!["IMG".to_owned()],
        ..RuleOptions::default()
    });
    assert_eq!(others.len() + images.len(), all.len());
    let unknown = RuleOptions {
        select: vec!["NOPE001".to_owned()],
        ..RuleOptions::default()
    };
    assert!(
        RuleSet::load(&unknown)
            .unwrap_err()
            .to_string()
            .contains("\"NOPE001\" names no rule")
    );
}

#[test]
fn packs_of_a_folder_are_read_in_order_and_replace_equal_codes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("b.toml", &rule("kind = \"line\"\nphrases = [\"second\"]"));
    write("a.toml", &rule("kind = \"line\"\nphrases = [\"first\"]"));
    write("note.txt", "not a pack");
    let rules = RuleSet::only(folder.path()).unwrap();
    assert_eq!(rules.rules().len(), 1);
    assert_eq!(look(&rules, "second"), [0]);
    let empty = tempfile::tempdir().unwrap();
    assert!(
        RuleSet::only(empty.path())
            .unwrap_err()
            .to_string()
            .contains("holds no rule file")
    );
    let missing = RuleSet::only(&empty.path().join("gone.toml")).unwrap_err();
    assert!(missing.to_string().contains("cannot be read"));
}

#[test]
fn a_rule_says_its_guards_as_they_are_written() {
    let rules = RuleSet::parse(
        "mine.toml",
        &rule("kind = \"line\"\nphrases = [\"more\"]\nguard = { max-chars = 40, max-share = 0.25, edge = \"end\" }"),
    )
    .unwrap();
    let facts: Vec<String> = rules.rules()[0]
        .guard
        .facts()
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    assert_eq!(
        facts,
        ["max-chars = 40", "max-share = 0.25", "last-lines = 1"]
    );
}

#[test]
fn html_rules_give_their_selectors_and_test_themselves() {
    let text = rule(
        "kind = \"html\"\nselect = [\".share\", \"nav.menu\"]\n[[rule.test]]\nname = \"goes\"\n\
         in = '<p>Story</p><div class=share>Tweet</div>'\nout = '<p>Story</p>'\n\
         [[rule.test]]\nname = \"stays\"\nkeep = '<p class=shared>Story</p>'",
    );
    let rules = RuleSet::parse("mine.toml", &text).unwrap();
    assert_eq!(rules.html(&Origin::default()).count(), 2);
    assert!(
        test::run(&rules, &rules)
            .iter()
            .all(|outcome| outcome.kind == TestKind::Passed)
    );
}

#[test]
fn html_keep_rules_give_their_action_and_take_nothing() {
    let text = rule(
        "kind = \"html\"\naction = \"keep\"\nselect = [\".note\"]\n[[rule.test]]\nname = \"stays\"\n\
         keep = '<p>Story</p><div class=note>Note</div>'",
    );
    let rules = RuleSet::parse("mine.toml", &text).unwrap();
    assert!(
        rules
            .html(&Origin::default())
            .all(|(_, _, action, _)| action == Action::Keep)
    );
    let outcomes = test::run(&rules, &rules);
    assert_eq!(outcomes[0].kind, TestKind::Passed);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_or_too_large_is_refused_without_reading_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endless.toml");
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    let error = RuleSet::only(folder.path()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "it is not a regular file");
    assert!(!error.to_string().contains(&cause), "{error}");
    let path = folder.path().join("a.toml");
    let file = std::fs::File::create(&path).unwrap();
    // A hole: it takes no room on the disk.
    file.set_len(1 << 40).unwrap();
    let says = RuleSet::only(&path).unwrap_err().to_string();
    assert!(
        says.contains("`file` is larger than 16 MiB (split it)"),
        "{says}"
    );
}

#[test]
fn rule_files_are_bounded_together_too() {
    let folder = tempfile::tempdir().unwrap();
    let comment = "#".repeat(15 << 20);
    let packs = (1..=5)
        .map(|number| {
            let path = folder.path().join(format!("{number}.toml"));
            std::fs::write(&path, format!("{PACK}{comment}\n")).unwrap();
            path
        })
        .collect();
    let options = RuleOptions {
        packs,
        ..RuleOptions::default()
    };
    let says = RuleSet::load(&options).unwrap_err().to_string();
    assert!(
        says.contains("5.toml") && says.contains("larger than 64 MiB"),
        "{says}"
    );
}

#[test]
fn an_example_that_fails_says_how() {
    let text = rule(
        "kind = \"line\"\nphrases = [\"share\"]\n\
         [[rule.test]]\nname = \"missed\"\nin = \"tweet\\na\"\nout = \"a\"\n\
         [[rule.test]]\nname = \"wrong\"\nin = \"share\\na\"\nout = \"b\"\n\
         [[rule.test]]\nname = \"noisy\"\nkeep = \"share\\na\"",
    );
    let rules = RuleSet::parse("mine.toml", &text).unwrap();
    let outcomes = test::run(&rules, &rules);
    let kinds: Vec<_> = outcomes.iter().map(|outcome| outcome.kind).collect();
    assert_eq!(kinds, [TestKind::Missed, TestKind::Wrong, TestKind::Noisy]);
    assert_eq!(
        (outcomes[2].got.as_str(), &*outcomes[2].by),
        ("a\n", &["MIN001".to_owned()][..])
    );
}

#[test]
fn every_pattern_of_the_built_in_packs_compiles() {
    RuleSet::check_builtin().unwrap();
}

#[test]
fn a_list_stands_for_its_words_wherever_phrases_stand() {
    let text = format!(
        "{PACK}[lists]\nmenu = [\"home\", \"about us\"]\n[[rule]]\ncode = \"MIN001\"\nid = \"mine\"\n\
         summary = \"Mine\"\nkind = \"line\"\nphrases = [\"@menu\", \"contact\"]\n\
         unless-phrases = [\"@menu\"]\n\
         guard = {{ followed-by = {{ within = 2, phrases = [\"@menu\"] }} }}\n"
    );
    let rules = RuleSet::parse("mine.toml", &text).unwrap();
    let rule = &rules.rules()[0];
    assert_eq!(rule.matchers.phrases, ["home", "about us", "contact"]);
    assert!(rule.spared_by_phrase("* About us *") && !rule.spared_by_phrase("Contact"));
    let nearby = rule.guard.followed_by.as_ref().unwrap();
    assert!(nearby.counts("Home", "Home"));
}

#[test]
fn an_override_replaces_keys_and_leaves_the_others() {
    let keys: toml::Table = "guard = { max-hits = 3 }\nsafety = \"report\"\nlangs = [\"en\"]"
        .parse()
        .unwrap();
    let load = |code: &str, keys: toml::Table| {
        RuleSet::load(&RuleOptions {
            overrides: [(code.to_owned(), keys)].into(),
            ..RuleOptions::default()
        })
    };
    let rules = load("IMG001", keys).unwrap();
    let rule = rules.get("IMG001").unwrap();
    assert_eq!(rule.guard.max_hits, Some(3));
    assert_eq!(rule.guard.max_chars, Some(400));
    assert_eq!(
        (rule.safety, &rule.langs[..]),
        (Safety::Report, &["en".to_owned()][..])
    );
    let message = |code: &str, keys: &str| {
        let error = load(code, keys.parse().unwrap()).map(drop).unwrap_err();
        error.kind.to_string()
    };
    assert_eq!(
        message("IMG001", "guard = { max-hit = 3 }"),
        "in the override, unknown key `max-hit`; did you mean `max-hits`?"
    );
    assert_eq!(
        message("IMG001", "lang = [\"en\"]"),
        "in the override, unknown key `lang`; did you mean `langs`?"
    );
    assert!(message("IMG001", "guard = { min-run = 3 }").contains("means nothing in a line rule"));
    // The keys are for the rule that is in force.
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine.toml");
    let own = "kind = \"run\"\nphrases = [\"@menu\"]\nguard = { min-run = 4 }";
    let own = self::rule(own).replace("MIN001", "IMG001") + "[lists]\nmenu = [\"home\"]\n";
    std::fs::write(&mine, own).unwrap();
    let load = |keys: &str| {
        RuleSet::load(&RuleOptions {
            packs: vec![mine.clone()],
            overrides: [("IMG001".to_owned(), keys.parse().unwrap())].into(),
            ..RuleOptions::default()
        })
    };
    let rules = load("guard = { min-run = 2 }").unwrap();
    let rule = rules.get("IMG001").unwrap();
    assert_eq!(
        (rule.kind, rule.guard.min_run, rule.pack.as_str(), rule.line),
        (Kind::Run, Some(2), "mine", 5)
    );
    assert_eq!(rule.matchers.phrases, ["home"]);
    let error = load("guard = { max-finds-before = 2 }")
        .map(drop)
        .unwrap_err();
    assert!(
        error.to_string().contains("mine.toml:5: rule IMG001"),
        "{error}"
    );
    assert_eq!(
        message("IMG0001", ""),
        "\"IMG0001\" names no rule; did you mean \"IMG001\"? (see `dehusk rules list`)"
    );
}
