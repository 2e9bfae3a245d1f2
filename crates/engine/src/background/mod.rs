//! What happens by itself, one duty per file.
