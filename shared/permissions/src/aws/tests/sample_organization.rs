//! Three accounts, one of them unknown, with everything that takes part in a decision.

use super::sample_account::{self, document};
use super::sample_requests::{Caller, SampleRequest};
use crate::aws::EffectivePermissions;
use crate::aws::data::resource_control::RESOURCE_CONTROL_SERVICES;
use iam::arn::Resource;
use iam::context::{Context, Layered};
use iam::document::{Document, PolicyKind};
use iam::evaluate::{Attached, Layers, OrganizationPolicies, Outcome, Request, ResourcePolicy, evaluate};
use iam::policy::Policy;
use inventory::{Inventory, read_authorization_details, read_organization, read_resource_policies};

pub(crate) const HOME: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const BOB: &str = "arn:aws:iam::111122223333:user/bob";
pub(crate) const APP: &str = "arn:aws:iam::111122223333:role/team/app";
pub(crate) const EVE: &str = "arn:aws:iam::444455556666:user/eve";
pub(crate) const VEND: &str = "arn:aws:iam::444455556666:role/vend";
/// A user of an account that is not loaded
pub(crate) const MALLORY: &str = "arn:aws:iam::777788889999:user/mallory";
/// An account in the organization that is not loaded
pub(crate) const PARTNER: &str = "555566667777";
pub(crate) const PARTNER_ACCOUNT: &str = "arn:aws:iam::555566667777:root";
pub(crate) const EXTERNAL_ACCOUNT: &str = "arn:aws:iam::777788889999:root";
pub(crate) const SAML: &str = "arn:aws:iam::111122223333:saml-provider/Okta";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/k";
pub(crate) const QUEUE: &str = "arn:aws:sqs:eu-west-2:444455556666:q";

/// Statements of each policy, as JSON
#[derive(Debug, Clone, Default)]
pub(crate) struct SampleOrganization {
    pub(crate) alice: Vec<String>,
    /// The group of alice and bob
    pub(crate) dev: Vec<String>,
    pub(crate) app: Vec<String>,
    pub(crate) eve: Vec<String>,
    pub(crate) vend: Vec<String>,
    /// Statements of the boundary of alice, of the role app and of eve
    pub(crate) boundary: Option<Vec<String>>,
    /// Service control policies of the root and of both accounts
    pub(crate) levels: Option<[Vec<String>; 3]>,
    /// Resource control policies of the root and of both accounts
    pub(crate) resource_levels: Option<[Vec<String>; 3]>,
    pub(crate) trust_of_app: Vec<String>,
    pub(crate) trust_of_vend: Vec<String>,
    /// Statements of the policy of the bucket `a`, in the home account
    pub(crate) bucket: Vec<String>,
    pub(crate) key: Vec<String>,
    /// Statements of the policy of the queue in the other account; no policy when there are none
    pub(crate) queue: Vec<String>,
}

fn compiled(statements: &[String], kind: PolicyKind) -> Policy {
    let parsed = Document::parse(&document(statements), kind).unwrap();
    Policy::compile(&parsed.document, kind)
}

