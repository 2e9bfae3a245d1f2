//! The OpenAPI document, made from the route table.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, Content, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi,
    OpenApiBuilder, PathItem, Ref, RefOr, Required, ResponseBuilder, ResponsesBuilder, Schema,
};
use utoipa::{PartialSchema, ToSchema};

use orloj_wire::problem::{FieldProblem, Problem};

use crate::auth::cookie;
use crate::dialects;
use crate::http::access::Access;
use crate::http::route::{Envelope, Payload, Route};

const ABOUT: &str = "Schedules anything, runs it on time, shows what happened and why.\n\n\
    Authenticate with `Authorization: Bearer <token>` or with the cookie of a session. Instants are RFC 3339 in UTC. \
    Requests refuse members and query parameters they do not know. Errors are RFC 9457 problem details; `error_type` is a stable word, \
    and `errors` points at each wrong part of the request. What belongs to somebody else answers 404.";

/// The OpenAPI document of all dialects.
#[must_use]
pub fn openapi() -> OpenApi {
    let routes = dialects::routes();
    let mut components = ComponentsBuilder::new()
        .schema(Problem::name(), Problem::schema())
        .schema(FieldProblem::name(), FieldProblem::schema())
        .security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("A token made with `POST /api/v1/tokens` or `orloj token create`."))
                    .build(),
            ),
        )
        .security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                cookie::PLAIN_NAME,
                "A session made with `POST /api/v1/session`. Over HTTPS the cookie is called `__Host-orloj`. Unsafe methods must come from the same origin.",
            ))),
        );
    let mut schemas: Vec<_> = routes
        .iter()
        .flat_map(|route| route.schemas.clone())
        .collect();
    schemas.sort_by(|left, right| left.0.cmp(&right.0));
    schemas.dedup_by(|left, right| left.0 == right.0);
    for (name, schema) in schemas {
        components = components.schema(name, schema);
    }

    let mut paths = PathsBuilder::new();
    for route in &routes {
        paths = paths.path(
            route.path,
            PathItem::new(http_method(route), operation(route)),
        );
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Orloj")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(ABOUT))
                .license(Some(
                    LicenseBuilder::new()
                        .name("Apache-2.0")
                        .identifier(Some("Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .tags(Some(dialects::tags().map(|(name, about)| {
            TagBuilder::new()
                .name(name)
                .description(Some(about))
                .build()
        })))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

fn http_method(route: &Route) -> HttpMethod {
    match route.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route) -> utoipa::openapi::path::Operation {
    let mut operation = OperationBuilder::new()
        .tag(route.tag)
        .operation_id(Some(route.operation))
        .summary(Some(route.summary))
        .description(Some(description(route)))
        .responses(responses(route));
    for name in path_parameters(route.path) {
        operation = operation.parameter(path_parameter(name));
    }
    for parameter in &route.query {
        operation = operation.parameter(parameter.clone());
    }
    for (name, about) in &route.headers {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(*about))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .build(),
        );
    }
    if let Some(body) = &route.body {
        operation = operation.request_body(Some(
            RequestBodyBuilder::new()
                .content(body.media_type, Content::new(Some(body.schema.clone())))
                .required(Some(if body.optional {
                    Required::False
                } else {
                    Required::True
                }))
                .build(),
        ));
    }
    if route.access == Access::Public {
        operation = operation.securities(Some([SecurityRequirement::default()]));
    } else {
        operation = operation.securities(Some([
            SecurityRequirement::new("token", Vec::<String>::new()),
            SecurityRequirement::new("session", Vec::<String>::new()),
        ]));
    }
    operation.build()
}

fn description(route: &Route) -> String {
    let access = match route.access {
        Access::Public => "Needs no sign-in.",
        Access::Read => "Needs a role of viewer or more.",
        Access::Run => "Needs a role of user or more, and a token scope of run or more.",
        Access::Change => "Needs a role of user or more, and a token scope of full.",
        Access::Account => "Needs a session, or a token with scope full.",
        Access::Admin => "Needs the role admin, and a token scope of full.",
    };
    match route.about {
        Some(about) => format!("{about}\n\n{access}"),
        None => access.to_owned(),
    }
}

