//! These tests put, replace and remove documents, and hold which of them are in force afterwards.

use super::world::{
    DETAILS, LAST, REPORTS, TENANT, World, expected, manifest, notify, now, put, refusal, shown, snapshot,
    tenant, users,
};
use model::inventory::Manifest;
use serde_json::json;

#[tokio::test]
async fn documents_are_taken_in_together_and_days_count_to_the_newest_report() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice", "bob"])).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice", "bob"], false));
    assert_eq!(
        snapshot(&world).await.unwrap().0.date,
        jiff::civil::date(2026, 4, 1)
    );
    put(&world, LAST, REPORTS).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice", "bob"], true));
    assert_eq!(
        snapshot(&world).await.unwrap().0.date,
        jiff::civil::date(2026, 2, 3)
    );
    assert_eq!(manifest(&world).await.accounts, [TENANT]);
    let current = world.state.table.current(&tenant()).await.unwrap().unwrap();
    assert_eq!(
        (current.counts.users, current.counts.accounts, current.revision),
        (2, 1, 2)
    );
}

#[tokio::test]
async fn a_broken_version_leaves_the_good_one_in_force_also_for_later_imports() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, LAST, REPORTS).await;
    let before = world.state.table.current(&tenant()).await.unwrap();
    put(
        &world,
        LAST,
        r#"{"reports":[{"Arn":"x","JobStatus":"FAILED","ServicesLastAccessed":[]}]}"#,
    )
    .await;
    assert!(refusal(&world, LAST).await.contains("its status is `FAILED`"));
    assert_eq!(world.state.table.current(&tenant()).await.unwrap(), before);
    put(&world, DETAILS, &users(&["alice", "carol"])).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice", "carol"], true));
    assert!(!refusal(&world, LAST).await.is_empty(), "it is still shown");
    put(&world, LAST, REPORTS).await;
    assert_eq!(refusal(&world, LAST).await, "");
}

#[tokio::test]
async fn what_was_imported_before_changes_nothing_and_is_not_read_again() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, "notes.txt", "x").await;
    let (before, reads) = (manifest(&world).await, world.bucket.reads());
    let current = world.state.table.current(&tenant()).await.unwrap();
    notify(&world, &[DETAILS, DETAILS]).await;
    put(&world, DETAILS, &users(&["alice"])).await;
    assert_eq!(manifest(&world).await, before);
    assert_eq!(world.bucket.reads(), reads);
    assert_eq!(world.state.table.current(&tenant()).await.unwrap(), current);
}

#[tokio::test]
async fn an_event_takes_in_what_other_events_did_not_name() {
    let world = World::start().await;
    world.put(DETAILS, &users(&["alice"]));
    world.put(LAST, REPORTS);
    notify(&world, &[LAST]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], true));
    assert_eq!(manifest(&world).await.revision, 1);
}

#[tokio::test]
async fn removed_documents_go_and_with_the_last_one_the_snapshot() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, LAST, REPORTS).await;
    world.remove(LAST);
    notify(&world, &[LAST]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
    world.remove(DETAILS);
    notify(&world, &[DETAILS]).await;
    assert_eq!(shown(&world).await, None);
    assert!(manifest(&world).await.documents.is_empty());
    put(&world, DETAILS, &users(&["bob"])).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["bob"], false));
}

#[tokio::test]
async fn an_emptied_bucket_takes_nothing_away_but_what_an_event_names() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, LAST, REPORTS).await;
    world.remove(DETAILS);
    world.remove(LAST);
    put(
        &world,
        "444455556666/authorization-details.json",
        r#"{"UserDetailList":[]}"#,
    )
    .await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], true));
    notify(&world, &[LAST]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
}

#[tokio::test]
async fn an_import_that_ended_between_manifest_and_snapshot_is_finished_by_the_next_event() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    let (manifest, seen) = world.state.table.manifest(&tenant()).await.unwrap();
    let next = Manifest {
        revision: 7,
        ..manifest
    };
    assert!(
        world
            .state
            .table
            .replace_manifest(&tenant(), &next, seen, now())
            .await
            .unwrap()
    );
    notify(&world, &[DETAILS]).await;
    assert_eq!(world.state.table.published_revision(&tenant()).await.unwrap(), 7);
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
}

#[tokio::test]
async fn imports_at_once_leave_everything_in_force() {
    let world = World::start().await;
    let name = |account: u64| format!("{account:012}/authorization-details.json");
    let import = |account: u64| {
        let (world, name) = (&world, name(account));
        async move {
            let user = json!({ "Arn": format!("arn:aws:iam::{account:012}:user/u{account}") });
            put(world, &name, &json!({ "UserDetailList": [user] }).to_string()).await;
        }
    };
    futures::future::join_all((1..=8).map(import)).await;
    assert_eq!(manifest(&world).await.accepted().count(), 8);
    assert_eq!(snapshot(&world).await.unwrap().1.details.users.len(), 8);
}
