//! Writes what the workers of a job find out. Every write may be repeated.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use model::account::AccountId;
use model::policy_generation::{Job, JobId};

use super::{PolicyGenerations, job_key, job_partition, read_job};
use crate::item::{bytes_of, epoch, key, number, number_of, text};
use crate::{StoreError, pieces};

/// Sort key of the plan. Its piece number is written out: a plan is one item, so that writing it is one decision.
const PLAN: &str = "PLAN";

impl PolicyGenerations {
    /// Counts an attempt at a step of the job (`plan`, `shard 7`) and returns its number, from 1.
    ///
    /// Counted before the attempt, so that attempts that kill their worker count too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_attempt(
        &self,
        account: &AccountId,
        id: &JobId,
        step: &str,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let counted = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(job_partition(account, id), format!("ATTEMPTS#{step}"))))
            .update_expression("SET expiresAt = :expires ADD attempts :one")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":expires", epoch(self.expiry(now)))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await?;
        let attempts = counted
            .attributes()
            .and_then(|item| number_of(item, "attempts"))
            .unwrap_or(1);
        Ok(u32::try_from(attempts).unwrap_or(u32::MAX))
    }

    /// Stores the plan unless there is one, and returns the stored plan, which is the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_plan(
        &self,
        account: &AccountId,
        id: &JobId,
        plan: &[u8],
        now: Timestamp,
    ) -> Result<Vec<u8>, StoreError> {
        let unreadable = |error: std::io::Error| StoreError::Unreadable(Box::new(error));
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key(job_partition(account, id), PLAN)))
            .item(
                "value",
                AttributeValue::B(Blob::new(pieces::compress(plan).map_err(unreadable)?)),
            )
            .item("expiresAt", epoch(self.expiry(now)))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match written {
            Ok(_) => Ok(plan.to_vec()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) => {
                    let stored = lost.item().map(|item| bytes_of(item, "value"));
                    pieces::decompress(stored.unwrap_or_default()).map_err(unreadable)
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Returns the plan, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn plan(&self, account: &AccountId, id: &JobId) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(job_partition(account, id), PLAN)))
            .consistent_read(true)
            .send()
            .await?;
        let plan = found
            .item()
            .map(|item| pieces::decompress(bytes_of(item, "value")));
        plan.transpose()
            .map_err(|error| StoreError::Unreadable(Box::new(error)))
    }

    /// Writes the number of shards into the job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_shards(
        &self,
        account: &AccountId,
        id: &JobId,
        shards: u32,
    ) -> Result<Option<Job>, StoreError> {
        self.update_job(account, id, "SET shards = :n", number(shards))
            .await
    }

    /// Inserts a shard, which starts its scan; one that is there stays as it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_shard(
        &self,
        account: &AccountId,
        id: &JobId,
        shard: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key(
                format!("{}#{shard}", job_partition(account, id)),
                "SHARD",
            )))
            .item("kind", text("SHARD"))
            .item("account", text(account.as_str()))
            .item("jobId", text(id.as_str()))
            .item("shard", number(shard))
            .item("expiresAt", epoch(self.expiry(now)))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match written {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    /// Writes the usage that a shard found. A repetition replaces it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_usage(
        &self,
        account: &AccountId,
        id: &JobId,
        shard: u32,
        usage: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let place = (job_partition(account, id), format!("USAGE#{shard:06}"));
        pieces::put(
            &self.client,
            &self.table,
            (&place.0, &place.1),
            usage,
            self.expiry(now),
        )
        .await
    }

    /// Returns the usages that all shards found.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn usages(&self, account: &AccountId, id: &JobId) -> Result<Vec<Vec<u8>>, StoreError> {
        let place = (job_partition(account, id), "USAGE#".to_owned());
        let usages = pieces::get_all(&self.client, &self.table, (&place.0, &place.1)).await?;
        Ok(usages.into_iter().map(|(_, usage)| usage).collect())
    }

    /// Notes that a shard is scanned, and returns the job as it is now; `None` when there is no such job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_scanned(
        &self,
        account: &AccountId,
        id: &JobId,
        shard: u32,
    ) -> Result<Option<Job>, StoreError> {
        self.update_job(
            account,
            id,
            "ADD scanned :n",
            AttributeValue::Ns(vec![shard.to_string()]),
        )
        .await
    }

    /// Writes the result of the job, before it is closed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_result(
        &self,
        account: &AccountId,
        id: &JobId,
        result: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let place = job_partition(account, id);
        pieces::put(
            &self.client,
            &self.table,
            (&place, "RESULT"),
            result,
            self.expiry(now),
        )
        .await
    }

    /// Returns the result of a job that succeeded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn result(&self, account: &AccountId, id: &JobId) -> Result<Option<Vec<u8>>, StoreError> {
        let place = job_partition(account, id);
        let found = pieces::get_all(&self.client, &self.table, (&place, "RESULT")).await?;
        Ok(found.into_iter().next().map(|(_, result)| result))
    }

    async fn update_job(
        &self,
        account: &AccountId,
        id: &JobId,
        expression: &str,
        value: AttributeValue,
    ) -> Result<Option<Job>, StoreError> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(job_key(account, id)))
            .update_expression(expression)
            .expression_attribute_values(":n", value)
            // An update alone would bring back a job that the time to live has removed.
            .condition_expression("attribute_exists(pk)")
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match updated {
            Ok(updated) => updated.attributes.map(read_job).transpose(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(error.into()),
            },
        }
    }
}
