use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use inventory::{Inventory, read_authorization_details, read_credential_report};
use serde_json::{Value, json};

use super::world::{ACCOUNT, OTHER_ACCOUNT, READER, World, ids, query, refused, user};

const SERVERS: &str =
    r#"{"product":"Server","actions":["View*","Change*"],"resourceNrns":["nrn:*:Server:*::*"]}"#;
const EVERYTHING: &str = "source.public = false";

async fn world() -> World {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    world.attach("sub-1", "web", SERVERS).await;
    world
        .grant(&json!({ "iamUser": { "arn": "arn:aws:iam::111122223333:user/alice" } }))
        .await;
    world
}

/// Returns the page behind a token.
async fn next(world: &World, token: &Value) -> Value {
    let reply = world.page(json!({ "pageToken": token })).await.unwrap();
    serde_json::from_str(reply.body()).unwrap()
}

#[tokio::test]
async fn pages_of_any_size_concatenate_to_the_whole() {
    let mut world = world().await;
    let whole = world.ask(EVERYTHING, 10_000).await;
    let total = whole["data"]["totalRows"].as_u64().unwrap();
    let all = ids(&whole["data"]["items"]);
    assert_eq!(
        (all.len() as u64, &whole["data"]["nextPageToken"]),
        (total, &Value::Null)
    );
    for first in 1..=total {
        for then in [1, 2, 1000] {
            let reply = world.ask(EVERYTHING, first).await;
            let mut seen = ids(&reply["data"]["items"]);
            let mut token = reply["data"]["nextPageToken"].clone();
            while !token.is_null() {
                // The request for each page may reach another instance.
                if then == 2 {
                    world.restart();
                }
                let body = json!({ "pageToken": token, "limit": then });
                let page = world.page(body.clone()).await.unwrap();
                let again = world.page(body).await.unwrap();
                assert_eq!(page.body(), again.body(), "the same token, other rows");
                let page: Value = serde_json::from_str(page.body()).unwrap();
                assert_eq!(page["totalRows"], total);
                let rows = ids(&page["items"]);
                assert!(!rows.is_empty(), "an empty page has had a token");
                seen.extend(rows);
                token = page["nextPageToken"].clone();
            }
            assert_eq!(seen, all, "{first}, then {then}");
        }
    }
}

#[tokio::test]
async fn the_limit_of_the_first_page_is_that_of_the_others() {
    let world = world().await;
    let mut body = query("dest.cloud.resource.name = 'logs' OR source.public = false", 2);
    body["explain"] = json!(true);
    let reply: Value = serde_json::from_str(world.get(body).await.unwrap().body()).unwrap();
    let page = next(&world, &reply["data"]["nextPageToken"]).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let members: Vec<&String> = page.as_object().unwrap().keys().collect();
    assert_eq!(members.len(), 4);
    assert_eq!(page["searchedDestCloudResourceNames"], json!(["logs"]));
}

/// Days since a login count up to the day of the search, which is the day of its first page.
#[tokio::test]
async fn a_page_of_the_next_day_belongs_to_the_search_of_the_day_before() {
    let report = format!(
        "arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,access_key_1_active,\
         access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
         access_key_2_last_used_date\narn:aws:iam::{ACCOUNT}:user/alice,2025-01-01,true,2026-03-31,N/A,true,false,N/A,N/A,\
         false,N/A,N/A\n"
    );
    let three = r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":["arn:aws:s3:::a","arn:aws:s3:::b","arn:aws:s3:::c"]}"#;
    let mut world = World::new().await;
    world
        .import_all(Inventory {
            details: read_authorization_details(&user(three)).unwrap(),
            credentials: Some(read_credential_report(&report).unwrap()),
            ..Inventory::default()
        })
        .await;
    let condition = "grantedby.cloud.entity.lastlogin.days <= 1";
    let first = world.ask(condition, 1).await;
    assert_eq!(first["data"]["totalRows"], 3);
    let second = next(&world, &first["data"]["nextPageToken"]).await;
    world.wait(13);
    let again = next(&world, &first["data"]["nextPageToken"]).await;
    let third = next(&world, &again["nextPageToken"]).await;
    assert_eq!(ids(&again["items"]), ids(&second["items"]));
    assert_eq!(
        (ids(&third["items"]).len(), &third["nextPageToken"]),
        (1, &Value::Null)
    );
    assert_eq!(world.ask(condition, 1).await["data"]["totalRows"], 0);
}

