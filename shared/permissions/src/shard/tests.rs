//! Divides random organizations at random: the result over the shards is the result over the whole.

mod division;
mod groups;
mod notes;
pub(crate) mod own_grants;
mod realms;
mod rows;
pub(crate) mod searched_shards;

use crate::aws::EffectivePermissions;
use crate::aws::compile_shard;
use crate::aws::tests::sample_account::{TODAY, actions, types};
use inventory::{Inventory, ShardSize};
use proptest::prelude::*;

/// A queue, a bucket and roles grant to the same external sources, from two accounts
const TOGETHER: [&str; 3] = [
    "action.name CONTAINS ALL ('s3:GetObject', 'sqs:SendMessage')",
    "source.public = true AND action.name CONTAINS ALL ('s3:GetObject', 'sts:AssumeRole', 'sqs:SendMessage')",
    "source.cloud.resource.type = 'account' AND action.name CONTAINS ALL ('kms:Decrypt', 'sqs:SendMessage') OR action.name = 's3:ListBucket'",
];

const CONDITIONS: [&str; 28] = [
    "dest.cloud.type = 'AWS'",
    "source.cloud.account != dest.cloud.account",
    "source.cloud.account = '111122223333'",
    "source.public = true",
    "source.public = false AND dest.cloud.wildcardscope = true",
    "source.cloud.resource.type IN ('account', 'service', 'saml-provider', 'user')",
    "source.cloud.resource.name IN ('alice', 'eve', '*', 'vend')",
    "grantedby.cloud.entity.type = 'group'",
    "grantedby.cloud.policy.condition EXISTS",
    "grantedby.cloud.policy.type = 'Resource-based Policy'",
    "NOT action.name STARTS WITH 's3:'",
    "action.name = 'sts:AssumeRole'",
    "action.name = 'old:Thing'",
    "action.access.isadministrative = true",
    "source.cloud.account.isvendor = true",
    "dest.cloud.resource.id COVERS 'arn:aws:s3:::a/x'",
    "dest.cloud.resource.id COVERS 'arn:aws:iam::444455556666:role/vend' AND action.name STARTS WITH 'sts:'",
    "action.lastaccess.days > 30",
    "NOT action.lastaccess.days <= 30 AND source.cloud.account = '444455556666'",
    "source.cloud.resource.type IN ('function', 'instance')",
    "source.mfaenabled = true OR source.cloud.accesskey.activekeys > 0",
    "source.cloud.resource.id = 'arn:aws:iam::111122223333:user/alice'",
    "source.cloud.account = '888899990000' AND NOT source.cloud.resource.type = 'role'",
    "source.cloud.resource.id STARTS WITH 'arn:aws:iam::4' OR source.public = true",
    "grantedby.cloud.policy.isexcessive = true",
    TOGETHER[0],
    TOGETHER[1],
    TOGETHER[2],
];

fn shards(inventory: &Inventory, principals: usize) -> Vec<EffectivePermissions> {
    let size = ShardSize {
        principals,
        bytes: usize::MAX,
    };
    let division = inventory.clone().divide(size).unwrap();
    let shards = division.shards.iter();
    shards
        .map(|shard| compile_shard((&division.common, shard), &types(), &actions(), TODAY).into())
        .collect()
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases / 5,
        ..ProptestConfig::default()
    }
}
