//! Tests many requests at the same time.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use model::access_policies::{DeletePortal, Id, ResourceKind};
use serde_json::json;
use testkit::Fault;
use tokio::sync::Barrier;

use super::world::{World, account, at, change, grant, id_of, mint, project, tags};
use crate::StoreError;
use crate::access_policies::{Created, Deleted, Tagged, Updated};

const TASKS: u32 = 50;
const ROUNDS: u32 = 10;

/// Returns the outcomes of tasks that all start together.
async fn together<F, T>(tasks: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<F> = tasks.into_iter().collect();
    let barrier = Arc::new(Barrier::new(tasks.len()));
    let start = |task: F| {
        let barrier = Arc::clone(&barrier);
        tokio::spawn(async move {
            barrier.wait().await;
            task.await
        })
    };
    let started: Vec<_> = tasks.into_iter().map(start).collect();
    let mut outcomes = Vec::new();
    for task in started {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// Returns what the embedded database never does: every third request collides, the SDK's own repetitions among them.
fn collisions() -> Vec<Option<Fault>> {
    vec![[Some(Fault::Conflict), None, None]; 40].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_equal_requests_under_one_token_one_takes_effect() {
    let world = World::new().await;
    let resource = world.portal().await;
    for round in 0..ROUNDS {
        world.faults.next(collisions());
        let outcomes = together((0..TASKS).map(|_| {
            let (store, new) = (Arc::clone(&world.store), grant(&resource, "a", Some(round)));
            async move { store.create(&account(), &new, mint, 0, at(0)).await }
        }))
        .await;
        world.faults.always(None);
        let ids: HashSet<Id> = outcomes
            .into_iter()
            .filter(|outcome| !matches!(outcome, Err(StoreError::Throttled(_))))
            .map(id_of)
            .collect();
        let repeated = id_of(world.create(&grant(&resource, "a", Some(round)), at(0)).await);
        assert_eq!(ids, HashSet::from([repeated]));
        assert_eq!(
            world.rows("POLICY#").await.len(),
            usize::try_from(round + 1).unwrap()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_different_requests_under_one_token_one_takes_effect() {
    let world = World::new().await;
    let resource = world.portal().await;
    for round in 0..ROUNDS {
        world.faults.next(collisions());
        let outcomes = together((0..TASKS).map(|task| {
            let new = grant(&resource, &format!("user-{task}"), Some(round));
            let store = Arc::clone(&world.store);
            async move { store.create(&account(), &new, mint, 0, at(0)).await }
        }))
        .await;
        world.faults.always(None);
        let mut made = 0;
        for outcome in outcomes {
            match outcome {
                Ok(Created::As(_)) => made += 1,
                Ok(Created::OtherRequest) | Err(StoreError::Throttled(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(made, 1);
        assert_eq!(
            world.rows("POLICY#").await.len(),
            usize::try_from(round + 1).unwrap()
        );
    }
}

/// Says how long a transaction of `DynamoDB` holds its items here.
const TRANSACTION: Duration = Duration::from_millis(10);
const WRITERS: u32 = 64;

/// The pauses between attempts are real here, so that the table is as busy as it would be.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "depends on the speed of the machine: `cargo test -p store sixty_four -- --ignored`"]
async fn sixty_four_creations_at_once_on_one_portal_all_succeed() {
    let world = World::patient().await;
    let resource = world.portal().await;
    world.faults.always(Some(Fault::Contend(TRANSACTION)));
    let outcomes = together((0..WRITERS).map(|task| {
        let (store, new) = (Arc::clone(&world.store), grant(&resource, "a", Some(task)));
        async move { store.create(&account(), &new, mint, 1000, at(0)).await }
    }))
    .await;
    for outcome in outcomes {
        id_of(outcome);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn creations_at_once_never_pass_the_limit() {
    let world = World::new().await;
    let resource = world.portal().await;
    let outcomes = together((0..TASKS).map(|_| {
        let (store, new) = (Arc::clone(&world.store), grant(&resource, "a", None));
        async move { store.create(&account(), &new, mint, 7, at(0)).await.unwrap() }
    }))
    .await;
    let made = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Created::As(_)));
    assert_eq!(made.count(), 7);
    assert_eq!(world.rows("POLICY#").await.len(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_portal_goes_away_while_it_gets_a_project() {
    let world = World::new().await;
    for _ in 0..ROUNDS {
        let portal = world.portal().await.parts().1.clone();
        let (one, two) = (Arc::clone(&world.store), Arc::clone(&world.store));
        let (new, unwanted) = (
            project(&portal, None),
            DeletePortal {
                id: portal,
                client_token: None,
            },
        );
        let create = tokio::spawn(async move {
            one.create_project(&account(), &new, mint(), 0, at(0))
                .await
                .unwrap()
        });
        let delete =
            tokio::spawn(async move { two.delete_portal(&account(), &unwanted, at(0)).await.unwrap() });
        let outcome = (create.await.unwrap(), delete.await.unwrap());
        assert!(
            matches!(
                outcome,
                (Created::As(_), Deleted::HasProjects) | (Created::UnknownParent, Deleted::Done)
            ),
            "{outcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn updates_at_once_are_done_one_after_the_other() {
    let world = World::new().await;
    let (resource, other) = (world.portal().await, world.portal().await);
    let id = world.policy(&grant(&resource, "a", None)).await;
    let outcomes = together((0..6).map(|task| {
        let resource = if task % 2 == 0 { &resource } else { &other };
        let wanted = change(&id, resource, &format!("user-{task}"), Some(task));
        let store = Arc::clone(&world.store);
        async move { store.update(&account(), &wanted, 1, at(0)).await.unwrap() }
    }))
    .await;
    assert_eq!(outcomes, [Updated::Done; 6]);
    let policy = world.store.policy(&account(), &id).await.unwrap().unwrap();
    // The keys in the indexes follow from the last update, and so does the number of policies of each resource.
    for candidate in [&resource, &other] {
        let id = candidate.parts().1.as_str();
        let query = super::world::query(&[("resourceType", "PORTAL"), ("resourceId", id)]);
        let page = world.store.list(&account(), &query).await.unwrap().unwrap();
        let stands_here = policy.resource == *candidate;
        assert_eq!(page.entries.len(), usize::from(stands_here));
        let full = world.create_within(1, &grant(candidate, "b", None)).await;
        assert_eq!(full == Created::TooMany, stands_here, "{full:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tags_set_at_once_all_stay_or_their_setting_fails() {
    let world = World::new().await;
    let id = world.portal().await.parts().1.clone();
    let outcomes = together((0..20).map(|task| {
        let (store, id) = (Arc::clone(&world.store), id.clone());
        let mut wanted = serde_json::Map::new();
        for key in 0..9 {
            wanted.insert(format!("{task}-{key}"), json!("x"));
        }
        let wanted = tags(&wanted.into());
        async move { store.tag(&account(), (ResourceKind::Portal, &id), &wanted).await }
    }))
    .await;
    let set = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Tagged::Done)))
        .count();
    assert!((1..=5).contains(&set), "{outcomes:?}");
    let found = world
        .store
        .tags(&account(), (ResourceKind::Portal, &id))
        .await
        .unwrap()
        .unwrap();
    let found = serde_json::to_value(&found).unwrap();
    assert_eq!(found.as_object().unwrap().len(), 9 * set);
}
