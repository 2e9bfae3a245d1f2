//! Pure decisions: no clock, no I/O, no randomness of their own.
