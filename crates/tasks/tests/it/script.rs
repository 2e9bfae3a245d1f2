use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use orloj_tasks::{CancelReason, Cause, LogLevel, LogSource, Status, Text};
use serde_json::{Value, json};

use crate::harness::{Host, problems};

#[tokio::test]
async fn both_streams_arrive_with_their_levels() {
    let host = Host::new();
    let outcome = host
        .run("script", json!({ "script": "echo out\necho err >&2\n" }))
        .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let summary = outcome.summary.expect("a summary");
    assert_eq!(summary, Text::new("exit code 0", "رمز الخروج 0"));
    let mut lines = host.lines.lock().expect("lines").clone();
    lines.sort_by_key(|line| line.source == LogSource::Stderr);
    assert_eq!(lines[0].text, "out");
    assert_eq!(lines[0].level, LogLevel::Info);
    assert_eq!(lines[1].text, "err");
    assert_eq!(lines[1].level, LogLevel::Warning);
}

#[tokio::test]
async fn output_is_seen_while_the_script_runs() {
    let host = Host::new();
    let outcome = host
        .run_and_stop(
            "script",
            json!({ "script": "echo first; exec sleep 600" }),
            "first",
            CancelReason::Cancelled,
        )
        .await;
    assert_eq!(outcome.status, Status::Cancelled);
}

#[tokio::test]
async fn arguments_are_never_read_by_a_shell() {
    let host = Host::new();
    let nasty = [
        "$(touch /tmp/x)",
        "; echo hacked",
        "a b",
        "",
        "'\"`",
        "-n",
        "سلام",
    ];
    host.run(
        "script",
        json!({ "script": "for a in \"$@\"; do printf '[%s]\\n' \"$a\"; done", "args": nasty }),
    )
    .await;
    let expected: Vec<_> = nasty
        .iter()
        .map(|argument| format!("[{argument}]"))
        .collect();
    assert_eq!(host.texts(), expected);
}

#[tokio::test]
async fn every_found_interpreter_runs_its_language() {
    let host = Host::new();
    let hello = [
        ("sh", "echo hello"),
        ("bash", "a=(hello); echo \"${a[0]}\""),
        ("python3", "print('hello')"),
        ("node", "console.log('hello')"),
        ("perl", "print \"hello\\n\";"),
    ];
    let mut tried = 0;
    for (interpreter, script) in hello {
        if !host.policy.script_interpreters.contains_key(interpreter) {
            continue;
        }
        tried += 1;
        let host = Host::new();
        let outcome = host
            .run(
                "script",
                json!({ "interpreter": interpreter, "script": script }),
            )
            .await;
        assert_eq!(
            outcome.status,
            Status::Success,
            "{interpreter}: {outcome:?}"
        );
        assert_eq!(host.texts_of(LogSource::Stdout), ["hello"], "{interpreter}");
    }
    assert!(tried >= 2);
    let path = host.policy.script_interpreters["sh"].display().to_string();
    let outcome = host
        .run("script", json!({ "interpreter": path, "script": "exit 0" }))
        .await;
    assert_eq!(outcome.status, Status::Success);
}

#[test]
fn an_interpreter_that_is_not_there_is_refused() {
    let host = Host::new();
    for name in ["cobol", "/bin/ls", "../sh", "sh -x", "/etc/passwd"] {
        assert_eq!(
            problems(
                &host,
                "script",
                &json!({ "interpreter": name, "script": "x" })
            ),
            [("/interpreter".to_owned(), "interpreter".to_owned())]
        );
    }
}

