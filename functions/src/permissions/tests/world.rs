//! An account to ask about, and what callers do.

use std::time::Duration;

use api::permissions::Error;
use api::{Failure, Reply, Request};
use aws::Function;
use inventory::{Gathered, Inventory, ShardSize, read_authorization_details};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::access_policies::{CreateAccessPolicy, CreatePortal, DeleteAccessPolicy, Deployment, Id};
use model::account::AccountId;
use model::inventory::Counts;
use model::json::object;
use serde_json::{Value, json};
use store::permissions::SnapshotId;
use store::policies::Content;
use store::{AccessPolicies, Permissions, Policies};
use testkit::{Dynamo, Faults};

use crate::inventory::new_snapshot::{Before, EncodedSnapshot};
use crate::permissions::shards::Instances;
use crate::permissions::{
    ImportedAccounts, SearchedAccounts, State, get_permissions, get_permissions_next_page, get_permissions_v4,
};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const OTHER_ACCOUNT: &str = "444455556666";
pub(super) const PORTAL: &str = "a1b2c3d4-5678-90ab-cdef-00000000000a";
const ACCESS_POLICY: &str = "a1b2c3d4-5678-90ab-cdef-00000000000b";

/// Returns one user with one inline policy of these statements
pub(super) fn user(statements: &str) -> String {
    format!(
        r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::{ACCOUNT}:user/alice","UserName":"alice","UserId":"AIDAALICE",
        "UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{{"Version":"2012-10-17","Statement":[{statements}]}}}}]}}]}}"#
    )
}

pub(super) const READER: &str = r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"]}"#;

/// The tables and a function that is warm from its second request on
pub(super) struct World {
    pub(super) dynamo: Dynamo,
    pub(super) faults: Faults,
    pub(super) state: State,
    pub(super) shard_size: ShardSize,
    revision: u64,
    /// Says when requests arrive
    pub(super) now: Timestamp,
}

pub(super) fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

impl World {
    pub(super) async fn new() -> Self {
        let dynamo = Dynamo::start().await;
        dynamo.create_table("PermissionsTable").await;
        dynamo.create_table("PoliciesTable").await;
        dynamo.create_table("AccessPoliciesTable").await;
        let faults = Faults::default();
        let state = start(&dynamo, &faults);
        Self {
            dynamo,
            faults,
            state,
            shard_size: ShardSize::default(),
            revision: 0,
            now: "2026-04-01T12:00:00Z".parse().unwrap(),
        }
    }

    /// Starts another instance of the function, which knows nothing yet.
    pub(super) fn restart(&mut self) {
        self.state = start(&self.dynamo, &self.faults);
    }

    /// Lets a function answer for shards.
    pub(super) fn search_by(&mut self, function: Function) {
        self.state.accounts = SearchedAccounts::new(imported(&self.dynamo, &self.faults), function);
    }

    /// Lets each shard have instances of its own.
    pub(super) fn isolate_shards(&mut self) {
        self.state.accounts.instances = Instances::Own;
    }

    /// Gives up searches whose shards take longer.
    pub(super) fn give_up_after(&mut self, longest: Duration) {
        self.state.accounts.longest = longest;
    }

