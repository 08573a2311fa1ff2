use api::policies::Error;
use api::{Failure, Reply, Request};
use jiff::Timestamp;
use serde_json::{Value, json};

use store::Policies;
use testkit::Dynamo;

use super::{
    amend_policy, attach_policies, create_policy, delete_policies, delete_policy, get_policy, list_policies,
    list_policy_resources, list_sub_account_policies, update_policy, validate_policy,
};

fn request(body: &str, query: &Value) -> Request {
    let event = json!({
        "body": body,
        "queryStringParameters": query,
        "requestContext": { "identity": { "accountId": "111122223333" } },
    });
    Request::from_event(event, Timestamp::UNIX_EPOCH)
}

async fn validated(body: &str, query: Value) -> Result<Reply, Error> {
    validate_policy::handle(&(), request(body, &query)).await
}

const GOOD: &str = r#"{"policyName":"policy-test","description":"policy test ","permissions":[{"effect":"Allow","targets":[{"product":"Server","actions":["View*"],"resourceNrns":["*"]}]}]}"#;

#[tokio::test]
async fn a_valid_policy_is_told_so_in_a_flat_answer() {
    let reply = validated(GOOD, Value::Null).await.unwrap();
    assert_eq!(
        (reply.code(), reply.body()),
        (200, r#"{"success":true,"details":[]}"#)
    );
}

#[tokio::test]
async fn findings_are_written_in_the_order_of_the_published_example() {
    let body = format!(r#"{{"policyName":"{}","description":"x"}}"#, "a".repeat(31));
    let reply = validated(&body, Value::Null).await.unwrap();
    insta::assert_snapshot!(reply.body(), @r#"{"success":false,"details":[{"type":"ERROR","code":"iam.policy.invalidName.length.max","location":"policyName","message":"Policy name field must be less than 30 characters."},{"type":"ERROR","code":"iam.error.requiredFieldIsMissing","location":"permissions","message":"The required value is missing."}]}"#);
}

#[tokio::test]
async fn remarks_are_made_when_asked_for() {
    let reply = validated(GOOD, json!({ "includeInfo": "true" })).await.unwrap();
    assert!(
        reply.body().contains("iam.policy.info.nrnNormalised"),
        "{}",
        reply.body()
    );
    let error = validated(GOOD, json!({ "includeInfo": "yes" }))
        .await
        .unwrap_err();
    assert_eq!(error.reply().code(), 400);
}

#[tokio::test]
async fn what_is_no_policy_at_all_is_refused_with_its_place() {
    let error = validated("{\n\"a\":}", Value::Null).await.unwrap_err();
    insta::assert_snapshot!(error.reply().body(), @r#"{"error":{"errorCode":"100","message":"Bad Request Exception","details":"expected value at line 2, column 5"}}"#);
}

#[tokio::test]
async fn a_body_may_hold_a_mebibyte() {
    let blank = |length: usize| format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
    assert!(validated(&blank(1024 * 1024), Value::Null).await.is_ok());
    let error = validated(&blank(1024 * 1024 + 1), Value::Null).await.unwrap_err();
    assert_eq!(error.reply().code(), 413);
}

async fn table() -> (Dynamo, Policies) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table("PoliciesTable").await;
    let table = Policies::new(dynamo.client(), "PoliciesTable".to_owned());
    (dynamo, table)
}

/// Returns a request about a policy or a sub account, with an `If-Match` unless it is empty.
fn about(id: &str, body: &str, if_match: &str) -> Request {
    let mut event = json!({
        "body": body,
        "pathParameters": { "policyId": id, "subAccountId": "sub-1" },
        "queryStringParameters": { "withPermissions": "true" },
        "requestContext": { "identity": { "accountId": "111122223333" } },
    });
    if !if_match.is_empty() {
        event["headers"] = json!({ "if-match": if_match });
    }
    Request::from_event(event, Timestamp::UNIX_EPOCH)
}

/// Returns status, tag and body, without the id of the policy.
fn shown(outcome: Result<Reply, Error>, id: &str) -> String {
    let reply = outcome.unwrap_or_else(|error| error.reply());
    let tag = reply.header("etag").unwrap_or("-");
    format!("{} {tag} {}", reply.code(), reply.body()).replace(id, "<id>")
}

#[tokio::test]
async fn a_policy_is_created_read_updated_attached_and_then_not_deleted() {
    let (_dynamo, table) = table().await;
    let created = create_policy::handle(&table, about("-", GOOD, "")).await.unwrap();
    let reply: Value = serde_json::from_str(created.body()).unwrap();
    let id = reply["policyId"].as_str().unwrap();
    let ids = format!(r#"{{"policyIdList":["{id}"]}}"#);
    let story = [
        shown(Ok(created), id),
        shown(get_policy::handle(&table, about(id, "", "")).await, id),
        shown(update_policy::handle(&table, about(id, GOOD, "\"1\"")).await, id),
        shown(update_policy::handle(&table, about(id, GOOD, "\"1\"")).await, id),
        shown(update_policy::handle(&table, about(id, GOOD, "1")).await, id),
        shown(
            update_policy::handle(&table, about("none", GOOD, "\"1\"")).await,
            id,
        ),
        shown(attach_policies::handle(&table, about("-", &ids, "")).await, id),
        shown(
            list_sub_account_policies::handle(&table, about("-", "", "")).await,
            id,
        ),
        shown(list_policy_resources::handle(&table, about(id, "", "")).await, id),
        shown(delete_policy::handle(&table, about(id, "", "")).await, id),
        shown(delete_policies::handle(&table, about("-", &ids, "")).await, id),
    ];
    insta::assert_snapshot!(story.join("\n"), @r#"
    200 "1" {"policyId":"<id>","policyName":"policy-test","description":"policy test ","validationResult":{"success":true}}
    200 "1" {"policyId":"<id>","policyName":"policy-test","policyType":"USER_CREATED","policyDesc":"policy test ","nrn":"nrn:PUB:IAM::111122223333:Policy/<id>","permissions":[{"effect":"Allow","targets":[{"product":"Server","actions":["View*"],"resourceNrns":["nrn:*:Server:*::*"]}]}]}
    200 "2" {"policyId":"<id>","policyName":"policy-test","description":"policy test ","validationResult":{"success":true}}
    412 - {"errorCode":43,"message":"The policy has been changed since it was read."}
    400 - {"error":{"errorCode":"100","message":"Bad Request Exception","details":"If-Match must be * or a list of at most 100 entity tags"}}
    404 - {"errorCode":30,"message":"Policy does not exist. (policyId: none)"}
    200 - [{"success":true,"id":"<id>","name":"addPolicy"}]
    200 - {"page":0,"totalPages":1,"totalItems":1,"hasPrevious":false,"hasNext":false,"isFirst":true,"isLast":true,"items":[{"policyId":"<id>","policyName":"policy-test","policyType":"USER_CREATED","policyDesc":"policy test ","nrn":"nrn:PUB:IAM::111122223333:Policy/<id>"}]}
    200 - [{"resourceType":"SubAccount","resourceId":"sub-1","resourceName":"sub-1","nrn":"nrn:PUB:IAM::111122223333:SubAccount/sub-1"}]
    409 - {"errorCode":41,"message":"The policy is attached and cannot be deleted."}
    200 - [{"success":false,"id":"<id>","message":"The policy is attached and cannot be deleted."}]
    "#);
}

#[tokio::test]
async fn each_policy_of_a_list_is_deleted_or_refused_alone() {
    let (_dynamo, table) = table().await;
    let created = create_policy::handle(&table, about("-", GOOD, "")).await.unwrap();
    let reply: Value = serde_json::from_str(created.body()).unwrap();
    let id = reply["policyId"].as_str().unwrap();
    let resources = list_policy_resources::handle(&table, about(id, "", "")).await;
    assert_eq!(shown(resources, id), "200 - []");
    let ids = format!(r#"{{"policyIdList":["{id}","none","{id}"]}}"#);
    insta::assert_snapshot!(shown(delete_policies::handle(&table, about("-", &ids, "")).await, id), @r#"200 - [{"success":true,"id":"<id>","name":"deletePolicy"},{"success":false,"id":"none","message":"This policy isn't registered."},{"success":false,"id":"<id>","message":"This policy isn't registered."}]"#);
    let resources = list_policy_resources::handle(&table, about(id, "", "")).await;
    assert_eq!(resources.unwrap_err().reply().code(), 404);
}

#[tokio::test]
async fn a_policy_that_the_caller_has_already_is_not_sent_again() {
    let (_dynamo, table) = table().await;
    let created = create_policy::handle(&table, about("-", GOOD, "")).await.unwrap();
    let reply: Value = serde_json::from_str(created.body()).unwrap();
    let id = reply["policyId"].as_str().unwrap();
    let with = |tag: &str| {
        let event = json!({
            "headers": { "If-None-Match": tag },
            "pathParameters": { "policyId": id },
            "queryStringParameters": { "withPermissions": "True" },
            "requestContext": { "identity": { "accountId": "111122223333" } },
        });
        Request::from_event(event, Timestamp::UNIX_EPOCH)
    };
    assert_eq!(
        shown(get_policy::handle(&table, with("\"1\"")).await, id),
        "304 \"1\" "
    );
    let whole = get_policy::handle(&table, with("\"2\"")).await.unwrap();
    assert!(
        whole.code() == 200 && whole.body().contains("permissions"),
        "{}",
        whole.body()
    );
}

#[tokio::test]
async fn without_an_identity_nothing_is_read() {
    let (_dynamo, table) = table().await;
    let request = Request::from_event(json!({}), Timestamp::UNIX_EPOCH);
    assert_eq!(
        list_policies::handle(&table, request)
            .await
            .unwrap_err()
            .reply()
            .code(),
        403
    );
}

const PERMISSIONS: &str = r#""permissions":[{"effect":"Allow","targets":[{"product":"Server","actions":["Change*"],"resourceNrns":["*"]}]}]"#;

#[tokio::test]
async fn an_amendment_keeps_what_its_body_leaves_out() {
    let (_dynamo, table) = table().await;
    let created = create_policy::handle(&table, about("-", GOOD, "")).await.unwrap();
    let reply: Value = serde_json::from_str(created.body()).unwrap();
    let id = reply["policyId"].as_str().unwrap();
    let amend = |body: String, if_match: &'static str| {
        let table = &table;
        async move { shown(amend_policy::handle(table, about(id, &body, if_match)).await, id) }
    };
    let story = [
        amend(format!("{{{PERMISSIONS}}}"), "").await,
        amend(format!(r#"{{"description":"new",{PERMISSIONS}}}"#), "\"2\"").await,
        amend(
            format!(r#"{{"policyName":"renamed",{PERMISSIONS},"description":""}}"#),
            "",
        )
        .await,
        amend(format!(r#"{{"policyName":null,{PERMISSIONS}}}"#), "\"4\"").await,
        amend(format!("{{{PERMISSIONS}}}"), "\"1\"").await,
        amend(" { } ".to_owned(), "").await,
        amend("[]".to_owned(), "").await,
        amend(
            format!(r#"{{"policyName":"a","policyName":"b",{PERMISSIONS}}}"#),
            "",
        )
        .await,
        shown(amend_policy::handle(&table, about("none", "{}", "")).await, id),
        // At the path of the original documentation both members stay required.
        shown(
            update_policy::handle(&table, about(id, &format!("{{{PERMISSIONS}}}"), "")).await,
            id,
        ),
    ];
    insta::assert_snapshot!(story.join("\n"));
}

#[tokio::test]
async fn many_policies_are_deleted_by_a_list_that_is_the_body_itself() {
    let (_dynamo, table) = table().await;
    let created = create_policy::handle(&table, about("-", GOOD, "")).await.unwrap();
    let reply: Value = serde_json::from_str(created.body()).unwrap();
    let id = reply["policyId"].as_str().unwrap();
    let delete = |body: &str| {
        let request = about("-", body, "");
        let table = &table;
        async move { delete_policies::handle(table, request).await }
    };
    for faulty in ["[]", "[1]", r#"["a""#, r#"["a"],"other":1"#, r#"["a"]]"#] {
        let error = delete(faulty).await.unwrap_err();
        assert_eq!(error.reply().code(), 400, "{faulty}");
    }
    let replies = delete(&format!(r#" ["{id}", "none"]"#)).await.unwrap();
    let replies: Value = serde_json::from_str(replies.body()).unwrap();
    assert_eq!(
        (&replies[0]["id"], &replies[0]["success"]),
        (&json!(id), &json!(true))
    );
    assert_eq!(
        (&replies[1]["id"], &replies[1]["success"]),
        (&json!("none"), &json!(false))
    );
}
