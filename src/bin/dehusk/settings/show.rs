//! The settings in force, as a file would have them.

use dehusk::{clean::Floor, dedup::DedupOptions};

use super::{Settings, shown};
use crate::flags::KeepArg;

/// Beside a value that is in force because nothing else was said.
pub(super) const DEFAULT: &str = "  # default";

impl Settings {
    /// The settings in force, as a file would have them: with the defaults of
    /// what was not said, each marked as one.
    pub(crate) fn to_toml(&self) -> anyhow::Result<String> {
        let from = self.file.as_deref().map_or_else(
            || "no configuration file".to_owned(),
            |file| format!("from {}", shown(file)),
        );
        let (filled, defaults) = self.filled();
        let mut text = format!("# {from}\n{}", toml::to_string_pretty(&filled)?);
        for key in defaults {
            // The first key of that name: tables of a user's own come later.
            let start = text.find(&format!("\n{key} = "));
            let end = start.and_then(|start| Some(start + 1 + text[start + 1..].find('\n')?));
            if let Some(end) = end {
                text.insert_str(end, DEFAULT);
            }
        }
        Ok(text)
    }

    /// With the defaults of what was not said, and the names of those.
    fn filled(&self) -> (Self, Vec<&'static str>) {
        let mut filled = self.clone();
        let mut defaults = Vec::new();
        if filled.rules.select.is_empty() {
            filled.rules.select = vec!["ALL".to_owned()];
            defaults.push("select");
        }
        let floor = Floor::default();
        let limits = &mut filled.limits;
        fill(
            &mut limits.min_keep_words,
            floor.min_keep_words,
            "min-keep-words",
            &mut defaults,
        );
        fill(
            &mut limits.min_keep_share,
            floor.min_keep_share,
            "min-keep-share",
            &mut defaults,
        );
        let dedup = &mut filled.dedup;
        fill(&mut dedup.keep, KeepArg::First, "keep", &mut defaults);
        let similarity = DedupOptions::default().similarity;
        fill(
            &mut dedup.similarity,
            similarity,
            "similarity",
            &mut defaults,
        );
        (filled, defaults)
    }
}

/// Puts the default of `key` where nothing was said.
fn fill<T>(value: &mut Option<T>, default: T, key: &'static str, defaults: &mut Vec<&'static str>) {
    if value.is_none() {
        *value = Some(default);
        defaults.push(key);
    }
}
