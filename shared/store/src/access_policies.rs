//! Reads and writes the table of access policies, and of the portals and projects to which they give access.
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `<account>` | `POLICY#<id>` | an access policy with its tags |
//! | `<account>` | `PORTAL#<id>`, `PROJECT#<id>` | a portal, a project, with its tags |
//! | `<account>` | `COUNT#PORTALS` | how many portals the account has |
//! | `<account>` | `COUNT#PROJECTS#<portal>` | how many projects the portal has |
//! | `<account>` | `COUNT#POLICIES#<kind>#<portal or project>#<stripe>` | how many access policies on it this stripe counts |
//! | `<account>` | `TOKEN#<operation>#<token>` | what a client token stood for, for a day |
//!
//! Lists come from local indexes, which can be read strongly consistently and are written with the item itself:
//!
//! | index | sorted by | finds |
//! |---|---|---|
//! | `ByIdentity` | `byIdentity` = kind of identity, hash of what names it, policy | the policies of an identity |
//! | `ByParent` | `byParent` = kind, parent, id | the policies on a resource, the projects of a portal |
//! | `ByGrant` | `byGrant` = as `byIdentity`, resource, policy | the policies of an identity on a resource |
//!
//! What names an identity takes up to 1,600 bytes, a sort key 1,024: hence the hash. With an index for each question
//! no answer is filtered, so that a page is one request; and the indexes hold no tags, so that it is no more.

mod create;
mod delete;
mod list;
mod portals;
mod projects;
mod replace;
mod stripes;
mod tags;
mod update;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use model::access_policies::{
    AccessPolicy, Id, Identity, IdentityFilter, Portal, Project, Repeatable, Resource, ResourceKind, Tags,
};
use model::account::AccountId;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::client_token::{Claim, Earlier, hash};
use crate::item::{Item, key, number, text};

pub use list::Page;
pub use tags::Tagged;

/// The index of access policies by identity.
const BY_IDENTITY: &str = "ByIdentity";
/// The index of access policies by resource, and of projects by portal.
const BY_PARENT: &str = "ByParent";
/// The index of access policies by identity and resource.
const BY_GRANT: &str = "ByGrant";

/// Says how long a client token is remembered from its first success.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Says how often a change is tried anew when others change the same policy between its read and its write.
const ATTEMPTS: u32 = 8;

/// The table of access policies, portals and projects.
#[derive(Debug)]
pub struct AccessPolicies {
    client: Client,
    table: String,
}

/// The outcome of an attempt to create something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The resource exists, or existed when the same request was made before under its token.
    As(Id),
    /// The token stands for another request.
    OtherRequest,
    /// The portal or project that it should belong to does not exist.
    UnknownParent,
    /// There are as many as there may be.
    TooMany,
}

/// The outcome of an attempt to update a policy, a portal or a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// The change is done, now or before under the same token.
    Done,
    /// The token stands for another request.
    OtherRequest,
    /// There is no such thing.
    Unknown,
    /// The resource that it should stand on does not exist.
    UnknownParent,
}

/// The outcome of an attempt to delete something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The deletion is done, now or before under the same token.
    Done,
    /// The token stands for another request.
    OtherRequest,
    /// There is no such thing.
    Unknown,
    /// The portal still has projects.
    HasProjects,
}

