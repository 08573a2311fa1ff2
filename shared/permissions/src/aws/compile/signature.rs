//! Signs what the policies make of one principal. Principals with equal signatures are one class.

use super::documents::{DocumentEntry, PrincipalDependence};
use crate::aws::data::{
    Boundary, DocumentId, Expanded, Extent, PRINCIPAL_TAG, PrincipalIndex, ResourcePolicyId, ServiceControl,
    expand,
};
use foldhash::HashSet;
use iam::condition::{Atom, Expression};
use iam::context::{ConditionKeys, Context, Lookup};
use iam::document::Effect;
use iam::matching::{Grants, Principal, PrincipalEntry, PrincipalSet, ResourcePattern, ResourceSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Holds what is known of a principal, or of several that are one source
pub(super) struct PrincipalFacts {
    /// Distinguishes the principal from all others
    pub(super) number: usize,
    pub(super) principal: Principal,
    pub(super) extent: Extent,
    /// The account is empty when the principal belongs to none
    pub(super) account: String,
    pub(super) context: Arc<Context>,
    /// Documents of the identity-based policies
    pub(super) identity: Vec<DocumentId>,
    pub(super) boundary: Boundary,
    pub(super) service_control: ServiceControl,
    pub(super) incomplete: bool,
    /// The policies of resources that name the principal itself
    pub(super) named: BTreeSet<ResourcePolicyId>,
}

/// Says what a statement comes to for one principal, where it could come to something else for another
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum SignaturePart {
    Condition(Expression),
    /// Says what is known of a variable, or of the key beside it, where the key was not known yet
    Variable(KnownOfKey),
    Resource(Option<Box<str>>),
    Names(Expression, Expression, Expression),
    Denies(Expression),
    /// The number of a [`SelectiveDeny`]. The parts that follow say what the Deny comes to. A Deny without a part comes to the
    /// same for all principals that its `Principal`, its `NotPrincipal` and its condition do not name
    Deny(usize),
    /// A tag of the principal that a [`SelectiveDeny`] names. A Deny that does not name the value comes to the same for all
    /// principals with the tag
    HasTag(Box<str>),
    /// The number of a principal that is like no other one
    Own(usize),
}

/// Says what is known of the value of a condition key
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum KnownOfKey {
    Present(Box<[String]>),
    Absent,
    Other(Box<[String]>),
    Begins(Box<str>),
    Unknown,
}

impl From<Lookup<'_>> for KnownOfKey {
    fn from(lookup: Lookup<'_>) -> Self {
        match lookup {
            Lookup::Present(values) => Self::Present(values.into()),
            Lookup::Absent => Self::Absent,
            Lookup::Other(patterns) => Self::Other(patterns.into()),
            Lookup::Begins(start) => Self::Begins(start.into()),
            Lookup::Unknown => Self::Unknown,
        }
    }
}

/// All parts, in the order of the statements
pub(super) type Signature = Vec<SignaturePart>;

/// A Deny of resources' policies that can concern one principal and spare another
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SelectiveDeny {
    pub(super) principals: Option<PrincipalSet>,
    pub(super) condition: Option<Expression>,
    pub(super) resources: Option<ResourceSet>,
}

/// All of them, by the principals that they name
pub(super) struct SelectiveDenies {
    all: Vec<SelectiveDeny>,
    by_principal: PrincipalIndex,
}

impl SelectiveDenies {
    /// Keeps the distinct ones. Policies of many resources often deny the same to the same principals.
    pub(super) fn new<'a>(denying: impl Iterator<Item = &'a DocumentEntry<'a>>) -> Self {
        let mut seen = HashSet::default();
        let mut denies = Self {
            all: Vec::new(),
            by_principal: PrincipalIndex::default(),
        };
        for entry in denying {
            for (index, statement) in entry.statements().iter().enumerate() {
                let dependence = entry.dependence(index);
                let everybody = statement.principals.as_ref().is_some_and(|principals| {
                    let entries = principals.entries();
                    !entries.is_negated() && entries.entries().contains(&PrincipalEntry::Everyone)
                });
                if statement.effect != Effect::Deny || (everybody && dependence.is_none()) {
                    continue;
                }
                let by_condition = dependence.is_some_and(|one| one.by_condition);
                let by_resources = dependence.is_some_and(|one| one.by_resources);
                let deny = SelectiveDeny {
                    principals: statement.principals.clone().filter(|_| !everybody),
                    condition: by_condition.then(|| statement.condition.clone()),
                    resources: statement.resources.clone().filter(|_| by_resources),
                };
                if seen.insert(deny.clone()) {
                    denies.add(deny);
                }
            }
        }
        denies
    }

    fn add(&mut self, deny: SelectiveDeny) {
        let number = self.all.len();
        let is_plain = deny.condition.is_none() && deny.resources.is_none();
        match &deny.principals {
            // Whom `NotPrincipal` does not list, the Deny binds, so that its condition and its resources count for them.
            Some(principals) if is_plain || !principals.entries().is_negated() => {
                self.by_principal.add(principals, number);
            }
            None if deny.resources.is_none() => {
                let condition = deny.condition.as_ref().unwrap_or(&Expression::True);
                self.by_principal.add_with_condition(condition, number);
            }
            Some(_) | None => self.by_principal.add_for_everybody(number),
        }
        self.all.push(deny);
    }

    /// Returns those that can concern a principal, each with its number. All others come to the same for all principals
    /// whom they do not concern.
    fn of(&self, principal: &Principal, context: &Context) -> impl Iterator<Item = (usize, &SelectiveDeny)> {
        let numbers = self.by_principal.of(principal, context).into_iter();
        numbers.filter_map(move |number| Some((number, self.all.get(number)?)))
    }
}

