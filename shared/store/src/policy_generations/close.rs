//! Ends a job, once.

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use jiff::Timestamp;
use model::account::AccountId;
use model::policy_generation::{JobError, JobId, JobStatus};

use super::{PolicyGenerations, job_key, read_job, running_key};
use crate::StoreError;
use crate::item::{epoch, text};
use crate::transaction;

/// Says how a job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its result is written.
    Succeeded,
    /// The job cannot go on.
    Failed(JobError),
    /// The caller wants no more of it.
    Canceled,
}

/// The outcome of an attempt to end a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The job has ended by this call.
    Now,
    /// The job had ended before, with this status.
    Before(JobStatus),
    /// There is no such job.
    Unknown,
}

impl PolicyGenerations {
    /// Ends a job that is in progress and gives its place among the running jobs free, in one transaction. Of
    /// several who try, one succeeds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close(
        &self,
        account: &AccountId,
        id: &JobId,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<Closed, StoreError> {
        let (status, error) = match outcome {
            Outcome::Succeeded => (JobStatus::Succeeded, None),
            Outcome::Failed(error) => (JobStatus::Failed, Some(error)),
            Outcome::Canceled => (JobStatus::Canceled, None),
        };
        // The time has whole seconds, like the deadline: texts of the same form compare as the times do.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let mut job = Update::builder()
            .table_name(&self.table)
            .set_key(Some(job_key(account, id)))
            .condition_expression("#status = :in_progress AND deadline >= :now")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(
                ":in_progress",
                serde_dynamo::to_attribute_value(JobStatus::InProgress)?,
            )
            .expression_attribute_values(":status", serde_dynamo::to_attribute_value(status)?)
            .expression_attribute_values(":now", text(now.to_string()))
            .expression_attribute_values(":expires", epoch(self.expiry(now)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut set = "SET #status = :status, completedOn = :now, expiresAt = :expires".to_owned();
        if let Some(error) = error {
            set.push_str(", jobError = :error");
            job = job.expression_attribute_values(":error", serde_dynamo::to_attribute_value(error)?);
        }
        let running = Update::builder()
            .table_name(&self.table)
            .set_key(Some(running_key(account)))
            .update_expression("DELETE jobs :job")
            .expression_attribute_values(":job", AttributeValue::Ss(vec![id.to_string()]));
        let items = vec![
            TransactWriteItem::builder()
                .update(job.update_expression(set).build()?)
                .build(),
            TransactWriteItem::builder().update(running.build()?).build(),
        ];
        let Err(refused) = transaction::write(&self.client, items, None).await? else {
            return Ok(Closed::Now);
        };
        match refused.at(0) {
            Some(item) if !item.is_empty() => Ok(Closed::Before(read_job(item.clone())?.status_at(now))),
            _ => Ok(Closed::Unknown),
        }
    }
}
