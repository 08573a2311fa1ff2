//! Decides what a policy lets a principal class do of what methods need.

use super::alike::{Answers, List};
use super::free::is_free;
use super::methods::{METHODS, Method, Need, PASS_ROLE, Subject};
use super::subjects::Subjects;
use super::ways::{Ways, insert};
use crate::aws::data::{
    CompiledDocument, DocumentId, Expanded, PrincipalClass, ResourcePolicy, ResourcePolicyId, Snapshot,
    expand,
};
use crate::aws::effective::{Question, SingleResource};
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use iam::arn::{Arn, ArnPattern, ShortArn};
use iam::condition::Expression;
use iam::context::Context;
use iam::document::{Effect, Element};
use iam::matching::{ResourcePattern, ResourceSet};
use std::cell::RefCell;

/// A need of a method, for a role that is passed together with the service
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) need: Need,
    pub(super) passed_to: Option<&'static str>,
    action: u32,
}

/// All asks, and which of them each method has
#[derive(Debug, Default)]
pub(super) struct Asks {
    pub(super) all: Vec<Ask>,
    /// By the number of a method
    by_method: Vec<Vec<usize>>,
}

/// Of the asks that something lets through: the number, and on what
pub(super) type Granted = Vec<(usize, Ways)>;

impl Asks {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut asks = Self::default();
        for method in &METHODS {
            let passed = method.passed_to().map(|service| (PASS_ROLE, Some(service)));
            let needs = method.needs.iter().map(|need| (*need, None));
            let numbers = passed.into_iter().chain(needs);
            let numbers = numbers.filter_map(|(need, passed_to)| asks.number(snapshot, need, passed_to));
            let numbers: Vec<usize> = numbers.collect();
            asks.by_method.push(numbers);
        }
        asks
    }

    fn number(&mut self, snapshot: &Snapshot, need: Need, passed_to: Option<&'static str>) -> Option<usize> {
        let action = snapshot.actions.find(&need.action.to_lowercase())?;
        let ask = Ask {
            need,
            passed_to,
            action,
        };
        let known = self.all.iter().position(|one| *one == ask);
        Some(known.unwrap_or_else(|| {
            self.all.push(ask);
            self.all.len().saturating_sub(1)
        }))
    }

    /// The methods with their asks; a method with an action that the snapshot does not know is none.
    pub(super) fn methods(&self) -> impl Iterator<Item = (&'static Method, &[usize])> {
        let methods = METHODS.iter().zip(&self.by_method);
        methods
            .filter(|(method, asks)| {
                asks.len()
                    == method
                        .needs
                        .len()
                        .saturating_add(usize::from(method.passed_to().is_some()))
            })
            .map(|(method, asks)| (method, asks.as_slice()))
    }
}

/// Answers asks for a snapshot
#[derive(Debug)]
pub(super) struct Granting<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) subjects: &'s Subjects,
    pub(super) asks: &'s Asks,
    /// Of a trust policy and a principal: whether it names the principal at all
    open: Context,
    pub(super) answers: Answers,
}

/// Objects on which a document grants an action, while nothing is known of the request
#[derive(Debug, Default)]
struct Open {
    certain: FixedBitSet,
    /// Sets of objects that are decided alike
    unsure: Vec<FixedBitSet>,
}

