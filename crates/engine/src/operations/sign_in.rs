//! Signing in with a name and a password.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::accounts_state::{Sample, random};
use super::audit::{self, AuditEntry};
use super::authenticate::{SESSION_IDLE_US, SESSION_LONGEST_US, Via, actor};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::model::{Actor, NewSession, Role, Scope, Session, User};
use crate::rules::backoff::Attempt;
use crate::rules::password::Verdict;
use crate::rules::person;
use crate::rules::secret::SecretKind;
use crate::store::users::WithPassword;
use crate::store::{Tx, sessions, users};

/// Sessions a user can have at the same time; a further one ends the oldest.
const SESSIONS_PER_USER: i64 = 100;

/// Where a new session comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin<'a> {
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<&'a str>,
}

impl Engine {
    /// Begins a session. The answer and its time are the same for a wrong password and for a user that is unknown,
    /// disabled or without a password.
    ///
    /// # Errors
    /// `Unauthenticated` when name and password do not fit; `TooMany` with the seconds to wait after several failures
    /// for this name or from this address.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        address: Option<IpAddr>,
        user_agent: Option<&str>,
    ) -> Result<NewSession> {
        let origin = Origin {
            address,
            user_agent,
        };
        let attempt = self.begin_attempt(&person::name_key(name), address).await?;
        match self.try_sign_in(name, password, origin).await {
            Ok(session) => {
                self.inner.accounts.delays().succeeded(&attempt);
                Ok(session)
            }
            Err(error) => {
                if error.kind != Kind::Unauthenticated {
                    self.inner.accounts.delays().undecided(&attempt);
                }
                Err(error)
            }
        }
    }

    /// Counts an attempt at a name, or refuses it because of those before.
    pub(crate) async fn begin_attempt(
        &self,
        name_key: &str,
        address: Option<IpAddr>,
    ) -> Result<Attempt> {
        let now_us = self.clock().now_us();
        let begun = self
            .inner
            .accounts
            .delays()
            .begin(now_us, name_key, address);
        match begun {
            Ok(attempt) => Ok(attempt),
            Err(seconds) => {
                self.record_sampled(
                    Sample::SignIn,
                    &stranger(address),
                    AuditEntry {
                        action: "login.delayed",
                        entity: "session",
                        entity_id: None,
                        entity_name: None,
                        owner_id: None,
                        details: json!({ "retryAfterSeconds": seconds }),
                    },
                )
                .await;
                Err(Error {
                    retry_after_seconds: Some(seconds),
                    ..Error::new(
                        Kind::TooMany,
                        format!("too many failed attempts; try again in {seconds} s"),
                    )
                })
            }
        }
    }

    async fn try_sign_in(
        &self,
        name: &str,
        password: &str,
        origin: Origin<'_>,
    ) -> Result<NewSession> {
        let state = &self.inner.accounts;
        let found = users::find_by_key(&self.inner.store.db, &person::name_key(name)).await?;
        let stored = found.as_ref().and_then(|f| f.password_hash.clone());
        let verdict = state
            .verify_password(password.to_owned(), stored.clone())
            .await?;
        let is_right = verdict != Verdict::Wrong;
        let (Some(WithPassword { user, .. }), Some(stored)) = (&found, &stored) else {
            return self
                .refuse_sign_in(found.as_ref(), "no password", origin)
                .await;
        };
        if !is_right {
            return self
                .refuse_sign_in(found.as_ref(), "wrong password", origin)
                .await;
        }
        if user.is_disabled {
            return self
                .refuse_sign_in(found.as_ref(), "disabled", origin)
                .await;
        }
        let renewed = if verdict == Verdict::RightButOld {
            Some(state.hash_password(password.to_owned()).await?)
        } else {
            None
        };
        let now_us = self.clock().now_us();
        let mut tx = self.inner.store.db.begin().await?;
        if !users::signed_in(&mut tx, user.id, stored, renewed.as_deref(), now_us).await? {
            drop(tx);
            return self
                .refuse_sign_in(found.as_ref(), "changed meanwhile", origin)
                .await;
        }
        let user = User {
            last_login_at: Some(timestamp(now_us)),
            ..user.clone()
        };
        let session = begin_session(&mut tx, user, origin, now_us).await?;
        tx.commit().await?;
        Ok(session)
    }

    async fn refuse_sign_in<T>(
        &self,
        found: Option<&WithPassword>,
        reason: &'static str,
        origin: Origin<'_>,
    ) -> Result<T> {
        let user = found.map(|found| &found.user);
        // An unknown name is not recorded: people type their password there.
        let reason = if user.is_some() {
            reason
        } else {
            "unknown user"
        };
        self.record_sampled(
            Sample::SignIn,
            &stranger(origin.address),
            AuditEntry {
                action: "login.failed",
                entity: "user",
                entity_id: user.map(|user| user.id),
                entity_name: user.map(|user| user.name.clone()),
                owner_id: user.map(|user| user.id),
                details: json!({ "reason": reason }),
            },
        )
        .await;
        Err(Error::new(
            Kind::Unauthenticated,
            "the name or the password is not right",
        ))
    }

    /// Records a refusal unless there were too many lately. Refusing must not depend on being able to write, so a
    /// failure is only logged.
    pub(crate) async fn record_sampled(&self, sample: Sample, actor: &Actor, entry: AuditEntry) {
        let now_us = self.clock().now_us();
        let Some(suppressed) = self.inner.accounts.sample(sample, now_us) else {
            return;
        };
        let mut entry = entry;
        if suppressed > 0
            && let Value::Object(details) = &mut entry.details
        {
            details.insert("notRecordedBefore".to_owned(), suppressed.into());
        }
        let action = entry.action;
        let recorded = async {
            let mut tx = self.inner.store.db.begin().await?;
            audit::record(&mut tx, now_us, actor, entry).await?;
            tx.commit().await
        };
        if let Err(error) = recorded.await {
            tracing::warn!(%error, action, "cannot record a refusal");
        }
    }
}

