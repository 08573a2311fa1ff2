//! Holds sets of numbers: those that are certain and those that are possible.

use fixedbitset::FixedBitSet;

/// Says how sure a path must be
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Certain,
    /// Certain, or under a condition that no document decides
    Possible,
}

/// A set of numbers, some of them certain and the others only possible, as a search reads it
pub(super) trait AtLevels {
    /// Adds the numbers of a level to a set.
    fn add_to(&self, level: Level, all: &mut FixedBitSet);

    /// Returns whether a number is in the set at a level.
    fn has(&self, level: Level, number: usize) -> bool;

    /// Returns the numbers of a level that are in the other set as well, in their order.
    fn within<'s>(&'s self, level: Level, other: &'s FixedBitSet) -> impl Iterator<Item = usize> + 's;

    /// Returns the numbers of a level that are not in the other set, in their order.
    fn beyond<'s>(&'s self, level: Level, other: &'s FixedBitSet) -> impl Iterator<Item = usize> + 's;
}

/// Things that something can be done to; all that is certain is possible
#[derive(Debug, Clone, Default)]
pub(super) struct Ways {
    certain: FixedBitSet,
    possible: FixedBitSet,
}

impl Ways {
    pub(super) const fn at(&self, level: Level) -> &FixedBitSet {
        match level {
            Level::Certain => &self.certain,
            Level::Possible => &self.possible,
        }
    }

    /// Makes a set of which everything is certain.
    pub(super) fn certainly(all: FixedBitSet) -> Self {
        Self {
            possible: all.clone(),
            certain: all,
        }
    }

    pub(super) fn add(&mut self, number: usize, certain: bool) {
        insert(&mut self.possible, number);
        if certain {
            insert(&mut self.certain, number);
        }
    }

    pub(super) fn add_all(&mut self, numbers: &FixedBitSet, certain: bool) {
        self.possible.union_with(numbers);
        if certain {
            self.certain.union_with(numbers);
        }
    }

    /// Returns whether nothing is in the set, not even something possible.
    pub(super) fn is_empty(&self) -> bool {
        self.possible.is_clear()
    }

    /// Returns whether something is in the set: `Some(true)` certainly, `Some(false)` perhaps, `None` not at all.
    pub(super) fn any(&self) -> Option<bool> {
        (!self.possible.is_clear()).then(|| !self.certain.is_clear())
    }

    pub(super) fn unite(&mut self, other: &Self) {
        self.certain.union_with(&other.certain);
        self.possible.union_with(&other.possible);
    }

    pub(super) fn intersect(&mut self, other: &Self) {
        self.certain.intersect_with(&other.certain);
        self.possible.intersect_with(&other.possible);
    }

    /// Keeps only the numbers of a set.
    pub(super) fn keep(&mut self, set: &FixedBitSet) {
        self.certain.intersect_with(set);
        self.possible.intersect_with(set);
    }

    /// Makes everything in the set uncertain.
    pub(super) fn doubt(&mut self) {
        self.certain.clear();
    }

    /// Returns the numbers, each with whether it is certain.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        self.possible
            .ones()
            .map(|number| (number, self.certain.contains(number)))
    }

    /// Returns whether the number is in the set: `Some(true)` certainly, `Some(false)` perhaps, `None` not at all.
    pub(super) fn get(&self, number: usize) -> Option<bool> {
        self.possible
            .contains(number)
            .then(|| self.certain.contains(number))
    }
}

impl AtLevels for Ways {
    fn add_to(&self, level: Level, all: &mut FixedBitSet) {
        all.union_with(self.at(level));
    }

    fn has(&self, level: Level, number: usize) -> bool {
        self.at(level).contains(number)
    }

    fn within<'s>(&'s self, level: Level, other: &'s FixedBitSet) -> impl Iterator<Item = usize> + 's {
        self.at(level).intersection(other)
    }

    fn beyond<'s>(&'s self, level: Level, other: &'s FixedBitSet) -> impl Iterator<Item = usize> + 's {
        self.at(level).difference(other)
    }
}

/// Adds a number to a set of any size.
pub(super) fn insert(set: &mut FixedBitSet, number: usize) {
    set.grow(number.saturating_add(1));
    set.insert(number);
}
