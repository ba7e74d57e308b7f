//! `dehusk completions` and `dehusk man`: the program's own description, for
//! shells and for `man`.

use std::{fs, io::Write, path::PathBuf};

use anyhow::Context;
use clap_complete::Shell;
use dehusk::report::printable;

use crate::Exit;

/// Print a script that completes commands and flags in a shell
///
///   dehusk completions bash > ~/.local/share/bash-completion/completions/dehusk
///   dehusk completions fish > ~/.config/fish/completions/dehusk.fish
///   dehusk completions zsh > ~/.zfunc/_dehusk
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Write manual pages: one for dehusk, one for each command
///
///   dehusk man ~/.local/share/man/man1
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ManArgs {
    /// The folder they go to
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn completions(
    args: &CompletionsArgs,
    mut program: clap::Command,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "dehusk", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Done)
}

pub(crate) fn man(
    args: &ManArgs,
    program: clap::Command,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let shown = printable(&args.folder.display().to_string());
    fs::create_dir_all(&args.folder).with_context(|| shown.clone())?;
    clap_mangen::generate_to(program, &args.folder).with_context(|| shown.clone())?;
    writeln!(out, "wrote manual pages to {shown}")?;
    Ok(Exit::Done)
}
