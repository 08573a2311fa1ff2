use std::cell::RefCell;
use std::collections::BTreeMap;

use api::{Event, Failure, Request};
use aws::AccessError;
use inventory::stored::StoredInventory;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::inventory::{Manifest, ObjectVersion};
use serde_json::json;
use store::Permissions;
use store::permissions::digest;
use testkit::Dynamo;

use super::Objects;
use super::import_inventory::{State, handle};

const TENANT: &str = "111122223333";

/// A bucket in memory; like S3 it tells what is there now.
#[derive(Debug, Default)]
struct Bucket {
    objects: RefCell<BTreeMap<String, (ObjectVersion, Vec<u8>)>>,
    puts: RefCell<i64>,
    reads: RefCell<u32>,
}

impl Bucket {
    fn put(&self, name: &str, text: &str) {
        *self.puts.borrow_mut() += 1;
        let version = ObjectVersion {
            e_tag: digest(text),
            last_modified: now() + SignedDuration::from_secs(*self.puts.borrow()),
            size: u64::try_from(text.len()).unwrap(),
        };
        let object = (version, text.as_bytes().to_vec());
        self.objects
            .borrow_mut()
            .insert(format!("{TENANT}/{name}"), object);
    }

    fn remove(&self, name: &str) {
        self.objects.borrow_mut().remove(&format!("{TENANT}/{name}"));
    }
}

impl Objects for Bucket {
    async fn list(&self, prefix: &str) -> Result<Vec<(String, ObjectVersion)>, AccessError> {
        let objects = self.objects.borrow();
        let found = objects.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found
            .map(|(key, (version, _))| (key.clone(), version.clone()))
            .collect())
    }

    async fn read(&self, key: &str) -> Result<Option<(ObjectVersion, Vec<u8>)>, AccessError> {
        *self.reads.borrow_mut() += 1;
        Ok(self.objects.borrow().get(key).cloned())
    }
}

fn now() -> Timestamp {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

fn tenant() -> AccountId {
    TENANT.parse().unwrap()
}

async fn state() -> (Dynamo, State<Bucket>) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table("permissions").await;
    let state = State {
        table: Permissions::new(dynamo.client(), "permissions".to_owned()),
        bucket: Bucket::default(),
    };
    (dynamo, state)
}

/// What a notification about these names does.
async fn notify(state: &State<Bucket>, names: &[&str]) {
    let record = |name: &&str| json!({ "s3": { "object": { "key": format!("{TENANT}/{name}") } } });
    let records: Vec<_> = names.iter().map(record).collect();
    let event = Event::new(json!({ "Records": records }), now());
    handle(state, event).await.unwrap();
}

async fn put(state: &State<Bucket>, name: &str, text: &str) {
    state.bucket.put(name, text);
    notify(state, &[name]).await;
}

async fn manifest(state: &State<Bucket>) -> Manifest {
    state.table.manifest(&tenant()).await.unwrap().0
}

/// Why a document was refused; empty when it was not.
async fn refusal(state: &State<Bucket>, name: &str) -> String {
    let manifest = manifest(state).await;
    let refused = manifest
        .document(name)
        .and_then(|document| document.refused.clone());
    refused.map_or_else(String::new, |refused| refused.message)
}

/// The snapshot in force.
async fn snapshot(state: &State<Bucket>) -> Option<StoredInventory> {
    let current = state.table.current(&tenant()).await.unwrap()?;
    let bytes = state
        .table
        .snapshot(&tenant(), &current.id, now())
        .await
        .unwrap()
        .unwrap();
    Some(StoredInventory::decode(&bytes).unwrap())
}

/// Names of users in the snapshot in force, and whether it knows last accesses.
async fn shown(state: &State<Bucket>) -> Option<(Vec<String>, bool)> {
    let inventory = snapshot(state).await?.inventory;
    let users = inventory.details.users.into_iter().map(|user| user.name);
    Some((users.collect(), inventory.last_accessed.is_some()))
}

fn users(names: &[&str]) -> String {
    let users = names
        .iter()
        .map(|name| json!({ "Arn": format!("arn:aws:iam::{TENANT}:user/{name}") }));
    json!({ "UserDetailList": users.collect::<Vec<_>>() }).to_string()
}

