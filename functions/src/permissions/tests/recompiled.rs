//! Snapshots that this release cannot read: written by another release, damaged, or with a lost piece.

use api::stream::Change;
use aws::Access;
use inventory::stored::{FORM, SnapshotManifest, decode, encode};
use inventory::{Inventory, ShardSize, read_authorization_details};
use model::inventory::{Accepted, Counts, Document, ObjectVersion};
use serde_json::{Value, json};
use store::Permissions;
use store::permissions::{NewPart, NewSnapshot, PartId, SnapshotId, digest};
use testkit::Bucket;

use super::world::{ACCOUNT, READER, World, account, query, refused, user};
use crate::inventory::{import_inventory, recompile_inventory};

pub(super) const READS: &str = "action.name IN ('s3:GetObject', 's3:ListBucket')";

pub(super) fn table(world: &World) -> Permissions {
    Permissions::new(world.dynamo.client(), "PermissionsTable".to_owned())
}

/// Keeps a document in force, of which no snapshot was made yet.
pub(super) async fn keep(world: &World, details: &str) {
    let table = table(world);
    let (mut manifest, seen) = table.manifest(&account()).await.unwrap();
    let digest = digest(details);
    let text = table
        .keep_text(&account(), &digest, details, world.now)
        .await
        .unwrap();
    manifest.revision += 1;
    let manifest = manifest.with(Document {
        name: "authorization-details.json".to_owned(),
        accepted: Some(Accepted {
            version: ObjectVersion {
                e_tag: digest.clone(),
                last_modified: world.now,
                size: 1,
            },
            digest,
            text,
            accepted_at: world.now,
            findings: Vec::new(),
            findings_total: 0,
            counts: std::collections::BTreeMap::new(),
            change: None,
        }),
        refused: None,
    });
    assert!(
        table
            .replace_manifest(&account(), &manifest, seen, world.now)
            .await
            .unwrap()
    );
}

/// Does what any notification of the bucket does. The bucket was emptied, and what is compiled comes from the kept
/// texts.
pub(super) async fn import(world: &World) {
    let bucket = Bucket::start("inventory").await;
    let bucket = Access::new(&bucket.config()).inventory_bucket(bucket.name().to_owned());
    let state = import_inventory::State {
        table: table(world),
        bucket,
        size: ShardSize::default(),
    };
    let record = json!({ "s3": { "object": { "key": format!("{ACCOUNT}/notes.txt") } } });
    let event = api::Event::new(json!({ "Records": [record] }), world.now);
    import_inventory::handle(&state, event).await.unwrap();
}

/// Writes a snapshot with a part as another release writes it, in the place of the snapshot in force.
pub(super) async fn written_by_another_release(world: &World, form: u8) -> SnapshotId {
    let bytes = [b"PSNP", &[form][..], b"what only that release can read"].concat();
    let id = SnapshotId::of(&bytes);
    let part = PartId::of(&bytes);
    let table = table(world);
    let (manifest, _) = table.manifest(&account()).await.unwrap();
    let new = NewSnapshot {
        id: &id,
        manifest: &bytes,
        parts: &[NewPart {
            id: &part,
            bytes: &bytes,
        }],
        form: &form.to_string(),
        counts: Counts::default(),
        revision: manifest.revision,
    };
    match table.current(&account()).await.unwrap() {
        Some(current) => table.publish_anew(&account(), &new, &current, world.now).await,
        None => table.publish(&account(), &new, world.now).await,
    }
    .unwrap();
    id
}

/// Brings the wishes that stand in the table to the function, as the stream does; tells whether there was one.
pub(super) async fn recompile(world: &World) -> bool {
    let keys = world.dynamo.sort_keys("PermissionsTable").await;
    let found = keys.iter().any(|key| key == "RECOMPILATION");
    if found {
        let keys = json!({ "pk": { "S": ACCOUNT }, "sk": { "S": "RECOMPILATION" } });
        let record = json!({ "eventName": "INSERT", "dynamodb": { "Keys": keys } });
        let state = recompile_inventory::State {
            table: table(world),
            size: ShardSize::default(),
        };
        recompile_inventory::handle(&state, Change::from_record(record, world.now))
            .await
            .unwrap();
    }
    found
}

