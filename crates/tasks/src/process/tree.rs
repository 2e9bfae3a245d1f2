//! All processes of a run: finding them and ending them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open, pidfd_send_signal,
};
use tokio::time::Instant;

use super::guard::ServerLoss;
use super::program::{FENCE_VARIABLE, fence_variable};

/// How often the final signal is repeated before giving up: a process that is
/// stuck in the kernel cannot be ended by anybody.
pub(super) const KILL_ROUNDS: u32 = 40;

/// The processes that belong to one run.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// Process id and start time of the session leader, when there was one.
    leader: Option<(i32, u64)>,
    /// `NAME=value` as it stands in the environment of the run's processes; one of these.
    markers: BTreeSet<Vec<u8>>,
}

/// Ends every process on this host that belongs to a run with one of these fence tokens
/// and is not meant to survive its server, at once and without asking. For the time after a crash, when the program that
/// started them is gone. Returns how many there were. Reads all of `/proc`, once for all of them, so
/// call it from a thread that may block.
pub fn end_leftovers<'a>(fences: impl IntoIterator<Item = &'a str>) -> usize {
    let tree = Tree::marked_by(FENCE_VARIABLE, fences);
    let mut found = BTreeSet::new();
    for _ in 0..3 {
        let members = tree.members();
        if members.is_empty() {
            break;
        }
        for member in &members {
            tree.signal_member(member, Signal::KILL);
            found.insert(member.pid);
        }
    }
    found.len()
}

/// One line of `/proc/PID/stat`, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    group: i32,
    session: i32,
    started: u64,
    dead: bool,
}

impl Tree {
    /// The tree below a process that was just started as a session leader.
    pub(super) fn of(leader: Option<u32>, loss: ServerLoss, fence: &str) -> Self {
        let leader = leader
            .and_then(|pid| i32::try_from(pid).ok())
            .map(|pid| (pid, read(pid).map_or(0, |process| process.started)));
        Self {
            leader,
            ..Self::marked_by(fence_variable(loss), [fence])
        }
    }

    /// Whatever carries this variable with one of these values.
    pub(super) fn marked_by<'a>(variable: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            leader: None,
            // Without a token every process whose variable is empty would match.
            markers: values
                .into_iter()
                .filter(|value| !value.is_empty())
                .map(|value| format!("{variable}={value}").into_bytes())
                .collect(),
        }
    }

    /// Whether nothing of it is alive.
    pub(super) fn is_gone(&self) -> bool {
        self.members().is_empty()
    }

    /// Sends a signal to every process of the run; returns how many were found.
    pub(super) fn signal(&self, signal: Signal) -> usize {
        // The group first: the kernel reaches all of it in one step, which a
        // program that forks all the time cannot outrun.
        if let Some(group) = self.own_leader().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
        let members = self.members();
        for member in &members {
            self.signal_member(member, signal);
        }
        members.len()
    }

    /// Ends the tree: politely, then after `grace` finally. Returns how many
    /// processes withstood, which is zero unless the kernel itself holds them.
    pub(super) async fn end(&self, grace: Duration) -> usize {
        let deadline = Instant::now() + grace;
        if self.signal_elsewhere(Signal::TERM).await == 0 {
            return 0;
        }
        // A stopped process would not notice.
        self.signal_elsewhere(Signal::CONT).await;
        let mut pause = Duration::from_millis(20);
        while Instant::now() < deadline {
            tokio::time::sleep(pause.min(deadline - Instant::now())).await;
            if self.count_elsewhere().await == 0 {
                return 0;
            }
            pause = (pause * 2).min(Duration::from_millis(200));
        }
        for _ in 0..KILL_ROUNDS {
            if self.signal_elsewhere(Signal::KILL).await == 0 {
                return 0;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.count_elsewhere().await
    }

    /// Reading another process' environment can block, so it is done where that is allowed.
    async fn signal_elsewhere(&self, signal: Signal) -> usize {
        let tree = self.clone();
        tokio::task::spawn_blocking(move || tree.signal(signal))
            .await
            .unwrap_or(0)
    }

    async fn count_elsewhere(&self) -> usize {
        let tree = self.clone();
        tokio::task::spawn_blocking(move || tree.members().len())
            .await
            .unwrap_or(0)
    }

    /// The leader's process id as long as it names *our* session: the kernel does
    /// not give the number away while the session has members, and when it has
    /// been given away, the start time differs.
    fn own_leader(&self) -> Option<i32> {
        let (pid, started) = self.leader?;
        match read(pid) {
            Some(process) if process.started != started => None,
            _ => Some(pid),
        }
    }

    /// Everything alive that belongs to the run.
    fn members(&self) -> Vec<Process> {
        let me = i32::try_from(std::process::id()).unwrap_or_default();
        let leader = self.own_leader();
        let all: BTreeMap<i32, Process> = processes()
            .into_iter()
            .filter(|process| process.pid != me && process.pid > 1)
            .map(|process| (process.pid, process))
            .collect();
        let mut mine: BTreeSet<i32> = all
            .values()
            .filter(|process| {
                leader.is_some_and(|leader| {
                    process.session == leader || process.group == leader || process.pid == leader
                }) || (!process.dead && self.is_young_enough(process) && self.marked(process.pid))
            })
            .map(|process| process.pid)
            .collect();
        loop {
            let children: Vec<i32> = all
                .values()
                .filter(|process| mine.contains(&process.parent) && !mine.contains(&process.pid))
                .map(|process| process.pid)
                .collect();
            if children.is_empty() {
                break;
            }
            mine.extend(children);
        }
        all.into_values()
            .filter(|process| !process.dead && mine.contains(&process.pid))
            .collect()
    }

    /// Nothing of the run is older than its leader. Most of what runs on a machine is, and its environment need not be
    /// read: that is what looking through `/proc` costs.
    fn is_young_enough(&self, process: &Process) -> bool {
        self.leader
            .is_none_or(|(_, started)| process.started >= started)
    }

    fn marked(&self, pid: i32) -> bool {
        !self.markers.is_empty()
            && fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
                environment
                    .split(|byte| *byte == 0)
                    .any(|variable| self.markers.contains(variable))
            })
    }

    /// Signals exactly the process that was found, not one that got its number since.
    fn signal_member(&self, member: &Process, signal: Signal) {
        let Some(pid) = Pid::from_raw(member.pid) else {
            return;
        };
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(handle) => {
                if read(member.pid).is_some_and(|now| now.started == member.started) {
                    let _ = pidfd_send_signal(handle, signal);
                }
            }
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
                let _ = kill_process(pid, signal);
            }
            Err(_) => {}
        }
    }
}

/// Ends the tree when the run is dropped before it came to its end.
#[derive(Debug)]
pub(super) struct EndOnDrop(pub(super) Option<Tree>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        if let Some(tree) = self.0.take() {
            for _ in 0..3 {
                if tree.signal(Signal::KILL) == 0 {
                    break;
                }
            }
        }
    }
}

fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(read)
        .collect()
}

fn read(pid: i32) -> Option<Process> {
    parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the program's name in parentheses and may itself contain
/// spaces and parentheses, so counting starts after the last one.
fn parse(pid: i32, stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Process {
        pid,
        dead: matches!(*fields.first()?, "Z" | "X" | "x"),
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_parentheses_does_not_confuse_the_reader() {
        let stat = "42 (a) S (b)) S 7 42 40 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 1";
        assert_eq!(
            parse(42, stat),
            Some(Process {
                pid: 42,
                parent: 7,
                group: 42,
                session: 40,
                started: 987_654,
                dead: false
            })
        );
        assert_eq!(parse(1, "nonsense"), None);
    }
}
