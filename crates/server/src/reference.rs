//! The reference page of the native API, made from the route table: `docs/reference/api.md`.

use std::fmt::Write;

use crate::dialects::native;
use crate::http::route::Route;

const INTRODUCTION: &str = "# The native API

<!-- Made by `cargo xtask codegen`; a test compares. Change the route table instead. -->

Everything below is served under the address of the server, by default `http://127.0.0.1:8000`. The machine-readable form is
`/openapi.json` (OpenAPI 3.1), interactive pages are at `/docs`.

## Who asks

Send `Authorization: Bearer <token>`. Tokens are made with `orloj token create` or `POST /api/v1/tokens`; they have a scope:

| scope | allows |
|---|---|
| `read` | reading what the user may see |
| `run` | also starting, cancelling and running again |
| `full` | everything the user may do |

Browsers use a session cookie instead (`POST /api/v1/session`). Requests that change something and carry the cookie must come from the
same origin. Roles are `viewer`, `user` and `admin`; everybody but administrators sees only their own things, and everything else
answers 404. The column *needs* below names what a route asks for:

| needs | role | token scope |
|---|---|---|
| public | nobody needs to be known | – |
| read | viewer | `read` |
| run | user | `run` |
| change | user | `full` |
| account | viewer | `full` |
| admin | admin | `full` |

## Conventions

- Members are camelCase, query parameters snake_case. Instants are RFC 3339; answers use UTC with `Z`.
- Lists take `page` (from 1) and `per_page` (1 to 100, default 20) and answer `items`, `total`, `page`, `perPage`, `totalPages`.
- To read all of a long history ask `/api/v1/scheduler/history/feed`, and then again with its `next` as `after` until that is `null`: nothing is
  counted or passed over, so the last piece costs as little as the first.
- Unknown members and unknown query parameters are refused with 422, never ignored.
- `PUT /api/v1/scheduler/jobs/{id}` is a partial update: members left out keep their values, `null` clears a value or puts its default back,
  and a member of another kind of schedule switches the kind. For `misfireGraceTime` null means *without bound*.
- Jobs carry an `ETag` (`\"v3\"`). Send it back as `If-Match` and a change that somebody else made meanwhile answers 409.
- `Idempotency-Key` on `POST .../run`: the same key within 24 hours answers the same execution.
- Bodies may have 1 MiB, batches 8 MiB.

## Errors

Errors are RFC 9457 problem details (`application/problem+json`) with the members `type`, `title`, `status`, `detail`, `error_type`,
`request_id`, and where they apply `errors` (each with a JSON `pointer` into the body, or `?name` for a query parameter, and a `detail`)
and `entity`. `Accept-Language: ar` answers the details of fields in Arabic where there are any.

| status | `error_type` | when |
|---|---|---|
| 400 | `malformed_request` | the body is not JSON, a header cannot be read |
| 401 | `authentication_error` | no token or session, or not a valid one |
| 403 | `authorization_error` | role or scope do not suffice; the request comes from another site |
| 404 | `not_found` | there is no such thing, or it belongs to somebody else |
| 405 | `method_not_allowed` | see `Allow` |
| 406 | `not_acceptable` | following a log needs `Accept: text/event-stream` |
| 409 | `conflict` | stale `If-Match`, running already, protected, name taken |
| 413 | `payload_too_large` | |
| 415 | `unsupported_media_type` | send `Content-Type: application/json` |
| 422 | `validation_error` | some part of the request is not valid; `errors` says which |
| 429 | `rate_limited` | see `Retry-After` |
| 500 | `internal_error` | a defect; the server's log has the `request_id` |
| 503 | `unavailable`, `timeout` | see `Retry-After` |

## Streams

Streams are server-sent events; they end when the server stops, and clients come back by themselves.

- `GET /api/v1/events`: `job.changed`, `execution.changed`, `log.grew`, `device.changed`, `status`, and every 15 seconds `ping`. Who resumes with
  `Last-Event-ID`, or has fallen behind, gets `resync`: ask for everything that is shown again.
- `GET /api/v1/scheduler/executions/{execution}/logs?follow=true`: `line` events with the line's number as id, then one `end`, and a
  `ping` when nothing was written for 15 seconds.
  `Last-Event-ID` resumes after a line.

## Outside `/api`

| path | what |
|---|---|
| `/healthz` | the process lives; asks nobody |
| `/readyz` | the database answers and the scheduler works; 503 while stopping |
| `/metrics` | Prometheus text, for this machine and for administrators' tokens unless opened by configuration |
| `/openapi.json`, `/docs` | this API, for machines and people |
| `/` | the web page |
";

/// The reference page of the native API as Markdown.
#[must_use]
pub fn reference() -> String {
    let routes = native::routes();
    let mut page = INTRODUCTION.to_owned();
    for (tag, about) in native::TAGS {
        let _ = write!(
            page,
            "\n## {}\n\n{about}\n\n| method | path | what | needs | answers |\n|---|---|---|---|---|\n",
            heading(tag)
        );
        for route in routes.iter().filter(|route| route.tag == tag) {
            row(&mut page, route);
        }
        for route in routes.iter().filter(|route| route.tag == tag) {
            details(&mut page, route);
        }
    }
    page
}

fn heading(tag: &str) -> String {
    let mut text = tag.to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn row(page: &mut String, route: &Route) {
    let _ = writeln!(
        page,
        "| {} | `{}` | {} | {} | {} |",
        route.method,
        route.path,
        route.summary,
        route.access.word(),
        route.success
    );
}

fn details(page: &mut String, route: &Route) {
    let query: Vec<_> = route
        .query
        .iter()
        .map(|parameter| format!("`{}`", parameter.name))
        .collect();
    if route.about.is_none() && query.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "\n**{}** `{} {}`",
        route.summary, route.method, route.path
    );
    if let Some(about) = route.about {
        let _ = write!(page, "\n{about}");
    }
    if !query.is_empty() {
        let _ = write!(page, "\nQuery: {}.", query.join(", "));
    }
    page.push('\n');
}