/// Returns the number of rows and whether the snapshot is outdated.
pub(super) async fn searched(world: &World) -> (u64, bool) {
    let reply = world.ask(READS, 10).await;
    let snapshot = &reply["snapshot"];
    (
        reply["data"]["totalRows"].as_u64().unwrap(),
        snapshot["isOutdated"].as_bool().unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_snapshot_of_the_release_before_is_compiled_anew_on_first_need() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    written_by_another_release(&world, 1).await;
    let (status, code) = refused(world.get(query(READS, 10)).await);
    assert_eq!((status, code.as_str()), (503, "service_unavailable"));
    let reply = api::Failure::reply(&world.get(query(READS, 10)).await.unwrap_err());
    assert_eq!(reply.header("Retry-After"), Some("5"));
    assert!(recompile(&world).await);
    assert_eq!(searched(&world).await, (2, false));
    world.restart();
    assert_eq!(searched(&world).await, (2, false));
}

#[tokio::test]
async fn after_a_roll_back_the_last_snapshot_that_can_be_read_is_searched_until_it_is_compiled_anew() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    import(&world).await;
    assert_eq!(searched(&world).await, (2, false));
    written_by_another_release(&world, 200).await;
    world.restart();
    assert_eq!(searched(&world).await, (2, true));
    assert!(recompile(&world).await);
    assert_eq!(searched(&world).await, (2, false));
    // The next release is deployed again: its own search asks for a compilation, and this release goes on meanwhile.
    written_by_another_release(&world, 200).await;
    world.restart();
    assert_eq!(searched(&world).await, (2, true));
}

#[tokio::test]
async fn every_page_of_v4_says_that_its_snapshot_is_a_former_one() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    import(&world).await;
    written_by_another_release(&world, 200).await;
    world.restart();
    let query = query(READS, 1)["query"].clone();
    let mut body = json!({ "query": query, "groupByFields": ["action"] });
    for _ in 0..2 {
        let page = world.ask_v4(&body).await;
        assert_eq!(page["snapshot"]["isOutdated"], true, "{page}");
        body["nextPageToken"] = page["data"]["nextPageToken"].clone();
    }
    assert_eq!(body["nextPageToken"], Value::Null);
}

#[tokio::test]
async fn any_import_after_a_release_compiles_anew_what_another_release_wrote() {
    let world = World::new().await;
    keep(&world, &user(READER)).await;
    written_by_another_release(&world, 1).await;
    import(&world).await;
    assert_eq!(searched(&world).await, (2, false));
}

#[tokio::test]
async fn a_page_of_a_snapshot_of_another_release_is_expired() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    import(&world).await;
    let first = world.ask(READS, 1).await;
    let token = first["data"]["nextPageToken"].clone();
    assert!(token.is_string());
    let id = parts(&world).await.remove(0);
    damage(&world, &id, Damage::Changed).await;
    world.restart();
    let (status, _) = refused(world.page(json!({ "pageToken": token })).await);
    assert_eq!(status, 410);
}

#[derive(Clone, Copy)]
enum Damage {
    /// A piece is gone.
    Lost,
    /// A piece has another byte.
    Changed,
}

/// Returns the parts of the snapshot in force: the common part, then the shards.
async fn parts(world: &World) -> Vec<PartId> {
    let table = table(world);
    let current = table.current(&account()).await.unwrap().unwrap();
    let copies = table.snapshots(&account(), &current.id, world.now).await.unwrap();
    let manifest: SnapshotManifest = decode(&copies[0].manifest).unwrap();
    let shards = manifest.shards.iter().map(|shard| &shard.part);
    let parts = std::iter::once(&manifest.common).chain(shards);
    parts.map(|part| part.id.parse().unwrap()).collect()
}

/// Damages the only piece of a part of the snapshot in force.
async fn damage(world: &World, id: &PartId, damage: Damage) {
    let table = table(world);
    let current = table.current(&account()).await.unwrap().unwrap();
    let copies = table.snapshots(&account(), &current.id, world.now).await.unwrap();
    let bytes = table.part(&account(), &copies[0], id).await.unwrap().unwrap();
    let mut other = bytes.clone();
    other[bytes.len() / 2] ^= 0x55;
    let with = match damage {
        Damage::Lost => None,
        Damage::Changed => Some(&*other),
    };
    world.dynamo.replace_value("PermissionsTable", &bytes, with).await;
}

#[tokio::test]
async fn damaged_and_lost_parts_are_compiled_anew() {
    for (part, kind) in [
        (0, Damage::Lost),
        (0, Damage::Changed),
        (1, Damage::Lost),
        (1, Damage::Changed),
    ] {
        let mut world = World::new().await;
        keep(&world, &user(READER)).await;
        import(&world).await;
        let id = parts(&world).await.remove(part);
        damage(&world, &id, kind).await;
        world.restart();
        assert_eq!(refused(world.get(query(READS, 10)).await).0, 503);
        assert!(recompile(&world).await);
        assert_eq!(searched(&world).await, (2, false), "in the same warm function");
        world.restart();
        assert_eq!(searched(&world).await, (2, false));
    }
}

