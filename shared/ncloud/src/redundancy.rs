//! Parts of a policy that other parts cover: taking them away changes no decision, one by one or all together.
//!
//! Of parts that cover each other only the later one is redundant. That makes "is redundant because of" a path
//! that always goes to something wider or earlier, so that it ends at a part that stays. What no single target covers may
//! still be covered by several of those that stay; they are tried one after the other, the last one first.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState as Hasher;

use crate::cover::{NumberedTarget, Set, Space, Wider};
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::location::PERMISSIONS;
use crate::outline::{Outline, TargetOutline};
use crate::steps::{MAX_STEPS, OutOfSteps, Steps};

/// For each clean target, in order, whether it or its permission is redundant.
#[derive(Debug)]
pub(crate) struct Redundant {
    pub(crate) space: Space,
    pub(crate) targets: Vec<bool>,
}

/// Reports what is redundant among the targets without ERROR. A permission silences its targets, a target its
/// actions and resources. `None` when the policy is too large for the search, which is reported instead.
pub(crate) fn find<'a>(outline: &Outline<'a>, findings: &mut Findings<'a>) -> Option<Redundant> {
    let mut steps = Steps::new(MAX_STEPS);
    let found = search(outline, findings, &mut steps);
    if found.is_err() {
        findings.push(PERMISSIONS, FindingKind::RedundancyNotChecked);
    }
    found.ok()
}

fn search<'a>(
    outline: &Outline<'a>,
    findings: &mut Findings<'a>,
    steps: &mut Steps,
) -> Result<Redundant, OutOfSteps> {
    let targets: Vec<(usize, &TargetOutline<'a>)> = outline.clean_targets().collect();
    let numbered = targets
        .iter()
        .map(|(_, target)| (target.code, target.actions.as_slice(), target.nrns.as_slice()));
    let space = Space::of(numbered, steps)?;
    let owners: Vec<usize> = targets.iter().map(|(permission, _)| *permission).collect();
    let is_clean = |owner: usize| outline.permissions.get(owner).is_some_and(|p| p.clean);
    let cover = cover(&space, &owners, is_clean, steps)?;

    let location = |target: usize| targets.get(target).map_or(PERMISSIONS, |(_, t)| t.location);
    let locations = |by: &[usize]| by.iter().map(|target| location(*target)).collect();
    let mut reported = None;
    for (i, numbered) in space.targets.iter().enumerate() {
        let (owner, target) = (owners.get(i).copied(), location(i));
        if let Some(by) = owner.and_then(|owner| cover.permissions.get(&owner)) {
            if reported != owner {
                let by = locations(by);
                findings.push(
                    target.parent_permission(),
                    FindingKind::RedundantPermission { by },
                );
                reported = owner;
            }
        } else if let Some(Some(by)) = cover.targets.get(i) {
            let by = locations(by);
            findings.push(target, FindingKind::RedundantTarget { by });
        } else {
            for (position, by) in within(&numbered.actions, &space.actions) {
                let by = target.action(by);
                findings.push(target.action(position), FindingKind::RedundantAction { by });
            }
            for (position, by) in within(&numbered.resources, &space.resources) {
                let by = target.resource(by);
                findings.push(target.resource(position), FindingKind::RedundantResource { by });
            }
        }
    }
    let targets = owners.iter().zip(&cover.targets);
    let targets = targets.map(|(owner, by)| by.is_some() || cover.permissions.contains_key(owner));
    let targets = targets.collect();
    Ok(Redundant { space, targets })
}

/// What covers the redundant parts: for some permissions and for each target the targets that do it together.
struct Cover {
    permissions: HashMap<usize, Vec<usize>>,
    targets: Vec<Option<Vec<usize>>>,
}

fn cover(
    space: &Space,
    owners: &[usize],
    is_clean: impl Fn(usize) -> bool,
    steps: &mut Steps,
) -> Result<Cover, OutOfSteps> {
    let coverers = coverers(space, owners, steps)?;
    let mut cover = Cover {
        permissions: HashMap::new(),
        targets: coverers
            .iter()
            .map(|coverer| coverer.any.map(|by| vec![by]))
            .collect(),
    };
    let permissions = runs(owners);
    for (owner, members) in permissions.iter().filter(|(owner, _)| is_clean(*owner)) {
        let elsewhere = coverers.get(members.clone()).unwrap_or_default().iter();
        let by: Option<BTreeSet<usize>> = elsewhere.map(|coverer| coverer.elsewhere).collect();
        if let Some(by) = by {
            cover.permissions.insert(*owner, by.into_iter().collect());
        }
    }

    let stays =
        |(owner, by): (&usize, &Option<Vec<usize>>)| by.is_none() && !cover.permissions.contains_key(owner);
    let stays: Vec<bool> = owners.iter().zip(&cover.targets).map(stays).collect();
    let mut union = Union::new(space, stays);
    for (owner, members) in permissions.iter().rev() {
        if cover.permissions.contains_key(owner) {
            continue;
        }
        if is_clean(*owner)
            && let Some(by) = union.covering_all(members.clone(), steps)?
        {
            members.clone().for_each(|target| union.remove(target));
            cover.permissions.insert(*owner, by.into_iter().collect());
            continue;
        }
        for target in members.clone().rev() {
            let own = target..target + 1;
            if union.stays(target)
                && let Some(by) = union.covering(target, &own, steps)?
            {
                union.remove(target);
                if let Some(slot) = cover.targets.get_mut(target) {
                    *slot = Some(by.into_iter().collect());
                }
            }
        }
    }
    Ok(cover)
}

/// The permissions that have clean targets, each with the range of those.
fn runs(owners: &[usize]) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut runs: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
    for (target, owner) in owners.iter().enumerate() {
        match runs.last_mut() {
            Some((last, members)) if last == owner => members.end = target + 1,
            _ => runs.push((*owner, target..target + 1)),
        }
    }
    runs
}

