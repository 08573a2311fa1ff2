use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::inventory::{Accepted, Counts, Document, Manifest, ObjectVersion, StoredText};
use testkit::Dynamo;

use super::copies::NewCopy;
use super::{NewSnapshot, Permissions, Published, SnapshotId};
use crate::item::{Item, key, number_of, text_of};

pub(super) const TABLE: &str = "PermissionsTable";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) async fn table() -> (Dynamo, Arc<Permissions>) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let store = Permissions::new(dynamo.client(), TABLE.to_owned());
    (dynamo, Arc::new(store))
}

pub(super) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub(super) fn at(hours: i64) -> Timestamp {
    "2026-04-01T00:00:00Z".parse::<Timestamp>().unwrap() + HOUR * i32::try_from(hours).unwrap()
}

fn counts(users: u64) -> Counts {
    Counts {
        users,
        ..Counts::default()
    }
}

async fn publish(store: &Permissions, bytes: &[u8], revision: u64, now: Timestamp) -> Published {
    let id = SnapshotId::of(bytes);
    let new = NewSnapshot {
        id: &id,
        manifest: bytes,
        parts: &[],
        form: "1",
        counts: counts(revision),
        revision,
    };
    store.publish(&account(), &new, now).await.unwrap()
}

async fn read(store: &Permissions, bytes: &[u8], now: Timestamp) -> Option<Vec<u8>> {
    let id = SnapshotId::of(bytes);
    let found = store
        .snapshots(&account(), &id, now)
        .await
        .unwrap()
        .into_iter()
        .next();
    found.map(|snapshot| snapshot.manifest)
}

pub(super) async fn items(client: &Client) -> Vec<Item> {
    let scanned = client.scan().table_name(TABLE).into_paginator().items().send();
    scanned.try_collect().await.unwrap()
}

/// Returns the copies of snapshots in the table, and whether each expires. The header and every piece must agree.
async fn copies(client: &Client) -> Vec<(String, bool)> {
    let items = items(client).await;
    let headers = items.iter().filter_map(|item| {
        let (id, copy) = text_of(item, "sk")?.strip_prefix("SNAPSHOT#")?.split_once('#')?;
        Some((id.to_owned(), copy.to_owned(), number_of(item, "expiresAt")))
    });
    let mut copies: Vec<(String, bool)> = headers
        .map(|(id, copy, expires)| {
            let partition = format!("{}#{copy}", account());
            for piece in items
                .iter()
                .filter(|item| text_of(item, "pk") == Some(&partition))
            {
                assert_eq!(number_of(piece, "expiresAt"), expires);
            }
            (id, expires.is_some())
        })
        .collect();
    copies.sort();
    copies
}

/// Makes bytes of more than two pieces. No two pieces are equal.
fn large() -> Vec<u8> {
    (0..900_000_u32)
        .map(|byte| u8::try_from(byte / 4000).unwrap())
        .collect()
}

#[test]
fn an_id_is_derived_from_the_bytes_and_reads_back() {
    let id = SnapshotId::of(b"a");
    assert_eq!(id.as_str(), "ca978112ca1bbdcafac231b39a23dc4d");
    assert_eq!(id.as_str().parse(), Ok(id));
    for other in [
        "",
        "ca97",
        "CA978112CA1BBDCAFAC231B39A23DC4D",
        "ca978112ca1bbdcafac231b39a23dc4é",
    ] {
        assert!(other.parse::<SnapshotId>().is_err(), "{other}");
    }
}

#[tokio::test]
async fn a_snapshot_comes_back_whole_and_to_its_account_only() {
    let (_dynamo, store) = table().await;
    assert_eq!(store.current(&account()).await.unwrap(), None);
    let bytes = large();
    assert_eq!(publish(&store, &bytes, 1, at(0)).await, Published::Now);
    let current = store.current(&account()).await.unwrap().unwrap();
    assert_eq!(current.id, SnapshotId::of(&bytes));
    assert_eq!(
        (current.made_at, current.counts, current.revision),
        (at(0), counts(1), 1)
    );
    assert_eq!(read(&store, &bytes, at(0)).await, Some(bytes));
    let other = "999999999999".parse().unwrap();
    assert_eq!(store.current(&other).await.unwrap(), None);
    assert_eq!(store.snapshots(&other, &current.id, at(0)).await.unwrap(), []);
}

#[tokio::test]
async fn a_replaced_snapshot_is_readable_for_a_day_and_the_one_in_force_for_ever() {
    let (dynamo, store) = table().await;
    publish(&store, b"one", 1, at(0)).await;
    publish(&store, b"two", 2, at(100)).await;
    assert_eq!(read(&store, b"one", at(124)).await.as_deref(), Some(&b"one"[..]));
    assert_eq!(read(&store, b"one", at(126)).await, None);
    assert_eq!(
        read(&store, b"two", at(100_000)).await.as_deref(),
        Some(&b"two"[..])
    );
    let mut expected = vec![
        (SnapshotId::of(b"one").to_string(), true),
        (SnapshotId::of(b"two").to_string(), false),
    ];
    expected.sort();
    assert_eq!(copies(&dynamo.client()).await, expected);
}

