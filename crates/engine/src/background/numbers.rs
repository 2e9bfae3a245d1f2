//! Numbers for executions and jobs, taken from the database in blocks.

use tokio::sync::Mutex;

use crate::error::Result;
use crate::store::{Db, instances};

/// A sequence of which a block is held in memory. What is left of a block when the process ends is not used.
#[derive(Debug)]
pub(crate) struct Numbers {
    sequence: &'static str,
    block: i64,
    held: Mutex<(i64, i64)>,
}

impl Numbers {
    pub(crate) fn new(sequence: &'static str, block: i64) -> Self {
        Self {
            sequence,
            block,
            held: Mutex::new((0, 0)),
        }
    }

    /// The first of `count` numbers that follow each other.
    pub(crate) async fn take(&self, db: &Db, count: usize) -> Result<i64> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let mut held = self.held.lock().await;
        if held.1 - held.0 < count {
            let size = self.block.max(count);
            let mut tx = db.begin_engine().await?;
            let first = instances::take_numbers(&mut tx, self.sequence, size).await?;
            tx.commit().await?;
            *held = (first, first + size);
        }
        let first = held.0;
        held.0 += count;
        Ok(first)
    }
}
