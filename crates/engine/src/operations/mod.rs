//! What may be asked, one noun per file: permission, rule, store, announcement.
