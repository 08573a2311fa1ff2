//! Parts that snapshots share: none that is in force is ever lost, and none that nobody needs stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::inventory::Counts;
use testkit::{Dynamo, Fault, Faults, Gate};

use crate::item::{number_of, text_of};
use crate::permissions::parts::PARTS;
use crate::permissions::tests::{TABLE, account, at, items, table};
use crate::permissions::{NewPart, NewSnapshot, PartId, Published, SnapshotId};
use crate::{Permissions, StoreError};

/// Publishes a snapshot of these parts; each part is its text.
async fn publish(store: &Permissions, parts: &[&str], revision: u64, now: Timestamp) -> Published {
    try_publish(store, parts, revision, now).await.unwrap()
}

/// Publishes such a snapshot through a connection that may fail.
async fn try_publish(
    store: &Permissions,
    parts: &[&str],
    revision: u64,
    now: Timestamp,
) -> Result<Published, StoreError> {
    let ids: Vec<PartId> = parts.iter().map(|part| PartId::of(part.as_bytes())).collect();
    let parts: Vec<NewPart<'_>> = ids
        .iter()
        .zip(parts)
        .map(|(id, part)| NewPart {
            id,
            bytes: part.as_bytes(),
        })
        .collect();
    let manifest = manifest(&ids);
    let new = NewSnapshot {
        id: &SnapshotId::of(&manifest),
        manifest: &manifest,
        parts: &parts,
        form: "1",
        counts: Counts::default(),
        revision,
    };
    store.publish(&account(), &new, now).await
}

fn manifest(ids: &[PartId]) -> Vec<u8> {
    let ids: Vec<&str> = ids.iter().map(PartId::as_str).collect();
    ids.join(" ").into_bytes()
}

/// Reads the parts of a snapshot at a time; `None` when one of them is lost, or the snapshot is retired.
async fn read(store: &Permissions, parts: &[&str], now: Timestamp) -> Option<Vec<String>> {
    let ids: Vec<PartId> = parts.iter().map(|part| PartId::of(part.as_bytes())).collect();
    let id = SnapshotId::of(&manifest(&ids));
    for copy in store.snapshots(&account(), &id, now).await.unwrap() {
        let mut found = Vec::new();
        for id in &ids {
            let bytes = store.part(&account(), &copy, id).await.unwrap();
            found.extend(bytes.map(|bytes| String::from_utf8(bytes).unwrap()));
        }
        if found.len() == ids.len() {
            return Some(found);
        }
    }
    None
}

/// Returns the copies of parts, by the part: the bytes of a copy, and when it expires.
async fn copies(dynamo: &Dynamo, parts: &[&str]) -> Vec<(String, Option<i64>)> {
    let items = items(&dynamo.client()).await;
    let mut found = Vec::new();
    for part in parts {
        let prefix = format!("PART#{}#", PartId::of(part.as_bytes()));
        for item in &items {
            if text_of(item, "sk").is_some_and(|key| key.starts_with(&prefix)) {
                found.push(((*part).to_owned(), number_of(item, "expiresAt")));
            }
        }
    }
    found.sort();
    found
}

fn lasting(part: &str) -> (String, Option<i64>) {
    (part.to_owned(), None)
}

fn expiring(part: &str, hours: i64) -> (String, Option<i64>) {
    (part.to_owned(), Some(at(hours).as_second()))
}

const ALL: [&str; 4] = ["common", "one", "two", "three"];

#[tokio::test]
async fn a_part_that_the_snapshot_in_force_has_is_not_written_again_and_expires_with_the_last_one_that_has_it()
 {
    let (dynamo, store) = table().await;
    publish(&store, &["common", "one", "two"], 1, at(0)).await;
    publish(&store, &["common", "one", "three"], 2, at(10)).await;
    assert_eq!(
        copies(&dynamo, &ALL).await,
        [
            lasting("common"),
            lasting("one"),
            lasting("three"),
            expiring("two", 35)
        ]
    );
    assert!(read(&store, &["common", "one", "two"], at(34)).await.is_some());
    assert!(read(&store, &["common", "one", "two"], at(36)).await.is_none());
    publish(&store, &["common", "three"], 3, at(20)).await;
    assert_eq!(
        copies(&dynamo, &ALL).await,
        [
            lasting("common"),
            expiring("one", 45),
            lasting("three"),
            expiring("two", 35)
        ]
    );
    store.withdraw(&account(), 4, at(30)).await.unwrap();
    let all = copies(&dynamo, &ALL).await;
    assert!(all.iter().all(|(_, expires)| expires.is_some()), "{all:?}");
}

