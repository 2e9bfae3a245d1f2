//! The fleet over HTTP: who may reach whose things by which route, what each route refuses, and running again where it
//! did not succeed.

use std::collections::BTreeSet;

use http::Method;
use orloj_engine::Admitted;
use orloj_engine::model::{Actor, Role, Scope};
use serde_json::{Value, json};

use crate::agents::{commander, enrol, obey};
use crate::app::{Answer, TestApp};

/// Routes of the fleet begin so, or say so further on.
const OF_THE_FLEET: [&str; 8] = [
    "/api/v1/devices",
    "/api/v1/groups",
    "/api/v1/files",
    "/api/v1/software",
    "/api/v1/deployments",
    "/api/v1/agents",
    "/api/schedule/",
    "/api/auth/login",
];
/// A number that nothing has.
const NONE: i64 = 424_242;
/// What all names of Maryam's things begin with, and nothing else has in it.
const HERS: &str = "maryams-";

/// What one route refuses.
struct Case {
    method: Method,
    /// As the document has it, with a query that is wrong where there is one to be.
    route: &'static str,
    /// Bodies, or `null` for a wrong query, each with what the refusal names.
    wrong: Vec<(Value, &'static str)>,
}

fn case(method: Method, route: &'static str, wrong: &[(Value, &'static str)]) -> Case {
    Case {
        method,
        route,
        wrong: wrong.to_vec(),
    }
}

