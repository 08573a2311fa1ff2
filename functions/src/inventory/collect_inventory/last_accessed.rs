//! Reports of last accesses: IAM makes one for each user and role, in seconds, and slows down whoever asks fast.

use std::time::Duration;

use aws::{AccessError, Session};
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};
use trail::last_accessed::{LastAccessedReport, ServiceLastAccessed, TrackedAction};

/// Reports in the making at once.
const AT_ONCE: usize = 8;

/// The first pause before a report is asked for; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Times that a report is asked for: about two minutes.
const ASKED: u32 = 20;

/// Reports that fail before the account is given up, when none succeeds.
const HOPELESS: u32 = 16;

/// `last-accessed.json`, and what kept it from being whole.
#[derive(Debug, Default, Serialize)]
pub(super) struct Reports {
    pub(super) reports: Vec<Report>,
    #[serde(skip)]
    pub(super) error: Option<AccessError>,
}

/// The report of one user or role, as IAM has it, with the ARN that it was asked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Report {
    arn: String,
    job_status: &'static str,
    job_completion_date: Timestamp,
    services_last_accessed: Vec<Service>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the members have these names")]
struct Service {
    service_namespace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_authenticated: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tracked_actions_last_accessed: Vec<Action>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Action {
    action_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_time: Option<Timestamp>,
}

/// Collects the reports of these users and roles, in the order of their ARNs, as far as time allows.
pub(super) async fn reports(session: &Session, principals: &[String], deadline: Instant) -> Reports {
    let mut made = stream::iter(principals)
        .map(|arn| async move { (arn, report(session, arn).await) })
        .buffer_unordered(AT_ONCE)
        .take_until(Box::pin(sleep_until(deadline)))
        .boxed_local();
    let mut collected = Reports::default();
    let mut failed = 0_u32;
    while let Some((arn, outcome)) = made.next().await {
        match outcome {
            Ok(report) => collected.reports.push(written(arn, report)),
            // The principal was removed after it was listed.
            Err(AccessError::NotFound { .. }) => {}
            Err(error) => {
                failed = failed.saturating_add(1);
                let is_denied = matches!(error, AccessError::Denied { .. });
                collected.error = Some(error);
                if is_denied || (collected.reports.is_empty() && failed >= HOPELESS) {
                    break;
                }
            }
        }
    }
    drop(made);
    collected.reports.sort_by(|one, other| one.arn.cmp(&other.arn));
    collected
}

async fn report(session: &Session, arn: &str) -> Result<LastAccessedReport, AccessError> {
    let id = session.start_last_accessed_report(arn).await?;
    let mut pause = FIRST_PAUSE;
    for _time in 0..ASKED {
        sleep(pause).await;
        if let Some(report) = session.last_accessed_report(&id).await? {
            return Ok(report);
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Err(AccessError::Unavailable {
        what: "read the last accessed report",
        cause: "it is still in the making".into(),
    })
}

fn written(arn: &str, report: LastAccessedReport) -> Report {
    let action = |action: TrackedAction| Action {
        action_name: action.name,
        last_accessed_time: action.last_accessed,
    };
    let service = |service: ServiceLastAccessed| Service {
        service_namespace: service.namespace,
        last_authenticated: service.last_authenticated,
        tracked_actions_last_accessed: service.tracked_actions.into_iter().map(action).collect(),
    };
    Report {
        arn: arn.to_owned(),
        job_status: "COMPLETED",
        job_completion_date: api::now(),
        services_last_accessed: report.services.into_iter().map(service).collect(),
    }
}

#[cfg(test)]
mod tests {
    use inventory::{Access, DocumentKind, InventoryDocument};

    use super::*;

    #[test]
    fn what_is_written_is_what_an_import_reads() {
        let tracked = |name: &str, last: Option<&str>| TrackedAction {
            name: name.to_owned(),
            last_accessed: last.map(|last| last.parse().unwrap()),
        };
        let service = |namespace: &str, last: Option<&str>, tracked_actions| ServiceLastAccessed {
            namespace: namespace.to_owned(),
            last_authenticated: last.map(|last| last.parse().unwrap()),
            tracked_actions,
        };
        let used = "2026-03-30T10:00:00Z";
        let report = LastAccessedReport {
            services: vec![
                service(
                    "s3",
                    Some(used),
                    vec![tracked("GetObject", Some(used)), tracked("PutObject", None)],
                ),
                service("ec2", None, Vec::new()),
            ],
        };
        let arn = "arn:aws:iam::111122223333:role/web";
        let reports = Reports {
            reports: vec![written(arn, report)],
            error: None,
        };
        let text = serde_json::to_string(&reports).unwrap();
        let InventoryDocument::LastAccessed(read) =
            InventoryDocument::read(DocumentKind::LastAccessed, &text).unwrap()
        else {
            panic!("of that kind");
        };
        let day = jiff::civil::date(2026, 3, 30);
        assert_eq!(read.access(arn, "s3", "GetObject"), Access::On(day));
        assert_eq!(read.access(arn, "s3", "PutObject"), Access::Never);
        assert_eq!(read.access(arn, "s3", "HeadBucket"), Access::Unknown);
        assert_eq!(read.access(arn, "ec2", "RunInstances"), Access::Never);
        assert!(read.as_of.is_some());
    }
}
