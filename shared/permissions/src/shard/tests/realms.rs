//! Generates organizations with a third account, and with everything else that documents hold: compute resources, last
//! accesses, credentials, policies and groups that are missing.

use crate::aws::tests::queries::report;
use crate::aws::tests::random_organization::organization;
use crate::aws::tests::sample_organization::{ALICE, APP, BOB, EVE, HOME, OTHER, SampleOrganization, VEND};
use inventory::{Inventory, read_authorization_details, read_compute, read_last_accessed};
use proptest::prelude::*;

pub(super) const THIRD: &str = "888899990000";
pub(super) const CAROL: &str = "arn:aws:iam::888899990000:user/carol";
pub(super) const BATCH: &str = "arn:aws:iam::888899990000:role/batch";
const NOBODY: &str = "arn:aws:iam::111122223333:role/gone";

/// A random organization, and more that documents say about it
#[derive(Debug, Clone)]
pub(super) struct Realm {
    organization: SampleOrganization,
    /// Says whether the third account is imported
    third: bool,
    /// Names the principals whose policies and groups are not all in the documents
    lacking: Vec<&'static str>,
    /// Accounts of which some compute resources are known, each with their roles and the services that were collected
    compute: Vec<(&'static str, Vec<Option<&'static str>>, &'static str)>,
    /// Names the principals whose last accesses are known
    used: Option<Vec<&'static str>>,
    /// Names the principals whose credentials are known
    credentials: Option<Vec<&'static str>>,
}

pub(super) fn realm() -> impl Strategy<Value = Realm> {
    let accounts = vec![HOME, OTHER, THIRD];
    let roles = vec![Some(APP), Some(VEND), Some(BATCH), Some(NOBODY), None];
    let compute = (
        prop::sample::select(accounts),
        prop::collection::vec(prop::sample::select(roles), 0..3),
        prop::sample::select(vec![
            "",
            r#","services":["lambda"]"#,
            r#","regions":["eu-west-2"]"#,
        ]),
    );
    let principals = vec![ALICE, BOB, APP, EVE, VEND, CAROL, BATCH];
    let some = |of: Vec<&'static str>| prop::option::of(prop::sample::subsequence(of, 0..3));
    (
        organization(),
        prop::bool::weighted(0.8),
        prop::sample::subsequence(vec![ALICE, EVE, CAROL], 0..3),
        prop::collection::vec(compute, 0..3),
        some(principals),
        some(vec![ALICE, BOB, EVE, CAROL]),
    )
        .prop_map(
            |(organization, third, lacking, compute, used, credentials)| Realm {
                organization,
                third,
                lacking,
                compute,
                used,
                credentials,
            },
        )
}

impl Realm {
    pub(super) fn inventory(&self) -> Inventory {
        let mut inventory = self.organization.inventory();
        if self.third {
            inventory.details.users.extend(third_account().users);
            inventory.details.roles.extend(third_account().roles);
        }
        for user in &mut inventory.details.users {
            if self.lacking.contains(&user.arn.as_str()) {
                user.attached.push("arn:aws:iam::aws:policy/Gone".to_owned());
                user.groups.push("nowhere".to_owned());
            }
        }
        for (number, (account, roles, collected)) in self.compute.iter().enumerate() {
            let resources = roles.iter().enumerate().map(|(place, role)| {
                let role = match role {
                    Some(role) => format!(r#""roleArn":"{role}""#),
                    None => format!(r#""instanceProfileArn":"arn:aws:iam::{account}:instance-profile/p""#),
                };
                format!(r#"{{"arn":"arn:aws:ec2:eu-west-2:{account}:instance/i-{number}{place}",{role}}}"#)
            });
            let resources: Vec<String> = resources.collect();
            let text = format!(
                r#"{{"account":"{account}"{collected},"computeResources":[{}]}}"#,
                resources.join(",")
            );
            let read = read_compute(&text).unwrap();
            let all = inventory.compute.get_or_insert_default();
            all.collected.extend(read.collected);
            all.resources.extend(read.resources);
        }
        if let Some(used) = &self.used {
            let reports = used.iter().map(|arn| {
                format!(
                    r#"{{"Arn":"{arn}","ServicesLastAccessed":[{{"ServiceNamespace":"s3","LastAuthenticated":"2026-02-01T00:00:00Z",
                    "TrackedActionsLastAccessed":[{{"ActionName":"GetObject","LastAccessedTime":"2026-02-01T00:00:00Z"}}]}},
                    {{"ServiceNamespace":"sqs"}}]}}"#
                )
            });
            let reports: Vec<String> = reports.collect();
            let text = format!(r#"{{"reports":[{}]}}"#, reports.join(","));
            inventory.last_accessed = Some(read_last_accessed(&text).unwrap());
        }
        if let Some(credentials) = &self.credentials {
            let mut all = inventory::CredentialReport::default();
            for arn in credentials {
                let line =
                    format!("{arn},2025-01-01,true,2026-03-28,N/A,true,true,2025-01-01,N/A,false,N/A,N/A");
                all.users.extend(report(&line).users);
            }
            inventory.credentials = Some(all);
        }
        inventory
    }
}

fn third_account() -> inventory::AuthorizationDetails {
    let allow = r#"{"Statement":{"Effect":"Allow","Action":["s3:GetObject","sqs:*","sts:AssumeRole"],"Resource":"*"}}"#;
    let trust = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["111122223333","777788889999"],"Service":"ec2.amazonaws.com"}}}"#;
    let text = format!(
        r#"{{"UserDetailList":[{{"Arn":"{CAROL}","UserName":"carol","UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{allow}}}]}}],
        "RoleDetailList":[{{"Arn":"{BATCH}","RoleName":"batch","AssumeRolePolicyDocument":{trust},
        "RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{allow}}}]}}]}}"#
    );
    read_authorization_details(&text).unwrap()
}
