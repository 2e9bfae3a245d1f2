//! `orloj apply` and `orloj export`.

use crate::support::{Server, http};

#[test]
fn export_and_apply_go_round() {
    let server = Server::start();
    let client = server.client();
    let jobs = "jobs:
  - nameEn: A
    taskFunctionKey: echo
    intervalMinutes: 90
    tags: [x, a]
    parameters: {message: one}
  - nameEn: B
    taskFunctionKey: echo
    cronExpression: '0 3 * * *'
    timezone: Europe/Prague
";
    let dry = client
        .run_with_input(&["apply", "-f", "-", "--dry-run"], jobs)
        .ok();
    assert!(dry.contains("+ A") && dry.contains("2 to create"), "{dry}");
    assert_eq!(
        client.run(&["job", "list", "-o", "json"]).json()["total"],
        0,
        "a dry run changes nothing"
    );

    let applied = client.run_with_input(&["apply", "-f", "-"], jobs).ok();
    assert!(
        applied.contains("2 created, 0 changed, 0 unchanged"),
        "{applied}"
    );
    let again = client.run_with_input(&["apply", "-f", "-"], jobs).ok();
    assert!(
        again.contains("0 created, 0 changed, 2 unchanged"),
        "{again}"
    );

    let changed = jobs.replace("intervalMinutes: 90", "cronExpression: '@hourly'");
    let plan = client
        .run_with_input(&["apply", "-f", "-", "--dry-run", "-o", "json"], &changed)
        .json();
    let change = &plan["changes"][0];
    assert_eq!(change["action"], "update");
    assert_eq!(change["differences"][0]["member"], "schedule");
    assert_eq!(change["nextBefore"].as_array().unwrap().len(), 3);
    assert_eq!(change["nextAfter"].as_array().unwrap().len(), 3);
    assert_ne!(change["nextBefore"], change["nextAfter"]);
    client.run_with_input(&["apply", "-f", "-"], &changed).ok();
    let job = client.run(&["job", "get", "A", "-o", "json"]).json();
    assert_eq!(
        (&job["cronExpression"], &job["version"]),
        (&"@hourly".into(), &2.into())
    );

    let exported = client.run(&["export"]).ok();
    let round = client.run_with_input(&["apply", "-f", "-"], &exported).ok();
    assert!(
        round.contains("0 created, 0 changed, 2 unchanged"),
        "{round}\n{exported}"
    );
    assert_eq!(client.run(&["export", "-o", "name"]).ok(), "A\nB\n");

    // All new jobs or none.
    let half = "- {nameEn: C, taskFunctionKey: echo, manual: true}\n- {nameEn: D, taskFunctionKey: echo, manual: true, priority: 3, maxInstances: 99}\n";
    let complaint = client.run_with_input(&["apply", "-f", "-"], half).fails(1);
    assert!(complaint.contains("maxInstances"), "{complaint}");
    assert_eq!(
        client.run(&["job", "list", "-o", "json"]).json()["total"],
        2
    );
    let complaint = client
        .run_with_input(&["apply", "-f", "-"], "- nameEn: E\n  oops: 1\n")
        .fails(2);
    assert!(complaint.contains("oops"), "{complaint}");
}

#[test]
fn a_crontab_becomes_jobs_once() {
    let server = Server::start();
    let client = server.client();
    let crontab =
        "MAILTO=ops@example.org\n30 3 * * * /usr/local/bin/backup.sh\n*/10 * * * * echo one%two\n";
    let import = |more: &[&str], text: &str| {
        let mut arguments = vec!["import", "crontab", "-", "--timezone", "Africa/Cairo"];
        arguments.extend(more);
        client.run_with_input(&arguments, text)
    };
    let dry = import(&["--dry-run"], crontab);
    assert!(dry.err.contains("line 1: MAILTO"), "{dry:?}");
    assert!(dry.ok().contains("2 to create"));
    import(&[], crontab).ok();
    let again = import(&[], crontab).ok();
    assert!(
        again.contains("0 created, 0 changed, 2 unchanged"),
        "{again}"
    );
    let job = client
        .run(&["job", "get", "/usr/local/bin/backup.sh", "-o", "json"])
        .json();
    assert_eq!(job["timezone"], "Africa/Cairo");
    let ran = client.run(&["job", "run", "echo one", "--wait"]).ok();
    assert!(ran.contains("stdout one"), "{ran}");
    let complaint = import(&[], "61 * * * * x\n* * * * * y\n").fails(2);
    assert!(complaint.contains("line 1"), "{complaint}");
    assert_eq!(
        client.run(&["job", "list", "-o", "json"]).json()["total"],
        2,
        "a mistake in one line imports none"
    );
}

