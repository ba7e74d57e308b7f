//! The `dehusk` program.
fn main() {}
