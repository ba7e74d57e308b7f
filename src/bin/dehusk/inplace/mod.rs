//! What `check`, `diff` and `fix` have in common: which texts they look at.

mod texts;

pub(crate) use texts::{Input, Passed};

use std::{
    collections::HashSet,
    env, fs,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::ValueEnum;
use dehusk::{
    RuleSet,
    inplace::{Cache, Examined, Outcome, Project, cache_folder, shown},
    pipeline::{self, Look, Memory, Options},
    report::{Paint, printable},
    write::path_text,
};
use xxhash_rust::xxh3::Xxh3;

use crate::{
    Exit,
    flags::{self, KeepArg, LevelArg, RuleArgs, RunArgs, WalkArgs},
};

/// Which texts, and how much is taken out.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct InPlaceArgs {
    /// Files and folders, or `-` for standard input [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How much is taken [default: safe, or as the configuration says]
    #[arg(long, value_enum)]
    level: Option<LevelArg>,

    /// As `--level full`: also what needs a person's eye now and then
    #[arg(long = "unsafe", conflicts_with = "level")]
    full: bool,

    /// Do not look for documents that say the same; `diff` never does
    #[arg(long)]
    no_dedup: bool,

    /// The file that standard input stands for; its suffix tells text from
    /// Markdown
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,

    /// Leave out what the configuration excludes, even if it is named: for
    /// hooks, which name every file
    #[arg(long, help_heading = "Files")]
    force_exclude: bool,

    /// Print the files that would be looked at, and do nothing
    #[arg(long, help_heading = "Files")]
    show_files: bool,

    /// Print the configuration in force, and do nothing
    #[arg(long, help_heading = "Rules")]
    show_config: bool,

    /// Look at every text anew, whatever is known from earlier runs
    #[arg(long, help_heading = "Files")]
    no_cache: bool,

    /// Where what was found is kept for the next run [default: `.dehusk_cache`
    /// in the project]
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "no_cache",
        help_heading = "Files"
    )]
    cache_dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorArg {
    /// Whether what goes to standard output is coloured.
    pub(crate) fn paint(self) -> Paint {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = || env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colour = match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => !set("NO_COLOR") && io::stdout().is_terminal() && !dumb(),
        };
        if colour { Paint::Colour } else { Paint::Plain }
    }
}

/// What is looked at, and how.
pub(crate) struct Work {
    rules: RuleSet,
    pub(crate) options: Options,
    pub(crate) input: Input,
    /// Files and folders that could not be read on the way to the texts.
    problems: Vec<Remark>,
    cache: Option<Cache>,
    /// The digest of the rules, if there is a cache.
    digest: Option<u128>,
    program: String,
    /// The paths that were named: one of them that is no text is a mistake of
    /// the caller, which must not pass for a clean file.
    named: HashSet<PathBuf>,
    /// Codes of findings that no rule makes and nobody wants.
    pub(crate) ignored: Vec<String>,
}

impl InPlaceArgs {
    /// Loads the rules and finds the files. If that was all that was asked for,
    /// it has been printed, and this is how the run ends.
    pub(crate) fn work(
        &self,
        dedup: bool,
        keep: Option<KeepArg>,
        out: &mut dyn Write,
    ) -> anyhow::Result<Result<Work, Exit>> {
        let settings = self.rules.settings()?;
        let level = self.level(settings.rules.r#unsafe);
        if self.show_config {
            let mut in_force = self.rules.in_force(&settings)?;
            in_force.rules.r#unsafe = matches!(level, LevelArg::Full);
            in_force.dedup.keep = keep.or(in_force.dedup.keep);
            out.write_all(in_force.to_toml()?.as_bytes())?;
            return Ok(Err(Exit::Done));
        }
        let dedup = dedup && !self.no_dedup;
        let mut options = flags::options(&settings, level, dedup, keep, self.walk.max_bytes);
        let (input, problems) = self.input(&settings)?;
        if let (Input::Files(sources, _), true) = (&input, self.show_files) {
            for source in sources {
                writeln!(out, "{}", printable(&path_text(shown(&source.path))))?;
            }
            return Ok(Err(tell_problems(&problems)));
        }
        let level_of = |full| self.level(full);
        options.places = Arc::new(self.rules.places(&settings, Some(&level_of))?);
        if matches!(input, Input::Stdin(..)) {
            // One document has nothing to be compared with.
            options.dedup = None;
        }
        let cache = match input {
            Input::Files(..) if !self.no_cache => Some(self.cache()?),
            _ => None,
        };
        let rules = self.rules.load(&settings)?;
        let digest = match cache {
            Some(_) => Some(self.rules.options(&settings, None).digest()?),
            None => None,
        };
        Ok(Ok(Work {
            rules,
            digest,
            program: digest.map_or_else(String::new, |_| program()),
            ignored: self.rules.ignored_steps(&settings),
            named: match &input {
                Input::Stdin(name, _) => HashSet::from([name.clone()]),
                Input::Files(..) => self.paths.iter().cloned().collect(),
            },
            options,
            input,
            problems,
            cache,
        }))
    }

    /// What was named: files and folders, or the file that standard input
    /// stands for.
    pub(crate) fn paths(&self) -> &[PathBuf] {
        match &self.stdin_filename {
            Some(name) => std::slice::from_ref(name),
            None => &self.paths,
        }
    }

    fn cache(&self) -> anyhow::Result<Cache> {
        Ok(Cache::open(match &self.cache_dir {
            Some(folder) => folder.clone(),
            None => cache_folder(Project::find(Path::new("."))?.root()),
        }))
    }

    /// What was typed, or else whether the configuration says `unsafe`.
    fn level(&self, written_unsafe: bool) -> LevelArg {
        match self.level {
            Some(level) => level,
            None if self.full || written_unsafe => LevelArg::Full,
            None => LevelArg::Safe,
        }
    }
}

impl Work {
    /// Does `work` with a view of this.
    pub(crate) fn with_look<T>(&self, work: impl FnOnce(Look<'_>) -> T) -> T {
        work(Look {
            rules: &self.rules,
            options: &self.options,
            memory: self
                .cache
                .as_ref()
                .zip(self.digest)
                .map(|(cache, rules)| Memory {
                    cache,
                    rules,
                    program: &self.program,
                }),
        })
    }

    /// Whether nobody wants to hear of such findings.
    pub(crate) fn is_ignored(&self, code: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == code)
    }

