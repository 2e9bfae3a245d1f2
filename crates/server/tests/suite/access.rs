//! Every route with every kind of asker: the access matrix of the route table, held against the running service.

use http::{Method, StatusCode};
use jiff::Timestamp;
use orloj_engine::model::{Actor, Role, Scope, UserPatch};
use serde_json::{Value, json};

use crate::app::{TestApp, token};

/// Who asks, and with what.
struct Asker {
    name: &'static str,
    token: Option<String>,
    /// Whether anybody is recognised by it.
    is_known: bool,
    role: Role,
    scope: Scope,
    /// Whether the job and the execution of the test belong to them, or they may see everything.
    sees_things: bool,
}

/// What a route needs.
fn suffices(access: &str, asker: &Asker) -> bool {
    let (role, scope) = match access {
        "public" | "read" => (Role::Viewer, Scope::Read),
        "run" => (Role::User, Scope::Run),
        "change" => (Role::User, Scope::Full),
        "account" => (Role::Viewer, Scope::Full),
        "admin" => (Role::Admin, Scope::Full),
        other => panic!("unknown access {other}"),
    };
    asker.role >= role && asker.scope >= scope
}

async fn askers(app: &TestApp) -> Vec<Asker> {
    let known = |name, token, role, scope, sees_things| Asker {
        name,
        token: Some(token),
        is_known: true,
        role,
        scope,
        sees_things,
    };
    let unknown = |name, token| Asker {
        name,
        token,
        is_known: false,
        role: Role::Viewer,
        scope: Scope::Read,
        sees_things: false,
    };
    let (_, other) = app.person("other", Role::User).await;
    let (disabled_id, disabled) = app.person("disabled", Role::User).await;
    let system = app.engine.caller(Actor::system());
    let patch = UserPatch {
        is_disabled: Some(true),
        ..Default::default()
    };
    system.update_user(disabled_id, patch).await.unwrap();
    let soon: Timestamp = "2026-03-02T10:00:10Z".parse().unwrap();
    let expired = token(&app.engine, app.user_id, Scope::Full, Some(soon)).await;
    let revoked = app.token(app.user_id, Scope::Full).await;
    let newest = system
        .tokens(Some(app.user_id))
        .await
        .unwrap()
        .iter()
        .map(|token| token.id)
        .max()
        .unwrap();
    system.revoke_token(newest).await.unwrap();
    app.clock.advance_seconds(60);
    vec![
        unknown("anonymous", None),
        unknown("expired token", Some(expired)),
        unknown("revoked token", Some(revoked)),
        unknown("disabled user", Some(disabled)),
        unknown("nonsense", Some("orl_nonsense".to_owned())),
        known(
            "viewer",
            app.viewer.clone(),
            Role::Viewer,
            Scope::Full,
            false,
        ),
        known("owner", app.user.clone(), Role::User, Scope::Full, true),
        known(
            "read token",
            app.token(app.user_id, Scope::Read).await,
            Role::User,
            Scope::Read,
            true,
        ),
        known(
            "run token",
            app.token(app.user_id, Scope::Run).await,
            Role::User,
            Scope::Run,
            true,
        ),
        known("other user", other, Role::User, Scope::Full, false),
        known("admin", app.admin.clone(), Role::Admin, Scope::Full, true),
    ]
}

/// A body that a route accepts, or at least reads.
fn body(path: &str) -> Option<Value> {
    if path.ends_with("/action") {
        return Some(json!({"action": "trigger"}));
    }
    Some(match path.rsplit('/').next().unwrap() {
        "jobs" | "interval" | "cron" => json!({"taskFunctionKey": "echo"}),
        "batch" => json!({"jobs": []}),
        "bulk" => json!({"action": "run", "ids": []}),
        "preview" | "collisions" => json!({"manual": true}),
        "session" | "setup" => json!({}),
        "{id}" | "account" => json!({}),
        "password" => json!({"password": "x"}),
        "users" | "tokens" => json!({}),
        _ => return None,
    })
}

#[tokio::test]
async fn every_route_with_every_asker() {
    let app = TestApp::new().await;
    let askers = askers(&app).await;
    let mut checked = 0;
    for (method, pattern, access) in orloj_server::access_matrix() {
        // A fresh job and execution each time: some routes use them up.
        let job = app.manual_job(&app.user, "the owner's").await;
        let execution = app.run(&app.user, job).await;
        for asker in &askers {
            // Things that nobody has: the status of passing the gate is then the handler's.
            let path = pattern
                .replace("{id}", &thing(pattern, job))
                .replace("{execution}", &execution)
                .replace("{device}", "424242");
            let mut ask = app.ask(method.clone(), &path);
            if let Some(token) = &asker.token {
                ask = ask.token(token);
            }
            if method != Method::GET && method != Method::DELETE {
                ask = ask.json(&body(pattern).unwrap_or(json!({})));
            }
            let status = ask.open().await.status();
            let what = format!("{method} {pattern} by {}: {status}", asker.name);
            assert!(!status.is_server_error(), "{what}");
            checked += 1;
            if access == "public" {
                assert_ne!(status, StatusCode::FORBIDDEN, "{what}");
            } else if !asker.is_known {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}");
            } else if !suffices(access, asker) {
                assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
            } else {
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{what}");
                // What belongs to somebody else is not there; history alone is an empty list.
                let is_about_a_thing =
                    pattern.contains("/scheduler/jobs/{id}") || pattern.contains("{execution}");
                if is_about_a_thing && !asker.sees_things && !pattern.ends_with("/history") {
                    assert_eq!(status, StatusCode::NOT_FOUND, "{what}");
                }
                if is_about_a_thing
                    && asker.sees_things
                    && method == Method::GET
                    // The execution is there, but made no file.
                    && !pattern.ends_with("/artifacts/{id}")
                    // No device had a part in it.
                    && !pattern.contains("{device}")
                    && asker.name != "admin"
                {
                    assert_eq!(status, StatusCode::OK, "{what}");
                }
            }
        }
    }
    assert_eq!(checked, orloj_server::access_matrix().len() * askers.len());
}

/// The number in the path: the job where it is one, else one that nothing has.
fn thing(pattern: &str, job: i64) -> String {
    if pattern.contains("/jobs/{id}") {
        job.to_string()
    } else {
        "424242".to_owned()
    }
}
