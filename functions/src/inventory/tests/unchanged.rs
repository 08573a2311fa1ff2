//! These tests count which shards an import compiles: none of which the snapshot in force has the part and the common part.

use inventory::ShardSize;
use serde_json::json;

use super::world::{World, manifest, now, put, snapshot, tenant};
use crate::inventory::compile::{Compilation, Compiled};
use crate::inventory::new_snapshot::Before;

const ONE: &str = "111122223333";
const OTHER: &str = "444455556666";
const THIRD: &str = "777788889999";

/// Makes a user who may read a bucket and act as a role, and a role that may do everything and trusts an account.
fn details(account: &str, (bucket, role, trusted): (&str, &str, &str)) -> String {
    let allow =
        |action: &str, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let own = json!({ "Statement": [allow("s3:GetObject", &format!("arn:aws:s3:::{bucket}/*")), allow("sts:AssumeRole", role)] });
    let all = json!({ "Statement": [allow("*", "*")] });
    let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": trusted } });
    json!({
        "UserDetailList": [{
            "Arn": format!("arn:aws:iam::{account}:user/ann"),
            "UserName": "ann",
            "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": own }],
        }],
        "RoleDetailList": [{
            "Arn": format!("arn:aws:iam::{account}:role/admin"),
            "RoleName": "admin",
            "AssumeRolePolicyDocument": { "Statement": [trust] },
            "RolePolicyList": [{ "PolicyName": "all", "PolicyDocument": all }],
        }],
    })
    .to_string()
}

/// Makes a tenant of which each account is a shard.
async fn world_of_shards() -> World {
    let size = ShardSize {
        principals: 1,
        bytes: usize::MAX,
    };
    World::with_shards(size).await
}

async fn put_details(world: &World, account: &str, what: (&str, &str, &str)) {
    let name = format!("{account}/authorization-details.json");
    put(world, &name, &details(account, what)).await;
}

async fn before(world: &World) -> Before {
    Before::read(&world.state.table, &tenant(), now()).await.unwrap()
}

/// Makes the documents in force into a snapshot.
async fn made(world: &World, before: &Before) -> Compiled {
    let manifest = manifest(world).await;
    let compilation = Compilation::of(&world.state.table, &tenant(), &manifest, |_| false).await;
    let made = compilation.unwrap().finish(world.state.size, before);
    made.unwrap().unwrap()
}

/// Returns how many shards were compiled. The result is the same as when all shards are compiled.
async fn compiled(world: &World, before: &Before) -> usize {
    let anew = made(world, &Before::default()).await.snapshot;
    let made = made(world, before).await.snapshot;
    assert_eq!((&made.id, &made.parts), (&anew.id, &anew.parts));
    made.compiled
}

fn own_user(account: &str) -> String {
    format!("arn:aws:iam::{account}:user/ann")
}

/// A role of an account that nobody describes.
const NOWHERE: &str = "arn:aws:iam::999999999999:role/none";

#[tokio::test]
async fn only_what_changed_is_compiled_again() {
    let world = world_of_shards().await;
    for account in [ONE, OTHER] {
        put_details(&world, account, ("site", NOWHERE, &own_user(account))).await;
    }
    let first = before(&world).await;
    assert_eq!(compiled(&world, &Before::default()).await, 2);
    assert_eq!(compiled(&world, &first).await, 0);
    put_details(&world, OTHER, ("another", NOWHERE, &own_user(OTHER))).await;
    assert_eq!(compiled(&world, &first).await, 1);
    assert_eq!(compiled(&world, &before(&world).await).await, 0);
}

#[tokio::test]
async fn another_common_part_and_another_catalogue_compile_everything_again() {
    let world = world_of_shards().await;
    for account in [ONE, OTHER] {
        put_details(&world, account, ("site", NOWHERE, &own_user(account))).await;
    }
    let mut first = before(&world).await;
    put_details(&world, THIRD, ("site", NOWHERE, &own_user(THIRD))).await;
    assert_eq!(compiled(&world, &first).await, 3);
    first = before(&world).await;
    first.manifest.as_mut().unwrap().catalogue = "another".to_owned();
    assert_eq!(compiled(&world, &first).await, 3);
}

#[tokio::test]
async fn a_trust_policy_compiles_its_shard_again_and_those_that_it_is_about() {
    let world = world_of_shards().await;
    for account in [ONE, OTHER, THIRD] {
        put_details(&world, account, ("site", NOWHERE, &own_user(account))).await;
    }
    for (trusted, expected) in [(ONE, 2), ("999999999999", 2), (OTHER, 1), ("*", 3)] {
        let first = before(&world).await;
        put_details(&world, OTHER, ("site", NOWHERE, trusted)).await;
        assert_eq!(compiled(&world, &first).await, expected, "{trusted}");
    }
}

#[tokio::test]
async fn a_shard_is_compiled_again_when_its_facts_cannot_be_read() {
    let world = world_of_shards().await;
    for account in [ONE, OTHER] {
        put_details(&world, account, ("site", NOWHERE, &own_user(account))).await;
    }
    let mut first = before(&world).await;
    first.manifest.as_mut().unwrap().shards[1].facts.clear();
    assert_eq!(compiled(&world, &first).await, 1);
    first.manifest.as_mut().unwrap().facts.clear();
    assert_eq!(compiled(&world, &first).await, 2);
}

#[tokio::test]
async fn paths_through_shards_that_did_not_change_stay() {
    let world = world_of_shards().await;
    let role = format!("arn:aws:iam::{OTHER}:role/admin");
    put_details(&world, ONE, ("site", &role, &own_user(ONE))).await;
    put_details(&world, OTHER, ("site", NOWHERE, ONE)).await;
    let (stored, _) = snapshot(&world).await.unwrap();
    assert!(stored.shards[0].paths_across.is_some());
    assert!(stored.shards[0].open_paths.is_some());
    compiled(&world, &before(&world).await).await;
}
