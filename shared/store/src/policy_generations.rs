//! Reads and writes the table of policy generations.
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `<account>` | `JOB#<id>` | a job; its insertion starts the plan |
//! | `<account>` | `TOKEN#<token>` | hash of the request and id of its job |
//! | `<account>` | `RUNNING` | the set of ids of jobs in progress: a set, so that leaving it twice is harmless |
//! | `<account>#<id>` | `PLAN#…` | the plan, written once: a repeated step follows the first plan |
//! | `<account>#<id>` | `USAGE#<shard>#…`, `RESULT#…` | what a shard found; what all shards found |
//! | `<account>#<id>#<shard>` | `SHARD` | a shard; its insertion starts the scan. A partition of its own, because a stream delivers the items of one partition one after the other |
//! | `PAGE_TOKEN_KEY` | `PAGE_TOKEN_KEY` | the key that seals page tokens |

mod close;
mod list;
mod start;
#[cfg(test)]
mod tests;
mod work;

use aws_sdk_dynamodb::Client;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::policy_generation::{Job, JobId};

use crate::StoreError;
use crate::item::{Item, key, number_of};
use crate::page_token::{Form, PageTokens};

pub use close::{Closed, Outcome};
pub use list::Page;
pub use start::{NewJob, Started};

/// The table of policy generations.
#[derive(Debug)]
pub struct PolicyGenerations {
    client: Client,
    table: String,
    retention: SignedDuration,
    tokens: PageTokens,
}

impl PolicyGenerations {
    /// Returns the table of that name, whose jobs are listed and kept for `retention`.
    #[must_use]
    pub fn new(client: Client, table: String, retention: SignedDuration) -> Self {
        Self {
            client,
            table,
            retention,
            tokens: PageTokens::new(Form::Standard),
        }
    }

    /// Returns the job of that id; strongly consistent. `None` when there is none or its retention is over, whether or
    /// not the time to live has removed it yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job(
        &self,
        account: &AccountId,
        id: &JobId,
        now: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(job_key(account, id)))
            .consistent_read(true)
            .send()
            .await?;
        let job = found.item.map(read_job).transpose()?;
        Ok(job.filter(|job| {
            let ended = job.completed_on_at(now).unwrap_or(now);
            ended.saturating_add(self.retention).is_ok_and(|end| now <= end)
        }))
    }

    fn expiry(&self, from: Timestamp) -> Timestamp {
        from.saturating_add(self.retention).unwrap_or(Timestamp::MAX)
    }
}

fn job_key(account: &AccountId, id: &JobId) -> Item {
    key(account.as_str(), format!("JOB#{id}"))
}

fn running_key(account: &AccountId) -> Item {
    key(account.as_str(), "RUNNING")
}

/// Returns the partition of what belongs to one job.
fn job_partition(account: &AccountId, id: &JobId) -> String {
    format!("{account}#{id}")
}

/// The form of the items of jobs that this release writes. An item without a version is of the first form, which is the
/// same. An item of a newer form is refused, since what is not understood of it could be what matters.
const JOB_VERSION: u32 = 1;

fn read_job(item: Item) -> Result<Job, StoreError> {
    match number_of(&item, "version") {
        Some(version) if version > i64::from(JOB_VERSION) => {
            let message = format!("a job of the form {version}, which a newer release writes");
            Err(StoreError::Unreadable(message.into()))
        }
        Some(_) | None => Ok(serde_dynamo::from_item(item)?),
    }
}
