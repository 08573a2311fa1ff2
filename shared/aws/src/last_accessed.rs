//! IAM's report on which services a principal has used, and when.

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::{AccessAdvisorUsageGranularityType, JobStatusType, ServiceLastAccessed as Service};
use jiff::Timestamp;
use trail::last_accessed::{LastAccessedReport, ServiceLastAccessed, TrackedAction};

use crate::error::AccessError;
use crate::session::Session;

const START: &str = "start the last accessed report";
const READ: &str = "read the last accessed report";

/// Services per page, the most that IAM gives.
const PAGE: i32 = 1000;

/// The report is a help and not a need: nobody should wait long for an IAM that has none.
const REPORT_ATTEMPTS: u32 = 2;

impl Session {
    /// Has IAM make the last accessed report of the user or role `principal_arn`, with single actions where IAM
    /// tracks them, and gives the id to fetch it with.
    ///
    /// Source: IAM API reference, `GenerateServiceLastAccessedDetails`.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] when there is no such principal; the other kinds as they are.
    pub async fn start_last_accessed_report(&self, principal_arn: &str) -> Result<String, AccessError> {
        self.iam
            .generate_service_last_accessed_details()
            .arn(principal_arn)
            .granularity(AccessAdvisorUsageGranularityType::ActionLevel)
            .customize()
            .config_override(
                aws_sdk_iam::Config::builder()
                    .retry_config(RetryConfig::standard().with_max_attempts(REPORT_ATTEMPTS)),
            )
            .send()
            .await
            .map_err(|error| AccessError::new(START, error))?
            .job_id
            .ok_or_else(|| AccessError::incomplete(START))
    }

    /// Returns the report with this id; `None` while IAM still makes it, which takes seconds.
    ///
    /// Source: IAM API reference, `GetServiceLastAccessedDetails`.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for an unknown id, [`AccessError::Unavailable`] also when IAM could not make the
    /// report; the other kinds as they are.
    pub async fn last_accessed_report(
        &self,
        report_id: &str,
    ) -> Result<Option<LastAccessedReport>, AccessError> {
        let mut report = LastAccessedReport::default();
        let mut marker = None;
        loop {
            let page = self
                .iam
                .get_service_last_accessed_details()
                .job_id(report_id)
                .max_items(PAGE)
                .set_marker(marker)
                .send()
                .await
                .map_err(|error| AccessError::new(READ, error))?;
            if page.job_status == JobStatusType::InProgress {
                return Ok(None);
            }
            if page.job_status != JobStatusType::Completed {
                let reason = page
                    .error
                    .map_or_else(|| page.job_status.to_string(), |error| error.message);
                return Err(AccessError::Unavailable {
                    what: READ,
                    cause: reason.into(),
                });
            }
            report
                .services
                .extend(page.services_last_accessed.into_iter().map(service));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(Some(report));
            }
        }
    }
}

fn service(service: Service) -> ServiceLastAccessed {
    ServiceLastAccessed {
        namespace: service.service_namespace,
        last_authenticated: service.last_authenticated.and_then(timestamp),
        tracked_actions: service
            .tracked_actions_last_accessed
            .unwrap_or_default()
            .into_iter()
            .filter_map(|action| {
                Some(TrackedAction {
                    name: action.action_name?,
                    last_accessed: action.last_accessed_time.and_then(timestamp),
                })
            })
            .collect(),
    }
}

fn timestamp(time: DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}
