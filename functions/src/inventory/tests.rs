use std::cell::Cell;

use api::{Event, Failure, Request};
use aws::Access;
use inventory::stored::{SnapshotManifest, decode};
use inventory::{Division, Inventory, ShardSize};
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::inventory::Manifest;
use serde_json::json;
use store::Permissions;
use store::permissions::digest;
use testkit::{Bucket, Dynamo};

use super::import_inventory::{State, handle};

const TENANT: &str = "111122223333";

fn now() -> Timestamp {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

fn tenant() -> AccountId {
    TENANT.parse().unwrap()
}

/// An import with a table and a bucket of its own.
struct World {
    dynamo: Dynamo,
    bucket: Bucket,
    state: State,
    puts: Cell<i64>,
}

impl World {
    async fn start() -> Self {
        Self::with_shards(ShardSize::default()).await
    }

    /// With shards of a size.
    async fn with_shards(size: ShardSize) -> Self {
        let dynamo = Dynamo::start().await;
        dynamo.create_table("PermissionsTable").await;
        let bucket = Bucket::start("inventory").await;
        let state = State {
            table: Permissions::new(dynamo.client(), "PermissionsTable".to_owned()),
            bucket: Access::new(&bucket.config()).inventory_bucket(bucket.name().to_owned()),
            size,
        };
        Self {
            dynamo,
            bucket,
            state,
            puts: Cell::new(0),
        }
    }

    /// Each version is a second younger than the one before.
    fn put(&self, name: &str, text: &str) {
        self.puts.set(self.puts.get() + 1);
        let at = now() + SignedDuration::from_secs(self.puts.get());
        self.bucket
            .put(&format!("{TENANT}/{name}"), &digest(text), at, text);
    }

    fn remove(&self, name: &str) {
        self.bucket.remove(&format!("{TENANT}/{name}"));
    }
}

/// What a notification about these names does.
async fn notify(world: &World, names: &[&str]) {
    let record = |name: &&str| json!({ "s3": { "object": { "key": format!("{TENANT}/{name}") } } });
    let records: Vec<_> = names.iter().map(record).collect();
    let event = Event::new(json!({ "Records": records }), now());
    handle(&world.state, event).await.unwrap();
}

async fn put(world: &World, name: &str, text: &str) {
    world.put(name, text);
    notify(world, &[name]).await;
}

async fn manifest(world: &World) -> Manifest {
    world.state.table.manifest(&tenant()).await.unwrap().0
}

/// Why a document was refused; empty when it was not.
async fn refusal(world: &World, name: &str) -> String {
    let manifest = manifest(world).await;
    let refused = manifest
        .document(name)
        .and_then(|document| document.refused.clone());
    refused.map_or_else(String::new, |refused| refused.message)
}

/// The snapshot in force.
async fn snapshot(world: &World) -> Option<(SnapshotManifest, Inventory)> {
    let table = &world.state.table;
    let current = table.current(&tenant()).await.unwrap()?;
    let copies = table.snapshots(&tenant(), &current.id, now()).await.unwrap();
    let manifest: SnapshotManifest = decode(&copies[0].manifest).unwrap();
    let part = async |id: &str| {
        let part = table.part(&tenant(), &copies[0], &id.parse().unwrap()).await;
        part.unwrap().unwrap()
    };
    let common = decode(&part(&manifest.common.id).await).unwrap();
    let mut shards = Vec::new();
    for shard in &manifest.shards {
        shards.push(decode(&part(&shard.part.id).await).unwrap());
    }
    Some((manifest, Division { common, shards }.joined()))
}

/// Names of users in the snapshot in force, and whether it knows last accesses.
async fn shown(world: &World) -> Option<(Vec<String>, bool)> {
    let (_, inventory) = snapshot(world).await?;
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
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice", "bob"])).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice", "bob"], false));
    assert_eq!(
        snapshot(&world).await.unwrap().0.date,
        jiff::civil::date(2026, 4, 1)
    );
    put(&world, LAST, REPORTS).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice", "bob"], true));
    assert_eq!(
        snapshot(&world).await.unwrap().0.date,
        jiff::civil::date(2026, 2, 3)
    );
    assert_eq!(manifest(&world).await.accounts, [TENANT]);
    let current = world.state.table.current(&tenant()).await.unwrap().unwrap();
    assert_eq!(
        (current.counts.users, current.counts.accounts, current.revision),
        (2, 1, 2)
    );
}

