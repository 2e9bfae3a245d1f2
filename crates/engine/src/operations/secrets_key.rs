//! The key of the secrets: found at the start, held in memory, changed on demand.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use serde_json::json;

use super::accounts_state::random;
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, Kind, Result};
use crate::model::{KeyOrigin, KeyRotation, KeyState};
use crate::rules::secrets::{KEY_BYTES, Place, SecretKey};
use crate::store::audit::{self, AuditEntry};
use crate::store::{Store, StoreLocation, Tx, connections, devices, key_file, secrets};

/// Where the key of the secrets comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file with the key, made at the first start.
    File(PathBuf),
    /// The key itself, and the one that it follows: what is sealed under that is sealed anew at the start.
    Given {
        /// The key.
        key: SecretKey,
        /// The key before.
        previous: Option<SecretKey>,
    },
    /// No key: secrets cannot be stored, and a database that has any is refused.
    Nowhere,
}

impl KeySource {
    /// A file beside a SQLite database; nothing for PostgreSQL, which has no place of its own on this machine.
    #[must_use]
    pub fn beside(store: &StoreLocation) -> Self {
        match store {
            StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
                Self::File(path.with_file_name("orloj.key"))
            }
            StoreLocation::Postgres(_) => Self::Nowhere,
        }
    }
}

/// The key in force in this process.
#[derive(Debug)]
pub(crate) struct Keyring {
    source: KeySource,
    key: RwLock<Option<SecretKey>>,
}

impl Keyring {
    /// Finds the key and holds it against the database.
    ///
    /// # Errors
    /// `Unavailable` when the key is missing, or is not the one that the database's secrets are sealed under.
    pub(crate) async fn open(store: &Store, source: &KeySource, now_us: i64) -> Result<Self> {
        let mut tx = store.db.begin().await?;
        let mut check = secrets::key_check(&mut tx).await?;
        let is_needed = secrets::is_anything_sealed(&mut tx).await?;
        let key = match source {
            KeySource::Nowhere => None,
            KeySource::Given { key, .. } => Some(key.clone()),
            KeySource::File(path) => match (key_file::read(path)?, &check) {
                (Some(key), _) => Some(key),
                // Another instance made the key. As long as nothing is sealed under it, this one can do without.
                (None, Some(_)) if !is_needed => {
                    tracing::warn!(file = %path.display(), "there is no key file here, so this instance cannot use secrets; copy it from the instance that made it, or configure ORLOJ_SECRET_KEY for all");
                    None
                }
                (None, Some(check)) => {
                    return Err(refused(format!(
                        "the key file {} is missing, and the secrets in the database are sealed under the key {}: put the file back from its backup, or copy it from another instance",
                        path.display(),
                        check.key_id
                    )));
                }
                (None, None) => {
                    key_file::create(path, &SecretKey::new(random::<KEY_BYTES>()?))?;
                    key_file::read(path)?
                }
            },
        };
        let Some(mut key) = key else {
            return match check {
                None => Ok(Self::holding(source, None)),
                Some(_) if !is_needed => Ok(Self::holding(source, None)),
                Some(check) => Err(refused(format!(
                    "the secrets in the database are sealed under the key {}, and this instance has none: configure the key",
                    check.key_id
                ))),
            };
        };
        if check.is_none() {
            secrets::note_first_key(&mut tx, &key.check_value(&random()?)?, now_us).await?;
            check = secrets::key_check(&mut tx).await?;
        }
        let check = check.ok_or_else(|| Error::internal("a key was noted and is not there"))?;
        if !key.fits(&check) {
            key = match source {
                KeySource::Given {
                    previous: Some(previous),
                    ..
                } if previous.fits(&check) => {
                    let values = reseal(&mut tx, previous, &key, now_us).await?;
                    tracing::info!(
                        key = key.id(),
                        values,
                        "sealed all secrets under the new key"
                    );
                    key
                }
                // The process ended between the change in the database and the change of the file.
                KeySource::File(path) => match key_file::prepared(path)? {
                    Some(next) if next.fits(&check) => {
                        key_file::promote(path)?;
                        next
                    }
                    // Two instances made a key at the same time, and the other was first.
                    _ if !is_needed => {
                        tracing::warn!(file = %path.display(), key = key.id(), expected = %check.key_id, "the key file is not the one in force, so this instance cannot use secrets; copy it from the instance that made it");
                        return Ok(Self::holding(source, None));
                    }
                    _ => return Err(wrong(&key, &check.key_id)),
                },
                _ => return Err(wrong(&key, &check.key_id)),
            };
        }
        tx.commit().await?;
        Ok(Self::holding(source, Some(key)))
    }

    fn holding(source: &KeySource, key: Option<SecretKey>) -> Self {
        Self {
            source: source.clone(),
            key: RwLock::new(key),
        }
    }

