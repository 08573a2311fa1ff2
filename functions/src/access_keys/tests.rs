use api::access_keys::Error;
use api::{Caller, Failure, Reply, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use store::AccessKeys;
use testkit::Dynamo;

use super::{
    authorize_signature, authorize_token, create_access_key, delete_access_key, extend_login, get_meta_info,
    list_access_keys, log_in, set_access_key_status,
};

const ACCOUNT: &str = "111122223333";
const OTHER_ACCOUNT: &str = "444455556666";
const NOW: Timestamp = Timestamp::constant(1_767_225_600, 0);

async fn table() -> (Dynamo, AccessKeys) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table("AccessKeysTable").await;
    let table = AccessKeys::new(dynamo.client(), "AccessKeysTable".to_owned());
    (dynamo, table)
}

fn signed(account: &str, parameters: &Value, body: &Value) -> Request {
    let event = json!({
        "pathParameters": parameters,
        "body": body.to_string(),
        "requestContext": { "identity": { "accountId": account } },
    });
    Request::from_event(event, NOW)
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_str(reply.body()).unwrap()
}

/// Returns id and secret of a new key.
async fn created(table: &AccessKeys, account: &str) -> (String, String) {
    let request = signed(account, &Value::Null, &json!({ "name": "ci" }));
    let reply = json_of(&create_access_key::handle(table, request).await.unwrap());
    let text = |name: &str| reply[name].as_str().unwrap().to_owned();
    (text("id"), text("secretKey"))
}

async fn logged_in(table: &AccessKeys, id: &str, secret: &str, at: Timestamp) -> Result<Reply, Error> {
    // The Go client writes the body like this.
    let body = json!({ "username": id, "password": secret, "customerName": "any" });
    let event = json!({
        "headers": { "Content-Type": "application/json; charset=UTF-8" },
        "body": body.to_string(),
        "requestContext": {},
    });
    log_in::handle(table, Request::from_event(event, at)).await
}

async fn token(table: &AccessKeys, id: &str, secret: &str, at: Timestamp) -> String {
    let reply = json_of(&logged_in(table, id, secret, at).await.unwrap());
    assert_eq!(reply["message"], "login_successful");
    reply["token"].as_str().unwrap().to_owned()
}

async fn set_status(table: &AccessKeys, account: &str, id: &str, status: &str) -> Result<Reply, Error> {
    let parameters = json!({ "accessKeyId": id, "status": status });
    set_access_key_status::handle(table, signed(account, &parameters, &Value::Null)).await
}

async fn deleted(table: &AccessKeys, account: &str, id: &str) -> Result<Reply, Error> {
    let parameters = json!({ "accessKeyId": id });
    delete_access_key::handle(table, signed(account, &parameters, &Value::Null)).await
}

fn with_token(token: &Value, at: Timestamp) -> Request {
    let event = json!({ "multiValueHeaders": { "X-RedLock-Auth": token }, "requestContext": {} });
    Request::from_event(event, at)
}

async fn authorized(table: &AccessKeys, token: &str, at: Timestamp) -> Option<Caller> {
    let request = with_token(&json!([token]), at);
    authorize_token::handle(table, &request).await.unwrap()
}

async fn extended(table: &AccessKeys, token: &str, at: Timestamp) -> Result<Reply, Error> {
    extend_login::handle(table, with_token(&json!([token]), at)).await
}

fn minutes(minutes: i64) -> Timestamp {
    NOW + SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn a_key_is_made_listed_disabled_and_deleted() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    assert_eq!(secret.len(), 44);
    let list = || async {
        let request = signed(ACCOUNT, &Value::Null, &Value::Null);
        json_of(&list_access_keys::handle(&table, request).await.unwrap())
    };
    let milliseconds = NOW.as_millisecond();
    let mut expected =
        json!([{ "id": id, "name": "ci", "status": true, "createdTs": milliseconds, "expiresOn": 0 }]);
    assert_eq!(list().await, expected);
    token(&table, &id, &secret, minutes(1)).await;
    assert_eq!(
        set_status(&table, ACCOUNT, &id, "false").await.unwrap().code(),
        200
    );
    expected[0]["status"] = json!(false);
    expected[0]["lastUsedTime"] = json!(milliseconds);
    assert_eq!(list().await, expected);
    assert_eq!(deleted(&table, ACCOUNT, &id).await.unwrap().code(), 200);
    assert_eq!(list().await, json!([]));
    assert_eq!(
        deleted(&table, ACCOUNT, &id).await.unwrap_err().reply().code(),
        404
    );
}

