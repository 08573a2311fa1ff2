//! Starts a job: one transaction decides.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use jiff::Timestamp;
use model::account::AccountId;
use model::policy_generation::{Job, JobId, JobStatus};

use super::{JOB_VERSION, PolicyGenerations, job_key, running_key};
use crate::StoreError;
use crate::client_token::{self, Claim, Earlier, Written, hash};
use crate::item::{Item, epoch, key, number, text};

/// A job to start.
#[derive(Debug)]
pub struct NewJob<'a> {
    /// The job as it will be stored.
    pub job: &'a Job,
    /// The caller's idempotency token.
    pub token: Option<&'a str>,
    /// Canonical text of the request; equal texts are the same request.
    pub request: &'a str,
    /// Most jobs of the account that may be in progress.
    pub limit: u32,
}

/// The outcome of a request to start a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The job is new.
    New,
    /// The same request was made before under this token; its job.
    Again(JobId),
    /// Another request was made before under this token; its job.
    OtherRequest(JobId),
    /// The highest number of jobs is in progress.
    TooMany,
}

/// Place of the running jobs in the transaction.
const RUNNING: usize = 1;

impl PolicyGenerations {
    /// Writes the job, its token and its place among the running jobs, or nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn start(
        &self,
        account: &AccountId,
        new: &NewJob<'_>,
        now: Timestamp,
    ) -> Result<Started, StoreError> {
        match self.try_start(account, new, now).await? {
            Some(Started::TooMany) => {}
            Some(started) => return Ok(started),
            None => return Ok(Started::New),
        }
        // Jobs past their deadline have ended, although nothing was written. Their places are free.
        if self.leave_running(account, now).await? {
            return Ok(self.try_start(account, new, now).await?.unwrap_or(Started::New));
        }
        Ok(Started::TooMany)
    }

    /// Tries to write the job; returns `None` when the job was written.
    async fn try_start(
        &self,
        account: &AccountId,
        new: &NewJob<'_>,
        now: Timestamp,
    ) -> Result<Option<Started>, StoreError> {
        let claim = new.token.map(|token| {
            // The token is hashed, because it is any text of any length, and a sort key has at most 1,024 bytes.
            let key = key(account.as_str(), format!("TOKEN#{}", hash(token)));
            Claim::new(&self.table, key, new.request, now, self.expiry(now))
        });
        let items = vec![self.put_job(account, new.job)?, self.enter_running(account, new)?];
        let id = new.job.job_id.as_str();
        match client_token::write(&self.client, items, claim.as_ref(), id).await? {
            Written::Now => Ok(None),
            Written::Before(Earlier::Same(job)) => Ok(Some(Started::Again(job_id(&job)?))),
            Written::Before(Earlier::Other(job)) => Ok(Some(Started::OtherRequest(job_id(&job)?))),
            Written::Refused(refused) if refused.at(RUNNING).is_some() => Ok(Some(Started::TooMany)),
            Written::Refused(_) => Err(StoreError::Unavailable("the id of a new job is taken".into())),
        }
    }

    fn put_job(&self, account: &AccountId, job: &Job) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = serde_dynamo::to_item(job)?;
        item.extend(job_key(account, &job.job_id));
        item.insert("kind".to_owned(), text("JOB"));
        item.insert("version".to_owned(), number(JOB_VERSION));
        item.insert("expiresAt".to_owned(), epoch(self.expiry(job.deadline)));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn enter_running(&self, account: &AccountId, new: &NewJob<'_>) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(running_key(account)))
            .update_expression("ADD jobs :job")
            .condition_expression("attribute_not_exists(jobs) OR size(jobs) < :limit")
            .expression_attribute_values(":job", AttributeValue::Ss(vec![new.job.job_id.to_string()]))
            .expression_attribute_values(":limit", number(new.limit))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Removes jobs that are not in progress any more from the running ones, and returns whether there were any.
    async fn leave_running(&self, account: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(running_key(account)))
            .consistent_read(true)
            .send()
            .await?;
        let running = found
            .item()
            .and_then(|item| item.get("jobs"))
            .and_then(|jobs| jobs.as_ss().ok());
        let mut ended = Vec::new();
        for id in running.into_iter().flatten().filter_map(|id| JobId::parse(id)) {
            let job = self.job(account, &id, now).await?;
            if job.is_none_or(|job| job.status_at(now) != JobStatus::InProgress) {
                ended.push(id.to_string());
            }
        }
        if ended.is_empty() {
            return Ok(false);
        }
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(running_key(account)))
            .update_expression("DELETE jobs :jobs")
            .expression_attribute_values(":jobs", AttributeValue::Ss(ended))
            .send()
            .await?;
        Ok(true)
    }
}

fn job_id(text: &str) -> Result<JobId, StoreError> {
    JobId::parse(text).ok_or_else(|| StoreError::Unreadable("a client token without its job".into()))
}
