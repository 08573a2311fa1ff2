//! These tests import documents that describe the same thing, or that belong to another account.

use super::world::{
    DETAILS, TENANT, World, expected, manifest, notify, put, refusal, shown, snapshot, users,
};
use serde_json::json;

#[tokio::test]
async fn documents_that_say_something_about_the_same_user_wait_for_each_other() {
    let world = World::start().await;
    let second = "111122223333/authorization-details.json";
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, second, &users(&["alice", "bob"])).await;
    assert_eq!(
        refusal(&world, second).await,
        "`arn:aws:iam::111122223333:user/alice` is in `authorization-details.json` as well as in \
         `111122223333/authorization-details.json`"
    );
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
    put(&world, DETAILS, &users(&["carol"])).await;
    assert_eq!(refusal(&world, second).await, "");
    assert_eq!(
        shown(&world).await.unwrap(),
        expected(&["alice", "bob", "carol"], false)
    );
    put(&world, DETAILS, &users(&["bob"])).await;
    assert!(refusal(&world, DETAILS).await.contains("user/bob"));
    assert_eq!(
        shown(&world).await.unwrap(),
        expected(&["alice", "bob", "carol"], false),
        "the last good version stays"
    );
    world.remove(second);
    notify(&world, &[second]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["bob"], false));
}

#[tokio::test]
async fn a_document_with_another_name_or_of_another_account_is_refused() {
    let world = World::start().await;
    put(&world, "authorization.json", &users(&["alice"])).await;
    assert!(
        refusal(&world, "authorization.json")
            .await
            .starts_with("no document has this name")
    );
    let other = "444455556666/authorization-details.json";
    put(&world, other, &users(&["alice"])).await;
    assert!(
        refusal(&world, other)
            .await
            .contains("does not belong to the account 444455556666")
    );
    assert_eq!(shown(&world).await, None);
    world.remove("authorization.json");
    notify(&world, &["authorization.json"]).await;
    assert_eq!(manifest(&world).await.documents.len(), 1);
}

#[tokio::test]
async fn many_documents_that_conflict_are_read_a_few_times_and_not_once_for_each_other() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    let before = world.bucket.reads();
    let names: Vec<String> = (1..=40)
        .map(|account| format!("{account:012}/resource-policies.json"))
        .collect();
    for name in &names {
        let resource = json!({ "resourceArn": "arn:aws:s3:::same", "policyDocument": { "Statement": [] } });
        let text = json!({ "account": TENANT, "resourcePolicies": [resource] }).to_string();
        world.put(name, &text);
    }
    notify(&world, &[names[0].as_str()]).await;
    let refused = manifest(&world)
        .await
        .documents
        .iter()
        .filter(|one| one.refused.is_some())
        .count();
    assert_eq!(refused, 39, "the oldest is in force");
    let reads = world.bucket.reads() - before;
    assert!(reads <= 3 * 40, "{reads} reads");
}

#[tokio::test]
async fn a_refused_version_leaves_its_predecessor_in_force_against_other_new_documents() {
    let world = World::start().await;
    let [first, second, third] =
        [1, 2, 3].map(|account: u64| format!("{account:012}/resource-policies.json"));
    let of = |bucket: &str| {
        let arn = format!("arn:aws:s3:::{bucket}");
        let resource = json!({ "resourceArn": arn, "policyDocument": { "Statement": [] } });
        json!({ "account": TENANT, "resourcePolicies": [resource] }).to_string()
    };
    put(&world, &first, &of("a")).await;
    put(&world, &second, &of("b")).await;
    put(&world, &third, &of("c")).await;
    // The first document takes the bucket that the second gives up. The second takes the bucket that the third keeps,
    // so that it is refused and keeps its bucket: then the first document is refused, too.
    world.put(&first, &of("b"));
    world.put(&second, &of("c"));
    notify(&world, &[&first]).await;
    assert!(refusal(&world, &second).await.contains("`arn:aws:s3:::c` is in"));
    assert!(refusal(&world, &first).await.contains("`arn:aws:s3:::b` is in"));
    let policies = snapshot(&world)
        .await
        .unwrap()
        .1
        .resource_policies
        .unwrap()
        .policies;
    let resources: Vec<&str> = policies.iter().map(|one| one.resource.as_str()).collect();
    assert_eq!(resources, ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::c"]);
}
