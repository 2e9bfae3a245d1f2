//! Linux.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{Gid, Pid, Uid, User, chown};
use orloj_wire::agent::{Disk, Facts};
use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use tokio::process::{ChildStderr, ChildStdout, Command};

use crate::policy::Policy;

/// Variable by which the programs of an order are found again.
pub const MARK: &str = "ORLOJ_ORDER";

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Shells that are looked for, in the order of preference, with what they take before the text.
const SHELLS: [(&str, &[&str]); 8] = [
    ("sh", &["-c"]),
    ("bash", &["-c"]),
    ("dash", &["-c"]),
    ("zsh", &["-c"]),
    ("fish", &["-c"]),
    ("ksh", &["-c"]),
    ("python3", &["-c"]),
    ("pwsh", &["-NoProfile", "-NonInteractive", "-Command"]),
];
const PACKAGE_MANAGERS: [(&str, &str); 2] = [("apt", "apt-get"), ("dnf", "dnf")];
const MOST_FACTS: usize = 64;

/// A shell that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// Name.
    pub name: String,
    /// Program.
    pub program: PathBuf,
    /// What it takes before the text.
    pub arguments: &'static [&'static str],
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i64),
    /// By this signal.
    Signal(i32),
}

/// A program with everything that it starts.
#[derive(Debug)]
pub struct Family {
    child: Box<dyn ChildWrapper>,
    leader: Option<Pid>,
}

impl Family {
    /// Starts a program as the leader of a session of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        command.kill_on_drop(true);
        let mut wrapped = CommandWrap::from(command);
        wrapped.wrap(ProcessSession);
        let child = wrapped.spawn()?.into_inner();
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .map(Pid::from_raw);
        Ok(Self { child, leader })
    }

    /// What it writes; once.
    pub fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout().take(), self.child.stderr().take())
    }

    /// Waits for the end of the program itself.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn wait(&mut self) -> io::Result<Exit> {
        use std::os::unix::process::ExitStatusExt as _;
        let status = self.child.wait().await?;
        Ok(match (status.code(), status.signal()) {
            (Some(code), _) => Exit::Code(i64::from(code)),
            (None, signal) => Exit::Signal(signal.unwrap_or(0)),
        })
    }

    /// Ends it with everything that it started: politely, then finally.
    pub async fn end(&mut self, grace: Duration) {
        self.signal(Signal::SIGTERM);
        // A stopped program would not notice.
        self.signal(Signal::SIGCONT);
        if tokio::time::timeout(grace, self.child.wait())
            .await
            .is_err()
        {
            self.signal(Signal::SIGKILL);
            // Stuck in the kernel: nobody can do more.
            let _ = tokio::time::timeout(grace, self.child.wait()).await;
        }
        self.signal(Signal::SIGKILL);
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // Who is gone need not be signalled.
            let _ = killpg(leader, signal);
        }
    }
}

/// Ends every program on this machine that carries this mark; answers how many there were.
pub fn end_leftovers(mark: &str) -> usize {
    let wanted = format!("{MARK}={mark}").into_bytes();
    let mut found = BTreeSet::new();
    for _ in 0..3 {
        let mut any = false;
        for pid in processes() {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            if environment
                .split(|byte| *byte == 0)
                .any(|pair| pair == wanted)
            {
                any = true;
                found.insert(pid);
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
        if !any {
            break;
        }
    }
    found.len()
}

fn processes() -> Vec<i32> {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != own)
        .collect()
}

/// Microseconds since the start of the system, also those spent asleep; never set by anybody.
#[must_use]
pub fn uptime_us() -> i64 {
    match clock_gettime(ClockId::CLOCK_BOOTTIME) {
        Ok(time) => time.tv_sec() * 1_000_000 + time.tv_nsec() / 1_000,
        Err(_) => 0,
    }
}

/// Makes a folder that only its owner may look into, with those above it.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_folder(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// Makes a file that only its owner may read, or empties it.
///
/// # Errors
/// When it cannot be made.
pub fn create_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Makes the names in a folder durable.
///
/// # Errors
/// When the disk refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder of one step, for the user that it runs as.
///
/// # Errors
/// When it cannot be made.
pub fn make_work_folder(folder: &Path, user: Option<(Uid, Gid)>) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(parent)?;
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    if let Some((uid, gid)) = user {
        chown(folder, Some(uid), Some(gid))?;
    }
    Ok(())
}

/// Name of the user that the agent runs as.
#[must_use]
pub fn own_user_name() -> Option<String> {
    Some(User::from_uid(Uid::effective()).ok()??.name)
}

/// Lets a command run as another user.
///
/// # Errors
/// One sentence: there is no such user, or only root may do that.
pub fn run_as(command: &mut Command, name: &str) -> Result<Option<(Uid, Gid)>, String> {
    let user = User::from_name(name)
        .map_err(|error| format!("the user {name} cannot be looked up: {error}"))?
        .ok_or_else(|| format!("this device has no user {name}"))?;
    if user.uid == Uid::effective() {
        return Ok(None);
    }
    if !Uid::effective().is_root() {
        return Err(format!(
            "the agent does not run as root, so nothing can be run as {name}"
        ));
    }
    command
        .uid(user.uid.as_raw())
        .gid(user.gid.as_raw())
        .env("HOME", &user.dir)
        .env("USER", &user.name)
        .env("LOGNAME", &user.name);
    Ok(Some((user.uid, user.gid)))
}

