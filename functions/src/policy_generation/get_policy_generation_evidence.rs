//! `GET /policy/generation/{jobId}/evidence`, an extension: what the policy was written from, and how far the job is.

use api::policy_generation::Error;
use api::{Reply, Request};
use jiff::Timestamp;
use model::policy_generation::{JobError, JobId, JobStatus};
use serde::Serialize;
use trail::evidence::{self, Evidence};
use trail::generation::Generation;

use super::generated::{self, principal};
use super::in_force::{Imported, InForce};
use super::progress::Progress;
use super::stored::JobResult;
use crate::configuration::ConfigurationError;
use crate::permissions::ImportedAccounts;

/// The clients and settings that the operation needs.
#[derive(Debug)]
pub struct State {
    generated: generated::State,
    imported: ImportedAccounts,
}

impl State {
    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        Ok(Self {
            generated: generated::State::connect()?,
            imported: ImportedAccounts::connect()?,
        })
    }
}

/// The body of the reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    status: JobStatus,
    started_on: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_on: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_error: Option<JobError>,
    progress: Progress,
    #[serde(flatten)]
    result: JobEvidence,
}

/// The evidence of a job that succeeded; of any other job its id.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum JobEvidence {
    #[serde(rename_all = "camelCase")]
    Succeeded {
        #[serde(flatten)]
        evidence: Box<Evidence>,
        in_force: InForce,
    },
    #[serde(rename_all = "camelCase")]
    None { job_id: JobId },
}

/// Reports per action when, how often and on what it was used, what could not be mapped or read, proposes tighter
/// policies, and compares them with the imported policies of the principal. A job that is in progress, failed or was canceled shows how far it came.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let id = super::job_id(&request)?;
    let table = &state.generated.table;
    let job = table
        .job(&tenant, &id, now)
        .await?
        .ok_or_else(super::unknown_job)?;
    let status = job.status_at(now);
    let result = if status == JobStatus::Succeeded {
        let result = JobResult::load(table, &tenant, &id).await?;
        let principal = principal(&job)?;
        let imported = Imported::load(&state.imported, &tenant, principal.account(), now).await;
        let identities = imported.identities();
        let generation = Generation {
            identities: &identities,
            ..result.generation(&principal, &job, state.generated.content)
        };
        JobEvidence::Succeeded {
            evidence: Box::new(evidence::compose(job.job_id.as_str(), &generation)),
            in_force: InForce::of(imported, &tenant, &generation),
        }
    } else {
        JobEvidence::None {
            job_id: job.job_id.clone(),
        }
    };
    Ok(Reply::ok(&Body {
        status,
        started_on: job.started_on,
        completed_on: job.completed_on_at(now),
        job_error: job.error_at(now),
        progress: Progress::load(table, &tenant, &job, now).await?,
        result,
    }))
}