/// Inserts a session and records it; commits nothing.
pub(crate) async fn begin_session(
    tx: &mut Tx,
    user: User,
    origin: Origin<'_>,
    now_us: i64,
) -> Result<NewSession> {
    let secret = SecretKind::Session.secret(random()?);
    let hash = SecretKind::Session
        .hash(&secret)
        .ok_or_else(|| Error::internal("a new secret does not look like one"))?;
    let session = Session {
        id: sessions::next_id(tx).await?,
        user_id: user.id,
        created_at: timestamp(now_us),
        seen_at: timestamp(now_us),
        expires_at: timestamp(now_us.saturating_add(SESSION_IDLE_US)),
        address: origin.address.map(|address| address.to_string()),
        user_agent: origin.user_agent.and_then(person::user_agent),
    };
    let stored = sessions::Stored {
        session: session.clone(),
        ends_at: now_us.saturating_add(SESSION_LONGEST_US),
    };
    sessions::insert(tx, &stored, &hash).await?;
    sessions::prune(tx, user.id, SESSIONS_PER_USER, now_us).await?;
    audit::record(
        tx,
        now_us,
        &actor(&user, Scope::Full, Via::Session(session.id)),
        AuditEntry {
            action: "login.succeeded",
            entity: "session",
            entity_id: Some(session.id),
            entity_name: None,
            owner_id: Some(user.id),
            details: json!({ "address": session.address, "userAgent": session.user_agent }),
        },
    )
    .await?;
    Ok(NewSession {
        secret,
        session,
        user,
    })
}

/// Somebody who has not proved to be anybody, for the audit trail.
pub(crate) fn stranger(address: Option<IpAddr>) -> Actor {
    Actor {
        user_id: 0,
        name: "anonymous".to_owned(),
        role: Role::Viewer,
        scope: Scope::Read,
        grants: Vec::new(),
        via: address.map_or_else(
            || "unknown".to_owned(),
            |address| format!("address:{address}"),
        ),
    }
}
