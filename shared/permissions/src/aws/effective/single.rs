//! Decides about one resource, for callers that need no rows.

use super::dest::Dests;
use super::destination::Destination;
use super::draft::Candidate;
use super::effective_grant::EffectiveGrant;
use super::request::{Relations, RequestClass, known_by_action};
use super::{identity_grants, resource_grants};
use crate::aws::data::{
    CompiledDocument, NO_TYPE, PrincipalClass, ResourcePolicy, ResourcePolicyId, Snapshot,
};
use iam::arn::{ArnPattern, ShortArn};
use iam::context::{Context, Layered};
use iam::document::Effect;
use iam::evaluate::reserved_actions;

/// One resource, made ready for decisions
#[derive(Debug)]
pub(crate) struct SingleResource {
    pub(crate) arn: Box<str>,
    pattern: ArnPattern,
    /// The policy of the resource that this is or lies in
    pub(crate) policy: Option<ResourcePolicyId>,
    resource_type: u16,
    /// Numbers of the actions that only AWS can do on the resource
    reserved: Vec<u32>,
}

impl SingleResource {
    pub(crate) fn new(snapshot: &Snapshot, arn: &str) -> Self {
        let pattern = ArnPattern::parse(arn, ShortArn::Padded);
        let types = snapshot.actions.types_named(&pattern);
        Self {
            arn: arn.into(),
            policy: snapshot.resource_policies.of(&pattern),
            resource_type: types.first().copied().unwrap_or(NO_TYPE),
            reserved: reserved_actions(&pattern)
                .filter_map(|action| snapshot.actions.find(action))
                .collect(),
            pattern,
        }
    }

    /// Returns what decisions read of the resource beside its name: its type, and the actions that only AWS can do on
    /// it.
    pub(crate) fn kind(&self) -> (u16, &[u32]) {
        (self.resource_type, &self.reserved)
    }
}

/// Names what a document may grant of an action to a principal class, on a resource that each decision names
#[derive(Clone, Copy)]
pub(crate) struct PossibleGrant<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) class: &'a PrincipalClass,
    pub(crate) document: &'a CompiledDocument,
    pub(crate) action: u32,
    /// Says what is known of the request beside principal and resource
    pub(crate) known: &'a Context,
}

impl PossibleGrant<'_> {
    /// Returns whether an identity-based policy grants the action on a resource. The answer says whether this is
    /// certain.
    pub(crate) fn by_identity(&self, resource: &SingleResource) -> Option<bool> {
        self.decide(resource, |request, granting| {
            identity_grants::effective(request, self.document, granting)
        })
    }

    /// Returns whether the policy of a resource grants the action on the resource. The answer says whether this is
    /// certain.
    pub(crate) fn by_resource(&self, policy: &ResourcePolicy, resource: &SingleResource) -> Option<bool> {
        self.decide(resource, |request, granting| {
            resource_grants::effective(request, self.document, policy, granting)
        })
    }

    /// Returns whether the policy of a resource grants the action to everybody, the principal among them. The answer
    /// says whether this is certain.
    pub(crate) fn by_public(&self, policy: &ResourcePolicy, resource: &SingleResource) -> Option<bool> {
        self.decide(resource, |request, _| {
            resource_grants::of_public(request, self.document, policy)
        })
    }

    /// Returns whether an identity-based policy grants the action on anything at all. The answer says whether this is
    /// certain. What is found out about destinations is kept in `known`.
    pub(crate) fn anywhere(&self, known: &Dests) -> Option<bool> {
        identity_grants::anywhere(self.snapshot, self.class, self.document, self.action, known)
    }

    fn decide(
        &self,
        resource: &SingleResource,
        effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant>,
    ) -> Option<bool> {
        if resource.reserved.contains(&self.action) {
            return None;
        }
        let destination = Destination::new(
            self.snapshot,
            &resource.arn,
            &resource.pattern,
            resource.policy,
            (
                resource.resource_type,
                self.snapshot.actions.is_known(self.action),
            ),
        );
        let of_destination = destination.context(self.snapshot);
        let request = RequestClass {
            snapshot: self.snapshot,
            action: self.action,
            destination: &destination,
            class: self.class,
            keys: Layered(&[
                &self.class.context,
                &of_destination,
                known_by_action(self.snapshot, self.action),
                self.known,
            ]),
            relations: &Relations::default(),
        };
        let statements = self.document.statements();
        let allowing = statements
            .filter(|one| one.statement.effect == Effect::Allow && one.actions.contains(self.action));
        let mut granting: Vec<Candidate> = allowing
            .filter_map(|one| Some(Candidate::of_statement(u16::try_from(one.index).ok()?)))
            .collect();
        if granting.is_empty() {
            return None;
        }
        effective(&request, &mut granting)?.certainty()
    }
}
