//! Tests who can become an administrator against a slow search of this file, which decides single requests.
//!
//! The search knows nothing of tables, classes and sets: it asks `iam::evaluate` about one request after the other, and adds
//! what was gained to what somebody has until nothing is added.

use super::administrator_paths::reach;
use crate::aws::data::Snapshot;
use crate::aws::escalation::{AdministratorPaths, Reach};
use crate::aws::tests::pages;
use crate::aws::{ActionSpec, EffectivePermissions, ResourceTypeSpec, compile, specs};
use crate::row::RowResult;
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
use std::collections::BTreeSet;
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

const HOME: &str = "111122223333";
const OTHER: &str = "444455556666";

/// Users and roles: account, kind, name
const PRINCIPALS: [(&str, &str, &str); 6] = [
    (HOME, "user", "ann"),
    (HOME, "user", "bob"),
    (HOME, "role", "app"),
    (HOME, "role", "ops"),
    (HOME, "role", "run"),
    (OTHER, "role", "far"),
];

const STATEMENTS: [&str; 30] = [
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

const LIMITS: [&str; 5] = [
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
    own: Vec<Vec<&'static str>>,
    /// Says of each principal whether it has the boundary
    bounded: Vec<bool>,
    boundary: &'static str,
    /// Service control policy of both accounts
    organization: Option<&'static str>,
    /// Trusted by each principal, when it is a role; whether with MFA only
    trust: Vec<(&'static str, bool)>,
    /// Statements of the group that has ann as its member, and of the one that has none
    groups: [Vec<&'static str>; 2],
    /// Names the principal to which the managed policy is attached
    holder: usize,
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

fn document(statements: &[&str]) -> String {
    let statements = statements.join(",");
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn read(text: &str, kind: PolicyKind) -> Policy {
    Policy::compile(&Document::parse(text, kind).unwrap().document, kind)
}

fn arn(number: usize) -> String {
    let (account, kind, name) = PRINCIPALS[number];
    format!("arn:aws:iam::{account}:{kind}/{name}")
}

const HELD: &str = r#"{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}"#;

impl Realm {
    fn trust_text(&self, number: usize) -> String {
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
    fn decide(&self, asker: Asker, action: &str, resource: &str, known: &Context) -> Option<bool> {
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

    fn trusts(&self, role: usize, service: &str) -> Option<bool> {
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

    fn holds_everything(&self, number: usize) -> bool {
        let all = LIMITS[0];
        self.own[number].contains(&all) || (PRINCIPALS[number].2 == "ann" && self.groups[0].contains(&all))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Asker {
    principal: usize,
    lifted: bool,
    raised: bool,
}

/// Searches with all that is allowed, or with all that is allowed or conditional.
struct Search<'r> {
    realm: &'r Realm,
    certain: bool,
}

impl Search<'_> {
    fn passes(&self, outcome: Option<bool>) -> bool {
        outcome.is_some_and(|certain| certain || !self.certain)
    }

    fn can_with(&self, asker: Asker, action: &str, resource: &str, known: &Context) -> bool {
        self.passes(self.realm.decide(asker, action, resource, known))
    }

    fn can(&self, asker: Asker, action: &str, resource: &str) -> bool {
        self.can_with(asker, action, resource, &Context::open())
    }

    /// Returns whether a principal that may do everything can still change policies.
    fn administers(&self, asker: Asker) -> bool {
        let account = PRINCIPALS[asker.principal].0;
        let new =
            |action: &str, kind: &str| self.can(asker, action, &format!("arn:aws:iam::{account}:{kind}/new"));
        ["Attach", "Put"].iter().any(|verb| {
            ["User", "Role", "Group"]
                .iter()
                .any(|kind| new(&format!("iam:{verb}{kind}Policy"), &kind.to_lowercase()))
        }) || new("iam:CreatePolicyVersion", "policy")
    }

    /// Returns whether a principal would be an administrator with a policy that allows everything.
    fn raisable(&self, asker: Asker) -> bool {
        self.administers(Asker {
            raised: true,
            ..asker
        })
    }

    fn changes_policies_of(&self, by: Asker, other: usize) -> bool {
        let (account, kind, name) = PRINCIPALS[other];
        if account != PRINCIPALS[by.principal].0 {
            return false;
        }
        let word = if kind == "user" { "User" } else { "Role" };
        let bound = if self.realm.bounded[other] {
            Context::open().with(
                "iam:PermissionsBoundary",
                [format!("arn:aws:iam::{account}:policy/b")],
            )
        } else {
            Context::open().without("iam:PermissionsBoundary")
        };
        let attached = bound
            .clone()
            .with("iam:PolicyARN", ["arn:aws:iam::aws:policy/AdministratorAccess"]);
        self.can_with(by, &format!("iam:Put{word}Policy"), &arn(other), &bound)
            || self.can_with(by, &format!("iam:Attach{word}Policy"), &arn(other), &attached)
            || (self.realm.holder == other
                && self.can(
                    by,
                    "iam:CreatePolicyVersion",
                    &format!("arn:aws:iam::{HOME}:policy/held"),
                ))
            || (self.realm.holder == other
                && !self.certain
                && self.can(
                    by,
                    "iam:SetDefaultPolicyVersion",
                    &format!("arn:aws:iam::{HOME}:policy/held"),
                ))
            || (name == "ann" && self.changes_group(by, "members"))
    }

    fn changes_group(&self, by: Asker, group: &str) -> bool {
        let arn = format!("arn:aws:iam::{HOME}:group/{group}");
        PRINCIPALS[by.principal].0 == HOME
            && (self.can(by, "iam:PutGroupPolicy", &arn) || self.can(by, "iam:AttachGroupPolicy", &arn))
    }

    fn acts_as(&self, by: Asker, other: usize) -> bool {
        let (account, kind, _) = PRINCIPALS[other];
        let own_account = account == PRINCIPALS[by.principal].0;
        if kind == "user" {
            let known = if self.realm.bounded[other] {
                Context::open().with(
                    "iam:PermissionsBoundary",
                    [format!("arn:aws:iam::{account}:policy/b")],
                )
            } else {
                Context::open().without("iam:PermissionsBoundary")
            };
            return own_account
                && [
                    "iam:CreateAccessKey",
                    "iam:CreateLoginProfile",
                    "iam:UpdateLoginProfile",
                ]
                .iter()
                .any(|action| self.can_with(by, action, &arn(other), &known));
        }
        if self.can(by, "sts:AssumeRole", &arn(other)) {
            return true;
        }
        own_account
            && (self.can(by, "iam:UpdateAssumeRolePolicy", &arn(other)) || self.acts_by_service(by, other))
    }

    fn acts_by_service(&self, by: Asker, role: usize) -> bool {
        let account = PRINCIPALS[role].0;
        let any = |service: &str, actions: &[&str]| {
            let resource = |action: &str| match action.split_once(':').unwrap() {
                ("lambda", "CreateEventSourceMapping") => "*".to_owned(),
                ("lambda", _) => format!("arn:aws:lambda:eu-west-1:{account}:function:new"),
                _ => format!(
                    "arn:aws:{}:eu-west-1:{account}:instance/i-1",
                    action.split(':').next().unwrap()
                ),
            };
            let _ = service;
            actions
                .iter()
                .all(|action| self.can(by, action, &resource(action)))
        };
        let lambda = "lambda.amazonaws.com";
        let passes = |service: &str| {
            self.passes(self.realm.trusts(role, service))
                && self.can_with(
                    by,
                    "iam:PassRole",
                    &arn(role),
                    &Context::open().with("iam:PassedToService", [service]),
                )
        };
        let new_function = [
            "lambda:InvokeFunction",
            "lambda:CreateEventSourceMapping",
            "lambda:AddPermission",
        ]
        .iter()
        .any(|second| any(lambda, &["lambda:CreateFunction", second]))
            || any(lambda, &["lambda:UpdateFunctionConfiguration"]);
        let new_instance = any("ec2.amazonaws.com", &["ec2:RunInstances"]);
        let runs = |service: &str, actions: &[&str]| {
            !self.certain
                && self.passes(self.realm.trusts(role, service))
                && actions.iter().any(|action| any(service, &[action]))
        };
        (passes(lambda) && new_function)
            || (passes("ec2.amazonaws.com") && new_instance)
            || runs(
                lambda,
                &["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
            )
            || runs(
                "ec2.amazonaws.com",
                &["ssm:SendCommand", "ec2:ModifyInstanceAttribute"],
            )
    }

    fn lifts(&self, by: Asker, other: usize) -> bool {
        let (account, kind, _) = PRINCIPALS[other];
        let word = if kind == "user" { "User" } else { "Role" };
        account == PRINCIPALS[by.principal].0
            && ["Delete", "Put"]
                .iter()
                .any(|verb| self.can(by, &format!("iam:{verb}{word}PermissionsBoundary"), &arn(other)))
    }

    fn makes_administrator(&self, by: Asker) -> bool {
        let account = PRINCIPALS[by.principal].0;
        let on = |action: &str, kind: &str| {
            self.can(
                by,
                &format!("iam:{action}"),
                &format!("arn:aws:iam::{account}:{kind}/new"),
            )
        };
        let user = on("CreateUser", "user")
            && (on("AttachUserPolicy", "user") || on("PutUserPolicy", "user"))
            && (on("CreateAccessKey", "user") || on("CreateLoginProfile", "user"));
        let role =
            on("CreateRole", "role") && (on("AttachRolePolicy", "role") || on("PutRolePolicy", "role"));
        let set = !self.certain
            && self.can(
                by,
                "sso:CreateAccountAssignment",
                "arn:aws:sso:::instance/ssoins-1",
            );
        user || role || set
    }

    /// Returns whether a principal can become an administrator.
    fn reaches(&self, start: usize) -> bool {
        let mut captured = BTreeSet::from([Asker {
            principal: start,
            lifted: false,
            raised: false,
        }]);
        loop {
            for &one in &captured {
                if (self.realm.holds_everything(one.principal) && self.administers(one))
                    || self.makes_administrator(one)
                {
                    return true;
                }
                for &other in &captured {
                    if self.changes_policies_of(one, other.principal) && self.raisable(other) {
                        return true;
                    }
                }
                for (group, statements) in ["members", "empty"].iter().zip(&self.realm.groups) {
                    let arn = format!("arn:aws:iam::{HOME}:group/{group}");
                    let gives = statements.contains(&LIMITS[0])
                        || captured.iter().any(|by| self.changes_group(*by, group));
                    let joins =
                        PRINCIPALS[one.principal].0 == HOME && self.can(one, "iam:AddUserToGroup", &arn);
                    let mut users = captured
                        .iter()
                        .filter(|user| PRINCIPALS[user.principal].1 == "user");
                    if gives && joins && users.any(|user| self.raisable(*user)) {
                        return true;
                    }
                }
            }
            let mut next = captured.clone();
            for &one in &captured {
                for other in 0..PRINCIPALS.len() {
                    let plain = Asker {
                        principal: other,
                        lifted: false,
                        raised: false,
                    };
                    if self.acts_as(one, other) {
                        next.insert(plain);
                    }
                    if self.realm.bounded[other] && captured.contains(&plain) && self.lifts(one, other) {
                        next.insert(Asker {
                            lifted: true,
                            ..plain
                        });
                    }
                }
            }
            if next == captured {
                return false;
            }
            captured = next;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 3))]

    #[test]
    fn a_source_reaches_administrator_exactly_when_a_search_over_requests_does(realm in realm()) {
        let snapshot = compiled(&realm.inventory());
        let paths = AdministratorPaths::of(&snapshot);
        for start in 0..PRINCIPALS.len() {
            let certain = Search { realm: &realm, certain: true }.reaches(start);
            let possible = Search { realm: &realm, certain: false }.reaches(start);
            let expected = match (certain, possible) {
                (true, _) => Some(Reach::Certain),
                (false, true) => Some(Reach::Conditional),
                (false, false) => None,
            };
            prop_assert_eq!(reach(&snapshot, &paths, &arn(start)), expected, "{}", arn(start));
        }
    }

    #[test]
    fn every_step_of_a_path_is_made_by_somebody_who_was_captured_and_needs_rows_that_exist(realm in realm()) {
        let effective = EffectivePermissions::from(compiled(&realm.inventory()));
        let rows = pages::explained(&effective, "source.reachesadministrator = true");
        let ids: BTreeSet<String> = pages::rows(&effective).iter().map(|row| row.id.clone()).collect();
        let mut seen = BTreeSet::new();
        for row in rows.iter().filter(|row| seen.insert(row.source_resource_id)) {
            let path = row.explanation.as_ref().unwrap().administrator_path.as_ref();
            prop_assert!(path.is_some(), "{}", row.source_resource_id);
            let path = path.unwrap();
            let mut captured = BTreeSet::from([row.source_resource_id.to_owned()]);
            for step in &path.steps {
                prop_assert!(captured.contains(&step.source), "{:?}", path);
                prop_assert!(!step.rows.is_empty(), "{:?}", path);
                prop_assert!(path.result == RowResult::Conditional || step.result == RowResult::Allowed, "{:?}", path);
                captured.extend(step.gains.clone());
                for needed in &step.rows {
                    prop_assert!(needed.id.as_ref().is_none_or(|id| ids.contains(id)), "{:?}", needed);
                }
            }
            prop_assert!(path.administrator.as_ref().is_none_or(|one| captured.contains(one)), "{:?}", path);
        }
    }
}
