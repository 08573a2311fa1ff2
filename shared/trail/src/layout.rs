//! Says where the log files of a trail are in its bucket, and divides them into shards.
//!
//! ```text
//! [prefix/]AWSLogs/[o-xxxxxxxxxx/]<account>/CloudTrail/<region>/YYYY/MM/DD/
//!     <account>_CloudTrail_<region>_YYYYMMDDTHHmmZ_<16 characters>.json.gz
//! ```
//!
//! Source: CloudTrail user guide, "Getting and viewing your CloudTrail log files", "CloudTrail log file examples".

mod global;
mod shards;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::account::AccountId;

pub use global::{global_region, is_global};
pub use shards::{Bounds, Shard, shards};

use crate::principal::TimeRange;

/// Says where a trail puts the log files of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFolder {
    /// The trail's bucket.
    pub bucket: String,
    /// The trail's key prefix, without a slash at its end.
    pub key_prefix: Option<String>,
    /// Id of the organisation, `o-…`, if the trail is an organisation's.
    pub organization: Option<String>,
    /// The account whose calls are recorded.
    pub account: String,
}

/// The keys of one region's log files that may hold records of a time range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The name of the bucket.
    pub bucket: String,
    /// Holds the text with which all keys start.
    pub prefix: String,
    /// All keys are greater than this; for `start-after` of the listing.
    pub start_after: String,
    /// All keys are less than this; the listing is done when one is not.
    pub end: String,
}

impl LogFolder {
    /// Returns the prefix under which a listing with delimiter `/` gives one common prefix per region.
    #[must_use]
    pub fn regions_prefix(&self) -> String {
        let mut prefix = String::new();
        for part in [
            self.key_prefix.as_deref(),
            Some("AWSLogs"),
            self.organization.as_deref(),
        ] {
            if let Some(part) = part
                .map(|part| part.trim_end_matches('/'))
                .filter(|part| !part.is_empty())
            {
                prefix.push_str(part);
                prefix.push('/');
            }
        }
        prefix + &self.account + "/CloudTrail/"
    }

    /// Returns the region of a common prefix found under [`LogFolder::regions_prefix`].
    #[must_use]
    pub fn region_of<'p>(&self, common_prefix: &'p str) -> Option<&'p str> {
        let region = common_prefix
            .strip_prefix(&self.regions_prefix())?
            .strip_suffix('/')?;
        (!region.is_empty() && !region.contains('/')).then_some(region)
    }

    /// Returns the keys that may hold records of `time` from `region`: the days from its start to one day after its
    /// end.
    ///
    /// The day in a key is that of the delivery. No file is delivered before its records were made, most within
    /// minutes after; the day after the end is for those that are late.
    #[must_use]
    pub fn keys(&self, region: &str, time: TimeRange) -> KeyRange {
        let prefix = format!("{}{region}/", self.regions_prefix());
        let first = day(time.start);
        let last = day(time.end).saturating_add(1.day());
        KeyRange {
            bucket: self.bucket.clone(),
            // Only digits and `/` follow, so that the keys of a day lie between the names of this day and of the next.
            start_after: format!("{prefix}{}", path(first)),
            end: format!("{prefix}{}", path(last.saturating_add(1.day()))),
            prefix,
        }
    }
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

fn path(day: Date) -> String {
    format!("{:04}/{:02}/{:02}", day.year(), day.month(), day.day())
}

/// Holds what the key of a log file says about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogFile<'k> {
    /// The account whose calls are recorded.
    pub account: &'k str,
    /// The region of the file.
    pub region: &'k str,
    /// Says when the log file was delivered: to the minute, UTC.
    pub delivered: Timestamp,
}

impl<'k> LogFile<'k> {
    /// Reads the last part of `key`; `None` for digests, insights and everything else that is no log file.
    #[must_use]
    pub fn parse(key: &'k str) -> Option<Self> {
        let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
        // A log file that was decompressed in place is accepted, too.
        let stem = name
            .strip_suffix(".json.gz")
            .or_else(|| name.strip_suffix(".json"))?;
        let mut parts = stem.split('_');
        let (account, kind, region) = (parts.next()?, parts.next()?, parts.next()?);
        let (time, unique) = (parts.next()?, parts.next()?);
        let known = kind == "CloudTrail" && !unique.is_empty() && parts.next().is_none();
        // Digests and insights are in other folders beside this one.
        let placed = folder.is_empty() || folder.split('/').any(|part| part == "CloudTrail");
        let digits = AccountId::is_valid(account);
        let delivered = Timestamp::strptime("%Y%m%dT%H%MZ%z", format!("{time}+0000")).ok()?;
        (known && placed && digits).then_some(Self {
            account,
            region,
            delivered,
        })
    }
}
