//! What an index does with whole collections.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;
use tempfile::tempdir;

use super::*;
use crate::dedup::{
    Deduper,
    tests::{Dice, collection},
};

fn options() -> IndexOptions {
    IndexOptions {
        dedup: DedupOptions::default(),
        texts: "raw".to_owned(),
        memory: DEFAULT_MEMORY,
    }
}

fn index(path: &Path) -> Index {
    Index::open(path, &options(), Access::Create).unwrap()
}

fn name(number: usize) -> String {
    format!("d{number:04}")
}

/// Inserts texts named by their numbers; the kept document of each.
fn insert(index: &mut Index, texts: &[String], from: usize) -> Vec<Option<(String, f64)>> {
    let mut placed = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let print = Fingerprint::of(text);
        let found = index.insert(&name(from + number), "", print).unwrap();
        placed.push(
            found
                .copy_of
                .map(|original| (original.name, original.similarity)),
        );
    }
    placed
}

/// The same without an index.
fn in_memory(texts: &[String]) -> Vec<Option<(String, f64)>> {
    let mut deduper = Deduper::new(DedupOptions::default());
    let verdicts = texts
        .iter()
        .map(|text| deduper.insert(Fingerprint::of(text)));
    verdicts
        .map(|verdict| match verdict {
            Verdict::Unique => None,
            Verdict::Duplicate(found) => Some((name(found.kept as usize), found.similarity)),
        })
        .collect()
}

