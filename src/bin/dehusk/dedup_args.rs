//! Flags of commands that look for duplicates.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::ValueEnum;
use dehusk::{
    dedup::{Within, index::Access},
    pipeline::{Options, Remember},
};

use crate::flags::KeepArg;

/// How duplicates are found.
#[derive(Debug, clap::Args)]
pub(crate) struct DedupArgs {
    /// Which document of several that say the same is kept [default: first]
    #[arg(long, value_enum, help_heading = "Duplicates")]
    pub(crate) keep: Option<KeepArg>,

    /// Share of the smaller text that must be in the larger, 0 to 1
    /// [default: 0.4]
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Duplicates")]
    similarity: Option<f64>,

    /// Which documents are compared with each other
    #[arg(long, value_enum, default_value = "all", help_heading = "Duplicates")]
    within: WithinArg,

    /// Compare with the documents of earlier runs, too, and remember those of
    /// this one; the folder is made if need be
    #[arg(long, value_name = "DIR", help_heading = "Duplicates")]
    index: Option<PathBuf>,

    /// Compare with the documents of an index, and leave it as it is
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "index",
        help_heading = "Duplicates"
    )]
    against: Option<PathBuf>,

    /// Memory for documents that later ones are compared with; what is more
    /// waits on disk (`500M`, `2G`). Some 400 MB that do not wait come on top
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = size, help_heading = "Duplicates")]
    memory: usize,
}

/// Which documents are compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WithinArg {
    /// All of them
    All,
    /// Those of one site: of one host if they have a URL, else of one folder
    Site,
    /// None: each only with those of --against
    None,
}

impl From<WithinArg> for Within {
    fn from(within: WithinArg) -> Self {
        match within {
            WithinArg::All => Self::All,
            WithinArg::Site => Self::Site,
            WithinArg::None => Self::None,
        }
    }
}

impl DedupArgs {
    /// Puts the flags into the options of a run over `paths`. `texts` says what
    /// is done to texts before they are compared.
    pub(crate) fn apply(
        &self,
        options: &mut Options,
        texts: &str,
        paths: &[PathBuf],
    ) -> anyhow::Result<()> {
        ensure!(
            self.within != WithinArg::None || self.against.is_some(),
            "--within none compares with an index alone: name it with --against"
        );
        let Some(dedup) = &mut options.dedup else {
            let named = self.index.is_some() || self.against.is_some();
            ensure!(!named, "--index and --against do not go with --no-dedup");
            return Ok(());
        };
        dedup.within = self.within.into();
        dedup.similarity = self.similarity.unwrap_or(dedup.similarity);
        options.memory = self.memory;
        texts.clone_into(&mut options.texts);
        let remember = |path: &PathBuf, access| Remember {
            path: path.clone(),
            access,
            alone: false,
            whole: paths.to_vec(),
        };
        let to_read = self
            .against
            .as_ref()
            .map(|path| remember(path, Access::Read));
        let to_write = self
            .index
            .as_ref()
            .map(|path| remember(path, Access::Create));
        options.remember = to_read.or(to_write);
        Ok(())
    }

    /// Whether something was typed that speaks of several documents.
    pub(crate) fn is_asked(&self) -> bool {
        let named = self.index.is_some() || self.against.is_some();
        named || self.keep.is_some() || self.similarity.is_some() || self.within != WithinArg::All
    }

    /// The folders of the indexes that are read or written to.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = &Path> {
        self.index.iter().chain(&self.against).map(PathBuf::as_path)
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number")?;
    if !(share > 0.0 && share <= 1.0) {
        return Err("must be above 0 and at most 1".to_owned());
    }
    Ok(share)
}

/// A number of bytes, such as `300000`, `500M` or `2G`.
fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.to_ascii_uppercase().trim_end_matches('B') {
        rest if rest.ends_with('K') => (rest.trim_end_matches('K').to_owned(), 1 << 10),
        rest if rest.ends_with('M') => (rest.trim_end_matches('M').to_owned(), 1 << 20),
        rest if rest.ends_with('G') => (rest.trim_end_matches('G').to_owned(), 1 << 30),
        rest => (rest.to_owned(), 1),
    };
    let number: usize = digits
        .trim()
        .parse()
        .map_err(|_| "not a size, such as 500M or 2G")?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("2gb"), Ok(2 << 30));
        assert!(size("much").is_err() && size("").is_err() && size("99999999999999G").is_err());
    }

    #[test]
    fn a_share_is_above_0_and_at_most_1() {
        assert!(share("0.8").is_ok_and(|share| share > 0.79));
        assert!(share("0").is_err() && share("1.5").is_err() && share("NaN").is_err());
    }
}
