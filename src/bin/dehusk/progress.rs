//! A bar on the terminal for runs that take a while.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for `total` documents, or a spinner if nobody knows how many. Draws
/// nothing where standard error is not a terminal, or for a run so short that
/// it would only flicker.
pub(crate) fn bar(total: Option<usize>, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = if total.is_some() {
        "{bar:32} {human_pos}/{human_len} documents  {per_sec}  {eta} left"
    } else {
        "{spinner} {human_pos} documents  {per_sec}"
    };
    let bar = ProgressBar::with_draw_target(
        total.map(|total| total as u64),
        ProgressDrawTarget::stderr_with_hz(10),
    );
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
