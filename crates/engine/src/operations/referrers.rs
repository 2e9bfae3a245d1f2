//! What refers by name to a secret or a connection: asked for its page, and before it is deleted.

use std::collections::HashMap;

use serde_json::Value;

use crate::caller::{Caller, Need};
use crate::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::model::{Connection, Referrer, Referrers};
use crate::rules::secrets::references;
use crate::rules::uses::{connections_named, names_connections};
use crate::store::uses::{self, Naming};
use crate::store::{connections, secrets};

/// So many are named in a refusal.
const NAMED: usize = 5;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A secret.
    Secret,
    /// A connection.
    Connection,
}

impl Named {
    fn word(self) -> &'static str {
        match self {
            Named::Secret => "secret",
            Named::Connection => "connection",
        }
    }
}

impl Caller {
    /// What refers to each secret, by its number; of what the caller may not see only the number.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn referrers_of_secrets(&self) -> Result<HashMap<i64, Referrers>> {
        self.may(Need::Read)?;
        self.referrers(Named::Secret, None).await
    }

    /// What refers to each connection, by its number; of what the caller may not see only the number.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn referrers_of_connections(&self) -> Result<HashMap<i64, Referrers>> {
        self.may(Need::Read)?;
        self.referrers(Named::Connection, None).await
    }

    /// Refuses to take away what something still refers to.
    pub(super) async fn refuse_while_named(&self, what: Named, id: i64, name: &str) -> Result<()> {
        let mut all = self.referrers(what, Some((id, name))).await?;
        let Some(referrers) = all.remove(&id) else {
            return Ok(());
        };
        let mut names: Vec<String> = referrers
            .seen
            .iter()
            .take(NAMED)
            .map(|one| format!("the {} {} ({})", one.kind.word(), one.id, one.name))
            .collect();
        if referrers.seen.len() > NAMED {
            names.push(format!("{} more", referrers.seen.len() - NAMED));
        }
        if referrers.hidden > 0 {
            names.push(format!("{} of other users", referrers.hidden));
        }
        let message = format!(
            "still in use by {}; with force=true it is deleted all the same",
            names.join(", ")
        );
        Err(Error {
            entity: Some(what.word()),
            ..Error::new(Kind::Conflict, message)
        })
    }

    async fn referrers(
        &self,
        what: Named,
        only: Option<(i64, &str)>,
    ) -> Result<HashMap<i64, Referrers>> {
        let word = only.map(|(_, name)| name);
        let mut meant = Meant {
            engine: &self.engine,
            what,
            known: HashMap::new(),
        };
        let mut all: HashMap<i64, Referrers> = HashMap::new();
        for (row, mut names) in self.engine.names(what, word).await? {
            names.retain(|name| word.is_none_or(|word| word == name));
            names.sort_unstable();
            names.dedup();
            for name in names {
                let Some(id) = meant.by(row.owner_id, &name).await? else {
                    continue;
                };
                if only.is_some_and(|(wanted, _)| wanted != id) {
                    continue;
                }
                let referrers = all.entry(id).or_default();
                if self.sees(row.owner_id) {
                    referrers.seen.push(Referrer {
                        kind: row.kind,
                        id: row.id,
                        name: row.name.clone(),
                        name_ar: row.name_ar.clone(),
                    });
                } else {
                    referrers.hidden += 1;
                }
            }
        }
        Ok(all)
    }
}

/// Which thing a name means for whom: names are looked up with the rights of the owner of what names them.
struct Meant<'a> {
    engine: &'a Engine,
    what: Named,
    known: HashMap<(i64, String), Option<i64>>,
}

impl Meant<'_> {
    async fn by(&mut self, owner: i64, name: &str) -> Result<Option<i64>> {
        let key = (owner, name.to_owned());
        if let Some(id) = self.known.get(&key) {
            return Ok(*id);
        }
        let db = &self.engine.inner.store.db;
        let id = match self.what {
            Named::Secret => secrets::usable(db, owner, name)
                .await?
                .map(|stored| stored.secret.id),
            Named::Connection if name == Connection::HISTORY => Some(0),
            Named::Connection => connections::usable(db, owner, name)
                .await?
                .map(|connection| connection.id),
        };
        self.known.insert(key, id);
        Ok(id)
    }
}

impl Engine {
    /// What refers to such things, each with the names in it; at least whatever refers to one of this name.
    async fn names(&self, what: Named, name: Option<&str>) -> Result<Vec<(Naming, Vec<String>)>> {
        let db = &self.inner.store.db;
        let mut all = Vec::new();
        if what == Named::Secret {
            for row in uses::with_references(db, name).await? {
                let named = references(&row.value);
                let names = named.into_iter().filter_map(|one| one.name).collect();
                all.push((row, names));
            }
            return Ok(all);
        }
        for function in self.catalogue().iter() {
            let info = function.info();
            // Most functions reach nothing by a connection, and their jobs need not be read.
            if !names_connections(&info.schema) {
                continue;
            }
            for job in uses::jobs_of(db, &info.key).await? {
                let names = connections_named(&info.schema, &job.parameters)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                all.push((job.into(), names));
            }
        }
        for channel in uses::channels(db).await? {
            let name = channel.value.get("connection").and_then(Value::as_str);
            let names = name.map(str::to_owned).into_iter().collect();
            all.push((channel, names));
        }
        Ok(all)
    }
}
