//! Makes a small world, about which tests ask questions.

use crate::arn::Resource;
use crate::context::Context;
use crate::document::{Document, PolicyKind};
use crate::evaluate::{
    ActionScope, Attached, Decision, Layers, OrganizationPolicies, Outcome, Request, ResourcePolicy, evaluate,
};
use crate::matching::Principal;
use crate::policy::Policy;

pub(super) const USER: &str = "arn:aws:iam::111111111111:user/ann";
pub(super) const ROLE: &str = "arn:aws:iam::111111111111:role/team/app";
pub(super) const BUCKET: &str = "arn:aws:s3:::bucket/key";

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) principal: Principal,
    pub(super) identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    service_control: Option<Vec<Vec<Policy>>>,
    resource_control: Option<Vec<Vec<Policy>>>,
    resource: Option<Policy>,
    pub(super) owner: Option<&'static str>,
    pub(super) context: Context,
}

/// Compiles statements, written with single quotes, as a policy of version 2012-10-17.
pub(super) fn policy(kind: PolicyKind, statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#).replace('\'', "\"");
    let parsed = Document::parse(&text, kind).unwrap();
    assert_eq!(parsed.findings, [], "{text}");
    Policy::compile(&parsed.document, kind)
}

pub(super) fn user() -> World {
    World::new(Principal::parse(USER).unwrap())
}

pub(super) fn role() -> World {
    World::new(Principal::parse(ROLE).unwrap())
}

pub(super) const ALLOW_ALL: &str = "{'Effect':'Allow','Action':'*','Resource':'*'}";
pub(super) const DENY_ALL: &str = "{'Effect':'Deny','Action':'*','Resource':'*'}";
pub(super) const ALLOW_EC2: &str = "{'Effect':'Allow','Action':'ec2:*','Resource':'*'}";

impl World {
    pub(super) fn new(principal: Principal) -> Self {
        Self {
            principal,
            identity: Vec::new(),
            boundary: None,
            session: None,
            service_control: None,
            resource_control: None,
            resource: None,
            owner: Some("111111111111"),
            context: Context::closed(),
        }
    }

    pub(super) fn identity(mut self, statements: &str) -> Self {
        self.identity.push(policy(PolicyKind::Identity, statements));
        self
    }

    pub(super) fn boundary(mut self, statements: &str) -> Self {
        self.boundary = Some(policy(PolicyKind::PermissionsBoundary, statements));
        self
    }

    pub(super) fn session(mut self, statements: &str) -> Self {
        self.session
            .get_or_insert_default()
            .push(policy(PolicyKind::Session, statements));
        self
    }

    pub(super) fn service_control(mut self, levels: &[&str]) -> Self {
        let level = |statements: &&str| vec![policy(PolicyKind::ServiceControl, statements)];
        self.service_control = Some(levels.iter().map(level).collect());
        self
    }

    pub(super) fn resource_control(mut self, levels: &[&str]) -> Self {
        let level = |statements: &&str| vec![policy(PolicyKind::ResourceControl, statements)];
        self.resource_control = Some(levels.iter().map(level).collect());
        self
    }

    pub(super) fn resource(mut self, statements: &str) -> Self {
        self.resource = Some(policy(PolicyKind::Resource, statements));
        self
    }

    pub(super) fn trust(mut self, statements: &str) -> Self {
        self.resource = Some(policy(PolicyKind::Trust, statements));
        self
    }

    pub(super) fn owned_by(mut self, account: &'static str) -> Self {
        self.owner = Some(account);
        self
    }

    pub(super) fn knowing(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    pub(super) fn ask<R>(
        &self,
        action: &str,
        resource: &str,
        scope: ActionScope<'_>,
        read: impl FnOnce(Decision<'_>) -> R,
    ) -> R {
        let identity = attached(&self.identity, "identity");
        let session = self.session.as_ref().map(|session| attached(session, "session"));
        let service_control = levels(self.service_control.as_ref(), "scp");
        let resource_control = levels(self.resource_control.as_ref(), "rcp");
        let layers = Layers {
            identity: &identity,
            boundary: self
                .boundary
                .as_ref()
                .map(|policy| Attached::new(policy, "boundary")),
            session: session.as_deref(),
            service_control: organization(service_control.as_deref()),
            resource_control: organization(resource_control.as_deref()),
            resource_control_services: &["s3", "sts"],
            resource: match &self.resource {
                Some(policy) => ResourcePolicy::Policy(Attached::new(policy, "resource")),
                None => ResourcePolicy::None,
            },
            incomplete: false,
        };
        let request = Request {
            principal: &self.principal,
            action,
            resource: Resource::parse(resource).unwrap(),
            resource_account: self.owner,
            keys: &self.context,
            scope,
        };
        read(evaluate(&request, &layers))
    }

    pub(super) fn outcome(&self, action: &str, resource: &str) -> Outcome {
        self.ask(action, resource, ActionScope::Unchecked, |decision| {
            decision.outcome
        })
    }

    pub(super) fn reads(&self) -> Outcome {
        self.outcome("s3:GetObject", BUCKET)
    }
}

fn attached<'a>(policies: &'a [Policy], name: &'a str) -> Vec<Attached<'a>> {
    policies
        .iter()
        .map(|policy| Attached::new(policy, name))
        .collect()
}

fn levels<'a>(levels: Option<&'a Vec<Vec<Policy>>>, name: &'a str) -> Option<Vec<Vec<Attached<'a>>>> {
    Some(levels?.iter().map(|level| attached(level, name)).collect())
}

fn organization<'a>(levels: Option<&'a [Vec<Attached<'a>>]>) -> OrganizationPolicies<'a> {
    levels.map_or(OrganizationPolicies::Exempt, OrganizationPolicies::Levels)
}
