//! Combines the layers by their rules.

use super::decision::{Decision, Flag, Layer, NotModelled, Outcome, StatementRef};
use super::layers::{Attached, Layers, OrganizationPolicies, Request, ResourcePolicy};
use super::outside_policies::{is_made_by_others, is_reserved, needs_no_permission};
use crate::arn::WildcardMatching;
use crate::condition::Expression;
use crate::document::Effect;
use crate::matching::{Grants, PrincipalIdentity};
use crate::policy::CompiledStatement;

pub(super) fn decide<'a>(
    request: &Request<'_>,
    layers: &Layers<'a>,
    wildcards: WildcardMatching,
) -> Decision<'a> {
    let mut survey = Survey {
        request,
        action: request.action.to_lowercase(),
        wildcards,
        has_boundary: layers.boundary.is_some(),
        deny: Expression::False,
        allowed_by: Vec::new(),
        denied_by: Vec::new(),
        limited_by: Vec::new(),
        flags: Vec::new(),
    };
    let asks = request.scope.admits(&request.resource) && !is_reserved(&survey.action, &request.resource);
    let outcome = if !asks {
        Outcome::NotApplicable
    } else if needs_no_permission(&survey.action, request.principal) {
        survey.flags.push(Flag::NeedsNoPermission);
        Outcome::Allowed
    } else if is_made_by_others(&survey.action, request.principal) {
        Outcome::ImplicitDeny
    } else {
        survey.decide(layers)
    };
    let not_modelled = not_modelled(&survey.action, crosses_accounts(request));
    let Survey {
        allowed_by,
        denied_by,
        limited_by,
        flags,
        ..
    } = survey;
    Decision {
        outcome,
        allowed_by,
        denied_by,
        limited_by,
        flags,
        not_modelled,
    }
}

pub(super) const fn levels(policies: OrganizationPolicies<'_>) -> &[Vec<Attached<'_>>] {
    match policies {
        OrganizationPolicies::NotSupplied | OrganizationPolicies::Exempt => &[],
        OrganizationPolicies::Levels(levels) => levels,
    }
}

fn crosses_accounts(request: &Request<'_>) -> bool {
    match (request.principal.account(), request.owner()) {
        (Some(own), Some(owner)) => own != owner,
        (_, _) => false,
    }
}

/// Returns whether the policy of the resource must allow: roles and KMS keys are reached only through their own policy,
/// also in the same account.
fn resource_policy_must_allow(request: &Request<'_>, action: &str) -> bool {
    request.resource.arn().is_some_and(|arn| match arn.service {
        "iam" => arn.resource.starts_with("role/") && action.starts_with("sts:"),
        "kms" => arn.resource.starts_with("key/") && action.starts_with("kms:"),
        _ => false,
    })
}

fn not_modelled(action: &str, crosses_accounts: bool) -> Vec<NotModelled> {
    let mut left_out = Vec::new();
    match action.split_once(':').map(|(service, _)| service) {
        Some("s3") => left_out.push(NotModelled::S3AccessControlLists),
        Some("kms") => left_out.push(NotModelled::KmsGrants),
        Some("glue" | "lakeformation" | "athena") => left_out.push(NotModelled::LakeFormation),
        Some(_) | None => {}
    }
    if crosses_accounts {
        left_out.push(NotModelled::ResourceShares);
    }
    left_out.push(NotModelled::VpcEndpointPolicies);
    left_out
}

/// One walk over all layers
struct Survey<'a, 'r> {
    request: &'r Request<'r>,
    action: String,
    wildcards: WildcardMatching,
    has_boundary: bool,
    deny: Expression,
    allowed_by: Vec<StatementRef<'a>>,
    denied_by: Vec<StatementRef<'a>>,
    limited_by: Vec<Layer>,
    flags: Vec<Flag<'a>>,
}

