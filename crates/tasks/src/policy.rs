//! The administrator's rules that task functions obey.
//!
//! A policy is plain data filled in at the edge of the program. Functions judge
//! parameters by it when a job is saved and again when it runs, because rules
//! and hosts change in between.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Output of one run that is kept, in bytes.
pub const DEFAULT_MAX_OUTPUT_BYTES: u64 = 10 * 1024 * 1024;
/// Part of one HTTP answer that is kept, in bytes.
pub const DEFAULT_MAX_RESPONSE_BYTES: usize = 256 * 1024;

/// Interpreters that are looked for; the names jobs may use.
const INTERPRETERS: [&str; 14] = [
    "sh", "bash", "dash", "zsh", "fish", "python3", "python", "node", "deno", "perl", "ruby",
    "php", "lua", "pwsh",
];

/// What jobs may do on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether HTTP calls may go to private, loopback and similar addresses.
    pub allow_private_addresses: bool,
    /// Exceptions to the rule above: host names, addresses, or CIDR blocks, each
    /// optionally with `:port`. Cloud metadata addresses need an exception of their own.
    pub allowed_hosts: Vec<String>,
    /// Interpreters for scripts: the name a job uses and the program it means.
    pub script_interpreters: BTreeMap<String, PathBuf>,
    /// Variables of the server's environment that programs inherit besides the
    /// harmless ones (`PATH`, `HOME`, `LANG`, `LC_ALL`, `TZ`, `TMPDIR`).
    pub env_allow: Vec<String>,
    /// Account that programs run as; `None` means the server's own. Needs root.
    pub script_run_as: Option<String>,
    /// Output of one run that is kept, in bytes; what exceeds it is counted and dropped.
    pub max_output_bytes: u64,
    /// Part of one HTTP answer that is kept, in bytes.
    pub max_response_bytes: usize,
    /// Time between the polite and the final signal to a program, in milliseconds.
    pub kill_grace_ms: u64,
    /// Folder (absolute) under which exports and backups are written, each job in
    /// a folder of its own; `None` means that nothing may be written.
    pub export_dir: Option<PathBuf>,
    /// Token of the guard that ends programs when the server is killed; `None` where there is no guard.
    pub guard: Option<String>,
}

impl Default for Policy {
    /// Closed: no private addresses, no interpreters.
    fn default() -> Self {
        Self {
            allow_private_addresses: false,
            allowed_hosts: Vec::new(),
            script_interpreters: BTreeMap::new(),
            env_allow: Vec::new(),
            script_run_as: None,
            max_output_bytes: DEFAULT_MAX_OUTPUT_BYTES,
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            kill_grace_ms: 5_000,
            export_dir: None,
            guard: None,
        }
    }
}

impl Policy {
    /// Looks for the usual interpreters in the folders of a `PATH` value.
    #[must_use]
    pub fn find_interpreters(path: &OsStr) -> BTreeMap<String, PathBuf> {
        INTERPRETERS
            .iter()
            .filter_map(|name| {
                std::env::split_paths(path)
                    .filter(|folder| folder.is_absolute())
                    .map(|folder| folder.join(name))
                    .find(|candidate| is_executable(candidate))
                    .map(|found| ((*name).to_owned(), found))
            })
            .collect()
    }

    /// The program that `name` stands for: a name from the map, or the absolute
    /// path of a program in the map.
    #[must_use]
    pub fn interpreter(&self, name: &str) -> Option<&Path> {
        if let Some(found) = self.script_interpreters.get(name) {
            return Some(found);
        }
        let wanted = Path::new(name);
        self.script_interpreters
            .values()
            .map(PathBuf::as_path)
            .find(|path| wanted.is_absolute() && *path == wanted)
    }
}

fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
