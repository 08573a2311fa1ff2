//! A generated account as `aws iam get-account-authorization-details` would show it: principals with ten real AWS
//! managed policies each, boundaries and denies.
//!
//! The documents come from the moto package of the project's environment, read when the bench runs; where there is
//! none, simple ones take their place.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SERVICES: [&str; 8] = ["s3", "ec2", "iam", "dynamodb", "lambda", "sqs", "sns", "kms"];
const VERBS: [&str; 6] = ["Get*", "List*", "Describe*", "Put*", "Delete*", "*"];

/// Policies of one principal.
const POLICIES_EACH: usize = 10;

/// A managed policy.
struct Managed {
    name: String,
    document: Box<RawValue>,
}

/// Returns the id of the account with that number in an organization.
pub(crate) fn id(number: usize) -> String {
    format!("{:012}", 111_122_223_333 + number)
}

/// Makes accounts from policies that are read once.
pub(crate) struct Generator {
    policies: Vec<Managed>,
}

impl Generator {
    /// Makes a generator from the policies of the package, or from synthetic policies when the package is absent.
    ///
    /// # Panics
    /// When the documents cannot be read: a bench over broken input should stop.
    pub(crate) fn new() -> Self {
        Self {
            policies: aws_managed().unwrap_or_else(synthetic),
        }
    }

    /// Returns the authorization details of a big account. Half of the principals are users and half are roles, some
    /// users are in groups, every tenth principal has a boundary, and every seventh has an inline policy with a Deny.
    /// The same numbers give the same text.
    pub(crate) fn account(&self, number: usize, principals: usize) -> String {
        authorization_details(&self.policies, &id(number), principals)
    }
}

fn authorization_details(policies: &[Managed], account: &str, principals: usize) -> String {
    let arn = |nth: usize| {
        let policy = policies
            .get(nth % policies.len())
            .map(|policy| policy.name.as_str());
        format!("arn:aws:iam::aws:policy/{}", policy.unwrap_or_default())
    };
    let attached = |principal: usize| -> Vec<Value> {
        // The step shares no factor with the number of policies, so that the ten policies are different.
        let first = principal.wrapping_mul(7919);
        let tenth = |nth: usize| json!({ "PolicyName": "p", "PolicyArn": arn(first + nth * 101) });
        (0..POLICIES_EACH).map(tenth).collect()
    };
    let entity = |principal: usize, kind: &str, list: &str, name: &str| {
        let mut entity = json!({
            "Arn": format!("arn:aws:iam::{account}:{}/team-{}/{name}", kind.to_lowercase(), principal % 40),
            format!("{kind}Name"): name,
            format!("{kind}Id"): format!("A{kind}{principal:016}"),
            "AttachedManagedPolicies": attached(principal),
            "Tags": [{ "Key": "team", "Value": format!("team-{}", principal % 40) }],
        });
        if principal.is_multiple_of(10) {
            entity["PermissionsBoundary"] = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn(principal / 10 % 7) });
        }
        if principal.is_multiple_of(7) {
            entity[list] = json!([{ "PolicyName": "guard", "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    { "Effect": "Deny", "Action": "iam:*", "Resource": "*" },
                    { "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::own-{principal}/*") },
                    { "Effect": "Deny", "Action": "s3:Delete*", "Resource": format!("arn:aws:s3:::kept-{}/*", principal % 50),
                      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } },
                ],
            } }]);
        }
        entity
    };
    let (users, roles): (Vec<usize>, Vec<usize>) = (0..principals).partition(|principal| principal % 2 == 0);
    let users = users.into_iter().map(|principal| {
        let mut user = entity(principal, "User", "UserPolicyList", &format!("user-{principal}"));
        user["GroupList"] = if principal.is_multiple_of(4) {
            json!([format!("group-{}", principal % 25)])
        } else {
            json!([])
        };
        user
    });
    let roles = roles.into_iter().map(|principal| {
        let mut role = entity(principal, "Role", "RolePolicyList", &format!("role-{principal}"));
        role["AssumeRolePolicyDocument"] = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": format!("{}.amazonaws.com", SERVICES[principal % SERVICES.len()]) },
        }] });
        role
    });
    let groups = (0..25).map(|group| {
        json!({ "Arn": format!("arn:aws:iam::{account}:group/group-{group}"), "GroupName": format!("group-{group}"),
                "AttachedManagedPolicies": attached(1_000_003 + group) })
    });
    let managed = policies.iter().map(|policy| {
        json!({ "Arn": format!("arn:aws:iam::aws:policy/{}", policy.name), "PolicyName": policy.name,
                "DefaultVersionId": "v1",
                "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": policy.document }] })
    });
    json!({
        "UserDetailList": users.collect::<Vec<_>>(),
        "GroupDetailList": groups.collect::<Vec<_>>(),
        "RoleDetailList": roles.collect::<Vec<_>>(),
        "Policies": managed.collect::<Vec<_>>(),
    })
    .to_string()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    document: Box<RawValue>,
}

/// Reads the policies from the package, which holds a Python file with one long JSON text.
fn aws_managed() -> Option<Vec<Managed>> {
    let text = std::fs::read_to_string(package()?).ok()?;
    let json = text.split("\"\"\"").nth(1).expect("a JSON text between quotes");
    let published: BTreeMap<String, Published> = serde_json::from_str(json).expect("policies by name");
    let managed = published.into_iter().map(|(name, policy)| Managed {
        name,
        document: policy.document,
    });
    Some(managed.collect())
}

fn package() -> Option<PathBuf> {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/lib");
    let versions = std::fs::read_dir(library).ok()?;
    versions
        .filter_map(Result::ok)
        .map(|version| {
            version
                .path()
                .join("site-packages/moto/iam/aws_managed_policies.py")
        })
        .find(|file| file.is_file())
}

fn synthetic() -> Vec<Managed> {
    let policy = |index: usize| {
        let (service, verb) = (SERVICES[index % SERVICES.len()], VERBS[index % VERBS.len()]);
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": format!("{service}:{verb}"), "Resource": "*" },
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::bucket-{index}/*") },
        ] });
        Managed {
            name: format!("p{index}"),
            document: serde_json::value::to_raw_value(&document).expect("a document"),
        }
    };
    (0..200).map(policy).collect()
}
