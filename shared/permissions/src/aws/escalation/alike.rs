//! Questions that have the same answer, so that each of them is decided once.
//!
//! Thousands of roles differ in nothing that a policy reads but their names. Objects that every statement either names or
//! does not name, and that have all else in common, are decided together.

use super::asks::{Ask, Granting};
use super::methods::Subject;
use super::ways::insert;
use crate::aws::data::{Boundary, DocumentId, PrincipalClass, ServiceControl, is_controlled};
use crate::aws::effective::Question;
use fixedbitset::FixedBitSet;
use foldhash::{HashMap, HashSet};
use iam::arn::{Arn, ArnPattern};
use iam::condition::Expression;
use iam::document::Effect;
use iam::matching::{ResourcePattern, ResourceSet};
use iam::policy::CompiledStatement;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

type NamedByPattern = HashMap<Box<str>, Rc<FixedBitSet>>;

/// Answers that were worked out before
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Objects that a pattern names, by the text of the pattern
    named: RefCell<HashMap<List, NamedByPattern>>,
    /// Objects that have all but their names in common
    sorts: RefCell<HashMap<List, Rc<Vec<FixedBitSet>>>>,
    /// Whether a document grants an action anywhere
    anywhere: RefCell<HashMap<Asked, Option<bool>>>,
    /// Actions that the policy of some resource denies
    denied: RefCell<HashMap<u32, bool>>,
}

/// Objects that are numbered together
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum List {
    /// The roles of all accounts, as such that are assumed
    Assumed,
    /// The users and roles of an account
    Principals(Box<str>),
    Groups(Box<str>),
    Policies(Box<str>),
}

/// A document, an action, and all that limits what the document grants of the action
#[derive(Debug, PartialEq, Eq, Hash)]
struct Asked {
    /// Address of the document, which outlives the answers
    document: usize,
    action: u32,
    account: Box<str>,
    boundary: Boundary,
    service_control: ServiceControl,
    denies: Vec<DocumentId>,
    incomplete: bool,
}

/// What decisions read of an object beside its name
#[derive(PartialEq, Eq, Hash)]
struct Sort<'s> {
    account: &'s str,
    kind: (u16, &'s [u32]),
    boundary: Option<&'s str>,
    /// Of a role that is assumed: its trust policy
    trust: Option<DocumentId>,
    /// The object, when it is like no other
    alone: Option<usize>,
}

