//! What the documents of two dialects promise, endpoint by endpoint: each promise is asked of the service, and the request
//! with its answer is kept as a snapshot.
//!
//! The promises are data. A promise that is never asked, a request that keeps none, and a route or a status of the API's
//! document without a promise are failed tests, so that the count of what has a snapshot stays true.

mod dynamic;
mod texium;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use http::Method;
use orloj_engine::model::Scope;
use serde_json::{Value, json};

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::app::TestApp;

/// Cases that endpoints of both dialects have.
mod case {
    pub(super) const UNKNOWN: &str = "an id that nothing has";
    pub(super) const OTHER_SYSTEM: &str = "an id of another system";
    pub(super) const MALFORMED: &str = "a malformed id";
    pub(super) const GONE: &str = "what was deleted";
    pub(super) const NO_LIMIT: &str = "a limit of 0";
    pub(super) const LARGE_LIMIT: &str = "a limit that is too large";
}

/// What one endpoint promises: the status of each case.
pub(super) struct Endpoint {
    /// Method and path, as the table of routes has them.
    pub(super) route: &'static str,
    pub(super) answers: &'static [(u16, &'static str)],
}

// Promises of every endpoint that they can be about: nobody has to write them down.
const NO_TOKEN: &str = "without a token";
const UNKNOWN_TOKEN: &str = "with a token that nobody has";
const ONLY_READS: &str = "with a token that only reads";
const VIEWER: &str = "by a viewer";
const USER: &str = "by who is no administrator";
const UNKNOWN_QUERY: &str = "a query parameter that is not known";
const TOO_LARGE: &str = "a body that is too large";
const NOT_JSON: &str = "a body that does not say that it is JSON";
const BROKEN: &str = "a body that is broken";
const NO_OBJECT: &str = "a body that is no object";
const UNKNOWN_MEMBER: &str = "a member that is not known";

/// What any route can answer, whatever is asked: kept by tests of the gate, of limits and of stores that are gone.
const ANYWHERE: [&str; 3] = ["429", "500", "503"];
/// The description of a 400 that is about HTTP itself; bodies that cannot be read are 422 in these dialects.
const MALFORMED: &str = "Malformed request";

/// A body with some members changed.
fn changed(mut before: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        before[name] = value.clone();
    }
    before
}

/// A body without one of its members.
fn without(mut before: Value, member: &str) -> Value {
    before.as_object_mut().unwrap().remove(member);
    before
}

/// A web address that keeps its callers waiting: what calls it runs until it is told to end. Not a program, because
/// programs of two such tests on one machine, whose clocks stand still, bear the same marks.
pub(super) struct Patience {
    listener: TcpListener,
    pub(super) host: String,
}

impl Patience {
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        Self { listener, host }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.host)
    }

    /// Waits for a call, which waits as long as this stream is there.
    pub(super) async fn call(&self) -> TcpStream {
        self.listener.accept().await.unwrap().0
    }

    /// Lets a call go.
    pub(super) async fn answer(mut call: TcpStream) {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        call.write_all(answer).await.unwrap();
    }
}

