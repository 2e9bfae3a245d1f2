//! The gate in front of each route: same origin, who is it, how often, may they, and does the route know the query.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::Method;
use http::request::Parts;

use orloj_engine::model::{Actor, Refusal};

use super::access::Access;
use super::detail;
use super::failure::Failure;
use super::language::Language;
use super::peer::Origin;
use super::query::check_names;
use super::rate::Asker;
use super::route::{Envelope, Route};
use crate::app::App;
use crate::auth::same_origin::{comes_from_elsewhere, is_same_origin};
use crate::auth::{Asked, Credentials};

/// What the gate knows about its route.
#[derive(Clone, Debug)]
struct Gate {
    app: App,
    access: Access,
    method: Method,
    path: &'static str,
    errors: Envelope,
    query: Arc<[String]>,
}

/// The handler of a route behind its gate.
pub(crate) fn guarded(app: &App, route: Route) -> MethodRouter<App> {
    let gate = Gate {
        app: app.clone(),
        access: route.access,
        method: route.method,
        path: route.path,
        errors: route.errors,
        query: route
            .query
            .iter()
            .map(|parameter| parameter.name.clone())
            .collect(),
    };
    route
        .handler
        .layer(DefaultBodyLimit::max(route.body_limit))
        .layer(axum::middleware::from_fn_with_state(gate, pass))
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let language = Language::of(&parts.headers);
    let response = match gate.check(&mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(failure) => failure.into_response(),
    };
    match gate.errors {
        Envelope::Problem => response,
        Envelope::Detail => detail::rewrite(response, language),
    }
}

impl Gate {
    async fn check(&self, parts: &mut Parts) -> Result<(), Failure> {
        let origin = Origin::of(parts, &self.app.config.trusted_proxies);
        parts.extensions.insert(origin);
        let actor = match self.actor(parts, &origin).await {
            Ok(actor) => actor,
            Err(failure) => {
                self.app.rates.request(Asker::address(origin.address))?;
                return Err(failure);
            }
        };
        self.app.rates.request(match &actor {
            Some(actor) => Asker::User(actor.user_id),
            None => Asker::address(origin.address),
        })?;
        if let Some(actor) = actor {
            if let Some(reason) = self.access.refusal(&actor) {
                self.note_refusal(actor, reason, &origin).await;
                return Err(Failure::forbidden(reason));
            }
            parts
                .extensions
                .insert(Asked(self.app.engine.caller(actor)));
        } else if self.access != Access::Public {
            return Err(Failure::unauthenticated("Sign in, or send a token"));
        }
        check_names(parts.uri.query(), &self.query)
    }

    async fn actor(&self, parts: &Parts, origin: &Origin) -> Result<Option<Actor>, Failure> {
        if let Some(actor) = &self.app.everybody_is {
            return Ok(Some(actor.clone()));
        }
        let credentials = match Credentials::of(&parts.headers, origin) {
            // Where nobody needs to be known, bad credentials are as good as none.
            Err(_) if self.access == Access::Public => Credentials::None,
            other => other?,
        };
        let is_trusted = match &credentials {
            _ if self.method == Method::GET => true,
            Credentials::Token(_) => true,
            Credentials::Session(_) => is_same_origin(&parts.headers),
            // Signing in must be possible for programs, which say nothing about where they come from.
            Credentials::None => !comes_from_elsewhere(&parts.headers),
        };
        if !is_trusted {
            return Err(Failure::forbidden("The request comes from another site"));
        }
        match credentials.actor(&self.app.engine).await {
            Err(failure)
                if self.access == Access::Public
                    && failure.status() == http::StatusCode::UNAUTHORIZED =>
            {
                Ok(None)
            }
            other => other,
        }
    }

    async fn note_refusal(&self, actor: Actor, reason: &str, origin: &Origin) {
        self.app
            .engine
            .record_refusal(Refusal {
                actor: Some(actor),
                wanted: format!("{} {}", self.method, self.path),
                reason: reason.to_owned(),
                address: Some(origin.address),
            })
            .await;
    }
}
