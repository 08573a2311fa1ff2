//! A random realm: users and roles of two accounts, with the policies that decide who can become an administrator, and the
//! decision on single requests.

use crate::aws::data::Snapshot;
use crate::aws::{ActionSpec, ResourceTypeSpec, compile, specs};
use iam::arn::Resource;
use iam::catalogue::Catalogue;
use iam::context::{Context, Layered};
use iam::document::{Document, PolicyKind};
use iam::evaluate::{Attached, Layers, OrganizationPolicies, Outcome, Request, ResourcePolicy, evaluate};
use iam::matching::{Principal, PrincipalIdentity};
use iam::policy::Policy;
use inventory::{Inventory, read_authorization_details, read_organization};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Actions of the services that the realm is about, so that a case takes little time
static SPECS: LazyLock<(Vec<ResourceTypeSpec>, Vec<ActionSpec>)> = LazyLock::new(|| {
    let (types, actions) = specs(Catalogue::embedded());
    let services = ["ec2", "iam", "lambda", "s3", "ssm", "sso", "sts"];
    let of_services = |action: &ActionSpec| {
        let service = action.name.split(':').next();
        service.is_some_and(|service| services.contains(&service))
            && (service != Some("ec2") || action.name.contains("Instance"))
    };
    (types, actions.into_iter().filter(of_services).collect())
});

pub(super) fn compiled(inventory: &Inventory) -> Snapshot {
    let (types, actions) = &*SPECS;
    compile(inventory, types, actions, "2026-03-31".parse().unwrap())
}

/// Returns the actions that realms are about, and their resource types.
pub(super) fn specs_of_realm() -> (&'static [ResourceTypeSpec], &'static [ActionSpec]) {
    (&SPECS.0, &SPECS.1)
}

pub(super) const HOME: &str = "111122223333";
pub(super) const OTHER: &str = "444455556666";

/// Users and roles: account, kind, name
pub(super) const PRINCIPALS: [(&str, &str, &str); 6] = [
    (HOME, "user", "ann"),
    (HOME, "user", "bob"),
    (HOME, "role", "app"),
    (HOME, "role", "ops"),
    (HOME, "role", "run"),
    (OTHER, "role", "far"),
];

pub(super) const STATEMENTS: [&str; 30] = [
    r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/app"}"#,
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/o*"}"#,
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::444455556666:role/far"}"#,
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
    r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"arn:aws:iam::111122223333:user/${aws:username}"}"#,
    r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"arn:aws:iam::111122223333:user/bob"}"#,
    r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::111122223333:user/b*"}"#,
    r#"{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"arn:aws:iam::*:role/*"}"#,
    r#"{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}"#,
    r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","NotResource":"arn:aws:iam::111122223333:role/app"}"#,
    r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/b"}}}"#,
    r#"{"Effect":"Allow","Action":"iam:UpdateAssumeRolePolicy","Resource":"arn:aws:iam::111122223333:role/ops"}"#,
    r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/run"}"#,
    r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}"#,
    r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}"#,
    r#"{"Effect":"Allow","Action":["lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"lambda:UpdateFunctionCode","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:AddUserToGroup","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:PutGroupPolicy","Resource":"arn:aws:iam::111122223333:group/*"}"#,
    r#"{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::111122223333:policy/held"}"#,
    r#"{"Effect":"Allow","Action":["iam:DeleteUserPermissionsBoundary","iam:DeleteRolePermissionsBoundary"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:PutRolePermissionsBoundary","Resource":"arn:aws:iam::111122223333:role/app"}"#,
    r#"{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::111122223333:role/app"}"#,
    r#"{"Effect":"Deny","Action":"iam:Put*","Resource":"*"}"#,
    r#"{"Effect":"Deny","Action":"sts:*","Resource":"*"}"#,
    r#"{"Effect":"Deny","Action":"iam:CreateAccessKey","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#,
    r#"{"Effect":"Deny","NotAction":["iam:Get*","sts:*"],"Resource":"*"}"#,
];

pub(super) const LIMITS: [&str; 5] = [
    r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:*"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":["iam:*"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":["sts:*","s3:*"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}"#,
];

const TRUSTED: [&str; 8] = [
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/ann"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:role/app","arn:aws:iam::444455556666:role/far"]}"#,
    r#"{"AWS":"444455556666"}"#,
    r#""*""#,
    r#"{"Service":"lambda.amazonaws.com"}"#,
    r#"{"Service":"ec2.amazonaws.com"}"#,
    r#"{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}"#,
];

