//! What deduplication does with whole collections.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// A source of words and choices that is the same on every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Knuth's linear congruential generator; the upper bits are good.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    /// A made-up word; low numbers come up more often, as in a language.
    fn word(&mut self) -> String {
        const SYLLABLES: [&str; 16] = [
            "ba", "cor", "del", "fi", "gan", "hu", "jo", "kes", "lim", "mor", "na", "pel", "qui",
            "ros", "ta", "vun",
        ];
        let mut number = self.roll(60) * self.roll(60);
        let mut word = String::new();
        loop {
            word.push_str(SYLLABLES[number % 16]);
            number /= 16;
            if number == 0 {
                return word;
            }
        }
    }

    fn words(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.word()).collect()
    }

    pub(super) fn text(&mut self, words: usize) -> String {
        self.words(words).join(" ")
    }

    /// The text with one word in `every` changed, left out, or doubled.
    pub(super) fn edit(&mut self, text: &str, every: usize) -> String {
        let mut edited = Vec::new();
        for word in text.split(' ') {
            match self.roll(every * 3) {
                0 => edited.push(self.word()),
                1 => {}
                2 => edited.extend([word.to_owned(), self.word()]),
                _ => edited.push(word.to_owned()),
            }
        }
        edited.join(" ")
    }
}

fn verdicts<T: AsRef<str>>(texts: &[T]) -> Vec<Verdict> {
    let prints = texts
        .iter()
        .map(|text| Fingerprint::of(text.as_ref()))
        .collect();
    cluster(prints, Keep::First, DedupOptions::default())
}

/// The ordinals of the kept documents.
fn kept(verdicts: &[Verdict]) -> Vec<usize> {
    let numbered = verdicts.iter().enumerate();
    numbered
        .filter(|(_, verdict)| **verdict == Verdict::Unique)
        .map(|(ordinal, _)| ordinal)
        .collect()
}

#[test]
fn a_retyped_text_is_an_exact_copy() {
    let found = verdicts(&[
        "Don’t panic: it's “only” a\ntest.",
        "DON'T PANIC — it’s only a test",
    ]);
    let Verdict::Duplicate(found) = &found[1] else {
        panic!("{found:?}")
    };
    assert_eq!((found.kept, found.evidence), (0, Evidence::Exact));
    assert!((found.similarity - 1.0).abs() < f64::EPSILON);
}

#[test]
fn edited_truncated_wrapped_and_reordered_copies_are_found() {
    let mut dice = Dice(1);
    let story = dice.text(300);
    let half = story.split(' ').take(150).collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = story.split_inclusive(' ').collect();
    let reordered: String = parts.chunks(60).rev().flatten().copied().collect();
    let wrapped = format!("{} {story} {}", dice.text(60), dice.text(90));
    let copies = [dice.edit(&story, 10), half, reordered, wrapped];
    let mut texts = vec![story];
    texts.extend(copies);
    texts.push(dice.text(300));
    assert_eq!(kept(&verdicts(&texts)), [0, 5]);
}

#[test]
fn a_nearly_identical_text_is_found_by_its_simhash() {
    let mut dice = Dice(2);
    let story = dice.text(600);
    let copy = story.replacen(' ', " truly ", 1);
    let options = DedupOptions {
        candidates: Candidates::Simhash,
        ..DedupOptions::default()
    };
    let prints = [&story, &copy].map(|text| Fingerprint::of(text)).to_vec();
    let found = cluster(prints, Keep::First, options);
    let Verdict::Duplicate(found) = &found[1] else {
        panic!("{found:?}")
    };
    assert!(
        matches!(found.evidence, Evidence::Simhash { distance: 0..=3 }),
        "{found:?}"
    );
}