/// A request of a case.
#[derive(Clone, Default)]
pub(super) struct Request {
    /// In the place of the first parameter of the path.
    id: Option<String>,
    query: String,
    body: Option<Value>,
    /// Who asks, with their token; the one who usually does when it is left out.
    by: Option<(&'static str, String)>,
    language: Option<&'static str>,
}

/// A request about one thing.
pub(super) fn of(id: impl Into<String>) -> Request {
    Request {
        id: Some(id.into()),
        ..Request::default()
    }
}

/// A request with a query, such as `?limit=1`.
pub(super) fn query(text: impl Into<String>) -> Request {
    Request::default().query(text)
}

/// A request with a body.
pub(super) fn body(body: Value) -> Request {
    Request::default().body(body)
}

/// A request that says nothing but its path.
pub(super) fn plain() -> Request {
    Request::default()
}

impl Request {
    pub(super) fn query(mut self, text: impl Into<String>) -> Self {
        self.query = text.into();
        self
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn by(mut self, name: &'static str, token: &str) -> Self {
        self.by = Some((name, token.to_owned()));
        self
    }

    pub(super) fn language(mut self, language: &'static str) -> Self {
        self.language = Some(language);
        self
    }
}

/// The promises of one dialect while they are asked.
pub(super) struct Promises<'a> {
    app: &'a TestApp,
    usually: (&'static str, String),
    /// Cases in the order in which they are written down, with those that every endpoint has.
    open: BTreeMap<(&'static str, &'static str), u16>,
    order: Vec<&'static str>,
    access: BTreeMap<String, &'static str>,
    operations: BTreeMap<&'static str, Value>,
    kept: BTreeMap<&'static str, Vec<Value>>,
    stand_ins: Vec<(String, String)>,
    host: String,
}

impl<'a> Promises<'a> {
    /// The promises of the routes under these paths, usually asked by somebody. `host` is one whose port differs from
    /// run to run.
    pub(super) fn new(
        app: &'a TestApp,
        endpoints: &'static [Endpoint],
        is_ours: fn(&str) -> bool,
        usually: (&'static str, &str),
        host: &str,
    ) -> Self {
        let access: BTreeMap<String, &'static str> = orloj_server::access_matrix()
            .into_iter()
            .filter(|(_, path, _)| is_ours(path))
            .map(|(method, path, access)| (format!("{method} {path}"), access))
            .collect();
        let written: BTreeSet<&str> = endpoints.iter().map(|endpoint| endpoint.route).collect();
        let served: BTreeSet<&str> = access.keys().map(String::as_str).collect();
        assert_eq!(
            written, served,
            "each route has promises, and each promise a route"
        );
        let document = serde_json::to_value(orloj_server::openapi()).unwrap();
        let mut open = BTreeMap::new();
        let mut operations = BTreeMap::new();
        for endpoint in endpoints {
            let (method, path) = endpoint.route.split_once(' ').unwrap();
            let operation = document["paths"][path][method.to_ascii_lowercase()].clone();
            for (status, case) in endpoint
                .answers
                .iter()
                .copied()
                .chain(usual(&operation, access[endpoint.route]))
            {
                let before = open.insert((endpoint.route, case), status);
                assert_eq!(before, None, "{} {case}: written twice", endpoint.route);
            }
            operations.insert(endpoint.route, operation);
        }
        Self {
            app,
            usually: (usually.0, usually.1.to_owned()),
            open,
            order: endpoints.iter().map(|endpoint| endpoint.route).collect(),
            access,
            operations,
            kept: BTreeMap::new(),
            stand_ins: Vec::new(),
            host: host.to_owned(),
        }
    }

    /// Shows an execution by a word in snapshots: its number differs from run to run.
    pub(super) fn call(&mut self, execution: &str, word: &str) {
        self.stand_ins
            .push((execution.to_owned(), format!("[{word}]")));
    }

    fn steady(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                let is_execution = members.contains_key("job_id");
                if members.get("completed_at") == Some(&Value::Null) && is_execution {
                    // The run goes on while it is read.
                    if let Some(logs) = members.get_mut("logs") {
                        *logs = "[those so far]".into();
                    }
                }
                for (name, member) in members {
                    self.steady(member);
                    let Value::String(text) = member else {
                        continue;
                    };
                    for (execution, word) in &self.stand_ins {
                        if name == "line" {
                            let (place, word) = (
                                format!("executions/{execution}"),
                                format!("executions/{word}"),
                            );
                            *text = text.replace(&place, &word);
                        } else if name == "execution_id" || (is_execution && name == "_id") {
                            *text = text.replace(execution, word);
                        }
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.steady(item)),
            Value::String(text) if text.contains(&self.host) => {
                *text = text.replace(&self.host, "[host]");
            }
            _ => {}
        }
    }

    /// Asks for what a case promises, and answers the body.
    pub(super) async fn ask(
        &mut self,
        route: &'static str,
        case: &'static str,
        request: Request,
    ) -> Value {
        let Request {
            id,
            query,
            body,
            by,
            language,
        } = request;
        let (method, path) = place(route, id.as_deref());
        let (name, token) = by.unwrap_or_else(|| self.usually.clone());
        let mut ask = self.app.ask(method.clone(), &format!("{path}{query}"));
        if !token.is_empty() {
            ask = ask.token(&token);
        }
        if let Some(language) = language {
            ask = ask.header("accept-language", language);
        }
        if let Some(body) = &body {
            ask = ask.json(body);
        }
        let mut shown = json!({ "by": name, "line": format!("{method} {path}{query}") });
        if let Some(body) = body {
            shown["body"] = body;
        }
        if let Some(language) = language {
            shown["language"] = language.into();
        }
        self.keep(route, case, shown, ask.send().await)
    }

    fn keep(
        &mut self,
        route: &'static str,
        case: &'static str,
        request: Value,
        answer: crate::app::Answer,
    ) -> Value {
        let promised = self
            .open
            .remove(&(route, case))
            .unwrap_or_else(|| panic!("{route} {case}: not promised, or asked twice"));
        assert_eq!(
            answer.status.as_u16(),
            promised,
            "{route} {case}: {}",
            answer.text()
        );
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{route} {case}"
        );
        assert_eq!(
            answer.header("www-authenticate").is_empty(),
            promised != 401
        );
        let body = answer.json();
        let is_error = promised >= 400 && promised != 503;
        if is_error {
            let members: Vec<_> = body.as_object().unwrap().keys().collect();
            assert_eq!(members, ["detail"], "{route} {case}");
        }
        self.kept.entry(route).or_default().push(json!({
            "case": case,
            "request": request,
            "status": promised,
            "answer": body,
        }));
        body
    }

