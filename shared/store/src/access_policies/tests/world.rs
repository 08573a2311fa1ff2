//! Makes a table as the template defines it, with faults on the way to it, and makes requests by short calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use jiff::Timestamp;
use model::access_policies::{
    ClientToken, CreateAccessPolicy, CreatePortal, CreateProject, DeleteAccessPolicy, DeletePortal,
    DeleteProject, Id, Identity, ListAccessPolicies, Permission, Resource, Tags, UpdateAccessPolicy,
};
use model::account::AccountId;
use serde_json::{Value, json};
use testkit::{Dynamo, Faults};
use uuid::Uuid;

use crate::StoreError;
use crate::access_policies::{AccessPolicies, Created, Deleted, Updated};
use crate::item::{Item, text_of};

pub(super) const TABLE: &str = "AccessPoliciesTable";
/// More than any test needs.
const NO_LIMIT: u32 = 0;

#[derive(Debug, Clone, Copy)]
struct Pauses;

impl AsyncSleep for Pauses {
    fn sleep(&self, time: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(time))
    }
}

pub(super) struct World {
    _dynamo: Dynamo,
    pub(super) faults: Faults,
    pub(super) store: Arc<AccessPolicies>,
    /// Somebody else with the same table, whose requests all arrive.
    pub(super) other: AccessPolicies,
    pub(super) client: aws_sdk_dynamodb::Client,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::through(Dynamo::client_through).await
    }

    /// Makes a world with pauses that take their time.
    pub(super) async fn patient() -> Self {
        let client = |dynamo: &Dynamo, faults: &Faults| {
            let config = dynamo.config().http_client(faults.clone()).sleep_impl(Pauses);
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        Self::through(client).await
    }

    async fn through(client: impl Fn(&Dynamo, &Faults) -> aws_sdk_dynamodb::Client) -> Self {
        let dynamo = Dynamo::start().await;
        dynamo.create_table(TABLE).await;
        let faults = Faults::default();
        let store = AccessPolicies::new(client(&dynamo, &faults), TABLE.to_owned());
        Self {
            other: AccessPolicies::new(dynamo.client(), TABLE.to_owned()),
            client: dynamo.client(),
            _dynamo: dynamo,
            faults,
            store: Arc::new(store),
        }
    }

    /// Returns a new portal, as a resource.
    pub(super) async fn portal(&self) -> Resource {
        let created = self
            .store
            .create_portal(&account(), &portal(None), mint(), NO_LIMIT, at(0))
            .await;
        Resource::Portal(id_of(created))
    }

    pub(super) async fn project(&self, portal: &Resource) -> Resource {
        let new = project(portal.parts().1, None);
        let created = self
            .store
            .create_project(&account(), &new, mint(), NO_LIMIT, at(0))
            .await;
        Resource::Project(id_of(created))
    }

    pub(super) async fn remove(&self, resource: &Resource) {
        let (id, client_token) = (resource.parts().1.clone(), None);
        let deleted = match resource {
            Resource::Portal(_) => {
                let unwanted = DeletePortal { id, client_token };
                self.store.delete_portal(&account(), &unwanted, at(0)).await
            }
            Resource::Project(_) => {
                let unwanted = DeleteProject { id, client_token };
                self.store.delete_project(&account(), &unwanted, at(0)).await
            }
        };
        assert_eq!(deleted.unwrap(), Deleted::Done);
    }

    pub(super) async fn create(
        &self,
        new: &CreateAccessPolicy,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        self.store.create(&account(), new, mint, NO_LIMIT, now).await
    }

    pub(super) async fn create_within(&self, limit: u32, new: &CreateAccessPolicy) -> Created {
        self.store
            .create(&account(), new, mint, limit, at(0))
            .await
            .unwrap()
    }

    /// Returns a new policy; its id.
    pub(super) async fn policy(&self, new: &CreateAccessPolicy) -> Id {
        id_of(self.create(new, at(0)).await)
    }

    pub(super) async fn update(
        &self,
        wanted: &UpdateAccessPolicy,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        self.store.update(&account(), wanted, NO_LIMIT, now).await
    }

    pub(super) async fn delete(
        &self,
        unwanted: &DeleteAccessPolicy,
        now: Timestamp,
    ) -> Result<Deleted, StoreError> {
        self.store.delete(&account(), unwanted, now).await
    }

    /// Updates a policy, which is done.
    pub(super) async fn updated(&self, wanted: &UpdateAccessPolicy, now: Timestamp) {
        assert_eq!(self.update(wanted, now).await.unwrap(), Updated::Done);
    }

    /// Deletes a policy, which is done.
    pub(super) async fn deleted(&self, unwanted: &DeleteAccessPolicy, now: Timestamp) {
        assert_eq!(self.delete(unwanted, now).await.unwrap(), Deleted::Done);
    }

    /// Returns the identity of a policy, by its text; `None` when there is no such policy.
    pub(super) async fn holder(&self, id: &Id) -> Option<String> {
        let policy = self.store.policy(&account(), id).await.unwrap();
        policy.map(|policy| policy.identity.parts().2.to_owned())
    }

    /// Returns the sort keys of the rows that begin with a text, as they are in the table.
    pub(super) async fn rows(&self, begins_with: &str) -> Vec<String> {
        let keys = self.items().await;
        let keys = keys.iter().map(|item| text_of(item, "sk").unwrap().to_owned());
        let mut keys: Vec<String> = keys.filter(|key| key.starts_with(begins_with)).collect();
        keys.sort_unstable();
        keys
    }

    pub(super) async fn items(&self) -> Vec<Item> {
        let items = self
            .client
            .scan()
            .table_name(TABLE)
            .into_paginator()
            .items()
            .send();
        items.collect::<Result<_, _>>().await.unwrap()
    }
}

