//! Policy documents, each compiled once, and which of their statements depend on the principal.

use super::{audience, public_access};
use crate::aws::data::actions::{Actions, Expanded};
use crate::aws::data::{
    Audience, CompiledDocument, DocumentId, IdVec, ResourcePolicy, ResourcePolicyId, StatementParts,
    is_of_principal,
};
use foldhash::{HashMap, HashSet};
use iam::condition::{Atom, Expression};
use iam::document::{Condition, Document, Effect, Element, Entry, PolicyKind, Statement, Version};
use iam::matching::{ActionPattern, ActionSet, ResourcePattern, ResourceSet};
use iam::policy::{CompiledStatement, Policy};
use std::collections::BTreeSet;
use std::rc::Rc;

#[derive(Default)]
pub(super) struct Documents<'a> {
    /// The documents by text, with the resource control policies that deny something of what the document allows
    by_text: HashMap<(&'a Document, PolicyKind, Vec<DocumentId>), DocumentId>,
    entries: IdVec<DocumentId, DocumentEntry<'a>>,
    /// The numbers of statements by what they say
    said: HashMap<Said<'a>, usize>,
    /// The numbers of Allow statements by document and place, because a statement may allow something on thousands of resources
    allowances: HashMap<(DocumentId, usize), usize>,
    /// Says what the second of two documents denies of what the first allows
    touching: HashMap<(DocumentId, DocumentId), Rc<[Denied]>>,
    /// Says for a document and the policy of a resource whether the document may allow something on the resource
    reaching: HashMap<(DocumentId, ResourcePolicyId), bool>,
}

pub(super) struct DocumentEntry<'a> {
    document: &'a Document,
    pub(super) policy: Policy,
    /// The audience of each statement that allows something to everybody
    audiences: Vec<Option<Audience>>,
    allowed: Services,
    /// Its Deny statements, each with the services that it may be about
    denied: Vec<(Services, Denied)>,
    /// Statements that can mean different things for two principals of one account
    pub(super) dependences: Vec<PrincipalDependence>,
}

/// Holds what a statement of an identity-based policy says, without its name and its effect
#[derive(Debug, PartialEq, Eq, Hash)]
struct Said<'a> {
    version: Version,
    actions: &'a Element<String>,
    resources: Option<&'a Element<String>>,
    conditions: &'a [Condition],
}

impl<'a> Said<'a> {
    fn new(document: &'a Document, written: &'a Statement) -> Self {
        Self {
            version: document.version,
            actions: &written.actions,
            resources: written.resources.as_ref(),
            conditions: &written.conditions,
        }
    }
}

/// A Deny of an identity-based policy; equal ones deny the same
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Denied {
    /// The Deny by the number of what it says
    ByStatement(usize),
    /// A statement that cannot be read may deny anything
    Unknown,
}

impl Denied {
    const fn number(self) -> Option<usize> {
        match self {
            Self::ByStatement(number) => Some(number),
            Self::Unknown => None,
        }
    }
}

/// The services that statements of one effect may be about
enum Services {
    Any,
    /// Prefixes of action names, sorted
    Named(Vec<Box<str>>),
}

/// Says how a statement depends on the principal
pub(super) struct PrincipalDependence {
    pub(super) statement: usize,
    pub(super) by_condition: bool,
    pub(super) by_resources: bool,
}

impl<'a> Documents<'a> {
    /// Adds a document, or finds an equal one.
    pub(super) fn intern(&mut self, document: &'a Document, kind: PolicyKind) -> DocumentId {
        self.within(document, kind, &[])
    }

    /// Adds the policy of a resource, where resource control policies deny something of what the policy allows.
    pub(super) fn within(
        &mut self,
        document: &'a Document,
        kind: PolicyKind,
        denying: &[DocumentId],
    ) -> DocumentId {
        let next = self.entries.next_id();
        let number = *self
            .by_text
            .entry((document, kind, denying.to_vec()))
            .or_insert(next);
        if number == next {
            self.push(document, Policy::compile(document, kind), denying);
        }
        number
    }

    /// Adds a document without comparing it with others.
    pub(super) fn add(&mut self, document: &'a Document, kind: PolicyKind) -> DocumentId {
        self.push(document, Policy::compile(document, kind), &[])
    }

