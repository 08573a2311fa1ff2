//! Finds where a trail puts its log files.

use trail::layout::LogFolder;

use crate::bucket::Bucket;
use crate::endpoint;
use crate::error::AccessError;
use crate::session::Session;

/// Holds what CloudTrail says about a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Says where the log files of the account are; never empty. A trail of an organization may have several: of each
    /// organization of its bucket, and of the time before it was the organization's.
    pub folders: Vec<LogFolder>,
    /// The region in which the trail was made.
    pub home_region: String,
    /// Says whether the trail records all accounts of an organisation.
    pub is_organization: bool,
    /// Says whether the trail records all regions.
    pub is_multi_region: bool,
}

impl Session {
    /// Asks CloudTrail in the region of `trail_arn` for the trail. `account` is the one whose calls are wanted; the
    /// ARN of an organisation's trail names another one, the organisation's management account.
    ///
    /// The keys of an organization's trail hold the organization's id, which `GetTrail` does not return. It is looked
    /// for in the bucket. A trail that became an organization's keeps its older files in the folder of the account.
    ///
    /// Source: CloudTrail API reference, `GetTrail`; user guide, "Creating a trail for an organization".
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for an ARN that names no trail and for a trail without bucket; the other kinds as they
    /// are.
    pub async fn trail(&self, trail_arn: &str, account: &str) -> Result<Trail, AccessError> {
        const WHAT: &str = "read the trail";
        let region = trail_arn
            .split(':')
            .nth(3)
            .and_then(endpoint::region)
            .ok_or(AccessError::NotFound { what: WHAT })?;
        let trail = self
            .cloudtrail(region)
            .get_trail()
            .name(trail_arn)
            .send()
            .await
            .map_err(|error| AccessError::new(WHAT, error))?
            .trail
            .ok_or_else(|| AccessError::incomplete(WHAT))?;

        let home_region = trail.home_region.as_deref().unwrap_or(region).to_owned();
        let is_organization = trail.is_organization_trail == Some(true);
        let folder = LogFolder {
            bucket: trail.s3_bucket_name.ok_or(AccessError::NotFound { what: WHAT })?,
            key_prefix: trail.s3_key_prefix.filter(|prefix| !prefix.is_empty()),
            organization: None,
            account: account.to_owned(),
        };
        let mut folders = Vec::new();
        if is_organization {
            let bucket = self.bucket(&folder.bucket, &home_region).await?;
            folders = folders_of_organizations(&bucket, &folder).await?;
            if !folders.is_empty() && bucket.holds(FIND, &folder.regions_prefix()).await? {
                folders.push(folder.clone());
            }
        }
        if folders.is_empty() {
            folders.push(folder);
        }
        Ok(Trail {
            folders,
            home_region,
            is_organization,
            is_multi_region: trail.is_multi_region_trail == Some(true),
        })
    }
}

const FIND: &str = "find the organization's log files";

/// Returns the folders of the account in those of the organizations. More than one trail may share the bucket.
async fn folders_of_organizations(
    bucket: &Bucket,
    folder: &LogFolder,
) -> Result<Vec<LogFolder>, AccessError> {
    let logs = folder
        .key_prefix
        .as_deref()
        .map(|prefix| prefix.trim_end_matches('/'))
        .filter(|prefix| !prefix.is_empty())
        .map_or_else(|| "AWSLogs/".to_owned(), |prefix| format!("{prefix}/AWSLogs/"));
    let mut folders = Vec::new();
    for found in bucket.folders(FIND, &format!("{logs}o-")).await? {
        let Some(id) = found.strip_prefix(&logs).and_then(|rest| rest.strip_suffix('/')) else {
            continue;
        };
        let candidate = LogFolder {
            organization: Some(id.to_owned()),
            ..folder.clone()
        };
        if bucket.holds(FIND, &candidate.regions_prefix()).await? {
            folders.push(candidate);
        }
    }
    Ok(folders)
}