#[cfg(test)]
thread_local! {
    /// Denies that were signed for principals, to measure how the work grows
    pub(in crate::aws) static SIGNED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl PrincipalFacts {
    fn denied_by(&self, principals: &PrincipalSet) -> Expression {
        principals.denies(&self.principal, self.boundary != Boundary::None)
    }

    fn sign_condition(&self, condition: &Expression, signature: &mut Signature) {
        let left = condition.resolve(&*self.context);
        let known = |key: &str| SignaturePart::Variable(self.context.lookup(key).into());
        match keys_of_variables(&left) {
            Some(keys) => signature.extend(keys.into_iter().map(known)),
            None => signature.push(SignaturePart::Own(self.number)),
        }
        signature.push(SignaturePart::Condition(left));
    }

    fn sign_resources(&self, resources: &ResourceSet, signature: &mut Signature) {
        for entry in resources.patterns().entries() {
            if matches!(entry, ResourcePattern::Variable(_)) {
                signature.push(match expand(entry.as_str(), &*self.context) {
                    Expanded::Exact(text) => SignaturePart::Resource(Some(text)),
                    Expanded::Nothing => SignaturePart::Resource(None),
                    Expanded::Wider(_) => SignaturePart::Own(self.number),
                });
            }
        }
    }

    /// Adds what a statement that depends on the principal comes to.
    pub(super) fn sign(
        &self,
        entry: &DocumentEntry<'_>,
        dependence: &PrincipalDependence,
        signature: &mut Signature,
    ) {
        let Some(statement) = entry.statements().get(dependence.statement) else {
            return;
        };
        if dependence.by_condition {
            self.sign_condition(&statement.condition, signature);
        }
        if let Some(resources) = statement.resources.as_ref().filter(|_| dependence.by_resources) {
            self.sign_resources(resources, signature);
        }
    }

    /// Adds what the policy of a resource says of this principal.
    pub(super) fn sign_resource_side(&self, entry: &DocumentEntry<'_>, signature: &mut Signature) {
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
                    signature.push(SignaturePart::Names(direct, limited, account));
                }
                Effect::Deny => signature.push(SignaturePart::Denies(self.denied_by(principals))),
            }
            if let Some(dependence) = entry.dependence(index) {
                self.sign(entry, dependence, signature);
            }
        }
    }

    /// Adds what the Deny statements of resources' policies come to.
    pub(super) fn sign_denies(&self, denies: &SelectiveDenies, signature: &mut Signature) {
        if denies.by_principal.names_tags() {
            // A Deny that names a tag comes to the same for all principals without the tag of whom the same is known.
            let of_others = self.context.lookup(PRINCIPAL_TAG);
            signature.push(SignaturePart::Variable(of_others.into()));
            let tags = denies.by_principal.tags(&self.context);
            signature.extend(tags.map(|tag| SignaturePart::HasTag(tag.into())));
        }
        for (number, deny) in denies.of(&self.principal, &self.context) {
            signature.push(SignaturePart::Deny(number));
            self.sign_deny(deny, signature);
        }
    }

    fn sign_deny(&self, deny: &SelectiveDeny, signature: &mut Signature) {
        #[cfg(test)]
        SIGNED.with(|signed| signed.set(signed.get().saturating_add(1)));
        if let Some(principals) = &deny.principals {
            let denied = self.denied_by(principals);
            let spared = denied == Expression::False;
            signature.push(SignaturePart::Denies(denied));
            if spared {
                return;
            }
        }
        if let Some(condition) = &deny.condition {
            self.sign_condition(condition, signature);
        }
        if let Some(resources) = &deny.resources {
            self.sign_resources(resources, signature);
        }
    }
}

/// Returns the variables of a condition and the keys that are compared with them: a principal can still add their values to
/// the condition, because a variable is read only when the key beside it is known. `None` where the keys are hidden.
fn keys_of_variables(expression: &Expression) -> Option<Vec<&str>> {
    match expression {
        Expression::Atom(atom) | Expression::Not(atom) => match &**atom {
            Atom::Key(test) => {
                let mut keys: Vec<&str> = test.variables().collect();
                if !keys.is_empty() {
                    keys.push(test.key());
                }
                Some(keys)
            }
            Atom::Pattern(_) => None,
            Atom::Null(_) | Atom::Unsupported { .. } => Some(Vec::new()),
        },
        Expression::And(members) | Expression::Or(members) => {
            let keys: Option<Vec<Vec<&str>>> = members.iter().map(keys_of_variables).collect();
            Some(keys?.concat())
        }
        Expression::Complex => None,
        Expression::True | Expression::False => Some(Vec::new()),
    }
}
