//! Lines of single documents that must never go: the table `keep`, and the
//! file that holds nothing else.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use dehusk::{
    inplace::Project,
    pipeline::Exceptions,
    read::{
        WalkOptions,
        globs::{below, pattern_of},
        walk,
    },
};

use super::{Settings, is_shared, misread, shown};

/// The file beside the configuration that holds exceptions, as its table
/// `keep` does.
const KEEP_FILE: &str = "dehusk.keep";

impl Settings {
    /// Takes over what the file of exceptions says, if there is one.
    pub(super) fn read_keep_file(&mut self) -> anyhow::Result<()> {
        let file = self.root().join(KEEP_FILE);
        if !file.is_file() {
            return Ok(());
        }
        let text = fs::read_to_string(&file).with_context(|| shown(&file))?;
        let kept: BTreeMap<String, Vec<String>> =
            toml::from_str(&text).map_err(|error| misread(&file, &text, &error))?;
        for (path, lines) in kept {
            self.keep.entry(path).or_default().extend(lines);
        }
        Ok(())
    }

    /// The lines of single documents that must never go.
    pub(crate) fn exceptions(&self) -> anyhow::Result<Vec<Exceptions>> {
        let entries = self.keep.iter().map(|(file, lines)| {
            Ok(Exceptions {
                files: self.globs(&["keep"], std::slice::from_ref(file))?,
                lines: lines.clone(),
            })
        });
        entries.collect()
    }

    /// Where exceptions for a file are written down, and what it is called
    /// there.
    pub(crate) fn keep_place(&self, file: &Path) -> Option<(String, String)> {
        let root = fs::canonicalize(self.root()).ok()?;
        let (place, root) = match &self.file {
            Some(file) if is_shared(file) => {
                (format!("{} under [tool.dehusk.keep]", shown(file)), root)
            }
            Some(file) => (format!("{} under [keep]", shown(file)), root),
            // A new file is best where all files of the project are below it.
            None => {
                let project = Project::find(Path::new(".")).ok()?;
                let place = project.root().join("dehusk.toml");
                let place = format!("a new file {} under [keep]", shown(&place));
                (place, project.root().to_path_buf())
            }
        };
        Some((place, pattern_of(&below(&root, file)?)))
    }

    /// Entries of the keep list that are no patterns and name nothing that is
    /// there.
    pub(crate) fn lost_exceptions(&self) -> anyhow::Result<Vec<&str>> {
        let root = self.root();
        let is_pattern = |file: &str| file.contains(['*', '?', '[', '!', '\\']);
        let mut lost = Vec::new();
        for file in self.keep.keys().filter(|file| !is_pattern(file)) {
            if root.join(file.trim_start_matches('/')).exists() {
                continue;
            }
            // Without a slash it holds in every folder.
            let anywhere = !file.trim_end_matches('/').contains('/');
            if !(anywhere && self.is_somewhere(file)?) {
                lost.push(file.as_str());
            }
        }
        Ok(lost)
    }

    /// Whether there is a file that an entry of the keep list names.
    fn is_somewhere(&self, entry: &str) -> anyhow::Result<bool> {
        let named = self.globs(&["keep"], &[entry.to_owned()])?;
        let all = WalkOptions {
            hidden: true,
            ignored: true,
            exclude: Vec::new(),
        };
        let found = walk(&[self.root()], &all)?;
        Ok(found
            .sources
            .iter()
            .any(|source| named.has(&source.relative)))
    }
}
