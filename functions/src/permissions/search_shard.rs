//! The function `SearchShard` replies to a request to one shard of a snapshot. Operations of the search invoke it, and nobody
//! else may.

use api::Event;
use api::permissions::Error;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::account::AccountId;
use permissions::shard::{MessageError, ShardRequest, reply};
use serde::{Deserialize, Serialize};
use store::permissions::SnapshotId;

use super::ImportedAccounts;

/// The event of the function. Only functions of this stack send it. While a release is deployed, they may be of another release.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ShardEvent {
    tenant: AccountId,
    snapshot: SnapshotId,
    shard: usize,
    /// Bytes of a [`ShardRequest`] in base64
    request: String,
}

/// The output of the function
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardOutput {
    /// Bytes of a [`ShardReply`](permissions::shard::ShardReply) in base64; `None` when the snapshot is retired or has lost parts
    reply: Option<String>,
}

/// Says why the function has no reply
#[derive(Debug, thiserror::Error)]
pub enum NoReply {
    /// The event is not one of this stack, or comes from another release.
    #[error("the event is not a request to a shard: {0}")]
    NoEvent(#[from] serde_json::Error),
    /// The request in the event cannot be read.
    #[error("the request cannot be read: {0}")]
    UnknownRequest(#[from] MessageError),
    /// The request in the event is not written in base64.
    #[error("the request cannot be read: {0}")]
    NoBytes(#[from] base64::DecodeError),
    /// The shard cannot be read now.
    #[error("the shard cannot be read: {0}")]
    Unreadable(#[from] Error),
    /// Memory ran out.
    #[error("the reply cannot be written: {0}")]
    Unwritable(#[from] std::io::Error),
}

impl ShardEvent {
    pub(super) fn new(
        tenant: &AccountId,
        snapshot: &SnapshotId,
        shard: usize,
        request: &ShardRequest,
    ) -> Result<Self, MessageError> {
        Ok(Self {
            tenant: tenant.clone(),
            snapshot: snapshot.clone(),
            shard,
            request: STANDARD.encode(request.encode()?),
        })
    }
}

impl ShardOutput {
    /// Returns the bytes of the reply, if there is one.
    pub(super) fn bytes(&self) -> Result<Option<Vec<u8>>, base64::DecodeError> {
        self.reply.as_ref().map(|text| STANDARD.decode(text)).transpose()
    }
}

/// Replies to a request to one shard of a snapshot of a tenant.
///
/// # Errors
/// [`NoReply`]: the invocation fails, and the operation that invoked it has no reply.
pub async fn handle(accounts: &ImportedAccounts, event: Event) -> Result<ShardOutput, NoReply> {
    let now = event.received_at();
    let read: ShardEvent = event.read()?;
    api::on_behalf_of(&read.tenant);
    api::about(&read.snapshot);
    let request = ShardRequest::decode(&STANDARD.decode(&read.request)?)?;
    let ShardEvent {
        tenant,
        snapshot,
        shard,
        request: _,
    } = &read;
    let Some(effective) = accounts.shard(tenant, snapshot, *shard, now).await? else {
        return Ok(ShardOutput { reply: None });
    };
    let bytes = reply(&effective, &request)?;
    Ok(ShardOutput {
        reply: Some(STANDARD.encode(bytes)),
    })
}
