//! Users, sessions, tokens and audit events on their way out.

use orloj_engine::model::{self, Actor, Paged};
use orloj_wire::account::{Account, Session};
use orloj_wire::audit::{AuditEvent, AuditPage};
use orloj_wire::session::SessionUser;
use orloj_wire::token::Token;
use orloj_wire::user::{User, UserPage};

use super::draft::object;
use super::words;

/// A user.
pub(crate) fn to_user(user: model::User) -> User {
    User {
        id: user.id,
        name: user.name,
        display_name: user.display_name,
        email: user.email,
        role: words::to_role(user.role),
        grants: user.grants,
        is_disabled: user.is_disabled,
        preferences: object(user.preferences),
        created_at: user.created_at,
        updated_at: user.updated_at,
        last_login_at: user.last_login_at,
    }
}

/// A page of users.
pub(crate) fn to_users(page: Paged<model::User>) -> UserPage {
    UserPage {
        total: page.total,
        page: page.page.number,
        per_page: page.page.size,
        total_pages: page.pages(),
        items: page.items.into_iter().map(to_user).collect(),
    }
}

/// Who asks, as their page needs it.
pub(crate) fn to_session_user(actor: &Actor, display_name: Option<String>) -> SessionUser {
    SessionUser {
        id: actor.user_id,
        name: actor.name.clone(),
        role: words::to_role(actor.role),
        scope: words::to_scope(actor.scope),
        grants: actor.grants.clone(),
        display_name,
    }
}

/// One's account.
pub(crate) fn to_account(account: model::Account) -> Account {
    Account {
        user: to_user(account.user),
        via: account.via,
    }
}

/// A session; `via` is how the request that asks is authenticated.
pub(crate) fn to_session(session: model::Session, via: &str) -> Session {
    Session {
        is_current: via == format!("session:{}", session.id),
        id: session.id,
        created_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
        address: session.address,
        user_agent: session.user_agent,
    }
}

/// A token.
pub(crate) fn to_token(token: model::Token) -> Token {
    Token {
        id: token.id,
        user_id: token.user_id,
        label: token.label,
        scope: words::to_scope(token.scope),
        hint: token.hint,
        created_at: token.created_at,
        expires_at: token.expires_at,
        used_at: token.used_at,
        revoked_at: token.revoked_at,
    }
}

/// A page of audit events.
pub(crate) fn to_audit(page: Paged<model::AuditEvent>) -> AuditPage {
    AuditPage {
        total: page.total,
        page: page.page.number,
        per_page: page.page.size,
        total_pages: page.pages(),
        items: page.items.into_iter().map(to_event).collect(),
    }
}

fn to_event(event: model::AuditEvent) -> AuditEvent {
    AuditEvent {
        id: event.id,
        at: event.at,
        actor: event.actor,
        actor_id: event.actor_id,
        via: event.via,
        action: event.action,
        entity: event.entity,
        entity_id: event.entity_id,
        entity_name: event.entity_name,
        owner_id: event.owner_id,
        details: event.details,
    }
}
