//! A snapshot of several shards: each is answered by the function `SearchShard`, behind the API of Lambda, and the replies are
//! those of one shard.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use api::{Event, Failure};
use aws::Function;
use inventory::{Inventory, ShardSize, read_authorization_details, read_compute, read_organization};
use model::permissions::Limit;
use serde_json::{Value, json};
use store::Permissions;
use store::permissions::{PagePosition, SearchId};
use testkit::server::{Call, Reply, Server, reply};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::world::{ACCOUNT, World, account, ids, query, refused, request};
use crate::permissions::{ImportedAccounts, search_shard, suggest_query};

/// Queries about everything that shards reply to differently
const CONDITIONS: [&str; 16] = [
    "source.cloud.type = 'AWS'",
    "dest.cloud.type = 'AWS' OR dest.cloud.type = 'SITEWISE'",
    "source.cloud.account = '222222222222'",
    "source.cloud.resource.id = 'arn:aws:iam::333333333333:user/u3'",
    "source.cloud.resource.name = 'u4'",
    "source.cloud.resource.name = 'nobodi'",
    "source.public = true",
    "action.name CONTAINS ALL ('s3:GetObject', 'sqs:SendMessage')",
    "source.cloud.resource.type = 'account' AND action.name CONTAINS ALL ('sts:AssumeRole', 'sts:TagSession')",
    "dest.cloud.resource.id COVERS 'arn:aws:s3:::b/x'",
    "source.cloud.resource.type = 'function'",
    "source.reachesadministrator = true",
    "action.lastaccess.days > 90",
    "source.mfaenabled = true",
    "action.access.isadministrative = true AND NOT source.cloud.account = '111111111111'",
    "source.cloud.account = '999999999999'",
];

/// Makes four accounts. A role of each trusts the next account and an account that no document describes.
fn inventory() -> Inventory {
    let accounts = ["111111111111", "222222222222", "333333333333", "444444444444"];
    let allow = r#"{"Statement":{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket","sqs:SendMessage","iam:PutUserPolicy"],"Resource":"*"}}"#;
    let (mut users, mut roles, mut functions) = (Vec::new(), Vec::new(), Vec::new());
    for (number, one) in accounts.iter().enumerate() {
        let next = accounts[(number + 1) % accounts.len()];
        users.push(format!(
            r#"{{"Arn":"arn:aws:iam::{one}:user/u{n}","UserName":"u{n}","UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{allow}}}],
            "AttachedManagedPolicies":[{{"PolicyName":"gone","PolicyArn":"arn:aws:iam::{one}:policy/gone"}}]}}"#,
            n = number + 1
        ));
        roles.push(format!(
            r#"{{"Arn":"arn:aws:iam::{one}:role/r","RoleName":"r","RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{allow}}}],
            "AssumeRolePolicyDocument":{{"Statement":{{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],
            "Principal":{{"AWS":["{next}","999988887777"],"Service":"lambda.amazonaws.com"}}}}}}}}"#
        ));
        functions.push(format!(
            r#"{{"arn":"arn:aws:lambda:eu-west-1:{one}:function:f","roleArn":"arn:aws:iam::{one}:role/r"}}"#
        ));
    }
    let details = format!(
        r#"{{"UserDetailList":[{}],"RoleDetailList":[{}]}}"#,
        users.join(","),
        roles.join(",")
    );
    let compute = format!(
        r#"{{"account":"111111111111","computeResources":[{}]}}"#,
        functions.join(",")
    );
    let organization = r#"{"organizationId":"o-1","root":{"id":"r-1","accounts":[{"id":"111111111111","name":"One"},
        {"id":"222222222222","name":"Two"},{"id":"333333333333"}]}}"#;
    Inventory {
        details: read_authorization_details(&details).unwrap(),
        compute: Some(read_compute(&compute).unwrap()),
        organization: Some(read_organization(organization).unwrap()),
        ..Inventory::default()
    }
}