#[tokio::test]
async fn exit_codes_decide() {
    let cases = [
        (0, Status::Success),
        (3, Status::Success),
        (4, Status::Partial),
        (5, Status::Failed),
        (127, Status::Failed),
    ];
    for (code, status) in cases {
        let host = Host::new();
        let outcome = host
            .run(
                "script",
                json!({
                    "script": format!("echo why >&2; exit {code}"),
                    "successExitCodes": [0, 3],
                    "warningExitCodes": [4],
                }),
            )
            .await;
        assert_eq!(outcome.status, status, "{code}");
        if status == Status::Failed {
            let failure = outcome.failure.expect("a failure");
            assert_eq!(failure.cause, Cause::ExitCode(code));
            assert_eq!(failure.detail.as_deref(), Some("why"));
            assert!(outcome.retryable);
        }
    }
}

#[tokio::test]
async fn a_signal_is_named() {
    let host = Host::new();
    let outcome = host
        .run("script", json!({ "script": "kill -KILL $$" }))
        .await;
    let failure = outcome.failure.expect("a failure");
    assert_eq!(failure.cause, Cause::Signal(9));
    assert!(
        failure.message.en.contains("SIGKILL"),
        "{}",
        failure.message.en
    );
}

#[tokio::test]
async fn the_environment_is_an_allow_list() {
    let mut host = Host::new();
    host.policy.env_allow = vec!["CARGO_PKG_NAME".to_owned()];
    host.run(
        "script",
        json!({ "script": "exec env", "env": { "STAGE": "a b=c", "LANG": "ar_EG.UTF-8" } }),
    )
    .await;
    let texts = host.texts();
    let has = |line: &str| texts.iter().any(|text| text == line);
    assert!(has("STAGE=a b=c") && has("LANG=ar_EG.UTF-8"));
    assert!(has("ORLOJ_ATTEMPT=2") && has("ORLOJ_JOB_ID=17"));
    assert!(has("ORLOJ_JOB_NAME=nightly تقرير"));
    assert!(has("ORLOJ_SCHEDULED_AT=2026-03-01T02:30:00Z"));
    assert!(has(
        "ORLOJ_EXECUTION_ID=0198c0de-0000-7000-8000-000000000001"
    ));
    assert!(has(&format!("ORLOJ_FENCE={}", host.fence)));
    assert!(has("CARGO_PKG_NAME=orloj-tasks"));
    let names: BTreeSet<_> = texts
        .iter()
        .filter_map(|text| text.split_once('='))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with("ORLOJ_"))
        .collect();
    let known = BTreeSet::from([
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "STAGE",
        "CARGO_PKG_NAME",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
    ]);
    assert!(names.is_subset(&known), "{names:?}");
}

#[test]
fn names_of_variables_are_checked() {
    let host = Host::new();
    for (name, code) in [
        ("A=B", "name"),
        ("1A", "name"),
        ("", "name"),
        ("A B", "name"),
        ("é", "name"),
        ("ORLOJ_FENCE", "reserved"),
    ] {
        let found = problems(
            &host,
            "script",
            &json!({ "script": "x", "env": { name: "1" } }),
        );
        assert_eq!(found, [(format!("/env/{name}"), code.to_owned())]);
    }
    assert!(
        problems(
            &host,
            "script",
            &json!({ "script": "x", "env": { "_a1": "" } })
        )
        .is_empty()
    );
}

#[test]
fn nul_and_overlong_texts_are_refused() {
    let host = Host::new();
    let long = "x".repeat(131_072);
    for (parameters, pointer, code) in [
        (json!({ "script": "a\u{0}" }), "/script", "nul"),
        (
            json!({ "script": "a", "args": ["ok", "\u{0}"] }),
            "/args/1",
            "nul",
        ),
        (json!({ "script": "a", "stdin": "\u{0}" }), "/stdin", "nul"),
        (
            json!({ "script": "a", "env": { "A": "\u{0}" } }),
            "/env/A",
            "nul",
        ),
        (
            json!({ "script": "a", "args": [long] }),
            "/args/0",
            "too_long",
        ),
        (
            json!({ "script": "a", "workingDirectory": "tmp" }),
            "/workingDirectory",
            "absolute",
        ),
        (
            json!({ "script": "a", "successExitCodes": [1], "warningExitCodes": [1] }),
            "/warningExitCodes/0",
            "contradiction",
        ),
    ] {
        assert_eq!(
            problems(&host, "script", &parameters),
            [(pointer.to_owned(), code.to_owned())]
        );
    }
}

