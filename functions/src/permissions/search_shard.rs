//! The function `SearchShard` answers a question to one shard of a snapshot. Operations of the search invoke it, and nobody
//! else may.

use api::Event;
use api::permissions::Error;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::account::AccountId;
use permissions::shard::{AnswerError, Ask, answer};
use serde::{Deserialize, Serialize};
use store::permissions::SnapshotId;

use super::ImportedAccounts;

/// Holds what the function is asked. The event is an own one of this stack: both sides are of one stack, and nearly
/// always of one release.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ShardEvent {
    tenant: AccountId,
    snapshot: SnapshotId,
    shard: usize,
    /// Bytes of an [`Ask`] in base64
    ask: String,
}

/// Holds what the function answers
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardOutput {
    /// Bytes of an [`Answer`](permissions::shard::Answer) in base64; none when the snapshot is retired or has lost parts
    answer: Option<String>,
}

/// Says why the function has no answer
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The event is not one of this stack, or comes from another release.
    #[error("the event is not a question to a shard: {0}")]
    NoEvent(#[from] serde_json::Error),
    /// The question in the event cannot be read.
    #[error("the question cannot be read: {0}")]
    UnknownAsk(#[from] AnswerError),
    /// The question in the event is not written in base64.
    #[error("the question cannot be read: {0}")]
    NoBytes(#[from] base64::DecodeError),
    /// The shard cannot be read now.
    #[error("the shard cannot be read: {0}")]
    Unreadable(#[from] Error),
    /// Memory ran out.
    #[error("the answer cannot be written: {0}")]
    Unwritable(#[from] std::io::Error),
}

impl ShardEvent {
    pub(super) fn new(
        tenant: &AccountId,
        snapshot: &SnapshotId,
        shard: usize,
        ask: &Ask,
    ) -> Result<Self, AnswerError> {
        Ok(Self {
            tenant: tenant.clone(),
            snapshot: snapshot.clone(),
            shard,
            ask: STANDARD.encode(ask.encode()?),
        })
    }
}

impl ShardOutput {
    /// Returns the bytes of the answer, if there is one.
    pub(super) fn bytes(&self) -> Result<Option<Vec<u8>>, base64::DecodeError> {
        self.answer.as_ref().map(|text| STANDARD.decode(text)).transpose()
    }
}

/// Answers a question to one shard of a snapshot of a tenant.
///
/// # Errors
/// [`Unanswered`]: the invocation fails, and whoever asked has no answer.
pub async fn handle(accounts: &ImportedAccounts, event: Event) -> Result<ShardOutput, Unanswered> {
    let now = event.received_at();
    let read: ShardEvent = event.read()?;
    api::on_behalf_of(&read.tenant);
    api::about(&read.snapshot);
    let ask = Ask::decode(&STANDARD.decode(&read.ask)?)?;
    let ShardEvent {
        tenant,
        snapshot,
        shard,
        ask: _,
    } = &read;
    let Some(effective) = accounts.shard(tenant, snapshot, *shard, now).await? else {
        return Ok(ShardOutput { answer: None });
    };
    let bytes = answer(&effective, &ask)?;
    Ok(ShardOutput {
        answer: Some(STANDARD.encode(bytes)),
    })
}
