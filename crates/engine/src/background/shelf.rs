//! Compiled definitions of the jobs that ran lately, so that claiming work does not parse and compile the same job
//! again and again. Whether a definition still holds is asked of the database every time: only its version is read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::attempt::Item;
use super::definition::Definition;
use crate::engine::Inner;
use crate::error::Result;
use crate::store::hot::Live;
use crate::store::{jobs, logs};

/// The shelf is emptied when it holds more than this.
const MOST: usize = 20_000;

/// Definitions by number of the job.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    held: HashMap<i64, Arc<Definition>>,
}

impl Shelf {
    /// Joins leased rows with the definitions they run. A row whose job cannot be read waits for the next try.
    pub(crate) async fn items(&mut self, engine: &Inner, rows: Vec<Live>) -> Vec<Item> {
        if rows.is_empty() {
            return Vec::new();
        }
        let mut ids: Vec<i64> = rows.iter().map(|live| live.job_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut pause = Duration::from_millis(20);
        while let Err(error) = self.refresh(engine, &ids).await {
            tracing::warn!(%error, "cannot read the jobs of leased executions yet");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
        let mut items = Vec::with_capacity(rows.len());
        for mut live in rows {
            let Some(definition) = self.held.get(&live.job_id).map(Arc::clone) else {
                continue;
            };
            if live.attempt > 1 || live.first_started_at.is_some() {
                // Only the numbering of log lines depends on it; without it the lines of this attempt start at 1 again.
                live.log_lines = logs::line_count(&engine.store.db, live.id)
                    .await
                    .unwrap_or(0);
            }
            items.push(Item::new(live, definition));
        }
        items
    }

    /// Brings the definitions of these jobs up to date.
    async fn refresh(&mut self, engine: &Inner, ids: &[i64]) -> Result<()> {
        let db = &engine.store.db;
        if self.held.len() > MOST {
            self.held.clear();
        }
        let known = ids.iter().any(|id| self.held.contains_key(id));
        let current = if known {
            jobs::current_versions(db, ids).await?
        } else {
            HashMap::new()
        };
        let held = &self.held;
        let stale: Vec<i64> = ids
            .iter()
            .filter(|id| {
                let there = held.get(id).map(|definition| definition.version);
                there.is_none() || there != current.get(id).copied()
            })
            .copied()
            .collect();
        if stale.is_empty() {
            return Ok(());
        }
        let read = jobs::definitions(db, &stale).await?;
        for id in &stale {
            self.held.remove(id);
        }
        self.held.extend(
            read.iter()
                .filter_map(|stored| Some((stored.job.id, Definition::compile(stored)?))),
        );
        Ok(())
    }
}
