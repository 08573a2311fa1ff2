//! The decision on one request of an imported principal, with the statements that decided.
//!
//! The facts of the principal are its own, and not those of its principal class: the decision is the one of
//! [`iam::evaluate`], and a test over random organizations holds the rows to it.

mod reply;
mod unknown;

pub use reply::{Reservation, SimulatedStatement, Simulation};

use super::EffectivePermissions;
use super::data::resource_control::RESOURCE_CONTROL_SERVICES;
use super::data::{
    Boundary, OwnAccount, OwnFacts, ResourcePolicyId, ServiceControl, Snapshot, Source, always_has_policy,
    never_has_policy, with_tags,
};
use iam::arn::{Arn, ArnPattern, Resource, ShortArn};
use iam::context::{ConditionKeys, Context, Layered, Lookup};
use iam::document::{Document, PolicyKind, Version};
use iam::evaluate::{ActionScope, Attached, Layers, OrganizationPolicies, Request, ResourcePolicy, evaluate};
use iam::matching::Principal;
use iam::policy::Policy;
use std::sync::LazyLock;

/// Stands in for the trust policy of a role of another shard that is about nobody of this shard
static ABOUT_NOBODY: LazyLock<Policy> = LazyLock::new(|| {
    let document = Document {
        version: Version::V2012,
        id: None,
        statements: Vec::new(),
    };
    Policy::compile(&document, PolicyKind::Trust)
});

/// Holds the request to decide
#[derive(Debug, Clone, Copy)]
pub struct SimulatedRequest<'r> {
    /// ARN of a user or a role
    pub principal: &'r str,
    /// `service:Name`, in any case
    pub action: &'r str,
    /// A whole ARN, or `*` for an action without resources
    pub resource: Resource<'r>,
    /// Condition keys of the request with their values
    pub context: &'r [(String, Vec<String>)],
    /// Says whether the request has no condition keys beyond these and those that follow from the principal and the
    /// resource
    pub is_context_complete: bool,
}

impl EffectivePermissions {
    /// Decides a request; `None` when no document describes the principal.
    #[must_use]
    pub fn simulate(&self, request: &SimulatedRequest<'_>) -> Option<Simulation> {
        let snapshot = self.snapshot();
        let mut sources = snapshot.sources.iter();
        let source = sources.find(|source| source.kind.is_in_id() && &*source.id == request.principal)?;
        let own = source.own.as_ref()?;
        let principal = Principal::parse(&source.id)
            .ok()?
            .with_id(own.unique_id.as_deref());
        let found = RequestOfPrincipal {
            snapshot,
            source,
            own,
            principal,
            request,
        };
        Some(found.decide())
    }
}

/// A request of a principal that was found
struct RequestOfPrincipal<'s, 'r> {
    snapshot: &'s Snapshot,
    source: &'s Source,
    own: &'s OwnFacts,
    principal: Principal,
    request: &'r SimulatedRequest<'r>,
}

