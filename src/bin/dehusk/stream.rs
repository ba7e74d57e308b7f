//! `dehusk clean -` and `dehusk clean FILE -o -`: one document to standard
//! output.

use std::{
    io::{self, Read, Write},
    path::Path,
};

use anyhow::{Context, bail, ensure};
use dehusk::{
    Format, RuleSet,
    decode::{Decoded, decode},
    pipeline::{self, Input, Name, Options},
    read::{Kind, WalkOptions, file, is_binary, kind_of_content, walk},
    write::Status,
};

use crate::{clean::StdinArg, inplace::complain};

/// Cleans standard input. A text that cleaning would have left as a husk comes
/// out as it went in, and standard error says so.
pub(crate) fn clean(
    told: Option<StdinArg>,
    rules: &RuleSet,
    options: &Options,
    out: &mut dyn Write,
) -> anyhow::Result<Status> {
    let bytes = read_stdin(options.max_bytes)?;
    let format = match told {
        Some(StdinArg::Text) => Format::Text,
        Some(StdinArg::Markdown) => Format::Markdown,
        Some(StdinArg::Html) => Format::Html,
        Some(StdinArg::Jsonl) | None => match kind_of_content(&bytes, true) {
            Kind::Document(format) => format,
            Kind::Unsaid { .. } | Kind::Other => bail!("standard input is binary, not a document"),
        },
    };
    ensure!(
        !is_binary(&bytes),
        "standard input is binary, not a document"
    );
    let decoded = decode(bytes, None, format);
    emit(decoded, format, Name::None, rules, options, out)
}

/// Cleans the file at `path` to standard output, in the same way.
pub(crate) fn clean_file(
    path: &Path,
    rules: &RuleSet,
    options: &Options,
    out: &mut dyn Write,
) -> anyhow::Result<Status> {
    let found = walk(&[path.to_path_buf()], &WalkOptions::default())?;
    let source = found
        .sources
        .first()
        .with_context(|| format!("{}: no such file", path.display()))?;
    let text = file::read(source, options.max_bytes).with_context(|| path.display().to_string())?;
    let name = Name::File(path);
    emit(text.decoded, text.format, name, rules, options, out)
}

fn emit(
    decoded: Decoded,
    format: Format,
    name: Name<'_>,
    rules: &RuleSet,
    options: &Options,
    out: &mut dyn Write,
) -> anyhow::Result<Status> {
    // One document has nothing to be compared with.
    let options = Options {
        fingerprints: false,
        ..options.clone()
    };
    let input = Input {
        text: decoded.text,
        format,
        name,
    };
    let processed = pipeline::process(input, rules, &options).map_err(anyhow::Error::msg)?;
    out.write_all(processed.text.as_bytes())?;
    let mut remarks = Vec::new();
    if decoded.lossy {
        remarks.push("some bytes are no text in any charset and became U+FFFD");
    }
    if processed.status == Status::Review {
        remarks.push("cleaning would have left next to nothing, so the text is left as it was");
    }
    remarks.into_iter().for_each(complain);
    Ok(processed.status)
}

/// All of standard input, which may be `cap` bytes long.
pub(crate) fn read_stdin(cap: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(cap.saturating_add(1))
        .read_to_end(&mut bytes)
        .context("standard input")?;
    ensure!(
        bytes.len() as u64 <= cap,
        "standard input is larger than {cap} bytes (raise the cap with --max-bytes)"
    );
    Ok(bytes)
}
