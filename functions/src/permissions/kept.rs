//! Keeps a few things of former requests in a warm function. The least recently used goes first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// At most so many values by key
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    most: usize,
    /// The most recently used first
    entries: Mutex<VecDeque<(K, V)>>,
}

impl<K: Eq, V: Clone> Kept<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            entries: Mutex::new(VecDeque::new()),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let mut entries = self.entries();
        let index = entries.iter().position(|(known, _)| known == key)?;
        let entry = entries.remove(index)?;
        let value = entry.1.clone();
        entries.push_front(entry);
        Some(value)
    }

    pub(super) fn put(&self, key: K, value: V) {
        let mut entries = self.entries();
        entries.retain(|(known, _)| *known != key);
        entries.push_front((key, value));
        entries.truncate(self.most);
    }

    /// Whole also after a panic of somebody who held it: each change is one call.
    fn entries(&self) -> MutexGuard<'_, VecDeque<(K, V)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let kept = Kept::new(2);
        kept.put("a", 1);
        kept.put("b", 2);
        assert_eq!(kept.get(&"a"), Some(1));
        kept.put("c", 3);
        assert_eq!(
            [kept.get(&"a"), kept.get(&"b"), kept.get(&"c")],
            [Some(1), None, Some(3)]
        );
        kept.put("a", 4);
        assert_eq!([kept.get(&"a"), kept.get(&"c")], [Some(4), Some(3)]);
    }
}