/// Brings the snapshot in force into force once more, with facts that nobody can read.
async fn damage_facts(world: &World) {
    let table = table(world);
    let current = table.current(&account()).await.unwrap().unwrap();
    let copies = table.snapshots(&account(), &current.id, world.now).await.unwrap();
    let mut manifest: SnapshotManifest = decode(&copies[0].manifest).unwrap();
    let mut named = vec![manifest.common.clone()];
    for shard in &mut manifest.shards {
        let paths = shard.open_paths.iter().chain(&shard.paths_across);
        named.extend(paths.chain([&shard.part]).cloned());
        shard.facts = vec![0xff];
    }
    let mut read = Vec::new();
    for part in named {
        let id: PartId = part.id.parse().unwrap();
        let bytes = table.part(&account(), &copies[0], &id).await.unwrap().unwrap();
        read.push((id, bytes));
    }
    let parts: Vec<NewPart<'_>> = read.iter().map(|(id, bytes)| NewPart { id, bytes }).collect();
    let bytes = encode(&manifest).unwrap().bytes;
    let id = SnapshotId::of(&bytes);
    let (documents, _) = table.manifest(&account()).await.unwrap();
    let new = NewSnapshot {
        id: &id,
        manifest: &bytes,
        parts: &parts,
        form: FORM,
        counts: Counts::default(),
        revision: documents.revision,
    };
    table
        .publish_anew(&account(), &new, &current, world.now)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_snapshot_whose_facts_cannot_be_read_is_compiled_anew() {
    let mut world = World::new().await;
    let details = user(READER);
    keep(&world, &details).await;
    let far = details
        .replace(ACCOUNT, "444455556666")
        .replace("AIDAALICE", "AIDAFAR");
    let mut both = read_authorization_details(&details).unwrap();
    both.users.extend(read_authorization_details(&far).unwrap().users);
    let inventory = Inventory {
        details: both,
        ..Inventory::default()
    };
    let size = ShardSize {
        principals: 1,
        bytes: usize::MAX,
    };
    world
        .import_divided(inventory, "2026-04-01".parse().unwrap(), size)
        .await;
    damage_facts(&world).await;
    let table = table(&world);
    let damaged = table.current(&account()).await.unwrap().unwrap();
    let tenant = account();
    let asked = table.ask_for_recompilation(&tenant, &damaged, world.now);
    assert!(asked.await.unwrap());
    assert!(recompile(&world).await);
    // The kept document is about one of the accounts only.
    assert_eq!(searched(&world).await, (2, false));
}

#[tokio::test]
async fn a_lost_manifest_is_compiled_anew() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    import(&world).await;
    let current = table(&world).current(&account()).await.unwrap().unwrap();
    let partition = format!("{ACCOUNT}#{}", current.copy);
    world
        .dynamo
        .delete("PermissionsTable", (&partition, "0000"))
        .await;
    world.restart();
    assert_eq!(refused(world.get(query(READS, 10)).await).0, 503);
    assert!(recompile(&world).await);
    assert_eq!(searched(&world).await, (2, false));
}

#[tokio::test]
async fn while_a_lost_part_is_compiled_anew_the_former_snapshot_is_searched() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    import(&world).await;
    keep(
        &world,
        &user(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#),
    )
    .await;
    import(&world).await;
    let id = parts(&world).await.remove(1);
    damage(&world, &id, Damage::Lost).await;
    world.restart();
    for _ in 0..2 {
        assert_eq!(searched(&world).await, (2, true));
    }
    assert!(recompile(&world).await);
    assert_eq!(searched(&world).await, (0, false));
}

#[tokio::test]
async fn a_wish_that_stands_is_not_written_again_and_a_readable_snapshot_stays() {
    let world = World::new().await;
    keep(&world, &user(READER)).await;
    written_by_another_release(&world, 1).await;
    let table = table(&world);
    let current = table.current(&account()).await.unwrap().unwrap();
    for is_first in [true, false] {
        let tenant = account();
        let asked = table.ask_for_recompilation(&tenant, &current, world.now);
        assert_eq!(asked.await.unwrap(), is_first);
    }
    assert!(recompile(&world).await);
    let renewed = table.current(&account()).await.unwrap();
    assert_ne!(renewed.as_ref().unwrap().id, current.id);
    assert!(recompile(&world).await);
    assert_eq!(table.current(&account()).await.unwrap(), renewed);
}

#[tokio::test]
async fn a_later_revision_is_not_replaced_by_one_that_is_compiled_anew() {
    let world = World::new().await;
    keep(&world, &user(READER)).await;
    written_by_another_release(&world, 1).await;
    let table = table(&world);
    let unreadable = table.current(&account()).await.unwrap().unwrap();
    keep(
        &world,
        &user(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#),
    )
    .await;
    import(&world).await;
    let later = table.current(&account()).await.unwrap();
    let id = SnapshotId::of(b"x");
    let new = NewSnapshot {
        id: &id,
        manifest: b"x",
        parts: &[],
        form: "x",
        counts: Counts::default(),
        revision: unreadable.revision,
    };
    table
        .publish_anew(&account(), &new, &unreadable, world.now)
        .await
        .unwrap();
    assert_eq!(table.current(&account()).await.unwrap(), later);
    let reply: Value = world.ask("action.name = 'sqs:SendMessage'", 10).await;
    assert_eq!(reply["data"]["totalRows"], 1);
}
