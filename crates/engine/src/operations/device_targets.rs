//! Which devices a job means: checked when it is saved, resolved when it runs.

use std::collections::BTreeSet;

use orloj_tasks::{Category, Targets, TaskFunction};
use serde::Deserialize as _;
use serde_json::Value;

use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::model::Device;
use crate::rules::uses::Noun;
use crate::store::{devices, uses};

/// More errors than this help nobody.
const MOST_ERRORS: usize = 20;

/// Devices and groups that a job's owner may use.
#[derive(Debug, Default)]
pub(super) struct Usable {
    devices: BTreeSet<i64>,
    groups: BTreeSet<i64>,
}

/// What of these parameters names devices or groups that are not to be used. Only functions that devices work for have
/// targets; whether they are well-formed, the function itself has checked.
pub(super) fn unknown_targets(
    pointer: &str,
    function: Option<&std::sync::Arc<dyn TaskFunction>>,
    parameters: &Value,
    usable: &Usable,
) -> Vec<FieldError> {
    let is_for_devices =
        function.is_some_and(|function| function.info().category == Category::Devices);
    let targets = parameters.get("targets").map(Targets::deserialize);
    let (true, Some(Ok(targets))) = (is_for_devices, targets) else {
        return Vec::new();
    };
    let strange = |kind: &'static str, wanted: &[i64], known: &BTreeSet<i64>| {
        let noun = if kind == "devices" { "device" } else { "group" };
        let noun_ar = if kind == "devices" {
            "جهاز"
        } else {
            "مجموعة"
        };
        wanted
            .iter()
            .enumerate()
            .filter(|(_, id)| !known.contains(id))
            .map(|(index, id)| FieldError {
                pointer: format!("{pointer}/targets/{kind}/{index}"),
                message: format!("there is no {noun} {id} that the job's owner may use"),
                message_ar: Some(format!(
                    "لا يوجد {noun_ar} رقمه {id} يجوز لمالك المهمة استخدامه"
                )),
            })
            .collect::<Vec<_>>()
    };
    let mut errors = strange("devices", &targets.devices, &usable.devices);
    errors.append(&mut strange("groups", &targets.groups, &usable.groups));
    errors.truncate(MOST_ERRORS);
    errors
}

impl Engine {
    /// What this owner's jobs may name.
    pub(super) async fn usable_targets(&self, owner_id: i64) -> Result<Usable> {
        let db = &self.inner.store.db;
        let visible = self.cleanup_scope(owner_id, None).await?;
        Ok(Usable {
            devices: devices::usable_ids(db, visible).await?,
            groups: uses::usable(db, Noun::Group, visible)
                .await?
                .into_iter()
                .collect(),
        })
    }

    /// The devices that a run of this owner's job means now, by number. Revoked ones are left out of groups.
    pub(crate) async fn targets_for_run(
        &self,
        run_owner: i64,
        targets: &Targets,
    ) -> Result<Vec<Device>> {
        let visible = self.cleanup_scope(run_owner, None).await?;
        let db = &self.inner.store.db;
        let now = self.inner.clock.now_us();
        let members = self.group_members(visible, &targets.groups).await?;
        let wanted: BTreeSet<i64> = targets.devices.iter().copied().collect();
        let all: Vec<i64> = wanted.union(&members).copied().collect();
        let found = devices::find_all(db, &all, visible, now).await?;
        let known: BTreeSet<i64> = found.iter().map(|device| device.id).collect();
        if let Some(missing) = wanted.iter().find(|id| !known.contains(id)) {
            return Err(Error::new(
                crate::error::Kind::NotFound,
                format!("there is no device {missing} that the job's owner may use"),
            ));
        }
        let counts = |device: &Device| wanted.contains(&device.id) || device.revoked_at.is_none();
        Ok(found.into_iter().filter(counts).collect())
    }
}