    /// Asks what every endpoint promises. `ids` are those of things that are there, by the names of path parameters.
    pub(super) async fn ask_what_is_usual(&mut self, ids: &[(&str, &str)]) {
        let admin = self.app.admin.clone();
        let reads = self.app.token(1, Scope::Read).await;
        for route in self.order.clone() {
            let id = ids
                .iter()
                .find(|(name, _)| route.contains(&format!("{{{name}}}")))
                .map(|(_, id)| (*id).to_owned());
            let request = Request {
                id: id.clone(),
                ..Request::default()
            };
            let (user, viewer) = (self.app.user.clone(), self.app.viewer.clone());
            for (case, request) in [
                (NO_TOKEN, request.clone().by("nobody", "")),
                (UNKNOWN_TOKEN, request.clone().by("nobody", "orloj_unknown")),
                (ONLY_READS, request.clone().by("admin, reading", &reads)),
                (VIEWER, request.clone().by("vera, a viewer", &viewer)),
                (USER, request.clone().by("maryam", &user)),
                (
                    UNKNOWN_QUERY,
                    request.clone().by("admin", &admin).query("?color=red"),
                ),
                (
                    NO_OBJECT,
                    request.clone().by("admin", &admin).body(json!([1])),
                ),
                (
                    UNKNOWN_MEMBER,
                    request
                        .clone()
                        .by("admin", &admin)
                        .body(json!({ "color": "red" })),
                ),
            ] {
                if self.open.contains_key(&(route, case)) {
                    self.ask(route, case, request).await;
                }
            }
            let large = format!("{{\"name\": \"{}\"}}", "x".repeat(3 << 20));
            for (case, content_type, text, shown) in [
                (
                    TOO_LARGE,
                    "application/json",
                    large.as_str(),
                    "three megabytes",
                ),
                (NOT_JSON, "text/plain", "{}", "{}"),
                (BROKEN, "application/json", "{\"name\": ", "{\"name\": "),
            ] {
                if !self.open.contains_key(&(route, case)) {
                    continue;
                }
                let (method, path) = place(route, id.as_deref());
                let answer = self
                    .app
                    .ask(method.clone(), &path)
                    .token(&admin)
                    .raw(content_type, text.to_owned())
                    .send()
                    .await;
                let line = format!("{method} {path}");
                let shown = json!({ "by": "admin", "line": line, "contentType": content_type, "text": shown });
                self.keep(route, case, shown, answer);
            }
        }
    }

