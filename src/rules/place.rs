//! Where in a rule file something stands.

/// Line numbers of byte offsets.
pub(super) struct LineNumbers {
    starts: Vec<usize>,
}

impl LineNumbers {
    pub(super) fn new(text: &str) -> Self {
        let starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self {
            starts: starts.collect(),
        }
    }

    /// The line, from 1, of the byte at `offset`.
    pub(super) fn of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// The line of a table's head, which may have a comment after it.
    pub(super) fn table(text: &str, head: &str) -> Option<usize> {
        let is_head = |line: &str| {
            let rest = line.trim_start().strip_prefix(head).map(str::trim_start);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        };
        text.lines().position(is_head).map(|at| at + 1)
    }

    /// The code of the rule that `line` is in: the nearest `code =` of its table.
    pub(super) fn rule_before(&self, text: &str, line: usize) -> Option<String> {
        let until = self.starts.get(line).copied().unwrap_or(text.len());
        let table = text[..until].rfind("[[rule]]")?;
        text[table..]
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with("[[rule]]"))
            .find_map(|line| {
                let value = line
                    .trim_start()
                    .strip_prefix("code")?
                    .trim_start()
                    .strip_prefix('=')?;
                value
                    .trim()
                    .strip_prefix('"')?
                    .split('"')
                    .next()
                    .map(str::to_owned)
            })
    }
}
