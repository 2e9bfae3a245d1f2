//! The tests of this crate, in one program.
//!
//! The modules are marked as tests so that the lints treat them as such.

#[cfg(test)]
mod calendars;
#[cfg(test)]
mod descriptions;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod grammar;
#[cfg(test)]
mod icalendar;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod random;
#[cfg(test)]
mod remarks;
#[cfg(test)]
mod spec_json;
#[cfg(test)]
mod syntax;
#[cfg(test)]
mod timelines;
#[cfg(test)]
mod zones;
