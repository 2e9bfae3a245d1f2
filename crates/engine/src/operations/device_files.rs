//! Files and software on their way to devices: what a run's steps carry, and who may fetch the content.
//!
//! An order carries a ticket: a text that only this installation can make, about this order. It opens the files that the
//! order's steps name, to whoever shows it, as long as the order is in the hands of its device. So nothing needs to be
//! stored, every instance understands it, and it is worth nothing once the order has ended.

use std::collections::BTreeSet;

use orloj_tasks::DeviceFile;
use serde_json::{Value, json};

use super::accounts_state::random;
use super::files::{FileReader, unfinished};
use crate::engine::{Engine, Inner};
use crate::error::{Error, Kind, Result};
use crate::model::{Software, StoredFile};
use crate::rules::secrets::{Place, Sealed};
use crate::store::{device_orders, files};

impl Engine {
    /// The files that a run of this owner's job brings onto devices.
    ///
    /// # Errors
    /// `NotFound` and `Conflict`, with a sentence for the history, for a file that is not there or not whole.
    pub(crate) async fn files_for_run(
        &self,
        owner_id: i64,
        ids: &[i64],
    ) -> Result<Vec<DeviceFile>> {
        let user = self.cleanup_scope(owner_id, None).await?;
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.push(self.file_for_step(user, *id).await?);
        }
        Ok(all)
    }

    async fn file_for_step(&self, user: Option<i64>, id: i64) -> Result<DeviceFile> {
        let file = files::find(&self.inner.store.db, id, user)
            .await?
            .ok_or_else(|| {
                Error::new(
                    Kind::NotFound,
                    format!("there is no file {id} that the job's owner may use"),
                )
            })?;
        match &file.sha256 {
            Some(sha256) => Ok(DeviceFile {
                id: file.id,
                name: file.name.clone(),
                size: file.size,
                sha256: sha256.clone(),
            }),
            None => Err(unfinished(&file)),
        }
    }

    /// The software that a run of this owner's job brings onto devices: what is needed first.
    ///
    /// # Errors
    /// A sentence for the history when some of it is not there.
    pub(crate) async fn software_for_devices(
        &self,
        owner_id: i64,
        ids: &[i64],
    ) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        for entry in self.software_for_run(owner_id, ids, "/software").await? {
            let is_needed_only = !ids.contains(&entry.id);
            let mut step = self.software_for_step(&entry).await?;
            step["isNeededOnly"] = json!(is_needed_only);
            all.push(step);
        }
        Ok(all)
    }

    async fn software_for_step(&self, entry: &Software) -> Result<Value> {
        let mut platforms = json!({});
        for (system, platform) in &entry.definition.platforms {
            let mut said = json!(platform);
            if let Some(id) = platform.file {
                // With the rights of whoever wrote the entry: sharing it shares what it installs.
                let file = self.file_for_step(Some(entry.owner_id), id).await?;
                said["file"] = json!(file);
            }
            platforms[system.word()] = said;
        }
        Ok(json!({
            "name": entry.name,
            "version": entry.version,
            "platforms": platforms,
            "minMemoryMb": entry.definition.min_memory_mb,
            "minDiskMb": entry.definition.min_disk_mb,
        }))
    }

    /// The file of this number, for who shows a ticket that opens it.
    ///
    /// # Errors
    /// `Unauthenticated` for a ticket that is none; `NotFound` when the order has ended, its device may not come any
    /// more, or its steps do not name the file.
    pub async fn file_for_ticket(&self, ticket: &str, id: i64) -> Result<StoredFile> {
        let refused = || Error::new(Kind::Unauthenticated, "this ticket is not valid");
        let mut parts = ticket.splitn(3, '.');
        let order: i64 = parts
            .next()
            .and_then(|text| text.parse().ok())
            .ok_or_else(refused)?;
        let (Some(key_id), Some(text)) = (parts.next(), parts.next()) else {
            return Err(refused());
        };
        let sealed = Sealed {
            key_id: key_id.to_owned(),
            text: text.to_owned(),
        };
        let key = self.inner.keys.key()?;
        key.open(Place::Ticket(order), &sealed)
            .map_err(|_| refused())?;
        let db = &self.inner.store.db;
        let missing = || Error::not_found("file");
        let (execution, number, stored) = device_orders::steps_under_way(db, order)
            .await?
            .ok_or_else(missing)?;
        let steps = opened_steps(&self.inner, execution, number, &stored)?;
        if !named_files(&steps).contains(&id) {
            return Err(missing());
        }
        files::find(db, id, None)
            .await?
            .filter(StoredFile::is_ready)
            .ok_or_else(missing)
    }

    /// Reads a file that a ticket opened.
    #[must_use]
    pub fn file_reader(&self, file: &StoredFile, from: u64, to: u64) -> FileReader {
        FileReader::new(self.clone(), file.id, from, to.min(file.size))
    }
}

/// The ticket of an order; `None` when its steps name no files.
///
/// # Errors
/// `Conflict` when the installation has no key.
pub(crate) fn file_ticket(engine: &Inner, order: i64, steps: &Value) -> Result<Option<String>> {
    if named_files(steps).is_empty() {
        return Ok(None);
    }
    let key = engine.keys.key()?;
    let sealed = key.seal(Place::Ticket(order), "file", &random()?)?;
    Ok(Some(format!("{order}.{}.{}", sealed.key_id, sealed.text)))
}

/// The steps of an order as they are stored: sealed where secrets are in them.
///
/// # Errors
/// `Internal` for steps that are no JSON, and what opening a secret can answer.
pub(crate) fn opened_steps(
    engine: &Inner,
    execution: i64,
    number: u32,
    stored: &str,
) -> Result<Value> {
    let damaged = |error| Error::internal(format!("stored steps: {error}"));
    let stored: Value = serde_json::from_str(stored).map_err(damaged)?;
    let (Some(key_id), Some(text)) = (stored["keyId"].as_str(), stored["sealed"].as_str()) else {
        return Ok(stored);
    };
    let sealed = Sealed {
        key_id: key_id.to_owned(),
        text: text.to_owned(),
    };
    let place = Place::Steps(execution, number);
    let steps = engine.keys.key()?.open(place, &sealed)?;
    serde_json::from_str(&steps).map_err(damaged)
}

/// Numbers of the files that steps name, wherever in them.
fn named_files(steps: &Value) -> BTreeSet<i64> {
    let mut all = BTreeSet::new();
    walk(steps, &mut all);
    all
}

fn walk(value: &Value, all: &mut BTreeSet<i64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, all)),
        Value::Object(members) => {
            if let Some(file) = members.get("file")
                && file["sha256"].is_string()
                && let Some(id) = file["id"].as_i64()
            {
                all.insert(id);
            }
            members.values().for_each(|member| walk(member, all));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::named_files;

    #[test]
    fn only_files_that_steps_carry_are_named() {
        let steps = json!([
            {"kind": "file", "file": {"id": 3, "sha256": "aa"}},
            {"kind": "software", "platforms": {"linux": {"file": {"id": 5, "sha256": "bb"}}}},
            {"kind": "command", "command": "{\"file\":{\"id\":7,\"sha256\":\"x\"}}", "env": {"file": "9"}},
        ]);
        assert_eq!(named_files(&steps).into_iter().collect::<Vec<_>>(), [3, 5]);
    }
}