    /// Adds the policy of a bucket under `RestrictPublicBuckets`. A policy that is not public stays as it is.
    pub(super) fn restricted(&mut self, document: &'a Document, owner: &str) -> DocumentId {
        let policy = Policy::compile(document, PolicyKind::Resource);
        if !public_access::is_public(&policy) {
            return self.intern(document, PolicyKind::Resource);
        }
        self.push(document, public_access::restricted(policy, owner), &[])
    }

    fn push(&mut self, document: &'a Document, policy: Policy, denying: &[DocumentId]) -> DocumentId {
        let number = self.entries.next_id();
        let denied = self.denied(document, &policy);
        let others = denying.iter().filter_map(|&other| self.entries.get(other));
        let others = others.flat_map(DocumentEntry::statements);
        let denying = policy.statements().iter().chain(others);
        let denying: Vec<_> = denying.filter(|one| one.effect == Effect::Deny).collect();
        let statements = policy.statements().iter();
        let audiences = statements
            .map(|one| audience::of_statement(one, &denying))
            .collect();
        self.entries.push(DocumentEntry {
            allowed: Services::of(&policy, Effect::Allow),
            denied,
            dependences: policy
                .statements()
                .iter()
                .zip(0..)
                .filter_map(PrincipalDependence::new)
                .collect(),
            document,
            policy,
            audiences,
        });
        number
    }

    fn denied(&mut self, document: &'a Document, policy: &Policy) -> Vec<(Services, Denied)> {
        let statements = policy.statements().iter();
        let mut denied: Vec<(Services, Denied)> = statements
            .zip(document.valid())
            .filter(|(_, written)| written.effect == Effect::Deny)
            .map(|(statement, written)| {
                let next = self.said.len();
                let said = Said::new(document, written);
                let number = *self.said.entry(said).or_insert(next);
                (Services::of_statement(statement), Denied::ByStatement(number))
            })
            .collect();
        if policy.has_invalid_deny() {
            denied.push((Services::Any, Denied::Unknown));
        }
        denied
    }

    pub(super) fn get(&self, number: DocumentId) -> Option<&DocumentEntry<'a>> {
        self.entries.get(number)
    }

    /// Returns what one document may deny of what another document allows. A statement that cannot be read may deny all
    /// of it.
    pub(super) fn touching(&mut self, denying: DocumentId, allowing: DocumentId) -> Rc<[Denied]> {
        let (entries, key) = (&self.entries, (allowing, denying));
        let known = self.touching.entry(key).or_insert_with(|| {
            let (Some(allowing), Some(denying)) = (entries.get(allowing), entries.get(denying)) else {
                return Rc::new([]);
            };
            let denied = denying.denied.iter();
            let touching = denied
                .filter(|(services, denied)| *denied == Denied::Unknown || services.meets(&allowing.allowed));
            touching.map(|(_, denied)| *denied).collect()
        });
        Rc::clone(known)
    }

    /// Returns whether a document may allow actions of one of the services.
    pub(super) fn reaches(&self, document: DocumentId, services: &BTreeSet<Box<str>>) -> bool {
        self.entries
            .get(document)
            .is_some_and(|entry| match &entry.allowed {
                Services::Any => !services.is_empty(),
                Services::Named(named) => named.iter().any(|service| services.contains(service)),
            })
    }

    /// Returns whether a document may allow something on the resource that a policy belongs to.
    pub(super) fn may_allow(
        &mut self,
        document: DocumentId,
        number: ResourcePolicyId,
        policy: &ResourcePolicy,
    ) -> bool {
        let entries = &self.entries;
        *self.reaching.entry((document, number)).or_insert_with(|| {
            let entry = entries.get(document).into_iter();
            entry.flat_map(|entry| entry.allowing(policy)).next().is_some()
        })
    }

    /// Returns what the Allow statements of documents say that may allow something on the resource that a policy belongs to: the
    /// numbers of what they say, ascending and each once, with one of the statements that say it.
    pub(super) fn allowances(
        &mut self,
        documents: &[DocumentId],
        policy: &ResourcePolicy,
    ) -> Vec<(usize, DocumentId, usize)> {
        let Self {
            entries,
            said,
            allowances,
            ..
        } = self;
        let mut found = Vec::new();
        for &id in documents {
            let Some(entry) = entries.get(id) else {
                continue;
            };
            for (place, statement) in entry.allowing(policy) {
                let number = allowances.entry((id, place)).or_insert_with(|| {
                    let written = entry.document.statements.get(statement.index);
                    let Some(Entry::Valid(written)) = written else {
                        // Only statements that can be read are compiled.
                        return usize::MAX;
                    };
                    let next = said.len();
                    *said.entry(Said::new(entry.document, written)).or_insert(next)
                });
                found.push((*number, id, place));
            }
        }
        found.sort_unstable();
        found.dedup_by_key(|(number, ..)| *number);
        found
    }

    /// Returns the names of actions without wildcard, as policies spell them.
    pub(super) fn literals(&self) -> HashSet<&'a str> {
        let documents = self.entries.iter().map(|entry| entry.document);
        documents
            .flat_map(Document::valid)
            .flat_map(|statement| statement.actions.entries())
            .map(String::as_str)
            .filter(|name| name.contains(':') && !name.contains(['*', '?']))
            .collect()
    }

    pub(super) fn compile(self, actions: &Actions) -> IdVec<DocumentId, CompiledDocument> {
        let mut expanded = Expanded::default();
        let entries = self.entries.into_iter();
        entries
            .map(|entry| entry.compile(actions, &mut expanded))
            .collect()
    }
}

