//! Holds owners and regions of resources that documents name and ARNs do not, as those of buckets.

use iam::arn::Arn;
use std::collections::HashMap;

/// Resources whose ARN has no account, by ARN
#[derive(Debug, Default)]
pub(crate) struct KnownResources {
    by_arn: HashMap<Box<str>, KnownResource>,
}

/// Holds what a document says of a resource
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KnownResource {
    /// Names the account that owns the resource
    pub(crate) account: Box<str>,
    /// The code of the region; empty when the document does not name one
    pub(crate) region: Box<str>,
}

impl KnownResources {
    pub(crate) fn new(known: Option<&inventory::ResourcePolicies>) -> Self {
        let resources = known.into_iter().flat_map(|known| &known.resources);
        let without_account =
            resources.filter(|one| Arn::parse(&one.arn).is_ok_and(|arn| arn.account.is_empty()));
        let entries = without_account.map(|one| {
            let resource = KnownResource {
                account: one.account.as_str().into(),
                region: one.region.as_deref().unwrap_or_default().into(),
            };
            (one.arn.as_str().into(), resource)
        });
        Self {
            by_arn: entries.collect(),
        }
    }

    /// Returns the resource that a destination is or lies in: for `arn:aws:s3:::bucket/*` the bucket.
    pub(crate) fn of(&self, destination: &str) -> Option<&KnownResource> {
        if let Some(known) = self.by_arn.get(destination) {
            return Some(known);
        }
        let (bucket, _) = destination.split_once('/')?;
        let is_bucket = bucket.split(':').nth(2) == Some("s3");
        self.by_arn.get(bucket).filter(|_| is_bucket)
    }
}
