//! How far running executions say they are. Held in memory only: it is of no use after a restart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Percent and note by execution.
#[derive(Debug, Default)]
pub(crate) struct ProgressBoard {
    board: Mutex<HashMap<i64, (u8, Option<String>)>>,
}

impl ProgressBoard {
    pub(crate) fn set(&self, execution: i64, percent: u8, note: Option<&str>) {
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        board.insert(execution, (percent, note.map(str::to_owned)));
    }

    pub(crate) fn get(&self, execution: i64) -> Option<u8> {
        self.board
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&execution)
            .map(|(percent, _)| *percent)
    }

    pub(crate) fn forget(&self, execution: i64) {
        self.board
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&execution);
    }
}
