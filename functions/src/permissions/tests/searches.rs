use api::permissions::Error;
use api::{Failure, Request};
use serde_json::{Value, json};

use super::world::{OTHER_ACCOUNT, READER, World, query, refused, request, user};
use crate::permissions::{get_permissions, suggest_query};

/// Returns status, headers and body.
fn shown(reply: &api::Reply) -> String {
    let headers = reply.headers().map(|(name, value)| format!("{name}: {value}"));
    let headers: Vec<String> = headers.collect();
    format!("{}\n{}\n\n{}", reply.code(), headers.join("\n"), reply.body())
}

#[tokio::test]
async fn a_search_answers_its_rows_as_documented() {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    let reply = world
        .get(query(
            "action.name = 's3:ListBucket' AND dest.cloud.resource.name IN ('logs', '*')",
            10,
        ))
        .await
        .unwrap();
    insta::assert_snapshot!(shown(&reply));
}

#[tokio::test]
async fn without_an_import_there_are_no_rows_and_the_reply_says_so() {
    let world = World::new().await;
    let reply = world.get(query("dest.cloud.type = 'AWS'", 10)).await.unwrap();
    insta::assert_snapshot!(shown(&reply));
    let reply = world.ask("dest.cloud.type = 'NCP'", 10).await;
    assert_eq!(
        (&reply["complete"], &reply["notEvaluated"], &reply["snapshot"]),
        (&json!(true), &json!([]), &Value::Null)
    );
}

#[tokio::test]
async fn csv_has_a_header_line_and_the_exact_type_and_ignores_the_limit() {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    let body = query("dest.cloud.service.name = 's3'", 1);
    let reply = world
        .get_as(super::world::ACCOUNT, &body, "text/csv")
        .await
        .unwrap();
    insta::assert_snapshot!(shown(&reply).replace('\r', "␍"));
    let nothing = query("dest.cloud.service.name = 'sqs'", 1);
    let reply = world
        .get_as(super::world::ACCOUNT, &nothing, "text/csv")
        .await
        .unwrap();
    assert_eq!(reply.header("x-total-rows"), Some("0"));
    assert_eq!(reply.body().matches("\r\n").count(), 1);
}

#[tokio::test]
async fn lines_of_json_are_rows() {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    let body = query("dest.cloud.service.name = 's3'", 1);
    let reply = world
        .get_as(super::world::ACCOUNT, &body, "application/x-ndjson")
        .await
        .unwrap();
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let rows: Vec<Value> = reply
        .body()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let asked = world.ask("dest.cloud.service.name = 's3'", 100).await;
    assert_eq!(Value::Array(rows), asked["data"]["items"]);
}

