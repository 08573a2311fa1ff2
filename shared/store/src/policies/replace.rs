//! Replaces a policy: one conditional write of one item.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use model::account::AccountId;
use model::policies::{IfMatch, PolicyType};

use super::{
    Content, Policies, Refusal, StoredPolicy, by_name, is_storable, may_change, policy_key, read_policy,
    refusal,
};
use crate::StoreError;
use crate::item::{number, text, text_of};

/// The outcome of an attempt to replace a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced {
    /// The policy is replaced.
    Now {
        /// The new version.
        version: u64,
        /// Says what stood there before; `None` when the answer to the write was lost and a repetition found it done.
        before: Option<StoredPolicy>,
    },
    /// There is no such policy.
    Unknown,
    /// The policy is not the caller's to change.
    SystemManaged,
    /// The policy has none of the versions that the caller named.
    OtherVersion,
}

impl Policies {
    /// Replaces name, description and permissions as a whole and raises the version; without versions in
    /// `if_match` the last write wins.
    ///
    /// `write` names this write and no other: when the network loses the answer and the write is sent again, it
    /// finds its own name and has succeeded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace(
        &self,
        account: &AccountId,
        id: &str,
        content: Content<'_>,
        if_match: &IfMatch,
        write: &str,
    ) -> Result<Replaced, StoreError> {
        if !is_storable(id) {
            return Ok(Replaced::Unknown);
        }
        let (may_change, mut values) = may_change(if_match);
        values.extend([
            (":user_created".to_owned(), text(PolicyType::UserCreated.as_str())),
            (":name".to_owned(), text(content.name)),
            (":description".to_owned(), text(content.description)),
            (":permissions".to_owned(), text(content.permissions)),
            (":by_name".to_owned(), text(by_name(content.name, id))),
            (":one".to_owned(), number(1)),
            (":write".to_owned(), text(write)),
        ]);
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(policy_key(account, id)))
            .update_expression(
                "SET policyName = :name, policyDesc = :description, #permissions = :permissions, \
                 byName = :by_name, lastWrite = :write, version = version + :one",
            )
            .condition_expression(format!(
                "{may_change} AND (attribute_not_exists(lastWrite) OR lastWrite <> :write)"
            ))
            .expression_attribute_names("#permissions", "permissions")
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match written {
            Ok(written) => {
                let before = read_policy(&written.attributes.unwrap_or_default())?;
                return Ok(Replaced::Now {
                    version: before.version.saturating_add(1),
                    before: Some(before),
                });
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(error.into());
        };
        let found = failed.item().cloned().unwrap_or_default();
        if text_of(&found, "lastWrite") == Some(write) {
            let version = read_policy(&found)?.version;
            return Ok(Replaced::Now {
                version,
                before: None,
            });
        }
        match refusal(&found, if_match)? {
            Some(Refusal::Unknown) => Ok(Replaced::Unknown),
            Some(Refusal::SystemManaged) => Ok(Replaced::SystemManaged),
            Some(Refusal::OtherVersion) => Ok(Replaced::OtherVersion),
            None => Err(StoreError::Unavailable(Box::new(error))),
        }
    }
}
