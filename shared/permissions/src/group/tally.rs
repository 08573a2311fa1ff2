//! Counts how many rows each group has.

use super::Item;
use super::item::group_id;
use crate::row::{
    ActionValues, DestinationValues, EntityValues, LastAccessValues, Moved, PolicyValues, SourceValues,
    Values, start,
};
use foldhash::{HashMap, HashMapExt};
use model::permissions::{GroupBy, GroupByField};
use std::cmp::Reverse;
use std::hash::Hash;

/// Most groups of one result: with more of them a function would run out of memory
const MOST_GROUPS: usize = 2_000_000;

/// The result has more groups than can be counted at once
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the result has more than {MOST_GROUPS} groups")]
pub struct TooManyGroups;

/// Distinct values by number
#[derive(Debug)]
struct Numbers<T> {
    numbers: HashMap<T, u32>,
    values: Vec<T>,
}

impl<T: Copy + Eq + Ord + Hash> Numbers<T> {
    fn new() -> Self {
        Self {
            numbers: HashMap::new(),
            values: Vec::new(),
        }
    }

    fn of(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(value).or_insert_with(|| {
            self.values.push(value);
            next
        })
    }

    /// Returns the values in their order, and the rank of each number.
    fn sorted(self) -> (Vec<T>, Vec<u32>) {
        let mut order: Vec<(T, u32)> = self.values.into_iter().zip(0..).collect();
        order.sort_unstable();
        let mut ranks = vec![0; order.len()];
        for ((_, number), rank) in order.iter().zip(0..) {
            let slot = usize::try_from(*number)
                .ok()
                .and_then(|number| ranks.get_mut(number));
            if let Some(slot) = slot {
                *slot = rank;
            }
        }
        (order.into_iter().map(|(value, _)| value).collect(), ranks)
    }
}

/// A group by the numbers of its parts
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) source: u32,
    pub(crate) entity: u32,
    pub(crate) policy: u32,
    pub(crate) action: u32,
    pub(crate) destination: u32,
    pub(crate) last_access: u32,
}

/// Rows of groups while they are counted
#[derive(Debug)]
pub(crate) struct Tally<'s> {
    by: GroupBy,
    sources: Numbers<SourceValues<'s>>,
    entities: Numbers<EntityValues<'s>>,
    policies: Numbers<PolicyValues<'s>>,
    actions: Numbers<ActionValues<'s>>,
    destinations: Numbers<DestinationValues<'s>>,
    last_accesses: Numbers<LastAccessValues>,
    /// Below zero only while rows are counted that others will outweigh
    counts: HashMap<Key, i64>,
}

impl<'s> Tally<'s> {
    pub(crate) fn new(by: GroupBy) -> Self {
        Self {
            by,
            sources: Numbers::new(),
            entities: Numbers::new(),
            policies: Numbers::new(),
            actions: Numbers::new(),
            destinations: Numbers::new(),
            last_accesses: Numbers::new(),
            counts: HashMap::new(),
        }
    }

    /// Returns whether rows of one policy and source can be in different groups.
    pub(crate) fn tells_rows_apart(&self) -> bool {
        let fields = [
            GroupByField::Action,
            GroupByField::Destination,
            GroupByField::DestCloudAccount,
        ];
        fields.into_iter().any(|field| self.by.has(field))
    }

    /// Returns whether rows are in different groups when their actions were last used at different times.
    pub(crate) const fn tells_uses_apart(&self) -> bool {
        self.by.has(GroupByField::LastAccess)
    }

    pub(crate) fn source(&mut self, values: SourceValues<'s>) -> u32 {
        self.sources.of(values.chosen(self.by))
    }

    pub(crate) fn entity(&mut self, values: EntityValues<'s>) -> u32 {
        self.entities.of(values.chosen(self.by))
    }

    pub(crate) fn policy(&mut self, values: PolicyValues<'s>) -> u32 {
        self.policies.of(values.chosen(self.by))
    }

    pub(crate) fn action(&mut self, values: ActionValues<'s>) -> u32 {
        self.actions.of(values.chosen(self.by))
    }

    pub(crate) fn destination(&mut self, values: DestinationValues<'s>) -> u32 {
        self.destinations.of(values.chosen(self.by))
    }

    pub(crate) fn last_access(&mut self, values: LastAccessValues) -> u32 {
        self.last_accesses.of(values.chosen(self.by))
    }

    /// Adds rows to a group.
    pub(crate) fn add(&mut self, key: Key, rows: i64) -> Result<(), TooManyGroups> {
        let count = self.counts.entry(key).or_insert(0);
        *count = count.saturating_add(rows);
        if self.counts.len() > MOST_GROUPS {
            return Err(TooManyGroups);
        }
        Ok(())
    }

