//! The engine: store, clock, catalogue, and what happens by itself.

use std::sync::Arc;

use orloj_tasks::Catalogue;

use crate::announce::{Announcement, Announcer};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::error::Result;
use crate::model::{Actor, Mode};
use crate::operations::accounts_state::AccountsState;
use crate::store::{Store, StoreLocation};

/// What an engine is opened with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where the data are.
    pub store: StoreLocation,
    /// How this process takes part.
    pub mode: Mode,
}

/// A scheduler's engine; clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: EngineConfig,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) catalogue: Catalogue,
    pub(crate) announcer: Announcer,
    pub(crate) accounts: AccountsState,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens and migrates the store. Nothing runs until the engine is started.
    pub async fn open(config: EngineConfig, catalogue: Catalogue, clock: Clock) -> Result<Self> {
        let store = Store::open(&config.store, clock.now_us()).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                store,
                clock,
                catalogue,
                announcer: Announcer::new(),
                accounts: AccountsState::new(),
            }),
        })
    }

    /// The engine asked by somebody.
    pub fn caller(&self, actor: Actor) -> Caller {
        Caller {
            engine: self.clone(),
            actor,
        }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The task functions.
    pub fn catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    /// Announcements from now on.
    pub fn announcements(&self) -> tokio::sync::broadcast::Receiver<Announcement> {
        self.inner.announcer.listen()
    }
}