#[tokio::test]
async fn a_broken_version_leaves_the_good_one_in_force_also_for_later_imports() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, LAST, REPORTS).await;
    let before = world.state.table.current(&tenant()).await.unwrap();
    put(
        &world,
        LAST,
        r#"{"reports":[{"Arn":"x","JobStatus":"FAILED","ServicesLastAccessed":[]}]}"#,
    )
    .await;
    assert!(refusal(&world, LAST).await.contains("its status is `FAILED`"));
    assert_eq!(world.state.table.current(&tenant()).await.unwrap(), before);
    put(&world, DETAILS, &users(&["alice", "carol"])).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice", "carol"], true));
    assert!(!refusal(&world, LAST).await.is_empty(), "it is still shown");
    put(&world, LAST, REPORTS).await;
    assert_eq!(refusal(&world, LAST).await, "");
}

#[tokio::test]
async fn what_was_imported_before_changes_nothing_and_is_not_read_again() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, "notes.txt", "x").await;
    let (before, reads) = (manifest(&world).await, world.bucket.reads());
    let current = world.state.table.current(&tenant()).await.unwrap();
    notify(&world, &[DETAILS, DETAILS]).await;
    put(&world, DETAILS, &users(&["alice"])).await;
    assert_eq!(manifest(&world).await, before);
    assert_eq!(world.bucket.reads(), reads);
    assert_eq!(world.state.table.current(&tenant()).await.unwrap(), current);
}

#[tokio::test]
async fn an_event_takes_in_what_other_events_did_not_name() {
    let world = World::start().await;
    world.put(DETAILS, &users(&["alice"]));
    world.put(LAST, REPORTS);
    notify(&world, &[LAST]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], true));
    assert_eq!(manifest(&world).await.revision, 1);
}

#[tokio::test]
async fn removed_documents_go_and_with_the_last_one_the_snapshot() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, LAST, REPORTS).await;
    world.remove(LAST);
    notify(&world, &[LAST]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
    world.remove(DETAILS);
    notify(&world, &[DETAILS]).await;
    assert_eq!(shown(&world).await, None);
    assert!(manifest(&world).await.documents.is_empty());
    put(&world, DETAILS, &users(&["bob"])).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["bob"], false));
}

#[tokio::test]
async fn an_emptied_bucket_takes_nothing_away_but_what_an_event_names() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, LAST, REPORTS).await;
    world.remove(DETAILS);
    world.remove(LAST);
    put(
        &world,
        "444455556666/authorization-details.json",
        r#"{"UserDetailList":[]}"#,
    )
    .await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], true));
    notify(&world, &[LAST]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
}

#[tokio::test]
async fn documents_that_say_something_about_the_same_user_wait_for_each_other() {
    let world = World::start().await;
    let second = "111122223333/authorization-details.json";
    put(&world, DETAILS, &users(&["alice"])).await;
    put(&world, second, &users(&["alice", "bob"])).await;
    assert_eq!(
        refusal(&world, second).await,
        "`arn:aws:iam::111122223333:user/alice` is in `authorization-details.json` as well as in \
         `111122223333/authorization-details.json`"
    );
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
    put(&world, DETAILS, &users(&["carol"])).await;
    assert_eq!(refusal(&world, second).await, "");
    assert_eq!(
        shown(&world).await.unwrap(),
        expected(&["alice", "bob", "carol"], false)
    );
    put(&world, DETAILS, &users(&["bob"])).await;
    assert!(refusal(&world, DETAILS).await.contains("user/bob"));
    assert_eq!(
        shown(&world).await.unwrap(),
        expected(&["alice", "bob", "carol"], false),
        "the last good version stays"
    );
    world.remove(second);
    notify(&world, &[second]).await;
    assert_eq!(shown(&world).await.unwrap(), expected(&["bob"], false));
}

