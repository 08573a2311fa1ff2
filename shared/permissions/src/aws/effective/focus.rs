//! Holds one resource that rows are worked out for.

use crate::aws::data::actions::ActionRuns;
use crate::aws::data::{ResourcePolicyId, Snapshot};
use iam::arn::{ArnPattern, Resource, ShortArn};
use iam::document::Element;
use iam::matching::{ResourcePattern, ResourceSet};

/// The resource that a query covers, and the actions that can be done on it
#[derive(Debug)]
pub(super) struct Focus {
    text: Box<str>,
    /// Numbers of the actions, ascending
    actions: Vec<u32>,
    /// The policies of resources that can cover the resource, ascending
    policies: Vec<ResourcePolicyId>,
}

impl Focus {
    pub(super) fn new(snapshot: &Snapshot, resource: &str) -> Self {
        let pattern = ArnPattern::parse(resource, ShortArn::Padded);
        let types = snapshot.actions.types_named(&pattern);
        let service = pattern.service();
        let can_be_done = |number: u32| {
            let Some(action) = snapshot.actions.get(number) else {
                return false;
            };
            if action.known {
                action.types.iter().any(|one| types.binary_search(one).is_ok())
            } else {
                action.name.split(':').next() == service
            }
        };
        Self {
            text: resource.into(),
            actions: (0..snapshot.actions.count())
                .filter(|&number| can_be_done(number))
                .collect(),
            policies: policies_over(snapshot, resource),
        }
    }

    /// Returns the ARN of the resource.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns those of the actions that can be done on the resource.
    pub(super) fn actions<'a>(&'a self, actions: &'a ActionRuns) -> impl Iterator<Item = u32> + 'a {
        self.actions
            .iter()
            .copied()
            .filter(|&action| actions.contains(action))
    }

    /// Returns whether the resource may be among those that a statement names. The variables of the statement decide
    /// the rest.
    pub(super) fn may_be_among(&self, resources: &ResourceSet) -> bool {
        let Ok(resource) = Resource::parse(&self.text) else {
            return false;
        };
        match resources.patterns() {
            Element::Not(_) => true,
            Element::Of(entries) => entries
                .iter()
                .map(ResourcePattern::widest)
                .any(|pattern| pattern.matches(&resource)),
        }
    }

    /// Returns whether the policy of a resource can cover the resource.
    pub(super) fn is_within(&self, policy: ResourcePolicyId) -> bool {
        self.policies.binary_search(&policy).is_ok()
    }
}

fn policies_over(snapshot: &Snapshot, resource: &str) -> Vec<ResourcePolicyId> {
    let Ok(resource) = Resource::parse(resource) else {
        return Vec::new();
    };
    let all = snapshot.resource_policies.iter();
    let over = all.filter(|(_, policy)| policy.scope.iter().any(|one| one.matches(&resource)));
    over.map(|(id, _)| id).collect()
}
