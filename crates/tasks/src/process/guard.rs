//! What happens to programs whose server is gone.
//!
//! A server that is killed cannot end the programs it started. So it starts a *guard* beside itself: a process that
//! holds the other end of a pipe, and that calls [`end_orphans`] when the pipe breaks. Programs are recognised by the
//! guard's token in their environment.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use super::tree::{KILL_ROUNDS, Tree};

/// The variable that carries the guard's token.
pub(super) const GUARD_VARIABLE: &str = "ORLOJ_GUARD";

/// What becomes of a run's programs when the server is killed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ServerLoss {
    /// They end with it, at once.
    #[default]
    Kill,
    /// They go on to their own end; the execution is `lost` all the same.
    Survive,
}

/// Ends every process on this host that was started under this guard token and is not meant to survive: politely, and
/// after `grace` finally. Blocks until they are gone or withstand every signal. Returns how many there were.
pub fn end_orphans(token: &str, grace: Duration) -> usize {
    let tree = Tree::marked_by(GUARD_VARIABLE, [token]);
    let found = tree.signal(Signal::TERM);
    if found == 0 {
        return 0;
    }
    // A stopped process would not notice.
    tree.signal(Signal::CONT);
    let deadline = Instant::now() + grace;
    while Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
        if tree.is_gone() {
            return found;
        }
    }
    for _ in 0..KILL_ROUNDS {
        if tree.signal(Signal::KILL) == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(25));
    }
    found
}
