//! Finds possible grants that come to the same, so that they are decided once.
//!
//! Thousands of roles differ in nothing that a policy reads but their names. Objects that every statement either names or
//! does not name, and that have all else in common, are decided together.

use super::answers::{Boundaries, List, Sorts};
use super::granting::Granting;
use super::limits::{LimitsId, entries};
use super::methods::Subject;
use super::needed::NeededAction;
use super::ways::insert;
use crate::aws::data::{DocumentId, Expanded, PrincipalClass, expand};
use crate::aws::effective::PossibleGrant;
use fixedbitset::FixedBitSet;
use foldhash::{HashMap, HashSet};
use iam::arn::{Arn, ArnPattern, ShortArn, account_of};
use iam::matching::ResourcePattern;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Holds what decisions read of an object beside its name
#[derive(PartialEq, Eq, Hash)]
struct Sort<'s> {
    account: &'s str,
    kind: (u16, &'s [u32]),
    boundary: Option<&'s str>,
    /// The trust policy of a role that is assumed
    trust: Option<DocumentId>,
    /// The object, when it is like no other
    alone: Option<usize>,
}

impl Granting<'_> {
    /// Divides the objects into sets, each of which is decided alike.
    pub(super) fn alike(
        &self,
        needed_action: &NeededAction,
        grant: &PossibleGrant<'_>,
        open: &FixedBitSet,
    ) -> Vec<FixedBitSet> {
        let Some(list) = List::of(needed_action, grant.class) else {
            return open.ones().map(single).collect();
        };
        // One object needs no comparison with others.
        if open.ones().nth(1).is_none() {
            return vec![open.clone()];
        }
        let sets: Vec<FixedBitSet> = if list == List::Assumed {
            self.sorted(needed_action, open)
        } else {
            let sorts = self.sorts(needed_action, &list, grant.class);
            sorts.iter().map(|sort| common(sort, open)).collect()
        };
        let mut parts = Parts::of(&sets);
        let mut alone = FixedBitSet::new();
        let mut seen = HashSet::default();
        for statement in self.concerned(grant) {
            for entry in statement.resources.iter().flat_map(entries) {
                let (pattern, is_exact) = match entry {
                    ResourcePattern::Fixed(pattern) => (Cow::Borrowed(pattern), true),
                    ResourcePattern::Variable(_) => match expand(entry.as_str(), &*grant.class.context) {
                        Expanded::Exact(text) => {
                            (Cow::Owned(ArnPattern::parse(&text, ShortArn::Padded)), true)
                        }
                        Expanded::Wider(_) => (Cow::Borrowed(entry.widest()), false),
                        // The pattern names nothing for any object.
                        Expanded::Nothing => continue,
                    },
                };
                if is_exact && pattern.is_universal() {
                    continue;
                }
                let named = self.named(needed_action, &list, grant.class, &pattern);
                if !seen.insert((pattern, is_exact)) {
                    continue;
                }
                if is_exact {
                    parts.split(&named);
                } else {
                    alone.union_with(&named);
                }
            }
        }
        alone.intersect_with(open);
        parts.remove(&alone);
        parts.sets().chain(alone.ones().map(single)).collect()
    }

    /// Returns the objects of a list that a pattern names.
    pub(super) fn named(
        &self,
        needed_action: &NeededAction,
        list: &List,
        class: &PrincipalClass,
        pattern: &ArnPattern,
    ) -> Rc<FixedBitSet> {
        let known = self.answers.named.borrow();
        if let Some(known) = known.get(list).and_then(|known| known.get(pattern)) {
            return Rc::clone(known);
        }
        drop(known);
        let mut named = FixedBitSet::new();
        let start = pattern.literal_prefix();
        let listed = self.listed(needed_action, list, class);
        let matches = |number: &usize| {
            let resource = self.resource(needed_action, *number);
            let resource = resource.filter(|resource| resource.arn.starts_with(start));
            let arn = resource.and_then(|resource| Arn::parse(&resource.arn).ok());
            arn.is_some_and(|arn| pattern.matches_arn(&arn))
        };
        match list {
            List::Assumed | List::Principals(_) => {
                let candidates = self.subjects.candidates(pattern);
                let listed = candidates.filter(|number| listed.contains(*number));
                named.extend(listed.filter(matches));
            }
            List::Groups(_) | List::Policies(_) => named.extend(listed.ones().filter(matches)),
        }
        let named = Rc::new(named);
        let mut known = self.answers.named.borrow_mut();
        let known = known.entry(list.clone()).or_default();
        known.insert(pattern.clone(), Rc::clone(&named));
        named
    }

    fn listed(&self, needed_action: &NeededAction, list: &List, class: &PrincipalClass) -> FixedBitSet {
        match list {
            List::Principals(account) => self.subjects.by_account.get(account).cloned(),
            List::Assumed | List::Groups(_) | List::Policies(_) => self.objects(needed_action, class),
        }
        .unwrap_or_default()
    }

    /// Returns whether a document grants an action on anything at all. The answer says whether this is certain.
    pub(super) fn anywhere(&self, grant: &PossibleGrant<'_>, limits: LimitsId) -> Option<bool> {
        if self.is_cut_off(grant.class, grant.action) {
            return None;
        }
        let Some(key) = self.key(grant, limits) else {
            return grant.anywhere(&self.dests);
        };
        if let Some(known) = self.answers.anywhere.borrow().get(&key) {
            return *known;
        }
        let answer = grant.anywhere(&self.dests);
        self.answers.anywhere.borrow_mut().insert(key, answer);
        answer
    }

    fn sorts(&self, needed_action: &NeededAction, list: &List, class: &PrincipalClass) -> Sorts {
        let key = (list.clone(), Boundaries::of(needed_action));
        if let Some(known) = self.answers.sorts.borrow().get(&key) {
            return Rc::clone(known);
        }
        let sorts = Rc::new(self.sorted(needed_action, &self.listed(needed_action, list, class)));
        self.answers.sorts.borrow_mut().insert(key, Rc::clone(&sorts));
        sorts
    }

    /// Divides objects by their sorts.
    fn sorted(&self, needed_action: &NeededAction, objects: &FixedBitSet) -> Vec<FixedBitSet> {
        let mut sorts: HashMap<Sort<'_>, FixedBitSet> = HashMap::default();
        for number in objects.ones() {
            if let Some(sort) = self.sort(needed_action, number) {
                insert(sorts.entry(sort).or_default(), number);
            }
        }
        sorts.into_values().collect()
    }

    fn sort(&self, needed_action: &NeededAction, number: usize) -> Option<Sort<'_>> {
        let snapshot = self.snapshot;
        let resource = self.resource(needed_action, number)?;
        let policy = resource.policy.and_then(|id| snapshot.resource_policies.get(id));
        let account = account_of(&resource.arn);
        let principal = match needed_action.need.subject {
            Subject::User | Subject::Role => self.subjects.principals.get(number),
            Subject::Group | Subject::Policy | Subject::Running(..) | Subject::New => None,
        };
        let source = principal.filter(|_| Boundaries::of(needed_action) == Boundaries::Count);
        let source = source.and_then(|one| snapshot.sources.get(one.source?));
        let is_alone = match policy {
            Some(policy) => !policy.is_trust || *policy.account != *account,
            None => needed_action.is_assumption(),
        };
        let is_bound = needed_action.is_assumption() && snapshot.resource_control.is_known(account);
        Some(Sort {
            account,
            kind: resource.kind(),
            boundary: source.and_then(|source| source.boundary.as_deref()),
            trust: policy
                .filter(|_| needed_action.is_assumption())
                .map(|policy| policy.document),
            alone: (is_alone || is_bound).then_some(number),
        })
    }
}