#[tokio::test]
async fn a_document_with_another_name_or_of_another_account_is_refused() {
    let world = World::start().await;
    put(&world, "authorization.json", &users(&["alice"])).await;
    assert!(
        refusal(&world, "authorization.json")
            .await
            .starts_with("no document has this name")
    );
    let other = "444455556666/authorization-details.json";
    put(&world, other, &users(&["alice"])).await;
    assert!(
        refusal(&world, other)
            .await
            .contains("does not belong to the account 444455556666")
    );
    assert_eq!(shown(&world).await, None);
    world.remove("authorization.json");
    notify(&world, &["authorization.json"]).await;
    assert_eq!(manifest(&world).await.documents.len(), 1);
}

#[tokio::test]
async fn an_import_that_ended_between_manifest_and_snapshot_is_finished_by_the_next_event() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    let (manifest, seen) = world.state.table.manifest(&tenant()).await.unwrap();
    let next = Manifest {
        revision: 7,
        ..manifest
    };
    assert!(
        world
            .state
            .table
            .replace_manifest(&tenant(), &next, seen, now())
            .await
            .unwrap()
    );
    notify(&world, &[DETAILS]).await;
    assert_eq!(world.state.table.published_revision(&tenant()).await.unwrap(), 7);
    assert_eq!(shown(&world).await.unwrap(), expected(&["alice"], false));
}

#[tokio::test]
async fn imports_at_once_leave_everything_in_force() {
    let world = World::start().await;
    let name = |account: u64| format!("{account:012}/authorization-details.json");
    let import = |account: u64| {
        let (world, name) = (&world, name(account));
        async move {
            let user = json!({ "Arn": format!("arn:aws:iam::{account:012}:user/u{account}") });
            put(world, &name, &json!({ "UserDetailList": [user] }).to_string()).await;
        }
    };
    futures::future::join_all((1..=8).map(import)).await;
    assert_eq!(manifest(&world).await.accepted().count(), 8);
    assert_eq!(snapshot(&world).await.unwrap().1.details.users.len(), 8);
}

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
            super::get_inventory::handle(&world.state.table, Request::from_event(event, now())).await;
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

#[tokio::test]
async fn many_documents_that_conflict_are_read_a_few_times_and_not_once_for_each_other() {
    let world = World::start().await;
    put(&world, DETAILS, &users(&["alice"])).await;
    let before = world.bucket.reads();
    let names: Vec<String> = (1..=40)
        .map(|account| format!("{account:012}/resource-policies.json"))
        .collect();
    for name in &names {
        let resource = json!({ "resourceArn": "arn:aws:s3:::same", "policyDocument": { "Statement": [] } });
        let text = json!({ "account": TENANT, "resourcePolicies": [resource] }).to_string();
        world.put(name, &text);
    }
    notify(&world, &[names[0].as_str()]).await;
    let refused = manifest(&world)
        .await
        .documents
        .iter()
        .filter(|one| one.refused.is_some())
        .count();
    assert_eq!(refused, 39, "the oldest is in force");
    let reads = world.bucket.reads() - before;
    assert!(reads <= 3 * 40, "{reads} reads");
}

