//! Says which resources a row is about, and how the resources of a statement relate to them.

use crate::aws::data::{Expanded, NO_TYPE, ResourcePolicyId, Snapshot, TypePattern, expand};
use iam::arn::{ArnPattern, Resource, ShortArn, WildcardMatching, account_field};
use iam::condition::Expression;
use iam::context::{Context, Layered};
use iam::document::Element;
use iam::glob::Containment;
use iam::matching::{ResourcePattern, ResourceSet};
use model::account::AccountId;
use std::borrow::Cow;

/// The destination of a row: one resource, or all resources of a type that a pattern names
#[derive(Debug)]
pub(super) struct Destination<'t> {
    /// The text of the destination as the row shows it
    pub(super) text: &'t str,
    /// The pattern that the destination names; unused for the pseudo-resource
    pub(super) pattern: &'t ArnPattern,
    /// Formats of the resource type, when the type is known
    types: &'t [TypePattern],
    /// Says whether the action works on no resource, so that only patterns of `*` count
    pub(super) unspecified: bool,
    /// The policy of the resource that the destination is or lies in
    pub(super) policy: Option<ResourcePolicyId>,
    /// The one resource that the destination is; `None` when it is a pattern
    single: Option<Resource<'t>>,
    /// Names the account that owns everything in the destination, when the ARN or a document names it
    owner: Option<&'t str>,
}

/// Says how the resources of a statement relate to the resources of a row
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Relation {
    /// The statement names all of them when the expression holds
    All(Expression),
    /// The statement may name some of them
    Some,
    /// The row has no account
    None,
}

impl Relation {
    /// Makes the relation of a statement that names all of them when the expression holds, and none when it does not.
    pub(super) fn all(expression: Expression) -> Self {
        if expression == Expression::False {
            Self::None
        } else {
            Self::All(expression)
        }
    }
}

impl<'t> Destination<'t> {
    /// Makes the destination of requests for actions that the catalogue has or does not have, as a pattern of one
    /// resource type.
    pub(super) fn new(
        snapshot: &'t Snapshot,
        text: &'t str,
        pattern: &'t ArnPattern,
        policy: Option<ResourcePolicyId>,
        (resource_type, is_known): (u16, bool),
    ) -> Self {
        let unspecified = resource_type == NO_TYPE && pattern.is_universal() && is_known;
        let single = match (unspecified, pattern.is_literal()) {
            (true, _) => Some(Resource::Unspecified),
            (false, true) => Resource::parse(text).ok(),
            (false, false) => None,
        };
        let account = account_field(text);
        let known = (account == Some(""))
            .then(|| snapshot.known_resources.of(text))
            .flatten();
        // The owner is not `aws`, which owns managed policies.
        let named = account.filter(|one| one.parse::<AccountId>().is_ok());
        Self {
            text,
            pattern,
            types: snapshot.type_patterns(resource_type),
            unspecified,
            policy,
            single,
            owner: named.or_else(|| known.map(|known| &*known.account)),
        }
    }

    /// Returns the patterns of the resource type, when the type is known.
    pub(super) fn types(&self) -> impl ExactSizeIterator<Item = &'t ArnPattern> {
        self.types.iter().map(|format| &format.pattern)
    }

    /// Returns the account that owns everything in the destination, when the ARN or a document names it.
    pub(super) const fn owner(&self) -> Option<&'t str> {
        self.owner
    }

    /// Returns whether the owner is assumed to be the source's account, because neither the ARN nor a document names
    /// the owner.
    pub(super) fn has_assumed_owner(&self) -> bool {
        account_field(self.text) == Some("") && self.owner.is_none() && self.policy.is_none()
    }

    /// Returns the keys of a request that follow from the destination alone.
    pub(super) fn context(&self, snapshot: &Snapshot) -> Context {
        let single = self.single();
        let mut context = single.map_or_else(Context::open, |resource| Context::of_resource(&resource));
        let names_account = single
            .and_then(|one| one.arn().copied())
            .is_some_and(|arn| !arn.account.is_empty());
        let policy = self.policy.and_then(|id| snapshot.resource_policies.get(id));
        let owner = policy.map(|policy| &*policy.account).or_else(|| self.owner());
        if let Some(owner) = owner.filter(|_| !names_account) {
            context.add("aws:ResourceAccount", [owner]);
        }
        context
    }

    /// Returns the one resource that the destination is; `None` when it is a pattern.
    pub(super) const fn single(&self) -> Option<Resource<'t>> {
        self.single
    }

    /// Returns how the resources of a statement relate to the destination.
    pub(super) fn relate(&self, resources: Option<&ResourceSet>, context: &Context) -> Relation {
        let Some(resources) = resources else {
            return Relation::All(Expression::True);
        };
        if let Some(resource) = self.single() {
            let own = Context::of_resource(&resource);
            let keys = Layered(&[context, &own]);
            let about = resources.matches(&resource, WildcardMatching::Documented, &keys);
            return Relation::all(about);
        }
        let entries = resources.patterns().entries().iter();
        let (mut all, mut some) = (false, false);
        for entry in entries {
            let (pattern, exact) = match entry {
                ResourcePattern::Fixed(fixed) => (Cow::Borrowed(fixed), true),
                ResourcePattern::Variable(_) => match expand(entry.as_str(), context) {
                    Expanded::Exact(text) => (Cow::Owned(ArnPattern::parse(&text, ShortArn::Padded)), true),
                    Expanded::Wider(text) => (Cow::Owned(ArnPattern::parse(&text, ShortArn::Padded)), false),
                    Expanded::Nothing if resources.patterns().is_negated() => return Relation::None,
                    Expanded::Nothing => continue,
                },
            };
            // Most patterns are about other resources, which is sooner found out than whether they include all of these.
            if !self.pattern.matches_nothing() && !pattern.overlaps(self.pattern) {
                continue;
            }
            if exact && self.is_within(&pattern) {
                all = true;
                // The other entries cannot change the result any more.
                break;
            }
            some = some || self.meets(&pattern);
        }
        match (resources.patterns(), all, some) {
            (Element::Of(_), true, _) | (Element::Not(_), false, false) => Relation::All(Expression::True),
            (Element::Of(_) | Element::Not(_), false, true) => Relation::Some,
            (Element::Of(_), false, false) | (Element::Not(_), true, _) => Relation::None,
        }
    }

    /// Returns the service of every resource in the destination, when there is one service.
    pub(super) fn service(&self) -> Option<&str> {
        self.pattern.service().or_else(|| {
            let mut services = self.types().map(ArnPattern::service);
            let first = services.next()??;
            services.all(|other| other == Some(first)).then_some(first)
        })
    }

    pub(super) fn is_within(&self, pattern: &ArnPattern) -> bool {
        pattern.is_universal()
            || pattern.contains(self.pattern) == Containment::Contained
            || (!self.types.is_empty()
                && self
                    .types()
                    .all(|own| pattern.contains(own) == Containment::Contained))
    }

    pub(super) fn meets(&self, pattern: &ArnPattern) -> bool {
        pattern.overlaps(self.pattern)
            && (self.types.is_empty() || self.types().any(|own| pattern.overlaps(own)))
    }
}
