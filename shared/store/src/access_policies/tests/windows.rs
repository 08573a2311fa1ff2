//! The windows through which a failure could come between a request and its one effect.

use std::sync::Arc;

use model::access_policies::{DeletePortal, DeleteProject, Identity, Permission, Resource};
use rstest::rstest;
use serde_json::json;
use testkit::{Fault, Gate};

use super::world::{World, account, at, change, grant, id_of, mint, portal, project, removal, tags, token};
use crate::StoreError;
use crate::access_policies::{Created, Deleted, Updated};

/// Requests of one call, with the repetitions of the SDK.
const OF_ONE_CALL: usize = 3;
/// Seconds that a token is remembered.
const DAY: i64 = 24 * 60 * 60;
/// Place of the counter in the transaction of a creation.
const COUNTER: usize = 0;

fn each(fault: &Fault) -> Vec<Option<Fault>> {
    vec![Some(fault.clone()); OF_ONE_CALL]
}

#[rstest]
#[case::lost(Fault::LoseRequest)]
#[case::broken(Fault::Break)]
#[tokio::test]
async fn a_creation_that_never_arrived_stores_nothing_and_is_made_by_its_repetition(#[case] fault: Fault) {
    let world = World::new().await;
    let resource = world.portal().await;
    let new = grant(&resource, "a", Some(1));
    world.faults.next(each(&fault));
    let lost = world.create(&new, at(0)).await;
    assert!(matches!(lost, Err(StoreError::Unanswered(_))), "{lost:?}");
    world.faults.always(Some(fault));
    let lost = world.create(&new, at(0)).await;
    assert!(matches!(lost, Err(StoreError::Unanswered(_))), "{lost:?}");
    world.faults.always(None);
    assert!(world.rows("POLICY#").await.is_empty() && world.rows("TOKEN#Create").await.is_empty());
    let id = id_of(world.create(&new, at(1)).await);
    assert_eq!(world.rows("POLICY#").await, [format!("POLICY#{id}")]);
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_found_by_its_token() {
    let world = World::new().await;
    let resource = world.portal().await;
    let new = grant(&resource, "a", Some(1));
    world.faults.requests();
    world.faults.next(each(&Fault::LoseReply));
    let id = id_of(world.create(&new, at(0)).await);
    assert_eq!(world.faults.requests().last().unwrap(), "GetItem");
    assert_eq!(id_of(world.create(&new, at(1)).await), id);
    assert_eq!(world.rows("POLICY#").await, [format!("POLICY#{id}")]);
}

#[tokio::test]
async fn a_creation_whose_answers_were_all_lost_is_told_by_its_repetition() {
    let world = World::new().await;
    let resource = world.portal().await;
    let new = grant(&resource, "a", Some(1));
    world.faults.always(Some(Fault::LoseReply));
    let unknown = world.create(&new, at(0)).await;
    assert!(matches!(unknown, Err(StoreError::Unanswered(_))), "{unknown:?}");
    world.faults.always(None);
    let stored = world.rows("POLICY#").await;
    let id = id_of(world.create(&new, at(1)).await);
    assert_eq!(stored, [format!("POLICY#{id}")]);
    assert_eq!(world.rows("POLICY#").await, stored);
}

#[rstest]
#[case(Some(1))]
#[case(None)]
#[tokio::test]
async fn a_transaction_that_the_sdk_repeats_is_made_once(#[case] token: Option<u32>) {
    let world = World::new().await;
    let resource = world.portal().await;
    world.faults.requests();
    world.faults.next([Some(Fault::LoseReply)]);
    let id = world.policy(&grant(&resource, "a", token)).await;
    assert_eq!(
        world.faults.requests(),
        ["TransactWriteItems", "TransactWriteItems"]
    );
    assert_eq!(world.rows("POLICY#").await, [format!("POLICY#{id}")]);
}

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
    assert_eq!(
        world
            .update(&change(&id, &resource, "b", Some(1)), at(0))
            .await
            .unwrap(),
        Updated::Done
    );
    assert_eq!(world.holder(&id).await.as_deref(), Some("b"));
    assert_eq!(
        world.delete(&removal(&id, Some(1)), at(0)).await.unwrap(),
        Deleted::Done
    );
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
    // The life of the token counts from the second success now. The repetition of the first did not prolong it.
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
async fn a_parent_that_goes_away_during_an_update_refuses_it() {
    let world = World::new().await;
    let (resource, other) = (world.portal().await, world.portal().await);
    let id = world.policy(&grant(&resource, "a", None)).await;
    let gate = Gate::default();
    world.faults.next([None, Some(Fault::Wait(gate.clone()))]);
    let store = Arc::clone(&world.store);
    let wanted = change(&id, &other, "b", Some(1));
    let update = tokio::spawn(async move { store.update(&account(), &wanted, 0, at(1)).await.unwrap() });
    gate.reached().await;
    world.remove(&other).await;
    gate.open();
    assert_eq!(update.await.unwrap(), Updated::UnknownParent);
    assert_eq!(world.holder(&id).await.as_deref(), Some("a"));
    assert!(world.rows("TOKEN#Update").await.is_empty());
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
        assert_eq!(world.update(wanted, at(1)).await.unwrap(), Updated::Done);
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
        assert_eq!(world.delete(&unwanted, at(1)).await.unwrap(), Deleted::Done);
    }
    assert_eq!(
        world.delete(&removal(&id, Some(3)), at(1)).await.unwrap(),
        Deleted::Unknown
    );
    assert_eq!(
        world.delete(&removal(&mint(), Some(2)), at(1)).await.unwrap(),
        Deleted::OtherRequest
    );
    assert_eq!(world.update(&wanted, at(1)).await.unwrap(), Updated::Done);
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

#[rstest]
#[case::lost(Fault::LoseReply)]
#[case::never_sent(Fault::LoseRequest)]
#[tokio::test]
async fn updates_and_deletions_without_an_answer_are_settled_by_their_repetition(#[case] fault: Fault) {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", None)).await;
    let lost = |fault: &Fault| [vec![None], vec![Some(fault.clone()); 2 * OF_ONE_CALL]].concat();
    let wanted = change(&id, &resource, "b", Some(1));
    world.faults.next(lost(&fault));
    let unknown = world.update(&wanted, at(1)).await;
    assert!(matches!(unknown, Err(StoreError::Unanswered(_))), "{unknown:?}");
    world.faults.always(None);
    assert_eq!(world.update(&wanted, at(1)).await.unwrap(), Updated::Done);
    assert_eq!(world.holder(&id).await.as_deref(), Some("b"));
    world.faults.next(lost(&fault));
    let unknown = world.delete(&removal(&id, Some(1)), at(1)).await;
    assert!(matches!(unknown, Err(StoreError::Unanswered(_))), "{unknown:?}");
    world.faults.always(None);
    assert_eq!(
        world.delete(&removal(&id, Some(1)), at(1)).await.unwrap(),
        Deleted::Done
    );
    assert_eq!(world.holder(&id).await, None);
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
    assert_eq!(
        world
            .update(&change(&id, &resource, "c", Some(1)), at(0))
            .await
            .unwrap(),
        Updated::Done
    );
    assert_eq!(
        world.delete(&removal(&mint(), Some(1)), at(0)).await.unwrap(),
        Deleted::Unknown
    );
    assert_eq!(
        world.delete(&removal(&id, Some(1)), at(0)).await.unwrap(),
        Deleted::Done
    );
}

#[rstest]
#[case(Fault::Throttle)]
#[case(Fault::Conflict)]
#[tokio::test]
async fn a_storm_leaves_nothing_behind(#[case] storm: Fault) {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", None)).await;
    let before = world.items().await.len();
    world.faults.always(Some(storm));
    let created = world.create(&grant(&resource, "b", Some(1)), at(0)).await;
    assert!(matches!(created, Err(StoreError::Throttled(_))), "{created:?}");
    let updated = world.update(&change(&id, &resource, "b", Some(1)), at(0)).await;
    assert!(matches!(updated, Err(StoreError::Throttled(_))), "{updated:?}");
    let deleted = world.delete(&removal(&id, Some(1)), at(0)).await;
    assert!(matches!(deleted, Err(StoreError::Throttled(_))), "{deleted:?}");
    world.faults.always(None);
    assert_eq!(world.items().await.len(), before);
    world.policy(&grant(&resource, "b", Some(1))).await;
    assert_eq!(
        world
            .update(&change(&id, &resource, "b", Some(1)), at(0))
            .await
            .unwrap(),
        Updated::Done
    );
    assert_eq!(
        world.delete(&removal(&id, Some(1)), at(0)).await.unwrap(),
        Deleted::Done
    );
}

#[tokio::test]
async fn collisions_that_end_are_not_seen() {
    let world = World::new().await;
    let resource = world.portal().await;
    world.faults.next(vec![Some(Fault::Conflict); 8]);
    world.policy(&grant(&resource, "a", Some(1))).await;
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

#[tokio::test]
async fn a_taken_id_is_replaced_by_another() {
    let world = World::new().await;
    let resource = world.portal().await;
    let taken = world.policy(&grant(&resource, "a", None)).await;
    let fresh = mint();
    let ids = std::sync::Mutex::new(vec![fresh.clone(), taken.clone()]);
    let next = || ids.lock().unwrap().pop().unwrap();
    let created = world
        .store
        .create(&account(), &grant(&resource, "b", Some(1)), next, 0, at(0))
        .await;
    assert_eq!(id_of(created), fresh);
    let stuck = || taken.clone();
    let refused = world
        .store
        .create(&account(), &grant(&resource, "c", Some(2)), stuck, 0, at(0))
        .await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(world.holder(&taken).await.as_deref(), Some("a"));
}

/// Returns the outcome of an update of which so many writes are overtaken, and what the policy is then.
async fn overtaken(times: usize) -> (Result<Updated, StoreError>, Option<String>) {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", None)).await;
    let gate = Gate::default();
    // Read, write, look for the token.
    let round = [None, Some(Fault::Wait(gate.clone())), None];
    world.faults.next(vec![round; times].concat());
    let (store, wanted) = (Arc::clone(&world.store), change(&id, &resource, "slow", Some(1)));
    let slow = tokio::spawn(async move { store.update(&account(), &wanted, 0, at(1)).await });
    for _ in 0..times {
        gate.reached().await;
        let fast = change(&id, &resource, "fast", None);
        assert_eq!(
            world.other.update(&account(), &fast, 0, at(1)).await.unwrap(),
            Updated::Done
        );
        gate.open();
    }
    (slow.await.unwrap(), world.holder(&id).await)
}

#[tokio::test]
async fn an_update_that_is_overtaken_reads_again() {
    let (outcome, holder) = overtaken(7).await;
    assert_eq!(
        (outcome.unwrap(), holder.as_deref()),
        (Updated::Done, Some("slow"))
    );
}

#[tokio::test]
async fn an_update_that_is_overtaken_again_and_again_gives_up() {
    let (outcome, holder) = overtaken(8).await;
    assert!(matches!(outcome, Err(StoreError::Throttled(_))), "{outcome:?}");
    assert_eq!(holder.as_deref(), Some("fast"));
}

/// While it waits, the access policy itself fills the resource and leaves it again.
#[tokio::test]
async fn an_update_that_was_overtaken_is_counted_where_there_is_room_again() {
    let world = World::new().await;
    let (resource, other) = (world.portal().await, world.portal().await);
    let id = world.policy(&grant(&resource, "a", None)).await;
    let gate = Gate::default();
    // Read, write, look for room, read.
    let wait = || Some(Fault::Wait(gate.clone()));
    world.faults.next([None, wait(), None, wait()]);
    let (store, wanted) = (Arc::clone(&world.store), change(&id, &other, "slow", None));
    let slow = tokio::spawn(async move { store.update(&account(), &wanted, 1, at(1)).await.unwrap() });
    for place in [&other, &resource] {
        gate.reached().await;
        let fast = change(&id, place, "fast", None);
        let moved = world.other.update(&account(), &fast, 1, at(1)).await;
        assert_eq!(moved.unwrap(), Updated::Done);
        gate.open();
    }
    assert_eq!(slow.await.unwrap(), Updated::Done);
    assert_eq!(world.holder(&id).await.as_deref(), Some("slow"));
    assert_eq!(
        world.create_within(1, &grant(&other, "b", None)).await,
        Created::TooMany
    );
    id_of(Ok(world.create_within(1, &grant(&resource, "b", None)).await));
}

#[tokio::test]
async fn portals_and_projects_are_created_and_deleted_once_too() {
    let world = World::new().await;
    let (new, store) = (portal(Some(1)), &world.store);
    world.faults.next(each(&Fault::LoseReply));
    let created = store.create_portal(&account(), &new, mint(), 1, at(0)).await;
    let id = id_of(created);
    let again = store.create_portal(&account(), &new, mint(), 1, at(0)).await;
    assert_eq!(id_of(again), id);
    let one_more = store
        .create_portal(&account(), &portal(Some(2)), mint(), 1, at(0))
        .await
        .unwrap();
    assert_eq!(one_more, Created::TooMany);

    let new = project(&id, Some(1));
    world.faults.next(each(&Fault::LoseReply));
    let made = id_of(store.create_project(&account(), &new, mint(), 1, at(0)).await);
    assert_eq!(
        id_of(store.create_project(&account(), &new, mint(), 1, at(0)).await),
        made
    );
    let one_more = store
        .create_project(&account(), &project(&id, Some(2)), mint(), 1, at(0))
        .await
        .unwrap();
    assert_eq!(one_more, Created::TooMany);

    let unwanted = DeletePortal {
        id: id.clone(),
        client_token: Some(token(1)),
    };
    let account = account();
    let delete_portal = || store.delete_portal(&account, &unwanted, at(0));
    assert_eq!(delete_portal().await.unwrap(), Deleted::HasProjects);
    let of_project = DeleteProject {
        id: made,
        client_token: Some(token(1)),
    };
    for _ in 0..2 {
        let deleted = store.delete_project(&account, &of_project, at(0)).await.unwrap();
        assert_eq!(deleted, Deleted::Done);
    }
    for fault in [None, None, Some(Fault::TellFirst)] {
        world.faults.next([fault]);
        assert_eq!(delete_portal().await.unwrap(), Deleted::Done);
    }
    assert_eq!(
        id_of(store.create_project(&account, &new, mint(), 1, at(0)).await)
            .as_str()
            .len(),
        36
    );
    assert!(world.rows("P").await.is_empty());
    let fresh = store
        .create_portal(&account, &portal(Some(2)), mint(), 1, at(0))
        .await;
    assert_ne!(id_of(fresh), id);
}
