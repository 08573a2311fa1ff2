//! Tests the moments at which a failure could come between a request and its one effect.

use super::world::{World, account, at, change, grant, id_of, mint, portal, project, removal, token};
use crate::StoreError;
use crate::access_policies::{Created, Deleted};
use model::access_policies::{DeletePortal, DeleteProject};
use rstest::rstest;
use testkit::Fault;

/// Requests of one call, with the repetitions of the SDK.
const OF_ONE_CALL: usize = 3;

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
    world.updated(&wanted, at(1)).await;
    assert_eq!(world.holder(&id).await.as_deref(), Some("b"));
    world.faults.next(lost(&fault));
    let unknown = world.delete(&removal(&id, Some(1)), at(1)).await;
    assert!(matches!(unknown, Err(StoreError::Unanswered(_))), "{unknown:?}");
    world.faults.always(None);
    world.deleted(&removal(&id, Some(1)), at(1)).await;
    assert_eq!(world.holder(&id).await, None);
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
    world.updated(&change(&id, &resource, "b", Some(1)), at(0)).await;
    world.deleted(&removal(&id, Some(1)), at(0)).await;
}

#[tokio::test]
async fn collisions_that_end_are_not_seen() {
    let world = World::new().await;
    let resource = world.portal().await;
    world.faults.next(vec![Some(Fault::Conflict); 8]);
    world.policy(&grant(&resource, "a", Some(1))).await;
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