impl<'a> Survey<'a, '_> {
    fn decide(&mut self, layers: &Layers<'a>) -> Outcome {
        if layers.incomplete {
            self.flags.push(Flag::Incomplete);
        }
        let boundary_and_session = self.limits(layers);
        let identity = self.identity(layers).and(boundary_and_session.clone());
        let service_control = self.service_control(layers.service_control);
        self.resource_control(layers);
        let resource = self.resource_policy(layers.resource);
        let granted = self.combine(identity, resource, boundary_and_session);
        let deny = std::mem::replace(&mut self.deny, Expression::False);
        if deny == Expression::True {
            // Only the Deny statements decide; what allows or limits does not matter any more.
            self.allowed_by.clear();
            self.limited_by.clear();
            return Outcome::ExplicitDeny;
        }
        if deny != Expression::False {
            self.flags.push(Flag::ConditionalDeny);
        }
        let allowed = service_control.and(granted).and(deny.negate());
        match allowed.decided() {
            Some(true) => {
                self.limited_by.clear();
                Outcome::Allowed
            }
            Some(false) => Outcome::ImplicitDeny,
            None => Outcome::Conditional(allowed),
        }
    }

    /// Applies the permissions boundary and the session policies: both must allow what identity policies grant.
    fn limits(&mut self, layers: &Layers<'a>) -> Expression {
        let boundary = match layers.boundary {
            Some(boundary) => self.needed(Layer::Boundary, &[boundary]),
            None => Expression::True,
        };
        let federated = matches!(
            self.request.principal.identity,
            PrincipalIdentity::FederatedUser { .. }
        );
        let session = match layers.session {
            Some(session) => self.needed(Layer::Session, session),
            // A federated user without a session policy gets nothing from the user who made the session.
            None if federated => {
                self.limited_by.push(Layer::Session);
                Expression::False
            }
            None => Expression::True,
        };
        boundary.and(session)
    }

    fn identity(&mut self, layers: &Layers<'a>) -> Expression {
        match self.request.principal.identity {
            PrincipalIdentity::User { .. }
            | PrincipalIdentity::Role { .. }
            | PrincipalIdentity::FederatedUser { .. } => {
                let allow = self.layer(Layer::Identity, layers.identity);
                if allow != Expression::True {
                    self.limited_by.push(Layer::Identity);
                }
                allow
            }
            PrincipalIdentity::Root { .. } => Expression::True,
            PrincipalIdentity::Service { .. }
            | PrincipalIdentity::Federated { .. }
            | PrincipalIdentity::CanonicalUser { .. }
            | PrincipalIdentity::Anonymous => Expression::False,
        }
    }

    /// Asks every level for an Allow; within a level the attached policies are a union.
    fn service_control(&mut self, policies: OrganizationPolicies<'a>) -> Expression {
        let principal = self.request.principal;
        if principal.account().is_none() || principal.is_service_linked_role() {
            return Expression::True;
        }
        if policies == OrganizationPolicies::NotSupplied {
            self.flags.push(Flag::ServiceControlNotEvaluated);
        }
        let mut allow = Expression::True;
        for (level, attached) in levels(policies).iter().enumerate() {
            allow = allow.and(self.needed(Layer::ServiceControl(level), attached));
        }
        allow
    }

    /// Applies resource control policies. `RCPFullAWSAccess` is attached everywhere, so that only the Denies count.
    fn resource_control(&mut self, layers: &Layers<'a>) {
        let service = self
            .action
            .split_once(':')
            .map(|(service, _)| service)
            .unwrap_or_default();
        let applies = layers
            .resource_control_services
            .iter()
            .any(|own| own.eq_ignore_ascii_case(service));
        if self.request.principal.is_service_linked_role() {
            return;
        }
        if layers.resource_control == OrganizationPolicies::NotSupplied {
            self.flags.push(Flag::ResourceControlNotEvaluated);
        }
        if applies {
            for (level, attached) in levels(layers.resource_control).iter().enumerate() {
                for one in attached {
                    self.denies(Layer::ResourceControl(level), *one);
                }
            }
        }
    }

    fn resource_policy(&mut self, policy: ResourcePolicy<'a>) -> Grants {
        let mut all = Grants {
            direct: Expression::False,
            limited: Expression::False,
            account: Expression::False,
        };
        let attached = match policy {
            ResourcePolicy::None => return all,
            ResourcePolicy::NotSupplied => {
                self.flags.push(Flag::ResourcePolicyNotEvaluated);
                return all;
            }
            ResourcePolicy::Policy(attached) => attached,
        };
        self.denies(Layer::Resource, attached);
        for statement in allows(attached) {
            let Some(principals) = &statement.principals else {
                continue;
            };
            let grants = principals.grants(self.request.principal);
            let matched = self.matched(attached, statement);
            // Only the request may tell which session of a role sends it.
            let keys = self.request.keys;
            let direct = grants.direct.resolve(keys).and(matched.clone());
            let limited = grants.limited.resolve(keys).and(matched.clone());
            let account = grants.account.resolve(keys).and(matched);
            if [&direct, &limited, &account]
                .into_iter()
                .any(|grant| *grant != Expression::False)
            {
                self.allowed_by
                    .push(reference(Layer::Resource, attached, statement));
            }
            all.direct = all.direct.or(direct);
            all.limited = all.limited.or(limited);
            all.account = all.account.or(account);
        }
        all
    }

    fn combine(&mut self, identity: Expression, resource: Grants, limits: Expression) -> Expression {
        let has_identity_side = self.request.principal.account().is_some();
        if !has_identity_side {
            return self.needed_grant(resource.any());
        }
        if self.request.owner().is_none() && self.request.resource.arn().is_some() {
            self.flags.push(Flag::OwnerAssumed);
        }
        if crosses_accounts(self.request) {
            return identity.and(self.needed_grant(resource.any()));
        }
        let must_allow = resource_policy_must_allow(self.request, &self.action);
        let by_account = resource.account;
        let by_resource = resource.direct.or(resource.limited.and(limits));
        if must_allow {
            let granted = by_resource.or(by_account.clone().and(identity));
            if granted != Expression::True && by_account != Expression::True {
                self.limited_by.push(Layer::Resource);
            }
            return granted;
        }
        identity.or(by_resource)
    }

    fn needed_grant(&mut self, grant: Expression) -> Expression {
        if grant != Expression::True {
            self.limited_by.push(Layer::Resource);
        }
        grant
    }

    /// Returns a layer without whose Allow nothing is allowed.
    fn needed(&mut self, layer: Layer, attached: &[Attached<'a>]) -> Expression {
        let allow = self.layer(layer, attached);
        if allow != Expression::True {
            self.limited_by.push(layer);
        }
        allow
    }

    /// Notes the Denies of a layer, and returns whether the layer allows.
    fn layer(&mut self, layer: Layer, attached: &[Attached<'a>]) -> Expression {
        let mut allow = Expression::False;
        for one in attached {
            self.denies(layer, *one);
            for statement in allows(*one) {
                let matched = self.matched(*one, statement);
                if matched != Expression::False {
                    self.allowed_by.push(reference(layer, *one, statement));
                    allow = allow.or(matched);
                }
            }
        }
        allow
    }

    fn denies(&mut self, layer: Layer, attached: Attached<'a>) {
        if attached.policy.has_invalid_deny() {
            self.flags.push(Flag::InvalidDeny(attached.name));
        }
        for statement in attached
            .policy
            .statements()
            .iter()
            .filter(|one| one.effect == Effect::Deny)
        {
            let bound = match &statement.principals {
                Some(principals) => {
                    let denies = principals.denies(self.request.principal, self.has_boundary);
                    denies.resolve(self.request.keys)
                }
                None => Expression::True,
            };
            if bound == Expression::False {
                continue;
            }
            let denies = bound.and(self.matched(attached, statement));
            if denies != Expression::False {
                self.denied_by.push(reference(layer, attached, statement));
                self.deny = std::mem::replace(&mut self.deny, Expression::False).or(denies);
            }
        }
    }

    fn matched(&mut self, attached: Attached<'a>, statement: &CompiledStatement) -> Expression {
        let request = self.request;
        let matched = statement.matches(&self.action, &request.resource, self.wildcards, request.keys);
        let flag = Flag::VariableWithoutValue(attached.name);
        if statement.actions.matches_lower(&self.action)
            && !self.flags.contains(&flag)
            && statement.lacks_variable(request.keys)
        {
            self.flags.push(flag);
        }
        matched
    }
}

fn allows(attached: Attached<'_>) -> impl Iterator<Item = &CompiledStatement> {
    attached
        .policy
        .statements()
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
}

fn reference<'a>(layer: Layer, attached: Attached<'a>, statement: &'a CompiledStatement) -> StatementRef<'a> {
    StatementRef {
        layer,
        policy: attached.name,
        statement: statement.index,
        sid: statement.sid.as_deref(),
        group: attached.group,
    }
}