impl Granting<'_> {
    /// Sets of the objects, each of which is decided alike.
    pub(super) fn alike(&self, ask: &Ask, question: &Question<'_>, open: &FixedBitSet) -> Vec<FixedBitSet> {
        let Some(list) = List::of(ask, question.class) else {
            return open.ones().map(single).collect();
        };
        // One object needs no comparison with others.
        if open.ones().nth(1).is_none() {
            return vec![open.clone()];
        }
        let sets: Vec<FixedBitSet> = if list == List::Assumed {
            self.sorted(ask, open)
        } else {
            let sorts = self.sorts(ask, &list, question.class);
            sorts.iter().map(|sort| common(sort, open)).collect()
        };
        let mut parts = Parts::of(&sets);
        let mut alone = FixedBitSet::new();
        let mut seen = HashSet::default();
        for statement in self.concerned(question) {
            for entry in statement.resources.iter().flat_map(entries) {
                let pattern = entry.widest();
                let is_fixed = matches!(entry, ResourcePattern::Fixed(_));
                if (is_fixed && pattern.is_universal()) || !seen.insert((pattern.as_str(), is_fixed)) {
                    continue;
                }
                let named = self.named(ask, &list, question.class, pattern);
                if is_fixed {
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

    /// The objects of a list that a pattern names.
    pub(super) fn named(
        &self,
        ask: &Ask,
        list: &List,
        class: &PrincipalClass,
        pattern: &ArnPattern,
    ) -> Rc<FixedBitSet> {
        let known = self.answers.named.borrow();
        if let Some(known) = known.get(list).and_then(|known| known.get(pattern.as_str())) {
            return Rc::clone(known);
        }
        drop(known);
        let mut named = FixedBitSet::new();
        let start = pattern.literal_prefix();
        let listed = self.listed(ask, list, class);
        let matches = |number: &usize| {
            let resource = self.resource(ask, *number);
            let resource = resource.filter(|resource| resource.arn.starts_with(start));
            let arn = resource.and_then(|resource| Arn::parse(&resource.arn).ok());
            arn.is_some_and(|arn| pattern.matches_arn(&arn))
        };
        match list {
            // Principals are in the order of their ARNs, so that those that a pattern may name stand together.
            List::Assumed | List::Principals(_) => {
                let candidates = self.subjects.starting_with(start);
                named.extend(
                    candidates
                        .filter(|number| listed.contains(*number))
                        .filter(matches),
                );
            }
            List::Groups(_) | List::Policies(_) => named.extend(listed.ones().filter(matches)),
        }
        let named = Rc::new(named);
        let mut known = self.answers.named.borrow_mut();
        let known = known.entry(list.clone()).or_default();
        known.insert(pattern.as_str().into(), Rc::clone(&named));
        named
    }

    fn listed(&self, ask: &Ask, list: &List, class: &PrincipalClass) -> FixedBitSet {
        match list {
            List::Principals(account) => self.subjects.by_account.get(account).cloned(),
            List::Assumed | List::Groups(_) | List::Policies(_) => self.objects(ask, class),
        }
        .unwrap_or_default()
    }

    /// Whether a document grants an action on anything at all, and whether that is certain.
    pub(super) fn anywhere(&self, question: &Question<'_>) -> Option<bool> {
        if !self.is_shared(question) {
            return question.anywhere();
        }
        let class = question.class;
        let mut denies = class.denies.clone();
        denies.retain(|&id| {
            self.snapshot.documents.get(id).is_some_and(|one| {
                one.has_invalid_deny() || one.about(Effect::Deny, question.action).next().is_some()
            })
        });
        let asked = Asked {
            document: std::ptr::from_ref(question.document).addr(),
            action: question.action,
            account: class.account.clone(),
            boundary: class.boundary,
            service_control: class.service_control.clone(),
            denies,
            incomplete: class.incomplete,
        };
        if let Some(known) = self.answers.anywhere.borrow().get(&asked) {
            return *known;
        }
        let answer = question.anywhere();
        self.answers.anywhere.borrow_mut().insert(asked, answer);
        answer
    }

    /// Whether the answer is the same for all principals of an account that have the same limits.
    fn is_shared(&self, question: &Question<'_>) -> bool {
        let (snapshot, class) = (self.snapshot, question.class);
        let action = snapshot.actions.get(question.action);
        if action.is_none_or(|action| is_controlled(&action.name)) {
            return false;
        }
        let denied = *self
            .answers
            .denied
            .borrow_mut()
            .entry(question.action)
            .or_insert_with(|| {
                let mut policies = snapshot.resource_policies.denying(None);
                policies.any(|policy| {
                    let document = snapshot.documents.get(policy.document);
                    document.is_some_and(|one| one.about(Effect::Deny, question.action).next().is_some())
                })
            });
        !denied
            && self.concerned(question).all(|statement| {
                let condition = &statement.condition;
                let reads_principal =
                    *condition != Expression::True && condition.resolve(&*class.context) != *condition;
                let mut entries = statement.resources.iter().flat_map(entries);
                !reads_principal && entries.all(|entry| matches!(entry, ResourcePattern::Fixed(_)))
            })
    }

    /// The statements about an action that grant it or limit the grant.
    fn concerned<'q>(&'q self, question: &Question<'q>) -> impl Iterator<Item = &'q CompiledStatement> + 'q {
        let (snapshot, class, action) = (self.snapshot, question.class, question.action);
        let boundary = match class.boundary {
            Boundary::Document(document) => Some(document),
            Boundary::None | Boundary::NotKnown => None,
        };
        let levels = match &class.service_control {
            ServiceControl::Levels(levels) => levels.as_slice(),
            ServiceControl::NotSupplied | ServiceControl::Exempt => &[],
        };
        let organization = levels
            .iter()
            .flatten()
            .filter_map(|&id| Some(snapshot.service_control_policies.get(id)?.document));
        let limits = boundary.into_iter().chain(organization);
        let limits = limits.chain(class.denies.iter().copied());
        let limits = limits.filter_map(|id| snapshot.documents.get(id));
        let limits = limits.flat_map(move |document| {
            let denying = document.about(Effect::Deny, action);
            denying.chain(document.about(Effect::Allow, action))
        });
        question.document.about(Effect::Allow, action).chain(limits)
    }

    fn sorts(&self, ask: &Ask, list: &List, class: &PrincipalClass) -> Rc<Vec<FixedBitSet>> {
        if let Some(known) = self.answers.sorts.borrow().get(list) {
            return Rc::clone(known);
        }
        let sorts = Rc::new(self.sorted(ask, &self.listed(ask, list, class)));
        self.answers
            .sorts
            .borrow_mut()
            .insert(list.clone(), Rc::clone(&sorts));
        sorts
    }

    /// Objects by their sorts.
    fn sorted(&self, ask: &Ask, objects: &FixedBitSet) -> Vec<FixedBitSet> {
        let mut sorts: HashMap<Sort<'_>, FixedBitSet> = HashMap::default();
        for number in objects.ones() {
            if let Some(sort) = self.sort(ask, number) {
                insert(sorts.entry(sort).or_default(), number);
            }
        }
        sorts.into_values().collect()
    }

    fn sort(&self, ask: &Ask, number: usize) -> Option<Sort<'_>> {
        let snapshot = self.snapshot;
        let resource = self.resource(ask, number)?;
        let policy = resource.policy.and_then(|id| snapshot.resource_policies.get(id));
        let account = resource.arn.split(':').nth(4).unwrap_or_default();
        let principal = match ask.need.subject {
            Subject::User | Subject::Role => self.subjects.principals.get(number),
            Subject::Group | Subject::Policy | Subject::Running(..) | Subject::New => None,
        };
        let source = principal.and_then(|one| snapshot.sources.get(one.source?));
        let is_alone = match policy {
            Some(policy) => !policy.is_trust || *policy.account != *account,
            None => is_assumed(ask),
        };
        let is_bound = is_assumed(ask) && snapshot.resource_control.is_known(account);
        Some(Sort {
            account,
            kind: resource.kind(),
            boundary: source.and_then(|source| source.boundary.as_deref()),
            trust: policy.filter(|_| is_assumed(ask)).map(|policy| policy.document),
            alone: (is_alone || is_bound).then_some(number),
        })
    }
}

impl List {
    /// The list in which the objects of an ask are; running resources are all different.
    pub(super) fn of(ask: &Ask, class: &PrincipalClass) -> Option<Self> {
        let account = || class.account.clone();
        match ask.need.subject {
            Subject::Role if is_assumed(ask) => Some(Self::Assumed),
            Subject::User | Subject::Role => Some(Self::Principals(account())),
            Subject::Group => Some(Self::Groups(account())),
            Subject::Policy => Some(Self::Policies(account())),
            Subject::Running(..) | Subject::New => None,
        }
    }
}

fn is_assumed(ask: &Ask) -> bool {
    ask.need.action.starts_with("sts:")
}

fn entries(resources: &ResourceSet) -> &[ResourcePattern] {
    resources.patterns().entries()
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

/// Disjoint sets of objects, which are divided again and again
///
/// Each object knows its part, so that a division costs no more than the objects that it names.
struct Parts {
    /// Of each object: the number of its part
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

    /// The parts that are not empty.
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
