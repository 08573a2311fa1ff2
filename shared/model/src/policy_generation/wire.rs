//! Queries and replies of the policy generation operations.

use std::num::IntErrorKind;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{Job, JobError, JobId, JobStatus, PrincipalArn, Trail};
use crate::request::{Constraint, Reader, Violations};

/// Items on a page when the request does not say.
const DEFAULT_PAGE: usize = 50;
/// Most items on a page; a larger request is served in smaller pages.
const LARGEST_PAGE: usize = 100;

/// Serialises as ISO 8601 in UTC, whole seconds: the one form that every SDK reads.
///
/// # Errors
/// Those of the serializer.
pub fn timestamp<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.strftime("%Y-%m-%dT%H:%M:%SZ"))
}

#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
fn optional_timestamp<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => timestamp(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// Reply of `StartPolicyGeneration`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartPolicyGenerationReply {
    /// The new job, or the one that the same request made before.
    pub job_id: JobId,
}

/// Query of `ListPolicyGenerations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPolicyGenerations {
    /// Lists only jobs for this principal.
    pub principal: Option<PrincipalArn>,
    /// Most items of the page.
    pub page_size: usize,
    /// Says where the page begins.
    pub next_token: Option<String>,
}

impl ListPolicyGenerations {
    /// Reads the query parameters.
    ///
    /// # Errors
    /// Every violation of the model.
    pub fn from_request(
        principal: Option<&str>,
        max_results: Option<&str>,
        next_token: Option<&str>,
    ) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let page_size = match max_results {
            None => DEFAULT_PAGE,
            Some(text) => match text.parse::<i64>() {
                Ok(number @ 1..) => usize::try_from(number).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE),
                Ok(_) => {
                    let rule = "Member must have value greater than or equal to 1";
                    reader.refuse("maxResults", Constraint::new(rule));
                    DEFAULT_PAGE
                }
                Err(error) if *error.kind() == IntErrorKind::PosOverflow => LARGEST_PAGE,
                Err(_) => {
                    reader.refuse("maxResults", Constraint::new("Member must be an integer"));
                    DEFAULT_PAGE
                }
            },
        };
        let principal = reader.parameter("principalArn", principal);
        reader.finish(Some(Self {
            principal,
            page_size,
            next_token: next_token.map(str::to_owned),
        }))
    }
}

/// Query of `GetGeneratedPolicy`: how to render the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rendering {
    /// The query parameter `includeResourcePlaceholders`.
    pub resource_placeholders: bool,
    /// The query parameter `includeServiceLevelTemplate`.
    pub service_level_template: bool,
}

impl Rendering {
    /// Reads the query parameters.
    ///
    /// # Errors
    /// Every text that is neither `true` nor `false`.
    pub fn from_request(placeholders: Option<&str>, template: Option<&str>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let mut flag = |name: &str, text: Option<&str>| match text {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                reader.refuse(name, Constraint::one_of(&["true", "false"]));
                false
            }
        };
        let rendering = Self {
            resource_placeholders: flag("includeResourcePlaceholders", placeholders),
            service_level_template: flag("includeServiceLevelTemplate", template),
        };
        reader.finish(Some(rendering))
    }
}

/// Reply of `ListPolicyGenerations`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPolicyGenerationsReply {
    policy_generations: Vec<PolicyGeneration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicyGeneration {
    job_id: JobId,
    principal_arn: PrincipalArn,
    status: JobStatus,
    #[serde(serialize_with = "timestamp")]
    started_on: Timestamp,
    #[serde(
        serialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    completed_on: Option<Timestamp>,
}

impl ListPolicyGenerationsReply {
    /// Returns a page as seen at `now`.
    #[must_use]
    pub fn new(jobs: Vec<Job>, next_token: Option<String>, now: Timestamp) -> Self {
        let summary = |job: Job| PolicyGeneration {
            status: job.status_at(now),
            completed_on: job.completed_on_at(now),
            job_id: job.job_id,
            principal_arn: job.principal_arn,
            started_on: job.started_on,
        };
        Self {
            policy_generations: jobs.into_iter().map(summary).collect(),
            next_token,
        }
    }
}

/// Reply of `GetGeneratedPolicy`; both parts are there for every status.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetGeneratedPolicyReply {
    job_details: JobDetails,
    generated_policy_result: GeneratedPolicyResult,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct JobDetails {
    job_id: JobId,
    status: JobStatus,
    #[serde(serialize_with = "timestamp")]
    started_on: Timestamp,
    #[serde(
        serialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    completed_on: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_error: Option<JobError>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct GeneratedPolicyResult {
    properties: GeneratedPolicyProperties,
    generated_policies: Vec<GeneratedPolicy>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct GeneratedPolicyProperties {
    principal_arn: PrincipalArn,
    is_complete: bool,
    cloud_trail_properties: CloudTrailProperties,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct CloudTrailProperties {
    trail_properties: Vec<Trail>,
    #[serde(serialize_with = "timestamp")]
    start_time: Timestamp,
    #[serde(serialize_with = "timestamp")]
    end_time: Timestamp,
}

#[derive(Debug, Clone, Serialize)]
struct GeneratedPolicy {
    policy: String,
}

impl GetGeneratedPolicyReply {
    /// Returns the job as seen at `now`, with the documents that were rendered from what it learnt; none before it
    /// succeeded.
    #[must_use]
    pub fn new(job: Job, is_complete: bool, policies: Vec<String>, now: Timestamp) -> Self {
        let details = JobDetails {
            status: job.status_at(now),
            completed_on: job.completed_on_at(now),
            job_error: job.error_at(now),
            job_id: job.job_id,
            started_on: job.started_on,
        };
        let properties = GeneratedPolicyProperties {
            principal_arn: job.principal_arn,
            is_complete,
            cloud_trail_properties: CloudTrailProperties {
                trail_properties: job.cloud_trail_details.trails,
                start_time: job.cloud_trail_details.start_time,
                end_time: job.cloud_trail_details.end_time,
            },
        };
        let generated_policies = policies
            .into_iter()
            .map(|policy| GeneratedPolicy { policy })
            .collect();
        Self {
            job_details: details,
            generated_policy_result: GeneratedPolicyResult {
                properties,
                generated_policies,
            },
        }
    }
}
