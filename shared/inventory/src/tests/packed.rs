//! These tests pack documents of each kind, with all that a document may say or leave out.

use crate::{DocumentKind, InventoryDocument, PackedDocument};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Holds what the texts of all kinds of documents are made of
#[derive(Debug, Clone)]
struct Contents {
    names: BTreeSet<String>,
    /// The texts have one of these days, where they have one at all
    day: Option<u8>,
    /// Says of each member that may be left out whether it is there; the members of a kind take them in turn
    has: Vec<bool>,
}

fn contents() -> impl Strategy<Value = Contents> {
    let names = prop::collection::btree_set("[a-z]{1,6}", 0..4);
    let parts = (
        names,
        prop::option::of(1_u8..29),
        prop::collection::vec(any::<bool>(), 7),
    );
    parts.prop_map(|(names, day, has)| Contents { names, day, has })
}

impl Contents {
    /// Returns a member when it is there; else it is null, which every document may have in the place of a member.
    fn member(&self, number: usize, value: Value) -> Value {
        if self.has[number % self.has.len()] {
            value
        } else {
            Value::Null
        }
    }

    fn time(&self) -> Value {
        self.day
            .map_or(Value::Null, |day| json!(format!("2026-03-{day:02}T10:00:00Z")))
    }

    fn each(&self, make: impl Fn(&str) -> Value) -> Value {
        self.names.iter().map(|name| make(name)).collect()
    }

    fn text(&self, kind: DocumentKind) -> String {
        match kind {
            DocumentKind::AuthorizationDetails => self.authorization_details(),
            DocumentKind::Compute => self.compute(),
            DocumentKind::CredentialReport => return self.credential_report(),
            DocumentKind::LastAccessed => self.last_accessed(),
            DocumentKind::Organization => self.organization(),
            DocumentKind::ResourcePolicies => self.resource_policies(),
        }
        .to_string()
    }

    /// Makes a policy with a statement that cannot be read.
    fn policy(&self, name: &str) -> Value {
        let mut statement = json!({ "Sid": self.member(0, json!(name)), "Effect": "Allow", "Action": ["s3:*", name],
            "Resource": ["*", format!("arn:aws:s3:::{name}/${{aws:username}}")],
            "Condition": self.member(1, json!({ "StringLike": { "aws:PrincipalTag/team": ["a", name] } })) });
        if let Some(members) = statement.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        json!({ "Version": "2012-10-17", "Statement": [statement, { "Effect": "Maybe" }] })
    }