/// Makes a world with a snapshot whose shards hold `principals` principals each, and with a function that replies for shards.
async fn world(
    principals: usize,
    answer: impl Fn(usize) -> Option<Reply> + Clone + Send + Sync + 'static,
) -> (World, Server) {
    let mut world = World::new().await;
    world.shard_size = ShardSize {
        principals,
        bytes: usize::MAX,
    };
    world.import_all(inventory()).await;
    world
        .grant(&json!({ "iamUser": { "arn": "arn:aws:iam::222222222222:user/u2" } }))
        .await;
    let permissions = Permissions::new(world.dynamo.client(), "PermissionsTable".to_owned());
    let accounts = Arc::new(ImportedAccounts::new(permissions).without_reports());
    let now = world.now;
    let server = Server::start(move |call: &Call| {
        let event: Value = serde_json::from_str(&call.body).unwrap();
        let shard = usize::try_from(event["shard"].as_u64().unwrap()).unwrap();
        if let Some(reply) = answer(shard) {
            return reply;
        }
        let told = block_in_place(|| {
            Handle::current().block_on(search_shard::handle(&accounts, Event::new(event, now)))
        });
        match told {
            Ok(told) => reply(200, serde_json::to_string(&told).unwrap()),
            Err(error) => failed(&error.to_string()),
        }
    })
    .await;
    world.search_by(Function::of(&server.config(), "SearchShard".to_owned()));
    (world, server)
}

fn failed(message: &str) -> Reply {
    let mut failed = reply(200, json!({ "errorMessage": message }).to_string());
    failed
        .headers_mut()
        .insert("x-amz-function-error", "Unhandled".parse().unwrap());
    failed
}

/// Returns a reply without the members that name the snapshot.
fn without_snapshot(mut reply: Value) -> Value {
    for member in ["snapshot", "nextPageToken"] {
        let place = if reply["data"].is_object() {
            &mut reply["data"][member]
        } else {
            &mut reply[member]
        };
        *place = json!(!place.is_null());
    }
    reply["snapshot"] = Value::Null;
    reply
}

