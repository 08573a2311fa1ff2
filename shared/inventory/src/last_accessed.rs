//! Reads `last-accessed.json`, reports of `iam:GetServiceLastAccessedDetails`, one per user or role.
//!
//! Source: IAM API reference, "`GetServiceLastAccessedDetails`" with granularity `ACTION_LEVEL`.

use super::{InventoryError, day, or_default, refuse_empty};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Says when users and roles last used services and actions
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAccessed {
    /// ARN of the user or role, then the service's prefix in lower case
    pub entities: BTreeMap<String, BTreeMap<String, ServiceAccess>>,
    /// UTC day on which IAM finished the newest report, when given: the day up to which anything is known
    #[serde(skip)]
    pub as_of: Option<Date>,
}

/// Says when one user or role last used one service
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccess {
    /// UTC day of the last attempt; none in the tracked period
    pub last: Option<Date>,
    /// Tracked actions by name in lower case, without the service
    pub actions: BTreeMap<String, Option<Date>>,
}

/// Says what is known about the use of one action
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// UTC day of the last use
    On(Date),
    /// The use is tracked, and the action was not used
    Never,
    /// IAM does not track the use.
    Unknown,
}

impl LastAccessed {
    /// Returns what is known of the use of `action` (without service) by the user or role.
    ///
    /// A service that was never used answers for all of its actions; a service that was used, only for those that the
    /// report tracks one by one.
    #[must_use]
    pub fn access(&self, arn: &str, service: &str, action: &str) -> Access {
        let service = self
            .entities
            .get(arn)
            .and_then(|services| services.get(&service.to_lowercase()));
        let Some(service) = service else {
            return Access::Unknown;
        };
        match service.actions.get(&action.to_lowercase()) {
            Some(Some(day)) => Access::On(*day),
            Some(None) => Access::Never,
            None => service.untracked(),
        }
    }
}

impl ServiceAccess {
    /// Returns what is known of actions that the report does not track one by one.
    #[must_use]
    pub fn untracked(&self) -> Access {
        match self.last {
            Some(_) => Access::Unknown,
            None => Access::Never,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    reports: Vec<Report>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    arn: String,
    job_status: Option<String>,
    job_completion_date: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    is_truncated: bool,
    marker: Option<String>,
    next_token: Option<String>,
    services_last_accessed: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    #[serde(rename = "ServiceNamespace")]
    namespace: String,
    last_authenticated: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    tracked_actions_last_accessed: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Action {
    action_name: String,
    last_accessed_time: Option<String>,
}

/// Reads the text of `last-accessed.json`.
///
/// # Errors
/// `Empty`, `NotJson`, `Shape`, `NotDate`, `Unfinished`, `MissingPages` and `Duplicate` (two reports of one entity, or
/// of one service in a report) of [`InventoryError`].
pub fn read_last_accessed(text: &str) -> Result<LastAccessed, InventoryError> {
    refuse_empty(text)?;
    let file: File = serde_json::from_str(text)?;
    let mut read = LastAccessed::default();
    for (index, report) in file.reports.into_iter().enumerate() {
        let location = format!("reports[{index}]");
        if let Some(status) = report.job_status.filter(|status| status != "COMPLETED") {
            let location = format!("{location}.JobStatus");
            return Err(InventoryError::Unfinished { location, status });
        }
        let more = [
            (report.is_truncated, "IsTruncated"),
            (report.marker.is_some(), "Marker"),
            (report.next_token.is_some(), "NextToken"),
        ];
        if let Some((_, member)) = more.into_iter().find(|(is_set, _)| *is_set) {
            let location = format!("{location}.{member}");
            return Err(InventoryError::MissingPages { location });
        }
        if let Some(text) = report.job_completion_date {
            let finished = day(&text, || format!("{location}.JobCompletionDate"))?;
            read.as_of = read.as_of.max(Some(finished));
        }
        let mut services = BTreeMap::new();
        for (index, service) in report.services_last_accessed.into_iter().enumerate() {
            let location = format!("{location}.ServicesLastAccessed[{index}]");
            let date = |text: Option<&String>, member: &str| {
                text.map(|text| day(text, || format!("{location}.{member}")))
                    .transpose()
            };
            let mut actions = BTreeMap::new();
            for (index, action) in service.tracked_actions_last_accessed.iter().enumerate() {
                let member = format!("TrackedActionsLastAccessed[{index}].LastAccessedTime");
                let last = date(action.last_accessed_time.as_ref(), &member)?;
                // The name is `CreateBucket`, or with its prefix `s3:CreateBucket`.
                let name = action.action_name.to_lowercase();
                let name = name.rsplit_once(':').map_or(name.as_str(), |(_, name)| name);
                actions.insert(name.to_owned(), last);
            }
            let last = date(service.last_authenticated.as_ref(), "LastAuthenticated")?;
            let name = service.namespace.to_lowercase();
            if services
                .insert(name.clone(), ServiceAccess { last, actions })
                .is_some()
            {
                return Err(InventoryError::Duplicate { location, name });
            }
        }
        if read.entities.insert(report.arn.clone(), services).is_some() {
            return Err(InventoryError::Duplicate {
                location,
                name: report.arn,
            });
        }
    }
    Ok(read)
}
