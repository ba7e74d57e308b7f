//! The name that somebody meant.

/// The one of `known` that `wrong` is a slip for, if one is near enough.
pub fn nearest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .min()
        // A third of its letters wrong is a slip; more is another word.
        .filter(|(distance, _)| *distance * 3 <= wrong.chars().count().max(3))
        .map(|(_, name)| name)
}

/// What is wrong with a TOML file, in one line: for a key or a value that does
/// not exist, with the nearest one.
pub fn toml_problem(error: &toml::de::Error) -> String {
    let message = error.message().trim().replace('\n', " ");
    let mut quoted = message.split('`').skip(1).step_by(2);
    let what = if message.starts_with("unknown field") {
        "key"
    } else if message.starts_with("unknown variant") {
        "value"
    } else {
        return message;
    };
    let Some(unknown) = quoted.next() else {
        return message;
    };
    let known: Vec<&str> = quoted.collect();
    match nearest(unknown, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{unknown}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{unknown}`; there are {}", known.join(", ")),
    }
}

/// The edit distance of two names, by the algorithm of Wagner and Fischer,
/// with a swap of neighbours as one step.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y))
                .min(rows[i][j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use serde::de::Error as _;

    use super::*;

    #[test]
    fn a_slip_is_nearer_than_another_word() {
        assert_eq!(distance("ingore", "ignore"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("extend_safe", "extend-safe"), 1);
        assert_eq!(nearest("colour", ["exclude", "rules"]), None);
        assert_eq!(nearest("rule", ["exclude", "rules"]), Some("rules"));
    }

    #[test]
    fn an_unknown_value_is_told_with_the_nearest() {
        let error =
            toml::de::Error::custom("unknown variant `lime`, expected one of `span`, `line`");
        assert_eq!(
            toml_problem(&error),
            "unknown value `lime`; did you mean `line`?"
        );
    }
}
