//! Finds what several targets cover together.

use std::collections::{BTreeSet, HashSet};

use super::postings::Postings;
use crate::cover::Space;
use crate::steps::{OutOfSteps, Steps};

/// The targets that stay, for questions about several of them together.
pub(super) struct Union<'s> {
    space: &'s Space,
    by_action: Postings,
    by_resource: Postings,
    stays: Vec<bool>,
}

impl<'s> Union<'s> {
    pub(super) fn new(space: &'s Space, stays: Vec<bool>) -> Self {
        let targets = || space.targets.iter();
        Self {
            space,
            by_action: Postings::of(space.actions.numbers, targets().map(|target| &target.actions)),
            by_resource: Postings::of(space.resources.numbers, targets().map(|target| &target.resources)),
            stays,
        }
    }

    pub(super) fn stays(&self, target: usize) -> bool {
        self.stays.get(target).copied().unwrap_or_default()
    }

    pub(super) fn remove(&mut self, target: usize) {
        if let Some(stays) = self.stays.get_mut(target) {
            *stays = false;
        }
    }

    /// Returns the targets outside the members that together cover all members that stay; `None` when they do not.
    pub(super) fn covering_all(
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

    /// Returns the targets outside some that together allow every action of the target on every resource of it.
    pub(super) fn covering(
        &self,
        target: usize,
        outside: &std::ops::Range<usize>,
        steps: &mut Steps,
    ) -> Result<Option<BTreeSet<usize>>, OutOfSteps> {
        let Some(narrow) = self.space.targets.get(target) else {
            return Ok(None);
        };
        // Usually a part of the target is named nowhere else, and the search ends here.
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

    /// Returns who among some targets covers the action: one of them, or one for each of the two kinds that `*` stands
    /// for.
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