#[tokio::test]
async fn folders_and_files_are_private() {
    let host = Host::new();
    let outcome = host
        .run(
            "script",
            json!({ "script": "umask; stat -c %a . \"$0\"; pwd; echo \"$ORLOJ_WORK_DIR\"" }),
        )
        .await;
    assert_eq!(outcome.status, Status::Success);
    let texts = host.texts();
    assert_eq!(texts[0], "0077");
    assert_eq!(&texts[1..3], ["700", "700"]);
    assert_eq!(texts[3], texts[4]);
}

/// Only root can become somebody else, so elsewhere there is nothing to look at.
#[tokio::test]
async fn scripts_run_as_the_account_the_administrator_chose() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let mut host = Host::new();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(host.folder.path(), open).expect("a mode");
    host.policy.script_run_as = Some("nobody".to_owned());
    let outcome = host
        .run(
            "script",
            json!({ "script": "id -un; id -G | wc -w; stat -c %U . \"$0\"; echo \"$USER\"; cat; touch file" , "stdin": "in\n" }),
        )
        .await;
    assert_eq!(outcome.status, Status::Success, "{:?}", host.texts());
    assert_eq!(
        host.texts(),
        ["nobody", "1", "nobody", "nobody", "nobody", "in"]
    );
    host.policy.script_run_as = Some("no-such-account".to_owned());
    let outcome = host.run("script", json!({ "script": "id" })).await;
    assert_eq!(outcome.failure.expect("a failure").cause, Cause::Internal);
}

#[tokio::test]
async fn a_working_folder_must_exist() {
    let host = Host::new();
    let folder = host.folder.path().join("here");
    let parameters = json!({ "script": "pwd", "workingDirectory": folder });
    let outcome = host.run("script", parameters.clone()).await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::InvalidParameters
    );
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    host.run("script", parameters).await;
    assert_eq!(host.texts(), [folder.display().to_string()]);
    assert!(folder.exists());
}

#[tokio::test]
async fn standard_input_is_the_given_text_or_empty() {
    let host = Host::new();
    host.run(
        "script",
        json!({ "script": "cat; echo end", "stdin": "one\ntwo\n" }),
    )
    .await;
    host.run("script", json!({ "script": "cat; echo end" }))
        .await;
    assert_eq!(host.texts(), ["one", "two", "end", "end"]);
}

#[tokio::test]
async fn windows_line_ends_do_no_harm() {
    let host = Host::new();
    let outcome = host
        .run(
            "script",
            json!({ "script": "if true\r\nthen\r\necho fine\r\nfi\r\n" }),
        )
        .await;
    assert_eq!(outcome.status, Status::Success);
    assert_eq!(host.texts(), ["fine"]);
}

#[tokio::test]
async fn a_script_reports_progress_and_result() {
    let host = Host::new();
    let script = r#"
echo 'orloj:progress 40 half way'
echo 'orloj:progress 250'
echo 'orloj:progress many'
echo 'orloj:warning disk is getting full'
echo 'orloj:result {"recordsProcessed": 7, "recordsAffected": 3, "summary": "seven seen", "warnings": ["w"], "free": 12}'
echo 'orloj:result broken'
"#;
    let outcome = host.run("script", json!({ "script": script })).await;
    assert_eq!(outcome.status, Status::Success);
    assert_eq!(outcome.records_processed, Some(7));
    assert_eq!(outcome.records_affected, Some(3));
    // What a program says itself belongs to no language.
    assert_eq!(outcome.summary, Some("seven seen".into()));
    assert_eq!(outcome.result.expect("a result")["free"], 12);
    assert_eq!(outcome.warnings[..2], ["disk is getting full", "w"]);
    assert_eq!(
        *host.progress.lock().expect("progress"),
        [(40, Some("half way".to_owned())), (100, None)]
    );
    assert_eq!(
        host.texts_of(LogSource::Stdout),
        ["orloj:progress many", "orloj:result broken"]
    );
}