impl SampleOrganization {
    fn entity(prefix: &str, arn: &str, id: &str, statements: &[String], more: &str) -> String {
        let name = arn.rsplit('/').next().unwrap();
        format!(
            r#"{{"Arn":"{arn}","{prefix}Name":"{name}","{prefix}Id":"{id}","{prefix}PolicyList":[{{"PolicyName":"own","PolicyDocument":{}}}]{more}}}"#,
            document(statements)
        )
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let boundary = |account: &str| {
            let Some(statements) = &self.boundary else {
                return (String::new(), None);
            };
            let arn = format!("arn:aws:iam::{account}:policy/b");
            let policy = format!(
                r#"{{"Arn":"{arn}","PolicyVersionList":[{{"IsDefaultVersion":true,"Document":{}}}]}}"#,
                document(statements)
            );
            let bound = format!(r#","PermissionsBoundary":{{"PermissionsBoundaryArn":"{arn}"}}"#);
            (bound, Some(policy))
        };
        let ((home, first), (other, second)) = (boundary(HOME), boundary(OTHER));
        let trust =
            |statements: &[String]| format!(r#","AssumeRolePolicyDocument":{}"#, document(statements));
        let tag = r#","Tags":[{"Key":"team","Value":"a"}]"#;
        let group = r#","GroupList":["dev"]"#;
        let details = format!(
            r#"{{"UserDetailList":[{},{},{}],"GroupDetailList":[{}],"RoleDetailList":[{},{}],"Policies":[{}]}}"#,
            Self::entity(
                "User",
                ALICE,
                "AIDAALICE",
                &self.alice,
                &format!("{group}{home}{tag}")
            ),
            Self::entity("User", BOB, "AIDABOB", &[], group),
            Self::entity("User", EVE, "AIDAEVE", &self.eve, &other),
            Self::entity(
                "Group",
                "arn:aws:iam::111122223333:group/dev",
                "AGPADEV",
                &self.dev,
                ""
            ),
            Self::entity(
                "Role",
                APP,
                "AROAAPP",
                &self.app,
                &format!("{}{home}", trust(&self.trust_of_app))
            ),
            Self::entity("Role", VEND, "AROAVEND", &self.vend, &trust(&self.trust_of_vend)),
            first.into_iter().chain(second).collect::<Vec<_>>().join(",")
        );
        let policies = |member: &str, prefix: &str, levels: Option<&[Vec<String>; 3]>| {
            let Some(levels) = levels else {
                return (String::new(), [0, 1, 2].map(|_| String::new()));
            };
            let all: Vec<String> = (levels.iter().enumerate())
                .map(|(level, one)| format!(r#"{{"id":"{prefix}-{level}","content":{}}}"#, document(one)))
                .collect();
            let attached = [0, 1, 2].map(|level| format!(r#","{member}":["{prefix}-{level}"]"#));
            (format!(r#","{member}":[{}]"#, all.join(",")), attached)
        };
        let organization = self.is_in_organization().then(|| {
            let (service, of_service) = policies("serviceControlPolicies", "p", self.levels.as_ref());
            let (resource, of_resource) = policies("resourceControlPolicies", "r", self.resource_levels.as_ref());
            let attached = |level: usize| format!("{}{}", of_service[level], of_resource[level]);
            let file = format!(
                r#"{{"organizationId":"o-1","managementAccount":"999999999999"{service}{resource},"root":{{"id":"r-1"{},"accounts":[{{"id":"{PARTNER}"{}}},
                {{"id":"{HOME}"{}}},{{"id":"{OTHER}"{}}}]}}}}"#,
                attached(0),
                attached(0),
                attached(1),
                attached(2)
            );
            read_organization(&file).unwrap()
        });
        let file = |account: &str, policies: &[(&str, &[String])]| {
            let policies: Vec<String> = policies
                .iter()
                .map(|(arn, statements)| {
                    format!(
                        r#"{{"resourceArn":"{arn}","policyDocument":{}}}"#,
                        document(statements)
                    )
                })
                .collect();
            let text = format!(
                r#"{{"account":"{account}","resourcePolicies":[{}]}}"#,
                policies.join(",")
            );
            read_resource_policies(&text).unwrap()
        };
        let mut resource_policies = file(HOME, &[("arn:aws:s3:::a", &self.bucket), (KEY, &self.key)]);
        let queue = [(QUEUE, self.queue.as_slice())];
        let count = usize::from(!self.queue.is_empty());
        let other = file(OTHER, &queue[..count]);
        resource_policies.collected.extend(other.collected);
        resource_policies.policies.extend(other.policies);
        Inventory {
            details: read_authorization_details(&details).unwrap(),
            organization,
            resource_policies: Some(resource_policies),
            ..Inventory::default()
        }
    }

    const fn is_in_organization(&self) -> bool {
        self.levels.is_some() || self.resource_levels.is_some()
    }

    pub(crate) fn effective(&self) -> EffectivePermissions {
        sample_account::effective(&self.inventory())
    }

    fn identity(&self, source: &str) -> Vec<&[String]> {
        match source {
            ALICE => vec![&self.alice, &self.dev],
            BOB => vec![&self.dev],
            APP => vec![&self.app],
            EVE => vec![&self.eve],
            VEND => vec![&self.vend],
            _ => Vec::new(),
        }
    }

    /// Returns the policy of the resource; `None` when the action does not depend on it.
    fn resource_side(&self, sample: SampleRequest) -> Option<Policy> {
        let (statements, kind) = match (sample.action.split(':').next().unwrap(), sample.resource) {
            ("sts", APP) => (&self.trust_of_app, PolicyKind::Trust),
            ("sts", VEND) => (&self.trust_of_vend, PolicyKind::Trust),
            ("iam", _) => return None,
            (_, KEY) => (&self.key, PolicyKind::Resource),
            (_, QUEUE) if self.queue.is_empty() => return None,
            (_, QUEUE) => (&self.queue, PolicyKind::Resource),
            (_, bucket) if bucket == "arn:aws:s3:::a" || bucket.starts_with("arn:aws:s3:::a/") => {
                (&self.bucket, PolicyKind::Resource)
            }
            _ => return None,
        };
        Some(compiled(statements, kind))
    }

    /// Returns what is known of a caller.
    pub(crate) fn context(&self, caller: &Caller) -> Context {
        let mut context = Context::of_principal(&caller.principal);
        let account = caller.principal.account();
        let own = account == Some(HOME) || account == Some(OTHER);
        // The tags of a role are not known when somebody may set them.
        let tagged = |statements: &[String]| {
            let policy = compiled(statements, PolicyKind::Trust);
            let mut statements = policy.statements().iter();
            statements.any(|one| {
                one.effect == iam::document::Effect::Allow && one.actions.matches_lower("sts:tagsession")
            })
        };
        let unknown = match caller.source {
            APP => tagged(&self.trust_of_app),
            VEND => tagged(&self.trust_of_vend),
            _ => false,
        };
        if own && !unknown {
            context.add_tags("aws:PrincipalTag/", caller.tags.iter().copied());
        }
        if self.is_in_organization() && (own || account == Some(PARTNER)) {
            context.add("aws:PrincipalOrgID", ["o-1"]);
            context.add("aws:PrincipalOrgMasterAccountId", ["999999999999"]);
            context.add("aws:PrincipalOrgPaths", ["o-1/r-1/"]);
        } else if self.is_in_organization() && account.is_some() {
            context.exclude("aws:PrincipalOrgID", ["o-1"]);
            context.exclude("aws:PrincipalOrgPaths", ["o-1/*"]);
        }
        context
    }

    /// Returns the decision on one request. `identity` replaces the caller's own identity policies.
    pub(crate) fn decide(
        &self,
        caller: &Caller,
        sample: SampleRequest,
        request: &Context,
        identity: Option<&str>,
    ) -> Outcome {
        let replaced = identity.map(|one| vec![one.to_owned()]);
        let statements = match &replaced {
            Some(replaced) => vec![replaced.as_slice()],
            None => self.identity(caller.source),
        };
        let identity: Vec<Policy> = statements
            .iter()
            .map(|one| compiled(one, PolicyKind::Identity))
            .collect();
        let identity: Vec<Attached<'_>> = identity
            .iter()
            .map(|one| Attached::new(one, "identity"))
            .collect();
        let boundary = self
            .boundary
            .as_ref()
            .filter(|_| [ALICE, APP, EVE].contains(&caller.source))
            .map(|one| compiled(one, PolicyKind::PermissionsBoundary));
        let account = caller.principal.account().unwrap_or_default();
        let level = |one: &Vec<String>| vec![compiled(one, PolicyKind::ServiceControl)];
        let levels: Vec<Vec<Policy>> = match &self.levels {
            Some([root, own, _]) if account == HOME => vec![level(root), level(own)],
            Some([root, _, own]) if account == OTHER => vec![level(root), level(own)],
            Some([root, ..]) if account == PARTNER => vec![level(root), level(root)],
            Some(_) | None => Vec::new(),
        };
        let levels: Vec<Vec<Attached<'_>>> = levels
            .iter()
            .map(|level| level.iter().map(|one| Attached::new(one, "scp")).collect())
            .collect();
        let other = self.resource_side(sample);
        let mut layers = Layers::identity(&identity);
        layers.boundary = boundary.as_ref().map(|one| Attached::new(one, "boundary"));
        if !levels.is_empty() {
            layers.service_control = OrganizationPolicies::Levels(&levels);
        }
        let owner = if sample.owner.is_empty() {
            account
        } else {
            sample.owner
        };
        let level = |one: &Vec<String>| vec![compiled(one, PolicyKind::ResourceControl)];
        let resource_levels: Vec<Vec<Policy>> = match &self.resource_levels {
            Some([root, own, _]) if owner == HOME => vec![level(root), level(own)],
            Some([root, _, own]) if owner == OTHER => vec![level(root), level(own)],
            Some(_) | None => Vec::new(),
        };
        let resource_levels: Vec<Vec<Attached<'_>>> = resource_levels
            .iter()
            .map(|level| level.iter().map(|one| Attached::new(one, "rcp")).collect())
            .collect();
        if !resource_levels.is_empty() {
            layers.resource_control = OrganizationPolicies::Levels(&resource_levels);
            layers.resource_control_services = &RESOURCE_CONTROL_SERVICES;
        }
        if let Some(other) = &other {
            layers.resource = ResourcePolicy::Policy(Attached::new(other, "resource"));
        }
        let of_principal = self.context(caller);
        let resource = Resource::parse(sample.resource).unwrap();
        let of_resource = sample.context();
        let contexts = [&of_principal, &of_resource, request];
        let keys = Layered(&contexts);
        let mut asked = Request::new(&caller.principal, sample.action, resource, &keys);
        asked.resource_account = Some(owner).filter(|owner| !owner.is_empty());
        evaluate(&asked, &layers).outcome
    }
}