#[test]
fn pages_of_one_template_with_other_facts_are_no_copies() {
    let forecast = |town: &str, high: u32| {
        format!(
            "Weather for {town} and the villages around it. Today brings a high of {high} degrees and a low of {} \
             degrees, with winds from the west at {} kilometres per hour. There is a {} percent chance of rain in \
             the afternoon. Humidity will reach {} percent by the evening. Sunrise is at {}:{} and sunset at {}:{} \
             tonight. Check back tomorrow for the next forecast or sign up for warnings in your area.",
            high - 7,
            high * 2 + 1,
            high * 3 % 100,
            high + 40,
            5 + high % 3,
            10 + high,
            17 + high % 3,
            59 - high,
        )
    };
    let texts = [
        forecast("Ashford", 12),
        forecast("Belmont", 25),
        forecast("Carrow", 18),
        forecast("Denby", 30),
    ];
    assert_eq!(kept(&verdicts(&texts)), [0, 1, 2, 3]);
}

#[test]
fn short_items_in_the_frame_of_one_site_are_no_copies() {
    let mut dice = Dice(3);
    let (head, tail) = (dice.text(60), dice.text(80));
    let texts: Vec<String> = (0..40)
        .map(|_| format!("{head} {} {tail}", dice.text(60)))
        .collect();
    assert_eq!(kept(&verdicts(&texts)).len(), texts.len());
}

#[test]
fn pages_that_share_a_tail_or_a_head_and_say_something_else_are_no_copies() {
    let mut dice = Dice(17);
    for own in [110, 125, 200] {
        let imprint = dice.text(136);
        let pages: Vec<String> = (0..20).map(|_| dice.text(own)).collect();
        let tails: Vec<String> = pages
            .iter()
            .map(|page| format!("{page} {imprint}"))
            .collect();
        let heads: Vec<String> = pages
            .iter()
            .map(|page| format!("{imprint} {page}"))
            .collect();
        assert_eq!(kept(&verdicts(&tails)).len(), 20, "{own}");
        assert_eq!(kept(&verdicts(&heads)).len(), 20, "{own}");
    }
}

#[test]
fn three_hundred_copies_of_a_story_leave_one() {
    let mut dice = Dice(4);
    let story = dice.text(250);
    let mut texts = Vec::new();
    for _ in 0..300 {
        let (head, tail) = (dice.roll(80), dice.roll(80));
        let copy = dice.edit(&story, 25);
        texts.push(format!("{} {copy} {}", dice.text(head), dice.text(tail)));
        texts.push(dice.text(200));
    }
    let found = verdicts(&texts);
    assert_eq!(kept(&found).len(), 301);
    let of_first =
        |verdict: &&Verdict| matches!(verdict, Verdict::Duplicate(found) if found.kept == 0);
    assert_eq!(found.iter().filter(of_first).count(), 299);
}

#[test]
fn texts_without_words_are_all_kept() {
    assert_eq!(kept(&verdicts(&["", "", "…", " \n", "—"])).len(), 5);
}

#[test]
fn scripts_without_blanks_are_compared_by_characters() {
    let story = "昨日の午後、市の中心部にある古い橋の修復工事がようやく終わり、多くの住民が集まって開通を祝った。\
                 工事は三年前に始まったが、大雨のために何度も中断されていた。市長は式典で、橋は町の歴史そのものだと述べた。";
    let copy = story
        .replace("多くの住民", "大勢の人々")
        .replace('。', "。\n");
    let other = "来週から始まる音楽祭には、国内外から二十を超える楽団が参加する予定である。主催者によると、\
                 入場券はすでに八割が売れており、当日券はわずかしか残らない見込みだという。会場は駅前の公園に設けられる。";
    assert_eq!(kept(&verdicts(&[story, &copy, other])), [0, 2]);
}

#[test]
fn the_longest_is_kept_when_asked_for() {
    let mut dice = Dice(5);
    let story = dice.text(300);
    let half = story.split(' ').take(150).collect::<Vec<_>>().join(" ");
    let texts = [half.clone(), dice.text(200), story, half];
    let prints = texts.iter().map(|text| Fingerprint::of(text)).collect();
    let found = cluster(prints, Keep::Longest, DedupOptions::default());
    assert_eq!(kept(&found), [1, 2]);
    for copy in [0, 3] {
        assert!(matches!(&found[copy], Verdict::Duplicate(found) if found.kept == 2));
    }
}