#[tokio::test]
async fn a_script_can_call_itself_partly_successful() {
    let host = Host::new();
    let outcome = host
        .run(
            "script",
            json!({ "script": "echo 'orloj:result {\"status\":\"partial\",\"errors\":[\"two left\"]}'" }),
        )
        .await;
    assert_eq!(outcome.status, Status::Partial);
    assert_eq!(outcome.errors, ["two left"]);
}

#[tokio::test]
async fn bytes_that_are_no_text_become_text() {
    let host = Host::new();
    host.run(
        "script",
        json!({ "script": "printf 'a\\377b\\000c\\nlast'" }),
    )
    .await;
    assert_eq!(host.texts(), ["a\u{fffd}b\u{fffd}c", "last"]);
}

#[tokio::test]
async fn too_much_output_keeps_its_beginning_and_its_end() {
    let mut host = Host::new();
    host.policy.max_output_bytes = 100_000;
    let outcome = host
        .run(
            "script",
            json!({ "script": "seq -f 'line %07.0f' 1 500000" }),
        )
        .await;
    assert_eq!(outcome.status, Status::Success);
    let texts = host.texts_of(LogSource::Stdout);
    let kept: usize = texts.iter().map(|text| text.len() + 1).sum();
    assert!(kept <= 100_000, "{kept}");
    assert_eq!(texts[0], "line 0000001");
    assert_eq!(texts[texts.len() - 1], "line 0500000");
    let dropped = 500_000 * 13 - kept;
    assert_eq!(outcome.warnings.len(), 1);
    assert!(
        outcome.warnings[0].starts_with(&format!("{dropped} bytes")),
        "{:?}",
        outcome.warnings
    );
}

#[tokio::test]
async fn a_line_without_end_is_bounded() {
    let host = Host::new();
    host.run(
        "script",
        json!({ "script": "head -c 1000000 /dev/zero | tr '\\0' x" }),
    )
    .await;
    let texts = host.texts();
    assert!(
        texts
            .iter()
            .all(|text| text.len() <= orloj_tasks::MAX_LINE_BYTES)
    );
    assert_eq!(texts.concat().len(), 1_000_000);
}

/// Runs a script within these limits; answers how it ended, and its words.
async fn within(host: &Host, interpreter: &str, script: &str, limits: Value) -> (Status, String) {
    let outcome = host
        .run(
            "script",
            json!({ "interpreter": interpreter, "script": script, "limits": limits }),
        )
        .await;
    (outcome.status, host.texts().join("\n"))
}

#[tokio::test]
async fn all_limits_can_be_set_together() {
    let host = Host::new();
    let limits = json!({ "openFiles": 64, "cpuSeconds": 9, "fileSizeMb": 1, "processes": 4000, "memoryMb": 512 });
    let script = "ulimit -n; ulimit -c; ulimit -t; ulimit -v";
    let (status, words) = within(&host, "sh", script, limits).await;
    assert_eq!((status, &*words), (Status::Success, "64\n0\n9\n524288"));
}

#[tokio::test]
async fn a_file_grows_to_its_limit_and_no_further() {
    let host = Host::new();
    let script = "head -c 3000000 /dev/zero > big; echo $?; wc -c < big; exit 5";
    let (status, words) = within(&host, "sh", script, json!({ "fileSizeMb": 1 })).await;
    assert_eq!(status, Status::Failed, "{words}");
    // 153: ended by the signal that says so. Some shells say so too.
    for wanted in ["153", "1048576"] {
        assert!(words.lines().any(|line| line == wanted), "{words}");
    }
}

