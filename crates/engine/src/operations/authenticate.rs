//! Who is behind a secret.

use crate::engine::Engine;
use crate::error::Result;
use crate::model::{Actor, Scope, Token, User};
use crate::operations::accounts_state::not_known;
use crate::rules::secret::{SecretHash, SecretKind};
use crate::store::{sessions, tokens};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A session ends this long after its last use, in microseconds.
pub(crate) const SESSION_IDLE_US: i64 = 14 * DAY;

/// A session ends this long after signing in however much it is used, in microseconds.
pub(crate) const SESSION_LONGEST_US: i64 = 90 * DAY;

/// The use of a session or token is noted at most this often, in microseconds.
const TOUCH_US: i64 = 60 * SECOND;

/// What the database says about a secret that opens something now.
struct Opened {
    actor: Actor,
    valid_until: i64,
    touch: Option<Touch>,
}

/// A use that is to be noted.
enum Touch {
    Session { id: i64, expires_at: i64 },
    Token { id: i64 },
}

impl Engine {
    /// Who is signed in with this secret of a session.
    ///
    /// The answer may be up to three seconds old; what this process itself ended or changed counts at once.
    ///
    /// # Errors
    /// `Unauthenticated` when there is no such session, it has ended, or its user is disabled.
    pub async fn authenticate_session(&self, secret: &str) -> Result<Actor> {
        self.authenticate(SecretKind::Session, secret).await
    }

    /// Whose token this secret is.
    ///
    /// The answer may be up to three seconds old; what this process itself revoked or changed counts at once.
    ///
    /// # Errors
    /// `Unauthenticated` when there is no such token, it has expired or was revoked, or its user is disabled.
    pub async fn authenticate_token(&self, secret: &str) -> Result<Actor> {
        self.authenticate(SecretKind::Token, secret).await
    }

    /// The same actor as the database knows it now, for connections that stay open long after they were authenticated.
    ///
    /// # Errors
    /// `Unauthenticated` when the session or token through which the actor came does not hold any more.
    pub async fn authenticate_again(&self, actor: &Actor) -> Result<Actor> {
        let now_us = self.clock().now_us();
        let db = &self.inner.store.db;
        let opened = match parse_via(&actor.via) {
            Via::System => return Ok(actor.clone()),
            Via::Session(id) => sessions::find(db, id)
                .await?
                .and_then(|(stored, user)| open_session(&stored, &user, now_us)),
            Via::Token(id) => tokens::find(db, id)
                .await?
                .and_then(|(token, user)| open_token(&token, &user, now_us)),
            Via::Unknown => None,
        };
        opened.map(|opened| opened.actor).ok_or_else(not_known)
    }

    async fn authenticate(&self, kind: SecretKind, secret: &str) -> Result<Actor> {
        let hash = kind.hash(secret).ok_or_else(not_known)?;
        let state = &self.inner.accounts;
        let now_us = self.clock().now_us();
        let generation = {
            let verified = state.verified();
            if let Some(actor) = verified.find(&hash, now_us) {
                return Ok(actor);
            }
            verified.generation()
        };
        let opened = self
            .look_up(kind, &hash, now_us)
            .await?
            .ok_or_else(not_known)?;
        if let Some(touch) = opened.touch
            && let Err(error) = self.touch(touch, now_us).await
        {
            // Noting the use is a courtesy; reading must go on when nothing can be written.
            tracing::warn!(%error, "cannot note the use of a session or token");
        }
        state.verified().remember(
            generation,
            hash,
            opened.actor.clone(),
            now_us,
            opened.valid_until,
        );
        Ok(opened.actor)
    }

    async fn look_up(
        &self,
        kind: SecretKind,
        hash: &SecretHash,
        now_us: i64,
    ) -> Result<Option<Opened>> {
        let db = &self.inner.store.db;
        Ok(match kind {
            SecretKind::Session => sessions::find_by_secret(db, hash)
                .await?
                .and_then(|(stored, user)| open_session(&stored, &user, now_us)),
            SecretKind::Token => tokens::find_by_secret(db, hash)
                .await?
                .and_then(|(token, user)| open_token(&token, &user, now_us)),
            SecretKind::Setup | SecretKind::Enrollment => None,
        })
    }

    async fn touch(&self, touch: Touch, now_us: i64) -> Result<()> {
        let mut tx = self.inner.store.db.begin().await?;
        match touch {
            Touch::Session { id, expires_at } => {
                sessions::touch(&mut tx, id, now_us, expires_at).await?;
            }
            Touch::Token { id } => tokens::touch(&mut tx, id, now_us).await?,
        }
        tx.commit().await
    }
}

fn open_session(stored: &sessions::Stored, user: &User, now_us: i64) -> Option<Opened> {
    let session = &stored.session;
    let expires_at = session.expires_at.as_microsecond();
    if user.is_disabled || now_us >= expires_at || now_us >= stored.ends_at {
        return None;
    }
    let is_due = now_us.saturating_sub(session.seen_at.as_microsecond()) >= TOUCH_US;
    let moved = now_us.saturating_add(SESSION_IDLE_US).min(stored.ends_at);
    Some(Opened {
        actor: actor(user, Scope::Full, Via::Session(session.id)),
        valid_until: if is_due { moved } else { expires_at },
        touch: is_due.then_some(Touch::Session {
            id: session.id,
            expires_at: moved,
        }),
    })
}

fn open_token(token: &Token, user: &User, now_us: i64) -> Option<Opened> {
    let expires_at = token
        .expires_at
        .map_or(i64::MAX, jiff::Timestamp::as_microsecond);
    if user.is_disabled || token.revoked_at.is_some() || now_us >= expires_at {
        return None;
    }
    let is_due = token
        .used_at
        .is_none_or(|used| now_us.saturating_sub(used.as_microsecond()) >= TOUCH_US);
    Some(Opened {
        actor: actor(user, token.scope, Via::Token(token.id)),
        valid_until: expires_at,
        touch: is_due.then_some(Touch::Token { id: token.id }),
    })
}

/// Through what an actor came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    System,
    Session(i64),
    Token(i64),
    Unknown,
}

impl std::fmt::Display for Via {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Via::System => f.write_str("system"),
            Via::Session(id) => write!(f, "session:{id}"),
            Via::Token(id) => write!(f, "token:{id}"),
            Via::Unknown => f.write_str("unknown"),
        }
    }
}

/// Reads [`Actor::via`].
pub(crate) fn parse_via(via: &str) -> Via {
    match via.split_once(':') {
        None if via == "system" => Via::System,
        Some(("session", id)) => id.parse().map_or(Via::Unknown, Via::Session),
        Some(("token", id)) => id.parse().map_or(Via::Unknown, Via::Token),
        _ => Via::Unknown,
    }
}

/// A user as an actor.
pub(crate) fn actor(user: &User, scope: Scope, via: Via) -> Actor {
    Actor {
        user_id: user.id,
        name: user.name.clone(),
        role: user.role,
        scope,
        grants: user.grants.clone(),
        via: via.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Via, parse_via};

    #[test]
    fn what_is_written_can_be_read() {
        for via in [Via::System, Via::Session(12), Via::Token(7)] {
            assert_eq!(parse_via(&via.to_string()), via);
        }
        for text in ["", "token", "token:", "token:x", "cookie:1"] {
            assert_eq!(parse_via(text), Via::Unknown);
        }
    }
}