/// Variables that every command gets.
#[must_use]
pub fn base_environment() -> Vec<(&'static str, String)> {
    let mut all = vec![("PATH", DEFAULT_PATH.to_owned())];
    for name in ["HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ"] {
        if let Ok(value) = std::env::var(name) {
            all.push((name, value));
        }
    }
    all
}

/// Shells that are there, the preferred one first.
#[must_use]
pub fn shells() -> Vec<Shell> {
    SHELLS
        .into_iter()
        .filter_map(|(name, arguments)| {
            Some(Shell {
                name: name.to_owned(),
                program: program(name)?,
                arguments,
            })
        })
        .collect()
}

/// Where a program is.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    DEFAULT_PATH
        .split(':')
        .map(|folder| Path::new(folder).join(name))
        .find(|path| {
            path.metadata()
                .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
        })
}

/// What there is to say of this device.
#[must_use]
pub fn facts(policy: &Policy) -> Facts {
    let release = pairs("/etc/os-release", '=');
    let memory = pairs("/proc/meminfo", ':');
    let processors = pairs("/proc/cpuinfo", ':');
    let kib = |name: &str| {
        let text = find(&memory, name).unwrap_or_default();
        let number: u64 = text.trim_end_matches(" kB").parse().unwrap_or(0);
        number * 1_024
    };
    let name = nix::sys::utsname::uname().ok();
    let text = |value: &std::ffi::OsStr| value.to_string_lossy().into_owned();
    let (addresses, mac_addresses) = addresses();
    Facts {
        hostname: nix::unistd::gethostname().map_or_else(|_| String::new(), |name| text(&name)),
        os: "linux".to_owned(),
        os_name: find(&release, "PRETTY_NAME").unwrap_or_else(|| "Linux".to_owned()),
        os_id: find(&release, "ID").unwrap_or_default(),
        os_version: find(&release, "VERSION_ID").unwrap_or_default(),
        kernel: name
            .as_ref()
            .map(|name| text(name.release()))
            .unwrap_or_default(),
        architecture: std::env::consts::ARCH.to_owned(),
        addresses,
        mac_addresses,
        cpu_model: find(&processors, "model name").unwrap_or_default(),
        cpus: std::thread::available_parallelism()
            .map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX)),
        memory_total: kib("MemTotal"),
        memory_available: kib("MemAvailable"),
        disks: disks(),
        shells: shells()
            .into_iter()
            .map(|shell| shell.name)
            .filter(|name| policy.check_shell(name).is_ok())
            .collect(),
        package_managers: PACKAGE_MANAGERS
            .into_iter()
            .filter(|(_, tool)| program(tool).is_some())
            .map(|(name, _)| name.to_owned())
            .collect(),
        allowed_steps: policy.steps.clone(),
        agent_user: own_user_name().unwrap_or_default(),
        booted_at: booted_at(),
    }
}

fn booted_at() -> Option<jiff::Timestamp> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    jiff::Timestamp::from_second(seconds.trim().parse().ok()?).ok()
}

/// `name<separator>value` in the lines of a file.
fn pairs(path: &str, separator: char) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(separator))
        .map(|(name, value)| {
            let value = value.trim().trim_matches('"');
            (name.trim().to_owned(), value.to_owned())
        })
        .collect()
}

fn find(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.clone())
}

fn addresses() -> (Vec<String>, Vec<String>) {
    let mut all = BTreeSet::new();
    let mut hardware = BTreeSet::new();
    for interface in nix::ifaddrs::getifaddrs().into_iter().flatten() {
        let Some(address) = interface.address else {
            continue;
        };
        if let Some(ip) = address.as_sockaddr_in() {
            if !ip.ip().is_loopback() {
                all.insert(ip.ip().to_string());
            }
        } else if let Some(ip) = address.as_sockaddr_in6() {
            if !ip.ip().is_loopback() {
                all.insert(ip.ip().to_string());
            }
        } else if let Some(mac) = address
            .as_link_addr()
            .and_then(nix::sys::socket::LinkAddr::addr)
            && mac != [0; 6]
        {
            hardware.insert(mac.map(|byte| format!("{byte:02x}")).join(":"));
        }
    }
    let first = |set: BTreeSet<String>| set.into_iter().take(MOST_FACTS).collect();
    (first(all), first(hardware))
}

fn disks() -> Vec<Disk> {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mut seen = BTreeSet::new();
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let device = words.next()?;
            let mount = words.next()?.replace("\\040", " ");
            let is_real = device.starts_with('/') || mount == "/";
            if !is_real || !seen.insert(device.to_owned()) {
                return None;
            }
            let status = nix::sys::statvfs::statvfs(mount.as_str()).ok()?;
            Some(Disk {
                total: status.blocks() * status.fragment_size(),
                available: status.blocks_available() * status.fragment_size(),
                mount,
            })
        })
        .take(MOST_FACTS)
        .collect()
}