const REPORTS: &str = r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","JobStatus":"COMPLETED",
    "JobCompletionDate":"2026-02-03T04:05:06Z","ServicesLastAccessed":[]}]}"#;
const DETAILS: &str = "authorization-details.json";
const LAST: &str = "last-accessed.json";

fn expected(names: &[&str], last: bool) -> (Vec<String>, bool) {
    (names.iter().map(|name| (*name).to_owned()).collect(), last)
}

#[tokio::test]
async fn documents_are_taken_in_together_and_days_count_to_the_newest_report() {
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice", "bob"])).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice", "bob"], false));
    assert_eq!(
        snapshot(&state).await.unwrap().date,
        jiff::civil::date(2026, 4, 1)
    );
    put(&state, LAST, REPORTS).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice", "bob"], true));
    assert_eq!(
        snapshot(&state).await.unwrap().date,
        jiff::civil::date(2026, 2, 3)
    );
    assert_eq!(manifest(&state).await.accounts, [TENANT]);
    let current = state.table.current(&tenant()).await.unwrap().unwrap();
    assert_eq!(
        (current.counts.users, current.counts.accounts, current.revision),
        (2, 1, 2)
    );
}

#[tokio::test]
async fn a_broken_version_leaves_the_good_one_in_force_also_for_later_imports() {
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
    put(&state, LAST, REPORTS).await;
    let before = state.table.current(&tenant()).await.unwrap();
    put(
        &state,
        LAST,
        r#"{"reports":[{"Arn":"x","JobStatus":"FAILED","ServicesLastAccessed":[]}]}"#,
    )
    .await;
    assert!(refusal(&state, LAST).await.contains("its status is `FAILED`"));
    assert_eq!(state.table.current(&tenant()).await.unwrap(), before);
    put(&state, DETAILS, &users(&["alice", "carol"])).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice", "carol"], true));
    assert!(!refusal(&state, LAST).await.is_empty(), "it is still shown");
    put(&state, LAST, REPORTS).await;
    assert_eq!(refusal(&state, LAST).await, "");
}

#[tokio::test]
async fn what_was_imported_before_changes_nothing_and_is_not_read_again() {
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
    put(&state, "notes.txt", "x").await;
    let (before, reads) = (manifest(&state).await, *state.bucket.reads.borrow());
    let current = state.table.current(&tenant()).await.unwrap();
    notify(&state, &[DETAILS, DETAILS]).await;
    put(&state, DETAILS, &users(&["alice"])).await;
    assert_eq!(manifest(&state).await, before);
    assert_eq!(*state.bucket.reads.borrow(), reads);
    assert_eq!(state.table.current(&tenant()).await.unwrap(), current);
}

#[tokio::test]
async fn an_event_takes_in_what_other_events_did_not_name() {
    let (_dynamo, state) = state().await;
    state.bucket.put(DETAILS, &users(&["alice"]));
    state.bucket.put(LAST, REPORTS);
    notify(&state, &[LAST]).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice"], true));
    assert_eq!(manifest(&state).await.revision, 1);
}

#[tokio::test]
async fn removed_documents_go_and_with_the_last_one_the_snapshot() {
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
    put(&state, LAST, REPORTS).await;
    state.bucket.remove(LAST);
    notify(&state, &[LAST]).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice"], false));
    state.bucket.remove(DETAILS);
    notify(&state, &[DETAILS]).await;
    assert_eq!(shown(&state).await, None);
    assert!(manifest(&state).await.documents.is_empty());
    put(&state, DETAILS, &users(&["bob"])).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["bob"], false));
}

#[tokio::test]
async fn an_emptied_bucket_takes_nothing_away_but_what_an_event_names() {
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
    put(&state, LAST, REPORTS).await;
    state.bucket.remove(DETAILS);
    state.bucket.remove(LAST);
    put(
        &state,
        "444455556666/authorization-details.json",
        r#"{"UserDetailList":[]}"#,
    )
    .await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice"], true));
    notify(&state, &[LAST]).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice"], false));
}

