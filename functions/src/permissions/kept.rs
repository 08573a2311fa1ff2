//! Keeps a few things of former requests in a warm function. The least recently used goes first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps at most so many values by key, and no more than a sum of sizes
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    most: usize,
    /// The largest sum of sizes; one value alone may be larger
    largest: u64,
    /// The most recently used first, each with its size
    entries: Mutex<VecDeque<(K, V, u64)>>,
}

impl<K: Eq, V: Clone> Kept<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self::bounded(most, u64::MAX)
    }

    /// Keeps at most `most` values, and values that [`Kept::put_sized`] says to have `largest` together.
    pub(super) fn bounded(most: usize, largest: u64) -> Self {
        Self {
            most,
            largest,
            entries: Mutex::new(VecDeque::new()),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let mut entries = self.entries();
        let index = entries.iter().position(|(known, _, _)| known == key)?;
        let entry = entries.remove(index)?;
        let value = entry.1.clone();
        entries.push_front(entry);
        Some(value)
    }

    pub(super) fn put(&self, key: K, value: V) {
        self.put_sized(key, value, 0);
    }

    pub(super) fn put_sized(&self, key: K, value: V, size: u64) {
        let mut entries = self.entries();
        entries.retain(|(known, _, _)| *known != key);
        entries.push_front((key, value, size));
        let mut sum = 0_u64;
        let fits = entries.iter().take(self.most).take_while(|(_, _, size)| {
            sum = sum.saturating_add(*size);
            sum <= self.largest
        });
        let fits = fits.count().max(1);
        entries.truncate(fits);
    }

    pub(super) fn remove(&self, key: &K) {
        self.entries().retain(|(known, _, _)| known != key);
    }

    /// Returns the entries. They are whole also after a panic, because each change is one call.
    fn entries(&self) -> MutexGuard<'_, VecDeque<(K, V, u64)>> {
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
        kept.remove(&"a");
        assert_eq!([kept.get(&"a"), kept.get(&"c")], [None, Some(3)]);
    }

    #[test]
    fn what_is_too_large_together_goes_and_the_last_one_stays() {
        let kept = Kept::bounded(9, 10);
        kept.put_sized("a", 1, 4);
        kept.put_sized("b", 2, 4);
        kept.put_sized("c", 3, 4);
        assert_eq!(
            [kept.get(&"a"), kept.get(&"b"), kept.get(&"c")],
            [None, Some(2), Some(3)]
        );
        kept.put_sized("d", 4, 11);
        assert_eq!([kept.get(&"b"), kept.get(&"d")], [None, Some(4)]);
    }
}
