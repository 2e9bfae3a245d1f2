//! Nobody is left behind, however hard a program tries.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use orloj_tasks::{CancelReason, LogSource, Status, end_leftovers};
use serde_json::json;

use crate::harness::{Host, is_alive, until};

fn pid_in(path: &Path) -> i32 {
    std::fs::read_to_string(path)
        .expect("a file with a process id")
        .trim()
        .parse()
        .expect("a number")
}

/// Detaches twice into a session of its own, gives up all its streams, ignores
/// every polite signal, and writes down its process id.
const DAEMON: &str = r#"
(setsid sh -c 'trap "" TERM HUP INT; (sh -c "trap \"\" TERM HUP INT; echo \$\$ > $0; while :; do sleep 0.2; done" "$0" </dev/null >/dev/null 2>&1 &) ; exit 0' "$1" </dev/null >/dev/null 2>&1 &)
while [ ! -s "$1" ]; do sleep 0.01; done
echo ready
exec sleep 600
"#;

#[tokio::test]
async fn a_daemon_that_detached_twice_is_ended_with_the_run() {
    for reason in [CancelReason::Cancelled, CancelReason::TimedOut] {
        let host = Host::new();
        let file = host.folder.path().join("pid");
        let outcome = host
            .run_and_stop(
                "script",
                json!({ "script": DAEMON, "args": [file] }),
                "ready",
                reason,
            )
            .await;
        assert!(matches!(
            outcome.status,
            Status::Cancelled | Status::Timeout
        ));
        assert!(outcome.warnings.is_empty(), "{:?}", outcome.warnings);
        assert!(!is_alive(pid_in(&file)));
    }
}

#[tokio::test]
async fn background_children_end_with_the_run() {
    let host = Host::new();
    let folder = host.folder.path().display().to_string();
    let script = r#"
set -m
for n in 1 2 3; do (sh -c 'echo $$ > "$0"; exec sleep 600' "$1/$n") & done
for n in 1 2 3; do while [ ! -s "$1/$n" ]; do sleep 0.01; done; done
echo ready
wait
"#;
    host.run_and_stop(
        "script",
        json!({ "script": script, "args": [folder] }),
        "ready",
        CancelReason::Cancelled,
    )
    .await;
    for name in ["1", "2", "3"] {
        assert!(!is_alive(pid_in(&host.folder.path().join(name))));
    }
}

#[tokio::test]
async fn a_left_behind_process_with_open_output_does_not_hang_the_run() {
    let host = Host::new();
    let file = host.folder.path().join("pid");
    let start = Instant::now();
    let outcome = host
        .run(
            "script",
            json!({ "script": "sh -c 'echo $$ > \"$0\"; exec sleep 600' \"$1\" & while [ ! -s \"$1\" ]; do sleep 0.01; done; echo done", "args": [file] }),
        )
        .await;
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(outcome.status, Status::Success);
    assert_eq!(host.texts_of(LogSource::Stdout), ["done"]);
    assert!(!is_alive(pid_in(&file)));
}

#[tokio::test]
async fn a_daemon_that_closed_its_output_survives_a_normal_end() {
    let host = Host::new();
    let file = host.folder.path().join("pid");
    let script = "setsid sh -c 'echo $$ > \"$0\"; exec sleep 600' \"$1\" </dev/null >/dev/null 2>&1 & while [ ! -s \"$1\" ]; do sleep 0.01; done";
    let outcome = host
        .run("script", json!({ "script": script, "args": [file] }))
        .await;
    assert_eq!(outcome.status, Status::Success);
    let pid = pid_in(&file);
    assert!(is_alive(pid));
    // ... and is found again by its token, as after a crash of the host.
    assert!(end_leftovers([host.fence.as_str()]) >= 1);
    until("the daemon is gone", || !is_alive(pid)).await;
    assert_eq!(end_leftovers([host.fence.as_str()]), 0);
}

#[tokio::test]
async fn a_dropped_run_takes_its_processes_along() {
    let host = Host::new();
    let file = host.folder.path().join("pid");
    {
        let run = host.run("script", json!({ "script": DAEMON, "args": [file] }));
        tokio::select! {
            outcome = run => panic!("ended by itself: {outcome:?}"),
            () = host.said("ready") => {}
        }
    }
    let pid = pid_in(&file);
    until("the daemon is gone", || !is_alive(pid)).await;
    assert!(!host.context().work_dir.exists());
}

#[tokio::test]
async fn a_program_that_forks_all_the_time_is_ended() {
    let host = Host::new();
    let script =
        "trap '' TERM; echo ready; while :; do (sleep 0.05; sleep 0.05) & sleep 0.01; done";
    let outcome = host
        .run_and_stop(
            "script",
            json!({ "script": script }),
            "ready",
            CancelReason::TimedOut,
        )
        .await;
    assert_eq!(outcome.status, Status::Timeout);
    assert!(outcome.warnings.is_empty(), "{:?}", outcome.warnings);
    assert_eq!(end_leftovers([host.fence.as_str()]), 0);
}

#[tokio::test]
async fn a_stopped_process_is_ended_too() {
    let host = Host::new();
    let outcome = host
        .run_and_stop(
            "script",
            json!({ "script": "echo ready; kill -STOP $$; sleep 600" }),
            "ready",
            CancelReason::Cancelled,
        )
        .await;
    assert_eq!(outcome.status, Status::Cancelled);
    assert_eq!(end_leftovers([host.fence.as_str()]), 0);
}

#[test]
fn processes_of_others_are_never_touched() {
    let mut other = Command::new("sleep")
        .arg("600")
        .env("ORLOJ_FENCE", "somebody-else")
        .spawn()
        .expect("sleep");
    assert_eq!(end_leftovers(["somebody"]), 0);
    assert_eq!(end_leftovers([""]), 0);
    assert!(other.try_wait().expect("a status").is_none());
    other.kill().expect("killed");
    other.wait().expect("collected");
}

#[tokio::test]
async fn many_runs_leave_no_zombies_and_no_descriptors() {
    let host = Host::new();
    let descriptors = || std::fs::read_dir("/proc/self/fd").expect("fds").count();
    host.run("script", json!({ "script": "true" })).await;
    let before = descriptors();
    for _ in 0..30 {
        host.run("script", json!({ "script": "sleep 0.001 & exit 0" }))
            .await;
    }
    until("no child is left uncollected", || zombies() == 0).await;
    // Under a runner that shares the process, other tests may open some meanwhile.
    assert!(descriptors() <= before + 20);
}

/// Ended children of this process that nobody collected.
fn zombies() -> usize {
    let me = std::process::id().to_string();
    std::fs::read_dir("/proc")
        .expect("processes")
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .filter(|stat| {
            stat.rsplit_once(')').is_some_and(|(_, rest)| {
                let mut fields = rest.split_ascii_whitespace();
                fields.next() == Some("Z") && fields.next() == Some(me.as_str())
            })
        })
        .count()
}
