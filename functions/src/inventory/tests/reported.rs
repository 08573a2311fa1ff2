//! These tests hold what an import reports: findings, refusals, changes, and policies that no document holds.

use super::world::{
    DETAILS, TENANT, World, expected, manifest, notify, now, put, refusal, shown, snapshot, tenant, users,
};
use api::{Failure, Request};
use serde_json::json;

#[tokio::test]
async fn findings_are_kept_with_their_location() {
    let world = World::start().await;
    let user = json!({ "Arn": format!("arn:aws:iam::{TENANT}:user/alice"), "UserPolicyList": [
        { "PolicyName": "own", "PolicyDocument": { "Statement": [{ "Effect": "allow", "Action": "*", "Resource": "*" }] } },
    ] });
    put(&world, DETAILS, &json!({ "UserDetailList": [user] }).to_string()).await;
    let manifest = manifest(&world).await;
    let accepted = manifest.document(DETAILS).unwrap().accepted.as_ref().unwrap();
    assert_eq!(accepted.findings_total, 1);
    assert_eq!(
        accepted.findings[0].location,
        "UserDetailList[0].UserPolicyList[0].PolicyDocument"
    );
    assert_eq!(accepted.findings[0].statement, Some(0));
    assert_eq!(
        accepted.findings[0].message,
        "Effect is `allow`, not `Allow` or `Deny`"
    );
}

#[tokio::test]
async fn the_reply_says_what_is_in_force_and_needs_an_identity() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    world.put("notes.txt", "x");
    notify(&world, &["notes.txt"]).await;
    let asked = async |context| {
        let event = json!({ "requestContext": context });
        let outcome =
            crate::inventory::get_inventory::handle(&world.state.table, Request::from_event(event, now()))
                .await;
        outcome.unwrap_or_else(|error| error.reply())
    };
    let answer = asked(json!({ "identity": { "accountId": TENANT } })).await;
    let mut body: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
    for document in body["documents"].as_array_mut().unwrap() {
        for version in ["accepted", "refused"] {
            if document[version].is_object() {
                document[version]["eTag"] = "…".into();
            }
        }
    }
    body["snapshot"]["id"] = "…".into();
    insta::assert_json_snapshot!(body);
    let refused = asked(json!({})).await;
    assert_eq!(refused.code(), 403);
    assert!(
        refused.body().contains(r#""code":"forbidden""#),
        "{}",
        refused.body()
    );
    assert!(refused.header("x-redlock-status").is_some());
}

#[tokio::test]
async fn an_empty_or_foreign_file_leaves_the_good_version_in_force() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    for (text, message) in [
        ("", "the document is empty"),
        (" \n", "the document is empty"),
        ("{}", "the document is empty"),
        ("[]", "the document is empty"),
        (r#"{"message":"Forbidden"}"#, "it is an error reply, `Forbidden`"),
        (r#"{"reports":[]}"#, "it is a `last-accessed` document"),
        (r#"{"Records":[]}"#, "it is a log file of CloudTrail"),
        (
            r#"{"UserId":"A","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/a"}"#,
            "it is the reply of `aws sts get-caller-identity`",
        ),
        (
            r#"{"UserDetailList":[],"NextToken":"eyJ"}"#,
            "NextToken says that more pages follow",
        ),
    ] {
        put(&world, DETAILS, text).await;
        let refused = refusal(&world, DETAILS).await;
        assert!(refused.contains(message), "{text}: {refused}");
        assert_eq!(
            shown(&world).await.unwrap(),
            expected(&["alice"], false),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_new_version_says_what_it_takes_away() {
    let world = World::start().await;
    let accepted = async || {
        let manifest = manifest(&world).await;
        manifest.document(DETAILS).unwrap().accepted.clone().unwrap()
    };
    put(&world, DETAILS, &users(&["alice", "bob", "carol"])).await;
    let first = accepted().await;
    assert_eq!((first.counts["users"], first.change), (3, None));
    put(&world, DETAILS, &users(&["alice", "dave"])).await;
    let second = accepted().await;
    let change = second.change.unwrap();
    assert_eq!((change.before["users"], second.counts["users"]), (3, 2));
    assert_eq!((change.added_total, change.removed_total), (1, 2));
    assert_eq!(
        change.removed,
        [
            "arn:aws:iam::111122223333:user/bob",
            "arn:aws:iam::111122223333:user/carol"
        ]
    );
}

fn user_with_policy(policy: &str) -> String {
    let attached = json!({ "PolicyName": "p", "PolicyArn": policy });
    let user =
        json!({ "Arn": format!("arn:aws:iam::{TENANT}:user/alice"), "AttachedManagedPolicies": [attached] });
    json!({ "UserDetailList": [user], "Policies": [] }).to_string()
}

#[tokio::test]
async fn a_policy_of_aws_that_a_document_does_not_hold_is_taken_from_the_table() {
    let world = World::start().await;
    put(
        &world,
        DETAILS,
        &user_with_policy("arn:aws:iam::aws:policy/AdministratorAccess"),
    )
    .await;
    let completeness = manifest(&world).await.completeness;
    assert_eq!(completeness.incomplete_principals, 0);
    let table = completeness.managed_policies.unwrap();
    assert_eq!(table.names, ["arn:aws:iam::aws:policy/AdministratorAccess"]);
    let policies = snapshot(&world).await.unwrap().1.details.policies;
    assert_eq!(
        policies[0].from_table_of.map(|day| day.to_string()),
        Some(table.as_of)
    );
}

#[tokio::test]
async fn a_policy_that_nobody_holds_makes_its_principal_incomplete() {
    let world = World::start().await;
    let policy = format!("arn:aws:iam::{TENANT}:policy/own");
    put(&world, DETAILS, &user_with_policy(&policy)).await;
    let completeness = manifest(&world).await.completeness;
    assert_eq!(
        (completeness.incomplete_principals, completeness.missing_total),
        (1, 1)
    );
    assert_eq!(completeness.missing[0].kind, "managed policy");
    assert_eq!(completeness.missing[0].name, policy);
    assert_eq!(
        completeness.missing[0].principals,
        [format!("arn:aws:iam::{TENANT}:user/alice")]
    );
    let current = world.state.table.current(&tenant()).await.unwrap().unwrap();
    assert_eq!(current.counts.incomplete_principals, 1);
}