/// Everything in an index: the name of each document, and of its original.
fn contents(index: &Index) -> BTreeMap<String, Option<String>> {
    let base = index.engine.base();
    let numbers = base
        .numbers()
        .filter(|number| !index.engine.dead().contains(number));
    numbers
        .map(|number| {
            let document = index.engine.document(number).unwrap();
            let original = document.fate.found().map(|found| {
                let kept = index.engine.document(found.kept).unwrap();
                kept.name.to_string()
            });
            (document.name.to_string(), original)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn in_parts_is_the_same_as_in_one_go(texts in collection(), parts in 1..11usize, memory in prop_oneof![Just(0usize), Just(20_000), Just(DEFAULT_MEMORY)]) {
        let folder = tempdir().unwrap();
        let options = IndexOptions { memory, ..options() };
        let mut placed = Vec::new();
        for part in texts.chunks(texts.len().div_ceil(parts).max(1)) {
            let mut index = Index::open(folder.path(), &options, Access::Create).unwrap();
            let from = placed.len();
            placed.extend(insert(&mut index, part, from));
            index.commit().unwrap();
        }
        prop_assert_eq!(placed, in_memory(&texts));
        let index = Index::open(folder.path(), &options, Access::Create).unwrap();
        prop_assert!(index.verify().is_empty(), "{:?}", index.verify());
    }

    #[test]
    fn a_second_run_over_the_same_documents_changes_nothing(texts in collection()) {
        let folder = tempdir().unwrap();
        let mut first = index(folder.path());
        let placed = insert(&mut first, &texts, 0);
        first.commit().unwrap();
        drop(first);
        let files = |path: &Path| fs::read_dir(path).unwrap().map(|file| file.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>();
        let before = files(folder.path());
        let mut second = index(folder.path());
        prop_assert_eq!(insert(&mut second, &texts, 0), placed);
        prop_assert!(!second.is_changed());
        second.commit().unwrap();
        prop_assert_eq!(files(folder.path()), before);
    }

    #[test]
    fn compaction_changes_no_answer(texts in collection(), others in collection(), gone in prop::collection::vec(0..60usize, 0..9)) {
        let folder = tempdir().unwrap();
        for part in [0, 1] {
            let mut index = index(folder.path());
            let half = texts.len() / 2;
            let (from, texts) = if part == 0 { (0, &texts[..half]) } else { (half, &texts[half..]) };
            insert(&mut index, texts, from);
            for number in gone.iter().filter(|&number| number % 2 == part) {
                index.remove(&name(*number)).unwrap();
            }
            index.commit().unwrap();
        }
        let mut index = index(folder.path());
        let before = (contents(&index), index.info().documents);
        let ask = |index: &Index| others.iter().map(|text| index.find("", &Fingerprint::of(text)).unwrap().copy_of).collect::<Vec<_>>();
        let answers = ask(&index);
        index.compact().unwrap();
        prop_assert_eq!((contents(&index), index.info().documents), before);
        prop_assert_eq!(ask(&index), answers);
        prop_assert!(index.info().removed == 0 && index.info().segments <= 1);
        prop_assert!(index.verify().is_empty(), "{:?}", index.verify());
    }

    #[test]
    fn every_copy_names_a_document_that_is_kept(texts in collection(), changes in prop::collection::vec((0..60usize, any::<bool>()), 0..20)) {
        let folder = tempdir().unwrap();
        let mut index = index(folder.path());
        insert(&mut index, &texts, 0);
        for (at, (number, commit)) in changes.into_iter().enumerate() {
            if at % 2 == 0 {
                index.remove(&name(number)).unwrap();
            } else if let Some(text) = texts.get(at * 7 % texts.len().max(1)) {
                index.insert(&name(number), "", Fingerprint::of(text)).unwrap();
            }
            if commit {
                index.commit().unwrap();
            }
        }
        index.commit().unwrap();
        let all = contents(&index);
        for original in all.values().flatten() {
            prop_assert_eq!(all.get(original), Some(&None));
        }
        prop_assert!(index.verify().is_empty(), "{:?}", index.verify());
    }
}

#[test]
fn removing_a_kept_document_promotes_a_copy_of_it() {
    let mut dice = Dice(11);
    let story = dice.text(300);
    let texts = [
        story.clone(),
        dice.edit(&story, 30),
        story.clone(),
        dice.text(200),
    ];
    let folder = tempdir().unwrap();
    let mut first = index(folder.path());
    let placed = insert(&mut first, &texts, 0);
    assert!(placed[1].is_some() && placed[2].is_some());
    first.commit().unwrap();
    drop(first);

    let mut index = index(folder.path());
    assert_eq!(index.remove("d0000").unwrap(), Some(vec![name(1)]));
    assert_eq!(index.remove("d0000").unwrap(), None);
    index.commit().unwrap();
    let kept_by = |number: usize| contents(&index)[&name(number)].clone();
    assert_eq!(
        (kept_by(1), kept_by(2), kept_by(3)),
        (None, Some(name(1)), None)
    );
    assert_eq!(
        index
            .find("", &Fingerprint::of(&story))
            .unwrap()
            .copy_of
            .unwrap()
            .name,
        name(1)
    );
}

#[test]
fn a_new_version_takes_the_place_of_the_old_one_with_its_copies() {
    let mut dice = Dice(12);
    let story = dice.text(300);
    let folder = tempdir().unwrap();
    let mut index = index(folder.path());
    insert(&mut index, &[story.clone(), dice.edit(&story, 30)], 0);
    index.commit().unwrap();
    let placed = index
        .insert(&name(0), "", Fingerprint::of(&dice.edit(&story, 40)))
        .unwrap();
    assert_eq!(
        placed,
        Placed {
            overlaps: false,
            copy_of: None,
            promoted: vec![]
        }
    );
    index.commit().unwrap();
    assert_eq!(contents(&index)[&name(1)], Some(name(0)));
    assert_eq!(
        (index.info().documents, index.info().removed),
        (2, 0),
        "joined at once"
    );
}

#[test]
fn documents_replaced_every_day_do_not_wear_out_their_shingles() {
    let mut dice = Dice(13);
    let story = dice.text(300);
    let folder = tempdir().unwrap();
    let mut index = index(folder.path());
    for _ in 0..60 {
        let version = dice.edit(&story, 60);
        assert_eq!(insert(&mut index, &[version], 0), [None]);
        index.commit().unwrap();
    }
    let found = index.find("", &Fingerprint::of(&story)).unwrap().copy_of;
    assert!(found.unwrap().similarity > 0.8);
}

#[test]
fn an_index_with_other_parameters_is_refused() {
    let folder = tempdir().unwrap();
    index(folder.path()).commit().unwrap();
    let mut other = options();
    other.dedup.similarity = 0.7;
    let error = Index::open(folder.path(), &other, Access::Write)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("similarity 0.4") && error.contains("this run has similarity 0.7"),
        "{error}"
    );
}

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let folder = tempdir().unwrap();
    let mut first = index(folder.path());
    let error = Index::open(folder.path(), &options(), Access::Create).unwrap_err();
    assert!(matches!(error.kind, IndexErrorKind::Busy));
    insert(&mut first, &[Dice(3).text(80)], 0);
    first.commit().unwrap();
    let reader = Index::open(folder.path(), &options(), Access::Read).unwrap();
    assert_eq!(reader.info().documents, 1);
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let error = Index::open(folder.path(), &options(), Access::Create).unwrap_err();
    assert!(matches!(error.kind, IndexErrorKind::Foreign));
    let error = Index::open(&folder.path().join("none"), &options(), Access::Read).unwrap_err();
    assert!(matches!(error.kind, IndexErrorKind::Missing));
}

#[test]
fn any_changed_byte_is_found() {
    let mut dice = Dice(14);
    let folder = tempdir().unwrap();
    let texts: Vec<String> = (0..40).map(|_| dice.text(60)).collect();
    let mut index = index(folder.path());
    insert(&mut index, &texts, 0);
    index.commit().unwrap();
    let path = index.engine.base().segments[0].path().to_path_buf();
    drop(index);
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 97) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, damaged).unwrap();
        let opened = Index::open(folder.path(), &options(), Access::Read);
        assert!(
            opened.map_or(true, |index| !index.verify().is_empty()),
            "byte {at}"
        );
    }
}

#[test]
fn documents_of_other_sites_are_strangers_within_sites() {
    let mut within = options();
    within.dedup.within = Within::Site;
    let folder = tempdir().unwrap();
    let mut index = Index::open(folder.path(), &within, Access::Create).unwrap();
    let print = Fingerprint::of(&Dice(15).text(100));
    let mut place = |name, site| {
        index
            .insert(name, site, print.clone())
            .unwrap()
            .copy_of
            .map(|original| original.name)
    };
    assert_eq!(place("a", "one.example"), None);
    assert_eq!(place("b", "two.example"), None);
    assert_eq!(place("c", "two.example").as_deref(), Some("b"));
}