/// Names of the variable parts of a path.
fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Parameter {
    let (schema, about) = if name == "execution" {
        (
            ObjectBuilder::new().schema_type(Type::String).build(),
            "UUID or number of the execution",
        )
    } else if name.ends_with("_id") {
        (
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^[0-9A-Fa-f]{24}$"))
                .build(),
            "Number in 24 hexadecimal digits",
        )
    } else if name == "type" {
        (
            ObjectBuilder::new().schema_type(Type::String).build(),
            "Word",
        )
    } else {
        (
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                .minimum(Some(1))
                .build(),
            "Number",
        )
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

fn responses(route: &Route) -> utoipa::openapi::response::Responses {
    let mut success = ResponseBuilder::new().description(match route.success {
        201 => "Created",
        202 => "Accepted",
        204 => "Done",
        _ => "OK",
    });
    let events = || {
        ContentBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build()
    };
    match &route.payload {
        Payload::Empty => {}
        Payload::Json(schema) => {
            success = success.content("application/json", Content::new(Some(schema.clone())));
        }
        Payload::JsonList(schema) => {
            let list = RefOr::T(Schema::Array(
                ArrayBuilder::new().items(schema.clone()).build(),
            ));
            success = success.content("application/json", Content::new(Some(list)));
        }
        Payload::Text(media_type) => success = success.content(*media_type, events()),
        Payload::Bytes => {
            let bytes = ObjectBuilder::new().schema_type(Type::String).build();
            let content = Content::new(Some(RefOr::T(Schema::Object(bytes))));
            success = success.content("application/octet-stream", content);
        }
        Payload::JsonOrEvents(schema) => {
            success = success
                .content("application/json", Content::new(Some(schema.clone())))
                .content("text/event-stream", events());
        }
    }
    if route.etag {
        success = success.header(
            "ETag",
            HeaderBuilder::new()
                .description(Some("Version of the job, for `If-Match`"))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .build(),
        );
    }
    let mut all = ResponsesBuilder::new().response(route.success.to_string(), success.build());
    for (status, when) in failures(route) {
        all = all.response(status.to_string(), problem(route.errors, when));
    }
    all.build()
}

/// What else a route can answer, by what it takes and needs.
fn failures(route: &Route) -> Vec<(u16, &'static str)> {
    let mut all = Vec::new();
    if route.access != Access::Public {
        all.push((401, "No valid token or session"));
    }
    if route.access != Access::Public
        && (route.access != Access::Read || route.method != http::Method::GET)
    {
        all.push((403, "The role or the token's scope does not suffice, or the request comes from another site"));
    } else if route.method != http::Method::GET {
        all.push((403, "The request comes from another site"));
    }
    all.push((400, "Malformed request"));
    if path_parameters(route.path).next().is_some() {
        all.push((
            404,
            "There is no such thing, or it belongs to somebody else",
        ));
    }
    if route.body.is_some() {
        all.push((413, "The body is too large"));
        all.push((415, "The body is not JSON"));
    }
    all.push((422, "Some part of the request is not valid"));
    all.push((429, "Too many requests; see Retry-After"));
    all.push((500, "A defect of the server"));
    all.push((503, "Not available now; see Retry-After"));
    for (status, when) in &route.extra {
        all.retain(|(there, _)| there != status);
        all.push((*status, when));
    }
    all.sort_by_key(|(status, _)| *status);
    all
}

fn problem(errors: Envelope, when: &str) -> utoipa::openapi::Response {
    let (media_type, schema) = match errors {
        Envelope::Problem => ("application/problem+json", "Problem"),
        Envelope::Detail => ("application/json", "DetailError"),
    };
    ResponseBuilder::new()
        .description(when)
        .content(
            media_type,
            Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(schema)))),
        )
        .build()
}