#[tokio::test]
async fn an_id_can_be_run_again_at_once_and_by_another_instance() {
    let mut world = World::new().await;
    let first = world.ask("source.public = true", 10).await;
    let id = first["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    world.restart();
    let mut again = query("source.public = true", 10);
    again["id"] = json!(id);
    let reply = world.get(again.clone()).await.unwrap();
    let reply: Value = serde_json::from_str(reply.body()).unwrap();
    assert_eq!(reply["id"], id.as_str());
    // The query decides what runs; what means the same is the same search.
    let mut other = query("Source.Public  =TRUE", 10);
    other["id"] = json!(id);
    let reply: Value = serde_json::from_str(world.get(other).await.unwrap().body()).unwrap();
    assert_eq!(
        (&reply["id"], &reply["query"]),
        (&json!(id), &json!("config from iam where Source.Public  =TRUE"))
    );
    let mut other = query("source.public = false", 10);
    other["id"] = json!(id);
    let reply: Value = serde_json::from_str(world.get(other).await.unwrap().body()).unwrap();
    assert_ne!(reply["id"], id.as_str());
    // For another tenant the search does not exist.
    assert_eq!(
        refused(world.get_as(OTHER_ACCOUNT, &again, "*/*").await),
        (404, "not_found".to_owned())
    );
}

#[tokio::test]
async fn an_id_that_is_no_search_is_not_found() {
    let world = World::new().await;
    for id in ["0123456789abcdef0123456789abcdef", "111111", "é", "../CURRENT"] {
        let mut body = query("source.public = true", 10);
        body["id"] = json!(id);
        assert_eq!(
            refused(world.get(body).await),
            (404, "not_found".to_owned()),
            "{id}"
        );
    }
}

#[tokio::test]
async fn rows_explain_themselves_when_asked() {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    let mut body = query("action.name = 's3:ListBucket'", 1);
    let plain: Value = serde_json::from_str(world.get(body.clone()).await.unwrap().body()).unwrap();
    assert!(plain["data"]["items"][0].get("explanation").is_none());
    body["explain"] = json!(true);
    let explained: Value = serde_json::from_str(world.get(body).await.unwrap().body()).unwrap();
    assert!(
        explained["data"]["items"][0]["explanation"].is_object(),
        "{explained}"
    );
    assert!(
        explained["data"]["items"][0]["explanation"]
            .get("policies")
            .is_none()
    );
}

#[tokio::test]
async fn the_whole_policies_of_a_row_are_shown_when_asked_for_on_every_page() {
    let three = r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":["arn:aws:s3:::a","arn:aws:s3:::b","arn:aws:s3:::c"]},
        {"Effect":"Allow","Action":"sqs:*"},{"Sid":"Keys","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::a/k"}"#;
    let mut world = World::new().await;
    world.import(&user(three)).await;
    let mut body = query("action.name = 's3:ListBucket'", 1);
    body["explain"] = json!("policies");
    let first: Value = serde_json::from_str(world.get(body).await.unwrap().body()).unwrap();
    let token = json!({ "pageToken": first["data"]["nextPageToken"] });
    let second: Value = serde_json::from_str(world.page(token).await.unwrap().body()).unwrap();
    let statements = json!({ "pageToken": second["nextPageToken"], "explain": true });
    let third: Value = serde_json::from_str(world.page(statements).await.unwrap().body()).unwrap();
    for explanation in [
        &first["data"]["items"][0]["explanation"],
        &second["items"][0]["explanation"],
    ] {
        let policies = explanation["policies"].as_array().unwrap();
        assert_eq!(policies.len(), 1, "the policy grants by one statement");
        let granting = &explanation["granting"][0];
        assert_eq!(policies[0]["policyId"], granting["policyId"]);
        let document = &policies[0]["json"];
        assert_eq!(document["Version"], "2012-10-17");
        assert_eq!(
            document["Statement"].as_array().unwrap().len(),
            3,
            "what takes no part is shown as well"
        );
        assert_eq!(document["Statement"][0], granting["json"]);
        assert_eq!(document["Statement"][2]["Sid"], "Keys");
    }
    let explanation = &third["items"][0]["explanation"];
    assert!(explanation["granting"][0]["json"].is_object() && explanation.get("policies").is_none());
}

#[tokio::test]
async fn remarks_stand_in_the_reply_only_when_there_are_some() {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    let reply = world.ask("action.name = 's3:GetObjekt'", 10).await;
    assert_eq!(
        reply["warnings"],
        json!([{
            "code": "UNKNOWN_ACTION",
            "message": "no action is called `s3:GetObjekt`; did you mean `s3:GetObject`?",
            "position": { "offset": 36, "line": 1, "column": 37, "length": 14 },
        }])
    );
    let reply = world.ask("action.name = 's3:GetObject'", 10).await;
    assert!(reply.get("warnings").is_none());
}

fn body_of(error: &Error) -> Value {
    serde_json::from_str(error.reply().body()).unwrap()
}

#[tokio::test]
async fn a_broken_query_is_told_where() {
    let world = World::new().await;
    for (condition, column, expected) in [
        (
            "source.public = true dest.cloud.type = 'AWS'",
            44,
            "expected: AND, OR, end of query",
        ),
        (
            "dest.cloud.resourse.type = 'user'",
            23,
            "expected: NOT, (, attribute",
        ),
        (
            "action.name = 's3:Get",
            37,
            "expected: string, source.cloud.account",
        ),
    ] {
        let error = world.get(query(condition, 10)).await.unwrap_err();
        let body = body_of(&error);
        assert_eq!(body["error"]["position"]["column"], column, "{body}");
        assert_eq!(body["error"]["details"][0], format!("line 1, column {column}"));
        if condition.starts_with("action") {
            continue;
        }
        assert_eq!(body["error"]["details"][1], expected);
    }
}

#[tokio::test]
async fn what_is_no_request_reads_nothing() {
    let world = World::new().await;
    let now = world.now;
    let handle = async |body: &str| {
        let request = request(super::world::ACCOUNT, body, "*/*", now);
        refused(get_permissions::handle(&world.state, request).await)
    };
    assert_eq!(handle("[]").await, (400, "invalid_json".to_owned()));
    assert_eq!(handle("{}").await, (400, "missing_field".to_owned()));
    assert_eq!(
        handle(r#"{"query":"q","limit":10001}"#).await,
        (400, "limit_out_of_range".to_owned())
    );
    assert_eq!(
        handle(r#"{"query":"config","limit":1}"#).await,
        (400, "rql_syntax".to_owned())
    );
    let blank = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
    assert_eq!(handle(&blank(64 * 1024)).await, (400, "missing_field".to_owned()));
    assert_eq!(
        handle(&blank(64 * 1024 + 1)).await,
        (413, "request_too_large".to_owned())
    );
    let nobody = Request::from_event(json!({ "body": "{}" }), now);
    assert_eq!(
        refused(get_permissions::handle(&world.state, nobody).await),
        (403, "forbidden".to_owned())
    );
    assert_eq!(world.faults.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_unavailable() {
    let world = World::new().await;
    world.faults.always(Some(testkit::Fault::Throttle));
    assert_eq!(
        refused(world.get(query("source.public = true", 1)).await),
        (503, "service_unavailable".to_owned())
    );
}

#[tokio::test]
async fn a_search_costs_few_requests_and_a_warm_function_fewer() {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    world
        .attach(
            "sub-1",
            "web",
            r#"{"product":"Server","actions":["View*"],"resourceNrns":["nrn:*:Server:*::*"]}"#,
        )
        .await;
    let cost = async |condition: &str, limit| {
        world.faults.requests();
        world.ask(condition, limit).await;
        let mut requests = world.faults.requests();
        requests.sort();
        requests.join(" ")
    };
    // These reads are: pointer, header and one piece of the snapshot; access policies, holdings, policies and the held
    // policy; and the search.
    insta::assert_snapshot!(cost("source.public = false", 10).await, @"GetItem GetItem GetItem GetItem GetItem Query Query Query Query UpdateItem");
    insta::assert_snapshot!(cost("source.public = false", 10).await, @"GetItem Query Query Query");
    // These reads are: the key of the tokens, and the grants.
    insta::assert_snapshot!(cost("source.public = false", 1).await, @"GetItem GetItem PutItem PutItem Query Query Query");
    insta::assert_snapshot!(cost("source.public = false", 1).await, @"GetItem Query Query Query");
    insta::assert_snapshot!(cost("dest.cloud.type = 'AWS'", 10).await, @"GetItem UpdateItem");
    insta::assert_snapshot!(cost("dest.cloud.type = 'AWS'", 10).await, @"GetItem");
}

#[tokio::test]
async fn suggestions_are_those_of_the_language_and_values_of_the_account() {
    let mut world = World::new().await;
    world.import(&user(READER)).await;
    let suggest = async |body: &str| {
        let request = request(super::world::ACCOUNT, body, "*/*", jiff::Timestamp::UNIX_EPOCH);
        suggest_query::handle(&world.state.accounts, request).await
    };
    let reply = suggest(r#"{"query":"config from iam where source.public=true"}"#)
        .await
        .unwrap();
    insta::assert_snapshot!(reply.body(), @r#"{"valid":true,"offset":40,"suggestions":["AND","OR"],"needsOffsetUpdate":true,"translate":false}"#);
    let reply = suggest(r#"{"query":""}"#).await.unwrap();
    insta::assert_snapshot!(reply.body(), @r#"{"valid":false,"offset":0,"suggestions":["config"],"needsOffsetUpdate":true,"translate":false}"#);
    let reply = suggest(r#"{"query":"config from iam where dest.cl"}"#)
        .await
        .unwrap();
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    assert_eq!((&body["valid"], &body["offset"]), (&json!(false), &json!(22)));
    let all = body["suggestions"].as_array().unwrap();
    assert!(
        !all.is_empty()
            && all
                .iter()
                .all(|name| name.as_str().unwrap().starts_with("dest.cl"))
    );
    let reply = suggest(r#"{"query":"config from iam where source.cloud.resource.id = 'arn:aws:iam::"}"#)
        .await
        .unwrap();
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    assert!(
        body["suggestions"][0].as_str().unwrap().contains(":user/"),
        "{body}"
    );
    assert_eq!(refused(suggest("{}").await), (400, "missing_field".to_owned()));
    assert_eq!(
        refused(suggest(r#"{"query":5}"#).await),
        (400, "invalid_type".to_owned())
    );
    let nobody = Request::from_event(json!({ "body": r#"{"query":""}"# }), jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(
        refused(suggest_query::handle(&world.state.accounts, nobody).await),
        (403, "forbidden".to_owned())
    );
}
