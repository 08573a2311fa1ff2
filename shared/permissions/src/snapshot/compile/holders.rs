//! Principals that no policy tells apart are one holder, so that they share their tables.

use super::super::region::{Expanded, expand};
use super::super::resource_policies::ResourcePolicy;
use super::super::{Boundary, Holder, ServiceControl, TableSpec, Whom};
use super::Builder;
use super::documents::{DocumentEntry, Telling, is_settled};
use foldhash::HashSet;
use iam::arn::{ArnPattern, ShortArn};
use iam::condition::Expression;
use iam::context::Context;
use iam::document::Effect;
use iam::matching::{
    ActionPattern, ActionSet, Grants, Principal, PrincipalEntry, PrincipalSet, ResourcePattern, ResourceSet,
};
use iam::policy::CompiledStatement;

/// Somebody who holds policies
pub(super) struct Bearer {
    pub(super) principal: Principal,
    pub(super) whom: Whom,
    /// Empty when there is none
    pub(super) account: String,
    pub(super) context: Context,
    /// Documents of identity policies
    pub(super) identity: Vec<usize>,
    pub(super) boundary: Boundary,
    pub(super) service_control: ServiceControl,
    pub(super) incomplete: bool,
}

/// Holders that differ in nothing of this are one
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct HolderKey {
    surroundings: usize,
    limits: usize,
    /// Of the granting document, when it or the policies of resources that it names tell principals apart
    granting: Option<(usize, Vec<Mark>)>,
    /// Of a principal that the policies of resources name
    named: Option<Principal>,
}

/// What limits a bearer whatever it was granted
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Surroundings {
    account: String,
    boundary: Boundary,
    service_control: ServiceControl,
    incomplete: bool,
}

/// Documents of a bearer that deny, and what all of its limits say of it
pub(super) type Limits = (Vec<usize>, Vec<Mark>);

/// What is worked out once for all policies of a bearer
pub(super) struct Bound {
    surroundings: usize,
    /// All of its documents that deny
    denies: Vec<usize>,
    /// Of those that can touch a grant: the number of the limits
    limits: Vec<(Vec<usize>, usize)>,
}

/// What a statement comes to for one principal, where it could come to something else for another
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    Condition(Expression),
    Resource(Option<Box<str>>),
    Names(Expression, Expression, Expression),
    Binds(Expression),
    /// Nobody else is like this one
    Own(Principal),
}

/// A Deny of resources' policies that can bind one principal and spare another
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Binder {
    principals: Option<PrincipalSet>,
    condition: Option<Expression>,
    resources: Option<ResourceSet>,
}

impl Binder {
    /// The distinct ones: policies of many resources often deny the same to the same.
    pub(super) fn all<'a>(denying: impl Iterator<Item = &'a DocumentEntry<'a>>) -> Vec<Self> {
        let mut seen = HashSet::default();
        let mut all = Vec::new();
        for entry in denying {
            for (index, statement) in entry.statements().iter().enumerate() {
                let telling = entry.telling.iter().find(|one| one.statement == index);
                let everybody = statement.principals.as_ref().is_some_and(|principals| {
                    let entries = principals.entries();
                    !entries.is_negated() && entries.entries().contains(&PrincipalEntry::Everyone)
                });
                if statement.effect != Effect::Deny || (everybody && telling.is_none()) {
                    continue;
                }
                let by_condition = telling.is_some_and(|telling| telling.by_condition);
                let by_resources = telling.is_some_and(|telling| telling.by_resources);
                let binder = Self {
                    principals: statement.principals.clone().filter(|_| !everybody),
                    condition: by_condition.then(|| statement.condition.clone()),
                    resources: statement.resources.clone().filter(|_| by_resources),
                };
                if seen.insert(binder.clone()) {
                    all.push(binder);
                }
            }
        }
        all
    }
}

impl Bearer {
    fn binds(&self, principals: &PrincipalSet) -> Expression {
        principals.denies(&self.principal, self.boundary != Boundary::None)
    }

    fn mark_condition(&self, condition: &Expression, marks: &mut Vec<Mark>) {
        let left = condition.resolve(&self.context);
        marks.push(if is_settled(&left) {
            Mark::Condition(left)
        } else {
            Mark::Own(self.principal.clone())
        });
    }

    fn mark_resources(&self, resources: &ResourceSet, marks: &mut Vec<Mark>) {
        for entry in resources.patterns().entries() {
            if matches!(entry, ResourcePattern::Variable(_)) {
                marks.push(match expand(entry.as_str(), &self.context) {
                    Expanded::Exact(text) => Mark::Resource(Some(text)),
                    Expanded::Nothing => Mark::Resource(None),
                    Expanded::Wider(_) => Mark::Own(self.principal.clone()),
                });
            }
        }
    }