/// A realm of two accounts
#[derive(Debug, Clone)]
pub(super) struct Realm {
    /// Statements of each principal
    pub(super) own: Vec<Vec<&'static str>>,
    /// Says of each principal whether it has the boundary
    pub(super) bounded: Vec<bool>,
    pub(super) boundary: &'static str,
    /// Service control policy of both accounts
    pub(super) organization: Option<&'static str>,
    /// Trusted by each principal, when it is a role; whether with MFA only
    pub(super) trust: Vec<(&'static str, bool)>,
    /// Statements of the group that has ann as its member, and of the one that has none
    pub(super) groups: [Vec<&'static str>; 2],
    /// Names the principal to which the managed policy is attached
    pub(super) holder: usize,
}

pub(super) fn realm() -> impl Strategy<Value = Realm> {
    let statements = |most| prop::collection::vec(prop::sample::select(STATEMENTS.as_slice()), 0..most);
    let limit = || prop::sample::select(LIMITS.as_slice());
    (
        prop::collection::vec(statements(4), PRINCIPALS.len()),
        prop::collection::vec(prop::bool::weighted(0.2), PRINCIPALS.len()),
        limit(),
        prop::option::weighted(0.2, limit()),
        prop::collection::vec(
            (
                prop::sample::select(TRUSTED.as_slice()),
                prop::bool::weighted(0.2),
            ),
            PRINCIPALS.len(),
        ),
        [statements(2), statements(2)],
        0..PRINCIPALS.len() - 1,
    )
        .prop_map(
            |(own, bounded, boundary, organization, trust, groups, holder)| Realm {
                own,
                bounded,
                boundary,
                organization,
                trust,
                groups,
                holder,
            },
        )
}

pub(super) fn document(statements: &[&str]) -> String {
    let statements = statements.join(",");
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

pub(super) fn read(text: &str, kind: PolicyKind) -> Policy {
    Policy::compile(&Document::parse(text, kind).unwrap().document, kind)
}

pub(super) fn arn(number: usize) -> String {
    let (account, kind, name) = PRINCIPALS[number];
    format!("arn:aws:iam::{account}:{kind}/{name}")
}

const HELD: &str = r#"{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}"#;

impl Realm {
    pub(super) fn trust_text(&self, number: usize) -> String {
        let (principal, mfa) = self.trust[number];
        let condition = if mfa {
            r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#
        } else {
            ""
        };
        document(&[&format!(
            r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal}{condition}}}"#
        )])
    }

    pub(super) fn inventory(&self) -> Inventory {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let own = |statements: &[&str]| json!([{ "PolicyName": "own", "PolicyDocument": parse(&document(statements)) }]);
        let entity = |number: usize| {
            let (account, kind, name) = PRINCIPALS[number];
            let word = if kind == "user" { "User" } else { "Role" };
            let mut entity = json!({
                "Arn": arn(number),
                format!("{word}Name"): name,
                format!("{word}PolicyList"): own(&self.own[number]),
            });
            if self.bounded[number] {
                entity["PermissionsBoundary"] =
                    json!({ "PermissionsBoundaryArn": format!("arn:aws:iam::{account}:policy/b") });
            }
            if self.holder == number {
                entity["AttachedManagedPolicies"] = json!([{ "PolicyName": "held", "PolicyArn": format!("arn:aws:iam::{HOME}:policy/held") }]);
            }
            if kind == "role" {
                entity["AssumeRolePolicyDocument"] = parse(&self.trust_text(number));
            }
            if name == "ann" {
                entity["GroupList"] = json!(["members"]);
            }
            entity
        };
        let managed = |account: &str, name: &str, text: &str| {
            json!({ "Arn": format!("arn:aws:iam::{account}:policy/{name}"), "PolicyName": name,
                "PolicyVersionList": [{ "IsDefaultVersion": true, "Document": parse(&document(&[text])) }] })
        };
        let group = |name: &str, statements: &[&str]| json!({ "Arn": format!("arn:aws:iam::{HOME}:group/{name}"), "GroupName": name, "GroupPolicyList": own(statements) });
        let of_kind = |wanted: &str| -> Vec<Value> {
            let numbers = 0..PRINCIPALS.len();
            numbers
                .filter(|number| PRINCIPALS[*number].1 == wanted)
                .map(entity)
                .collect()
        };
        let details = json!({
            "UserDetailList": of_kind("user"),
            "RoleDetailList": of_kind("role"),
            "GroupDetailList": [group("members", &self.groups[0]), group("empty", &self.groups[1])],
            "Policies": [managed(HOME, "b", self.boundary), managed(OTHER, "b", self.boundary), managed(HOME, "held", HELD)],
        });
        let organization = self.organization.map(|text| {
            let file = json!({ "organizationId": "o-1", "managementAccount": "999999999999",
                "policies": [{ "id": "p", "content": parse(&document(&[text])) }],
                "root": { "policies": ["p"], "accounts": [{ "id": HOME, "policies": ["p"] }, { "id": OTHER, "policies": ["p"] }] } });
            read_organization(&file.to_string()).unwrap()
        });
        Inventory {
            details: read_authorization_details(&details.to_string()).unwrap(),
            organization,
            ..Inventory::default()
        }
    }