    /// Adds one row.
    pub(crate) fn add_row(&mut self, values: &Values<'s>) -> Result<(), TooManyGroups> {
        self.add_rows(values, 1)
    }

    /// Adds rows with the same values.
    pub(crate) fn add_rows(&mut self, values: &Values<'s>, rows: i64) -> Result<(), TooManyGroups> {
        let key = Key {
            source: self.source(values.source),
            entity: self.entity(values.entity),
            policy: self.policy(values.policy),
            action: self.action(values.action),
            destination: self.destination(values.destination),
            last_access: self.last_access(values.last_access),
        };
        self.add(key, rows)
    }

    /// Returns all groups, with the largest groups first.
    pub(crate) fn finish(self) -> Groups<'s> {
        let (sources, source) = self.sources.sorted();
        let (entities, entity) = self.entities.sorted();
        let (policies, policy) = self.policies.sorted();
        let (actions, action) = self.actions.sorted();
        let (destinations, destination) = self.destinations.sorted();
        let (last_accesses, last_access) = self.last_accesses.sorted();
        let rank = |ranks: &[u32], number: u32| {
            let number = usize::try_from(number).ok();
            number.and_then(|number| ranks.get(number)).copied().unwrap_or(0)
        };
        let counts = self.counts.into_iter();
        let mut groups: Vec<(Reverse<u64>, Key)> = counts
            .filter_map(|(key, count)| {
                let count = u64::try_from(count).ok().filter(|count| *count > 0)?;
                let key = Key {
                    source: rank(&source, key.source),
                    entity: rank(&entity, key.entity),
                    policy: rank(&policy, key.policy),
                    action: rank(&action, key.action),
                    destination: rank(&destination, key.destination),
                    last_access: rank(&last_access, key.last_access),
                };
                Some((Reverse(count), key))
            })
            .collect();
        groups.sort_unstable();
        Groups {
            order: groups,
            sources,
            entities,
            policies,
            actions,
            destinations,
            last_accesses,
        }
    }
}

/// Says where a page of groups ends
///
/// A position holds for one query over the same snapshot and the same own grants. The last group shows whether the groups
/// are still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupPosition {
    /// Groups up to there
    pub before: u64,
    /// Start of the id of the last group
    pub last: u64,
}

/// The groups of a result: those with the most rows first, then in the order of their members
#[derive(Debug)]
pub struct Groups<'s> {
    /// The groups by places in the lists below
    order: Vec<(Reverse<u64>, Key)>,
    sources: Vec<SourceValues<'s>>,
    entities: Vec<EntityValues<'s>>,
    policies: Vec<PolicyValues<'s>>,
    actions: Vec<ActionValues<'s>>,
    destinations: Vec<DestinationValues<'s>>,
    last_accesses: Vec<LastAccessValues>,
}

impl<'s> Groups<'s> {
    /// Returns the number of groups.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.order.len() as u64
    }

    /// Returns the number of rows in all groups.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.order
            .iter()
            .fold(0, |sum, (Reverse(count), _)| sum.saturating_add(*count))
    }

    /// Returns the group of that number, from 0.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<Item<'s>> {
        let (values, rows) = self.values(number)?;
        Some(Item::group(&values, rows))
    }

    /// Returns the end of a page that has the groups before this number.
    #[must_use]
    pub fn position(&self, before: u64) -> Option<GroupPosition> {
        let (last, _) = self.values(before.checked_sub(1)?)?;
        (before < self.total()).then(|| GroupPosition {
            before,
            last: start(&group_id(&last)),
        })
    }

    /// Returns the number of the first group behind a position.
    ///
    /// # Errors
    /// [`Moved`].
    pub fn behind(&self, position: GroupPosition) -> Result<u64, Moved> {
        if self.position(position.before) == Some(position) {
            Ok(position.before)
        } else {
            Err(Moved)
        }
    }

    /// Returns the members of the group of that number, and its rows.
    pub(crate) fn values(&self, number: u64) -> Option<(Values<'s>, u64)> {
        let (Reverse(rows), key) = self.order.get(usize::try_from(number).ok()?)?;
        let values = Values {
            source: at(&self.sources, key.source)?,
            entity: at(&self.entities, key.entity)?,
            policy: at(&self.policies, key.policy)?,
            action: at(&self.actions, key.action)?,
            destination: at(&self.destinations, key.destination)?,
            last_access: at(&self.last_accesses, key.last_access)?,
        };
        Some((values, *rows))
    }
}

fn at<T: Copy>(values: &[T], place: u32) -> Option<T> {
    values.get(usize::try_from(place).ok()?).copied()
}