    /// The key to open values with.
    pub(crate) fn key(&self) -> Result<SecretKey> {
        self.key
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| {
                Error::conflict(
                    "secret",
                    "this installation has no key for secrets; an administrator can configure one (ORLOJ_SECRET_KEY)",
                )
            })
    }

    /// The key to seal values with in this transaction; until its end the key in force does not change.
    pub(crate) async fn sealing(&self, tx: &mut Tx) -> Result<SecretKey> {
        let key = self.key()?;
        match secrets::key_check(tx).await? {
            Some(check) if check.key_id == key.id() => Ok(key),
            _ => Err(Error::unavailable(
                "the key of the secrets was changed by another instance; restart this one with the new key",
            )),
        }
    }

    fn replace(&self, key: SecretKey) {
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }
}

impl Caller {
    /// Which key the secrets are sealed under, and whether this instance has it. For administrators.
    ///
    /// # Errors
    /// `Forbidden` for everybody else.
    pub async fn secret_key(&self) -> Result<KeyState> {
        self.may(Need::Admin)?;
        let engine = &self.engine.inner;
        let (origin, file) = match &engine.keys.source {
            KeySource::File(path) => (KeyOrigin::File, Some(path.clone())),
            KeySource::Given { .. } => (KeyOrigin::Configured, None),
            KeySource::Nowhere => (KeyOrigin::None, None),
        };
        let mut tx = engine.store.db.begin().await?;
        let check = secrets::key_check(&mut tx).await?;
        let since = secrets::key_since(&mut tx).await?;
        let values = secrets::count_sealed(&mut tx).await?;
        tx.commit().await?;
        let key_id = check.map(|check| check.key_id);
        let mine = engine.keys.key().ok().map(|key| key.id().to_owned());
        Ok(KeyState {
            origin,
            file,
            is_usable: mine.is_some() && mine == key_id,
            key_id,
            since: since.map(timestamp),
            values,
        })
    }

    /// Makes a new key, seals every value under it, and puts it into the key file. For administrators.
    ///
    /// # Errors
    /// `Conflict` when the key is not kept in a file: then it is changed where it is configured.
    pub async fn rotate_secret_key(&self) -> Result<KeyRotation> {
        self.may(Need::Admin)?;
        let engine = &self.engine.inner;
        let KeySource::File(path) = &engine.keys.source else {
            return Err(Error::conflict(
                "secret_key",
                "the key is not in a file of this server: start it with the new key as ORLOJ_SECRET_KEY and the present one as ORLOJ_SECRET_KEY_PREVIOUS",
            ));
        };
        let now = engine.clock.now_us();
        let next = SecretKey::new(random::<KEY_BYTES>()?);
        let mut tx = engine.store.db.begin().await?;
        let present = engine.keys.sealing(&mut tx).await?;
        key_file::prepare(path, &next)?;
        let values = reseal(&mut tx, &present, &next, now).await?;
        audit::record(
            &mut tx,
            now,
            &self.actor,
            AuditEntry {
                action: "secret_key.rotated",
                entity: "secret_key",
                entity_id: None,
                entity_name: Some(next.id().to_owned()),
                owner_id: None,
                details: json!({ "from": present.id(), "to": next.id(), "values": values }),
            },
        )
        .await?;
        tx.commit().await?;
        // Whatever happens from here on, the next start finds the prepared key and takes it.
        engine.keys.replace(next.clone());
        key_file::promote(path)?;
        Ok(KeyRotation {
            key_id: next.id().to_owned(),
            values,
        })
    }
}

/// Seals every value anew and notes the new key; answers how many values there were.
async fn reseal(tx: &mut Tx, from: &SecretKey, to: &SecretKey, now_us: i64) -> Result<u64> {
    let mut count = 0;
    for (id, owner, sealed) in secrets::all_sealed(tx).await? {
        let place = Place::Secret(id, owner);
        let value = from.open(place, &sealed)?;
        secrets::reseal(tx, id, &to.seal(place, &value, &random()?)?).await?;
        count += 1;
    }
    for (id, owner, name, sealed) in connections::all_sealed(tx).await? {
        let place = Place::Field(id, owner, &name);
        let value = from.open(place, &sealed)?;
        connections::reseal(tx, id, &name, &to.seal(place, &value, &random()?)?).await?;
        count += 1;
    }
    if let Some((_, sealed)) = devices::fleet_key(&mut *tx).await? {
        let value = from.open(Place::FleetKey, &sealed)?;
        devices::reseal_fleet_key(tx, &to.seal(Place::FleetKey, &value, &random()?)?).await?;
        count += 1;
    }
    secrets::note_key(tx, &to.check_value(&random()?)?, now_us).await?;
    Ok(count)
}

fn wrong(key: &SecretKey, expected: &str) -> Error {
    refused(format!(
        "the key {} is not the one that the secrets in the database are sealed under ({expected}): start with that key",
        key.id()
    ))
}

fn refused(message: String) -> Error {
    // Nothing gets better by waiting, so there is no advice to come back.
    Error::new(Kind::Unavailable, message)
}