fn prints<T: AsRef<str>>(texts: &[T]) -> Vec<Fingerprint> {
    let texts = texts.iter().map(AsRef::as_ref);
    texts.map(Fingerprint::of).collect()
}

/// The ordinals of the documents that stay where copies are removed.
fn staying<T: AsRef<str>>(texts: &[T]) -> Vec<usize> {
    kept(&copies_by(
        prints(texts),
        &[],
        Keep::First,
        DedupOptions::default(),
    ))
}

#[test]
fn a_document_with_a_passage_of_its_own_stays_and_its_copies_go() {
    let mut dice = Dice(31);
    let teaser = dice.text(200);
    let whole = format!("{teaser} {}", dice.text(95));
    let texts = [&teaser, &whole, &whole, &dice.edit(&whole, 60), &teaser];
    assert_eq!(staying(&texts), [0, 1]);
    // They belong together all the same.
    assert_eq!(kept(&verdicts(&texts)), [0]);
    // The other way round nothing is left over.
    assert_eq!(staying(&[&whole, &teaser]), [0]);
}

#[test]
fn a_text_with_small_changes_has_nothing_of_its_own() {
    let mut dice = Dice(32);
    for words in [120, 300, 3_000, 60_000] {
        let story = dice.text(words);
        let copies = [dice.edit(&story, 20), dice.edit(&story, 80)];
        let texts = [&story, &copies[0], &copies[1]];
        assert_eq!(staying(&texts), [0], "{words} words");
    }
}

#[test]
fn pages_of_three_shared_pieces_stay_for_what_stands_between() {
    let mut dice = Dice(33);
    let pieces = [dice.text(36), dice.text(36), dice.text(36)];
    let texts: Vec<String> = (0..40)
        .map(|_| {
            let own = [dice.text(66), dice.text(66)];
            let [a, b, c] = &pieces;
            format!("{a} {} {b} {} {c}", own[0], own[1])
        })
        .collect();
    assert_eq!(staying(&texts).len(), 40);
}

#[test]
fn holders_of_one_passage_stay_whatever_a_witness_says() {
    let mut dice = Dice(34);
    let passage = dice.text(100);
    let first = format!("{} {passage}", dice.text(200));
    let second = format!("{} {passage}", dice.text(200));
    let cut = first.split(' ').skip(190).collect::<Vec<_>>().join(" ");
    assert_eq!(staying(&[&first, &cut, &second]), [0, 2]);
    assert_eq!(staying(&[&first, &second, &cut]), [0, 1]);
}

