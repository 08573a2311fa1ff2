//! The sets that hold a number, found without looking through all sets.

use crate::cover::{Set, Wider};
use crate::steps::{OutOfSteps, Steps};

/// Holds for each number the sets that hold it.
pub(super) struct Postings {
    sets: Vec<usize>,
    starts: Vec<usize>,
}

impl Postings {
    pub(super) fn of<'s>(numbers: usize, sets: impl Iterator<Item = &'s Set> + Clone) -> Self {
        let mut starts = vec![0; numbers + 1];
        for id in sets.clone().flat_map(|set| &set.widest) {
            if let Some(count) = starts.get_mut(id + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut next = starts.clone();
        let mut holders = vec![0; total];
        for (number, set) in sets.enumerate() {
            for id in &set.widest {
                if let Some(next) = next.get_mut(*id)
                    && let Some(slot) = holders.get_mut(*next)
                {
                    *slot = number;
                    *next += 1;
                }
            }
        }
        Self {
            sets: holders,
            starts,
        }
    }

    fn holding(&self, id: usize) -> &[usize] {
        match (self.starts.get(id), self.starts.get(id + 1)) {
            (Some(start), Some(end)) => self.sets.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Returns the sets that hold the number or a wider one; some may come twice.
    pub(super) fn covering(
        &self,
        id: usize,
        wider: &Wider,
        steps: &mut Steps,
    ) -> Result<Vec<usize>, OutOfSteps> {
        let mut found = Vec::new();
        for id in std::iter::once(&id).chain(wider.than(id)) {
            let holding = self.holding(*id);
            steps.spend(1 + holding.len())?;
            found.extend(holding);
        }
        Ok(found)
    }

    /// Returns the element of the set with the fewest sets to search, and their number: what covers the whole covers
    /// it.
    pub(super) fn rarest(&self, set: &Set, wider: &Wider) -> (usize, usize) {
        let count = |id: usize| {
            std::iter::once(&id)
                .chain(wider.than(id))
                .map(|id| self.holding(*id).len())
                .sum()
        };
        let mut rarest = (0, usize::MAX);
        for id in set.widest.iter().copied() {
            let count: usize = count(id);
            if count < rarest.1 {
                rarest = (id, count);
            }
            if count <= 1 {
                break; // only the set itself
            }
        }
        rarest
    }
}
