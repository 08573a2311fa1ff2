//! Tests what warnings say of values, and of parts of values, that no row has; and that they say it of no value that a row has.

use super::{actions, messages, warnings};
use crate::aws::tests::random_organization::organization;
use crate::aws::tests::sample_account::SampleAccount;
use crate::aws::tests::selected;
use crate::aws::{AccessLevel, EffectivePermissions, SnapshotFacts};
use crate::own::tests::own_grants;
use crate::row::Row;
use crate::search::known_values::imported::values_of_literals;
use crate::search::known_values::listed::listed;
use crate::search::{ActionNames, ImportedValues, KnownValues};
use proptest::prelude::*;
use rql::{Query, TextAttribute, WarningCode};
use rstest::rstest;
use std::collections::BTreeSet;

fn sample() -> EffectivePermissions {
    let mut account = SampleAccount::of(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*","arn:aws:s3:::${aws:username}/*"],
            "Condition":{"StringLike":{"aws:userid":"AIDA*"}}}"#,
    );
    account.bucket = vec![
        r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::a/in/*"}"#.to_owned(),
    ];
    account.effective()
}

const PATTERNS: &str = "; `*` and other patterns may include the resource, and dest.cloud.resource.id COVERS with its whole ARN counts them";

#[rstest]
#[case("action.name STARTS WITH 's4:'", &["no action begins with `s4:`; did you mean `s3:`?"])]
#[case("action.name STARTS WITH 's3:Gett'", &["no action begins with `s3:Gett`"])]
#[case("action.name STARTS WITH 'S3:get' OR action.name ENDS WITH 'OBJECT' OR action.name CONTAINS '3:g'", &[])]
#[case("action.name ENDS WITH 'Objects'", &["no action ends with `Objects`"])]
#[case("action.name = 's3:*'", &["no action is called `s3:*`; `*`, `?` and `%` are compared as ordinary characters: write action.name STARTS WITH 's3:'"])]
#[case("action.name STARTS WITH 'vpcserver:View' OR action.name STARTS WITH 'iotsitewise:ADM'", &[])]
#[case("dest.cloud.service.name STARTS WITH 's4'", &["no service begins with `s4`"])]
#[case("source.cloud.service.name = 's3'", &["no row has `source.cloud.service.name` = `s3`"])]
#[case("source.cloud.service.name STARTS WITH 'ia'", &[])]
#[case("source.cloud.resource.name CONTAINS 'zz'", &["no row has a `source.cloud.resource.name` that contains `zz`"])]
#[case("source.idp.service = 'Okta'", &["no row has `source.idp.service` = `Okta`"])]
#[case("source.idp.domain STARTS WITH 'x'", &["no row has a `source.idp.domain` that begins with `x`"])]
#[case("grantedby.cloud.policy.type = 'AWS Managed Policy'", &["no row has `grantedby.cloud.policy.type` = `AWS Managed Policy`"])]
#[case("grantedby.cloud.policy.type ENDS WITH 'policy'", &[])]
#[case("dest.cloud.resource.type STARTS WITH 'buckk'", &["no row has a `dest.cloud.resource.type` that begins with `buckk`"])]
#[case("dest.cloud.resource.name IN ('logs', 'alice/*', 'a/in/*', 'logs/*', '*')", &[])]
#[case("dest.cloud.resource.id IN ('arn:aws:s3:::logs/*', 'arn:aws:s3:::alice/*', '*')", &[])]
#[case("dest.cloud.account IN ('111122223333', 'Production', '*')", &[])]
#[case("dest.cloud.account = '444455556666'", &["no row has `dest.cloud.account` = `444455556666`"])]
#[case("dest.cloud.account LIKE '444455556666'", &["no row has `dest.cloud.account` = `444455556666`; only rows with `*` are found"])]
#[case("source.cloud.account = '444455556666'", &[])]
#[case("source.cloud.account = 'x'", &["no row has `source.cloud.account` = `x`; import the documents of this account"])]
#[case("grantedby.cloud.policy.condition('aws:UserId', 'StringLike') = 'aida*'", &[])]
#[case("grantedby.cloud.policy.condition('aws:SourceIp') EXISTS", &["no row has a value of `grantedby.cloud.policy.condition` under the key `aws:SourceIp`"])]
#[case("grantedby.cloud.policy.condition('aws:userid', 'StringEquals') EXISTS", &["no row has a condition on `aws:userid` with the operator `StringEquals`"])]
#[case("source.cloud.resource.tag('owner') EXISTS", &["no row has a value of `source.cloud.resource.tag` under the key `owner`"])]
#[case("action.name STARTS WITH 's3:Get' AND dest.cloud.service.name = 's3'", &[])]
#[case("dest.cloud.resource.id COVERS 'arn:aws:s3:::logs/x' AND action.name = 's3:GetObject'", &[])]
#[case("dest.cloud.resource.id COVERS 'arn:aws:nothing:::x'", &["no row satisfies this clause: no action works on a resource like `arn:aws:nothing:::x`"])]
fn a_literal_that_no_row_has_is_reported_whatever_the_operator(
    #[case] condition: &str,
    #[case] expected: &[&str],
) {
    let names = ActionNames::new(&actions());
    assert_eq!(messages(condition, &names, Some(&sample())), expected);
}

#[rstest]
#[case(
    "dest.cloud.resource.name = 'payroll'",
    "no row has `dest.cloud.resource.name` = `payroll`"
)]
#[case(
    "dest.cloud.resource.name STARTS WITH 'pay'",
    "no row has a `dest.cloud.resource.name` that begins with `pay`"
)]
#[case(
    "dest.cloud.resource.id CONTAINS 'payroll'",
    "no row has a `dest.cloud.resource.id` that contains `payroll`"
)]
fn a_resource_that_no_policy_names_may_be_in_a_pattern(#[case] condition: &str, #[case] expected: &str) {
    let names = ActionNames::new(&actions());
    let found = messages(condition, &names, Some(&sample()));
    assert_eq!(found, [format!("{expected}{PATTERNS}")]);
}

/// A stack always has own grants, also when there are none.
#[test]
fn no_operator_of_any_text_finds_nothing_in_silence() {
    let (effective, names, own) = (sample(), ActionNames::new(&actions()), own_grants());
    let facts = SnapshotFacts::of_one(&effective);
    let tests = [
        "= 'zz'",
        "!= 'zz'",
        "IN ('zz')",
        "NOT IN ('zz')",
        "LIKE 'zz'",
        "NOT LIKE 'zz'",
        "STARTS WITH 'zz'",
        "DOES NOT START WITH 'zz'",
        "ENDS WITH 'zz'",
        "DOES NOT END WITH 'zz'",
        "CONTAINS 'zz'",
        "DOES NOT CONTAIN 'zz'",
        "CONTAINS ALL ('zz')",
    ];
    let mut judged = 0;
    for attribute in TextAttribute::ALL {
        for test in tests {
            let text = format!("config from iam where {} {test}", attribute.name());
            // Not every attribute takes every operator.
            let Ok(query) = Query::parse(&text) else { continue };
            let part = values_of_literals(&effective, &query, true);
            let values = ImportedValues::of_query(&facts, &query, &part);
            for own in [None, Some(&own)] {
                let warnings = query.warnings(&KnownValues::new(&names, Some(&values), own));
                assert!(!warnings.is_empty(), "{text}");
                judged += 1;
            }
        }
    }
    assert_eq!(judged, 2 * (TextAttribute::ALL.len() * 10 + 4 * 2 + 1));
}

#[test]
fn an_action_that_does_not_work_on_the_covered_resource_is_reported() {
    let names = ActionNames::new(&actions());
    let of = |arn: &str| {
        let condition = format!("dest.cloud.resource.id COVERS '{arn}' AND action.name = 's3:GetObject'");
        let warnings = warnings(&condition, &names, Some(&sample()), None);
        warnings.into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(of("arn:aws:s3:::logs"), [WarningCode::NeverMatches]);
    assert_eq!(of("arn:aws:s3:::logs/x"), []);
}

#[rstest]
#[case("action.name = 's3:GetObject' AND action.access.level = 'Data Write'",
    &["no row satisfies this clause: rows of `s3:GetObject` have the access level `Data Read`"])]
#[case("action.access.level = 'Data Write' AND action.name STARTS WITH 's3:'",
    &["no row satisfies this clause: rows of actions that begin with `s3:` have the access level `Data Read` or `Metadata Read` or `Metadata Write`"])]
#[case("action.name STARTS WITH 's3:' AND action.access.level = 'Metadata Write'", &[])]
#[case("action.name = 'old:Thing' AND action.access.level = 'Data Read'",
    &["no row satisfies this clause: rows of `old:Thing` have no access level"])]
#[case("action.name = 'old:Thing' AND action.access.level != 'Data Read'", &[])]
fn an_access_level_that_no_action_of_the_query_has_is_reported(
    #[case] condition: &str,
    #[case] expected: &[&str],
) {
    let account = SampleAccount::of(r#"{"Effect":"Allow","Action":"old:Thing","Resource":"*"}"#);
    let names = ActionNames::new(&actions());
    assert_eq!(messages(condition, &names, Some(&account.effective())), expected);
}

/// An own grant can have an action that the catalogue has, too, and rows of own grants have no access level.
#[test]
fn what_rows_of_an_action_of_own_grants_have_is_not_known() {
    let (names, own) = (ActionNames::new(&actions()), own_grants());
    let statement = r#"{"Effect":"Allow","Action":"iotsitewise:VIEWER","Resource":"*"}"#;
    let effective = SampleAccount::of(statement).effective();
    let facts = SnapshotFacts::of_one(&effective);
    for test in ["= 'iotsitewise:VIEWER'", "STARTS WITH 'iotsitewise:'"] {
        let text = format!("config from iam where action.name {test} AND action.access.level = 'Data Read'");
        let query = Query::parse(&text).unwrap();
        let part = values_of_literals(&effective, &query, true);
        let values = ImportedValues::of_query(&facts, &query, &part);
        let reported = |own| {
            query
                .warnings(&KnownValues::new(&names, Some(&values), own))
                .len()
        };
        assert_eq!((reported(None), reported(Some(&own))), (1, 0), "{text}");
    }
}

type OfRow = fn(&Row<'_>) -> Option<String>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    /// A warning that no row has a value must never be about a value that a row has.
    #[test]
    fn every_value_of_a_row_is_among_those_that_are_listed(organization in organization()) {
        let effective = organization.effective();
        let all = |attribute| listed(&effective, attribute).unwrap().collect::<BTreeSet<&str>>();
        let values: [(TextAttribute, OfRow); 7] = [
            (TextAttribute::SourceRegion, |row| row.source_cloud_region.map(str::to_owned)),
            (TextAttribute::SourceServiceName, |row| row.source_cloud_service_name.map(str::to_owned)),
            (TextAttribute::DestAccount, |row| Some(row.dest_cloud_account.as_str().to_owned())),
            (TextAttribute::DestRegion, |row| Some(row.dest_cloud_region.to_owned())),
            (TextAttribute::DestResourceId, |row| Some(row.dest_resource_id.to_owned())),
            (TextAttribute::DestResourceName, |row| Some(row.dest_resource_name.to_owned())),
            (TextAttribute::PolicyType, |row| Some(row.granted_by_cloud_policy_type.to_owned())),
        ];
        let lists = values.map(|(attribute, of_row)| (attribute, all(attribute), of_row));
        for row in &selected::rows(&effective) {
            for (attribute, list, of_row) in &lists {
                if let Some(value) = of_row(row) {
                    prop_assert!(list.contains(value.as_str()), "{attribute:?} {value} of {row:?}");
                }
            }
        }
    }

    /// A warning about an action and what its rows have must never be about what a row has.
    #[test]
    fn no_row_has_what_a_warning_says_that_rows_of_its_action_do_not_have(organization in organization()) {
        let effective = organization.effective();
        let names = ActionNames::new(&actions());
        let facts = SnapshotFacts::of_one(&effective);
        let is_reported = |condition: &str| {
            let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
            let part = values_of_literals(&effective, &query, true);
            let values = ImportedValues::of_query(&facts, &query, &part);
            !query.warnings(&KnownValues::new(&names, Some(&values), None)).is_empty()
        };
        let rows = selected::rows(&effective);
        let of_rows = rows.iter().map(|row| (row.effective_action_name, row.dest_resource_type));
        for (action, resource_type) in of_rows.collect::<BTreeSet<_>>() {
            let service = action.split(':').next().unwrap();
            for named in [format!("action.name = '{action}'"), format!("action.name STARTS WITH '{service}:'")] {
                let of_type = format!("{named} AND dest.cloud.resource.type = '{resource_type}'");
                prop_assert!(!is_reported(&of_type), "{of_type}");
                for level in AccessLevel::ALL.map(AccessLevel::as_str) {
                    for test in [format!("= '{level}'"), format!("!= '{level}'")] {
                        let of_level = format!("action.access.level {test} AND {named}");
                        let is_wrong = is_reported(&of_level) && selected::total(&effective, &of_level) > 0;
                        prop_assert!(!is_wrong, "{of_level}");
                    }
                }
            }
        }
    }
}