#[test]
fn a_million_equal_documents_take_no_longer_than_reading_them() {
    let print = Fingerprint::of(&Dice(6).text(250));
    let mut deduper = Deduper::new(DedupOptions::default());
    let started = Instant::now();
    let duplicates = (0..1_000_000)
        .filter(|_| deduper.insert(print.clone()) != Verdict::Unique)
        .count();
    assert_eq!(duplicates, 999_999);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn one_huge_line_is_read_in_bounded_memory_and_time() {
    const BYTES: usize = 5_000_000;
    for pattern in ["x", "spam ", "7 ", "3,", "好", "&", "â€", "é'"] {
        let text = pattern.repeat(BYTES / pattern.len());
        let started = Instant::now();
        let print = Fingerprint::of(&text);
        assert!(started.elapsed() < Duration::from_secs(30), "{pattern}");
        assert!(print.shingles.keys().len() <= 4096);
    }
    let mut dice = Dice(8);
    let long = Fingerprint::of(&dice.text(400_000));
    assert_eq!(long.shingles.keys().len(), 4096);
    assert_eq!(long, long.clone());
}

#[test]
fn ten_thousand_pages_of_one_site_do_not_compare_all_with_all() {
    let mut dice = Dice(7);
    let (head, tail) = (dice.text(150), dice.text(150));
    let prints: Vec<_> = (0..10_000)
        .map(|_| Fingerprint::of(&format!("{head} {} {tail}", dice.text(120))))
        .collect();
    let started = Instant::now();
    let found = cluster(prints, Keep::First, DedupOptions::default());
    assert_eq!(kept(&found).len(), 10_000);
    assert!(started.elapsed() < Duration::from_secs(60));
}

/// Stories, copies of them edited to some degree, cut, and framed by sites.
pub(super) fn collection() -> impl Strategy<Value = Vec<String>> {
    let document = (0..8u64, 0..6usize, any::<u64>());
    prop::collection::vec(document, 0..60).prop_map(|documents| {
        let mut texts = Vec::new();
        for (story, change, seed) in documents {
            let story = Dice(story).text(60 + usize::try_from(story).unwrap() * 30);
            let mut dice = Dice(seed);
            let site = Dice(1000 + seed % 3).text(90);
            let (head, tail) = site.split_at(site.len() / 2);
            texts.push(match change {
                0 => story,
                1 => dice.edit(&story, 5),
                2 => dice.edit(&story, 30),
                3 => format!("{head} {story} {tail}"),
                4 => format!("{head} {} {tail}", dice.edit(&story, 8)),
                _ => format!("{head} {} {tail}", dice.text(30)),
            });
        }
        texts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_second_run_over_the_kept_documents_keeps_them_all(texts in collection()) {
        for keep in [Keep::First, Keep::Longest] {
            let prints: Vec<_> = texts.iter().map(|text| Fingerprint::of(text)).collect();
            let found = cluster(prints.clone(), keep, DedupOptions::default());
            let survivors: Vec<_> = kept(&found).into_iter().map(|ordinal| prints[ordinal].clone()).collect();
            let again = cluster(survivors, keep, DedupOptions::default());
            prop_assert!(again.iter().all(|verdict| *verdict == Verdict::Unique));
            let staying = copies_by(prints.clone(), &[], keep, DedupOptions::default());
            let survivors: Vec<_> = kept(&staying).into_iter().map(|ordinal| prints[ordinal].clone()).collect();
            let again = copies_by(survivors, &[], keep, DedupOptions::default());
            prop_assert!(again.iter().all(|verdict| *verdict == Verdict::Unique));
        }
    }

    #[test]
    fn every_duplicate_names_a_kept_document(texts in collection()) {
        let found = verdicts(&texts);
        for (ordinal, verdict) in found.iter().enumerate() {
            if let Verdict::Duplicate(copy) = verdict {
                let kept = copy.kept as usize;
                prop_assert!(kept < ordinal);
                prop_assert_eq!(&found[kept], &Verdict::Unique);
                prop_assert!((0.0..=1.0).contains(&copy.similarity));
            }
        }
    }

    #[test]
    fn one_by_one_is_the_same_as_all_at_once(texts in collection()) {
        let mut deduper = Deduper::new(DedupOptions::default());
        let streamed: Vec<_> = texts.iter().map(|text| deduper.insert(Fingerprint::of(text))).collect();
        prop_assert_eq!(streamed, verdicts(&texts));
    }

    #[test]
    fn any_text_has_a_fingerprint(text in "\\PC*") {
        let print = Fingerprint::of(&text);
        prop_assert_eq!(&print, &Fingerprint::of(&text));
        let mut deduper = Deduper::new(DedupOptions::default());
        deduper.insert(print.clone());
        let again = deduper.insert(print.clone());
        prop_assert_eq!(again == Verdict::Unique, print.words() == 0);
    }
}

#[test]
fn texts_are_clustered_as_their_fingerprints_are() {
    let mut dice = Dice(17);
    let mut texts: Vec<String> = (0..900).map(|_| dice.text(60)).collect();
    for at in 0..400 {
        texts.push(dice.edit(&texts[2 * at].clone(), 20));
        texts.push(texts[3 * at % 900].clone() + " and more");
    }
    let prints: Vec<Fingerprint> = texts.iter().map(|text| Fingerprint::of(text)).collect();
    for keep in [Keep::First, Keep::Longest, Keep::Newest, Keep::Best] {
        let of_texts = cluster_texts(&texts, keep, DedupOptions::default());
        let of_prints = cluster(prints.clone(), keep, DedupOptions::default());
        assert_eq!(of_texts, of_prints);
        assert!(of_texts.iter().any(|verdict| *verdict != Verdict::Unique));
    }
}
