use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use testkit::Dynamo;

use super::*;
use crate::item::key;

const TABLE: &str = "PermissionsTable";

async fn table() -> (Dynamo, Permissions) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let store = Permissions::new(dynamo.client(), TABLE.to_owned());
    (dynamo, store)
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// Makes the largest position that is possible.
fn position() -> PagePosition {
    PagePosition {
        group_by: GroupBy::from_bits(3),
        snapshot_made_at: Timestamp::from_second(1_775_000_001).ok(),
        is_outdated: true,
        search: SearchId::of(&account(), "q"),
        snapshot: Some(SnapshotId::of(b"snapshot")),
        own_grants: Some(OwnGrantsId::of(b"own grants")),
        of_snapshot: u64::MAX,
        positions: Some(PositionsId::of(b"positions")),
        of_own: u64::MAX,
        last: u64::MAX,
        limit: Limit::new(10_000).unwrap(),
        explain: Explain::Policies,
        issued_at: "9999-01-01T00:00:00Z".parse().unwrap(),
    }
}

async fn opened(store: &Permissions, token: &str) -> Result<PagePosition, InvalidPageToken> {
    store.page_position(&account(), token).await.unwrap()
}

#[tokio::test]
async fn a_token_tells_its_position_to_its_tenant_again_and_again() {
    let (dynamo, store) = table().await;
    let token = store.page_token(&account(), &position()).await.unwrap();
    assert!(token.len() <= 1024, "{}", token.len());
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    );
    let elsewhere = Permissions::new(dynamo.client(), TABLE.to_owned());
    for store in [&store, &store, &elsewhere] {
        assert_eq!(opened(store, &token).await, Ok(position()));
    }
    let without = PagePosition {
        snapshot: None,
        own_grants: None,
        ..position()
    };
    let token = store.page_token(&account(), &without).await.unwrap();
    assert_eq!(opened(&store, &token).await, Ok(without));
}

#[tokio::test]
async fn whatever_is_changed_makes_a_token_invalid() {
    let (_dynamo, store) = table().await;
    let token = store.page_token(&account(), &position()).await.unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
    let mut wrong: Vec<String> = Vec::new();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        wrong.push(URL_SAFE_NO_PAD.encode(&changed));
        wrong.push(URL_SAFE_NO_PAD.encode(&bytes[..index]));
    }
    for index in 0..token.len() {
        let other = if token.as_bytes()[index] == b'A' { 'B' } else { 'A' };
        let (before, after) = (token.get(..index).unwrap(), token.get(index + 1..).unwrap());
        wrong.push(format!("{before}{other}{after}"));
        wrong.push(after.to_owned());
    }
    let plain = serde_json::json!({ "tenant": "111122223333" }).to_string();
    wrong.extend([
        STANDARD.encode(&bytes),
        URL_SAFE.encode(&bytes) + "=",
        format!("{token} "),
        format!("{token}A"),
        token.to_uppercase(),
        token.chars().rev().collect(),
        "++fdfkjsdlfsdfdFDSFDFSDFdfdssfdFDS".to_owned(),
        plain,
        "é".repeat(200),
    ]);
    for token in wrong.into_iter().filter(|wrong| *wrong != token) {
        assert_eq!(opened(&store, &token).await, Err(InvalidPageToken), "{token}");
    }
}

#[tokio::test]
async fn a_token_is_nothing_to_another_tenant() {
    let (_dynamo, store) = table().await;
    let token = store.page_token(&account(), &position()).await.unwrap();
    let other = "444455556666".parse().unwrap();
    assert_eq!(
        store.page_position(&other, &token).await.unwrap(),
        Err(InvalidPageToken)
    );
}

#[tokio::test]
async fn a_retired_key_makes_its_tokens_invalid_and_a_new_one_is_learnt() {
    let (dynamo, store) = table().await;
    let old = store.page_token(&account(), &position()).await.unwrap();
    let item = key("PAGE_TOKEN_KEY", "PAGE_TOKEN_KEY");
    let delete = dynamo.client().delete_item().table_name(TABLE);
    delete.set_key(Some(item)).send().await.unwrap();
    let restarted = Permissions::new(dynamo.client(), TABLE.to_owned());
    let new = restarted.page_token(&account(), &position()).await.unwrap();
    assert_eq!(opened(&restarted, &old).await, Err(InvalidPageToken));
    assert_eq!(opened(&store, &new).await, Ok(position()));
    assert_eq!(opened(&store, &old).await, Err(InvalidPageToken));
}
