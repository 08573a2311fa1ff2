//! Tests tenants whose accounts lie in several shards.

use inventory::{Inventory, ShardSize, read_authorization_details};

use super::world::{ACCOUNT, OTHER_ACCOUNT, World, account};

/// Each account is a shard.
const SMALL: ShardSize = ShardSize {
    principals: 0,
    bytes: 0,
};

/// Makes a user in each of two accounts.
fn inventory() -> Inventory {
    let user = |account: &str| {
        format!(
            r#"{{"Arn":"arn:aws:iam::{account}:user/u","UserName":"u","UserId":"AIDA{account}","UserPolicyList":[
            {{"PolicyName":"own","PolicyDocument":{{"Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}}}}}]}}"#
        )
    };
    let text = format!(
        r#"{{"UserDetailList":[{},{}]}}"#,
        user(ACCOUNT),
        user(OTHER_ACCOUNT)
    );
    Inventory {
        details: read_authorization_details(&text).unwrap(),
        ..Inventory::default()
    }
}

#[tokio::test]
async fn a_question_about_one_account_reads_its_shard_and_the_common_part() {
    let date = "2026-04-01".parse().unwrap();
    let mut world = World::new().await;
    world.import_divided(inventory(), date, SMALL).await;
    let cost = async |account_id: &str| {
        world.faults.requests();
        let imported = &world.state.accounts.imported;
        let found = imported.shard_of_account(&account(), account_id, world.now).await;
        let (in_force, shard) = found.unwrap().unwrap();
        assert_eq!(in_force.manifest.shards.len(), 2);
        let principals = shard.map(|shard| shard.principals().map(str::to_owned).collect::<Vec<_>>());
        (principals, world.faults.requests().len())
    };
    let user = |account: &str| Some(vec![format!("arn:aws:iam::{account}:user/u")]);
    // The pointer, the copies of the manifest, the manifest, the common part and the shard; then the pointer and the shard.
    assert_eq!(cost(OTHER_ACCOUNT).await, (user(OTHER_ACCOUNT), 5));
    assert_eq!(cost(ACCOUNT).await, (user(ACCOUNT), 2));
    assert_eq!(cost(OTHER_ACCOUNT).await, (user(OTHER_ACCOUNT), 1));
    assert_eq!(cost("777788889999").await, (None, 1));
}

#[tokio::test]
async fn an_unchanged_shard_stays_warm_when_another_one_changes() {
    let date = "2026-04-01".parse().unwrap();
    let mut world = World::new().await;
    world.import_divided(inventory(), date, SMALL).await;
    let first = world
        .state
        .accounts
        .imported
        .shard_of_account(&account(), ACCOUNT, world.now)
        .await;
    let (_, first) = first.unwrap().unwrap();
    let mut changed = inventory();
    for user in &mut changed.details.users {
        if user.arn.contains(OTHER_ACCOUNT) {
            user.inline[0].name = "renamed".to_owned();
        }
    }
    world.import_divided(changed, date, SMALL).await;
    let second = world
        .state
        .accounts
        .imported
        .shard_of_account(&account(), ACCOUNT, world.now)
        .await;
    let (_, second) = second.unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
}