fn single(number: usize) -> FixedBitSet {
    let mut set = FixedBitSet::new();
    insert(&mut set, number);
    set
}

fn common(one: &FixedBitSet, other: &FixedBitSet) -> FixedBitSet {
    let mut common = one.clone();
    common.intersect_with(other);
    common
}

/// Divides objects into disjoint sets, again and again
///
/// Each object knows its part, so that a division costs no more than the objects that it names.
struct Parts {
    /// The number of the part of each object
    of: Vec<Option<usize>>,
    count: usize,
}

impl Parts {
    fn of(sets: &[FixedBitSet]) -> Self {
        let mut parts = Self {
            of: Vec::new(),
            count: sets.len(),
        };
        for (part, set) in sets.iter().enumerate() {
            for number in set.ones() {
                if parts.of.len() <= number {
                    parts.of.resize(number.saturating_add(1), None);
                }
                if let Some(slot) = parts.of.get_mut(number) {
                    *slot = Some(part);
                }
            }
        }
        parts
    }

    /// Divides each part into what is named and what is not.
    fn split(&mut self, named: &FixedBitSet) {
        let mut inside: HashMap<usize, usize> = HashMap::default();
        for number in named.ones() {
            if let Some(Some(part)) = self.of.get_mut(number) {
                *part = *inside.entry(*part).or_insert_with(|| {
                    self.count = self.count.saturating_add(1);
                    self.count.saturating_sub(1)
                });
            }
        }
    }

    fn remove(&mut self, objects: &FixedBitSet) {
        for number in objects.ones() {
            if let Some(slot) = self.of.get_mut(number) {
                *slot = None;
            }
        }
    }

    /// Returns the parts that are not empty.
    fn sets(self) -> impl Iterator<Item = FixedBitSet> {
        let mut sets: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
        for (number, part) in self.of.into_iter().enumerate() {
            if let Some(part) = part {
                insert(sets.entry(part).or_default(), number);
            }
        }
        sets.into_values()
    }
}
