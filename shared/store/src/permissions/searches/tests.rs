use testkit::Dynamo;

use super::*;
use crate::permissions::{STACK_LIFE, StackId};

const TABLE: &str = "PermissionsTable";

async fn table() -> (Dynamo, Permissions) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let store = Permissions::new(dynamo.client(), TABLE.to_owned());
    (dynamo, store)
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn at(days: i64) -> Timestamp {
    Timestamp::from_second(1_775_000_000 + days * 86_400).unwrap()
}

#[test]
fn ids_follow_from_tenant_and_query() {
    let id = SearchId::of(&account(), "q");
    assert_eq!(id, SearchId::of(&account(), "q"));
    assert_eq!((id.as_str().len(), id.as_str().parse()), (32, Ok(id.clone())));
    assert_ne!(id, SearchId::of(&account(), "r"));
    assert_ne!(id, SearchId::of(&"444455556666".parse().unwrap(), "q"));
    for text in [
        "",
        "0f",
        &"0".repeat(33),
        &"G".repeat(32),
        &"A".repeat(32),
        &"é".repeat(16),
    ] {
        assert!(text.parse::<SearchId>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_search_can_be_run_again_until_it_is_over() {
    let (_dynamo, store) = table().await;
    let id = SearchId::of(&account(), "q");
    assert_eq!(store.search(&account(), &id, at(0)).await.unwrap(), None);
    store.keep_search(&account(), &id, "Q", at(0)).await.unwrap();
    let found = async |days| store.search(&account(), &id, at(days)).await.unwrap();
    assert_eq!(found(89).await.as_deref(), Some("Q"));
    assert_eq!(found(90).await, None);
    let other = "444455556666".parse().unwrap();
    assert_eq!(store.search(&other, &id, at(0)).await.unwrap(), None);
}

#[tokio::test]
async fn keeping_a_search_again_moves_its_end_and_nothing_else() {
    let (_dynamo, store) = table().await;
    let id = SearchId::of(&account(), "q");
    store.keep_search(&account(), &id, "first", at(0)).await.unwrap();
    store
        .keep_search(&account(), &id, "SECOND", at(60))
        .await
        .unwrap();
    let found = store.search(&account(), &id, at(100)).await.unwrap();
    assert_eq!(found.as_deref(), Some("first"));
}

#[tokio::test]
async fn pinned_grants_come_back_to_their_tenant() {
    let (_dynamo, store) = table().await;
    // More than one item holds, and not compressible.
    let large: Vec<u8> = (0..40_000_u32)
        .flat_map(|number| StackId::of(&number.to_be_bytes()).as_str().as_bytes().to_vec())
        .collect();
    for bytes in [b"small".as_slice(), &large] {
        let id = store.pin_stack(&account(), bytes, at(0)).await.unwrap();
        assert_eq!(store.pin_stack(&account(), bytes, at(1)).await.unwrap(), id);
        let found = store.pinned_stack(&account(), &id).await.unwrap();
        assert_eq!(found.as_deref(), Some(bytes));
        let other = "444455556666".parse().unwrap();
        assert_eq!(store.pinned_stack(&other, &id).await.unwrap(), None);
    }
    assert!(STACK_LIFE >= SignedDuration::from_hours(24));
}
