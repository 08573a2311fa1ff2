//! Creates and deletes portals.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use jiff::Timestamp;
use model::access_policies::{
    CreatePortal, DeletePortal, Id, Portal, Resource, ResourceKind, UpdatePortal, to_milliseconds,
};
use model::account::AccountId;

use super::{AccessPolicies, Counter, Created, Deleted, Updated, created_before};
use crate::StoreError;
use crate::client_token::{self, Written};
use crate::item::{Item, number};

/// Places of the items in the transactions.
const NUMBER_OF_PORTALS: usize = 1;
const PORTAL: usize = 0;

/// Attributes of a portal that an update may leave out.
const OPTIONAL: [&str; 5] = [
    "description",
    "notificationSenderEmail",
    "alarms",
    "portalType",
    "typeConfiguration",
];

impl AccessPolicies {
    /// Creates a portal, unless the account has `limit` of them already; 0 is no limit.
    ///
    /// # Errors
    /// [`StoreError`]; also when the id is taken, since new ids are random.
    pub async fn create_portal(
        &self,
        account: &AccountId,
        new: &CreatePortal,
        id: Id,
        limit: u32,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let claim = self.claim(account, new, now);
        let portal = Portal {
            id,
            details: new.details.clone(),
            auth_mode: new.auth_mode,
            created_at: to_milliseconds(now),
            updated_at: None,
        };
        let item: Item = serde_dynamo::to_item(&portal)?;
        let mut items = vec![
            self.put(account, (ResourceKind::Portal, &portal.id), item, &new.tags)?,
            self.count_one_more(account, Counter::Portals, limit)?,
        ];
        items.extend(self.new_stripes(account, &Resource::Portal(portal.id.clone()))?);
        match client_token::write(&self.client, items, claim.as_ref(), portal.id.as_str()).await? {
            Written::Now => Ok(Created::As(portal.id)),
            Written::Before(earlier) => created_before(&earlier),
            Written::Refused(refused) if refused.at(NUMBER_OF_PORTALS).is_some() => Ok(Created::TooMany),
            Written::Refused(_) => Err(StoreError::Unavailable("the id of a new portal is taken".into())),
        }
    }

    /// Replaces what was said about a portal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn update_portal(
        &self,
        account: &AccountId,
        wanted: &UpdatePortal,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let claim = self.claim(account, wanted, now);
        let details: Item = serde_dynamo::to_item(&wanted.details)?;
        let item = self.set(
            account,
            (ResourceKind::Portal, &wanted.id),
            details,
            &OPTIONAL,
            now,
        )?;
        self.replaced(claim.as_ref(), item, &wanted.id).await
    }

    /// Deletes a portal that has no projects. Access policies on it stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_portal(
        &self,
        account: &AccountId,
        unwanted: &DeletePortal,
        now: Timestamp,
    ) -> Result<Deleted, StoreError> {
        let id = &unwanted.id;
        let claim = self.claim(account, unwanted, now);
        let projects = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(Counter::ProjectsOf(id).key(account)))
            .condition_expression("attribute_not_exists(n) OR n = :none")
            .expression_attribute_values(":none", number(0))
            .build()?;
        let mut items = vec![
            self.delete_existing(account, (ResourceKind::Portal, id))?,
            TransactWriteItem::builder().delete(projects).build(),
            self.count_one_less(account, Counter::Portals)?,
        ];
        items.extend(self.without_stripes(account, &Resource::Portal(id.clone()))?);
        Ok(
            match client_token::write(&self.client, items, claim.as_ref(), id.as_str()).await? {
                Written::Now => Deleted::Done,
                Written::Before(earlier) => earlier.into(),
                Written::Refused(refused) if refused.at(PORTAL).is_some() => Deleted::Unknown,
                Written::Refused(_) => Deleted::HasProjects,
            },
        )
    }
}