impl Services {
    fn of(policy: &Policy, effect: Effect) -> Self {
        let mut named: Vec<&str> = Vec::new();
        for statement in policy.statements().iter().filter(|one| one.effect == effect) {
            let Some(services) = services(&statement.actions) else {
                return Self::Any;
            };
            named.extend(services);
        }
        Self::of_names(named)
    }

    fn of_statement(statement: &CompiledStatement) -> Self {
        services(&statement.actions).map_or(Self::Any, Self::of_names)
    }

    fn of_names(mut named: Vec<&str>) -> Self {
        named.sort_unstable();
        named.dedup();
        Self::Named(named.into_iter().map(Into::into).collect())
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(one), Self::Named(other)) => {
                one.iter().any(|service| other.binary_search(service).is_ok())
            }
            (Self::Any, Self::Named(named)) | (Self::Named(named), Self::Any) => !named.is_empty(),
            (Self::Any, Self::Any) => true,
        }
    }
}

/// Returns the services whose actions are named, some of them again; `None` when any service may be meant.
fn services(actions: &ActionSet) -> Option<Vec<&str>> {
    let Element::Of(patterns) = actions.patterns() else {
        return None;
    };
    let mut named: Vec<&str> = Vec::new();
    for service in patterns.iter().map(ActionPattern::service) {
        let service = service?;
        // Policies name the actions of a service one after the other.
        if named.last() != Some(&service) {
            named.push(service);
        }
    }
    Some(named)
}

