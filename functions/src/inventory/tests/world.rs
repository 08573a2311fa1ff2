//! This module holds an import with a table and a bucket of its own, and the documents that the tests put.

use crate::inventory::import_inventory::{State, handle};
use api::Event;
use aws::Access;
use inventory::stored::{SnapshotManifest, decode};
use inventory::{Division, Inventory, ShardSize};
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::inventory::Manifest;
use serde_json::json;
use std::cell::Cell;
use store::Permissions;
use store::permissions::digest;
use testkit::{Bucket, Dynamo, Faults};

pub(super) const TENANT: &str = "111122223333";

pub(super) fn now() -> Timestamp {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

pub(super) fn tenant() -> AccountId {
    TENANT.parse().unwrap()
}

/// An import with a table and a bucket of its own.
pub(super) struct World {
    pub(super) dynamo: Dynamo,
    /// The way to the database, which counts requests
    pub(super) faults: Faults,
    pub(super) bucket: Bucket,
    pub(super) state: State,
    pub(super) puts: Cell<i64>,
}

impl World {
    pub(super) async fn start() -> Self {
        Self::with_shards(ShardSize::default()).await
    }

    /// Makes a world with shards of a size.
    pub(super) async fn with_shards(size: ShardSize) -> Self {
        let dynamo = Dynamo::start().await;
        dynamo.create_table("PermissionsTable").await;
        let bucket = Bucket::start("inventory").await;
        let faults = Faults::default();
        let state = State {
            table: Permissions::new(dynamo.client_through(&faults), "PermissionsTable".to_owned()),
            bucket: Access::new(&bucket.config()).inventory_bucket(bucket.name().to_owned()),
            size,
        };
        Self {
            dynamo,
            faults,
            bucket,
            state,
            puts: Cell::new(0),
        }
    }

    /// Puts a document. Each version is a second younger than the version before.
    pub(super) fn put(&self, name: &str, text: &str) {
        self.puts.set(self.puts.get() + 1);
        let at = now() + SignedDuration::from_secs(self.puts.get());
        self.bucket
            .put(&format!("{TENANT}/{name}"), &digest(text), at, text);
    }

    pub(super) fn remove(&self, name: &str) {
        self.bucket.remove(&format!("{TENANT}/{name}"));
    }
}

/// Handles a notification about these names.
pub(super) async fn notify(world: &World, names: &[&str]) {
    let record = |name: &&str| json!({ "s3": { "object": { "key": format!("{TENANT}/{name}") } } });
    let records: Vec<_> = names.iter().map(record).collect();
    let event = Event::new(json!({ "Records": records }), now());
    handle(&world.state, event).await.unwrap();
}

pub(super) async fn put(world: &World, name: &str, text: &str) {
    world.put(name, text);
    notify(world, &[name]).await;
}

pub(super) async fn manifest(world: &World) -> Manifest {
    world.state.table.manifest(&tenant()).await.unwrap().0
}

/// Returns why a document was refused; empty when it was not.
pub(super) async fn refusal(world: &World, name: &str) -> String {
    let manifest = manifest(world).await;
    let refused = manifest
        .document(name)
        .and_then(|document| document.refused.clone());
    refused.map_or_else(String::new, |refused| refused.message)
}

/// Reads the snapshot in force.
pub(super) async fn snapshot(world: &World) -> Option<(SnapshotManifest, Inventory)> {
    let table = &world.state.table;
    let current = table.current(&tenant()).await.unwrap()?;
    let copies = table.snapshots(&tenant(), &current.id, now()).await.unwrap();
    let manifest: SnapshotManifest = decode(&copies[0].manifest).unwrap();
    let part = async |id: &str| {
        let part = table.part(&tenant(), &copies[0], &id.parse().unwrap()).await;
        part.unwrap().unwrap()
    };
    let common = decode(&part(&manifest.common.id).await).unwrap();
    let mut shards = Vec::new();
    for shard in &manifest.shards {
        shards.push(decode(&part(&shard.part.id).await).unwrap());
    }
    Some((manifest, Division { common, shards }.joined()))
}

/// Returns the names of users in the snapshot in force, and whether it knows last accesses.
pub(super) async fn shown(world: &World) -> Option<(Vec<String>, bool)> {
    let (_, inventory) = snapshot(world).await?;
    let users = inventory.details.users.into_iter().map(|user| user.name);
    Some((users.collect(), inventory.last_accessed.is_some()))
}

pub(super) fn users(names: &[&str]) -> String {
    let users = names
        .iter()
        .map(|name| json!({ "Arn": format!("arn:aws:iam::{TENANT}:user/{name}") }));
    json!({ "UserDetailList": users.collect::<Vec<_>>() }).to_string()
}

pub(super) const REPORTS: &str = r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","JobStatus":"COMPLETED",
    "JobCompletionDate":"2026-02-03T04:05:06Z","ServicesLastAccessed":[]}]}"#;

pub(super) const DETAILS: &str = "authorization-details.json";

pub(super) const LAST: &str = "last-accessed.json";

pub(super) fn expected(names: &[&str], last: bool) -> (Vec<String>, bool) {
    (names.iter().map(|name| (*name).to_owned()).collect(), last)
}
