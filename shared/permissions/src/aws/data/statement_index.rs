//! Finds the statements of a document that name an action, without reading all of them.

use super::StatementParts;
use super::actions::ActionRuns;
use std::borrow::Cow;

/// Statements that are few enough to be read one by one
const FEW: usize = 16;

/// The statements of one effect of a document
#[derive(Debug)]
pub(super) enum OfEffect {
    /// The places of statements that are read one by one, ascending
    Few(Box<[u32]>),
    Many(StatementIndex),
}

impl OfEffect {
    /// Makes a way to find some statements of a document.
    pub(super) fn new<'d>(statements: impl Iterator<Item = (u32, &'d StatementParts)>) -> Self {
        let statements: Vec<_> = statements.collect();
        let places = statements.iter().map(|(place, _)| *place);
        if statements.len() <= FEW {
            return Self::Few(places.collect());
        }
        let runs = statements.into_iter();
        Self::Many(StatementIndex::of_runs(
            runs.map(|(place, parts)| (place, &parts.actions)),
        ))
    }

    /// Returns the places of all statements that name the action, ascending. Places of statements that do not name it may be among them.
    pub(super) fn candidates(&self, action: u32) -> Cow<'_, [u32]> {
        match self {
            Self::Few(places) => Cow::Borrowed(places),
            Self::Many(index) => Cow::Owned(index.naming(action)),
        }
    }
}

/// Finds the statements of a document that name an action
///
/// A binary search tree in an array: the middle of a part of the array is the root of that part.
#[derive(Debug)]
pub(super) struct StatementIndex(Box<[Named]>);

/// Actions that a statement names
#[derive(Debug, Clone, Copy)]
struct Named {
    first: u32,
    last: u32,
    /// The last action that the part names of which this is the middle
    furthest: u32,
    statement: u32,
}

impl StatementIndex {
    fn of_runs<'d>(statements: impl Iterator<Item = (u32, &'d ActionRuns)>) -> Self {
        let mut named: Vec<Named> = statements
            .flat_map(|(statement, actions)| {
                actions.runs().iter().map(move |&(first, last)| Named {
                    first,
                    last,
                    furthest: last,
                    statement,
                })
            })
            .collect();
        named.sort_unstable_by_key(|one| (one.first, one.statement));
        reach(&mut named);
        Self(named.into())
    }

    /// Returns the statements that name an action, ascending.
    pub(super) fn naming(&self, action: u32) -> Vec<u32> {
        let mut found = Vec::new();
        search(&self.0, action, &mut found);
        found.sort_unstable();
        found
    }
}

fn middle<T>(part: &[T]) -> Option<(&[T], &T, &[T])> {
    let (before, rest) = part.split_at_checked(part.len() / 2)?;
    let (one, after) = rest.split_first()?;
    Some((before, one, after))
}

/// Fills in the last action of each part.
fn reach(part: &mut [Named]) -> u32 {
    let Some((before, rest)) = part.split_at_mut_checked(part.len() / 2) else {
        return 0;
    };
    let Some((one, after)) = rest.split_first_mut() else {
        return 0;
    };
    one.furthest = one.last.max(reach(before)).max(reach(after));
    one.furthest
}

fn search(part: &[Named], action: u32, found: &mut Vec<u32>) {
    #[cfg(test)]
    tests::STEPS.with(|steps| steps.set(steps.get() + 1));
    let Some((before, one, after)) = middle(part).filter(|(_, one, _)| one.furthest >= action) else {
        return;
    };
    search(before, action, found);
    if one.first <= action {
        if one.last >= action {
            found.push(one.statement);
        }
        search(after, action, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    thread_local! {
        /// Parts that were looked at, to tell how the work grows
        pub(super) static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    fn index(statements: &[ActionRuns]) -> StatementIndex {
        StatementIndex::of_runs((0..).zip(statements))
    }

    fn steps(statements: &[ActionRuns], action: u32) -> usize {
        let index = index(statements);
        STEPS.with(|steps| steps.set(0));
        index.naming(action);
        STEPS.with(Cell::get)
    }

    /// A policy of a resource has at most 20 KB, which are some hundreds of statements; these are more than ten times as many.
    #[test]
    fn a_search_among_many_statements_takes_few_steps_more_than_one_among_few() {
        let one_each = |count: u32| -> Vec<ActionRuns> {
            (0..count)
                .map(|action| ActionRuns::joined(vec![(action, action)]))
                .collect()
        };
        let (few, many) = (steps(&one_each(250), 100), steps(&one_each(4_000), 100));
        assert!(many <= few + 12, "{few} steps and {many}");
        // One statement names everything, and stands in front of all others.
        let mut with_all = one_each(4_000);
        with_all.insert(0, ActionRuns::joined(vec![(0, 4_000)]));
        assert!(steps(&with_all, 3_999) < 60, "{}", steps(&with_all, 3_999));
    }

    proptest! {
        #[test]
        fn exactly_the_statements_that_name_an_action_are_found_in_order(
            statements in prop::collection::vec(prop::collection::vec((0_u32..30, 0_u32..6), 0..4), 0..12),
            action in 0_u32..40,
        ) {
            let statements: Vec<ActionRuns> = statements
                .into_iter()
                .map(|runs| ActionRuns::joined(runs.into_iter().map(|(start, more)| (start, start + more)).collect()))
                .collect();
            let naming = (0..).zip(&statements).filter(|(_, actions)| actions.contains(action));
            let expected: Vec<u32> = naming.map(|(place, _)| place).collect();
            prop_assert_eq!(index(&statements).naming(action), expected);
        }
    }
}
