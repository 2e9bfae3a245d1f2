//! orloj-schedule
