//! `orloj apply` and `orloj export`.

use crate::support::Server;

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
