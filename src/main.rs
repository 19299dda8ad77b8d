//! The `skuload` program.
fn main() {}
