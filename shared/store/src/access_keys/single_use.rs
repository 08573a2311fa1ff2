//! Remembers signatures that were used.
//!
//! A signature of the Ncloud clients covers method, URI, time and key, and not the body. Within the five minutes for
//! which it is good, somebody who has seen it could send it again with another body. So a signature of a request that
//! changes something is good for one request.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use model::access_keys::AccessKeyId;
use sha2::{Digest, Sha256};

use super::AccessKeys;
use crate::StoreError;
use crate::item::{epoch, key, text, text_of};

impl AccessKeys {
    /// Uses a signature up: `false` when another request has used it. `request` names the request, so that the
    /// repetition of a lost write is not a second use. `until` is when the signature is too old in any case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_up(
        &self,
        id: &AccessKeyId,
        signature: &str,
        request: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(account) = id.account() else {
            return Ok(false);
        };
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{id}{signature}")));
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key(account.as_str(), format!("SIGNATURE#{digest}"))))
            .item("request", text(request))
            .item("expiresAt", epoch(until))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(used)) => {
                    let by = used.item().and_then(|item| text_of(item, "request"));
                    Ok(by == Some(request))
                }
                _ => Err(error.into()),
            },
        }
    }
}
