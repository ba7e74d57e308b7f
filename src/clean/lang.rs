//! The language of a document, for rules that are for some languages only.

use whatlang::Lang;

use crate::rules::prefix;

/// Letters needed before detection is asked at all: on a marker line alone it
/// answers anything ("Hashtags" is Uzbek).
const FEWEST_LETTERS: usize = 120;
/// Bytes of text that are looked at. More changes no answer on news text, and
/// detection runs at 10 MB/s or so.
const SAMPLE: usize = 600;
/// Lines of fewer bytes are skipped at first: labels and menus are often of
/// another language than the text. Bytes, because a character says as much more
/// where it takes more of them: 20 Chinese ones are a sentence, too.
const PROSE_BYTES: usize = 60;

/// The part of some lines by which their language is told.
pub(super) fn sample<'l>(lines: impl Iterator<Item = &'l str> + Clone) -> String {
    let mut sample = String::with_capacity(SAMPLE + 4);
    gather(
        &mut sample,
        lines.clone().filter(|line| line.len() >= PROSE_BYTES),
    );
    if sample.len() < SAMPLE {
        sample.clear();
        gather(&mut sample, lines);
    }
    sample
}

/// The ISO 639-1 code of the language of a sample, if it can be told.
pub(super) fn detect(sample: &str) -> Option<&'static str> {
    if crate::rules::words::letters(sample) < FEWEST_LETTERS {
        return None;
    }
    let found = whatlang::detect(sample)?;
    found.is_reliable().then(|| short_code(found.lang()))
}

fn gather<'l>(sample: &mut String, lines: impl Iterator<Item = &'l str>) {
    for line in lines {
        let room = SAMPLE.saturating_sub(sample.len());
        sample.push_str(prefix(line, room));
        sample.push(' ');
        if sample.len() >= SAMPLE {
            return;
        }
    }
}

/// ISO 639-3 as whatlang has it to the two letters that rules are written in.
fn short_code(lang: Lang) -> &'static str {
    match lang {
        Lang::Afr => "af",
        Lang::Aka => "ak",
        Lang::Amh => "am",
        Lang::Ara => "ar",
        Lang::Aze => "az",
        Lang::Bel => "be",
        Lang::Ben => "bn",
        Lang::Bul => "bg",
        Lang::Cat => "ca",
        Lang::Ces => "cs",
        Lang::Cmn => "zh",
        Lang::Cym => "cy",
        Lang::Dan => "da",
        Lang::Deu => "de",
        Lang::Ell => "el",
        Lang::Eng => "en",
        Lang::Epo => "eo",
        Lang::Est => "et",
        Lang::Fin => "fi",
        Lang::Fra => "fr",
        Lang::Guj => "gu",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Hrv => "hr",
        Lang::Hun => "hu",
        Lang::Hye => "hy",
        Lang::Ind => "id",
        Lang::Ita => "it",
        Lang::Jav => "jv",
        Lang::Jpn => "ja",
        Lang::Kan => "kn",
        Lang::Kat => "ka",
        Lang::Khm => "km",
        Lang::Kor => "ko",
        Lang::Lat => "la",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Mal => "ml",
        Lang::Mar => "mr",
        Lang::Mkd => "mk",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Nld => "nl",
        Lang::Nob => "no",
        Lang::Ori => "or",
        Lang::Pan => "pa",
        Lang::Pes => "fa",
        Lang::Pol => "pl",
        Lang::Por => "pt",
        Lang::Ron => "ro",
        Lang::Rus => "ru",
        Lang::Sin => "si",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Sna => "sn",
        Lang::Spa => "es",
        Lang::Srp => "sr",
        Lang::Swe => "sv",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Tgl => "tl",
        Lang::Tha => "th",
        Lang::Tuk => "tk",
        Lang::Tur => "tr",
        Lang::Ukr => "uk",
        Lang::Urd => "ur",
        Lang::Uzb => "uz",
        Lang::Vie => "vi",
        Lang::Yid => "yi",
        Lang::Zul => "zu",
    }
}