    fn mark(&self, entry: &DocumentEntry<'_>, telling: &Telling, marks: &mut Vec<Mark>) {
        let Some(statement) = entry.statements().get(telling.statement) else {
            return;
        };
        if telling.by_condition {
            self.mark_condition(&statement.condition, marks);
        }
        if let Some(resources) = statement.resources.as_ref().filter(|_| telling.by_resources) {
            self.mark_resources(resources, marks);
        }
    }

    /// What the policy of a resource says of this principal.
    fn mark_other_side(&self, entry: &DocumentEntry<'_>, marks: &mut Vec<Mark>) {
        for (index, statement) in entry.statements().iter().enumerate() {
            let Some(principals) = &statement.principals else {
                continue;
            };
            match statement.effect {
                Effect::Allow => {
                    let Grants {
                        direct,
                        limited,
                        account,
                    } = principals.grants(&self.principal);
                    marks.push(Mark::Names(direct, limited, account));
                }
                Effect::Deny => marks.push(Mark::Binds(self.binds(principals))),
            }
            if let Some(telling) = entry.telling.iter().find(|one| one.statement == index) {
                self.mark(entry, telling, marks);
            }
        }
    }
}

impl Builder<'_> {
    /// What everything that can limit the bearer says of it, of its own policies those given.
    fn limit_marks(&self, bearer: &Bearer, denies: &[usize]) -> Vec<Mark> {
        let mut marks = Vec::new();
        let boundary = match bearer.boundary {
            Boundary::Document(number) => Some(number),
            Boundary::None | Boundary::NotKnown => None,
        };
        let levels: &[Vec<usize>] = match &bearer.service_control {
            ServiceControl::Levels(levels) => levels,
            ServiceControl::NotSupplied | ServiceControl::Exempt => &[],
        };
        let attached = levels.iter().flatten();
        let attached =
            attached.filter_map(|&number| Some(self.service_control_policies.get(number)?.document));
        let documents = denies.iter().copied().chain(boundary).chain(attached);
        for entry in documents.filter_map(|number| self.documents.get(number)) {
            for telling in &entry.telling {
                bearer.mark(entry, telling, &mut marks);
            }
        }
        for binder in &self.binders {
            if let Some(principals) = &binder.principals {
                let binds = bearer.binds(principals);
                let spared = binds == Expression::False;
                marks.push(Mark::Binds(binds));
                if spared {
                    continue;
                }
            }
            if let Some(condition) = &binder.condition {
                bearer.mark_condition(condition, &mut marks);
            }
            if let Some(resources) = &binder.resources {
                bearer.mark_resources(resources, &mut marks);
            }
        }
        marks
    }

    /// What the granting document says of the bearer, and the policies of the resources that the document names.
    fn granting_marks(&mut self, bearer: &Bearer, document: usize) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut concerned = self.concerned(document);
        let Some(entry) = self.documents.get(document) else {
            return marks;
        };
        for telling in &entry.telling {
            bearer.mark(entry, telling, &mut marks);
            let resources = entry.statements().get(telling.statement);
            let resources = resources.and_then(|statement| statement.resources.as_ref());
            let entries = resources.into_iter().flat_map(|one| one.patterns().entries());
            for entry in entries.filter(|entry| matches!(entry, ResourcePattern::Variable(_))) {
                if let Expanded::Exact(text) = expand(entry.as_str(), &bearer.context) {
                    let pattern = ArnPattern::parse(&text, ShortArn::Padded);
                    concerned.extend(self.resource_policies.of(&pattern));
                }
            }
        }
        let policies = concerned
            .iter()
            .filter_map(|&number| self.resource_policies.get(number));
        let asked = policies.filter(|policy| policy.must_allow() || *policy.account != *bearer.account);
        for entry in asked.filter_map(|policy| self.documents.get(policy.document)) {
            bearer.mark_other_side(entry, &mut marks);
        }
        marks
    }

    /// Resources with policies that the Allow statements of a document name, each alone.
    fn concerned(&mut self, document: usize) -> Vec<usize> {
        if let Some(known) = self.concerned.get(&document) {
            return known.clone();
        }
        let mut found = Vec::new();
        let statements = self.documents.get(document).map(DocumentEntry::statements);
        let allowing = statements
            .into_iter()
            .flatten()
            .filter(|one| one.effect == Effect::Allow);
        for statement in allowing {
            found.extend(named_alone(statement).filter_map(|pattern| {
                let number = self.resource_policies.of(pattern)?;
                let policy = self.resource_policies.get(number)?;
                may_be_asked(policy, &statement.actions).then_some(number)
            }));
        }
        found.sort_unstable();
        found.dedup();
        self.concerned.insert(document, found.clone());
        found
    }

    /// What limits the bearer, made ready for its policies.
    pub(super) fn bound(&mut self, bearer: &Bearer) -> Bound {
        let next = self.surroundings.len();
        let surroundings = Surroundings {
            account: bearer.account.clone(),
            boundary: bearer.boundary,
            service_control: bearer.service_control.clone(),
            incomplete: bearer.incomplete,
        };
        let denying = |&number: &usize| self.documents.get(number).is_some_and(DocumentEntry::has_deny);
        Bound {
            surroundings: *self.surroundings.entry(surroundings).or_insert(next),
            denies: bearer.identity.iter().copied().filter(denying).collect(),
            limits: Vec::new(),
        }
    }

    fn limits(&mut self, limits: Limits) -> usize {
        let next = self.limits.len();
        *self.limits.entry(limits).or_insert(next)
    }

    /// The table of what a document grants to the bearer of an identity policy.
    ///
    /// Of what the bearer's policies deny only that counts which the document may allow: holders of one document share a
    /// table whatever their other policies deny of other services.
    pub(super) fn identity_table(&mut self, bearer: &Bearer, bound: &mut Bound, document: usize) -> usize {
        let all = bound.denies.iter().copied();
        let denies: Vec<usize> = all
            .filter(|&deny| self.documents.touches(deny, document))
            .collect();
        let known = bound.limits.iter().find(|(known, _)| *known == denies);
        let limits = if let Some((_, known)) = known {
            *known
        } else {
            let marks = self.limit_marks(bearer, &denies);
            let number = self.limits((denies.clone(), marks));
            bound.limits.push((denies.clone(), number));
            number
        };
        let marks = self.granting_marks(bearer, document);
        let key = HolderKey {
            surroundings: bound.surroundings,
            limits,
            granting: (!marks.is_empty()).then_some((document, marks)),
            named: None,
        };
        let holder = self.holder(key, bearer, denies);
        self.table(TableSpec {
            holder,
            document,
            resource: None,
        })
    }

    /// The table of what the policy of a resource grants to the bearer.
    pub(super) fn resource_table(&mut self, bearer: &Bearer, bound: &Bound, number: usize) -> Option<usize> {
        let document = self.resource_policies.get(number)?.document;
        let key = HolderKey {
            surroundings: bound.surroundings,
            limits: self.limits((bound.denies.clone(), Vec::new())),
            granting: None,
            named: Some(bearer.principal.clone()),
        };
        let holder = self.holder(key, bearer, bound.denies.clone());
        Some(self.table(TableSpec {
            holder,
            document,
            resource: Some(number),
        }))
    }

    fn holder(&mut self, key: HolderKey, bearer: &Bearer, denies: Vec<usize>) -> usize {
        if let Some(&number) = self.holder_numbers.get(&key) {
            return number;
        }
        let number = self.holders.len();
        let named = key.named.is_some();
        self.holders.push(Holder {
            principal: bearer.principal.clone(),
            whom: bearer.whom,
            account: bearer.account.as_str().into(),
            context: bearer.context.clone(),
            denies,
            identity: if named {
                bearer.identity.clone()
            } else {
                Vec::new()
            },
            boundary: bearer.boundary,
            service_control: bearer.service_control.clone(),
            incomplete: bearer.incomplete,
        });
        self.holder_numbers.insert(key, number);
        number
    }

    fn table(&mut self, spec: TableSpec) -> usize {
        let next = self.specs.len();
        let number = *self.spec_numbers.entry(spec).or_insert(next);
        if number == next {
            self.specs.push(spec);
        }
        number
    }
}

/// Patterns that can lie within the scope of one resource's policy.
fn named_alone(statement: &CompiledStatement) -> impl Iterator<Item = &ArnPattern> {
    let resources = statement.resources.iter();
    let plain = resources.filter(|resources| !resources.patterns().is_negated());
    plain
        .flat_map(|resources| resources.patterns().entries())
        .filter_map(|entry| match entry {
            ResourcePattern::Fixed(pattern) => Some(pattern),
            ResourcePattern::Variable(_) => None,
        })
}

/// Whether the statement may be about actions that the policy is asked about.
fn may_be_asked(policy: &ResourcePolicy, actions: &ActionSet) -> bool {
    let about = ActionPattern::parse("sts:*");
    let patterns = actions.patterns();
    !policy.is_trust || patterns.is_negated() || patterns.entries().iter().any(|one| one.overlaps(&about))
}
