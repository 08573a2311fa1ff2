//! Where a trail puts its log files.

use trail::layout::Place;

use crate::bucket::Bucket;
use crate::endpoint;
use crate::error::AccessError;
use crate::session::Session;

/// What CloudTrail tells of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Where the log files of the account lie.
    pub place: Place,
    /// The region in which the trail was made.
    pub home_region: String,
    /// True when it records all accounts of an organisation.
    pub is_organization: bool,
    /// True when it records all regions.
    pub is_multi_region: bool,
}

impl Session {
    /// Asks CloudTrail in the region of `trail_arn` for the trail. `account` is the one whose calls are wanted; the
    /// ARN of an organisation's trail names another one, the organisation's management account.
    ///
    /// The key prefix of an organisation's trail holds the organisation's id, which CloudTrail does not tell. It is
    /// looked for in the bucket.
    ///
    /// Source: CloudTrail API reference, `GetTrail`; user guide, "Creating a trail for an organization".
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for an ARN that names no trail, for a trail without bucket, and for an organisation
    /// of which the bucket holds no log file of the account; the other kinds as they are.
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
        let mut place = Place {
            bucket: trail.s3_bucket_name.ok_or(AccessError::NotFound { what: WHAT })?,
            key_prefix: trail.s3_key_prefix.filter(|prefix| !prefix.is_empty()),
            organization: None,
            account: account.to_owned(),
        };
        if is_organization {
            let bucket = self.bucket(&place.bucket, &home_region).await?;
            place.organization = Some(organization(&bucket, &place).await?);
        }
        Ok(Trail {
            place,
            home_region,
            is_organization,
            is_multi_region: trail.is_multi_region_trail == Some(true),
        })
    }
}

/// The organisation's id, by its folder in the bucket. More than one trail may share the bucket, hence the look for
/// the account's folder inside.
async fn organization(bucket: &Bucket, place: &Place) -> Result<String, AccessError> {
    const WHAT: &str = "find the organisation's log files";
    let logs = place
        .key_prefix
        .as_deref()
        .map(|prefix| prefix.trim_end_matches('/'))
        .filter(|prefix| !prefix.is_empty())
        .map_or_else(|| "AWSLogs/".to_owned(), |prefix| format!("{prefix}/AWSLogs/"));
    for folder in bucket.folders(WHAT, &format!("{logs}o-")).await? {
        let Some(id) = folder.strip_prefix(&logs).and_then(|rest| rest.strip_suffix('/')) else {
            continue;
        };
        let candidate = Place {
            organization: Some(id.to_owned()),
            ..place.clone()
        };
        if bucket.holds(WHAT, &candidate.regions_prefix()).await? {
            return Ok(id.to_owned());
        }
    }
    Err(AccessError::NotFound { what: WHAT })
}
