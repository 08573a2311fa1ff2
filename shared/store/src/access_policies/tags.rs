//! Tags are part of the item that they are on. They are changed under the condition that they are still what was read.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use model::access_policies::{Id, ResourceKind, Tags};
use model::account::AccountId;

use super::{ATTEMPTS, AccessPolicies, kept_changing, resource_key};
use crate::StoreError;
use crate::item::Item;

/// The outcome of an attempt to change tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// The tags are changed, or were as requested already.
    Done,
    /// There is no such resource.
    Unknown,
    /// There would be more than 50 of them.
    TooMany,
}

impl AccessPolicies {
    /// Returns the tags of a resource; strongly consistent. `None` when there is no such resource.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tags(
        &self,
        account: &AccountId,
        resource: (ResourceKind, &Id),
    ) -> Result<Option<Tags>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(resource_key(account, resource.0, resource.1)))
            .consistent_read(true)
            .projection_expression("pk, tags")
            .send()
            .await?;
        found.item().map(read_tags).transpose()
    }

    /// Sets these tags; the others stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tag(
        &self,
        account: &AccountId,
        resource: (ResourceKind, &Id),
        tags: &Tags,
    ) -> Result<Tagged, StoreError> {
        self.change_tags(account, resource, |found| found.merged(tags))
            .await
    }

    /// Removes these tags; a key that the resource does not have is not a fault.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn untag(
        &self,
        account: &AccountId,
        resource: (ResourceKind, &Id),
        keys: &[String],
    ) -> Result<Tagged, StoreError> {
        self.change_tags(account, resource, |found| Some(found.without(keys)))
            .await
    }

    async fn change_tags(
        &self,
        account: &AccountId,
        resource: (ResourceKind, &Id),
        change: impl Fn(&Tags) -> Option<Tags>,
    ) -> Result<Tagged, StoreError> {
        let Some(mut found) = self.tags(account, resource).await? else {
            return Ok(Tagged::Unknown);
        };
        for _ in 0..ATTEMPTS {
            let Some(wanted) = change(&found) else {
                return Ok(Tagged::TooMany);
            };
            if wanted == found {
                return Ok(Tagged::Done);
            }
            match self.replace_tags(account, resource, &found, &wanted).await? {
                None => return Ok(Tagged::Done),
                Some(other) if other.is_empty() => return Ok(Tagged::Unknown),
                Some(other) => found = read_tags(&other)?,
            }
        }
        Err(kept_changing())
    }

    /// Replaces the tags; returns `None` when this is done, otherwise the item as it is, empty when there is none.
    async fn replace_tags(
        &self,
        account: &AccountId,
        resource: (ResourceKind, &Id),
        found: &Tags,
        wanted: &Tags,
    ) -> Result<Option<Item>, StoreError> {
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(resource_key(account, resource.0, resource.1)))
            .update_expression("SET tags = :wanted")
            .condition_expression("tags = :found")
            .expression_attribute_values(":wanted", serde_dynamo::to_attribute_value(wanted)?)
            .expression_attribute_values(":found", serde_dynamo::to_attribute_value(found)?)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = written else {
            return Ok(None);
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Some(failed.item().cloned().unwrap_or_default()))
            }
            _ => Err(error.into()),
        }
    }
}

fn read_tags(item: &Item) -> Result<Tags, StoreError> {
    let tags = item
        .get("tags")
        .ok_or_else(|| StoreError::Unreadable("a resource without its tags".into()))?;
    Ok(serde_dynamo::from_attribute_value(tags.clone())?)
}