impl<'s> RequestOfPrincipal<'s, '_> {
    fn decide(&self) -> Simulation {
        let (snapshot, request) = (self.snapshot, self.request);
        let number = self.resource_policy();
        let policy = number.and_then(|number| snapshot.resource_policies.get(number));
        let tags = self.own.tags_known.then_some(self.source.tags.as_slice());
        let of_principal = with_tags(Context::of_principal(&self.principal), tags);
        let nothing = Context::open();
        let of_organization = self.account().map_or(&nothing, |account| &account.organization);
        let mut of_resource = Context::of_resource(&request.resource);
        let owner = policy
            .map(|policy| &*policy.account)
            .filter(|owner| !owner.is_empty());
        // The ARN may name the value already, and a key with two values has no value for a variable.
        if let Some(owner) = owner
            && of_resource.lookup("aws:resourceaccount") == Lookup::Unknown
        {
            of_resource.add("aws:ResourceAccount", [owner]);
        }
        let mut sent = if request.is_context_complete {
            Context::closed()
        } else {
            Context::open()
        };
        let mut ignored = Vec::new();
        for (key, values) in request.context {
            let lower = key.to_lowercase();
            let is_decided =
                |context: &Context| matches!(context.lookup(&lower), Lookup::Present(_) | Lookup::Absent);
            if [&of_principal, of_organization, &of_resource]
                .into_iter()
                .any(is_decided)
            {
                ignored.push(key.clone());
            } else {
                sent.add(key, values.iter().map(String::as_str));
            }
        }
        if request.is_context_complete && !self.own.tags_known {
            // Whoever assumes the role may pass tags; a tag that is not passed is the one of the role.
            for (key, value) in &self.source.tags {
                let key = format!("aws:PrincipalTag/{key}");
                if sent.lookup(&key.to_lowercase()) == Lookup::Absent {
                    sent.add(&key, [value.as_str()]);
                }
            }
        }
        let named_owner = match sent.lookup("aws:resourceaccount") {
            Lookup::Present([owner]) => Some(owner.as_str()),
            Lookup::Present(_) | Lookup::Other(_) | Lookup::Begins(_) | Lookup::Absent | Lookup::Unknown => {
                None
            }
        };
        let contexts = [&of_principal, of_organization, &of_resource, &sent];
        let keys = Layered(&contexts);
        let number = snapshot.actions.find(&request.action.to_lowercase());
        let action = number
            .and_then(|number| snapshot.actions.get(number))
            .filter(|action| action.known);
        let types: Vec<ArnPattern> = action
            .into_iter()
            .flat_map(|action| action.types.iter())
            .flat_map(|number| snapshot.type_patterns(*number))
            .map(|format| format.pattern.clone())
            .collect();
        let mut asked = Request::new(&self.principal, request.action, request.resource, &keys);
        asked.resource_account = owner.or(named_owner);
        asked.scope = match action {
            None => ActionScope::Unchecked,
            Some(_) if types.is_empty() => ActionScope::Unspecified,
            Some(_) => ActionScope::Types(&types),
        };
        let identity = self.identity();
        let levels = self.levels();
        let boundary = self.boundary();
        let mut layers = Layers::identity(&identity);
        layers.boundary = boundary;
        layers.service_control = match self.account().map(|account| &account.service_control) {
            Some(ServiceControl::Exempt) => OrganizationPolicies::Exempt,
            Some(ServiceControl::Levels(_)) => OrganizationPolicies::Levels(&levels),
            Some(ServiceControl::NotSupplied) | None => OrganizationPolicies::NotSupplied,
        };
        let of_arn = request
            .resource
            .arn()
            .map(|arn| arn.account)
            .filter(|account| !account.is_empty());
        let resource_levels =
            self.resource_levels(asked.resource_account.or(of_arn).unwrap_or(&self.source.account));
        layers.resource_control = match &resource_levels {
            Some(levels) => OrganizationPolicies::Levels(levels),
            None => OrganizationPolicies::NotSupplied,
        };
        layers.resource_control_services = &RESOURCE_CONTROL_SERVICES;
        layers.resource = self.resource_layer(policy);
        layers.incomplete = self.own.incomplete || self.own.boundary == Boundary::NotKnown;
        let decision = evaluate(&asked, &layers);
        let is_trust = policy.map_or_else(|| self.is_about_role_elsewhere(), |policy| policy.is_trust);
        Simulation::new(&decision, is_trust, self.source.has_sessions())
            .of_known_action(action.is_some())
            .ignoring(ignored)
            .unless(&unknown::what_could_allow(&asked, &layers))
    }

    fn account(&self) -> Option<&'s OwnAccount> {
        self.snapshot.own_accounts.get(&self.source.account)
    }

    /// Returns the policies of the principal and of its groups.
    fn identity(&self) -> Vec<Attached<'s>> {
        let attachments = self.source.attachments.iter();
        attachments
            .filter_map(|attachment| {
                let entity = self.snapshot.entity_of(*attachment)?;
                let policy = self.snapshot.policies.get(attachment.policy)?;
                Some(Attached {
                    policy: self.snapshot.documents.get(policy.document)?.policy(),
                    name: &policy.id,
                    group: (entity.kind == "group").then_some(&*entity.name),
                })
            })
            .collect()
    }

    fn boundary(&self) -> Option<Attached<'s>> {
        let Boundary::Document(document) = self.own.boundary else {
            return None;
        };
        let name = self.source.boundary.as_deref()?;
        Some(Attached::new(
            self.snapshot.documents.get(document)?.policy(),
            name,
        ))
    }

    /// Returns the service control policies of each level, from the root to the account.
    fn levels(&self) -> Vec<Vec<Attached<'s>>> {
        let Some(OwnAccount {
            service_control: ServiceControl::Levels(levels),
            ..
        }) = self.account()
        else {
            return Vec::new();
        };
        let attached = |level: &Vec<_>| {
            level
                .iter()
                .filter_map(|number| {
                    let policy = self.snapshot.service_control_policies.get(*number)?;
                    let document = self.snapshot.documents.get(policy.document)?;
                    Some(Attached::new(document.policy(), &policy.id))
                })
                .collect()
        };
        levels.iter().map(attached).collect()
    }

    /// Returns the resource control policies of each level, from the root to the owner's account; `None` when they are
    /// not known.
    fn resource_levels(&self, owner: &str) -> Option<Vec<Vec<Attached<'s>>>> {
        let mut levels: Vec<Vec<Attached<'s>>> = Vec::new();
        for (level, policy) in self.snapshot.resource_control.binding(owner)? {
            while levels.len() <= level {
                levels.push(Vec::new());
            }
            if let (Some(attached), Some(document)) = (
                levels.get_mut(level),
                self.snapshot.documents.get(policy.document),
            ) {
                attached.push(Attached::new(document.policy(), &policy.id));
            }
        }
        Some(levels)
    }

    /// Returns the policy that the resource has; `None` when the action does not depend on it.
    fn resource_policy(&self) -> Option<ResourcePolicyId> {
        let arn = self.request.resource.arn()?;
        let pattern = ArnPattern::parse(arn.as_str(), ShortArn::Padded);
        let number = self.snapshot.resource_policies.of(&pattern)?;
        let policy = self.snapshot.resource_policies.get(number)?;
        policy
            .is_about(&self.request.action.to_lowercase())
            .then_some(number)
    }

    fn resource_layer(&self, policy: Option<&'s super::data::ResourcePolicy>) -> ResourcePolicy<'_> {
        if let Some(policy) = policy {
            let document = self.snapshot.documents.get(policy.document);
            return document.map_or(ResourcePolicy::NotSupplied, |document| {
                ResourcePolicy::Policy(Attached::new(document.policy(), &policy.resource))
            });
        }
        let Some(arn) = self.request.resource.arn() else {
            return ResourcePolicy::None;
        };
        if self.is_about_role_elsewhere() {
            return ResourcePolicy::Policy(Attached::new(&ABOUT_NOBODY, arn.as_str()));
        }
        if self.has_no_policy(arn) {
            ResourcePolicy::None
        } else {
            ResourcePolicy::NotSupplied
        }
    }

    /// Returns whether the request is to act as a role of another shard that lets nobody of this shard in.
    fn is_about_role_elsewhere(&self) -> bool {
        let arn = self.request.resource.arn();
        let is_closed = |arn: &Arn<'_>| self.snapshot.resource_policies.closed.has(arn.as_str());
        self.request.action.to_lowercase().starts_with("sts:") && arn.is_some_and(is_closed)
    }

    /// Returns whether the documents prove that the resource has no policy.
    fn has_no_policy(&self, arn: &Arn<'_>) -> bool {
        let policies = &self.snapshot.resource_policies;
        let owner = if arn.account.is_empty() {
            &*self.source.account
        } else {
            arn.account
        };
        let action = self.request.action.to_lowercase();
        let is_proven = || policies.has_no_policy(&action, owner, arn.service, arn.region);
        !always_has_policy(&action, arn.as_str()) && (never_has_policy(arn.as_str()) || is_proven())
    }
}
