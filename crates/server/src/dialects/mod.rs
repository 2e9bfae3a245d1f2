//! The surfaces in front of the engine. A dialect owns paths, casing, envelopes, words and codes, never behaviour.

pub(crate) mod native;