/// The targets that stay, for questions about several of them together.
struct Union<'s> {
    space: &'s Space,
    by_action: Postings,
    by_resource: Postings,
    stays: Vec<bool>,
}

impl<'s> Union<'s> {
    fn new(space: &'s Space, stays: Vec<bool>) -> Self {
        let targets = || space.targets.iter();
        Self {
            space,
            by_action: Postings::of(space.actions.numbers, targets().map(|target| &target.actions)),
            by_resource: Postings::of(space.resources.numbers, targets().map(|target| &target.resources)),
            stays,
        }
    }

    fn stays(&self, target: usize) -> bool {
        self.stays.get(target).copied().unwrap_or_default()
    }

    fn remove(&mut self, target: usize) {
        if let Some(stays) = self.stays.get_mut(target) {
            *stays = false;
        }
    }

    /// The targets outside the members that together cover all members that stay; `None` when they do not.
    fn covering_all(
        &self,
        members: std::ops::Range<usize>,
        steps: &mut Steps,
    ) -> Result<Option<BTreeSet<usize>>, OutOfSteps> {
        let mut all = BTreeSet::new();
        for target in members.clone().filter(|target| self.stays(*target)) {
            match self.covering(target, &members, steps)? {
                Some(by) => all.extend(by),
                None => return Ok(None),
            }
        }
        Ok(Some(all))
    }

    /// The targets outside some that together allow every action of the target on every resource of it.
    fn covering(
        &self,
        target: usize,
        outside: &std::ops::Range<usize>,
        steps: &mut Steps,
    ) -> Result<Option<BTreeSet<usize>>, OutOfSteps> {
        let Some(narrow) = self.space.targets.get(target) else {
            return Ok(None);
        };
        // Usually something of the target is named nowhere else, and the search ends here.
        let (action, of_action) = self.by_action.rarest(&narrow.actions, &self.space.actions);
        let (_, of_resource) = self.by_resource.rarest(&narrow.resources, &self.space.resources);
        let is_alone = of_action <= 1 && self.space.kinds.kinds(action).is_none();
        if is_alone || of_resource <= 1 {
            return Ok(None);
        }
        let mut all = BTreeSet::new();
        let mut known: HashSet<Vec<usize>> = HashSet::new();
        for resource in &narrow.resources.widest {
            let mut holders = self
                .by_resource
                .covering(*resource, &self.space.resources, steps)?;
            holders.retain(|holder| self.stays(*holder) && !outside.contains(holder));
            holders.sort_unstable();
            holders.dedup();
            if known.contains(&holders) {
                continue;
            }
            for action in &narrow.actions.widest {
                match self.holders_of(*action, &holders, steps)? {
                    Some(by) => all.extend(by),
                    None => return Ok(None),
                }
            }
            known.insert(holders);
        }
        Ok(Some(all))
    }

    /// Who among some targets covers the action: one of them, or one for each of the two kinds that `*` stands for.
    fn holders_of(
        &self,
        action: usize,
        among: &[usize],
        steps: &mut Steps,
    ) -> Result<Option<Vec<usize>>, OutOfSteps> {
        if let Some(by) = self.holder_of(action, among, steps)? {
            return Ok(Some(vec![by]));
        }
        let mut by = Vec::new();
        for kind in self.space.kinds.kinds(action).into_iter().flatten() {
            match self.holder_of(kind, among, steps)? {
                Some(holder) => by.push(holder),
                None => return Ok(None),
            }
        }
        Ok((!by.is_empty()).then_some(by))
    }

    fn holder_of(
        &self,
        action: usize,
        among: &[usize],
        steps: &mut Steps,
    ) -> Result<Option<usize>, OutOfSteps> {
        for holder in among {
            let Some(target) = self.space.targets.get(*holder) else {
                continue;
            };
            if self.space.actions.is_covered(action, &target.actions, steps)? {
                return Ok(Some(*holder));
            }
        }
        Ok(None)
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
fn coverers(space: &Space, owners: &[usize], steps: &mut Steps) -> Result<Vec<Coverer>, OutOfSteps> {
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
    fn covering(&self, id: usize, wider: &Wider, steps: &mut Steps) -> Result<Vec<usize>, OutOfSteps> {
        let mut found = Vec::new();
        for id in std::iter::once(&id).chain(wider.than(id)) {
            let holding = self.holding(*id);
            steps.spend(1 + holding.len())?;
            found.extend(holding);
        }
        Ok(found)
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
