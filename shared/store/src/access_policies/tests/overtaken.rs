//! These tests are about updates that others overtake while they wait.

use super::world::{World, account, at, change, grant, id_of};
use crate::StoreError;
use crate::access_policies::{Created, Updated};
use std::sync::Arc;
use testkit::{Fault, Gate};

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
