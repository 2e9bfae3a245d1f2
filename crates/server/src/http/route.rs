//! One declaration per route. The router, the OpenAPI document and the access matrix are all read from it.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

use super::access::Access;
use crate::app::App;

/// Named schemas that a route mentions.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// What an answer carries.
#[derive(Clone)]
pub(crate) enum Payload {
    /// Nothing.
    Empty,
    /// JSON of this schema.
    Json(RefOr<Schema>),
    /// JSON list of this schema.
    JsonList(RefOr<Schema>),
    /// Text of this media type.
    Text(&'static str),
    /// Bytes of whatever media type.
    Bytes,
    /// JSON of this schema, or server-sent events for who asks for them.
    JsonOrEvents(RefOr<Schema>),
}

/// The shape of the errors of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// Problem details.
    #[default]
    Problem,
    /// `{"detail": …}`, as the services answered that some dialects stand in for.
    Detail,
}

/// A body that a route takes.
#[derive(Clone)]
pub(crate) struct Takes {
    /// Its schema.
    pub(crate) schema: RefOr<Schema>,
    /// Whether it may be left out.
    pub(crate) optional: bool,
    /// Its media type.
    pub(crate) media_type: &'static str,
}

/// A route.
#[derive(Clone)]
pub(crate) struct Route {
    /// What answers.
    pub(crate) handler: MethodRouter<App>,
    /// Method.
    pub(crate) method: Method,
    /// Path with `{name}` for its variable parts.
    pub(crate) path: &'static str,
    /// What it needs of who asks.
    pub(crate) access: Access,
    /// Name of the operation, unique.
    pub(crate) operation: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) about: Option<&'static str>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Option<Takes>,
    pub(crate) body_limit: usize,
    pub(crate) success: u16,
    pub(crate) payload: Payload,
    pub(crate) extra: Vec<(u16, &'static str)>,
    pub(crate) etag: bool,
    pub(crate) errors: Envelope,
    pub(crate) schemas: Schemas,
}

/// Largest body of an ordinary request, in bytes.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;
/// Largest body of a batch, in bytes.
pub(crate) const BATCH_LIMIT: usize = 8 * 1024 * 1024;

impl Route {
    fn new<H, T>(
        method: MethodFilter,
        name: Method,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self {
            handler: on(method, handler),
            method: name,
            path,
            access,
            operation: "",
            tag: "",
            summary: "",
            about: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            body_limit: BODY_LIMIT,
            success: 204,
            payload: Payload::Empty,
            extra: Vec::new(),
            etag: false,
            errors: Envelope::Problem,
            schemas: Vec::new(),
        }
    }