#[tokio::test]
async fn pages_show_what_the_first_one_saw_whatever_happens_meanwhile() {
    let mut world = world().await;
    let all = ids(&world.ask(EVERYTHING, 10_000).await["data"]["items"]);
    let reply = world.ask(EVERYTHING, 1).await;
    let token = reply["data"]["nextPageToken"].clone();
    world
        .import(&user(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#))
        .await;
    world
        .replace(
            "web",
            r#"{"product":"VPC","actions":["*"],"resourceNrns":["nrn:*:VPC:*::*"]}"#,
        )
        .await;
    world.revoke().await;
    assert_ne!(ids(&world.ask(EVERYTHING, 10_000).await["data"]["items"]), all);
    for is_cold in [false, true] {
        if is_cold {
            world.restart();
        }
        let page = world
            .page(json!({ "pageToken": token, "limit": 10_000 }))
            .await
            .unwrap();
        let page: Value = serde_json::from_str(page.body()).unwrap();
        let mut seen = ids(&reply["data"]["items"]);
        seen.extend(ids(&page["items"]));
        assert_eq!(seen, all);
    }
}

#[tokio::test]
async fn a_token_ends_with_its_snapshot_a_day_after_a_newer_one() {
    let mut world = world().await;
    let token = world.ask("dest.cloud.type = 'AWS'", 1).await["data"]["nextPageToken"].clone();
    world
        .import(&user(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#))
        .await;
    world.wait(24);
    world.restart();
    next(&world, &token).await;
    world.wait(2);
    world.restart();
    let outcome = world.page(json!({ "pageToken": token })).await;
    assert_eq!(refused(outcome), (410, "page_token_expired".to_owned()));
}

/// Takes items away, as the database does when they are over.
async fn sweep(world: &World, prefix: &str) {
    let client = world.dynamo.client();
    let found = client.scan().table_name("PermissionsTable").send().await.unwrap();
    let mut swept = 0;
    for mut item in found.items.unwrap_or_default() {
        if item["sk"].as_s().unwrap().starts_with(prefix) {
            item.retain(|name, _| name == "pk" || name == "sk");
            let delete = client.delete_item().table_name("PermissionsTable");
            delete.set_key(Some(item)).send().await.unwrap();
            swept += 1;
        }
    }
    assert!(swept > 0, "nothing begins with {prefix}");
}

#[tokio::test]
async fn a_token_outlives_its_grants_as_long_as_they_have_not_changed() {
    let mut world = world().await;
    let token = world.ask(EVERYTHING, 1).await["data"]["nextPageToken"].clone();
    sweep(&world, "STACK#").await;
    world.restart();
    next(&world, &token).await;
    sweep(&world, "STACK#").await;
    world.revoke().await;
    world.restart();
    let outcome = world.page(json!({ "pageToken": token })).await;
    assert_eq!(refused(outcome), (410, "page_token_expired".to_owned()));
}

#[tokio::test]
async fn a_token_ends_with_its_search() {
    let world = world().await;
    let token = world.ask(EVERYTHING, 1).await["data"]["nextPageToken"].clone();
    sweep(&world, "SEARCH#").await;
    let outcome = world.page(json!({ "pageToken": token })).await;
    assert_eq!(refused(outcome), (410, "page_token_expired".to_owned()));
}

#[tokio::test]
async fn every_changed_byte_of_a_token_is_refused_alike() {
    let world = world().await;
    let token = world.ask(EVERYTHING, 1).await["data"]["nextPageToken"].clone();
    let token = token.as_str().unwrap();
    assert!(token.len() <= 1024);
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1 << (index % 8);
        let outcome = world
            .page(json!({ "pageToken": URL_SAFE_NO_PAD.encode(changed) }))
            .await;
        assert_eq!(
            refused(outcome),
            (400, "invalid_page_token".to_owned()),
            "{index}"
        );
    }
    for other in [
        "x",
        "++fdfkjsdlfsdfdFDSFDFSDFdfdssfdFDS",
        &format!("{token}="),
        token.trim_start_matches('A'),
    ] {
        let outcome = world.page(json!({ "pageToken": other })).await;
        assert_eq!(
            refused(outcome),
            (400, "invalid_page_token".to_owned()),
            "{other}"
        );
    }
    let outcome = world
        .page_as(OTHER_ACCOUNT, &json!({ "pageToken": token }), "*/*")
        .await;
    assert_eq!(refused(outcome), (400, "invalid_page_token".to_owned()));
    let outcome = world.page(json!({ "pageToken": "" })).await;
    assert_eq!(refused(outcome), (400, "missing_field".to_owned()));
    let outcome = world.page(json!({ "pageToken": token, "limit": 0 })).await;
    assert_eq!(refused(outcome), (400, "limit_out_of_range".to_owned()));
}

#[tokio::test]
async fn a_reply_is_cut_where_it_becomes_too_large_and_goes_on_behind_its_token() {
    let mut world = World::new().await;
    world
        .import(&user(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#))
        .await;
    for accept in ["text/csv", "application/json"] {
        let body = query("source.public = false", 10_000);
        let mut reply = world.get_as(ACCOUNT, &body, accept).await.unwrap();
        let (mut rows, mut replies) = (0, 0);
        let total = loop {
            // The body is measured as a JSON string, which is how Lambda takes it. The members beside the rows are a
            // few kilobytes.
            assert!(serde_json::to_string(reply.body()).unwrap().len() <= 5_010_000);
            let (in_reply, total, token) = read(&reply, accept);
            assert!(in_reply > 0);
            rows += in_reply;
            replies += 1;
            let Some(token) = token else { break total };
            let body = json!({ "pageToken": token });
            reply = world.page_as(ACCOUNT, &body, accept).await.unwrap();
        };
        assert_eq!(rows, total, "{accept}");
        assert!(replies > 2, "{accept}: {replies} replies of {total} rows");
    }
}

/// Returns the number of rows, the number of rows of the whole, and the token.
fn read(reply: &api::Reply, accept: &str) -> (u64, u64, Option<String>) {
    if accept == "application/json" {
        let body: Value = serde_json::from_str(reply.body()).unwrap();
        let data = body.get("data").unwrap_or(&body);
        return (
            data["items"].as_array().unwrap().len() as u64,
            data["totalRows"].as_u64().unwrap(),
            data["nextPageToken"].as_str().map(str::to_owned),
        );
    }
    let header = u64::from(accept == "text/csv");
    let lines = reply.body().lines().count() as u64;
    let total = reply.header("x-total-rows").unwrap().parse().unwrap();
    (
        lines - header,
        total,
        reply.header("x-next-page-token").map(str::to_owned),
    )
}

#[tokio::test]
async fn a_further_page_comes_in_every_form() {
    let world = world().await;
    let token = world.ask(EVERYTHING, 1).await["data"]["nextPageToken"].clone();
    let body = json!({ "pageToken": token, "limit": 1 });
    let form = async |accept: &str| {
        let reply = world.page_as(ACCOUNT, &body, accept).await.unwrap();
        let token = reply.header("x-next-page-token").is_some();
        let rest = reply.body().lines().count();
        (reply.header("content-type").unwrap().to_owned(), token, rest)
    };
    assert_eq!(form("*/*").await, ("application/json".to_owned(), false, 1));
    assert_eq!(form("text/plain").await, ("text/plain".to_owned(), false, 1));
    // The file holds all remaining rows, whatever the limit is, under a header line of its own.
    let total = world.ask(EVERYTHING, 1).await["data"]["totalRows"]
        .as_u64()
        .unwrap();
    assert_eq!(
        form("text/csv").await,
        ("text/csv".to_owned(), false, usize::try_from(total).unwrap())
    );
}
