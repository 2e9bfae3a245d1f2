//! Signing in, accounts, users, tokens, audit.

use http::Method;
use serde_json::json;

use crate::app::{Answer, PASSWORD, TestApp, steady};

const SESSION: &str = "/api/v1/session";

async fn sign_in(app: &TestApp, name: &str, password: &str) -> Answer {
    app.ask(Method::POST, SESSION)
        .json(&json!({"name": name, "password": password}))
        .send()
        .await
}

fn cookie(answer: &Answer) -> String {
    answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_session_from_sign_in_to_sign_out() {
    let app = TestApp::new().await;
    let nobody = app.ask(Method::GET, SESSION).send().await.expect(200);
    assert_eq!(nobody, json!({"user": null, "setupRequired": false}));
    let answer = sign_in(&app, "maryam", PASSWORD).await;
    let header = answer.header("set-cookie").to_owned();
    assert!(
        header.starts_with("orloj_session=ors_")
            && header.contains("HttpOnly")
            && header.contains("SameSite=Lax"),
        "{header}"
    );
    let cookie = cookie(&answer);
    assert_eq!(answer.expect(200)["user"]["name"], "maryam");
    let me = app
        .ask(Method::GET, SESSION)
        .cookie(&cookie)
        .send()
        .await
        .expect(200);
    assert_eq!(me["user"]["role"], "user");
    let out = app
        .ask(Method::DELETE, SESSION)
        .cookie(&cookie)
        .header("sec-fetch-site", "same-origin")
        .send()
        .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let me = app
        .ask(Method::GET, SESSION)
        .cookie(&cookie)
        .send()
        .await
        .expect(200);
    assert_eq!(me["user"], json!(null));
    app.ask(Method::GET, "/api/v1/account")
        .cookie(&cookie)
        .send()
        .await
        .problem(401);
}

#[tokio::test]
async fn wrong_passwords_and_unknown_names_get_the_same_answer() {
    let app = TestApp::new().await;
    let wrong = sign_in(&app, "maryam", "not the password")
        .await
        .problem(401);
    let unknown = sign_in(&app, "nobody", "not the password")
        .await
        .problem(401);
    assert_eq!(wrong, unknown);
    insta::assert_json_snapshot!(wrong);
}

#[tokio::test]
async fn other_sites_cannot_use_the_cookie() {
    let app = TestApp::new().await;
    let cookie = cookie(&sign_in(&app, "maryam", PASSWORD).await);
    let body = json!({"taskFunctionKey": "echo", "manual": true});
    let post = |headers: &[(&str, &str)]| {
        let mut ask = app
            .ask(Method::POST, "/api/v1/scheduler/jobs")
            .cookie(&cookie)
            .header("host", "orloj.example:8000")
            .json(&body);
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        ask.send()
    };
    insta::assert_json_snapshot!(post(&[("sec-fetch-site", "cross-site")]).await.problem(403));
    post(&[("sec-fetch-site", "same-site")]).await.problem(403);
    post(&[("origin", "https://evil.example")])
        .await
        .problem(403);
    post(&[("origin", "null")]).await.problem(403);
    post(&[]).await.problem(403);
    post(&[("sec-fetch-site", "same-origin")]).await.expect(201);
    post(&[("origin", "http://orloj.example:8000")])
        .await
        .expect(201);
    let evil = app
        .ask(Method::POST, SESSION)
        .header("sec-fetch-site", "cross-site")
        .json(&json!({"name": "maryam", "password": PASSWORD}))
        .send()
        .await;
    evil.problem(403);
    app.ask(Method::GET, "/api/v1/scheduler/jobs")
        .cookie(&cookie)
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_cookie_is_bound_to_the_host() {
    let config = orloj_server::ServerConfig {
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Default::default()
    };
    let app = TestApp::with(config).await;
    let answer = app
        .ask(Method::POST, SESSION)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-for", "203.0.113.9")
        .json(&json!({"name": "maryam", "password": PASSWORD}))
        .send()
        .await;
    let header = answer.header("set-cookie").to_owned();
    assert!(
        header.starts_with("__Host-orloj=ors_") && header.contains("; Secure"),
        "{header}"
    );
    let cookie = cookie(&answer);
    let sessions = app
        .ask(Method::GET, "/api/v1/account/sessions")
        .cookie(&cookie)
        .header("x-forwarded-proto", "https")
        .send()
        .await
        .expect(200);
    assert_eq!(sessions["items"][0]["address"], "203.0.113.9");
    let plain = cookie.replace("__Host-orloj", "orloj_session");
    app.ask(Method::GET, "/api/v1/account")
        .cookie(&plain)
        .header("x-forwarded-proto", "https")
        .send()
        .await
        .problem(401);
}

#[tokio::test]
async fn the_own_account() {
    let app = TestApp::new().await;
    let update = json!({"displayName": "Maryam", "email": "maryam@example.org", "preferences": {"language": "ar"}});
    let account = app
        .ask(Method::PATCH, "/api/v1/account")
        .token(&app.user)
        .json(&update)
        .send()
        .await
        .expect(200);
    insta::assert_json_snapshot!(steady(account));
    let cleared = app
        .ask(Method::PATCH, "/api/v1/account")
        .token(&app.user)
        .json(&json!({"displayName": null}))
        .send()
        .await
        .expect(200);
    assert_eq!(cleared["user"]["displayName"], json!(null));
    assert_eq!(cleared["user"]["email"], "maryam@example.org");
    let change = |current: &str, new: &str| {
        app.ask(Method::POST, "/api/v1/account/password")
            .token(&app.user)
            .json(&json!({"currentPassword": current, "newPassword": new}))
            .send()
    };
    assert!(
        change("wrong", "a much better password")
            .await
            .status
            .is_client_error()
    );
    let short = change(PASSWORD, "short").await.problem(422);
    assert_eq!(short["errors"][0]["pointer"], "/newPassword");
    assert_eq!(change(PASSWORD, "a much better password").await.status, 204);
    sign_in(&app, "maryam", PASSWORD).await.problem(401);
    sign_in(&app, "maryam", "a much better password")
        .await
        .expect(200);
}

#[tokio::test]
async fn administrators_manage_users() {
    let app = TestApp::new().await;
    let new = json!({"name": "omar", "role": "user", "password": PASSWORD, "grants": ["script"]});
    let user = app
        .post(&app.admin, "/api/v1/users", new.clone())
        .await
        .expect(201);
    insta::assert_json_snapshot!("user", user);
    app.post(&app.admin, "/api/v1/users", new)
        .await
        .problem(409);
    let path = format!("/api/v1/users/{}", user["id"]);
    let patched = app
        .ask(Method::PATCH, &path)
        .token(&app.admin)
        .json(&json!({"role": "viewer", "isDisabled": true}))
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&patched["role"], &patched["isDisabled"]),
        (&json!("viewer"), &json!(true))
    );
    sign_in(&app, "omar", PASSWORD).await.problem(401);
    let set = app
        .ask(Method::PUT, &format!("{path}/password"))
        .token(&app.admin)
        .json(&json!({"password": "another good password"}))
        .send()
        .await;
    assert_eq!(set.status, 204);
    let list = app
        .get(&app.admin, "/api/v1/users?search=oma")
        .await
        .expect(200);
    assert_eq!(list["total"], 1);
    let admin = app
        .get(&app.admin, "/api/v1/users?role=admin")
        .await
        .expect(200)["items"][0]["id"]
        .clone();
    let last = app
        .ask(Method::PATCH, &format!("/api/v1/users/{admin}"))
        .token(&app.admin)
        .json(&json!({"isDisabled": true}))
        .send()
        .await;
    insta::assert_json_snapshot!("last_admin", last.problem(409));
    app.get(&app.user, "/api/v1/users").await.problem(403);
    app.get(&app.admin, "/api/v1/users/424242")
        .await
        .problem(404);
}

