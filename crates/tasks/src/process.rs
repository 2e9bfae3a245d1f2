//! Running programs: started in a session of their own, listened to while they
//! run, and ended together with everything they started.
//!
//! How a program is started: `/bin/sh` sets the umask and the resource limits
//! and then *becomes* the program (`exec`), so limits hold from the first
//! instruction and there is no extra process; the text of that prologue is fixed
//! apart from numbers, the program and its arguments travel as positional
//! parameters and are never interpreted.
//!
//! How its processes are found again: by session, by process group, by descent,
//! and by the run's fence token in their environment, which is what finds a
//! process that detached itself twice. A process that detaches *and* wipes its
//! environment escapes; so does everything when the whole server is killed,
//! until the next start calls [`end_leftovers`].

mod output;
mod program;
mod supervise;
mod tree;
mod verdict;
mod work_dir;

pub(crate) use program::{Limits, Program, is_environment_name};
pub(crate) use supervise::supervise;
pub use tree::end_leftovers;
pub(crate) use verdict::{ExitCodes, verdict};
pub(crate) use work_dir::WorkDir;