fn cases() -> Vec<Case> {
    use Method as M;
    let nothing: &[(Value, &str)] = &[];
    let query = |name| [(Value::Null, name)];
    vec![
        case(M::GET, "/api/v1/devices?page=0", &query("?page")),
        case(M::GET, "/api/v1/devices/{id}", nothing),
        case(M::GET, "/api/v1/devices/{id}/orders", nothing),
        case(
            M::PATCH,
            "/api/v1/devices/{id}",
            &[
                (json!({"name": ""}), "/name"),
                (json!({"tags": "web"}), "/tags"),
                (json!({"sharedWith": [NONE]}), "/sharedWith"),
                (json!({"ownerId": 1}), "/ownerId"),
            ],
        ),
        case(M::DELETE, "/api/v1/devices/{id}", nothing),
        case(M::POST, "/api/v1/devices/{id}/revoke", nothing),
        case(M::POST, "/api/v1/devices/{id}/suspend", nothing),
        case(M::POST, "/api/v1/devices/{id}/resume", nothing),
        case(
            M::PUT,
            "/api/v1/devices/{id}/maintenance",
            &[
                (json!({"until": "2020-01-01T00:00:00Z"}), "/until"),
                (json!({"until": "tomorrow"}), "/until"),
                (json!({"reason": "x".repeat(1_001)}), "/reason"),
            ],
        ),
        case(M::DELETE, "/api/v1/devices/{id}/maintenance", nothing),
        case(
            M::POST,
            "/api/v1/devices/enrollment-tokens",
            &[
                (json!({"validSeconds": 1}), "/validSeconds"),
                (json!({"name": ""}), "/name"),
                (json!({"deviceId": 1}), "/deviceId"),
            ],
        ),
        case(
            M::GET,
            "/api/v1/scheduler/executions/{execution}/devices",
            nothing,
        ),
        case(
            M::GET,
            "/api/v1/scheduler/executions/{execution}/devices/{device}/output?after=x",
            &query("?after"),
        ),
        case(M::GET, "/api/v1/groups", nothing),
        case(M::GET, "/api/v1/groups/{id}", nothing),
        case(M::GET, "/api/v1/groups/{id}/devices", nothing),
        case(
            M::POST,
            "/api/v1/groups",
            &[
                (json!({"name": "x", "devices": [NONE]}), "/devices"),
                (json!({"name": "", "devices": []}), "/name"),
                (
                    json!({"name": "x", "rule": {"field": "name", "op": "like", "value": "x"}}),
                    "/rule",
                ),
            ],
        ),
        case(
            M::POST,
            "/api/v1/groups/preview",
            &[
                (
                    json!({"rule": {"field": "password", "op": "eq", "value": "x"}}),
                    "/rule",
                ),
                (json!({"rule": "everything"}), "/rule"),
            ],
        ),
        case(
            M::PATCH,
            "/api/v1/groups/{id}",
            &[
                (json!({"color": "red"}), "/color"),
                (json!({"devices": [NONE]}), "/devices"),
            ],
        ),
        case(M::DELETE, "/api/v1/groups/{id}", nothing),
        case(M::GET, "/api/v1/files", nothing),
        case(M::GET, "/api/v1/files/{id}", nothing),
        case(M::GET, "/api/v1/files/{id}/content", nothing),
        case(
            M::POST,
            "/api/v1/files",
            &[
                (json!({"name": "../passwd", "size": 1}), "/name"),
                (json!({"name": "a", "size": -1}), "/size"),
                (json!({"name": "a", "size": 1, "sha256": "x"}), "/sha256"),
            ],
        ),
        case(
            M::PUT,
            "/api/v1/files/{id}/content?offset=x",
            &query("?offset"),
        ),
        case(
            M::PATCH,
            "/api/v1/files/{id}",
            &[
                (json!({"name": "a/b"}), "/name"),
                (json!({"content": "x"}), "/content"),
            ],
        ),
        case(M::DELETE, "/api/v1/files/{id}", nothing),
        case(M::GET, "/api/v1/software", nothing),
        case(M::GET, "/api/v1/software/{id}", nothing),
        case(
            M::POST,
            "/api/v1/software",
            &[
                (json!({"name": "x", "platforms": {}}), "/platforms"),
                (
                    json!({"name": "x", "platforms": {"linux": {"packages": {"apt": ["-y"]}}}}),
                    "/platforms/linux/packages",
                ),
                (
                    json!({"name": "x", "platforms": {"linux": {"packages": {"apt": ["xy"]}}}, "dependencies": [NONE]}),
                    "/dependencies",
                ),
            ],
        ),
        case(
            M::PATCH,
            "/api/v1/software/{id}",
            &[(json!({"name": ""}), "/name")],
        ),
        case(M::DELETE, "/api/v1/software/{id}", nothing),
        case(
            M::GET,
            "/api/v1/deployments?per_page=0",
            &query("?per_page"),
        ),
        case(M::GET, "/api/v1/deployments/{id}", nothing),
        case(
            M::POST,
            "/api/v1/deployments",
            &[
                (
                    json!({"name": "x", "kind": "file", "parameters": {}}),
                    "/parameters/files",
                ),
                (
                    json!({"name": "x", "kind": "pigeon", "parameters": {}}),
                    "/kind",
                ),
                (
                    json!({"name": "x", "kind": "command", "parameters": {"command": "id", "targets": {"devices": [NONE]}}}),
                    "/parameters/targets/devices/0",
                ),
            ],
        ),
        case(
            M::POST,
            "/api/v1/deployments/{id}/retry",
            &[
                (json!({"devices": [NONE]}), "/devices"),
                (json!({"devices": "all"}), "/devices"),
            ],
        ),
        case(
            M::POST,
            "/api/v1/deployments/{id}/cancel",
            &[(json!({"reason": 5}), "/reason")],
        ),
        case(M::GET, "/api/v1/agents/connect", nothing),
        case(M::GET, "/api/v1/agents/files/{id}", nothing),
        case(
            M::POST,
            "/api/auth/login",
            &[(json!({"username": 5, "password": "x"}), "username")],
        ),
        case(M::GET, "/api/schedule/tasks?limit=0", &query("limit")),
        case(M::GET, "/api/schedule/tasks/{id}", nothing),
        case(
            M::GET,
            "/api/schedule/tasks/{id}/executions?skip=-1",
            &query("skip"),
        ),
        case(M::GET, "/api/schedule/stats", nothing),
        case(
            M::POST,
            "/api/schedule/tasks",
            &[
                (
                    json!({"task_name": "x", "task_type": "pigeon"}),
                    "task_type",
                ),
                (json!({}), "task_name"),
            ],
        ),
        case(
            M::PUT,
            "/api/schedule/tasks/{id}",
            &[
                (json!({"device_ids": ["one"]}), "device_ids"),
                (json!({"owner": 1}), "owner"),
            ],
        ),
        case(M::DELETE, "/api/schedule/tasks/{id}", nothing),
        case(M::POST, "/api/schedule/tasks/{id}/pause", nothing),
        case(M::POST, "/api/schedule/tasks/{id}/resume", nothing),
        case(M::POST, "/api/schedule/tasks/{id}/execute", nothing),
    ]
}