impl DocumentEntry<'_> {
    pub(super) fn statements(&self) -> &[CompiledStatement] {
        self.policy.statements()
    }

    /// Returns the Allow statements that may allow something on the resource that a policy belongs to, each with its place.
    fn allowing(&self, policy: &ResourcePolicy) -> impl Iterator<Item = (usize, &CompiledStatement)> {
        let statements = self.statements().iter().enumerate();
        let allowing = statements.filter(|(_, one)| one.effect == Effect::Allow);
        allowing.filter(move |(_, statement)| {
            let of_service = |pattern: &ActionPattern| {
                let service = pattern.service();
                service.is_none_or(|service| service == policy.service())
            };
            let of_service = match statement.actions.patterns() {
                Element::Of(patterns) => patterns.iter().any(of_service),
                Element::Not(_) => true,
            };
            let resources = statement.resources.as_ref().map(ResourceSet::patterns);
            of_service
                && resources.is_none_or(|resources| {
                    let mut patterns = resources.entries().iter().map(ResourcePattern::widest);
                    resources.is_negated()
                        || patterns.any(|pattern| policy.scope.iter().any(|one| pattern.overlaps(one)))
                })
        })
    }

    /// Returns the statements, each with its audience when it allows something to everybody.
    pub(super) fn audiences(&self) -> impl Iterator<Item = (&CompiledStatement, Option<&Audience>)> {
        let audiences = self.audiences.iter().map(Option::as_ref);
        self.statements().iter().zip(audiences)
    }

    /// Returns how the statement with that index depends on the principal, if it does.
    pub(super) fn dependence(&self, statement: usize) -> Option<&PrincipalDependence> {
        self.dependences.iter().find(|one| one.statement == statement)
    }

    /// Returns whether something is denied, or may have been meant to be denied.
    pub(super) fn has_deny(&self) -> bool {
        self.policy.has_invalid_deny() || self.statements().iter().any(|one| one.effect == Effect::Deny)
    }

    fn compile(self, actions: &Actions, expanded: &mut Expanded) -> CompiledDocument {
        let written = self.document.written();
        let conditions = |index: usize| match self.document.statements.get(index) {
            Some(Entry::Valid(statement)) => statement.conditions.clone(),
            Some(Entry::Invalid(_)) | None => Vec::new(),
        };
        let mut denied = self.denied.iter();
        let places = self.policy.statements().iter().enumerate().zip(&self.audiences);
        let statements = places.map(|((place, statement), audience)| {
            let denial = (statement.effect == Effect::Deny).then(|| denied.next());
            StatementParts {
                reads_principal: self.dependence(place).is_some(),
                reads_account: depends_on_account(&statement.condition),
                denial: denial.flatten().and_then(|(_, denied)| denied.number()),
                actions: actions.runs(&statement.actions, expanded),
                conditions: conditions(statement.index),
                audience: audience.clone(),
                place: written
                    .statements
                    .get(statement.index)
                    .cloned()
                    .unwrap_or_default(),
            }
        });
        let statements = statements.collect();
        let grants = self.policy.kind() == PolicyKind::Identity;
        CompiledDocument::new(self.policy, written.json, statements, grants)
    }
}

impl PrincipalDependence {
    fn new((statement, index): (&CompiledStatement, usize)) -> Option<Self> {
        let by_condition = depends_on_principal(&statement.condition);
        let resources = statement.resources.iter();
        let by_resources = resources
            .flat_map(|resources| resources.patterns().entries())
            .any(|entry| matches!(entry, ResourcePattern::Variable(_)));
        (by_condition || by_resources).then_some(Self {
            statement: index,
            by_condition,
            by_resources,
        })
    }
}

/// Keys that have one value for all principals of an account.
///
/// Source: IAM user guide, "AWS global condition context keys"; AWS KMS developer guide, "kms:CallerAccount". `aws:SourceOwner` is
/// what Amazon SNS compares.
const OF_ACCOUNT: [&str; 8] = [
    "aws:principalaccount",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgmasteraccountid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourceowner",
    "kms:calleraccount",
];

/// Returns whether a condition can mean different things to two principals of one account.
fn depends_on_principal(condition: &Expression) -> bool {
    depends_on(condition, &|key| {
        is_of_principal(key) && !OF_ACCOUNT.contains(&key)
    })
}

/// Returns whether a condition can mean different things to principals of two accounts, although it means the same to all principals
/// of an account.
fn depends_on_account(condition: &Expression) -> bool {
    depends_on(condition, &|key| OF_ACCOUNT.contains(&key))
}

/// Returns whether a condition reads one of the keys that `is_meant` accepts in lower case.
fn depends_on(condition: &Expression, is_meant: &impl Fn(&str) -> bool) -> bool {
    let is_read = |key: &str| is_meant(&key.to_lowercase());
    match condition {
        Expression::Atom(atom) | Expression::Not(atom) => match &**atom {
            Atom::Null(key) => is_read(key),
            Atom::Key(test) => is_read(test.key()) || test.variables().any(is_read),
            Atom::Pattern(_) => true,
            Atom::Unsupported { .. } => false,
        },
        Expression::And(members) | Expression::Or(members) => {
            members.iter().any(|member| depends_on(member, is_meant))
        }
        // A condition that is too complex may depend on anything.
        Expression::Complex => true,
        Expression::True | Expression::False => false,
    }
}