#[test]
fn a_name_that_was_given_to_a_segment_is_never_given_again() {
    let folder = tempdir().unwrap();
    let mut dice = Dice(17);
    let texts: Vec<String> = (0..40).map(|_| dice.text(60)).collect();
    let mut index = index(folder.path());
    insert(&mut index, &texts[..20], 0);
    index.commit().unwrap();
    insert(&mut index, &texts[20..30], 20);
    let list = folder.path().join("index.json");
    let before = fs::read(&list).unwrap();
    fs::remove_file(&list).unwrap();
    fs::create_dir_all(list.join("in the way")).unwrap();
    // Twice: each leaves a joined segment that no list names.
    index.commit().unwrap_err();
    index.commit().unwrap_err();
    insert(&mut index, &texts[30..], 30);
    fs::remove_dir_all(&list).unwrap();
    fs::write(&list, before).unwrap();
    index.commit().unwrap();
    assert!(!index.is_changed());
    drop(index);
    let index = Index::open(folder.path(), &options(), Access::Read).unwrap();
    assert_eq!(index.info().documents, 40);
    assert!(index.verify().is_empty());
}

#[test]
fn a_reading_index_keeps_to_its_memory_and_answers_the_same() {
    let folder = tempdir().unwrap();
    let mut dice = Dice(18);
    let mut texts: Vec<String> = (0..60).map(|_| dice.text(80)).collect();
    let copies: Vec<String> = texts.iter().map(|text| dice.edit(text, 12)).collect();
    texts.extend(copies);
    let mut first = index(folder.path());
    insert(&mut first, &texts[..30], 0);
    first.commit().unwrap();
    drop(first);
    let answers = [DEFAULT_MEMORY, 4_000].map(|memory| {
        let options = IndexOptions {
            memory,
            ..options()
        };
        let mut index = Index::open(folder.path(), &options, Access::Read).unwrap();
        let answers = insert(&mut index, &texts[30..], 30);
        assert!(index.engine.memory().bytes() <= memory);
        answers
    });
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].iter().filter(|found| found.is_some()).count() > 40);
}

#[test]
fn compacting_says_what_it_did() {
    let folder = tempdir().unwrap();
    let mut dice = Dice(19);
    let texts: Vec<String> = (0..30).map(|_| dice.text(60)).collect();
    let mut index = index(folder.path());
    assert_eq!(index.compact().unwrap(), Compacted::AsBefore);
    insert(&mut index, &texts, 0);
    index.commit().unwrap();
    assert_eq!(index.compact().unwrap(), Compacted::AsBefore);
    index.remove(&name(3)).unwrap();
    assert_eq!(index.compact().unwrap(), Compacted::Joined);
    assert_eq!(index.info().documents, 29);
}

#[test]
fn a_commit_that_failed_is_made_up_for_by_the_next() {
    let folder = tempdir().unwrap();
    let mut dice = Dice(16);
    let texts: Vec<String> = (0..30).map(|_| dice.text(60)).collect();
    let mut index = index(folder.path());
    insert(&mut index, &texts[..20], 0);
    index.commit().unwrap();
    insert(&mut index, &texts[20..], 20);
    // A folder in the way of the list of segments.
    let list = folder.path().join("index.json");
    let before = fs::read(&list).unwrap();
    fs::remove_file(&list).unwrap();
    fs::create_dir_all(list.join("in the way")).unwrap();
    index.commit().unwrap_err();
    assert!(index.is_changed());
    fs::remove_dir_all(&list).unwrap();
    fs::write(&list, before).unwrap();
    index.commit().unwrap();
    drop(index);
    let index = Index::open(folder.path(), &options(), Access::Read).unwrap();
    assert_eq!(index.info().documents, 30);
    assert!(index.verify().is_empty());
}

#[test]
fn damage_is_not_joined_into_a_segment_that_looks_sound() {
    let folder = tempdir().unwrap();
    let mut dice = Dice(18);
    let texts: Vec<String> = (0..28).map(|_| dice.text(60)).collect();
    let mut index = index(folder.path());
    insert(&mut index, &texts[..20], 0);
    index.commit().unwrap();
    insert(&mut index, &texts[20..], 20);
    index.commit().unwrap();
    let path = index.engine.base().segments[0].path().to_path_buf();
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 23) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(&path, damaged).unwrap();
        // What is outside all sections was read when the index was opened.
        if index.engine.base().segments[0].check_bytes().is_err() {
            let error = index.compact().unwrap_err();
            assert!(
                matches!(error.kind, IndexErrorKind::Damaged(_)),
                "byte {at}"
            );
        }
        assert_eq!(index.engine.base().segments.len(), 2);
    }
    fs::write(&path, bytes).unwrap();
    assert_eq!(index.compact().unwrap(), Compacted::Joined);
    assert!(index.verify().is_empty());
}