pub(super) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// Returns the time so many seconds after the beginning.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(super) fn mint() -> Id {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into()).into()
}

pub(super) fn token(number: u32) -> ClientToken {
    format!("token-{number:030}").parse().unwrap()
}

pub(super) fn user(name: &str) -> Identity {
    Identity::User(name.parse().unwrap())
}

pub(super) fn tags(tags: &Value) -> Tags {
    serde_json::from_value(tags.clone()).unwrap()
}

pub(super) fn grant(resource: &Resource, name: &str, client_token: Option<u32>) -> CreateAccessPolicy {
    CreateAccessPolicy {
        identity: user(name),
        resource: resource.clone(),
        permission: Permission::Viewer,
        client_token: client_token.map(token),
        tags: Tags::default(),
    }
}

pub(super) fn change(
    id: &Id,
    resource: &Resource,
    name: &str,
    client_token: Option<u32>,
) -> UpdateAccessPolicy {
    UpdateAccessPolicy {
        id: id.clone(),
        identity: user(name),
        resource: resource.clone(),
        permission: Permission::Administrator,
        client_token: client_token.map(token),
    }
}

pub(super) fn removal(id: &Id, client_token: Option<u32>) -> DeleteAccessPolicy {
    DeleteAccessPolicy {
        id: id.clone(),
        client_token: client_token.map(token),
    }
}

pub(super) fn portal(client_token: Option<u32>) -> CreatePortal {
    let body = json!({
        "portalName": "Line 7",
        "portalContactEmail": "line7@example.com",
        "roleArn": "arn:aws:iam::111122223333:role/portal",
        "clientToken": client_token.map(|number| token(number).to_string()),
    });
    CreatePortal::from_request(&model::json::object(body.to_string().as_bytes()).unwrap()).unwrap()
}

pub(super) fn project(portal: &Id, client_token: Option<u32>) -> CreateProject {
    CreateProject {
        portal_id: portal.clone(),
        name: "Caps".parse().unwrap(),
        description: None,
        client_token: client_token.map(token),
        tags: Tags::default(),
    }
}

/// Returns a list request as a query says it.
pub(super) fn query(parameters: &[(&str, &str)]) -> ListAccessPolicies {
    ListAccessPolicies::from_request(|name| {
        let named = parameters.iter().filter(|(parameter, _)| *parameter == name);
        named.map(|(_, value)| *value).collect()
    })
    .unwrap()
}

pub(super) fn id_of(created: Result<Created, StoreError>) -> Id {
    let created = created.unwrap();
    let Created::As(id) = created else {
        panic!("{created:?}")
    };
    id
}
