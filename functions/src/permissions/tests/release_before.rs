//! The release before this one stored policies as JSON in the parts of a snapshot, in form 5. It wrote and retired snapshots and
//! parts in the same table.

use serde_json::Value;

use super::recompiled::{READS, import, keep, recompile, searched, written_by_another_release};
use super::world::{READER, World, query, refused, user};

const TABLE: &str = "PermissionsTable";

/// Names the form of the release before
const FORM_BEFORE: u8 = 5;

#[tokio::test]
async fn from_the_release_before_to_this_one_and_back_searches_go_on() {
    let mut world = World::new().await;
    keep(&world, &user(READER)).await;
    let before = written_by_another_release(&world, FORM_BEFORE).await;
    // After the upgrade nothing can be searched until the documents are compiled anew, by a search or by an import.
    assert_eq!(refused(world.get(query(READS, 10)).await).0, 503);
    assert!(recompile(&world).await);
    assert_eq!(searched(&world).await, (2, false));
    // The release before finds its own snapshot for 25 hours: that one was not deleted.
    let items = world.dynamo.items(TABLE).await;
    let own = format!("SNAPSHOT#{before}#");
    let is_own = |item: &&Value| item["sk"].as_str().is_some_and(|key| key.starts_with(&own));
    let own = items.iter().find(is_own).unwrap();
    assert_eq!(
        (own["form"].as_str(), own["expiresAt"].as_i64()),
        (Some("5"), Some(world.now.as_second() + 25 * 3_600))
    );
    // The roll back compiles anew, and retires the snapshot of this release with its parts.
    world.wait(2);
    written_by_another_release(&world, FORM_BEFORE).await;
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
    written_by_another_release(&world, FORM_BEFORE).await;
    import(&world).await;
    assert_eq!(searched(&world).await, (2, false));
}
