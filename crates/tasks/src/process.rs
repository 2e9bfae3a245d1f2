//! Running programs: started in a group or session of their own, listened to while they
//! run, and ended together with everything they started.
//!
//! How a program is started: where it has limits, `/bin/sh` sets the umask and the limits
//! and then *becomes* the program (`exec`), so limits hold from the first
//! instruction and there is no extra process; the text of that prologue is fixed
//! apart from numbers, the program and its arguments travel as positional
//! parameters and are never interpreted. Without limits it is started directly,
//! provided that the server itself has a private umask and writes no core files.
//!
//! How its processes are found again: by session, by process group, by descent,
//! and by the run's fence token in their environment, which is what finds a
//! process that detached itself twice. A process that detaches *and* wipes its
//! environment escapes. When the whole server is killed, its guard calls
//! [`end_orphans`]; where that failed too, the next start calls [`end_leftovers`].

mod guard;
mod output;
mod program;
mod supervise;
mod tree;
mod verdict;
mod work_dir;

pub(crate) use guard::ServerLoss;
pub use guard::end_orphans;
pub(crate) use program::{Limits, Program, is_environment_name};
pub(crate) use supervise::supervise;
pub use tree::end_leftovers;
pub(crate) use verdict::{ExitCodes, verdict};
pub(crate) use work_dir::WorkDir;
pub use work_dir::let_pass;
