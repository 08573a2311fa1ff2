//! Tests who can become an administrator over several shards: the result of a search over all principals.

use super::administrator_realm::{Realm, compiled, realm, specs_of_realm};
use crate::aws::{EffectivePermissions, PathsAcross, compile_shard, paths_across};
use crate::row::AdministratorPath;
use inventory::{
    Inventory, InventoryDocument, Merge, ShardSize, read_authorization_details, read_resource_policies,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Returns the inventory in the order that the import gives it.
fn inventory(realm: &Realm) -> Inventory {
    let Inventory {
        details,
        organization,
        ..
    } = realm.inventory();
    let mut merge = Merge::default();
    merge
        .add("details", InventoryDocument::AuthorizationDetails(details))
        .unwrap();
    if let Some(organization) = organization {
        merge
            .add("organization", InventoryDocument::Organization(organization))
            .unwrap();
    }
    merge.finish().unwrap()
}

fn paths(
    effective: &EffectivePermissions,
    paths: &mut BTreeMap<(String, String), Option<AdministratorPath>>,
) {
    for source in effective.snapshot().sources.iter() {
        let path = effective.administrator_path(source);
        assert_eq!(path.is_some(), effective.administrator_reach(source).is_some());
        let key = (source.id.to_string(), source.kind.as_str().to_owned());
        if let Some(known) = paths.insert(key, path.clone()) {
            assert_eq!(known, path, "two shards say different things of `{}`", source.id);
        }
    }
}

/// Returns, for each shard, whether some path of its sources leads through several shards.
fn check(inventory: Inventory) -> Result<Vec<bool>, TestCaseError> {
    let (types, actions) = specs_of_realm();
    let whole = EffectivePermissions::from(compiled(&inventory));
    let division = inventory
        .divide(ShardSize {
            principals: 0,
            bytes: 0,
        })
        .unwrap();
    let date = "2026-03-31".parse().unwrap();
    let compiled = |shard| compile_shard((&division.common, shard), types, actions, date);
    let shards: Vec<Arc<EffectivePermissions>> = division
        .shards
        .iter()
        .map(|shard| Arc::new(compiled(shard).into()))
        .collect();
    prop_assert!(shards.len() > 1);
    let home = |account: &str| {
        let mut all = division.shards.iter();
        all.position(|shard| shard.accounts.contains(account))
    };
    // What shards tell is encoded as the import before has stored it.
    let told = shards.iter().map(|shard| {
        let bytes = postcard::to_allocvec(&shard.open_paths()).unwrap();
        postcard::from_bytes(&bytes).unwrap()
    });
    let across = paths_across(told, home, |number| Arc::clone(&shards[number]));
    // The shards are encoded as an import stores them and a search reads them.
    let bytes: Vec<Vec<u8>> = across
        .map(|paths| postcard::to_allocvec(&paths).unwrap())
        .collect();
    let across: Vec<PathsAcross> = bytes
        .iter()
        .map(|bytes| postcard::from_bytes(bytes).unwrap())
        .collect();
    let lead_across = across.iter().map(|paths| !paths.is_empty()).collect();
    let (mut expected, mut found) = (BTreeMap::new(), BTreeMap::new());
    paths(&whole, &mut expected);
    for (shard, across) in shards.into_iter().zip(across) {
        let shard = Arc::into_inner(shard).unwrap();
        paths(&shard.with_paths_across(across), &mut found);
    }
    prop_assert_eq!(found, expected);
    Ok(lead_across)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn paths_over_shards_are_those_of_the_whole(realm in realm()) {
        check(inventory(&realm))?;
    }
}

#[test]
fn a_path_leads_to_another_shard_and_back() {
    let role = |account: &str, name: &str, trusted: &str, statement: &str| {
        format!(
            r#"{{"Arn":"arn:aws:iam::{account}:role/{name}","RoleName":"{name}",
            "AssumeRolePolicyDocument":{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"{trusted}"}}}}}},
            "RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{{"Statement":{statement}}}}}]}}"#
        )
    };
    let assume = |arn: &str| format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"{arn}"}}"#);
    let (far, ops) = (
        "arn:aws:iam::444455556666:role/far",
        "arn:aws:iam::111122223333:role/ops",
    );
    let text = format!(
        r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::111122223333:user/ann","UserName":"ann",
            "UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{{"Statement":{}}}}}]}}],
        "RoleDetailList":[{},{}]}}"#,
        assume(far),
        role(
            "111122223333",
            "ops",
            far,
            r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#
        ),
        role("444455556666", "far", "111122223333", &assume(ops)),
    );
    let inventory = Inventory {
        details: read_authorization_details(&text).unwrap(),
        ..Inventory::default()
    };
    let whole = EffectivePermissions::from(compiled(&inventory));
    let mut all = BTreeMap::new();
    paths(&whole, &mut all);
    let key = ("arn:aws:iam::111122223333:user/ann".to_owned(), "user".to_owned());
    assert_eq!(all[&key].as_ref().unwrap().steps.len(), 2);
    assert_eq!(check(inventory).unwrap(), [true, true]);
}

#[test]
fn an_external_principal_has_its_path_in_every_shard_that_has_rows_of_it() {
    let account = |number: u64| format!("{}", 111_122_223_333 + number);
    let role = |number: u64, trusted: &str, action: &str| {
        let account = account(number);
        format!(
            r#"{{"Arn":"arn:aws:iam::{account}:role/run","RoleName":"run",
            "AssumeRolePolicyDocument":{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"Service":"{trusted}"}}}}}},
            "RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}}}]}}"#
        )
    };
    let roles = [
        role(0, "lambda.amazonaws.com", "*"),
        role(1, "lambda.amazonaws.com", "s3:*"),
        role(2, "ec2.amazonaws.com", "s3:*"),
        role(3, "ec2.amazonaws.com", "s3:*"),
    ];
    let text = format!(
        r#"{{"UserDetailList":[],"RoleDetailList":[{}]}}"#,
        roles.join(",")
    );
    let bucket = r#"{"account":"111122223335","services":["s3"],"resourcePolicies":[{"resourceArn":"arn:aws:s3:::site",
        "policyDocument":{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*",
        "Principal":{"Service":"lambda.amazonaws.com"}}}}]}"#;
    let inventory = Inventory {
        details: read_authorization_details(&text).unwrap(),
        resource_policies: Some(read_resource_policies(bucket).unwrap()),
        ..Inventory::default()
    };
    assert_eq!(check(inventory).unwrap(), [true, true, true, false]);
}