#[tokio::test]
async fn documents_that_say_something_about_the_same_user_wait_for_each_other() {
    let (_dynamo, state) = state().await;
    let second = "111122223333/authorization-details.json";
    put(&state, DETAILS, &users(&["alice"])).await;
    put(&state, second, &users(&["alice", "bob"])).await;
    assert_eq!(
        refusal(&state, second).await,
        "`arn:aws:iam::111122223333:user/alice` is in `authorization-details.json` as well as in \
         `111122223333/authorization-details.json`"
    );
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice"], false));
    put(&state, DETAILS, &users(&["carol"])).await;
    assert_eq!(refusal(&state, second).await, "");
    assert_eq!(
        shown(&state).await.unwrap(),
        expected(&["alice", "bob", "carol"], false)
    );
    put(&state, DETAILS, &users(&["bob"])).await;
    assert!(refusal(&state, DETAILS).await.contains("user/bob"));
    assert_eq!(
        shown(&state).await.unwrap(),
        expected(&["alice", "bob", "carol"], false),
        "the last good version stays"
    );
    state.bucket.remove(second);
    notify(&state, &[second]).await;
    assert_eq!(shown(&state).await.unwrap(), expected(&["bob"], false));
}

#[tokio::test]
async fn a_document_with_another_name_or_of_another_account_is_refused() {
    let (_dynamo, state) = state().await;
    put(&state, "authorization.json", &users(&["alice"])).await;
    assert!(
        refusal(&state, "authorization.json")
            .await
            .starts_with("no document has this name")
    );
    let other = "444455556666/authorization-details.json";
    put(&state, other, &users(&["alice"])).await;
    assert!(
        refusal(&state, other)
            .await
            .contains("does not belong to the account 444455556666")
    );
    assert_eq!(shown(&state).await, None);
    state.bucket.remove("authorization.json");
    notify(&state, &["authorization.json"]).await;
    assert_eq!(manifest(&state).await.documents.len(), 1);
}

#[tokio::test]
async fn an_import_that_ended_between_manifest_and_snapshot_is_finished_by_the_next_event() {
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
    let (manifest, seen) = state.table.manifest(&tenant()).await.unwrap();
    let next = Manifest {
        revision: 7,
        ..manifest
    };
    assert!(
        state
            .table
            .replace_manifest(&tenant(), &next, seen, now())
            .await
            .unwrap()
    );
    notify(&state, &[DETAILS]).await;
    assert_eq!(state.table.published_revision(&tenant()).await.unwrap(), 7);
    assert_eq!(shown(&state).await.unwrap(), expected(&["alice"], false));
}

#[tokio::test]
async fn imports_at_once_leave_everything_in_force() {
    let (_dynamo, state) = state().await;
    let name = |account: u64| format!("{account:012}/authorization-details.json");
    let import = |account: u64| {
        let (state, name) = (&state, name(account));
        async move {
            let user = json!({ "Arn": format!("arn:aws:iam::{account:012}:user/u{account}") });
            put(state, &name, &json!({ "UserDetailList": [user] }).to_string()).await;
        }
    };
    futures::future::join_all((1..=8).map(import)).await;
    assert_eq!(manifest(&state).await.accepted().count(), 8);
    assert_eq!(snapshot(&state).await.unwrap().inventory.details.users.len(), 8);
}

