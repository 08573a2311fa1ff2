//! These tests hold what a client token decides: repetitions, other requests under the same token, and the end of its life.

use super::world::{World, at, change, grant, id_of, mint, portal, removal, tags};
use crate::access_policies::{Created, Deleted, Updated};
use model::access_policies::{Identity, Permission, Resource};
use rstest::rstest;
use serde_json::json;
use testkit::Fault;

/// Seconds that a token is remembered.
const DAY: i64 = 24 * 60 * 60;

/// Place of the counter in the transaction of a creation.
const COUNTER: usize = 0;

#[tokio::test]
async fn a_token_is_one_of_its_account_and_its_operation() {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", Some(1))).await;
    let other = "999999999999".parse().unwrap();
    let created = world
        .store
        .create_portal(&other, &portal(Some(1)), mint(), 0, at(0))
        .await;
    let theirs = Resource::Portal(id_of(created));
    let created = world
        .store
        .create(&other, &grant(&theirs, "a", Some(1)), mint, 0, at(0))
        .await;
    assert_ne!(id_of(created), id);
    world.updated(&change(&id, &resource, "b", Some(1)), at(0)).await;
    assert_eq!(world.holder(&id).await.as_deref(), Some("b"));
    world.deleted(&removal(&id, Some(1)), at(0)).await;
}

#[tokio::test]
async fn another_request_under_a_token_is_refused_and_writes_nothing() {
    let world = World::new().await;
    let (resource, other) = (world.portal().await, world.portal().await);
    let project = world.project(&resource).await;
    let new = grant(&resource, "a", Some(1));
    world.policy(&new).await;
    let before = world.items().await.len();
    let mut others = vec![
        grant(&resource, "b", Some(1)),
        grant(&other, "a", Some(1)),
        grant(&project, "a", Some(1)),
    ];
    let mut with_permission = new.clone();
    with_permission.permission = Permission::Administrator;
    let mut with_tags = new.clone();
    with_tags.tags = tags(&json!({ "a": "" }));
    let mut with_group = new.clone();
    with_group.identity = Identity::Group("a".parse().unwrap());
    others.extend([with_permission, with_tags, with_group]);
    for other in others {
        let refused = world.create(&other, at(0)).await.unwrap();
        assert_eq!(refused, Created::OtherRequest, "{other:?}");
    }
    assert_eq!(world.items().await.len(), before);
}

#[tokio::test]
async fn another_request_under_a_token_is_found_by_reading_it_too() {
    let world = World::new().await;
    let resource = world.portal().await;
    world.policy(&grant(&resource, "a", Some(1))).await;
    let nowhere = grant(&Resource::Portal(mint()), "a", Some(1));
    world.faults.requests();
    world.faults.next([Some(Fault::TellFirst)]);
    assert_eq!(
        world.create(&nowhere, at(0)).await.unwrap(),
        Created::OtherRequest
    );
    assert_eq!(world.faults.requests(), ["TransactWriteItems", "GetItem"]);
}

#[tokio::test]
async fn a_token_past_its_life_is_free_though_its_row_is_there() {
    let world = World::new().await;
    let resource = world.portal().await;
    let new = grant(&resource, "a", Some(1));
    let first = world.policy(&new).await;
    assert_eq!(id_of(world.create(&new, at(DAY)).await), first);
    let second = id_of(world.create(&new, at(DAY + 1)).await);
    assert_ne!(second, first);
    assert_eq!(world.rows("TOKEN#CreateAccessPolicy#").await.len(), 1);
    // Its life counts from the second success now, and was not prolonged by the repetition of the first.
    assert_eq!(id_of(world.create(&new, at(2 * DAY + 1)).await), second);
    let other = grant(&resource, "b", Some(1));
    assert_eq!(
        world.create(&other, at(2 * DAY + 1)).await.unwrap(),
        Created::OtherRequest
    );
}

#[tokio::test]
async fn a_token_past_its_life_does_not_hide_a_missing_parent() {
    let world = World::new().await;
    let resource = world.portal().await;
    let new = grant(&resource, "a", Some(1));
    world.policy(&new).await;
    world.remove(&resource).await;
    assert_eq!(
        world.create(&new, at(DAY + 1)).await.unwrap(),
        Created::UnknownParent
    );
}

#[rstest]
#[case::all_conditions_told(None)]
#[case::the_parent_alone_told(Some(Fault::TellFirst))]
#[tokio::test]
async fn a_creation_is_repeated_though_its_policy_and_its_parent_are_gone(#[case] fault: Option<Fault>) {
    let world = World::new().await;
    let resource = world.portal().await;
    let new = grant(&resource, "a", Some(1));
    let id = world.policy(&new).await;
    world.delete(&removal(&id, None), at(1)).await.unwrap();
    assert_eq!(id_of(world.create(&new, at(2)).await), id);
    world.remove(&resource).await;
    world.faults.next([fault]);
    assert_eq!(id_of(world.create(&new, at(3)).await), id);
    assert_eq!(world.holder(&id).await, None);
    assert!(world.rows("POLICY#").await.is_empty());
}