impl AccessPolicies {
    /// Returns the table of that name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Returns the access policy of that id; strongly consistent. `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn policy(&self, account: &AccountId, id: &Id) -> Result<Option<AccessPolicy>, StoreError> {
        self.get(account, ResourceKind::AccessPolicy, id).await
    }

    /// Returns the portal of that id; strongly consistent. `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn portal(&self, account: &AccountId, id: &Id) -> Result<Option<Portal>, StoreError> {
        self.get(account, ResourceKind::Portal, id).await
    }

    /// Returns the project of that id; strongly consistent. `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn project(&self, account: &AccountId, id: &Id) -> Result<Option<Project>, StoreError> {
        self.get(account, ResourceKind::Project, id).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        account: &AccountId,
        kind: ResourceKind,
        id: &Id,
    ) -> Result<Option<T>, StoreError> {
        let found = self.item(account, kind, id).await?;
        Ok(found.map(serde_dynamo::from_item).transpose()?)
    }

    async fn item(
        &self,
        account: &AccountId,
        kind: ResourceKind,
        id: &Id,
    ) -> Result<Option<Item>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(resource_key(account, kind, id)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(found.item)
    }

    /// Returns the claim of a request's client token, if the request has one.
    fn claim<R: Repeatable>(&self, account: &AccountId, request: &R, now: Timestamp) -> Option<Claim<'_>> {
        let key = key(
            account.as_str(),
            format!("TOKEN#{}#{}", R::OPERATION, request.client_token()?),
        );
        let end = now.saturating_add(TOKEN_LIFE).unwrap_or(Timestamp::MAX);
        Some(Claim::new(&self.table, key, &request.canonical(), now, end))
    }

    /// Returns a new item with its tags.
    fn put(
        &self,
        account: &AccountId,
        (kind, id): (ResourceKind, &Id),
        mut item: Item,
        tags: &Tags,
    ) -> Result<TransactWriteItem, StoreError> {
        item.extend(resource_key(account, kind, id));
        item.insert("tags".to_owned(), serde_dynamo::to_attribute_value(tags)?);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Returns the request that deletes a portal or project, and that is refused when the portal or project does not exist.
    fn delete_existing(
        &self,
        account: &AccountId,
        (kind, id): (ResourceKind, &Id),
    ) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(resource_key(account, kind, id)))
            .condition_expression("attribute_exists(pk)")
            .build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn check_exists(
        &self,
        account: &AccountId,
        kind: ResourceKind,
        id: &Id,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(resource_key(account, kind, id)))
            .condition_expression("attribute_exists(pk)")
            .build()?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Counts one more, unless there are as many as `limit` allows; 0 allows any number.
    fn count_one_more(
        &self,
        account: &AccountId,
        counter: Counter<'_>,
        limit: u32,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut update = self.count(account, counter, 1);
        if limit > 0 {
            update = update
                .condition_expression("attribute_not_exists(n) OR n < :limit")
                .expression_attribute_values(":limit", number(limit));
        }
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// Counts one less.
    fn count_one_less(
        &self,
        account: &AccountId,
        counter: Counter<'_>,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = self.count(account, counter, -1).build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn count(
        &self,
        account: &AccountId,
        counter: Counter<'_>,
        change: i32,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(counter.key(account)))
            .update_expression("ADD n :change")
            .expression_attribute_values(":change", number(change))
    }
}

/// Says what is counted, each in a row of its own: a condition on a row and its change are one step of a transaction,
/// and a transaction takes one step for a row. Access policies are counted by [`stripes`].
#[derive(Debug, Clone, Copy)]
enum Counter<'a> {
    Portals,
    ProjectsOf(&'a Id),
}

impl Counter<'_> {
    fn key(self, account: &AccountId) -> Item {
        let name = match self {
            Self::Portals => "COUNT#PORTALS".to_owned(),
            Self::ProjectsOf(portal) => format!("COUNT#PROJECTS#{portal}"),
        };
        key(account.as_str(), name)
    }
}

/// Returns the first part of the sort key of a kind of items.
fn prefix(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::AccessPolicy => "POLICY#",
        ResourceKind::Portal => "PORTAL#",
        ResourceKind::Project => "PROJECT#",
    }
}

fn resource_key(account: &AccountId, kind: ResourceKind, id: &Id) -> Item {
    key(account.as_str(), format!("{}{id}", prefix(kind)))
}

/// Returns the sort keys of the indexes, without the id at their end.
fn of_identity(identity: &IdentityFilter) -> String {
    let (kind, name) = identity.parts();
    format!("{kind}#{}#", hash(name))
}

fn policies_on(resource: &Resource) -> String {
    let (kind, id) = resource.parts();
    format!("POLICY#{kind}#{id}#")
}

fn projects_of(portal: &Id) -> String {
    format!("PROJECT#{portal}#")
}

fn of_identity_on(identity: &IdentityFilter, resource: &Resource) -> String {
    format!("{}{}", of_identity(identity), policies_on(resource))
}

/// Returns the attributes by which the indexes find a policy.
fn places(id: &Id, identity: &Identity, resource: &Resource) -> Item {
    let identity = IdentityFilter::of(identity);
    HashMap::from([
        ("byIdentity", of_identity(&identity)),
        ("byParent", policies_on(resource)),
        ("byGrant", of_identity_on(&identity, resource)),
    ])
    .into_iter()
    .map(|(name, place)| (name.to_owned(), text(format!("{place}{id}"))))
    .collect()
}

/// Returns the answer to a creation whose token is taken.
fn created_before(earlier: &Earlier) -> Result<Created, StoreError> {
    match earlier {
        Earlier::Same(id) => match id.parse() {
            Ok(id) => Ok(Created::As(id)),
            Err(fault) => Err(StoreError::Unreadable(Box::new(fault))),
        },
        Earlier::Other(_) => Ok(Created::OtherRequest),
    }
}

impl From<Earlier> for Updated {
    fn from(earlier: Earlier) -> Self {
        match earlier {
            Earlier::Same(_) => Self::Done,
            Earlier::Other(_) => Self::OtherRequest,
        }
    }
}

impl From<Earlier> for Deleted {
    fn from(earlier: Earlier) -> Self {
        match earlier {
            Earlier::Same(_) => Self::Done,
            Earlier::Other(_) => Self::OtherRequest,
        }
    }
}

/// Others changed the same item over and over.
#[derive(Debug, thiserror::Error)]
#[error("the item kept changing")]
struct KeptChanging;

fn kept_changing() -> StoreError {
    StoreError::Throttled(Box::new(KeptChanging))
}
