//! What jobs for devices use: checked when a job is written, and before a thing is deleted.

use std::collections::HashSet;

use serde_json::Value;

use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Kind, Result};
use crate::rules::software::builtin;
use crate::rules::uses::{FUNCTIONS, Noun, named};
use crate::store::{software, uses};

/// Something that uses a thing.
pub(super) struct User {
    noun: &'static str,
    id: i64,
    name: String,
    owner_id: i64,
}

impl Caller {
    /// Checks that what these parameters of jobs name on devices can be used by the jobs' owner.
    pub(super) async fn check_uses(
        &self,
        owner_id: i64,
        all: &[(String, &str, &Value)],
    ) -> Result<()> {
        if !all
            .iter()
            .any(|(_, function, _)| FUNCTIONS.contains(function))
        {
            return Ok(());
        }
        let usable = self.engine.usable_things(owner_id).await?;
        let errors: Vec<FieldError> = all
            .iter()
            .flat_map(|(at, function, parameters)| usable.missing(at, function, parameters))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid_fields(errors))
        }
    }

    /// Refuses to take away what jobs or catalogue entries use.
    pub(super) async fn refuse_while_used(&self, noun: Noun, id: i64) -> Result<()> {
        let users = self.engine.users_of(noun, id).await?;
        if users.is_empty() {
            return Ok(());
        }
        let (seen, hidden): (Vec<_>, Vec<_>) =
            users.iter().partition(|user| self.sees(user.owner_id));
        let mut names: Vec<String> = seen
            .iter()
            .take(5)
            .map(|user| format!("the {} {} ({})", user.noun, user.id, user.name))
            .collect();
        if seen.len() > 5 {
            names.push(format!("{} more", seen.len() - 5));
        }
        if !hidden.is_empty() {
            names.push(format!("{} of other users", hidden.len()));
        }
        let message = format!("still in use by {}", names.join(", "));
        Err(Error {
            entity: Some(noun.word()),
            ..Error::new(Kind::Conflict, message)
        })
    }
}

/// What a job's owner may bring onto devices.
pub(super) struct Usable {
    numbers: [(Noun, HashSet<i64>); 2],
}

impl Usable {
    /// What the parameters of a job name and its owner may not use. Pointers begin with `at`.
    pub(super) fn missing(&self, at: &str, function: &str, parameters: &Value) -> Vec<FieldError> {
        if !FUNCTIONS.contains(&function) {
            return Vec::new();
        }
        let mut errors = Vec::new();
        for (noun, numbers) in &self.numbers {
            for (index, id) in named(*noun, parameters).into_iter().enumerate() {
                let comes_with_us =
                    *noun == Noun::Software && builtin().iter().any(|entry| entry.id == id);
                if !comes_with_us && !numbers.contains(&id) {
                    errors.push(FieldError {
                        pointer: format!("{at}{}/{index}", noun.pointer()),
                        message: format!(
                            "there is no {} {id} that the job's owner may use",
                            noun.word()
                        ),
                        message_ar: Some(format!(
                            "لا يوجد {} رقمه {id} يجوز لمالك المهمة استخدامه",
                            noun.arabic()
                        )),
                    });
                }
            }
        }
        errors
    }
}

impl Engine {
    /// What this user's jobs may bring onto devices. Which devices they may name is for `device_targets`.
    pub(super) async fn usable_things(&self, owner_id: i64) -> Result<Usable> {
        let db = &self.inner.store.db;
        let user = self.cleanup_scope(owner_id, None).await?;
        Ok(Usable {
            numbers: [
                (Noun::File, uses::usable(db, Noun::File, user).await?),
                (
                    Noun::Software,
                    uses::usable(db, Noun::Software, user).await?,
                ),
            ],
        })
    }

    /// The first of these that this user may not use.
    pub(super) async fn unusable(&self, noun: Noun, user: i64, ids: &[i64]) -> Result<Option<i64>> {
        if ids.is_empty() {
            return Ok(None);
        }
        let usable = uses::usable(&self.inner.store.db, noun, Some(user)).await?;
        Ok(ids.iter().copied().find(|id| !usable.contains(id)))
    }

    /// Jobs and catalogue entries that name this thing.
    async fn users_of(&self, noun: Noun, id: i64) -> Result<Vec<User>> {
        let db = &self.inner.store.db;
        let mut users = Vec::new();
        for function in FUNCTIONS {
            for job in uses::jobs_of(db, function).await? {
                if named(noun, &job.parameters).contains(&id) {
                    users.push(User {
                        noun: "job",
                        id: job.job_id,
                        name: job.name,
                        owner_id: job.owner_id,
                    });
                }
            }
        }
        if matches!(noun, Noun::File | Noun::Software) {
            for entry in software::list(db, None).await? {
                let definition = &entry.definition;
                let uses = match noun {
                    Noun::Software => definition.dependencies.contains(&id),
                    _ => definition
                        .platforms
                        .values()
                        .any(|platform| platform.file == Some(id)),
                };
                if uses {
                    users.push(User {
                        noun: "software",
                        id: entry.id,
                        name: entry.name,
                        owner_id: entry.owner_id,
                    });
                }
            }
        }
        Ok(users)
    }
}