#[tokio::test]
async fn memory_ends_at_its_limit() {
    // The shell itself takes a few megabytes.
    let script = "x=$(head -c 50000000 /dev/zero | tr '\\0' a); echo ${#x}";
    let host = Host::new();
    let (status, words) = within(&host, "sh", script, json!({ "memoryMb": 32 })).await;
    assert_eq!(status, Status::Failed, "{words}");
    let host = Host::new();
    let (status, words) = within(&host, "sh", script, json!({ "memoryMb": 1024 })).await;
    assert_eq!((status, &*words), (Status::Success, "50000000"));
}

#[tokio::test]
async fn computing_ends_at_its_limit() {
    let host = Host::new();
    let outcome = host
        .run(
            "script",
            json!({ "script": "while :; do :; done", "limits": { "cpuSeconds": 1 } }),
        )
        .await;
    // The signal that warns, or the one that ends, whichever the kernel comes to first.
    let cause = outcome.failure.expect("a failure").cause;
    assert!(
        matches!(cause, Cause::Signal(9 | 24)),
        "{cause:?} {:?}",
        host.texts()
    );
}

#[tokio::test]
async fn no_more_files_are_opened_than_the_limit_allows() {
    let script = "for n in $(seq 30); do exec {fd}</dev/null || exit 7; done; echo all";
    let host = Host::new();
    let (status, words) = within(&host, "bash", script, json!({ "openFiles": 20 })).await;
    assert_eq!(status, Status::Failed, "{words}");
    assert!(!words.contains("all"), "{words}");
    let host = Host::new();
    let (status, words) = within(&host, "bash", script, json!({ "openFiles": 64 })).await;
    assert_eq!((status, &*words), (Status::Success, "all"));
}

/// The kernel counts the processes of an account, and root's never; only root can become somebody else.
#[tokio::test]
async fn no_more_processes_are_started_than_the_limit_allows() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let script = "for n in $(seq 30); do sleep 600 & all=\"$all $!\"; done; echo all; kill $all";
    for (limits, wanted) in [
        (json!({ "processes": 20 }), Status::Failed),
        (json!({}), Status::Success),
    ] {
        let mut host = Host::new();
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(host.folder.path(), open).expect("a mode");
        host.policy.script_run_as = Some("nobody".to_owned());
        let (status, words) = within(&host, "sh", script, limits).await;
        assert_eq!(status, wanted, "{words}");
        assert_eq!(words.contains("all"), wanted == Status::Success, "{words}");
    }
}

#[tokio::test]
async fn a_stop_before_the_start_starts_nothing() {
    let host = Host::new();
    host.canceller.cancel(CancelReason::TimedOut);
    let outcome = host
        .run("script", json!({ "script": "echo started" }))
        .await;
    assert_eq!(outcome.status, Status::Timeout);
    assert!(host.texts().is_empty());
}

#[tokio::test]
async fn a_stop_is_polite_first() {
    let host = Host::new();
    let script = "trap 'echo tidying; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
    let outcome = host
        .run_and_stop(
            "script",
            json!({ "script": script }),
            "ready",
            CancelReason::TimedOut,
        )
        .await;
    assert_eq!(outcome.status, Status::Timeout);
    assert_eq!(outcome.failure.expect("a failure").cause, Cause::Timeout);
    assert_eq!(host.texts_of(LogSource::Stdout), ["ready", "tidying"]);
}

#[tokio::test]
async fn who_ignores_the_polite_signal_is_ended_after_the_grace_time() {
    let host = Host::new();
    let start = Instant::now();
    let outcome = host
        .run_and_stop(
            "script",
            json!({ "script": "trap '' TERM INT HUP; echo ready; while :; do sleep 0.1; done" }),
            "ready",
            CancelReason::Cancelled,
        )
        .await;
    assert_eq!(outcome.status, Status::Cancelled);
    let took = start.elapsed();
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_secs(5),
        "{took:?}"
    );
}
