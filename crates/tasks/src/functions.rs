//! The task functions that come with the product, one file each.
//!
//! To add one: write its file and add its line to [`all`].

use std::sync::Arc;

use crate::function::TaskFunction;

mod echo;
mod history_cleanup;
mod script;

/// Every built-in function.
pub(crate) fn all() -> Vec<Arc<dyn TaskFunction>> {
    vec![
        Arc::new(echo::Echo::new()),
        Arc::new(history_cleanup::HistoryCleanupTask::new()),
        Arc::new(script::Script::new()),
    ]
}
