//! The tests of this crate, in one program.

mod descriptions;
mod differential;
mod grammar;
mod laws;
mod oracle;
mod random;
mod remarks;
mod spec_json;
mod syntax;
mod zones;