#[tokio::test]
async fn the_pieces_of_a_part_lie_in_partitions_of_their_own_and_go_together() {
    let (dynamo, store) = table().await;
    let large = "x".repeat(800_000);
    publish(&store, &[&large], 1, at(0)).await;
    let pieces = async || {
        let items = items(&dynamo.client()).await;
        let parts = items
            .iter()
            .filter(|item| text_of(item, "sk").unwrap().starts_with(PARTS));
        let headers: Vec<_> = parts.collect();
        let copy = text_of(headers[0], "sk")
            .unwrap()
            .rsplit_once('#')
            .unwrap()
            .1
            .to_owned();
        let pieces = items
            .iter()
            .filter(|item| text_of(item, "pk").unwrap().contains(&copy));
        let pieces = pieces.map(|item| {
            (
                text_of(item, "pk").unwrap().to_owned(),
                number_of(item, "expiresAt"),
            )
        });
        pieces.collect::<BTreeMap<_, _>>()
    };
    let before = pieces().await;
    assert_eq!(before.len(), 3, "{before:?}");
    assert_eq!(read(&store, &[&large], at(0)).await.unwrap(), [large.as_str()]);
    store.withdraw(&account(), 2, at(1)).await.unwrap();
    assert!(pieces().await.values().all(Option::is_some));
}

