//! orloj-tasks
