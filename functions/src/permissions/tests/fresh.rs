use serde_json::{Value, json};

use super::world::{OTHER_ACCOUNT, PORTAL, World, query};

const SERVERS: &str = r#"{"product":"Server","actions":["View*"],"resourceNrns":["nrn:*:Server:*::*"]}"#;

/// Returns source and action of each row.
async fn rows(world: &World, condition: &str) -> Vec<String> {
    let reply = world.ask(condition, 100).await;
    let items = reply["data"]["items"].as_array().unwrap().iter();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = items.map(|row| {
        format!(
            "{} {}",
            text(row, "sourceResourceName"),
            text(row, "effectiveActionName")
        )
    });
    rows.collect()
}

#[tokio::test]
async fn an_access_policy_is_a_row_as_soon_as_it_is_created_and_none_as_soon_as_it_is_deleted() {
    let world = World::new().await;
    let condition = format!("dest.cloud.resource.name = '{PORTAL}'");
    assert!(rows(&world, &condition).await.is_empty());
    world.grant(&json!({ "user": { "id": "user-1" } })).await;
    assert_eq!(
        rows(&world, &condition).await,
        ["user-1 iotsitewise:ADMINISTRATOR"]
    );
    let reply = world
        .get_as(OTHER_ACCOUNT, &query(&condition, 10), "*/*")
        .await
        .unwrap();
    assert!(reply.body().contains(r#""totalRows":0"#));
    world.revoke().await;
    assert!(rows(&world, &condition).await.is_empty());
}

#[tokio::test]
async fn a_policy_is_rows_as_soon_as_it_is_attached_and_others_as_soon_as_it_is_replaced() {
    let world = World::new().await;
    let condition = "dest.cloud.type = 'NCP'";
    assert!(rows(&world, condition).await.is_empty());
    world.attach("sub-1", "web", SERVERS).await;
    assert_eq!(rows(&world, condition).await, ["sub-1 Server:View*"]);
    world
        .replace(
            "web",
            r#"{"product":"VPC","actions":["Change*"],"resourceNrns":["nrn:*:VPC:*::*"]}"#,
        )
        .await;
    assert_eq!(rows(&world, condition).await, ["sub-1 VPC:Change*"]);
    let account = super::world::ACCOUNT.parse().unwrap();
    world.policies().detach(&account, "sub-1", "web").await.unwrap();
    assert!(rows(&world, condition).await.is_empty());
}
