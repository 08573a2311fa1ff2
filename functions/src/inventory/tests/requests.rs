//! These tests count what an import of an organization requests of the bucket and of the table.

use super::world::{World, notify, put};
use inventory::ShardSize;
use serde_json::json;

/// Each account is a shard.
const SMALL: ShardSize = ShardSize {
    principals: 0,
    bytes: 0,
};

/// Makes a user and a role of an account. The role trusts the account, and nobody of another one.
fn details(account: u64, bucket: &str) -> (String, String) {
    let statement = json!({ "Effect": "Allow", "Action": ["s3:GetObject", "sts:AssumeRole"],
        "Resource": [format!("arn:aws:s3:::{bucket}/*"), format!("arn:aws:iam::{account:012}:role/r")] });
    let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": format!("{account:012}") } });
    let text = json!({
        "UserDetailList": [{
            "Arn": format!("arn:aws:iam::{account:012}:user/u"),
            "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": { "Statement": [statement] } }],
        }],
        "RoleDetailList": [{
            "Arn": format!("arn:aws:iam::{account:012}:role/r"),
            "AssumeRolePolicyDocument": { "Statement": [trust] },
        }],
    });
    (
        format!("{account:012}/authorization-details.json"),
        text.to_string(),
    )
}

/// Counts the requests of an import by their kind
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Requests {
    /// Objects that were read
    objects: usize,
    /// Lists of the bucket
    lists: usize,
    /// Requests that read the table
    reads: usize,
    /// Requests that write into the table
    writes: usize,
}

impl Requests {
    fn since(world: &World, (objects, lists): (usize, usize)) -> Self {
        let of_table = world.faults.requests();
        let reads = of_table
            .iter()
            .filter(|one| ["GetItem", "BatchGetItem", "Query", "Scan"].contains(&one.as_str()));
        let reads = reads.count();
        Self {
            objects: world.bucket.reads() - objects,
            lists: world.bucket.lists() - lists,
            reads,
            writes: of_table.len() - reads,
        }
    }
}

/// Imports some accounts and returns what the import requests when one of them has changed, and when none has.
async fn of_a_change(accounts: u64) -> (Requests, Requests) {
    let world = World::with_shards(SMALL).await;
    for account in 1..=accounts {
        let (name, text) = details(account, "site");
        world.put(&name, &text);
    }
    notify(&world, &[&details(1, "site").0]).await;
    let _of_the_first = world.faults.requests();
    let before = (world.bucket.reads(), world.bucket.lists());
    let (name, text) = details(3, "another");
    put(&world, &name, &text).await;
    let changed = Requests::since(&world, before);
    let before = (world.bucket.reads(), world.bucket.lists());
    put(&world, &name, &text).await;
    (changed, Requests::since(&world, before))
}

#[tokio::test]
async fn a_change_requests_as_much_of_a_large_organization_as_of_a_small_one() {
    let ((few, few_unchanged), (many, many_unchanged)) = (of_a_change(6).await, of_a_change(36).await);
    assert_eq!(many_unchanged, few_unchanged);
    assert_eq!((few_unchanged.objects, few_unchanged.writes), (0, 0));
    assert_eq!(few.objects, 1);
    assert_eq!(
        (many.objects, many.lists, many.writes),
        (few.objects, few.lists, few.writes)
    );
    // The text of each document in force is kept in the table and read once: shards and paths follow from all of them.
    assert_eq!(many.reads - few.reads, 30);
}
