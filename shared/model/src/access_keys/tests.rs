use jiff::Timestamp;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{AccessKeyId, AccessKeyReply, Login, LoginReply, NewAccessKey, Status};
use crate::account::AccountId;
use crate::request::Violations;

const NOW: i64 = 1_767_225_600_000;

fn read(body: &Value) -> Result<NewAccessKey, Violations> {
    let body = body.to_string();
    NewAccessKey::from_request(
        &crate::json::object(body.as_bytes()).unwrap(),
        Timestamp::from_millisecond(NOW).unwrap(),
    )
}

proptest! {
    #[test]
    fn an_id_names_its_account_and_is_read_back(number in 0_u64..1_000_000_000_000, random: u128) {
        let account: AccountId = format!("{number:012}").parse().unwrap();
        let id = AccessKeyId::new(&account, Uuid::from_u128(random));
        prop_assert_eq!(id.account(), Some(account));
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn texts_never_panic(text in ".{0,40}") {
        let _outcome = text.parse::<AccessKeyId>();
    }
}

#[rstest]
#[case::empty("")]
#[case::random("5d2b8d1c-6b1f-4b0e-9d43-0a4d6a1a7a11")]
#[case::no_account("ffffffff-ffff-8b0e-9d43-0a4d6a1a7a11")]
#[case::capitals("0019DEBD-01C7-8B0E-9D43-0A4D6A1A7A11")]
#[case::without_hyphens("0019debd01c78b0e9d430a4d6a1a7a11")]
fn texts_that_no_key_has_as_id_are_refused(#[case] text: &str) {
    assert!(text.parse::<AccessKeyId>().is_err());
}

#[rstest]
#[case::never(json!({ "name": "ci" }), None)]
#[case::never_as_null(json!({ "name": "ci", "expiresOn": null }), None)]
#[case::never_as_zero(json!({ "name": "ci", "expiresOn": 0 }), None)]
#[case::soon(json!({ "name": "ci", "expiresOn": NOW + 1 }), Some(NOW + 1))]
fn a_key_ends_when_its_request_says(#[case] body: Value, #[case] end: Option<i64>) {
    let key = read(&body).unwrap();
    assert_eq!(key.name, "ci");
    assert_eq!(key.expires_on.map(Timestamp::as_millisecond), end);
}

#[rstest]
#[case::nothing(json!({}), "'name' failed to satisfy constraint: Member must not be null")]
#[case::empty(json!({ "name": "" }), "Member must have length between 1 and 128, inclusive")]
#[case::control(json!({ "name": "a\nb" }), "Member must not have control characters")]
#[case::past(json!({ "name": "ci", "expiresOn": NOW }), "'expiresOn' failed to satisfy constraint: Member must lie in the future")]
#[case::text(json!({ "name": "ci", "expiresOn": "soon" }), "Member must be a whole number of milliseconds")]
fn faulty_requests_for_keys_are_refused(#[case] body: Value, #[case] message: &str) {
    let error = read(&body).unwrap_err();
    assert!(error.message().contains(message), "{}", error.message());
}

#[test]
fn a_key_in_a_list_has_the_members_that_clients_read() {
    let account = "111122223333".parse().unwrap();
    let id = AccessKeyId::new(&account, Uuid::from_u128(7));
    let created = Timestamp::from_millisecond(NOW).unwrap();
    let reply = AccessKeyReply::new(&id, "ci".to_owned(), Status::Disabled, created)
        .expiring(Some(created))
        .last_used(Some(created));
    assert_eq!(
        serde_json::to_string(&reply).unwrap(),
        format!(
            r#"{{"id":"{id}","name":"ci","status":false,"createdTs":{NOW},"expiresOn":{NOW},"lastUsedTime":{NOW}}}"#
        )
    );
}

#[test]
fn a_login_has_both_members_and_may_have_more() {
    let body = json!({ "username": "u", "password": "p", "customerName": "c", "prismaId": 1 });
    let body = body.to_string();
    let read = |body: &str| Login::from_request(&crate::json::object(body.as_bytes()).unwrap());
    let login = read(&body).unwrap();
    assert_eq!((login.username.as_str(), login.password.as_str()), ("u", "p"));
    assert_eq!(format!("{login:?}"), r#"Login { username: "u", .. }"#);
    let error = read(r#"{"username":1}"#).unwrap_err();
    assert_eq!(error.iter().count(), 2);
}

#[test]
fn a_login_is_answered_as_documented() {
    let account = "111122223333".parse().unwrap();
    let reply = LoginReply::new("t", &account);
    assert_eq!(
        serde_json::to_string(&reply).unwrap(),
        r#"{"token":"t","message":"login_successful","customerNames":[{"customerName":"111122223333","tosAccepted":true}]}"#
    );
}