#[tokio::test]
async fn faulty_requests_about_keys_are_refused() {
    let (_dynamo, table) = table().await;
    let (id, _) = created(&table, ACCOUNT).await;
    let status = |outcome: Result<Reply, Error>| outcome.unwrap_err().reply().code();
    let create = |body: Value| create_access_key::handle(&table, signed(ACCOUNT, &Value::Null, &body));
    assert_eq!(status(create(json!({})).await), 400);
    assert_eq!(status(create(json!([])).await), 400);
    assert_eq!(status(create(json!({ "name": "x".repeat(20_000) })).await), 413);
    assert_eq!(status(set_status(&table, ACCOUNT, &id, "maybe").await), 400);
    assert_eq!(status(set_status(&table, ACCOUNT, "no id", "true").await), 404);
    let nobody = Request::from_event(json!({ "body": r#"{"name":"ci"}"# }), NOW);
    assert_eq!(status(create_access_key::handle(&table, nobody).await), 403);
}

#[tokio::test]
async fn no_account_reaches_the_keys_of_another() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let request = signed(OTHER_ACCOUNT, &Value::Null, &Value::Null);
    assert_eq!(
        list_access_keys::handle(&table, request).await.unwrap().body(),
        "[]"
    );
    assert!(set_status(&table, OTHER_ACCOUNT, &id, "false").await.is_err());
    assert!(deleted(&table, OTHER_ACCOUNT, &id).await.is_err());
    let token = token(&table, &id, &secret, NOW).await;
    assert_eq!(
        authorized(&table, &token, NOW).await.unwrap().account.as_str(),
        ACCOUNT
    );
}

#[tokio::test]
async fn nobody_can_see_what_is_wrong_with_a_login() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let (disabled, other_secret) = created(&table, ACCOUNT).await;
    set_status(&table, ACCOUNT, &disabled, "false").await.unwrap();
    let mut replies = Vec::new();
    for (id, secret) in [
        (id.as_str(), "wrong"),
        (id.as_str(), ""),
        ("", ""),
        ("admin", secret.as_str()),
        (disabled.as_str(), other_secret.as_str()),
        (id.as_str(), other_secret.as_str()),
        (id.as_str(), &"x".repeat(5_000)),
    ] {
        let reply = logged_in(&table, id, secret, NOW).await.unwrap_err().reply();
        replies.push((
            reply.code(),
            reply.body().to_owned(),
            reply.header("x-redlock-status").unwrap().to_owned(),
        ));
    }
    replies.dedup();
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert_eq!(replies[0].0, 401);
}

#[tokio::test]
async fn a_token_lets_in_for_ten_minutes_and_is_extended_in_time() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let first = token(&table, &id, &secret, NOW).await;
    assert!(authorized(&table, &first, minutes(9)).await.is_some());
    assert_eq!(authorized(&table, &first, minutes(10)).await, None);
    // The Python client asks for a new token after 590 seconds.
    let at = NOW + SignedDuration::from_secs(591);
    let second = json_of(&extended(&table, &first, at).await.unwrap());
    let second = second["token"].as_str().unwrap();
    assert_eq!(
        authorized(&table, second, minutes(19)).await.unwrap().access_key,
        id
    );
    let over = extended(&table, &first, minutes(10)).await.unwrap_err().reply();
    assert_eq!(over.code(), 401);
    assert_eq!(
        over.header("x-redlock-status"),
        Some(r#"[{"i18nKey":"token_expired","severity":"error","subject":null}]"#)
    );
}

#[tokio::test]
async fn no_token_of_a_disabled_or_deleted_key_is_extended() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let token = token(&table, &id, &secret, NOW).await;
    set_status(&table, ACCOUNT, &id, "false").await.unwrap();
    assert_eq!(
        extended(&table, &token, minutes(1))
            .await
            .unwrap_err()
            .reply()
            .code(),
        401
    );
    set_status(&table, ACCOUNT, &id, "true").await.unwrap();
    assert_eq!(extended(&table, &token, minutes(1)).await.unwrap().code(), 200);
    deleted(&table, ACCOUNT, &id).await.unwrap();
    assert_eq!(
        extended(&table, &token, minutes(1))
            .await
            .unwrap_err()
            .reply()
            .code(),
        401
    );
}