#[tokio::test]
async fn an_older_revision_never_replaces_a_newer_one() {
    let (dynamo, store) = table().await;
    publish(&store, b"new", 5, at(0)).await;
    for revision in [4, 5] {
        assert_eq!(
            publish(&store, b"old", revision, at(1)).await,
            Published::Overtaken
        );
    }
    assert_eq!(
        read(&store, b"old", at(1)).await,
        None,
        "nothing was written for nothing"
    );
    assert_eq!(copies(&dynamo.client()).await.len(), 1);
    assert_eq!(store.current(&account()).await.unwrap().unwrap().revision, 5);
}

#[tokio::test]
async fn the_same_contents_again_change_nothing_but_the_revision() {
    let (dynamo, store) = table().await;
    publish(&store, b"one", 1, at(0)).await;
    assert_eq!(publish(&store, b"one", 1, at(1)).await, Published::Overtaken);
    assert_eq!(publish(&store, b"one", 2, at(2)).await, Published::Unchanged);
    let current = store.current(&account()).await.unwrap().unwrap();
    assert_eq!(
        (current.revision, current.made_at, current.counts),
        (2, at(0), counts(1))
    );
    assert_eq!(
        copies(&dynamo.client()).await,
        [(SnapshotId::of(b"one").to_string(), false)]
    );
}

#[tokio::test]
async fn a_snapshot_that_comes_back_into_force_does_not_expire_with_its_first_copy() {
    let (_dynamo, store) = table().await;
    publish(&store, b"one", 1, at(0)).await;
    publish(&store, b"two", 2, at(1)).await;
    publish(&store, b"one", 3, at(2)).await;
    assert_eq!(read(&store, b"one", at(1000)).await.as_deref(), Some(&b"one"[..]));
    assert_eq!(read(&store, b"two", at(1000)).await, None);
}

#[tokio::test]
async fn an_emptied_inventory_has_no_snapshot_and_a_late_import_brings_none_back() {
    let (_dynamo, store) = table().await;
    publish(&store, b"one", 1, at(0)).await;
    assert_eq!(
        store.withdraw(&account(), 3, at(1)).await.unwrap(),
        Published::Now
    );
    assert_eq!(
        store.withdraw(&account(), 3, at(1)).await.unwrap(),
        Published::Overtaken
    );
    assert_eq!(store.current(&account()).await.unwrap(), None);
    assert_eq!(publish(&store, b"late", 2, at(1)).await, Published::Overtaken);
    assert_eq!(store.current(&account()).await.unwrap(), None);
    assert_eq!(read(&store, b"one", at(2)).await.as_deref(), Some(&b"one"[..]));
    assert_eq!(publish(&store, b"two", 4, at(2)).await, Published::Now);
}

