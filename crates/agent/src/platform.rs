//! What is different on each system. A new one is a file with the same names.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(not(target_os = "linux"))]
compile_error!("the agent knows Linux only so far: write platform/<system>.rs");
