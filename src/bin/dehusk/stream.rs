//! `dehusk clean -`: one document from standard input to standard output.

use std::io::{self, Read, Write};

use anyhow::{Context, bail, ensure};
use dehusk::{
    Format, RuleSet,
    decode::decode,
    pipeline::{self, Options},
    read::{Kind, is_binary, kind_of_content},
    write::Status,
};

use crate::{Exit, clean::StdinArg};

/// Cleans standard input. A text that cleaning would have left as a husk comes
/// out as it went in, and standard error says so.
pub(crate) fn clean(
    told: Option<StdinArg>,
    rules: &RuleSet,
    options: &Options,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let mut bytes = Vec::new();
    let cap = options.max_bytes;
    io::stdin()
        .lock()
        .take(cap.saturating_add(1))
        .read_to_end(&mut bytes)
        .context("standard input")?;
    ensure!(
        bytes.len() as u64 <= cap,
        "standard input is larger than {cap} bytes (raise the cap with --max-bytes)"
    );
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
    // One document has nothing to be compared with.
    let options = Options {
        fingerprints: false,
        ..options.clone()
    };
    let processed =
        pipeline::process(decoded.text, format, rules, &options).map_err(anyhow::Error::msg)?;
    out.write_all(processed.text.as_bytes())?;
    let mut remarks = Vec::new();
    if decoded.lossy {
        remarks.push("some bytes are no text in any charset and became U+FFFD");
    }
    if processed.status == Status::Review {
        remarks.push("cleaning would have left next to nothing, so the text is left as it was");
    }
    for remark in remarks {
        // Nowhere is left to say it if standard error is closed.
        writeln!(io::stderr(), "dehusk: {remark}").ok();
    }
    Ok(Exit::Done)
}