/// Maryam's things, and Basim, who has none.
struct World {
    app: TestApp,
    basim: i64,
    device: Admitted,
    group: i64,
    file: i64,
    software: i64,
    job: i64,
    deployment: i64,
    execution: String,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let maryam = commander(&app, app.user_id).await;
        let (basim, _) = app.person("basim", Role::User).await;
        commander(&app, basim).await;
        let mut device = enrol(&maryam, "maryams-laptop").await;
        let make =
            async |path: &str, body: Value| app.post(&app.user, path, body).await.expect(201);
        let number = |made: &Value| made["id"].as_i64().unwrap();
        let id = device.session.device_id();
        let group = make(
            "/api/v1/groups",
            json!({"name": "maryams-group", "devices": [id]}),
        )
        .await;
        let file = make("/api/v1/files", json!({"name": "maryams-file", "size": 0})).await;
        let tool = json!({"name": "maryams-tool", "platforms": {"linux": {"packages": {"apt": ["hello"]}}}});
        let software = make("/api/v1/software", tool).await;
        let deployment = make("/api/v1/deployments", command("maryams-deployment", &[id])).await;
        obey(&mut device, app.engine.clock().now(), 3).await;
        let path = format!("/api/v1/deployments/{}", deployment["id"]);
        app.until("the deployment has ended", async || {
            app.get(&app.user, &path).await.expect(200)["status"] == "failed"
        })
        .await;
        Self {
            basim,
            group: number(&group),
            file: number(&file),
            software: number(&software),
            job: deployment["jobId"].as_i64().unwrap(),
            deployment: number(&deployment),
            execution: deployment["executionId"].as_str().unwrap().to_owned(),
            device,
            app,
        }
    }

    /// The path of one of her things, or with `is_absent` of none.
    fn path(&self, route: &str, is_absent: bool) -> String {
        let id = match route {
            _ if is_absent => NONE,
            _ if route.contains("/artifacts/") => 1,
            _ if route.starts_with("/api/v1/devices/") => self.device.session.device_id(),
            _ if route.starts_with("/api/v1/groups/") => self.group,
            _ if route.contains("/files/") => self.file,
            _ if route.starts_with("/api/v1/software/") => self.software,
            _ if route.starts_with("/api/v1/deployments/") => self.deployment,
            _ if route.contains("/jobs/") || route.contains("/tasks/") => self.job,
            _ => NONE,
        };
        let (execution, device) = if is_absent {
            (NONE.to_string(), NONE)
        } else {
            (self.execution.clone(), self.device.session.device_id())
        };
        route
            .replace("{id}", &id.to_string())
            .replace("{execution}", &execution)
            .replace("{device}", &device.to_string())
    }

    async fn ask(&self, token: &str, method: &Method, path: &str, body: &Value) -> Answer {
        let ask = self.app.ask(method.clone(), path).token(token);
        if path.contains("/content") && *method == Method::PUT {
            ask.raw("application/octet-stream", "x").send().await
        } else if body.is_null() {
            ask.send().await
        } else {
            ask.json(body).send().await
        }
    }

    /// Everything of Maryam's as she sees it.
    async fn state(&self) -> Vec<Value> {
        let mut state = Vec::new();
        for route in [
            "/api/v1/devices",
            "/api/v1/devices/{id}",
            "/api/v1/devices/{id}/orders",
            "/api/v1/groups/{id}",
            "/api/v1/groups/{id}/devices",
            "/api/v1/files/{id}",
            "/api/v1/software/{id}",
            "/api/v1/deployments/{id}",
            "/api/v1/deployments",
            "/api/v1/scheduler/jobs/{id}",
            "/api/schedule/tasks/{id}",
        ] {
            let path = self.path(route, false);
            state.push(self.app.get(&self.app.user, &path).await.expect(200));
        }
        state
    }
}

