use testkit::Dynamo;

use super::*;
use crate::permissions::{OwnGrantsId, PINNED_LIFE};

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
    assert_eq!(found(89).await.map(|search| search.query).as_deref(), Some("Q"));
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
    assert_eq!(found.map(|search| search.query).as_deref(), Some("first"));
}

fn name(name: &str) -> Name {
    Name {
        name: name.to_owned(),
        description: format!("about {name}"),
    }
}

#[tokio::test]
async fn a_saved_search_stays_until_it_is_deleted() {
    let (_dynamo, store) = table().await;
    let id = SearchId::of(&account(), "q");
    let save = async |called: &str| {
        store
            .save_search(&account(), &id, "Q saved", &name(called), at(0))
            .await
            .unwrap()
    };
    assert_eq!(save("first").await, Saving::Unknown);
    store.keep_search(&account(), &id, "Q", at(0)).await.unwrap();
    assert_eq!(save("first").await, Saving::Done);
    // A run of a saved search must not let it expire.
    store.keep_search(&account(), &id, "Q", at(1)).await.unwrap();
    let found = async |days| store.search(&account(), &id, at(days)).await.unwrap();
    let saved = found(10_000).await.unwrap();
    assert_eq!((&*saved.query, saved.name), ("Q saved", Some(name("first"))));
    // The new name replaces the former one, which is free again.
    assert_eq!(save("second").await, Saving::Done);
    assert_eq!(save("second").await, Saving::Done);
    let listed = store
        .searches(&account(), Listed::Saved, 10, at(1))
        .await
        .unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|(id, search)| (id, search.name.clone()))
        .collect();
    assert_eq!(listed, [(&id, Some(name("second")))]);
    let other: AccountId = "444455556666".parse().unwrap();
    assert!(!store.delete_saved_search(&other, &id, at(2)).await.unwrap());
    assert!(store.delete_saved_search(&account(), &id, at(2)).await.unwrap());
    assert!(!store.delete_saved_search(&account(), &id, at(2)).await.unwrap());
    assert_eq!(found(91).await.and_then(|search| search.name), None);
    assert!(found(91).await.is_some() && found(92).await.is_none());
    assert_eq!(
        store
            .searches(&account(), Listed::Saved, 10, at(3))
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn a_name_belongs_to_one_search_of_a_tenant() {
    let (_dynamo, store) = table().await;
    let (one, other) = (SearchId::of(&account(), "one"), SearchId::of(&account(), "other"));
    let save = async |id: &SearchId, called: &str| {
        store.keep_search(&account(), id, "Q", at(0)).await.unwrap();
        store
            .save_search(&account(), id, "Q", &name(called), at(0))
            .await
            .unwrap()
    };
    assert_eq!(save(&one, "mine").await, Saving::Done);
    assert_eq!(save(&other, "mine").await, Saving::NameTaken);
    assert_eq!(save(&one, "yours").await, Saving::Done);
    assert_eq!(save(&other, "mine").await, Saving::Done);
    let stranger: AccountId = "444455556666".parse().unwrap();
    let id = SearchId::of(&stranger, "one");
    store.keep_search(&stranger, &id, "Q", at(0)).await.unwrap();
    let saved = store.save_search(&stranger, &id, "Q", &name("mine"), at(0)).await;
    assert_eq!(saved.unwrap(), Saving::Done);
}

#[tokio::test]
async fn recent_searches_are_listed_from_the_last_run_on() {
    let (_dynamo, store) = table().await;
    let id = |number: i64| SearchId::of(&account(), &number.to_string());
    for number in 0..7 {
        store
            .keep_search(&account(), &id(number), &number.to_string(), at(number))
            .await
            .unwrap();
    }
    store
        .save_search(&account(), &id(0), "0", &name("saved"), at(6))
        .await
        .unwrap();
    let listed = async |most, days| {
        let found = store
            .searches(&account(), Listed::Recent, most, at(days))
            .await
            .unwrap();
        found
            .into_iter()
            .map(|(_, search)| search.query)
            .collect::<Vec<_>>()
    };
    let mut latest = listed(3, 7).await;
    // Both were used on the same day.
    latest[..2].sort();
    assert_eq!(latest, ["0", "6", "5"]);
    // The searches of the first days are over, the saved search is not.
    assert_eq!(listed(100, 94).await.len(), 3);
}

#[tokio::test]
async fn pinned_grants_come_back_to_their_tenant() {
    let (_dynamo, store) = table().await;
    // The text is larger than an item, and it cannot be compressed.
    let large: Vec<u8> = (0..40_000_u32)
        .flat_map(|number| {
            OwnGrantsId::of(&number.to_be_bytes())
                .as_str()
                .as_bytes()
                .to_vec()
        })
        .collect();
    for bytes in [b"small".as_slice(), &large] {
        let id = store.pin_own_grants(&account(), bytes, at(0)).await.unwrap();
        assert_eq!(store.pin_own_grants(&account(), bytes, at(1)).await.unwrap(), id);
        let found = store.pinned_own_grants(&account(), &id).await.unwrap();
        assert_eq!(found.as_deref(), Some(bytes));
        let other = "444455556666".parse().unwrap();
        assert_eq!(store.pinned_own_grants(&other, &id).await.unwrap(), None);
    }
    assert!(PINNED_LIFE >= SignedDuration::from_hours(24));
}
