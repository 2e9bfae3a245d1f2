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
        round.contains("0 created, 0 changed, 5 unchanged"),
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

/// Everything that jobs refer to, and rules that are for jobs, in one file.
const WHOLE: &str = "calendars:
  - nameEn: Egypt
    nameAr: مصر
    timezone: Africa/Cairo
    weekend: [saturday, friday]
    sharedWith: [maryam]
    entries:
      - {name: Labour Day, kind: holiday, when: {type: yearly, month: 5, day: 1}}
      - {name: Stocktaking, kind: blackout, when: {type: weekly, days: [sunday], from: '08:00:00', to: '12:00'}}
channels:
  - name: pager
    kind: webhook
    settings: {url: 'https://pager.example.com/hook', secret: {$secret: pager}}
    template: {subject: '[{{ event }}] {{ job.name }}'}
  - name: chat
    kind: slack
    settings: {url: 'https://hooks.slack.example.com/T000/canary-7f3a'}
    language: ar
rules:
  - name: nightly
    scope: everybody
    filter: {jobs: [Export], tags: [b, a]}
    notify: {events: [recovery, failure], channels: [chat, pager], afterFailures: 2}
  - name: mine
    isEnabled: false
    notify: {events: [missed], channels: [pager]}
jobs:
  - nameEn: Export
    taskFunctionKey: echo
    cronExpression: '0 9 * * *'
    timezone: Africa/Cairo
    calendars: [{calendar: Egypt, rule: roll_next}]
    notifications:
      - {events: [success], channels: [pager]}
";

#[test]
fn calendars_channels_and_rules_are_made_with_their_jobs() {
    let server = Server::start();
    let client = server.client();
    let call = |method: &str, path: &str, body: &str| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nAuthorization: Bearer {}",
            client.token
        );
        http(&server.url, &request, body)
    };
    let read = |path: &str| -> serde_json::Value {
        let answer = call("GET", path, "");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    };
    client
        .run(&["user", "add", "maryam", "--role", "user", "--no-password"])
        .ok();
    let secret = r#"{"name": "pager", "value": "0123456789abcdef0123456789abcdef"}"#;
    assert!(call("POST", "/api/v1/secrets", secret).starts_with("HTTP/1.1 201"));
    let apply = |more: &[&str], text: &str| {
        let mut arguments = vec!["apply", "-f", "-"];
        arguments.extend(more);
        client.run_with_input(&arguments, text)
    };
    let names = |path: &str, name: &str| -> Vec<String> {
        let list = read(path);
        let items = list["items"].as_array().unwrap();
        let all = items.iter().map(|one| one[name].as_str().unwrap());
        all.map(str::to_owned).collect()
    };
    let all_names = || {
        [
            names("/api/v1/calendars", "nameEn"),
            names("/api/v1/notifications/channels", "name"),
            names("/api/v1/notifications/rules", "name"),
            names("/api/v1/scheduler/jobs", "nameEn"),
        ]
        .concat()
    };

    // What is to come is shown, and what cannot be seen yet is said.
    let dry = apply(&["--dry-run"], WHOLE).ok();
    for line in [
        "+ calendar Egypt",
        "+ channel pager",
        "+ Export",
        "+ rule nightly",
        "calendars: Egypt",
        "6 to create",
    ] {
        assert!(dry.contains(line), "{line}: {dry}");
    }
    assert!(all_names().is_empty(), "a dry run changes nothing");

    let applied = apply(&[], WHOLE).ok();
    assert!(
        applied.contains("6 created, 0 changed, 0 unchanged"),
        "{applied}"
    );
    assert!(!applied.contains("do not know yet"), "{applied}");
    assert_eq!(
        all_names(),
        ["Egypt", "chat", "pager", "mine", "nightly", "Export"]
    );
    let calendar = read("/api/v1/calendars")["items"][0].clone();
    let job = client.run(&["job", "get", "Export", "-o", "json"]).json();
    assert_eq!(job["calendars"][0]["calendarId"], calendar["id"]);
    assert_eq!(calendar["sharedWith"].as_array().unwrap().len(), 1);
    let rules = read("/api/v1/notifications/rules");
    assert_eq!(rules["items"][1]["filter"]["jobIds"][0], job["id"]);
    assert_eq!(rules["items"][1]["scope"], "everybody");

    // There and back: what was said, and what the server says of it, without the secret.
    let again = apply(&[], WHOLE).ok();
    assert!(
        again.contains("0 created, 0 changed, 6 unchanged"),
        "{again}"
    );
    let exported = client.run(&["export"]);
    assert!(
        exported.err.contains("\"chat\": settings.url"),
        "{exported:?}"
    );
    let exported = exported.ok();
    assert!(!exported.contains("canary"), "{exported}");
    for word in [
        "maryam",
        "Stocktaking",
        "$secret",
        "- Export",
        "[{{ event }}]",
    ] {
        assert!(exported.contains(word), "{word}: {exported}");
    }
    assert!(!exported.contains("jobIds"), "{exported}");
    let round = apply(&[], &exported).ok();
    assert!(
        round.contains("0 created, 0 changed, 6 unchanged"),
        "{round}\n{exported}"
    );
    let tagged = client.run(&["export", "--tag", "none"]).ok();
    assert_eq!(tagged.trim(), "jobs: []");
    let one = "calendars:\n  - {nameEn: Egypt, weekend: [friday, saturday]}\n";
    let same = apply(&[], one).ok();
    assert!(same.contains("0 changed, 1 unchanged"), "{same}");

    // Differences member by member; an address that is a secret is not shown, and the rest stays.
    let changed = "calendars:
  - {nameEn: Egypt, weekend: [friday], nameAr: null}