#[tokio::test]
async fn findings_are_kept_with_their_location() {
    let (_dynamo, state) = state().await;
    let user = json!({ "Arn": format!("arn:aws:iam::{TENANT}:user/alice"), "UserPolicyList": [
        { "PolicyName": "own", "PolicyDocument": { "Statement": [{ "Effect": "allow", "Action": "*", "Resource": "*" }] } },
    ] });
    put(&state, DETAILS, &json!({ "UserDetailList": [user] }).to_string()).await;
    let manifest = manifest(&state).await;
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
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
    state.bucket.put("notes.txt", "x");
    notify(&state, &["notes.txt"]).await;
    let asked = async |context| {
        let event = json!({ "requestContext": context });
        let outcome = super::get_inventory::handle(&state.table, Request::from_event(event, now())).await;
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
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
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
        put(&state, DETAILS, text).await;
        let refused = refusal(&state, DETAILS).await;
        assert!(refused.contains(message), "{text}: {refused}");
        assert_eq!(
            shown(&state).await.unwrap(),
            expected(&["alice"], false),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_new_version_says_what_it_takes_away() {
    let (_dynamo, state) = state().await;
    let accepted = async || {
        let manifest = manifest(&state).await;
        manifest.document(DETAILS).unwrap().accepted.clone().unwrap()
    };
    put(&state, DETAILS, &users(&["alice", "bob", "carol"])).await;
    let first = accepted().await;
    assert_eq!((first.counts["users"], first.change), (3, None));
    put(&state, DETAILS, &users(&["alice", "dave"])).await;
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
    let (_dynamo, state) = state().await;
    put(
        &state,
        DETAILS,
        &user_with_policy("arn:aws:iam::aws:policy/AdministratorAccess"),
    )
    .await;
    let completeness = manifest(&state).await.completeness;
    assert_eq!(completeness.incomplete_principals, 0);
    let table = completeness.managed_policies.unwrap();
    assert_eq!(table.names, ["arn:aws:iam::aws:policy/AdministratorAccess"]);
    let policies = snapshot(&state).await.unwrap().inventory.details.policies;
    assert_eq!(
        policies[0].from_table_of.map(|day| day.to_string()),
        Some(table.as_of)
    );
}

#[tokio::test]
async fn a_policy_that_nobody_holds_makes_its_principal_incomplete() {
    let (_dynamo, state) = state().await;
    let policy = format!("arn:aws:iam::{TENANT}:policy/own");
    put(&state, DETAILS, &user_with_policy(&policy)).await;
    let completeness = manifest(&state).await.completeness;
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
    let current = state.table.current(&tenant()).await.unwrap().unwrap();
    assert_eq!(current.counts.incomplete_principals, 1);
}

#[tokio::test]
async fn many_documents_that_conflict_are_read_a_few_times_and_not_once_for_each_other() {
    let (_dynamo, state) = state().await;
    put(&state, DETAILS, &users(&["alice"])).await;
    let before = *state.bucket.reads.borrow();
    let names: Vec<String> = (1..=40)
        .map(|account| format!("{account:012}/resource-policies.json"))
        .collect();
    for name in &names {
        let resource = json!({ "resourceArn": "arn:aws:s3:::same", "policyDocument": { "Statement": [] } });
        let text = json!({ "account": TENANT, "resourcePolicies": [resource] }).to_string();
        state.bucket.put(name, &text);
    }
    notify(&state, &[names[0].as_str()]).await;
    let refused = manifest(&state)
        .await
        .documents
        .iter()
        .filter(|one| one.refused.is_some())
        .count();
    assert_eq!(refused, 39, "the oldest is in force");
    let reads = *state.bucket.reads.borrow() - before;
    assert!(reads <= 3 * 40, "{reads} reads");
}

#[tokio::test]
async fn a_refused_version_leaves_its_predecessor_in_force_against_other_new_documents() {
    let (_dynamo, state) = state().await;
    let [first, second, third] =
        [1, 2, 3].map(|account: u64| format!("{account:012}/resource-policies.json"));
    let of = |bucket: &str| {
        let arn = format!("arn:aws:s3:::{bucket}");
        let resource = json!({ "resourceArn": arn, "policyDocument": { "Statement": [] } });
        json!({ "account": TENANT, "resourcePolicies": [resource] }).to_string()
    };
    put(&state, &first, &of("a")).await;
    put(&state, &second, &of("b")).await;
    put(&state, &third, &of("c")).await;
    // The first one wants what the second one gives up. The second one wants what the third one keeps, so that it is
    // refused and keeps what it has: then the first one is refused too.
    state.bucket.put(&first, &of("b"));
    state.bucket.put(&second, &of("c"));
    notify(&state, &[&first]).await;
    assert!(refusal(&state, &second).await.contains("`arn:aws:s3:::c` is in"));
    assert!(refusal(&state, &first).await.contains("`arn:aws:s3:::b` is in"));
    let policies = snapshot(&state)
        .await
        .unwrap()
        .inventory
        .resource_policies
        .unwrap()
        .policies;
    let resources: Vec<&str> = policies.iter().map(|one| one.resource.as_str()).collect();
    assert_eq!(resources, ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::c"]);
}