#[tokio::test]
async fn what_is_not_exactly_one_good_token_is_nobody() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let good = token(&table, &id, &secret, NOW).await;
    for tokens in [
        json!([]),
        json!([""]),
        json!(["null"]),
        json!([good, good]),
        json!([format!("{good}x")]),
    ] {
        let request = with_token(&tokens, NOW);
        assert_eq!(
            authorize_token::handle(&table, &request).await.unwrap(),
            None,
            "{tokens}"
        );
    }
}

#[tokio::test]
async fn meta_info_is_for_who_is_logged_in() {
    let request = |context: Value| Request::from_event(json!({ "requestContext": context }), NOW);
    let caller = json!({ "authorizer": { "account": ACCOUNT } });
    assert_eq!(
        get_meta_info::handle(&(), request(caller)).await.unwrap().body(),
        "{}"
    );
    assert!(get_meta_info::handle(&(), request(json!({}))).await.is_err());
}

/// A request as ncloud-mcp-server and the others sign it.
struct Ncloud<'c> {
    method: &'c str,
    path: &'c str,
    query: Value,
    id: &'c str,
    secret: &'c str,
    /// Says what is signed
    message: Option<String>,
    at: Timestamp,
    request: &'c str,
}

impl<'c> Ncloud<'c> {
    fn new(id: &'c str, secret: &'c str) -> Self {
        Self {
            method: "GET",
            path: "/api/v1/policies",
            query: json!({ "page": ["0"], "searchWord": ["a b"] }),
            id,
            secret,
            message: None,
            at: NOW,
            request: "r1",
        }
    }

    fn event(&self) -> Value {
        let Self { method, path, id, .. } = self;
        let time = self.at.as_millisecond();
        let query = if self.query.is_null() {
            ""
        } else {
            "?searchWord=a+b&page=0"
        };
        let message = format!("{method} {path}{query}\n{time}\n{id}");
        let message = self.message.clone().unwrap_or(message);
        let signature = {
            let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
            mac.update(message.as_bytes());
            STANDARD.encode(mac.finalize().into_bytes())
        };
        json!({
            "httpMethod": method,
            "path": path,
            "multiValueQueryStringParameters": self.query,
            "headers": {
                "x-ncp-apigw-timestamp": time.to_string(),
                "x-ncp-iam-access-key": id,
                "x-ncp-apigw-signature-v2": signature,
            },
            "requestContext": { "path": format!("/prod{path}"), "requestId": self.request },
        })
    }

    async fn caller(&self, table: &AccessKeys, at: Timestamp) -> Option<Caller> {
        let request = Request::from_event(self.event(), at);
        authorize_signature::handle(table, &request).await.unwrap()
    }
}

#[tokio::test]
async fn a_signed_request_is_that_of_the_keys_account() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let caller = Ncloud::new(&id, &secret).caller(&table, NOW).await.unwrap();
    assert_eq!(
        (caller.account.as_str(), caller.access_key.as_str()),
        (ACCOUNT, id.as_str())
    );
    let plain = Ncloud {
        query: Value::Null,
        method: "DELETE",
        ..Ncloud::new(&id, &secret)
    };
    assert!(plain.caller(&table, NOW).await.is_some());
}

#[tokio::test]
async fn a_signature_is_good_for_five_minutes_in_both_directions() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let request = Ncloud::new(&id, &secret);
    let off = |milliseconds| NOW + SignedDuration::from_millis(milliseconds);
    for (milliseconds, is_good) in [
        (300_000, true),
        (300_001, false),
        (-300_000, true),
        (-300_001, false),
    ] {
        let found = request.caller(&table, off(milliseconds)).await;
        assert_eq!(found.is_some(), is_good, "{milliseconds}");
    }
}

