//! Sets of actions.

/// A run of action numbers, both ends included
type Run = (u32, u32);

/// A set of action numbers as sorted, disjoint runs
///
/// Runs instead of bits: a statement names one service or a few actions, and a complement costs no more than the set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ActionRuns(Vec<Run>);

impl ActionRuns {
    /// Returns the union of runs that come in any order.
    pub(super) fn joined(mut parts: Vec<Run>) -> Self {
        parts.sort_unstable();
        let mut runs: Vec<Run> = Vec::with_capacity(parts.len());
        for (start, end) in parts {
            match runs.last_mut() {
                Some((_, last)) if start <= last.saturating_add(1) => *last = end.max(*last),
                Some(_) | None => runs.push((start, end)),
            }
        }
        Self(runs)
    }

    pub(super) fn complement(&self, count: u32) -> Self {
        let mut runs = Vec::new();
        let mut next = 0;
        for &(start, end) in &self.0 {
            if next < start {
                runs.push((next, start.saturating_sub(1)));
            }
            next = end.saturating_add(1);
        }
        if next < count {
            runs.push((next, count.saturating_sub(1)));
        }
        Self(runs)
    }

    pub(crate) fn contains(&self, action: u32) -> bool {
        let index = self.0.partition_point(|&(_, end)| end < action);
        self.0.get(index).is_some_and(|&(start, _)| start <= action)
    }

    /// Returns whether one of the actions (ascending) is in the set.
    pub(crate) fn meets(&self, actions: &[u32]) -> bool {
        if actions.len() < self.0.len() {
            return actions.iter().any(|&action| self.contains(action));
        }
        self.0.iter().any(|&(start, end)| {
            let first = actions.partition_point(|&action| action < start);
            actions.get(first).is_some_and(|&action| action <= end)
        })
    }

    /// Returns those of some actions (ascending) that are in the set.
    pub(crate) fn among<'a>(&'a self, actions: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        self.0.iter().flat_map(|&(start, end)| {
            let first = actions.partition_point(|&action| action < start);
            let rest = actions.get(first..).unwrap_or_default();
            rest.iter().copied().take_while(move |&action| action <= end)
        })
    }

    /// Returns first and last number of each run.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|&(start, end)| start..=end)
    }
}
