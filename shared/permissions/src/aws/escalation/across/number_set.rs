//! Sets of numbers that take little memory, because most of them are consecutive and many sets are equal.

use super::numbered::long;
use crate::aws::escalation::ways::{AtLevels, Level};
use fixedbitset::FixedBitSet;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::rc::Rc;

/// Consecutive numbers, all of them certain or all only possible
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Run {
    start: u32,
    /// The number behind the last one
    end: u32,
    certain: bool,
}

/// A set of numbers in ascending order, each with whether it is certain
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct NumberSet(Box<[Run]>);

impl Run {
    fn range(self) -> Range<usize> {
        long(self.start)..long(self.end)
    }

    const fn is_at(self, level: Level) -> bool {
        self.certain || matches!(level, Level::Possible)
    }
}

impl FromIterator<(u32, bool)> for NumberSet {
    /// Makes a set of numbers in any order. A number that comes twice is certain if it is certain once.
    fn from_iter<I: IntoIterator<Item = (u32, bool)>>(numbers: I) -> Self {
        let mut numbers: Vec<(u32, bool)> = numbers.into_iter().collect();
        // What is certain comes first.
        numbers.sort_unstable_by_key(|(number, certain)| (*number, !certain));
        numbers.dedup_by_key(|(number, _)| *number);
        let mut runs: Vec<Run> = Vec::new();
        for (number, certain) in numbers {
            match runs.last_mut() {
                Some(run) if run.certain == certain && run.end == number => {
                    run.end = number.saturating_add(1);
                }
                _ => runs.push(Run {
                    start: number,
                    end: number.saturating_add(1),
                    certain,
                }),
            }
        }
        Self(runs.into())
    }
}

impl NumberSet {
    /// Returns the number of runs, which says how much memory the set takes.
    #[cfg(test)]
    pub(super) const fn runs(&self) -> usize {
        self.0.len()
    }

    fn ranges(&self, level: Level) -> impl Iterator<Item = Range<usize>> + '_ {
        let runs = self.0.iter().filter(move |run| run.is_at(level));
        runs.map(|run| run.range())
    }

    /// Returns the numbers, each with whether it is certain.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, bool)> + '_ {
        let runs = self.0.iter();
        runs.flat_map(|run| (run.start..run.end).map(|number| (number, run.certain)))
    }

    /// Returns the set under other numbers. `renumbered` has the pairs of old and new numbers, in the order of the old ones;
    /// a number without a new one is left out.
    pub(super) fn renumbered<'s>(
        &'s self,
        renumbered: &'s [(u32, u32)],
    ) -> impl Iterator<Item = (u32, bool)> + 's {
        self.0.iter().flat_map(|run| {
            let start = renumbered.partition_point(|(old, _)| *old < run.start);
            let rest = renumbered.get(start..).unwrap_or_default();
            let own = rest.iter().take_while(|(old, _)| *old < run.end);
            own.map(|(_, new)| (*new, run.certain))
        })
    }
}

impl AtLevels for Rc<NumberSet> {
    fn add_to(&self, level: Level, all: &mut FixedBitSet) {
        for range in self.ranges(level) {
            all.grow(range.end);
            all.insert_range(range);
        }
    }

    fn has(&self, level: Level, number: usize) -> bool {
        let after = self.0.partition_point(|run| run.range().start <= number);
        let run = after.checked_sub(1).and_then(|place| self.0.get(place));
        run.is_some_and(|run| run.is_at(level) && run.range().contains(&number))
    }

    fn within<'s>(&'s self, level: Level, other: &'s FixedBitSet) -> impl Iterator<Item = usize> + 's {
        let numbers = self.ranges(level).flatten();
        numbers.filter(|number| other.contains(*number))
    }

    fn beyond<'s>(&'s self, level: Level, other: &'s FixedBitSet) -> impl Iterator<Item = usize> + 's {
        let numbers = self.ranges(level).flatten();
        numbers.filter(|number| !other.contains(*number))
    }
}