#[tokio::test]
async fn a_signature_of_something_else_is_nobody() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let (other_id, other_secret) = created(&table, OTHER_ACCOUNT).await;
    let time = NOW.as_millisecond();
    let message = |text: &str| Some(text.replace("TIME", &time.to_string()).replace("KEY", &id));
    let good = || Ncloud::new(&id, &secret);
    let forged = [
        Ncloud {
            secret: &other_secret,
            ..good()
        },
        Ncloud {
            id: &other_id,
            ..good()
        },
        Ncloud { secret: "", ..good() },
        Ncloud {
            message: message("PUT /api/v1/policies?searchWord=a+b&page=0\nTIME\nKEY"),
            ..good()
        },
        Ncloud {
            message: message("GET /api/v1/policies?page=1&searchWord=a+b\nTIME\nKEY"),
            ..good()
        },
        Ncloud {
            message: message("GET /api/v1/policies\nTIME\nKEY"),
            ..good()
        },
        Ncloud {
            message: message("GET /api/v1/policies?searchWord=a+b&page=0\n1\nKEY"),
            ..good()
        },
        Ncloud {
            message: message("GET /api/v1/policies?searchWord=a+b&page=0\nTIME\nother"),
            ..good()
        },
        Ncloud {
            message: message(""),
            ..good()
        },
    ];
    for (number, request) in forged.iter().enumerate() {
        assert_eq!(request.caller(&table, NOW).await, None, "{number}");
    }
    set_status(&table, ACCOUNT, &id, "false").await.unwrap();
    assert_eq!(good().caller(&table, NOW).await, None, "a disabled key");
}

#[tokio::test]
async fn headers_that_are_missing_doubled_or_no_numbers_are_nobody() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    let names = [
        "x-ncp-apigw-timestamp",
        "x-ncp-iam-access-key",
        "x-ncp-apigw-signature-v2",
    ];
    let seen = |event: Value| {
        let table = &table;
        async move {
            authorize_signature::handle(table, &Request::from_event(event, NOW))
                .await
                .unwrap()
        }
    };
    for name in names {
        let mut missing = Ncloud::new(&id, &secret).event();
        missing["headers"].as_object_mut().unwrap().remove(name);
        assert_eq!(seen(missing).await, None, "{name}");
        let mut doubled = Ncloud::new(&id, &secret).event();
        doubled["headers"][name] = json!([doubled["headers"][name], "x"]);
        assert_eq!(seen(doubled).await, None, "{name}");
    }
    for time in [
        "",
        "-1",
        "+1767225600000",
        "1767225600000.0",
        "99999999999999999999",
    ] {
        let mut odd = Ncloud::new(&id, &secret).event();
        odd["headers"]["x-ncp-apigw-timestamp"] = json!(time);
        assert_eq!(seen(odd).await, None, "{time}");
    }
}

#[tokio::test]
async fn a_replayed_signature_changes_nothing_twice() {
    let (_dynamo, table) = table().await;
    let (id, secret) = created(&table, ACCOUNT).await;
    for method in ["PUT", "POST", "DELETE", "PATCH"] {
        let change = Ncloud {
            method,
            ..Ncloud::new(&id, &secret)
        };
        assert!(change.caller(&table, NOW).await.is_some(), "{method}");
        assert!(
            change.caller(&table, NOW).await.is_some(),
            "the gateway asks again for one request"
        );
        let replayed = Ncloud {
            request: "r2",
            ..change
        };
        assert_eq!(replayed.caller(&table, minutes(4)).await, None, "{method}");
    }
    // A repeated read is a read like the first.
    let read = Ncloud::new(&id, &secret);
    assert!(read.caller(&table, NOW).await.is_some());
    assert!(
        Ncloud {
            request: "r2",
            ..read
        }
        .caller(&table, minutes(4))
        .await
        .is_some()
    );
}
