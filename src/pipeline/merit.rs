//! What speaks for keeping a document rather than its copies.

use std::{cmp::Reverse, fs, time::UNIX_EPOCH};

use crate::{Fingerprint, dedup::Keep, write::Entry};

/// The merit of a document by one policy; of two copies the one with the
/// greater merit is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Merit {
    /// All are equal.
    Order,
    /// By words.
    Length(u32),
    /// By seconds since 1970; those without a date are the oldest.
    Date(Option<i64>),
    /// By flags, the fewer the better, then by words.
    Quality(Reverse<usize>, u32),
}

impl Merit {
    pub(super) fn of(keep: Keep, entry: &Entry, print: &Fingerprint) -> Self {
        match keep {
            Keep::First => Self::Order,
            Keep::Longest => Self::Length(print.words()),
            Keep::Newest => Self::Date(date_of(entry)),
            Keep::Best => Self::Quality(Reverse(entry.flags.len()), print.words()),
        }
    }
}

/// The date that a document states, else that of its file.
fn date_of(entry: &Entry) -> Option<i64> {
    let stated = entry.metadata.date.as_deref().and_then(seconds);
    stated.or_else(|| {
        let changed = fs::metadata(&entry.path).ok()?.modified().ok()?;
        i64::try_from(changed.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
    })
}

/// Seconds since 1970 of a date like `2025-03-09`, `2025-03-09T10:20:30Z` or
/// `2025-03-09 10:20+02:00`.
fn seconds(date: &str) -> Option<i64> {
    let date = date.trim();
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = date.get(range)?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let dashed = date.as_bytes().get(4) == Some(&b'-') && date.as_bytes().get(7) == Some(&b'-');
    if !dashed || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let mut seconds = days(year, month, day) * 86_400;
    if let (Some(hour), Some(minute)) = (number(11..13), number(14..16)) {
        seconds += hour * 3600
            + minute * 60
            + number(17..19)
                .filter(|_| date.as_bytes()[16] == b':')
                .unwrap_or(0);
        let zone = date.get(16..)?;
        if let Some(at) = zone.rfind(['+', '-']) {
            let digits: String = zone[at + 1..]
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            let offset = match digits.len() {
                4 => {
                    digits[..2].parse::<i64>().ok()? * 3600 + digits[2..].parse::<i64>().ok()? * 60
                }
                2 => digits.parse::<i64>().ok()? * 3600,
                _ => 0,
            };
            seconds -= if zone.as_bytes()[at] == b'+' {
                offset
            } else {
                -offset
            };
        }
    }
    Some(seconds)
}

/// Days since 1970 of a date in the Gregorian calendar (`days_from_civil` of
/// Howard Hinnant's date algorithms): years begin in March, so that leap days
/// come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_seconds_since_1970() {
        assert_eq!(seconds("1970-01-01"), Some(0));
        assert_eq!(seconds("2000-02-29T12:00:00Z"), Some(951_825_600));
        assert_eq!(seconds("2000-02-29T14:00:00+02:00"), Some(951_825_600));
        assert_eq!(seconds("2000-02-29 07:00-0500"), Some(951_825_600));
        assert_eq!(seconds("1969-12-31T23:59:59.500Z"), Some(-1));
        for text in [
            "",
            "yesterday",
            "2000-13-01",
            "20000229",
            "29.02.2000",
            "２０００-02-29",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_known_date_is_newer_than_none() {
        assert!(Merit::Date(Some(0)) > Merit::Date(None));
        assert!(Merit::Quality(Reverse(0), 10) > Merit::Quality(Reverse(1), 90));
    }
}