    fn authorization_details(&self) -> Value {
        let inline = |name: &str| json!([{ "PolicyName": name, "PolicyDocument": self.policy(name) }]);
        let policy = |name: &str| format!("arn:aws:iam::111122223333:policy/{name}");
        let boundary = |name: &str| json!({ "PermissionsBoundaryArn": policy(name) });
        let attached = |name: &str| json!([{ "PolicyArn": policy(name) }]);
        let tags = json!([{ "Key": "team", "Value": "a" }, { "Key": "empty" }]);
        let entity = |kind: &str, name: &str| {
            json!({
                "Arn": format!("arn:aws:iam::111122223333:{kind}/{name}"),
                "AttachedManagedPolicies": self.member(0, attached(name)),
                "PermissionsBoundary": self.member(1, boundary(name)),
                "Tags": self.member(2, tags.clone()),
            })
        };
        let of = |kind: &str, name: &str, more: Value| {
            let mut entity = entity(kind, name);
            if let (Some(members), Value::Object(more)) = (entity.as_object_mut(), more) {
                members.extend(more);
            }
            entity
        };
        let user = |name: &str| {
            of(
                "user",
                name,
                json!({ "UserName": self.member(3, json!(name)), "UserId": self.member(4, json!("AIDAEXAMPLE")),
                    "GroupList": self.member(5, json!([name])), "UserPolicyList": self.member(6, inline(name)) }),
            )
        };
        let role = |name: &str| {
            let trust = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "111122223333" } } });
            let profile = json!([{ "Arn": format!("arn:aws:iam::111122223333:instance-profile/{name}") }]);
            of(
                "role",
                name,
                json!({ "RoleName": name, "RoleId": self.member(3, json!("AROAEXAMPLE")), "AssumeRolePolicyDocument": trust,
                    "RolePolicyList": inline(name), "InstanceProfileList": self.member(5, profile),
                    "RoleLastUsed": self.member(6, json!({ "LastUsedDate": self.time() })) }),
            )
        };
        let group = |name: &str| {
            of(
                "group",
                name,
                json!({ "GroupName": name, "GroupPolicyList": inline(name) }),
            )
        };
        let managed = |name: &str| {
            json!({ "Arn": policy(name), "PolicyName": name,
                "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": self.policy(name) }] })
        };
        json!({ "UserDetailList": self.each(user), "RoleDetailList": self.each(role), "GroupDetailList": self.each(group),
            "Policies": self.each(managed) })
    }

    fn compute(&self) -> Value {
        let resource = |name: &str| {
            let profile = json!(format!("arn:aws:iam::111122223333:instance-profile/{name}"));
            json!({
                "arn": format!("arn:aws:ec2:eu-west-1:111122223333:instance/{name}"),
                "name": self.member(0, json!(name)),
                "roleArn": self.member(1, json!(format!("arn:aws:iam::111122223333:role/{name}"))),
                "instanceProfileArn": self.member(2, profile),
                "tags": self.member(3, json!({ "team": "a", "empty": "" })),
            })
        };
        json!({ "account": "111122223333", "services": self.member(4, json!(["EC2"])),
            "regions": self.member(5, json!(["eu-west-1"])), "computeResources": self.each(resource) })
    }

    fn credential_report(&self) -> String {
        let mut text =
            "arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,\
            access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
            access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n"
                .to_owned();
        let day = self
            .day
            .map_or("N/A".to_owned(), |day| format!("2026-03-{day:02}"));
        for name in &self.names {
            let [password, mfa, one, other] = [0, 1, 2, 3].map(|number| self.has[number]);
            text += &format!(
                "arn:aws:iam::111122223333:user/{name},{day},{password},{day},{day},{mfa},{one},{day},{day},{other},{day},N/A\n"
            );
        }
        text
    }

    fn last_accessed(&self) -> Value {
        let report = |name: &str| {
            let actions =
                json!([{ "ActionName": name, "LastAccessedTime": self.time() }, { "ActionName": "Other" }]);
            json!({
                "Arn": format!("arn:aws:iam::111122223333:user/{name}"),
                "JobCompletionDate": self.member(0, self.time()),
                "ServicesLastAccessed": [
                    { "ServiceNamespace": "s3", "LastAuthenticated": self.time(),
                        "TrackedActionsLastAccessed": self.member(1, actions) },
                    { "ServiceNamespace": "sqs" },
                ],
            })
        };
        json!({ "reports": self.each(report) })
    }

    fn organization(&self) -> Value {
        let policy = |name: &str| json!({ "id": name, "name": self.member(0, json!(name)), "content": self.policy(name) });
        let attached = |number: usize| self.member(number, self.each(|name| json!(name)));
        let accounts = json!([{ "id": "111122223333", "name": self.member(1, json!("Production")),
            "serviceControlPolicies": attached(2) }]);
        let unit = json!({ "id": "ou-1", "name": "Teams", "serviceControlPolicies": attached(2), "accounts": accounts });
        json!({
            "organizationId": self.member(3, json!("o-example")),
            "managementAccount": self.member(4, json!("999999999999")),
            "serviceControlPolicies": self.each(policy),
            "resourceControlPolicies": self.each(policy),
            "root": { "organizationalUnits": self.member(5, json!([unit])), "resourceControlPolicies": attached(6) },
        })
    }

    fn resource_policies(&self) -> Value {
        let block = json!({ "blockPublicPolicy": true, "restrictPublicBuckets": self.has[0] });
        let resource = |name: &str| {
            let mut policy = self.policy(name);
            policy["Statement"][0]["Principal"] = json!({ "AWS": "*" });
            json!({
                "resourceArn": format!("arn:aws:s3:::{name}"),
                "policyDocument": self.member(0, policy),
                "region": self.member(1, json!("eu-west-1")),
                "publicAccessBlock": self.member(2, block.clone()),
            })
        };
        json!({ "account": "111122223333", "services": self.member(3, json!(["S3"])),
            "regions": self.member(4, json!(["eu-west-1"])), "publicAccessBlock": self.member(5, block.clone()),
            "resourcePolicies": self.each(resource) })
    }
}

/// Returns a document without its findings, which are reported before it is packed.
fn without_findings(mut document: InventoryDocument) -> InventoryDocument {
    match &mut document {
        InventoryDocument::AuthorizationDetails(details) => details.findings.clear(),
        InventoryDocument::Organization(organization) => organization.findings.clear(),
        InventoryDocument::ResourcePolicies(policies) => policies.findings.clear(),
        InventoryDocument::Compute(_)
        | InventoryDocument::CredentialReport(_)
        | InventoryDocument::LastAccessed(_) => {}
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]
    #[test]
    fn a_packed_document_of_any_kind_comes_back_without_its_findings(contents in contents()) {
        for kind in DocumentKind::ALL {
            let text = contents.text(kind);
            let read = InventoryDocument::read(kind, &text);
            prop_assert!(read.is_ok(), "{:?} of {}", read, text);
            let read = read.unwrap();
            let packed = PackedDocument::of(&read).unwrap();
            prop_assert_eq!(packed.document().unwrap(), without_findings(read));
        }
    }
}
