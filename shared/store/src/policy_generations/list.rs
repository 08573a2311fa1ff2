//! Lists jobs, the newest first, strongly consistent.

use jiff::Timestamp;
use model::account::AccountId;
use model::policy_generation::{Job, JobId, ListPolicyGenerations, PrincipalArn};

use super::{PolicyGenerations, job_key, read_job};
use crate::item::text;
use crate::{InvalidPageToken, StoreError};

/// A page of jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The jobs, the newest first.
    pub jobs: Vec<Job>,
    /// Says where the next page begins; `None` when nothing follows, also when this page is exactly full.
    pub next_token: Option<String>,
}

impl PolicyGenerations {
    /// Returns the jobs of the account that were started within the retention, newest first.
    ///
    /// Pages lose and repeat nothing that was there throughout: the position is the id of the last job sent, and
    /// ids are ordered by the start.
    ///
    /// # Errors
    /// `Ok(Err(InvalidPageToken))` for a token that was not made for this account and filter; [`StoreError`].
    pub async fn list(
        &self,
        account: &AccountId,
        query: &ListPolicyGenerations,
        now: Timestamp,
    ) -> Result<Result<Page, InvalidPageToken>, StoreError> {
        let principal = query.principal.as_ref().map(PrincipalArn::as_str);
        let question = [
            "ListPolicyGenerations",
            account.as_str(),
            principal.unwrap_or_default(),
        ];
        let mut before = None;
        if let Some(token) = &query.next_token {
            match self
                .tokens
                .open(&self.client, &self.table, &question, token)
                .await?
            {
                Ok(position) => before = JobId::parse(&position),
                Err(invalid) => return Ok(Err(invalid)),
            }
        }
        let oldest = now.saturating_sub(self.retention).unwrap_or(Timestamp::MIN);
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("pk = :pk AND sk BETWEEN :oldest AND :newest")
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":oldest", text(format!("JOB#{}", JobId::first_at(oldest))))
            .expression_attribute_values(":newest", text("JOB#~"))
            .set_exclusive_start_key(before.map(|id| job_key(account, &id)));
        if let Some(principal) = principal {
            request = request
                .filter_expression("principalArn = :principal")
                .expression_attribute_values(":principal", text(principal));
        }
        // One more than the page holds shows whether anything follows.
        let wanted = query.page_size.saturating_add(1);
        let page = i32::try_from(wanted).unwrap_or(i32::MAX);
        let mut items = request.limit(page).into_paginator().items().send();
        let mut jobs = Vec::new();
        while jobs.len() < wanted
            && let Some(item) = items.next().await
        {
            jobs.push(read_job(item?)?);
        }
        let more = jobs.len() > query.page_size;
        jobs.truncate(query.page_size);
        let next_token = match jobs.last() {
            Some(last) if more => Some(
                self.tokens
                    .seal(&self.client, &self.table, &question, last.job_id.as_str())
                    .await?,
            ),
            _ => None,
        };
        Ok(Ok(Page { jobs, next_token }))
    }
}