fn command(name: &str, devices: &[i64]) -> Value {
    json!({"name": name, "kind": "command", "parameters": {"command": "true", "targets": {"devices": devices}}})
}

/// Method and route as the document has them.
fn name(method: &Method, route: &str) -> String {
    let route = route.split('?').next().unwrap();
    format!("{method} {route}")
}

#[tokio::test]
async fn each_route_of_the_fleet_has_its_refusals() {
    let world = World::new().await;
    let app = &world.app;
    let cases = cases();
    let document = app.get(&app.user, "/openapi.json").await.expect(200);
    let mut routes = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let is_ours =
            OF_THE_FLEET.iter().any(|start| path.starts_with(start)) || path.contains("/devices");
        let methods = operations.as_object().unwrap().keys();
        let methods = methods.filter_map(|word| word.to_uppercase().parse::<Method>().ok());
        if is_ours {
            routes.extend(methods.map(|method| name(&method, path)));
        }
    }
    let covered: BTreeSet<String> = cases
        .iter()
        .map(|case| name(&case.method, case.route))
        .collect();
    assert_eq!(
        covered, routes,
        "each route of the fleet needs its case, and each case its route"
    );

    let basim = app.token(world.basim, Scope::Full).await;
    let revoked = app.token(app.user_id, Scope::Full).await;
    let system = app.engine.caller(Actor::system());
    let tokens = system.tokens(Some(app.user_id)).await.unwrap();
    let newest = tokens.iter().map(|token| token.id).max().unwrap();
    system.revoke_token(newest).await.unwrap();
    let mut failures = Vec::new();
    for Case {
        method,
        route,
        wrong,
    } in &cases
    {
        let what = name(method, route);
        let mut must = |holds: bool, body: &Value, answer: &Answer| {
            if !holds {
                failures.push(format!(
                    "{what} {body}: {} {}",
                    answer.status,
                    answer.text()
                ));
            }
        };
        let is_public = route.contains("/agents/") || route.ends_with("/login");
        let plain = route.split('?').next().unwrap();
        let body = match *method {
            Method::GET => Value::Null,
            _ => json!({}),
        };
        let of_hers = world.path(plain, false);
        if !is_public {
            let answer = world.ask(&revoked, method, &of_hers, &body).await;
            must(answer.status == 401, &body, &answer);
        }
        if plain.contains('{') && !is_public {
            // What is somebody else's is not there, in the same words as what is not there at all.
            let absent = world
                .ask(&app.user, method, &world.path(plain, true), &body)
                .await;
            let foreign = world.ask(&basim, method, &of_hers, &body).await;
            let words = |answer: &Answer| {
                let mut body = answer.json();
                body["request_id"].take();
                body
            };
            must(absent.status == 404, &body, &absent);
            let is_same = foreign.status == 404 && words(&absent) == words(&foreign);
            must(is_same, &body, &foreign);
        }
        for (body, field) in wrong {
            let path = world.path(if body.is_null() { route } else { plain }, false);
            let answer = world.ask(&app.user, method, &path, body).await;
            let is_named = answer.text().contains(&format!("\"{field}"));
            must(answer.status == 422 && is_named, body, &answer);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // The agents' own doors know no people.
    for token in [&app.user, &app.admin] {
        let path = world.path("/api/v1/agents/files/{id}", false);
        app.get(token, &path).await.problem(401);
        app.get(token, "/api/v1/agents/connect").await.problem(426);
    }
}

#[tokio::test]
async fn nobody_sees_or_reaches_the_devices_of_others_by_any_route() {
    let world = World::new().await;
    let app = &world.app;
    let device = world.device.session.device_id();
    let before = world.state().await;
    assert!(json!(before).to_string().contains(HERS));
    for (method, route, _) in orloj_server::access_matrix() {
        // A token for each: some routes end the one they are asked with.
        let token = app.token(world.basim, Scope::Full).await;
        let path = world.path(route, false);
        let bodies = if method == Method::GET {
            vec![Value::Null]
        } else {
            reaching(&world, route)
        };
        for body in bodies {
            let what = format!("{method} {route} {body}");
            if path == "/api/v1/events" {
                // A stream without an end: what it says is tested with the streams.
                continue;
            }
            let answer = world.ask(&token, &method, &path, &body).await;
            assert!(
                !answer.status.is_server_error(),
                "{what}: {}",
                answer.text()
            );
            assert!(!answer.text().contains(HERS), "{what}: {}", answer.text());
            let is_about_hers =
                body.to_string().contains("hers") || path.contains(&world.execution);
            assert!(
                !is_about_hers || !answer.status.is_success(),
                "{what}: {}",
                answer.text()
            );
        }
    }
    app.engine.settle().await;
    assert_eq!(world.state().await, before, "something of hers was changed");
    // A job of his own does not reach them either, whether it is made or changed so.
    let basim = app.token(world.basim, Scope::Full).await;
    let own = app.manual_job(&basim, "basims-job").await;
    let targets = json!({"devices": [device], "groups": [world.group]});
    let parameters = json!({"command": "true", "targets": targets});
    let jobs = "/api/v1/scheduler/jobs";
    let draft = json!({"taskFunctionKey": "command", "nameEn": "x", "manual": true, "parameters": parameters});
    let refused = app.post(&basim, jobs, draft).await.problem(422).to_string();
    assert!(
        refused.contains("/parameters/targets/devices/0"),
        "{refused}"
    );
    assert!(
        refused.contains("/parameters/targets/groups/0"),
        "{refused}"
    );
    let change = json!({"taskFunctionKey": "command", "parameters": parameters});
    let path = format!("{jobs}/{own}");
    let version = app.get(&basim, &path).await.header("etag").to_owned();
    let ask = app
        .ask(Method::PUT, &path)
        .token(&basim)
        .header("if-match", &version);
    ask.json(&change).send().await.problem(422);
    assert_eq!(world.state().await, before);
}

/// Bodies that reach for Maryam's things by this route; those that must be refused say `hers`.
fn reaching(world: &World, route: &str) -> Vec<Value> {
    let device = world.device.session.device_id();
    let targets = json!({"devices": [device]});
    let deployment = |kind: &str, parameters: Value| json!({"name": "hers", "kind": kind, "parameters": parameters});
    match route {
        "/api/v1/groups" => vec![json!({"name": "hers", "devices": [device]})],
        // Nobody of hers is among them.
        "/api/v1/groups/preview" => {
            vec![json!({"rule": {"field": "name", "op": "startsWith", "value": "m"}})]
        }
        "/api/v1/software" => vec![
            json!({"name": "hers", "platforms": {"linux": {"install": "x", "uninstall": "x", "detect": "x", "file": world.file}}}),
            json!({"name": "hers", "platforms": {"linux": {"packages": {"apt": ["hello"]}}}, "dependencies": [world.software]}),
        ],
        "/api/v1/deployments" => vec![
            deployment("command", json!({"command": "id", "targets": targets})),
            deployment(
                "command",
                json!({"command": "id", "targets": {"groups": [world.group]}}),
            ),
            deployment(
                "file",
                json!({"files": [world.file], "targetPath": "/tmp", "targets": targets}),
            ),
            deployment(
                "software",
                json!({"software": [world.software], "targets": targets}),
            ),
        ],
        "/api/schedule/tasks" => vec![json!({
            "task_name": "hers", "task_type": "command", "scheduled_time": "2026-10-26T15:00:00",
            "device_ids": [device], "command_payload": {"command": "id"},
        })],
        _ => vec![
            json!({}),
            json!({"action": "run", "ids": [world.job]}),
            json!({"taskFunctionKey": "command", "parameters": {"command": "id", "targets": targets}}),
        ],
    }
}

#[tokio::test]
async fn a_run_is_repeated_on_the_devices_where_it_did_not_succeed() {
    let app = TestApp::new().await;
    let maryam = commander(&app, app.user_id).await;
    let mut good = enrol(&maryam, "good").await;
    let mut bad = enrol(&maryam, "bad").await;
    let (_, basim) = app.person("basim", Role::User).await;
    let now = app.engine.clock().now();
    let ids = [good.session.device_id(), bad.session.device_id()];
    let draft = json!({"taskFunctionKey": "command", "nameEn": "On both", "manual": true,
        "parameters": {"command": "true", "targets": {"devices": ids}}});
    let jobs = "/api/v1/scheduler/jobs";
    let job = app.post(&app.user, jobs, draft).await.expect(201);
    let run = format!("{jobs}/{}/run", job["id"]);
    let started = app.post(&app.user, &run, json!({})).await.expect(202);
    let path = |started: &Value| {
        let uuid = started["executionId"].as_str().unwrap();
        format!("/api/v1/scheduler/executions/{uuid}")
    };
    let ended = async |path: &str| {
        app.until("the run ends", async || {
            !app.get(&app.user, path).await.expect(200)["completedAt"].is_null()
        })
        .await;
        app.get(&app.user, path).await.expect(200)
    };
    let first = path(&started);
    let failed_only = json!({"failedDevicesOnly": true});
    let rerun = async |token: &str, of: &str, body: &Value| {
        app.post(token, &format!("{of}/rerun"), body.clone()).await
    };
    rerun(&app.user, &first, &failed_only).await.problem(409);
    obey(&mut good, now, 0).await;
    obey(&mut bad, now, 3).await;
    assert_eq!(ended(&first).await["statusName"], "partial");

    rerun(&basim, &first, &failed_only).await.problem(404);
    let both = json!({"failedDevicesOnly": true, "parameters": {"command": "id"}});
    let refused = rerun(&app.user, &first, &both).await.problem(422);
    assert_eq!(refused["errors"][0]["pointer"], "/parameters", "{refused}");
    let wrong = rerun(&app.user, &first, &json!({"failedDevicesOnly": "yes"}))
        .await
        .problem(422);
    assert_eq!(
        wrong["errors"][0]["pointer"], "/failedDevicesOnly",
        "{wrong}"
    );

    let again = rerun(&app.user, &first, &failed_only).await.expect(202);
    assert_eq!(again["parameters"]["targets"]["devices"], json!([ids[1]]));
    assert_eq!(again["triggeredBy"], "rerun");
    let second = path(&again);
    obey(&mut bad, now, 0).await;
    assert_eq!(ended(&second).await["statusName"], "success");
    let orders = app
        .get(&app.user, &format!("{second}/devices"))
        .await
        .expect(200);
    assert_eq!(orders["total"], 1);
    let refused = rerun(&app.user, &second, &failed_only).await.problem(409);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("nothing to try again"),
        "{refused}"
    );

    // Devices have no part in other functions.
    let echo = app.manual_job(&app.user, "echo").await;
    let uuid = app.run(&app.user, echo).await;
    let refused = rerun(
        &app.user,
        &format!("/api/v1/scheduler/executions/{uuid}"),
        &failed_only,
    )
    .await
    .problem(422);
    assert_eq!(
        refused["errors"][0]["pointer"], "/failedDevicesOnly",
        "{refused}"
    );
}
