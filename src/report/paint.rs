//! Colour for a terminal, or none.

use std::fmt::{self, Display};

/// Whether text is coloured. Who prints decides; nothing here asks a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    #[default]
    Plain,
    /// With escape sequences for colours.
    Colour,
}

/// A colour or weight, by its SGR number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shade {
    Bold = 1,
    Faint = 2,
    Red = 31,
    Green = 32,
    Cyan = 36,
}

/// A value in a colour.
pub(super) struct Painted<T>(Paint, Shade, T);

impl Paint {
    pub(super) fn with<T: Display>(self, shade: Shade, value: T) -> Painted<T> {
        Painted(self, shade, value)
    }
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Paint::Plain => self.2.fmt(f),
            Paint::Colour => write!(f, "\x1b[{}m{}\x1b[0m", self.1 as u8, self.2),
        }
    }
}
