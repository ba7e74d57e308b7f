//! The `dehusk` program: parses, runs one command, turns its end into an exit
//! code. Everything that is worth testing without a terminal is in the library.

mod check;
mod clean;
mod dedup;
mod dedup_args;
mod dedup_explain;
mod diff;
mod explain;
mod fix;
mod flags;
mod index;
mod inplace;
mod new;
mod progress;
mod remedy;
mod rules;
mod settings;
mod shell;
mod stream;
mod undo;

use std::{
    io::{self, BufWriter, Write},
    panic,
    process::ExitCode,
};

use clap::{CommandFactory, Parser, Subcommand};

/// How a run ended, and what the program exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// All is done: 0.
    Done,
    /// Something was found that needs an eye: 1.
    Found,
    /// At least one document or the whole run failed: 2.
    Failed,
}

impl Exit {
    /// The worse of this and an end with a finding.
    fn or_found(self) -> Self {
        if self == Self::Done {
            Self::Found
        } else {
            self
        }
    }

    /// The worse of this and a failure, if there was one.
    fn or_failed(self, failed: bool) -> Self {
        if failed { Self::Failed } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
        })
    }
}

/// Turns scraped content into clean, unique documents.
///
/// dehusk takes boilerplate out of text, Markdown and HTML, leaves out
/// documents that say the same as an earlier one, and accounts for every byte
/// that it took.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Clean(clean::Args),
    Check(check::Args),
    Diff(diff::Args),
    Fix(fix::Args),
    Undo(undo::Args),
    Runs(undo::RunsArgs),
    Dedup(dedup::Args),
    Index(index::Args),
    Rules(rules::Args),
    Config(settings::Args),
    Explain(explain::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

fn main() -> ExitCode {
    // A bug is told in one line, and what it quotes from a document cannot
    // speak to the terminal. The run goes on without that document.
    panic::set_hook(Box::new(|bug| {
        writeln!(
            io::stderr(),
            "dehusk: a bug: {}",
            dehusk::report::printable(&bug.to_string())
        )
        .ok();
    }));
    let cli = Cli::parse();
    let mut out = BufWriter::new(io::stdout());
    let result = match &cli.command {
        Command::Clean(args) => clean::run(args, &mut out),
        Command::Check(args) => check::run(args, &mut out),
        Command::Diff(args) => diff::run(args, &mut out),
        Command::Fix(args) => fix::run(args, &mut out),
        Command::Undo(args) => undo::run(args, &mut out),
        Command::Runs(args) => undo::list(args, &mut out),
        Command::Dedup(args) => dedup::run(args, &mut out),
        Command::Index(args) => index::run(args, &mut out),
        Command::Rules(args) => rules::run(args, &mut out),
        Command::Config(args) => settings::run(args, &mut out),
        Command::Explain(args) => explain::run(args, &mut out),
        Command::Completions(args) => shell::completions(args, Cli::command(), &mut out),
        Command::Man(args) => shell::man(args, Cli::command(), &mut out),
    };
    let result = result.and_then(|exit| Ok(out.flush().map(|()| exit)?));
    match result {
        Ok(exit) => exit.into(),
        // Whoever read the output has seen enough.
        Err(error) if is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            let remedy = remedy::remedy(&error);
            let remedy = remedy.map_or_else(String::new, |remedy| format!("; {remedy}"));
            inplace::complain(&format!("{error:#}{remedy}"));
            Exit::Failed.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