#[tokio::test]
async fn a_snapshot_with_a_missing_piece_is_none_unless_there_is_a_whole_copy() {
    let (dynamo, store) = table().await;
    let bytes = large();
    publish(&store, &bytes, 1, at(0)).await;
    let remove_a_piece = async || {
        let items = items(&dynamo.client()).await;
        let piece = items
            .iter()
            .find(|item| text_of(item, "sk") == Some("0001"))
            .unwrap();
        let delete = dynamo.client().delete_item().table_name(TABLE);
        let key = key(text_of(piece, "pk").unwrap(), "0001");
        delete.set_key(Some(key)).send().await.unwrap();
    };
    remove_a_piece().await;
    assert_eq!(read(&store, &bytes, at(0)).await, None);
    publish(&store, b"two", 2, at(1)).await;
    publish(&store, &bytes, 3, at(2)).await;
    assert_eq!(read(&store, &bytes, at(2)).await, Some(bytes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_imports_at_once_the_latest_is_in_force_and_only_it_does_not_expire() {
    let (dynamo, store) = table().await;
    for round in 0..5_u64 {
        let publishers = (1..=12).map(|publisher| {
            let store = Arc::clone(&store);
            let revision = round * 12 + publisher;
            // Half of the contents come back, so that copies of one snapshot race each other.
            let bytes = format!("contents {}", revision % 6);
            tokio::spawn(async move { publish(&store, bytes.as_bytes(), revision, at(0)).await })
        });
        for publisher in publishers.collect::<Vec<_>>() {
            publisher.await.unwrap();
        }
        let current = store.current(&account()).await.unwrap().unwrap();
        assert_eq!(current.revision, round * 12 + 12);
        let contents = format!("contents {}", current.revision % 6);
        assert_eq!(current.id, SnapshotId::of(contents.as_bytes()));
        assert_eq!(
            read(&store, contents.as_bytes(), at(1_000)).await,
            Some(contents.into_bytes())
        );
        let lasting = copies(&dynamo.client()).await;
        let lasting: Vec<_> = lasting.into_iter().filter(|(_, expires)| !expires).collect();
        assert_eq!(lasting, [(current.id.to_string(), false)]);
    }
}

#[tokio::test]
async fn what_a_call_that_ended_early_left_behind_goes_with_a_later_one() {
    let (dynamo, store) = table().await;
    let name = format!("SNAPSHOT#{}", SnapshotId::of(b"lost"));
    let lost = NewCopy {
        name: &name,
        bytes: b"lost",
        is_spread: false,
        form: Some("1"),
    };
    store.write_copy(&account(), lost, at(0)).await.unwrap();
    publish(&store, b"one", 1, at(0)).await;
    publish(&store, b"two", 2, at(0)).await;
    let expiring = async || {
        copies(&dynamo.client())
            .await
            .iter()
            .filter(|(_, expires)| *expires)
            .count()
    };
    assert_eq!(expiring().await, 1, "it could be a call that is still going on");
    publish(&store, b"three", 3, at(2)).await;
    assert_eq!(expiring().await, 3);
}

fn accepted(text: StoredText) -> Accepted {
    Accepted {
        version: ObjectVersion {
            e_tag: "e".to_owned(),
            last_modified: at(0),
            size: 3,
        },
        digest: String::new(),
        text,
        accepted_at: at(0),
        findings: Vec::new(),
        findings_total: 0,
        counts: std::collections::BTreeMap::new(),
        change: None,
    }
}

fn with(manifest: Manifest, name: &str, text: StoredText) -> Manifest {
    manifest.with(Document {
        name: name.to_owned(),
        accepted: Some(accepted(text)),
        refused: None,
    })
}

#[tokio::test]
async fn a_manifest_is_replaced_by_the_one_who_has_seen_the_last_one() {
    let (_dynamo, store) = table().await;
    let (manifest, none) = store.manifest(&account()).await.unwrap();
    assert_eq!(manifest, Manifest::default());
    let text = store.keep_text(&account(), "d", "text", at(0)).await.unwrap();
    let one = with(manifest, "one", text);
    let replace = |manifest, seen| {
        let store = &store;
        async move {
            store
                .replace_manifest(&account(), manifest, seen, at(0))
                .await
                .unwrap()
        }
    };
    assert!(replace(&one, none).await);
    assert!(!replace(&one, none).await, "somebody was there before");
    let (read, seen) = store.manifest(&account()).await.unwrap();
    assert_eq!(read, one);
    let two = one.clone().without("one");
    assert!(replace(&two, seen).await);
    assert!(!replace(&one, seen).await);
    assert_eq!(store.manifest(&account()).await.unwrap().0, two);
}

#[tokio::test]
async fn a_manifest_of_thousands_of_documents_is_kept_in_pieces() {
    let (dynamo, store) = table().await;
    let manifest = (0..8_000_u32).fold(Manifest::default(), |mut manifest, number| {
        let mut document = accepted(StoredText {
            copy: uuid::Uuid::from_u128(
                u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
            )
            .simple()
            .to_string(),
            pieces: 1,
        });
        document.digest = crate::permissions::digest(&number.to_string());
        manifest.documents.push(Document {
            name: format!("{number:012}/authorization-details.json"),
            accepted: Some(document),
            refused: None,
        });
        manifest
    });
    for hours in [0, 3] {
        let (_, seen) = store.manifest(&account()).await.unwrap();
        assert!(
            store
                .replace_manifest(&account(), &manifest, seen, at(hours))
                .await
                .unwrap()
        );
        assert_eq!(store.manifest(&account()).await.unwrap().0, manifest);
    }
    let pieces = items(&dynamo.client())
        .await
        .into_iter()
        .filter(|item| !item.contains_key("version"));
    assert!(
        pieces.filter(|item| item.contains_key("value")).count() >= 2,
        "it is too large for one item"
    );
    let small = Manifest::default();
    let (_, seen) = store.manifest(&account()).await.unwrap();
    assert!(
        store
            .replace_manifest(&account(), &small, seen, at(6))
            .await
            .unwrap()
    );
    assert_eq!(store.manifest(&account()).await.unwrap().0, small);
}

#[tokio::test]
async fn a_text_stays_while_a_manifest_names_it_and_goes_afterwards() {
    let (dynamo, store) = table().await;
    let contents = "é".repeat(300_000);
    let text = store.keep_text(&account(), "d", &contents, at(0)).await.unwrap();
    let manifest = with(Manifest::default(), "one", text.clone());
    let replace = async |manifest: &Manifest, hours| {
        let (_, seen) = store.manifest(&account()).await.unwrap();
        assert!(
            store
                .replace_manifest(&account(), manifest, seen, at(hours))
                .await
                .unwrap()
        );
    };
    replace(&manifest, 0).await;
    replace(&manifest, 100).await;
    assert_eq!(store.text(&account(), &text).await.unwrap(), Some(contents));
    let expiring = async || {
        let items = items(&dynamo.client()).await;
        items.iter().filter(|item| item.contains_key("expiresAt")).count()
    };
    assert_eq!(expiring().await, 0);
    replace(&manifest.without("one"), 200).await;
    assert_eq!(expiring().await, 1 + text.pieces);
    let other = StoredText {
        copy: "none".to_owned(),
        pieces: 1,
    };
    assert_eq!(store.text(&account(), &other).await.unwrap(), None);
}
