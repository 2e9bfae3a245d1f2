//! orloj-engine
