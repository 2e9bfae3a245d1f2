//! orloj-wire
