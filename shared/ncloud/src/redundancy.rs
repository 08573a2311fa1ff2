//! Parts of a policy that another part covers: taking them away changes no decision, one by one or all together.
//!
//! Of parts that cover each other only the later one is redundant. That makes "is redundant because of" a path
//! that always goes to something wider or earlier, so that it ends at a part that stays.

use std::collections::HashMap;

use foldhash::fast::RandomState as Hasher;

use crate::cover::{Grant, Set, Space, Wider};
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::location::Location;
use crate::outline::{Outline, TargetOutline};

/// For each clean target, in order, whether it or its permission is redundant.
#[derive(Debug)]
pub(crate) struct Redundant {
    pub(crate) space: Space,
    pub(crate) targets: Vec<bool>,
}

/// Reports what is redundant among the targets without ERROR. A permission silences its targets, a target its
/// actions and resources.
pub(crate) fn find<'a>(outline: &Outline<'a>, findings: &mut Findings<'a>) -> Redundant {
    let targets: Vec<(usize, &TargetOutline<'a>)> = outline.clean_targets().collect();
    let space = Space::of(
        targets
            .iter()
            .map(|(_, target)| (target.code, target.actions.as_slice(), target.nrns.as_slice())),
    );
    let owners: Vec<usize> = targets.iter().map(|(permission, _)| *permission).collect();
    let coverers = coverers(&space, &owners);
    let location = |target: usize| {
        targets
            .get(target)
            .map_or(crate::location::PERMISSIONS, |(_, t)| t.location)
    };

    let mut redundant = vec![false; targets.len()];
    let mut start = 0;
    while let Some(owner) = owners.get(start).copied() {
        let end = start
            + owners
                .iter()
                .skip(start)
                .take_while(|other| **other == owner)
                .count();
        let elsewhere: Option<Vec<usize>> = coverers
            .get(start..end)
            .and_then(|all| all.iter().map(|coverer| coverer.elsewhere).collect());
        let is_clean = outline
            .permissions
            .get(owner)
            .is_some_and(|permission| permission.clean);
        if let Some(mut by) = elsewhere.filter(|_| is_clean) {
            by.sort_unstable();
            by.dedup();
            let by = by.into_iter().map(location).collect();
            findings.push(
                location(start).parent_permission(),
                FindingKind::RedundantPermission { by },
            );
            redundant
                .iter_mut()
                .take(end)
                .skip(start)
                .for_each(|target| *target = true);
        }
        start = end;
    }

    for (i, ((redundant, coverer), grant)) in
        redundant.iter_mut().zip(&coverers).zip(&space.grants).enumerate()
    {
        if *redundant {
            continue;
        }
        if let Some(by) = coverer.any {
            findings.push(location(i), FindingKind::RedundantTarget { by: location(by) });
            *redundant = true;
            continue;
        }
        let target: Location<'a> = location(i);
        for (position, by) in within(&grant.actions, &space.actions) {
            findings.push(
                target.action(position),
                FindingKind::RedundantAction {
                    by: target.action(by),
                },
            );
        }
        for (position, by) in within(&grant.resources, &space.resources) {
            findings.push(
                target.resource(position),
                FindingKind::RedundantResource {
                    by: target.resource(by),
                },
            );
        }
    }
    Redundant {
        space,
        targets: redundant,
    }
}

/// Positions in a list that an earlier equal or any wider element covers, each with the first such position.
fn within<'s>(set: &'s Set, wider: &'s Wider) -> impl Iterator<Item = (usize, usize)> + 's {
    // Nothing twice and nothing within another: nothing to look for.
    let has_none = set.widest.len() == set.listed.len();
    let listed = if has_none { &[] } else { set.listed.as_slice() };
    listed.iter().enumerate().filter_map(|(position, id)| {
        let equal = set.position(*id).filter(|first| *first < position);
        let covering = wider.than(*id).iter().filter_map(|wider| set.position(*wider));
        covering.chain(equal).min().map(|by| (position, by))
    })
}

/// The first targets that cover one: of all, and of those in other permissions.
#[derive(Debug, Clone, Copy, Default)]
struct Coverer {
    any: Option<usize>,
    elsewhere: Option<usize>,
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

/// For each target the targets that make it redundant. `owners` are the targets' permissions.
fn coverers(space: &Space, owners: &[usize]) -> Vec<Coverer> {
    // Targets that cover each other are one class, so that a thousand copies cost one search.
    let mut numbers: HashMap<(&[usize], &[usize]), usize, Hasher> = HashMap::default();
    let mut classes: Vec<(&Grant, Firsts)> = Vec::new();
    let mut class_of = Vec::with_capacity(space.grants.len());
    for (target, grant) in space.grants.iter().enumerate() {
        let key = (grant.actions.widest.as_slice(), grant.resources.widest.as_slice());
        let class = *numbers.entry(key).or_insert_with(|| {
            classes.push((grant, Firsts::default()));
            classes.len() - 1
        });
        if let Some((_, firsts)) = classes.get_mut(class) {
            firsts.add(target, owners);
        }
        class_of.push(class);
    }

    let grants = || classes.iter().map(|(grant, _)| *grant);
    let by_action = Postings::of(space.actions.numbers, grants().map(|grant| &grant.actions));
    let by_resource = Postings::of(space.resources.numbers, grants().map(|grant| &grant.resources));
    let wider: Vec<Firsts> = classes
        .iter()
        .enumerate()
        .map(|(class, (grant, _))| {
            let mut firsts = Firsts::default();
            let (action, of_action) = by_action.rarest(&grant.actions, &space.actions);
            let (resource, of_resource) = by_resource.rarest(&grant.resources, &space.resources);
            let candidates = if of_action <= of_resource {
                by_action.covering(action, &space.actions)
            } else {
                by_resource.covering(resource, &space.resources)
            };
            for candidate in candidates.filter(|candidate| *candidate != class) {
                let Some((wide, members)) = classes.get(candidate) else {
                    continue;
                };
                if space.covers(wide, grant) {
                    [members.first, members.other]
                        .into_iter()
                        .flatten()
                        .for_each(|t| firsts.add(t, owners));
                }
            }
            firsts
        })
        .collect();

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
    class_of.iter().enumerate().map(coverer).collect()
}

/// For each number the sets that hold it.
struct Postings {
    sets: Vec<usize>,
    starts: Vec<usize>,
}

impl Postings {
    fn of<'s>(numbers: usize, sets: impl Iterator<Item = &'s Set> + Clone) -> Self {
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

    /// The sets that hold the number or a wider one; some may come twice.
    fn covering<'s>(&'s self, id: usize, wider: &'s Wider) -> impl Iterator<Item = usize> + 's + use<'s> {
        std::iter::once(&id)
            .chain(wider.than(id))
            .flat_map(|id| self.holding(*id))
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The element of the set with the fewest sets to search, and their number: what covers the whole covers it.
    fn rarest(&self, set: &Set, wider: &Wider) -> (usize, usize) {
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