impl<'s> Granting<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, subjects: &'s Subjects, asks: &'s Asks) -> Self {
        Self {
            snapshot,
            subjects,
            asks,
            open: Context::open(),
            answers: Answers::default(),
        }
    }

    /// What an identity-based policy lets a principal class do.
    pub(super) fn by_identity(&self, class: &PrincipalClass, document: &CompiledDocument) -> Granted {
        let named = RefCell::new(HashMap::default());
        let asks = self.asks.all.iter().enumerate();
        let mut passed: Option<Open> = None;
        asks.filter_map(|(number, ask)| {
            let mut statements = document.about(Effect::Allow, ask.action);
            statements.next()?;
            let question = Question {
                snapshot: self.snapshot,
                class,
                document,
                action: ask.action,
                known: &self.open,
            };
            let ways = match ask.need.subject {
                // Of a resource whose type no document lists it is enough that there may be one.
                Subject::New | Subject::Running(..) if self.objects(ask, class).is_none() => {
                    self.anywhere(&question).map(|certain| {
                        let mut ways = Ways::default();
                        ways.add(0, certain);
                        ways
                    })?
                }
                Subject::Role if ask.passed_to.is_some() => {
                    let open = passed.get_or_insert_with(|| self.on_objects(ask, &question, &named));
                    self.refined(ask, &question, open)
                }
                Subject::User
                | Subject::Role
                | Subject::Group
                | Subject::Policy
                | Subject::Running(..)
                | Subject::New => {
                    let open = self.on_objects(ask, &question, &named);
                    self.refined(ask, &question, &open)
                }
            };
            (!ways.is_empty()).then_some((number, ways))
        })
        .collect()
    }

    /// What the policy of a resource lets a principal class do on the resource.
    pub(super) fn by_resource(
        &self,
        class: &PrincipalClass,
        document: &CompiledDocument,
        id: ResourcePolicyId,
        policy: &ResourcePolicy,
    ) -> Granted {
        let asks = self.asks.all.iter().enumerate();
        asks.filter_map(|(number, ask)| {
            let question = Question {
                snapshot: self.snapshot,
                class,
                document,
                action: ask.action,
                known: &self.open,
            };
            let mut ways = Ways::default();
            match ask.need.subject {
                Subject::Role if ask.need.action.starts_with("sts:") => {
                    let role = self.subjects.by_trust.get(&id).copied()?;
                    let resource = &self.subjects.principals.get(role)?.resource;
                    ways.add(role, question.by_resource(policy, resource)?);
                }
                Subject::Running(service, kind) => {
                    let running = self.subjects.running.iter().enumerate();
                    let concerned = running.filter(|(_, one)| {
                        one.resource.policy == Some(id) && *one.service == *service && *one.kind == *kind
                    });
                    for (number, one) in concerned {
                        if let Some(certain) = question.by_resource(policy, &one.resource) {
                            ways.add(number.saturating_add(1), certain);
                        }
                    }
                }
                Subject::User | Subject::Role | Subject::Group | Subject::Policy | Subject::New => {}
            }
            (!ways.is_empty()).then_some((number, ways))
        })
        .collect()
    }

    /// The objects on which a document grants an action, while nothing is known of the request.
    fn on_objects(
        &self,
        ask: &Ask,
        question: &Question<'_>,
        named: &RefCell<HashMap<DocumentId, bool>>,
    ) -> Open {
        let Some(all) = self.objects(ask, question.class) else {
            return Open::default();
        };
        if all.is_clear() {
            return Open::default();
        }
        let (class, document) = (question.class, question.document);
        let about_iam = ask.need.action.starts_with("iam:");
        let is_free = about_iam && is_free(self.snapshot, class, ask.action);
        let mut possible = FixedBitSet::new();
        let mut certain = FixedBitSet::new();
        for statement in document.about(Effect::Allow, ask.action) {
            let holds = statement.condition.resolve(&*class.context);
            let Some(resources) = statement
                .resources
                .as_ref()
                .filter(|_| holds != Expression::False)
            else {
                continue;
            };
            let (mut chosen, exact) = self.chosen(ask, resources, class, &all);
            chosen.intersect_with(&all);
            if is_free && exact && holds == Expression::True {
                certain.union_with(&chosen);
            } else {
                possible.union_with(&chosen);
            }
        }
        possible.intersect_with(&all);
        possible.difference_with(&certain);
        if ask.need.action.starts_with("sts:") {
            let trusting = possible.ones().filter(|&number| {
                let role = self.resource(ask, number);
                role.is_some_and(|role| self.is_trusted(class, role, named))
            });
            let trusting: Vec<usize> = trusting.collect();
            possible.clear();
            possible.extend(trusting);
        }
        let mut open = Open {
            certain,
            unsure: Vec::new(),
        };
        if possible.is_clear() {
            return open;
        }
        for set in self.alike(ask, question, &possible) {
            match self.first(ask, &set).and_then(|one| question.by_identity(one)) {
                None => {}
                Some(true) => open.certain.union_with(&set),
                Some(false) => open.unsure.push(set),
            }
        }
        open
    }

    /// Any of the objects.
    fn first(&self, ask: &Ask, objects: &FixedBitSet) -> Option<&SingleResource> {
        self.resource(ask, objects.ones().next()?)
    }

    /// The objects that the resources of a statement may name, and whether it certainly names them all.
    fn chosen(
        &self,
        ask: &Ask,
        resources: &ResourceSet,
        class: &PrincipalClass,
        all: &FixedBitSet,
    ) -> (FixedBitSet, bool) {
        let Element::Of(entries) = resources.patterns() else {
            return (all.clone(), false);
        };
        let mut chosen = FixedBitSet::new();
        let mut exact = true;
        for entry in entries {
            let expanded;
            let pattern = match entry {
                ResourcePattern::Fixed(pattern) => pattern,
                ResourcePattern::Variable(_) => {
                    exact = false;
                    match expand(entry.as_str(), &*class.context) {
                        Expanded::Exact(text) | Expanded::Wider(text) => {
                            expanded = ArnPattern::parse(&text, ShortArn::Padded);
                            &expanded
                        }
                        Expanded::Nothing => continue,
                    }
                }
            };
            if pattern.is_universal() {
                return (all.clone(), exact);
            }
            let by_arn = &self.subjects.by_arn;
            if pattern.is_literal() && matches!(ask.need.subject, Subject::User | Subject::Role) {
                if let Some(&number) = by_arn.get(pattern.as_str()) {
                    insert(&mut chosen, number);
                }
                continue;
            }
            if let Some(list) = List::of(ask, class) {
                chosen.union_with(&self.named(ask, &list, class, pattern));
                continue;
            }
            for number in all.ones() {
                let resource = self.resource(ask, number);
                let arn = resource.and_then(|resource| Arn::parse(&resource.arn).ok());
                if arn.is_some_and(|arn| pattern.matches_arn(&arn)) {
                    insert(&mut chosen, number);
                }
            }
        }
        (chosen, exact)
    }

    /// Whether a role may trust the principal class at all.
    fn is_trusted(
        &self,
        class: &PrincipalClass,
        role: &SingleResource,
        named: &RefCell<HashMap<DocumentId, bool>>,
    ) -> bool {
        let policy = role.policy.and_then(|id| self.snapshot.resource_policies.get(id));
        let Some(policy) = policy else { return true };
        *named.borrow_mut().entry(policy.document).or_insert_with(|| {
            let document = self.snapshot.documents.get(policy.document);
            let mut statements = document.into_iter().flat_map(CompiledDocument::statements);
            statements.any(|one| {
                let principals = one.statement.principals.as_ref();
                one.statement.effect == Effect::Allow
                    && principals.is_some_and(|one| one.grants(&class.principal).any() != Expression::False)
            })
        })
    }

    /// The same with what is known of requests that a method makes.
    fn refined(&self, ask: &Ask, question: &Question<'_>, open: &Open) -> Ways {
        let mut ways = Ways::certainly(open.certain.clone());
        for set in &open.unsure {
            let Some((number, resource)) = set
                .ones()
                .next()
                .and_then(|number| Some((number, self.resource(ask, number)?)))
            else {
                continue;
            };
            let requests = self.requests(ask, number);
            if requests.is_empty() {
                ways.add_all(set, false);
            }
            for known in &requests {
                let question = Question { known, ..*question };
                if let Some(certain) = question.by_identity(resource) {
                    ways.add_all(set, certain);
                }
            }
        }
        ways
    }

    /// What is known of the requests for an ask about an object; each of them can be made.
    fn requests(&self, ask: &Ask, number: usize) -> Vec<Context> {
        if let Some(service) = ask.passed_to {
            return vec![Context::open().with("iam:PassedToService", [service])];
        }
        let action = ask.need.action;
        if !matches!(ask.need.subject, Subject::User | Subject::Role)
            || !action.starts_with("iam:")
            || action.ends_with("PermissionsBoundary")
        {
            return Vec::new();
        }
        let principal = self.subjects.principals.get(number);
        let source = principal.and_then(|one| self.snapshot.sources.get(one.source?));
        let boundary = source.and_then(|source| source.boundary.as_deref());
        let known = match boundary {
            Some(boundary) => Context::open().with("iam:PermissionsBoundary", [boundary]),
            None => Context::open().without("iam:PermissionsBoundary"),
        };
        if !action.starts_with("iam:Attach") {
            return vec![known];
        }
        let account = principal.map_or("", |one| &one.account);
        let policies = self.subjects.full_access_in(account);
        policies
            .map(|policy| known.clone().with("iam:PolicyARN", [policy]))
            .collect()
    }
}
