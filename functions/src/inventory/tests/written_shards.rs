//! These tests hold which parts of a snapshot an import of several shards writes.

use super::world::{World, notify, put, snapshot};
use inventory::ShardSize;
use serde_json::json;

/// Each account is a shard.
const SMALL: ShardSize = ShardSize {
    principals: 0,
    bytes: 0,
};

/// Makes a user of an account, who may do something.
fn user_of(account: u64, action: &str) -> (String, String) {
    let text = json!({ "UserDetailList": [{
        "Arn": format!("arn:aws:iam::{account:012}:user/u"),
        "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": { "Statement":
            [{ "Effect": "Allow", "Action": action, "Resource": format!("arn:aws:s3:::bucket-of-{account}") }] } }],
    }] });
    (
        format!("{account:012}/authorization-details.json"),
        text.to_string(),
    )
}

/// Returns how many headers there are of parts that do not expire, and of all parts.
async fn parts(world: &World) -> (usize, usize) {
    let items = world.dynamo.items("PermissionsTable").await;
    let parts: Vec<_> = items
        .iter()
        .filter(|item| item["sk"].as_str().is_some_and(|key| key.starts_with("PART#")))
        .collect();
    let lasting = parts.iter().filter(|item| item.get("expiresAt").is_none());
    (lasting.count(), parts.len())
}

#[tokio::test]
async fn one_changed_account_of_many_writes_one_shard() {
    let world = World::with_shards(SMALL).await;
    let documents: Vec<(String, String)> = (1..=30).map(|account| user_of(account, "s3:Get*")).collect();
    for (name, text) in &documents {
        world.put(name, text);
    }
    notify(&world, &[&documents[0].0]).await;
    let (manifest, _) = snapshot(&world).await.unwrap();
    assert_eq!(manifest.shards.len(), 30);
    assert_eq!(parts(&world).await, (31, 31), "thirty shards and the common part");
    let (name, text) = user_of(7, "s3:List*");
    put(&world, &name, &text).await;
    assert_eq!(parts(&world).await, (31, 32));
    // All accounts must know an action that no other document names.
    let (name, text) = user_of(8, "s3:GetObject");
    put(&world, &name, &text).await;
    assert_eq!(parts(&world).await, (31, 34));
    let (name, text) = user_of(31, "s3:Get*");
    put(&world, &name, &text).await;
    assert_eq!(
        parts(&world).await,
        (32, 36),
        "a new account is a shard, and known to all"
    );
    world.remove(&name);
    notify(&world, &[&name]).await;
    assert_eq!(parts(&world).await, (31, 37));
    let (_, inventory) = snapshot(&world).await.unwrap();
    assert_eq!(inventory.details.users.len(), 30);
}

#[tokio::test]
async fn imports_of_shards_at_once_leave_everything_in_force() {
    let world = World::with_shards(SMALL).await;
    let import = |account: u64| {
        let world = &world;
        async move {
            let (name, text) = user_of(account, "s3:Get*");
            put(world, &name, &text).await;
        }
    };
    futures::future::join_all((1..=8).map(import)).await;
    let (manifest, inventory) = snapshot(&world).await.unwrap();
    assert_eq!((manifest.shards.len(), inventory.details.users.len()), (8, 8));
    assert_eq!(parts(&world).await.0, 9);
}
