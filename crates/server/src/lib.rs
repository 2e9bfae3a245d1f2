//! orloj-server