    /// Asserts that every promise was kept, and that nothing the API's document says is without one. Writes the snapshots.
    pub(super) fn settle(self, dialect: &str) {
        let forgotten: Vec<String> = self
            .open
            .iter()
            .map(|((route, case), status)| format!("{route} {status} {case}"))
            .collect();
        assert!(forgotten.is_empty(), "never asked: {forgotten:#?}");
        let mut count = String::new();
        let (mut all_well, mut all_errors) = (0, 0);
        for route in &self.order {
            let kept = &self.kept[route];
            let statuses: BTreeSet<String> =
                kept.iter().map(|one| one["status"].to_string()).collect();
            let documented = self.operations[route]["responses"].as_object().unwrap();
            let missing: Vec<&String> = documented
                .iter()
                .filter(|(status, answer)| {
                    !ANYWHERE.contains(&status.as_str()) && answer["description"] != MALFORMED
                })
                .map(|(status, _)| status)
                .filter(|status| !statuses.contains(*status))
                .collect();
            assert!(missing.is_empty(), "{route}: no snapshot of {missing:?}");
            for status in &statuses {
                assert!(
                    documented.contains_key(status),
                    "{route}: {status} is not documented"
                );
            }
            let well = kept.iter().filter(|one| one["status"] == 200).count();
            assert!(well > 0, "{route}: no snapshot of success");
            let errors = kept.len() - well;
            (all_well, all_errors) = (all_well + well, all_errors + errors);
            writeln!(count, "{well:>3} {errors:>3}  {route}").unwrap();
            let mut shown = json!(kept);
            self.steady(&mut shown);
            shorten(&mut shown);
            insta::assert_json_snapshot!(file_name(dialect, route), shown);
        }
        assert_eq!(self.order.len(), self.access.len());
        writeln!(
            count,
            "{all_well:>3} {all_errors:>3}  all {} routes",
            self.order.len()
        )
        .unwrap();
        insta::assert_snapshot!(format!("{dialect}_successes_and_errors"), count);
    }
}

/// The cases that an endpoint has by what it takes and needs.
fn usual(operation: &Value, access: &str) -> Vec<(u16, &'static str)> {
    let mut all = vec![(401, NO_TOKEN), (401, UNKNOWN_TOKEN), (422, UNKNOWN_QUERY)];
    match access {
        "read" => {}
        "admin" => all.extend([(403, ONLY_READS), (403, VIEWER), (403, USER)]),
        _ => all.extend([(403, ONLY_READS), (403, VIEWER)]),
    }
    if operation["requestBody"].is_object() {
        all.extend([
            (413, TOO_LARGE),
            (415, NOT_JSON),
            (422, BROKEN),
            (422, NO_OBJECT),
            (422, UNKNOWN_MEMBER),
        ]);
    }
    all
}

/// Cuts what is long on purpose, so that snapshots can be read.
fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.chars().count() > 600 => {
            let (begin, length) = (text.chars().take(80), text.chars().count());
            *text = format!("{}... {length} characters", begin.collect::<String>());
        }
        Value::Array(items) if items.len() > 100 => {
            let (first, all) = (items[0].take(), items.len());
            *items = vec![first, format!("... {all} of them").into()];
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

/// Method and path of a route with an id in the place of its parameter.
fn place(route: &str, id: Option<&str>) -> (Method, String) {
    let (method, path) = route.split_once(' ').unwrap();
    let path = match (path.split_once('{'), id) {
        (None, _) => path.to_owned(),
        (Some((before, rest)), Some(id)) => {
            format!("{before}{id}{}", rest.split_once('}').unwrap().1)
        }
        (Some(_), None) => panic!("{route}: of which?"),
    };
    (method.parse().unwrap(), path)
}

/// The name of a route's snapshot.
fn file_name(dialect: &str, route: &str) -> String {
    let words: Vec<&str> = route
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "api")
        .collect();
    format!("{dialect}_{}", words.join("_").to_ascii_lowercase())
}
