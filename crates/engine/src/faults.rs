//! Faults on demand, for the tests that prove the engine and the harness that judges it. Without the cargo feature
//! `faults`, which no released build has, everything here compiles to nothing.
//!
//! - `ORLOJ_FAILPOINT=name` ends the process, as `kill -9` would, the first time it comes to that point; `name:3` the
//!   third time.
//! - `ORLOJ_MUTANT=name` breaks one rule on purpose. A harness that does not notice is broken itself.

/// A named point at which the process may be made to die.
#[cfg(feature = "faults")]
#[expect(
    clippy::print_stderr,
    reason = "the last words of a process that is about to end without running anything more"
)]
pub(crate) fn point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static WANTED: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("ORLOJ_FAILPOINT").ok()?;
        Some(match text.split_once(':') {
            Some((name, times)) => (name.to_owned(), times.parse().unwrap_or(1)),
            None => (text, 1),
        })
    });
    if let Some((wanted, times)) = wanted
        && wanted == name
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *times
    {
        eprintln!("reached the failpoint {name}");
        std::process::abort();
    }
}

/// A named point at which the process may be made to die.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) fn point(_name: &str) {}

/// Whether this rule is to be broken.
#[cfg(feature = "faults")]
pub(crate) fn mutant(name: &str) -> bool {
    static WANTED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    WANTED
        .get_or_init(|| std::env::var("ORLOJ_MUTANT").ok())
        .as_deref()
        == Some(name)
}

/// Whether this rule is to be broken.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) fn mutant(_name: &str) -> bool {
    false
}
