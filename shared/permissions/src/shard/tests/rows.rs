//! Rows and totals over several shards are those of one shard that holds the whole inventory.

use super::realms::realm;
use super::searched_shards::{Page, SearchedShards};
use super::{CONDITIONS, TOGETHER, config, shards};
use crate::aws::EffectivePermissions;
use crate::aws::tests::sample_account::effective;
use crate::aws::tests::sample_organization::{ALICE, APP, SampleOrganization};
use crate::shard::{Moved, Occurring, RowForm, ShardPositions};
use proptest::prelude::*;

/// Returns the rows of the whole inventory, as one shard that holds it replies.
fn of_whole(whole: &EffectivePermissions, condition: &str, form: (RowForm, bool)) -> Page {
    let (searched, _) = SearchedShards::new(std::slice::from_ref(whole), condition);
    searched.whole(None, form)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_and_totals_over_shards_are_those_of_the_whole(
        realm in realm(),
        principals in 0_usize..6,
        condition in prop::sample::select(CONDITIONS.as_slice()),
        form in prop::sample::select([RowForm::Json, RowForm::Csv, RowForm::Ndjson, RowForm::Item].as_slice()),
        explained in any::<bool>(),
        most in 1_u64..9,
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, principals));
        let (searched, _) = SearchedShards::new(&shards, condition);
        let form = (form, explained);
        let expected = of_whole(&whole, condition, form);
        let found = searched.page(None, &ShardPositions::default(), (usize::MAX, most), form).unwrap();
        prop_assert_eq!(found.total, expected.total);
        prop_assert_eq!(found.rows, expected.rows);
        prop_assert_eq!(found.next, None);
    }
}

#[test]
fn an_external_source_holds_actions_together_that_two_accounts_grant() {
    let organization = SampleOrganization {
        bucket: vec![
            r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#
                .to_owned(),
        ],
        queue: vec![
            r#"{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}"#.to_owned(),
        ],
        ..SampleOrganization::default()
    };
    let inventory = organization.inventory();
    let shards = shards(&inventory, 0);
    assert!(shards.len() > 1);
    let (searched, _) = SearchedShards::new(&shards, TOGETHER[0]);
    let form = (RowForm::Json, false);
    let found = searched.whole(None, form);
    assert!(found.total >= 2, "{found:?}");
    assert_eq!(found, of_whole(&effective(&inventory), TOGETHER[0], form));
    // If the shards did not know of each other, they would find nothing.
    let alone = SearchedShards {
        occurring: Occurring::default(),
        ..searched
    };
    assert_eq!(alone.whole(None, form).total, 0);
}

/// A condition names a role by its id with the name of a session behind it, and a resource control policy names a user.
#[test]
fn a_principal_that_only_conditions_name_is_no_external_principal_of_another_shard() {
    let all = r#""Principal":"*","Action":"sqs:*","Resource":"*""#;
    let organization = SampleOrganization {
        queue: vec![
            format!(
                r#"{{"Effect":"Allow",{all},"Condition":{{"StringLike":{{"aws:userid":"AROAAPP:*"}}}}}}"#
            ),
            format!(r#"{{"Effect":"Allow",{all}}}"#),
        ],
        resource_levels: Some([
            vec![format!(
                r#"{{"Effect":"Deny",{all},"Condition":{{"ArnNotEquals":{{"aws:PrincipalArn":["{ALICE}","{APP}"]}}}}}}"#
            )],
            Vec::new(),
            Vec::new(),
        ]),
        ..SampleOrganization::default()
    };
    let inventory = organization.inventory();
    let shards = shards(&inventory, 0);
    assert!(shards.len() > 1);
    let condition = "dest.cloud.type = 'AWS'";
    let form = (RowForm::Json, false);
    let (searched, _) = SearchedShards::new(&shards, condition);
    assert_eq!(
        searched.whole(None, form),
        of_whole(&effective(&inventory), condition, form)
    );
}

#[test]
fn a_role_that_a_policy_of_another_account_names_by_its_sessions_is_no_external_principal() {
    let organization = SampleOrganization {
        queue: vec![
            r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:userid":"AROAAPP:s1"}}}"#
                .to_owned(),
        ],
        ..SampleOrganization::default()
    };
    let inventory = organization.inventory();
    let shards = shards(&inventory, 0);
    let condition = "source.cloud.resource.type != 'user'";
    let form = (RowForm::Json, false);
    let (searched, _) = SearchedShards::new(&shards, condition);
    let whole = effective(&inventory);
    assert_eq!(searched.whole(None, form), of_whole(&whole, condition, form));
    let names = |shard: &EffectivePermissions| -> Vec<String> {
        let sources = shard.snapshot().sources.iter();
        sources.map(|one| one.name.to_string()).collect()
    };
    let mut of_shards: Vec<String> = shards.iter().flat_map(names).collect();
    let mut of_whole = names(&whole);
    of_shards.sort();
    of_whole.sort();
    assert_eq!(of_shards, of_whole);
}

#[test]
fn a_shard_with_other_rows_than_before_is_noticed() {
    let organization = SampleOrganization {
        alice: vec![r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned()],
        eve: vec![r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned()],
        ..SampleOrganization::default()
    };
    let shards = shards(&organization.inventory(), 0);
    let (searched, _) = SearchedShards::new(&shards, "source.cloud.type = 'AWS'");
    let form = (RowForm::Json, false);
    let page = searched.page(None, &ShardPositions::default(), (2, 9), form);
    let mut other = page.unwrap().next.unwrap();
    assert!(searched.page(None, &other, (2, 9), form).is_ok());
    other.last = other.last.map(|last| last ^ 1);
    assert_eq!(searched.page(None, &other, (2, 9), form).unwrap_err(), Moved);
}
