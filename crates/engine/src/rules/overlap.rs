//! What happens to a run while its job is at its limit.

use crate::model::Overlap;

/// What the gate of a job decides about a run that could start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may start.
    Start,
    /// It is skipped and recorded.
    Skip,
    /// It waits until a run of the job ends.
    Wait,
    /// It waits, and the oldest run is cancelled to make room.
    ReplaceOldest,
}

/// Decides for a run of a job with `running` attempts under way. `first_attempt` is false for retries: a run that
/// has begun is never skipped, it waits its turn.
pub fn admit(
    running: usize,
    max_instances: u32,
    overlap: Overlap,
    first_attempt: bool,
) -> Admission {
    if running < usize::try_from(max_instances).unwrap_or(usize::MAX) {
        return Admission::Start;
    }
    match overlap {
        Overlap::Skip if first_attempt => Admission::Skip,
        Overlap::Skip | Overlap::Queue => Admission::Wait,
        Overlap::CancelRunning => Admission::ReplaceOldest,
    }
}
