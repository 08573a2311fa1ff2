//! What a job has learnt, between the last shard and the reads.

use std::collections::BTreeMap;

use api::policy_generation::Error;
use model::account::AccountId;
use model::policy_generation::{Job, JobId};
use serde::{Deserialize, Serialize};
use store::{PolicyGenerations, StoreError};
use trail::generation::{Content, Generation};
use trail::principal::Principal;
use trail::reference::Embedded;
use trail::service_level::LastAccessedReport;
use trail::usage::Usage;

use crate::configuration::{ConfigurationError, required};

/// What the reading operations need.
#[derive(Debug)]
pub struct State {
    pub(super) table: PolicyGenerations,
    pub(super) content: Content,
}

impl State {
    /// From the environment.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn connect() -> Result<Self, ConfigurationError> {
        let content = Content {
            data_events: required("POLICY_INCLUDES_DATA_EVENTS")?,
            denied_calls: required("POLICY_INCLUDES_DENIED_CALLS")?,
            unsupported_actions: required("POLICY_INCLUDES_UNSUPPORTED_ACTIONS")?,
        };
        Ok(Self {
            table: super::table().await?,
            content,
        })
    }
}

/// The neutral result of a job: the flags of a read decide how it is rendered.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Learnt {
    pub(super) usage: Usage,
    pub(super) last_accessed: Option<LastAccessedReport>,
    pub(super) unread: BTreeMap<String, String>,
}

impl Learnt {
    pub(super) async fn load(
        table: &PolicyGenerations,
        account: &AccountId,
        id: &JobId,
    ) -> Result<Self, StoreError> {
        let stored = table.result(account, id).await?;
        let stored = stored.ok_or_else(|| StoreError::Unreadable("a job without its result".into()))?;
        serde_json::from_slice(&stored).map_err(|error| StoreError::Unreadable(Box::new(error)))
    }

    pub(super) fn generation<'a>(
        &'a self,
        principal: &'a Principal,
        job: &Job,
        content: Content,
    ) -> Generation<'a> {
        Generation {
            reference: &Embedded,
            principal,
            start: job.cloud_trail_details.start_time,
            end: job.cloud_trail_details.end_time,
            usage: &self.usage,
            last_accessed: self.last_accessed.as_ref(),
            unread: &self.unread,
            content,
        }
    }
}

/// The principal that the job is about.
pub(super) fn principal(job: &Job) -> Result<Principal, Error> {
    Principal::parse(job.principal_arn.as_str()).map_err(|error| Error::Internal { source: error.into() })
}