    pub(super) fn wait(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    /// Brings a snapshot of the account's IAM into force.
    pub(super) async fn import(&mut self, details: &str) -> SnapshotId {
        self.import_all(Inventory {
            details: read_authorization_details(details).unwrap(),
            ..Inventory::default()
        })
        .await
    }

    /// Brings a snapshot of everything that is known into force.
    pub(super) async fn import_all(&mut self, inventory: Inventory) -> SnapshotId {
        let date = "2026-04-01".parse().unwrap();
        self.import_divided(inventory, date, self.shard_size).await
    }

    /// Imports the same inventory, in shards of a size.
    pub(super) async fn import_divided(
        &mut self,
        inventory: Inventory,
        date: Date,
        size: ShardSize,
    ) -> SnapshotId {
        let mut gathered = Gathered::default();
        gathered.add(inventory);
        let divided = gathered.divide(size).unwrap();
        let snapshot = EncodedSnapshot::of(&divided, date, &Before::default()).unwrap();
        self.revision += 1;
        let parts = snapshot.parts();
        let new = snapshot.stored(&parts, Counts::default(), self.revision);
        let store = Permissions::new(self.dynamo.client(), "PermissionsTable".to_owned());
        store.publish(&account(), &new, self.now).await.unwrap();
        new.id.clone()
    }

    pub(super) fn policies(&self) -> Policies {
        Policies::new(self.dynamo.client(), "PoliciesTable".to_owned())
    }

    /// Makes a policy over one target and lets a sub account hold it.
    pub(super) async fn attach(&self, sub_account: &str, id: &str, target: &str) {
        let permissions = format!(r#"[{{"effect":"Allow","targets":[{target}]}}]"#);
        let content = Content {
            name: id,
            description: "",
            permissions: &permissions,
        };
        let policies = self.policies();
        policies.create(&account(), id, content, 500).await.unwrap();
        policies.attach(&account(), sub_account, id).await.unwrap();
    }

    pub(super) async fn replace(&self, id: &str, target: &str) {
        let permissions = format!(r#"[{{"effect":"Allow","targets":[{target}]}}]"#);
        let content = Content {
            name: id,
            description: "",
            permissions: &permissions,
        };
        let any = model::policies::IfMatch::Any;
        self.policies()
            .replace(&account(), id, content, &any, "w")
            .await
            .unwrap();
    }

    fn access_policies(&self) -> AccessPolicies {
        AccessPolicies::new(self.dynamo.client(), "AccessPoliciesTable".to_owned())
    }

    /// Makes a portal and lets an identity administer it.
    pub(super) async fn grant(&self, identity: &Value) {
        let store = self.access_policies();
        let portal = json!({ "portalName": "p", "portalContactEmail": "a@example.com", "roleArn": "arn:aws:iam::111122223333:role/r" });
        let portal = CreatePortal::from_request(&object(portal.to_string().as_bytes()).unwrap()).unwrap();
        let id: Id = PORTAL.parse().unwrap();
        store
            .create_portal(&account(), &portal, id, 0, self.now)
            .await
            .unwrap();
        let policy = json!({
            "accessPolicyIdentity": identity,
            "accessPolicyResource": { "portal": { "id": PORTAL } },
            "accessPolicyPermission": "ADMINISTRATOR",
        });
        let policy =
            CreateAccessPolicy::from_request(&object(policy.to_string().as_bytes()).unwrap()).unwrap();
        let mint = || ACCESS_POLICY.parse().unwrap();
        store
            .create(&account(), &policy, mint, 0, self.now)
            .await
            .unwrap();
    }

    pub(super) async fn revoke(&self) {
        let unwanted = DeleteAccessPolicy::from_request(ACCESS_POLICY, &[]).unwrap();
        self.access_policies()
            .delete(&account(), &unwanted, self.now)
            .await
            .unwrap();
    }

    pub(super) async fn get_as(&self, tenant: &str, body: &Value, accept: &str) -> Result<Reply, Error> {
        get_permissions::handle(&self.state, request(tenant, &body.to_string(), accept, self.now)).await
    }

    pub(super) async fn get(&self, body: Value) -> Result<Reply, Error> {
        self.get_as(ACCOUNT, &body, "application/json").await
    }

    /// Returns the reply to a query as JSON.
    pub(super) async fn ask(&self, condition: &str, limit: u64) -> Value {
        let reply = self.get(query(condition, limit)).await.unwrap();
        serde_json::from_str(reply.body()).unwrap()
    }

    /// Returns a page of one entry of Get Permissions V4 as JSON.
    pub(super) async fn ask_v4(&self, body: &Value) -> Value {
        let event = json!({
            "body": body.to_string(),
            "multiValueQueryStringParameters": { "limit": ["1"] },
            "requestContext": { "identity": { "accountId": ACCOUNT } },
        });
        let request = Request::from_event(event, self.now);
        let reply = get_permissions_v4::handle(&self.state, request).await.unwrap();
        serde_json::from_str(reply.body()).unwrap()
    }

    pub(super) async fn page_as(&self, tenant: &str, body: &Value, accept: &str) -> Result<Reply, Error> {
        get_permissions_next_page::handle(&self.state, request(tenant, &body.to_string(), accept, self.now))
            .await
    }

    pub(super) async fn page(&self, body: Value) -> Result<Reply, Error> {
        self.page_as(ACCOUNT, &body, "application/json").await
    }
}

fn imported(dynamo: &Dynamo, faults: &Faults) -> ImportedAccounts {
    let client = dynamo.client_through(faults);
    ImportedAccounts::new(Permissions::new(client, "PermissionsTable".to_owned()))
}

fn start(dynamo: &Dynamo, faults: &Faults) -> State {
    let client = dynamo.client_through(faults);
    // A test has one shard, unless it says otherwise.
    let function = Function::named("none".to_owned());
    State::new(
        SearchedAccounts::new(imported(dynamo, faults), function),
        Policies::new(client.clone(), "PoliciesTable".to_owned()),
        AccessPolicies::new(client, "AccessPoliciesTable".to_owned()),
        Deployment {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
        },
    )
}

pub(super) fn request(tenant: &str, body: &str, accept: &str, at: Timestamp) -> Request {
    let event = json!({
        "body": body,
        "headers": { "Accept": accept, "x-redlock-auth": "ignored" },
        "requestContext": { "identity": { "accountId": tenant } },
    });
    Request::from_event(event, at)
}

pub(super) fn query(condition: &str, limit: u64) -> Value {
    json!({ "query": format!("config from iam where {condition}"), "limit": limit })
}

/// Returns the code of the error and the status.
pub(super) fn refused(outcome: Result<Reply, Error>) -> (u16, String) {
    let reply = outcome.unwrap_err().reply();
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    let code = body["error"]["code"].as_str().unwrap().to_owned();
    (reply.code(), code)
}

/// Returns the ids of the rows of a page.
pub(super) fn ids(items: &Value) -> Vec<String> {
    let items = items.as_array().unwrap().iter();
    items.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}