#[tokio::test]
async fn a_refused_version_leaves_its_predecessor_in_force_against_other_new_documents() {
    let world = World::start().await;
    let [first, second, third] =
        [1, 2, 3].map(|account: u64| format!("{account:012}/resource-policies.json"));
    let of = |bucket: &str| {
        let arn = format!("arn:aws:s3:::{bucket}");
        let resource = json!({ "resourceArn": arn, "policyDocument": { "Statement": [] } });
        json!({ "account": TENANT, "resourcePolicies": [resource] }).to_string()
    };
    put(&world, &first, &of("a")).await;
    put(&world, &second, &of("b")).await;
    put(&world, &third, &of("c")).await;
    // The first one wants what the second one gives up. The second one wants what the third one keeps, so that it is
    // refused and keeps what it has: then the first one is refused too.
    world.put(&first, &of("b"));
    world.put(&second, &of("c"));
    notify(&world, &[&first]).await;
    assert!(refusal(&world, &second).await.contains("`arn:aws:s3:::c` is in"));
    assert!(refusal(&world, &first).await.contains("`arn:aws:s3:::b` is in"));
    let policies = snapshot(&world)
        .await
        .unwrap()
        .1
        .resource_policies
        .unwrap()
        .policies;
    let resources: Vec<&str> = policies.iter().map(|one| one.resource.as_str()).collect();
    assert_eq!(resources, ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::c"]);
}

/// Each account is a shard.
const SMALL: ShardSize = ShardSize {
    principals: 0,
    bytes: 0,
};

/// A user of an account, who may do something.
fn user_of(account: u64, action: &str) -> (String, String) {
    let text = json!({ "UserDetailList": [{
        "Arn": format!("arn:aws:iam::{account:012}:user/u"),
        "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": { "Statement":
            [{ "Effect": "Allow", "Action": action, "Resource": format!("arn:aws:s3:::bucket-of-{account}") }] } }],
    }] });
    (
        format!("{account:012}/authorization-details.json"),
        text.to_string(),
    )
}

/// How many headers there are of parts that last, and of all.
async fn parts(world: &World) -> (usize, usize) {
    let items = world.dynamo.items("PermissionsTable").await;
    let parts: Vec<_> = items
        .iter()
        .filter(|item| item["sk"].as_str().is_some_and(|key| key.starts_with("PART#")))
        .collect();
    let lasting = parts.iter().filter(|item| item.get("expiresAt").is_none());
    (lasting.count(), parts.len())
}

#[tokio::test]
async fn one_changed_account_of_many_writes_one_shard() {
    let world = World::with_shards(SMALL).await;
    let documents: Vec<(String, String)> = (1..=30).map(|account| user_of(account, "s3:Get*")).collect();
    for (name, text) in &documents {
        world.put(name, text);
    }
    notify(&world, &[&documents[0].0]).await;
    let (manifest, _) = snapshot(&world).await.unwrap();
    assert_eq!(manifest.shards.len(), 30);
    assert_eq!(parts(&world).await, (31, 31), "thirty shards and the common part");
    let (name, text) = user_of(7, "s3:List*");
    put(&world, &name, &text).await;
    assert_eq!(parts(&world).await, (31, 32));
    // An action that no other document names is known to all accounts.
    let (name, text) = user_of(8, "s3:GetObject");
    put(&world, &name, &text).await;
    assert_eq!(parts(&world).await, (31, 34));
    let (name, text) = user_of(31, "s3:Get*");
    put(&world, &name, &text).await;
    assert_eq!(
        parts(&world).await,
        (32, 36),
        "a new account is a shard, and known to all"
    );
    world.remove(&name);
    notify(&world, &[&name]).await;
    assert_eq!(parts(&world).await, (31, 37));
    let (_, inventory) = snapshot(&world).await.unwrap();
    assert_eq!(inventory.details.users.len(), 30);
}

#[tokio::test]
async fn imports_of_shards_at_once_leave_everything_in_force() {
    let world = World::with_shards(SMALL).await;
    let import = |account: u64| {
        let world = &world;
        async move {
            let (name, text) = user_of(account, "s3:Get*");
            put(world, &name, &text).await;
        }
    };
    futures::future::join_all((1..=8).map(import)).await;
    let (manifest, inventory) = snapshot(&world).await.unwrap();
    assert_eq!((manifest.shards.len(), inventory.details.users.len()), (8, 8));
    assert_eq!(parts(&world).await.0, 9);
}
