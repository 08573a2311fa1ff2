//! Finds for each target a single one that covers it.

use std::collections::HashMap;

use foldhash::fast::RandomState as Hasher;

use super::postings::Postings;
use crate::cover::{NumberedTarget, Space};
use crate::steps::{OutOfSteps, Steps};

/// The first targets that cover one: of all, and of those in other permissions.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Coverer {
    pub(super) any: Option<usize>,
    pub(super) elsewhere: Option<usize>,
}

/// First member of some targets, and the first that is not in the permission of the first: enough to find the
/// first outside of any permission.
#[derive(Debug, Clone, Copy, Default)]
struct Firsts {
    first: Option<usize>,
    other: Option<usize>,
}

impl Firsts {
    fn add(&mut self, target: usize, owners: &[usize]) {
        let mut candidates: Vec<usize> = [self.first, self.other, Some(target)]
            .into_iter()
            .flatten()
            .collect();
        candidates.sort_unstable();
        let first = candidates.first().copied();
        let owner = first.and_then(|first| owners.get(first));
        self.other = candidates
            .into_iter()
            .find(|candidate| owners.get(*candidate) != owner);
        self.first = first;
    }

    fn outside(self, owner: usize, owners: &[usize]) -> Option<usize> {
        [self.first, self.other]
            .into_iter()
            .flatten()
            .find(|target| owners.get(*target) != Some(&owner))
    }
}

/// Returns for each target the targets that make it redundant. `owners` are the permissions of the targets.
pub(super) fn coverers(
    space: &Space,
    owners: &[usize],
    steps: &mut Steps,
) -> Result<Vec<Coverer>, OutOfSteps> {
    // Targets that cover each other are one class, so that a thousand copies cost one search.
    let mut numbers: HashMap<(&[usize], &[usize]), usize, Hasher> = HashMap::default();
    let mut classes: Vec<(&NumberedTarget, Firsts)> = Vec::new();
    let mut class_of = Vec::with_capacity(space.targets.len());
    for (target, numbered) in space.targets.iter().enumerate() {
        let key = (
            numbered.actions.widest.as_slice(),
            numbered.resources.widest.as_slice(),
        );
        let class = *numbers.entry(key).or_insert_with(|| {
            classes.push((numbered, Firsts::default()));
            classes.len() - 1
        });
        if let Some((_, firsts)) = classes.get_mut(class) {
            firsts.add(target, owners);
        }
        class_of.push(class);
    }

    let sets = || classes.iter().map(|(numbered, _)| *numbered);
    let by_action = Postings::of(space.actions.numbers, sets().map(|target| &target.actions));
    let by_resource = Postings::of(space.resources.numbers, sets().map(|target| &target.resources));
    let mut wider = Vec::with_capacity(classes.len());
    for (class, (narrow, _)) in classes.iter().enumerate() {
        let mut firsts = Firsts::default();
        let (action, of_action) = by_action.rarest(&narrow.actions, &space.actions);
        let (resource, of_resource) = by_resource.rarest(&narrow.resources, &space.resources);
        let candidates = if of_action <= of_resource {
            by_action.covering(action, &space.actions, steps)?
        } else {
            by_resource.covering(resource, &space.resources, steps)?
        };
        for candidate in candidates.into_iter().filter(|candidate| *candidate != class) {
            let Some((wide, members)) = classes.get(candidate) else {
                continue;
            };
            if space.covers(wide, narrow, steps)? {
                [members.first, members.other]
                    .into_iter()
                    .flatten()
                    .for_each(|t| firsts.add(t, owners));
            }
        }
        wider.push(firsts);
    }

    let coverer = |(target, class): (usize, &usize)| {
        let equal = classes.get(*class).map(|(_, firsts)| *firsts).unwrap_or_default();
        let wider = wider.get(*class).copied().unwrap_or_default();
        let owner = owners.get(target).copied().unwrap_or_default();
        let earlier = |other: &usize| *other < target;
        let first = |a: Option<usize>, b: Option<usize>| a.into_iter().chain(b).min();
        Coverer {
            any: first(wider.first, equal.first.filter(earlier)),
            elsewhere: first(
                wider.outside(owner, owners),
                equal.outside(owner, owners).filter(earlier),
            ),
        }
    };
    Ok(class_of.iter().enumerate().map(coverer).collect())
}
