//! The surfaces in front of the engine. A dialect owns paths, casing, envelopes, words and codes, never behaviour.

pub(crate) mod deployx;
pub(crate) mod dynamic;
pub(crate) mod native;
pub(crate) mod texium;

use crate::http::route::Route;

/// All routes of all dialects.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = native::routes();
    all.extend(texium::routes());
    all.extend(dynamic::routes());
    all.extend(deployx::routes());
    all
}

/// Groups of routes with what they are about, in the order of the documentation.
pub(crate) fn tags() -> impl Iterator<Item = (&'static str, &'static str)> {
    native::TAGS
        .into_iter()
        .chain(texium::TAGS)
        .chain(dynamic::TAGS)
        .chain(deployx::TAGS)
}
