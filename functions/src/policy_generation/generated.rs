//! Reads the result of a job.

use api::policy_generation::Error;
use model::account::AccountId;
use model::policy_generation::{Job, JobId};
use store::{PolicyGenerations, StoreError};
use trail::generation::{Content, Generation};
use trail::identities::Identities;
use trail::principal::Principal;

use super::stored::{self, JobResult};
use crate::configuration::{ConfigurationError, required};

/// Holds what the reading operations need.
#[derive(Debug)]
pub struct State {
    pub(super) table: PolicyGenerations,
    pub(super) content: Content,
}

impl State {
    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        let content = Content {
            data_events: required("POLICY_INCLUDES_DATA_EVENTS")?,
            denied_calls: required("POLICY_INCLUDES_DENIED_CALLS")?,
            unsupported_actions: required("POLICY_INCLUDES_UNSUPPORTED_ACTIONS")?,
        };
        Ok(Self {
            table: super::table()?,
            content,
        })
    }
}

impl JobResult {
    pub(super) async fn load(
        table: &PolicyGenerations,
        account: &AccountId,
        id: &JobId,
    ) -> Result<Self, StoreError> {
        let stored = table.result(account, id).await?;
        let stored = stored.ok_or_else(|| StoreError::Unreadable("a job without its result".into()))?;
        Ok(stored::from_bytes(&stored)?)
    }

    pub(super) fn generation<'a>(
        &'a self,
        principal: &'a Principal,
        job: &Job,
        content: Content,
    ) -> Generation<'a> {
        Generation {
            principal,
            start: job.cloud_trail_details.start_time,
            end: job.cloud_trail_details.end_time,
            usage: &self.usage,
            last_accessed: self.last_accessed.as_ref(),
            identities: Identities::NONE,
            planned: &self.planned,
            content,
        }
    }
}

/// Returns the principal that the job is about.
pub(super) fn principal(job: &Job) -> Result<Principal, Error> {
    Principal::parse(job.principal_arn.as_str()).map_err(|error| Error::Internal { source: error.into() })
}
