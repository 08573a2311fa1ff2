//! The release before this one stored a snapshot as one piece of form 4. It wrote and retired snapshots in the same table.

use serde_json::json;
use store::permissions::SnapshotId;

use super::recompiled::{READS, import, keep, recompile, searched, table};
use super::world::{ACCOUNT, READER, World, account, query, refused, user};

const TABLE: &str = "PermissionsTable";

/// Does what the release before did to replace the snapshot in force: it wrote a header, a piece and the pointer. It
/// let the replaced copy expire, which was a snapshot without parts, because that release had no parts.
async fn compile_in_the_release_before(world: &World, copy: &str) -> SnapshotId {
    let bytes = b"PSNP\x04what only that release can read";
    let id = SnapshotId::of(bytes);
    let written = world.now.as_second();
    let replaced = table(world).current(&account()).await.unwrap();
    let (manifest, _) = table(world).manifest(&account()).await.unwrap();
    let header = json!({
        "pk": ACCOUNT, "sk": format!("SNAPSHOT#{id}#{copy}"), "pieces": 1, "writtenAt": written, "form": "4",
    });
    world.dynamo.put(TABLE, header, None).await;
    let piece = json!({ "pk": format!("{ACCOUNT}#{copy}"), "sk": "0000" });
    world.dynamo.put(TABLE, piece, Some(bytes)).await;
    let counts = json!({
        "accounts": 1, "users": 1, "groups": 0, "roles": 0, "policies": 0, "resourcePolicies": 0, "incompletePrincipals": 0,
    });
    let pointer = json!({
        "pk": ACCOUNT, "sk": "CURRENT", "revision": manifest.revision,
        "inForce": {
            "snapshot": id.as_str(), "copy": copy, "madeAt": world.now.to_string(), "counts": counts, "form": "4",
        },
    });
    world.dynamo.put(TABLE, pointer, None).await;
    if let Some(replaced) = replaced {
        let header = json!({
            "pk": ACCOUNT, "sk": format!("SNAPSHOT#{}#{}", replaced.id, replaced.copy), "pieces": 1,
            "writtenAt": written, "form": replaced.form.unwrap(), "expiresAt": written + 25 * 3_600,
        });
        world.dynamo.put(TABLE, header, None).await;
    }
    id
}

#[tokio::test]
async fn from_the_release_before_to_this_one_and_back_searches_go_on() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    let before = compile_in_the_release_before(&world, "a").await;
    // After the upgrade nothing can be searched until the documents are compiled anew, by a search or by an import.
    assert_eq!(refused(world.get(query(READS, 10)).await).0, 503);
    assert!(recompile(&world).await);
    assert_eq!(searched(&world).await, (2, false));
    // The release before finds its own snapshot for 25 hours: that one was not deleted.
    let items = world.dynamo.items(TABLE).await;
    let own = format!("SNAPSHOT#{before}#a");
    let own = items.iter().find(|item| item["sk"] == own.as_str()).unwrap();
    assert_eq!(
        (own["form"].as_str(), own["expiresAt"].as_i64()),
        (Some("4"), Some(world.now.as_second() + 25 * 3_600))
    );
    // The roll back compiles anew, and retires the snapshot of this release with a part that the old release does not
    // know.
    world.wait(2);
    compile_in_the_release_before(&world, "b").await;
    // After the second upgrade, the former snapshot of this release is searched until there is a new one.
    world.wait(2);
    world.restart();
    assert_eq!(searched(&world).await, (2, true));
    assert!(recompile(&world).await);
    assert_eq!(searched(&world).await, (2, false));
    world.restart();
    assert_eq!(searched(&world).await, (2, false));
    // The next import deletes what the release before left behind of this release.
    world.wait(2);
    keep(
        &world,
        &user(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#),
    )
    .await;
    import(&world).await;
    let items = world.dynamo.items(TABLE).await;
    let parts = items
        .iter()
        .filter(|item| item["sk"].as_str().is_some_and(|key| key.starts_with("PART#")));
    let lasting = parts.filter(|item| item.get("expiresAt").is_none());
    assert_eq!(lasting.count(), 2, "the common part and one shard");
}

#[tokio::test]
async fn an_import_after_the_upgrade_compiles_what_the_release_before_wrote() {
    let world = World::new().await;
    keep(&world, &user(READER)).await;
    compile_in_the_release_before(&world, "a").await;
    import(&world).await;
    assert_eq!(searched(&world).await, (2, false));
}