#[tokio::test]
async fn parts_are_written_and_read_although_the_table_is_over_its_capacity_for_a_while() {
    let (dynamo, store) = table().await;
    let faults = Faults::default();
    let refused = Permissions::new(dynamo.client_through(&faults), TABLE.to_owned());
    // The pointer and the header of the part are written before the piece, which is refused by all attempts of several calls.
    faults.next(
        [None, None]
            .into_iter()
            .chain(std::iter::repeat_n(Some(Fault::Throttle), 30)),
    );
    try_publish(&refused, &["a"], 1, at(0)).await.unwrap();
    assert_eq!(read(&store, &["a"], at(0)).await.unwrap(), ["a"]);
    // A request that a person waits for gives up sooner.
    faults.next(
        [None]
            .into_iter()
            .chain(std::iter::repeat_n(Some(Fault::Throttle), 12)),
    );
    assert_eq!(read(&refused, &["a"], at(0)).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn a_part_that_was_written_a_moment_ago_is_found() {
    let (dynamo, store) = table().await;
    publish(&store, &["a", "b"], 1, at(0)).await;
    let faults = Faults::default();
    let late = Permissions::new(dynamo.client_through(&faults), TABLE.to_owned());
    faults.always(Some(Fault::Lag));
    assert_eq!(read(&late, &["a", "b"], at(0)).await.unwrap(), ["a", "b"]);
    faults.always(None);
    faults.requests();
    read(&late, &["a", "b"], at(0)).await.unwrap();
    // The copies of the snapshot, the only piece of its manifest, and those of two parts: each is read once.
    assert_eq!(faults.requests().len(), 4);
}

#[tokio::test]
async fn a_part_that_comes_back_is_another_copy() {
    let (dynamo, store) = table().await;
    publish(&store, &["one"], 1, at(0)).await;
    publish(&store, &["two"], 2, at(1)).await;
    publish(&store, &["one"], 3, at(2)).await;
    assert_eq!(
        copies(&dynamo, &ALL).await,
        [lasting("one"), expiring("one", 26), expiring("two", 27)]
    );
    assert_eq!(
        read(&store, &["one"], at(1_000)).await,
        Some(vec!["one".to_owned()])
    );
}

#[tokio::test]
async fn a_snapshot_that_is_compiled_anew_takes_over_no_part() {
    let (dynamo, store) = table().await;
    publish(&store, &["one"], 1, at(0)).await;
    let current = store.current(&account()).await.unwrap().unwrap();
    let part = PartId::of(b"one");
    let manifest = manifest(std::slice::from_ref(&part));
    let new = NewSnapshot {
        id: &SnapshotId::of(&manifest),
        manifest: &manifest,
        parts: &[NewPart {
            id: &part,
            bytes: b"one",
        }],
        form: "1",
        counts: Counts::default(),
        revision: 1,
    };
    let published = store.publish_anew(&account(), &new, &current, at(1)).await;
    assert_eq!(published.unwrap(), Published::Now);
    assert_eq!(copies(&dynamo, &ALL).await, [lasting("one"), expiring("one", 26)]);
}

/// Makes a store whose requests go through faults.
fn through(dynamo: &Dynamo, faults: &Faults) -> Permissions {
    Permissions::new(dynamo.client_through(faults), TABLE.to_owned())
}

#[tokio::test]
async fn a_part_that_another_import_retires_meanwhile_is_written_again() {
    let (dynamo, store) = table().await;
    publish(&store, &["shared", "one"], 1, at(0)).await;
    let faults = Faults::default();
    let slow = Arc::new(through(&dynamo, &faults));
    let gate = Gate::default();
    // The call reads the pointer, then the parts in force, and writes part, snapshot and pointer. Another call comes before
    // the last write.
    let ahead = std::iter::repeat_n(None, 7);
    faults.next(ahead.chain([Some(Fault::Wait(gate.clone()))]));
    let publisher = Arc::clone(&slow);
    let late = tokio::spawn(async move { publish(&publisher, &["shared", "two"], 3, at(1)).await });
    gate.reached().await;
    assert_eq!(publish(&store, &["three"], 2, at(1)).await, Published::Now);
    let retired = copies(&dynamo, &["shared"]).await;
    assert_eq!(retired, [expiring("shared", 26)]);
    gate.open();
    assert_eq!(late.await.unwrap(), Published::Now);
    assert_eq!(
        read(&store, &["shared", "two"], at(1_000)).await,
        Some(vec!["shared".to_owned(), "two".to_owned()])
    );
    assert_eq!(
        copies(&dynamo, &["shared", "two"]).await,
        [lasting("shared"), expiring("shared", 26), lasting("two")]
    );
}

#[tokio::test]
async fn wherever_an_import_ends_early_the_snapshot_in_force_has_all_its_parts() {
    for requests in 0_usize.. {
        let (dynamo, store) = table().await;
        publish(&store, &["common", "one"], 1, at(0)).await;
        let faults = Faults::default();
        let dying = through(&dynamo, &faults);
        faults.after(requests, Fault::LoseRequest);
        let outcome = try_publish(&dying, &["common", "two"], 2, at(1)).await;
        let current = store.current(&account()).await.unwrap().unwrap();
        let in_force: &[&str] = if current.revision == 1 {
            &["common", "one"]
        } else {
            &["common", "two"]
        };
        assert!(
            read(&store, in_force, at(1_000)).await.is_some(),
            "after {requests} requests"
        );
        // The next imports delete what the call left behind.
        publish(&store, &["common", "four"], 3, at(3)).await;
        publish(&store, &["common", "four", "five"], 4, at(6)).await;
        assert_eq!(
            read(&store, &["common", "four", "five"], at(1_000))
                .await
                .map(|parts| parts.len()),
            Some(3)
        );
        let left = copies(&dynamo, &["one", "two"]).await;
        assert!(left.iter().all(|(_, expires)| expires.is_some()), "{left:?}");
        if outcome.is_ok() {
            assert!(requests > 8, "{requests}");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_imports_at_once_the_one_in_force_has_all_its_parts_and_no_other_part_lasts() {
    let (dynamo, store) = table().await;
    for round in 0..5_u64 {
        let publishers = (1..=10).map(|publisher| {
            let store = Arc::clone(&store);
            let revision = round * 10 + publisher;
            tokio::spawn(async move {
                let parts = named(revision);
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                publish(&store, &parts, revision, at(0)).await
            })
        });
        for publisher in publishers.collect::<Vec<_>>() {
            publisher.await.unwrap();
        }
        let current = store.current(&account()).await.unwrap().unwrap();
        assert_eq!(current.revision, round * 10 + 10);
        let parts = named(current.revision);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        assert_eq!(
            read(&store, &parts, at(1_000)).await.map(|parts| parts.len()),
            Some(parts.len())
        );
        let items = items(&dynamo.client()).await;
        let headers = items
            .iter()
            .filter(|item| text_of(item, "sk").is_some_and(|key| key.starts_with("PART#")));
        let lasting = headers.filter(|item| !item.contains_key("expiresAt"));
        assert_eq!(lasting.count(), parts.len());
    }
}

/// Returns the names of the parts of a revision. Neighbours share three of four parts, as the imports of single
/// documents do.
fn named(revision: u64) -> Vec<String> {
    let mut parts: Vec<String> = (0..4)
        .map(|part| format!("part {}", (revision + part) / 4))
        .collect();
    parts.dedup();
    parts.push("common".to_owned());
    parts
}