#[test]
fn names_in_files_stand_for_jobs_and_calendars() {
    let server = Server::start();
    let client = server.client();
    let call = |path: &str, body: &str| {
        let request = format!(
            "POST {path} HTTP/1.1\r\nAuthorization: Bearer {}",
            client.token
        );
        let answer = http(&server.url, &request, body);
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    };
    call(
        "/api/v1/calendars",
        r#"{"nameEn": "Egypt", "timezone": "Africa/Cairo", "weekend": ["friday"]}"#,
    );
    call(
        "/api/v1/secrets",
        r#"{"name": "pager", "value": "0123456789abcdef0123456789abcdef"}"#,
    );
    call(
        "/api/v1/notifications/channels",
        r#"{"name": "pager", "kind": "webhook", "settings": {"url": "https://pager.example.com/hook", "secret": {"$secret": "pager"}}}"#,
    );
    // Parents after their children, so that the order is found and not given.
    let jobs = "jobs:
  - nameEn: Report
    taskFunctionKey: echo
    manual: true
    after:
      parents:
        - {job: Export, on: success, alias: export}
        - {job: Check, on: completion}
      withinSeconds: 3600
    parameters:
      message: {$result: {job: Check, path: /message}}
  - nameEn: Check
    taskFunctionKey: echo
    manual: true
    after: {parents: [{job: Export, on: failure}], mode: any}
  - nameEn: Export
    taskFunctionKey: echo
    cronExpression: '0 9 * * *'
    timezone: Africa/Cairo
    calendars: [{calendar: Egypt, rule: roll_next}]
    executionWindows: [{days: [monday, tuesday, wednesday, thursday, sunday, saturday], from: '08:00', to: '18:00'}]
    outsideWindows: wait
    notifications:
      - {events: [failure, recovery], channels: [pager], afterFailures: 2}
";
    let apply = |more: &[&str], text: &str| {
        let mut arguments = vec!["apply", "-f", "-"];
        arguments.extend(more);
        client.run_with_input(&arguments, text)
    };
    let dry = apply(&["--dry-run"], jobs).ok();
    assert!(dry.contains("3 to create"), "{dry}");
    let applied = apply(&[], jobs).ok();
    assert!(applied.contains("3 created, 0 changed"), "{applied}");
    let get = |name: &str| client.run(&["job", "get", name, "-o", "json"]).json();
    let (report, check, export) = (get("Report"), get("Check"), get("Export"));
    assert_eq!(
        report["after"],
        serde_json::json!({
            "parents": [
                {"jobId": export["id"], "on": "success", "alias": "export"},
                {"jobId": check["id"], "on": "completion"},
            ],
            "mode": "all",
            "withinSeconds": 3600,
        })
    );
    assert_eq!(
        report["parameters"]["message"]["$result"]["job"],
        check["id"]
    );
    assert_eq!(export["calendars"][0]["rule"], "roll_next");
    assert_eq!(export["notifications"][0]["afterFailures"], 2);

    // There and back: what was said, and what the server says of it.
    let again = apply(&[], jobs).ok();
    assert!(
        again.contains("0 created, 0 changed, 3 unchanged"),
        "{again}"
    );
    let exported = client.run(&["export"]).ok();
    for word in ["job: Export", "job: Check", "calendar: Egypt", "pager"] {
        assert!(exported.contains(word), "{word}: {exported}");
    }
    assert!(
        !exported.contains("jobId") && !exported.contains("calendarId"),
        "{exported}"
    );
    let round = apply(&[], &exported).ok();
    assert!(
        round.contains("0 created, 0 changed, 3 unchanged"),
        "{round}\n{exported}"
    );

    // On an installation that has only the calendar and the channel, the same file makes the same jobs.
    for name in ["Report", "Check", "Export"] {
        client.run(&["job", "delete", name]).ok();
    }
    let anew = apply(&[], &exported).ok();
    assert!(anew.contains("3 created"), "{anew}");
    assert_eq!(
        get("Report")["after"]["parents"][0]["jobId"],
        get("Export")["id"]
    );

    // A change in names, a link taken away, a window moved.
    let changed = jobs
        .replace("{job: Export, on: failure}", "{job: Export, on: success}")
        .replace("to: '18:00'", "to: '17:00'");
    let plan = apply(&["--dry-run", "-o", "json"], &changed).json();
    let difference = |at: usize| plan["changes"][at]["differences"][0]["member"].clone();
    assert_eq!(
        (difference(1), difference(2)),
        ("after".into(), "executionWindows".into())
    );
    assert_eq!(plan["changes"][2]["nextAfter"].as_array().unwrap().len(), 3);
    apply(&[], &changed).ok();
    apply(&[], "- nameEn: Check\n  after: null\n").ok();
    assert_eq!(get("Check")["after"], serde_json::Value::Null);

    // Refused before anything changes, with the place.
    let count = || client.run(&["job", "list", "-o", "json"]).json()["total"].clone();
    for (file, code, word) in [
        (
            "- {nameEn: X, taskFunctionKey: echo, manual: true, after: {parents: [{job: Nobody, on: success}]}}",
            2,
            "Nobody",
        ),
        (
            "- {nameEn: X, taskFunctionKey: echo, manual: true, calendars: [{calendar: Mars, rule: skip}]}",
            2,
            "Mars",
        ),
        (
            "- {nameEn: X, taskFunctionKey: echo, manual: true, after: {parents: [{job: Y, on: success}]}}\n- {nameEn: Y, taskFunctionKey: echo, manual: true, after: {parents: [{job: X, on: success}]}}",
            2,
            "circle",
        ),
        // The first job is made and, when the second is refused, taken away again.
        (
            "- {nameEn: X, taskFunctionKey: echo, manual: true}\n- {nameEn: Y, taskFunctionKey: echo, manual: true, maxInstances: 99, after: {parents: [{job: X, on: success}]}}",
            1,
            "maxInstances",
        ),
    ] {
        let complaint = apply(&[], file).fails(code);
        assert!(complaint.contains(word), "{complaint}");
        assert_eq!(count(), 3, "{file}");
    }
}