    pub(crate) fn get<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new(MethodFilter::GET, Method::GET, path, access, handler)
    }

    pub(crate) fn post<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new(MethodFilter::POST, Method::POST, path, access, handler)
    }

    pub(crate) fn put<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new(MethodFilter::PUT, Method::PUT, path, access, handler)
    }

    pub(crate) fn patch<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new(MethodFilter::PATCH, Method::PATCH, path, access, handler)
    }

    pub(crate) fn delete<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new(MethodFilter::DELETE, Method::DELETE, path, access, handler)
    }

    /// Names the operation.
    pub(crate) fn named(
        mut self,
        tag: &'static str,
        operation: &'static str,
        summary: &'static str,
    ) -> Self {
        self.tag = tag;
        self.operation = operation;
        self.summary = summary;
        self
    }

    /// Says more about it.
    pub(crate) fn about(mut self, text: &'static str) -> Self {
        self.about = Some(text);
        self
    }

    /// Takes these query parameters.
    pub(crate) fn query<Q: IntoParams>(mut self) -> Self {
        self.query.extend(
            Q::into_params(|| Some(ParameterIn::Query))
                .into_iter()
                .map(never_null),
        );
        self
    }

    /// Reads this header.
    pub(crate) fn header(mut self, name: &'static str, about: &'static str) -> Self {
        self.headers.push((name, about));
        self
    }

    /// Takes this body.
    pub(crate) fn takes<T: ToSchema>(mut self) -> Self {
        self.body = Some(Takes {
            schema: named_schema::<T>(&mut self.schemas),
            optional: false,
            media_type: "application/json",
        });
        self
    }

    /// Takes bytes.
    pub(crate) fn takes_bytes(mut self) -> Self {
        let bytes = ObjectBuilder::new().schema_type(Type::String).build();
        self.body = Some(Takes {
            schema: RefOr::T(Schema::Object(bytes)),
            optional: false,
            media_type: "application/octet-stream",
        });
        self
    }

    /// Takes this body or none.
    pub(crate) fn may_take<T: ToSchema>(self) -> Self {
        let mut route = self.takes::<T>();
        if let Some(body) = &mut route.body {
            body.optional = true;
        }
        route
    }

    /// Allows a body as large as a batch.
    pub(crate) fn large(mut self) -> Self {
        self.body_limit = BATCH_LIMIT;
        self
    }

    /// Answers JSON.
    pub(crate) fn answers<T: ToSchema>(mut self, status: u16) -> Self {
        self.success = status;
        self.payload = Payload::Json(named_schema::<T>(&mut self.schemas));
        self
    }

    /// Answers a JSON list.
    pub(crate) fn answers_list<T: ToSchema>(mut self) -> Self {
        self.success = 200;
        self.payload = Payload::JsonList(named_schema::<T>(&mut self.schemas));
        self
    }

    /// Answers JSON, or server-sent events.
    pub(crate) fn answers_or_streams<T: ToSchema>(mut self) -> Self {
        self.success = 200;
        self.payload = Payload::JsonOrEvents(named_schema::<T>(&mut self.schemas));
        self
    }

    /// Answers text.
    pub(crate) fn answers_text(mut self, media_type: &'static str) -> Self {
        self.success = 200;
        self.payload = Payload::Text(media_type);
        self
    }

    /// Answers bytes, whole or a part of them.
    pub(crate) fn answers_bytes(mut self) -> Self {
        self.success = 200;
        self.payload = Payload::Bytes;
        self
    }

    /// Mentions a schema that is only in the text of the document, such as the data of events.
    pub(crate) fn mentions<T: ToSchema>(mut self) -> Self {
        named_schema::<T>(&mut self.schemas);
        self
    }

    /// Answers with an `ETag`.
    pub(crate) fn etagged(mut self) -> Self {
        self.etag = true;
        self
    }

    /// Answers errors as `{"detail": …}`.
    pub(crate) fn detailed(mut self) -> Self {
        self.errors = Envelope::Detail;
        named_schema::<super::detail::DetailError>(&mut self.schemas);
        self
    }

    /// Can also answer this.
    pub(crate) fn or(mut self, status: u16, when: &'static str) -> Self {
        self.extra.push((status, when));
        self
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.access.word())
    }
}

/// A query string cannot say null: an optional parameter is one that is left out.
fn never_null(mut parameter: Parameter) -> Parameter {
    let is_null = |schema: &RefOr<Schema>| matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null));
    parameter.schema = parameter.schema.map(|schema| match schema {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(types) = &mut object.schema_type {
                types.retain(|one| *one != Type::Null);
                if let [one] = types.as_slice() {
                    object.schema_type = SchemaType::Type(one.clone());
                }
            }
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::OneOf(mut either)) => {
            either.items.retain(|item| !is_null(item));
            match either.items.pop() {
                Some(one) if either.items.is_empty() => one,
                Some(one) => {
                    either.items.push(one);
                    RefOr::T(Schema::OneOf(either))
                }
                None => RefOr::T(Schema::OneOf(either)),
            }
        }
        other => other,
    });
    parameter
}

/// A reference to the schema of a type; the type and what it mentions are noted in `schemas`.
fn named_schema<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    T::schemas(schemas);
    let name = T::name().into_owned();
    schemas.push((name.clone(), T::schema()));
    RefOr::Ref(Ref::from_schema_name(name))
}