#[tokio::test]
async fn a_late_repetition_of_an_update_does_not_bring_its_state_back() {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", None)).await;
    let (a, b) = (
        change(&id, &resource, "A", Some(1)),
        change(&id, &resource, "B", Some(2)),
    );
    for wanted in [&a, &b, &a] {
        world.updated(wanted, at(1)).await;
    }
    assert_eq!(world.holder(&id).await.as_deref(), Some("B"));
    let other = change(&id, &resource, "C", Some(1));
    assert_eq!(world.update(&other, at(1)).await.unwrap(), Updated::OtherRequest);
}

#[tokio::test]
async fn a_deletion_is_repeated_under_its_token_and_unknown_under_another() {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", None)).await;
    let wanted = change(&id, &resource, "b", Some(1));
    world.update(&wanted, at(1)).await.unwrap();
    let unwanted = removal(&id, Some(2));
    for _ in 0..2 {
        world.deleted(&unwanted, at(1)).await;
    }
    assert_eq!(
        world.delete(&removal(&id, Some(3)), at(1)).await.unwrap(),
        Deleted::Unknown
    );
    assert_eq!(
        world.delete(&removal(&mint(), Some(2)), at(1)).await.unwrap(),
        Deleted::OtherRequest
    );
    world.updated(&wanted, at(1)).await;
    assert_eq!(
        world
            .update(&change(&id, &resource, "c", Some(1)), at(1))
            .await
            .unwrap(),
        Updated::OtherRequest
    );
    assert_eq!(
        world
            .update(&change(&id, &resource, "c", None), at(1))
            .await
            .unwrap(),
        Updated::Unknown
    );
    assert_eq!(
        world.delete(&unwanted, at(DAY + 2)).await.unwrap(),
        Deleted::Unknown
    );
}

#[tokio::test]
async fn a_refused_request_may_be_corrected_under_the_same_token() {
    let world = World::new().await;
    let resource = world.portal().await;
    let nowhere = Resource::Portal(mint());
    assert_eq!(
        world.create(&grant(&nowhere, "a", Some(1)), at(0)).await.unwrap(),
        Created::UnknownParent
    );
    let id = id_of(Ok(world.create_within(1, &grant(&resource, "a", Some(1))).await));
    let full = grant(&resource, "b", Some(2));
    assert_eq!(world.create_within(1, &full).await, Created::TooMany);
    world.policy(&full).await;
    assert_eq!(
        world
            .update(&change(&id, &nowhere, "c", Some(1)), at(0))
            .await
            .unwrap(),
        Updated::UnknownParent
    );
    world.updated(&change(&id, &resource, "c", Some(1)), at(0)).await;
    assert_eq!(
        world.delete(&removal(&mint(), Some(1)), at(0)).await.unwrap(),
        Deleted::Unknown
    );
    world.deleted(&removal(&id, Some(1)), at(0)).await;
}

#[rstest]
#[case::all_conditions_told(None)]
#[case::the_counter_alone_told(Some(Fault::TellFirst))]
#[tokio::test]
async fn a_creation_that_filled_the_quota_is_repeated(#[case] fault: Option<Fault>) {
    let world = World::new().await;
    let resource = world.portal().await;
    let new = grant(&resource, "a", Some(1));
    let id = id_of(Ok(world.create_within(1, &new).await));
    world.faults.next([fault]);
    assert_eq!(id_of(Ok(world.create_within(1, &new).await)), id);
    let one_more = grant(&resource, "a", Some(2));
    assert_eq!(world.create_within(1, &one_more).await, Created::TooMany);
}

#[tokio::test]
async fn a_taken_token_decides_before_a_collision_and_a_collision_before_the_rest() {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", Some(1))).await;
    world.faults.requests();
    world.faults.next([Some(Fault::CollideToo(COUNTER))]);
    assert_eq!(world.policy(&grant(&resource, "a", Some(1))).await, id);
    assert_eq!(world.faults.requests(), ["TransactWriteItems"]);
    world.faults.next([Some(Fault::CollideToo(COUNTER))]);
    let nowhere = grant(&Resource::Portal(mint()), "a", Some(2));
    assert_eq!(
        world.create(&nowhere, at(0)).await.unwrap(),
        Created::UnknownParent
    );
    assert_eq!(
        world.faults.requests(),
        [
            "TransactWriteItems",
            "TransactWriteItems",
            "GetItem",
            "TransactWriteItems"
        ]
    );
}
