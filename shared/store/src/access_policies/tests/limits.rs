//! Tests how many access policies a portal or project may have. They are counted in stripes.

use model::access_policies::Id;

use super::world::{World, account, at, change, grant, id_of, removal};
use crate::access_policies::{Created, Deleted, Updated};
use crate::item::{number_of, text_of};

const WRITE: &str = "TransactWriteItems";
const READ: &str = "GetItem";

impl World {
    async fn move_within(&self, limit: u32, id: &Id, resource: &model::access_policies::Resource) {
        let wanted = change(id, resource, "moved", None);
        let moved = self.store.update(&account(), &wanted, limit, at(0)).await;
        assert_eq!(moved.unwrap(), Updated::Done);
    }

    async fn delete_one(&self, id: &Id) {
        let deleted = self.delete(&removal(id, None), at(0)).await;
        assert_eq!(deleted.unwrap(), Deleted::Done);
    }
}

#[tokio::test]
async fn every_place_is_found_and_none_beyond_the_limit() {
    let world = World::new().await;
    for limit in [1, 5, 16, 37] {
        let new = grant(&world.portal().await, "a", None);
        let mut made = Vec::new();
        for _ in 0..limit {
            made.push(id_of(Ok(world.create_within(limit, &new).await)));
        }
        assert_eq!(world.create_within(limit, &new).await, Created::TooMany);
        for id in [made.len() / 2, 0] {
            world.delete_one(&made.swap_remove(id)).await;
            made.push(id_of(Ok(world.create_within(limit, &new).await)));
            assert_eq!(world.create_within(limit, &new).await, Created::TooMany);
            if limit == 1 {
                break;
            }
        }
    }
}

#[tokio::test]
async fn creations_on_one_portal_touch_different_counters() {
    let world = World::new().await;
    let new = grant(&world.portal().await, "a", None);
    for _ in 0..64 {
        world.policy(&new).await;
    }
    let items = world.items().await;
    let counts = items.iter().filter_map(|item| {
        let is_stripe = text_of(item, "sk")?.starts_with("COUNT#POLICIES#");
        number_of(item, "n").filter(|_| is_stripe)
    });
    let counts: Vec<i64> = counts.collect();
    assert_eq!((counts.len(), counts.iter().sum::<i64>()), (16, 64));
    assert!(counts.iter().all(|n| *n <= 12), "{counts:?}");
}

#[tokio::test]
async fn a_full_stripe_costs_a_look_at_the_others() {
    let world = World::new().await;
    let new = grant(&world.portal().await, "a", None);
    let (mut longest, mut shortest) = (0, usize::MAX);
    for _ in 0..16 {
        world.faults.requests();
        id_of(Ok(world.create_within(16, &new).await));
        let requests = world.faults.requests();
        assert!(
            requests == [WRITE] || requests == [WRITE, "Query", WRITE],
            "{requests:?}"
        );
        longest = longest.max(requests.len());
        shortest = shortest.min(requests.len());
    }
    assert_eq!((shortest, longest), (1, 3));
}

#[tokio::test]
async fn an_access_policy_that_was_moved_to_a_full_resource_takes_no_place_there() {
    let world = World::new().await;
    let (full, other) = (world.portal().await, world.portal().await);
    let first = id_of(Ok(world.create_within(1, &grant(&full, "a", None)).await));
    let moved = id_of(Ok(world.create_within(1, &grant(&other, "b", None)).await));
    world.move_within(1, &moved, &full).await;
    // The place that the access policy had is free.
    id_of(Ok(world.create_within(1, &grant(&other, "c", None)).await));
    world.delete_one(&first).await;
    let second = id_of(Ok(world.create_within(1, &grant(&full, "d", None)).await));
    world.delete_one(&moved).await;
    assert_eq!(
        world.create_within(1, &grant(&full, "e", None)).await,
        Created::TooMany
    );
    world.delete_one(&second).await;
    id_of(Ok(world.create_within(1, &grant(&full, "f", None)).await));
}

/// Puts the table into the state that an earlier release left.
async fn without_stripes(world: &World) {
    for sk in world.rows("COUNT#POLICIES#").await {
        let key = crate::item::key(account().as_str(), sk);
        let deleted = world.client.delete_item().table_name(super::world::TABLE);
        deleted.set_key(Some(key)).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_portal_without_counters_gets_them() {
    let world = World::new().await;
    let (one, two) = (world.portal().await, world.portal().await);
    let id = world.policy(&grant(&one, "a", None)).await;
    without_stripes(&world).await;
    id_of(Ok(world.create_within(1, &grant(&one, "b", None)).await));
    let full = world.create_within(1, &grant(&one, "c", None)).await;
    assert_eq!(full, Created::TooMany);
    world.move_within(1, &id, &two).await;
    let full = world.create_within(1, &grant(&two, "d", None)).await;
    assert_eq!(full, Created::TooMany);
    assert_eq!(world.rows("COUNT#POLICIES#").await.len(), 32);
}

#[tokio::test]
async fn an_access_policy_outlives_what_counted_it() {
    let world = World::new().await;
    let (gone, other) = (world.portal().await, world.portal().await);
    let (moved, deleted) = (
        id_of(Ok(world.create_within(5, &grant(&gone, "a", None)).await)),
        id_of(Ok(world.create_within(5, &grant(&gone, "b", None)).await)),
    );
    world.remove(&gone).await;
    world.faults.requests();
    world.move_within(1, &moved, &other).await;
    assert_eq!(world.faults.requests(), [READ, WRITE, READ, WRITE]);
    world.delete_one(&deleted).await;
    assert_eq!(world.faults.requests(), [READ, WRITE, READ, WRITE]);
    let full = world.create_within(1, &grant(&other, "c", None)).await;
    assert_eq!(full, Created::TooMany);
    world.delete_one(&moved).await;
    id_of(Ok(world.create_within(1, &grant(&other, "d", None)).await));
    assert_eq!(world.rows("COUNT#POLICIES#").await.len(), 16);
}
