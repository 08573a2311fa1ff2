//! `COVERS`: everybody who can do something on one resource.

use super::random_organization::organization;
use super::sample_account::{self, document};
use super::sample_organization::{KEY, SampleOrganization};
use super::sample_requests::{REQUESTS, callers, depends_on_account, includes};
use super::selected::{all, explained, total};
use crate::row::RowResult;
use iam::context::Context;
use iam::evaluate::Outcome;
use inventory::{Inventory, read_authorization_details};
use proptest::prelude::*;

/// Makes users with one policy each, given by statements.
fn users(users: &[(&str, &[&str])]) -> Inventory {
    let users: Vec<String> = users
        .iter()
        .map(|(name, statements)| {
            let statements: Vec<String> = statements.iter().map(|one| (*one).to_owned()).collect();
            format!(
                r#"{{"Arn":"arn:aws:iam::111122223333:user/{name}","UserName":"{name}","UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{}}}]}}"#,
                document(&statements)
            )
        })
        .collect();
    let details = format!(r#"{{"UserDetailList":[{}]}}"#, users.join(","));
    Inventory {
        details: read_authorization_details(&details).unwrap(),
        ..Inventory::default()
    }
}

/// Findings: who can do an action on one named resource.
#[test]
fn everybody_who_can_read_one_object_is_found() {
    let inventory = users(&[
        (
            "a",
            &[r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/reports/*"}"#],
        ),
        (
            "b",
            &[r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#],
        ),
        (
            "c",
            &[r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::da*"}"#],
        ),
        (
            "d",
            &[
                r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/reports/2026.csv"}"#,
            ],
        ),
        (
            "e",
            &[
                r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::data/*"}"#,
                r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::data/reports/2026.csv"}"#,
            ],
        ),
        (
            "f",
            &[r#"{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::data/*"}"#],
        ),
        (
            "g",
            &[
                r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
            ],
        ),
    ]);
    let effective = sample_account::effective(&inventory);
    let names = |condition: &str| {
        let found = all(&effective, condition);
        assert_eq!(total(&effective, condition), found.len() as u64);
        let rows = found.iter();
        rows.map(|row| row.source_resource_name).collect::<Vec<_>>()
    };
    let covers = "dest.cloud.resource.id COVERS 'arn:aws:s3:::data/reports/2026.csv'";
    assert_eq!(
        names(&format!("{covers} AND action.name = 's3:GetObject'")),
        ["a", "b", "c", "d", "g"]
    );
    assert_eq!(
        names(&format!("{covers} AND source.cloud.resource.name = 'e'")),
        Vec::<&str>::new()
    );
    let found = all(
        &effective,
        &format!("{covers} AND source.cloud.resource.name = 'b'"),
    );
    assert_eq!(
        found[0].dest_resource_id, "arn:aws:s3:::data/reports/2026.csv",
        "a row is about the resource, not about the pattern"
    );
    let other = "dest.cloud.resource.id COVERS 'arn:aws:s3:::data/reports/2025.csv'";
    assert_eq!(
        names(&format!("{other} AND action.name = 's3:GetObject'")),
        ["a", "b", "c", "e", "g"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 3))]

    /// For one resource nothing is left open: a principal has a row exactly when a request of it may be allowed.
    #[test]
    fn who_is_covered_is_who_may_be_allowed(organization in organization()) {
        let effective = organization.effective();
        let open = Context::open();
        let samples = REQUESTS.into_iter().filter(|one| one.resource != "*");
        let named = effective.snapshot().actions.find("old:thing").is_some();
        for sample in samples.filter(|one| named || one.action != "old:Thing") {
            let (resource, action) = (sample.resource, sample.action);
            let condition = format!("dest.cloud.resource.id COVERS '{resource}' AND action.name = '{action}'");
            let rows = explained(&effective, &condition);
            prop_assert_eq!(total(&effective, &condition), rows.len() as u64);
            for row in &rows {
                prop_assert_eq!(row.dest_resource_id, resource);
            }
            for caller in callers(sample) {
                let outcome = organization.decide(&caller, sample, &open, None);
                let about = || format!("{} {sample:?}: {outcome:?}", caller.source);
                let of_caller = rows.iter().filter(|row| row.dest_resource_type == sample.kind);
                let own: Vec<_> = of_caller.clone().filter(|row| row.source_resource_id == caller.source).collect();
                let others = of_caller.filter(|row| includes(row, &caller)).count();
                match outcome {
                    Outcome::Allowed | Outcome::Conditional(_) => {
                        let stands = depends_on_account(&caller, &outcome) || own.len() + others > 0;
                        prop_assert!(stands, "{} has no row", about());
                    }
                    Outcome::ExplicitDeny | Outcome::ImplicitDeny | Outcome::NotApplicable => {
                        prop_assert!(caller.source == "*" || own.is_empty(), "{} has {own:?}", about());
                    }
                }
                for row in own {
                    let explanation = row.explanation.as_ref().unwrap();
                    // A Deny for some principals limits the row of everybody, and is not a condition.
                    let is_whole = explanation.limiting.iter().all(|one| one.whole);
                    if explanation.result == RowResult::Allowed && is_whole {
                        prop_assert_eq!(&outcome, &Outcome::Allowed, "{} has {:?}", about(), row);
                    }
                }
            }
        }
    }
}

/// Principals with one document are one class only where no policy of a resource distinguishes them.
#[test]
fn a_key_that_names_one_principal_is_not_another_s() {
    let decrypts = r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:kms:*:*:key/*"}"#;
    let organization = SampleOrganization {
        app: vec![decrypts.to_owned()],
        key: vec![
            r#"{"Effect":"Allow","Action":"kms:Decrypt","Principal":{"AWS":["AIDAALICE","AROAVEND"]},"Resource":"*"}"#.to_owned(),
        ],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let condition = format!("dest.cloud.resource.id COVERS '{KEY}' AND source.cloud.resource.name = 'app'");
    assert_eq!(total(&effective, &condition), 0);
}