    /// The rules that hold for most files.
    pub(crate) fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Tells what could not be looked into, and whether there was something. The
    /// rest is looked at all the same.
    pub(crate) fn tell_problems(&self) -> Exit {
        tell_problems(&self.problems)
    }

    /// Keeps what was found for the next run.
    pub(crate) fn save(&mut self) {
        if let Some(cache) = self.cache.take() {
            cache.save();
        }
    }

    /// What is to be said about a file that is no text after all.
    pub(crate) fn skipped(&self, path: &Path, reason: &str) -> Remark {
        Remark::new(path, reason, self.named.contains(path))
    }

    /// The text of an examined file; of another, what is to be said, and
    /// whether that is a failure.
    pub(crate) fn text(
        &self,
        examined: Examined,
    ) -> Result<(PathBuf, Box<dehusk::inplace::Text>), Remark> {
        match examined.outcome {
            Outcome::Text(text) => Ok((examined.path, text)),
            Outcome::Skipped(reason) => Err(self.skipped(&examined.path, &reason)),
            Outcome::Failed(reason) => Err(Remark::new(&examined.path, &reason, true)),
        }
    }

    /// Examines every text, in input order.
    pub(crate) fn examine(
        &self,
        jobs: Option<usize>,
        visit: &mut (dyn FnMut(Examined) -> anyhow::Result<()> + Send),
    ) -> anyhow::Result<()> {
        let mut visit = |examined: Examined| {
            if let Outcome::Text(text) = &examined.outcome {
                let wanted = !self.is_ignored("EXC001");
                for kept in text.unused_keep.iter().filter(|_| wanted) {
                    let reason =
                        format!("the keep list names a line that nothing would take: {kept:?}");
                    Remark::new(&examined.path, &reason, false).tell();
                }
            }
            visit(examined)
        };
        self.with_look(|look| match &self.input {
            Input::Stdin(name, bytes) => {
                visit(pipeline::examine(look, name.clone(), bytes.clone()))
            }
            Input::Files(sources, _) => {
                pipeline::with_jobs(jobs, || pipeline::examine_files(look, sources, &mut visit))?
            }
        })
    }
}

/// Something about a file that is no finding.
pub(crate) struct Remark {
    line: String,
    pub(crate) failed: bool,
}

impl Remark {
    pub(crate) fn new(path: &Path, reason: &str, failed: bool) -> Self {
        Self {
            line: format!("{}: {reason}", path_text(shown(path))),
            failed,
        }
    }

    /// Tells the person who waits.
    pub(crate) fn tell(&self) {
        complain(&self.line);
    }
}

fn tell_problems(problems: &[Remark]) -> Exit {
    problems.iter().for_each(Remark::tell);
    Exit::Done.or_failed(!problems.is_empty())
}

/// A line on standard error.
pub(crate) fn complain(line: &str) {
    // Nowhere is left to say it if standard error is closed.
    writeln!(io::stderr(), "dehusk: {}", printable(line)).ok();
}

/// The project of the current folder. Whoever has to wait for another run in it
/// is told so.
pub(crate) fn project() -> anyhow::Result<Project> {
    let here = env::current_dir().context("the current folder")?;
    let waiting = || complain("another run changes files of this project; waiting for it");
    Ok(Project::find(&here)?.on_wait(waiting))
}

/// What tells this program from others: a program that was built anew may find
/// other things by the same rules, whatever its version says. By its bytes, not
/// their time, which is another one on each machine that it is installed on.
fn program() -> String {
    let file = env::current_exe().and_then(fs::File::open);
    let digest = file.and_then(|mut file| {
        let mut hash = Xxh3::new();
        let mut part = vec![0; 1 << 18];
        loop {
            match file.read(&mut part)? {
                0 => return Ok(hash.digest128()),
                read => hash.update(&part[..read]),
            }
        }
    });
    format!("{} {:?}", env!("CARGO_PKG_VERSION"), digest.ok())
}
