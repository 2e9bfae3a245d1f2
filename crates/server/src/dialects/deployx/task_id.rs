//! The number of a task in a path. What is not one names no task.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use http::StatusCode;
use http::request::Parts;

use crate::http::failure::Failure;

/// The number in `{id}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaskId(pub(super) i64);

/// There is no such task, or it is somebody else's.
pub(super) fn no_task() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "not_found", "Task not found")
}

impl<S: Send + Sync> FromRequestParts<S> for TaskId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(all) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| no_task())?;
        all.get("id")
            .and_then(|text| text.parse().ok())
            .filter(|id| *id > 0)
            .map(Self)
            .ok_or_else(no_task)
    }
}