    /// Returns the decision on one request of a principal. The principal can be without its boundary, and can have a
    /// policy that allows everything.
    pub(super) fn decide(&self, asker: Asker, action: &str, resource: &str, known: &Context) -> Option<bool> {
        let number = asker.principal;
        let (account, kind, name) = PRINCIPALS[number];
        let mut texts = vec![document(&self.own[number])];
        if name == "ann" {
            texts.push(document(&self.groups[0]));
        }
        if self.holder == number {
            texts.push(document(&[HELD]));
        }
        if asker.raised {
            texts.push(document(&[LIMITS[0]]));
        }
        let identity: Vec<Policy> = texts
            .iter()
            .map(|text| read(text, PolicyKind::Identity))
            .collect();
        let identity: Vec<Attached<'_>> = identity.iter().map(|one| Attached::new(one, "own")).collect();
        let boundary = read(&document(&[self.boundary]), PolicyKind::PermissionsBoundary);
        let mut layers = Layers::identity(&identity);
        if self.bounded[number] && !asker.lifted {
            layers.boundary = Some(Attached::new(&boundary, "boundary"));
        }
        let control = self
            .organization
            .map(|text| read(&document(&[text]), PolicyKind::ServiceControl));
        let levels = control.iter().map(|one| vec![Attached::new(one, "scp")]);
        let levels: Vec<Vec<Attached<'_>>> = levels.clone().chain(levels).collect();
        if !levels.is_empty() {
            layers.service_control = OrganizationPolicies::Levels(&levels);
        }
        let role = (0..PRINCIPALS.len()).find(|number| arn(*number) == resource);
        let trust = role
            .filter(|role| action.starts_with("sts:") && PRINCIPALS[*role].1 == "role")
            .map(|role| read(&self.trust_text(role), PolicyKind::Trust));
        if let Some(trust) = &trust {
            layers.resource = ResourcePolicy::Policy(Attached::new(trust, "trust"));
        }
        let principal = Principal::parse(&arn(number)).unwrap();
        let mut own = Context::of_principal(&principal);
        // The principal that assumes a role may not tag the session, and the users have no tags.
        own.add_tags("aws:PrincipalTag/", []);
        if self.organization.is_some() {
            own.add("aws:PrincipalOrgID", ["o-1"]);
        }
        let resource = Resource::parse(resource).unwrap();
        let of_resource = Context::of_resource(&resource);
        let contexts = [&own, &of_resource, known];
        let keys = Layered(&contexts);
        let mut request = Request::new(&principal, action, resource, &keys);
        request.resource_account = Some(resource.arn().map_or(account, |arn| {
            if arn.account.is_empty() {
                account
            } else {
                arn.account
            }
        }));
        let _ = kind;
        match evaluate(&request, &layers).outcome {
            Outcome::Allowed => Some(true),
            Outcome::Conditional(_) => Some(false),
            Outcome::ExplicitDeny | Outcome::ImplicitDeny | Outcome::NotApplicable => None,
        }
    }

    pub(super) fn trusts(&self, role: usize, service: &str) -> Option<bool> {
        let trust = read(&self.trust_text(role), PolicyKind::Trust);
        let principal = Principal::from(PrincipalIdentity::Service { name: service.into() });
        let mut layers = Layers::identity(&[]);
        layers.resource = ResourcePolicy::Policy(Attached::new(&trust, "trust"));
        let own = Context::of_principal(&principal);
        let arn = arn(role);
        let resource = Resource::parse(&arn).unwrap();
        let keys = Layered(&[&own]);
        let mut request = Request::new(&principal, "sts:AssumeRole", resource, &keys);
        request.resource_account = Some(PRINCIPALS[role].0);
        match evaluate(&request, &layers).outcome {
            Outcome::Allowed => Some(true),
            Outcome::Conditional(_) => Some(false),
            Outcome::ExplicitDeny | Outcome::ImplicitDeny | Outcome::NotApplicable => None,
        }
    }

    pub(super) fn holds_everything(&self, number: usize) -> bool {
        let all = LIMITS[0];
        self.own[number].contains(&all) || (PRINCIPALS[number].2 == "ann" && self.groups[0].contains(&all))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asker {
    pub(super) principal: usize,
    pub(super) lifted: bool,
    pub(super) raised: bool,
}
