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
