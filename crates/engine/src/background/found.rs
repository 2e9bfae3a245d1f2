//! What was found in the database and may be told of once more.
//!
//! Whoever commits a lease tells the dispatcher of it. Meanwhile somebody else, who looks for leases of which nobody told,
//! may find it, and it may start and end before the telling comes: it must not start a second time then.

use std::collections::{HashSet, VecDeque};

/// So many are remembered; the oldest are forgotten first.
const MOST: usize = 50_000;

/// Numbers of executions that were found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    known: HashSet<i64>,
    order: VecDeque<i64>,
}

impl Found {
    /// This one was found.
    pub(crate) fn remember(&mut self, id: i64) {
        if !self.known.insert(id) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// Whether this one was found before it was told of, which happens once.
    pub(crate) fn take(&mut self, id: i64) -> bool {
        self.known.remove(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_told_of_once_more_and_not_twice() {
        let mut found = Found::default();
        assert!(!found.take(7));
        found.remember(7);
        found.remember(7);
        assert!(found.take(7));
        assert!(!found.take(7));
    }

    #[test]
    fn memory_is_bounded() {
        let mut found = Found::default();
        for id in 0..60_000 {
            found.remember(id);
        }
        assert_eq!(found.order.len(), MOST);
        assert!(!found.take(9_999) && found.take(10_000) && found.take(59_999));
    }
}
