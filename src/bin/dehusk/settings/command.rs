//! `dehusk config`: the configuration in force, and its schema.

use std::{io::Write, path::PathBuf};

use clap::Subcommand;

use super::{Settings, schema::json_schema};
use crate::Exit;

/// Show the configuration in force, or its schema for editors
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the configuration in force, and where it comes from
    Show {
        /// The configuration [default: the nearest one from here upward]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print the JSON schema of dehusk.toml
    ///
    /// An editor with a TOML language server checks and completes by it, if the
    /// file's first line says `#:schema ./dehusk.schema.json`.
    Schema,
}

pub(crate) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Show { config } => {
            let settings = Settings::load(config.as_deref())?;
            out.write_all(settings.to_toml()?.as_bytes())?;
        }
        Command::Schema => writeln!(out, "{:#}", json_schema())?,
    }
    Ok(Exit::Done)
}