channels:
  - {name: chat, language: en, settings: {url: 'https://hooks.slack.example.com/T000/canary-8a4b'}}
  - {name: pager, template: null}
rules:
  - {name: nightly, filter: {tags: [a]}}
";
    let plan = apply(&["--dry-run", "-o", "json"], changed).json();
    let members = |at: usize| -> Vec<&str> {
        let differences = plan["changes"][at]["differences"].as_array().unwrap();
        let members = differences.iter();
        members.map(|one| one["member"].as_str().unwrap()).collect()
    };
    assert_eq!(members(0), ["nameAr", "weekend"]);
    assert_eq!(members(1), ["language", "settings"]);
    assert_eq!(members(2), ["template"]);
    assert_eq!(members(3), ["filter"]);
    assert_eq!(plan["changes"][3]["kind"], "rule");
    assert!(!plan.to_string().contains("canary"), "{plan}");
    let done = apply(&[], changed).ok();
    assert!(done.contains("0 created, 4 changed"), "{done}");
    assert!(!done.contains("canary"), "{done}");
    let chat = read("/api/v1/notifications/channels")["items"][0].clone();
    assert!(chat.to_string().contains("canary-8a4b"), "{chat}");
    let calendar = read("/api/v1/calendars")["items"][0].clone();
    assert_eq!(calendar["nameAr"], serde_json::Value::Null);
    assert_eq!(calendar["entries"].as_array().unwrap().len(), 2);
    let rules = read("/api/v1/notifications/rules");
    assert_eq!(rules["items"][1]["filter"]["jobIds"], serde_json::json!([]));

    // Refused with the place; and what was made before something was refused is gone again.
    let before = all_names();
    for (file, code, word) in [
        ("channels:\n  - name: x\n    knid: mail\n", 2, "knid"),
        ("channels:\n  - {name: x, kind: mail}\n", 2, "settings"),
        ("channels:\n  - {name: chat, kind: mail}\n", 2, "kind"),
        (
            "rules:\n  - {name: x, filter: {jobs: [Nothing]}, notify: {events: [failure], channels: [chat]}}\n",
            2,
            "Nothing",
        ),
        (
            "calendars:\n  - {nameEn: x, sharedWith: [nobody]}\n",
            2,
            "nobody",
        ),
        (
            "calendars:\n  - {nameEn: x}\nchannels:\n  - {name: x, kind: slack, settings: {url: {$secret: pager}}}\njobs:\n  - {nameEn: x, taskFunctionKey: echo, cronExpression: '0 9 * * *', calendars: [{calendar: x, rule: skip}]}\nrules:\n  - {name: x, notify: {events: [failure], channels: [none]}}\n",
            1,
            "nothing was changed",
        ),
    ] {
        let complaint = apply(&[], file).fails(code);
        assert!(complaint.contains(word), "{file}: {complaint}");
        assert_eq!(all_names(), before, "{file}");
    }

    // Another installation of the same: what was left out is asked for, and with it everything is made.
    let other = Server::start();
    let elsewhere = other.client();
    elsewhere
        .run(&["user", "add", "maryam", "--role", "user", "--no-password"])
        .ok();
    let request = format!(
        "POST /api/v1/secrets HTTP/1.1\r\nAuthorization: Bearer {}",
        elsewhere.token
    );
    http(&other.url, &request, secret);
    let complaint = elsewhere
        .run_with_input(&["apply", "-f", "-"], &exported)
        .fails(1);
    assert!(
        complaint.contains("channel \"chat\"") && complaint.contains("nothing was changed"),
        "{complaint}"
    );
    let made = elsewhere.run_with_input(&["apply", "-f", "-"], WHOLE).ok();
    assert!(made.contains("6 created"), "{made}");
}
