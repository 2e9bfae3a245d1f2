//! The `orloj` program.
fn main() {}