/// Returns all pages of a query, in a form.
async fn pages(world: &World, condition: &str, limit: u64) -> Vec<Value> {
    let mut body = query(condition, limit);
    body["explain"] = json!(limit == 20);
    let first = world.get(body).await.unwrap();
    let first: Value = serde_json::from_str(first.body()).unwrap();
    let mut token = first["data"]["nextPageToken"].clone();
    let mut all = vec![without_snapshot(first)];
    while !token.is_null() {
        let next = world.page(json!({ "pageToken": token })).await.unwrap();
        let next: Value = serde_json::from_str(next.body()).unwrap();
        token = next["nextPageToken"].clone();
        all.push(without_snapshot(next));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_reply_over_shards_is_that_of_one_shard() {
    let (one, no_calls) = world(1_000, |_| None).await;
    let (several, calls) = world(2, |_| None).await;
    let mut rows = 0;
    for condition in CONDITIONS {
        for limit in [20, 10_000] {
            let (expected, found) = (
                pages(&one, condition, limit).await,
                pages(&several, condition, limit).await,
            );
            rows += expected[0]["data"]["totalRows"].as_u64().unwrap();
            assert_eq!(found, expected, "{condition}");
        }
        for accept in ["text/csv", "application/x-ndjson"] {
            let file = async |world: &World| {
                let reply = world.get_as(ACCOUNT, &query(condition, 5), accept).await.unwrap();
                (
                    reply.body().to_owned(),
                    reply.header("x-total-rows").map(str::to_owned),
                )
            };
            assert_eq!(file(&several).await, file(&one).await, "{condition}");
        }
        for fields in [
            json!([]),
            json!(["source"]),
            json!(["action", "destCloudAccount"]),
            json!(["grantedByPolicy"]),
        ] {
            let body =
                json!({ "query": format!("config from iam where {condition}"), "groupByFields": fields });
            let groups = async |world: &World| without_snapshot(world.ask_v4(&body).await);
            assert_eq!(groups(&several).await, groups(&one).await, "{condition} {fields}");
        }
    }
    assert!(rows > 200, "{rows}");
    assert!(
        no_calls.calls().is_empty(),
        "a single shard is answered in process"
    );
    assert!(!calls.calls().is_empty());
    for text in [
        "source.cloud.resource.name = '",
        "source.cloud.account = 't",
        "grantedby.cloud.policy.id = 'arn:aws:iam::1",
    ] {
        let body = json!({ "query": format!("config from iam where {text}") }).to_string();
        let suggested = async |world: &World| {
            let request = request(ACCOUNT, &body, "*/*", world.now);
            suggest_query::handle(&world.state.accounts, request)
                .await
                .unwrap()
                .body()
                .to_owned()
        };
        let expected = suggested(&one).await;
        assert!(expected.contains('\''), "{expected}");
        assert_eq!(suggested(&several).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_search_asks_the_shards_that_can_have_rows_and_those_that_know_a_name() {
    let (world, server) = world(2, |_| None).await;
    let asked = async |condition: &str| {
        let before = server.calls().len();
        world.ask(condition, 1).await;
        server.calls().len() - before
    };
    assert_eq!(
        asked("source.cloud.account = '333333333333' AND source.cloud.resource.type = 'user'").await,
        1
    );
    // A name of one shard needs no other shard; a name that the shard does not have may belong to another shard.
    let of_third = "source.cloud.account = '333333333333' AND source.cloud.resource.type = 'user' AND source.cloud.resource.name";
    assert_eq!(asked(&format!("{of_third} = 'u3'")).await, 1);
    assert_eq!(asked(&format!("{of_third} = 'u4'")).await, 4);
    assert_eq!(asked("dest.cloud.type = 'NCLOUD'").await, 1);
    assert_eq!(asked("source.cloud.resource.type = 'user'").await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_one_shard_there_is_no_answer() {
    let failing = |shard: usize| (shard == 2).then(|| failed("out of memory"));
    let (world, _server) = world(2, failing).await;
    let unavailable = (503, "service_unavailable".to_owned());
    let everywhere = query("source.cloud.resource.type = 'user'", 5);
    assert_eq!(refused(world.get(everywhere.clone()).await), unavailable);
    let reply = world.get(everywhere).await.unwrap_err().reply();
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert!(!reply.body().contains("memory"), "{}", reply.body());
    // A query that needs only other shards is answered.
    let elsewhere = "source.cloud.account = '111111111111' AND source.cloud.resource.type = 'user'";
    assert!(!ids(&world.ask(elsewhere, 5).await["data"]["items"]).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shard_that_is_late_fails_the_search() {
    let (mut world, _server) = world(2, |shard| {
        (shard == 1).then(|| {
            // This is longer than anybody waits.
            block_in_place(|| Handle::current().block_on(tokio::time::sleep(Duration::from_hours(1))));
            reply(200, "{}")
        })
    })
    .await;
    world.give_up_after(Duration::from_secs(1));
    let outcome = world.get(query("source.cloud.resource.type = 'user'", 5)).await;
    assert_eq!(refused(outcome), (503, "service_unavailable".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shard_that_is_refused_is_asked_until_lambda_takes_the_question() {
    let refused = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&refused);
    // As in an AWS account in which few invocations run at once.
    let (several, _server) = world(2, move |_| {
        (counted.fetch_add(1, Ordering::Relaxed) < 20).then(|| {
            let mut refused = reply(429, r#"{"Reason":"ConcurrentInvocationLimitExceeded"}"#);
            let kind = "TooManyRequestsException".parse().unwrap();
            refused.headers_mut().insert("x-amzn-errortype", kind);
            refused
        })
    })
    .await;
    let (one, _none) = world(1_000, |_| None).await;
    let condition = CONDITIONS[0];
    assert_eq!(
        pages(&several, condition, 10_000).await,
        pages(&one, condition, 10_000).await
    );
    assert!(refused.load(Ordering::Relaxed) > 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shards_that_have_instances_of_their_own_are_told_apart_by_their_first_accounts() {
    let (mut world, server) = world(2, |_| None).await;
    world.ask("source.cloud.resource.type = 'user'", 5).await;
    assert!(server.calls().iter().all(|call| call.tenant.is_empty()));
    let before = server.calls().len();
    world.isolate_shards();
    world.ask("source.cloud.resource.type = 'user'", 5).await;
    let calls = server.calls().into_iter().skip(before);
    let tenants: BTreeSet<String> = calls.map(|call| call.tenant).collect();
    let accounts = ["111111111111", "222222222222", "333333333333", "444444444444"];
    let expected = accounts.map(|account| format!("{ACCOUNT}/{account}"));
    assert_eq!(tenants, BTreeSet::from(expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_snapshot_whose_shard_is_lost_is_wished_anew() {
    let lost = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lost);
    let (world, _server) = world(2, move |shard| {
        (shard == 0).then(|| {
            counted.fetch_add(1, Ordering::Relaxed);
            reply(200, r#"{"reply":null}"#)
        })
    })
    .await;
    let outcome = world.get(query("source.cloud.resource.type = 'user'", 5)).await;
    assert_eq!(refused(outcome), (503, "service_unavailable".to_owned()));
    // The snapshot is tried once; there is no former one.
    assert_eq!(lost.load(Ordering::Relaxed), 1);
    let items = world.dynamo.client().scan().table_name("PermissionsTable").send();
    let items = items.await.unwrap().items.unwrap();
    let mut kinds = items.iter().map(|item| item["sk"].as_s().unwrap().as_str());
    assert!(kinds.any(|kind| kind == "RECOMPILATION"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_without_positions_of_several_shards_has_expired() {
    let (world, _server) = world(2, |_| None).await;
    let condition = "source.cloud.resource.type = 'user'";
    let first = world.ask(condition, 2).await;
    let store = Permissions::new(world.dynamo.client(), "PermissionsTable".to_owned());
    let given = first["data"]["nextPageToken"].as_str().unwrap();
    assert!(given.len() <= 1024, "{}", given.len());
    let position = store.page_position(&account(), given).await.unwrap().unwrap();
    // A release that knew one shard only issued such a token.
    let former = PagePosition {
        positions: None,
        ..position.clone()
    };
    let former = store.page_token(&account(), &former).await.unwrap();
    let expired = (410, "page_token_expired".to_owned());
    assert_eq!(refused(world.page(json!({ "pageToken": former })).await), expired);
    let of_nothing = PagePosition::of(
        SearchId::of(&account(), "nothing"),
        Limit::new(1).unwrap(),
        world.now,
    );
    let of_nothing = store.page_token(&account(), &of_nothing).await.unwrap();
    assert_eq!(
        refused(world.page(json!({ "pageToken": of_nothing })).await),
        expired
    );
    assert!(world.page(json!({ "pageToken": given })).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_event_that_is_no_question_fails_the_invocation() {
    let (world, _server) = world(2, |_| None).await;
    let permissions = Permissions::new(world.dynamo.client(), "PermissionsTable".to_owned());
    let accounts = ImportedAccounts::new(permissions).without_reports();
    let snapshot = "0".repeat(32);
    for event in [
        json!({}),
        json!({ "tenant": "x", "snapshot": snapshot, "shard": 0, "request": "" }),
        json!({ "tenant": ACCOUNT, "snapshot": snapshot, "shard": 0, "request": "" }),
        json!({ "tenant": ACCOUNT, "snapshot": snapshot, "shard": 0, "request": "é" }),
        json!({ "tenant": ACCOUNT, "snapshot": snapshot, "shard": -1, "request": "AAAA" }),
    ] {
        let event = Event::new(event, world.now);
        assert!(search_shard::handle(&accounts, event).await.is_err());
    }
}