#[tokio::test]
async fn tokens_are_made_used_and_revoked() {
    let app = TestApp::new().await;
    let made = app
        .post(
            &app.user,
            "/api/v1/tokens",
            json!({"label": "deploy", "scope": "read"}),
        )
        .await
        .expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("orl_"));
    insta::assert_json_snapshot!(steady(made.clone()));
    app.get(&secret, "/api/v1/scheduler/jobs").await.expect(200);
    app.post(
        &secret,
        "/api/v1/scheduler/jobs",
        json!({"taskFunctionKey": "echo", "manual": true}),
    )
    .await
    .problem(403);
    let list = app.get(&app.user, "/api/v1/tokens").await.expect(200);
    assert_eq!(list["total"], 2);
    assert!(!list.to_string().contains(&secret));
    let path = format!("/api/v1/tokens/{}", made["token"]["id"]);
    app.delete(&app.viewer, &path).await.problem(404);
    assert_eq!(app.delete(&app.user, &path).await.status, 204);
    app.get(&secret, "/api/v1/scheduler/jobs")
        .await
        .problem(401);
    app.post(
        &app.user,
        "/api/v1/tokens",
        json!({"label": "x", "userId": 1}),
    )
    .await
    .problem(404);
}

#[tokio::test]
async fn the_audit_trail_shows_what_is_ones_own() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "watched").await;
    app.delete(&app.user, &format!("/api/v1/scheduler/jobs/{job}"))
        .await;
    app.manual_job(&app.admin, "the administrator's").await;
    let mine = app
        .get(&app.user, "/api/v1/audit-events?action=job.")
        .await
        .expect(200);
    let actions: Vec<_> = mine["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["job.deleted", "job.created"]);
    let all = app
        .get(&app.admin, "/api/v1/audit-events?action=job.")
        .await
        .expect(200);
    assert_eq!(all["total"], 3);
    assert!(
        app.get(&app.admin, "/api/v1/audit-events/verify")
            .await
            .expect(200)["verified"]
            .as_u64()
            .unwrap()
            > 3
    );
    app.get(&app.user, "/api/v1/audit-events/verify")
        .await
        .problem(403);
}
